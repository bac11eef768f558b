# %% [markdown]
# # 5.1 Learned and engineered features
#
# **Core question.** If a model can learn its features from raw text, what is left to make by hand?
#
# **Time** 60 minutes · **Builds on** [4.4 Data augmentation](04_4_data_augmentation.ipynb)
#
# You will be able to
#
# - say from how many labels on learned features beat those made by hand (claims 5.1-1 and 5.1-1b,
#   exercise 5.1-e1)
# - find the feature that a model leans on, and what is left without it (claims 5.1-1c and 5.1-1d)
# - turn texts into vectors, step by step, and measure each step (claims 5.1-2 and 5.1-2b, exercises
#   5.1-e2 and 5.1-e3)
# - add what is known beyond the text, without leaks and without gaps (claims 5.1-3 to 5.1-3c,
#   exercise 5.1-e4)

# %% tags=["parameters"]
seed: int = 0  # which texts are drawn, and which of them train [0, 1_000_000]
n_train: int = 1_000  # labelled headlines to learn from [50, 1_000]
ngram_max: int = 3  # longest n-gram in the vocabulary [2, 4]
family: str = "user"  # what joins the text in the last round {user, thread, both}
missing: float = 0.5  # share of requests whose user is unknown [0.1, 0.9]
blocks: int = 16  # disjoint parts of each set of texts, and folds [4, 16] quick 4

# %%
import re
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mlsdlib import datasets, features
from mlsdlib.course import (PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap,
                            show, subplots, sweep)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval
from mlsdlib.evaluation import corrected_resampled_t

begin("5.1", seed=seed, n_train=n_train, ngram_max=ngram_max, family=family, missing=missing,
      blocks=blocks)  # fmt: skip

# %% [markdown]
# A model computes with numbers. Each number that describes a thing is a **feature**, and all of
# them together are its **feature vector**.
#
# **Engineered features** are made by people who know the field. An investigator of fraud knows
# that thieves try a card with a tiny payment first. A shop that fears **churn**, customers who
# leave, counts the days since the last order. This is **domain knowledge**.
#
# **Learned features** are found by the model. Deep learning is therefore called *feature
# learning*: raw words or pixels go in, and each layer makes features for the next. For images it
# has replaced the edges and corners that were computed by hand. Yet many models in production are
# not deep, and even the deep ones are given more than raw text.
#
# ## Round 1: who makes the features?
#
# Our texts are headlines, and the question is which of them are clickbait. We begin by hand.
#
# ### Exercise 5.1-e1: a text in seven numbers
#
# Return a dictionary: `characters`, the length of `s`; `words`, how many there are between white
# space; `urls`, the words that begin with `http://`, `https://` or `www.`, in capitals or not;
# `digits`, the characters that are digits; `capitals`, the share of capitals among the letters, 0
# if there are no letters; `exclamations`, the exclamation marks; and `currency`, how often one of
# £, $ and € occurs.


# %%
# exercise 5.1-e1
def n_features(s):
    """Return seven numbers that describe a text, by name."""
    return TODO


# %%
exercise("5.1-e1").check(n_features)

# %%
n_features = exercise("5.1-e1").use(n_features)
headlines = datasets.load_clickbait().drop_duplicates("headline").set_axis(["text", "y"], axis=1)
NAMES = sorted(n_features(""))
numbers = cache(lambda text: [*map(n_features(text).get, NAMES)])


# The engineered features of texts, one row each, on a log scale.
def table(texts):
    return np.log1p([numbers(text) for text in texts])


text = headlines["text"].iloc[1]
print(text, *(f"{name} {value:.2g}" for name, value in n_features(text).items()), sep="\n   ")

# %% [markdown]
# Nobody need choose features by hand. There are three ways to leave it to the data:
#
# - **Words.** The **vocabulary** holds every word of the training texts. The vector of a text says
#   how often each occurs. TF-IDF, the usual weights, makes frequent words count less. These
#   features are generic: the model finds out which words matter.
# - **Learned here.** A word is a **one-hot vector**: one 1 at its place in the vocabulary, the
#   rest 0. (Some notes say "one-shot"; that is a slip.) A network multiplies it by a matrix. All
#   this does is to pick a row, and the rows are learned: the word's features, its **embedding**.
# - **Pretrained.** The rows were learned elsewhere, from billions of words, without our labels.
#   Ours are GloVe's. A text is the mean of its words.
#
# To compare them we take the **AUC**. Draw one text that is clickbait and one that is not: it is
# the chance that the model gives the first the higher score. A coin has a half, and 1 is perfect.

# %%
glove = datasets.load_glove().set_index("word")
place, rows = {word: i for i, word in enumerate(glove.index)}, glove.to_numpy()
one_hot = np.eye(1, len(place), place["food"])[0]
print("one-hot times matrix is the word's row:", np.allclose(one_hot @ rows, glove.loc["food"]))


@cache
def mean_row(text):
    known = [place[word] for word in re.findall(r"\w+|[^\w\s]", text.lower()) if word in place]
    return rows[known].mean(axis=0) if known else np.zeros(rows.shape[1])


# %%
# One model for each kind of features; all but the network are logistic regressions.
def models(rng):
    by_hand = make_pipeline(FunctionTransformer(table), StandardScaler())
    words = TfidfVectorizer(sublinear_tf=True)
    union = FeatureUnion([("words", words), ("hand", by_hand)], transformer_weights={"hand": 0.3})
    one_hots = TfidfVectorizer(use_idf=False, binary=True)  # their sum, scaled to length 1
    network = MLPClassifier((8,), batch_size=50, learning_rate_init=0.02, tol=0.001, max_iter=500,
                            n_iter_no_change=5, random_state=int(rng.integers(2**31)))  # fmt: skip
    averages = FunctionTransformer(lambda texts: np.array([mean_row(text) for text in texts]))
    return {"engineered": make_pipeline(by_hand, LogisticRegression()),
            "words": make_pipeline(words, LogisticRegression(C=10)),
            "words and engineered": make_pipeline(union, LogisticRegression(C=10)),
            "learned here": make_pipeline(one_hots, network),
            "pretrained": make_pipeline(averages, StandardScaler(), LogisticRegression(C=0.1)),
            }  # fmt: skip


# %%
predict("5.1-1", f"How much AUC do words gain on seven numbers, with {n_train} labels?", guess=None)
predict("5.1-1b", "And how much do the seven numbers gain on words, with 50 labels?", guess=None)


# %%
# Disjoint parts of a table, drawn at random: each is an experiment of its own.
def parts(data, count, rng):
    return [data.iloc[take] for take in np.array_split(rng.permutation(len(data)), count)]


def auc(model, test):
    return roc_auc_score(test["y"], model.predict_proba(test["text"])[:, 1])


rng, few = np.random.default_rng([seed, 1]), 50
scores = {}
for n in sorted({few, 200, n_train}):
    scores[n] = pd.DataFrame(
        {name: auc(model.fit(part["text"][:n], part["y"][:n]), part[n : n + 600])
         for name, model in models(rng).items()}
        for part in parts(headlines, blocks * (2 if n == few else 1), rng)
    )  # fmt: skip

# %%
claim("5.1-1",
      f"With {n_train} labelled headlines, words reach an AUC more than 0.01 above that of the "
      "seven numbers",
      paired_t(scores[n_train]["words"], scores[n_train]["engineered"]), above=0.01, means={
          "holds": "Labels enough: the model finds better features than we did.",
          "fails": "With this many labels, words do not beat the seven numbers by so much.",
          "undecided": "This run cannot tell whether words gain so much."})  # fmt: skip
claim("5.1-1b",
      f"With {few} labelled headlines, it is the seven numbers that are more than 0.01 above words",
      paired_t(scores[few]["engineered"], scores[few]["words"]), above=0.01, means={
          "holds": "Few labels: what people know stands in for what the data cannot say yet.",
          "fails": "Even with so few labels, the seven numbers do not gain so much.",
          "undecided": "This run cannot tell whether the numbers gain so much."})  # fmt: skip

# %%
means = pd.DataFrame({n: score.mean() for n, score in scores.items()})
fig, axis = subplots(figsize=(7, 3.6))
for colour, marker, (name, line) in zip(PALETTE, "os^Dv", means.iterrows(), strict=False):
    axis.plot(line.index, line, color=colour, marker=marker, label=name)
axis.set_xscale("log")
axis.set_xticks(means.columns, map(str, means.columns))
axis.set_xticks([], minor=True)
axis.set(xlabel="labelled headlines", ylabel="AUC", title=finding("5.1-1b"))
axis.legend(loc="lower right")
show(fig, alt="Lines of AUC against the number of labels. Engineered features hardly rise. Words "
     "and the network rise from below them to above. Words and engineered lead.")  # fmt: skip

# %% [markdown]
# Seven weights are learned from few labels, and then there is nothing more to learn. Every word
# has a weight, too, but it must be *seen* first, often enough. So the lines cross. Look also at
# two other lines. Pretrained vectors start high: before the first label, "delicious" lies near
# "dessert". And words and engineered features together lose to neither alone.
#
# **When it stops being true.** The more other texts a model has seen before, the fewer labels it
# needs. A large language model moves the crossing far to the left. It does not remove it: it knows
# what stands in texts, not what only your own people know.
#
# ## Round 2: what does the model lean on?
#
# Now messages: which SMS are spam? First each engineered feature alone.

# %%
sms = datasets.load_sms_spam().drop_duplicates("text").assign(y=lambda d: d["label"].eq("spam") * 1)
tube = datasets.load_youtube_spam().drop_duplicates("CONTENT").sort_values("DATE", kind="stable")
tube = tube.rename(columns={"CONTENT": "text", "CLASS": "y"}).reset_index(drop=True)
alone = pd.DataFrame(
    {domain: [roc_auc_score(data["y"], column) for column in table(data["text"]).T]
     for domain, data in {"SMS": sms, "YouTube": tube}.items()}, index=NAMES,
)  # fmt: skip
print(alone.round(2).sort_values("SMS", ascending=False).to_string())
predict("5.1-1c", "AUC that the seven numbers lose if spam spells its digits out?", guess=None)
predict("5.1-1d", "On YouTube: AUC of the seven numbers less that of words?", guess=None)

# %% [markdown]
# One feature does nearly all the work: spam tells you to call a number. This is a **shortcut**. It
# is true of these messages, and it is not what spam *is*. We train on messages as they are. Then
# the spammers learn: in the spam we test on, each digit becomes a word, "five" for 5. And third, we
# take the same models to the comments under videos on YouTube.


# %%
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
spell = partial(re.sub, r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ")
rng, shifted = np.random.default_rng([seed, 2]), []
for part, comments in zip(parts(sms, blocks, rng), parts(tube, blocks, rng), strict=True):
    train, test = part[:200], part[200:]
    spelt = test["text"].map(spell).where(test["y"] == 1, test["text"])
    tests = {"SMS": test, "digits spelt out": test.assign(text=spelt), "YouTube": comments}
    fitted = {name: m.fit(train["text"], train["y"]) for name, m in models(rng).items()}
    shifted.append({(where, name): auc(m, data) for where, data in tests.items()
                    for name, m in fitted.items()})  # fmt: skip
shifted = pd.DataFrame(shifted)
shifted.columns = pd.MultiIndex.from_tuples(shifted.columns)

# %%
claim("5.1-1c",
      "If spam spells its digits out, the seven numbers lose more than 0.05 of their AUC",
      paired_t(shifted["SMS", "engineered"], shifted["digits spelt out", "engineered"]),
      above=0.05, means={
          "holds": "One feature carried the others: take it away, and much of the model goes.",
          "fails": "The other features stand in for the digits.",
          "undecided": "This run cannot tell whether the loss is so large."})  # fmt: skip
claim("5.1-1d",
      "Models of SMS carry over to YouTube better with the seven numbers than with words, by more "
      "than 0.01",
      paired_t(shifted["YouTube", "engineered"], shifted["YouTube", "words"]), above=0.01, means={
          "holds": "Few general features travel better than many special words.",
          "fails": "The seven numbers do not travel better by so much.",
          "undecided": "This run cannot tell whether the numbers travel better."})  # fmt: skip

# %%
print(shifted.mean().unstack(sort=False).T.round(2).to_string())

# %% [markdown]
# Words miss the digits much less. Spam also says "call", "claim", "prize": many weak signs, and one
# can go. Seven numbers have no such spare.
#
# On YouTube, few of the words that gave spam away in messages occur, and what the network learned
# travels worst of all. Long texts and links mean advertising in both places.
#
# **When it stops being true.** What travels depends on where you go: a domain with the old words
# and short texts would favour words.
#
# No kind of features is safe. What you can do is to ask of each strong feature why it is strong,
# and to test where it is not.
#
# ## Round 3: a recipe of many steps
#
# Before deep learning, a text went through a recipe:
#
# - split it into **tokens**: words and marks
# - **expand contractions**: "isn't" becomes "is not"
# - **lowercase** it
# - remove **punctuation**
# - drop **stop words**, frequent ones such as "the"
# - **lemmatise**: "shoes" becomes "shoe", its entry in the dictionary
# - split it into **n-grams**
#
# Teams went through such recipes again and again, and began anew when a step had been forgotten or
# turned out bad.
#
# ### Exercise 5.1-e2: n-grams
#
# An n-gram is a run of n neighbouring items: here tokens, elsewhere letters or syllables. The
# 2-grams of "I like food" are "I like" and "like food". Return the n-grams of the list `toks` in
# their order, each joined with spaces. If there is none, as in a text that is too short or for n
# below 1, return an empty list.


# %%
# exercise 5.1-e2
def ngrams(toks, n):
    """Return every run of n neighbouring tokens, each joined with spaces."""
    return TODO


# %%
exercise("5.1-e2").check(ngrams)

# %%
ngrams = exercise("5.1-e2").use(ngrams)
LEMMAS = set(datasets.load_wordnet(columns=["lemma"])["lemma"])
ENDINGS = {"ies": "y", "es": "", "s": "", "ied": "y", "ed": "", "d": "", "ing": ""}


# The token, or what is left without an ending, if WordNet has only that.
@cache
def lemma(token):
    bases = [token.removesuffix(e) + b for e, b in ENDINGS.items() if token.endswith(e)]
    return next((base for base in [token, *bases] if base in LEMMAS), token)


STEPS = {
    "contractions": lambda tokens: re.sub(r"(?<=\w)n't\b", " not", " ".join(tokens)).split(),
    "lower": lambda tokens: [token.lower() for token in tokens],
    "marks": lambda tokens: [token for token in tokens if token[0].isalnum()],
    "stop": lambda tokens: [token for token in tokens if token not in ENGLISH_STOP_WORDS],
    "lemmas": lambda tokens: [lemma(token) for token in tokens],
}


# The n-grams of a text, from 1 up to the longest, after each step of a recipe in turn.
def prepare(text, recipe, longest=1):
    tokens = re.findall(r"\w+(?:'\w+)?|[^\w\s]", text)
    for step in recipe.split():
        tokens = STEPS[step](tokens)
    return [gram for n in range(1, longest + 1) for gram in ngrams(tokens, n)]


# %%
usual = "contractions lower marks"
for recipe in (usual, f"{usual} stop", "contractions stop lower marks", f"stop {usual} lemmas"):
    print(f"{recipe}:\n  ", prepare("Shoes which aren't good. Not cheap.", recipe, 2))

# %% [markdown]
# The second line lost "not": the list of stop words has it, and no 2-gram brings "not good" back.
# In the third, stop words were dropped before lowercasing, so "Not" stayed. In the fourth, "aren't"
# was no stop word yet when these were dropped. Each recipe makes another vocabulary, and no error
# tells you. We go back to the headlines and change one step at a time.

# %%
predict("5.1-2", "How much AUC do longer n-grams gain on single words?", guess=None)
predict("5.1-2b", "Stop words dropped before lowercasing: AUC less that of after?", guess=None)

# %%
recipes = {
    "base: lowercase, no marks": ("lower marks", 1), "keep capitals": ("marks", 1),
    "keep marks": ("lower", 1), "expand contractions": ("contractions lower marks", 1),
    "lemmas": ("lower marks lemmas", 1), "drop stop words": ("lower marks stop", 1),
    "drop stop words first": ("stop lower marks", 1),
    f"n-grams up to {ngram_max}": ("lower marks", ngram_max),
}  # fmt: skip
rng, gained, size = np.random.default_rng([seed, 3]), [], []
for part in parts(headlines, blocks, rng)[: blocks // 2]:
    row, train, test = {}, part[:n_train], part[n_train : n_train + 1_000]
    for name, (recipe, longest) in recipes.items():
        analyzer = partial(prepare, recipe=recipe, longest=longest)
        words = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True)
        model = make_pipeline(words, LogisticRegression(C=10)).fit(train["text"], train["y"])
        row[name] = auc(model, test)
        size.append((name, len(words.vocabulary_)))
    gained.append(row)
gained = pd.DataFrame(gained)
size = pd.DataFrame(size).groupby(0, sort=False)[1].mean()
base, dropped, first, grams = (list(recipes)[i] for i in (0, 5, 6, 7))

# %%
claim("5.1-2", f"N-grams of up to {ngram_max} words gain more than 0.005 of AUC on single words",
      paired_t(gained[grams], gained[base]), above=0.005, means={
          "holds": "Neighbours matter: the larger vocabulary pays.",
          "fails": "The vocabulary grew, and the model did not get better by that much.",
          "undecided": "This run cannot tell whether n-grams pay."})  # fmt: skip
claim("5.1-2b",
      "Dropping stop words before lowercasing, not after, raises the AUC by more than 0.01",
      paired_t(gained[first], gained[dropped]), above=0.01, means={
          "holds": "The same steps in another order are another model, and here a better one.",
          "fails": "This order of the two steps does not gain so much here.",
          "undecided": "This run cannot tell whether the order gains so much."})  # fmt: skip
other = [prepare(t, recipes[first][0]) != prepare(t, recipes[dropped][0]) for t in part["text"]]
print(f"the order changes {np.mean(other):.0%} of the headlines' vectors")
print(f"n-grams up to {ngram_max}: a vocabulary {size[grams] / size[base]:.2g} times as large")

# %%
changes = [t_interval(gained[name] - gained[base]) for name in recipes][1:]
fig, axis = subplots(figsize=(7, 3.2))
values, ends = zip(*((e.value, e.high - e.value) for e in changes), strict=True)
axis.errorbar(values, range(len(values)), xerr=ends, fmt="o", color=PALETTE[0])
axis.axvline(0, color="black", linewidth=1)
labels = [f"{name}\n{size[name] / size[base]:.2g} × the words" for name in list(recipes)[1:]]
axis.set_yticks(range(len(changes)), labels, fontsize=8)
axis.invert_yaxis()
axis.set(xlabel="change of AUC against the base recipe", ylabel="what is changed",
         title=finding("5.1-2"))  # fmt: skip
show(fig, alt="Seven changes of AUC with intervals. Keeping capitals gains most, dropping stop "
     "words loses most, and n-grams, contractions and lemmas are near zero.")  # fmt: skip

# %% [markdown]
# Two surprises. Stop words are the best signs of clickbait: "this", "you", "what". The list was
# made for search, where they carry no topic. And whoever drops them *too early* misses most, for
# clickbait Capitalises Each Word. Where a mistake makes the model better, no test complains.
#
# Why do capitals gain so much? Sites have house styles, and the clickbait here comes from other
# sites than the news. It is a shortcut once more: a site with another style gets wrong answers.
# Lowercasing, a step done out of habit, had removed it. The wrong order lets it in again: which
# stop words are left tells who had capitals. One of our seven numbers sees it, too.
#
# **When it stops being true.** 2-grams matter where order carries the meaning, as in "not good",
# and with enough texts to see each pair often. Single words take "not good, but cheap" and "not
# cheap, but good" for the same.
#
# ### Exercise 5.1-e3: vectors
#
# `train` and `new` are lists of texts, each a list of tokens. Return a pair: the vocabulary, which
# is the sorted list of the distinct tokens of `train`, and for each text of `new` its feature
# vector, the list that says how often each entry of the vocabulary occurs. Tokens that are in no
# training text are left out.


# %%
# exercise 5.1-e3
def count_vectors(train, new):
    """Return the vocabulary of `train`, and for each new text how often each entry occurs."""
    return TODO


# %%
exercise("5.1-e3").check(count_vectors)

# %% [markdown]
# ## Round 4: what the text does not say
#
# A post may be spam because of who sent it, and where. Three families of features lie beyond text:
#
# - of the **comment**: votes for and against
# - of the **user**: the age of the account, how often the user posts, what happened to the posts
# - of the **thread**: its views, since spammers go where people are
#
# Our data on this are judgements of irony. A person read a reply to a post and said whether it was
# ironic. The user is this person; the feature is how often they said "ironic" of *other* posts. The
# features of the thread are the site, the variety of English, and the length of the post.

# %%
irony = datasets.load_crowd("multipico_en_irony").rename(columns={"reply": "text", "ironic": "y"})
thread = pd.get_dummies(irony[["source", "language_variety"]]).to_numpy(float)
thread = np.column_stack([thread, np.log1p(irony["post"].str.len())])


# How often each row's user said "ironic" in the training rows, the row itself left out.
def habit(train):
    past = irony[train].groupby("annotator")["y"].agg(["sum", "size"])
    past = past.reindex(irony["annotator"]).fillna(0).to_numpy(float, copy=True)
    past -= np.column_stack([irony["y"], np.ones(len(irony))]) * train[:, None]
    return (past[:, :1] + 5 * irony.loc[train, "y"].mean()) / (past[:, 1:] + 5)


# AUC on the other rows of words alone, and with further numbers: name to (trained, *served).
def with_text(data, train, extras):
    words = TfidfVectorizer(sublinear_tf=True, min_df=2).fit(data["text"][train])
    texts, found = [words.transform(data["text"][rows]) for rows in (train, ~train)], {}
    for name, (more, *serve) in {"text": np.zeros((2, len(data), 1)), **extras}.items():
        scaler = StandardScaler().fit(more[train])
        fitted = sparse.hstack([texts[0], scaler.transform(more[train])]).tocsr()
        served = [sparse.hstack([texts[1], scaler.transform(x[~train])]).tocsr() for x in serve]
        model = LogisticRegression(max_iter=500).fit(fitted, data["y"][train])
        found[name] = np.mean([roc_auc_score(data["y"][~train], model.decision_function(x))
                               for x in served])  # fmt: skip
    return found


predict("5.1-3", "How much AUC do features of the user add to the text?", guess=None)
predict("5.1-3b", "For unknown users, how much better is the mean than 0?", guess=None)

# %%
rng, folds = np.random.default_rng([seed, 4]), blocks
fold = rng.permutation(np.arange(irony["task"].nunique()) % folds)[pd.factorize(irony["task"])[0]]
unknown = rng.random((4, len(irony), 1)) < missing  # drawn four times, to average over the luck
nested = []
for train in (fold != k for k in range(folds)):
    user = habit(train)
    both = np.hstack([user, thread])
    extras = {"user": (user, user), "thread": (thread, thread), "both": (both, both)}
    for name, fill in {"0": 0, "the mean": user[train].mean()}.items():
        extras[f"filled with {name}"] = (user, *np.where(unknown, fill, user))
    nested.append(with_text(irony, train, extras))
nested = pd.DataFrame(nested)


# The mean gain over folds, with an interval that knows that they share training rows.
def over_folds(gain):
    return corrected_resampled_t(gain, n_train=len(gain) - 1, n_test=1).difference


# %%
claim("5.1-3",
      f"Features of {'user and thread' if family == 'both' else f'the {family}'} add more than "
      "0.02 to the AUC of the text alone",
      over_folds(nested[family] - nested["text"]), above=0.02, means={
          "holds": "What is not in the text cannot be learned from the text.",
          "fails": "These features do not add so much to the text.",
          "undecided": "This run cannot tell whether these features add so much."})  # fmt: skip
claim("5.1-3b",
      f"Where the user is unknown in {missing:.0%} of requests, to fill in 0 costs more than 0.02 "
      "of AUC against the mean",
      over_folds(nested["filled with the mean"] - nested["filled with 0"]), above=0.02, means={
          "holds": "A default that was in no training row is a wrong answer with full confidence.",
          "fails": "The default does little harm here.",
          "undecided": "This run cannot tell whether the default costs so much."})  # fmt: skip

# %%
print("AUC of the text alone and with", nested.mean().round(2).to_string(), sep="\n")

# %% [markdown]
# Some people see irony everywhere, and some nowhere. No model of the text can know that. But at
# serving time a new user has no past. Programs often fill in 0, and 0 means "never says ironic".
# The mean says "like others". A third way is to train with gaps as they will come, and with a flag
# for "unknown".
#
# **When it stops being true.** Habits help where people differ and come back. Where each user is
# new, the text is all there is.
#
# Each post is tested once, but the models share most of their training rows, so their scores are
# not independent. Nadeau and Bengio's corrected interval is wider, to make up for it. It is about
# other posts that the *same* people judge.
#
# ### Exercise 5.1-e4: what was known then?
#
# A feature of a thread or a user must count what was known *at the moment of the prediction*. Votes
# that came later are no feature of the comment. `events` is a list of times in any order, `t` a
# list of moments. Return for each moment how many events happened strictly before it. `None` is a
# time that nobody knows: such an event counts nowhere, and the answer for such a moment is `None`.


# %%
# exercise 5.1-e4
def asof_count(events, t):
    """Return for each moment in t how many events happened before it."""
    return TODO


# %%
exercise("5.1-e4").check(asof_count)

# %% [markdown]
# Now the comments on YouTube. They name no authors, but each has a video, its thread, and a date.
# Our features of the thread, as far as our sample goes: the comments so far, the time since the
# last one, and the hour. Trees take missing values as they are.
#
# We test the same comments twice. With a **random split**, other comments on their video were in
# training. With **leave one group out**, the model comes from the four other videos. The second
# is what happens when a new video goes up.

# %%
dated = tube["DATE"].notna()
when, video = tube.loc[dated, "DATE"], tube.loc[dated, "VIDEO"]
context = pd.DataFrame(index=tube.index)
context.loc[dated, "so far"] = features.asof_count(when, when, by=video, query_by=video)
context["gap"] = tube.groupby("VIDEO")["DATE"].diff().dt.total_seconds()
context["hour"] = tube["DATE"].dt.hour
print(pd.crosstab(tube["VIDEO"], [tube["y"].map({0: "ham", 1: "spam"}), dated.map({
    True: "dated", False: "no date"})]).to_string())  # fmt: skip
spans = tube[dated].groupby(["VIDEO", "y"])["DATE"].quantile([0.25, 0.75]).unstack().diff(axis=1)
print("days that hold the middle half of the comments, 0 ham and 1 spam:")
print(spans[0.75].dt.days.unstack().to_string(na_rep="", float_format="{:.0f}".format))
predict("5.1-3c", "By how much does a random split flatter these features?", guess=None)


# %%
trees, flattered = HistGradientBoostingClassifier(max_iter=30), []
codes, videos = pd.factorize(tube["VIDEO"], sort=True)
part = np.random.default_rng([seed, 5]).permutation(np.arange(len(tube)) % min(10, blocks))
for k in np.unique(part):
    anywhere = trees.fit(context[part != k], tube["y"][part != k]).decision_function(context)
    for v, video in enumerate(videos):
        old, test = (part != k) & (codes != v), (part == k) & (codes == v)
        new = trees.fit(context[old], tube["y"][old]).decision_function(context)
        areas = (roc_auc_score(tube["y"][test], told[test]) for told in (anywhere, new))
        flattered.append((k, video, *areas))
flattered = pd.DataFrame(flattered, columns=["part", "video", "random split", "new video"])
by_part = flattered.drop(columns="video").groupby("part").mean()

# %%
claim("5.1-3c",
      "On five videos, a random split puts thread features more than 0.05 of AUC above a new video",
      over_folds(by_part["random split"] - by_part["new video"]), above=0.05, means={
          "holds": "A random split promises what a new video does not give.",
          "fails": "What was learned on some videos is as true of a new one, or nearly.",
          "undecided": "This run cannot tell whether the split flatters so much."})  # fmt: skip
by_video = flattered.drop(columns="part").groupby("video").mean()
print("with the videos as replicates:", paired_t(*by_video.to_numpy().T))
filled = np.log1p(context).fillna(np.log1p(context).median()).to_numpy()
new = pd.DataFrame(with_text(tube, codes != v, {"thread": [filled] * 2}) for v in range(5)).mean()
print(f"text alone on a new video: AUC {new['text']:.2f}; thread features change it by "
      f"{new['thread'] - new['text']:+.2f}")  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.0))
for i, name in enumerate(["random split", "new video"]):
    axis.plot(by_video[name], by_video.index, "os"[i], color=PALETTE[i], markersize=8, label=name)
axis.axvline(0.5, color="black", linewidth=1, linestyle=":")
axis.set(xlabel="AUC of thread features alone; the dotted line is a guess", ylabel="video tested",
         title=finding("5.1-3c"))  # fmt: skip
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, alt="Two points for each of five videos. With a random split all are higher, most of all "
     "for Eminem, where they are perfect and for a new video below a guess.")  # fmt: skip

# %% [markdown]
# Look at the tables again. One video lacks dates, and *only for spam*: there a missing date is the
# label. In other videos it never occurs. This is **missing not at random**, and a random split
# takes it for knowledge. The second table is of the same kind. Spam and ham cover different spans
# of time, each video in its own way. So the hour and the gap tell how the comments were gathered,
# and not what spammers do. And whatever these features know, the text knew already.
#
# The interval of the claim is about other comments on these five videos. To speak of *other*
# videos, the videos must be the replicates. There are five, and one of them makes most of the mean:
# the printed interval of that kind reaches from below zero to far above it. A leak can be large or
# absent, so look for it video by video.
#
# So a feature must be chosen, be known in time, be turned into a form that the model can use, and
# be tested on threads and users that it has not seen. Large recommenders have millions of them,
# most of them one-hot entries of users, videos and words. Nobody designs each one. People decide
# which sources the model may see.
#
# ## Turn the knob
#
# We ran this notebook with three numbers of labels and three seeds: `mlsd sweep 5.1 -p
# n_train=50,200,1000 -p seed=0:3`. Look where the line crosses zero: from there on, words
# replace the seven numbers.

# %%
swept = sweep.load("published/5.1-n_train")
print(*map(swept.finding, ["5.1-1", "5.1-2"]), sep="\n")
show(swept.figure("5.1-1"), alt=swept.alt("5.1-1"))

# %% [markdown]
# ## Quiz

# %%
quiz("5.1-q1", choice=None)

# %%
quiz("5.1-q2", choice=None)

# %%
quiz("5.1-q3", choice=None)

# %%
quiz("5.1-q4", choice=None)

# %%
quiz("5.1-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Wang and Manning (2012), *Baselines and bigrams*; Geirhos and others (2020),
# *Shortcut learning in deep neural networks*; Pennington, Socher and Manning (2014), *GloVe*;
# Nadeau and Bengio (2003), *Inference for the generalization error*; Huyen (2022), *Designing
# Machine Learning Systems*, chapter 5.
#
# **Next.** 5.2a Feature operations.
