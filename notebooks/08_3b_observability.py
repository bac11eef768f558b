# %% [markdown]
# # 8.3b Observability
#
# **Core question.** Something is wrong, or nothing seems to be. How do you find out which, and why?
#
# **Time** 60 minutes · **Builds on** [8.3a Monitoring](08_3a_monitoring.ipynb)
#
# You will be able to
#
# - read a dashboard on call, and say what to do (questions 8.3-q6, 8.3-q7)
# - say which collapse no proxy shows (claims 8.3-3, 8.3-3b, exercise 8.3-e4)
# - judge feedback by who gives it (claim 8.3-3c, exercise 8.3-e5)
# - find the slow service behind a slow page (claims 8.3-4, 8.3-4b, exercise 8.3-e6)

# %% tags=["parameters"]
seed: int = 0  # the worlds, who answers, and all times [0, 1_000_000]
live: bool = False  # whether the dashboard is redrawn day by day before your eyes
complain: float = 3.0  # how many times as readily a wronged customer answers [1, 10]
slow_share: float = 0.01  # share of requests in which one service is slow [0.002, 0.1]
worlds: int = 24  # companies whose customers change their taste [8, 40] quick 8
incidents: int = 80  # times that a service becomes slow [30, 150] quick 30

# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from mlsdlib import drift
from mlsdlib import monitoring as mon
from mlsdlib.course import (
    PALETTE, TODO, animate, begin, claim, exercise, finding, predict, quiz, recap, show, subplots,
    sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson
from mlsdlib.worlds import Drift, Fault, ShopSmart, ShopSmartConfig

begin("8.3b", seed=seed, live=live, complain=complain, slow_share=slow_share,
      worlds=worlds, incidents=incidents)  # fmt: skip

# %% [markdown]
# A shop watches the use of its processors. At four fifths of full load an alarm rings; somebody
# finds a process that hangs and restarts it. That is **monitoring**: a number chosen before, a
# limit, a known answer. Another day, customers say that the checkout is slow. No alarm has rung.
# Somebody follows slow requests through the services, sees that all of them wait for one query, and
# that it lost its index in the last release. That is **observability**: what the system tells about
# itself while it runs, its **telemetry**, answers a question that nobody had thought of, and nobody
# has to deploy new code first.
#
# ## Round 1: a live dashboard
#
# You are on call at ShopSmart. At the checkout, a model decides whether a customer is offered one
# more product: it says yes if a click is likelier than not. It knows two things: how well product
# and customer match, the *affinity*, and how dear the product is among its kind. ShopSmart is a
# simulated company ([3.1](03_1_data_sources.ipynb)), so that we know what really happens. The model
# learned from the first two weeks.

# %%
STABLE = {"searches_per_session": 1, "n_slots": 4, "new_user_share": 0, "new_product_share": 0,
          "offer_share": 0, "base_click": 0.4, "taste_sd": 2, "session_share": 0.1}  # fmt: skip


def visits(rng_seed, n_days=42, **planted):
    """One row a visit: the first product, as the service saw it, and what the customer did."""
    config = ShopSmartConfig(n_days=n_days, sessions_per_day=400, **STABLE, **planted)
    world = ShopSmart(config, rng=rng_seed)
    first = world.impressions[world.impressions["position"] == 1]
    own = np.log(world.products["list_price"])
    usual = own.groupby(world.products["category"]).transform("mean").to_numpy()
    return pd.DataFrame({
        "day": (first["time"] - world.start).dt.days, "price": first["price"],
        "affinity": first["affinity"], "clicked": first["clicked"],
        "dearness": np.log(first["price"]) - usual[first["product_id"]],
        "chance": world.truth.relevance[first.index],
    })  # fmt: skip


# %%
def answered(model, table, rng):
    """The same with scores, whether they were right, and which customers say so."""
    score = model.predict_proba(table[["dearness", "affinity"]].fillna(0).to_numpy())[:, 1]
    right = (score > 0.5) == table["clicked"]
    says = rng.random(len(table)) < np.where(right, 0.09, 0.09 * complain)
    truth = np.where(score > 0.5, table["chance"], 1 - table["chance"])
    return table.assign(score=score, right=right, promised=np.maximum(score, 1 - score),
                        says=says, truth=truth)  # fmt: skip


# The model of the first two weeks, and the deciles of its inputs.
def learn(table):
    old = table[table["day"] < 14]
    model = LogisticRegression().fit(old[["dearness", "affinity"]].to_numpy(), old["clicked"])
    at = np.arange(0.1, 0.95, 0.1)
    return model, {f: np.unique(old[f].quantile(at)) for f in ("price", "affinity")}


# %% [markdown]
# The service counts; it never sends a table anywhere. Every evening the monitoring system scrapes
# its page and subtracts the counts of the evening before. That is all it knows. From the counts
# come seven numbers a day:
#
# - **operational**: the share of answers that took longer than half a second
# - **raw inputs**: the share of missing values, the PSI of prices and that of affinities
# - **predictions**: the mean score
# - **promised accuracy**: if the scores are calibrated, a score of 0.8 is right in eight cases of
#   ten, and the mean of `max(score, 1 - score)` is the accuracy, without a single label. The
#   library has it as `expected_accuracy`.
# - **feedback**: the share of *right* among the customers who answer "did this suit you?"


# %%
def instrumented(edges):
    """A registry with the metrics of the service, and what the service does with a day."""
    registry = mon.Registry()
    count = registry.counter("visits_total", "Visits.")
    missing = registry.counter("missing_total", "Inputs that were missing.")
    promised = registry.counter("promised_total", "Sum of the probabilities to be right.")
    said = registry.counter("feedback_total", "Answers of customers.", labels=["right"])
    scores = registry.histogram("score", "Scores.", buckets=[0.25, 0.5, 0.75])
    latency = registry.histogram("latency_seconds", "Time to answer.", buckets=[0.1, 0.5, 1])
    inputs = {f: registry.histogram(f, "As it came.", buckets=edges[f]) for f in edges}

    def serve(day, seconds):
        count.inc(len(day))
        missing.inc(int(day[["price", "affinity"]].isna().sum().sum()))
        promised.inc(day["promised"].sum())
        scores.observe_many(day["score"])
        latency.observe_many(seconds)
        for name, histogram in inputs.items():
            histogram.observe_many(day[name].dropna())
        for right, n in day.loc[day["says"], "right"].value_counts().items():
            said.inc(int(n), right=right)

    return registry, serve


# %%
# The counts of each bin of a histogram; the page has them cumulated.
def bins(counts, name):
    return np.diff([n for key, n in counts.items() if key.startswith(f"{name}_bucket")], prepend=0)


# What the counts of one day tell, given the bins of the inputs in training.
def numbers(counts, old):
    n, yes = counts["visits_total"], counts['feedback_total{right="True"}']
    index = {f"PSI of {f}": drift.psi_of_counts(old[f], bins(counts, f)).statistic for f in old}
    return {"slow answers": bins(counts, "latency_seconds")[2:].sum() / n,
            "missing inputs": counts["missing_total"] / n, **index,
            "mean score": counts["score_sum"] / n,
            "promised accuracy": counts["promised_total"] / n,
            "feedback": yes / (yes + counts['feedback_total{right="False"}'])}  # fmt: skip


def evenings(table, edges, serve, read):
    """Each day from 14 on and its numbers: what the page shows, less the evening before."""
    before = {}
    for day, rows in table.groupby("day"):
        slow = rng.random(len(rows)) < 0.1 * (35 <= day < 38)
        serve(rows, rng.lognormal(np.log(0.08), 0.5, len(rows)) * np.where(slow, 9, 1))
        page = read()
        if day == 13:
            old = {f: bins(page, f) for f in edges}
        elif day > 13:
            yield day, numbers({key: n - before.get(key, 0) for key, n in page.items()}, old)
        before = page


# %% [markdown]
# Each number gets one alarm. Its limits come from the number's own past, as we learned: the mean of
# two quiet weeks, plus and minus three standard deviations. It rings if they are crossed on two
# days in a row. Then, unknown to you, three things happen. Set `live` to True at the top to
# watch them day by day. **Which alarm rings first? What would you do?**

# %%
rng = np.random.default_rng([seed, 1])
planted = {"faults": (Fault(column="price", kind="scale", day=30, size=100),),
           "drifts": (Drift(kind="concept", day=42, size=1),)}  # fmt: skip
table = visits(rng, 56, **planted)
model, edges = learn(table)
table = answered(model, table, rng)
registry, serve = instrumented(edges)
seen, rules = [], {}


# %%
def on_call(url):
    """Day after day: scrape, look at the alarms, draw."""
    for day, row in evenings(table, edges, serve, lambda: mon.scrape(url)):
        seen.append(row)
        if day == 27:
            quiet = pd.DataFrame(seen)
            rules.update({n: mon.AlertRule.outside(n, quiet[n], for_=1) for n in row})
        for name, rule in rules.items():
            rule.update(day, row[name])
        if live or day == 55:  # a board that nobody watches is drawn once
            mon.draw_board(axes.ravel(), range(14, day + 1), seen, rules, until=56)
        yield day


fig, axes = subplots(4, 2, figsize=(8, 9))
with mon.MetricsEndpoint(registry) as endpoint:
    animate(fig, on_call(endpoint.url), live=live, alt="A dashboard of seven numbers over six "
            "weeks with their limits, and a panel of the alarms: prices jump and keep ringing, "
            "slow answers ring for some days, and feedback falls in the end.")  # fmt: skip
for fired, name in sorted((r.alerts[0].fired, n) for n, r in rules.items() if r.alerts):
    print(f"day {fired:.0f}: {name}")

# %%
quiz("8.3-q6", choice=None)

# %%
quiz("8.3-q7", choice=None)

# %% [markdown]
# What happened? From day 30 on, prices were logged in cents. On days 35 to 37 a few answers were
# slow. On day 42 the customers' taste changed altogether. Which of these cost accuracy? We know the
# truth, which no dashboard has.

# %%
spans = {"quiet": (14, 30), "prices in cents": (30, 42), "and tastes turned": (42, 56)}
for name, (a, b) in spans.items():
    days = table[table["day"].between(a, b - 1)]
    parts = model.coef_[0] * days[["dearness", "affinity"]].fillna(0).to_numpy()
    price_part, affinity_part = np.abs(parts).mean(axis=0)
    promise = mon.expected_accuracy(days["score"].to_numpy()).value
    print(f"{name:<17} true accuracy {days['truth'].mean():.2f}, promised {promise:.2f}; part in "
          f"the score of dearness {price_part:.2f}, of affinity {affinity_part:.2f}")  # fmt: skip

# %% [markdown]
# The promise even *rose* with the broken prices: larger inputs make bolder scores. The last two
# columns are **interpretability** at work: how much each feature pushes the scores, in
# log-odds. For a linear model that is weight times value. As the prices change their unit, the part
# of dearness jumps: the reason, found in what the service already logs. Where tastes turn, no part
# moves. Still the log can tell more: group the wrong answers by device, country, version, and see
# whether one group has all of them.
#
# ## Round 2: what a proxy does not see
#
# One world is an anecdote. We plant six things in many worlds, always on day 28: prices in cents;
# half of the affinities missing; affinities at the wrong product of the page; customers who search
# for dearer things; tastes that turn at once, in more worlds than the
# others, and slowly, over two weeks. Then we ask which of the
# numbers rings within two weeks, with the same rule as above.

# %%
PLANTED = {
    "nothing": {},
    "prices in cents": {"faults": (Fault(column="price", kind="scale", day=28, size=100),)},
    "affinities missing": {"faults": (Fault(column="affinity", kind="null", day=28, size=0.5),)},
    "affinities mixed up": {"faults": (Fault(column="affinity", kind="shuffle", day=28),)},
    "dearer searches": {"drifts": (Drift(kind="covariate", day=28, size=0.7),)},
    "tastes turn": {"drifts": (Drift(kind="concept", day=28, size=1),)},
    "tastes turn slowly": {"drifts": (Drift(kind="concept", day=28, size=1, over=14),)},
}
PROXIES = ["missing inputs", "PSI of price", "PSI of affinity", "mean score", "promised accuracy"]


# %%
def watched(table, edges):
    """The numbers of each day, as on the dashboard but without HTTP, and the truth."""
    registry, serve = instrumented(edges)
    by_day = dict(evenings(table, edges, serve, lambda: mon.parse(registry.text())))
    truth = table.groupby("day")["truth"].mean().loc[14:]
    return pd.DataFrame(by_day).T.assign(truth=truth)


# The day from 28 on, on which the alarm of a number rings first, or None.
def first_day(values):
    rule = mon.AlertRule.outside("", values.loc[14:27], for_=1)
    rule.update_many(values.index[14:], values.loc[28:])
    return int(rule.alerts[0].fired) if rule.alerts else None


# %%
predict("8.3-3", "Once tastes turn, how far is the promise above the truth?", guess=None)
predict("8.3-3b", "In what share of the worlds does a number without labels ring?", guess=None)
predict("8.3-3c", "In quiet weeks, how far is the feedback from the truth?", guess=None)

# %%
rng = np.random.default_rng([seed, 2])
found = []
for k, number in enumerate(rng.integers(2**31, size=worlds)):
    model, edges = learn(visits(number))
    for name in PLANTED if k < 6 else ["tastes turn"]:
        days = watched(answered(model, visits(number, **PLANTED[name]), rng), edges)
        rings = {n: first_day(days[n]) for n in days}
        means = days.loc[:27].mean().add_prefix("quiet "), days.loc[28:].mean().add_prefix("after ")
        found.append({"planted": name, "rings": rings} | dict(pd.concat(means)))
found = pd.DataFrame(found)
turned = found[found["planted"] == "tastes turn"]
rang = [any(r[n] is not None for n in PROXIES) for r in turned["rings"]]

# %%
claim(
    "8.3-3",
    "Once tastes turn, scores promise an accuracy more than 0.1 above the true one",
    t_interval(turned["after promised accuracy"] - turned["after truth"]),
    above=0.1,
    means={
        "holds": "A model that is wrong about the world is wrong about itself as well.",
        "fails": "The promise stays near the truth.",
        "undecided": "This run cannot tell whether the promise is so far off.",
    },
)
# %%
claim(
    "8.3-3b",
    "In more than half of the worlds, a number that needs no labels rings within two weeks after "
    "tastes turn",
    wilson(sum(rang), worlds),
    above=0.5,
    means={
        "holds": "Some proxy notices.",
        "fails": "Inputs, scores and promise stay calm while the accuracy collapses.",
        "undecided": "With so few worlds this run cannot tell.",
    },
)
claim(
    "8.3-3c",
    "In quiet weeks, the accuracy among those who answer is more than 0.1 from that of all",
    t_interval(np.abs(turned["quiet feedback"] - turned["quiet truth"])),
    above=0.1,
    means={
        "holds": "Who answers is not drawn by lot: the level of the feedback says little.",
        "fails": "Right and wrong answers are reported about alike here.",
        "undecided": "This run cannot tell whether feedback is so far off.",
    },
)

# %%
columns = [*PROXIES, "feedback"]
groups = dict(list(found.groupby("planted")))
shares = [[np.mean([r[n] is not None for r in groups[name]["rings"]]) for n in columns]
          for name in PLANTED]  # fmt: skip
change = [(groups[name]["after truth"] - groups[name]["quiet truth"]).mean() for name in PLANTED]
fig, axis = subplots(figsize=(7.5, 4))
axis.imshow(shares, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
for i, row in enumerate(shares):
    for j, share in enumerate(row):
        axis.text(j, i, f"{share:.0%}", ha="center", va="center")
axis.grid(visible=False)
axis.set_xticks(range(6), ["\n".join(n.rsplit(" ", 1)) for n in columns])
happens = [f"{n} ({round(d, 2) + 0:+.2f})" for n, d in zip(PLANTED, change, strict=True)]
axis.set_yticks(range(len(PLANTED)), happens)
axis.set(xlabel="what is watched", ylabel="what happens (true accuracy moves by)",
         title=finding("8.3-3b"))  # fmt: skip
show(fig, alt="A matrix of the share of worlds in which each number rings after each planted "
     "change, with the true loss of accuracy. The loudest changes cost little; what costs most "
     "rings in the feedback alone.")  # fmt: skip

# %% [markdown]
# Read the matrix by rows. Prices in cents and dearer searches ring loudly, and cost this model
# little. Those that cost most, mixed-up affinities and turned tastes, ring in the feedback
# alone: each column has the distribution that it always had. The first row is what rings for
# nothing.
#
# The reason is simple. A test of inputs sees P(x), and scores are a function of x. Turned tastes
# change P(y given x) and nothing else, **concept drift** ([8.2a](08_2a_kinds_of_shift.ipynb)).
# No formula of inputs and scores can see it. You need answers.
#
# **When it stops being true.** Change P(x) so far that the model must guess, and inputs are the
# fastest alarm of all: no label is as early. And where turned tastes change what is shown and
# searched, inputs follow, later.

# %% [markdown]
# ### Exercise 8.3-e4: the lead
#
# `alarms` are days on which an alarm rang, in any order. The change came on day `onset`, or never,
# then it is None. Labels showed it on day `noticed`. Return how many days before `noticed` the
# first true alarm rang, one on or after the onset; negative if it rang later. None if no alarm is
# true.


# %%
# exercise 8.3-e4
def lead_time(alarms, onset, noticed):
    """Return how many days before the labels did an alarm tell of the change."""
    return TODO


# %%
exercise("8.3-e4").check(lead_time)

# %% [markdown]
# Labels of returns come after 30 days here ([4.2a](04_2a_label_quality.ipynb)), so they notice on
# day 58. How many days earlier does the best proxy ring, in the median world?

# %%
lead_time = exercise("8.3-e4").use(lead_time)
for name in list(PLANTED)[1:]:
    rung = [[r[n] for n in PROXIES if r[n] is not None] for r in groups[name]["rings"]]
    leads = [lead for days in rung if (lead := lead_time(days, 28, 58)) is not None]
    often = 2 * len(leads) > len(rung)
    print(f"{name:<20}", f"{np.median(leads):.0f} days" if often else "mostly never")

# %% [markdown]
# ### Who answers?
#
# So ask the customers. But those who were served wrongly answer `complain` times as readily. The
# *level* of feedback is then a number about who answers. Its *change* still tells something, as the
# matrix shows, as long as the same kind of people answer. Watch the share of answers beside it.
#
# ### Exercise 8.3-e5: what the answers allow
#
# Of all who were asked, `right` say that the model was right, `wrong` say that it was wrong, and
# `silent` say nothing. A wronged customer may be up to `k` times as ready to answer as a content
# one, or the other way round. Return the lowest and the highest accuracy, over all customers, that
# is possible; `(0.0, 1.0)` if nobody answers, None if nobody was asked.


# %%
# exercise 8.3-e5
def accuracy_range(right, wrong, silent, k):
    """Return the lowest and the highest accuracy that the answers allow."""
    return TODO


# %%
exercise("8.3-e5").check(accuracy_range)

# %%
accuracy_range = exercise("8.3-e5").use(accuracy_range)
calm = table[table["day"].between(14, 29)]
said = calm.loc[calm["says"], "right"]
counts = int(said.sum()), int((~said).sum()), int((~calm["says"]).sum())
low, high = accuracy_range(*counts, 2 * complain)  # nobody knows how readily: allow for twice
print(f"of {said.mean():.2f} among the answers one may conclude {low:.2f} to {high:.2f}; the truth "
      f"is {calm['truth'].mean():.2f}")  # fmt: skip

# %% [markdown]
# ## Round 3: metrics say that, traces say why
#
# The page of a product asks four services: prices, stock and risk at the same time, and prices and
# stock ask the data base in turn. Each is measured. Customers say the page is slow. Who is it?
#
# A **trace** follows one request. Each piece of work is a **span**: who, from when to when, and
# which span asked for it. To connect them, a service hands the number of the request on, in the
# header `traceparent` of HTTP.

# %%
shop, price = mon.Tracer("shop"), mon.Tracer("price")
with shop.span("page") as page:
    header = page.header  # travels with the call
    with price.span("quote", parent=mon.SpanContext.from_header(header)):
        pass
quote, page = price.spans[0], shop.spans[0]
print("one request:", quote.trace == page.trace, "asked by the page:", quote.parent == page.id)

# %% [markdown]
# Which of the spans did the customer wait for? Of two that run side by side, only the longer one.
# The **critical path** goes back from the end: what was the last thing waited for, and before that?

# %%
MEDIAN = {"shop": 0.02, "price": 0.03, "stock": 0.02, "risk": 0.04, "db": 0.02}  # seconds


# Who asks whom.
def calls(work):
    db = (mon.Call("db", work["db"]),)
    asked = mon.Call("price", work["price"], db), mon.Call("stock", work["stock"], db)
    return mon.Call("shop", work["shop"], (*asked, mon.Call("risk", work["risk"])), parallel=True)


one = mon.simulate_traces(calls(MEDIAN), 1, rng=np.random.default_rng([seed, 3]))[0][0]
fig, axis = subplots(figsize=(7, 2.8))
for y, span in enumerate(one):
    axis.barh(y, 1e3 * span.seconds, left=1e3 * span.start, color=PALETTE[4], height=0.6)
    for part in mon.critical_path(one):
        if part.span.id == span.id:
            axis.barh(y, 1e3 * part.seconds, left=1e3 * part.start, color=PALETTE[5], height=0.6)
axis.set_yticks(range(len(one)), [span.service for span in one])
axis.invert_yaxis()
axis.set(xlabel="milliseconds", ylabel="span", title="The page waits for the orange parts alone")
show(fig, alt="A waterfall of the six spans of one request, each a bar in time. The parts on the "
     "critical path are marked: they follow each other without gap.")  # fmt: skip

# %% [markdown]
# ### Exercise 8.3-e6: the critical path
#
# `spans` is a list of tuples (id, parent, service, start, end); the first piece of work has the
# parent None. Walk back from its end. A piece waited for the child that ended last; before that
# child began, for the one that had ended last by then, and so on; the rest is its own work. Of a
# child only what lies within its parent counts: clocks differ. Return a dictionary from service to
# the seconds waited for, without those that nobody waited for. No two ends are equal.


# %%
# exercise 8.3-e6
def critical_path(spans):
    """Return the seconds that a request waited for each service."""
    return TODO


# %%
exercise("8.3-e6").check(critical_path)

# %% [markdown]
# Now many incidents. In each, one service by lot has a query that is six times as slow, in a small
# share of the requests. As always, all services are also a bit faster or slower than last week. We
# name a culprit in three ways, each with the week before to compare with:
#
# - **averages**: the service whose mean time has risen most, in relation
# - **percentiles**: the same with the 99th percentile, as a good dashboard shows it
# - **traces**: take the slowest hundredth of the requests. The service that adds most to their
#   critical paths, compared with the usual one, is it.

# %%
predict("8.3-4", "In what more share of incidents are traces right, than averages?", guess=None)
predict("8.3-4b", "And than percentiles?", guess=None)


# %%
# The times of each service.
def times(traces):
    return pd.DataFrame([(s.service, s.seconds) for t in traces for s in t]).groupby(0)[1]


# The mean seconds on the critical path of each service.
def waited(traces):
    return pd.DataFrame([mon.time_by_service(t) for t in traces]).fillna(0).mean()


def incident(rng, n=600):
    """Whether each of the three ways names the service that is slow."""
    slow = str(rng.choice(list(MEDIAN)))
    usual, _ = mon.simulate_traces(calls(MEDIAN), n, rng=rng)
    work = {name: t * rng.lognormal(0, 0.2) for name, t in MEDIAN.items()}
    now, _ = mon.simulate_traces(calls(work), n, rng=rng, slow=slow, share=slow_share, factor=6)
    slowest = sorted(now, key=lambda trace: -trace[0].seconds)[: n // 100]
    rise = {"averages": times(now).mean() / times(usual).mean(),
            "percentiles": times(now).quantile(0.99) / times(usual).quantile(0.99),
            "traces": waited(slowest).sub(waited(usual[:100]), fill_value=0)}  # fmt: skip
    return {way: by_service.idxmax() == slow for way, by_service in rise.items()}


rng = np.random.default_rng([seed, 4])
ways = pd.DataFrame([incident(rng) for _ in range(incidents)]).astype(float)

# %%
claim(
    "8.3-4",
    "Traces name the slow service more often than averages do, by more than 0.3 of all incidents",
    t_interval(ways["traces"] - ways["averages"]),
    above=0.3,
    means={
        "holds": "An average hides the tail, and customers live in the tail.",
        "fails": "The averages do nearly as well here.",
        "undecided": "This run cannot tell whether the gain is so large.",
    },
)
claim(
    "8.3-4b",
    "Traces name the slow service more often than 99th percentiles do, by more than 0.1 of all "
    "incidents",
    t_interval(ways["traces"] - ways["percentiles"]),
    above=0.1,
    means={
        "holds": "Too few requests are slow for a percentile to move; a trace needs only one.",
        "fails": "Good metrics of each service would have done.",
        "undecided": "This run cannot tell whether traces gain a tenth.",
    },
)
print(", ".join(f"{way} right in {share:.0%}" for way, share in ways.mean().items()))

# %% [markdown]
# A 99th percentile begins to move once more than one request of 100 is slow. Then metrics name the
# culprit as well as traces do, at a fraction of the cost. Traces win where the slow requests are
# rarer than that, and where parts run side by side. They need all services to take part, and the
# slow requests to be kept: decide *after* the request which trace to keep.
#
# Clocks are a trap. Each service stamps its spans with its own. Let the clock of the data base be
# 50 milliseconds fast, and its spans fall out of their parents.

# %%
rng = np.random.default_rng([seed, 5])
off, _ = mon.simulate_traces(calls(MEDIAN), 300, rng=rng, slow="db", factor=3, skew={"db": 0.05})
for name, traces in (("as stamped", off), ("aligned", [mon.align_clocks(t) for t in off])):
    share = waited(traces)
    print(f"{name:<10} the data base has {share['db'] / share.sum():.0%} of the waiting")

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with three shares of slow requests and three seeds each: `mlsd sweep 8.3b -p
# slow_share=0.005,0.01,0.05 -p seed=0:3 -p worlds=8`. When are traces worth their price?

# %%
swept = sweep.load("published/8.3b-slow_share")
print(*map(swept.finding, [c for c in swept.claims if c in ("8.3-4", "8.3-4b")]), sep="\n")
show(swept.figure("8.3-4b"), alt=swept.alt("8.3-4b"))

# %% [markdown]
# To see that something is wrong is only the first step. Then the system must change: mend the
# input, roll back, or train on what is true now. That is chapter 9.

# %% [markdown]
# ## Quiz

# %%
quiz("8.3-q8", choice=None)

# %%
quiz("8.3-q10", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Sigelman and others (2010), *Dapper*;
# Guillory and others (2021), *Predicting with confidence on unseen distributions*; Majors,
# Fong-Jones and Miranda (2022), *Observability engineering*.
#
# **Next.** Chapter 9, continual learning.
