# %% [markdown]
# # 4.2a Label quality
#
# **Core question.** How good are your labels, and how would you find out?
#
# **Time** 60 minutes · **Builds on** [0 How we test](00_how_we_test.ipynb)
#
# You will be able to
#
# - say what wrong labels cost, by their number and by their structure (claims 4.2-1, 4.2-1b,
#   exercise 4.2-e1)
# - measure how far people agree, and make one label of many (claims 4.2-2 to 4.2-2c, exercise
#   4.2-e2)
# - trace bad labels to their source, and tell a bad source from a lonely one (claims 4.2-3,
#   4.2-3b, exercise 4.2-e3)
# - choose how long to wait for a label that comes by itself (claims 4.2-4, 4.2-4b, exercise
#   4.2-e4)

# %% tags=["parameters"]
seed: int = 0  # which rows, errors, crews and worlds are drawn [0, 1_000_000]
noise: float = 0.4  # share of wrong labels in the first round [0.05, 0.8]
n_annotators: int = 5  # labels for each item that are kept, in the second round [2, 5]
bad_share: float = 0.3  # wrong labels of the bad source, in the third round [0.0, 0.9] quick 0.05
window_d: int = 7  # days to wait for a label, in the last round [2, 28]
drift: float = 0.4  # how far the shop moves in a week, in the last round [0.0, 1.0]
n_mixes: int = 40  # sets of five sources that are mixed [10, 200] quick 20
n_worlds: int = 40  # shops that are simulated [10, 200] quick 10

# %%
import itertools

import numpy as np
import pandas as pd
from scipy.special import rel_entr, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from mlsdlib import datasets, labelling
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, paired_t, t_interval, wilson
from mlsdlib.worlds import Drift, ShopSmart, ShopSmartConfig

DAY = pd.Timedelta(days=1)
begin("4.2a", seed=seed, noise=noise, n_annotators=n_annotators, bad_share=bad_share,
      window_d=window_d, drift=drift, n_mixes=n_mixes, n_worlds=n_worlds)  # fmt: skip

# %% [markdown]
# Unsupervised learning promises models without labels. Most models that earn money are supervised
# all the same: they learn from examples with answers. How good they get depends on how many labels
# there are and how good they are. In many teams labelling is a permanent task with its own people,
# tools and budget.
#
# The plainest way is **hand labels**: people look at each example. That has three costs.
#
# - **Money.** Whether a comment is rude, anybody can say for some cents. Whether a shadow on a
#   lung is a tumour takes a radiologist.
# - **Privacy.** Who labels data must see them. Patients' pictures and bank statements may not go
#   to a crowd on the web.
# - **Time.** If the world changes, labels must be made anew before the model can follow. What takes
#   weeks to label adapts in weeks.
#
# Labels that cost so much had better be right. What if they are not?
#
# ## Round 1: which errors hurt
#
# We take handwritten digits, whose labels are right, and make some wrong. A **transition matrix**
# says how: row i holds the probabilities of what label i becomes. Two structures have the same rate
# of errors. *Random* errors go to any other digit. *Systematic* ones always go to the next: 0
# becomes 1, 1 becomes 2.

# %%
images, digit = datasets.load_mnist()
pixels = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196) / 255


def transition(kind, rate):
    """The matrix of ten digits with so many errors."""
    keep, others = np.eye(10), np.full((10, 10), 1 / 9) - np.eye(10) / 9
    move = others if kind == "random" else np.roll(keep, 1, axis=1)
    return (1 - rate) * keep + rate * move


def accuracy(model, train, labels, test):
    return model.fit(pixels[train], labels).score(pixels[test], digit[test])


def bars(axis, x, found, **style):
    ends = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    axis.errorbar(x, [e.value for e in found], ends, **style)


# %% [markdown]
# The 5,000 pictures are dealt into eight blocks, each with a training and a test part of its own:
# eight independent experiments. In each we also train on *half* of the training part with all
# labels right. That is the trade a buyer has: twice as many labels that are partly wrong, or half
# as many that are checked.

# %%
predict("4.2-1", "How much more accuracy do systematic errors cost than random ones?", guess=None)
predict("4.2-1b", "Twice as many labels with random errors gain how much accuracy?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
regression, neighbours = LogisticRegression(C=0.1, max_iter=300), KNeighborsClassifier(15)
rates, scores = sorted({0.1, 0.25, 0.4, 0.55, noise}), []
for block in np.split(rng.permutation(5_000), 8):
    train, half, test = block[:450], block[:225], block[450:]
    row = {"half": accuracy(regression, half, digit[half], test)}
    for kind, rate in itertools.product(("random", "systematic"), rates):
        flipped = [labelling.flip_labels(digit[train], transition(kind, rate), rng=rng)
                   for _ in range(3 if rate == noise else 1)]  # fmt: skip
        row[kind, rate] = np.mean([accuracy(regression, train, y, test) for y in flipped])
    flipped = labelling.flip_labels(digit[train], transition("random", noise), rng=rng)
    row["vote"] = accuracy(neighbours, train, flipped, test)
    row["vote, half"] = accuracy(neighbours, half, digit[half], test)
    scores.append(row)
scores = pd.DataFrame(scores)

# %%
claim("4.2-1", f"With {noise:.0%} of the labels wrong, systematic errors cost more than 0.05 of "
      "accuracy more than random ones",
      paired_t(scores["random", noise], scores["systematic", noise]), above=0.05, means={
          "holds": "The structure of the errors matters, not their rate alone.",
          "fails": "At this rate both kinds do about the same harm.",
          "undecided": "This run cannot tell whether the structure matters so much."})  # fmt: skip
claim("4.2-1b", f"Twice as many labels, {noise:.0%} of them wrong at random, gain more than 0.02 "
      "of accuracy over half as many right ones",
      paired_t(scores["random", noise], scores["half"]), above=0.02, means={
          "holds": "Here quantity makes up for quality.",
          "fails": "Here half as many labels are as good if they are right.",
          "undecided": "This run cannot tell which of the two to buy."})  # fmt: skip
print(f"the trade with nearest neighbours: {paired_t(scores['vote'], scores['vote, half'])}")

# %%
fig, axis = subplots(figsize=(6, 3.4))
for kind, colour, marker in (("random", PALETTE[0], "o"), ("systematic", PALETTE[1], "s")):
    bars(axis, rates, [t_interval(scores[kind, rate]) for rate in rates], color=colour,
         marker=marker, label=kind)  # fmt: skip
axis.axhline(scores["half"].mean(), color="black", linestyle=":", label="half as many, all right")
axis.set(xlabel="share of wrong labels", ylabel="test accuracy", title=finding("4.2-1"))
axis.legend()
show(fig, alt="Two falling lines of accuracy against the share of wrong labels. They start "
     "together; from a quarter on systematic errors fall far below.")  # fmt: skip

# %% [markdown]
# A model that is kept from memorising averages over similar pictures. Among pictures of a 3, random
# errors scatter over nine digits, and the right label stays by far the most frequent. Systematic
# errors all point one way. As their share nears one half, the wrong label overtakes the right one,
# and the model learns it faithfully. At low rates both kinds are in the minority, and there the
# structure hardly shows.
#
# So whether more labels beat better ones depends on the rate, on the structure, and on the model:
# compare the printed gain and its interval. Nearest neighbours take a vote, which random errors
# must win to matter.
#
# **When it stops being true.** Real errors follow the inputs: blurred pictures, sarcasm, rare
# dialects. Such errors sit where the model is unsure too, and neither curve describes them.
#
# ### Exercise 4.2-e1: plant errors
#
# `labels` is a list of classes 0 to K - 1, `transition` a list of K rows of K probabilities, and
# `draws` holds a number for each label, at least 0 and below 1. Return the new labels. A label i
# becomes 0 if its draw is below `transition[i][0]`, else 1 if it is below the sum of the first two
# entries, and so on.


# %%
# exercise 4.2-e1
def flip(labels, transition, draws):
    """Return the labels with errors: label i becomes j with probability transition[i][j]."""
    return TODO


# %%
exercise("4.2-e1").check(flip)

# %% [markdown]
# ## Round 2: several people, several labels
#
# Nobody plants errors in practice; people make them. Ask several about the same item, and they
# disagree: **label multiplicity**. Which label is true, and how far may we trust it?
#
# Agreement needs a yardstick. If nine of ten mails are harmless, two people who say "harmless" by
# lot agree most of the time. **Cohen's kappa** asks how far two people agree *beyond* that chance:
# 1 is full agreement, 0 is chance. **Fleiss' kappa** does so for many people, **Krippendorff's
# alpha** also where everybody labelled other items.

# %%
CROWDS = ("bluebirds", "music_genre", "sentiment_polarity", "weather_sentiment_cf")
crowds = {name: datasets.load_crowd(name) for name in CROWDS}
for name, votes in crowds.items():
    alpha = labelling.krippendorff_alpha(votes["task"], votes["worker"], votes["label"])
    print(f"{name:<21} {votes.task.nunique():5} items, {len(votes) / votes.worker.nunique():4.0f} "
          f"labels a worker, {votes.label.nunique():2} classes, alpha {alpha:.2f}")  # fmt: skip

# %% [markdown]
# ### Exercise 4.2-e2: agreement beyond chance
#
# `a` and `b` are the labels that two people gave to the same items, `None` where one gave none.
# Leave such items out. *Observed* is the share of items with equal labels. *Expected* is the
# chance of equal labels if each drew from its own labels by lot. Return (observed - expected) / (1
# - expected), and `None` if there is no pair, or if expected is 1.


# %%
# exercise 4.2-e2
def cohen_kappa(a, b):
    """Return the agreement of two annotators beyond chance, None where it is not defined."""
    return TODO


# %%
exercise("4.2-e2").check(cohen_kappa)

# %% [markdown]
# One label out of many: the **majority vote** is the plain way. It takes all people for equally
# good. **Dawid and Skene** (1979) judge people and items together. Guess the truth by the vote.
# Count for each person how often they say what when the truth is what: their **confusion
# matrix**. Weigh the votes by it, which gives a better guess of the truth; and again, until nothing
# moves. This is expectation maximisation, EM. In a few lines:


# %%
COLUMNS = ["task", "worker", "label"]


def dawid_skene(votes, rounds=100):
    """The probability of each label for each item."""
    item, worker, label = (pd.factorize(votes[name], sort=True)[0] for name in COLUMNS)
    given = np.zeros((item.max() + 1, worker.max() + 1, label.max() + 1))
    given[item, worker, label] = 1
    truth = given.sum(axis=1) / given.sum(axis=(1, 2))[:, None]
    for _ in range(rounds):
        confusion = np.einsum("ik,iwv->wkv", truth, given) + 1e-9
        confusion /= confusion.sum(axis=2, keepdims=True)
        evidence = np.einsum("iwv,wkv->ik", given, np.log(confusion))
        truth = softmax(np.log(truth.mean(axis=0)) + evidence, axis=1)
    return truth


votes = crowds["bluebirds"]
library = labelling.DawidSkene(tol=1e-9).fit(*(votes[name] for name in COLUMNS))
print("as the library does:", np.allclose(dawid_skene(votes), library.posterior_, atol=1e-3))

# %% [markdown]
# These sets have **gold labels**, known by other means, so we can count. The largest, sentences
# from film reviews, we cut into small batches: the same people and the same task, but fewer labels
# a person. No sentence stands in two batches; the people do, so the intervals speak of further
# sentences for this crowd.
#
# Each batch is judged a second time with **smoothing**: everybody's confusion matrix gets five
# labels more, in the shares of the whole crowd's. Who gave few labels is then judged much as the
# crowd is, who gave many by their own.

# %%
predict("4.2-2", "In batches of 500, by what share of the items is it better?", guess=None)
predict("4.2-2b", "And in batches of 25?", guess=None)


# %%
def right(votes, rng, smoothing=0):
    """Whether the label of each item is right: by Dawid-Skene, and by vote."""
    found = labelling.DawidSkene(smoothing=smoothing).fit(*(votes[c] for c in COLUMNS)).predict()
    gold = votes.drop_duplicates("task").set_index("task")["gold"].reindex(found.index)
    vote = labelling.majority_vote(votes["task"], votes["label"], rng=rng)
    return (found == gold).to_numpy(float), (vote == gold).to_numpy(float)


rng = np.random.default_rng([seed, 2])
shuffled = crowds["sentiment_polarity"].sample(frac=1, random_state=rng)
nth = shuffled.groupby("task").cumcount()
kept = shuffled[nth < n_annotators]
place = pd.Series(np.arange(kept["task"].nunique()), index=kept["task"].unique())
gains, smoothed, labels_each = {}, {}, {}
for size in (25, 50, 100, 250, 500):
    batches = [b for k, b in kept.groupby(kept["task"].map(place) // size) if k < 4_999 // size]
    for found, added in ((gains, 0), (smoothed, 5)):
        found[size] = t_interval([np.subtract(*right(b, rng, added)).mean() for b in batches])
    labels_each[size] = np.mean([len(b) / b["worker"].nunique() for b in batches])

# %%
claim("4.2-2", "In batches of 500 sentences, Dawid-Skene gets more than 1 label in 200 more right "
      "than the vote", gains[500], above=0.005, means={
          "holds": "With enough labels a person, weighing people pays.",
          "fails": "Here the plain vote does as well.",
          "undecided": "This run cannot tell whether it pays to weigh people."})  # fmt: skip
claim("4.2-2b", "In batches of 25 sentences, it gets more than 1 label in 200 more right, too",
      gains[25], above=0.005, means={
          "holds": "Even with few labels a person, plain Dawid-Skene pays.",
          "fails": "With few labels a person, plain Dawid-Skene does not pay.",
          "undecided": "This run cannot tell whether it pays in small batches."})  # fmt: skip
print("in batches of 25, with smoothing, it gains", smoothed[25])
for n in range(1, 6):
    by_model, by_vote = (found.mean() for found in right(shuffled[nth < n], rng))
    print(f"{n} labels an item: {by_vote:.2f} right by vote, {by_model:.2f} by Dawid-Skene; at 5 "
          f"cents a label, a right one costs {5 * n / by_vote:.0f} cents by vote")  # fmt: skip

# %%
fig, axis = subplots(figsize=(6.6, 3.6))
bars(axis, list(labels_each.values()), list(gains.values()), color=PALETTE[0], marker="o",
     label="batches of sentiment polarity")  # fmt: skip
bars(axis, list(labels_each.values()), list(smoothed.values()), color=PALETTE[5], marker="P",
     label="the same, with smoothing")  # fmt: skip
for (name, votes), colour, marker in zip(crowds.items(), PALETTE[1:], "sD^v"):
    bars(axis, [len(votes) / votes["worker"].nunique()], [paired_t(*right(votes, rng))],
         color=colour, marker=marker, label=name.replace("_", " "))  # fmt: skip
axis.axhline(0, color="black", linewidth=1)
axis.set(xscale="log", xlabel="labels a worker", ylabel="share gained", title=finding("4.2-2b"))
axis.legend(fontsize=8, loc="upper left")
show(fig, alt="Gain over the vote against labels a worker. A line rises from below zero to above; "
     "with smoothing it begins near zero. Sets with many labels lie above zero.")  # fmt: skip

# %% [markdown]
# A confusion matrix is estimated from the labels of one person. With a hundred it shows who
# confuses what; with three it shows chance, and EM then believes in that chance more with every
# round. The other sets show the same: compare those with many labels a worker and the one with few.
# So plain Dawid-Skene is not the better method in general, only from some number of labels a person
# on. Smoothing is made for what goes wrong below that number. It shows no skill that cannot be
# seen; it keeps chance from passing for skill.
#
# More labels make a right one dearer: each costs as much as the first and mends less. By vote, a
# second label mends nothing at all on average: where two people disagree, a lot decides.
#
# ### Agreement is not truth
#
# Without gold labels one looks at agreement. On *bluebirds* each of 39 people labelled all 108
# photographs: is this the bird, or not? We draw two crews of five and ask whether the one that
# agrees more is also the one whose vote is right more often. The interval speaks of draws from
# these 39 people.

# %%
predict("4.2-2c", "In what share of the draws is the crew that agrees more better?", guess=None)

# %%
table = crowds["bluebirds"].pivot(index="task", columns="worker", values="label").to_numpy()
gold = crowds["bluebirds"].groupby("task")["gold"].first().to_numpy()


def crew(answers):
    """The agreement of a crew's answers, and how often its vote is right."""
    yes, n = answers.sum(axis=1), answers.shape[1]
    return labelling.fleiss_kappa(np.column_stack([n - yes, yes])), ((2 * yes > n) == gold).mean()


rng = np.random.default_rng([seed, 3])
pairs = [np.array([crew(table[:, five]) for five in np.split(rng.permutation(39)[:10], 2)])
         for _ in range(400)]  # fmt: skip
claim("4.2-2c", "Of two crews, the one that agrees more is right more often in more than 9 of 10 "
      "draws", wilson(sum(np.prod(a - b) > 0 for a, b in pairs), len(pairs)), above=0.9, means={
          "holds": "Here agreement is a good guide to truth.",
          "fails": "Agreement says something about truth, and too little to choose a crew by.",
          "undecided": "This run cannot tell whether agreement is so good a guide."})  # fmt: skip
yes = crew(table[:, np.argsort(table.mean(axis=0))[-5:]])
doubt = np.abs(table.mean(axis=1) - 0.5) < 0.1
for name, rule in {"no rule": None, "the right rule": gold, "in doubt say no": 0 * gold}.items():
    follow = doubt[:, None] & (rng.random(table.shape) < 0.9) & (rule is not None)
    kappa, share = crew(np.where(follow, gold[:, None] if rule is None else rule[:, None], table))
    print(f"all 39, {name}: kappa {kappa:.2f}, {share:.2f} right")

# %%
fig, axis = subplots(figsize=(6, 3.6))
axis.scatter(*np.concatenate(pairs).T, s=8, alpha=0.4, color=PALETTE[0], label="five by lot")
axis.scatter(*yes, s=80, marker="D", color=PALETTE[1], label="the five who say yes most")
axis.set(xlabel="Fleiss' kappa of the crew", ylabel="share right", title=finding("4.2-2c"))
axis.legend(fontsize=8, loc="lower right")
show(fig, alt="A wide cloud of crews that rises with agreement. The five who say yes most agree as "
     "much as others and are right less than half of the time.")  # fmt: skip

# %% [markdown]
# Some crews share a bias: those who see the bird everywhere agree as much as others do.
#
# The print is about **instructions**. It is a simulation: all 39 get a rule for the photographs on
# which they are split, and mostly follow it. A clear rule raises agreement, whatever it says. Only
# the right rule brings more right labels. So write clear definitions and train people on the same
# examples: it makes labels *consistent*. And keep some gold items to see whether the rule is
# *right*.
#
# And sometimes there is nothing to repair:

# %%
irony = datasets.load_crowd("multipico_en_irony", columns=["task", "annotator", "ironic"])
rate = irony.groupby("annotator")["ironic"].agg(["mean", "size"]).query("size >= 30")["mean"]
split = irony.groupby("task")["ironic"].nunique() > 1
print(f"irony: people disagree on {split.mean():.0%} of the posts; single people find "
      f"{rate.min():.0%} to {rate.max():.0%} of theirs ironic")  # fmt: skip

# %% [markdown]
# Whether a post is ironic has no gold label. Readers differ, and rightly so. A majority would
# delete the minority's reading. Keep the *share* of votes as a **soft label**, or all labels with
# their authors.
#
# ## Round 3: where did this label come from?
#
# A model did well. Then a new firm's labels were added to the training set, and it got worse.
# **Data lineage** is the record of where each row came from, who labelled it, when and by which
# instruction. Without it, all one sees is a set that is somehow worse.
#
# We mix five sources of a hundred digits each. Source A has wrong labels. For each source we train
# on the other four and count where its labels contradict the model: the **held-out loss**. The
# library's `source_report` compares each source with the rest. It allows for their number: among
# many sources, one always looks bad. Every mix is a fresh draw from the 5,000 pictures.

# %%
predict("4.2-3", "In what share of the mixes is source A found?", guess=None)
predict("4.2-3b", "If E alone has 0s and 1s: A's held-out loss, less that of E?", guess=None)


# %%
def mix(rng, alone, bad):
    """Rows, sources and labels of five sources; if alone, all 0s and 1s come from source E."""
    order = rng.permutation(5_000)
    few = np.isin(digit[order], (0, 1)) if alone else np.arange(5_000) >= 4_900
    rows, source = np.append(order[~few][:400], order[few][:100]), np.repeat(list("ABCDE"), 100)
    labels, theirs = digit[rows].copy(), source == bad
    labels[theirs] = labelling.flip_labels(labels[theirs], transition("random", bad_share), rng=rng)
    return rows, source, labels


named, losses, rest, kept_all, dropped = {}, {}, [], [], []
rng, model, parts = np.random.default_rng([seed, 4]), KNeighborsClassifier(5), LeaveOneGroupOut()
for alone in (False, True):
    named[alone], losses[alone] = [], []
    for _ in range(n_mixes):
        rows, source, labels = mix(rng, alone, "A")
        guess = cross_val_predict(model, pixels[rows], labels, groups=source, cv=parts)
        named[alone] += labelling.source_report(source, guess != labels).suspects[:1]
        losses[alone].append((guess != labels).reshape(5, 100).mean(axis=1))
        if not alone:
            wrong = labels != digit[rows]
            disputed = labelling.neighbour_disagreement(pixels[rows], labels)
            rest.append(wrong[np.argsort(-disputed, kind="stable")[: max(wrong.sum(), 1)]].mean())
for _ in range(n_mixes):
    rows, source, labels = mix(rng, True, "E")
    test = np.setdiff1d(np.arange(5_000), rows)[::4]
    for results, use in ((kept_all, source != ""), (dropped, source != "E")):
        results.append(accuracy(model, rows[use], labels[use], test))

# %%
claim("4.2-3", f"The report names source A, {bad_share:.0%} of whose labels are wrong, in more "
      "than 3 of 4 mixes", wilson(named[False].count("A"), n_mixes), above=0.75, means={
          "holds": "With lineage, bad labels lead to their source.",
          "fails": "So few errors hide in the noise of a hundred rows.",
          "undecided": "This run cannot tell whether it is found so often."})  # fmt: skip
only = np.array(losses[True])
claim("4.2-3b", "Where source E, all of whose labels are right, alone delivers the 0s and 1s, A "
      "still has the higher held-out loss", paired_t(only[:, 0], only[:, 4]), above=0, means={
          "holds": "The source with wrong labels looks worse than the lonely one.",
          "fails": "Who delivers what nobody else has looks worse than source A.",
          "undecided": "This run cannot tell which of the two looks worse."})  # fmt: skip
print(f"E alone has 0s and 1s: named first in {named[True].count('E') / n_mixes:.0%} of mixes; "
      f"held-out loss of A {only[:, 0].mean():.2f}, of E {only[:, 4].mean():.2f}")  # fmt: skip
print(f"without ids: of as many most disputed rows as are wrong, {np.mean(rest):.0%} are wrong")
print(f"if E alone has 0s and 1s, and the wrong labels: accuracy {np.mean(kept_all):.2f} with E, "
      f"{np.mean(dropped):.2f} without")  # fmt: skip

# %% [markdown]
# A model that has never seen a 0 contradicts every 0. The report cannot tell "wrong" from "new".
# Lineage names a source; a person must then look at its rows. And suppose the lonely source *is*
# bad. The last line of the print shows what dropping it does: bad labels of a 0 are better than
# none.
#
# Even without ids, the neighbours of a row say something: a 3 among 8s is suspicious. That points
# to wrong labels one by one; the print tells how well. It does not say that they all come from A,
# nor stop the next delivery. And where errors are systematic and frequent, the neighbours
# are wrong together.
#
# ### Exercise 4.2-e3: name one, or nobody
#
# `errors` maps each source to a pair (wrong, rows). Sources with at least 10 rows are tested, if
# there are other rows. With s the share of errors among all rows, z is the source's share of errors
# minus that of all other rows, divided by the root of s (1 - s) (1/rows + 1/others). Return the
# source with the largest z if it exceeds the normal quantile of 1 - 0.05 / (number of sources
# tested), else `None`. Of equal ones return the first by name. `statistics.NormalDist().inv_cdf`
# has the quantiles.


# %%
# exercise 4.2-e3
def worst_source(errors):
    """Return the source that errs more than all others beyond chance, or None."""
    return TODO


# %%
exercise("4.2-e3").check(worst_source)

# %% [markdown]
# ## Round 4: labels that come by themselves
#
# Some tasks label themselves. A map predicts an arrival, and the car arrives. A model predicts a
# share's price, and tomorrow it is known. A shop recommends a product, and it is clicked or not.
# These are **natural labels**: free, seen by no stranger, as many as there are predictions.
#
# Their price is time. The **feedback loop** runs from the prediction to its label: minutes for a
# click, an hour for an arrival, weeks for a return, months for a disputed card payment. And "not
# clicked" never arrives. One waits for a **window** and calls what has not happened by then
# negative. Before the window is over, the label is *pending*.
#
# ShopSmart predicts which orders come back. We know the truth of this simulated shop. Returns take
# two days on average. Each week the readiness to return moves, up or down. A model is trained on
# the latest two weeks of orders whose window is over, and predicts the next week. Its loss is the
# distance of its probabilities from the true ones, the Kullback-Leibler divergence. For a longer
# loop we let the same parcels travel slower: seven days on average.


# %%
def shop(number):
    """Orders of a world: day, days until the return, features, and true probability."""
    rng, level, moves = np.random.default_rng([seed, 5, number]), 0.0, []
    for day in range(7, 84, 7):
        moves.append(Drift(kind="label", day=day, size=float(rng.normal(0, drift) - level / 10)))
        level += moves[-1].size
    world = ShopSmart(ShopSmartConfig(
        n_days=84, sessions_per_day=120, n_slots=2, n_products=100, n_users=300, base_click=0.8,
        base_order=0.8, return_delay_days=7, drifts=tuple(moves),
    ), rng=rng)  # fmt: skip
    orders, labels = world.orders, world.truth.labels
    day = ((orders["time"] - world.start) / DAY).to_numpy()
    days = ((labels["known_time"] - labels["event_time"]) / DAY).where(labels["returned"])
    X = orders[["quantity", "minutes", "express"]].to_numpy(float) / [1, 20, 1]
    return day, days.to_numpy(), X, world.truth.return_probability


def loss(world, window, mean_days):
    """The mean loss in three weeks of a model that waits so many days for its labels."""
    (day, days, X, truth), found = world, []
    for now in (48, 62, 76):
        seen = (day > now - window - 14) & (day <= now - window)
        next_week = (day > now) & (day <= now + 7)
        back = day[seen] + days[seen] * mean_days / 7
        known = labelling.labels_as_of(day[seen], back, window=window, now=now) == "positive"
        known = np.append(known, [True, False])  # one of each kind more, should all be alike
        model = LogisticRegression(C=10).fit(np.append(X[seen], X[:2], axis=0), known)
        q, p = model.predict_proba(X[next_week]).T, truth[next_week]
        found.append(np.mean(rel_entr(1 - p, q[0]) + rel_entr(p, q[1])))
    return np.mean(found)


# %%
predict("4.2-4", "How many times larger is the long loop's loss, at best?", guess=None)
predict("4.2-4b", f"By what factor do {window_d} days beat the better of 1 and 30?", guess=None)


# %%
def times(some, others, rng):
    """How many times larger the least mean loss of some windows is than that of others."""
    least = lambda losses, axis: np.min([x.mean(axis) for x in losses], axis=0)  # noqa: E731
    ratio = lambda *x, axis: least(x[: len(some)], axis) / least(x[len(some) :], axis)  # noqa: E731
    return bootstrap(*some, *others, statistic=ratio, paired=True, unit="times", rng=rng)


worlds, LOOPS = [shop(number) for number in range(n_worlds)], (2, 7)
WINDOWS = sorted({1, 2, 4, 7, 14, 30, window_d})
waits = {loop: {w: np.array([loss(world, w, loop) for world in worlds]) for w in WINDOWS}
         for loop in LOOPS}  # fmt: skip
(short, long), rng = waits.values(), np.random.default_rng([seed, 6])
claim("4.2-4", "With returns after 7 days on average, the loss is more than 1.1 times that with "
      "returns after 2 days, each with the best window for it",
      times(list(long.values()), list(short.values()), rng), above=1.1, means={
          "holds": "With a shorter feedback loop the model stays closer to the truth.",
          "fails": "Here a shorter loop gains little.",
          "undecided": "This run cannot tell whether a shorter loop gains a tenth."})  # fmt: skip
claim("4.2-4b", f"With returns after 2 days, windows of 1 day and of 30 both have a loss more than "
      f"1.1 times that of {window_d} days",
      times([short[1], short[30]], [short[window_d]], rng), above=1.1, means={
          "holds": "The fastest labels are not the best, nor are the most complete ones.",
          "fails": "Here the better of the two ends does about as well, or better.",
          "undecided": "This run cannot tell whether the middle is best."})  # fmt: skip

# %%
delays = np.concatenate([days[days > 0] for _, days, _, _ in worlds])
for loop, w in itertools.product(LOOPS, (1, 7, 14)):
    print(f"returns after {loop} days: {(delays * loop / 7 >= w).mean():>3.0%} later than day {w}")
fig, axis = subplots(figsize=(6, 3.4))
for loop, colour, marker in zip(LOOPS, PALETTE, "os"):
    bars(axis, WINDOWS, [t_interval(waits[loop][w]) for w in WINDOWS], color=colour,
         marker=marker, label=f"returns after {loop} days on average")  # fmt: skip
axis.set(xscale="log", yscale="log", xlabel="window, days", ylabel="loss (nats an order)",
         title=finding("4.2-4b"))  # fmt: skip
axis.set_xticks(WINDOWS, map(str, WINDOWS))
axis.set_yticks([0.02, 0.05, 0.1, 0.2, 0.4], ["0.02", "0.05", "0.1", "0.2", "0.4"])
axis.minorticks_off()
axis.legend()
show(fig, alt="Two curves like a U of the loss against the window. That of the shorter loop lies "
     "lower, and its lowest point is at a shorter window.")  # fmt: skip

# %% [markdown]
# Two errors pull against each other. A short window takes late returns for kept orders: **false
# negatives**, and always in the same direction. A long one learns from a world that is gone. Their
# sum is smallest in between if the world moves, and the shorter the loop, the earlier. A shorter
# loop is always welcome; a shorter window is not. The bars in the figure are wide since shops
# differ; the claims compare windows within each shop.
#
# Two mistakes are common. To count *pending* as negative is to have no window at all. To take
# positives as they come, while negatives wait, fills the newest days with positives only. If delays
# are known, one can also correct for them (Chapelle 2014) in place of waiting.
#
# **When it stops being true.** In a world that stands still, waiting costs nothing: run this
# notebook with `drift` 0. And natural labels say only what was shown: a product that was never
# recommended is never clicked.
#
# ### Exercise 4.2-e4: what is known now
#
# `predictions` maps an id to the time of its prediction. `events` is a list of pairs (id, time), in
# any order, also of other ids. A prediction made at `start` is "positive" if an event of its id
# happened in `[start, start + window)` and not after `now`. Else it is "negative" if `start +
# window <= now`, and else "pending". Return a dictionary from id to label.


# %%
# exercise 4.2-e4
def labels_asof(predictions, events, window, now):
    """Return the label of each prediction as it is known at the time now."""
    return TODO


# %%
exercise("4.2-e4").check(labels_asof)

# %% [markdown]
# In production, predictions and events come as two streams, in any order. A **joiner** keeps both
# and answers at any time. The order of arrival does not change the labels in the end:

# %%
joiner = labelling.FeedbackJoiner(window=7)
joiner.event("order 2", 6)  # the event overtakes its prediction
joiner.predict("order 1", 0)
joiner.predict("order 2", 3)
for now in (5, 6, 7):
    print(f"day {now}: {joiner.resolve(now)}")

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four shares of wrong labels and three seeds, and small last rounds:
# `mlsd sweep 4.2a -p noise=0.1,0.25,0.4,0.55 -p seed=0:3 -p n_mixes=10 -p n_worlds=10`. Look for
# the share up to which twice as many labels are the better buy.

# %%
swept = sweep.load("published/4.2a-noise")
print(swept.finding("4.2-1"), swept.finding("4.2-1b"), sep="\n")
show(swept.figure("4.2-1b"), alt=swept.alt("4.2-1b"))

# %% [markdown]
# ## Quiz

# %%
quiz("4.2-q1", choice=None)

# %%
quiz("4.2-q2", choice=None)

# %%
quiz("4.2-q3", choice=None)

# %%
quiz("4.2-q4", choice=None)

# %%
quiz("4.2-q5", choice=None)

# %%
quiz("4.2-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Dawid and Skene (1979), *Maximum likelihood estimation of observer error-rates using
# the EM algorithm*; Rolnick and others (2017), *Deep learning is robust to massive label noise*;
# Krippendorff (2011), *Computing Krippendorff's alpha-reliability*; Chapelle (2014), *Modeling
# delayed feedback in display advertising*.
#
# **Next.** [4.2b Few labels](04_2b_few_labels.ipynb): what to do where labels are scarce.
