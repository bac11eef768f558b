# %% [markdown]
# # 8.3a Monitoring
#
# **Core question.** What do you measure of a system that works, and when do you wake somebody?
#
# **Time** 60 minutes · **Builds on** [6.2 Offline evaluation](06_2_offline_evaluation.ipynb)
#
# You will be able to
#
# - give a service metrics, a page that shows them, and a log (exercise 8.3-e3)
# - say how often a set of alarms rings without a reason, and what a correction costs (claims 8.3-1
#   to 8.3-1c, exercise 8.3-e1)
# - set a limit that knows how many rows there are (claim 8.3-2b, exercise 8.3-e2)
# - tell a metric that remembers from one that does not (claims 8.3-2, 8.3-2c)
# - judge a service by its tail (claim 8.3-4c)

# %% tags=["parameters"]
seed: int = 0  # which rows, columns and noise are drawn [0, 1_000_000]
n_features: int = 50  # columns that are watched, an alarm each [2, 50]
correction: str = "bonferroni"  # of the p-values of one day {bonferroni, holm, bh, by}
rows: int = 100  # rows a day [50, 500]
phi: float = 0.8  # correlation of a metric with itself an hour before [0.0, 0.95]
days: int = 180  # days without any change [30, 180] quick 60
fan_out: int = 100  # services that one page asks at the same time [1, 300]
series: int = 300  # metrics that are watched for two weeks [60, 400] quick 60

# %%
import tempfile
from pathlib import Path

import numpy as np
from scipy.signal import lfilter
from scipy.stats import ks_2samp, norm

from mlsdlib import datasets, drift
from mlsdlib import monitoring as mon
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson
from mlsdlib.multiplicity import adjusted_pvalues

begin("8.3a", seed=seed, n_features=n_features, correction=correction, rows=rows, phi=phi,
      days=days, fan_out=fan_out, series=series)  # fmt: skip

# %% [markdown]
# A model that was good on the test set is now in use. **Monitoring** is to measure it, to keep what
# was measured, and to call somebody if a number crosses a limit. **Observability** is to build a
# system so that one can find out *why*, from outside and without new code. This notebook is about
# the first, [8.3b](08_3b_observability.ipynb) about the second.
#
# ## The toolbox: metrics, logs, dashboards, alerts
#
# A **metric** is a number over time. **Operational metrics** tell whether the service is well, with
# or without a model in it: how many requests come and how many fail, how long an answer takes, how
# busy processor, graphics card, memory and network are, and what share of the time the service is
# up. **ML metrics** tell whether the answers are any good. There are four places to measure,
# and the later one is, the more it means and the harder it is to get:
#
# - **raw inputs**, as they come in: how many are missing, of a wrong type, out of range. They often
#   belong to another team, that of the data platform, which changes them without asking.
# - **features**, as the model takes them: do they keep to a **schema** (type, range, allowed
#   values), and to the distribution they had in training?
# - **predictions**: cheap, one number a request. If they move, something has moved.
# - **accuracy**: what you want to know. It needs labels, or **feedback** of users: a click, a
#   return, a complaint. Those come late, and not from all.
#
# A service counts in memory. A `Counter` only rises, a `Gauge` moves up and down, a `Histogram`
# counts values in bins. Each can have **labels**. The monitoring system asks every few seconds for
# a page with all of them: it **scrapes** the service. Our checkout has answered five requests. The
# page is that of Prometheus, the tool most teams use, and we read it over HTTP, as Prometheus does.

# %%
registry = mon.Registry()
answered = registry.counter("requests_total", "Requests answered.", labels=["status"])
seconds = registry.histogram("latency_seconds", "Time to answer.", buckets=[0.1, 0.5])
model_age = registry.gauge("model_age_days", "Days since the training.")
model_age.set(12)
for status, took in ((200, 0.04), (200, 0.06), (200, 0.09), (503, 0.7), (200, 0.3)):
    answered.inc(status=status)
    seconds.observe(took)
with mon.MetricsEndpoint(registry) as endpoint:
    page = mon.scrape(endpoint.url)
print(registry.text())
failed = page['requests_total{status="503"}']
print(f"{failed / page['latency_seconds_count']:.0%} failed; half took less than about "
      f"{1_000 * seconds.quantile(0.5):.0f} thousandths of a second")  # fmt: skip

# %% [markdown]
# Note what is *not* there: an average. From bins one can add up the counts of ten copies of a
# service and read a quantile of all. From ten averages, or ten medians, one cannot.
#
# A metric has forgotten which request it was. A **log** keeps the events. Write a line of JSON an
# event, with named fields, and not a sentence that somebody must take apart later. A log grows with
# the traffic: soon nobody reads it, and it costs more than the service. So one keeps a sample
# ([3.1](03_1_data_sources.ipynb)), and lets programs look for what is unusual. Metrics and logs
# together, sent out while the system runs, are called **telemetry**.

# %%
with tempfile.TemporaryDirectory() as folder:
    file, ticks = Path(folder, "checkout.jsonl"), iter(range(9))
    with mon.JsonLog(file, clock=lambda: next(ticks)) as log:
        for price, score in ((19.0, 0.31), (1900.0, 0.02), (25.0, 0.44)):
            log.write("predicted", model="v7", price=price, score=score)
    print(*[event for event in mon.read_log(file) if event["price"] > 1_000], sep="\n")

# %% [markdown]
# A **dashboard** draws metrics for people, also for those who do not write code. An **alert** is a
# rule: a condition, how long it must hold, and whom to call. Both are easy to make. The trouble is
# to read them.
#
# ## Round 1: who cries wolf
#
# A model takes 50 numbers: an *embedding* of a word, say, of what a customer types. The advice is
# to watch each feature. Each day, for each of them, a **Kolmogorov-Smirnov test** asks whether the
# day's values and those of the training come from one distribution. Its p-value is how often so
# large a difference comes without any change. Below 0.05 it rings.
#
# Now we make sure that **nothing ever changes**. The rows are real, 20,000 words from GloVe. We
# shuffle them: the first 2,000 are the training, the next are day 1, and so on. Each row is used
# once. Every alarm is false.

# %%
words = datasets.load_glove().drop(columns="word").to_numpy(float)
rng = np.random.default_rng([seed, 1])
table = words[rng.permutation(len(words))][:, rng.permutation(50)[:n_features]]
reference, rest = table[:2_000], table[2_000:]
n_days = min(days, len(rest) // rows)
each_day = rest[: n_days * rows].reshape(n_days, rows, n_features)


def pvalues(before, now):
    """The p-value of the test of each column."""
    return drift.ks_drift(before, now, correction="none").pvalue


quiet = np.array([pvalues(reference, now) for now in each_day])  # days x columns

# %%
predict("8.3-1", "On what share of days does at least one of the columns ring?", guess=None)
predict("8.3-1b", "And if the p-values are corrected for their number?", guess=None)

# %%
rings = {"none": (quiet < 0.05).any(axis=1),
         correction: (adjusted_pvalues(quiet, correction) < 0.05).any(axis=1)}  # fmt: skip
claim(
    "8.3-1",
    f"With {n_features} columns and no change at all, an alarm rings on more than half of the days",
    wilson(int(rings["none"].sum()), n_days),
    above=0.5,
    means={
        "holds": "So many tests at this level are a machine for false alarms.",
        "fails": "With so few columns, most days are quiet.",
        "undecided": "This run cannot tell whether most days ring.",
    },
)
claim(
    "8.3-1b",
    f"Corrected by {correction}, it rings on fewer than one day in seven",
    wilson(int(rings[correction].sum()), n_days),
    below=0.143,
    means={
        "holds": "The correction keeps its promise on real columns.",
        "fails": "The correction does not do what it promises.",
        "undecided": "With so few days this run cannot tell.",
    },
)
alone = (quiet < 0.05).mean()
print(f"one column alone rings on {alone:.1%} of days; {n_features} independent ones would on "
      f"{1 - (1 - alone) ** n_features:.0%}, these do on {rings['none'].mean():.0%}")  # fmt: skip

# %% [markdown]
# Each test keeps its word: it is wrong on about one day in twenty. There are just many of them.
# This is how **alert fatigue** begins. People who are called for nothing stop looking, and the
# one alarm that matters is muted with the rest.
#
# **Bonferroni** multiplies each p-value by the number of tests. **Benjamini-Hochberg** is milder:
# of the columns it names, at most one in twenty is false on average. If nothing has changed, both
# keep the days with a false call to about one in twenty.
#
# What does that cost? We plant a real change: one column moves up by 0.4 of its standard deviation,
# each day another one. On how many days is it found?

# %%
predict("8.3-1c", "On what share of days does the correction miss what was found?", guess=None)

# %%
day = np.arange(n_days)
column = day % n_features  # the one that moves on this day
moved = each_day[day, :, column] + 0.4 * reference.std(axis=0)[column, None]
planted = quiet.copy()
planted[day, column] = [pvalues(reference[:, c], now)[0] for c, now in zip(column, moved)]
found = {name: adjusted_pvalues(planted, name)[day, column] < 0.05 for name in ("none", correction)}
claim(
    "8.3-1c",
    f"The correction by {correction} misses the change on more than a fifth of all days, where the "
    "uncorrected test finds it",
    t_interval(found["none"].astype(float) - found[correction]),
    above=0.2,
    means={
        "holds": "Quiet is bought with blindness: fewer columns would be cheaper.",
        "fails": "Here the correction costs little.",
        "undecided": "This run cannot tell whether the price is so high.",
    },
)
for name in found:
    false, true = rings[name].mean(), found[name].mean()
    print(f"{name:<10} {7 * false:3.1f} false calls a week; a change is found on {true:.0%} of "
          f"days; if one day in 50 has one, {0.02 * true / (0.02 * true + false):.0%} of calls "
          "are true")  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.2))
names = {"none": PALETTE[5], correction: PALETTE[0]}
for i, (name, colour) in enumerate(names.items()):
    share = [rings[name].mean(), found[name].mean()]
    axis.bar(np.arange(2) + 0.4 * i - 0.2, share, 0.36, color=colour, label=name)
axis.set_xticks([0, 1], ["nothing has changed", "one column has moved"])
axis.set(xlabel="what is the case", ylabel="share of days that ring", title=finding("8.3-1c"))
axis.legend(title="correction", loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Bars of the share of days with an alarm, with and without a correction, if nothing "
     "has changed and if one column has moved. The correction lowers both.")  # fmt: skip

# %% [markdown]
# Both numbers fall, so no correction is a free lunch. What helps is to ask less: watch the columns
# that the model leans on, and call only if the difference is large enough to matter. A day of a
# million rows makes the smallest difference significant.
#
# **When it stops being true.** Columns that say the same ring together. A thousand copies of one
# column ring on one day in twenty, not on all; then Bonferroni is far too strict.

# %% [markdown]
# ### Exercise 8.3-e1: Benjamini and Hochberg
#
# `p` is a list of p-values and `q` a share. Sort the p-values. Find the largest k for which the
# k-th smallest is at most `k * q / n`, and call all up to it, also those above their own line.
# Return the positions in `p` of what is called, sorted. Equal p-values are called together.


# %%
# exercise 8.3-e1
def bh(p, q):
    """Return the positions of the p-values that are called."""
    return TODO


# %%
exercise("8.3-e1").check(bh)

# %%
bh = exercise("8.3-e1").use(bh)
calls = [bh(day.tolist(), 0.05) for day in quiet]
print(f"with bh, {np.mean([len(c) > 0 for c in calls]):.0%} of the quiet days ring")

# %% [markdown]
# ## Round 2: numbers that need an expert
#
# A dashboard shows a number and a limit. It does not show what the number does when all is well.
#
# **The limit that everybody knows.** The *population stability index*, **PSI**, compares a day with
# the training in ten bins: `sum((q - p) * log(q / p))`, with p and q the shares of a bin. Handbooks
# say: below 0.1 nothing has changed, above 0.25 act. We compare real hotel prices with real hotel
# prices, by lot: nothing has changed.

# %%
predict("8.3-2b", "With so few rows a day, what share of quiet days exceeds 0.1?", guess=None)

# %%
prices = datasets.load_hotel_bookings()["adr"].to_numpy(float)
rng = np.random.default_rng([seed, 2])


def quiet_psi(n, most=200):
    """The index of pairs of samples of n bookings each; no booking is drawn twice."""
    pairs = rng.permutation(prices)[: len(prices) // (2 * n) * 2 * n].reshape(-1, 2, n)[:most]
    return np.array([drift.psi(before, now).statistic for before, now in pairs])


at_rows = quiet_psi(rows)
claim(
    "8.3-2b",
    f"With {rows} rows a day, PSI exceeds 0.1 on more than half of the days without a change",
    wilson(int((at_rows > 0.1).sum()), len(at_rows)),
    above=0.5,
    means={
        "holds": "The limit of the handbooks rings at chance alone.",
        "fails": "With so many rows chance stays below the limit of the handbooks.",
        "undecided": "This run cannot tell whether most quiet days exceed it.",
    },
)

# %%
sizes = (50, 100, 200, 500, 1_000)
bands = [np.quantile(quiet_psi(n), [0.05, 0.5, 0.95]) for n in sizes]
low, middle, high = np.transpose(bands)
fig, axis = subplots(figsize=(7, 3.2))
axis.fill_between(sizes, low, high, color=PALETTE[4], alpha=0.4, label="nine quiet days in ten")
axis.plot(sizes, middle, color=PALETTE[0], label="median of the quiet days")
limits = [drift.psi_threshold(n, n) for n in sizes]
axis.plot(sizes, limits, color=PALETTE[5], linestyle="--", label="psi_threshold, level 0.05")
axis.axhline(0.1, color="black", linewidth=1, linestyle=":", label="the handbooks' 0.1")
axis.set(xscale="log", yscale="log", xlabel="rows in each of both samples", ylabel="PSI",
         title=finding("8.3-2b"))  # fmt: skip
axis.set_xticks(sizes, map(str, sizes))
axis.minorticks_off()
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="The index without any change against the number of rows, both on log axes: a band "
     "that falls as the rows grow and crosses the handbooks' limit.")  # fmt: skip

# %% [markdown]
# Without a change, the index is on average about `(k - 1) * (1/n + 1/m)` for k bins and samples of
# n and m rows. It is a chi-square number in disguise. So 0.1 is far too low for small samples. It
# is also far too high for large ones, where a change that costs money hides below it.

# %% [markdown]
# ### Exercise 8.3-e2: a limit for the PSI
#
# Return the PSI that two samples of one distribution, with `n` and `m` rows and `k` bins, exceed
# with probability `alpha`. Compute it, or draw many pairs of samples and look. An answer within
# one part in twenty is right.


# %%
# exercise 8.3-e2
def psi_threshold(n, m, k, alpha):
    """Return the PSI that is exceeded with probability alpha if nothing has changed."""
    return TODO


# %%
exercise("8.3-e2").check(psi_threshold)

# %% [markdown]
# ### A metric that remembers
#
# A test of two samples takes its rows to be independent. A metric, read each hour, is not: if it is
# a bit high now, it will be in an hour. How strong is that? Take the bridge of
# [3.5](03_5_batch_and_stream.ipynb), each hour's bicycles less those of a week before, and compare
# each hour with the next.

# %%
bridge = datasets.load_fremont_bridge().groupby("date")["total"].first().asfreq("h")
unusual = bridge - bridge.shift(168)
by_year = [unusual[str(year)].dropna().autocorr(1) for year in range(2013, 2020)]
print(f"correlation with the hour before: {min(by_year):.2f} to {max(by_year):.2f} in seven years")

# %% [markdown]
# Now a metric that *never changes*, `x[t] = phi * x[t-1] + noise`, an **AR(1)** process. We watch
# many of them for two weeks. Each time a Kolmogorov-Smirnov test compares the second week with the
# first, hour by hour.

# %%
predict("8.3-2", "What share of the metrics is called changed, at a level of 0.05?", guess=None)
predict("8.3-2c", "What share of false calls is left after three readings in a row?", guess=None)


# %%
def ar1(phi, shape, rng):
    """Metrics of mean 0 and standard deviation 1 that remember, each a row."""
    noise = rng.normal(size=shape)
    noise[:, 0] /= np.sqrt(1 - phi**2)
    return np.sqrt(1 - phi**2) * lfilter([1], [1, -phi], noise, axis=1)


def weeks(phi, rng):
    """Distance and p-value of the second week from the first, for each metric."""
    tests = [ks_2samp(x[:168], x[168:], method="asymp") for x in ar1(phi, (series, 336), rng)]
    return np.array([(test.statistic, test.pvalue) for test in tests]).T


rng = np.random.default_rng([seed, 3])
distance, p = weeks(phi, rng)
claim(
    "8.3-2",
    f"Of metrics with phi {phi:g} that never change, more than one in five is called changed",
    wilson(int((p < 0.05).sum()), series),
    above=0.2,
    means={
        "holds": "The test counts hours, but there are far fewer independent ones.",
        "fails": "So little memory does the test little harm.",
        "undecided": "This run cannot tell whether it is more than one in five.",
    },
)
limit = np.quantile(weeks(phi, rng)[0], 0.95)
print(f"with a limit from other quiet weeks of such metrics: {(distance > limit).mean():.0%}")

# %% [markdown]
# The last line is the cure. Do not ask a formula what the metric does when all is well: ask its own
# past. Compute the same distance for pairs of quiet weeks, and take a high quantile as the limit.
#
# Another popular cure is to **wait**: call only if the limit is exceeded at three readings in a
# row. Alert rules have a time `for_` which the condition must hold.

# %%
limit = float(norm.isf(0.05))
left = []
for values in ar1(phi, (max(20, series // 10), 1_500), np.random.default_rng([seed, 4])).tolist():
    rules = [mon.AlertRule("high", lambda x: x > limit, for_=hours) for hours in (0, 2)]
    for rule in rules:
        rule.update_many(range(len(values)), values)
    at_once, waited = (len(rule.alerts) for rule in rules)
    left.append(waited / at_once)
claim(
    "8.3-2c",
    "Waiting for three readings in a row leaves more than a tenth of the false calls",
    t_interval(left),
    above=0.1,
    means={
        "holds": "What is high stays high for a while: waiting hardly tells chance from change.",
        "fails": "Readings have so little memory that waiting removes nearly all false calls.",
        "undecided": "This run cannot tell whether a tenth is left.",
    },
)

# %% [markdown]
# If readings were independent, three of them at a level of 0.05 would be as rare as one call in
# 400 false ones. Waiting works against a reading that is wrong once, a scrape that failed, a
# process that was restarted. It does not work against a slow wave.
#
# **When it stops being true.** Read the metric so seldom that it has forgotten, once a day, say,
# and the tests are right again. Then they need months to see anything.

# %%
example = ar1(phi, (1, 336), np.random.default_rng([seed, 5]))[0]
fig, axis = subplots(figsize=(7, 3))
axis.plot(example, color=PALETTE[0], linewidth=1)
for begin_at, colour in ((0, PALETTE[2]), (168, PALETTE[5])):
    mean = example[begin_at : begin_at + 168].mean()
    axis.hlines(mean, begin_at, begin_at + 168, color=colour, linewidth=3,
                label=f"mean of week {begin_at // 168 + 1}")  # fmt: skip
axis.axhline(limit, color="black", linewidth=1, linestyle=":", label="limit, one hour in 20")
axis.set(xlabel="hour", ylabel="metric, standard deviations", title=finding("8.3-2"))
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="One metric over two weeks that never changes and yet wanders in waves, with the "
     "means of both weeks and a limit that it exceeds for hours at a time.")  # fmt: skip

# %% [markdown]
# ### Exercise 8.3-e3: when does it ring?
#
# `readings` is a list of pairs (time, value) in order of time; the value is `None` if the scrape
# failed. An alert is *pending* from the first reading above `limit`. It *fires* at the first
# reading at which it has been pending for `hold` or longer. A reading at or below the limit, or
# none, ends it. Return the times at which an alert fired; one that goes on fires once.


# %%
# exercise 8.3-e3
def fired(readings, limit, hold):
    """Return the times at which an alert fired."""
    return TODO


# %%
exercise("8.3-e3").check(fired)

# %% [markdown]
# Look at `None` once more. A service that has died shows no bad values. An alert that takes silence
# for health goes quiet at the worst moment. So each team also needs the rule "I hear nothing":
# Prometheus has `absent()` for it, our `AlertRule` has `absent=True`.

# %%
dead = [0.2, None, None, None]
for absent in (False, True):
    rule = mon.AlertRule("errors", lambda x: None if x is None else x > 0.1, for_=60, absent=absent)
    print(f"absent={absent!s:<5}", rule.update_many([0, 60, 120, 180], dead))

# %% [markdown]
# ## Round 3: what an average hides
#
# Operational metrics have a trap of their own. A page asks `fan_out` services at once and waits for
# the last. Each of them is slow in one request of 100: slower than its **99th percentile**, p99. No
# average shows it.

# %%
predict("8.3-4c", "What share of the pages meets at least one slow service?", guess=None)

# %%
rng = np.random.default_rng([seed, 6])
p99 = np.quantile(rng.lognormal(-3, 0.5, 100_000), 0.99)
slow = (rng.lognormal(-3, 0.5, (1_000, fan_out)) > p99).any(axis=1)
claim(
    "8.3-4c",
    f"Of the pages that ask {fan_out} services at once, more than half meet one that is slower "
    "than its 99th percentile",
    wilson(int(slow.sum()), len(slow)),
    above=0.5,
    means={
        "holds": "What is rare for a service is the usual case for its customers.",
        "fails": "With so few services most pages are spared.",
        "undecided": "This run cannot tell whether it is more than half.",
    },
)

# %% [markdown]
# So a service that many others call must be judged by its tail. **When it stops being true.** If
# services are slow *together*, since they share a disk or a network, a page meets either none or
# many, and fewer pages suffer.
#
# ## Turn the knob
#
# We ran this notebook with three values of `phi` and three seeds each: `mlsd sweep 8.3a -p
# phi=0,0.5,0.8 -p seed=0:3`. How much memory can a test of independent rows bear?

# %%
swept = sweep.load("published/8.3a-phi")
print(*map(swept.finding, [c for c in swept.claims if c in ("8.3-2", "8.3-2c")]), sep="\n")
show(swept.figure("8.3-2"), alt=swept.alt("8.3-2"))

# %% [markdown]
# So: measure at four places, keep bins and not averages, and set each limit by what the number does
# when all is well. A good alert is rare, is true, and says what to do. What no limit can do is to
# tell you *why*, and some collapses do not show in any of these numbers. That is
# [8.3b](08_3b_observability.ipynb).

# %% [markdown]
# ## Quiz

# %%
quiz("8.3-q1", choice=None)

# %%
quiz("8.3-q2", choice=None)

# %%
quiz("8.3-q3", choice=None)

# %%
quiz("8.3-q4", choice=None)

# %%
quiz("8.3-q5", choice=None)

# %%
quiz("8.3-q9", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Benjamini and Hochberg (1995), *Controlling the false discovery rate*; Yurdakul
# (2018), *Statistical properties of population stability index*; Ewaschuk (2016), *Monitoring
# distributed systems*, in *Site Reliability Engineering*; Breck and others (2017), *The ML test
# score*; Dean and Barroso (2013), *The tail at scale*.
#
# **Next.** [8.3b Observability](08_3b_observability.ipynb).
