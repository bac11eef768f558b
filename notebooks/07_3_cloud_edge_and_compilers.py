# %% [markdown]
# # 7.3 Cloud, edge and compilers
#
# **Core question.** Where should a model run, and what makes it fast there?
#
# **Time** 70 minutes · **Builds on** [7.2 Model compression](07_2_model_compression.ipynb)
#
# You will be able to
#
# - place a model on a device or in the cloud by latency, cost and battery (claims 7.3-1, 7.3-1b,
#   exercise 7.3-e1)
# - take a picture out of the update that was to protect it (claims 7.3-2, 7.3-2b, exercise 7.3-e2)
# - read what a compiler does to a loop and to a graph, and how far to trust a tuner (claims 7.3-3
#   to 7.3-3c, exercise 7.3-e3)
# - say what a model in a browser costs, and try one in yours (claims 7.3-4, 7.3-4b, exercise
#   7.3-e4)

# %% tags=["parameters"]
seed: int = 0  # drivers, pictures, weights, noise [0, 1_000_000]
rtt_ms: float = 60.0  # a typical round trip to the server, in milliseconds [0, 500]
slowdown: float = 5.0  # how many times slower a typical phone computes [1, 50]
batch: int = 16  # pictures behind one update [1, 128]
dp_sigma: float = 0.1  # noise that a phone adds to its update [0, 1]
n: int = 320  # rows of the matrices that are multiplied [64, 768] quick 96
tile: int = 64  # rows of a tile [8, 256]
jitter: float = 0.1  # noise of a tuner's timings, as a share [0, 0.5]
width: int = 256  # neurons in each layer of the digit model [8, 512] quick 64
mbit_s: float = 20.0  # what a visitor's line carries, in megabits per second [1, 1_000]
repeats: int = 10  # repetitions of the shared training [5, 40] quick 5

# %%
import copy
import math
import re
from collections import Counter
from itertools import pairwise

import numba
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from mlsdlib import compression, datasets, edge
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import Estimate, median_interval, paired_t, t_interval, wilson
from mlsdlib.timing import ratio_from_pairs, time_ratio

begin("7.3", seed=seed, rtt_ms=rtt_ms, slowdown=slowdown, batch=batch, dp_sigma=dp_sigma, n=n,
      tile=tile, jitter=jitter, width=width, mbit_s=mbit_s, repeats=repeats)  # fmt: skip

# %% [markdown]
# An app for taxi drivers guesses how long a ride will take. Its model can run in two places.
#
# - In the **cloud**: the app asks a server over the network. This is how most models start.
#   Managed services, such as those of AWS and Google, take one file and run it. The bill comes
#   later: large companies pay millions a year, and one forgotten machine can hurt a start-up.
# - On the **edge**: the model lies on the phone, the laptop, the watch or the car itself. It works
#   where there is no network, or where none is allowed. Nothing travels, so it can be quick, and
#   personal data stay where they are, as laws such as the GDPR like it. But the device must have
#   the **memory**, the **computing power** and the **battery**. And devices get stolen, with the
#   model and the data on them.
#
# Google, Apple and Tesla make chips for this. A forecast that is often repeated promised more than
# 30 billion devices at the edge by 2025. It was a forecast; look for a dated count before you
# quote it.
#
# ## Round 1: near or fast
#
# Let the server take $c$ milliseconds. The cloud answers after $c + \text{RTT}$, where RTT is the
# **round trip** through the network. A phone that is $s$ times slower answers after $s \cdot c$.
# So the phone wins if $s < 1 + \text{RTT} / c$.
#
# We draw drivers whose phones and networks differ, and two models. The small one takes the server
# 5 ms, the heavy one 100 ms <!-- given: assumed -->. The prices are assumptions, too: change them.

# %%
predict("7.3-1", "For what share of drivers is the small model sooner on the phone?", guess=None)
predict("7.3-1b", "For what share is that also cheaper for the company?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
drivers = 2_000
phone = slowdown * np.exp(0.3 * rng.normal(size=drivers))  # times slower than the server
network = rtt_ms * np.exp(0.4 * rng.normal(size=drivers))  # ms
requests = 2_000 * np.exp(rng.normal(size=drivers))  # a week
MODELS = {  # ms on the server, MB, price of an hour of that server in dollars
    "small": (5.0, 20.0, 0.04),
    "heavy": (100.0, 200.0, 0.04),
    "heavy, on a GPU": (100.0, 200.0, 2.0),
}
PER_GB = 0.05  # dollars, to send a model to a phone; every week there is a new one
PHONE_WATT, RADIO_WATT = 2.0, 1.2  # while it computes; while it waits for an answer

sooner, cheaper, battery = {}, {}, {}
for name, (ms, megabytes, price) in MODELS.items():
    placed = edge.place(ms, slowdown=phone, rtt_ms=network)
    sooner[name] = int(np.sum(placed.where == "edge"))
    in_cloud, on_phone = requests * ms * price / 3_600_000, megabytes * PER_GB / 1_000
    cheaper[name] = int(np.sum(on_phone < in_cloud))
    battery[name] = np.median(PHONE_WATT * placed.edge_ms / (RADIO_WATT * placed.cloud_ms))
    print(f"{name:<16} sooner on the phone for {sooner[name] / drivers:4.0%} of the drivers, "
          f"cheaper for {cheaper[name] / drivers:4.0%}, "
          f"battery {battery[name]:.1f} times that of the cloud")  # fmt: skip

# %%
claim("7.3-1",
      f"With a round trip of about {rtt_ms:g} ms and phones about {slowdown:g} times slower, the "
      "small model answers sooner on the phone for more than nine drivers in ten",
      wilson(sooner["small"], drivers), above=0.9, means={
          "holds": "Near beats fast: the round trip costs more than the slow phone.",
          "fails": "For too many drivers the phone is too slow, or the network too quick.",
          "undecided": "This run cannot tell whether nine drivers in ten gain."})  # fmt: skip
claim("7.3-1b",
      "With a new version each week, the small model costs the company less on the phone for more "
      "than half of the drivers",
      wilson(cheaper["small"], drivers), above=0.5, means={
          "holds": "For most drivers, sending the model costs less than answering for it.",
          "fails": "To send the model each week costs more than to answer for a week.",
          "undecided": "This run cannot tell for which half of the drivers it pays."})  # fmt: skip

# %%
trips = np.geomspace(1, 500, 200)
fig, axis = subplots(figsize=(6.5, 3.6))
for colour, style, (name, (ms, _, _)) in zip(PALETTE, ["-", "--"], MODELS.items(), strict=False):
    axis.plot(trips, edge.breakeven_slowdown(ms, trips), style, color=colour,
              label=f"{name} model: below the line, the phone")  # fmt: skip
some = slice(0, 400)
axis.scatter(network[some], phone[some], s=5, color="black", alpha=0.5, label="a driver")
axis.set(xscale="log", yscale="log", xlabel="round trip, ms", title=finding("7.3-1"),
         ylabel="slowdown of the phone")  # fmt: skip
axis.legend(loc="upper left")
show(fig, alt="Two rising curves of the slowdown at which phone and cloud are equally soon, "
     "against the round trip. The small model's is far above the heavy model's. The drivers lie "
     "under the first and above the second.")  # fmt: skip

# %% [markdown]
# Waiting is the same for every model; computing grows with it. So the edge is for small models,
# or for chips made for it. The heavy model is the one whose servers cost money, and it is the one
# that the phone cannot run in time. It also drains the battery. The table shows the trap: where
# the edge saves most, it fits least.
#
# Cost has a second side. A server is updated once. A **fleet** is updated phone by phone, and old
# versions live on where people do not update. Fewer versions would pay; then the model is old.
#
# **When it stops being true.** Without a network there is no question. A tunnel, a ship, a factory
# that allows no internet: there a slow answer beats none.

# %% [markdown]
# ### Exercise 7.3-e1: place a model
#
# `model` has the keys `ms`, its time on the server, and `mb`, the memory it needs. `device` has
# `slowdown` and `free_mb`; the model fits if it needs no more than is free. `net` has `online`,
# true or false, and `rtt_ms`. Return `"edge"` or `"cloud"`, where the answer comes sooner; `"edge"`
# if both are equally soon, and `None` if neither can answer.


# %%
# exercise 7.3-e1
def place(model, device, net):
    """Return where a model answers sooner: "edge", "cloud", or None for nowhere."""
    return TODO


# %%
exercise("7.3-e1").check(place)
place = exercise("7.3-e1").use(place)
for net in ({"online": True, "rtt_ms": 60}, {"online": True, "rtt_ms": 4}, {"online": False}):
    print(net, "->", place({"ms": 5, "mb": 20}, {"slowdown": 5, "free_mb": 100}, net))

# %% [markdown]
# ## Round 2: do the data stay at home?
#
# On the edge nobody need send a picture. To learn from pictures all the same, phones train
# together: **federated learning**. Each gets the model, computes on its own pictures in which
# direction the weights should move, the **gradient**, and sends only that. The server averages.
#
# What does a gradient tell? Our model reads handwritten digits: dense layers with ReLUs. For one
# picture $x$, the first layer's gradient is $\delta x^T$ for the weights and $\delta$ for the
# biases, whatever $\delta$ is. Divide one by the other.


# %%
images, digits = datasets.load_mnist()
pixels = (images.reshape(len(images), -1) / 255).astype(np.float32)
rng = np.random.default_rng([seed, 2])
train, test = np.split(rng.permutation(len(pixels)), [4_000])
dice = torch.Generator().manual_seed(int(rng.integers(2**31)))
sizes, layers = [784, width, width, 10], []
for inputs, outputs in pairwise(sizes):
    layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    for weights in layers[-2].parameters():
        torch.nn.init.uniform_(weights, -(inputs**-0.5), inputs**-0.5, generator=dice)
model = torch.nn.Sequential(*layers[:-1])


def loss(model, chosen, dtype=torch.float32):
    return cross_entropy(model(torch.tensor(pixels[chosen], dtype=dtype)),
                         torch.tensor(digits[chosen]))  # fmt: skip


optimiser = torch.optim.Adam(model.parameters(), lr=0.002)
for _ in range(400):
    optimiser.zero_grad()
    loss(model, rng.choice(train, 64)).backward()
    optimiser.step()
with torch.no_grad():
    right = model(torch.tensor(pixels[test])).argmax(1).numpy() == digits[test]
print(f"the model reads {right.mean():.0%} of new digits")

# %% [markdown]
# A phone has more than one picture, and its update is the mean over a **batch**. Then each neuron's
# quotient is a mixture of those pictures that moved the neuron. We count a picture as recovered if
# one of the quotients has a **cosine** above 0.95 with it: 1 means the same picture up to
# brightness, and the mean of all digits reaches about 0.6 <!-- given: shown below -->.

# %%
predict("7.3-2", f"What share of the pictures comes back from batches of {batch}?", guess=None)


# %%
def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


exact = copy.deepcopy(model).double()


def attack(chosen):
    """The best quotient for each picture of a batch, and its cosine with the picture."""
    gradients = torch.autograd.grad(loss(exact, chosen, torch.float64), exact[0].parameters())
    told = edge.recover_each(*(g.numpy() for g in gradients))
    alike = unit(pixels[chosen]) @ unit(told).T
    best = np.abs(alike).argmax(axis=1)
    return told[best], np.abs(alike).max(axis=1)


shares = {}
for size in sorted({1, 4, 64, batch}):
    batches = [test[i : i + size] for i in range(0, min(len(test), 60 * size) - size + 1, size)]
    shares[size] = [np.mean(attack(chosen)[1] > 0.95) for chosen in batches]
    print(f"batches of {size:>2}: {np.mean(shares[size]):4.0%} of the pictures come back")
usual = unit(pixels[test]) @ unit(pixels.mean(axis=0))
print(f"for comparison, the mean digit has a cosine of {usual.mean():.2f} with a picture")
claim("7.3-2",
      f"Of pictures that are sent as the update of a batch of {batch}, more than one in ten comes "
      "back",
      t_interval(shares[batch]), above=0.1, means={
          "holds": "The pictures stayed at home, and travelled all the same.",
          "fails": "In so large a batch the pictures are mixed too well for this attack.",
          "undecided": "This run cannot tell whether one picture in ten comes back."})  # fmt: skip

# %%
rng = np.random.default_rng([seed, 3])
chosen = rng.choice(test, 128, replace=False)


def noisy(number):
    """One picture out of a gradient that was cut to length 1 and hidden in noise."""
    gradients = torch.autograd.grad(loss(exact, [number], torch.float64), exact[0].parameters())
    length = math.sqrt(sum(float((g**2).sum()) for g in gradients))
    weight, bias = (g.numpy() / length + dp_sigma * rng.normal(size=g.shape) for g in gradients)
    found = edge.recover(weight, bias)
    return found, abs(unit(found) @ unit(pixels[number]))


hidden = [noisy(number) for number in chosen[:8]]
strips = {"as sent": pixels[chosen], "alone": [attack([number])[0][0] for number in chosen[:8]],
          "batch of 16": attack(chosen[:16])[0], "batch of 128": attack(chosen)[0],
          "alone, in noise": [found for found, _ in hidden]}  # fmt: skip
shown = [np.hstack([np.abs(p).reshape(28, 28) / np.abs(p).max() for p in strip[:8]])
         for strip in strips.values()]  # fmt: skip
fig, axis = subplots(figsize=(6.5, 4.4))
axis.imshow(np.vstack(shown), cmap="gray_r")
axis.grid(visible=False)
axis.set_yticks(28 * np.arange(5) + 14, list(strips))
axis.set_xticks(28 * np.arange(8) + 14, range(1, 9))
axis.set(xlabel="picture", ylabel="what the server sees", title=finding("7.3-2"))
show(fig, alt="Five strips of eight digits: as sent, as recovered alone, from a batch of 16 and "
     "from one of 128, and from noise. Alone they are perfect; the larger the batch, the more are "
     "mixtures; in noise nothing is left.")  # fmt: skip
print(f"in noise the best guess has a cosine of {np.mean([c for _, c in hidden]):.2f}")

# %% [markdown]
# A neuron with a ReLU is silent for many pictures. If just one of a batch wakes it, its quotient is
# that picture, exactly. A wide layer has many neurons, so many pictures are alone somewhere.
# Training makes neurons choosier, and the leak wider. The server needed nothing but what it was
# sent.
#
# The known cure has two steps. Cut each gradient to a fixed length, so that no picture weighs too
# much, and add noise: the idea of **differential privacy**. Many phones' noise averages out, one
# phone's does not. So how much does it cost? We train a linear model on pictures of 64 phones a
# round, with and without.

# %%
predict("7.3-2b", "How much accuracy does the noise cost?", guess=None)


# %%
def trained_together(known, new, sigma, rng, rounds=150, phones=64, rate=2.0):
    """The accuracy on new pictures after phones with one picture each have trained together."""
    data, weights = np.column_stack([pixels, np.ones(len(pixels))]), np.zeros((10, 785))
    for _ in range(rounds):
        chosen = rng.choice(known, phones, replace=False)
        scores = data[chosen] @ weights.T
        delta = np.exp(scores - scores.max(axis=1, keepdims=True))
        delta = delta / delta.sum(axis=1, keepdims=True) - np.eye(10)[digits[chosen]]
        length = np.linalg.norm(delta, axis=1) * np.linalg.norm(data[chosen], axis=1)
        cut = delta * np.minimum(1, 1 / length)[:, None]
        # The sum of so many phones' noises, drawn at once.
        noise = sigma * math.sqrt(phones) * rng.normal(size=weights.shape)
        weights -= rate * (cut.T @ data[chosen] + noise) / phones
    return np.mean((data[new] @ weights.T).argmax(axis=1) == digits[new])


rng = np.random.default_rng([seed, 4])
scores = []
for _ in range(repeats):
    known, new = np.split(rng.permutation(len(pixels)), [3_500])
    scores.append([trained_together(known, new, sigma, rng) for sigma in (0.0, dp_sigma)])
without, private = np.transpose(scores)
print(f"accuracy without noise {without.mean():.2f}, with noise {private.mean():.2f}")
claim("7.3-2b",
      f"Noise of {dp_sigma:g} on every phone costs the shared model more than 0.02 of its accuracy",
      paired_t(without, private), above=0.02, means={
          "holds": "Privacy has a price, and somebody must decide to pay it.",
          "fails": "So little noise costs the model hardly anything.",
          "undecided": "This run cannot tell whether the noise costs so much."})  # fmt: skip

# %% [markdown]
# **When it stops being true.** Ten times more phones average the noise further down, so large
# fleets get privacy cheaply and small ones do not. Other attacks are stronger than ours: a cosine
# is no guarantee, a proof is. And no noise helps against a thief who holds the phone.

# %% [markdown]
# ### Exercise 7.3-e2: recover an input
#
# `gW` is a list of rows, one for each output of a dense layer, and `gb` a list with one number for
# each output: the gradients of weights and biases for a single input. Return the input as a list.
# Outputs with a bias gradient of zero tell nothing; if there are others, use the one whose bias
# gradient is largest, whatever its sign: it is the least hurt by rounding. If all are zero, return
# `None`.


# %%
# exercise 7.3-e2
def recover(gW, gb):
    """Return the input that a dense layer's gradients were computed from."""
    return TODO


# %%
exercise("7.3-e2").check(recover)
recover = exercise("7.3-e2").use(recover)
number = int(test[0])
gradients = torch.autograd.grad(loss(exact, [number], torch.float64), exact[0].parameters())
again = recover(*(g.tolist() for g in gradients))
print("the same picture:", np.allclose(again, pixels[number], atol=1e-5))

# %% [markdown]
# ## Round 3: from a model to fast code
#
# There are many frameworks and many kinds of hardware. To tune each for each would never end. So
# both sides meet in the middle, in **intermediate representations** (IR). A framework writes one,
# such as an ONNX graph; a **compiler** rewrites it step by step, *lowers* it, to code for one chip:
# from graph to loops, from loops to LLVM's IR, from that to machine code. On the way it optimises:
#
# - **vectorise**: let one instruction work on several numbers that lie side by side
# - **parallelise**: give parts of the work to several cores (here we use one)
# - **tile**: cut loops into blocks that fit the cache
# - **fuse**: run operators in one go, so that nothing between them goes through memory
#
# A matrix product is three loops. Numba compiles these, as they stand, by LLVM.


# %%
@numba.njit
def textbook(a, b, c, tile):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]


@numba.njit
def reordered(a, b, c, tile):
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                c[i, j] += a[i, k] * b[k, j]


@numba.njit
def tiled(a, b, c, tile):
    for i0 in range(0, a.shape[0], tile):
        for j0 in range(0, b.shape[1], tile):
            for k0 in range(0, a.shape[1], tile):
                for i in range(i0, min(i0 + tile, a.shape[0])):
                    for j in range(j0, min(j0 + tile, b.shape[1])):
                        for k in range(k0, min(k0 + tile, a.shape[1])):
                            c[i, j] += a[i, k] * b[k, j]


# %%
rng = np.random.default_rng([seed, 5])
a, b = (rng.random((n, n), np.float32) for _ in range(2))


def product(loops):
    c = np.zeros((n, n), np.float32)
    loops(a, b, c, tile)
    return c


for loops in (textbook, reordered, tiled):
    same = np.allclose(product(loops), a @ b, rtol=1e-3)  # the first call compiles
    (ir,) = loops.inspect_llvm().values()
    several = re.search(r"(fmul|fmuladd)\S* .*<\d+ x float>", ir)
    print(f"{loops.__name__:<10} right: {same}, multiplies "
          f"{'several numbers' if several else 'one number'} at a time")  # fmt: skip
predict("7.3-3", "How many times faster than the reordered loops are the tiled ones?", guess=None)


# %%
def against(loops):
    """How many times longer than the reordered loops it takes."""
    return time_ratio(lambda: product(loops), lambda: product(reordered), pairs=7,
                      same=lambda x, y: np.allclose(x, y, rtol=1e-3))  # fmt: skip


slower = {
    "textbook": against(textbook),
    "tiled": against(tiled),
    "library": 1 / time_ratio(lambda: product(reordered), lambda: a @ b, pairs=7).value,
}
claim("7.3-3",
      f"Tiles of {tile} make the textbook loops faster than another order of the loops does",
      slower["tiled"].map(lambda times: 1 / times, unit="times"), above=1.0, means={
          "holds": "Here the cache is the bottleneck, and tiles that fit it win.",
          "fails": "To swap two loops beats to tile them: only then can the compiler vectorise.",
          "undecided": "This run cannot tell which of the two is faster."})  # fmt: skip

# %% [markdown]
# In the textbook order, the inner loop adds up one number, step by step, and reads `b` down a
# column. A sum of floats must keep its order, so the compiler may not split it. Tiles help the
# cache and leave that inner loop as it is. Swap the loops, and the inner one walks along two rows:
# every step is independent, and eight or sixteen go at once. The library does all of it together,
# tiles *around* an inner block that is vectorised by hand. An optimisation seldom works alone.
#
# **When it stops being true.** On a chip with small caches or slow memory, or for matrices far
# larger than these, tiles decide. Results of one machine say little about another.
#
# ### Fuse
#
# ONNX Runtime compiles graphs. Here is a small network as torch exports it: three blocks with an
# activation and a normalisation, spelt out. We ask for the graph that the runtime really executes.

# %%
predict("7.3-3b", "What share of the bytes between the operators is left when fused?", guess=None)


# %%
class Block(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.dense = torch.nn.Linear(size, size)

    def forward(self, x):
        h = self.dense(x)
        h = x + h * 0.5 * (1 + torch.erf(h / math.sqrt(2)))
        centred = h - h.mean(-1, keepdim=True)
        return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5)


x = np.random.default_rng([seed, 6]).normal(size=(1_000, 32)).astype(np.float32)
exported = compression.to_onnx_each(
    {"blocks": torch.nn.Sequential(*[Block(32) for _ in range(3)]), "digits": model},
    {"blocks": x[:1], "digits": pixels[:1]},
)  # fmt: skip
graphs = {level: edge.runtime_graph(exported["blocks"], x, level=level)
          for level in ("none", "basic", "extended")}  # fmt: skip
for level, graph in graphs.items():
    counts = ", ".join(f"{count} {name}" for name, count in Counter(graph.operators).items())
    print(f"{level}: {len(graph.operators)} operators: {counts}")
claim("7.3-3b",
      "Fused, the graph passes fewer than half of the bytes from operator to operator",
      graphs["extended"].bytes_between / graphs["none"].bytes_between, below=0.5, exact=True,
      reason="the graph and the shapes are the same each time", means={
          "holds": "Fused operators keep what is between them out of memory.",
          "fails": "There is little to fuse in this graph.",
          "undecided": "This run cannot tell."})  # fmt: skip
sessions = [compression.open_session(exported["blocks"], fuse=fuse) for fuse in (False, True)]
unfused = time_ratio(*(lambda s=s: s.run(None, {"x": x}) for s in sessions), pairs=15,
                     same=lambda x, y: np.allclose(x, y, atol=1e-4))  # fmt: skip

# %%
bars = {"textbook / reordered": slower["textbook"].value,
        "tiled / reordered": slower["tiled"].value, "library / reordered": slower["library"],
        "unfused / fused graph": unfused.value}  # fmt: skip
fig, axis = subplots(figsize=(6.5, 2.8))
colours = [PALETTE[0]] * 3 + [PALETTE[1]]
axis.barh(list(bars), [value - 1 for value in bars.values()], left=1, color=colours)
axis.axvline(1, color="black", linewidth=1)
axis.invert_yaxis()
axis.set(xscale="log", xlabel="times as long", ylabel=" ", title=finding("7.3-3"))
show(
    fig,
    alt="Four bars of durations on a log axis around one. Textbook and tiled loops take many "
    "times as long as reordered ones; the library takes less. The unfused graph takes longer.",
)

# %% [markdown]
# ### Let the machine search
#
# Which tile is best? It depends on the cache, the shape and the neighbours. So compilers try:
# **autotuning**. There are too many ways to try all. Tools such as autoTVM fit a model to the
# timings so far and try what it expects to be fast: **learned optimisation**, machine learning for
# machine learning. A search takes hours, once for each model and each chip, and then you have a
# model that is faster on that chip.
#
# Every timing is noisy, and the tuner takes the smallest. We know this from 6.1: the best of many
# noisy scores flatters itself. In a simulated machine we know each tile's true speed.

# %%
predict("7.3-3c", "How many times larger is the promised speed-up than the true one?", guess=None)


# %%
grid = np.stack(np.meshgrid(*[np.arange(3, 10)] * 3), -1).reshape(-1, 3) - 6.0  # log2 of 3 sizes
terms = np.column_stack([np.ones(len(grid)), grid, grid**2, grid[:, :2] * grid[:, 1:]])


def tune(rng, tries, *, learned=False, repeats=1):
    """The speed-up that a tuner promises over a usual tile, and the one that it delivers."""
    curve, best_at = rng.uniform(0.01, 0.06, 3), rng.uniform(-2, 2, 3)
    truth = (curve * (grid - best_at) ** 2).sum(axis=1) + rng.normal(0, 0.1, len(grid))  # log time

    def clock(which):
        noise = jitter * rng.normal(size=(repeats, len(which)))
        return truth[which] + np.median(noise, axis=0)

    tried = rng.choice(len(grid), tries // 2 if learned else tries, replace=False)
    seen = clock(tried)
    if learned:  # a ridge regression says which tiles to try next
        x = terms[tried]
        fitted = np.linalg.solve(x.T @ x + 0.1 * np.eye(x.shape[1]), x.T @ seen)
        rest = np.setdiff1d(np.arange(len(grid)), tried)
        more = rest[np.argsort(terms[rest] @ fitted)[: tries - len(tried)]]
        tried, seen = np.append(tried, more), np.append(seen, clock(more))
    usual, chosen = np.array([len(grid) // 2]), seen.argmin()
    return math.exp(clock(usual)[0] - seen[chosen]), math.exp(
        truth[usual[0]] - truth[tried[chosen]]
    )


# %%
SEARCHES = {"16 at random": {"tries": 16}, "64 at random": {"tries": 64},
            "64, half of them learned": {"tries": 64, "learned": True},
            "13 at random, 5 times each": {"tries": 13, "repeats": 5}}  # fmt: skip
worlds = [[seed, 7, world] for world in range(300)]
found = {name: np.array([tune(np.random.default_rng(world), **search) for world in worlds])
         for name, search in SEARCHES.items()}  # fmt: skip
for name, gains in found.items():
    promised, delivered = np.exp(np.log(gains).mean(axis=0))
    print(f"{name:<27} promises {promised:.2f}, delivers {delivered:.2f}")
promised, delivered = found["64 at random"].T
claim("7.3-3c",
      f"After 64 timings with {jitter:.0%} of noise, a tuner promises more than 1.05 times the "
      "speed-up that it delivers",
      t_interval(promised / delivered, unit="times"), above=1.05, means={
          "holds": "The winner of a noisy race is partly lucky: time it again before you believe.",
          "fails": "With so quiet a clock, the tuner may nearly be believed.",
          "undecided": "This run cannot tell whether the promise is off by so much."})  # fmt: skip

# %% [markdown]
# More tries find faster tiles, and promise more than they found. A learned search finds more for
# the same number of tries. To time few tiles often makes the promise honest, and may miss the
# best. So search broadly, then time the few best again, on fresh runs, and report those.

# %% [markdown]
# ### Exercise 7.3-e3: the best tile
#
# `timings` is a list of pairs: a tile, and the list of its durations. Other programs disturb a
# clock now and then, so compare *medians*; a tile with fewer than three durations is left out. Of
# equally fast tiles return the smallest, and `None` if none is left.


# %%
# exercise 7.3-e3
def best_tile(timings):
    """Return the tile with the smallest median duration."""
    return TODO


# %%
exercise("7.3-e3").check(best_tile)
best_tile = exercise("7.3-e3").use(best_tile)
clock, repeated = np.random.default_rng([seed, 8]), [3, 9, 33]
for times in repeated:
    wins = sum(
        best_tile(
            [
                (t, (1 + 0.05 * (t != 64) + jitter * clock.exponential(size=times)).tolist())
                for t in (16, 32, 64, 128)
            ]
        )
        == 64
        for _ in range(200)
    )
    print(f"each timed {times:>2} times: the true best, by 5 %, is found in {wins / 200:.0%}")

# %% [markdown]
# ## Round 4: in the browser
#
# One place to run is on nearly every device: the browser. A page needs no installation, and the
# same page works on all hardware. Browsers run JavaScript. They also run **WebAssembly** (WASM), a
# compact code for a machine that exists nowhere and resembles all: an IR, which each browser
# compiles for its own chip. Compilers for C++ write it, so a whole runtime fits in a page. ONNX
# Runtime has one.
#
# We run our digit model three ways: natively, in WASM, and in loops in plain JavaScript. The last
# two need Node, the JavaScript of a browser without the browser. A call gets one picture or 32.

# %%
predict("7.3-4", "From JavaScript (0) to native (1), on a log scale: where is WASM?", guess=None)
predict("7.3-4b", "How many calls take as long as it takes to load WASM?", guess=None)

# %% tags=["needs-node"]
UNKNOWN = Estimate(0.5, -math.inf, math.inf, method="not measured")
times = {}
if edge.find_node():
    times = edge.time_runtimes(exported["digits"], pixels[test], rows=[1, 32])
else:
    print("There is no Node here: JavaScript and WebAssembly are not measured.")


def on_the_way(t):
    """Where WASM stands between JavaScript and native code, on a log scale."""
    return median_interval(np.log(np.divide(t.javascript, t.wasm))
                           / np.log(np.divide(t.javascript, t.native)))  # fmt: skip


fetched = edge.runtime_bytes() + len(exported["digits"])
download = fetched * 8 / (1_000 * mbit_s)  # milliseconds
claim("7.3-4",
      "With 32 pictures a call, on a log scale from plain JavaScript, 0, to native code, 1, "
      "WebAssembly lies between 0.1 and 0.9",
      on_the_way(times[32]) if times else UNKNOWN, between=(0.1, 0.9), means={
          "holds": "WebAssembly beats JavaScript and trails native code.",
          "fails": "Here WebAssembly is no better than JavaScript, or as good as native code.",
          "undecided": "This run cannot tell where WebAssembly stands."})  # fmt: skip
claim("7.3-4b",
      f"Over a line of {mbit_s:g} Mbit/s, WebAssembly loads for longer than 100 calls take",
      ratio_from_pairs([download + load for load in times[1].load], times[1].wasm)
      if times else UNKNOWN, above=100.0, means={
          "holds": "What a visitor of the page feels is the loading, not the model.",
          "fails": "The model is so heavy, or the line so quick, that loading hardly counts.",
          "undecided": "This run cannot tell what takes longer."})  # fmt: skip

# %% tags=["needs-node"]
if times:
    fig, (left, right) = subplots(1, 2, figsize=(9, 3.4))
    calls = np.geomspace(1, 1e6, 100)
    for number, (name, colour) in enumerate(zip(["javascript", "wasm"], PALETTE)):
        ratios = [np.median(np.divide(getattr(t, name), t.native)) for t in times.values()]
        left.bar(np.arange(2) + 0.4 * number, ratios, 0.4, color=colour, label=name)
        begun = 8 * len(exported["digits"]) / mbit_s if name == "javascript" else (
            1_000 * download + 1_000 * np.median(times[1].load))  # fmt: skip
        once = 1_000 * np.median(getattr(times[1], name))
        right.plot(calls, (begun + once * calls) / 1e6, color=colour, label=name)
    left.set(yscale="log", ylabel="times as long as native", xlabel="pictures a call",
             title="One call", xticks=[0.2, 1.2], xticklabels=list(times))  # fmt: skip
    right.set(xscale="log", yscale="log", xlabel="calls of one picture", title="With the loading",
              ylabel="seconds since the visit began")  # fmt: skip
    left.legend()
    right.legend()
    fig.suptitle(finding("7.3-4b"))
    show(
        fig,
        alt="Left, bars of the duration of a call over that of native code: JavaScript's are "
        "higher for 32 pictures a call, less so for one. Right, time against calls: WebAssembly "
        "begins higher, with its loading, and meets JavaScript only after many calls.",
    )

# %% [markdown]
# WASM has vector instructions, of a width that every chip has, and no threads unless the page asks
# for them. Native code uses all that this chip has. Plain JavaScript computes number by number. And
# to cross into WASM costs something at each call. With one small picture a call, that is most of
# it, and the gain shrinks.
#
# Then the visit as a whole. Megabytes must come over the line and be compiled before the first
# answer. Plain JavaScript has answered long before that. WASM pays for a page that stays open,
# such as an editor or a video filter; and a browser keeps what it has fetched for the next visit.
#
# Here is the page for your own browser. It comes from this notebook's kernel, loads nothing from
# anywhere else, and works while the kernel runs. Draw a digit.

# %%
page = edge.browser_page(exported["digits"], images[::500])
page

# %% [markdown]
# ### Exercise 7.3-e4: when does loading pay?
#
# One way must be loaded first, which takes `load`, and then needs `a` for each call. The other
# starts at once and needs `b` for each call. Return the smallest number of calls after which the
# first way has taken less time in all, and `float("inf")` if that never happens.


# %%
# exercise 7.3-e4
def breakeven_calls(load, a, b):
    """Return after how many calls a way that must be loaded has taken less time in all."""
    return TODO


# %%
exercise("7.3-e4").check(breakeven_calls)
breakeven_calls = exercise("7.3-e4").use(breakeven_calls)
for load, a, b in ((1_500, 0.1, 0.3), (1_500, 3.0, 60.0), (1_500, 0.1, 0.1)):
    print(f"{load} to load, then {a} instead of {b} a call: {breakeven_calls(load, a, b)} calls")

# %% [markdown]
# So: the cloud is the easy start. The edge is quick for small models, works without a network, and
# keeps data near, which is not the same as private. Compilers make one model fit many chips, and
# what they promise must be measured on yours.

# %% [markdown]
# ## Quiz

# %%
quiz("7.3-q1", choice=None)

# %%
quiz("7.3-q2", choice=None)

# %%
quiz("7.3-q3", choice=None)

# %%
quiz("7.3-q4", choice=None)

# %%
quiz("7.3-q5", choice=None)

# %%
quiz("7.3-q6", choice=None)

# %% [markdown]
# ## Recap

# %% tags=["needs-node"]
recap()

# %% [markdown]
# **Read on.** Zhu, Liu and Han (2019), *Deep leakage from gradients*; Abadi and others (2016),
# *Deep learning with differential privacy*; Chen and others (2018), *TVM: an automated end-to-end
# optimizing compiler for deep learning*; Jangda and others (2019), *Not so fast: analyzing the
# performance of WebAssembly vs. native code*.
#
# **Next.** Chapter 8, when the world changes.
