# %% [markdown]
# # 0 How we test
#
# **Core question.** When may we say that a claim about a system is true?
#
# **Time** 40 minutes · **Builds on** nothing but school statistics: a mean and a spread.
#
# You will be able to
#
# - say what *holds*, *fails* and *undecided* mean, and decide it yourself (exercise 0-e1)
# - show how often a comparison of two averages is wrong, and what an interval changes
#   (claims 0-1, 0-2)
# - name a case in which the interval itself is wrong (claim 0-3)
# - plan how much data a verdict needs (exercise 0-e3, claims 0-4, 0-5)
# - compare two things fairly: in pairs (exercise 0-e2, claim 0-6), and in turn when you time them
#   (claims 0-7, 0-8)

# %% tags=["parameters"]
seed: int = 0  # which flights each experiment draws [0, 1_000_000]
n_experiments: int = 2_000  # repetitions of each experiment [100, 20_000] quick 200
n_flights: int = 200  # flights drawn for each group [20, 2_000] quick 100

# %%
import numpy as np

from mlsdlib import datasets
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, decide, exercise, finding, predict, quiz, recap, show, subplots,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, t_interval, welch_t, wilson
from mlsdlib.timing import ratio_from_pairs

begin("0", seed=seed, n_experiments=n_experiments, n_flights=n_flights)
flights = datasets.load_flights(columns=["month", "day", "origin", "dep_delay"]).dropna()
delays = flights["dep_delay"].to_numpy(dtype=float)

# %% [markdown]
# This course repeats what the field believes, and then measures it. So it needs a rule that turns
# a measurement into a verdict, and the rule itself must be tested. That is what you do here.
#
# The data are real: every flight that left New York City in 2013, with the minutes by which it
# left late. Some left early, most left nearly on time, and a few left hours late. Because we hold
# *all* flights of that year, we know the true answers, and can count how often a rule is wrong.

# %% [markdown]
# ## Round 1: two averages are not a comparison
#
# Suppose you want to know whether airline A is late by more than one minute more than airline B.
# You take a few hundred flights of each and compare the averages.
#
# To see how far that can be trusted, we build a case whose truth we know. Both groups are drawn
# from the same flights, and we add exactly one minute to every delay of group A. So the claim
# "A is late by *more than* one minute more" is false, if only just. Any experiment that says
# otherwise is a false alarm.

# %%
predict(
    "0-1", "In what share of these experiments is the difference of averages above 1?", guess=None
)

# %%
margin = 1.0  # minutes
rng = np.random.default_rng([seed, 1])


def draw_null():
    """Two groups of flights whose true difference is exactly the margin."""
    return rng.choice(delays, n_flights) + margin, rng.choice(delays, n_flights)


nulls = [welch_t(*draw_null(), unit="minutes") for _ in range(n_experiments)]
naive_alarms = sum(estimate.value > margin for estimate in nulls)
claim(
    "0-1",
    "Comparing two averages gives a false alarm in more than one null experiment of four",
    wilson(naive_alarms, n_experiments),
    above=0.25,
    means={
        "holds": "Comparing averages is no test: noise alone makes it say yes.",
        "fails": "Comparing averages is wrong less often than one time in four here.",
        "undecided": "There are too few experiments to tell how often averages mislead.",
    },
)

# %% [markdown]
# **Why.** Each average misses its true value by chance, to either side alike. So the difference of
# two averages lands above the truth as often as below it. When the truth sits right at the
# threshold, comparing averages is a coin toss.
#
# An *interval* says how far an average may be off. We use 95-percent intervals: made again and
# again from fresh data, 95 of 100 such intervals contain the true value. An `Estimate` in this
# course is a value with its interval. `welch_t` makes one for the difference of two averages, and
# `wilson` for a share. (So the share of false alarms above, which we counted, has an interval
# too.) The rule for a claim "above some threshold" is then
#
# - **holds**: the whole interval is above the threshold,
# - **fails**: no part of the interval is above it,
# - **undecided**: some of it is and some is not.
#
# The five intervals of a hundred that miss the truth miss it on either side. A claim "above" is
# wrongly confirmed only by those that lie too high, which are about half of them. This course
# promises at most five false alarms in a hundred, and so leaves some room.

# %% [markdown]
# ### Exercise 0-e1: the rule
#
# Write the rule as a function. It gets the two ends of an interval and the threshold, and returns
# `"holds"`, `"fails"` or `"undecided"`. The threshold itself does not count as above.


# %%
# exercise 0-e1
def verdict(low, high, above):
    """Return "holds", "fails" or "undecided" for a quantity claimed to be above a threshold."""
    return TODO


# %%
exercise("0-e1").check(verdict)

# %%
predict(
    "0-2", "In what share of the null experiments does this rule give a false alarm?", guess=None
)

# %%
verdict = exercise("0-e1").use(verdict)
verdicts = [verdict(e.low, e.high, margin) for e in nulls]
claim(
    "0-2",
    "The rule says holds in fewer than one null experiment of twenty",
    wilson(verdicts.count("holds"), n_experiments),
    below=0.05,
    means={
        "holds": "The rule keeps its promise: false alarms are rare.",
        "fails": "The rule gives more false alarms than it promises.",
        "undecided": "There are too few experiments to tell whether the rule keeps its promise.",
    },
)

# %%
fig, axes = subplots(1, 2, figsize=(9, 4), sharex=True, sharey=True)
fig.suptitle(f"{finding('0-1')}\n{finding('0-2')}", x=0.02, ha="left", fontsize=11)
for axis, rule in zip(axes, ("averages alone", "the whole interval")):
    for row, estimate in enumerate(nulls[:40]):
        bar = estimate.value if rule == "averages alone" else estimate.low
        colour = PALETTE[5] if bar > margin else PALETTE[0]
        axis.plot([estimate.low, estimate.high], [row, row], color=colour, linewidth=1)
        axis.plot(estimate.value, row, "o", color=colour, markersize=3)
    axis.axvline(margin, color="black", linestyle="--")
    axis.set(xlabel="A minus B (minutes)", ylabel="experiment", title=f"judged by {rule}")
show(fig, alt="Forty null experiments as intervals around the true difference. Judged by averages "
     "about half are marked as false alarms, judged by intervals almost none.")  # fmt: skip

# %% [markdown]
# The two panels show the same forty experiments. The dashed line is the threshold, which is also
# the truth. Vermilion marks a false alarm.

# %% [markdown]
# ### Break it: an interval can be wrong
#
# The promise rests on how an interval is made. The usual one, Student's *t*, expects averages that
# scatter evenly around the truth. Delays are *skewed*: a few are far larger than all others. Most
# small samples hold no very late flight, so their average is low *and* their spread is small. Such
# an interval is short, confident, and below the truth.
#
# So we ask the same promise of ten flights. The claim under test in each experiment is "the mean
# delay is below" its true value, which is false, if only just.

# %%
predict("0-3", "With ten flights, in what share of experiments is the rule wrong?", guess=None)

# %%
truth = delays.mean()
rng = np.random.default_rng([seed, 2])


def false_alarms(size):
    """Experiments in which the rule says "the mean is below the truth", which it is not."""
    means = [t_interval(rng.choice(delays, size)) for _ in range(n_experiments)]
    return wilson(sum(decide(m, below=truth) == "holds" for m in means), n_experiments)


sizes = [10, 30, 100, 300, 1_000]
alarms = [false_alarms(size) for size in sizes]
claim(
    "0-3",
    "With ten flights the t interval, too, is wrong in fewer than one experiment of twenty",
    alarms[0],
    below=0.05,
    means={
        "holds": "Ten flights are enough for the t interval to keep its promise.",
        "fails": "Ten flights are too few: on skewed data the t interval breaks its promise.",
        "undecided": "There are too few experiments to tell whether ten flights are enough.",
    },
)

# %%
fig, axis = subplots(figsize=(6.5, 3.5))
reach = [[a.value - a.low for a in alarms], [a.high - a.value for a in alarms]]
axis.errorbar(sizes, [a.value for a in alarms], yerr=reach, marker="o", capsize=3)
axis.axhline(0.05, color="black", linestyle="--")
axis.text(sizes[0], 0.055, "the promise", va="bottom")
axis.set(
    xscale="log", xlabel="flights in the sample", ylabel="share of false alarms", ylim=(0, None)
)
axis.set_title(finding("0-3"))
show(fig, alt="Share of false alarms of the t interval against sample size. It starts far above "
     "the promised line at ten flights and falls towards it as the sample grows.")  # fmt: skip

# %% [markdown]
# **What to do.** Take more data, or an interval made for the case: Wilson's for shares, the
# bootstrap for statistics without a formula, order statistics for medians. `mlsdlib.estimate` has
# them all. None of them rescues ten skewed numbers that hold no trace of the tail.

# %% [markdown]
# ## Round 2: undecided is not no
#
# Now a claim that is true. Flights from Newark (EWR) leave later than flights from LaGuardia
# (LGA), and over the whole year the difference is well beyond one minute. How often does an
# experiment that draws some flights of each find out?

# %%
newark = flights.loc[flights["origin"] == "EWR", "dep_delay"].to_numpy(dtype=float)
laguardia = flights.loc[flights["origin"] == "LGA", "dep_delay"].to_numpy(dtype=float)
effect = newark.mean() - laguardia.mean()
rng = np.random.default_rng([seed, 3])
print(f"true difference {effect:.2f} minutes, claimed: above {margin:.0f}")
print(f"spread of one delay: {newark.std():.0f} and {laguardia.std():.0f} minutes")

# %%
predict("0-4", "In what share of the experiments does the rule say undecided?", guess=None)


# %%
def verdict_counts(size):
    """How many experiments of this size end in each verdict."""
    groups = ((rng.choice(newark, size), rng.choice(laguardia, size)) for _ in range(n_experiments))
    found = [decide(welch_t(a, b), above=margin) for a, b in groups]
    return {word: found.count(word) for word in ("holds", "undecided", "fails")}


counts = verdict_counts(n_flights)
claim(
    "0-4",
    f"With {n_flights} flights a group, a true claim is left undecided in most experiments",
    wilson(counts["undecided"], n_experiments),
    above=0.5,
    means={
        "holds": "Most experiments of this size end undecided, although the claim is true.",
        "fails": "Most experiments of this size decide the claim.",
        "undecided": "It is open whether most experiments of this size decide the claim.",
    },
)

# %% [markdown]
# **Why.** The delays of single flights spread over tens of minutes. So the average of a sample
# moves by minutes from draw to draw, and so does the difference of two. As long as that is as much
# as the distance to the threshold, the interval covers values on both sides of it.
#
# *Undecided* is an honest answer: it says that the data allow both. Reading it as "no" would
# reject a true claim as often as that. The cure is to plan how much data a verdict needs.

# %% [markdown]
# ### Exercise 0-e3: how much data?
#
# Two groups have standard deviations `sd_a` and `sd_b`. Their means truly differ by `effect`. The
# claim is that the difference is above `threshold`. Return how many observations each group needs
# so that the rule, with its 95-percent interval, says *holds* in 80 of 100 experiments. Use the
# quantiles of the normal distribution. Return `None` if no number is enough.


# %%
# exercise 0-e3
def sample_size(sd_a, sd_b, effect, threshold):
    """Return how many observations a group the rule needs to say "holds" in 80 of 100 runs."""
    return TODO


# %%
exercise("0-e3").check(sample_size)

# %%
sample_size = exercise("0-e3").use(sample_size)
planned = sample_size(newark.std(), laguardia.std(), effect, margin)
found = verdict_counts(planned)
claim(
    "0-5",
    "At the planned sample size the rule finds the true effect in about 80 of 100 experiments",
    wilson(found["holds"], n_experiments),
    between=(0.75, 0.85),
    means={
        "holds": "The plan delivers what it promises.",
        "fails": "The plan does not deliver the share it promises.",
        "undecided": "There are too few experiments to check the plan.",
    },
)

# %%
ladder = sorted({50, n_flights, 500, 1_000, planned, 4_000})
shares = {size: verdict_counts(size) for size in ladder}
fig, axis = subplots(figsize=(6.5, 3.5))
for word, marker, colour in (("holds", "o", 2), ("undecided", "s", 1), ("fails", "^", 5)):
    axis.plot(ladder, [shares[size][word] / n_experiments for size in ladder],
              marker=marker, color=PALETTE[colour], label=word)  # fmt: skip
axis.axvline(planned, color="black", linestyle="--")
axis.annotate("planned", (planned, 0.5), xytext=(4, 0), textcoords="offset points")
axis.set(xscale="log", xlabel="flights a group", ylabel="share of experiments")
axis.set_ylim(-0.03, 1.03)
axis.set_title(finding("0-5"))
axis.legend(loc="center left")
show(fig, alt="Shares of the three verdicts against sample size. Undecided falls and holds rises "
     "with the size; fails stays near zero throughout.")  # fmt: skip

# %% [markdown]
# More data turns *undecided* into *holds*. It should hardly ever turn it into *fails*, because the
# claim is true. That is the point of three verdicts: a small experiment says little, but it seldom
# lies.
#
# **When it breaks.** The plan needs the effect and the spreads before the experiment. Guess them
# too rosy and the experiment is too small. And the plan holds for *one* claim: whoever tests
# twenty useless ideas at this level can expect one to look different from nothing.

# %% [markdown]
# ## Round 3: compare in pairs
#
# Airports share their weather. On a stormy day every airport is late; on a calm day none is. A
# comparison of daily averages that ignores this drowns in the weather. A *paired* comparison takes
# the difference day by day, and what the two share cancels. (It compares days, not flights, so its
# answer differs a little from the one above.)

# %%
predict("0-6", "How many times narrower is the interval when days are paired?", guess=None)

# %%
rng = np.random.default_rng([seed, 4])
daily = flights.groupby(["month", "day", "origin"])["dep_delay"].mean().unstack("origin")
days = daily.sample(n=180, random_state=rng)
ewr, lga = days["EWR"].to_numpy(), days["LGA"].to_numpy()


def narrower(a, b, axis=-1):
    """How many times narrower the paired interval is than the unpaired one."""
    unpaired = np.sqrt(a.var(axis=axis, ddof=1) + b.var(axis=axis, ddof=1))
    return unpaired / (a - b).std(axis=axis, ddof=1)


claim(
    "0-6",
    "Pairing by day makes the interval more than 1.5 times narrower",
    bootstrap(ewr, lga, statistic=narrower, paired=True, rng=rng, unit="times"),
    above=1.5,
    means={
        "holds": "What two airports share in a day is most of the noise; pairs remove it.",
        "fails": "Pairing by day hardly narrows the interval here.",
        "undecided": "The days drawn do not tell whether pairing is worth its trouble.",
    },
)

# %%
stranger = rng.permutation(lga)  # pairs of different days: they share no weather
fig, axes = subplots(1, 2, figsize=(9, 3.8))
axes[0].scatter(lga, ewr, s=12)
axes[0].set(xlabel="LGA, mean delay (minutes)", ylabel="EWR, mean delay (minutes)")
axes[0].set_title("One dot a day: the airports move together")
labels = ["unpaired", "paired with\nanother day", "paired with\nthe same day"]
widths = [np.sqrt(ewr.var() + lga.var()), (ewr - stranger).std(), (ewr - lga).std()]
axes[1].barh(labels, widths, color=[PALETTE[1], PALETTE[6], PALETTE[0]])
axes[1].set_xlabel("standard deviation of the difference (minutes)")
axes[1].set_ylabel("how days are compared", labelpad=12)
axes[1].set_title("The spread that a comparison must overcome")
fig.suptitle(finding("0-6"), x=0.02, ha="left")
show(fig, alt="Left: daily mean delays of the two airports rise together. Right: the spread of "
     "the difference is small only when the same days are paired.")  # fmt: skip

# %% [markdown]
# **When it breaks.** A pair helps only as far as its halves share something. Pair each day with
# *another* day, the black bar, and nothing is gained. And pairs must be independent of each other:
# the folds of a cross-validation share training rows, so their differences are not, and a *t*
# interval over folds is too narrow.

# %% [markdown]
# ### Exercise 0-e2: the paired interval
#
# Write it by hand: two arrays of equal length go in, `(mean, low, high)` of `a - b` comes out, with
# the 95-percent interval of Student's *t*. `scipy.stats.t.ppf` gives the quantile.


# %%
# exercise 0-e2
def paired_interval(a, b):
    """Return (mean, low, high): the mean of a - b with its 95-percent t interval."""
    return TODO


# %%
exercise("0-e2").check(paired_interval)

# %%
paired_interval = exercise("0-e2").use(paired_interval)
mean, low, high = paired_interval(ewr, lga)
print(f"EWR minus LGA, {len(days)} days in pairs: {mean:.1f} minutes [{low:.1f}, {high:.1f}]")

# %% [markdown]
# ## Round 4: time in turn
#
# Speed is the easiest thing to measure badly. A laptop warms up and slows down, another program
# wakes, a disk is busy. If you time A fifteen times and then B fifteen times, whatever happened to
# the machine in between looks like a difference between A and B.
#
# To count errors we need a machine whose truth we know, so we simulate one. Both functions take
# exactly the same time. Single timings are noisy, and the machine's speed drifts a little from
# call to call. We time fifteen of each: first in two blocks, then in turn.

# %%
predict(
    "0-7", "How often do two blocks of fifteen show a difference that is not there?", guess=None
)

# %%
pairs = 15
rng = np.random.default_rng([seed, 5])


def timings():
    """Thirty durations of the same call on a machine that drifts."""
    drift = rng.normal(0, 0.02, 2 * pairs).cumsum()
    noise = rng.normal(0, 0.03, 2 * pairs)
    return np.exp(drift + noise)


def finds_difference(a, b):
    """Whether the ratio's interval excludes 1, to either side."""
    ratio = ratio_from_pairs(a.tolist(), b.tolist())
    return decide(ratio, above=1) == "holds" or decide(ratio, below=1) == "holds"


runs = [timings() for _ in range(3 * n_experiments)]
first, second = np.arange(0, 2 * pairs, 2), np.arange(1, 2 * pairs, 2)
swap = np.arange(pairs) % 2 == 1  # every other pair starts with B
a_turn, b_turn = np.where(swap, second, first), np.where(swap, first, second)
blocks = sum(finds_difference(run[:pairs], run[pairs:]) for run in runs)
in_turn = sum(finds_difference(run[a_turn], run[b_turn]) for run in runs)

# %%
claim(
    "0-7",
    "Timing in two blocks finds a difference between equal calls in more than one run of four",
    wilson(blocks, len(runs)),
    above=0.25,
    means={
        "holds": "Two blocks measure the machine's drift, not the functions.",
        "fails": "Two blocks are misled less often than one time in four here.",
        "undecided": "There are too few runs to tell how often two blocks mislead.",
    },
)
claim(
    "0-8",
    "Timing in turn finds a false difference in fewer than one run of twenty",
    wilson(in_turn, len(runs)),
    below=0.05,
    means={
        "holds": "In turn, the drift hits both alike, and the ratio of each pair is fair.",
        "fails": "Even in turn, false differences are more frequent than promised.",
        "undecided": "There are too few runs to tell whether timing in turn keeps the promise.",
    },
)

# %%
run = max(runs, key=lambda run: abs(np.log(run[:pairs].mean() / run[pairs:].mean())))
fig, axes = subplots(1, 2, figsize=(9, 3.3), sharex=True, sharey=True)
plans = {"two blocks": (slice(0, pairs), slice(pairs, None)), "in turn": (a_turn, b_turn)}
calls = np.arange(2 * pairs)
for axis, (name, (a, b)) in zip(axes, plans.items()):
    for which, colour, marker, label in ((a, 0, "o", "A"), (b, 5, "^", "B")):
        style = {"color": PALETTE[colour], "marker": marker, "label": label}
        axis.scatter(calls[which], run[which], **style)
    axis.set(xlabel="call", ylabel="duration (relative)", title=name)
axes[0].legend()
axes[0].set_xticks(calls[::5])
fig.suptitle(
    "The run that drifted most: the same durations, assigned in two ways", x=0.02, ha="left"
)
show(fig, alt="Durations on a machine that drifts. Assigned in two blocks A and B lie apart; "
     "assigned in turn both cover the same range.")  # fmt: skip

# %% [markdown]
# In the left panel the machine's drift falls between A and B. In the right one it falls on both,
# and the ratio within each pair is hardly touched by it.
#
# `mlsdlib.timing.time_ratio` does this for real calls. It alternates them, swaps who goes first,
# refuses fewer than seven pairs, and returns a ratio with its interval. The course never claims an
# absolute time: it would tell you about this machine, not about yours.

# %% [markdown]
# ## How to read the rest of the course
#
# - A **claim** is one sentence, with a threshold that was fixed, with its reason, before the
#   measurement. `notebooks/claims.toml` keeps them. Some claims repeat common wisdom that turns
#   out to *fail*. Those are the ones to remember.
# - The **seed** is a parameter. Another seed draws other data, and a claim that holds for only one
#   seed is luck. `mlsd run 0 -p seed=1` runs this notebook on another draw.
# - Put a number in **`guess=`** before you run a cell. Your guess is shown beside the measurement,
#   and `mlsd progress` tells how good your intuition is getting.
# - Some numbers are **exact**: a count of bytes has no interval. A claim says so, and why.

# %% [markdown]
# ## Quiz

# %%
quiz("0-q1", choice=None)

# %%
quiz("0-q2", choice=None)

# %%
quiz("0-q3", choice=None)

# %%
quiz("0-q4", choice=None)

# %%
quiz("0-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Wilson (1927) on intervals for shares; Welch (1947) on two groups with different
# spreads; Efron (1987) on the bootstrap; Bengio and Grandvalet (2004) on why cross-validation has
# no unbiased estimate of its own variance.
#
# **Next.** [3.2a Data formats](03_2a_data_formats.ipynb): where to keep a table, measured.
