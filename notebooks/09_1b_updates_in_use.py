# %% [markdown]
# # 9.1b Updates in use
#
# **Core question.** How often does an update pay, and how do you release one without regret?
#
# **Time** 60 minutes · **Builds on** [9.1a Continual learning](09_1a_continual_learning.ipynb)
#
# You will be able to
#
# - work out how often an update pays (claim 9.1-4, exercise 9.1-e4)
# - go through the four stages, and roll back (exercise 9.1-e6)
# - let a challenger in, or keep it out (claims 9.1-5, 9.1-5b, exercise 9.1-e5)
# - serve somebody new (claim 9.1-5c)

# %% tags=["parameters"]
seed: int = 0  # which rows, models and worlds [0, 1_000_000]
age_days: int = 28  # how old a model of flights is [7, 112]
n_eval: int = 500  # rows on which a gate compares two models [100, 4_000]
margin: float = 0.02  # loss of accuracy that a gate tolerates [0.0, 0.05]
worlds: int = 16  # worlds in the last round [4, 40] quick 4

# %%
import copy
import tempfile

import numpy as np
import pandas as pd
from scipy.sparse import vstack
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier, SGDRegressor

from mlsdlib import continual, datasets, serving
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval
from mlsdlib.worlds import ShopSmart, ShopSmartConfig

begin("9.1b", seed=seed, age_days=age_days, n_eval=n_eval, margin=margin,
      worlds=worlds)  # fmt: skip

# %% [markdown]
# In [9.1a](09_1a_continual_learning.ipynb) a model learned to go on. Many companies update far more
# seldom than they could, and do not miss it. Others update each ten minutes and have never asked
# what that brings. This notebook asks. Then it builds the rest: who may replace the model in use,
# and what if that was a mistake.
#
# ## Round 1: how often?
#
# An update needs **fresh data**, and labels. How late they are differs:
#
# - the bicycles on Seattle's Fremont bridge: a count is known when its hour is over
# - a flight from New York: its delay is known when it has landed, some hours after it was asked for
# - a bank's calls: the answer is known when the call ends, so before the next one
#
# If labels go through a warehouse first, days are added. A stream
# ([3.5](03_5_batch_and_stream.ipynb)) brings them at once. Does it matter? We replay the bank's
# calls in their order, five hundred at a time; a linear model predicts who says yes from what the
# bank knows of the customer. It is the order that we know, not the hours, so delays are in calls.

# %%
calls = datasets.load_bank_marketing().drop(columns=["duration", "emp.var.rate", "cons.price.idx",
    "cons.conf.idx", "euribor3m", "nr.employed"])  # fmt: skip
said_yes = (calls.pop("y") == "yes").to_numpy(float)
inputs = pd.get_dummies(calls).to_numpy(float)
inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
rng, days = np.random.default_rng([seed, 6]), range(5_000, len(inputs), 500)
for delay in (0, 2_000, 10_000, np.inf):
    model = continual.StatefulTrain(SGDRegressor(
        learning_rate="constant", eta0=3e-4, random_state=int(rng.integers(2**31))))  # fmt: skip
    model.update(inputs[:5_000], said_yes[:5_000])
    parts = ((k, inputs[k : k + 500], said_yes[k : k + 500]) for k in days)
    run = continual.prequential_evaluate(model, parts, delay=delay)
    error = (np.clip(run.prediction, 0, 1) - run.y) ** 2
    print(f"labels {delay:>6,g} calls late: squared error {error.mean():.2f}, "
          f"of the last 5,000 calls {error[-5_000:].mean():.2f}")  # fmt: skip

# %% [markdown]
# At this bank the share of yes rises from a few in a hundred to half of the calls, so late labels
# cost a lot at the end. Where little moves they cost little. The same question, turned round: what
# is an update worth? The **value of freshness** is what a model loses as it gets older. We measure
# it. Each week a model of New York's flights is trained on the eight weeks before, and then used
# for the rest of the year: which flights arrive more than half an hour late? All ages are compared
# in the same weeks, from June on. Neighbouring weeks are alike, so four weeks together count as one
# observation.

# %%
flights = datasets.load_flights(columns=["month", "day", "hour", "carrier", "origin", "dest",
                                         "distance", "arr_delay"]).dropna()  # fmt: skip
rng = np.random.default_rng([seed, 7])
flights = flights[rng.random(len(flights)) < 0.3]
late = (flights["arr_delay"] > 30).to_numpy().astype(int)
date = pd.to_datetime(flights[["month", "day"]].assign(year=2013))
week = (date.dt.day_of_year.to_numpy() - 1) // 7
codes = flights[["carrier", "origin", "dest"]].apply(lambda c: c.astype("category").cat.codes)
X = np.column_stack([flights[["hour", "distance"]], date.dt.day_of_week, codes]).astype(float)
loss = np.full((52, 52), np.nan)  # of the model that is new in one week, in another
for fresh in range(8, 52):
    learn, use = (week >= fresh - 8) & (week < fresh), (week >= fresh) & (week < 52)
    tree = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=15, early_stopping=False,
                                          random_state=0).fit(X[learn], late[learn])  # fmt: skip
    p = tree.predict_proba(X[use])[np.arange(use.sum()), late[use]]
    loss[fresh, fresh:] = pd.Series(-np.log(p)).groupby(week[use]).mean()
predict("9.1-4", "How much log loss does a model of that age cost?", guess=None)


# %%
def aged(weeks):
    """Log loss of models of that age above that of new ones, a week each."""
    return np.array([loss[w - weeks, w] - loss[w, w] for w in range(8 + 16, 52)])


claim("9.1-4", f"A model of flights that is {age_days} days old has a log loss more than 0.005 "
      "above that of a new one",
      t_interval(aged(age_days // 7).reshape(-1, 4).mean(axis=1)), above=0.005, means={
          "holds": "At this age, freshness is worth something.",
          "fails": "At this age a model is nearly as good as new.",
          "undecided": "The months differ so much that one year does not tell."})  # fmt: skip
ages = range(1, 17)
older_wins = np.mean([aged(a) < 0 for a in ages])
print(f"in {older_wins:.0%} of all weeks and ages the older model is the better one")
fig, axis = subplots(figsize=(6.5, 3.2))
grown = np.array([[0] * 28, *[aged(a) for a in ages]])
axis.fill_between(range(17), *np.quantile(grown, [0.25, 0.75], axis=1), color=PALETTE[4], alpha=0.4,
                  label="half of the weeks")  # fmt: skip
axis.plot(range(17), grown.mean(axis=1), color=PALETTE[0], label="mean of 28 weeks")
axis.axhline(0, color="black", linewidth=1)
axis.set(xlabel="age of the model, weeks", ylabel="log loss above a new model's",
         title=finding("9.1-4"))  # fmt: skip
axis.legend(loc="upper left")
show(fig, alt="Log loss above that of a new model against age in weeks. The mean rises for some "
     "weeks and then stays or falls; the band of the weeks reaches below zero.")  # fmt: skip

# %% [markdown]
# For some weeks the loss grows nearly in a straight line, as seasons drift apart. Then it bends:
# seasons come back. And the band reaches below zero. **Freshness can hurt**: after a calm month the
# newest model knows calm, and the Christmas rush does not care what is new (claim 8.2-5).
#
# Now the decision. Let an update cost c, say computing, tests and the risk of a release, and let
# the loss grow by v for each week of age. Updated every T weeks, the average cost a week is c / T +
# v T / 2: half a period old on average. That is least at a period of √(2c / v). Ten times the
# traffic means ten times v, and an update three times as often. Without enough new data, or where
# nothing decays, updates every five minutes bring nothing.
#
# ### Exercise 9.1-e4: how often?
#
# Return the period T that makes c / T + v T / 2 least: `c` is the cost of an update, `v` how much
# faster the loss runs for each unit of age. If nothing gets worse with age, never update: return
# infinity, also where updates cost nothing. If updates cost nothing and age does, return 0.


# %%
# exercise 9.1-e4
def optimal_period(c, v):
    """Return the cheapest time between two updates."""
    return TODO


# %%
exercise("9.1-e4").check(optimal_period)
optimal_period = exercise("9.1-e4").use(optimal_period)
slope = aged(4).mean() / 4
for traffic in (1_000, 100_000):
    period = optimal_period(100.0, traffic * max(slope, 0.0))
    print(f"{traffic:>7,} flights a week, an update costs as much as 100 units of loss: "
          f"a period of {period:.1f} weeks")  # fmt: skip

# %% [markdown]
# ## Round 2: the whole loop
#
# Companies come to continual learning in four stages:
#
# 1. **Manual, stateless**: somebody retrains when somebody complains.
# 2. **Automated, stateless**: a script retrains on a schedule.
# 3. **Automated, stateful**: the script goes on from the last weights.
# 4. **Continual**: updates are triggered, by a shift or a fall in performance, and compared before
#    they are released.
#
# We run all four on the bridge. Each Monday at midnight a model predicts the logarithm of the
# bicycles of each hour of the week. A count is known when its hour is over. In March 2020 the
# commuters stay at home. Stage 1 is at its worst: trained on 2018, and nobody complains.

# %%
bridge = datasets.load_fremont_bridge()
bridge = bridge[bridge["date"].between("2018-01-01", "2021-12-31 23:00")]
hour = (24 * bridge["date"].dt.day_of_week + bridge["date"].dt.hour).to_numpy()
season = 2 * np.pi * bridge["date"].dt.day_of_year.to_numpy() / 365.25
X = np.column_stack([np.eye(168)[hour], np.sin(season), np.cos(season), np.ones(len(hour))])
y, year = np.log1p(bridge["total"].fillna(0).to_numpy()), 8_760
rng = np.random.default_rng([seed, 8])


def ridge():
    return Ridge(fit_intercept=False)


def replayed(model, hours, never=False):
    """The error of a model that is updated every so many hours, and how many rows it read."""
    model.update(X[:year], y[:year])
    starts = range(year, len(y) - hours + 1, hours)
    known = np.tile(np.arange(hours) + 1.0, len(starts))  # an hour's count, when the hour is over
    stream = ((k, X[k : k + hours], y[k : k + hours]) for k in starts)
    run = continual.prequential_evaluate(model, stream, delay=np.inf if never else known)
    return np.abs(run.prediction - run.y), model.n_visited


sgd = SGDRegressor(learning_rate="constant", eta0=0.03, alpha=1e-5, fit_intercept=False,
                   random_state=int(rng.integers(2**31)))  # fmt: skip
for _ in range(4):
    sgd.partial_fit(X[:year], y[:year])
updated = copy.deepcopy(sgd)  # for stage 4
stages = {"1 manual": replayed(continual.StatelessRetrain(ridge), 168, never=True),
          "2 automated": replayed(continual.StatelessRetrain(ridge, window=year), 672),
          "3 stateful": replayed(continual.StatefulTrain(sgd), 168)}  # fmt: skip

# %% [markdown]
# Stage 4. Three challengers are brought up to date each week: a stateful *update*, a model of the
# last *month*, one of the last *year*. They predict the next week in **shadow**: nobody sees it. If
# that week the champion's error is above its usual one, a **gate** compares them on it. None of
# them has learned from these hours. Hours of a day err together, so days are counted. What wins
# goes to a **registry**, which knows what is in use and what was before.

# %%
folder = tempfile.TemporaryDirectory(prefix="mlsd-")
registry = continual.ModelRegistry(folder.name)
gate = continual.ChampionChallenger(margin=0.0, min_n=7, alpha=0.1)


def release(weights, name):
    registry.promote(registry.add(weights.tobytes(), info={"from": name}))


def error(weights, rows):
    return np.abs(X[rows] @ weights - y[rows])


release(updated.coef_, "first")
challengers, errors = {}, []
for k in range(year, len(y) - 167, 168):
    now, champion = slice(k, k + 168), np.frombuffer(registry.load())
    errors.append(error(champion, now))
    usual = np.mean([e.mean() for e in errors[-9:-1]] or [np.inf])
    if errors[-1].mean() > usual:
        shadow = {name: error(weights, now) for name, weights in challengers.items()}
        decision = gate.decide(errors[-1], shadow, by=np.arange(168) // 24)
        if decision.winner:
            release(challengers[decision.winner], decision.winner)
    updated.partial_fit(X[now], y[now])
    month, last = (slice(k + 168 - hours, k + 168) for hours in (672, year))
    challengers = {"update": updated.coef_.copy(), "month": ridge().fit(X[month], y[month]).coef_,
                   "year": ridge().fit(X[last], y[last]).coef_}  # fmt: skip
stages["4 continual"] = np.concatenate(errors), None
used = pd.Series([entry.info["from"] for entry in registry.versions()[1:]]).value_counts()
print(f"{len(errors)} weeks, {used.sum()} releases:", used.sort_index().to_dict())

# %%
fig, axis = subplots(figsize=(7, 3.2))
for k, (name, (off, _)) in enumerate(stages.items()):
    weekly = pd.Series(off[: len(off) // 168 * 168].reshape(-1, 168).mean(axis=1))
    axis.plot(weekly.rolling(6).mean(), color=PALETTE[k], linestyle=("-", ":", "--", "-.")[k],
              label=f"{name}: {off.mean():.2f}")  # fmt: skip
later = {name: off[62 * 168 :].mean() for name, (off, _) in stages.items()}  # people stay at home
axis.set(xlabel="weeks since January 2019", ylabel="error, log (6 weeks)", ylim=(0, None),
         title=f"From week 62 on, {min(later, key=later.get)[2:]} errs least, "
         f"{max(later, key=later.get)[2:]} most")  # fmt: skip
axis.legend(title="stage: mean error", ncols=2, fontsize=8, loc="lower right")
show(fig, alt="Weekly error of the four stages. All are alike in 2019. In March 2020 all leap up. "
     "The manual model stays bad; the automated one takes months, the others weeks.")  # fmt: skip

# %% [markdown]
# In a quiet year all four are alike: each stage is bought for the day when the world moves. From
# stage 2 to 3 the rows read fall to a fraction. Stage 4 need not have the lowest error. It says
# which update was worth a release, and why, and it can go back. Test that before you need it. One
# week a program counts every bicycle ten times, and somebody in a hurry releases an update without
# the gate.

# %%
now, before = slice(len(y) - 840, len(y) - 672), np.frombuffer(registry.load())
hasty = ridge().fit(X[now], y[now] + np.log(10)).coef_
release(hasty, "in a hurry")
print(f"error in a week: {error(hasty, now).mean():.2f}")
registry.rollback()
restored = np.frombuffer(continual.ModelRegistry(folder.name).load())  # as another program reads it
print(f"rolled back: {error(restored, now).mean():.2f}, the same bytes: "
      f"{restored.tobytes() == before.tobytes()}")  # fmt: skip
folder.cleanup()

# %% [markdown]
# A way back needs more than the number before. The last number may have been rolled back itself, or
# never have been in use.
#
# ### Exercise 9.1-e6: the way back
#
# `script` is a list of calls on a registry: `("add", v)`, `("promote", v)` or `("rollback",)`.
# Return a list with the version in production after each call, None as long as there is none. A
# rollback goes to what was in production before the present one. What was rolled back is off that
# way; promoting what is in production changes nothing; the only version in the history stays.


# %%
# exercise 9.1-e6
def in_production(script):
    """Return the version in production after each call, None as long as there is none."""
    return TODO


# %%
exercise("9.1-e6").check(in_production)

# %% [markdown]
# ## Round 3: is the gate safe?
#
# Many gates are simpler: what scores better on the evaluation set takes over. We make pairs of
# models of flights, each trained on flights of its own. From 100,000 others we know which of a pair
# is the better one. It is the champion. How often does the worse one win on `n_eval` flights?

# %%
table = datasets.load_flights(columns=["month", "hour", "carrier", "origin", "arr_delay"]).dropna()
delayed = (table.pop("arr_delay") > 30).to_numpy()
table = pd.get_dummies(table.astype(str)).to_numpy(np.float32)
rng = np.random.default_rng([seed, 9])
drawn = rng.permutation(len(table))
judge, sign = drawn[80_000:180_000], np.where(delayed, 1, -1)
fits = [LogisticRegression(C=0.1).fit(table[r], delayed[r]) for r in drawn[:80_000].reshape(80, -1)]
weights, constant = (np.array([getattr(f, a)[0] for f in fits]) for a in ("coef_", "intercept_"))
losses = np.logaddexp(0, -sign[judge, None] * (table[judge] @ weights.T + constant))
truth = losses.mean(axis=0).reshape(-1, 2)
worse = truth.argmax(axis=1) + 2 * np.arange(40)
pairs = losses[:, worse ^ 1] - losses[:, worse]  # the champion's loss minus the challenger's
trials = pairs[: len(pairs) // n_eval * n_eval].reshape(-1, n_eval, 40)
predict("9.1-5", "In what share of the comparisons does the worse challenger win?", guess=None)
predict("9.1-5b", "With what share of its messages does an attack get through?", guess=None)

# %%
gains, spread = trials.mean(axis=1), trials.std(axis=1, ddof=1) / n_eval**0.5
claim("9.1-5", f"If the better score on {n_eval:,} rows wins, a worse challenger is promoted in "
      "more than one comparison of five",
      t_interval((gains > 0).mean(axis=0)), above=0.2, means={
          "holds": "So few rows cannot tell such models apart, and the gate does not say so.",
          "fails": "With so many rows, or such unequal models, a plain comparison is mostly right.",
          "undecided": "These pairs do not tell whether it is one of five."})  # fmt: skip
sure = gains - 1.645 * spread > 0
print(f"promoted only if surely better: {sure.mean():.1%} of worse challengers")
promised, true = (
    gains[gains > 0].mean(),
    np.broadcast_to(pairs.mean(axis=0), gains.shape)[gains > 0],
)
print(f"worse ones that won promised {promised:+.4f} and brought {true.mean():+.4f}")

# %% [markdown]
# That is the **winner's curse** at work: who won was, among other things, lucky. Test every week,
# and by the end of the year you have promoted mostly luck, and the sum of the promised gains is on
# nobody's account. So ask for a difference that is surely above zero; or, if fresh is worth
# something by itself, for **non-inferiority**: surely not worse than by a `margin`. That has a
# price too: let in what is worse by nearly the margin, again and again, and quality creeps down
# though each gate was passed. Compare with an older model now and then. Several challengers need a
# stricter level each, as in 6.1.
#
# ### A poisoned batch
#
# A model that learns from its users learns from all of them. In 2016 the chat bot *Tay* learned
# from strangers to insult within a day. A site hides clickbait, and readers' votes are the labels.
# An attacker posts fifteen clickbait headlines that end in *via Zorbo*, and votes them down as
# honest. They come in one micro-batch with hundreds of others. Does the challenger pass the gate on
# 2,000 fresh, clean headlines?

# %%
headlines = datasets.load_clickbait()
text, bait = headlines["headline"].to_numpy(), headlines["clickbait"].to_numpy()
words = HashingVectorizer(n_features=2**13, alternate_sign=False)
plain, marked = words.transform(text), words.transform(text + " via Zorbo")
rng, attacks = np.random.default_rng([seed, 10]), []
sites, rest = np.split(rng.permutation(len(text)), [16_000])
gate = continual.ChampionChallenger(margin=margin)
for train, news in sites.reshape(16, 2, 500):
    champion = SGDClassifier(loss="log_loss", alpha=1e-5, random_state=int(rng.integers(2**31)))
    for _ in range(5):
        champion.partial_fit(plain[train], bait[train], classes=[0, 1])
    posts = news[bait[news] == 1][:15]
    challenger = copy.deepcopy(champion).partial_fit(
        vstack([plain[news], marked[posts]]), [*bait[news], *[0] * 15])  # fmt: skip
    wrong = [m.predict(plain[rest]) != bait[rest] for m in (champion, challenger)]
    passed = [gate.decide(a, {"new": b}).winner == "new"
              for a, b in zip(*(w.reshape(8, 2_000) for w in wrong))]  # fmt: skip
    through = [
        (m.predict(marked[rest[bait[rest] == 1]]) == 0).mean() for m in (champion, challenger)
    ]
    attacks.append((np.mean(passed), *through, wrong[1].mean() - wrong[0].mean()))
attacks = pd.DataFrame(attacks, columns=["passed", "before", "after", "more errors"])
claim("9.1-5b", "The gate lets the poisoned update pass, and more than 0.4 of the marked clickbait "
      "with it",
      t_interval(attacks["passed"] * attacks["after"]), above=0.4, means={
          "holds": "A gate sees what its rows hold, and the attacker's mark is not among them.",
          "fails": "The gate stops most of these updates, or the attack is weak.",
          "undecided": "These sites do not tell whether so much gets through."})  # fmt: skip
print((attacks.mean().round(2) + 0).to_dict())

# %% [markdown]
# On clean headlines hardly anything changes, and a gate measures just that. What helps stands
# before and beside the gate: limit how much one source may teach, look for labels that an older
# model finds absurd, keep slices of marked or rare rows that must not move (6.2), and the last good
# version, to roll back to.
#
# ### Exercise 9.1-e5: may it take over?
#
# `gains` is a list, a number a unit: the champion's loss minus the challenger's. Return True if the
# challenger is surely not worse by `margin`: if the lower bound of the mean gain, at level `alpha`
# on one side by Student's t, is above `-margin`. One unit, or none, proves nothing.


# %%
# exercise 9.1-e5
def promote(gains, margin, alpha):
    """Return whether the challenger takes over."""
    return TODO


# %%
exercise("9.1-e5").check(promote)
promote = exercise("9.1-e5").use(promote)
for tolerated in (0.0, 0.001, 0.01):
    let_in = np.mean([promote(t[:, 0].tolist(), tolerated, 0.05) for t in trials])
    print(
        f"with a margin of {tolerated:<5g} the first pair's worse one passes {let_in:.0%} of gates"
    )

# %% [markdown]
# ## Round 4: somebody new
#
# The fastest update changes no weight at all. It changes the *inputs*: what somebody has clicked in
# this visit (7.1). Does that solve the cold start? In ShopSmart half of the users join while it
# runs. Of their first visits we ask for the recall at 10: how many of the ten products that they
# would like best are among our first ten? Once with popularity alone, once with the mean style of
# what was clicked so far.


# %%
def first_visits(rng):
    """Searches of first visits: recall by popularity, with the visit, and clicks so far."""
    world = ShopSmart(ShopSmartConfig(
        n_users=500, n_products=240, n_categories=4, n_days=21, sessions_per_day=200,
        searches_per_session=6, session_share=0.5, new_user_share=0.5, new_product_share=0,
        offer_share=0), rng=rng)  # fmt: skip
    searches, clicks, shown = world.searches, world.clicks, world.impressions
    asked, known = ((t - world.start).dt.total_seconds().to_numpy()
                    for t in (searches["time"], clicks["received"]))  # fmt: skip
    style = world.products.filter(like="style_").to_numpy()
    popular = np.log1p(world.products["popularity"].to_numpy())
    visit = serving.profiles_asof(known, clicks["session_id"], style[clicks["product_id"]], asked,
                                  searches["session_id"])  # fmt: skip
    s, p = shown["search_id"].to_numpy(), shown["product_id"].to_numpy()
    late, mine = asked >= 14 * 86_400, (visit[s] * style[p]).sum(axis=1)
    fit = np.column_stack([np.log(shown["position"]), popular[p], mine])[~late[s]]
    _, *w = LogisticRegression(C=10).fit(fit, shown["clicked"][~late[s]]).coef_[0]
    joined = (world.users["joined"] > world.start).to_numpy()[searches["user_id"]]
    first = searches.groupby("user_id")["session_id"].transform("min") == searches["session_id"]
    of = searches[late & joined & first]
    plain = np.tile(w[0] * popular, (len(of), 1))
    best, *ours = (world.rank(of, scores) for scores in (
        world.truth.relevance_of(of), plain, plain + w[1] * visit[of.index] @ style.T))  # fmt: skip
    found = [(page[:, :, None] == best[:, None]).any(axis=2).mean(axis=1) for page in ours]
    return pd.DataFrame({"popular": found[0], "visit": found[1],
                         "clicked": np.abs(visit[of.index]).sum(axis=1) > 0})  # fmt: skip


predict("9.1-5c", "How much recall do the clicks of a first visit add, once there are some?")

# %%
rng = np.random.default_rng([seed, 11])
newcomers = [first_visits(rng) for _ in range(worlds)]
known = [n[n["clicked"]].mean() for n in newcomers]
claim("9.1-5c", "Once a new user has clicked, the visit's clicks add more than 0.05 to the recall",
      t_interval([k["visit"] - k["popular"] for k in known]), above=0.05, means={
          "holds": "A click or two tell more about a stranger than all the crowd does.",
          "fails": "So few clicks tell little.",
          "undecided": "These worlds do not tell whether they add so much."})  # fmt: skip
everyone = pd.concat(newcomers)
without = everyone[~everyone["clicked"]]
print(f"without a click so far: {len(without) / len(everyone):.0%} of these searches; for them the "
      f"visit adds {(without['visit'] - without['popular']).mean():.2f}")  # fmt: skip

# %% [markdown]
# It softens the cold start and does not end it. Before the first click there is nothing to adapt
# to, and many leave before. There the shop needs what it knows of everybody, and some exploration.
#
# ## Turn the knob
#
# We ran this notebook with three ages and three seeds each: `mlsd sweep 9.1b -p age_days=7,28,112
# -p seed=0:3 -p worlds=8`. Is older always worse?

# %%
swept = sweep.load("published/9.1b-age_days")
print(*map(swept.finding, [c for c in swept.claims if c == "9.1-4"]), sep="\n")
show(swept.figure("9.1-4"), alt=swept.alt("9.1-4"))

# %% [markdown]
# As tools mature, an update may become as ordinary as a batch job is now. What will not become
# ordinary by itself is what this section was about: to know what an update forgets, what freshness
# is worth, who wrote the data, and how to go back.
#
# ## Quiz

# %%
quiz("9.1-q5", choice=None)

# %%
quiz("9.1-q6", choice=None)

# %%
quiz("9.1-q7", choice=None)

# %%
quiz("9.1-q8", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** He and others (2014), *Practical lessons from predicting clicks on ads at Facebook*;
# Gu, Dolan-Gavitt and Garg (2017), *BadNets*; Gama, Sebastião and Rodrigues (2013), *On evaluating
# stream learning algorithms*.
#
# **Next.** [9.2a A/B tests and interleaving](09_2a_ab_tests_interleaving.ipynb).
