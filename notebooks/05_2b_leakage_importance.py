# %% [markdown]
# # 5.2b Leakage and importance
#
# **Core question.** Does the model know something that it will not know in use, and which of its
# features carry it?
#
# **Time** 60 minutes · **Builds on** [5.2a Feature operations](05_2a_feature_operations.ipynb)
#
# You will be able to
#
# - tell harmful leaks of preprocessing from harmless ones (claims 5.2-5, 5.2-5b, exercise 5.2-e5)
# - hunt for leaks in a table, and split rows that know each other (claims 5.2-6, 5.2-6b, exercise
#   5.2-e6)
# - encode categories by their labels without reading the row's own (claims 5.2-7, 5.2-7b, exercise
#   5.2-e7)
# - measure importance and coverage, and say what they do not tell (claims 5.2-8 to 5.2-8c,
#   exercise 5.2-e8)

# %% tags=["parameters"]
seed: int = 0  # the noise, the rows drawn, the splits and the forests [0, 1_000_000]
k_selected: int = 20  # columns chosen out of 2,000 [1, 1_000]
split: str = "time"  # what is compared with a split at random {time, day}
n_per_level: int = 5  # bookings for each id that says nothing [2, 200]
n_copies: int = 3  # copies of the lead time beside it [1, 6]
n_worlds: int = 100  # tables of pure noise [10, 400] quick 12
n_blocks: int = 8  # disjoint blocks of bookings, a model each [4, 12] quick 4

# %%
import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.tree import DecisionTreeRegressor

from mlsdlib import datasets, features
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, t_interval

begin("5.2b", seed=seed, k_selected=k_selected, split=split, n_per_level=n_per_level,
      n_copies=n_copies, n_worlds=n_worlds, n_blocks=n_blocks)  # fmt: skip

# %% [markdown]
# A model looks excellent in the test and fails in use. Often the test knew too much. **Leakage** is
# information that reaches training, or the features, and will not be there when the model is asked.
#
# ## Round 1: leaks in the code
#
# Preprocessing learns, too: a scaler learns means, a selector learns which columns go with the
# label. If it learns from all rows and the split comes afterwards, the test rows have taken part.
# That is **preprocessing leakage**. How bad is it?
#
# Take sixty rows, two thousand columns of pure noise, and labels thrown by a coin. Nothing can be
# learnt, so an honest accuracy is a half. We select the columns whose means differ most between the
# classes, scale them, and fit a logistic regression, in five folds. Once all steps learn inside the
# folds. Once the scaler learns ahead of the split. Once the selector does.

# %%
line = LogisticRegression()


def apart(X, y):
    return np.abs(X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)) / (X.std(axis=0) + 1e-9)


def three_ways(X, y, rng):
    folds = StratifiedKFold(5, shuffle=True, random_state=int(rng.integers(2**31)))
    choose, scaled = SelectKBest(apart, k=k_selected), StandardScaler().fit_transform(X)

    def accuracy(table, *steps):
        return cross_val_score(make_pipeline(*steps, line), table, y, cv=folds).mean()

    return {"all inside": accuracy(X, choose, StandardScaler()),
            "scaled before": accuracy(scaled, choose),
            "selected before": accuracy(choose.fit_transform(X, y), StandardScaler())}  # fmt: skip


# Of two means, the share that one is of the other.
def share(a, b, axis):
    return a.mean(axis) / b.mean(axis)


predict("5.2-5", "How much accuracy does selecting before the split add to noise?", guess=None)
predict("5.2-5b", "What share of that does scaling before the split add?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
coins = np.repeat([0, 1], 30)
noise = pd.DataFrame([three_ways(rng.normal(size=(60, 2_000)), rng.permutation(coins), rng)
                      for _ in range(n_worlds)])  # fmt: skip
selecting = noise["selected before"] - noise["all inside"]
scaling = noise["scaled before"] - noise["all inside"]


claim("5.2-5",
      f"Selecting {k_selected} of 2,000 noise columns before the split adds over 0.2 of accuracy",
      t_interval(selecting), above=0.2, means={
      "holds": "A selector that read the labels of the test rows makes skill out of nothing.",
      "fails": "With so many columns kept the choice hardly fits the test rows any more.",
      "undecided": "This run cannot tell whether selecting adds so much."})  # fmt: skip
claim("5.2-5b", "Scaling before the split adds less than a sixtieth of what selecting adds",
      bootstrap(scaling, selecting, statistic=share, paired=True, rng=rng), below=0.0167, means={
      "holds": "One leak is ruinous, the other cannot be seen.",
      "fails": "Here the two leaks are less than sixty times apart.",
      "undecided": "This run cannot tell whether they are sixty times apart."})  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.2))
bins = np.linspace(0.1, 1, 28)
for name, color, dash in zip(noise, PALETTE, ("-", "--", "-."), strict=False):
    axis.hist(noise[name], bins, histtype="step", color=color, linestyle=dash, label=name)
axis.axvline(0.5, color="black", linewidth=1, linestyle=":")
axis.set(xlabel="accuracy on pure noise (dotted: truth)", ylabel="worlds", title=finding("5.2-5"))
axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
show(fig, alt="Accuracy in worlds of noise: selecting before the split lies apart, further right.")

# %% [markdown]
# A scaler never sees a label, and the labels of the test rows do not depend on their values. So on
# noise its true harm is zero, and any finite ratio of the two is luck. "Sixty times" is not a law.
# A selector reads the labels. Of two thousand columns some fit all sixty labels by chance, those of
# the test rows included.
#
# **When it stops being true.** On real data the columns do tell something. Tell a 3 from an 8 by
# the pixels of sixty images. The truth comes from the other images, for a model of all sixty:

# %%
images, digit = datasets.load_mnist()
pixels, eight = images[(digit == 3) | (digit == 8)].reshape(1_000, -1) / 255, np.repeat([0, 1], 500)
rng, rows = np.random.default_rng([seed, 2]), []
model = make_pipeline(SelectKBest(apart, k=min(k_selected, 784)), StandardScaler(), line)
for part in np.array_split(rng.permutation(1_000), 12):
    X, y, rest = pixels[part[:60]], eight[part[:60]], np.delete(np.arange(1_000), part[:60])
    truth = model.fit(X, y).score(pixels[rest], eight[rest])
    rows.append(three_ways(X, y, rng) | {"truth": truth})
print("accuracy on 3 or 8", pd.DataFrame(rows).mean().round(2).to_string(), sep="\n")

# %% [markdown]
# Many pixels are good ones, and an honest choice finds them too: the leak has less to add. So the
# harm of a leak is no constant. It grows with what the step takes from labels, with the number of
# things to choose from, and with the scarcity of rows and signal. Small tables with many columns,
# as in genetics, are the worst case.
#
# The cure costs one line: put every step that learns into one pipeline, and cross-validate it.
#
# ### Exercise 5.2-e5: audit a pipeline
#
# `steps` is a list of dictionaries in the order of execution. `{"name": "split"}` is the split.
# Every other step says what it `learns`: `"nothing"`, `"values"` or `"labels"`; whether it makes
# `copies` of rows, as oversampling does; and `own_label`, whether it hands a training row a number
# that its own label took part in. Steps behind the split also have `fit`: `"train"` or `"all"`.
# Steps ahead of the split, and all steps where there is none, see every row.
#
# Return one verdict for each step. `"severe"`: labels or copies of test rows reach training, or a
# row its own label. `"mild"`: only values of test rows do. Else, and for the split, `"none"`.


# %%
# exercise 5.2-e5
def leak_audit(steps):
    """Return for each step of a pipeline how it leaks: "severe", "mild" or "none"."""
    return TODO


# %%
exercise("5.2-e5").check(leak_audit)

# %% [markdown]
# ## Round 2: leaks in the table
#
# Clean code does not help if the table itself knows too much.
#
# - **Target leakage**: a column is a consequence of the label. "Antibiotics given" foretells
#   pneumonia.
# - **Temporal leakage**: a value, or a training row, comes from after the moment of prediction.
# - **Group leakage**: rows of one patient, one user or one day stand on both sides of the split.
# - **Duplicates**: the same row stands on both sides.
#
# How to find them? Score each column alone: one that is too good is suspicious. Look for single
# values that fix the label. Score the row number, since a file may be sorted. Compare dates with
# the moment of prediction. Count shared rows. And **ablation**: leave a column out, and look what
# the score loses.
#
# `features.leakage_report` does all but the last. We take hotel bookings at the moment of booking,
# and ask which will be cancelled.

# %%
hotel = datasets.load_hotel_bookings()
arrival = [hotel[f"arrival_date_{part}"].astype(str) for part in ("year", "month", "day_of_month")]
arrival = pd.to_datetime(arrival[0] + arrival[1] + arrival[2], format="%Y%B%d")
hotel["booked"] = arrival - pd.to_timedelta(hotel["lead_time"], unit="D")
rng = np.random.default_rng([seed, 3])
order = rng.permutation(len(hotel))[:40_000]
train, test = hotel.iloc[order[:28_000]], hotel.iloc[order[28_000:]]
report = features.leakage_report(train, test, target="is_canceled", time="booked", group="agent",
                                 rng=rng)  # fmt: skip
for row in report.suspicious.itertuples():
    print(f"{row.check:<11}{row.column:<28}{row.value:.2f}  {row.detail.replace(' 00:00:00', '')}")

# %% [markdown]
# Every line is a question, not a verdict. Could this be known at the moment of booking?
#
# - `reservation_status` is the label in other words, and its date is in the future.
# - Most test rows come through agents that training has seen, and the agent tells of the label.
#   Will these agents go on booking? If new ones must be served, split by agent.
# - The index tells the label: the file is sorted by hotel and outcome. Take its first part as
#   training rows, and the test has another mix.
# - Many test rows stand in training as well, and all were booked in times known to training.
# - Nobody with a parking space cancels. Perhaps the space is noted at the arrival.
# - Nearly all bookings with a deposit that is not refunded are cancelled. A strange policy, or a
#   strange way to record it? The file cannot tell. Ask who made it.
#
# A report sees columns one by one. The description of the data tells more: the room assigned, the
# changes and the country are filled in until the guest arrives. Now close one leak after the other
# and see what each has been worth.

# %%
codes = pd.DataFrame({name: column if column.dtype.kind in "iuf" else pd.factorize(column)[0]
                      for name, column in hotel.drop(columns="is_canceled").items()})  # fmt: skip
canceled, booked = hotel["is_canceled"].to_numpy(), hotel["booked"].to_numpy()
same = pd.factorize(pd.util.hash_pandas_object(hotel, index=False))[0]
no_outcome = codes.columns.drop(["reservation_status", "reservation_status_date", "booked"])
at_booking = no_outcome.drop(["required_car_parking_spaces", "assigned_room_type",
                              "booking_changes", "country", "days_in_waiting_list"])  # fmt: skip


def tested(columns, train, test):
    trees = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    X = codes[columns].to_numpy(float)
    return auc_of(trees.fit(X[train], canceled[train]), canceled[test])(X[test])


def auc_of(model, y):
    return lambda X: roc_auc_score(y, model.predict_proba(X)[:, 1])


# %%
def thirds(rows):
    return rows[len(rows) // 3 :], rows[: len(rows) // 3]


def close_leaks(kinds, rng):
    rows = rng.permutation(np.flatnonzero(np.isin(same, kinds)))
    single = rows[np.unique(same[rows], return_index=True)[1]]
    single, late = rng.permutation(single), single[np.argsort(booked[single])[::-1]]
    aside = np.isin(same[rows], rng.permutation(kinds)[: len(kinds) // 3])
    return {"all columns": tested(codes.columns, *thirds(rows)),
            "without the outcome": tested(no_outcome, *thirds(rows)),
            "known when booked": tested(at_booking, *thirds(rows)),
            "copies on one side": tested(at_booking, rows[~aside], rows[aside]),
            "copies dropped": tested(at_booking, *thirds(single)),
            "later bookings": tested(at_booking, *thirds(late))}  # fmt: skip


predict("5.2-6", "How much does the AUC fall when exact copies of rows are dropped?", guess=None)

# %%
kinds = np.array_split(rng.permutation(same.max() + 1), n_blocks)
closed = pd.DataFrame([close_leaks(part[:3_000], rng) for part in kinds])
claim("5.2-6", "Dropping exact copies of rows lowers the measured AUC by more than 0.02",
      t_interval(closed["known when booked"] - closed["copies dropped"]), above=0.02, means={
      "holds": "Part of the skill was memory, or easy rows that count many times.",
      "fails": "The copies hardly flatter this model.",
      "undecided": "This run cannot tell whether the copies bring so much."})  # fmt: skip
print("AUC", closed.mean().round(2).to_string(), sep="\n")

# %% [markdown]
# Copies do two things. They let the model remember: keep all copies of a booking on one side, and
# that part goes. And they count many times: large groups that book and cancel alike are easy, and
# without copies they weigh less. Are they errors, then? A group of forty rooms may well make forty
# equal rows. If so, keep them, on one side of the split.
#
# **When it stops being true.** If each row counts in use, and equal ones come together, the figure
# with copies on one side is the honest one. Never the one at random.
#
# Rows need not be equal to know each other. Bicycles on a bridge in Seattle: the model gets the
# hour, the weekday and the number of the day. We take twenty weeks, and hide a quarter of them:
# hours at random, whole days, or the last weeks.

# %%
bridge = datasets.load_fremont_bridge().drop_duplicates("date").dropna()
date, count = bridge["date"], bridge["total"].to_numpy()
day = (date - date.min()).dt.days.to_numpy()
clock = np.column_stack([date.dt.hour, date.dt.day_of_week, day]).astype(float)
rng, rows = np.random.default_rng([seed, 4]), []
for first in range(int(rng.integers(140)), day.max() - 139, 140)[: 4 * n_blocks]:
    inside = (day >= first) & (day < first + 140)
    X, y, days = clock[inside], count[inside], day[inside]
    hidden = {"random": rng.random(len(y)) < 0.25, "time": days >= first + 105,
              "day": np.isin(days, first + rng.permutation(140)[:35])}  # fmt: skip
    row = {}
    for name, test in hidden.items():
        trees = HistGradientBoostingRegressor(max_iter=30, learning_rate=0.2, random_state=0)
        told = trees.fit(X[~test], y[~test]).predict(X[test])
        row |= {name: mean_absolute_error(y[test], told), f"R² {name}": r2_score(y[test], told)}
    rows.append(row)
spans = pd.DataFrame(rows)
predict("5.2-6b", "The error with the last weeks hidden, over that at random?", guess=None)

# %%
claim("5.2-6b", f"The error of a split by {split} is more than 1.5 times that of a split at random",
      t_interval(np.log(spans[split] / spans["random"])).map(np.exp, unit="times"), above=1.5,
      means={"holds": "At random, the hours before and after each test hour are known.",
             "fails": "With this split the test hours keep most of their neighbours.",
             "undecided": "This run cannot tell whether the error is so much larger."})  # fmt: skip
print("median over the spans", spans.median().map("{:.2g}".format).to_string(), sep="\n")

# %% [markdown]
# A rainy day is low from morning to night. If some of its hours are in training, trees learn the
# day from its number and fill in the rest: **interpolation**. In use, tomorrow has no neighbours.
# Hide whole days (`GroupKFold`), and the days before and after still help. Hide the last weeks,
# and even the season must be guessed.
#
# So which split is right? The one that is as hard as the use. To fill gaps of a counter, take hours
# at random. For a new patient, leave patients out. For tomorrow, split by time.
#
# **When it stops being true.** A split by time can leak as well, if labels look ahead. Let the
# label be the mean of the *next* days. The last training rows then share days with the first test
# rows, and in use their labels would not be known yet. **Purging** drops them; an **embargo** drops
# some more, for labels that come late. We suppose that the counts arrive after two weeks.

# %%
daily = bridge.groupby(date.dt.normalize())["total"].sum().to_frame("today")
daily = daily.assign(number=range(len(daily)), weekday=daily.index.day_of_week)
tree, scoring = DecisionTreeRegressor(min_samples_leaf=5, random_state=0), "neg_mean_absolute_error"
for ahead in (7, 28):
    target = daily["today"].rolling(ahead).mean().shift(-ahead).dropna()
    splits = {"shuffled": KFold(50, shuffle=True, random_state=0),
              "by time": features.PurgedTimeSeriesSplit(50, horizon=0, time="number"),
              "purged": features.PurgedTimeSeriesSplit(50, horizon=ahead, time="number"),
              "embargo": features.PurgedTimeSeriesSplit(50, horizon=ahead, embargo=14,
                                                        time="number")}  # fmt: skip
    for name, folds in splits.items():
        error = -cross_val_score(tree, daily.loc[target.index], target, cv=folds, scoring=scoring)
        print(f"next {ahead:>2} days, {name:<8} error {error.mean():,.0f} bicycles a day")

# %% [markdown]
# Shuffling is ruinous: nearly the same label stands a day before and a day after. Purging matters
# the more, the longer the horizon is beside the test: without it, the first test rows are easy. And
# where counts come late, the newest label that can be learned is older still.
#
# ### Exercise 5.2-e6: purge
#
# `times` is a list of numbers or `None`, in any order. The label of a row at time t is decided in
# t to t + `horizon`. Return two lists of row numbers. The test has all rows from `start` on. The
# training has those whose label is decided, and an `embargo` has passed as well, before `start`:
# what happens at `start` itself is too late. A row without a time is in neither.


# %%
# exercise 5.2-e6
def purged_split(times, start, horizon, embargo):
    """Return the numbers of the rows to train on, and of those to test on."""
    return TODO


# %%
exercise("5.2-e6").check(purged_split)

# %% [markdown]
# ## Round 3: encode by the label
#
# A booking comes through one of hundreds of agents. One-hot makes hundreds of columns. **Target
# encoding** makes one: it replaces the agent by the share of its bookings that were cancelled. For
# agents with few bookings the share is drawn towards the overall one (**smoothing**).
#
# The trap: the share that a training row gets has its own label in it. **Cross-fitting** learns
# the code of each row from the other folds, as you would test a model. New rows get codes learnt
# from all training rows.
#
# We compare two columns. The agent says something. The other is an id that we draw by chance: it
# says nothing at all. Copies of bookings are dropped first.

# %%
bookings = hotel.drop_duplicates().reset_index(drop=True)
canceled = bookings["is_canceled"].to_numpy()
base = bookings[["lead_time", "stays_in_week_nights", "total_of_special_requests",
                 "adr"]].to_numpy(float)  # fmt: skip
agents = features.cross(bookings["agent"].fillna(0), bookings["company"].fillna(0))


def encodings(train, test, y, state):
    folds = StratifiedKFold(5, shuffle=True, random_state=state)
    encoder = TargetEncoder(target_type="binary", cv=folds)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train)
    fitted, new = encoder.fit_transform(train, y), encoder.transform(test)
    return {"without": (train[:, :0], test[:, :0]),
            "one-hot": (one_hot.transform(train), one_hot.transform(test)),
            "naive": (encoder.transform(train), new), "cross-fitted": (fitted, new)}  # fmt: skip


predict("5.2-7", "How much AUC does the target-encoded agent add?", guess=None)
predict("5.2-7b", "How much AUC does the id that says nothing cost, encoded naively?", guess=None)

# %%
rng, rows = np.random.default_rng([seed, 5]), []
for part in np.array_split(rng.permutation(len(canceled)), n_blocks):
    train, test = part[:4_000], part[4_000:7_000]
    ids = rng.integers(4_000 // n_per_level, size=len(part)).astype(str)
    levels = {"agent": agents[part, None], "id": ids[:, None]}
    state, row = int(rng.integers(2**31)), {}
    scaled = StandardScaler().fit(base[train]).transform(base[part[:7_000]])
    for column, values in levels.items():
        codes = encodings(*np.split(values[:7_000].astype(object), [4_000]), canceled[train], state)
        for way, more in codes.items():
            X, Z = map(np.hstack, zip(np.split(scaled, [4_000]), more, strict=True))
            model = line.fit(X, canceled[train])
            row[column, way, "train"] = auc_of(model, canceled[train])(X)
            row[column, way, "test"] = auc_of(model, canceled[test])(Z)
    rows.append(row)
coded = pd.DataFrame(rows)
without = coded["agent", "without", "test"]

# %%
claim("5.2-7", "The target-encoded agent, cross-fitted, adds more than 0.02 of AUC",
      t_interval(coded["agent", "cross-fitted", "test"] - without), above=0.02, means={
      "holds": "One column of numbers carries what hundreds of agents tell.",
      "fails": "The agents tell too little here to be worth the encoder.",
      "undecided": "This run cannot tell whether the agents add so much."})  # fmt: skip
claim("5.2-7b",
      f"An id with {n_per_level} rows a level that says nothing costs over 0.05 of AUC, if naive",
      t_interval(without - coded["id", "naive", "test"]), above=0.05, means={
      "holds": "The model learns to read the row's own label, and no new row offers it.",
      "fails": "In so large levels the own label hardly counts.",
      "undecided": "This run cannot tell whether the naive code costs so much."})  # fmt: skip
fig, axis = subplots(figsize=(7, 3.2))
means = pd.Series(coded.mean().to_dict()).unstack(sort=False)
ends = [f"{column}, {way}" for column, way in means.index]
axis.hlines(ends, means["test"], means["train"], color="grey", linewidth=1)
for number, side in enumerate(means):
    axis.plot(means[side], ends, "os"[number], color=PALETTE[number], label=side)
axis.invert_yaxis()
axis.set(xlabel="AUC", ylabel="column, encoding", title=finding("5.2-7b"))
axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
show(fig, alt="AUC in training and test for each encoding: apart if naive, alike if cross-fitted.")

# %% [markdown]
# A wide gap between training and test is the mark of this leak. Unlike the leaks before, it does
# not flatter the test: the test rows' codes are honest. It spoils the *model*, which leans on a
# column that means something else in training.
#
# Look at one-hot as well, the plain way. For the agent it is a good rival. For an id with few rows
# a level it overfits too: a weight for each level learns the labels of its rows by heart.
#
# **When it stops being true.** With many rows a level the own label drowns, and naive does little
# harm. And if users change their habits, even an honest code grows old.
#
# ### Exercise 5.2-e7: cross-fit a target encoding
#
# `categories`, `labels` and `folds` describe the training rows, `new` is a list of categories. The
# code of a level is (sum of its labels + `smooth` × prior) / (its rows + `smooth`), where the prior
# is the mean of all labels that may be used; it is also the code where that would divide by zero.
# For a training row only rows of *other* folds may be used, for a new one all. Return the codes of
# the training rows and those of `new`.


# %%
# exercise 5.2-e7
def te_crossfit(categories, labels, folds, smooth, new):
    """Return the codes of the training rows, and those of new categories."""
    return TODO


# %%
exercise("5.2-e7").check(te_crossfit)

# %% [markdown]
# ## Round 4: which features matter?
#
# Three common measures of **importance**:
#
# - **Impurity**: how much the splits of a forest on this feature sort the labels, in training. Free
#   of charge.
# - **Permutation**: shuffle the column in the test, and see how much score is lost.
# - **Drop-column**: train again without it. Honest, and slow.
#
# **SHAP values** do something else: they share out a single prediction among the features, each by
# its mean contribution over all orders in which features could be told to the model. A booking is
# given a chance of 0.5 where the mean is 0.3: it may get +0.25 for its lead time and −0.05 for a
# special request. The mean size of such values is used as an importance, too.
#
# ### Exercise 5.2-e8: permutation importance of a group
#
# `score(X)` scores a fitted model on a table, an array; higher is better. Shuffle all `columns`
# *together*: one new order of rows for all of them. Return the loss, the score of `X` minus that of
# the shuffled table, averaged over `repeats` shuffles. Randomness comes from `rng`, a numpy
# generator. `X` must be the same after the call.


# %%
# exercise 5.2-e8
def perm_imp(score, X, columns, repeats, rng):
    """Return how much score is lost when these columns are shuffled together."""
    return TODO


# %%
exercise("5.2-e8").check(perm_imp)

# %%
perm_imp = exercise("5.2-e8").use(perm_imp)
table = bookings[["lead_time", "adr", "arrival_date_week_number", "stays_in_week_nights",
                  "stays_in_weekend_nights", "total_of_special_requests", "adults",
                  "previous_cancellations", "is_repeated_guest"]]  # fmt: skip
groups = {"city hotel": ("hotel", "City Hotel"), "booked online": ("market_segment", "Online TA"),
          "single guest": ("customer_type", "Transient"),
          "no refund": ("deposit_type", "Non Refund")}  # fmt: skip
table = table.assign(**{name: bookings[a] == b for name, (a, b) in groups.items()}).astype(float)
predict("5.2-8", "Impurity of a column of noise, over that of 'booked online'?", guess=None)
predict("5.2-8b", "Beside copies, what share of its importance has the lead time?", guess=None)

# %% [markdown]
# To the thirteen real columns (`adr` is the price of a night) we add one of uniform noise. Then, in
# another forest, copies of the lead time. Black lines in the figure are standard deviations over
# the blocks.


# %%
def forest(X, y):
    return RandomForestClassifier(30, random_state=int(rng.integers(2**31))).fit(X, y)


rng = np.random.default_rng([seed, 6])
names, lead = [*table, "noise"], [0, *range(14, 14 + n_copies)]
impurities, losses, rows = [], [], []
for part in np.array_split(rng.permutation(len(table)), n_blocks):
    train, test = part[:3_000], part[3_000:6_000]
    X = np.column_stack([table.to_numpy(), rng.random(len(table))])
    plain = forest(X[train], canceled[train])
    score = auc_of(plain, canceled[test])
    impurities.append(plain.feature_importances_)
    losses.append([perm_imp(score, X[test], [c], 1, rng) for c in range(14)])
    without = auc_of(forest(X[train, 1:], canceled[train]), canceled[test])(X[test, 1:])
    rows.append({"shuffled": losses[-1][0], "left out": score(X[test]) - without})
    X = np.column_stack([X, *[X[:, 0]] * n_copies])
    copied = auc_of(forest(X[train], canceled[train]), canceled[test])
    rows[-1] |= {"beside copies": perm_imp(copied, X[test], [0], 2, rng),
                 "with copies": perm_imp(copied, X[test], lead, 2, rng)}  # fmt: skip
impurities, losses = (pd.DataFrame(x, columns=names) for x in (impurities, losses))
lost = pd.DataFrame(rows)

# %%
claim("5.2-8", "Impurity ranks a column of noise above whether a guest booked online",
      t_interval(impurities["noise"] / impurities["booked online"], unit="times"), above=1.0,
      means={"holds": "Impurity rewards many values: they can be split in many ways.",
             "fails": "Here the forest sees through the noise.",
             "undecided": "This run cannot tell which of the two it ranks higher."})  # fmt: skip
claim("5.2-8b",
      f"Beside {n_copies} copies, the lead time keeps less than half its permutation importance",
      bootstrap(lost["beside copies"], lost["shuffled"], statistic=share, paired=True, rng=rng),
      below=0.5, means={
      "holds": "The copies stand in while one of them is shuffled.",
      "fails": "The forest leans on it all the same.",
      "undecided": "This run cannot tell how much is left."})  # fmt: skip
print("AUC lost by the lead time", lost.mean().round(2).to_string(), sep="\n")
ranked = losses.mean().sort_values(ascending=False)
print(f"the four best columns have {ranked[:4].sum() / ranked.sum():.0%} of what all 14 lose")
print(f"noise has rank {impurities.mean().rank(ascending=False)['noise']:.0f} of 14 by impurity")

# %%
fig, (left, right) = subplots(1, 2, figsize=(9, 4.2), sharey=True)
for axis, found, label in ((left, impurities, "impurity"), (right, losses, "AUC lost")):
    shades = [PALETTE[name == "noise"] for name in ranked.index]
    found = found[ranked.index]
    axis.barh(found.columns, found.mean(), xerr=found.std(), color=shades)
    axis.set(xlabel=label, ylabel="feature")
left.invert_yaxis()
fig.suptitle(finding("5.2-8"))
show(fig, alt="Bars of 14 features: by impurity the noise is among the first, by shuffling not.")

# %% [markdown]
# Deep in a forest few rows are left, and some threshold in the noise sorts them by chance. That
# counts as impurity, since impurity is measured on the very rows that grew the tree. A yes-or-no
# column can be split once. Test rows do not fall for it: shuffling noise costs nothing.
#
# Permutation has its own blind spot: **correlated** columns stand in for each other. Shuffle them
# as a **group**, as you did. Drop-column sees what *only* this column tells, and shuffling can cost
# more than that: it also makes rows that cannot exist, and the forest was never trained for them.
#
# A few features carry most of the score. That makes a small model tempting: fewer columns to serve,
# to watch and to leak. Train it and compare before you decide.
#
# **When it stops being true.** All this describes a model, not the world. "Booked online" is
# important; closing the shop need not prevent a single cancellation, since the same guests might
# book by telephone. **Importance is not causality**, and a leak is the most important feature of
# all.
#
# ## Coverage
#
# A feature's **coverage** is the share of rows that have a value. A column with a low coverage may
# still tell much. But a coverage that differs between training and serving says that something has
# changed. A bank's calls to sell deposits show it: coverage of three columns, and deposits sold.

# %%
bank = datasets.load_bank_marketing()
year = 2008 + (pd.to_datetime(bank["month"], format="%b").dt.month.diff() < 0).cumsum()
known = {name: bank[name] != "unknown" for name in ("default", "education")}
known |= {"earlier contact": bank["pdays"] != 999, "deposit sold": bank["y"] == "yes"}
print(pd.DataFrame(known).groupby(year.rename("year")).mean().round(2))

# %% [markdown]
# More and more calls went to people whom the bank had called before, and they buy more often. So
# coverage is a good alarm. Does the *size* of a gap tell what it will cost? We train on bookings
# without gaps. In serving a share of one feature goes missing, each share equally likely, and the
# training median fills the gaps. We rank all these faults by the gap, and by the AUC they cost.

# %%
rng, faults = np.random.default_rng([seed, 7]), []
predict("5.2-8c", "Rank correlation of a gap in coverage with the AUC it costs?", guess=None)
for block, part in enumerate(np.array_split(rng.permutation(len(table)), n_blocks)):
    train, test = table.to_numpy()[part[:3_000]], table.to_numpy()[part[3_000:6_000]]
    model = make_pipeline(StandardScaler(), line).fit(train, canceled[part[:3_000]])
    score, median = auc_of(model, canceled[part[3_000:6_000]]), np.median(train, axis=0)
    whole = score(test)
    for column in range(13):
        weight = perm_imp(score, test, [column], 1, rng)
        for gap in (np.arange(6) + rng.random(6)) / 6:
            served = test.copy()
            served[rng.random(len(test)) < gap, column] = median[column]
            faults.append((block, gap, weight, gap * weight, whole - score(served)))
faults = pd.DataFrame(faults, columns=["block", "gap", "importance", "both", "cost"])

# %%
ranks = pd.DataFrame({by: [spearmanr(part[by], part["cost"]).statistic
                           for _, part in faults.groupby("block")]
                      for by in ("gap", "importance", "both")})  # fmt: skip
claim("5.2-8c", "The gap in coverage ranks faults by their cost: rank correlation above 0.5",
      t_interval(ranks["gap"]), above=0.5, means={
      "holds": "Who mends the widest gap first mends the dearest first.",
      "fails": "A wide gap in a feature of no importance costs nothing.",
      "undecided": "This run cannot tell whether gaps rank the faults so well."})  # fmt: skip
print("rank correlation with the cost", ranks.mean().round(2).to_string(), sep="\n")

# %% [markdown]
# Watch coverage to learn *that* something changed, and weigh it with importance to learn what it
# costs. A model is only fit for data that come about in the same way.
#
# ## Turn the knob
#
# We ran this notebook with four sizes of the levels that say nothing, and three seeds: `mlsd sweep
# 5.2b -p n_per_level=2,5,20,100 -p seed=0:3`. Look where naive encoding becomes harmless.

# %%
swept = sweep.load("published/5.2b-n_per_level")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("5.2-7b"), alt=swept.alt("5.2-7b"))

# %% [markdown]
# So: let every step that learns live inside the folds, above all those that read labels. Ask of
# each column when it is known, and of each pair of rows what they share. Split as the use will.
# Rank features on rows that were not trained on, in groups, and believe no ranking about causes.
#
# ## Quiz

# %%
quiz("5.2-q6", choice=None)

# %%
quiz("5.2-q7", choice=None)

# %%
quiz("5.2-q8", choice=None)

# %%
quiz("5.2-q9", choice=None)

# %%
quiz("5.2-q10", choice=None)

# %%
quiz("5.2-q11", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Kaufman and others (2012), *Leakage in data mining*; Kapoor and Narayanan (2023),
# *Leakage and the reproducibility crisis in machine-learning-based science*; Micci-Barreca (2001),
# *A preprocessing scheme for high-cardinality categorical attributes*; Strobl and others (2007),
# *Bias in random forest variable importance measures*; López de Prado (2018), *Advances in
# financial machine learning*, chapter 7.
#
# **Next.** Chapter 6, models and how to judge them.
