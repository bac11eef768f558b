# %% [markdown]
# # 6.2 Offline evaluation
#
# **Core question.** The score on the test set is good. What may still be wrong?
#
# **Time** 75 minutes · **Builds on** [5.1 Learned features](05_1_learned_features.ipynb)
#
# You will be able to
#
# - test what a model does when its inputs change (claims 6.2-1 to 6.2-3, exercises 6.2-e1 and
#   6.2-e2)
# - say whether its probabilities can be believed, and mend them (claims 6.2-4 and 6.2-4b, exercise
#   6.2-e3)
# - let it decline, and give its answers a margin (claims 6.2-5 and 6.2-5b, exercise 6.2-e4)
# - look for the people for whom it fails, without finding ghosts (claims 6.2-6 and 6.2-6b, exercise
#   6.2-e5)

# %% tags=["parameters"]
seed: int = 0  # which rows train, calibrate and test, and all noise [0, 1_000_000]
sigma: float = 0.4  # noise on images, in units of full brightness [0.0, 1.0]
edit: str = "link"  # what the invariance test does to comments {link, typo, shout}
capacity: int = 31  # leaves of each tree of the fare model [2, 63]
n_cal: int = 50  # people to calibrate with [20, 2_400]
n_slices: int = 100  # slices that mean nothing [5, 200]
blocks: int = 10  # disjoint parts of each set of data [4, 10] quick 4

# %%
from itertools import product

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlsdlib import datasets
from mlsdlib import evaluation as ev
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval

begin("6.2", seed=seed, sigma=sigma, edit=edit, capacity=capacity, n_cal=n_cal, n_slices=n_slices,
      blocks=blocks)  # fmt: skip


# Disjoint parts of n rows, drawn at random: each is an experiment of its own.
def parts(n, rng):
    return np.array_split(rng.permutation(n), blocks)


# %% [markdown]
# **Offline evaluation** is what you do before a model meets users. One number on a test set is
# where it begins. A test set holds the inputs you have collected, and says how *often* the model
# is right on them. It does not say what happens with other inputs, whether the model is right for
# the right reasons, whether it knows when it is wrong, and for whom it is wrong. There is a test
# for each.
#
# ## Round 1: what must not matter
#
# Your images were scanned with care. Users hold a phone in bad light. A **perturbation test** adds
# to the test inputs what production will add, and scores again. Here it is noise: each pixel moves
# by a normal number with standard deviation `sigma`.
#
# We train three classifiers of handwritten digits and choose one of them twice: by its accuracy on
# clean images, and on noisy ones. Both choices then read other images, all noisy.

# %%
predict("6.2-1", f"Accuracy gained by choosing on noisy images, sigma {sigma}?", guess=None)

# %%
images, digits = datasets.load_mnist()
images = images.reshape(len(images), -1) / images.max()
rng, scores, DARK, MOVED = np.random.default_rng([seed, 1]), [], "half as bright", "moved 2 pixels"
for number, part in enumerate(parts(len(digits), rng)):
    train, *halves = np.split(part[:500], [200, 350])
    models = [SVC(C=10, gamma=0.02), LogisticRegression(C=0.1), KNeighborsClassifier(3)]
    for model in models:
        model.fit(images[train], digits[train])
    for half, rows in enumerate(halves):
        x = images[rows]
        inputs = {s: np.clip(x + rng.normal(0, s, x.shape), 0, 1)
                  for s in sorted({0.0, 0.1, 0.2, 0.3, 0.4, 0.5, sigma})}  # fmt: skip
        inputs |= {DARK: x / 2, MOVED: np.roll(x.reshape(-1, 28, 28), 2, axis=2).reshape(x.shape)}
        for model in models:
            right = {name: np.mean(model.predict(x) == digits[rows]) for name, x in inputs.items()}
            scores.append({"half": half, "part": number, "model": type(model).__name__} | right)
scores = pd.DataFrame(scores).set_index(["half", "part", "model"])


# What choosing on noisy images of one half gains on noisy ones of the other.
def gain(half):
    noisy, clean = (scores.loc[half].groupby("part")[by].idxmax() for by in (sigma, 0.0))
    other = scores.loc[1 - half][sigma]
    return other[noisy].to_numpy() - other[clean].to_numpy()


# %%
claim("6.2-1",
      f"Chosen at noise {sigma}, not on clean images, a model reads over 0.05 more noisy ones",
      t_interval((gain(0) + gain(1)) / 2), above=0.05, means={
          "holds": "The best on clean images is not the best on these.",
          "fails": "With this noise, choosing on clean images costs little or nothing.",
          "undecided": "This run cannot tell whether the choice matters so much."})  # fmt: skip
means = scores.groupby("model").mean()
print(means[[0.0, sigma, DARK, MOVED]].round(2).to_string())
fig, axis = subplots(figsize=(7, 3.4))
for colour, marker, (name, line) in zip(PALETTE, "os^", means.iterrows(), strict=False):
    axis.plot(line.index[:-2], line[:-2], color=colour, marker=marker, label=name)
axis.axvline(sigma, color="black", linewidth=1, linestyle=":")
axis.set(xlabel="sigma of the noise", ylabel="accuracy", title=finding("6.2-1"))
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, alt="Falling lines that cross: SVC from the top and steepest, neighbours hardly at all.")

# %% [markdown]
# The support vector machine compares an image with those it knows through a narrow bell. Noise in
# hundreds of pixels makes every image far from all of them. Neighbours only ask which is *nearest*,
# and noise pushes all of them away alike.
#
# **When it stops being true.** Read the last two columns of the table. The model that noise hardly
# touches reads darkened images worst, and moved ones no better than others. A perturbation test is
# as good as your guess of the perturbation: take it from production, not from a formula. And
# "degrades least" is no aim: a model that is bad everywhere does not degrade at all.
#
# Now texts: which comments under videos are spam? An **invariance test** makes a change that must
# not change the answer, and counts how often it does: the **flip rate**. This needs no labels.
#
# ### Exercise 6.2-e1: the flip rate
#
# `f` takes a list of texts and returns a list of labels; `edit` takes a text and returns it
# edited. Return the share of flips among the texts of the list `X` *that the edit changes*, with
# its Wilson interval: a triple of rate, low and high. `mlsdlib.estimate.wilson(k, n)` computes it.
# If the edit changes no text, return `None`.


# %%
# exercise 6.2-e1
def flip_rate(f, X, edit):
    """Return the share of the changed texts whose label flips, with its interval."""
    return TODO


# %%
exercise("6.2-e1").check(flip_rate)

# %% [markdown]
# Our model is a logistic regression of words. Four edits must not matter: a link at the end, the
# first two letters swapped, the text in capitals, and `zxqv`, which is no word.

# %%
flip_rate = exercise("6.2-e1").use(flip_rate)
tube = datasets.load_youtube_spam().assign(text=lambda d: d["CONTENT"].str.strip("\ufeff "))
tube = tube.drop_duplicates("text", ignore_index=True)
EDITS = {"link": lambda text: f"{text} https://www.example.com",
         "typo": lambda text: text[1:2] + text[:1] + text[2:],
         "shout": str.upper,
         "zxqv": lambda text: f"{text} zxqv"}  # fmt: skip
predict("6.2-2", f"Share of comments whose verdict the edit {edit} flips?", guess=None)

# %%
found = []
for part in parts(len(tube), np.random.default_rng([seed, 2])):
    train, test = tube.iloc[part[:120]], tube.iloc[part[120:]]
    spam = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
    spam.fit(train["text"], train["CLASS"])
    texts, right = test["text"].tolist(), spam.score(test["text"], test["CLASS"])
    for name, change in EDITS.items():
        edited = list(map(change, texts))
        reached = (spam[0].transform(texts) != spam[0].transform(edited)).getnnz(axis=1) > 0
        flips, _, _ = flip_rate(lambda some: spam.predict(some).tolist(), texts, change)  # noqa: B023
        found.append((name, right, np.mean(np.array(texts) != edited), reached.mean(), flips))
found = pd.DataFrame(found, columns=["edit", "accuracy", "text changed", "input changed", "flips"])
claim("6.2-2", f"The edit {edit} flips the verdict on more than one comment in ten",
      t_interval(found["flips"][found["edit"] == edit]), above=0.1, means={
          "holds": "An accurate model hangs on something that anybody can add or take away.",
          "fails": "This edit does not often move the model. Was it able to see it?",
          "undecided": "This run cannot tell whether so many verdicts flip."})  # fmt: skip
print(found.groupby("edit", sort=False).mean().round(2).to_string())

# %% [markdown]
# Spammers post links, so links became the model's reason: a **shortcut**. Accuracy does not show
# it, since the test comments have the same habit.
#
# Now read the zeros, and the column before them. Our vectorizer lowercases texts and drops
# punctuation: the model *cannot* see capitals. A word that was in no training text is thrown away,
# too. **A flip rate of zero may mean that the edit never reached the model.** For the same reason
# the test skips texts that the edit leaves as they are. Append a new phone number to messages, and
# a model of words sees nothing, however much it leans on the numbers that it knows.
#
# **When it stops being true.** The test knows no labels, only your judgement that the edit does
# not matter. A link *is* some evidence of spam. If you keep it, keep it knowingly. If not, add
# links to harmless training comments, and test again.
#
# A relative of it is the **minimum functionality test**: small cases that everybody would get
# right, like unit tests. One is enough to fail.

# %%
cases = {"I love this song": 0, "I do not subscribe to that": 0, "Check out my channel": 1,
         "make money at home": 1, "watch my new song": 1}  # fmt: skip
wrong = ev.minimum_functionality_test(spam.predict, list(cases), list(cases.values())).failed
print(f"{len(wrong)} of {len(cases)} wrong:", *(list(cases)[i] for i in wrong), sep="\n   ")

# %% [markdown]
# ## Round 2: what must matter, and which way
#
# A longer ride must not be cheaper. This is a **directional test**: change one input, and the
# prediction may move one way only. We predict taxi fares by boosted trees from distance, hour, and
# the numbers of the two zones; then we add a tenth to the distance.
#
# ### Exercise 6.2-e2: violations
#
# `m` takes a list of rows, each a dictionary, and returns a list of numbers. Add `delta` to the
# column `col` of every row of the list `X`, and return the positions of the rows whose prediction
# moves against `sign`: 1 if it may only rise, -1 if it may only fall. A prediction that stays
# where it is violates nothing. Rows whose `col` is `None` cannot be tested. Leave `X` as it is.


# %%
# exercise 6.2-e2
def violations(m, X, col, delta, sign):
    """Return the positions of the rows whose prediction moves the wrong way."""
    return TODO


# %%
exercise("6.2-e2").check(violations)

# %%
predict("6.2-3", f"Share of fares that fall, with {capacity} leaves a tree?", guess=None)
taxi = datasets.load_taxi().query("2.5 <= fare_amount <= 150 and trip_distance > 0")
rides = taxi[["trip_distance", "PULocationID", "DOLocationID"]].astype(float)
rides["hour"] = taxi["tpep_pickup_datetime"].dt.hour
fares, miles = taxi["fare_amount"].to_numpy(), taxi["trip_distance"].to_numpy()


def longer(some):
    return some.assign(trip_distance=some["trip_distance"] * 1.1)


# %%
tested, margins = [], []
for part in parts(len(rides), np.random.default_rng([seed, 3])):
    train, cal, test = np.split(part[:640], [340, 490])
    for leaves, kind in product(sorted({2, 4, 8, 16, capacity}), ("free", "monotone")):
        fitted = HistGradientBoostingRegressor(
            max_leaf_nodes=leaves, min_samples_leaf=5, random_state=0,
            monotonic_cst={"trip_distance": 1} if kind == "monotone" else None)  # fmt: skip
        fitted.fit(rides.iloc[train], fares[train])
        down = ev.directional_test(fitted.predict, rides.iloc[test], longer, direction="up",
                                   tol=0.01)  # fmt: skip
        quoted, known = (fitted.predict(rides.iloc[rows]) for rows in (test, cal))
        tested.append((leaves, kind, down.rate.value, r2_score(fares[test], quoted)))
    # The last is the constrained model with the most leaves: in round 3 it gets margins.
    scales = {"scale_cal": 5 + miles[cal], "scale": 5 + miles[test]}
    for name, given in {"one width": {}, "scaled": scales}.items():
        low, high = ev.conformal_interval(fares[cal], known, quoted, alpha=0.1, **given).T
        held, far = (low <= fares[test]) & (fares[test] <= high), miles[test] > 5
        margins.append((name, held.mean(), held[far].mean(), (high - low)[far].mean()))
tested = pd.DataFrame(tested, columns=["leaves", "trees", "violations", "R²"])

# %%
free = tested.query("leaves == @capacity and trees == 'free'")
claim("6.2-3",
      f"With {capacity} leaves a tree, a tenth more distance lowers more than one fare in twenty",
      t_interval(free["violations"]), above=0.05, means={
          "holds": "The model prices many rides absurdly, whatever its score says.",
          "fails": "So small a model rarely gets the direction wrong.",
          "undecided": "This run cannot tell whether so many fares fall."})  # fmt: skip
print(tested.groupby(["trees", "leaves"]).mean().round(2).to_string())

# %% [markdown]
# A tree cuts the distance where it finds it useful, and what is left in a leaf is a few rides. If
# the longer ones among them went at night, with no traffic, then longer is cheaper. Most falls are
# below a dollar, and R² counts squared dollars: it does not see them. Its column hardly tells one
# model from another, while the violations multiply. The cure is a **monotone constraint**, one
# argument of the model. Its violations are zero by construction.
#
# **When it stops being true.** The direction must be *causal*. More rooms make a flat dearer, but
# at the same area? And airports have flat fares, where a longer ride may cost the same; that is a
# plateau, and no violation. The test asks of the model what you believe of the world: if you are
# wrong, it punishes the model for being right.
#
# ## Round 3: does it know when it is wrong?
#
# Our third world is a census: is this person employed? Many decisions need more than yes or no. A
# model is **calibrated** if, of all people to whom it gives 0.8, four in five are employed. The
# **expected calibration error**, ECE, sorts the predictions into bins and averages, over the bins,
# the gap between the mean prediction and the share that came true.
#
# A model can be calibrated afterwards, on rows that it was not trained on:
#
# - **Platt scaling** puts a logistic curve through its scores: two numbers to learn.
# - **Temperature scaling** divides its log odds by one number. Networks need it most.
# - **Isotonic regression** takes any rising staircase: as many numbers as the rows support.
#
# Neither of the first two changes who is ranked above whom, so the AUC stays. A staircase makes
# ties.

# %%
predict("6.2-4", f"Error that isotonic regression on {n_cal} people adds to trees?", guess=None)
predict("6.2-4b", "ECE of a perfectly calibrated model, on 100 people?", guess=None)
predict("6.2-5", "Errors among the half it is surest of, as a share of all errors?", guess=None)

# %%
acs = datasets.load_acs_employment()
inputs = acs.drop(columns=["employed", "year"]).to_numpy(np.float32)
employed, age = acs["employed"].to_numpy(), acs["AGEP"].to_numpy()
early, late = (np.flatnonzero(some) for some in (acs["year"] < 2018, acs["year"] == 2018))
rng, trained, people = np.random.default_rng([seed, 4]), [], []
for part, new in zip(parts(len(early), rng), parts(len(late), rng), strict=True):
    train, pool, test = np.split(early[part[:11_000]], [4_000, 6_400])
    models = {"boosted trees": HistGradientBoostingClassifier(random_state=0),
              "naive Bayes": GaussianNB(),
              "logistic": make_pipeline(StandardScaler(), LogisticRegression())}  # fmt: skip
    p = {name: model.fit(inputs[train], employed[train]).predict_proba(inputs[test])[:, 1]
         for name, model in models.items()}  # fmt: skip
    trained.append((models, pool, test, new[:4_000]))
    known = {"block": len(people), "row": test, "employed": employed[test], "age": age[test]}
    people.append(pd.DataFrame(known | p))
people = pd.concat(people, ignore_index=True)

# %%
errors, HOW = [], ["as it is", "sigmoid", "temperature", "isotonic"]  # Platt's is the sigmoid
for block, (models, pool, test, _) in enumerate(trained):
    for name, how, k in product(list(models)[:2], HOW, range(min(3, 2_400 // n_cal))):
        cal, mended = pool[k * n_cal :][:n_cal], FrozenEstimator(models[name])
        if how != "as it is":
            mended = CalibratedClassifierCV(mended, method=how)
        q = mended.fit(inputs[cal], employed[cal]).predict_proba(inputs[test])[:, 1]
        error = ev.expected_calibration_error(employed[test], q, norm="l2", debiased=True)
        errors.append((block, name, how, error, roc_auc_score(employed[test], q)))
errors = pd.DataFrame(errors, columns=["block", "model", "how", "error", "AUC"])
trees = errors.query("model == 'boosted trees'").pivot_table("error", "block", "how")
claim("6.2-4",
      f"Isotonic regression on {n_cal} people raises the error of boosted trees by over 0.02",
      paired_t(trees["isotonic"], trees["as it is"]), above=0.02, means={
          "holds": "A staircase from so few people is worse than none.",
          "fails": "With so many people, the staircase does not harm so much.",
          "undecided": "This run cannot tell whether the staircase harms so much."})  # fmt: skip
print(f"with {n_cal} people to calibrate with, error and AUC:")
print(errors.groupby(["model", "how"], sort=False)[["error", "AUC"]].mean().round(2).to_string())

# %% [markdown]
# Calibration has a price: what is learned from few rows is noise. Naive Bayes counts the same
# evidence many times over, and is so wrong that anything helps. Trees were nearly right: little to
# gain, and with few rows much to lose. Begin with one number, and let the staircase wait for
# thousands of rows.
#
# ### How small can an ECE be?
#
# We take real predictions, and let each come true with exactly its probability: the model is
# *perfect*. Its ECE is not zero. In a bin of seven people, the share that came true misses the mean
# by chance, and the ECE counts the miss as an error, whatever its sign. So an ECE is biased
# upwards, the more so the fewer the rows and the more the bins. `calibration_test` gives the band
# in which a perfect model lies.
#
# The square of a gap can be mended: take away the variance that chance gives it (Kumar and others,
# 2019). This makes the **debiased** error of the tables here.

# %%
rng, perfect = np.random.default_rng([seed, 5]), []
for n in np.repeat([100, 300, 1_000, 3_000, 10_000], 40):
    drawn = people.sample(n, random_state=rng)
    p, y = drawn["boosted trees"].to_numpy(), drawn["employed"]
    true = rng.random(n) < p  # comes true exactly as often as predicted
    perfect.append({"n": n, "a perfect model": ev.expected_calibration_error(true, p),
                    "boosted trees": ev.expected_calibration_error(y, p),
                    "perfect, debiased": ev.expected_calibration_error(true, p, norm="l2",
                                                                       debiased=True)})  # fmt: skip
perfect = pd.DataFrame(perfect).set_index("n")
claim("6.2-4b", "On 100 people, a perfectly calibrated model has an ECE of more than 0.05",
      t_interval(perfect.loc[100, "a perfect model"]), above=0.05, means={
          "holds": "So small a test set calls a perfect model badly calibrated.",
          "fails": "On so few people, chance alone makes a smaller error.",
          "undecided": "This run cannot tell whether chance makes so large an error."})  # fmt: skip
few = (perfect.loc[100, "perfect, debiased"] == 0).mean()
line = perfect.groupby("n").mean()
p = people["boosted trees"]
bands = [ev.calibration_test(p[:n] > 0.5, p[:n], resamples=999, rng=rng) for n in line.index]
line["perfect, 95 % of samples"] = [f"{b.null_low:.3f} to {b.null_high:.3f}" for b in bands]
print(line.round(3).to_string(), f"debiased, 0 in {few:.0%} of samples of 100", sep="\n")

# %% [markdown]
# With a hundred people, boosted trees and a perfect model cannot be told apart: the last column
# holds what a perfect model shows in 95 % of samples.
#
# **When it stops being true.** The debiased square is right on average, and below zero in about
# half of the samples of a perfect model. It is cut off at zero there, so a *mean* of roots is above
# zero again. And no correction sees what a bin hides: if a model is too sure of some and too little
# of others with the same prediction, the ECE is zero.
#
# ### Exercise 6.2-e3: an error without the bias
#
# `y` is a list of 0 and 1, `p` a list of probabilities. Bin k of `n_bins`, counted from 1, holds
# those above (k - 1)/`n_bins` and up to k/`n_bins`; the first holds 0, too. In a bin of n rows, m
# of which came true, the squared gap between m/n and the mean prediction is too large by s(1 - s)
# / (n - 1), s = m/n: subtract this. A bin with one row says nothing: it counts with 0. Weigh the
# bins by their rows, and return the root of the mean, or 0.0 if the mean is negative.


# %%
# exercise 6.2-e3
def ece_debiased(y, p, n_bins):
    """Return the debiased l2 calibration error."""
    return TODO


# %%
exercise("6.2-e3").check(ece_debiased)

# %% [markdown]
# ### Declining
#
# A model that knows how sure it is may **abstain**: answer where its **confidence**, the
# probability of the class that it names, is high, and hand the rest to a person. The
# **risk–coverage curve** shows the share of wrong answers against the share of rows answered.

# %%
people["wrong"] = (people["boosted trees"] > 0.5) != people["employed"]
people["sure"] = np.maximum(people["boosted trees"], 1 - people["boosted trees"])
curves = [ev.risk_coverage(g["wrong"], g["sure"]) for _, g in people.groupby("block")]
claim("6.2-5", "Among the half of the people it is surest of, it errs less than half as often",
      t_interval([c.risk[np.searchsorted(c.coverage, 0.5)] / c.risk[-1] for c in curves]),
      below=0.5, means={
          "holds": "Confidence tells easy cases from hard ones.",
          "fails": "Declining half does not halve the errors.",
          "undecided": "This run cannot tell whether the errors are halved."})  # fmt: skip
surest = people.nlargest(len(people) // 5, "sure")["age"]
print(f"of the fifth it is surest of, {(surest <= 16).mean():.0%} are 16 or younger")
fig, axis = subplots(figsize=(7, 3.0))
for colour, name, low, high in zip(PALETTE, ["all", "17 to 65"], [0, 17], [99, 65], strict=False):
    some = people[people["age"].between(low, high)]
    curve = ev.risk_coverage(some["wrong"], some["sure"])
    axis.plot(curve.coverage[100:], curve.risk[100:], color=colour, label=name)
    axis.axhline(curve.risk[-1], color=colour, linestyle=":", linewidth=1)
axis.set(xlabel="share of people answered; dotted: declining at random", ylabel="share wrong",
         title=finding("6.2-5"))  # fmt: skip
axis.legend()
show(fig, alt="Two rising curves of the share wrong, each up to its dotted line; adults lie above.")

# %% [markdown]
# Look whom it is sure of: mostly children. Nobody needs a model to know that they have no job.
# Among adults, declining buys less. An average over all rows can be carried by those that do not
# matter.
#
# ### A margin with a promise
#
# **Split conformal prediction** makes of any model one that answers with an interval, or a set of
# classes. Keep calibration rows out of training. Compute for each how *strange* its truth looks to
# the model, such as the size of the error. Take the value that a share of 1 - `alpha` of them does
# not exceed. Every new answer gets this margin. It then holds the truth with probability 1 -
# `alpha` at least, whatever the model, if the rows are **exchangeable**: calibration rows and new
# ones could have come in any order.
#
# ### Exercise 6.2-e4: the margin
#
# `scores` is the list of the strangeness of n calibration rows. Return the k-th smallest, for k
# the least whole number that is (n + 1)(1 - `alpha`) or more. If there are fewer than k, only an
# infinite margin keeps the promise: return `math.inf`. In a computer, 1 - 0.7 is a little more
# than 0.3: round (n + 1)(1 - `alpha`) to nine digits before you round it up.


# %%
# exercise 6.2-e4
def conformal_q(scores, alpha):
    """Return the margin that a new score exceeds with probability alpha at most."""
    return TODO


# %%
exercise("6.2-e4").check(conformal_q)
predict("6.2-5b", "90 % of fares lie in their intervals. And of those over 5 miles?", guess=None)

# %%
margins = pd.DataFrame(margins, columns=["margin", "all", "over 5 miles", "width there, $"])
by_margin = margins.groupby("margin", sort=False)
claim("6.2-5b",
      "Intervals that promise to hold 90 % of the fares hold below 85 % of those over 5 miles",
      t_interval(by_margin.get_group("one width")["over 5 miles"]), below=0.85, means={
          "holds": "The promise is kept on average, and broken for long rides.",
          "fails": "The promise is kept, or nearly, for long rides, too.",
          "undecided": "This run cannot tell how far the promise is broken."})  # fmt: skip
print(by_margin.mean().round({"width there, $": 1}).round(2).to_string())

# %% [markdown]
# **Marginal coverage is not coverage in a slice.** Short rides get more than they were promised,
# long ones pay. Margins that grow with the distance even it out. Nobody promises that they do.
#
# And what if the new rows are not exchangeable with the old? In the census we calibrate on 2015 to
# 2017, and answer with sets of classes. The score "lac" takes each class that is probable enough;
# "aps" takes the most probable until they have mass enough.

# %%
covered = []
for models, pool, test, new in trained:
    model, cal = models["boosted trees"], pool[:1_000]
    working = test[(age[test] > 25) & (age[test] < 66)]
    asked = {"same years": test, "2018": new, "26 to 65 only": working}
    for score, (where, rows) in product(("lac", "aps"), asked.items()):
        known, p = (model.predict_proba(inputs[some]) for some in (cal, rows))
        sets = ev.conformal_sets(employed[cal], known, p, alpha=0.1, score=score, rng=rng)
        held = sets[np.arange(len(rows)), employed[rows]].mean()
        band = ev.conformal_coverage(len(cal), 0.1, n_test=len(rows))
        covered.append((score, where, held, held < band.low, sets.sum(axis=1).mean()))
covered = pd.DataFrame(covered, columns=["score", "asked", "coverage", "too low", "classes a set"])
print(covered.groupby(["score", "asked"], sort=False).mean().round(2).to_string())
predict("6.2-6", "AUC of all, less that of the best age band of adults?", guess=None)
predict("6.2-6b", f"Of {n_slices} slices that mean nothing, how many look bad?", guess=None)

# %% [markdown]
# The third column is the share of parts in which the coverage lies below what chance allows.
# Three years changed next to nothing: time alone is no shift. But let only people of 26 to 65 come,
# and the sets of "lac" fall short, by more than chance in many parts. A slice that fails today is
# the shift that fails tomorrow, when more of it comes. "aps" pays for evenness with larger sets.
#
# ## Round 4: for whom does it fail?
#
# A **slice** is a part of the rows that somebody can name: an age, a region, a device. First the
# ages.

# %%
BANDS = {"up to 16": 0, "17 to 25": 17, "26 to 45": 26, "46 to 65": 46, "over 65": 66}
people["band"] = np.array(list(BANDS))[np.digitize(people["age"], [17, 26, 46, 66])]


# The AUC of all rows of a block, and in each band.
def aucs(some):
    groups = {"all": some} | dict(iter(some.groupby("band")))
    return {name: roc_auc_score(g["employed"], g["boosted trees"]) for name, g in groups.items()}


by_band = pd.DataFrame([aucs(some) for _, some in people.groupby("block")])[["all", *BANDS]]
claim("6.2-6", "In no age band of adults does the AUC come within 0.05 of that of all people",
      paired_t(by_band["all"], by_band[list(BANDS)[1:]].max(axis=1)), above=0.05, means={
          "holds": "The whole looks better than any adult part of it.",
          "fails": "In some adult band the model does nearly as well as on all.",
          "undecided": "This run cannot tell how far the best adult band lies below."})  # fmt: skip
print(by_band.mean().round(2).to_string())

# %% [markdown]
# No mistake: to rank a child below an adult is easy, and many pairs of all people are of this kind.
# Inside a band this help is gone. The model that an adult meets is the one in the bands.
#
# It gets worse when two models see *different* mixes. Suppose that logistic regression serves most
# adults, and that the trees were piloted mostly on those of 17 to 25, who are hard to predict.

# %%
rng, grown = np.random.default_rng([seed, 6]), people[people["age"] > 16]
old_wrong = (grown["logistic"] > 0.5) != grown["employed"]
piloted = rng.random(len(grown)) < np.where(grown["band"] == "17 to 25", 0.9, 0.2)
own = {"logistic": 1 - old_wrong[~piloted], "boosted trees": 1 - grown["wrong"][piloted]}
own = pd.concat(own, axis=1)
ages = pd.cut(grown["age"], [16, 25, 65, 120]).astype(str)
table = own.groupby(ages).mean().T.assign(all=own.mean())
print("accuracy of each on its own traffic", table.round(2).to_string(), sep="\n")
print("on the same people:", ev.paired_comparison(old_wrong, grown["wrong"]).difference)

# %% [markdown]
# Better within each range of ages, or as good, and worse in all: **Simpson's paradox**. The last
# column compares crowds, not models. Compare models within slices, or on the same rows: there,
# logistic regression makes more errors, by the difference printed last.
#
# ### Looking for slices
#
# `slice_metrics` looks at every value of some columns and every pair of them. We ask for
# `fnr`, the share of the employed whom the model calls not employed, and `fpr`, the reverse.

# %%
named, true = acs.iloc[people["row"]].reset_index(drop=True), people["employed"]
guessed = (people["boosted trees"] > 0.5).astype(int)
columns = pd.DataFrame({"age": people["band"], "disabled": named["DIS"] == 1,
                        "woman": named["SEX"] == 2, "abroad": named["NATIVITY"] == 2})  # fmt: skip
for metric in ("fpr", "fnr"):
    table = ev.slice_metrics(columns, true, guessed, by=list(columns), metric=metric, min_size=100)
    print(f"{metric}: {(table['qvalue'] <= 0.05).sum()} of {len(table)} slices are worse than the "
          f"rest; highest in {table.loc[table['value'].idxmax(), 'slice']}")  # fmt: skip
table = table.nlargest(10, "value")[::-1]
fig, axis = subplots(figsize=(7, 3.6))
axis.errorbar(table["value"], table["slice"], fmt="o", color=PALETTE[0],
              xerr=[table["value"] - table["low"], table["high"] - table["value"]])  # fmt: skip
axis.axvline(1 - guessed[true == 1].mean(), color="black", linewidth=1, linestyle=":")
axis.set(xlabel="share of the employed called not employed; dotted: all people", ylabel="slice",
         title="The ten slices with the highest miss rate")  # fmt: skip
show(fig, alt="Ten points right of the dotted line: mostly old people and disabled ones.")

# %% [markdown]
# Employed people who are old or disabled are hardly ever recognised: most of their kind have no
# job, and the model goes with the most. If a loan hangs on it, that is not a detail.
#
# But who looks at many slices finds some bad ones in *any* data. We give each person a number from
# 1 to `n_slices` by lot. Such slices mean nothing. A test of each at 5 % still calls some worse.
# **Multiplicity** control counts how often you looked: **Holm** keeps the chance of *any* false
# alarm below 5 %, **Benjamini–Hochberg** the share of false ones *among the alarms*. To see what
# that costs, we also make the first slice really worse. <!-- given: the level of the tests -->

# %%
rng, alarms = np.random.default_rng([seed, 7]), []
for _ in range(40):
    wrong = people["wrong"].sample(10_000, random_state=rng).to_numpy()
    lot = pd.DataFrame({"lot": rng.integers(n_slices, size=len(wrong))})
    more = wrong | ((lot["lot"] == 0) & (rng.random(len(wrong)) < 0.25)).to_numpy()
    for how in ("none", "bh", "holm"):
        null, real = (ev.slice_metrics(lot, np.zeros(len(wrong)), some, by=["lot"], min_size=20,
                                       correction=how).set_index("slice")["qvalue"] <= 0.05
                      for some in (wrong, more))  # fmt: skip
        alarms.append((how, null.sum(), bool(real.get("lot=0", False))))
alarms = pd.DataFrame(alarms, columns=["correction", "false alarms", "worse slice found"])
claim("6.2-6b",
      f"Of {n_slices} slices that mean nothing, tests at 5 % call more than one worse",
      t_interval(alarms["false alarms"][alarms["correction"] == "none"]), above=1, means={
          "holds": "Slicing fishes, and always catches something.",
          "fails": "With so few slices, false alarms are rare.",
          "undecided": "This run cannot tell whether more than one looks bad."})  # fmt: skip
print(alarms.groupby("correction", sort=False).mean().round(2).to_string())

# %% [markdown]
# The price is power: a slice that is really worse is missed more often. So name the slices that
# matter *before* you look, leave out those too small to tell, and confirm what you find on fresh
# rows. The worst of many slices looks worse than it is, for it was chosen for that.
#
# ### Exercise 6.2-e5: the bad slices
#
# `slices` is a list of triples: name, number of rows, p value. Leave out slices with fewer than
# `min_size` rows: they do not count as tests. Of the m others, in the order of their p values,
# Holm compares the first with `alpha`/m, the second with `alpha`/(m - 1), and so on, and stops at
# the first that is greater. Return the names of those before it, smallest p value first; of equal
# ones in the order of the list.


# %%
# exercise 6.2-e5
def bad_slices(slices, alpha, min_size):
    """Return the names of the slices that Holm's method calls bad."""
    return TODO


# %%
exercise("6.2-e5").check(bad_slices)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four numbers of people to calibrate with and three seeds: `mlsd sweep
# 6.2 -p n_cal=50,200,800,2400 -p seed=0:3`. Look from where on the staircase does no harm.

# %%
swept = sweep.load("published/6.2-n_cal")
print(swept.finding("6.2-4"))
show(swept.figure("6.2-4"), alt=swept.alt("6.2-4"))

# %% [markdown]
# ## Quiz

# %%
quiz("6.2-q1", choice=None)

# %%
quiz("6.2-q2", choice=None)

# %%
quiz("6.2-q3", choice=None)

# %%
quiz("6.2-q4", choice=None)

# %%
quiz("6.2-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Ribeiro and others (2020), *Beyond accuracy: behavioral testing of NLP models with
# CheckList*; Guo and others (2017), *On calibration of modern neural networks*; Kumar, Liang and
# Ma (2019), *Verified uncertainty calibration*; Geifman and El-Yaniv (2017), *Selective
# classification*; Angelopoulos and Bates (2021), *A gentle introduction to conformal prediction*;
# Chung and others (2019), *Slice Finder*; Huyen (2022), *Designing Machine Learning Systems*,
# chapter 6.
#
# **Next.** Chapter 7, deployment.
