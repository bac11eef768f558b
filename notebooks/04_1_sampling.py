# %% [markdown]
# # 4.1 Sampling
#
# **Core question.** When does a sample speak for the whole, and what tells you that it does not?
#
# **Time** 60 minutes · **Builds on** [0 How we test](00_how_we_test.ipynb),
# [3.5 Batch and stream](03_5_batch_and_stream.ipynb)
#
# You will be able to
#
# - name what is wrong with data that were merely at hand (claims 4.1-1, 4.1-1b, exercise 4.1-e1)
# - draw from every group, and say when that makes an estimate more precise (claims 4.1-2, 4.1-2b,
#   exercise 4.1-e2)
# - draw by weight, and know each item's chance (claim 4.1-3, exercise 4.1-e3)
# - sample a stream without knowing its length, and test that it is right (claims 4.1-4, 4.1-4b,
#   exercise 4.1-e4)
# - let draws from one distribution speak for another, and tell when they cannot (claims 4.1-5,
#   4.1-5b, exercise 4.1-e5)

# %% tags=["parameters"]
seed: int = 0  # what is drawn everywhere [0, 1_000_000]
n_easy: int = 40_000  # flights in a sample of convenience [100, 80_000] quick 5_000
k_airports: int = 20  # airports drawn by their traffic [2, 60]
reps: int = 200  # samples in one test of a reservoir [50, 10_000]
sigma_q: float = 2.0  # standard deviation of Q, where P has 1 [0.4, 4.0]
dim: int = 20  # numbers in one draw, in the last experiment [1, 40]
times: int = 1_000  # repetitions of each experiment [100, 2_000] quick 100

# %%
import numpy as np
import pandas as pd

from mlsdlib import datasets, graphs, sampling
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, t_interval, wilson

begin("4.1", seed=seed, n_easy=n_easy, k_airports=k_airports, reps=reps, sigma_q=sigma_q, dim=dim,
      times=times)  # fmt: skip

# %% [markdown]
# Why **sample** at all? Often you cannot have all data: nobody can ask every user. Often there are
# too many: you try a model on a part first, pay for a part of the labels, watch a part of the log.
# Training data, the split into training and test, monitoring: each is a sample. How it was drawn
# decides what it can tell.
#
# ## Round 1: data that were at hand
#
# If chance does not decide who is taken, it is **nonprobability sampling**. It has four usual
# kinds:
#
# | Kind | Who is taken | Example |
# |---|---|---|
# | **Convenience** | what is at hand | language models learn from Wikipedia and Reddit |
# | **Snowball** | those taken name the next | from an account to those whom it follows |
# | **Judgement** | whom an expert picks | "five typical days" |
# | **Quota** | so many of each group, whoever comes first | the first 50 men and 50 women |
#
# Most projects begin so. Models of sentiment learn from reviews on IMDB and Amazon, since those
# carry their label; people who write no reviews are not in them. Cars first learnt to drive by
# themselves where the sun shines and the law allows it.
#
# We begin with a snowball in a real network whose truth is known: the English dictionary WordNet.
# Two words are neighbours if they share a meaning. How many synonyms has a word, of those that
# have any? A few words by lot name up to three synonyms each, those name the next, until there are
# a thousand.

# %%
senses = datasets.load_wordnet(columns=["pos", "synset_offset", "lemma"])
senses["word"] = pd.factorize(senses["lemma"])[0]
pairs = senses.merge(senses, on=["pos", "synset_offset"]).query("word_x < word_y")
neighbours = graphs.adjacency(pairs[["word_x", "word_y"]].to_numpy())
words = np.array(list(neighbours))
degree = np.zeros(words.max() + 1)
degree[words] = [len(neighbours[word]) for word in words.tolist()]
truth = degree[words].mean()
predict("4.1-1", "By what factor is the mean number of synonyms too large?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
snowballs = [sampling.snowball_sample(neighbours, 1_000, starts=5, names=3, rng=rng)
             for _ in range(max(times // 25, 10))]  # fmt: skip
means = np.array([degree[found].mean() for found in snowballs])
claim("4.1-1",
      "A snowball finds words with more than 1.5 times as many synonyms as words have on average",
      t_interval(means / truth, unit="times"), above=1.5, means={
          "holds": "Who is named is no random word: the well connected are named more often.",
          "fails": "This snowball is not far from a random sample.",
          "undecided": "This run cannot tell whether the snowball is so far off."})  # fmt: skip

# %% [markdown]
# Your friends have more friends than you, on average, since popular people are friends of many
# (Feld 1991). A word with ten synonyms can be named by ten. So a walk along edges finds a node
# about in proportion to its number of neighbours, its **degree**. That suggests a cure: count each
# word in proportion to 1/degree. Epidemiologists do so with people who are in no register.
#
# ### Exercise 4.1-e1: weights for a snowball
#
# `degrees` is a list: how many neighbours each member of the sample has. Return a list of weights
# in proportion to 1/degree that sum to 1. Nobody can name a node without neighbours; if it is in
# the sample, as a start, its weight is 0. If all are such, all weights are 0.


# %%
# exercise 4.1-e1
def rds_weights(degrees):
    """Return a weight for each member of a snowball sample, in proportion to 1 / degree."""
    return TODO


# %%
exercise("4.1-e1").check(rds_weights)
rds_weights = exercise("4.1-e1").use(rds_weights)
weighted = [np.dot(rds_weights(degree[s].tolist()), degree[s]) for s in snowballs]
reached = graphs.k_hop(neighbours, int(np.argmax(degree)), 99)
print(f"synonyms: {truth:.1f} in truth, {means.mean():.1f} in snowballs, {np.mean(weighted):.1f} "
      f"weighted; {len(reached) / len(words):.0%} of the words hang together, with "
      f"{degree[list(reached)].mean():.1f}")  # fmt: skip

# %% [markdown]
# The weights take away most of the bias, and not all. They bring the mean near that of the words
# that hang together. Most words stand in small islands, where no path leads. A weight makes a word
# that was found count less; it cannot find the others.
#
# Now the other kinds. How late do flights from New York arrive, on average over 2013? We take the
# first 10,000 of the year; the same number with each airline's quota, filled as they come; and two
# judgements of an expert.

# %%
flights = datasets.load_flights(columns=["time_hour", "carrier", "dest", "arr_delay"]).dropna()
flights = flights.sort_values("time_hour", kind="stable", ignore_index=True)
delay, when = flights["arr_delay"].to_numpy(), flights["time_hour"].dt
carriers = flights["carrier"].value_counts()
quota = dict(zip(carriers.index, sampling.proportional_allocation(carriers, 10_000)))
for name, taken in {
    "all flights": slice(None),
    "convenience: the first 10,000": slice(10_000),
    "quota: the first of each airline":
        flights.groupby("carrier").cumcount() < flights["carrier"].map(quota),
    "judgement: the 15th of each month": when.day == 15,
    "judgement: each Wednesday": when.day_name() == "Wednesday",
    "by lot: 10,000": np.random.default_rng([seed, 2]).choice(len(delay), 10_000, replace=False),
}.items():  # fmt: skip
    print(f"{name:<34} {delay[taken].mean():>5.1f} minutes late")

# %% [markdown]
# The quota has every airline in its right share, and is as wrong as the first: all are flights of
# a few days in January. One of the judgements is good. Nothing about it says so.
#
# Would more data help? Suppose we have three months of data, as one often has. We draw flights
# from those, as many as we like, and compute the mean with its 95 % interval.

# %%
predict("4.1-1b", "In what share of the samples does the interval hold the truth?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
easy = delay[(when.month <= 3).to_numpy()]


def interval(population, n):
    # the mean of n flights drawn from a part of the year, and half of its interval
    drawn = population[rng.integers(len(population), size=n)]
    return drawn.mean(), 1.96 * drawn.std(ddof=1) / np.sqrt(n)


found = [interval(easy, n_easy) for _ in range(times)]
claim("4.1-1b",
      f"The 95 % interval of {n_easy:,} flights of the first three months holds the year's mean in "
      "less than half of the samples",
      wilson(sum(abs(mean - delay.mean()) <= half for mean, half in found), times),
      below=0.5, means={
          "holds": "So many flights are certain of the wrong value.",
          "fails": "So few flights are uncertain enough to hold the truth by and large.",
          "undecided": "This run cannot tell whether the interval mostly misses."})  # fmt: skip

# %%
sizes = np.array([200, 1_000, 5_000, 20_000, 80_000])
fig, axis = subplots(figsize=(7, 3.4))
for number, (label, part) in enumerate({"January to March": easy, "all year": delay}.items()):
    means, halves = zip(*(interval(part, n) for n in sizes))
    axis.errorbar(sizes * 1.15**number, means, halves, fmt="os"[number], capsize=3, label=label)
axis.axhline(delay.mean(), color="black", linewidth=1, label="the year's mean")
axis.set(xscale="log", xlabel="flights drawn", ylabel="arrival delay, minutes",
         title=finding("4.1-1b"))  # fmt: skip
axis.set_xticks(sizes, [f"{n:,}" for n in sizes])
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Shrinking intervals: of all year on the truth, of three months on a value below it.")

# %% [markdown]
# An interval knows of chance only. **Bias** is what remains when chance is gone, and more data of
# the same kind leave it where it was. The larger the sample, the surer the mistake. In a small one
# the interval happens to be wide enough.
#
# **When it stops being true.** Where what you measure does not depend on how the data came, a
# sample of convenience is as good as any. You cannot see that from the sample itself. So compare
# something that you know of the whole, such as the share of each airline and month.
#
# ## Round 2: chance, under control
#
# In **probability sampling** each row has a known chance, and none has chance zero. In **simple
# random sampling** all have the same: draw a tenth by lot, and each row is in with probability 0.1.
# It is easy, and fair on average. But a rare group may be missed. A group of $m$ rows is missed by
# a sample of a share $s$ with probability close to $(1-s)^m$. The year's flights have 16 airlines.
# We draw one in a hundred.

# %%
predict("4.1-2", "What share of the samples lacks at least one airline?", guess=None)

# %%
rng = np.random.default_rng([seed, 4])
one_percent = len(flights) // 100
counts = rng.multivariate_hypergeometric(carriers, one_percent, times, method="marginals")
claim("4.1-2",
      "A simple random sample of 1 % of the flights lacks an airline more often than not",
      wilson(int((counts == 0).any(axis=1).sum()), times), above=0.5, means={
          "holds": "Fair to each flight is not fair to each group.",
          "fails": "Most samples have every airline.",
          "undecided": "This run cannot tell which of the two is more frequent."})  # fmt: skip
rows = sampling.stratified_sample(flights["carrier"], one_percent, rng=rng)
print(f"a stratified sample has {flights['carrier'].iloc[rows].nunique()} airlines, the smallest "
      f"has {carriers.min()} flights")  # fmt: skip

# %% [markdown]
# **Stratified sampling** divides the rows into groups, **strata**, and draws from each, here in
# proportion to its size. If one class is one row in a hundred, a small share of each class keeps it
# so, and has it for sure. That is why a split into training and test is stratified.
#
# Is a stratified sample also more *precise*? The mean of a stratified sample cannot be wrong about
# how large the groups are. It can still be wrong about each group's mean. So it gains if the
# groups differ in what you measure, and little if they do not.
#
# We estimate the mean fare of New York's taxis from a sample of 200. The strata are
# ten classes of distance, equally large.

# %%
predict("4.1-2b", "Variance of the stratified mean, over that of the simple one?", guess=None)

# %%
rng = np.random.default_rng([seed, 5])
rides = datasets.load_taxi().query("fare_amount > 0 and trip_distance > 0")
fare, pickup = rides["fare_amount"].to_numpy(), rides["tpep_pickup_datetime"].dt
decile = pd.qcut(rides["trip_distance"], 10, labels=False).to_numpy()


def stratified_mean():
    # the mean fare of a stratified sample, each stratum weighted by its size
    rows = sampling.stratified_sample(decile, 200, rng=rng)
    means = np.bincount(decile[rows], fare[rows]) / np.bincount(decile[rows])
    return means @ np.bincount(decile) / len(fare)


simple = [fare[rng.choice(len(fare), 200, replace=False)].mean() for _ in range(times)]
stratified = [stratified_mean() for _ in range(times)]
ratio = bootstrap(*((np.array(means) - fare.mean()) ** 2 for means in (stratified, simple)),
                  statistic=lambda a, b, axis: a.mean(axis) / b.mean(axis),
                  resamples=500, rng=rng)  # fmt: skip
claim("4.1-2b", "Strata of distance take away more than half of the variance of the mean fare",
      ratio, below=0.5, means={
          "holds": "Strata that predict the fare are worth as much as twice the rows, or more.",
          "fails": "These strata gain less than twice the rows would.",
          "undecided": "This run cannot tell whether half of the variance is gone."})  # fmt: skip

# %%
strata = {"distance": decile, "hour": pickup.hour, "weekday": pickup.day_of_week,
          "payment": rides["payment_type"], "passengers": rides["passenger_count"]}  # fmt: skip
fig, axis = subplots(figsize=(7, 3.2))
for y, stratum in enumerate(strata.values()):
    spread = pd.Series(fare).groupby(np.asarray(stratum)).agg(["size", "std"]).fillna(0.0)
    share = spread["size"] / len(fare)
    left = np.array([share @ spread["std"] ** 2, (share @ spread["std"]) ** 2]) / fare.var()
    axis.barh([y, y + 0.38], left, 0.36, color=PALETTE[:2])
axis.plot([ratio.low, ratio.value, ratio.high], [0, 0, 0], "k-o", markevery=[1])
axis.set_yticks(np.arange(5) + 0.19, strata)
axis.invert_yaxis()
axis.legend(axis.containers[0], ("in proportion", "Neyman"), loc="upper right", ncols=2)
axis.set(xlabel="variance left, over that of a simple sample", ylabel="strata",
         title=finding("4.1-2b"))  # fmt: skip
show(fig, alt="Pairs of bars for five kinds of strata. Those of distance are short, the second "
     "shorter still; all others reach nearly to one.")  # fmt: skip

# %% [markdown]
# The bars are what theory says, the point is what our samples did. Strata of hour, weekday, payment
# or passengers guarantee that all are there, and make the mean hardly more precise: they do not
# predict the fare. And proportion, the upper bar, is not the best rule. Long rides differ more
# among each other, so they deserve more of the 200. That is **Neyman's allocation**, the lower bar.
#
# ### Exercise 4.1-e2: how many from each?
#
# `sizes` are the strata's sizes $N$, `sds` the standard deviations $S$ of the values in them. With
# $m$ rows from a stratum its part of the variance is $(NS)^2/m$, and the parts add up. Return the
# list of whole numbers $m$ that makes the sum smallest. It sums to `n` exactly, which is never
# fewer than the strata. Each stratum gets at least one row, also if $S=0$, and never more than it
# has. Of equally good answers any is right.


# %%
# exercise 4.1-e2
def neyman(sizes, sds, n):
    """Return how many of n rows to draw from each stratum, for the smallest variance."""
    return TODO


# %%
exercise("4.1-e2").check(neyman)

group = pd.Series(fare).groupby(decile)
print("Neyman's 200, by distance:", *sampling.neyman_allocation(group.size(), group.std(), 200))

films = datasets.load_movielens("movies")["genres"]
combinations, labels = films.value_counts(), films.str.get_dummies("|")
rng = np.random.default_rng([seed, 6])
drawn = np.unique(np.concatenate([
    rng.choice(np.flatnonzero(labels[genre]), int(labels[genre].sum()) // 10, replace=False)
    for genre in labels]))  # fmt: skip
print(f"{len(films):,} films; {len(combinations)} combinations of genres, "
      f"{(combinations == 1).mean():.0%} with one film; {labels.sum(axis=1).mean():.2f} genres a "
      f"film, {labels.iloc[drawn].sum(axis=1).mean():.2f} by tenths")  # fmt: skip

# %% [markdown]
# The longest rides get the most rows. A few dear rides over next to no distance give the first
# class more than its neighbours: such a spread is hard to guess.
#
# **When it stops being true.** The strata and their spreads must be known before you draw. And what
# is best for the fare may be bad for the tip.
#
# ### Rows with several labels
#
# Strata must not overlap. A film may be a comedy, a romance and a drama: **multilabel** rows do not
# fit. We tried two ways out. The first takes each *combination* of genres for a stratum. Many then
# have a single film, and a small sample cannot take one of each. The second draws a tenth of each
# genre and puts the tenths together. A film with five genres then has five chances.
#
# So one goes through the films and puts each into the part that lacks its rarest genre most:
# *iterative stratification* (Sechidis and others 2011). It gets close, and no more.
#
# ### Weights
#
# **Weighted sampling** gives each row its own chance. The weights hold what you know: recent data
# count more; a group that is rare in the data and frequent in the world counts more. Suppose that
# you may ask a few of the airports that New York flies to, and prefer the busy ones. You draw by
# traffic: one by its share $w$, then one of the rest, until you have $k$. In how many samples is
# the busiest? In $k·w$, one would think, or in all if that is more than 1.

# %%
predict("4.1-3", f"Its chance, over what k·w promises, if {k_airports} are drawn?", guess=None)

# %%
rng = np.random.default_rng([seed, 7])
airports = flights.groupby("dest")["arr_delay"].agg(["size", lambda x: (x > 30).sum()])
traffic, late = airports.to_numpy().T
naive, busiest = np.minimum(k_airports * traffic / traffic.sum(), 1), int(np.argmax(traffic))
one_by_one = [sampling.weighted_sample(traffic, k_airports, rng=rng) for _ in range(times)]
included = wilson(sum(busiest in rows for rows in one_by_one), times)
claim("4.1-3",
      f"Of {k_airports} airports drawn one by one by traffic, the busiest is included in less than "
      "nine tenths of the samples that k·w promises",
      included.map(lambda share: share / naive[busiest]), below=0.9, means={
          "holds": "The weights rule each draw. They are not the chances over all draws.",
          "fails": "With this k the chances are near to k·w, or near to certainty.",
          "undecided": "This run cannot tell whether a tenth of those is missing."})  # fmt: skip

# %% [markdown]
# Who is drawn cannot be drawn again. So the heavy ones lose draws, and the light ones gain them.
# If $k·w$ is over 1 for one item, it is not even possible.
#
# To reach the chances exactly, lay the items on a line, each as long as its chance, and put a comb
# on it whose teeth are 1 apart. Drawn is what a tooth hits: **systematic** sampling with
# *probability proportional to size*, PPS.
#
# ### Exercise 4.1-e3: the comb
#
# `weights` are not negative, at least `k` of them positive. The chance of an item is its share of
# the weight times `k`. If that is 1 or more, the item is certain. Take it, and do the same with
# the others and the places that are left, until no item is certain. Lay the others side by side in
# their order, each as long as its chance. A stretch holds its beginning, not its end. The teeth
# stand at `start`, `start + 1` and so on, with `0 <= start < 1`. Return the positions of all k
# items drawn, sorted.


# %%
# exercise 4.1-e3
def systematic_pps(weights, k, start):
    """Return, sorted, the positions of k items, drawn by a comb that begins at start."""
    return TODO


# %%
exercise("4.1-e3").check(systematic_pps)
comb = [sampling.systematic_pps(traffic, k_airports, rng=rng) for _ in range(times)]
chance = sampling.inclusion_probabilities(traffic, k_airports)
for name, samples in {"one by one": one_by_one, "by the comb": comb}.items():
    totals = np.array([(late[rows] / chance[rows]).sum() for rows in samples]) / late.sum()
    print(f"{name:<11} total off by {t_interval(100 * (totals - 1), unit='%')}")

# %% [markdown]
# Why does the exact chance matter? A row that was drawn with chance $π$ stands for $1/π$ rows. So
# the total of late flights is estimated by adding up late/$π$ over the sample (Horvitz and Thompson
# 1952). If the draw does not keep its $π$, the total is off. It is less off than single airports:
# what the heavy ones lack, the light ones have too much.
#
# ### Weights in training
#
# **Sample weights** in training are the same thought. Shall a rare class count as much as the
# other? Draw it more often, or draw all alike and multiply its loss. We do both with bad loans,
# one in twenty, and compare the gradient of a logistic regression over a batch of 64.

# %%
rng = np.random.default_rng([seed, 8])
loans = datasets.load_lending_club()
x = loans[["funded_amnt", "int_rate", "annual_inc", "revol_util", "inq_last_6mths"]]
bad = (loans["Class"] == "bad").to_numpy()
gradient = (0.5 - bad)[:, None] * ((x - x.mean()) / x.std()).to_numpy()  # all predict one half
weight = np.where(bad, 0.5 / bad.mean(), 0.5 / (1 - bad.mean()))[:, None]
whole = (weight * gradient).mean(axis=0)
chance = weight.ravel() / weight.sum()
for name, found in {
    "loss": [(weight * gradient)[rng.integers(len(bad), size=64)] for _ in range(times)],
    "draw": [gradient[rng.choice(len(bad), 64, p=chance)] for _ in range(times)],
}.items():
    off, size = np.mean(found, axis=1) - whole, np.linalg.norm(whole)
    print(f"weights in the {name}: mean off by {np.linalg.norm(off.mean(axis=0)) / size:.0%}, "
          f"one batch by {np.sqrt(np.sum(off**2, axis=1).mean()) / size:.0%}")  # fmt: skip

# %% [markdown]
# Both gradients are right on average; what their means are off is left to chance. One batch says
# far less if the weights are in the loss: it has few bad loans, sometimes none, and each of them
# weighs much. The draw has a price, too. It shows the same few bad loans again and again; over the
# whole data nothing new is learnt.
#
# ## Round 3: a stream without an end
#
# You want 1,000 of today's tweets, each with the same chance, and nobody knows how many will come.
# A **reservoir** keeps the first $k$. Then tweet number $n$ is kept with probability $k/n$, in the
# place of one drawn at random. At any moment each tweet so far is in it with the same chance.
#
# ### Exercise 4.1-e4: the reservoir
#
# `stream` is an iterator that can be walked once and may be too long to keep. `rng` is a numpy
# generator: `rng.integers(m)` is one of 0 to m - 1. Return a list of `k` items of the stream, each
# set of `k` with the same chance, or all items if there are fewer. `k` may be 0.


# %%
# exercise 4.1-e4
def reservoir(stream, k, rng):
    """Return k items of a stream, each kept with the same probability; all if there are fewer."""
    return TODO


# %%
exercise("4.1-e4").check(reservoir)
day = np.sort(datasets.load_bikeshare_trips(columns=["start_date"])["start_date"].dt.day_of_year)
for n in (10_000, 100_000, len(day)):
    kept = sampling.ReservoirSampler(1_000, rng=np.random.default_rng([seed, 9]))
    for chunk in np.array_split(day[:n], 50):  # the day of each ride, as they come
        kept.update_many(chunk)
    print(f"{kept.n_seen:>7,} rides seen, {kept.n_accepted:,} looked at")
recent = sampling.WeightedReservoirSampler(1_000, rng=np.random.default_rng([seed, 9]))
recent.update_many(day, 2.0 ** (day / 30))  # a ride weighs twice as much as one 30 days older
for name, sampler in {"equal chances": kept, "weights that fade": recent}.items():
    print(f"{name}: {np.mean(np.array(sampler.get()) > 365 - 90):.0%} are from the last 90 days")

# %% [markdown]
# Your function draws a random number for each item: Algorithm R. The library's `ReservoirSampler`
# draws instead how many items to *skip* until the next one enters. It looks only at those that
# enter, and they get rare: each time the stream grows tenfold, about as many enter as the time
# before. Two reservoirs of two streams can be merged.
#
# Equal chances over *all* time may not be what you want: last year's tweets fill most of the
# reservoir. In a **weighted reservoir** each item has a weight. Give newer ones more, and the old
# fade.
#
# ### Is it right?
#
# Any mistake still returns $k$ items, and none looks odd. The usual mistake is to draw
# from $n-1$ places in place of $n$. A test counts how often each position of a stream of 50 is
# kept, over many samples of 5, and compares with 1/10 by **chi-square**. Without replacement the
# counts vary a little less than independent ones, by $(n-k)/(n-1)$.

# %%
n, k = 50, 5


def algorithm_r(runs, rng, *, mistake=0):
    # which positions of a stream of n are kept, in many runs at once; shape (runs, k)
    kept = np.tile(np.arange(k), (runs, 1))
    for i in range(k, n):
        place = rng.integers(i + 1 - mistake, size=runs)
        run = np.flatnonzero(place < k)
        kept[run, place[run]] = i
    return kept


def test(kept):
    # chi-square: are all positions kept equally often?
    return sampling.inclusion_test(np.bincount(kept.ravel(), minlength=n), k)


def library(rng):
    sampler = sampling.ReservoirSampler(k, rng=rng)
    sampler.update_many(range(n))
    return sampler.get()


predict("4.1-4", "How often does the library keep the first five, over k/n?", guess=None)
predict("4.1-4b", f"In what share of tests of {reps} samples is the mistake found?", guess=None)

# %%
rng = np.random.default_rng([seed, 10])
right = np.array([library(rng) for _ in range(20 * times)])
claim("4.1-4",
      "A reservoir keeps the first items of a stream as often as all others, to a twentieth",
      t_interval((right < k).sum(axis=1) / (k * k / n)), between=(0.95, 1.05), means={
          "holds": "The chances are equal, though nobody knew how many would come.",
          "fails": "The reservoir favours one end of the stream.",
          "undecided": "This run cannot tell so exactly."})  # fmt: skip
tests = [algorithm_r(reps, rng, mistake=1) for _ in range(times)]
found = wilson(sum(test(kept).pvalue < 0.05 for kept in tests), times)
claim("4.1-4b",
      f"With {reps:,} samples a test at 5 % finds the mistake in fewer than a quarter of the cases",
      found, below=0.25, means={
          "holds": "So small a test mostly lets the mistake pass. That it is green says little.",
          "fails": "So many samples show the mistake in a quarter of the cases or more.",
          "undecided": "This run cannot tell whether the test finds it so seldom."})  # fmt: skip
aimed = [t_interval((kept < k).sum(axis=1)) for kept in tests]
seen = np.mean([not e.low <= k * k / n <= e.high for e in aimed])
print(f"found by chi-square in {found.value:.0%} of the tests, by the first five in {seen:.0%}")

# %%
wrong = algorithm_r(len(right), rng, mistake=1)
fig, axis = subplots(figsize=(7, 3.2))
for number, (label, kept) in enumerate({"the library": right, "the mistake": wrong}.items()):
    axis.plot(np.bincount(kept.ravel()) / len(kept), "os"[number], markersize=4, label=label)
    print(f"{label}: equal chances {'rejected' if test(kept).pvalue < 1e-3 else 'not rejected'}")
axis.axhline(k / n, color="black", linewidth=1, label="k/n")
axis.set(xlabel="position in the stream", ylabel="share of the samples", title=finding("4.1-4"))
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Two rows of points over the position. One lies along the line of k/n. The other "
     "lies a little above it, but for the first five points, which are far below.")  # fmt: skip

# %% [markdown]
# The mistake replaces a little too often. So the first five lose, and all later items gain a
# little. With few samples that drowns in noise: the test lacks **power**. A test that looks at the
# suspects only needs fewer samples. If you test chance, first compute how many samples show the
# mistake that you fear; plant it, and see that the test turns red.
#
# **When it stops being true.** The test sees single items only. A sampler may keep each equally
# often and still keep some *together* too often. And a reservoir costs its bookkeeping. If the rows
# lie in a table, their number is known: draw from that.
#
# ## Round 4: draws that speak for others
#
# You want a mean under a distribution $P$, and can only draw from another, $Q$. **Importance
# sampling** draws from $Q$, and weights each draw by $p/q$: how much more often $P$ would give it.
# If $p$ or $q$ is known only up to a factor, divide by the sum of the weights. How many draws with
# equal weights would be as good? The **effective sample size** says, ESS: $(\sum w)^2/\sum w^2$.
#
# ### Exercise 4.1-e5: weigh, and count
#
# `x` are values of draws from Q; `logp` and `logq` the logarithms of both densities there. Each may
# lack a constant, and be very large or small; `logp` may be `-inf`. Return a pair: the estimate of
# the mean of x under P, $\sum wx/\sum w$, and the effective sample size. If P gives none of the
# draws, return `(nan, 0.0)`.


# %%
# exercise 4.1-e5
def snis(x, logp, logq):
    """Return the self-normalised estimate of the mean of x under P, and the effective size."""
    return TODO


# %%
exercise("4.1-e5").check(snis)

# %% [markdown]
# P is the standard normal distribution, and we want the mean of $x^2$, which is 1. Q is a normal
# distribution, too, with another standard deviation. We draw 1,000 values, compute the estimate
# with its interval, and repeat.

# %%
predict("4.1-5", "In what share of the runs does the interval hold the truth?", guess=None)

# %%
rng = np.random.default_rng([seed, 11])


def run(sigma):
    # one estimate of the mean of x², and the effective share of the draws
    x = rng.normal(0, sigma, 1_000)
    logs = -(x**2) / 2, -(x**2) / (2 * sigma**2)  # log p, log q
    share = sampling.effective_sample_size(sampling.importance_weights(*logs)) / len(x)
    return sampling.importance_mean(x**2, *logs), share


runs = {sigma: [run(sigma) for _ in range(times)] for sigma in sorted({0.5, 2.0, sigma_q})}
claim("4.1-5",
      f"From a Q with standard deviation {sigma_q:g}, the 95 % interval holds the truth in more "
      "than nine runs of ten",
      wilson(sum(e.low <= 1 <= e.high for e, _ in runs[sigma_q]), times), above=0.9, means={
          "holds": "Draws from Q, weighted, speak for P.",
          "fails": "The interval promises more than it keeps.",
          "undecided": "This run cannot tell whether the interval is good enough."})  # fmt: skip
for sigma, found in runs.items():
    values, shares = zip(*((e.value, share) for e, share in found))
    print(f"sigma {sigma:g}: median {np.median(values):.2f}, mean {np.mean(values):.2f}, "
          f"effective share {np.mean(shares):.2f}")  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.2))
for sigma, label in ((0.5, "Q half as wide"), (2.0, "Q twice as wide")):
    values = [min(e.value, 2.19) for e, _ in runs[sigma]]
    axis.hist(values, np.linspace(0.3, 2.2, 60), alpha=0.7, label=label)
axis.axvline(1, color="black", linewidth=1, label="truth")
axis.set(xlabel="estimate of the mean of x² (the last bar: this or more)", ylabel="runs",
         title=finding("4.1-5"))  # fmt: skip
axis.legend()
show(fig, alt="Two histograms. The one of the wide Q is narrow and centred on the truth. The one "
     "of the narrow Q is broad, lies mostly below the truth, and has a long tail.")  # fmt: skip

# %% [markdown]
# A narrow Q hardly ever gives the large values that P has. Without them the estimate is too low,
# and its interval too short, run after run: *stable and wrong*. In a rare run one such value comes,
# with a huge weight, and the estimate jumps. Here its variance is infinite. So let Q be wider than
# P, not narrower.
#
# ### Can the effective sample size be trusted?
#
# It warned us, a little. For the narrow Q the true effective share is zero, since the variance of
# the weights is infinite, and the draws told of more. Another example: shift Q by half a standard
# deviation in each of many dimensions. Then the true effective share is known: $e^{-d/4}$ in $d$
# dimensions. We compare what 1,000 draws say of themselves.

# %%
predict("4.1-5b", f"ESS as the draws tell it, over the true one, in {dim} dimensions?", guess=None)


# %%
def told_share(d):
    # the effective share of 1,000 draws, as they tell it
    logs = 0.5 * rng.normal(size=(1_000, d)).sum(axis=1)  # log p/q, up to a constant
    return sampling.effective_sample_size(np.exp(logs - logs.max())) / 1_000


rng = np.random.default_rng([seed, 12])
claim("4.1-5b",
      f"In {dim} dimensions the effective sample size flatters itself by a factor of more than 2",
      t_interval([told_share(dim) * np.exp(dim / 4) for _ in range(times)], unit="times"),
      above=2.0, means={
          "holds": "The draws with the large weights have not come, so nobody knows of them.",
          "fails": "In so few dimensions the draws are right about it, to a factor of 2.",
          "undecided": "This run cannot tell whether the factor is 2."})  # fmt: skip
print(f"in truth {np.exp(-dim / 4):.2%} of the draws count, in {dim} dimensions")
dims = np.array([1, 2, 5, 10, 20, 40])
fig, axis = subplots(figsize=(7, 3.2))
axis.plot(dims, [np.mean([told_share(d) for _ in range(100)]) for d in dims], "o-", label="told")
axis.plot(dims, np.exp(-dims / 4), "s--", label="true")
axis.set(yscale="log", xlabel="dimensions", ylabel="effective share of the draws",
         title=finding("4.1-5b"))  # fmt: skip
axis.legend()
show(fig, alt="Two falling lines on a log axis. They agree in few dimensions; then the true share "
     "falls on straight, and the one that the draws tell bends and stays far above.")  # fmt: skip

# %% [markdown]
# An ESS that is low is bad news, and true. One that looks fair may only mean that the worst has
# not been seen. It can never fall below one draw, however little those draws are worth.
#
# ### Old rewards for a new policy
#
# **Reinforcement learning** uses these weights all the time. A policy chooses actions by chance.
# New data for each new policy are dear, so one takes the rewards that the *old* policy earned, and
# weights each by how likely the new policy is to do the same: the old one is $Q$. Policy-gradient
# methods such as PPO update so, and cut the weights or take small steps, so that the two stay
# close.
#
# A fashion shop logged what one policy showed, with which probability, and what was clicked. What
# would a policy have earned that shows all items equally often? Here that was tried, too.

# %%
for campaign in ("men", "women"):
    log = datasets.load_open_bandit(campaign)
    old, tried = (log[log["policy"] == policy] for policy in ("bts", "random"))
    logs = np.full(len(old), -np.log(log["item_id"].nunique())), np.log(old["propensity_score"])
    weights = sampling.importance_weights(*logs)
    print(f"{campaign}: clicks a view {sampling.importance_mean(old['click'], *logs)}, "
          f"tried {wilson(int(tried['click'].sum()), len(tried))}")  # fmt: skip
    print(f"  effective size {sampling.effective_sample_size(weights):.0f} of {len(old):,}, "
          f"largest weight {weights.max():.0%} (chance {np.exp(logs[1].min()):.1g})")  # fmt: skip

# %% [markdown]
# For women a single view has most of the weight: the old policy hardly ever showed that item, and
# the new one shows it as often as any. What the other thousands of rows tell hardly counts. The
# interval is made of the same few, and reaches below zero clicks. No formula mends that; the data
# are not there.
#
# ## Turn the knob
#
# We ran this notebook with five sizes of the test of a reservoir, and three seeds: `mlsd sweep 4.1
# -p reps=100,200,1000,2000,5000 -p seed=0:3`. Look how many samples it takes to see the mistake.

# %%
swept = sweep.load("published/4.1-reps")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("4.1-4b"), alt=swept.alt("4.1-4b"))

# %% [markdown]
# ## Quiz

# %%
quiz("4.1-q1", choice=None)
quiz("4.1-q2", choice=None)
quiz("4.1-q3", choice=None)

# %%
quiz("4.1-q4", choice=None)
quiz("4.1-q5", choice=None)
quiz("4.1-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Lohr (2021), *Sampling: Design and Analysis*; Feld (1991), *Why your friends have
# more friends than you do*; Vitter (1985), *Random sampling with a reservoir*; Owen (2013), *Monte
# Carlo theory, methods and examples*, chapter 9.
#
# **Next.** [4.2a Label quality](04_2a_label_quality.ipynb): whom to believe when labels differ.
