# %% [markdown]
# # 5.2a Feature operations
#
# **Core question.** Which operations on features pay, and which only sound right?
#
# **Time** 45 minutes · **Builds on** [0 How we test](00_how_we_test.ipynb)
#
# You will be able to
#
# - name the mechanism behind missing values, and fill them (claims 5.2-1 to 5.2-1c, exercise
#   5.2-e1)
# - say which models need scaled features, and which scaler survives a wrong value (claims 5.2-2,
#   5.2-2b, exercise 5.2-e2)
# - encode categories, cycles and positions, and say when a cross pays (claims 5.2-3 to 5.2-3c,
#   exercise 5.2-e3)
# - hash a large vocabulary, and say what its collisions cost (claim 5.2-4, exercise 5.2-e4)

# %% tags=["parameters"]
seed: int = 0  # which rows are drawn, hidden and mistyped [0, 1_000_000]
mechanism: str = "MNAR"  # why values are missing {MCAR, MAR, MNAR}
rate: float = 0.4  # how many values are missing, roughly [0.05, 0.55]
model: str = "knn"  # what is trained on scaled wines {knn, svm, logistic, tree}
encoding: str = "sin_cos"  # what is compared with the hour as a number {sin_cos, one_hot, bins}
buckets: int = 8_192  # bins for the words of headlines [64, 65_536]
n_blocks: int = 10  # disjoint blocks of rows, a model each [4, 12] quick 4
n_flights: int = 80_000  # flights for a cross that has many [8_000, 80_000] quick 8_000

# %%
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_wine
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, LogisticRegressionCV
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, MinMaxScaler
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from mlsdlib import datasets, features
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval
from mlsdlib.evaluation import corrected_resampled_t

begin("5.2a", seed=seed, mechanism=mechanism, rate=rate, model=model, encoding=encoding,
      buckets=buckets, n_blocks=n_blocks, n_flights=n_flights)  # fmt: skip


# %% [markdown]
# Between raw data and a model stands a row of small operations: fill gaps, scale, cut into bins,
# encode, cross, hash. Each has its folklore. We try each on real data, and next to doing nothing.
#
# ## Round 1: why is it missing?
#
# A hotel wants to know which bookings will be cancelled. An important feature is the *lead time*:
# the days between booking and arrival. Suppose some lead times are missing. Before you fill them,
# ask why. There are three **mechanisms**.
#
# - **MCAR**, missing completely at random. A disk failed. The gaps have nothing to do with
#   anything.
# - **MAR**, missing at random, given what else is known. The form for long stays forgot to ask.
#   The length of the stay tells where the gaps are, and it is in the table.
# - **MNAR**, missing not at random. The system drops *long* lead times. The gap depends on the
#   very value that you cannot see.
#
# You can refute MCAR: compare the other columns of rows with a gap and rows without. But from the
# data alone nobody can tell MAR from MNAR: the evidence is what is missing. So we take bookings
# whose lead times we know, and hide some ourselves. Where its reason applies, a gap is nine times
# as likely as elsewhere.
#
# Exact copies of a booking are removed first. The rest is dealt into blocks at random, and no
# booking is in two. Half of a block trains a logistic regression, the other half tests it. So an
# interval speaks of other bookings of these hotels, not of other hotels.

# %%
hotel = datasets.load_hotel_bookings().drop_duplicates()
canceled = hotel["is_canceled"].to_numpy()
bookings = hotel[["lead_time", "stays_in_week_nights", "total_of_special_requests",
                  "adr"]].to_numpy(float)  # fmt: skip
middle = np.median(bookings[:, 0])


def auc(model, X, y):
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


def whiskers(axis, x, found, **style):
    ends = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    axis.errorbar(x, [e.value for e in found], ends, capsize=3, **style)


def hide(rows, why, rng, turn=1):
    likely = {"MCAR": np.zeros(len(rows)), "MAR": np.where(rows[:, 1] > 2, 1, -1),
              "MNAR": np.where(rows[:, 0] > middle, 1, -1)}[why]  # fmt: skip
    return rng.random(len(rows)) < rate * (1 + 0.8 * turn * likely)


# %% [markdown]
# What can be done about a gap?
#
# - **Drop** the row, in training. In serving you cannot: an answer is needed for every booking.
#   Or drop the column, if little of it is there.
# - **Impute**: fill in a likely value, such as the median of the known ones. The median comes from
#   the training rows and is kept with the model.
# - Impute, and add an **indicator**: one more column that says "it was missing".
# - Impute from the other columns, by a group's mean or a regression (`IterativeImputer`,
#   `KNNImputer`). Doing so several times, with chance in it, is *multiple imputation*.
# - Fill in a value that cannot occur, such as −1. A tree can split it off. A linear model takes it
#   for a very short lead time.
# - Leave it: some ensembles of trees learn at each split to which side the gaps go
#   (`HistGradientBoostingClassifier`).
#
# We try the first three, beside a table in which nothing is missing.


# %%
def gaps(part, why, rng):
    rows, y = bookings[part].copy(), canceled[part]
    whole, turned, truth = rows.copy(), rows.copy(), rows[:, 0].mean()
    rows[hide(rows, why, rng), 0] = np.nan
    turned[hide(whole, why, rng, turn=-1), 0] = np.nan
    long, known = rows[:, 1] > 2, ~np.isnan(rows[:, 0])
    weighted = sum(side.mean() * rows[side & known, 0].mean() for side in (long, ~long))
    found = {"mean": rows[known, 0].mean() / truth, "weighted": weighted / truth}
    train, test = np.array_split(np.arange(len(y)), 2)
    for name, table, keep, add in (("nothing missing", whole, train, False),
                                   ("drop rows", rows, train[known[train]], False),
                                   ("median", rows, train, False),
                                   ("indicator", rows, train, True)):  # fmt: skip
        fitted = make_pipeline(SimpleImputer(strategy="median", add_indicator=add),
                               StandardScaler(), LogisticRegression())  # fmt: skip
        fitted.fit(table[keep], y[keep])
        found[name] = auc(fitted, table[test], y[test])
        found[f"{name}, turned"] = auc(fitted, turned[test], y[test])
    return found


predict("5.2-1", "The mean of the known lead times, as a share of the true mean?", guess=None)
predict("5.2-1b", "How much AUC does the indicator gain over the median alone?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
blocks = np.array_split(rng.permutation(len(bookings)), n_blocks)
found = {why: pd.DataFrame([gaps(part, why, rng) for part in blocks])
         for why in ("MCAR", "MAR", "MNAR")}  # fmt: skip
here = found[mechanism]
claim("5.2-1",
      f"With gaps that are {mechanism}, the mean of the known values is below 0.9 of the truth",
      t_interval(here["mean"]), below=0.9, means={
      "holds": "Who drops the rows with gaps reports a wrong mean.",
      "fails": "With this mechanism and rate the known values stand for all quite well.",
      "undecided": "This run cannot tell whether the mean is off by a tenth."})  # fmt: skip
claim("5.2-1b",
      f"With gaps that are {mechanism}, an indicator gains more than 0.01 of AUC over the median",
      t_interval(here["indicator"] - here["median"]), above=0.01, means={
      "holds": "That a value is missing tells something about it.",
      "fails": "The indicator adds too little here to be worth a column.",
      "undecided": "This run cannot tell whether the indicator gains a hundredth."})  # fmt: skip

# %%
for why, table in found.items():
    print(f"{why:<4} mean of the known {table['mean'].mean():4.0%} of the truth, weighted by "
          f"length of stay {table['weighted'].mean():4.0%}")  # fmt: skip
fig, axis = subplots(figsize=(7, 3.4))
for number, way in enumerate(["drop rows", "median", "indicator"]):
    whiskers(axis, np.arange(3) + 0.16 * (number - 1),
             [t_interval(table["nothing missing"] - table[way]) for table in found.values()],
             color=PALETTE[number], fmt="os^"[number], label=way)  # fmt: skip
axis.axhline(0, color="black", linewidth=1, linestyle=":")
axis.set_xticks(range(3), found)
axis.set(xlabel="mechanism (dotted: no gaps)", ylabel="AUC lost", title=finding("5.2-1b"))
axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
show(fig, alt="AUC lost to the gaps, with intervals, for each mechanism and each of three ways to "
     "treat gaps. Under MCAR all lose alike, under MNAR the indicator loses least.")  # fmt: skip

# %% [markdown]
# Look at the two means. Under MAR the length of the stay explains the gaps: count each group with
# its true share, and the mean is right again. Under MNAR such weights hardly help, since the
# reason for the gap is not in the table. There the gap itself is information, and the indicator
# hands it to the model. Dropping rows throws it away.
#
# **When it stops being true.** The indicator learns how gaps come about *today*. Say the system is
# repaired, and another bug now drops the *short* lead times. The model still reads a gap as "long".

# %%
predict("5.2-1c", "How much AUC does the indicator then lose against the median?", guess=None)

# %%
claim("5.2-1c",
      f"If gaps that were {mechanism} turn round, the indicator costs more than 0.01 of AUC",
      t_interval(here["median, turned"] - here["indicator, turned"]), above=0.01, means={
      "holds": "What an indicator learns is a habit of the system, and habits change.",
      "fails": "With this mechanism the change costs little or nothing.",
      "undecided": "This run cannot tell whether the change costs a hundredth."})  # fmt: skip

# %% [markdown]
# So watch the share of missing values in serving as you watch any feature. It need not change,
# though: here about as many are missing as before. Watch also how often the rows with a gap turn
# out to be cancelled.
#
# ### Exercise 5.2-e1: an imputer
#
# `fit(rows)` gets a list of rows, each a list of numbers or `None`. It learns the median of the
# known values of each column. If none is known, it learns 0. `transform(rows)` returns new rows:
# first the values, each `None` replaced by what `fit` learnt; then, for each column, 1 if the
# value was missing and 0 if not. The width must not depend on where the gaps happen to be.


# %%
# exercise 5.2-e1
class Imputer:
    """Fill gaps with the medians of training, and mark where they were."""

    def fit(self, rows):
        return self

    def transform(self, rows):
        return TODO


# %%
exercise("5.2-e1").check(Imputer)

# %% [markdown]
# ## Round 2: scale
#
# In a table of wines, alcohol is a number near 13 and proline, an amino acid, one near 750. Which
# of two wines is *near* a third? In raw numbers proline decides alone. **Scaling** brings features
# to one size:
#
# - **standard**: subtract the mean, divide by the standard deviation
# - **min–max**: the least becomes 0, the greatest 1
# - **robust**: subtract the median, divide by the distance between the quartiles
# - **log**: for positive values with a long tail; then one of the others
#
# Nearest neighbours (kNN) and support vector machines (SVM) measure distances. Logistic regression
# does not, but its penalty on large weights depends on the unit: a feature in small numbers needs a
# large weight. Gradient descent, which trains neural networks, takes one step size for all weights
# and crawls where the features differ much. A tree only asks whether a value is above a threshold,
# and any increasing map keeps the order.
#
# The wines are few, so the random splits share most of them. The interval below allows for that
# (Nadeau and Bengio's correction).

# %%
wines, kind = load_wine(return_X_y=True)
rng = np.random.default_rng([seed, 2])
drawn = StratifiedShuffleSplit(15, test_size=0.3, random_state=int(rng.integers(2**31)))
splits = list(drawn.split(wines, kind))
models = {"knn": KNeighborsClassifier(5), "svm": SVC(),
          "logistic": LogisticRegression(solver="newton-cholesky"),
          "tree": DecisionTreeClassifier(min_samples_leaf=3, random_state=0)}  # fmt: skip


def accuracies(estimator):
    return np.array([estimator.fit(wines[a], kind[a]).score(wines[b], kind[b]) for a, b in splits])


predict("5.2-2", "How much accuracy does kNN gain when features are scaled?", guess=None)

# %%
raw = {name: accuracies(estimator) for name, estimator in models.items()}
scaled = {name: accuracies(make_pipeline(StandardScaler(), estimator))
          for name, estimator in models.items()}  # fmt: skip
claim("5.2-2", f"Scaling the features raises the accuracy of {model} on wines by more than 0.05",
      corrected_resampled_t(scaled[model] - raw[model], *map(len, splits[0])).difference,
      above=0.05, means={
      "holds": f"What {model} learns depends on the units of its features.",
      "fails": f"For {model} the units hardly matter here.",
      "undecided": "With so few wines this run cannot tell."})  # fmt: skip
for name in models:
    print(f"{name:<8} accuracy {raw[name].mean():.2f} raw, {scaled[name].mean():.2f} scaled")

# %% [markdown]
# **When it stops being true.** A tree asks for no scaler; set `model` to see its verdict.
#
# Which scaler, then? Back to the hotel: in each block a kNN learns from 1,500 bookings and is
# tested on as many others. Then one clerk types the date into the field of the lead time, in *one*
# training row.

# %%
predict("5.2-2b", "How much AUC does one mistyped value cost kNN with min–max?", guess=None)
logs = FunctionTransformer(lambda table: np.log1p(np.clip(table, 0, None)))
scalers = {"none": "passthrough", "min-max": MinMaxScaler(), "standard": StandardScaler(),
           "robust": RobustScaler(), "log": make_pipeline(logs, StandardScaler())}  # fmt: skip
rng = np.random.default_rng([seed, 3])
rows = []
for part in np.array_split(rng.permutation(len(bookings)), n_blocks):
    train, test = part[:1_500], part[1_500:3_000]
    mistyped = bookings[train].copy()
    mistyped[rng.integers(len(train)), 0] = 20_160_131
    row = {}
    for name, scaler in scalers.items():
        for state, table in (("clean", bookings[train]), ("mistyped", mistyped)):
            fitted = make_pipeline(scaler, KNeighborsClassifier(25)).fit(table, canceled[train])
            row[name, state] = auc(fitted, bookings[test], canceled[test])
    rows.append(row)
neighbours = pd.DataFrame(rows)

# %%
claim("5.2-2b",
      "With min–max scaling, one mistyped value among 1,500 costs kNN more than 0.02 of AUC",
      t_interval(neighbours["min-max", "clean"] - neighbours["min-max", "mistyped"]),
      above=0.02, means={
      "holds": "One value sets the range, and all others of its column fall on one point.",
      "fails": "The other columns nearly make up for the one that is lost.",
      "undecided": "This run cannot tell whether the value costs so much."})  # fmt: skip
for name in scalers:
    clean, bad = neighbours[name, "clean"].mean(), neighbours[name, "mistyped"].mean()
    print(f"{name:<9} AUC {clean:.2f} clean, {bad:.2f} with the mistyped value")

# %% [markdown]
# The greatest value and the standard deviation both follow a single row. Quartiles do not, and the
# logarithm shrinks it. Without a scaler the row is far from all others, and nothing else moves: it
# is the scaler that hands the damage on to the whole column. But a robust scaler only *survives*
# the value; a check on the range of the input would have found it.
#
# Whatever a scaler learns, it learns from training rows alone, and serving uses the same numbers.
# A service that scales each request by itself gives one booking two different features.
#
# ### Exercise 5.2-e2: a robust scaler
#
# `fit(values)` learns the median and the quartiles, as `numpy.percentile` gives them. `transform`
# returns for each value its distance from the median, divided by the distance between the
# quartiles. If that is 0, divide by 1.


# %%
# exercise 5.2-e2
class Scaler:
    """Scale by the median and the quartiles of training."""

    def fit(self, values):
        return self

    def transform(self, values):
        return TODO


# %%
exercise("5.2-e2").check(Scaler)

# %% [markdown]
# ## Round 3: discretise, encode, cross
#
# A flight leaves New York. Will it arrive more than a quarter of an hour late? The features are
# the carrier, a **category**, and the planned hour of departure. Flights that never arrived have no
# delay and are left out: a gap in the label, and hardly a random one.
#
# A linear model needs numbers. **Ordinal** encoding gives each carrier a number, by default in
# alphabetical order, and a linear model believes that the order means something. For sizes it does,
# if you state it: the alphabet says L, M, S. To trees a wrong order does less harm, since they can
# cut it into pieces. **One-hot** encoding gives each carrier a column of its own. Each row has a
# single one in these columns, so any of them follows from the others. Without a penalty you would
# drop one; with a penalty all may stay.
#
# And new values come: in serving, or just in another sample. An encoder must know what to do.

# %%
flights = datasets.load_flights(columns=["month", "carrier", "dest", "hour", "arr_delay"]).dropna()
late = (flights["arr_delay"] > 15).to_numpy()
spring = flights["month"] <= 3
new = ~flights["dest"].isin(flights.loc[spring, "dest"].unique())
encoder = OneHotEncoder(handle_unknown="ignore").fit(flights.loc[spring, ["dest"]])
unseen = flights.loc[new, ["dest"]]
print(f"{unseen['dest'].nunique()} destinations, with {new.sum()} flights, appear after March; "
      f"ones in their rows: {encoder.transform(unseen).sum():.0f}")  # fmt: skip

# %% [markdown]
# By default the encoder raises an error at such a value: good in a test, bad at night. `"ignore"`
# gives a row of zeros. Or rare and new values share one column, `"infrequent_if_exist"`.
#
# The hour offers more choice.
#
# - As a number, 23 is far from 0. **Cyclical** encoding puts hours on a circle: the sine and the
#   cosine of the angle. It takes both, since each alone has the same value at two hours.
# - **Discretisation** cuts hours into bins, here three with equally many flights; bins of equal
#   width are the other common choice. The edges are learnt from training rows. Within a bin all
#   hours are equal, and two neighbours on either side of an edge are strangers.
# - One-hot hours may have any shape.
#
# A **cross** makes one category of two: `UA|17`. A linear model adds up "United" and "five
# o'clock". The cross has a weight for United *at* five. We also plant a label that needs it: late
# is either a group of carriers, or the afternoon, but not both (XOR), apart from some noise.
#
# A cross brings hundreds of weights, and needs a stronger penalty than two short columns do. To be
# fair, both sides choose theirs by cross-validation on their training rows
# (`LogisticRegressionCV`). One more arm has the cross and the default penalty.


# %%
one_hot = OneHotEncoder(handle_unknown="ignore")
codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
bins = KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf")
tuned = LogisticRegressionCV(Cs=[0.01, 0.1, 1], cv=3, scoring="roc_auc", l1_ratios=(0,),
                             use_legacy_attributes=False)  # fmt: skip
pair = ["carrier", "hour"]
both = [(one_hot, pair), (make_pipeline(features.HashedCross(4_096), one_hot), pair)]
recipes = {"number": [(StandardScaler(), ["hour"])], "one_hot": [(one_hot, ["hour"])],
           "sin_cos": [(features.CyclicalEncoder(24), ["hour"])], "bins": [(bins, ["hour"])],
           "carrier, ordinal": [(codes, ["carrier"])],
           "carrier, one-hot": [(one_hot, ["carrier"])],
           "side by side": both[:1], "with cross": both,
           "cross, default penalty": both}  # fmt: skip
recipes = {name: make_pipeline(make_column_transformer(*steps), tuned
                               if name in ("side by side", "with cross") else LogisticRegression())
           for name, steps in recipes.items()}  # fmt: skip


def tried(name, train, test, y=late):
    fitted = recipes[name].fit(flights.iloc[train], y[train])
    return auc(fitted, flights.iloc[test], y[test])


predict("5.2-3", f"How much AUC does {encoding} gain over the plain hour?", guess=None)
predict("5.2-3b", "And the cross of carrier and hour over both side by side?", guess=None)
predict("5.2-3c", "And the cross where the label is the planted XOR?", guess=None)

# %%
rng = np.random.default_rng([seed, 4])
planted = (flights["carrier"].isin(["UA", "B6", "DL"]) ^ (flights["hour"] >= 13)).to_numpy()
planted = planted ^ (rng.random(len(flights)) < 0.2)
shuffled = rng.permutation(len(flights))
rows = []
for part in np.array_split(shuffled, n_blocks):
    train, test = part[:6_000], part[6_000:16_000]
    row = {name: tried(name, train, test) for name in recipes}
    for name in ("side by side", "with cross"):
        row[f"planted, {name}"] = tried(name, train, test, planted)
    rows.append(row)
encoded = pd.DataFrame(rows)

# %%
claim("5.2-3",
      f"Encoding the hour by {encoding} gains more than 0.005 of AUC over the plain number",
      t_interval(encoded[encoding] - encoded["number"]), above=0.005, means={
      "holds": "The hour acts in a shape that a straight line misses.",
      "fails": "A straight line does about as well here, or better.",
      "undecided": "This run cannot tell whether the encoding gains so much."})  # fmt: skip
claim("5.2-3b",
      "Crossing carrier and hour gains more than 0.005 of AUC over having them side by side",
      t_interval(encoded["with cross"] - encoded["side by side"]), above=0.005, means={
      "holds": "Carriers differ in how their delays grow over the day.",
      "fails": "The new weights find little to learn, or have too few flights to learn it from.",
      "undecided": "This run cannot tell whether the cross gains so much."})  # fmt: skip
claim("5.2-3c",
      "Where the label is the XOR of carrier group and time of day, the cross gains more than 0.05",
      t_interval(encoded["planted, with cross"] - encoded["planted, side by side"]),
      above=0.05, means={
      "holds": "A real interaction is invisible to a sum, and plain to a cross.",
      "fails": "The sum of both effects nearly finds what was planted.",
      "undecided": "This run cannot tell whether the cross finds what was planted."})  # fmt: skip
for name, value in encoded.mean().items():
    print(f"AUC {name:<22} {value:.3f}")

# %% [markdown]
# Look at the carrier first: as a number in alphabetical order it says next to nothing, with a
# column each it says something.
#
# The hour is another matter. Delays pile up from morning to late evening, and hardly a plane leaves
# at night. A straight line fits that, and there is no midnight to join. One wave must have its best
# hour half a day from its worst and be back a day later, which is not what delays do. Three bins
# throw away what differs within them.
#
# The cross did not pay, although carriers do differ. With the default penalty it even does harm:
# hundreds of new weights learn the noise of a few flights each. So whoever widens a table chooses
# the penalty anew. But a stronger penalty keeps the small truths down as well as the noise. More
# rows would tell them apart. Three separate sets of each size:

# %%
test = shuffled[-60_000:]
for n in (n_flights // 100, n_flights // 10, n_flights):
    gains = [tried("with cross", train, test) - tried("side by side", train, test)
             for train in shuffled[: 3 * n].reshape(3, n)]  # fmt: skip
    print(f"{n:>6,} flights: the cross gains from {min(gains):+.3f} to {max(gains):+.3f} of AUC")

# %% [markdown]
# **When it stops being true.** With many rows the cross costs nothing any more, and a weak
# interaction begins to show. A tree finds crosses by itself: it splits by carrier, and below that
# by hour. Only for a pure XOR its first split is blind: neither feature alone seems to matter.
#
# These blocks were drawn at random from one year, and flights of one day share its weather. So the
# intervals speak of other flights of the same days, not of next year.
#
# Now a place where cycles matter: bicycles on a bridge in Seattle, each hour of a working day. One
# sine has one hill and one valley. The day has two hills. Add waves of half a day, of a third and
# so on, and a few columns come near to one-hot. Each further wave can bend faster. (A tree needs
# no circle. It cuts the hour into bins itself.)

# %%
bridge = datasets.load_fremont_bridge().drop_duplicates("date").dropna()
bridge = bridge[(bridge["date"].dt.year == 2018) & (bridge["date"].dt.day_of_week < 5)]
hour, count = bridge["date"].dt.hour.to_numpy(), bridge["total"].to_numpy()
column = hour[:, None]
waves = [features.CyclicalEncoder(24 / k).fit_transform(column) for k in range(1, 7)]
shapes = {"number": column, "1 wave": waves[0], "6 waves": np.hstack(waves),
          "one-hot": one_hot.fit_transform(column).toarray()}  # fmt: skip
held_out = np.random.default_rng([seed, 5]).random(53)[bridge["date"].dt.day_of_year // 7] < 0.3
fig, axis = subplots(figsize=(7, 3.4))
for number, (name, table) in enumerate(shapes.items()):
    fitted = LinearRegression().fit(table[~held_out], count[~held_out])
    print(f"{name:<8} {table.shape[1]:>2} columns, R² in weeks held out "
          f"{fitted.score(table[held_out], count[held_out]):.2f}")  # fmt: skip
    line = pd.Series(fitted.predict(table)).groupby(hour).first()
    axis.plot(line, color=PALETTE[number], linestyle=["-", "--", "-.", ":"][number], label=name)
axis.set(xlabel="hour of a working day", ylabel="bicycles an hour", xticks=range(0, 24, 3),
         title="One wave has one hill; the day has two")  # fmt: skip
axis.legend(loc="upper left")
show(fig, alt="Fitted bicycles against the hour. A straight line and one wave miss both rush "
     "hours, six waves and one-hot show them.")  # fmt: skip

# %% [markdown]
# The same idea encodes **positions**, of a word in a sentence or of an event in a session. There
# is no period, so **sinusoidal embedding** takes many waves, each longer than the one before. Short
# ones tell neighbours apart, long ones near from far. How alike two positions are depends on their
# distance only:

# %%
place = features.sinusoidal_embedding(np.arange(200), 32)
for distance in (0, 1, 5, 50):
    alike = [place[start] @ place[start + distance] / 16 for start in (10, 100)]
    print(f"distance {distance:>2}: alike {alike[0]:.2f} from position 10, {alike[1]:.2f} from 100")

# %% [markdown]
# The other way is a **learned position**: a table with one vector for each position, trained like
# all weights. It is what a linear layer does to a one-hot position. It takes any shape that data
# ask for, but has no row for a position beyond the longest sequence of training. Sines exist
# everywhere, though a model need not have learnt to read them there. Nor need positions be whole
# numbers: waves also encode coordinates, under the name of *Fourier features*.
#
# ### Exercise 5.2-e3: hash a cross
#
# `a` and `b` are strings or `None`. Return a bin for the pair. Bin 0 is kept for pairs with a
# `None`; all others get a whole number from 1 to `n_bins - 1` (`n_bins` is at least 2). The bin
# must be the same in every process. Different pairs must be hashed as different texts: `("ab",
# "c")` is not `("a", "bc")`, and no separator may be trusted to be absent from a value. All bins
# must be used about equally. The function `zlib.crc32` hashes bytes.


# %%
# exercise 5.2-e3
def cross_hash(a, b, n_bins):
    """Return the bin of a pair of values, the same in every process."""
    return TODO


# %%
exercise("5.2-e3").check(cross_hash)

# %% [markdown]
# ## Round 4: hashing
#
# One-hot needs a vocabulary: a table of all values, kept, versioned and shipped. With users, URLs
# or words it grows without end. **Hashing** needs none. A hash function turns a value into a
# number, and its remainder is the column. New values have columns, too. The price: two values may
# share one, a **collision**, and then share a weight. And no column can tell you its value.
#
# The values are the words of headlines, which are clickbait or not. Word counts follow Zipf's law:
# a few words are everywhere, most appear once or twice. In each block, 2,000 headlines train a
# model and the rest test it. Which words collide is luck, so each block has a hash function of its
# own: the interval speaks of other headlines *and* other hash functions.

# %%
headlines = datasets.load_clickbait()
clickbait = headlines["clickbait"].to_numpy()
counter = CountVectorizer()
counts = counter.fit_transform(headlines["headline"])
words = counter.get_feature_names_out()
print(f"{len(words):,} words, {(counts.sum(axis=0) <= 2).mean():.0%} of them at most twice")


def columns_of_words(n_bins, hash_seed):
    pairs = (np.arange(len(words)), features.hash_index(words, n_bins, seed=hash_seed))
    return sparse.csr_array((np.ones(len(words)), pairs), shape=(len(words), n_bins))


predict("5.2-4", "The loss with hashed words, over that with the full vocabulary?", guess=None)

# %%
rng = np.random.default_rng([seed, 6])
parts = np.array_split(rng.permutation(len(clickbait)), n_blocks)
hash_seeds = rng.integers(2**32, size=n_blocks).tolist()


def losses(n_bins=None):
    found = []
    for part, hash_seed in zip(parts, hash_seeds, strict=True):
        table = counts[part] @ columns_of_words(n_bins, hash_seed) if n_bins else counts[part]
        fitted = LogisticRegression().fit(table[:2_000], clickbait[part[:2_000]])
        found.append(log_loss(clickbait[part[2_000:]], fitted.predict_proba(table[2_000:])[:, 1]))
    return np.array(found)


full = losses()
costs = {n: t_interval(losses(n) / full) for n in {256, 1_024, 4_096, 16_384, buckets}}
claim("5.2-4",
      f"With {buckets:,} bins for all words, the log loss is below 1.1 times that of a vocabulary",
      costs[buckets], below=1.1, means={
      "holds": "Collisions are mild: most words that collide are rare.",
      "fails": "With so few bins, words that matter share their weights.",
      "undecided": "This run cannot tell whether hashing costs a tenth."})  # fmt: skip
shared = len(words) - len(np.unique(features.hash_index(words, buckets, seed=hash_seeds[0])))
print(f"words in a bin that another word had first: {shared:,}, expected "
      f"{features.expected_collisions(len(words), buckets):,.0f}")  # fmt: skip

# %%
fig, axis = subplots(figsize=(6, 3.4))
whiskers(axis, [len(words) / n for n in sorted(costs)], [costs[n] for n in sorted(costs)],
         color=PALETTE[0], marker="o")  # fmt: skip
axis.axhline(1.1, color="black", linewidth=1, linestyle=":")
axis.set(xscale="log", xlabel="words for each bin (dotted: threshold)", title=finding("5.2-4"),
         ylabel="log loss over that of a vocabulary")  # fmt: skip
axis.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
show(fig, alt="The relative log loss rises with the number of words for each bin on a log axis: "
     "slowly up to a few words for each bin, then steeply.")  # fmt: skip

# %% [markdown]
# Two words in a bin hurt if both are frequent and mean opposite things. Among many rare words that
# seldom happens. (scikit-learn's `FeatureHasher` also lets the hash choose a sign for each value.
# Sums of colliding values then cancel on average, instead of piling up.)
#
# **When it stops being true.** With *few* values all are frequent. Do not hash the carriers: a
# vocabulary of them is short. And never use Python's own `hash`. It is salted afresh in each
# process, so the service would read other weights than training wrote. The check of exercise
# 5.2-e3 runs your function with two salts.

# %%
carriers = flights["carrier"].unique()
n = len(carriers)
print(f"{n} carriers in {n} bins use {len(np.unique(features.hash_index(carriers, n)))} bins, "
      f"{features.expected_collisions(n, n):.1f} collisions expected")  # fmt: skip

# %% [markdown]
# ### Exercise 5.2-e4: how many collisions?
#
# `n` different values are hashed into `n_bins` bins, each equally likely. How many values do you
# expect to find a bin that another value has already taken? Return the number: `n` minus the
# expected number of bins in use.


# %%
# exercise 5.2-e4
def expected_collisions(n, n_bins):
    """Return how many of n values are expected in a bin that is taken already."""
    return TODO


# %%
exercise("5.2-e4").check(expected_collisions)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with three numbers of bins and three seeds: `mlsd sweep 5.2a -p
# buckets=256,2048,16384 -p seed=0:3`. Look where the loss comes down to the threshold, and compare
# with the number of words.

# %%
swept = sweep.load("published/5.2a-buckets")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("5.2-4"), alt=swept.alt("5.2-4"))

# %% [markdown]
# So: ask why a value is missing before you fill it. Scale for models that measure distances, with
# numbers from training. Encode by the shape that the data have, not by the shape of the clock.
# Cross where an interaction is real and rows are many. Hash what has no end.
#
# ## Quiz

# %%
quiz("5.2-q1", choice=None)

# %%
quiz("5.2-q2", choice=None)

# %%
quiz("5.2-q3", choice=None)

# %%
quiz("5.2-q4", choice=None)

# %%
quiz("5.2-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Rubin (1976), *Inference and missing data*; Weinberger and others (2009), *Feature
# hashing for large scale multitask learning*; Vaswani and others (2017), *Attention is all you
# need*, section 3.5; Zheng and Casari (2018), *Feature engineering for machine learning*.
#
# **Next.** 5.2b, leakage and importance.
