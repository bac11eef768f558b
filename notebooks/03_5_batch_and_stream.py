# %% [markdown]
# # 3.5 Batch and stream processing
#
# **Core question.** When must features be computed as data arrive, and what does that cost?
#
# **Time** 60 minutes · **Builds on** [3.4 Dataflow](03_4_dataflow.ipynb)
#
# You will be able to
#
# - say how much a feature loses by being old (claims 3.5-1, 3.5-1b, exercise 3.5-e1)
# - keep an aggregate up to date without computing it again (claims 3.5-2, 3.5-2b, exercise 3.5-e2)
# - choose a window and a watermark for data that come late (claims 3.5-3, 3.5-3b, exercise 3.5-e3)
# - join batch and stream features in one model, and find where their code disagrees (claims 3.5-4
#   to 3.5-4c, exercise 3.5-e4)

# %% tags=["parameters"]
seed: int = 0  # which weeks, months and moments are drawn [0, 1_000_000]
stale_h: int = 3  # age of a feature, in hours [2, 12]
window_days: int = 30  # days over which rides are counted [2, 90]
lateness_min: int = 60  # how long a window waits for late rides, in minutes [0, 600]
repeats: int = 10  # models that are trained in the last round [5, 40] quick 5

# %%
import duckdb
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score

from mlsdlib import datasets, streaming
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson
from mlsdlib.timing import time_ratio

begin("3.5", seed=seed, stale_h=stale_h, window_days=window_days, lateness_min=lateness_min,
      repeats=repeats)  # fmt: skip

# %% [markdown]
# Data that lie in a database, a lake or a warehouse are **historical**. **Batch processing** works
# through them now and then, say each night. It suits features that change slowly, such as the mean
# rating of a driver: **static features**. The tools are SQL, or for many machines MapReduce and
# Spark.
#
# Data that keep coming through a broker are **streaming**. **Stream processing** computes with
# them as they arrive, or every few minutes. It suits features that change fast, such as the number
# of drivers who are free right now: **dynamic features**. The tools are Apache Flink, KSQL and
# Spark Streaming. Kafka itself can compute, too, on what flows through it. Flink and KSQL are
# popular since a stream can be queried in SQL.
#
# A stream can be spread over many machines by its keys, as a batch can. It is more work all the
# same, as we shall see. So what is it worth?
#
# ## Round 1: how old may a feature be?
#
# A counter on a bridge in Seattle has counted bicycles each hour for years. A model needs the
# present count. A stream would deliver that of the last hour. A batch job delivers older ones. We
# draw weeks and measure how far an old count is off: the **mean absolute error**, MAE.

# %%
bridge = datasets.load_fremont_bridge().groupby("date")["total"].first().asfreq("h").to_numpy()
rng = np.random.default_rng([seed, 1])
weeks = rng.choice(np.arange(60, 300), 40, replace=False) * 168


def error(lag):
    """The mean absolute error in each drawn week of the counts of so many hours before."""
    return np.array([np.nanmean(np.abs(bridge[w : w + 168] - bridge[w - lag : w - lag + 168]))
                     for w in weeks])  # fmt: skip


# %%
predict("3.5-1", "How many times further off is a count of 3 hours ago than the last?", guess=None)
predict("3.5-1b", "And one of a week ago, as a multiple of the one of 3 hours ago?", guess=None)

# %%
claim(
    "3.5-1",
    f"A count that is {stale_h} hours old is more than 2 times as far off as one of an hour ago",
    t_interval(error(stale_h) / error(1), unit="times"),
    above=2.0,
    means={
        "holds": "What changes within hours must be computed within hours.",
        "fails": "So few hours do not matter much here.",
        "undecided": "This run cannot tell whether the error doubles.",
    },
)
claim(
    "3.5-1b",
    f"A count that is a week old is further off than one that is {stale_h} hours old",
    t_interval(error(168) / error(stale_h), unit="times"),
    above=1.0,
    means={
        "holds": "The older, the worse: nothing replaces fresh data here.",
        "fails": "A week-old value beats a nearly fresh one: phase matters more than age.",
        "undecided": "This run cannot tell which of the two is better.",
    },
)

# %%
lags = np.arange(1, 193)
fig, axis = subplots(figsize=(7, 3.2))
axis.plot(lags, [error(lag).mean() for lag in lags], color=PALETTE[0])
axis.axvline(stale_h, color="black", linewidth=1, linestyle=":", label=f"{stale_h} hours")
axis.set_xticks(np.arange(0, 193, 24))
axis.set(xlabel="age of the count, hours", ylabel="MAE, bicycles an hour", title=finding("3.5-1b"))
axis.legend()
show(fig, alt="A wave of the error against the age of the count. It rises within hours, falls into "
     "a dip at every full day, and is lowest at seven days.")  # fmt: skip

# %% [markdown]
# People ride to work at eight and home at five. At eight, the count of five o'clock in the morning
# says nothing, and that of last week at eight says nearly all. So before you build a stream, look
# whether an old value of the same *phase* will do. **Staleness** by itself is no argument.
#
# **When it stops being true.** A snowstorm, a strike, a fraud: what never happened last week is
# seen by the fresh value only. Features for such days need the stream.

# %% [markdown]
# ### Exercise 3.5-e1: the best age
#
# `x` is a list of values, one an hour, and `allowed` a list of ages in hours. Return the age for
# which the value so many hours before is closest to the present one: the smallest mean absolute
# error over all hours that have both values. `None` means that there is no value: leave out pairs
# with one. Of equally good ages return the smallest, and `None` if no age has a pair.


# %%
# exercise 3.5-e1
def best_lag(x, allowed):
    """Return the allowed age of a value that predicts the present one best."""
    return TODO


# %%
exercise("3.5-e1").check(best_lag)

# %%
best_lag = exercise("3.5-e1").use(best_lag)
some = [None if np.isnan(value) else float(value) for value in bridge[20_000:30_000]]
for allowed in ([1, 24, 168], [3, 6, 12], [3, 6, 24], [12, 24, 48, 168]):
    print(f"of {allowed} hours the best is {best_lag(some, allowed)}")

# %% [markdown]
# ## Round 2: what has been counted need not be counted again
#
# Our stream is the rides of a bicycle hire in San Francisco. The feature is the number of rides
# from each station in the last 30 days, new each day. A batch job reads 30 days of rides each
# night, 29 of which it has read the night before. A **stateful** computation remembers: it adds
# the new day and takes away the oldest. The answers are equal.

# %%
trips = datasets.load_bikeshare_trips(
    columns=["start_date", "end_date", "duration", "start_terminal", "bike_id"]
).sort_values("start_date", ignore_index=True)
station, stations = pd.factorize(trips["start_terminal"])
day = (trips["start_date"] - pd.Timestamp("2014-01-01")).dt.days.to_numpy()
first = np.searchsorted(day, np.arange(367))  # where each day begins


def per_station(begin, end):
    """The rides from each station in some days."""
    return np.bincount(station[first[begin] : first[end]], minlength=len(stations))


def by_batch():
    return [per_station(d - window_days, d) for d in range(window_days, 366)]


def by_state():
    total, answers, kept = per_station(0, window_days), [], {}
    answers.append(total)
    for d in range(window_days, 365):
        kept[d] = per_station(d, d + 1)
        oldest = kept.pop(d - window_days, None)
        if oldest is None:
            oldest = per_station(d - window_days, d - window_days + 1)
        total = total + kept[d] - oldest
        answers.append(total)
    return answers


# %%
predict("3.5-2", "How many times longer does the batch take, in a year?", guess=None)

# %%
claim(
    "3.5-2",
    f"Counting {window_days} days again each day takes more than 3 times longer than updating",
    time_ratio(by_batch, by_state, pairs=9, same=lambda a, b: np.array_equal(a, b)),
    above=3.0,
    means={
        "holds": "A state saves the work that was done yesterday.",
        "fails": "With so short a window there is little to save.",
        "undecided": "This run cannot tell whether a state saves a factor of 3.",
    },
)
rows = sum(first[d] - first[d - window_days] for d in range(window_days, 366))
print(f"rides read in the year: {rows:,} by the batch, {2 * len(trips):,} at most with a state")

# %% [markdown]
# Subtracting works for sums and counts. It does not work for a maximum: if the longest ride leaves
# the window, nothing in the state says which was the second longest. Medians and numbers of
# *different* bicycles are of this kind, too. They need cleverer states. The library's
# `RollingStat` keeps two stacks and never subtracts.
#
# And subtracting has a flaw even for sums. Numbers have a limited precision. What a huge value
# rounds away as it enters does not come back when it leaves. Some of the rides lasted for months:
# lost bicycles. We keep a sum of squares, as for a variance, in 32 bits, the usual precision of
# features.

# %%
predict("3.5-2b", "In what share of stations is it off by more than 1 % in the end?", guess=None)

# %%
square = trips["duration"].to_numpy(float) ** 2
state = np.zeros(len(stations), np.float32)
for d in range(365):
    for sign, begin_day in ((1, d), (-1, d - window_days)):
        if begin_day >= 0:
            rides = slice(first[begin_day], first[begin_day + 1])
            add = np.bincount(station[rides], square[rides], minlength=len(stations))
            state += sign * add.astype(np.float32)
rides = slice(first[365 - window_days], first[365])
exact = np.bincount(station[rides], square[rides], minlength=len(stations))
used = exact > 0
off = np.abs(state[used] - exact[used]) / exact[used] > 0.01
claim(
    "3.5-2b",
    "After a year of adding and subtracting in 32 bits, the sum of squares is off by more than "
    "1 % at more than one station in ten",
    wilson(int(off.sum()), int(used.sum())),
    above=0.1,
    means={
        "holds": "Who subtracts must start afresh now and then, or not subtract at all.",
        "fails": "At most stations the error stays small: it takes a huge value to spoil a sum.",
        "undecided": "With so few stations this run cannot tell.",
    },
)

# %% [markdown]
# ### Exercise 3.5-e2: a sum that moves along
#
# `events` is a list of pairs (time, value) in the order in which they arrive, some of them late.
# After each event, the window is `(now - width, now]`, where `now` is the greatest time so far.
# Return the list of the sums over the window after each event. An event that is late counts if it
# still lies in the window; the same event twice counts twice.


# %%
# exercise 3.5-e2
def window_sums(events, width):
    """Return after each event the sum of the values in the window that ends now."""
    return TODO


# %%
exercise("3.5-e2").check(window_sums)

# %% [markdown]
# ## Round 3: a stream has no end and no order
#
# A sum over "all data" never comes: a stream is **unbounded**. So one computes over **windows**:
#
# - **Tumbling** windows lie side by side: each hour.
# - **Sliding** windows overlap: the last hour, every ten minutes.
# - **Session** windows last as long as something goes on: the rides of a bicycle with less than
#   half an hour of rest between them.

# %%
bike = trips[trips["bike_id"] == 395].head(60)
times = bike["start_date"].to_numpy()
hour = pd.Timedelta(hours=1)
for kind, options in {"tumbling": {"width": hour}, "sliding": {"width": hour, "step": hour / 6},
                      "session": {"gap": hour / 2}}.items():  # fmt: skip
    found = streaming.assign_windows(times, **options)
    size = found.groupby(["start", "end"]).size()
    print(f"{kind:<9} 60 rides lie in {len(size):>3} windows, up to {size.max()} in one")

# %% [markdown]
# Each event has two times: when it happened, **event time**, and when it becomes known,
# **processing time**. A ride becomes known when it *ends*; then its start lies minutes or hours
# back. So the starts arrive **out of order**. When is an hour complete?
#
# A **watermark** is a guess: "what is older has arrived". It follows the greatest event time seen,
# behind it by an allowed *lateness*. A window closes, and its answer goes out, as the watermark
# passes its end. A ride that comes after that is too late and is dropped.

# %%
predict("3.5-3", "What share of rides is too late if no lateness is allowed?", guess=None)
predict("3.5-3b", "And with an hour?", guess=None)

# %%
by_end = trips.sort_values("end_date", kind="stable", ignore_index=True)
drawn = np.random.default_rng([seed, 2]).choice(50, 12, replace=False)
starts = pd.Timestamp("2014-01-01") + pd.to_timedelta(7 * drawn, unit="D")
parts = [by_end[by_end["end_date"].between(s, s + pd.Timedelta(days=7))] for s in starts]


def dropped(part, minutes):
    """The share of rides that come too late for their hour."""
    windows = streaming.TumblingWindows(hour, agg="count", lateness=pd.Timedelta(minutes=minutes))
    windows.update_many(part["start_date"].to_numpy(), np.ones(len(part)))
    return windows.dropped / len(part)


shares = {m: [dropped(part, m) for part in parts] for m in (0, 10, 30, 60, 180, 600, lateness_min)}

# %%
claim(
    "3.5-3",
    "If an hour is closed as soon as a later ride is known, more than 1 ride in 20 is lost",
    t_interval(shares[0]),
    above=0.05,
    means={
        "holds": "Without patience a stream is incomplete.",
        "fails": "Rides are so short that few come too late.",
        "undecided": "This run cannot tell whether one ride in 20 is lost.",
    },
)
claim(
    "3.5-3b",
    f"If an hour waits {lateness_min} minutes longer, fewer than 1 ride in 100 is lost",
    t_interval(shares[lateness_min]),
    below=0.01,
    means={
        "holds": "So long a wait makes the hours nearly complete.",
        "fails": "Some rides last longer than anybody wants to wait.",
        "undecided": "This run cannot tell whether one ride in 100 is lost.",
    },
)

# %%
minutes = sorted(shares)
found = [t_interval(shares[m]) for m in minutes]
fig, axis = subplots(figsize=(6, 3.2))
ends = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
axis.errorbar(minutes, [e.value for e in found], ends, color=PALETTE[0], marker="o")
axis.set(xscale="symlog", xlabel="allowed lateness, minutes", ylabel="share of rides lost",
         title=finding("3.5-3b"))  # fmt: skip
axis.set_xlim(left=-0.3)
axis.set_xticks(minutes, map(str, minutes))
show(fig, alt="A falling line of the share of rides lost against the allowed lateness, on a log "
     "axis. Even ten hours do not bring it quite to zero.")  # fmt: skip

# %% [markdown]
# Completeness costs time: an answer that waits for an hour is an hour old. No watermark gets the
# bicycle that comes back after months. Systems therefore send an early answer and correct it
# later, or count what was dropped and let the nightly batch repair it.
#
# It is tempting to use processing time instead and count rides as they end. Then nothing is late,
# and the hours on average look right. But a feature of "rides begun between eight and nine" then
# contains others, most of all on days when something goes wrong.

# %% [markdown]
# ### Exercise 3.5-e3: windows with a watermark
#
# `events` is a list of pairs (time, value) in the order of arrival, times at least 0. Window
# number k holds the times from `k * width` up to, and not including, `(k + 1) * width`. After each
# event the watermark is the greatest time so far minus `lateness`, and every window whose end is
# not after the watermark is closed. An event that belongs to a closed window is dropped. At the
# end all windows are closed. Return a pair: a dictionary from window number to sum, of the windows
# that got an event, and the number of dropped events.


# %%
# exercise 3.5-e3
def tumbling(events, width, lateness):
    """Return the sum of each window, and how many events came too late."""
    return TODO


# %%
exercise("3.5-e3").check(tumbling)

# %% [markdown]
# ## Round 4: both in one model
#
# Many models need both kinds. Will somebody take a bicycle from this station in the next half
# hour? The static feature is how many did on average at this hour of the week, over the months
# before. The dynamic one is how many did in the last hour.
#
# First the same dynamic feature twice: in SQL, as a batch job computes it for training, and as a
# stream computes it for serving. Two programs for one feature are the most common source of
# trouble, **training-serving skew**. A **parity** test compares them key by key.

# %%
one_day = trips[day == 100].reset_index(drop=True)
rides = one_day.assign(number=np.arange(len(one_day)))[["number", "start_date", "start_terminal"]]
batch = duckdb.sql("""
SELECT a.number, count(*) AS n FROM rides a JOIN rides b ON a.start_terminal = b.start_terminal
  AND b.start_date > a.start_date - INTERVAL 1 HOUR AND b.start_date <= a.start_date
GROUP BY a.number""").df().set_index("number")["n"]  # fmt: skip


def by_stream(closed="right"):
    """The feature after each ride, once all rides of the same minute are known."""
    stat, answers = streaming.RollingStat("count", hour, closed=closed), {}
    for minute, group in one_day.groupby("start_date"):
        for terminal in group["start_terminal"]:
            stat.update(minute, 1.0, by=terminal)
        for number, terminal in group["start_terminal"].items():
            answers[number] = stat.get(by=terminal, at=minute)
    return pd.Series(answers)


print("the same:        ", streaming.parity(batch, by_stream()))
print("both ends closed:", streaming.parity(batch, by_stream("both")))

# %% [markdown]
# One `<=` for a `<`, and some features differ. No error is raised, and no test that looks at one
# program alone finds it. What do such bugs do to a model? We train on right features, and at
# serving time one bug changes them:
#
# - **time zone**: the stream looks up the hour of the week in local time, the batch uses UTC
# - **edge**: the window of the stream is open at its recent end, the last five minutes are missing
# - **null**: a station without a ride in the last hour is not in the stream's table, and the
#   service fills in the mean

# %%
minute = ((trips["start_date"] - pd.Timestamp("2014-01-01")).dt.total_seconds() // 60).to_numpy()
starts_of = [minute[station == s] for s in range(len(stations))]


def rides_between(s, low, high):
    """The rides from stations that begin in the minutes from low up to high."""
    return np.array([np.searchsorted(starts_of[k], b) - np.searchsorted(starts_of[k], a)
                     for k, a, b in zip(s, low, high)])  # fmt: skip


history = minute < 181 * 1440
in_week = (minute // 60 % 168).astype(int)
at_hour = np.zeros((len(stations), 168))
np.add.at(at_hour, (station[history], in_week[history]), 1 / 26)


def moments(n, days, rng):
    """Stations and minutes by lot; the features with and without bugs; and what then happened."""
    s = rng.integers(len(stations), size=n)
    t = rng.integers(days[0] * 1440, days[1] * 1440, n)
    hours = t // 60 % 168
    recent = rides_between(s, t - 60, t)
    features = {
        "right": (at_hour[s, hours], recent),
        "time zone": (at_hour[s, (hours - 7) % 168], recent),
        "edge": (at_hour[s, hours], rides_between(s, t - 60, t - 5)),
        "null": (at_hour[s, hours], np.where(recent > 0, recent, recent[recent > 0].mean())),
    }
    return features, rides_between(s, t, t + 30) > 0


# %%
predict("3.5-4", "How much AUC does the time-zone bug cost?", guess=None)
predict("3.5-4b", "How much do both features gain over the better one alone?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
scores = []
for _ in range(repeats):
    train, happened = moments(6_000, (181, 300), rng)
    test, truth = moments(6_000, (300, 364), rng)
    row = {}
    for name, use in {"both": [0, 1], "static": [0], "dynamic": [1]}.items():
        inputs = lambda pair, use=use: np.log1p(np.column_stack(pair)[:, use])  # noqa: E731
        model = LogisticRegression().fit(inputs(train["right"]), happened)
        row[name] = roc_auc_score(truth, model.predict_proba(inputs(test["right"]))[:, 1])
        if name == "both":
            for bug in ("time zone", "edge", "null"):
                guess = model.predict_proba(inputs(test[bug]))[:, 1]
                row[bug] = row["both"] - roc_auc_score(truth, guess)
                wrong = np.any(np.column_stack(test[bug]) != np.column_stack(test["right"]), axis=1)
                row[f"{bug} skew"] = wrong.mean()
    scores.append(row)
scores = pd.DataFrame(scores)

# %%
claim(
    "3.5-4",
    "A stream in another time zone than the batch costs the model more than 0.02 of its AUC",
    t_interval(scores["time zone"]),
    above=0.02,
    means={
        "holds": "Two programs that disagree about one feature spoil a good model.",
        "fails": "The model gets over this bug by its other feature.",
        "undecided": "This run cannot tell whether the bug costs so much.",
    },
)
claim(
    "3.5-4b",
    "Static and dynamic features together reach an AUC more than 0.01 above the better one alone",
    t_interval(scores["both"] - scores[["static", "dynamic"]].max(axis=1)),
    above=0.01,
    means={
        "holds": "What is usual and what is happening now tell different things.",
        "fails": "One of the two features would nearly do.",
        "undecided": "This run cannot tell whether the second feature gains so much.",
    },
)
print(", ".join(f"AUC {name} {scores[name].mean():.3f}" for name in ("static", "dynamic", "both")))
for bug in ("time zone", "edge", "null"):
    print(f"{bug:<10} changes {scores[f'{bug} skew'].mean():4.0%} of the inputs, costs "
          f"{scores[bug].mean():+.3f} of AUC")  # fmt: skip

# %% [markdown]
# Look at the last lines. The share of changed inputs says little about the damage. Some bugs
# change many inputs and little else; a parity test finds them all the same, before anybody asks
# why the model got worse. The better cure is one program for both: a stream processor can also
# read history, so that training and serving run the same code.

# %% [markdown]
# And does the dynamic feature earn its keep? Here hardly. Half an hour at one station is mostly
# chance, and what is usual there is known. It is different where many people decide the same. The
# bridge counts hundreds of bicycles an hour. If it rains, fewer come in this hour *and* in the
# next. A model that knows what is usual, from a week ago, and how far the last hour was from its
# own usual, can tell.

# %%
predict("3.5-4c", "Error with both features, over that of the better one alone?", guess=None)


# %%
def model_error(week, ages):
    """The mean absolute error in a week of a model of old counts, fitted to the year before."""
    hours = np.arange(week - 52 * 168, week + 168)
    table = np.column_stack([bridge[hours - age] for age in (0, *ages)])
    known, now = ~np.isnan(table).any(axis=1), hours >= week
    fitted = LinearRegression().fit(table[known & ~now, 1:], table[known & ~now, 0])
    return np.abs(fitted.predict(table[known & now, 1:]) - table[known & now, 0]).mean()


usual, fresh, both = ([model_error(week, ages) for week in weeks]
                      for ages in ([168], [1], [168, 1, 169]))  # fmt: skip
better = min(usual, fresh, key=np.mean)
claim(
    "3.5-4c",
    "On the bridge, both features together have an error more than a tenth smaller",
    t_interval(1 - np.divide(both, better)),
    above=0.1,
    means={
        "holds": "Where what is happening now goes on, usual and fresh belong together.",
        "fails": "Here, too, one feature would nearly do.",
        "undecided": "This run cannot tell whether both gain a tenth.",
    },
)

# %% [markdown]
# ### Exercise 3.5-e4: compare two tables
#
# `batch` and `stream` are dictionaries from key to value. Return, sorted, the keys whose values
# differ by more than `tol`, or that only one of the two has. Two NaNs are equal; a NaN and a
# number are not. The order of the keys does not matter.


# %%
# exercise 3.5-e4
def parity(batch, stream, tol=0.0):
    """Return, sorted, the keys on which two tables of a feature disagree."""
    return TODO


# %%
exercise("3.5-e4").check(parity)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four lengths of the wait and three seeds: `mlsd sweep 3.5 -p
# lateness_min=0,10,60,600 -p seed=0:3`. Look how long an hour must wait until its count is nearly
# complete: by then a batch would have done.

# %%
swept = sweep.load("published/3.5-lateness_min")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("3.5-3b"), alt=swept.alt("3.5-3b"))

# %% [markdown]
# So: batch processing is simpler, and right for what changes slowly. A stream is fresh, saves work
# that was done, spreads over machines, and is needed where answers cannot wait, as for fraud. It
# costs windows, watermarks, late data and a second program. Most systems have both.

# %% [markdown]
# ## Quiz

# %%
quiz("3.5-q1", choice=None)

# %%
quiz("3.5-q2", choice=None)

# %%
quiz("3.5-q3", choice=None)

# %%
quiz("3.5-q4", choice=None)

# %%
quiz("3.5-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Akidau and others (2015), *The Dataflow Model*; Tangwongsan, Hirzel and Schneider
# (2015), *General incremental sliding-window aggregation*; Kleppmann (2017), *Designing
# Data-Intensive Applications*, chapters 10 and 11.
#
# **Next.** Chapter 4, training data.
