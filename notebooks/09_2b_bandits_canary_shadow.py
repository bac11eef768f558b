# %% [markdown]
# # 9.2b Bandits, canaries and shadows
#
# **Core question.** A new model is ready. How do you let it near customers, and what may you
# believe of what you see then?
#
# **Time** 60 minutes · **Builds on** [7.1 Batch and online
# prediction](07_1_batch_and_online_prediction.ipynb), [8.1 Failures and feedback
# loops](08_1_failures_and_feedback.ipynb)
#
# You will be able to
#
# - rehearse a model as a shadow, and not be flattered by it (claims 9.2-7, 9.2-7b, exercise 9.2-e6)
# - plan a canary: its share, its test, its blind spots (claims 9.2-6, 9.2-6b, exercise 9.2-e7)
# - choose between a bandit and a test with fixed shares (claims 9.2-5 to 9.2-5c, exercise 9.2-e8)
# - say when it pays to choose for each customer (claim 9.2-7c)
# - run a release that goes back by itself and loses no request (claim 9.2-6c)

# %% tags=["parameters"]
seed: int = 0  # who comes, what they do, who gets which model [0, 1_000_000]
load: float = 0.3  # share of a device's time that customers take [0.05, 0.45]
share: float = 0.25  # traffic of the larger of two canaries [0.02, 1.0]
delta: float = 0.02  # rise of the failure rate that a gate must not miss [0.005, 0.2]
lag: int = 10  # minutes until a failure is known [1, 60]
arms: int = 10  # offers in the larger choice [2, 20]
horizon: int = 2_000  # customers of a bandit [500, 10_000] quick 800
taste: float = 2.0  # how much tastes differ between customers; 1 is usual in this shop [0.0, 3.0]
runs: int = 400  # bandits side by side [40, 1_000] quick 80
worlds: int = 12  # shops in round 4 [4, 40] quick 5

# %%
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from mlsdlib import datasets, experiments, sampling, serving
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, t_interval, welch_t, wilson
from mlsdlib.worlds import ShopSmart, ShopSmartConfig

begin("9.2b", seed=seed, load=load, share=share, delta=delta, lag=lag, arms=arms, horizon=horizon,
      taste=taste, runs=runs, worlds=worlds)  # fmt: skip
x, y = load_digits(return_X_y=True)
x = x / 16


def ratio(a, b, axis):
    return a.mean(axis=axis) / b.mean(axis=axis)


# %% [markdown]
# The model that answers now is the **champion**, the new one the **challenger**. It has passed
# every offline test. There are four ways to bring the two together in production: show the new
# answers to nobody (a shadow), to a few (a canary), to half of the customers by lot (an A/B test,
# [9.2a](09_2a_ab_tests_interleaving.ipynb)), or to more and more as it proves better (a bandit).
#
# ## Round 1: a shadow, seen by nobody
#
# In a **shadow deployment** each request goes to both models. Customers get the champion's answer.
# The challenger's goes into a log. Its risk is low, it is said, since nobody sees it. Its price is
# known: the computing for predictions doubles.
#
# Who waits for whom? **Inline**, the service asks both and then answers. **Aside**, it answers the
# customer, and copies the request to the challenger meanwhile. That is better. But the copy still
# has to be computed somewhere: on a device of its own, or on the one that customers use.
#
# We simulate one device, with requests that come at random. A prediction takes one unit of time,
# by either model. So nothing here depends on the machine that you read this on. A request that
# finds the device at work waits its turn.

# %%
predict("9.2-7", "How many times longer does a slow request take with a shadow?", guess=None)


def latency(gaps, copy, *, customers_first=False):
    """Time of each request of many days side by side; its copy keeps the device for `copy`."""
    now, free, waiting, took = *np.zeros((3, gaps.shape[1])), np.empty_like(gaps)
    for i, gap in enumerate(gaps):
        now = now + gap
        if customers_first:  # copies run while the device is free; the last may not be done yet
            begun = np.minimum(waiting, np.ceil(np.maximum(now - free, 0)))
            free, waiting = free + begun, waiting - begun + copy
        begins = np.maximum(now, free)
        free = begins + 1 + (0 if customers_first else copy)
        took[i] = begins + 1 - now
    return took


# The 99th percentile of the latency of 20 days, for each way to run a shadow.
def slow(load, rng):
    gaps = rng.exponential(1 / load, (4_000, 20))
    shared = latency(gaps, 1)
    ways = {"no shadow": latency(gaps, 0), "inline": shared + 1, "aside, same device": shared,
            "aside, customers first": latency(gaps, 1, customers_first=True)}  # fmt: skip
    return {way: np.quantile(took, 0.99, axis=0) for way, took in ways.items()}


# %%
rng = np.random.default_rng([seed, 1])
p99 = slow(load, rng)
claim("9.2-7",
      f"With {load:.0%} load, a shadow aside on the same device makes p99 more than twice as long",
      t_interval(p99["aside, same device"] / p99["no shadow"], unit="times"), above=2.0, means={
          "holds": "Nobody sees the shadow, and customers wait for it.",
          "fails": "The device has room enough for a shadow.",
          "undecided": "This run cannot tell whether the wait doubles."})  # fmt: skip
at = {part: slow(part, rng) for part in (0.05, 0.1, 0.2, 0.3, 0.4, 0.45)}
fig, axis = subplots(figsize=(6, 3.4))
for number, way in enumerate(p99):
    axis.plot(list(at), [ways[way].mean() for ways in at.values()], "osv^"[number] + "-",
              color=PALETTE[number], label=way)  # fmt: skip
axis.set(xlabel="load by customers alone", ylabel="99th percentile, in predictions",
         title=finding("9.2-7"))  # fmt: skip
axis.legend()
show(fig, alt="Four lines of the slow requests' time against the load. Inline and aside on the "
     "same device rise steeply towards half load; with customers first the line stays close to "
     "that without a shadow.")  # fmt: skip

# %% [markdown]
# A shadow on the same device doubles its load. Waiting does not double: it grows without bound as
# the load nears one. That the copy runs *aside* hardly helps, since the next customer stands
# behind it. The same goes for a shared data base or feature store.
#
# **When it stops being true.** Serve customers first, and each waits for at most one copy that has
# begun. Or copy only a sample of the requests. Or give the shadow a device of its own. And bound
# its queue: our `serving.Rollout` drops copies rather than let them pile up. Then look at what was
# dropped. It is not a random part.

# %% [markdown]
# ### What a shadow cannot see
#
# A shadow shows whether the challenger runs, keeps up, and where it differs. Does it answer
# *better*? Often, **feedback** comes for what was shown, and nothing else. Let a model read digits
# on forms. The customer says right or wrong, and does not say what it should have been. For the
# challenger we have a verdict only where both agree. So let us count those.
#
# The images are real, and since we know the truth, we can look it up. That is the **conversion of
# a supervised set to a bandit**: rewards are hidden but for the chosen answer. Our champion knows
# little, and answers by lot, by its probabilities, and now and then at random.

# %%
predict("9.2-7b", "By how much does the count where both agree flatter the challenger?", guess=None)


def shadow_log(rng):
    """What the log of a champion says of a challenger, and what is true."""
    old, new, fit, seen = np.split(rng.permutation(len(x)), [60, 360, 760])
    champion = LogisticRegression(max_iter=300).fit(x[old], y[old])
    answer = LogisticRegression(max_iter=300).fit(x[new], y[new]).predict(x)
    mu = np.full((len(x), 10), 0.005)  # the probability of each answer; a bit of lot
    mu[:, champion.classes_] += 0.95 * champion.predict_proba(x)
    mu /= mu.sum(axis=1, keepdims=True)
    a = (mu.cumsum(axis=1) > rng.random((len(x), 1))).argmax(axis=1)
    r, policy, z = (a == y).astype(float), np.eye(10)[answer], np.c_[np.ones(len(x)), x]
    linear = experiments.LinUCB(10, 65)  # holds a linear model of the reward of each answer
    linear.update_many(a[fit], r[fit], z[fit])  # learned from other rows of the log
    q = z @ linear.coefficients.T
    row = np.arange(len(x))
    log = r[seen], mu[row, a][seen], policy[row, a][seen]
    return {"truth": (answer == y)[seen].mean(), "both agree": r[seen][(answer == a)[seen]].mean(),
            "direct method": experiments.direct_method(policy[seen], q[seen]).value,
            "IPS": experiments.ips(*log).value, "SNIPS": experiments.snips(*log).value,
            "doubly robust": experiments.doubly_robust(
                *log[:2], policy[seen], q[seen], action=a[seen]).value}  # fmt: skip


rng = np.random.default_rng([seed, 2])
found = pd.DataFrame([shadow_log(rng) for _ in range(20)])

# %%
claim("9.2-7b", "Counted where both agree, the challenger looks more than 0.01 better than it is",
      t_interval(found["both agree"] - found["truth"]), above=0.01, means={
          "holds": "Where two models agree they are mostly right: the count flatters.",
          "fails": "Here the count where both agree is near the truth.",
          "undecided": "This run cannot tell whether it flatters so much."})  # fmt: skip
off = found.drop(columns="truth").sub(found["truth"], axis=0)
print(f"truth {found['truth'].mean():.2f}; the estimates are off by")
print(off.agg(["mean", "std"]).T.round(3).to_string())

# %% [markdown]
# What helps is what the log must hold besides: with what probability μ the champion chose what it
# chose, its **propensity**. A row counts π/μ times, where π is the probability of the same choice
# under the challenger. That is **inverse propensity scoring**, IPS. Rows that the champion seldom
# made stand for many, so the estimate is right on average, and jumps. **SNIPS** divides by the sum
# of the weights and is calmer. The **direct method** asks a model of the reward; what is wrong with
# the model is wrong with the answer, and nothing tells. **Doubly robust** takes the model and
# corrects it by the weighted rows: right if either is.
#
# ### Exercise 9.2-e6: what would it have earned?
#
# Row i of a log has a reward `r[i]`, an action `a[i]`, the probability `mu[i]` of that action under
# the policy that ran, and a list `pi[i]` of the probabilities of *all* actions under the new one.
# The weight of a row is new over old, at most `clip` (no limit if None). Return a pair: the mean of
# weight × reward, and the same sum over the sum of the weights, None if that is 0. Return just None
# if there is no row, or some `mu[i]` is 0 or None.


# %%
# exercise 9.2-e6
def ips(r, a, pi, mu, clip):
    """Return the mean of the weighted rewards, and the weighted mean; None if unknown."""
    return TODO


# %%
exercise("9.2-e6").check(ips)

# %% [markdown]
# Now a real log. A fashion shop ran two policies side by side: one by lot, and a bandit. What would
# showing by lot earn, by the bandit's log? We can compare, as the shop did show by lot.

# %%
ips = exercise("9.2-e6").use(ips)
fig, axis = subplots(figsize=(7, 3.4))
for number, name in enumerate(["all", "men", "women"]):
    log = datasets.load_open_bandit(name, columns=["policy", "click", "propensity_score"])
    lot, bandit = log[log["policy"] == "random"], log[log["policy"] == "bts"]
    pi = lot["propensity_score"].iloc[0]  # the same for every item
    r, mu = bandit["click"].to_numpy(), bandit["propensity_score"].to_numpy()
    row = r, mu, np.full(len(r), pi)
    shown = {"shown by lot": wilson(int(lot["click"].sum()), len(lot)),
             "IPS": experiments.ips(*row), "IPS, clip 20": experiments.ips(*row, clip=20),
             "SNIPS": experiments.snips(*row)}  # fmt: skip
    mine = ips(r.tolist(), [0] * len(r), [[pi]] * len(r), mu.tolist(), None)
    assert np.allclose(mine, [shown["IPS"].value, shown["SNIPS"].value])
    for k, (way, e) in enumerate(shown.items()):
        axis.errorbar(number + (k - 1.5) / 6, 1e3 * e.value,
                      [[1e3 * (e.value - e.low)], [1e3 * (e.high - e.value)]], fmt="osv^"[k],
                      color=PALETTE[k], label=way if number == 0 else None)  # fmt: skip
    w = pi / mu
    worth = sampling.effective_sample_size(w)
    print(f"{name:<6} largest weight {w.max():>6,.0f}; {len(r):,} rows are worth {worth:.0f}")
axis.set_xticks(range(3), ["all", "men", "women"])
axis.set(xlabel="campaign", ylabel="clicks per 1,000", title="What would showing by lot earn?")
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, alt="Estimates with intervals for three campaigns. For women the interval of IPS is wide "
     "and reaches below zero; clipped, it is narrower.")  # fmt: skip

# %% [markdown]
# In one campaign a single row stands for nearly all: the bandit showed an item that it hardly ever
# shows. Its interval goes below zero clicks. **Clipping** makes large weights smaller: calmer, and
# too low, and the interval does not tell you so. SNIPS cannot leave the range of the rewards, but
# if one row has all the weight, that row is its answer. How many rows the log is worth says more
# than either interval.
#
# **When it stops being true.** Without logged propensities there is no estimate. Nor is there one
# for what the old policy never did. So let the champion choose by lot now and then, and log the
# probability with the choice.

# %% [markdown]
# ## Round 2: a canary
#
# Miners took a canary along, which fell silent before the gas reached them. A **canary release**
# gives the challenger a small share of the traffic. If it does well, the share grows; if not, it is
# **rolled back**. (In an A/B test the shares are fixed and one asks which is better. A canary asks
# whether it is safe to go on. The first stage of a test may serve as a canary.) Who gets it is
# drawn by a hash of the customer: nobody likes a page that changes with each click.
#
# When has it done well? If you look after each answer and stop at the first bad sign, you will see
# one by chance. Wald's **sequential probability ratio test**, SPRT, may look as often as it likes.
# It compares two rates of failure, a good one p0 and a bad one p1. Each failure moves a balance up
# by log(p1/p0), each success down by a little. At an upper bound the challenger is called bad, at a
# lower one good.
#
# ### Exercise 9.2-e7: look after every answer
#
# `x` holds the answers in order, 1 for a failure. The balance starts at 0; a success adds
# log((1 - p1) / (1 - p0)), a negative number. `a` is the risk of calling a good model bad, `b` that
# of calling a bad one good. At or above log((1 - b) / a) return `("bad", n)`, at or below
# log(b / (1 - a)) return `("good", n)`, where n is the number of answers so far. If neither is
# reached, return `("open", n)` with all of them.


# %%
# exercise 9.2-e7
def sprt(x, p0, p1, a, b):
    """Return "bad", "good" or "open", and after how many answers."""
    return TODO


# %%
exercise("9.2-e7").check(sprt)
sprt = exercise("9.2-e7").use(sprt)
print("all fail, none fails:", *(sprt([failed] * 900, 0.02, 0.04, 0.05, 0.05) for failed in (1, 0)))

# %% [markdown]
# Our champion fails in 2 of 100 requests. The challenger fails in 4: twice as often. There are a
# thousand requests a minute. How large should the canary be? It is said: a small share limits the
# damage. We compare one of a hundredth of the traffic with one of `share`.

# %%
predict("9.2-6", f"Harm by a share of 0.01, as part of that by {share:g}?", guess=None)
predict("9.2-6b", f"And if failures are known {lag} minutes late?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
P0, BAD, RATE, RELEASES = 0.02, 0.04, 1_000, 1_000


# Failures that the champion would not have had, in many releases of the bad challenger.
def harm(share, lag):
    luck = rng.random((RELEASES, 4_000))
    n = experiments.sprt(luck < BAD, P0, P0 + delta).n
    extra = ((luck < BAD) & (luck >= P0)).cumsum(axis=1)[np.arange(RELEASES), n - 1]
    return extra + rng.binomial(round(share * RATE * lag), BAD - P0, RELEASES), n


def compared(lag):
    return bootstrap(harm(0.01, lag)[0], harm(share, lag)[0], statistic=ratio, rng=rng)


reading = {"holds": "The smaller share spares customers.",
           "fails": "The smaller share hardly spares customers: it only takes longer.",
           "undecided": "This run cannot tell whether it spares half of them."}  # fmt: skip
claim("9.2-6", "With failures known at once, a canary of 1% does less than half the harm of one of "
      f"{share:.0%}", compared(0), below=0.5, means=reading)  # fmt: skip
claim("9.2-6b", f"With failures known {lag} minutes late, a canary of 1% does less than half the "
      f"harm of one of {share:.0%}", compared(lag), below=0.5, means=reading)  # fmt: skip

# %%
extra, n = harm(0, 0)
shares = np.array([0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0])
fig, axis = subplots(figsize=(6, 3.4))
for number, late in enumerate([0, 1, lag, 3 * lag]):
    line = extra.mean() + shares * RATE * late * (BAD - P0)
    axis.plot(shares, line, "osv^"[number] + "-", color=PALETTE[number], label=f"{late} minutes")
axis.set(xlabel="share of the canary", ylabel="extra failures until rolled back", xscale="log",
         yscale="log", title=finding("9.2-6b"))  # fmt: skip
axis.legend(title="failures are known after")
show(fig, alt="Extra failures against the share, both logarithmic, one line for each delay. "
     "Without delay the line is flat; with a delay it rises with the share.")  # fmt: skip
print(", ".join(f"{n.mean() / part / RATE:.1f} minutes at {part:g}" for part in (0.01, share)))

# %% [markdown]
# The test needs so many answers of the challenger, whoever gets them. Each fails as often. So the
# harm until the verdict is the same for every share. **A small share buys time, not safety.** Time
# to look, and time in which other requests are well.
#
# It is safety where something lags. Until a failure is known, or a roll-back has reached the last
# server, the harm goes on at the rate of the share. Most failures of models are known late. So
# choose the share by the lag: share × requests in the lag × extra failures is what you risk.
#
# **When it stops being true.** The gate sees an average. Suppose that the challenger is as good as
# the champion, and fails in every second request of a **rare segment**, one customer of 100.

# %%
luck = rng.random((RELEASES, 4_000))
rare = experiments.sprt(luck < P0 + 0.01 * (0.5 - P0), P0, P0 + delta)
print("passes the gate:", wilson(int(rare.accepted.sum()), RELEASES))
print(f"customers of the segment among those asked: {0.01 * rare.n.mean():.0f} on average")

# %% [markdown]
# The gate did what it was told: the rise is smaller than `delta`. Gate each segment that matters by
# itself, and give it the traffic that this takes. A segment that is not in the canary at all, such
# as a country where it is night, cannot be gated.
#
# Nor does this gate ask the champion. If everything fails more often since noon, the challenger is
# to blame. Keep a control group of the same size, at the same time, where that can happen.

# %% [markdown]
# ## Round 3: bandits
#
# A test with fixed shares shows the worse offer to half of the customers to its last day. A
# **bandit** shifts the traffic while it learns. It balances **exploitation**, to use what looks
# best, with **exploration**, to try what may be better:
#
# - **ε-greedy**: the best so far, and with probability ε any by lot
# - **UCB** (upper confidence bound): the one with the highest mean plus a bonus for being unknown
# - **Thompson sampling**: each as often as it is likely to be the best
#
# ### Exercise 9.2-e8: Thompson sampling
#
# `s` and `f` are lists: how often each arm has succeeded and failed, as far as is known. Rewards
# that are still to come are in neither, so a whole batch of customers may be served with the same
# lists. Before anything is known all rates are equally likely: the prior is Beta(1, 1). Draw a rate
# for each arm from what is known of it, with `rng`, a numpy generator. Return the number of the arm
# with the highest draw.


# %%
# exercise 9.2-e8
def thompson(s, f, rng):
    """Return the arm to pull next."""
    return TODO


# %%
exercise("9.2-e8").check(thompson)
thompson = exercise("9.2-e8").use(thompson)
rng = np.random.default_rng([seed, 4])
pulled = [thompson([8, 4], [42, 26], rng) for _ in range(2_000)]
print(f"8 of 50 clicked against 4 of 30: the first is shown to {pulled.count(0) / 2_000:.0%}")

# %% [markdown]
# One offer is clicked by 15 customers of 100, all others by 10. **Regret** is what the best offer
# would have earned more. The *even split* is a test to the last customer. The *short test* stops at
# a quarter of them and shows the winner from there on.

# %%
predict("9.2-5", "Clicks lost by Thompson, as a part of those lost by an even split?", guess=None)
predict("9.2-5b", f"{arms} offers: by how much more often does it name the best one?", guess=None)
predict("9.2-5c", "How far is its mean of the worse of two offers too low?", guess=None)

# %%
GOOD, POOR = 0.15, 0.10


# Many runs of a policy with one good offer among poor ones.
def play(policy, offers, runs=runs, **options):
    rates = [GOOD] + [POOR] * (offers - 1)
    return experiments.simulate(policy, rates, horizon, runs, rng=rng, **options)


# An experiment that is no bandit, twice, and three bandits.
def policies(offers):
    return {"even split": experiments.ABTest(offers, trial=horizon),
            "short test": experiments.ABTest(offers, trial=horizon // 4),
            "epsilon-greedy": experiments.EpsilonGreedy(offers, epsilon=0.1),
            "UCB": experiments.UCB1(offers),
            "Thompson": experiments.ThompsonBeta(offers)}  # fmt: skip


two = {name: play(policy, 2) for name, policy in policies(2).items()}
many = {name: play(policy, arms, int(2.5 * runs) if name in ("even split", "Thompson") else runs)
        for name, policy in policies(arms).items()}  # fmt: skip

# %%
lost = {name: found.regret[:, -1] for name, found in two.items()}
claim("9.2-5", "Of two offers, Thompson sampling loses less than half of the clicks that an even "
      "split loses",
      bootstrap(lost["Thompson"], lost["even split"], statistic=ratio, rng=rng), below=0.5, means={
          "holds": "It stops showing what does not work.",
          "fails": "It has hardly begun to learn when the last customer has come.",
          "undecided": "This run cannot tell whether it saves half."})  # fmt: skip
more = [welch_t(found["Thompson"].correct, found["even split"].correct) for found in (two, many)]
claim("9.2-5b", f"Of {arms} offers, Thompson names the best more often than an even split, by over "
      "0.02",
      more[1], above=0.02, means={
          "holds": "It spends customers on the few that may still be the best.",
          "fails": "To name the best, an even split does about as well, or better.",
          "undecided": "This run cannot tell which names the best more often."})  # fmt: skip
worse = two["Thompson"].means[:, 1]
claim("9.2-5c", "Thompson's mean of the worse of two offers is too low by more than 0.005",
      t_interval(POOR - worse[~np.isnan(worse)]), above=0.005, means={
          "holds": "What was unlucky is not tried again, and stays unlucky.",
          "fails": "The mean is nearly right here.",
          "undecided": "This run cannot tell whether the mean is so far off."})  # fmt: skip
print("two offers, names the better one more often than an even split:", more[0])

# %%
fig, axes = subplots(1, 2, figsize=(8, 3.6))
for number, name in enumerate(two):
    colour, mark = PALETTE[number], "osv^D"[number]
    axes[0].plot(two[name].times, two[name].regret.mean(axis=0), color=colour, label=name)
    for found, face in ((two, colour), (many, "none")):
        axes[1].plot(found[name].regret[:, -1].mean(), found[name].correct.mean(), mark,
                     color=colour, markerfacecolor=face)  # fmt: skip
axes[0].set(xlabel="customers", ylabel="clicks lost", title="Two offers")
axes[0].legend(fontsize=8)
axes[1].set(xlabel="clicks lost in the end", ylabel="share of runs that name the best",
            title=f"Two (filled) and {arms} offers (hollow)")  # fmt: skip
show(fig, alt="Left, clicks lost against customers for five policies: the even split rises as a "
     "line, Thompson sampling flattens out. Right, share of runs that name the best against clicks "
     "lost.")  # fmt: skip

# %% [markdown]
# Regret and identification are two goals. With two offers, nearly nothing is gained or lost in
# *naming* the better one. With many, the even split wastes its customers on those that are
# certainly poor. So "a bandit needs fewer samples" is true of finding the best of many.
#
# It is not true of *measuring*. A poor offer that begins with bad luck is not shown again, so its
# mean stays too low; one that begins with good luck is shown until it is known. The mean of an arm
# whose share depends on its own results is biased, and the arm with few pulls has a wide interval.
# If next year's plan needs the size of the effect, run an A/B test.
#
# Look at the short test, too. Most of what a bandit saves, one saves by ending a test in time.
#
# ### What a bandit demands
#
# It needs **online predictions**: who has chosen for everybody the night before cannot shift
# traffic by noon. It needs a **short feedback loop**. And it is **harder to run**: counts that are
# up to date wherever a choice is made, a log with propensities, a way back. Let clicks come late,
# or be counted in batches, by a fifth of all customers.

# %%
late, ways, rows = horizon // 5, ["epsilon-greedy", "UCB", "Thompson"], {}
for name, how in {"at once": {}, "late": {"delay": late}, "in batches": {"batch": late}}.items():
    rows[name] = {way: play(policies(2)[way], 2, 200, **how).regret[:, -1].mean() for way in ways}
print("clicks lost, two offers, when clicks are known")
print(pd.DataFrame(rows).T.round(0).astype(int).to_string())

# %% [markdown]
# UCB chooses the same arm for a whole batch, since nothing changes in between. Those that draw by
# lot spread. If clicks come after the last customer, no bandit learns anything.
#
# **Adversaries.** A bandit acts on what it is told. Let one visitor of 20 be a bot of somebody who
# likes the worse offer and clicks on it whenever it is shown.

# %%
told = [GOOD * 0.95, POOR * 0.95 + 0.05]
fooled = experiments.simulate(experiments.ThompsonBeta(2), told, horizon, runs, rng=rng)
for name, found in {"without bots": two["Thompson"], "with bots": fooled}.items():
    print(f"{name}: {found.pulls[:, 1].sum() / found.pulls.sum():.0%} get the worse offer")

# %% [markdown]
# An even split would believe the bots as well, but only at its end, when somebody looks. Automatic
# evaluation needs limits: votes per visitor, a floor under each share, a control group.
#
# ## Round 4: one offer for each customer
#
# So far the best offer was the best for everybody. **Contextual bandits** look at who is there, the
# *context*, and learn what each action pays for whom. **LinUCB** has a linear model for each arm,
# and adds a bonus where it has seen few customers like this one. Ads and news are its home.
#
# In our shop, eight offers of a category are to be shown. The context is what a customer clicked in
# the month before: the mean style of those products. For a customer who is new it is empty, the
# **cold start**: what is left is what most people like. `taste` says how different customers are.

# %%
predict("9.2-7c", "How many times the clicks of Thompson sampling does LinUCB get?", guess=None)


def visits(taste, rng):
    """Contexts of the visits of one shop's last ten days, and the click rate of each offer."""
    shop = ShopSmart(ShopSmartConfig(n_days=40, taste_sd=taste), rng=rng)
    styles, shown = shop.products.filter(like="style_").to_numpy(), shop.impressions
    start = shown["time"].iloc[0].normalize() + pd.Timedelta(days=30)
    old = shown[(shown["time"] < start) & shown["clicked"]]
    liked = np.zeros((len(shop.users), styles.shape[1]))
    np.add.at(liked, old["user_id"], styles[old["product_id"]])
    liked /= 1 + np.bincount(old["user_id"], minlength=len(liked))[:, None]
    wanted = shop.searches["query"].mode()[0]
    visit = shop.searches[(shop.searches["time"] >= start) & (shop.searches["query"] == wanted)]
    offered = shop.products[shop.products["category"] == wanted].nlargest(8, "popularity")
    context = np.c_[np.ones(len(visit)), 2 * liked[visit["user_id"]]]
    return context, shop.truth.relevance_of(visit)[:, offered["product_id"]]


# %%
rng = np.random.default_rng([seed, 5])
tastes = np.repeat([0.0, 1.0, taste], worlds)
shops = [visits(value, rng) for value in tastes]


# One customer in each shop.
def customers(runs, rng):
    which = [rng.integers(len(context)) for context, _ in shops]
    return [np.stack([shop[part][i] for shop, i in zip(shops, which)]) for part in (0, 1)]


ways = experiments.LinUCB(8, 9, alpha=0.3), experiments.ThompsonBeta(8)
both = [experiments.simulate(way, customers, 2 * horizon, len(shops), rng=rng) for way in ways]
gain = np.divide(*(found.rewards.sum(axis=1) for found in both)).reshape(3, worlds)

# %%
claim("9.2-7c", "Where tastes differ, LinUCB gets more than 1.1 times the clicks of Thompson "
      "sampling, which shows the same to all",
      t_interval(gain[2]), above=1.1, means={
          "holds": "Customers differ enough, and their past says how.",
          "fails": "What is the best for most is nearly the best for each, or is learned sooner.",
          "undecided": "This run cannot tell whether the gain is a tenth."})  # fmt: skip
for value, found in zip(tastes[::worlds], gain):
    print(f"taste {value:g}: {t_interval(found, unit='times')} the clicks")

# %% [markdown]
# A model for each arm has many numbers to learn, and pays for them with customers. **When it stops
# being true.** Where tastes do not differ, there is nothing to gain. Nor is there anything where
# the context says little: with customers who are all new, it is a slow bandit.
#
# ## A release, for real
#
# Now everything at once, with real processes. The champion serves digits over HTTP, from an ONNX
# file. Before it stands a `serving.Rollout`, which callers ask, eight at a time. Challengers come
# one after the other: one was trained on 40 rows by mistake; one is good and dies in its canary;
# one is good. Each is a shadow first. Then a `CanaryGate` raises its share, stage by stage. If a
# challenger gives no answer, the champion is asked, and the gate is told.

# %%
rng = np.random.default_rng([seed, 6])
some, rest = np.split(rng.permutation(len(x)), [800])
truth = {x[i].astype(np.float32).tobytes(): y[i] for i in rest}


def wrong(row, digit):
    return truth[row.tobytes()] != digit


def reader(rows):
    """An ONNX file that reads digits, learned from some rows, and how often it is wrong."""
    model = LogisticRegression(max_iter=300).fit(x[rows], y[rows])
    path = Path(home, f"{len(rows)}.onnx")
    path.write_bytes(serving.classifier_to_onnx(model))
    return path, 1 - model.score(x[rest], y[rest])


# %%
predict("9.2-6c", "How many requests are lost, or decisions wrong?", guess=None)
mishaps = 0
with ExitStack() as stack:
    home = stack.enter_context(tempfile.TemporaryDirectory(prefix="mlsd-"))
    (champion, p0), (good, _), (bad, _) = map(reader, (some[:150], some, some[:40]))
    plans = {"of 40 rows": (bad, None, "roll back"), "that dies": (good, 220, "roll back"),
             "that is good": (good, None, "promote")}  # fmt: skip
    first = stack.enter_context(serving.ServiceProcess(champion))
    front = serving.Rollout(first.url, n_features=64, failed=wrong, rng=seed)
    rollout = stack.enter_context(front)
    for name, (path, dies, expected) in plans.items():
        challenger = stack.enter_context(serving.ServiceProcess(path, crash_after=dies))
        rollout.shadow(challenger.url, most=1_000)
        log = serving.run_load([rollout.url], x[rest], n=200, clients=8, rng=[seed, 7])
        pairs = rollout.end_shadow()
        report = experiments.shadow_compare([p.served for p in pairs], [p.shadow for p in pairs])
        gate = experiments.CanaryGate(p0, p0 + 0.1, shares=(0.1, 0.5, 1), alpha=0.01, beta=0.01)
        rollout.canary(challenger.url, gate)
        while not gate.decided and len(log) < 12:
            log += serving.run_load([rollout.url], x[rest], n=300, clients=8, rng=rng)
        rollout.end_canary()
        mishaps += sum(run.planned - run.count("answered") for run in log)
        mishaps += gate.decided != expected
        print(f"the one {name}: agrees in {report.agreement.value:.0%} of {report.n} requests")

# %%
claim("9.2-6c", "Two bad challengers are rolled back, a good one gets all, and no request is lost",
      float(mishaps), below=0.5, exact=True, reason="a count of requests and decisions", means={
          "holds": "A release that goes wrong is no accident, but a routine.",
          "fails": "Something was lost, or the gate decided wrongly.",
          "undecided": "This run cannot tell: a count has no interval."})  # fmt: skip
print(*(f"{event.what:<10} share {event.share:.2f}" for event in rollout.log), sep="\n")

# %% [markdown]
# The shadow's line for the first challenger is suspicious, and does not say which of the two is
# wrong. The second looked good, and was; that it would die the shadow could not tell. And the
# customers? Those who were answered by the bad one were answered wrongly more often,
# for as long as the gate took. Nobody had to be awake.
#
# **When it stops being true.** Here right or wrong is known at once. With a lag, the gate would
# have been at the next stage before it heard of the last.

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four numbers of offers and three seeds each: `mlsd sweep 9.2b -p
# arms=2,5,10,20 -p seed=0:3 -p worlds=4`. Does a bandit find the best with fewer customers? Among
# few, an even split names it as well. Among many, it wastes its customers.

# %%
swept = sweep.load("published/9.2b-arms")
print(swept.finding("9.2-5b"))
show(swept.figure("9.2-5b"), alt=swept.alt("9.2-5b"))

# %% [markdown]
# ## Quiz

# %%
quiz("9.2-q7", choice=None)

# %%
quiz("9.2-q8", choice=None)

# %%
quiz("9.2-q9", choice=None)

# %%
quiz("9.2-q10", choice=None)

# %%
quiz("9.2-q11", choice=None)

# %%
quiz("9.2-q12", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Wald (1945), *Sequential tests of statistical hypotheses*; Chapelle and Li (2011),
# *An empirical evaluation of Thompson sampling*; Li and others (2010), *A contextual-bandit
# approach to personalized news article recommendation*; Nie and others (2018), *Why adaptively
# collected data have negative bias*; Saito and others (2021), *Open Bandit dataset and pipeline*.
#
# **Next.** Chapter 10, infrastructure.
