# %% [markdown]
# # 10.2 Resource management
#
# **Core question.** Who runs recurring work, in what order, on whose machines? What if it fails?
#
# **Time** 60 minutes · **Builds on** [3.4 Dataflow](03_4_dataflow.ipynb)
#
# You will be able to
#
# - say what cron does not know, and what a DAG does with it (claims 10.2-1, 10.2-1b, 10.2-1c,
#   exercise 10.2-e1)
# - make a step that may be tried again (claim 10.2-1d)
# - say how busy servers may be, and what a pool, a boot delay and an autoscaler change (claims
#   10.2-2 to 10.2-2c, exercise 10.2-e2)
# - read what a script asks of Slurm, and choose its limit (claim 10.2-3, exercise 10.2-e3)
# - tell the tools for workflows apart, and check what is said of them (claim 10.2-3b)

# %% tags=["parameters"]
seed: int = 0  # durations, crashes, days and jobs [0, 1_000_000]
gap_min: int = 45  # minutes from the start of one stage to that of the next, by cron [15, 150]
utilisation: float = 0.9  # share of the time that servers work [0.3, 0.97]
servers: int = 4  # servers of each of four teams [1, 16]
boot_s: int = 300  # seconds until a new server takes its first job [0, 1_800]
width: int = 8  # mean number of shops on a night [1, 30]
real_nights: int = 18  # nights with real processes [6, 60] quick 6
clusters: int = 400  # simulated clusters in round 4 [50, 2_000] quick 60

# %%
import tempfile
import time
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from mlsdlib import datasets, platform, queueing
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson
from mlsdlib.processes import Child

begin("10.2", seed=seed, gap_min=gap_min, utilisation=utilisation, servers=servers, boot_s=boot_s,
      width=width, real_nights=real_nights, clusters=clusters)  # fmt: skip
home = tempfile.TemporaryDirectory(prefix="mlsd-")
folder = Path(home.name)

# %% [markdown]
# Our shop trains its model anew each night, in three stages: **extract** the orders of the day,
# **featurise** them, **train**. Two things are typical of such work. It is **repetitive**: the same
# every night, as are batch predictions. And its steps **depend** on each other: one needs what
# another has made, and is useless if that failed.
#
# ## Round 1: at two o'clock, or when it is ready
#
# **Cron** starts commands at fixed times. `0 2 * * *` says: at minute 0 of hour 2, on every day of
# every month. It knows the clock and nothing else. So one line for each stage, with a gap between
# them, and the hope that the gap is long enough.
#
# A **scheduler** knows the dependencies as well. They form a **directed acyclic graph**, a DAG:
# arrows from a step to those that need it, and no way back to where one came from. It starts a
# step when all those before it have succeeded. (It often has a queue, priorities and quotas
# as well.)
#
# Let a stage take half an hour in the typical case, and over an hour on one night in 24:
# log-normal, with a median of 30 minutes. By cron, a night is wrong if a stage begins before the
# last one is done: it then reads half a file (*corrupt*), or that of yesterday (*stale*). No error
# is raised.

# %%
MEDIAN, SPREAD, STAGES = 30.0, 0.4, ["extract", "featurise", "train"]


# Minutes that each stage takes.
def durations(rng, nights):
    return rng.lognormal(np.log(MEDIAN), SPREAD, (nights, len(STAGES)))


# Whether a stage begins before the one before it has ended.
def wrong(minutes, gap):
    return (minutes[:, :-1] > gap).any(axis=1)


predict("10.2-1", f"With a gap of {gap_min} minutes, what share of nights is wrong?", guess=None)
predict("10.2-1c", "With a gap that is nearly safe, how many times later is the model?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
nights = durations(rng, 2_000)
claim("10.2-1", f"With {gap_min} minutes between the stages, cron trains on stale or corrupt "
      "data on more than one night in ten",
      wilson(int(wrong(nights, gap_min).sum()), len(nights)), above=0.1, means={
          "holds": "Too often a stage takes longer than the gap.",
          "fails": "So long a gap is nearly always enough.",
          "undecided": "These nights cannot tell whether it is more than one in ten."})  # fmt: skip
past, new = (durations(rng, 40 * 365).reshape(40, 365, 3) for _ in range(2))  # 40 companies
safe = np.quantile(past[..., :-1].max(axis=2), 0.99, axis=1, keepdims=True)
ratios = (2 * safe + new[..., -1]) / new.sum(axis=2)
claim("10.2-1c", "With a gap that was enough on 99 % of last year's nights, the model is ready "
      "more than 1.5 times as late as with a DAG",
      t_interval(ratios.mean(axis=1), unit="times"), above=1.5, means={
          "holds": "Cron buys its safety with waiting, each night, for a night that seldom comes.",
          "fails": "The safe gap costs little time.",
          "undecided": "These nights cannot tell whether it is half as late again."})  # fmt: skip

# %%
gaps = np.arange(15, 121, 5)
fig, (left, right) = subplots(1, 2, figsize=(8.5, 3.4))
left.plot(gaps, [wrong(nights, gap).mean() for gap in gaps], "o-", color=PALETTE[1])
left.axvline(gap_min, color="black", linestyle=":", label="this run")
left.set(xlabel="gap between the stages, minutes", ylabel="share of wrong nights", ylim=(0, 1))
left.legend()
slow = nights[np.argsort(nights[:, 0])[int(0.95 * len(nights))]]
starts = np.stack([gap_min * np.arange(3), np.cumsum([0, *slow[:2]])], axis=1)
for k, stage in enumerate(STAGES):
    right.barh([1.25 - k / 4, 0.25 - k / 4], slow[k], left=starts[k], height=0.22,
               color=PALETTE[k], label=stage)  # fmt: skip
right.set_yticks([1, 0], ["cron", "DAG"])
right.legend(fontsize=8, loc="upper right")
right.set(xlabel="minutes of a slow night", ylabel="who starts the stages", ylim=(-0.5, 1.9))
fig.suptitle(finding("10.2-1"))
show(fig, alt="Left, the share of wrong nights falls with the gap, from one to zero. Right, the "
     "stages of a slow night: by cron at fixed times, by the DAG one after another.")  # fmt: skip

# %% [markdown]
# **Why.** A night is wrong if *either* of two stages takes longer than the gap. A gap of the usual
# duration is too short for half of the stages, and so for three nights of four. <!-- given: one
# less a half times a half --> To be safe, the gap must cover the slowest stage that one wants to
# survive, and then every night waits for it, twice. The DAG waits for what happens.
#
# **When it stops being true.** A long gap is safe: cron is enough for a single step, and for steps
# that take minutes in a night that has hours. And the DAG has a price: on a slow night its model is
# *late*, while cron's is on time and wrong. Somebody must decide which is worse, and watch for it.
#
# Does it happen outside of a formula? Here is a stage as a program of its own. One minute becomes a
# hundredth of a second, and the gap is what everybody begins with: the usual duration.

# %%
code, MINUTE, FILES = folder / "nightly.py", 0.01, ["", "rows", "features", "model"]
code.write_text("""
import time
from pathlib import Path

def stage(place, source, target, night, seconds, **before):
    # Read what the stage before has written; work on it and write it row by row.
    rows = Path(place, source).read_text().split() if source else [str(night)] * 40
    with Path(place, target).open("w") as file:
        for row in rows:
            time.sleep(seconds / len(rows))
            print(row, file=file, flush=True)
""")


# %%
# Start the programs at fixed times, whatever the others do.
def with_cron(jobs):
    platform.run_at([(k * MEDIAN * MINUTE, f"{code}:stage", job) for k, job in enumerate(jobs)])


# Start each program when the one before it has succeeded.
def with_dag(jobs):
    dag = platform.DAG()
    for k, job in enumerate(jobs):
        dag.add(STAGES[k], f"{code}:stage", after=STAGES[:k][-1:], arguments=job, timeout=60)
    assert dag.run().ok


# For each of some nights, whether the model has seen all rows of the night, and no other.
def whole_models(way, count, lane):
    found, place = [], Path(tempfile.mkdtemp(dir=folder))
    for name in FILES[1:]:
        (place / name).touch()
    for night, minutes in enumerate(durations(np.random.default_rng([seed, 2, lane]), count)):
        way([{"place": str(place), "source": FILES[k], "target": FILES[k + 1], "night": night,
              "seconds": minutes[k] * MINUTE} for k in range(3)])  # fmt: skip
        found.append((place / "model").read_text().split() == [str(night)] * 40)
    return found


# %%
predict("10.2-1b", "Of real nights with cron, what share trains a wrong model?", guess=None)

# %%
with ThreadPoolExecutor(3) as pool:  # three nights at a time, each in a folder of its own
    cron, dag = (np.concatenate(list(pool.map(partial(whole_models, way, count), range(3))))
                 for way, count in ((with_cron, real_nights // 3), (with_dag, real_nights // 6))
    )  # fmt: skip
claim("10.2-1b", "Where real programs start at fixed times, as far apart as they usually take, "
      "the model lacks rows on more than one night in ten",
      wilson(int((~cron).sum()), len(cron)), above=0.1, means={
          "holds": "What the simulation says happens to programs, and none of them fails.",
          "fails": "The programs nearly always end in time.",
          "undecided": "So few nights cannot tell."})  # fmt: skip
print(f"with the DAG, the model is whole on {dag.sum()} nights of {len(dag)}")

# %% [markdown]
# The DAG cannot go wrong in this way, however slow or busy the machine is: it does not look at the
# clock. Cron gets worse on a busy one. `DAG` stands on Python's own `graphlib`. Its first job is an
# order in which each step comes after those it needs, a **topological order**.
#
# ### Exercise 10.2-e1: run a DAG
#
# `after` maps each step to the list of steps it comes after. `failures` says how often a step fails
# before it succeeds; a step that is not in it succeeds at once. Try a step again at most `retries`
# times. Return the list of all tries, a step's name for each, in their order. Every order will do
# in which a step is tried only once all those before it have *succeeded*. A step after one that
# failed for good is not tried at all; the others are. If steps wait for each other in a circle,
# raise `ValueError`.


# %%
# exercise 10.2-e1
def run_dag(after, failures, retries):
    """Return the tries of all steps in an order that respects what they come after."""
    return TODO


# %%
exercise("10.2-e1").check(run_dag)
run_dag = exercise("10.2-e1").use(run_dag)
diamond = {"extract": [], "clean": ["extract"], "join": ["extract"], "train": ["clean", "join"]}
tries, fewer = (run_dag(diamond, {"clean": 2}, retries) for retries in (2, 1))
print(f"{len(tries)} tries, the first of {tries[0]} and the last of {tries[-1]}; with one retry "
      f"fewer, train is tried: {'train' in fewer}")  # fmt: skip

# %% [markdown]
# ## Round 2: try again
#
# Machines are taken away, networks hiccup, data bases restart. So a scheduler tries a step again.
# What if it had done its work, and died before it could say so? Our step appends the orders of the
# night to a table. A try crashes with a chance of three in ten, half of the time *before* it has
# appended and half of the time *after*.

# %%
rng, ORDERS = np.random.default_rng([seed, 3]), [17, 25, 40]


# Put the orders of a night into the table, or die on the way.
def load(night, table, replace):
    chance = rng.random()
    if chance < 0.15:
        raise ConnectionError("lost before")
    if replace:
        table[:] = [row for row in table if row[0] != night]
    table.extend((night, order) for order in ORDERS)
    if chance < 0.3:
        raise ConnectionError("lost after")


# Rows of each night in the table, and on how many nights the step succeeded.
def nights_that(retries, replace, nights=300):
    table, succeeded = [], 0
    for night in range(nights):
        dag = platform.DAG()
        dag.add("load", partial(load, night, table, replace), retries=retries, version="1")
        succeeded += dag.run(workers=1).ok
    return np.bincount([night for night, _ in table], minlength=nights), succeeded


# %%
predict("10.2-1d", "With retries, on what share of nights do orders count twice?", guess=None)

# %%
ways = [(0, False), (4, False), (4, True)]
(_, once), (rows, _), (replaced, often) = (nights_that(*way) for way in ways)
claim("10.2-1d", "If a step that appends is tried again, orders count twice on over 5 % of nights",
      wilson(int((rows > len(ORDERS)).sum()), len(rows)), above=0.05, means={
          "holds": "A retry repairs the run and spoils the data, and the run says: success.",
          "fails": "It hardly happens that a step dies after its work.",
          "undecided": "These nights cannot tell whether it is one in twenty."})  # fmt: skip
print(f"without retries, {once} of 300 nights succeed, with them {often}; if the step replaces, "
      f"orders count twice on {(replaced > len(ORDERS)).sum()} nights")  # fmt: skip

# %% [markdown]
# The cure is a step that is **idempotent**: done twice, it leaves what it leaves when done once. It
# does not add, it *replaces* what belongs to this night. Name the night in the arguments, and never
# ask the clock for it: a retry after midnight would load another day. For a file: write it to the
# side and rename it. A message has an id instead ([3.4](03_4_dataflow.ipynb)).
#
# The scheduler can die, too. Ours keeps the result of each step in a file, named by a hash of all
# that the step depends on: its code, its arguments, the results before it. If the file is there,
# the step is done. Let us kill it in the middle, again and again.

# %%
scheduler = folder / "scheduler.py"
scheduler.write_text("""
import time
from mlsdlib.platform import DAG

def step(begun, name, **before):
    with open(begun, "a") as file:
        print(name, file=file)
    time.sleep(0.05)

def main(begun, kept):
    dag = DAG(kept)
    for name, after in {"a": "", "b": "a", "c": "a", "d": "bc", "e": "d", "f": "d"}.items():
        job = {"begun": begun, "name": name}
        dag.add(name, f"{__file__}:step", after=list(after), arguments=job)
    dag.run(workers=2)
""")
rng, begun, kept, again = np.random.default_rng([seed, 4]), folder / "begun", folder / "kept", 0
begun.touch()
for life in range(7):
    done, before = {file.name[0] for file in kept.glob("*.json")}, begun.read_text()
    with Child(f"{scheduler}:main", {"begun": str(begun), "kept": str(kept)}) as child:
        if life == 6:
            child.finish()
        while begun.read_text() == before and child.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.2))  # and here it is killed
    again += len(done & set(begun.read_text()[len(before) :].split()))
results = len({file.name[0] for file in kept.glob("*.json")})
print(f"{results} of 6 steps have a result; steps that were begun again though done: {again}")

# %% [markdown]
# What was done is not repeated, and what was cut off is. The file appears whole or not at all, as
# it is renamed into place. In between, a step may have done its work without its file: that one
# runs again. So a scheduler promises *at least once*, and you make the step idempotent.
#
# The same files save work: a second run does only what has changed. Change the code of a step, its
# arguments or what comes before it, and it runs again, with those after it.
#
# ## Round 3: whose machines?
#
# **Before the cloud**, a company owned so many machines, and it paid for them whether they worked
# or not. To share them was everything: clever packing, queues, quotas, and much time of engineers.
# **In the cloud**, machines are *elastic*: they come when asked for and go when not needed. The
# question is no longer who gets them but what they cost. Companies often prefer what needs no
# attention to what uses machines best.
#
# How full *can* one use them? Jobs come at random and take what they take. So a machine is
# sometimes idle, and sometimes jobs wait. Erlang worked it out in 1917, for telephones.
#
# ### Exercise 10.2-e2: who has to wait
#
# With c servers, and a share ρ of their time in use, the load is a = cρ. A job has to wait with the
# probability
#
# C = T / (S + T), where T = aᶜ / c! · 1 / (1 − ρ) and S = 1 + a + a²/2! + … + aᶜ⁻¹ / (c−1)!
#
# Return C; 1.0 from a utilisation of 1 on. It must also work for thousands of servers.


# %%
# exercise 10.2-e2
def erlang_c(servers, utilisation):
    """Return the probability that a job has to wait."""
    return TODO


# %%
exercise("10.2-e2").check(erlang_c)
erlang_c = exercise("10.2-e2").use(erlang_c)

# %% [markdown]
# The mean wait, in units of the mean run time, is C / (c(1 − ρ)). Now let four teams have servers
# of their own. Or let them put all into one **pool**. The jobs are the same and so is the share of
# the time in use.

# %%
predict("10.2-2b", "How many run times longer does a job wait on its team's own?", guess=None)

# %%
rng = np.random.default_rng([seed, 5])


# Mean waits of many clusters, after they have warmed up.
def waits(c, n, warm, clusters=100):
    gaps, runs = rng.exponential([[[1 / (c * utilisation)]], [[1]]], (2, clusters, n))
    return queueing.simulate_waits(gaps, runs, servers=c)[:, warm:].mean(axis=1)


own, pooled = waits(servers, 6_000, 1_000), waits(4 * servers, 12_000, 2_000)
claim("10.2-2b", f"At a utilisation of {utilisation:g}, a job waits longer on its team's "
      f"{servers} servers than in one pool of {4 * servers}, by more than its run time",
      t_interval(own - pooled, unit="run times"), above=1.0, means={
          "holds": "In a pool, no server is idle while a job waits for another team's.",
          "fails": "There is no great wait that a pool could save.",
          "undecided": "These clusters cannot tell whether it is a run time."})  # fmt: skip
known = queueing.mean_wait(servers, utilisation) - queueing.mean_wait(4 * servers, utilisation)
print(f"Erlang's formula says {known:.2g} run times")

# %%
fig, axis = subplots(figsize=(6, 3.4))
busy = np.linspace(0.3, 0.97, 60)
for number, c in enumerate((1, 4, 16, 64)):
    line = [erlang_c(c, rho) / (c * (1 - rho)) for rho in busy]
    axis.plot(busy, line, color=PALETTE[number], label=f"{c} server{'s' * (c > 1)}")
axis.axhline(1, color="black", linestyle=":")
axis.set(ylim=(0, 5), xlabel="utilisation", ylabel="mean wait, run time of a job = 1",
         title="The larger the pool, the fuller it may be")  # fmt: skip
axis.legend()
show(fig, alt="Four lines of the mean wait against the utilisation. Each is flat and then turns up "
     "steeply: one server from a half on, 64 servers only close to one.")  # fmt: skip

# %% [markdown]
# High utilisation is safe only when pooled. One server in use nine tenths of the time makes
# everybody wait for nine run times; at the same utilisation, 64 servers make hardly anybody wait.
# A cloud is a very large pool: that is where its elasticity comes from.
#
# **When it stops being true.** At a low utilisation nobody waits anyway, and teams may keep their
# own machines. A pool also needs jobs that can run on any of its servers.
#
# Jobs do not come evenly over the day. As our load we take the hourly demand of a bike-sharing
# system in Washington, scaled so that it keeps eight servers busy on average. A job takes five
# minutes. A fixed pool must be chosen for the rush hour. An **autoscaler** asks for as many servers
# as there are jobs, and a fifth more. Finding and starting machines for what a scheduler wants to
# run is the work of an **orchestrator**, such as Kubernetes: a scheduler says *when* and *in which
# order*, an orchestrator *where the machines come from*.

# %%
rides = datasets.load_bike_sharing(columns=["dteday", "hr", "cnt"])
hourly = rides.pivot_table(index="dteday", columns="hr", values="cnt", aggfunc="sum", fill_value=0)
rng = np.random.default_rng([seed, 6])
demand = rng.choice(hourly.to_numpy(float), 60, replace=False) * 8 / hourly.to_numpy().mean()
pool = partial(queueing.simulate_pool, demand, run_s=300)

predict("10.2-2", "What share of the fixed pool's hours does the autoscaler pay?", guess=None)
predict("10.2-2c", f"With {boot_s} s to boot, how many run times does a job wait?", guess=None)

# %%
elastic = pool(boot_s=boot_s, rng=rng)
fixed = partial(pool, rng=int(rng.integers(2**31)))  # the same jobs for each size
wait = elastic.wait.mean()
size = 1 + bisect_left(range(1, 200), True, key=lambda n: fixed(servers=n).wait.mean() <= wait)
claim("10.2-2", "An autoscaler that nobody tunes pays for less than half of the server hours of "
      "the smallest fixed pool where jobs wait no longer",
      t_interval(elastic.server_hours / (24 * size)), below=0.5, means={
          "holds": "The load changes so much that following it beats any size chosen for it.",
          "fails": "A fixed pool of the right size needs no more than twice the hours.",
          "undecided": "These days cannot tell whether it is less than half."})  # fmt: skip
claim("10.2-2c", f"With {boot_s} s to boot, jobs wait for more than a tenth of their run time",
      t_interval(elastic.wait, unit="run times"), above=0.1, means={
          "holds": "Servers come when the jobs are already there: the pool lags behind.",
          "fails": "Servers come quickly enough for jobs that take so long.",
          "undecided": "These days cannot tell whether it is a tenth."})  # fmt: skip
use = demand.sum() / elastic.server_hours.sum()
print(f"busy: {use:.0%} of the servers that scale, {demand.mean() / size:.0%} of the fixed pool")

# %%
day = int(demand.max(axis=1).argmax())
fig, axis = subplots(figsize=(6, 3.4))
axis.axhline(size, color=PALETTE[0], linestyle="--", label="fixed pool")
axis.plot(
    np.arange(2_880) / 120, elastic.paid[:, day], color=PALETTE[1], lw=0.8, label="autoscaler"
)
axis.step(range(25), [*demand[day], demand[day, -1]], where="post", color="black", label="load")
axis.set(xlabel="hour of the busiest day", ylabel="servers", ylim=(0, None), xlim=(0, 24),
         title=finding("10.2-2"))  # fmt: skip
axis.legend(loc="upper left")
show(fig, alt="Over a day, the load has peaks in the morning and in the evening. The autoscaler "
     "follows it, a little above; the fixed pool is level, and below the peaks.")  # fmt: skip

# %% [markdown]
# **Why.** The fixed pool is there for the rush hours, and idle at night. What an autoscaler wastes,
# a fifth and the boots, is small beside that.
#
# **When it stops being true.** If the load is level there is nothing to follow, and an hour on
# demand costs more than one of a machine of your own. And a pool that scales is always a boot too
# late. That does no harm to a training that takes hours. It does to requests that take seconds, and
# a machine that first loads a large model boots for minutes. Keep some servers warm, or ask for
# them before the rush.
#
# Is the waste worth an engineer's time? We ask from how many servers on an engineer who spends a
# day each month on packing earns it back, if the utilisation goes from the autoscaler's to 0.9.

# %%
server_hour, engineer_day = 1.0, 800.0  # an assumption: put in your own prices
print(f"from {engineer_day / ((1 - use / 0.9) * server_hour * 730):.0f} servers on, all month")

# %% [markdown]
# With your prices it will be another number, but there is one. Below it, to let machines idle is
# cheaper than to look after them, and the preference for automation is right. Far above it, a team
# that packs them pays for itself. Large companies have such teams.
#
# ## Round 4: what the manual says
#
# **Slurm** is the scheduler of many computing centres: a queue before a fixed number of machines. A
# script says what it needs in comments.
#
# The script below is passed around, and its comment on `--time` is wrong. It is a **limit**: after
# eleven hours the job is ended. When it may start is `--begin=11:00`. The manual (`man
# sbatch`) says so, and adds how to write a time: `30` are minutes, `30:00` minutes and seconds,
# `11:00:00` hours, `2-12` days and hours. Seconds are rounded up to a minute. The last line that
# counts is the one before the first command. The `timeout` of our DAG's steps is a limit, too.

# %%
script = """#!/bin/bash
#SBATCH -J JobName
#SBATCH --time=11:00:00 # When to start the job
#SBATCH --mem-per-cpu=4096 # Memory, in MB, to be allocated per CPU
#SBATCH --cpus-per-task=4 # Number of cores per task
"""
for text in (script, script.replace("--time=11:00:00", "--begin=11:00 --time=2:00:00")):
    asked = platform.parse_sbatch(text)
    print(f"ended after {asked.time_limit:.0f} minutes; may begin: {asked.begin or 'at once'}")
dag = platform.DAG()
slow = {"place": str(folder), "source": "", "target": "rows", "night": 0, "seconds": 600}
dag.add("slow", f"{code}:stage", timeout=0.5, arguments=slow)
print("a step of ours that goes on beyond its timeout:", dag.run().status["slow"])

# %% [markdown]
# ### Exercise 10.2-e3: read a script
#
# Return a dictionary: `"time"`, the limit in whole minutes, seconds rounded up, and `"begin"`, the
# text given for it; each `None` if the script does not say. Options are `-t` and `-b` for short;
# `--time=30`, `--time 30`, `-t 30` and `-t30` say the same. The last one given counts. Options
# stand on lines that begin with `#SBATCH` and a blank, up to the first line that is neither blank
# nor a comment. What follows ` #` on such a line is a comment.


# %%
# exercise 10.2-e3
def parse_sbatch(text):
    """Return the limit in minutes and the earliest start that a script asks for."""
    return TODO


# %%
exercise("10.2-e3").check(parse_sbatch)

# %% [markdown]
# So `--time` does not set the start. Does it move it? A cluster serves in order. While the first of
# the queue waits for enough cores, others would be idle. With **backfilling**, a later job may go
# first if it *surely* does not delay the first: if it will be over by then. And how long a job may
# take, the scheduler knows from its limit alone.
#
# A job that takes an hour asks for two hours, or for eleven, in the same cluster of 32 cores.

# %%
predict("10.2-3", "How many hours later does the job start that asks for eleven?", guess=None)


# %%
# Hours that a job of one hour and 4 cores waits, among the others, for its limit.
def start_of(probe_limit, jobs, at):
    k = int(np.searchsorted(jobs[0], at))
    queue = [np.insert(list_, k, value) for list_, value in zip(jobs, (at, 4, 1.0, probe_limit))]
    return platform.simulate_cluster(*queue, capacity=32)[k] - at


# Jobs of one cluster: people ask for up to five times as long as they need.
def cluster(rng, n=200):
    cores, hours = rng.choice([1, 2, 4, 8, 16], n), rng.lognormal(0, 1, n)
    gap = (cores * hours).mean() / (32 * utilisation)
    return rng.exponential(gap, n).cumsum(), cores, hours, hours * rng.uniform(1.1, 5, n)


rng, starts = np.random.default_rng([seed, 8]), []
for _ in range(clusters):
    jobs = cluster(rng)
    at = float(rng.uniform(*np.quantile(jobs[0], [0.4, 0.7])))
    starts.append([start_of(limit, jobs, at) for limit in (2, 11)])
short, long = np.transpose(starts)
claim("10.2-3", "A job of one hour that asks for eleven hours starts more than a quarter of an "
      "hour later than if it asked for two",
      t_interval(long - short, unit="hours"), above=0.25, means={
          "holds": "The limit is no start, and it moves the start: a long one fits into no hole.",
          "fails": "So few holes, or so little queue: the limit hardly counts.",
          "undecided": "This run cannot tell whether it is a quarter of an hour."})  # fmt: skip
print(f"later in {(long > short).mean():.0%} of them, earlier in {(long < short).mean():.0%}")

# %%
example = {"submitted": [0, 1, 2], "cores": [20, 28, 8], "run_time": [5, 4, 1]}
fig, axes = subplots(1, 2, figsize=(8.5, 3.2))
for axis, limit in zip(axes, (2, 11)):
    began = platform.simulate_cluster(**example, limit=[6, 6, limit], capacity=32)
    axis.bar(began, example["cores"], example["run_time"], [0, 0, 20 * (limit == 2)], align="edge",
             color=PALETTE[:3], label=["running", "first of the queue", "ours"])  # fmt: skip
    axis.axhline(32, color="black", linestyle=":")
    axis.set(xlabel="hours", ylabel="cores in use", title=f"ours asks for {limit} hours",
             ylim=(0, 44), xlim=(0, 11))  # fmt: skip
    axis.legend(fontsize=8, loc="upper left", ncols=3)
show(fig, alt="Two timelines of a cluster of 32 cores. Ours, a small job, runs at once beside the "
     "running one if it asks for two hours, and last of all if it asks for eleven.")  # fmt: skip

# %% [markdown]
# A limit that is too short ends the job, and one that is too long makes it wait. So measure how
# long your jobs take, and ask for a little more than most of them. The comment of the script costs
# twice: the job starts at another time than its author believes, and waits longer.
#
# ### Workflow tools
#
# They tie scheduler and orchestrator together.
#
# - **Airflow** came early. A step is an *operator* in a Python file, and there are hundreds of
#   them. It is a large program with a data base of its own, and unless you take care all steps
#   share one environment.
# - **Prefect**: steps are decorated Python functions. The DAG arises while the code runs, and
#   parameters are arguments. Containers are set up beside the code.
# - **Argo**: every step is a container, described in YAML, so that steps may have environments of
#   their own. It needs Kubernetes, also on a laptop, which makes trying things out hard.
# - **Kubeflow** makes containers from Python functions and runs them on Argo: one file for
#   development and production, once Kubernetes is set up.
# - **Metaflow**: steps are methods, and decorators such as `@batch` and `@conda` say where one runs
#   and what it needs. The same code runs on a laptop and in the cloud.
#
# It is often said that Airflow's DAGs are static and take no parameters. That *was* so: the file is
# read before the run, and the number of steps stood in it. Since version 2.3, of 2022, a step can
# be expanded over what another returned, and a run takes parameters. Whoever quotes a tool's
# weakness must quote the version, and look.
#
# What does it take? Let us train a model for each shop that has orders tonight, however many.

# %%
predict("10.2-3b", "How many more steps run in a night than the three written?", guess=None)


# %%
# The shops of the night and their orders.
def shops(orders):
    return [[name, total] for name, total in sorted(orders.items())]


# The model of one shop: it takes an item of what `shops` returned.
def fit(shops):
    return {"shop": shops[0], "mean": shops[1] / 30}


# All models of the night.
def report(fit):
    return len(fit)


# Run tonight's DAG; it is the same text every night.
def nightly(orders):
    dag = platform.DAG(folder / "shops")
    dag.add("shops", shops, arguments={"orders": orders})
    dag.add("fit", fit, expand="shops")
    dag.add("report", report, after=["fit"])
    return dag.run(workers=1)


# %%
rng, extra = np.random.default_rng([seed, 9]), []
for _ in range(40):
    orders = {f"shop {k}": int(rng.integers(10_000)) for k in range(rng.poisson(width))}
    extra.append(len(nightly(orders).attempts) - 3)
claim("10.2-3b", "Of a DAG written with three steps, less than one step more runs in a night, "
      "on average",
      t_interval(extra, unit="steps"), below=1.0, means={
          "holds": "So few shops come that three steps do.",
          "fails": "The width came with the data: a DAG need not be static.",
          "undecided": "These nights cannot tell whether it is one step more."})  # fmt: skip
again = nightly(orders | {min(orders, default="shop 0"): 20_000})
print("one shop has new orders; steps that run:", ", ".join(a.task for a in again.attempts))

# %% [markdown]
# Only the step of that shop ran, and what depends on it: each item has its own hash. A single step
# with a loop inside would have trained all of them, and one shop's error would have cost the night.
#
# **When it stops being true.** Each step costs something: a process or a container to start. A
# million steps of a millisecond are no DAG, they are a loop. And a DAG that looks different every
# night is harder to watch: is it an error that there are no shops today?

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four gaps and three seeds: `mlsd sweep 10.2 -p gap_min=30,45,60,90 -p
# seed=0:3`. How long must one wait to be right?

# %%
swept = sweep.load("published/10.2-gap_min")
print(swept.finding("10.2-1"))
show(swept.figure("10.2-1"), alt=swept.alt("10.2-1"))

# %% [markdown]
# ## Quiz

# %%
quiz("10.2-q1", choice=None)

# %%
quiz("10.2-q2", choice=None)

# %%
quiz("10.2-q3", choice=None)

# %%
quiz("10.2-q4", choice=None)

# %%
quiz("10.2-q5", choice=None)

# %%
quiz("10.2-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
home.cleanup()
recap()

# %% [markdown]
# **Read on.** Erlang (1917), *Solution of some problems in the theory of probabilities of
# significance in automatic telephone exchanges*; Mu'alem and Feitelson (2001), *Utilization,
# predictability, workloads, and user runtime estimates in scheduling*; Verma and others (2015),
# *Large-scale cluster management at Google with Borg*.
#
# **Next.** Section 10.3, the platform.
