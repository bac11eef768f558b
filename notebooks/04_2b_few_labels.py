# %% [markdown]
# # 4.2b Few labels
#
# **Core question.** What replaces labels that nobody has time to give, and when does it do harm?
#
# **Time** 60 minutes · **Builds on** [4.2a Label quality](04_2a_label_quality.ipynb)
#
# You will be able to
#
# - write rules that label, and weigh their votes without knowing the truth (claims 4.2-5 to
#   4.2-5c, exercise 4.2-e5)
# - let a model use examples without labels, and see it go wrong (claims 4.2-6, 4.2-6b, exercise
#   4.2-e6)
# - say what a pre-trained model gains (claims 4.2-7, 4.2-7b, exercise 4.2-e7)
# - choose what to label next, and still measure fairly (claims 4.2-8, 4.2-8b, exercise 4.2-e8)

# %% tags=["parameters"]
seed: int = 0  # which headlines, images and starting points are drawn [0, 1_000_000]
copies: int = 3  # how often one rule stands in the set of rules [2, 7]
n_labels: int = 20  # labels that people gave, in rounds 2 and 3 [10, 200]
shots: int = 2  # images of each new digit [1, 20]
strategy: str = "margin"  # how active learning chooses {margin, entropy, least_confident}
repeats: int = 10  # parts of the data on which each experiment is repeated [4, 10] quick 4

# %%
import re

import numpy as np
import torch
from sklearn import naive_bayes, neighbors
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from mlsdlib import datasets, labelling
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval

begin("4.2b", seed=seed, copies=copies, n_labels=n_labels, shots=shots, strategy=strategy,
      repeats=repeats)  # fmt: skip

# %% [markdown]
# Hand labels cost money and time, and strangers must see the data. There are four ways to need
# fewer:
#
# - **weak supervision**: people write rules, and the rules label
# - **semi-supervision**: a few labels and an assumption label the rest
# - **transfer learning**: a model that learned from other data knows half of the task already
# - **active learning**: the model asks for the labels that it needs most
#
# Each rests on an assumption. We measure each where the assumption is true, and where it is not.
#
# ## Round 1: rules that vote
#
# A colleague says: "A message with a long number is spam." That sentence is a **labelling
# function**. It looks at an example and votes for a class, or **abstains** where it has nothing to
# say. Its **coverage** is the share of examples on which it votes. A rule in code labels a million
# messages at no cost, nobody reads them, and it can be changed tomorrow. It also makes mistakes.
#
# Such a rule of thumb is also called a **heuristic**. Here are eight for real text messages; a
# message that came twice counts once. Class 1 is spam.

# %%
messages = datasets.load_sms_spam().drop_duplicates("text")


def rule(name, vote, pattern):
    """A labelling function that votes where a pattern is found."""
    found = re.compile(pattern, re.IGNORECASE | re.DOTALL).search
    return labelling.labelling_function(lambda text: vote if found(text) else -1, name=name)


@labelling.labelling_function(name="mostly capitals")
def mostly_capitals(text):
    return 1 if 2 * sum(map(str.isupper, text)) > sum(map(str.isalpha, text)) else -1


rules = [
    rule("long number", 1, r"\d{5,}"), rule("currency", 1, r"[£$€]"), mostly_capitals,
    rule("prize words", 1, r"\b(free|win|won|prize|claim|urgent|txt|stop)\b"),
    rule("web address", 1, r"http|www\.|\.com|\.co\.uk"), rule("short", 0, r"^.{0,39}$"),
    rule("chat words", 0, r"\b(lol|haha|ok|love|home|sorry|dear|lunch|tonight)\b"),
    rule("about me", 0, r"\b(i|i'm|im|me|my)\b"),
]  # fmt: skip
spam = (messages["label"] == "spam").to_numpy().astype(int)
votes = labelling.apply_lfs(rules, messages["text"])
labelling.lf_summary(votes, spam, lfs=rules).round(2)

# %% [markdown]
# The last column needs the truth, which we would not have. Most rules are better than one could
# hope. "Mostly capitals" is worse than a coin: friends shout, too.
#
# Where rules **conflict**, the majority could decide. But a bad rule then counts as much as a good
# one. A **label model** weighs the votes: a good rule is one that the others agree with. It
# guesses the labels from the votes, grades each rule by these labels, weighs the votes with these
# grades, and so on, until nothing moves. This is **expectation-maximisation**, EM, with which Dawid
# and Skene graded doctors in 1979. The tool **Snorkel** made it known for rules. If a class is
# rare, tell the model how rare. Otherwise it looks for two classes of the same size. Where each
# rule votes for both classes, there is a short cut: how often pairs of rules agree gives the grades
# in closed form, `method="triplet"`.

# %%
model = labelling.LabelModel(balance=[0.87, 0.13]).fit(votes)  # it does not see the truth
labelling.lf_summary(votes, spam, lfs=rules).assign(graded=model.accuracy_).iloc[:, -2:].round(2)

# %% [markdown]
# The model knew the votes and how rare spam is, not one label. Yet it found the bad rule, which one
# can now mend or drop. Are its labels more often right, too? We build worlds where the truth is
# known. Five rules vote on each of 1,000 examples. Their accuracies are 0.85, 0.7, 0.6, 0.6 and
# 0.55, and they err independently of each other.
#
# And then we break it. Colleagues add the last rule again, in other words. It now stands in the
# set several times, and all copies vote alike.

# %%
predict("4.2-5", "How much accuracy does the label model gain over the majority?", guess=None)
predict("4.2-5b", "And if the weakest rule stands there several times?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])


def gains_over_vote(votes, truth, copied):
    """What the label model gains over the majority, and what with one of the rules repeated."""
    clique = np.column_stack([votes, *[votes[:, copied]] * (copies - 1)])
    return [labelling.LabelModel().fit(v, truth).gain_.value for v in (votes, clique)]


worlds = []
for _ in range(2 * repeats):
    truth = rng.integers(2, size=1_000)
    right = rng.random((1_000, 5)) < [0.85, 0.7, 0.6, 0.6, 0.55]
    votes = np.where(right, truth[:, None], 1 - truth[:, None])
    worlds.append(gains_over_vote(votes, truth, copied=-1))
world, world_copied = map(t_interval, np.transpose(worlds))

# %%
claim("4.2-5", "Where rules err independently, the labels of a label model are more than 2 points "
      "more accurate than those of the majority",
      world, above=0.02, means={
          "holds": "Agreement tells good rules from bad ones, if the rules are independent.",
          "fails": "Counting votes is nearly as good as weighing them.",
          "undecided": "This run cannot tell whether weighing gains 2 points."})  # fmt: skip
claim("4.2-5b", f"It still beats the majority if the weakest rule stands there {copies} times",
      world_copied, above=0.0, means={
          "holds": "The model sees through the copies.",
          "fails": "The model takes agreement of copies for proof: it is no better than a count.",
          "undecided": "This run cannot tell whether the model still gains."})  # fmt: skip

# %% [markdown]
# The copies agree with each other perfectly. The model can explain that in one way only, since it
# takes the rules to be independent: they must all be excellent. The majority at least counts the
# others, too, until the copies are the majority. So more rules can make labels worse, and no error
# is raised.
#
# Worlds are easy to blame. So now real headlines, some of them **clickbait**, and twelve rules that
# one writes down in ten minutes. The question that matters is the last: is a classifier any good
# that learned from such labels alone? We compare it with one that got 50 hand labels. Both count
# words by **TF-IDF**: rare words weigh more. The parts of
# the data on which we repeat this do not overlap. All are tested on the same 4,000 headlines, so an
# interval says how much the choice of training data matters.

# %%
rng = np.random.default_rng([seed, 2])
headlines = datasets.load_clickbait()
headlines = headlines[~headlines["headline"].str.lower().duplicated()]
headlines = headlines.iloc[rng.permutation(len(headlines))[:14_000]]
text, bait = headlines["headline"].tolist(), headlines["clickbait"].to_numpy().astype(int)
test = slice(10_000, 14_000)  # the rest is for training, in parts that do not overlap


bait_rules = [rule(pattern, vote, pattern) for vote, patterns in ((1, [
    r"\b(you|your|you're|you'll)\b", r"^\d+ ", r"\b(this|these|here)\b",
    r"\b(best|most|ever|perfect|hilarious|amazing)\b", r"^(what|which|how|why|can|are|do)\b",
    r"\b(i|my|me|we|our)\b",
]), (0, [
    r"\b(dies|dead|kills|killed|wins|says|announces|arrested|injured)\b",
    r"\b(us|uk|china|india|iraq|iran|israel|russia|canada|japan)\b",
    r"\b(minister|president|police|court|senate|government)\b",
    r"^(\S+\s+){0,6}\S+$", r"[,;]", r"\b(in|at|after|over)\b",
])) for pattern in patterns]  # fmt: skip

# %%
predict("4.2-5c", "Accuracy with rules minus accuracy with 50 hand labels?", guess=None)

# %%
votes = labelling.apply_lfs(bait_rules, text[:10_000])
words = TfidfVectorizer(sublinear_tf=True).fit_transform(text)


def accuracy(x, rows, labels, C=1.0):
    """The accuracy on the test headlines of a model that learned from some rows."""
    # counted words get a weak penalty, C=100: with the usual one they need far more labels
    return LogisticRegression(C=C, max_iter=500).fit(x[rows], labels).score(x[test], bait[test])


real, by_rules, by_hand = [], [], []
for part in np.arange(10_000).reshape(10, -1)[:repeats]:
    real.append(gains_over_vote(votes[part], bait[part], copied=0))
    label = labelling.LabelModel().fit(votes[part]).predict(votes[part])
    by_rules.append(accuracy(words, part[label >= 0], label[label >= 0], C=100))
    by_hand += [np.mean([accuracy(words, s, bait[s], 100) for s in part[:500].reshape(-1, 50)])]
real, real_copied = map(t_interval, np.transpose(real))
claim("4.2-5c", "A classifier that learned from rules alone is more than 5 points more accurate "
      "than one with 50 hand labels", paired_t(by_rules, by_hand), above=0.05, means={
          "holds": "Labels that are often wrong, and many, beat a few that are right.",
          "fails": "A handful of hand labels does about as well as the rules, or better.",
          "undecided": "This run cannot tell whether the rules gain 5 points."})  # fmt: skip
print(f"accuracy with rules {np.mean(by_rules):.2f}, with 50 hand labels {np.mean(by_hand):.2f}")

# %%
fig, axis = subplots(figsize=(8, 3))
names = ["independent rules in worlds", f"the weakest {copies} times", "12 rules for headlines",
         f"the first {copies} times"]  # fmt: skip
for name, gain in zip(names, (world, world_copied, real, real_copied), strict=True):
    ends = [[gain.value - gain.low], [gain.high - gain.value]]
    axis.errorbar(gain.value, name, xerr=ends, fmt="o", color=PALETTE[gain.value < 0])
axis.axvline(0, color="black", linewidth=1)
axis.set_ylim(3.4, -0.4)
axis.set(xlabel="gain over the vote, share of labels", ylabel="rules", title=finding("4.2-5b"))
show(fig, alt="Four points with intervals: what the label model gains in worlds and on headlines, "
     f"with the rules as they are, and with one repeated. {finding('4.2-5b')}")  # fmt: skip

# %% [markdown]
# On headlines we repeated the first rule, "you", which is seldom wrong. That does not help: where
# the model believes the copies, it asks of each headline whether "you" is in it, and calls that the
# class.
#
# **When it stops being true.** Rules of different people are seldom independent. Label a few
# hundred examples by hand, and compare the label model with a plain count on these: `fit(votes, y)`
# reports `gain_`. Without gold labels you know only on how many examples the two disagree.
#
# ### Exercise 4.2-e5: grade the rules
#
# `votes` holds a row for each example, with a vote of each rule: 1, 0, or -1 for an abstention.
# Each rule has one accuracy, 0.7 at first. The probability of class 1 in a row comes from a
# product for each class: a vote for the class counts its rule's accuracy `a`, a vote against it
# `1 - a`, an abstention nothing. Divide the product of class 1 by the sum of both. One *round* then
# sets each accuracy to (right + 1) / (votes + 2): `right` adds, over the votes of the rule, the
# probability of the class voted for. Return the list of the probabilities of class 1 after
# `rounds` rounds.


# %%
# exercise 4.2-e5
def label_model(votes, rounds):
    """Return for each row the probability of class 1, after so many rounds of EM."""
    return TODO


# %%
exercise("4.2-e5").check(label_model)

# %% [markdown]
# ## Round 2: examples without labels
#
# **Semi-supervision** needs some hand labels, and adds examples that have none. Three ideas:
#
# - **Self-training.** Train on the labels. Where the model is sure, believe it: its prediction
#   becomes a label. Train again. It assumes that a sure model is right.
# - **Similarity.** An example probably has the class of its neighbours. **Label spreading** lets
#   labels flow from neighbour to neighbour. It assumes that classes form **clusters**.
# - **Perturbation.** A small change of the input should not change the label. So shift an image by
#   a pixel and keep its label. It assumes that one knows such changes.
#
# We take images of handwritten digits and hide nearly all labels. Each part has 500 images, the
# first few of them with labels. The test images are those of the other parts.

# %%
rng = np.random.default_rng([seed, 3])
images, digit = datasets.load_mnist()
squeeze = PCA(40, random_state=0).fit(images.reshape(5_000, -1))  # 40 numbers an image: no labels
pixels = squeeze.transform(images.reshape(5_000, -1)) / 255
parts = rng.permutation(5_000).reshape(10, 500)[:repeats]
classifier = LogisticRegression(max_iter=100, tol=1e-3)


def shifted(rows):
    """Each image as it is and shifted by one pixel, in all eight directions."""
    moved = [np.roll(images[rows], (dy, dx), axis=(1, 2)) for dy in (0, 1, -1) for dx in (0, 1, -1)]
    return squeeze.transform(np.concatenate(moved).reshape(-1, 784)) / 255


# %%
def spread_labels(points, known, new):
    """Predictions for new points of a model that spreads the known labels; -1 is unknown."""
    model = LabelSpreading(kernel="knn", n_neighbors=10, tol=1e-3).fit(points, known)
    with np.errstate(invalid="ignore"):  # where no label arrives, it predicts the first class
        return model.predict(new)


def arms(part):
    """Accuracy with few labels, and with each idea on top; the share of the commonest answer."""
    few, others = part[:n_labels], np.setdiff1d(np.arange(5_000), part)
    known = np.where(np.arange(500) < n_labels, digit[part], -1)
    teacher = SelfTrainingClassifier(classifier, threshold=0.9).fit(pixels[part], known)
    answers = {
        "labels only": classifier.fit(pixels[few], digit[few]).predict(pixels[others]),
        "self-training": teacher.predict(pixels[others]),
        "perturbation": classifier.fit(shifted(few), np.tile(digit[few], 9)).predict(
            pixels[others]),
        "spreading": spread_labels(pixels[part], known, pixels[others]),
    }  # fmt: skip
    return {name: (np.mean(a == digit[others]), np.bincount(a).max() / len(a))
            for name, a in answers.items()}  # fmt: skip


# %%
predict("4.2-6", "How much accuracy does self-training gain?", guess=None)
predict("4.2-6b", "And label spreading?", guess=None)

# %%
semi = [arms(part) for part in parts]
score = {name: np.array([row[name][0] for row in semi]) for name in semi[0]}
claim("4.2-6", "Self-training that believes predictions it is 90 % sure of helps a model with "
      f"{n_labels} labels", paired_t(score["self-training"], score["labels only"]), above=0.0,
      means={
          "holds": "What the model is sure of is right often enough to learn from.",
          "fails": "The model teaches itself its own mistakes.",
          "undecided": "This run cannot tell whether self-training helps or harms."})  # fmt: skip
claim("4.2-6b", f"Label spreading gains more than 2 points over {n_labels} labels alone",
      paired_t(score["spreading"], score["labels only"]), above=0.02, means={
          "holds": "Images of one digit lie together, so labels flow to the right places.",
          "fails": "With these labels, neighbours add little that the model did not know.",
          "undecided": "This run cannot tell whether spreading gains 2 points."})  # fmt: skip
for name, values in score.items():
    most = np.mean([row[name][1] for row in semi])
    print(f"{name:<14} accuracy {values.mean():.2f}, commonest answer {most:.2f} of all images")

# %%
fig, axis = subplots(figsize=(7, 3.2))
axis.plot(list(score), np.array(list(score.values())), marker="o", color=PALETTE[0], linewidth=0.7)
axis.set(xlabel="how the labels are used", ylabel="accuracy", title=finding("4.2-6"))
show(fig, alt="A line for each part of the data: its accuracy with labels only, self-training, "
     f"perturbation and spreading. {finding('4.2-6')} {finding('4.2-6b')}")  # fmt: skip

# %% [markdown]
# **When it stops being true.** Look at the commonest answer. The digits are equally frequent, so a
# fair model gives each in a tenth of the cases. With few labels, the first sure predictions are of
# a class or two which happen to be well covered. They become labels. Now the data hold more of
# these classes than of the others, so the model is sure of them more often, and so on:
# **collapse**. A strict threshold is no cure, since only the favourites pass it; a stricter one
# lets nobody pass, and then nothing is gained either. With more labels the model is right when it
# is sure, and the harm goes away.
#
# ### Exercise 4.2-e6: stop in time
#
# A model on a line: the labelled points `x` have classes `y`, 0 or 1, both present. It knows the
# mean of each class. A point at distances `d0` and `d1` from the two means belongs to the nearer
# one. It is *sure* if `max(d0, d1) / (d0 + d1)` is at least `threshold`, and never if the
# distances are equal. In each round compute the means of all labelled points, and find the sure
# points of the `pool` that have no label yet. Stop if there is none. Stop also, without giving
# them labels, if they are two or more and all of the same class. Otherwise they get their labels,
# which then count as labelled points. Return the list of labels of the pool, `None` where a point
# got none.


# %%
# exercise 4.2-e6
def self_train(x, y, pool, threshold):
    """Return the label that self-training gives to each point of the pool, None for no label."""
    return TODO


# %%
exercise("4.2-e6").check(self_train)

# %% [markdown]
# ## Round 3: start from what others learned
#
# A **pre-trained** model has learned another task, with plenty of data. **Transfer learning**
# starts from it: keep its layers, put a new last layer on top, and train that with your few
# labels. Either the old layers stay as they are, **frozen**, or they learn too: **fine-tuning**.
#
# First a small source. A network learns the digits 0 to 4 from 125 images. Then it gets a few
# images of each of the digits 5 to 9. The rival starts from random weights. To be fast, we train
# many networks at once, each on images of its own.

# %%
rng = np.random.default_rng([seed, 4])
coarse = torch.tensor(images.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)) / 255).flatten(1).float()
target = torch.tensor(digit % 5)  # the new digits 5 to 9 are numbered from 0, too
nets = 2 * repeats


def layers(inputs, outputs):
    """The weights and biases of a layer, for all networks at once."""
    weights = rng.normal(0, (2 / inputs) ** 0.5, (nets, inputs, outputs))
    return [torch.tensor(weights).float(), torch.zeros(nets, 1, outputs)]


def scores_of(net, x):
    return torch.relu(x @ net[0] + net[1]) @ net[2] + net[3]


def train(net, rows, learn=(0, 1, 2, 3), steps=200):
    """The networks after training on some images each; `learn` are the layers that change."""
    net = [layer.clone().requires_grad_(i in learn) for i, layer in enumerate(net)]
    optimiser = torch.optim.Adam([net[i] for i in learn], lr=0.01)
    for _ in range(steps):
        optimiser.zero_grad()
        scores = scores_of(net, coarse[rows]).transpose(1, 2)
        torch.nn.functional.cross_entropy(scores, target[rows]).mul(nets).backward()
        optimiser.step()
    return [layer.detach() for layer in net]


# %%
predict("4.2-7", "How much accuracy does the pre-trained start gain?", guess=None)

# %%
old = rng.permutation(np.flatnonzero(digit < 5)).reshape(20, 125)[:nets]
new = np.stack([rng.permutation(np.flatnonzero(digit == d)) for d in range(5, 10)])
few = new[:, : nets * shots].reshape(5, nets, shots).transpose(1, 0, 2).reshape(nets, -1)
unseen = new[:, 400:].ravel()
start = layers(49, 64) + layers(64, 5)
source = train(start, old)
head = layers(64, 5)  # a new last layer, the same for all
transfer = {}
for name, net, learn in (("from scratch", start[:2] + head, (0, 1, 2, 3)),
                         ("fine-tuned", source[:2] + head, (0, 1, 2, 3)),
                         ("frozen", source[:2] + head, (2, 3)),
                         ("frozen at random", start[:2] + head, (2, 3))):  # fmt: skip
    guess = scores_of(train(net, few, learn), coarse[unseen]).argmax(2)
    transfer[name] = (guess == target[unseen]).float().mean(1).double().numpy()
claim("4.2-7", "A network that learned other digits from 125 images gains more than 2 points over "
      f"one that starts at random, with {shots} images a class",
      paired_t(transfer["fine-tuned"], transfer["from scratch"]), above=0.02, means={
          "holds": "Even a small source teaches layers that other digits can use.",
          "fails": "A small and narrow source is not worth training: it teaches too little.",
          "undecided": "This run cannot tell whether the source gains 2 points."})  # fmt: skip
for name in ("fine-tuned", "frozen", "frozen at random"):
    print(f"{name:<16} minus scratch:", paired_t(transfer[name], transfer["from scratch"]))

# %% [markdown]
# **When it stops being true.** An interval that lies wholly below zero means **negative transfer**:
# the source did harm. That happens where its layers learned to tell five digits apart from few
# images, and threw away what these did not need. Frozen layers cannot get it back; fine-tuned ones
# can in part. Layers frozen at random are the yardstick: they learned nothing, and so lost nothing.
#
# Now a large source. **GloVe** learned 50 numbers for each word from six billion words of text, so
# that words in similar company get similar numbers. The mean over the words of a headline
# represents it, and a model with few weights does the rest. These vectors are frozen. The rival
# counts words by TF-IDF, as in round 1, and starts from nothing.

# %%
predict("4.2-7b", "How much accuracy do the word vectors gain with few labels?", guess=None)

# %%
glove = datasets.load_glove()
counter = TfidfVectorizer(use_idf=False, norm="l1", vocabulary=glove["word"].tolist(),
                          token_pattern=r"[a-z]+|\d+|[^\w\s]")  # fmt: skip
meaning = counter.fit_transform(text) @ glove.iloc[:, 1:].to_numpy()  # the mean over the words
gains = {}
for n in sorted({20, 50, 100, 200, 500, 1_000, n_labels}):
    rows = [r for r in np.arange(10_000).reshape(10, -1)[:repeats, :n] if len(set(bait[r])) == 2]
    gains[n] = ([accuracy(meaning, r, bait[r]) for r in rows],
                [accuracy(words, r, bait[r], C=100) for r in rows])  # fmt: skip
claim("4.2-7b", f"With {n_labels} labels, word vectors of a large source gain more than 5 points "
      "over counted words", paired_t(*gains[n_labels]), above=0.05, means={
          "holds": "Where labels are few, what a large source knows about words is worth much.",
          "fails": "With so many labels there is little left for the source to teach.",
          "undecided": "This run cannot tell whether the vectors gain 5 points."})  # fmt: skip
print("rules alone minus word vectors with 50 labels:", paired_t(by_rules, gains[50][0]))

# %%
fig, axis = subplots(figsize=(6, 3.2))
for i, name in enumerate(["word vectors", "counted words"]):
    curve = [np.mean(both[i]) for both in gains.values()]
    axis.plot(list(gains), curve, marker="os"[i], label=name)
axis.set(xscale="log", xlabel="labels", ylabel="accuracy", title=finding("4.2-7b"))
axis.set_xticks(list(gains), [str(n) for n in gains])
axis.minorticks_off()
axis.legend()
show(fig, alt="Two rising lines of accuracy against the number of labels, one for word vectors and "
     f"one for counted words. {finding('4.2-7b')}")  # fmt: skip

# %% [markdown]
# The source helps most where labels are few. Then the lines cross. The mean of the vectors has
# lost which words there were, and no number of labels brings them back. So transfer is a start,
# not an end: compare again once labels have come in. And look at the printed line.
# Round 1 compared rules with hand labels and counted words. Against the same hand labels and a
# good source they must be judged anew.
#
# A sentence encoder such as MiniLM is a stronger source than a mean of word vectors; the logic of
# the comparison stays the same.
#
# These vectors also break the label spreading of round 2. Neighbours are headlines with words of
# similar meaning, so they share a topic. Clickbait is a matter of style: the clusters are there,
# but they are not the classes.

# %%
lost = []
for part in np.arange(10_000).reshape(20, 500)[: 2 * repeats]:
    few = part[:n_labels]
    if len(set(bait[few])) == 2:
        known = np.where(np.arange(500) < n_labels, bait[part], -1)
        answers = spread_labels(meaning[part], known, meaning[test])
        lost.append(np.mean(answers == bait[test]) - accuracy(meaning, few, bait[few]))
print("spreading minus labels only, on headlines:", t_interval(lost))

# %% [markdown]
# ### Exercise 4.2-e7: what was gained?
#
# `pretrained` and `scratch` are dictionaries from the name of a run to its accuracy. Return three
# numbers: the mean gain of the pre-trained model over the runs that both have, and the lower and
# upper end of its 95 % interval. Use Student's t of the paired differences; the quantile is
# `stats.t.ppf(0.975, n - 1)` of `from scipy import stats`. Return `None` for fewer than two pairs.


# %%
# exercise 4.2-e7
def transfer_gain(pretrained, scratch):
    """Return the mean gain over the runs that both have, and the ends of its 95 % interval."""
    return TODO


# %%
exercise("4.2-e7").check(transfer_gain)

# %% [markdown]
# ## Round 4: the model asks
#
# **Active learning** lets the model choose. Label 20 examples, train, let the model choose ten
# more, label these, train again. Which ones help most? **Uncertainty sampling** takes those on
# which the model wavers:
#
# - **margin**: the two most probable classes are nearly equally probable
# - **least confident**: the most probable class is not very probable
# - **entropy**: the probabilities are spread over many classes
#
# For two classes all three rank alike. For ten they do not. **Query by committee** trains several
# models and takes the examples on which they disagree. Ours has three members of different kinds,
# and takes the images on which the mean of their answers wavers. At the start no model can be
# trusted, the **cold start**. So in a last arm the first 20 images are not drawn by lot but spread
# out over the data, each as far as possible from those before.

# %%
predict("4.2-8", "How much accuracy does the strategy gain over a random choice?", guess=None)
predict("4.2-8b", "How far is accuracy on the chosen images from the truth?", guess=None)


# %%
def learn(part, how, rng):
    """Accuracy after 20, 30, … 120 labels, and how right the model was on what it chose."""
    rest = np.setdiff1d(np.arange(5_000), part)
    spread = how == "spread start"
    first = labelling.k_center_greedy(pixels[part], 20) if spread else rng.choice(500, 20, False)
    labelled, curve, asked = part[first], [], []
    others = [neighbors.KNeighborsClassifier(3), naive_bayes.GaussianNB()]
    members = [classifier] + others * (how == "committee")
    rank = how if how in ("entropy", "least_confident") else "margin"
    while True:
        for member in members:
            member.fit(pixels[labelled], digit[labelled])
        curve.append(classifier.score(pixels[rest], digit[rest]))
        if len(labelled) == 120:
            return curve, np.mean(asked) - np.mean(curve[:-1])
        pool = np.setdiff1d(part, labelled)
        proba = sum(member.predict_proba(pixels[pool]) for member in members) / len(members)
        doubt = rng.random(len(pool)) if how == "random" else labelling.uncertainty(
            proba, method=rank)  # fmt: skip
        chosen = pool[np.argsort(-doubt.round(9), kind="stable")[:10]]
        asked.append(classifier.score(pixels[chosen], digit[chosen]))
        labelled = np.concatenate([labelled, chosen])


# %%
curves, biases = {}, {}
for how in dict.fromkeys(["random", strategy, "margin", "entropy", "committee", "spread start"]):
    # The claims need a narrow interval.
    starts = min(8, repeats) if how in ("random", strategy) else 1
    runs = [[learn(part, how, np.random.default_rng([seed, 5, i, j])) for j in range(starts)]
            for i, part in enumerate(parts)]  # fmt: skip
    curves[how] = np.array([np.mean([curve for curve, _ in part], axis=0) for part in runs])
    biases[how] = np.array([np.mean([bias for _, bias in part]) for part in runs])

# %%
claim("4.2-8", f"120 labels, chosen by {strategy.replace('_', ' ')}, gain more than a point of "
      "accuracy over 120 labels by lot",
      paired_t(curves[strategy][:, -1], curves["random"][:, -1]), above=0.01, means={
          "holds": "Labels that the model asked for are worth more.",
          "fails": "This choice gains little or nothing over drawing lots.",
          "undecided": "This run cannot tell whether the choice gains a point."})  # fmt: skip
claim("4.2-8b", "The accuracy on the images chosen this way is within 5 points of the true one",
      t_interval(biases[strategy]), between=(-0.05, 0.05), means={
          "holds": "The chosen images happen to be about as hard as the others.",
          "fails": "What was chosen for learning does not tell how good the model is.",
          "undecided": "This run cannot tell how far the chosen images mislead."})  # fmt: skip
print("on images drawn by lot, minus the true one:", t_interval(biases["random"]))
for how, values in curves.items():
    gain = paired_t(values[:, 2], curves["random"][:, 2]) if how != "random" else "the baseline"
    print(f"{how:<15} at 40 labels {values[:, 2].mean():.2f}, above random: {gain}")

# %%
fig, axis = subplots(figsize=(7, 3.6))
for marker, (how, values) in zip("os^DvP", curves.items(), strict=False):
    axis.plot(range(20, 121, 10), values.mean(axis=0), marker=marker, label=how.replace("_", " "))
axis.set(xlabel="labels", ylabel="accuracy", title=finding("4.2-8"))
axis.legend(loc="lower right")
show(fig, alt="Rising lines of accuracy against the number of labels, one for each way to choose. "
     f"{finding('4.2-8')}")  # fmt: skip

# %% [markdown]
# **When it stops being true.** Look at the printed intervals. At 40 labels there is little to
# gain: the first models are too poor to know what they do not know. Entropy asks for images that
# look a bit like many digits, and these are hard for everybody. Margin asks for images between two
# digits, where a label moves a border. The spread start begins with images that are far from all
# others. That covers the data, and also picks odd images, which are poor first examples.
#
# The chosen images are a biased sample, on purpose. Never evaluate on them: draw a random test set
# besides. They are also what *this* model wanted. A later model inherits them, and may do no
# better with them than with labels by lot.
#
# **Real-time data.** Active learning is worth most where data change, since old labels lose their
# value. On a stream there is no pool to rank: examples pass by one at a time. Ask for a label when
# the doubt exceeds a threshold, and move the threshold so that the budget of the day lasts.
#
# ### Exercise 4.2-e8: ask for the closest
#
# `proba` is a list of rows, each with the probabilities of two or more classes. The margin of a
# row is its greatest probability minus the second greatest. Return the numbers of the `k` rows
# with the smallest margins, the smallest first; of equal margins the row that comes first. Leave
# out rows that hold a NaN. If fewer than `k` rows are left, return all of them.


# %%
# exercise 4.2-e8
def margin_query(proba, k):
    """Return the k rows whose two most probable classes are closest, the closest first."""
    return TODO


# %%
exercise("4.2-e8").check(margin_query)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with three numbers of labels and three seeds: `mlsd sweep 4.2b -p
# n_labels=20,100,200 -p seed=0:3`. Look at what self-training, spreading and the word vectors do as
# labels come in.

# %%
swept = sweep.load("published/4.2b-n_labels")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("4.2-6"), alt=swept.alt("4.2-6"))

# %% [markdown]
# So: each of the four ways saves labels where its assumption is true, and each can make things
# worse without an error. That is why the first hundred labels should go into a random test set.
# With it, you can make each comparison of this notebook on your own data.
#
# ## Quiz

# %%
quiz("4.2-q7", choice=None)
quiz("4.2-q8", choice=None)

# %%
quiz("4.2-q9", choice=None)
quiz("4.2-q10", choice=None)

# %%
quiz("4.2-q11", choice=None)
quiz("4.2-q12", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Ratner and others (2017), *Snorkel: rapid training data creation with weak
# supervision*; Oliver and others (2018), *Realistic evaluation of deep semi-supervised learning
# algorithms*; Settles (2009), *Active learning literature survey*; Lowell, Lipton and Wallace
# (2019), *Practical obstacles to deploying active learning*.
#
# **Next.** [4.3 Class imbalance](04_3_class_imbalance.ipynb): what to do where one class is rare.
