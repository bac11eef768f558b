# %% [markdown]
# # 7.1 Batch and online prediction
#
# **Core question.** Should a prediction be made before anybody asks for it, or when somebody does?
#
# **Time** 60 minutes · **Builds on** [3.5 Batch and stream processing](03_5_batch_and_stream.ipynb)
#
# You will be able to
#
# - say what a batch saves, and choose its size (claims 7.1-1, 7.1-1b, exercise 7.1-e1)
# - run a service that gathers requests and does not drown in them (claims 7.1-1c, 7.1-1d)
# - work out whether predicting for all or on demand is cheaper (claim 7.1-2, exercise 7.1-e2)
# - precompute what is popular, and cache the rest (claim 7.1-3, exercises 7.1-e3, 7.1-e4)
# - tell what fresh features gain, and what two programs for one feature cost (claims 7.1-4 to
#   7.1-4c)

# %% tags=["parameters"]
seed: int = 0  # which rows, requests and worlds are drawn [0, 1_000_000]
batch_size: int = 2_000  # rows that the forest predicts at once [100, 10_000] quick 500
active_share: float = 0.02  # share of the users who come on a day [0.001, 1]
zipf_s: float = 1.0  # how much requests crowd on popular queries [0.4, 1.6]
refresh_h: int = 24  # hours between two refreshes of the batch features [1, 72]
worlds: int = 12  # worlds in the last round [3, 60] quick 3
floods: int = 7  # how often more is asked than a service can answer [3, 20] quick 3

# %%
import tempfile
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from mlsdlib import compression, serving, streaming
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval, wilson
from mlsdlib.timing import time_ratio
from mlsdlib.worlds import ShopSmart, ShopSmartConfig

begin("7.1", seed=seed, batch_size=batch_size, active_share=active_share, zipf_s=zipf_s,
      refresh_h=refresh_h, worlds=worlds, floods=floods)  # fmt: skip
home = tempfile.TemporaryDirectory(prefix="mlsd-")
folder = Path(home.name)

# %% [markdown]
# A model that is trained must now predict for somebody. There are two ways.
#
# **Batch prediction.** Each night, or when something triggers it, a job predicts for everybody and
# stores the answers. When somebody comes, the answer is looked up. The one who asks and the one who
# computes never wait for each other: it is **asynchronous**. The films that a service recommends to
# you this week are made so.
#
# **Online prediction.** A request arrives, usually as an HTTP call in the style called *REST*, the
# model computes, and the caller waits: it is **synchronous**. A translation of what you have just
# typed, a payment that may be a fraud, a car that must brake, an order on a stock exchange: their
# inputs did not exist the night before.
#
# The words confuse. An online service that hands sixteen requests to its model at once computes in
# a batch, and is no batch prediction. A stored prediction is often served by an online service.
# Synchronous and asynchronous are not perfect either: you may send a long text to be translated and
# fetch the result later. Nobody waits, and still it was made on request. Ask two things: was it
# computed before or after the request, and from what data?
#
# **Streaming prediction** is online prediction that uses both **batch features**, from a job, and
# **streaming features**, from what is happening now. We come to it in round 4.
#
# ## Round 1: one row or many
#
# It is said: batch prediction is made for **throughput**, predictions in a second, and online
# prediction for **latency**, the time until one answer. Are they so different? Our shop, ShopSmart,
# wants to know whether a product on a page will be clicked. We train two models: a forest, in
# scikit-learn, and a neural net, in torch.

# %%
rng = np.random.default_rng([seed, 1])
shop = ShopSmart(ShopSmartConfig(n_days=60), rng=seed).impressions.head(100_000)
table = shop[["position", "price", "affinity"]]
table = ((table - table.mean()) / table.std()).to_numpy(np.float32)
drawn = rng.permutation(len(table))
learn, rows = drawn[:6_000], table[drawn[6_000:16_000]]
clicked = shop["clicked"].to_numpy(int)[learn]
forest = RandomForestClassifier(100, min_samples_leaf=20, random_state=int(rng.integers(2**31)))
forest.fit(table[learn], clicked)


def by_forest(x):
    return forest.predict_proba(x)[:, 1]


# %% [markdown]
# The net goes from torch to a file in **ONNX**, a format that many **runtimes** read. A runtime
# does nothing but predict: it needs no torch, and it can be called from many languages. Ours is
# *onnxruntime*. Beside the net we make a much wider one, untrained: we shall need a slow model.

# %%
dice = torch.Generator().manual_seed(int(rng.integers(2**31)))
net = torch.nn.Sequential(
    torch.nn.Linear(3, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(),
    torch.nn.Linear(512, 1), torch.nn.Sigmoid())  # fmt: skip
wide = torch.nn.Sequential(
    torch.nn.Linear(3, 4_000), torch.nn.ReLU(), torch.nn.Linear(4_000, 4_000), torch.nn.ReLU(),
    torch.nn.Linear(4_000, 4_000), torch.nn.ReLU(), torch.nn.Linear(4_000, 1))  # fmt: skip
for weights in [*net.parameters(), *wide.parameters()]:
    torch.nn.init.normal_(weights, 0, 0.05, generator=dice)
inputs, targets = torch.tensor(table[learn]), torch.tensor(clicked, dtype=torch.float32)
optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
for part in torch.arange(len(learn)).split(64):
    optimiser.zero_grad()
    torch.nn.functional.binary_cross_entropy(net(inputs[part])[:, 0], targets[part]).backward()
    optimiser.step()

# %%
files = compression.to_onnx_each({"net": net, "wide": wide}, inputs[:2])
(folder / "net.onnx").write_bytes(files["net"])
by_net, by_wide = map(serving.OnnxModel, files.values())
same = partial(np.allclose, atol=1e-5)
alone = [by_net(rows[k : k + 1])[0] for k in range(50)]
print("a row gets alone what it gets among others:", same(alone, by_net(rows)[:50]))
print("and what torch says:", same(alone, net(torch.tensor(rows[:50]))[:, 0].detach()))

# %%
predict("7.1-1", "Forest: how many times longer does a row take alone?", guess=None)
predict("7.1-1b", "Net: how many times longer do 4,096 rows take in pieces of 64?", guess=None)

# %%
saved = time_ratio(lambda: by_forest(rows[:1]), lambda: by_forest(rows[:batch_size]), cpu=True)
saved = saved.map(lambda ratio: ratio * batch_size, unit="times")
claim("7.1-1",
      f"A row alone takes the forest more than 20 times longer than one among {batch_size:,}",
      saved, above=20.0, means={
          "holds": "Most of what a call costs does not depend on the rows: share it among many.",
          "fails": "The rows themselves cost so much that sharing a call saves little.",
          "undecided": "This run cannot tell whether a batch saves a factor of 20."})  # fmt: skip


def in_pieces(size):
    return np.concatenate([by_net(rows[k : k + size]) for k in range(0, 4096, size)])


claim("7.1-1b",
      "The net takes more than 1.25 times longer for 4,096 rows in pieces of 64 than at once",
      time_ratio(lambda: in_pieces(64), lambda: in_pieces(4096), cpu=True, same=same),
      above=1.25, means={
          "holds": "On this machine a larger batch is a cheaper one.",
          "fails": "From some size on, a larger batch saves nothing, and it may cost more.",
          "undecided": "This run cannot tell whether the larger batch saves a fifth."})  # fmt: skip

# %%
sizes = {"forest": [1, 8, 64, 512, 4096], "net": [1, 4, 16, 64, 256, 1024, 4096]}
fig, axis = subplots(figsize=(6, 3.4))
per_row = {}
for number, (name, model) in enumerate({"forest": by_forest, "net": by_net}.items()):
    ratios = [time_ratio(partial(model, rows[:size]), partial(model, rows[:1]), pairs=7, cpu=True)
              for size in sizes[name]]  # fmt: skip
    per_row[name] = [ratio.value / size for ratio, size in zip(ratios, sizes[name])]
    axis.plot(sizes[name], per_row[name], "os"[number] + "-", color=PALETTE[number], label=name)
axis.set(xscale="log", yscale="log", xlabel="rows in a call", ylabel="time per row, alone = 1",
         title=finding("7.1-1b"))  # fmt: skip
axis.legend()
show(fig, alt="Two lines of the time per row against the rows in a call, both axes logarithmic. "
     "That of the forest falls by a factor of hundreds. That of the net falls a little, and then "
     "stays or rises.")  # fmt: skip

# %% [markdown]
# The forest's library checks its input, starts up, and walks through a hundred trees in Python,
# whether there is one row or thousands. So nearly all of the price of a row alone is *overhead*.
# The runtime has little of that. What a batch saves the net is reading its weights: once for many
# rows, not once for each.
#
# But the rows leave something behind, too: 512 numbers a row after each layer. The likely reason
# why the line does not fall further is that these no longer fit into the processor's *cache*, its
# small fast memory, and travel to the main memory and back. Where that begins depends on the
# machine. Measure, and cut a large job into pieces: `precompute`, below, does.
#
# So the contrast is not between batch and online. It is between a model that is asked often and
# one that is asked rarely. May an online service ask rarely, too?

# %% [markdown]
# ### Exercise 7.1-e1: how many together?
#
# `latency` is a list of pairs: rows in a call, and the milliseconds that such a call takes.
# Requests come at even intervals, `rate` in a second. A call starts when its batch is full: the
# first row waits for the others, then for the call. Return the size for which a row takes the
# least of the model's time, of those where the first row gets its answer within `deadline`
# milliseconds, and a call takes no longer than its rows take to arrive. Of equals return the
# smallest, and `None` if no size will do.


# %%
# exercise 7.1-e1
def optimal_batch(latency, deadline, rate):
    """Return the cheapest size of a batch that is in time and keeps up; None if there is none."""
    return TODO


# %%
exercise("7.1-e1").check(optimal_batch)
optimal_batch = exercise("7.1-e1").use(optimal_batch)
calls = [(1, 16.0), (8, 16.5), (64, 20.0), (512, 34.0)]
for rate in (20, 200, 2_000, 20_000):
    print(f"{rate:>6,} requests a second, answers within 60 ms: {optimal_batch(calls, 60, rate)}")

# %% [markdown]
# ## Round 2: a service under load
#
# Here is a real one: HTTP on this machine, with the forest behind it, and callers in another
# process. 32 callers ask, and each sends its next request when it has the answer to the last. The
# service **micro-batches**: while the model works, requests gather, and all that are there go into
# the next call. The model waits for nobody.

# %%
predict("7.1-1c", "With 32 callers, how many requests does a call answer?", guess=None)
predict("7.1-1d", "At 4 times the load: what share more is in time with a short queue?", guess=None)

# %%
service = partial(serving.PredictionService, by_forest, n_features=3)
rng = np.random.default_rng([seed, 2])
with ExitStack() as stack:
    services = [stack.enter_context(service(max_batch=32)) for _ in range(5)]
    runs = serving.run_load([s.url for s in services], rows, n=160, clients=32, rng=rng)
per_call = [s.stats().answered / s.stats().batches for s in services]
claim("7.1-1c", "With 32 callers, a call of the model answers more than 3 requests",
      t_interval(per_call, unit="requests a call"), above=3.0, means={
          "holds": "A busy service gathers batches, though it waits for nobody.",
          "fails": "The model is so quick that hardly two requests meet.",
          "undecided": "This run cannot tell whether three requests meet."})  # fmt: skip
log, expected = pd.concat([run.log for run in runs]), by_forest(rows)
print("all answers are those of single calls:",
      np.allclose(log["prediction"].astype(float), expected[log["row"]]))  # fmt: skip

# %% [markdown]
# The busier, the larger the batches: the service adapts by itself. It may also wait a moment for
# more rows, `max_wait`. Then batches are fuller, and a caller who is alone waits for others who
# never come.
#
# How many requests are inside at a time? **Little's law** says: arrivals in a second, times the
# seconds that one spends inside. It holds for every queue that does not grow without end. So if
# answers must come within a tenth of a second and the model manages 300 a second, a queue of 30
# is all that is of use. What stands further back will be late.
#
# What if more is asked than the model can do? Callers who wait for their answers cannot ask too
# much. The world can: its requests come at a rate that knows nothing of our service. We send four
# times as many as it answers one by one, to two services with the wide net. One has a queue of at
# most five, and says 503, *come back later*, to the rest. That is called **back-pressure**. The
# other has a queue without a bound. Neither micro-batches: that would raise what it can do, and
# take a larger crowd for the same picture. An answer is of use if it comes within the time of 15
# calls, as long as calls take in that run.

# %%
service = partial(serving.PredictionService, by_wide, n_features=3)
with service(max_batch=1) as quiet:
    runs = serving.run_load([quiet.url] * 4, rows, n=40, clients=4, rng=rng)
rate = 4 * max(run.planned / run.seconds for run in runs)
with service(max_batch=1, max_queue=5) as short, service(max_batch=1, max_queue=None) as endless:
    runs = serving.run_load([short.url, endless.url] * floods, rows, n=80, rate=rate, timeout=60,
                            rng=rng)  # fmt: skip
answered = [run.count("answered") for run in runs]
useful = [run.within(15_000 * run.seconds / n) / n for run, n in zip(runs, answered)]
claim("7.1-1d",
      "Under four times its load, the share of answers in time is higher by more than 0.3 with a "
      "bounded queue", paired_t(useful[::2], useful[1::2]), above=0.3, means={
          "holds": "Who accepts everything answers nearly everybody too late.",
          "fails": "The queue did not grow so long that it mattered.",
          "undecided": "This run cannot tell whether the bound helps so much."})  # fmt: skip
print("requests of which nobody heard again:", sum(run.lost for run in runs))

# %%
fig, axis = subplots(figsize=(6, 3.4))
for number, (name, run) in enumerate({"at most 5 wait": runs[0], "no bound": runs[1]}.items()):
    log = run.log[run.log["outcome"] == "answered"]
    label = (f"{name}: {run.count('rejected')} of {run.planned} rejected,\n"
             f"p50 {run.latency_ms(0.5):.0f} ms, p99 {run.latency_ms(0.99):.0f} ms")  # fmt: skip
    axis.scatter(log["due_ms"], log["latency_ms"], s=14, marker="os"[number],
                 color=PALETTE[number], label=label)  # fmt: skip
axis.set(xlabel="when the request came, ms", ylabel="latency of its answer, ms",
         title=finding("7.1-1d"))  # fmt: skip
axis.legend(fontsize=8)
show(fig, alt="A scatter of latency against the time of the request. Without a bound it rises "
     "on and on. With one it stays low, and there are fewer points.")  # fmt: skip

# %% [markdown]
# The legend counts what became of the requests. **p50** is the latency that half of the answers
# stay below, **p99** the one that 99 in a hundred do. A mean would hide the tail.
#
# Why not the forest? A bound holds back only what reaches the queue. Scikit-learn's Python code
# keeps the interpreter to itself for much of a call, and the threads that take in requests hardly
# get on. The crowd then stands in front of the door, in a queue of the operating system that nobody
# has bounded. Onnxruntime lets go of the interpreter while it computes. Servers for slow Python
# models put them in processes of their own.
#
# Without a bound the model does not work less. It works for those who have long gone away. And it
# goes on like that when the crowd is over, until the queue is empty.
#
# **When it stops being true.** Below its capacity a service's queue is nearly always empty, and a
# bound does nothing. A short crowd is better kept in a queue than sent away, if there is time.
#
# A service dies, too. Our net runs in a process of its own, and is killed while requests wait. A
# request may then fail, but it must never just disappear: its caller must learn of it.

# %%
crash = int(rng.integers(100, 200))
with serving.ServiceProcess(folder / "net.onnx", crash_after=crash) as dying:
    (run,) = serving.run_load([dying.url], rows, n=300, clients=8, rng=rng)
print("answered or failed:", run.count("answered") + run.count("failed"), "of 300, lost:", run.lost)

# %% [markdown]
# Before a service is replaced it is asked to stop: it takes nothing more, answers what it has
# accepted, and ends. This is called **draining**.
#
# ## Round 3: for whom?
#
# A shop has 100,000 users, and on a day few of them come. A nightly batch predicts for all. What
# is never read was computed in vain. So is predicting on demand cheaper? By round 1, a prediction
# on demand costs more. We count both, for two weeks.

# %%
predict("7.1-2", "Forest: how many times as much does on demand cost?", guess=None)
predict("7.1-3", "What share of requests do the most popular 1 % of queries make?", guess=None)

# %%
users, visits = 100_000, 2
rng = np.random.default_rng([seed, 3])
came = rng.binomial(users, active_share, 14)
asked = rng.poisson(visits * came)
claim("7.1-2",
      f"If {100 * active_share:g} % of the users come on a day, the forest on demand costs more "
      "than twice as much as a batch for all each night",
      saved.map(lambda ratio: ratio * asked.mean() / users, unit="times"), above=2.0, means={
          "holds": "So cheap is a row in a batch that most of them may go to waste.",
          "fails": "So few come that the waste is worth avoiding, or costs about as much.",
          "undecided": "This run cannot tell which way costs twice as much."})  # fmt: skip
print(f"of the predictions of a night, {1 - came.mean() / users:.0%} are never read")

# %% [markdown]
# ### Exercise 7.1-e2: which is cheaper?
#
# Return `"batch"`, `"online"` or `"tie"`, whichever costs less in a day. Batch predicts for all
# `users` at each of so many `refreshes` a day, and a prediction costs `batch_cost`. Online predicts
# at each visit: a share `active_share` of the users come, each for so many `visits`, and a
# prediction costs `online_cost`. Costs that are equal up to rounding are a tie.


# %%
# exercise 7.1-e2
def cheaper(users, active_share, visits, refreshes, batch_cost, online_cost):
    """Return which costs less in a day: "batch", "online", or "tie"."""
    return TODO


# %%
exercise("7.1-e2").check(cheaper)

# %%
cheaper = exercise("7.1-e2").use(cheaper)
fig, axis = subplots(figsize=(6, 3.4))
cost = np.logspace(0, 4, 50)
for refreshes, line in ((1, "-"), (4, "--"), (24, ":")):
    axis.plot(cost, refreshes / (cost * visits), color="black", linestyle=line,
              label=f"{refreshes} × a day refreshed")  # fmt: skip
for number, (name, found) in enumerate(per_row.items()):
    ratio = 1 / min(found)
    print(f"{name}: {cheaper(users, active_share, visits, 1, 1.0, ratio)} is cheaper")
    axis.scatter(ratio, active_share, color=PALETTE[number], marker="os"[number], label=name)
axis.set(xscale="log", yscale="log", ylim=(1e-4, 1), xlabel="cost on demand, in a batch = 1",
         ylabel="share of users who come", title=finding("7.1-2"))  # fmt: skip
axis.legend(fontsize=8, loc="lower left")
show(fig, alt="Falling lines, where both ways cost the same, on two logarithmic axes. The forest "
     "lies far to the right, the net to the left.")  # fmt: skip

# %% [markdown]
# Above a line the batch is cheaper, below it the model on demand. The line is where the share of
# users who come equals refreshes × cost in a batch / (visits × cost on demand). So "online is less
# efficient" is a sentence about a model and its runtime. For a model with much overhead it is
# right, though most of the batch goes to waste. For one without it is not.
#
# We counted the model alone. A service also reads HTTP, waits for the next request, and must stand
# ready for the busiest hour. And it can micro-batch, which brings its cost down again.
#
# That is why things move: one often begins online, as it is simple to try. If the model turns out
# too slow or too dear, batch prediction is the way round: the answer is there at once, however long
# it took to compute. As runtimes and hardware improve, online prediction becomes possible for more
# and more.
#
# **Both.** Nobody has to choose for all queries alike. A few are asked all the time, most hardly
# ever. A **hybrid** precomputes the popular ones and does the rest online. We draw requests from
# 100,000 queries, the k-th of which is asked in proportion to 1 / k^s (Zipf's law). We precompute
# the hundredth part that was asked most yesterday, and see what that does today.

# %%
chances = np.arange(1, len(table) + 1.0) ** -zipf_s


def requests(n, names):
    """Draw requests; `names` says which query is the most popular, the second, and so on."""
    return names[rng.choice(len(table), n, p=chances / chances.sum())]


names = rng.permutation(len(table))
yesterday, today = requests(100_000, names), requests(20_000, names)
popular = pd.Series(yesterday).value_counts().index.to_numpy()
top = popular[: len(table) // 100]
serving.precompute(by_net, top, table[top], folder / "top.parquet", computed_at=0.0)
stored = serving.Precomputed(folder / "top.parquet", max_age=86_400.0)
hybrid = serving.HybridPredictor(lambda q: float(by_net(table[q : q + 1])[0]), precomputed=stored)
for query in today.tolist():
    hybrid(query, at=3_600.0)
claim("7.1-3",
      "A table of the 1 % of queries that were asked most yesterday answers more than half of "
      "today's requests",
      wilson(hybrid.sources()["precomputed"], len(today)), above=0.5, means={
          "holds": "A small table takes most of the load, and the model does the tail.",
          "fails": "The tail is where the requests are: the table takes the smaller part.",
          "undecided": "This run cannot tell whether it is more than half."})  # fmt: skip
print("if the next batch does not come, answers come from:", hybrid(top[0], at=90_000.0).source)

# %% [markdown]
# What is popular does not stay so. Let three queries in ten lose their place to others before
# today. Against that stands a **cache**: it keeps what was asked last, here **LRU**, where the
# least recently used goes when there is no room.

# %%
moved, changed = names.copy(), np.flatnonzero(rng.random(len(names)) < 0.3)
moved[changed] = rng.permutation(names[changed])
later = requests(50_000, moved)
room, lines = [100, 300, 1_000, 3_000, 10_000], []
for n in room:
    kept = serving.TTLCache(n)
    for query in later.tolist():
        kept.get_or_compute(query, abs)
    hits = kept.stats().hits / len(later)
    lines.append([np.isin(today, popular[:n]).mean(), np.isin(later, popular[:n]).mean(), hits])
fig, axis = subplots(figsize=(6, 3.4))
labels = ["table, as yesterday", "table, popularity has moved", "cache, popularity has moved"]
for number, (label, line) in enumerate(zip(labels, np.transpose(lines))):
    axis.plot(room, line, "os^"[number] + "-", color=PALETTE[number], label=label)
axis.set(xscale="log", ylim=(0, 1), xlabel="predictions kept, of 100,000",
         ylabel="share of requests answered by them", title=finding("7.1-3"))  # fmt: skip
axis.legend()
show(fig, alt="Three rising lines of the share of requests that were answered from what is kept. "
     "The table loses when popularity moves.")  # fmt: skip

# %% [markdown]
# A cache needs no job and follows what is popular by itself. But the first of many who ask still
# waits, and a table has an answer for those nobody has asked yet. Many systems have both.
#
# What is kept gets old. A **time to live**, TTL, says for how long an answer is given out. And as a
# popular one expires, all who ask in that moment find nothing, and all compute it: a **stampede**,
# just when the load is high. So let the first compute, and the others wait for its answer.

# %% [markdown]
# ### Exercise 7.1-e3: a cache by hand
#
# `requests` is a list of pairs (time, key), in order of time. Return a list with a word for each.
# `"hit"`: the cache has it. `"wait"`: somebody computes it just now. `"miss"`: neither; this
# request computes it, and it is ready, and stored, `work` later. An entry is gone when its age
# since then reaches `ttl`. The cache holds `maxsize` entries. If there is no room for one that has
# become ready, the one goes that was used least recently; being stored and being hit are uses. At
# equal times, what becomes ready comes before what is asked.


# %%
# exercise 7.1-e3
def cache_log(requests, maxsize, ttl, work):
    """Return for each request "hit", "miss", or "wait"."""
    return TODO


# %%
exercise("7.1-e3").check(cache_log)

# %% [markdown]
# ### Exercise 7.1-e4: is it fresh?
#
# `entries` are a user's predictions from several jobs: pairs of the time at which one was computed,
# no two the same, and the prediction. Return the newest one that is fresh at time `t`, as a pair
# with its age, or `None`. It is fresh if its age is at most `max_age`. The clocks of two machines
# differ: one may be up to `skew` ahead, so that a fresh entry seems to come from the future. Its
# age is then 0. Further from the future is an error, and not fresh.


# %%
# exercise 7.1-e4
def serve(entries, t, max_age, skew):
    """Return the newest prediction that is fresh at t, and its age; None if there is none."""
    return TODO


# %%
exercise("7.1-e4").check(serve)

# %% [markdown]
# ## Round 4: what happens now
#
# A prediction of last night knows nothing of this morning. In ShopSmart, a visitor searches several
# times. Half of the variance of the taste belongs to the visit: a gift, today's mood. We rank the
# products of each search and ask for the **recall at 10**: how many of the ten that this visitor
# would like best, which only the world knows, are among our first ten?
#
# The model knows how popular a product is, and two *profiles*, each the mean style of what was
# clicked: that of the user, up to the last refresh (a batch feature), and that of the visit, up to
# this second (a streaming feature). `profiles_asof` computes such a profile for each search, from
# what was known before it.


# %%
@cache
def features(world, hours, asof=serving.profiles_asof):
    """The user's profile as last refreshed, that of the visit so far, and of the whole visit."""
    asked, known = ((times - world.start).dt.total_seconds().to_numpy()
                    for times in (world.searches["time"], world.clicks["received"]))  # fmt: skip
    liked = world.products.filter(like="style_").to_numpy()[world.clicks["product_id"]]
    users, visits = ((known, world.clicks[key], liked) for key in ("user_id", "session_id"))
    user, visit = world.searches["user_id"], world.searches["session_id"]
    return {
        "user": asof(*users, asked // (3600 * hours) * 3600 * hours, user),
        "visit": asof(*visits, asked, visit),
        "whole visit": asof(*visits, asked + 1e9, visit),
    }


def recall(world, train, served=None, hours=24):
    """Recall at 10 in the last week of a model of some profiles, trained before."""
    found, shown = features(world, hours), world.impressions
    style = world.products.filter(like="style_").to_numpy()
    s, p = shown["search_id"].to_numpy(), shown["product_id"].to_numpy()
    popular = np.log1p(world.products["popularity"].to_numpy())
    late = (world.searches["time"] >= world.truth.drift.index[-7]).to_numpy()
    match = [(found[name][s] * style[p]).sum(axis=1) for name in train]
    inputs = np.column_stack([np.log(shown["position"]), popular[p], *match])[~late[s]]
    _, *weights = LogisticRegression(C=10).fit(inputs, shown["clicked"][~late[s]]).coef_[0]
    profiles = zip(weights[1:], served or train)
    scores = weights[0] * popular + sum(w * found[name][late] @ style.T for w, name in profiles)
    searches = world.searches[late]
    best, ours = (world.rank(searches, x) for x in (world.truth.relevance_of(searches), scores))
    return (ours[:, :, None] == best[:, None]).any(axis=2).mean()


# %%
predict("7.1-4", "How much recall does the profile of the visit gain?", guess=None)
predict("7.1-4b", "And where a user wants the same in every visit?", guess=None)
predict("7.1-4c", "How much does training on whole visits cost?", guess=None)


# %%
def make(number, share):
    return ShopSmart(ShopSmartConfig(
        n_users=100, n_products=240, n_categories=4, n_days=21, sessions_per_day=60,
        searches_per_session=5, session_share=share, new_user_share=0, new_product_share=0,
        offer_share=0), rng=np.random.default_rng([seed, 4, number]))  # fmt: skip


moody, steady = ([make(number, share) for number in range(worlds)] for share in (0.5, 0.0))
old, new = ["user"], ["user", "visit"]
nightly, both, nightly_steady, both_steady = (
    [recall(world, train, hours=refresh_h) for world in some]
    for some in (moody, steady) for train in (old, new)
)  # fmt: skip
claim("7.1-4",
      "Where half of the taste belongs to the visit, its profile raises recall by more than 0.01 "
      f"over a user's profile refreshed every {refresh_h} hours",
      paired_t(both, nightly), above=0.01, means={
          "holds": "What somebody does now says what no job of last night could know.",
          "fails": "The profile of the last refresh says nearly all.",
          "undecided": "These worlds cannot tell whether the visit gains so much."})  # fmt: skip
claim("7.1-4b", "Where a user wants the same in every visit, the gain is less than 0.01",
      paired_t(both_steady, nightly_steady), below=0.01, means={
          "holds": "Where nothing changes within a visit, there is nothing to react to.",
          "fails": "Even here the visit adds to a profile that is thin or old.",
          "undecided": "These worlds cannot tell whether the visit gains so much."})  # fmt: skip

# %%
ages = [1, 6, 24, 72]
fig, axis = subplots(figsize=(6, 3.4))
arms = {"half the taste is the visit's": moody[:4], "the same in every visit": steady[:4]}
for number, (name, some) in enumerate(arms.items()):
    line = [np.mean([recall(world, old, hours=age) for world in some]) for age in ages]
    level = np.mean([recall(world, new) for world in some])
    axis.plot(ages, line, "os"[number] + "-", color=PALETTE[number], label=name)
    axis.axhline(level, color=PALETTE[number], linestyle=":", label="and the visit's profile")
axis.set(xscale="log", xlabel="hours between refreshes of the user's profile",
         ylabel="recall at 10", title=finding("7.1-4"))  # fmt: skip
axis.set_xticks(ages, map(str, ages))
axis.legend(fontsize=8)
show(fig, alt="Two nearly flat lines of recall against the hours between refreshes, and two dotted "
     "levels with the visit's profile. One lies above its line, the other on it.")  # fmt: skip

# %% [markdown]
# Look at the slope of the lines. Refreshing every hour in place of every three days gains little:
# a visit lasts minutes, and what it tells is over before the next job begins. There is hardly a
# middle between a night and an event.
#
# Now the two programs. A stream keeps the profiles of visits event by event, `Profiles`. Its
# `replay` lets log and searches pass by in order. But for training, an analyst joins all clicks of
# a visit to each of its searches. The log has them, so no error is raised. The stream could not
# know those that came *after* the search.

# %%
batch = features(moody[0], refresh_h)
stream = features(moody[0], refresh_h, lambda *log: serving.Profiles(8).replay(*log))["visit"]
for name in ("visit", "whole visit"):
    found = streaming.parity(pd.DataFrame(batch[name]), pd.DataFrame(stream), tol=1e-9)
    print(f"the {name}: {found.skewed / found.keys:.0%} of the searches differ from the stream")
wrong = [recall(world, ["user", "whole visit"], new, hours=refresh_h) for world in moody]
claim("7.1-4c",
      "Trained on whole visits and served with visits so far, the model loses more than 0.05 of "
      "recall",
      paired_t(both, wrong), above=0.05, means={
          "holds": "Two programs that disagree spoil the model that was to profit from them.",
          "fails": "The model gets over this bug.",
          "undecided": "These worlds cannot tell whether the bug costs so much."})  # fmt: skip

# %% [markdown]
# The model learned that the products clicked in a visit are liked in it. No wonder: the click to
# be predicted was in the feature. So it relied on that, and on the user's profile too little. A
# test on the log does not show the bug, for there, too, the click is in the feature.
#
# A parity test finds it. A **unified pipeline** avoids it: one program for both, which reads the
# log for training as it reads the stream for serving, in order. That takes work. Companies build it
# on *stream processors* such as Flink, which read streams and history alike, and on *feature
# stores*, which hand out for training what was known at that time, and for serving what is known
# now.

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four kinds of traffic and three seeds: `mlsd sweep 7.1 -p
# zipf_s=0.6,0.8,1,1.2 -p seed=0:3`. Where requests crowd, a small table is nearly all one needs.
# Where they do not, it is hardly worth a job.

# %%
swept = sweep.load("published/7.1-zipf_s")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("7.1-3"), alt=swept.alt("7.1-3"))

# %% [markdown]
# ## Quiz

# %%
quiz("7.1-q1", choice=None)

# %%
quiz("7.1-q2", choice=None)

# %%
quiz("7.1-q3", choice=None)

# %%
quiz("7.1-q4", choice=None)

# %%
quiz("7.1-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Crankshaw and others (2017), *Clipper: a low-latency online prediction serving
# system*, on micro-batches; Little (1961), *A proof for the queuing formula L = λW*; Dean and
# Barroso (2013), *The tail at scale*.
#
# **Next.** [7.2 Model compression](07_2_model_compression.ipynb).
