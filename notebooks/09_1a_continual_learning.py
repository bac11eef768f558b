# %% [markdown]
# # 9.1a Continual learning
#
# **Core question.** When the world moves, how does a model in use move with it, without forgetting?
#
# **Time** 60 minutes · **Builds on** [8.2b Detecting shifts](08_2b_detecting_shifts.ipynb)
#
# You will be able to
#
# - choose between stateless and stateful training (claims 9.1-1, 9.1-1b, exercise 9.1-e1)
# - start warm without paying for it later (claim 9.1-2, exercise 9.1-e2)
# - update in micro-batches and keep what was learned (claims 9.1-3, 9.1-3b, exercise 9.1-e3)

# %% tags=["parameters"]
seed: int = 0  # streams, rows and first weights [0, 1_000_000]
drift: float = 0.2  # how far the truth turns from one update to the next [0.0, 0.5]
batch: int = 512  # rows of an update in the first round [64, 1_024] quick 128
epochs: int = 50  # passes over all data after a warm or a fresh start [2, 80] quick 10
micro_batch: int = 64  # images of an update in the second round [1, 256]
replay: float = 0.3  # share of old images in an update [0.02, 0.6]
streams: int = 16  # streams in the first round [4, 40] quick 4

# %%
import copy

import numpy as np
import pandas as pd
import torch
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, SGDClassifier

from mlsdlib import continual, datasets, smallnets
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t

begin("9.1a", seed=seed, drift=drift, batch=batch, epochs=epochs, micro_batch=micro_batch,
      replay=replay, streams=streams)  # fmt: skip

# %% [markdown]
# A concert ends, and everybody within a mile wants a ride. A price that was learned from ordinary
# Thursdays is too low, the drivers go elsewhere, and people stand in the rain. Twenty minutes later
# all is over. On **Black Friday** a shop sees in a day what it has never seen in a year. And
# somebody who comes for the first time, or for the first time in months, is a stranger: the **cold
# start**. In all three cases the model in use was right about the past.
#
# **Continual learning** is to keep updating a model in use with new data. Few do so after each
# sample. Usual is a **micro-batch**: wait for some 500 or 1,000 examples, then update. And nobody
# updates the model in use itself. One makes a copy, the **challenger**, updates that, and compares
# it with the one in use, the **champion**. If it is better it takes over. There may be several
# challengers at once, each updated in another way.
#
# ## Round 1: begin anew, or go on?
#
# **Stateless** training begins from scratch each time, with last month's data, say. **Stateful**
# training goes on from the weights that are there, and sees each new row once. Our stream is made:
# 20 inputs, yes or no. The true weights turn a bit after each micro-batch, so old rows become
# wrong. Labels come at once. Each row is first predicted, then learned from: **test, then train**,
# or *prequential* evaluation. Four ways:
#
# - *static*: trained on the first micro-batch, never again
# - *stateful*: one pass of gradient descent over each micro-batch
# - *window*: stateless, on the last four micro-batches
# - *all*: stateless, on everything so far


# %%
def chunks(drift, rng, n=21, d=20):
    """Micro-batches of a stream whose true weights turn after each."""
    weights = rng.normal(size=d)
    for t in range(n):
        weights /= np.linalg.norm(weights)
        X = rng.normal(size=(batch, d))
        yield t, X, (rng.random(batch) < expit(6 * X @ weights)).astype(int)
        weights = weights + drift * rng.normal(size=d) / d**0.5


# Accuracy by micro-batch, and rows visited, of each way to train.
def compare(drift, rng):
    stream, found = list(chunks(drift, rng)), {}
    sgd = SGDClassifier(loss="log_loss", alpha=1e-3, learning_rate="constant", eta0=0.02,
                        random_state=int(rng.integers(2**31)))  # fmt: skip
    ways = {"static": continual.StatelessRetrain(LogisticRegression),
            "stateful": continual.StatefulTrain(sgd, classes=[0, 1]),
            "window": continual.StatelessRetrain(LogisticRegression, window=4 * batch),
            "all": continual.StatelessRetrain(LogisticRegression)}  # fmt: skip
    for way, model in ways.items():
        model.update(*stream[0][1:])
        delay = np.inf if way == "static" else 0.0  # the labels of the static model never come
        run = continual.prequential_evaluate(model, stream[1:], delay=delay)
        found[way] = (run.prediction == run.y).reshape(-1, batch).mean(axis=1), model.n_visited
    return found


predict("9.1-1", "Under drift: accuracy of stateful minus that of the window?", guess=None)
predict("9.1-1b", "Without drift: accuracy of all history minus stateful?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
moving, still = ([compare(d, rng) for _ in range(streams)] for d in (drift, 0.0))
mean = {name: pd.DataFrame([{w: a.mean() for w, (a, _) in run.items()} for run in runs])
        for name, runs in (("drift", moving), ("no drift", still))}  # fmt: skip
claim("9.1-1", f"Under a drift of {drift:g}, stateful training is at most 0.005 less accurate than "
      "retraining on a window",
      paired_t(mean["drift"]["stateful"], mean["drift"]["window"]), above=-0.005, means={
          "holds": "Going on is as good as beginning anew, at a fraction of the rows.",
          "fails": "One pass over each micro-batch learns too little here.",
          "undecided": "These streams do not tell whether it is as good."})  # fmt: skip
claim("9.1-1b", "Without drift, retraining on all history is more than 0.002 more accurate than "
      "stateful training",
      paired_t(mean["no drift"]["all"], mean["no drift"]["stateful"]), above=0.002, means={
          "holds": "Where nothing moves, one careful look at everything beats many passing ones.",
          "fails": "Even without drift, nothing is lost by going on.",
          "undecided": "These streams do not tell whether it is so much."})  # fmt: skip
fig, axis = subplots(figsize=(6.5, 3.4))
for k, way in enumerate(moving[0]):
    for name, marker in (("drift", "o"), ("no drift", "s")):
        axis.plot(moving[0][way][1], mean[name][way].mean(), marker, color=PALETTE[k],
                  label=way if marker == "o" else None, ms=8)  # fmt: skip
axis.set(xscale="log", xlabel="rows visited by all trainings (log)", ylabel="accuracy",
         title=finding("9.1-1"))  # fmt: skip
axis.legend(title="dots: drift\nsquares: none", loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Accuracy against the rows that all trainings together read. Stateful training reads "
     "few and is among the best under drift; all history reads most and is best only without "
     "drift; the static model is worst.")  # fmt: skip

# %% [markdown]
# Stateful training forgets by itself: each step pushes old rows further back. The window forgets on
# purpose. All history cannot forget, and under drift it averages over truths that no longer hold.
# Without drift that same average is what you want.
#
# The cost of retraining on everything grows with the square of time, that of going on with time.
# This is why stateful training **converges faster and computes less**. It is also said that it
# **needs no stored data**, which eases privacy. To train, it does not. But who wants to replay old
# examples (round 2), audit a decision, try another architecture, or mend a bug in a feature and
# train anew needs them after all. So the infrastructure should allow for **both**: mostly stateful,
# and stateless now and then as a calibration.
#
# ### Exercise 9.1-e1: rows until it is good enough
#
# `curve` is a list of pairs (rows, accuracy), in order of rows. Return the fewest rows from which
# on the accuracy is at least `a` and never falls below again, within the curve. A noisy curve may
# touch `a` and fall back: that does not count. None if there are none.


# %%
# exercise 9.1-e1
def rows_to_acc(curve, a):
    """Return the fewest rows from which on the accuracy stays at least a."""
    return TODO


# %%
exercise("9.1-e1").check(rows_to_acc)
rows_to_acc = exercise("9.1-e1").use(rows_to_acc)
k = np.arange(1, 21)  # micro-batches seen
read = {"stateful": k, "window": np.minimum(k, 4).cumsum(), "all": k.cumsum()}
for name, runs, level in (("no drift", still, 0.9), ("drift", moving, 0.86)):
    for way, parts in read.items():
        accuracy = np.mean([run[way][0] for run in runs], axis=0)
        curve = list(zip((parts * batch).tolist(), accuracy.tolist()))
        print(f"{name:<8} {way:<8} stays above {level:g} after {rows_to_acc(curve, level)} rows")

# %% [markdown]
# ### Which models can go on?
#
# A neural net or a linear model takes another gradient step. A tree does not: its splits are made
# once. And a **matrix-based** model? Matrix factorisation gives each user and each film a few
# numbers. A new user is a new row. We train on half of the users of MovieLens, and then let a tenth
# come at a time. Of each user's ratings one fifth is kept back.

# %%
ratings = datasets.load_movielens("ratings")
pairs = np.column_stack([pd.factorize(ratings[c])[0] for c in ("userId", "movieId")])
stars, rng = ratings["rating"].to_numpy(float), np.random.default_rng([seed, 2])
group = rng.permutation(np.arange(pairs[:, 0].max() + 1) % 10)[pairs[:, 0]]
seen = rng.random(len(stars)) < 0.8


def factors():
    return continual.MatrixFactors(*pairs.max(axis=0) + 1, batch=256, rng=rng)


stateful, stateless = (continual.StatefulTrain(factors()), continual.StatelessRetrain(factors))
errors = []
for step in range(4, 8):
    now = seen & ((group <= 4) if step == 4 else (group == step))
    for way, model in (("stateful", stateful), ("stateless", stateless)):
        model.update(pairs[now], stars[now])
        for who, rows in (("newest users", group == step), ("first users", group <= 4)):
            off = model.predict(pairs[rows & ~seen]) - stars[rows & ~seen]
            errors.append((step - 4, who, way, (off**2).mean() ** 0.5))
errors = pd.DataFrame(errors, columns=["updates", "of", "way", "error"])
print(errors[errors["updates"] > 0].groupby(["of", "way"])["error"].mean().round(3).to_string())
print("rows visited:", f"{stateful.n_visited:,} and {stateless.n_visited:,}")

# %% [markdown]
# New users move the numbers of the films they rate, and of no others. The factors of the first
# users stand still while the films move under them. A retrained model fits all to each other. It is
# not that matrix models cannot go on; they do it with a loss, since every number means something
# only beside all others.
#
# ### A warm start is not free
#
# Now nets. Half of the images have come and a net is trained on them to the end. Then the other
# half comes. Do we go on from that net (a **warm start**) with all images, or begin anew (fresh)
# with all? On digits, 24 small nets, each with images of its own. As in life, one label in five is
# wrong.


# %%
images, digits = datasets.load_mnist()
images = images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(len(images), -1) / 255
images = images.astype(np.float32)
NET = {"classes": 10, "hidden": 32, "batch": 16, "rate": 0.005}


def accuracy(nets, rows):
    some = len(nets.weights[0])
    return smallnets.accuracy(nets, np.repeat(images[rows][None], some, 0), digits[rows])


# %%
# Nets to go on from: shrunk, and moved a little towards a fresh draw.
def loosened(nets, fresh, shrink=0.4, noise=0.4):
    nets = copy.deepcopy(nets)
    with torch.no_grad():
        for w, new in zip(nets.parameters(), fresh.parameters()):
            w.copy_(torch.as_tensor(continual.shrink_and_perturb(
                w.numpy(), shrink=shrink, fresh=new.numpy(), noise=noise)))  # fmt: skip
    return nets


# Accuracy of each start after so many passes over all images.
def starts(wrong, passes, rng):
    drawn = rng.permutation(len(digits))
    test, rest = drawn[:1_400], drawn[1_400:]
    x, y = smallnets.deal(images[rest], digits[rest], nets=24, size=150, rng=rng)
    y = np.where(rng.random(y.shape) < wrong, rng.integers(10, size=y.shape), y)
    half = smallnets.train(x[:, :75], y[:, :75], steps=500, **NET, rng=rng)
    new = smallnets.train(x, y, steps=1, **NET | {"rate": 1e-9}, rng=rng)  # as good as untrained
    begin_with = {"fresh": None, "warm": half, "shrink and perturb": loosened(half, new)}
    return {name: [accuracy(smallnets.train(x, y, steps=max(1, 150 * n // 16), start=start, **NET,
                                            rng=rng), test) for n in passes]
            for name, start in begin_with.items()}  # fmt: skip


predict("9.1-2", "After that many passes: accuracy of the fresh nets minus the warm?", guess=None)

# %%
passes = sorted({2, 10, epochs})
rng = np.random.default_rng([seed, 3])
noisy, clean = starts(0.2, passes, rng), starts(0.0, [epochs], rng)
at = passes.index(epochs)
claim("9.1-2", f"After {epochs} passes over all images, one label in five wrong, fresh nets are "
      "more than 0.005 more accurate than warm ones",
      paired_t(noisy["fresh"][at], noisy["warm"][at]), above=0.005, means={
          "holds": "Trained to the end, a net still pays for what it learned first.",
          "fails": "So soon, or so late, the warm start has nothing to be sorry for.",
          "undecided": "These nets do not tell whether the warm start loses so much."})  # fmt: skip
lost = {name: np.mean(clean["fresh"]) - np.mean(clean[name]) for name in clean}
print(f"with right labels the warm start loses {lost['warm']:.3f}")
fig, axis = subplots(figsize=(6.5, 3.2))
for k, (name, curve) in enumerate(noisy.items()):
    axis.plot(passes, np.mean(curve, axis=1), "os^"[k] + "-", color=PALETTE[k], label=name)
axis.set(xscale="log", xlabel="passes over all images (log)", ylabel="accuracy on new images",
         title=finding("9.1-2"))  # fmt: skip
axis.set_xticks(passes, map(str, passes))
axis.minorticks_off()
axis.legend()
show(fig, alt="Accuracy against passes over all images. Warm nets are far ahead at first; with "
     "many passes the fresh nets pass them, and shrink and perturb lies between.")  # fmt: skip

# %% [markdown]
# Both sentences are true, of different moments. With few passes the warm start is far ahead: that
# is what an update in production does. Trained to the end, it lags behind: the net has made up its
# mind on the first half, wrong labels included, and reaches a solution near by that fits all images
# and generalises worse (Ash and Adams 2020). **Shrink and perturb** pulls the weights towards zero
# and adds a little of a fresh draw. It keeps most of the head start and takes back part of the
# loss.
#
# **When it stops being true.** In a stream without end, nobody trains to the end, and old data are
# wrong anyway. Then warm is right.
#
# ### Exercise 9.1-e2: shrink and perturb
#
# `w` is a list of weights. Return a new list: each weight times `l`, plus `s` times a draw of its
# own from the standard normal distribution. The same `seed` gives the same list, another seed
# another one. Leave `w` as it is.


# %%
# exercise 9.1-e2
def shrink_perturb(w, l, s, seed):  # noqa: E741
    """Return weights that are shrunk and moved a little."""
    return TODO


# %%
exercise("9.1-e2").check(shrink_perturb)

# %% [markdown]
# ## Round 2: small steps, and forgetting
#
# Why not update after each example? Two reasons are given: it costs too much, and the model
# forgets. We learn digits in one pass, with one matrix of weights, in updates of 1, 8, … images.
# Each size gets the learning rate that suits it best on some other images. Images come in one of
# two orders: shuffled, or in **runs** of about twenty of one kind, as when somebody scans a stack
# of sevens.


# %%
def one_pass(x, y, size, rate):
    """Weights of softmax regression after one pass, in updates of so many images; stacked."""
    weights = np.zeros((len(x), x.shape[2], 10), np.float32)
    for first in range(0, x.shape[1], size):
        some, labels = x[:, first : first + size], y[:, first : first + size]
        error = softmax(some @ weights, axis=-1) - np.eye(10, dtype=np.float32)[labels]
        weights -= rate * some.swapaxes(1, 2) @ error / some.shape[1]
    return weights


def in_runs(rows, rng, length=20):
    """The same rows, in pieces of one digit."""
    kinds = [rows[digits[rows] == k] for k in range(10)]
    pieces = [p for kind in kinds for p in np.array_split(kind, max(1, len(kind) // length))]
    return np.concatenate([pieces[i] for i in rng.permutation(len(pieces))])


rng = np.random.default_rng([seed, 4])
drawn = rng.permutation(len(digits))[:4_992]
tune, test, blocks = drawn[:448], drawn[448:896], drawn[896:].reshape(8, 512)
orders = {"shuffled": blocks, "in runs": np.array([in_runs(b, rng) for b in blocks])}
sizes = sorted({1, 8, 64, 256, micro_batch})
best = {}
for order, rows in orders.items():
    for size in sizes:
        tried = [one_pass(images[rows], digits[rows], size, rate)
                 for rate in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)]  # fmt: skip
        right = [((images @ w).argmax(-1) == digits)[:, [*tune, *test]] for w in tried]
        best[order, size] = max(right, key=lambda r: r[:, :448].mean())[:, 448:].mean(axis=1)
predict("9.1-3", "Shuffled: accuracy of micro-batches minus that of single updates?", guess=None)

# %%
claim("9.1-3", f"In one pass over shuffled images, micro-batches of {micro_batch} are at most 0.01 "
      "less accurate than updates after each image",
      paired_t(best["shuffled", micro_batch], best["shuffled", 1]), above=-0.01, means={
          "holds": "So small a batch saves updates and loses next to nothing.",
          "fails": "A pass in micro-batches has too few steps to learn as much.",
          "undecided": "These images do not tell whether it costs a hundredth."})  # fmt: skip
fig, axis = subplots(figsize=(6.5, 3.2))
for k, order in enumerate(orders):
    axis.plot(sizes, [best[order, s].mean() for s in sizes], "os"[k] + "-", color=PALETTE[k],
              label=order)  # fmt: skip
axis.set(xscale="log", xlabel="images in an update (log)", ylabel="accuracy after one pass",
         ylim=(0, 1), title=finding("9.1-3"))  # fmt: skip
axis.set_xticks(sizes, map(str, sizes))
axis.minorticks_off()
axis.legend()
show(fig, alt="Accuracy after one pass against the size of an update. Shuffled, it falls as "
     "updates grow. In runs, it is far lower, and about the same for all sizes.")  # fmt: skip

# %% [markdown]
# A micro-batch of n costs about as much arithmetic as n single updates, but it takes *one* step.
# The step may be longer, though not n times. So in one pass it learns less; with a few passes over
# each micro-batch it catches up. What it saves is overhead: one call in place of n, and one
# comparison and one release, if you make them. That is why micro-batches won, not because they
# learn better.
#
# And forgetting? The order decides. In runs, every size loses much: after twenty sevens the
# model says seven, whether they came one by one or together. A micro-batch helps only where it is
# so long that it mixes many runs. So does a small store from which rows are drawn at random.
#
# ### Forgetting, and what stops it
#
# Take the longest run of all. A net learns 0 to 4. Then only 5 to 9 come. We keep a **replay
# buffer**: 100 old images, as many of each kind, a reservoir within each kind
# ([4.1](04_1_sampling.ipynb)). A share of the images in each update comes from there.

# %%
predict("9.1-3b", "What does replay add to the accuracy on all ten digits?", guess=None)
rng = np.random.default_rng([seed, 5])
drawn = rng.permutation(len(digits))
test, rest = drawn[:1_000], drawn[1_000:]
old, new = (rest[(digits[rest] < 5) == early] for early in (True, False))
x_old, y_old = smallnets.deal(images[old], digits[old], nets=8, size=230, rng=rng)
x_new, y_new = smallnets.deal(images[new], digits[new], nets=8, size=230, rng=rng)
buffers = [continual.ReplayBuffer(100, balanced=True, rng=rng) for _ in x_old]
for buffer, *rows in zip(buffers, x_old, y_old):
    buffer.update_many(*rows)
first = smallnets.train(x_old, y_old, steps=200, **NET, rng=rng)
after = {}
for share in sorted({0.0, 0.1, replay, 0.5}):
    kept = [buffer.sample(round(230 * share / (1 - share))) for buffer in buffers]
    x = np.concatenate([x_new, np.array([k[0] for k in kept])], axis=1)
    y = np.concatenate([y_new, np.array([k[1] for k in kept])], axis=1)
    nets = smallnets.train(x, y, steps=200, start=first, **NET, rng=rng)
    after[share] = [accuracy(nets, test[(digits[test] < 5) == early]) for early in (True, False)]
claim("9.1-3b", f"A share of {replay:g} of old images in the updates adds more than 0.2 to the "
      "accuracy on all ten digits",
      paired_t(np.mean(after[replay], axis=0), np.mean(after[0.0], axis=0)), above=0.2, means={
          "holds": "A small buffer keeps most of what would be lost.",
          "fails": "So small a share does not keep what was learned.",
          "undecided": "These nets do not tell whether replay adds so much."})  # fmt: skip
for share, (early, late) in after.items():
    print(f"replay {share:.2f}: old digits {early.mean():.2f}, new digits {late.mean():.2f}")

# %% [markdown]
# Without replay not one old digit is left, as nothing in the new images speaks for them: this is
# **catastrophic forgetting**. Replay buys the old with some of the new. Which share is right
# depends on how often the old comes back, and it says how much data a "stateful" system stores.
#
# **When it stops being true.** Where the old is wrong for good, forgetting is the point, and replay
# holds you back.
#
# ### Exercise 9.1-e3: a fair buffer
#
# `stream` yields pairs (item, label), `classes` lists all labels. Return a dictionary from each
# class to a list of its items. Each class has room for `k // len(classes)`, and within a class each
# item of the stream is kept with the same probability. `rng` is a numpy Generator.


# %%
# exercise 9.1-e3
def replay_buffer(stream, k, classes, rng):
    """Return the items kept of each class."""
    return TODO


# %%
exercise("9.1-e3").check(replay_buffer)

# %%
replay_buffer = exercise("9.1-e3").use(replay_buffer)
kept = replay_buffer(iter(enumerate(digits.tolist())), 30, list(range(10)), rng)
print("images kept of each digit:", {k: len(v) for k, v in kept.items()})

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with three drifts and three seeds each: `mlsd sweep 9.1a -p drift=0,0.2,0.5
# -p seed=0:3 -p epochs=5 -p streams=12`. Does going on stay as good as the window?

# %%
swept = sweep.load("published/9.1a-drift")
print(*map(swept.finding, [c for c in swept.claims if c == "9.1-1"]), sep="\n")
show(swept.figure("9.1-1"), alt=swept.alt("9.1-1"))

# %% [markdown]
# So a model can go on, if one knows what it forgets. Who decides when it does, and whether the
# result may be released? That is [9.1b](09_1b_updates_in_use.ipynb).
#
# ## Quiz

# %%
quiz("9.1-q1", choice=None)

# %%
quiz("9.1-q2", choice=None)

# %%
quiz("9.1-q3", choice=None)

# %%
quiz("9.1-q4", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Ash and Adams (2020), *On warm-starting neural network training*; Egg (2021), *Online
# learning for recommendations at Grubhub*; Chrysakis and Moens (2020), *Online continual learning
# from imbalanced data*.
#
# **Next.** [9.1b Updates in use](09_1b_updates_in_use.ipynb).
