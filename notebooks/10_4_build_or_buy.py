# %% [markdown]
# # 10.4 Build or buy
#
# **Core question.** Should you build a part of your infrastructure or buy it, and what would change
# your mind?
#
# **Time** 60 minutes · **Builds on** [0 How we test](00_how_we_test.ipynb)
#
# You will be able to
#
# - draw the costs of both over years, and say when they cross, if ever (claims 10.4-1, 10.4-1b,
#   exercise 10.4-e1)
# - price the third option, to wait and see (claim 10.4-1c)
# - find the input that decides, and what it is worth to know it (claims 10.4-2 to 10.4-2c, exercise
#   10.4-e2)
# - see what a scorecard proves, and what it does not (claims 10.4-3 to 10.4-3c, exercise 10.4-e3)
# - write the memo (exercise 10.4-e4)

# %% tags=["parameters"]
seed: int = 0  # which futures and weights are drawn [0, 1_000_000]
growth: float = 0.08  # growth of the traffic from this month to the next [0.0, 0.15]
overrun: float = 1.35  # mean of actual over estimated effort [1.0, 3.0]
eng_cost: float = 16.0  # what an engineer costs a month, in thousand dollars [4.0, 60.0]
w: float = 0.5  # how far each weight of the scorecard may be off, as a share of it [0.05, 1.0]
futures: int = 50_000  # futures that are simulated [1_000, 200_000] quick 2_000

# %%
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, norm

from mlsdlib import economics
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval, wilson

begin("10.4", seed=seed, growth=growth, overrun=overrun, eng_cost=eng_cost, w=w, futures=futures)

# %% [markdown]
# ## What there is to build or to buy
#
# What infrastructure you need varies with the application and its scale. A team with one model that
# runs each night needs little. A shop with twenty models that answer while a page loads needs
# stores for features, a platform for training, and monitoring. How much of it becomes *your* work
# depends on where you stand between two ends:
#
# - **Outsourced.** A supplier sells the predictions. What is left for you is mainly to move data:
#   yours there, the predictions back.
# - **In-house.** You run all of it yourself, in the end in data centres of your own.
#
# Nearly all companies stand between, and decide for each part anew: a **hybrid**. A common set-up
# is managed computers (such as AWS EC2), a data warehouse as a service (such as Snowflake), and a
# feature store and monitoring dashboards of one's own.
#
# Four things are said to decide:
#
# - **Stage.** Early, buy: it works next week. With growth the vendor's bill grows until building
#   pays.
# - **Focus and competitive advantage.** Build what you want to be better at than others. A bank or
#   a furniture chain prefers a managed service. A technology company may prefer modules that it can
#   change.
# - **Maturity of the tools.** Who came early had to build, since nothing was for sale.
# - **Integration.** When mature tools came, these early builders had systems that nothing on sale
#   fitted. For a vendor such a customer is **integration hell**, and young vendors are advised to
#   serve start-ups first.
#
# All four are plausible, and none has a number. We give them numbers for one case. **ShopSmart
# wants a feature store with online serving: buy the managed service, or build one?** Choosing
# vendors well is a growing part of an engineer's work. What you practise here is not the answer, it
# is the way to one.
#
# ## Round 1: two curves
#
# Here is all that goes in. Money is in thousand dollars (k$). For each input a range is given. In
# one case of ten the value lies below it, in one of ten above.

# %%
TENTH = norm.ppf(0.9)  # a tenth of a normal distribution lies so many deviations above the middle


def around(middle, factor):
    """A range on a log scale."""
    return middle / factor, middle, middle * factor


above_one = norm.ppf(0.7)  # of a lognormal, the mean and the share above 1 fix both parameters
sigma = np.sqrt(above_one**2 + 2 * np.log(1.35)) - above_one
overruns = overrun * np.exp(sigma * np.array([-TENTH, 0, TENTH]) - sigma**2 / 2)
GIVEN = {
    "growth": ((growth - 0.03, growth, growth + 0.03), "growth to the next month", "assumption"),
    "half_life": (around(24, 2), "months until growth has halved", "assumption; Chan et al. 2003"),
    "fee": (around(10, 1.3), "fee, k$ a month, at today's traffic", "assumption"),
    "renewal": (around(1, 1.3), "price after two years, to today's", "assumption"),
    "own_share": (around(0.4, 1.5), "rent of own servers, to the fee", "assumption"),
    "engineer": (around(eng_cost, 1.6), "k$ a month, all included", "BLS 2024 (wages)"),
    "overrun": (tuple(overruns), "actual effort, to estimated", "Moløkken & Jørgensen 2003"),
    "keep": (around(1.75, 1.5), "engineers to keep the built one alive", "assumption"),
    "tend": (around(0.25, 2), "engineers to look after the bought one", "assumption"),
    "integrate": (around(4, 1.5), "engineer-months to connect the bought", "assumption"),
    "delay": (around(10, 2), "k$ lost in a month without a store", "assumption")}  # fmt: skip
INPUTS = {name: given[0] for name, given in GIVEN.items()}
ranges = pd.DataFrame(INPUTS, index=["low", "middle", "high"]).T
words = pd.DataFrame({name: given[1:] for name, given in GIVEN.items()}, index=["", "source"]).T
print(ranges.map("{:.3g}".format).join(words).to_string())

# %% [markdown]
# Fixed are: 60 months; an estimate of 24 engineer-months for building, by four people; two people
# who connect the bought one; money of next year is worth a tenth less than today's. All of these
# are assumptions. The vendor has a **volume discount**: what lies beyond 5 times today's traffic
# costs 20 % less, beyond 20 times 40 % less. <!-- given: assumptions of the case -->
#
# Three inputs have evidence behind them.
#
# - **Overrun.** A review of surveys found that 60 to 80 % of software projects take more effort
#   than estimated, and that they take 30 to 40 % more on average (Moløkken and Jørgensen 2003). We
#   fit a lognormal distribution to the middles of both. It need not be so bad: at an outsourcing
#   company, 63 % of 145 projects came within a quarter of their estimates (Kitchenham and others
#   2002). <!-- given: published figures -->
# - **Engineer.** The median wage of a software developer in the United States was 133 k$ a year in
#   2024, and wages are about 70 % of what an employer pays (Bureau of Labor Statistics). Our range
#   leaves out about the lowest and the highest tenth of the wages.
#   <!-- given: published figures -->
# - **Half-life.** There is no number for it. But high growth seldom lasts: beyond what chance
#   would give, that of companies hardly persists (Chan and others 2003).
#
# The model has two rules. While a store is being built or connected, its people cost money, and
# each month without it costs the **delay**: what the store would have earned. Afterwards it runs.
# Integration has its overrun, too: a bought store that does not fit takes as many times longer to
# connect as a built one to build.

# %%
MONTHS, EFFORT, TEAM, PAIR = 60, 24, 4, 2
TIERS = [(0, 1.0), (5, 0.8), (20, 0.6)]


def bills(growth, half_life, fee, renewal, own_share, engineer, overrun, keep, tend, integrate,
          delay, months=MONTHS):  # fmt: skip
    """What buying, building, running the bought and running the built one cost each month."""
    volume = economics.growing(growth, months, half_life=half_life)
    price = np.where(np.arange(months) < 24, 1.0, monthly(renewal))
    run_bought = monthly(fee) * price * economics.tiered(volume, TIERS) + monthly(tend * engineer)
    run_built = monthly(fee * own_share) * volume + monthly(keep * engineer)

    def from_scratch(people, effort, run):
        at_work = economics.busy(effort * overrun / people, months)
        return at_work * monthly(people * engineer + delay) + (1 - at_work) * run

    buy = from_scratch(PAIR, integrate, run_bought)
    return buy, from_scratch(TEAM, EFFORT, run_built), run_bought, run_built


def monthly(x):
    """The same value in each month."""
    return np.asarray(x)[..., None]


# %%
def spent(costs):
    return economics.cumulative(costs, rate=0.1)


def saving(**inputs):
    """What building has saved after five years, in k$ of today."""
    buy, build, *_ = bills(**inputs)
    return (spent(buy) - spent(build))[..., -1]


# %% [markdown]
# ### Exercise 10.4-e1: when do they cross?
#
# `buy` and `build` are lists of what each plan costs in month 1, 2, …. The cost of month t counts
# `1 / (1 + rate) ** t` today. Return the list of the months by whose end the plan that was cheaper
# so far has become the dearer. While both have cost the same, the leader of before is the leader.
# Who leads first has overtaken nobody.


# %%
# exercise 10.4-e1
def crossover(buy, build, rate):
    """Return each month by whose end the cheaper plan has become the dearer."""
    return TODO


# %%
exercise("10.4-e1").check(crossover)

# %% [markdown]
# Now the plan as it usually looks: one number for each input, no overrun, and growth that goes on
# as it is.

# %%
predict("10.4-1", "After how many months is building the cheaper plan?", guess=None)
crossover = exercise("10.4-e1").use(crossover)
middle = {name: ends[1] for name, ends in INPUTS.items()}
naive = middle | {"half_life": np.inf, "overrun": 1.0}
buy, build, *_ = bills(**naive)
promised = spent(buy) - spent(build)
found = crossover(buy.tolist(), build.tolist(), 1.1 ** (1 / 12) - 1)
claim("10.4-1", f"At a growth of {growth:.0%} a month, the plan says that building pays before "
      "five years are over", found[0] if found else np.inf, below=60, exact=True,
      reason="the first month at which the sums cross; infinite if they do not", means={
          "holds": "The plan says: build.", "fails": "Even the plan says: do not build.",
          "undecided": "This run cannot tell: a month has no interval."})  # fmt: skip
print("it crosses in month", *found or ["none"])
forever, fading = economics.growing([growth, growth], MONTHS, half_life=[np.inf, 24])[:, -1]
print(f"month {MONTHS} has {forever:.2g} times today's traffic, or {fading:.2g} if growth fades")
print("\nsaved by building after five years, million $")
for name, changed in (
    ("as in the plan", {}),
    ("with the mean overrun", {"overrun": overrun}),
    ("with growth that fades", {"half_life": 24}),
    ("all middles", middle),
):
    print(f"{name:<25} {saving(**(naive | changed)) / 1_000:>7.2f}")  # fmt: skip

# %% [markdown]
# Two assumptions of the plan were silent: no overrun, and growth that goes on. The second carried
# it. Read what it says about the traffic of the last month. Nobody had written that down; it was in
# a formula that was copied to the right.
#
# And each number above is one of many that could be true. So we draw all inputs from their ranges,
# independently of each other, many times. Each draw is a **future**.

# %%
predict("10.4-1b", "Share of futures in which building does not pay within five years?", guess=None)
steps = np.random.default_rng([seed, 1]).standard_normal((len(INPUTS), futures)) / TENTH
steps = dict(zip(INPUTS, steps))
future = {name: middle * (high / middle) ** steps[name]  # lognormal
          for name, (_, middle, high) in INPUTS.items() if name != "growth"}  # fmt: skip
future["growth"] = growth + 0.03 * steps["growth"]  # normal: it may fall below zero
buy, build, run_bought, run_built = bills(**future)
paid = {"buy": spent(buy), "build": spent(build)}
gap, month = paid["buy"] - paid["build"], economics.crossover(paid["buy"], paid["build"])
claim("10.4-1b", "In more than a quarter of the futures, building does not pay within five years",
      wilson(int(np.isinf(month).sum()), futures), above=0.25, means={
          "holds": "To build is a bet, whatever the plan says.",
          "fails": "Building pays in most of these futures.",
          "undecided": "This run cannot tell how often building pays."})  # fmt: skip
paying = month[np.isfinite(month)]
print(f"never: {1 - len(paying) / futures:.2f} of the futures")
if len(paying):
    print("quartiles of the others, months:", *np.quantile(paying, [0.25, 0.5, 0.75]).astype(int))

# %%
fig, axis = subplots(figsize=(7, 3.6))
months = np.arange(1, MONTHS + 1)
for outer, shade in ((10, 0.25), (25, 0.45)):
    band = np.percentile(gap, [outer, 100 - outer], axis=0)
    axis.fill_between(months, *band, color=PALETTE[0], alpha=shade, linewidth=0,
                      label=f"{100 - 2 * outer}% of the futures")  # fmt: skip
axis.plot(months, np.median(gap, axis=0), color=PALETTE[0], label="median")
axis.plot(months, promised, color=PALETTE[1], linestyle="--", label="the plan")
axis.axhline(0, color="black", linewidth=0.8)
axis.set(xlabel="month", ylabel="saved by building so far, k$", title=finding("10.4-1b"),
         ylim=(-1_700, 1_800))  # fmt: skip
axis.legend(loc="upper left")
show(fig, alt="A fan of what building has saved so far, by month. It falls first and then opens. "
     "The median stays below zero; the line of the plan leaves the fan upwards.")  # fmt: skip

# %% [markdown]
# The fan opens with time: a small difference of growth is a large one of traffic later. Note that
# "never" is not a long time. Where growth fades before the vendor's bill has outgrown the engineers
# who keep the built store alive, the curves never meet, however long you wait.
#
# **When it stops being true.** Our overruns have a thin tail. Flyvbjerg and Gardner (2023) report
# of IT projects that 18 % overrun by more than half, and these by 447 % on average.
# <!-- given: published figures --> So we let that happen.

# %%
disaster = np.random.default_rng([seed, 2]).random(futures) < 0.18
fat = future | {"overrun": np.where(disaster, 5.47, np.minimum(future["overrun"], 1.5))}
never = np.isinf(economics.crossover(*map(spent, bills(**fat)[:2])))
print(f"fat tail: does not pay in {never.mean():.2f} of the futures, "
      f"in {never[disaster].mean():.2f} of those with a disaster")  # fmt: skip
print(f"mean saving {saving(**fat).mean():,.0f} k$, before {gap[:, -1].mean():,.0f} k$\n")
part = {name: values[: futures // 5] for name, values in future.items()}
for years in (5, 7, 10):
    month = economics.crossover(*map(spent, bills(**part, months=12 * years)[:2]))
    print(f"without disasters, not within {years} years: {np.isinf(month).mean():.2f}")

# %% [markdown]
# A disaster is paid once. Where traffic hardly grows, building did not pay before either; where it
# really grows, it may still pay after years of building. So the mean suffers more than the share.
# Keep that in mind for round 3.
#
# The horizon is a choice, too. In ten years more futures pay. But it takes a brave person to
# promise that a feature store of today will be in use then.
#
# ## Round 2: a third option
#
# A plan treats the decision as one that is made once. But a bought service can be left. How easily
# is part of the decision:
#
# - **Exit cost** is what it takes to leave: to export the data, to write all features again, to
#   serve twice for a while. A high one is **lock-in**, and the vendor knows it when you renew.
# - A decision with a low exit cost is **reversible**. It deserves less study, since you can learn
#   by making it. One with a high exit cost deserves more.
# - What you built locks you in, too: to the people who understand it, and to what later work was
#   fitted to it. That can hinder the next innovation more than a contract does.
#
# The right to decide later is called an **option**, and it is worth something. So a third plan:
# **buy now, and begin to build when the bill says so.** The rule is an old one, the **payback
# period**. Begin in the month in which the present difference of the running costs would pay back
# building and leaving within two years. The rule sees the present month only. It knows no future.
# Leaving costs six engineer-months. <!-- given: assumption of the case -->
#
# "Early stage buys, growth builds" is such a rule. Does it beat the better of both commitments?

# %%
predict("10.4-1c", "How many k$ does waiting save on average, against the better commitment?",
        guess=None)  # fmt: skip


def waited(inputs, leave=6, payback=24):
    """Monthly costs of who buys now and switches by the rule; and when they begin to build."""
    buy, _, run_bought, run_built = bills(**inputs)
    price = (EFFORT * overrun + leave) * monthly(inputs["engineer"])  # the mean overrun is known
    start = economics.crossover((run_bought - run_built) * payback, price + 0 * run_built)
    built = start + EFFORT * inputs["overrun"] / TEAM
    building = economics.busy(EFFORT * inputs["overrun"] / TEAM, MONTHS, start=start)
    leaving = economics.busy(1, MONTHS, start=built)
    own = economics.busy(1_000, MONTHS, start=built)
    work = (building * TEAM + leaving * leave) * monthly(inputs["engineer"])
    return (1 - own) * buy + own * run_built + work, start


# %%
costs, start = waited(future)
total = pd.DataFrame({plan: sums[:, -1] for plan, sums in (paid | {"wait": spent(costs)}).items()})
better = total[["buy", "build"]].mean().idxmin()
claim("10.4-1c", "Buying now and building when the bill says so saves over 50 k$ against the "
      "better of both commitments", paired_t(total[better], total["wait"]), above=50, means={
          "holds": "As a rule for switching it is right: an open option is worth money.",
          "fails": "Here it does not pay to keep the option open.",
          "undecided": "This run cannot tell whether waiting pays."})  # fmt: skip
print(
    f"builds at some time in {np.isfinite(start).mean():.2f} of the futures; mean cost, million $:"
)
print((total.mean() / 1_000).round(2).to_string(), "\n")
for name, tried in (("leave", (0, 6, 24, 96)), ("payback", (6, 12, 24, 48))):
    cost = {value: spent(waited(part, **{name: value})[0])[:, -1] for value in tried}
    gain = {value: (total[better][: futures // 5] - c).mean() for value, c in cost.items()}
    print(f"k$ saved if {name} is", ", ".join(f"{value}: {g:,.0f}" for value, g in gain.items()))

# %%
levels, lines = np.linspace(0, 0.15, 7), []
for level in levels:
    moved = part | {"growth": part["growth"] - growth + level}
    lines.append([spent(c)[:, -1].mean() for c in (*bills(**moved)[:2], waited(moved)[0])])
above = np.array(lines) - np.min(np.array(lines)[:, :2], axis=1, keepdims=True)
fig, axis = subplots(figsize=(7, 3.4))
for plan, sums, style, colour in zip(total, above.T, ("-", "--", ":"), PALETTE):
    axis.plot(levels, sums, style, color=colour, marker="o", label=plan)
axis.set(xlabel="growth from this month to the next", title=finding("10.4-1c"), ylim=(-400, 1_600),
         ylabel="mean cost above the\nbetter commitment's, k$")  # fmt: skip
axis.legend(loc="upper center")
show(fig, alt="What three plans cost above the better of buying and building, by growth. Buying is "
     "best up to a point, building from there; around it waiting lies below both.")  # fmt: skip

# %% [markdown]
# Waiting buys where growth is weak and builds where it is strong, and it learns which by paying
# bills. What it costs is the fees of the months between, and the exit. So it is worth most where
# the two commitments cost about the same, and nothing where one of them is clearly better.
#
# **When it stops being true.** Look at the lines for `leave`. The harder it is to leave, the less
# the option is worth. What you can do about that is cheap *before* you sign:
#
# - keep the definitions of the features in your own code, not in the vendor's screens
# - ask for the price at ten times the traffic, and for how long it is promised
# - export all your data once, during the trial, and see how long it takes
# - agree what happens if the vendor closes or is bought
#
# The evidence from outside has the same shape. Dropbox stored files with a vendor for years and
# then built its own storage; in two years it saved 75 million dollars (its prospectus, 2018).
# <!-- given: published figure --> It was one company, with half a billion users, and it had waited.
# Those who built and regretted it wrote no prospectus about it: a selection bias, as in section
# 8.1.
#
# ## Round 3: which input decides?
#
# Move one input at a time from its low to its high end, leave all others in the middle, and sort by
# the swing: a **tornado**. Then ask for each input where the decision between the two commitments
# flips. Before you look: over which input would a meeting argue?

# %%
storm = economics.tornado(lambda **inputs: float(saving(**inputs)), INPUTS)
table = pd.DataFrame({"saving at low": storm.low, "saving at high": storm.high,
                      "flips at": storm.break_even}, storm.names)  # fmt: skip
table = ranges[["low", "high"]].join(table).loc[table.index]
table["source"] = [GIVEN[name][2].split(";")[0] for name in table.index]
short, money = "{:.2g}".format, "{:,.0f}".format
print(table.to_string(formatters=[short, short, money, money, short, str], na_rep="-"))

# %% [markdown]
# This is the table to keep: each input, its range, its source, and what the decision does over the
# range. Most of the long swings come from assumptions. And each row moves one input alone: what
# two of them do together it cannot show.
#
# ### Exercise 10.4-e2: what is it worth to know?
#
# A study is worth something only if it can change the decision. The **expected value of perfect
# information** (EVPI) is the most that any study can be worth. Without it, you commit to the option
# with the lowest mean cost. With it, you would know the future first, and take what is cheapest
# there.
#
# `samples` has one row for each future, with the cost of each option. Return the EVPI, or `None`
# without a future.


# %%
# exercise 10.4-e2
def evpi(samples):
    """Return the expected value of perfect information."""
    return TODO


# %%
exercise("10.4-e2").check(evpi)

# %% [markdown]
# The **partial** EVPI is the value of knowing one input, all others left uncertain. We sort the
# futures by the input, cut them into slices, and choose in each slice by its means.
#
# Three guesses. How far is the middle of all inputs from the mean saving? What would it be worth to
# know the future? And of which input is it worth most?

# %%
predict("10.4-2", "Mean saving minus the saving at the middle of all inputs, k$?", guess=None)
predict("10.4-2b", "EVPI of the decision between buying and building, k$?", guess=None)
predict("10.4-2c", "How much more is it worth to know the growth than the overrun, k$?", guess=None)

# %%
evpi = exercise("10.4-e2").use(evpi)
both = total[["buy", "build"]].to_numpy()
blocks = np.array_split(np.arange(futures), 10)  # futures are independent, and so are blocks


def worth(name, rows):
    return economics.evppi(both[rows], future[name][rows], bins=20)


# %%
claim("10.4-2", "The middle of every input gives the mean saving, to within 100 k$",
      t_interval(gap[:, -1] - saving(**middle)), between=(-100, 100), means={
          "holds": "For the mean, one number for each input was enough here.",
          "fails": "The plan with all middles does not even give the mean.",
          "undecided": "This run cannot tell how far the middles are from the mean."})  # fmt: skip
claim("10.4-2b", "Knowing the future would be worth over 100 k$",
      t_interval([evpi(both[rows].tolist()) for rows in blocks]), above=100, means={
          "holds": "The spread that one number hides is worth a study before the decision.",
          "fails": "Whatever the uncertainty is, it hardly touches this decision.",
          "undecided": "This run cannot tell what it is worth to know the future."})  # fmt: skip
claim("10.4-2c", "Knowing the growth is worth over 50 k$ more than knowing the overrun",
      t_interval([worth("growth", rows) - worth("overrun", rows) for rows in blocks]),
      above=50, means={
          "holds": "The estimate that engineers are blamed for is not the one to study first.",
          "fails": "Growth is not worth so much more to know than the overrun.",
          "undecided": "This run cannot tell which of the two is worth more to know."})  # fmt: skip
value = pd.Series({name: economics.evppi(both, future[name]) for name in storm.names})
print(f"standard deviation of the saving: {gap[:, -1].std() / 1_000:.2f} million $")
print(f"EVPI, k$: {economics.evpi(both):,.0f}; of three options {economics.evpi(total):,.0f}")

# %%
fig, (left, right) = subplots(1, 2, figsize=(8.4, 3.8), sharey=True)
place = np.arange(len(storm.names))[::-1]
for ends, colour, text in ((storm.low, 0, "input low"), (storm.high, 1, "input high")):
    left.barh(place, ends - storm.base, left=storm.base, color=PALETTE[colour], label=text)
left.axvline(0, color="black", linewidth=0.8)
left.set(xlabel="saved by building, k$", ylabel="input", title="what it moves", yticks=place,
         yticklabels=storm.names)  # fmt: skip
left.legend(loc="lower right")
right.barh(place, value, color=PALETTE[2])
right.set(xlabel="partial EVPI, k$", ylabel="input", title="what it is worth to know")
fig.suptitle(finding("10.4-2c"))
show(fig, alt="Two charts with a row for each input. Left, a tornado: the cost of an engineer, "
     "growth, its half-life and the upkeep swing widely across zero, the overrun hardly. Right, "
     "the value of knowing each: growth is on top, the overrun near nothing.")  # fmt: skip

# %% [markdown]
# Growth bends the saving upwards: a bit more of it adds more than a bit less takes away. Costs with
# long upper tails bend it downwards. What is left of the two is how far the mean lies from the
# middles, and it may be little or much. What one number hides in any case is the spread and, with
# it, the value of looking before you leap.
#
# The longest bar is not the one most worth knowing. The cost of an engineer swings the saving far,
# but mostly to the side on which you would buy anyway. Only the part of a bar beyond zero can
# change the decision.
#
# The overrun of the project is what everybody remembers, since it has a date and a culprit. But it
# is paid once. The engineers who keep the store alive, their price and the vendor's bill are paid
# every month. **That building is cheaper "since we have the engineers anyway" is the usual
# misconception**: more have to be hired, and each could do something else. What that would have
# earned is the **opportunity cost**. It may lie above the wages, so turn the knob `eng_cost`.
#
# Compare the EVPI with that of three options, waiting among them. Waiting takes away part of the
# worth of a study, because it learns the same thing by doing. Who keeps the options open needs
# fewer forecasts.
#
# **When it stops being true.** Draws were independent. If the vendor raises prices just when your
# traffic grows, the fan is wider. And a model knows nothing of what is not in it, such as a vendor
# that closes.
#
# ## Round 4: the scorecard
#
# Not all is money. So committees rate options by criteria from 1 to 5 and weigh them. Six options
# for ShopSmart, with stage (`today`, `scale`), maturity, focus, integration, exit, and whether it
# does the `job`. **The scores are our judgement. They are the kind of number that such cards hold,
# and no evidence.**

# %%
CRITERIA = ["today", "scale", "maturity", "focus", "integration", "exit", "job"]
stated = np.array([2, 3, 3, 3, 3, 2, 4])
card = pd.DataFrame({
    "managed suite": [3, 1, 5, 5, 1, 1, 5],
    "managed store": [4, 2, 4, 4, 2, 2, 4],
    "open source, hosted": [3, 3, 3, 4, 4, 4, 4],
    "open source, own": [2, 4, 3, 2, 4, 5, 4],
    "built in-house": [1, 5, 1, 1, 5, 3, 5],
    "warehouse only": [5, 3, 4, 3, 5, 5, 1]}, index=CRITERIA).T  # fmt: skip
points = card @ stated
print(card.assign(total=(points / stated.sum()).round(2)).to_string())
print("weights", *stated)

# %% [markdown]
# ### Exercise 10.4-e3: who comes first?
#
# Nobody knows a weight exactly. `scores` has a row for each option, `weights` a row for each draw
# of the weights. Return for each option the share of the draws in which it has the highest total.
# Options that tie for the first place share that win. A draw of zeros says nothing and does not
# count. If none counts, return `None`.


# %%
# exercise 10.4-e3
def rank_stability(scores, weights):
    """Return the share of the weight draws in which each option comes first."""
    return TODO


# %%
exercise("10.4-e3").check(rank_stability)

# %%
predict("10.4-3", "Share of other sets of three criteria that move the ranking less?", guess=None)
predict("10.4-3b", "Share of weight draws in which another option comes first?", guess=None)
predict("10.4-3c", "How many of the five losers win with a point more on each score?", guess=None)

# %%
rank_stability = exercise("10.4-e3").use(rank_stability)


def likeness(left_out):
    """Kendall's tau of the ranking with all criteria and without some."""
    return kendalltau(points, card @ np.where(np.isin(CRITERIA, left_out), 0, stated)).statistic


trio = ("maturity", "focus", "integration")
others = [likeness(three) for three in combinations(CRITERIA, 3) if set(three) != set(trio)]
claim("10.4-3", "Leaving out maturity, focus and integration moves the ranking more than leaving "
      "out most other sets of three", np.mean([other > likeness(trio) for other in others]),
      above=0.5, exact=True, reason="all sets of three are tried", means={
          "holds": "Here the three weigh more than most.", "fails": "Here they weigh no more.",
          "undecided": "This run cannot tell: a count has no interval."})  # fmt: skip

# %%
weights = economics.weight_draws(stated, w, 500, rng=np.random.default_rng([seed, 4]))
first = dict(zip(card.index, rank_stability(card.to_numpy().tolist(), weights.tolist())))
claim("10.4-3b", f"With each weight off by up to {w:.0%}, another option comes first in over 20% "
      "of the draws", wilson(round(500 * (1 - first[points.idxmax()])), 500), above=0.2, means={
          "holds": "Who comes first is decided by weights that nobody can defend.",
          "fails": "The first place stands, within such an error of the weights.",
          "undecided": "This run cannot tell how firm the first place is."})  # fmt: skip
raised = {name: (card.loc[name] + 1).clip(upper=5) @ stated for name in card.index}
won = [name for name in card.index if raised[name] > points.drop(name).max()]
claim("10.4-3c", "A point more on each of its own scores brings most of the losing options to the "
      "top", len(set(won) - {points.idxmax()}), above=2, exact=True, reason="all five are tried",
      means={
          "holds": "Within a point, it proves what you like.", "fails": "It resists a point.",
          "undecided": "This run cannot tell: a count has no interval."})  # fmt: skip

# %%
for name in card.index:
    gains = sorted(stated[card.loc[name].to_numpy() < 5], reverse=True)  # best ones first
    need = points.drop(name).max() - points[name]
    print(f"{name:<20} first in {first[name]:.2f} of the draws; wins with",
          np.argmax(np.cumsum([0, *gains]) > need), "scores raised by a point")  # fmt: skip
print("without the three, first is:", (card.drop(columns=[*trio]) @ [2, 3, 2, 4]).idxmax())

# %%
ranks = economics.rank_stability(card.to_numpy(), weights)
order = np.argsort(-points.to_numpy(), kind="stable")
fig, axis = subplots(figsize=(6.4, 3.6))
axis.grid(visible=False)
axis.imshow(ranks[order], cmap="cividis", vmin=0, vmax=1, aspect="auto")
for (i, j), share in np.ndenumerate(ranks[order]):
    axis.text(j, i, f"{share:.2f}", ha="center", va="center",
              color="black" if share > 0.5 else "white")  # fmt: skip
axis.set(xticks=range(len(card)), xticklabels=range(1, len(card) + 1), xlabel="place",
         yticks=range(len(card)), yticklabels=card.index[order], ylabel="option",
         title="Share of the weight draws in which an option has a place")  # fmt: skip
show(fig, alt="A heat map of options by place. The first row is in the first place in most draws, "
     "but not in all; the lower rows are spread over several places.")  # fmt: skip

# %% [markdown]
# What drives the choice, the card cannot tell: it gives back what its authors put in. The first
# claim of this round is about our scores, and other scores would give another verdict. That is the
# answer to the question: **a card does not find out what matters.** It makes you say what you
# think.
#
# And it bends. A weight is a taste, and a score of 3 could be a 4. Who knows which option the boss
# likes will find a card that says so, in good faith. There is a cure. Fix weights and scores before
# the options have names, let two people score apart, and print the heat map instead of the winner.
#
# **When it stops being true.** Totals add, and a bad score is made up for by a good one. Some
# things do not add: a service that may not hold your customers' data gets no total, however cheap
# it is. Ask for these **vetoes** first, and score what is left.
#
# ## The memo
#
# A decision is worth writing down: what you recommend, how often you expect to be wrong, what that
# costs, what would change your mind, and what you only assume. In a year it tells a bad decision
# from bad luck.
#
# ### Exercise 10.4-e4: the decision memo
#
# `facts` has
#
# - `costs`: for each option a list of its cost in each future
# - `exit`: for each option what it costs to leave it later
# - `margin`: how much more, on average, you would pay for an easier exit
# - `inputs`: for each input a dictionary with `low`, `high`, `flips` (the value at which the
#   decision flips, or `None`) and `source`
#
# Return a dictionary with
#
# - `recommend`: of the options whose mean is at most `margin` above the lowest mean, the one that
#   costs least to leave; if several do, the one with the lowest mean
# - `wrong`: the share of futures in which another option is cheaper than it
# - `regret`: the mean over the futures of what it costs more than the cheapest there
# - `watch`: the names of the inputs that flip the decision within their range, ends included
# - `assumed`: the names of the inputs whose source is `"assumption"`


# %%
# exercise 10.4-e4
def memo(facts):
    """Return the five numbered parts of a decision memo."""
    return TODO


# %%
exercise("10.4-e4").check(memo)

# %%
memo = exercise("10.4-e4").use(memo)
facts = {
    "costs": {plan: costs.tolist() for plan, costs in total.head(5_000).items()},
    "exit": {"buy": 6 * eng_cost, "build": 24 * eng_cost, "wait": 6 * eng_cost},
    "margin": 50.0,
    "inputs": {name: {"low": INPUTS[name][0], "high": INPUTS[name][2],
                      "flips": None if np.isnan(flip) else float(flip),
                      "source": GIVEN[name][2].split(";")[0]}
               for name, flip in zip(storm.names, storm.break_even)}}  # fmt: skip
written = memo(facts)
print(f"""DECISION  The feature store of ShopSmart: {written["recommend"]}
HORIZON   five years, in k$ of today, at 10% a year
WRONG IN  {written["wrong"]:.0%} of {len(total.head(5_000)):,} futures, which costs \
{written["regret"]:,.0f} k$ on average
WATCH     {", ".join(written["watch"])}
ASSUMED   {", ".join(written["assumed"])}
EXIT      {facts["exit"][written["recommend"]]:,.0f} k$; features defined in our own code
REVIEW    each quarter: does the bill pay back building within two years?""")

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with five rates of growth and three seeds: `mlsd sweep 10.4 -p
# growth=0,0.02,0.05,0.08,0.12 -p seed=0:3`. Read the lines below one by one. The worth of
# waiting has a hump, and so has that of knowing the growth. ShopSmart happens to stand near the top
# of both: its two commitments cost about the same. A shop that hardly grows should buy and
# go on with its work; one that surely grows fast may build at once. **Study the decisions that are
# close.** The others are made already.

# %%
swept = sweep.load("published/10.4-growth")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("10.4-1c"), alt=swept.alt("10.4-1c"))

# %% [markdown]
# So: write down what you assume, and for how long growth lasts. Buy where you can leave, and say at
# which bill you will. Study what can change the decision, which is seldom what the meeting argues
# about. And let no card decide.

# %% [markdown]
# ## Quiz

# %%
quiz("10.4-q1", choice=None)

# %%
quiz("10.4-q2", choice=None)

# %%
quiz("10.4-q3", choice=None)

# %%
quiz("10.4-q4", choice=None)

# %%
quiz("10.4-q5", choice=None)

# %%
quiz("10.4-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Moløkken and Jørgensen (2003), *A review of surveys on software effort estimation*;
# Kitchenham, Pfleeger, McColl and Eagan (2002), *An empirical study of maintenance and development
# estimation accuracy*; Chan, Karceski and Lakonishok (2003), *The level and persistence of growth
# rates*; Flyvbjerg and Gardner (2023), *How big things get done*; Raiffa and Schlaifer (1961),
# *Applied statistical decision theory*; Strong and Oakley (2013), *An efficient method for
# computing single-parameter partial expected value of perfect information*.
#
# **Next.** Chapter 11, the people around the system.
