# %% [markdown]
# # 6.1b Training
#
# **Core question.** Does it train as it should, could somebody else train it again, and would more
# machines help?
#
# **Time** 50 minutes · **Builds on** [6.1a Model selection](06_1a_model_selection.ipynb)
#
# You will be able to
#
# - find out whether a model is broken before you tune it (exercise 6.1-e5)
# - record a run so that it repeats (claims 6.1-5, 6.1-5b, exercise 6.1-e6)
# - choose between waiting and being late on many machines (claims 6.1-6, 6.1-6b, exercise 6.1-e7)

# %% tags=["parameters"]
seed: int = 0  # which bookings, weights, batches and delays are drawn [0, 1_000_000]
omit: str = "seed"  # what the record of a run leaves out {seed, data, order, library}
staleness: int = 10  # how many updates late a gradient is [1, 20]
workers: int = 32  # machines that train one model [2, 64]
blocks: int = 10  # disjoint blocks of bookings, a net each [4, 12] quick 4

# %%
import itertools
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlsdlib import datasets, training
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval
from mlsdlib.timing import ratio_from_pairs

begin("6.1b", seed=seed, omit=omit, staleness=staleness, workers=workers, blocks=blocks)

# %% [markdown]
# ## Round 1: is it broken?
#
# Before you tune a model, make sure that it works. A program with a bug stops; a model with a bug
# trains, predicts, and is a little worse than it could be. Nobody knows how good it could be. And
# there are many places to look: the data and their labels, the features, the code of the model, the
# hyperparameters, or a model whose assumptions do not fit.
#
# So start with the smallest thing that runs, add one part at a time, and run **sanity checks**:
#
# - the **loss at the start** is that of a guess: the logarithm of the number of classes
# - the model can **overfit one batch**: learn a few rows by heart
# - it beats the zero rule on new rows, and does *not* if labels are shuffled, else something leaks
# - its gradient is the slope of its loss, if you wrote it yourself: exercise 6.1-e5
#
# Here is a small network, trained by plain gradient descent in 32 bits. It learns which hotel
# bookings are cancelled. We give it three bugs.

# %%
hotel = datasets.load_hotel_bookings().drop_duplicates()
columns = ["lead_time", "stays_in_week_nights", "stays_in_weekend_nights", "adults", "adr",
           "previous_cancellations", "total_of_special_requests", "is_repeated_guest",
           "required_car_parking_spaces", "arrival_date_week_number"]  # fmt: skip
bookings = hotel[columns].to_numpy(np.float32)
scaled = StandardScaler().fit_transform(bookings).clip(-5, 5).astype(np.float32)
canceled = hotel["is_canceled"].to_numpy(np.float32)


# %%
def train_net(X, y, *, seed=0, rate=0.5, hidden=32, epochs=20, batch=100, parts=1):
    """Return a function from inputs to scores; above 0 means yes."""
    rng, f = np.random.default_rng(seed), np.float32
    W, b = rng.normal(0, X.shape[1] ** -0.5, (X.shape[1], hidden)).astype(f), np.zeros(hidden, f)
    v, c = rng.normal(0, 0.1 * hidden**-0.5, hidden).astype(f), f(0)
    for rows in itertools.chain.from_iterable(
        np.split(rng.permutation(len(X)), len(X) // batch) for _ in range(epochs)
    ):
        total = [0, 0, 0, 0]
        for some in np.array_split(rows, parts):  # what so many threads would add up
            x, z = X[some], X[some] @ W + b
            high = np.maximum(z, 0)
            error = (expit(high @ v + c) - y[some]) / f(batch)
            back = error[:, None] * v * (z > 0)
            gradient = x.T @ back, back.sum(axis=0), high.T @ error, error.sum()
            total = [a + g for a, g in zip(total, gradient)]
        W, b, v, c = (w - f(rate) * g for w, g in zip((W, b, v, c), total))
    return lambda X: np.maximum(X @ W + b, 0) @ v + c


def loss(net, X, y):
    return np.logaddexp(0, -np.where(y, 1, -1) * net(X)).mean()


# %%
rng = np.random.default_rng([seed, 1])
rows, new = np.split(rng.permutation(len(scaled))[:6_000], [2_000])
bugs = {"none": {}, "labels shuffled": {}, "rate far too small": {"rate": 1e-5},
        "inputs not scaled": {}}  # fmt: skip
print(f"{'bug':<19} loss: start, one batch; gain over the zero rule (start: {np.log(2):.2f})")
for bug, options in bugs.items():
    X = bookings if bug == "inputs not scaled" else scaled
    y = rng.permutation(canceled[rows]) if bug == "labels shuffled" else canceled[rows]
    start = loss(train_net(X[rows], y, epochs=0), X[rows], y)
    few = train_net(X[rows[:20]], y[:20], epochs=2_000, batch=20, **options)
    net = train_net(X[rows], y, **options)
    gain = ((net(X[new]) > 0) == canceled[new]).mean() - (1 - canceled[new].mean())
    batch = loss(few, X[rows[:20]], y[:20])
    print(f"{bug:<19} {start:>9.2f} {batch:>9.2f} {round(gain, 2) + 0.0:>+9.2f}")

# %% [markdown]
# Shuffled labels, such as those of a wrong join, pass two checks: a network learns any 20 labels by
# heart. The third finds them. Raw inputs show at the start, a hopeless rate at the batch. No bug
# shows everywhere, so run all of the checks.
#
# Once it works, a **learning curve** tells what would make it better. Train on more and more rows,
# and watch the error on those rows and on new ones.

# %%
models = {
    "A deep tree: the gap stays": DecisionTreeClassifier(random_state=0),
    "A logistic model: they meet": make_pipeline(StandardScaler(), LogisticRegression()),
}
sizes = [100, 300, 1_000, 3_000, 10_000, 30_000]
drawn = rng.permutation(len(bookings))
fig, axes = subplots(1, 2, figsize=(8, 3.2), sharey=True)
for axis, (name, model) in zip(axes, models.items()):
    errors = {"its own rows": [], "new rows": []}
    for rows in (drawn[:n] for n in sizes):
        model.fit(bookings[rows], canceled[rows])
        for label, tested in (("its own rows", rows), ("new rows", drawn[30_000:])):
            errors[label].append(1 - model.score(bookings[tested], canceled[tested]))
    for number, label in enumerate(errors):
        axis.plot(sizes, errors[label], color=PALETTE[number], marker="os"[number], label=label)
    axis.set(xscale="log", xlabel="training rows", ylabel="share of errors", title=name)
axes[0].legend()
show(fig, alt="Learning curves. The tree makes hardly an error on its own rows and many on new "
     "ones. The two curves of the logistic model meet, and that on new rows is level.")  # fmt: skip

# %% [markdown]
# The tree has a gap: **variance**. More rows help it, or a bridle, such as fewer leaves or votes of
# many trees. The curves of the logistic model have met: **bias**. It would learn nothing from more
# rows; it needs better features or a model that can bend more.
#
# ### Exercise 6.1-e5: check a gradient
#
# `loss(w)` returns a number for a list of weights, `gradient(w)` a list of slopes. Some slopes may
# be wrong. Compare each with the central difference `(loss(w + h) - loss(w - h)) / (2 h)`, where
# one weight is moved by h = 0.0001. Return, in order, the positions of the slopes that are off by
# more than 0.001 times the larger of 1 and the size of the difference. Leave `w` as it was.


# %%
# exercise 6.1-e5
def wrong_slopes(loss, gradient, w):
    """Return the positions at which the gradient is not the slope of the loss."""
    return TODO


# %%
exercise("6.1-e5").check(wrong_slopes)

# %% [markdown]
# ## Round 2: the same run again
#
# You have tried forty things. Which was the good one, and can you make it again? **Experiment
# tracking** writes down what a run was and what came of it:
#
# - parameters, the seed, the versions of code, libraries and **data**, the machine
# - loss curves of training and validation, metrics, some predictions with their truths
# - speed and memory, norms of weights and gradients: what you look at when a run goes wrong
#
# **Versioning** keeps the things themselves, so that they can be brought back. For code that is
# settled. Data are harder: they are too large to copy at each change, a difference between two
# versions means little line by line, and a user may ask to be deleted from all of them. MLflow,
# Weights & Biases and DVC are tools for it. None of them knows what you forgot to log.
#
# What must be in the record? We train a net, and again with one thing forgotten:
#
# - **seed**: it starts somewhere else
# - **data**: one row in 100 has been corrected since
# - **order**: two threads add up the halves of a batch, in place of one that adds up all
# - **library**: a new version has another default, here the size of a batch
#
# Accuracy says little about it, as we shall see. So we count *answers*: the share of bookings that
# are told something else.

# %%
predict("6.1-5", "What share of the answers changes if the seed is left out?", guess=None)
predict("6.1-5b", "And by how much does accuracy differ, up or down?", guess=None)


# %%
def again(part, log=None):
    """Of each rerun: the share of changed answers, of accuracy, and whether all bits agree."""
    train, new, test = part[:2_000], part[2_000:2_020], part[2_020:6_020]
    start = int(part[0])  # the seed of this run
    reruns = {"nothing": {}, "seed": {"seed": start + 1}, "data": {}, "order": {"parts": 2},
              "library": {"batch": 50}}  # fmt: skip
    row, scores = {}, {}
    for left_out, options in {"first": {}, **reruns}.items():
        rows = train.copy()
        if left_out == "data":
            rows[:20] = new
        X, y = scaled[rows], canceled[rows]
        scores[left_out] = train_net(X, y, **{"seed": start} | options)(scaled[test])
        if log:
            bits = training.run_id({}, scores[left_out])
            training.record_run(log, {"rate": 0.5, "hidden": 32}, {"X": X, "y": y},
                                {"left out": left_out, "bits": bits},
                                threads=options.get("parts", 1))  # fmt: skip
    for left_out in reruns:
        was, now = scores["first"] > 0, scores[left_out] > 0
        row[left_out, "answers"] = (was != now).mean()
        row[left_out, "accuracy"] = (now == canceled[test]).mean() - (was == canceled[test]).mean()
        row[left_out, "bits"] = np.array_equal(scores["first"], scores[left_out])
    return row


# %%
parts = np.array_split(np.random.default_rng([seed, 2]).permutation(len(bookings)), blocks)
reruns = pd.DataFrame([again(part) for part in parts])
changed = {name: reruns[name, "answers"]
           for name in ("nothing", "seed", "data", "order", "library")}  # fmt: skip
claim("6.1-5",
      f"If the {omit} is not in the record, the same run again gives more than 1 in 100 bookings "
      "another answer",
      t_interval(changed[omit]), above=0.01, means={
      "holds": "Equally accurate is not the same: who was told no is now told yes.",
      "fails": "The answers stay, or nearly so, though the scores may differ in their last digits.",
      "undecided": "This run cannot tell whether it is one in a hundred."})  # fmt: skip
claim("6.1-5b",
      f"And yet, without the {omit}, accuracy differs by less than 0.02",
      t_interval(reruns[omit, "accuracy"].abs()), below=0.02, means={
      "holds": "A dashboard of accuracies sees no difference between the two runs.",
      "fails": "Here even the accuracy tells that something was different.",
      "undecided": "This run cannot tell whether the accuracies differ by so much."})  # fmt: skip
for left_out in changed:
    bits = reruns[left_out, "bits"].sum()
    print(f"without {left_out:<8} answers changed {changed[left_out].mean():>3.0%}, "
          f"same bits in {bits} of {blocks}")  # fmt: skip

# %%
with tempfile.TemporaryDirectory() as folder:
    again(parts[0], log=Path(folder, "runs.jsonl"))
    log = training.read_runs(Path(folder, "runs.jsonl")).set_index("result.left out")
shown = pd.DataFrame({"same id as the first": log["run_id"] == log["run_id"].iloc[0],
                      "threads": log["threads"],
                      "same bits": log["result.bits"] == log["result.bits"].iloc[0]})  # fmt: skip
print(shown.rename_axis("left out").to_string())

# %% [markdown]
# The log holds a line for each run: an id made from parameters and data, threads, versions, result.
# Where the id is the same and the bits are not, something was at work that nobody wrote down. Here
# the seed and the default were not in the parameters. The data were hashed, so their change shows.
#
# Floating-point addition depends on its order: (a + b) + c is not a + (b + c). A seed does not fix
# the number of threads. On a graphics card, sums are added in the order in which threads finish, so
# that not even two equal runs agree, unless you ask for slower, deterministic operations.
#
# **When it stops being true.** Such a last digit seldom changes an answer here. Over long training,
# or where a score meets a threshold, it may grow.
#
# ### Exercise 6.1-e6: a name for a run
#
# `config` is a dictionary of plain values, perhaps with lists and dictionaries inside; `data` is
# bytes. Return a text that is the same for the same configuration and data, in every process. The
# order of keys does not matter. Any other key, value or byte makes another text.


# %%
# exercise 6.1-e6
def run_id(config, data):
    """Return a text that is the same for the same configuration and data, else another."""
    return TODO


# %%
exercise("6.1-e6").check(run_id)

# %% [markdown]
# ## Round 3: many machines
#
# If one machine is too slow, share the *rows*: **data parallel**. Each worker has a copy of the
# model and computes a gradient on its own rows. If the *model* does not fit into one machine, share
# that: **model parallel**. Each machine holds a part of each layer, or some of the layers. In the
# second case one would sit idle while the other computes. So a batch is cut into micro-batches that
# follow one another like cars in a factory: a **pipeline**. Large models combine all of it. One
# machine can do with less memory, too: **gradient checkpointing** forgets most of what the forward
# pass computed, and computes it again when the backward pass asks for it.
#
# Data parallel comes in two kinds. **Synchronous**: a step waits for all gradients and applies
# their mean, which the workers form among themselves (*all-reduce*) or a *parameter server* forms
# for them. One **straggler** stops everybody. **Asynchronous**: nobody waits. Gradients arrive
# late; they were computed for weights of some updates ago. They are **stale**.
#
# Two real processes on this machine train a linear model of the Washington rides. When they do not
# wait, they apply in each step the mean gradient of `staleness` steps ago, which has arrived by
# then. That is the tame kind of asynchrony: as late as this, and never later. To see what waiting
# costs, we let them take turns at being the straggler, and time runs with and without waiting, one
# after the other. Two workers can lose half of their time like this, and no more.

# %%
rides = datasets.load_bike_sharing()
angle = 2 * np.pi * rides["hr"].to_numpy() / 24
inputs = rides[["temp", "hum", "windspeed", "workingday", "holiday", "season", "yr"]].to_numpy()
waves = [f(m * angle) for m in (1, 2) for f in (np.sin, np.cos)]
inputs = StandardScaler().fit_transform(np.column_stack([inputs, *waves]))
target = StandardScaler().fit_transform(rides[["cnt"]]).ravel()
hessian = inputs.T @ inputs / len(inputs)
curvature = np.linalg.eigvalsh(hessian)[-1]
limit = training.max_stale_learning_rate(curvature, 0)
predict("6.1-6", "The largest rate that learns with late gradients, over that on time?", guess=None)

# %%
shares = np.array([1.1, 0.95, 0.06, 0.95, 0.4, 0.26, 0.15, 0.1, 0.06, 0.03])
late = np.array([0] * 3 + [staleness] * 7)
runs = training.two_process_sgd(inputs, target, learning_rate=shares * limit, staleness=late,
                                steps=200)  # fmt: skip
pauses = 0.015 * np.tile(np.eye(2), (6, 1))  # seconds, a row for each step
timed = training.two_process_sgd(inputs, target, learning_rate=0.06 * limit, steps=12,
                                 staleness=[0, staleness] * 15, pauses=pauses).seconds  # fmt: skip
learnt = runs.losses[:, -1] < runs.losses[:, 0]
largest = {kind: shares[learnt & (late == kind)].max() for kind in (0, staleness)}
claim("6.1-6",
      f"With gradients {staleness} updates late, the largest learning rate that still learns is "
      "less than a quarter of the one on time",
      largest[staleness] / largest[0], exact=True, reason="counted on a grid of rates", below=0.25,
      means={
      "holds": "Who does not wait must take small steps, and needs more of them.",
      "fails": "So short a delay costs less than a factor of four.",
      "undecided": "This run cannot tell: what is counted has no interval."})  # fmt: skip
theory = training.max_stale_learning_rate(curvature, staleness) / limit
print(f"theory says {theory:.2g} of the rate on time")
waiting = ratio_from_pairs(timed[::2], timed[1::2])
print("waiting for stragglers took more than 1.1 times as long as being late:", waiting.low > 1.1)

# %% [markdown]
# Look at the left picture below, too: a stale gradient keeps pushing after the goal is reached, the
# weights swing back, and at a large rate each swing is wider than the one before. Where each
# gradient touches few weights, as with sparse features, late ones seldom collide, and it matters
# less.
#
# So waiting costs time, and not waiting costs steps. What about more machines? A gradient of the
# asynchronous kind is about as many updates late as there are other workers. Synchronously, the
# **linear rule** says: twice the workers average twice the rows, so take twice the learning rate
# and half the steps. And everybody waits for the slowest: we draw times from a log-normal
# distribution with mean 1, whose logarithm has a standard deviation of 0.5. A few **backup
# workers** help: the step takes the first gradients that arrive and drops the rest. So do workers
# that are more alike; "less spread" has a deviation of 0.1.
#
# The goal is a loss close to the best. One worker uses 16 rows a step, and the rate that is best
# for it.

# %%
best = np.linalg.lstsq(inputs, target)[0]
rates = 0.0125 * 2.0 ** np.arange(7)


def steps_needed(n, rate, rng, repeats=30):
    """The steps until n workers are at the goal, in each of some trainings; infinite if never."""
    weights, steps = np.zeros((repeats, len(best))), np.full(repeats, np.inf)
    for step in range(1, 301):
        rows = rng.integers(len(inputs), size=(repeats, 16 * n))
        errors = np.einsum("rnd,rd->rn", inputs[rows], weights) - target[rows]
        weights -= rate * np.einsum("rnd,rn->rd", inputs[rows], errors) / (16 * n)
        off = weights - best
        there = np.einsum("rd,de,re->r", off, hessian, off) < 0.02 * best @ hessian @ best
        steps[there & np.isinf(steps)] = step
        if np.isfinite(steps).all() or np.abs(weights).max() > 1e6:
            break
    return steps


rng = np.random.default_rng([seed, 3])
tune = lambda n: max(rates, key=lambda r: (1 / steps_needed(n, r, rng, 10)).mean())  # noqa: E731
base = tune(1)
one = steps_needed(1, base, rng)
predict("6.1-6b", "With 32 workers, what share of 32 times the speed is left?", guess=None)

# %%
print("workers  step takes  with backups  less spread  largest rate if late, over that on time")
for n in (4, 16, 64):
    times = [training.straggler_times(n, 4_000, backups=b, rng=rng).mean() for b in (0, n // 8 + 1)]
    even = training.straggler_times(n, 4_000, sigma=0.1, rng=seed).mean()
    late_limit = training.max_stale_learning_rate(curvature, n - 1)
    ends = training.stale_descent(np.array([0.9, 1.1]) * late_limit, n - 1, curvature=curvature,
                                  steps=200 * n)[:, -1]  # fmt: skip
    print(
        f"{n:>7} {times[0]:>11.1f} {times[1]:>13.1f} {even:>12.1f} {late_limit / limit:>9.2g}, "
        f"a tenth below: {'learns' if ends[0] < 0.5 else 'fails'}, "
        f"above: {'learns' if ends[1] < 0.5 else 'fails'}"
    )
speed = {}
for n in sorted({2, 4, 8, 16, 32, 64, workers}):
    tuned = one / steps_needed(n, tune(n), rng)
    speed[n] = {"linear rule": t_interval(one / steps_needed(n, base * n, rng)),
                "tuned rate": t_interval(tuned),
                "tuned, with waiting": t_interval(
                    tuned / training.straggler_times(n, 4_000, rng=rng).mean())}  # fmt: skip
claim("6.1-6b",
      f"{workers} workers that wait for each other reach the goal more than half as many times "
      "sooner as they are",
      speed[workers]["tuned, with waiting"].map(lambda s: s / workers), above=0.5, means={
      "holds": "So few workers are worth nearly what they cost.",
      "fails": "Most of what the workers cost is lost in waiting and in rates that cannot grow.",
      "undecided": "This run cannot tell whether half of it is left."})  # fmt: skip

# %%
fig, (left, right) = subplots(1, 2, figsize=(8.5, 3.4))
for number, (run, name) in enumerate([(1, "0.95, on time"), (3, "0.95, late"),
                                      (2, "0.06, on time"), (8, "0.06, late")]):  # fmt: skip
    left.plot(runs.losses[run], color=PALETTE[number], linestyle=["-", "--", "-.", ":"][number],
              label=name)  # fmt: skip
left.set(ylim=(0.15, 1), xlabel="step", ylabel="loss", title="Two real processes")
left.legend(title="share of the limit", loc="upper right")
right.plot(list(speed), list(speed), color="black", linewidth=1, linestyle=":", label="ideal")
for number, name in enumerate(["linear rule", "tuned rate", "tuned, with waiting"]):
    right.plot(list(speed), [s[name].value for s in speed.values()], color=PALETTE[number],
               marker="os^"[number], label=name)  # fmt: skip
right.set(xscale="log", xlabel="workers", ylabel="times sooner", ylim=(-1, 30),
          title="More workers, less from each")  # fmt: skip
right.set_xticks(list(speed), map(str, speed))
right.minorticks_off()
right.legend(loc="upper left")
show(fig, alt="Left: losses of four runs. At the large rate the one on time falls at once and the "
     "late one leaves the picture; at the small rate both fall. Right: speed against workers. The "
     "linear rule drops to zero, the tuned rate levels off, waiting takes more.")  # fmt: skip

# %% [markdown]
# More rows make a gradient less noisy, and a less noisy gradient bears a larger step. But only up
# to the limit that the curvature sets, 2 / curvature: beyond it even the exact gradient diverges.
# There the linear rule breaks, and more workers compute a mean that was good enough already.
# Waiting comes on top.
#
# **When it stops being true.** If the one worker's rate is far below the limit, noise is large and
# the rule goes far. That is so for big models early on, with warm-up: a rate that grows over the
# first steps. Communication, which is free here, makes the rest worse.
#
# ### Exercise 6.1-e7: how large a step?
#
# A gradient that is `tau` updates late converges on a parabola of curvature `lmax` below the rate
# (2 / lmax) · sin(π / (2 (2 tau + 1))). Return that rate.


# %%
# exercise 6.1-e7
def max_lr(lmax, tau):
    """Return the learning rate below which gradients that are tau updates late converge."""
    return TODO


# %%
exercise("6.1-e7").check(max_lr)

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four numbers of workers and three seeds: `mlsd sweep 6.1b -p
# workers=2,4,8,32 -p seed=0:3`. Look from how many on more than half of them work for nothing.

# %%
swept = sweep.load("published/6.1b-workers")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("6.1-6b"), alt=swept.alt("6.1-6b"))

# %% [markdown]
# ## Quiz

# %%
quiz("6.1-q6", choice=None)

# %%
quiz("6.1-q7", choice=None)

# %%
quiz("6.1-q8", choice=None)

# %%
quiz("6.1-q9", choice=None)

# %%
quiz("6.1-q10", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Sculley and others (2015), *Hidden technical debt in machine learning systems*;
# Milani Fard and others (2016), *Launch and iterate: reducing prediction churn*; Chen and others
# (2016), *Revisiting distributed synchronous SGD*; Goyal and others (2017), *Accurate, large
# minibatch SGD*; McCandlish and others (2018), *An empirical model of large-batch training*.
#
# **Next.** 6.2, offline evaluation.
