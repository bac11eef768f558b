# %% [markdown]
# # 6.1a Model selection
#
# **Core question.** Which model is better, by how much, and compared with what?
#
# **Time** 60 minutes · **Builds on** [5.2a Feature operations](05_2a_feature_operations.ipynb)
#
# You will be able to
#
# - choose the baselines that a model has to beat (claim 6.1-1, exercise 6.1-e1)
# - test a difference over splits that share rows (claim 6.1-2, exercise 6.1-e2)
# - say when an ensemble gains, and when it harms (claims 6.1-3, 6.1-3b, exercise 6.1-e3)
# - search among many models and report an honest score (claims 6.1-4, 6.1-4b, exercise 6.1-e4)

# %% tags=["parameters"]
seed: int = 0  # which weeks, rows, splits and candidates are drawn [0, 1_000_000]
horizon: int = 168  # how far ahead rides are forecast, in hours [1, 336]
n_splits: int = 20  # splits of one data set that a test compares [5, 100] quick 8
k: int = 100  # candidates in a search [20, 200] quick 30
n_val: int = 200  # rows that choose among the candidates [50, 4_000]
blocks: int = 10  # disjoint blocks of bookings, some models each [4, 12] quick 4

# %%
import itertools

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlsdlib import datasets, evaluation
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson

begin("6.1a", seed=seed, horizon=horizon, n_splits=n_splits, k=k, n_val=n_val, blocks=blocks)

# %% [markdown]
# How do you choose a model? Six rules of thumb:
#
# 1. Do not run after the newest. "State of the art" means best on somebody else's data.
# 2. Start with the simplest. It is quick to ship, easy to debug, and the baseline of what follows.
# 3. Compare with equal care. The model you know best gets the most tuning, and then wins.
# 4. Ask which is better *later*. Some models gain more from the next million rows than others.
# 5. Weigh the price: latency, labels, upkeep, false alarms against misses, can it be explained?
# 6. Know what it assumes: smoothness, independence, a straight boundary. Do your data agree?
#
# All of this needs fair comparisons. They are harder than they look.
#
# ## Round 1: what has to be beaten, and by how much?
#
# A score means nothing alone. Put **baselines** beside it:
#
# - **zero rule**: always the commonest class, or the mean. An accuracy of 0.95 is nothing if 95 of
#   100 rows are of one class.
# - **random**: guesses with the frequencies of the classes
# - a **heuristic**: a rule that an expert would use. For hourly rides: the same hour last week
# - **human**: how well people do it on the same rows. Nobody needs a model that helps nobody.
# - the **existing solution**: what is in use today, however clumsy. A good score that is below it
#   is a step back.
#
# We forecast hourly bicycle rentals in Washington. Boosting gets the calendar and the weather, even
# the true weather of the forecast hours. It is trained anew each month on all months before. Two
# weeks of each month of 2012 are drawn; from their first hour `horizon` hours are forecast. The
# baseline must respect the horizon, too: two weeks ahead, last week is not known yet.

# %%
rides = datasets.load_bike_sharing()
rides.index = pd.to_datetime(rides["dteday"]) + pd.to_timedelta(rides["hr"], unit="h")
washington = rides[["cnt", "temp", "hum", "windspeed", "weathersit", "holiday"]].asfreq("h")
washington = washington.fillna({"cnt": 0}).ffill()
seattle = datasets.load_fremont_bridge().groupby("date")[["total"]].first().asfreq("h")
boosting = HistGradientBoostingRegressor(max_iter=40, learning_rate=0.25, random_state=0)
calendar = {"hour": lambda t: t.index.hour, "day": lambda t: t.index.day_of_week,
            "month": lambda t: t.index.month}  # fmt: skip


# %%
def contest(table, months, rng):
    """The mean absolute error of each contender in the drawn weeks of each month."""
    y, lag = table.iloc[:, 0], 168 * -(-horizon // 168)
    plain = table.iloc[:, 1:].assign(**calendar).to_numpy()
    old = y.shift(lag)
    lags = np.column_stack([plain, old, old.shift(168), old.rolling(168, min_periods=99).mean()])
    y, rows = y.to_numpy(), []
    for month in pd.to_datetime(months):
        begin = table.index.get_loc(month)
        past = np.arange(max(0, begin - 2 * 8_760), begin)
        past = past[~np.isnan(y[past])]
        row = {}
        starts = begin + 168 * rng.choice(3, 2, replace=False)
        ahead = starts[:, None] + np.arange(horizon)
        for name, m in {"yesterday": 24, "last week": 168}.items():
            row[name] = np.array([evaluation.seasonal_naive(y[:start], m, horizon)
                                  for start in starts])  # fmt: skip
        row["zero rule"] = np.full(ahead.shape, y[past].mean())
        for name, inputs in {"boosting": plain, "boosting, lags": lags}.items():
            fitted = boosting.fit(inputs[past], y[past])
            row[name] = fitted.predict(inputs[ahead.ravel()]).reshape(ahead.shape)
        rows.append({name: np.nanmean(np.abs(row[name] - y[ahead])) for name in row})
    return pd.DataFrame(rows)


predict("6.1-1", "The error of boosting, over that of the same hour last week?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
months = pd.date_range("2012-01-01", periods=12, freq="MS")
errors = contest(washington, months, rng)
claim("6.1-1",
      f"For {horizon} hours ahead, boosting on calendar and weather is more than a tenth further "
      "off than the last week that is known",
      t_interval(errors["boosting"] / errors["last week"]), above=1.1, means={
      "holds": "A lookup beats the model: it follows a growing city, and the model does not.",
      "fails": "The model is at least as good as the lookup, or nearly so.",
      "undecided": "This run cannot tell which of the two is better by a tenth."})  # fmt: skip
shuffled = rng.permutation(len(washington))
half = len(shuffled) // 2
table = washington.iloc[:, 1:].assign(**calendar).to_numpy()
train, test = shuffled[:half], shuffled[half:]
count = washington["cnt"].to_numpy()
random_split = np.abs(boosting.fit(table[train], count[train]).predict(table[test]) - count[test])
print(f"error of the same model under a random split: {random_split.mean():.0f} rides an hour")
for year in (2019, 2020):
    other = contest(seattle, [f"{year}-{month:02}-01" for month in range(2, 13, 2)], rng)
    ratio = t_interval(other["boosting"] / other["last week"])
    print(f"Seattle {year}: boosting over last week {ratio.value:.1f}, 95 % {ratio.low:.1f} to "
          f"{ratio.high:.1f}")  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.2))
order = errors.mean().sort_values(ascending=False).index
found = [t_interval(errors[name]) for name in order]
bars = axis.barh(order, [e.value for e in found], xerr=[e.value - e.low for e in found],
                 color=[PALETTE["boosting" in name] for name in order], capsize=3)  # fmt: skip
axis.axvline(errors["last week"].mean(), color="black", linewidth=1, linestyle=":")
axis.set(xlabel="mean absolute error, rides an hour (dotted: last week)", ylabel="contender",
         title=finding("6.1-1"))  # fmt: skip
show(fig, alt="Bars of the error of each contender. The mean is worst, boosting on calendar and "
     "weather lies near yesterday, last week is better, boosting with lags best.")  # fmt: skip

# %% [markdown]
# Trees predict means of what they have seen, and the city rode more each year. Last week knows the
# new level. So let the model see it: with the counts of the last known weeks as inputs, **lags**,
# boosting beats everything. Without the baseline nobody would have looked for the flaw.
#
# The random split hides it. Each hour of the test has neighbours of the same week in training, so
# the model only interpolates. Test on what comes after, as in use. And mind the interval of the
# claim: it spans twelve months of one year in one city, and speaks for no other.
#
# **When it stops being true.** In Seattle, a quiet year makes both alike. Then a pandemic empties
# the bridge, and the calendar is wrong again.
#
# ### Exercise 6.1-e1: last season
#
# `y` is a list of counts, oldest first, `m` the length of a season in steps. Forecast the next `h`
# steps: each is the last known value of its season, also beyond one season. `None` means not
# recorded; it stays `None`. If `y` is shorter than a season, return `h` times `None`.


# %%
# exercise 6.1-e1
def seasonal_naive(y, m, h):
    """Return forecasts of the next h values, each the last known value of its season."""
    return TODO


# %%
exercise("6.1-e1").check(seasonal_naive)

# %% [markdown]
# ### One score is noise
#
# A forest tells benign from malignant tumours. We train it with 20 seeds on one split, and with one
# seed on 20 splits. Then a harder question: is model A better than B? Two instruments measure the
# same four properties, each with errors of its own, equally large. A and B are the same method, on
# one instrument each. So *neither is better*, and any difference is luck. A t-test over random
# splits of the same patients should say so in 19 of 20 cases.

# %%
tumours, benign = load_breast_cancer(return_X_y=True)
rng = np.random.default_rng([seed, 2])


def forest_scores(split_seeds, forest_seeds):
    scores = []
    for split_seed, forest_seed in zip(split_seeds, forest_seeds):
        splitter = ShuffleSplit(1, test_size=0.3, random_state=int(split_seed))
        train, test = next(splitter.split(tumours))
        forest = RandomForestClassifier(20, random_state=int(forest_seed))
        scores.append(forest.fit(tumours[train], benign[train]).score(tumours[test], benign[test]))
    return scores


seeds = rng.choice(10_000, 20, replace=False)
spread = {"20 splits": forest_scores(seeds, [0] * 20), "20 seeds": forest_scores([0] * 20, seeds)}
properties = StandardScaler().fit_transform(tumours[:, [0, 1, 4, 5]])


def nearest_mean(measured, train):
    """The accuracy in each split of taking the class whose mean is nearer."""
    far = []
    for side in (0, 1):
        means = (train & (benign == side)) @ measured
        means /= (train & (benign == side)).sum(axis=1, keepdims=True)
        far.append(((measured - means[:, None]) ** 2).sum(axis=2))
    right = ((far[1] < far[0]) == benign) & ~train
    return right.sum(axis=1) / (~train).sum(axis=1)


predict("6.1-2", "In what share of cases does the usual t-test find a difference?", guess=None)

# %%
counts, worlds = sorted({5, 10, 20, 40, 80, n_splits}), 300
found = {way: dict.fromkeys(counts, 0) for way in ("usual", "corrected")}
n_test = round(0.3 * len(benign))
for _ in range(worlds):
    train = rng.random((max(counts), len(benign))).argsort(axis=1) >= n_test
    a, b = (nearest_mean(properties + rng.normal(size=properties.shape), train) for _ in range(2))
    for n in counts:
        usual = t_interval((a - b)[:n])
        found["usual"][n] += not usual.low <= 0 <= usual.high
        test = evaluation.corrected_resampled_t((a - b)[:n], len(benign) - n_test, n_test)
        found["corrected"][n] += test.pvalue < 0.05
claim("6.1-2",
      f"Of two equal models, the usual t-test over {n_splits} splits calls one better in more "
      "than a tenth of cases",
      wilson(found["usual"][n_splits], worlds), above=0.1, means={
      "holds": "Splits that share rows are not independent, and the test takes them to be.",
      "fails": "So few splits do not mislead the test much.",
      "undecided": "This run cannot tell whether it is more than a tenth."})  # fmt: skip
for name, scores in spread.items():
    print(
        f"{name}: accuracy {min(scores):.2f} to {max(scores):.2f}, deviation {np.std(scores):.3f}"
    )
print(f"the corrected test calls one better in {found['corrected'][n_splits] / worlds:.0%}")

# %%
fig, (left, right) = subplots(1, 2, figsize=(8, 3.2))
for number, scores in enumerate(spread.values()):
    left.scatter(number + np.linspace(-0.2, 0.2, 20), scores, color=PALETTE[number], alpha=0.7)
left.set_xticks([0, 1], spread)
left.set(xlim=(-0.5, 1.5), xlabel="what varies", ylabel="accuracy of a forest",
         title="One score is one draw")  # fmt: skip
for number, (way, wrong) in enumerate(found.items()):
    right.plot(counts, [wrong[n] / worlds for n in counts], color=PALETTE[number],
               marker="os"[number], label=way)  # fmt: skip
right.axhline(0.05, color="black", linewidth=1, linestyle=":")
right.set(xscale="log", xlabel="splits (dotted: promised level)", ylabel="share of false alarms",
          ylim=(0, 1), title="More splits, more false alarms")  # fmt: skip
right.set_xticks([5, 10, 20, 40, 80], ["5", "10", "20", "40", "80"])
right.minorticks_off()
right.legend()
show(fig, alt="Left: accuracies scatter over several hundredths, between splits and between seeds. "
     "Right: false alarms of the usual test rise with the number of splits, those of the corrected "
     "one stay at the promised level.")  # fmt: skip

# %% [markdown]
# The patients are the same in all splits, so a lucky instrument is lucky in every split. The usual
# test divides the variance by the number of splits, and you can make as many as you like. Nadeau
# and Bengio replace 1 / k by 1 / k + test rows / training rows, which no number of splits takes
# away. Better still are new data, or many disjoint blocks of a large table. If both models
# predicted the same rows, compare row by row, and let rows that belong together count as one: the
# weeks of Round 1, not their hours.
#
# **When it stops being true.** The correction is a rule of thumb. It makes the test fit for use,
# not exact.
#
# ### Exercise 6.1-e2: the corrected t
#
# `diff` holds the differences of two models, one for each of k splits, k at least 2. Each split
# trains on `n1` rows and tests on `n2`. Return t: the mean, divided by the root of (1/k + n2/n1)
# times the variance (with k - 1). If all differences are equal, return 0 if they are 0, else
# infinity with their sign.


# %%
# exercise 6.1-e2
def corrected_t(diff, n1, n2):
    """Return t of the mean difference over splits that train on n1 rows and test on n2."""
    return TODO


# %%
exercise("6.1-e2").check(corrected_t)

# %% [markdown]
# ## Round 2: many models
#
# An **ensemble** lets many models decide together. There are three families:
#
# - **Bagging** trains each member on a bootstrap sample of the rows and lets them vote. It removes
#   *variance*. A random forest also shows each split only some of the features.
# - **Boosting** trains one small model after another, each on what those before got wrong. It
#   removes *bias*, and overfits if it goes on too long.
# - **Stacking** trains a model that combines the members. It must see predictions for rows that the
#   members did not learn from: `StackingClassifier` makes them by cross-validation.
#
# Three members, each right in 70 of 100 cases, **independently**: the majority is right in 78. So
# goes the folklore, after Condorcet. We try it with three different kinds of model on hotel
# bookings: which will be cancelled? All blocks of bookings are disjoint.

# %%
hotel = datasets.load_hotel_bookings().drop_duplicates()
columns = ["lead_time", "stays_in_week_nights", "stays_in_weekend_nights", "adults", "adr",
           "previous_cancellations", "total_of_special_requests", "is_repeated_guest",
           "required_car_parking_spaces", "arrival_date_week_number"]  # fmt: skip
bookings = hotel[columns].to_numpy(np.float32)
canceled = hotel["is_canceled"].to_numpy()
kinds = {"logistic": make_pipeline(StandardScaler(), LogisticRegression()),
         "tree": DecisionTreeClassifier(max_depth=6, random_state=0),
         "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(15))}  # fmt: skip
whole = {"one deep tree": DecisionTreeClassifier(random_state=0),
         "boosting": HistGradientBoostingClassifier(max_iter=40, random_state=0),
         "stacking": StackingClassifier(list(kinds.items()), cv=3)}  # fmt: skip
predict("6.1-3", "What share of the promised gain does the real vote reach?", guess=None)
predict("6.1-3b", "Where most trees err: accuracy of one tree minus that of the vote?", guess=None)


# %%
def committees(part):
    """The accuracy of members, votes and other ensembles on a block."""
    train, test = part[:2_000], part[2_000:6_000]
    X, y, truth = bookings[train], canceled[train], canceled[test]
    right = np.array([m.fit(X, y).predict(bookings[test]) == truth for m in kinds.values()])
    row = dict(zip(kinds, right.mean(axis=1))) | {"members": right.mean()}
    row |= {"vote": (right.sum(axis=0) >= 2).mean()}
    row |= {name: m.fit(X, y).score(bookings[test], truth) for name, m in whole.items()}
    forest = RandomForestClassifier(40, random_state=0).fit(X, y)
    trees = np.array([tree.predict(bookings[test]) == truth for tree in forest.estimators_])
    row["forest"] = (trees.mean(axis=0) > 0.5).mean()
    hard = trees[:19].mean(axis=0) < 0.5  # judged by trees that do not vote below
    for name, rows in {"all": hard | ~hard, "hard": hard, "easy": ~hard}.items():
        voters = trees[19:, rows]
        row[f"{name}, one"] = voters.mean()
        row[f"{name}, 3"] = (voters[:3].sum(axis=0) >= 2).mean()
        row[f"{name}, vote"] = (voters.mean(axis=0) > 0.5).mean()
    return row


# %%
rng = np.random.default_rng([seed, 3])
parts = np.array_split(rng.permutation(len(bookings)), blocks)
votes = pd.DataFrame([committees(part) for part in parts])
promise = evaluation.majority_accuracy(votes["members"], 3)
claim("6.1-3",
      "The vote of three kinds of model gains more than half of what independent members would",
      t_interval((votes["vote"] - votes["members"]) / (promise - votes["members"])),
      above=0.5, means={
      "holds": "Different kinds of model err on different bookings.",
      "fails": "They err on the same bookings, and a vote cannot mend what all get wrong.",
      "undecided": "This run cannot tell whether it is more than half."})  # fmt: skip
claim("6.1-3b",
      "On bookings that most trees get wrong, the vote of other trees is right less often than one "
      "of them, by more than 0.05",
      t_interval(votes["hard, one"] - votes["hard, vote"]), above=0.05, means={
      "holds": "Where members are mostly wrong, a vote makes that certain.",
      "fails": "The vote does little harm, even there.",
      "undecided": "This run cannot tell whether the vote costs so much."})  # fmt: skip
print(votes[[*kinds, "vote", *whole, "forest"]].mean().map("{:.2f}".format).to_string())
gain = t_interval(votes["vote"] - votes[list(kinds)].max(axis=1))
print(f"the vote over its best member: {gain.value:+.3f}, 95 % {gain.low:+.3f} to {gain.high:+.3f}")

# %%
chances, alike = np.linspace(0.2, 0.95, 76), np.linspace(0, 0.99, 100)
surface = evaluation.majority_accuracy(chances, 3, rho=alike[:, None]) - chances
fig, axis = subplots(figsize=(6.5, 3.6))
lines = axis.contour(chances, alike, surface, np.arange(-0.08, 0.09, 0.02), colors="black",
                     linewidths=0.8)  # fmt: skip
axis.clabel(lines, lines.levels[2:], fmt="%+.2f", fontsize=8)
averages = votes.mean()
for number, (name, one, vote) in enumerate([
        ("three kinds", "members", "vote"), ("three trees", "all, one", "all, 3"),
        ("three trees, easy rows", "easy, one", "easy, 3"),
        ("three trees, hard rows", "hard, one", "hard, 3")]):  # fmt: skip
    p, curve = averages[one], evaluation.majority_accuracy(averages[one], 3, rho=alike)
    axis.plot(p, alike[np.abs(curve - averages[vote]).argmin()], "os^D"[number], markersize=9,
              color=PALETTE[number], label=name)  # fmt: skip
axis.set(xlabel="accuracy of one member", ylabel="how alike members are",
         title="Gain of a vote of three, and where real ones lie")  # fmt: skip
axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
show(fig, alt="Contour lines of the gain of a vote of three against the accuracy of a member and "
     "their likeness. It is zero at one half, negative below, and shrinks as members get alike. "
     "The three kinds lie high up, where little is gained.")  # fmt: skip

# %% [markdown]
# The lines are theory: the gain of a vote, if each member is right with a given chance and their
# errors are correlated. At one half a vote changes nothing. Below, it makes things worse. A forest
# of good accuracy has such bookings inside: its vote makes easy ones safer and hard ones hopeless.
#
# So an ensemble needs members that are good *and* different: other rows, other features, other
# kinds of model. Three kinds that are all asked about the same few columns are not very different.
# Bagging pays most for unstable models: compare one deep tree with the forest. Boosting (XGBoost,
# LightGBM, CatBoost) is the usual winner on large tables, where bias is what is left to remove. On
# two thousand bookings it is no better than a small tree.
#
# The price is real: many models to train, to serve, to monitor and to explain, for little over the
# best one. Contests are won that way. In a product the last half per cent must pay for all of it.
#
# ### Exercise 6.1-e3: the jury
#
# `n` voters are right with chance `p` each, independently. How often is the majority right? An even
# number may tie; then a fair coin decides.


# %%
# exercise 6.1-e3
def majority_acc(p, n):
    """Return how often the majority of n independent voters is right; a coin breaks ties."""
    return TODO


# %%
exercise("6.1-e3").check(majority_acc)

# %% [markdown]
# ## Round 3: search
#
# Training learns the **parameters** of a model, such as weights. Somebody must set its
# **hyperparameters** before: the depth of a tree, a learning rate. A weak model that is well tuned
# often beats a strong one with default values, so they are searched for, on **validation** rows
# that training did not see:
#
# - **Grid search** tries all combinations of a few values of each.
# - **Random search** draws each value from its range. If one hyperparameter matters, it tries as
#   many values of that as it has trials. A grid of 16 in four dimensions tries only two.
# - **Successive halving** gives many candidates a small budget, say few rows, keeps the best third
#   and triples the budget. Hyperband runs several such races with different starts.
# - **Bayesian search** fits a model to the trials so far, and tries where that hopes for most.
#
# **AutoML** does the same with more to choose from: features, kinds of model, whole pipelines, and
# even the layers of a network (*neural architecture search*). It needs three things: a space of
# candidates, a way to move in it, and a cheap estimate of how good a candidate is. However it
# moves, in the end it returns the candidate with the best score.
#
# We search among decision trees, with four hyperparameters. For each candidate we also know its
# accuracy on 10,000 rows that nobody chooses by.


# %%
def candidate(u, n, state):
    """A tree from four numbers between 0 and 1, for n rows of training."""
    return DecisionTreeClassifier(
        min_samples_leaf=int((0.2 * n) ** u[0]), max_features=0.1 + 0.9 * u[1],
        max_depth=2 + int(23 * u[2]), ccp_alpha=10 ** (4 * u[3] - 7), random_state=state,
    )  # fmt: skip


grid = np.array(list(itertools.product([0.25, 0.75], repeat=4)))
predict("6.1-4", "How much accuracy does the winner's own validation promise too much?", guess=None)
predict("6.1-4b", "How much better is what a random search of 16 finds than a grid?", guess=None)


# %%
def search(part, rng):
    """What searches on one training set promise, and what they find."""
    train, pool, state = part[:1_000], part[1_000:21_000], int(rng.integers(2**31))
    fit = lambda u, n: candidate(u, n, state).fit(bookings[train[:n]], canceled[train[:n]])  # noqa: E731
    points = rng.random((k, 4))
    right = np.array([fit(u, 1_000).predict(bookings[pool]) == canceled[pool]
                      for u in (*grid, *points)])  # fmt: skip
    truth = right[:, 10_000:].mean(axis=1)
    small, large = (right[:, : 10_000 // n * n].reshape(len(right), -1, n).mean(axis=2)
                    for n in (n_val, 500))  # fmt: skip
    row = {"grid": truth[large[:16].argmax(axis=0)].mean()}
    draws = 16 + np.array([rng.permutation(k)[:16] for _ in range(200)])
    row["random"] = np.mean([truth[d[large[d].argmax(axis=0)]].mean() for d in draws])
    for tried in {1, 3, 10, 30, k}:
        winners = 16 + small[16 : 16 + tried].argmax(axis=0)
        row["promised", tried] = small[winners, np.arange(small.shape[1])].mean()
        row["true", tried] = truth[winners].mean()
    racers, n = rng.random((54, 4)), 100
    while len(racers) > 2:  # 54 on 100 rows, 18 on 300, 6 on 900: as much as 16 on 1,000
        score = [fit(u, n).score(bookings[pool[:500]], canceled[pool[:500]]) for u in racers]
        racers, n = racers[np.argsort(score)[::-1][: len(racers) // 3]], 3 * n
    row["halving"] = fit(racers[0], 1_000).score(bookings[pool[10_000:]], canceled[pool[10_000:]])
    return row


rng = np.random.default_rng([seed, 5])
searches = pd.DataFrame([search(rng.permutation(len(bookings)), rng) for _ in range(blocks)])

# %%
claim("6.1-4",
      f"The best of {k} candidates promises over 0.01 more accuracy on {n_val} rows than it has",
      t_interval(searches["promised", k] - searches["true", k]), above=0.01, means={
      "holds": "The winner is good, and lucky: only the first of the two will repeat.",
      "fails": "With so many rows, or so few candidates, luck decides little.",
      "undecided": "This run cannot tell whether it is more than a hundredth."})  # fmt: skip
claim("6.1-4b",
      "Random search finds a tree more than 0.01 more accurate than a grid of as many trials",
      t_interval(searches["random"] - searches["grid"]), above=0.01, means={
      "holds": "The grid wastes its trials on values that do not matter.",
      "fails": "Random search gains less than that here, if anything.",
      "undecided": "This run cannot tell whether random search gains so much."})  # fmt: skip
gain = searches["true", k] - searches["true", 1]
print(f"what the search really gained over one candidate: {gain.mean():.3f}")
print(searches[["grid", "random", "halving"]].mean().map("{:.3f}".format).to_string())

# %%
tried = sorted({1, 3, 10, 30, k})
fig, axis = subplots(figsize=(6.5, 3.4))
for number, name in enumerate(["promised", "true"]):
    found = [t_interval(searches[name, t]) for t in tried]
    axis.errorbar(tried, [e.value for e in found], [e.value - e.low for e in found], capsize=3,
                  color=PALETTE[number], marker="os"[number], label=name)  # fmt: skip
level = searches["true", 1].mean()
luck = [evaluation.best_of_k(np.full(t, level), n_val, rng=rng).reported.mean() for t in tried]
axis.plot(tried, luck, color="black", linestyle=":", label="promised, equal and independent")
axis.set(xscale="log", xlabel="candidates tried", ylabel="accuracy", title=finding("6.1-4"))
axis.set_xticks(tried, map(str, tried))
axis.minorticks_off()
axis.legend()
show(fig, alt="Accuracy against the number of candidates. The promised one rises above the true "
     "one, and the gap grows. The dotted line of pure luck rises as well.")  # fmt: skip

# %% [markdown]
# This is the **winner's curse**. Each score is accuracy plus luck. The more candidates, the luckier
# the best of them. The dotted line is luck alone: candidates that are all equally good, and whose
# errors are independent. Real candidates err alike, which tames the curse; and some are really
# better, which is why one searches at all. Both effects are in the same number. In the figure the
# truth stops rising long before the promise does.
#
# Only rows that no choice has seen tell luck from skill: an outer test, used once, or **nested
# cross-validation**, where the whole search is repeated inside each training part. Every choice
# counts: also that of the features, and the look at the test score after which you went back to
# change something.
#
# Grid or random? These hyperparameters are substitutes: each bounds the size of the tree, so many
# settings are equally good. **When it stops being true.** Where one hyperparameter decides, such
# as the learning rate of a network, a grid of 16 tries two values of it. And halving has a flaw of
# its own: what is best on few rows is a smaller tree than what is best on many.
#
# ### Exercise 6.1-e4: choose without peeking
#
# `fold` says for each row in which fold it is; there are at least three. `score(config, train,
# test)` trains on a list of row numbers and returns the score on another. For each outer fold, in
# the order of their numbers: choose the configuration with the greatest mean score over the other
# folds, each tested in turn, trained on the rows in neither fold (the first of equal ones). Then
# score it on the outer fold, trained on all other rows. Return the list of pairs [configuration,
# score].


# %%
# exercise 6.1-e4
def nested_cv(configs, fold, score):
    """Return for each outer fold the configuration chosen without it, and its score on it."""
    return TODO


# %%
exercise("6.1-e4").check(nested_cv)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with three numbers of validation rows and three seeds: `mlsd sweep 6.1a -p
# n_val=50,200,4000 -p seed=0:3`. Look how many rows it takes until the winner keeps its promise.

# %%
swept = sweep.load("published/6.1a-n_val")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("6.1-4"), alt=swept.alt("6.1-4"))

# %% [markdown]
# ## Quiz

# %%
quiz("6.1-q1", choice=None)

# %%
quiz("6.1-q2", choice=None)

# %%
quiz("6.1-q3", choice=None)

# %%
quiz("6.1-q4", choice=None)

# %%
quiz("6.1-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Nadeau and Bengio (2003), *Inference for the generalization error*; Cawley and Talbot
# (2010), *On over-fitting in model selection*; Bergstra and Bengio (2012), *Random search for
# hyper-parameter optimization*; Bouthillier and others (2021), *Accounting for variance in machine
# learning benchmarks*; Li and others (2018), *Hyperband*.
#
# **Next.** [6.1b Training](06_1b_training.ipynb).
