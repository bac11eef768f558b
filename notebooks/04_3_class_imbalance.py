# %% [markdown]
# # 4.3 Class imbalance
#
# **Core question.** When a class is rare, what breaks, and what mends it?
#
# **Time** 75 minutes · **Builds on** [4.2b Few labels](04_2b_few_labels.ipynb)
#
# You will be able to
#
# - choose a threshold from what errors cost (claim 4.3-2, exercise 4.3-e2)
# - tell imbalance from too few positives (claims 4.3-1, 4.3-1b, exercise 4.3-e1)
# - say what ROC AUC hides and precision shows (claim 4.3-3, exercise 4.3-e3)
# - resample without fooling yourself, and mend the probabilities afterwards (claims 4.3-4 to
#   4.3-5b, exercises 4.3-e4, 4.3-e5)
# - compare losses made for rare classes in pairs (claim 4.3-6, exercise 4.3-e6)

# %% tags=["parameters"]
seed: int = 0  # which rows, folds and noise are drawn [0, 1_000_000]
cost_ratio: float = 20.0  # cost of a missed bad loan, in declined good ones [1, 100]
prevalence: float = 0.01  # share of the rare class in Round 2 [0.002, 0.2]
separation: float = 1.5  # distance of the classes in Round 2, in standard deviations [0.5, 4]
sampler: str = "smote"  # what is compared with doing nothing {over, under, smote, tomek}
dim: int = 200  # number of features that are noise [2, 500] quick 20
gamma: float = 2.0  # how fast the focal loss turns away from easy examples [0, 5]
n_blocks: int = 10  # disjoint parts of the bank's calls [4, 12] quick 4
repeats: int = 30  # draws of each simulated world [5, 50] quick 5

# %%
from functools import partial

import numpy as np
import pandas as pd
import torch
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from scipy.special import ndtr, ndtri
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score, f1_score, log_loss, precision_recall_fscore_support, roc_auc_score,
)  # fmt: skip
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from mlsdlib import datasets, imbalance
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval

begin("4.3", seed=seed, cost_ratio=cost_ratio, prevalence=prevalence, separation=separation,
      sampler=sampler, dim=dim, gamma=gamma, n_blocks=n_blocks, repeats=repeats)  # fmt: skip

# %% [markdown]
# Of ten thousand X-rays of lungs perhaps one shows cancer. A training set whose classes are so
# unequal has **class imbalance**. It is the rule where machine learning is paid for:
#
# | Application | Rare class | What a miss costs |
# |---|---|---|
# | **Fraud detection** | frauds among payments | the payment |
# | **Churn prediction** | customers who leave this month | what they would have bought |
# | **Disease screening** | the ill among all who are tested | perhaps a life |
# | **Object detection** | regions that hold an object | an object not seen |
#
# People name three troubles:
#
# 1. **Insufficient signal.** There are few positives to learn from. It becomes few-shot learning,
#    or the model behaves as if the class did not exist.
# 2. **Nonoptimal solutions.** To call everything negative is a simple heuristic and nearly always
#    right, and gradient descent finds it hard to beat.
# 3. **Asymmetric costs.** To miss a cancer is worse than to look twice.
#
# A number can be imbalanced, too. In **regression** the rare values are extreme ones, such as huge
# medical bills. Take the delays of flights, and the best constant guess by mean absolute error,
# the median.

# %%
delay = datasets.load_flights(columns=["dep_delay"])["dep_delay"].dropna().to_numpy()
late, off = delay > 180, np.abs(delay - np.median(delay))
print(f"late by over 3 hours: {late.mean():.1%} of flights; the median is off by {off.mean():.0f} "
      f"minutes on average, and by {off[late].mean():.0f} on those")  # fmt: skip

# %% [markdown]
# The guess is the majority heuristic of regression: on average fine, and blind where it matters.
# What mends it is alike, too: measure the error on the rare values apart, or weigh them.
#
# ## Round 1: accuracy, and what errors cost
#
# LendingClub lent money. We want to decline the loans that will go bad, one in nineteen. A
# logistic regression predicts each loan's risk from the others, in five folds. What to measure?
#
# - **Accuracy** is the share of right answers, the **error rate** the rest.
# - **Precision**: of the loans declined, the share that is bad; 0 if none is declined.
# - **Recall**: of the bad loans, the share that is declined.
# - **F1** is the harmonic mean of the two: high only if both are.
# - **Cost**: say a bad loan that is granted costs as much as `cost_ratio` good ones declined.
#
# A loan of risk $p$ costs on average $(1-p)\,c_{FP}$ if declined and $p\,c_{FN}$ if granted. So
# decline from $t^* = c_{FP} / (c_{FP} + c_{FN})$ on. **Cost-sensitive learning** is the other way:
# weigh the bad loans in the loss by their cost and keep the threshold of one half.

# %%
loans = datasets.load_lending_club()
bad = loans["Class"].eq("bad").to_numpy().astype(int)
table = pd.get_dummies(loans.drop(columns=["Class", "addr_state"]), dtype=float)
rng = np.random.default_rng([seed, 1])
folds = StratifiedKFold(5, shuffle=True, random_state=int(rng.integers(2**31)))


# The risk of each loan, from a model that was trained on the other folds.
def out_of_fold(weight):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight={1: weight}))
    return cross_val_predict(model, table, bad, cv=folds, method="predict_proba")[:, 1]


# What the decision costs on each loan, in declined good loans.
def cost(declined, c_fn=cost_ratio):
    return np.where(bad, c_fn * (1 - declined), declined)


risk, weighted = out_of_fold(1), out_of_fold(cost_ratio)
t_star = imbalance.cost_threshold(1, cost_ratio)

predict("4.3-2", "What share of the cost does t* save, against a threshold of 0.5?", guess=None)

# %%
nobody, best = np.zeros_like(bad), imbalance.best_threshold(bad, risk, c_fn=cost_ratio)
rules = {"decline nobody": nobody, "decline everybody": 1 - nobody, "risk from 0.5": risk >= 0.5,
         "risk from t*": risk >= t_star, "risk from the best, afterwards": risk >= best,
         "weighted by cost, from 0.5": weighted >= 0.5,
         "weighted by cost, from t*": weighted >= t_star}  # fmt: skip
for name, rule in rules.items():
    rules[name] = rule = rule.astype(int)
    found = precision_recall_fscore_support(bad, rule, average="binary", zero_division=0)
    print(f"{name:<30} accuracy {(rule == bad).mean():.2f}  precision {found[0]:.2f}"
          f"  recall {found[1]:.2f}  F1 {found[2]:.2f}  cost {cost(rule).mean():.2f}")  # fmt: skip
before, after = cost(rules["risk from 0.5"]), cost(rules["risk from t*"])
ratio = after.mean() / before.mean()
claim("4.3-2",
      f"With misses {cost_ratio:g} times as costly, t* costs more than a tenth less than 0.5",
      t_interval(1 - ratio - (after - ratio * before) / before.mean()),  # of a ratio, linearised
      above=0.1, means={"holds": "Here one half wastes over a tenth of the costs.",
                        "fails": "At this ratio of costs t* saves a tenth at most, if anything.",
                        "undecided": "This run cannot tell whether a tenth is saved."})  # fmt: skip

# %%
grid = np.geomspace(0.005, 0.95, 120)
fig, axis = subplots(figsize=(7, 3.4))
for number, (name, score) in enumerate({"as it is": risk, "weighted by cost": weighted}.items()):
    curve = [cost((score >= t).astype(int)).mean() for t in grid]
    axis.plot(grid, curve, ("-", "--")[number], color=PALETTE[number], label=name)
for t, line in ((t_star, ":"), (0.5, "-.")):
    axis.axvline(t, color="black", linestyle=line, linewidth=1, label=f"threshold {t:.2g}")
axis.set(xscale="log", xlabel="threshold of risk", ylabel="cost per loan", title=finding("4.3-2"))
axis.set_xticks([0.01, 0.05, 0.2, 0.5], ["0.01", "0.05", "0.2", "0.5"])
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Two valleys of the cost against the threshold on a log axis. That of the model as "
     "it is lies near t star, that of the weighted model near one half.")  # fmt: skip

# %% [markdown]
# Accuracy prefers the rules that find nothing: with so few bad loans, hardly any risk reaches one
# half. The interval covers which loans happen to be in the table, not another year's loans.
#
# Both ways of taking costs into account have their valley at the same depth. To weigh by cost moves
# the probabilities, to take $t^*$ moves the threshold.
#
# **When it stops being true.** $t^*$ needs **calibrated** probabilities: of the loans with a risk
# of a tenth, a tenth goes bad. The last rule of the table weighs by cost and *then* takes $t^*$: it
# counts the costs twice. And costs differ: a large bad loan loses more than a small one.
#
# ### Exercise 4.3-e2: the threshold that costs least
#
# `y` is a list of labels 0 and 1, `p` their scores, `c_fp` and `c_fn` what a false positive and a
# false negative cost. A case is called positive if its score is at least the threshold. Return the
# score that costs least in total as a threshold, or `None` if it costs least to call nobody. Of
# equally good choices return the one that calls the fewest.


# %%
# exercise 4.3-e2
def best_threshold(y, p, c_fp, c_fn):
    """Return the score from which on calling cases positive costs least, or None."""
    return TODO


# %%
exercise("4.3-e2").check(best_threshold)

# %%
# A miss costs in proportion to the amount.
each = cost_ratio * (loans["funded_amnt"] / loans["funded_amnt"].mean()).to_numpy()
for name, t in {"one t*": t_star, "a t* of each": imbalance.cost_threshold(1, each)}.items():
    print(f"by amount, {name:<12} cost {cost((risk >= t).astype(int), each).mean():.2f}")

# %% [markdown]
# ## Round 2: is it the imbalance?
#
# Does learning from unequal classes give a worse ranking? In real data one cannot change the share
# of positives without changing their number, or that of the negatives. So we build a world: ten
# features, of which one differs between the classes, by `separation` standard deviations. A
# ranking is measured by the **area under the ROC curve**, ROC AUC: the probability that a positive
# scores above a negative. In this world we compute it exactly from the learnt direction.

# %%
SHARES, COUNTS = (0.5, 0.1, 0.01, 0.002), (10, 20, 50, 200)


def positives(n):
    return rng.normal(size=(n, 10)) + separation * np.eye(10)[0]


# ROC AUC, recall at one half, and how far apart the classes are in the learnt score.
def learnt(positive, share):
    negative = rng.normal(size=(round(len(positive) * (1 - share) / share), 10))
    y = np.repeat([1, 0], [len(positive), len(negative)])
    model = LogisticRegression().fit(np.vstack([positive, negative]), y)
    w = np.r_[model.coef_[0, 0] * separation, model.intercept_] / np.linalg.norm(model.coef_)
    return ndtr(w[0] / np.sqrt(2)), ndtr(w.sum()), w[0]


predict("4.3-1", "50 positives: how much AUC does training on a rare class cost?", guess=None)
predict("4.3-1b", "Class equally rare: how much do 20 positives cost against 200?", guess=None)

# %%
rng = np.random.default_rng([seed, 2])
lost = {"imbalance": [], "few": []}
for _ in range(repeats):
    some = positives(50)
    lost["imbalance"].append(learnt(some, 0.5)[0] - learnt(some, prevalence)[0])
    few, many = (learnt(positives(n), prevalence)[0] for n in (20, 200))
    lost["few"].append(many - few)
percent = f"{100 * prevalence:g} %"
claim("4.3-1", f"With 50 positives in both, logistic regression on {percent} positives has an "
      "AUC more than 0.01 lower than on equal classes", t_interval(lost["imbalance"]),
      above=0.01, means={"holds": "Here the imbalance itself hurts.",
                         "fails": "Rarity by itself hardly hurts here, if at all.",
                         "undecided": "This run cannot tell if it hurts so much."})  # fmt: skip
claim("4.3-1b", f"With {percent} positives in both, 20 positives give an AUC more than 0.01 lower "
      "than 200", t_interval(lost["few"]),
      above=0.01, means={"holds": "As rare a class, and fewer positives: that hurts.",
                         "fails": "In this world few positives do nearly as well as many.",
                         "undecided": "This run cannot tell if it hurts so much."})  # fmt: skip
table = {f"{s:.1%}": [np.mean([learnt(positives(n), s)[0] for _ in range(5)]) for n in COUNTS]
         for s in SHARES}  # fmt: skip
print("ROC AUC by number of positives and share", pd.DataFrame(table, COUNTS).round(2), sep="\n")

# %%
asked = np.vstack([positives(500), rng.normal(size=(500, 10))])
for share in (0.5, prevalence):
    X = np.vstack([some, rng.normal(size=(round(50 / share) - 50, 10))])
    near = KNeighborsClassifier().fit(X, np.arange(len(X)) < 50).predict_proba(asked)[:, 1]
    area = roc_auc_score(np.arange(1_000) < 500, near)
    print(f"5 nearest neighbours, {share:.1%} positives: ROC AUC {area:.2f}")

# %% [markdown]
# Read along a row: the number of positives is the same, and each step to the right *adds*
# negatives. They are data, too. Read down a column: the share is the same, and positives are added,
# with negatives in proportion. Both readings together tell which of the two was missing. With a
# data set of fixed size one grows as the other shrinks, and imbalance gets the blame.
#
# **When it stops being true.** Logistic regression uses all rows for one line. The last two lines
# are of a method that looks at five neighbours only, with the same 50 positives. Where negatives
# are far more, they crowd the positives out of every neighbourhood. Such a method can be hurt by
# the imbalance itself, and dropping negatives can help it. And here all positives are of one kind.
# If they are of many, some kinds will be missing; if the classes overlap, no number of rows
# separates them. Collect positives, or better features.
#
# ### Exercise 4.3-e1: how much to collect?
#
# A share `p` of examples is positive. Return the fewest examples that hold at least `k` positives
# with a probability of at least `conf` (below 1). `None` if no number is enough.


# %%
# exercise 4.3-e1
def n_for_pos(p, k, conf):
    """Return the fewest examples that hold k positives with a probability of at least conf."""
    return TODO


# %%
exercise("4.3-e1").check(n_for_pos)

# %% [markdown]
# ### Which metric shows it?
#
# Since accuracy fails, the usual advice is to use precision, recall, F1 and ROC AUC, as "better
# suited". For ROC AUC that is an **erratum**: it compares positives with negatives, however many
# there are of each, so it cannot show what rarity does. **Precision** can. Its mean over all
# recalls is the **average precision**, AP, the area under the precision-recall curve.
#
# We train again in Round 2's world with 200 positives, for each share, and test on the same share.

# %%
predict("4.3-3", "By how much does ROC AUC fall from equal classes to the rare one?", guess=None)


# %%
rng = np.random.default_rng([seed, 3])
shares = sorted({*SHARES, 0.05, prevalence}, reverse=True)
draws = (positives(200) for _ in range(repeats))
areas, found, apart = np.moveaxis([[learnt(some, s) for s in shares] for some in draws], 2, 0)
claim("4.3-3", f"ROC AUC shows how rare a class is: from 50 % to {percent} positives it falls by "
      "more than 0.05", paired_t(areas[:, 0], areas[:, shares.index(prevalence)]),
      above=0.05, means={"holds": "Here the ranking itself becomes worse.",
                         "fails": "ROC AUC hardly falls, whatever share of the alarms is false.",
                         "undecided": "This run cannot tell if it falls so much."})  # fmt: skip
recall, apart = (np.arange(1_000) + 0.5) / 1_000, apart.mean(axis=0)
curve = [imbalance.precision_at(recall, ndtr(ndtri(recall) - a), s) for a, s in zip(apart, shares)]
lines = {"ROC AUC": areas.mean(axis=0), "AP": np.mean(curve, axis=1), "AP of a guess": shares,
         "precision at recall 0.8": [line[800] for line in curve],
         "recall at threshold 0.5": found.mean(axis=0)}  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.4))
for number, (name, line) in enumerate(lines.items()):
    axis.plot(shares, line, "os^xv"[number] + "-", color=PALETTE[number], label=name)
axis.set(xscale="log", xlabel="share of positives", ylabel="value", title=finding("4.3-3"))
axis.set_xticks(SHARES, [f"{100 * share:g} %" for share in SHARES])
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Lines against the share of positives on a log axis. ROC AUC is flat. Average "
     "precision, precision and recall fall towards zero as the class becomes rare.")  # fmt: skip

# %% [markdown]
# Nothing got worse but the odds: at the same rates of hits and false alarms, more negatives raise
# more false alarms. Whoever answers the alarms lives by precision.
#
# Look at the recall at a threshold of one half, too. That is the majority heuristic: the rarer the
# class, the fewer positives reach one half, until the model calls nobody. The ranking is as good as
# ever, and the threshold is wrong. It is Round 1 again. F1 at one half mixes up the two.
#
# **When it stops being true.** AP is no better by nature (McDermott and others 2024). It depends on
# the share, so APs of two data sets, two months or two groups of people cannot be compared: a guess
# already has the share as its AP. ROC AUC can be compared. Each answers a question; ask yours.
#
# ### Exercise 4.3-e3: precision elsewhere
#
# A test calls a share `tpr` of the positives and a share `fpr` of the negatives positive. Return
# its precision where a share `prevalence` is positive, or `None` if it calls nobody.


# %%
# exercise 4.3-e3
def precision_at(tpr, fpr, prevalence):
    """Return the share of true positives among the cases that are called positive."""
    return TODO


# %%
exercise("4.3-e3").check(precision_at)

# %% [markdown]
# ## Round 3: does resampling help?
#
# **Data-level methods** change the training data until the classes are equal, or nearly:
#
# - **Oversampling** draws rows of the rare class again.
# - **Undersampling** drops rows of the common class.
# - **SMOTE** (Chawla and others 2002) oversamples with new rows, each at a random place between a
#   rare row and one of its nearest rare neighbours.
# - A **Tomek link** is a pair of rows of different classes, each the other's nearest neighbour. It
#   undersamples the border: the common row of each pair is dropped.
#
# A bank called people to sell a deposit; one in nine bought. We drop `duration`: how long the call
# took is known only afterwards. The calls are shuffled and cut into disjoint blocks, each with its
# own training and test half. So the blocks are independent, and the interval speaks of calls like
# these. Features are scaled by what the training half shows, as in service. All arms may make the
# same number of calls, as many as there are buyers: then precision, recall and F1 are equal, and no
# arm gains by its threshold.

# %%
calls = datasets.load_bank_marketing()
sold = calls["y"].eq("yes").to_numpy().astype(int)
inputs = calls.drop(columns=["y", "duration"])
inputs["pdays"] = inputs["pdays"].replace(999, 30)  # never called: longer ago than any other
inputs = pd.get_dummies(inputs, dtype=float).to_numpy(float)
rng = np.random.default_rng([seed, 4])
blocks = np.array_split(rng.permutation(len(sold)), n_blocks)
SAMPLERS = {"over": RandomOverSampler, "under": RandomUnderSampler, "smote": SMOTE,
            "tomek": TomekLinks}  # fmt: skip


# Rows to train on and others, all scaled by what the rows to train on show.
def scaled(train, *others):
    scaler = StandardScaler().fit(inputs[train])
    return [scaler.transform(inputs[part]).clip(-10, 10) for part in (train, *others)]


predict("4.3-4", "By how much does the sampler raise F1, at equal numbers of calls?", guess=None)
predict("4.3-4b", "How many times too high are its probabilities on average?", guess=None)


# %%
# Train on half a block as resampled, predict the other half.
def arm(block, name, model):
    train, test = np.array_split(block, 2)
    (X, X_test), y, truth = scaled(train, test), sold[train], sold[test]
    if name != "none":
        lot = {} if name == "tomek" else {"random_state": int(rng.integers(2**31))}
        X, y = SAMPLERS[name](**lot).fit_resample(X, y)
    p = model.fit(X, y).predict_proba(X_test)[:, 1]
    mended = imbalance.prior_correction(p, y.mean(), sold[train].mean())
    first = np.argsort(-p, kind="stable")[: truth.sum()]
    return {"sampler": name, "p": p, "mended": mended, "truth": truth, "share": truth.mean(),
            "ROC AUC": roc_auc_score(truth, p), "F1 at 0.5": f1_score(truth, p >= 0.5),
            "F1 matched": truth[first].mean(), "mean p": p.mean(), "mean mended": mended.mean(),
            "log loss": log_loss(truth, p), "log loss mended": log_loss(truth, mended)}  # fmt: skip


regression, every = LogisticRegression(C=0.1, max_iter=500), ("none", *SAMPLERS)
arms = pd.DataFrame([arm(block, name, regression) for name in every for block in blocks])
by = {name: part.reset_index(drop=True) for name, part in arms.groupby("sampler")}

# %%
claim("4.3-4", f"With as many calls, training on {sampler!r} raises F1 by more than 0.02",
      paired_t(by[sampler]["F1 matched"], by["none"]["F1 matched"]),
      above=0.02, means={"holds": "The ranking got better: as many calls find more buyers.",
                         "fails": "As many calls find hardly more buyers, if any.",
                         "undecided": "This run cannot tell if the ranking gained."})  # fmt: skip
claim("4.3-4b", f"After {sampler!r} the mean probability is more than 2 times the share of buyers",
      t_interval(by[sampler]["mean p"] / by[sampler]["share"], unit="times"),
      above=2.0, means={"holds": "The model believes in the balanced world it was shown.",
                        "fails": "The probabilities doubled at most, if they rose at all.",
                        "undecided": "This run cannot tell if they doubled."})  # fmt: skip
shown = [*arms.columns[5:9], *arms.columns[10:]]
print(arms.groupby("sampler", sort=False)[shown].mean().round(2).to_string(index_names=False))

# %%
fig, axis = subplots(figsize=(6, 3.6))
for number, (name, column) in enumerate((("none", "p"), (sampler, "p"), (sampler, "mended"))):
    p, truth = np.concatenate(by[name][column]), np.concatenate(by[name]["truth"])
    tenths = np.array_split(np.argsort(p, kind="stable"), 10)
    axis.plot([p[t].mean() for t in tenths], [truth[t].mean() for t in tenths], "os^"[number] + "-",
              color=PALETTE[number], label=name + ", mended" * (column == "mended"))  # fmt: skip
axis.plot([0, 0.9], [0, 0.9], ":", color="black", linewidth=1, label="calibrated")
axis.set(xlabel="mean probability in a tenth of the calls", ylabel="share that bought",
         title=finding("4.3-4b"))  # fmt: skip
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Shares of buyers against predicted probabilities. Without resampling and after the "
     "correction the points lie near the diagonal; otherwise as the verdict says.")  # fmt: skip

# %% [markdown]
# Compare two columns. *F1 at 0.5* is what papers and dashboards show. *F1 matched* gives every arm
# the same number of calls: only what is left there is a better ranking. The rest is scores that
# resampling moved past one half, and a threshold does that for free. Tomek links drop few rows, so
# they move little. Dropping most of the common class also throws information away.
#
# The damage is in the probabilities. If a class was made more common, its odds were multiplied by a
# constant, and `prior_correction` divides by it. What then remains in the log loss, against doing
# nothing, is what resampling cost: fewer rows, or rows that were made up.
#
# ### Exercise 4.3-e4: after undersampling
#
# Only a share `beta` of the negatives was kept for training. `p_s` is a list of the model's
# probabilities. Return the list of those it would give had all been kept.


# %%
# exercise 4.3-e4
def unbias(p_s, beta):
    """Return the probabilities as they were before a share beta of the negatives was kept."""
    return TODO


# %%
exercise("4.3-e4").check(unbias)

# %% [markdown]
# **When it stops being true.** The correction takes the model to be calibrated for what it was
# trained on. A forest is more flexible: it learns where SMOTE's rows lie, and real positives lie
# elsewhere. No prior mends that. And it takes the share to be all that changed. If buyers change,
# too, only new labels help.

# %%
forest = RandomForestClassifier(30, min_samples_leaf=5, random_state=int(rng.integers(2**31)))
trees = pd.DataFrame([arm(part, name, forest) for name in ("none", sampler) for part in blocks[:5]])
print("forests", trees.groupby("sampler", sort=False)[shown].mean().round(2), sep="\n")

# %% [markdown]
# ### SMOTE among many features, and before a cross-validation
#
# Now the features are pure noise, and one row in twenty is positive by lot: there is nothing to
# learn. A method of nearest neighbours is trained on what SMOTE made, and asked about fresh noise.
# Then we cross-validate in two orders: SMOTE first, or inside each fold.

# %%
predict("4.3-5", "What share of fresh noise is called positive?", guess=None)
predict("4.3-5b", "What ROC AUC has noise, if SMOTE comes before cross-validation?", guess=None)


# %%
def smote():
    return SMOTE(random_state=int(rng.integers(2**31)))


# The share of fresh noise in d dimensions that is called positive after SMOTE.
def called(d):
    X, y = smote().fit_resample(rng.normal(size=(400, d)), np.arange(400) < 20)
    return KNeighborsClassifier().fit(X, y).predict(rng.normal(size=(200, d))).mean()


rng = np.random.default_rng([seed, 5])
claim("4.3-5", f"In {dim} features of noise, SMOTE makes nearest neighbours call more than half "
      "positive, where one in twenty is", t_interval([called(dim) for _ in range(8)]),
      above=0.5, means={"holds": "The made-up rows are the nearest neighbours of most cases.",
                        "fails": "So few dimensions leave the real rows near enough.",
                        "undecided": "This run cannot tell if more than half are."})  # fmt: skip
for d in (2, 20, 200):
    print(f"{d:3} features: {np.mean([called(d) for _ in range(4)]):.1f} called positive")

# %%
leaked, honest = [], []
for _ in range(8):
    X, y = rng.normal(size=(400, 10)), (np.arange(400) < 20).astype(int)
    folds = StratifiedKFold(5, shuffle=True, random_state=int(rng.integers(2**31)))
    how, model = {"cv": folds, "scoring": "roc_auc"}, KNeighborsClassifier()
    leaked.append(cross_val_score(model, *smote().fit_resample(X, y), **how).mean())
    honest.append(cross_val_score(make_pipeline(smote(), model), X, y, **how).mean())
claim("4.3-5b", "If SMOTE comes before the cross-validation, pure noise has a ROC AUC above 0.75",
      t_interval(leaked),
      above=0.75, means={"holds": "A leak looks like a discovery.",
                         "fails": "The leak is too small to be mistaken for a good model.",
                         "undecided": "This run cannot tell if it looks so good."})  # fmt: skip
print(f"inside each fold the AUC is {np.mean(honest):.1f}")

# %% [markdown]
# A row between two others mostly lies closer to the centre than they do, the more surely the more
# dimensions there are. So in many of them SMOTE's rows are the nearest neighbours of nearly
# everything (Blagus and Lusa 2013). Linear models suffer less.
#
# And a row in the test was mixed from rows in training, or the other way round: its neighbours give
# it away. So split first, and resample what you train on only. The test stays as the world is.
#
# ### Exercise 4.3-e5: resample inside the folds
#
# `y` is a list of labels 0 and 1, `fold` the number of each row's fold. Return a list with one pair
# `[train, test]` of lists of row numbers for each fold, in the order of their numbers. `test` holds
# the rows of the fold. `train` holds the others, and in addition copies of the class that is rarer
# among them, taken in turn, until both are equally common. Without that class nothing is copied.


# %%
# exercise 4.3-e5
def cv_resampled(y, fold):
    """Return for each fold the rows to train on, balanced by copies, and the rows to test on."""
    return TODO


# %%
exercise("4.3-e5").check(cv_resampled)

# %% [markdown]
# ## Round 4: losses made for rare classes
#
# **Algorithm-level methods** leave the data alone and change the loss.
#
# - **Cost-sensitive** learning weighs errors by their cost, as in Round 1.
# - **Class-balanced loss** punishes errors on rare classes more. It is often said to weigh each
#   class by one over its frequency. That is an **erratum**: Cui and others (2019) weigh by one over
#   the *effective number* of examples, $(1-\beta^n)/(1-\beta)$, since new examples repeat old ones.
#   One over the frequency is its limit as $\beta$ goes to 1; at 0 all classes weigh the same.
# - **Focal loss** (Lin and others 2017) weighs examples. With $q$ the probability given to the
#   truth, it is $-(1-q)^\gamma \log q$: what is easy hardly counts. It was made to detect objects,
#   where nearly all regions are easy background.
#
# A small network learns from the same blocks of the bank's calls: half to train, a fifth to choose
# the step at which to stop, by AP, and the rest to test. No step of the first third is chosen:
# there the loss still falls steeply, and one lucky check would decide. All losses start from the
# same weights.

# %%
for n in (1, 100, 1_000, 1_000_000):
    good_n, bad_n = imbalance.effective_number(np.bincount(bad), 1 - 1 / n)
    print(f"beta = 1 - 1/{n:<7} effective number of good loans {good_n:.0f}, of bad {bad_n:.0f}")


# Probabilities for the test, from the step that was best on the stopping set.
def fit(loss, X, y, X_stop, y_stop, X_test, start):
    draw = torch.Generator().manual_seed(start)
    w = [torch.randn(n, m, generator=draw) / n**0.5 for n, m in ((X.shape[1], 32), (32, 1))]
    w = [part.requires_grad_() for part in (*w, torch.zeros(32), torch.zeros(1))]
    network = lambda X: ((X @ w[0] + w[2]).relu() @ w[1] + w[3])[:, 0]  # noqa: E731
    optimiser, best, p = torch.optim.AdamW(w, lr=0.01, weight_decay=0.001), -1.0, None
    for step in range(60):
        optimiser.zero_grad()
        loss(network(X), y).backward()
        optimiser.step()
        with torch.no_grad():
            check = step >= 20 and step % 4 == 3
            if check and (score := average_precision_score(y_stop, network(X_stop))) > best:
                best, p = score, network(X_test).sigmoid().double().numpy()
    return p


predict("4.3-6", "How much AP does the focal loss gain over the cross-entropy?", guess=None)

# %%
rng, rows = np.random.default_rng([seed, 6]), []
entropy = torch.nn.functional.binary_cross_entropy_with_logits
for block in blocks:
    train, stop, test = np.split(block, [len(block) // 2, 7 * len(block) // 10])
    X, X_stop, X_test = (torch.from_numpy(part).float() for part in scaled(train, stop, test))
    y, share, start = sold[train], sold[train].mean(), int(rng.integers(2**31))
    common, rare = imbalance.class_balanced_weights(np.bincount(y), beta=0.999)
    weight = torch.tensor(rare / common).float()
    for name, odds, loss in (("cross-entropy", 1, entropy),
                             ("class-balanced", rare / common, partial(entropy, pos_weight=weight)),
                             ("focal", 1, partial(imbalance.focal_loss, gamma=gamma))):  # fmt: skip
        p = fit(loss, X, torch.from_numpy(y).float(), X_stop, sold[stop], X_test, start)
        mended = imbalance.prior_correction(p, odds * share / (odds * share + 1 - share), share)
        rows.append({"loss": name, "AP": average_precision_score(sold[test], p),
                     "mean p": p.mean(), "log loss": log_loss(sold[test], p),
                     "log loss mended": log_loss(sold[test], mended)})  # fmt: skip
nets = pd.DataFrame(rows)
ap = {name: part.to_numpy() for name, part in nets.groupby("loss")["AP"]}
claim("4.3-6",
      f"The focal loss with gamma = {gamma:g} gains more than 0.02 of AP over the cross-entropy",
      paired_t(ap["focal"], ap["cross-entropy"]),
      above=0.02, means={"holds": "Here attention to hard examples pays.",
                         "fails": "Here attention to hard examples hardly pays, if at all.",
                         "undecided": "This run cannot tell if it gains so much."})  # fmt: skip
print(nets.groupby("loss", sort=False).mean().round(2).to_string(index_names=False))

# %%
fig, axis = subplots(figsize=(6, 3.6))
for number, name in enumerate(("focal", "class-balanced")):
    gain, color, marker = ap[name] - ap["cross-entropy"], PALETTE[number], "os"[number]
    mean, bottom = t_interval(gain), -1.8 - 0.7 * number
    print(f"standard deviation over blocks, {name}: AP {ap[name].std():.2f}, gain {gain.std():.2f}")
    axis.plot(gain, np.arange(n_blocks) - 0.3 * number, marker, color=color, label=name)
    axis.plot([mean.low, mean.value, mean.high], [bottom] * 3, marker + "-", color=color,
              markevery=[1])  # fmt: skip
axis.axvline(0, color="black", linestyle=":", linewidth=1)
axis.set(xlabel="gain of AP over the cross-entropy", ylabel="block", title=finding("4.3-6"))
axis.set_yticks([-2.15, *range(n_blocks)], ["mean", *(str(b + 1) for b in range(n_blocks))])
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="For each block the gain of the focal and of the class-balanced loss over the "
     "cross-entropy, left or right of zero; below them the mean gains with intervals.")  # fmt: skip

# %% [markdown]
# Each point is one block, and compares losses on the same calls. What makes a block easy or hard
# drops out of the difference. Two runs on different data would mix it in. Class weights move the
# threshold, as in Round 1, and correcting the prior takes back most of what they did to the
# probabilities. The focal loss with `gamma` above 0 changes them too: it draws them towards one
# half, and no prior explains that. So recalibrate after it.
#
# **When it stops being true.** We did not test what it was made for: a thousand easy negatives to
# each positive, and large networks. There easy examples can drown the rest, and an overconfident
# network may become better calibrated (Mukhoti and others 2020). Compare in pairs, on your data.
#
# ### Exercise 4.3-e6: the focal loss
#
# `p` is a list of probabilities of class 1, `y` a list of labels 0 and 1. Return the list of their
# focal losses. `alpha`, if given, is the weight of class 1, and `1 - alpha` that of class 0. A
# probability of 0 for what happened costs infinity.


# %%
# exercise 4.3-e6
def focal(p, y, gamma, alpha=None):
    """Return the focal loss of each prediction."""
    return TODO


# %%
exercise("4.3-e6").check(focal)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with five ratios of costs and three seeds: `mlsd sweep 4.3 -p
# cost_ratio=3,5,10,20,50 -p seed=0:3`. Look from which ratio on the threshold is worth the thought.

# %%
swept = sweep.load("published/4.3-cost_ratio")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("4.3-2"), alt=swept.alt("4.3-2"))

# %% [markdown]
# So: measure what errors cost, keep calibrated probabilities, and choose the threshold. Collect
# positives. Resample or weigh if you must, inside the folds, and correct the prior.
#
# ## Quiz

# %%
quiz("4.3-q1", choice=None)
quiz("4.3-q2", choice=None)

# %%
quiz("4.3-q3", choice=None)
quiz("4.3-q4", choice=None)

# %%
quiz("4.3-q5", choice=None)
quiz("4.3-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Elkan (2001), *The foundations of cost-sensitive learning*; Saito and Rehmsmeier
# (2015), *The precision-recall plot is more informative than the ROC plot*; van den Goorbergh and
# others (2022), *The harm of class imbalance corrections for risk prediction models*.
#
# **Next.** [4.4 Data augmentation](04_4_data_augmentation.ipynb).
