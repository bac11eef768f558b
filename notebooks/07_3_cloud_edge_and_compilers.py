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
block_ms: float = 20.0  # how long a block of timed calls takes, in milliseconds [1, 200] quick 2

# %%
import re

import numba
import numpy as np
import torch
from scipy.spatial.distance import cdist
from torch.nn.functional import cross_entropy

from mlsdlib import compression, datasets, edge
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import Estimate, median_interval, paired_t, t_interval, wilson
from mlsdlib.timing import ratio_from_pairs, time_ratio

begin("7.3", seed=seed, rtt_ms=rtt_ms, slowdown=slowdown, batch=batch, dp_sigma=dp_sigma, n=n,
      tile=tile, jitter=jitter, width=width, mbit_s=mbit_s, block_ms=block_ms)  # fmt: skip

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
# We draw drivers; their phones and networks differ. There are two models: the small one takes the
# server 5 ms, the heavy one 100 ms <!-- given: assumed -->. The heavy one is priced twice, on an
# ordinary server and on one with a GPU. All prices are assumptions, and a kind one is among them:
# that a server is paid for only while it computes, as if it were never idle. Change them.

# %%
predict("7.3-1", "For what share of drivers is the small model sooner on the phone?", guess=None)
predict("7.3-1b", "For what share is that also cheaper for the company?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
drivers = 2_000
phone = slowdown * np.exp(0.3 * rng.normal(size=drivers))  # times slower than the server
network = rtt_ms * np.exp(0.4 * rng.normal(size=drivers))  # ms
requests = 2_000 * np.exp(rng.normal(size=drivers))  # a week
MODELS = {  # milliseconds and price of an hour on the server in dollars, megabytes
    "small": (5, 0.04, 20), "heavy": (100, 0.04, 200), "heavy, GPU": (100, 2.0, 200)}  # fmt: skip
PER_GB = 0.05  # dollars, to send a model to a phone; every week there is a new one
PHONE_WATT, RADIO_WATT = 2.0, 1.2  # while it computes; while it waits for an answer

sooner, cheaper = {}, {}
for name, (ms, price, megabytes) in MODELS.items():
    placed = edge.place(ms, slowdown=phone, rtt_ms=network)
    sooner[name] = int(np.sum(placed.where == "edge"))
    cheaper[name] = int(np.sum(megabytes * PER_GB / 1_000 < requests * ms * price / 3_600_000))
    energy = np.median(PHONE_WATT * placed.edge_ms / (RADIO_WATT * placed.cloud_ms))
    print(f"{name:<10} on the phone: sooner for {sooner[name] / drivers:4.0%} of drivers, cheaper "
          f"for {cheaper[name] / drivers:4.0%}, {energy:.1f} times the battery")  # fmt: skip

# %%
claim("7.3-1",
      f"With a round trip of about {rtt_ms:g} ms and phones about {slowdown:g} times slower, the "
      "small model answers sooner on the phone for more than nine drivers in ten",
      wilson(sooner["small"], drivers), above=0.9, means={
          "holds": "Near beats fast: the round trip costs more than the slow phone.",
          "fails": "For too many drivers the phone is too slow, or the network too quick.",
          "undecided": "This run cannot tell whether nine drivers in ten gain."})  # fmt: skip
claim("7.3-1b",
      "To send the small model to a phone each week costs less than to answer for it in the cloud, "
      "for more than half of the drivers", wilson(cheaper["small"], drivers), above=0.5, means={
          "holds": "For most drivers, sending the model costs less than answering for it.",
          "fails": "To send the model each week costs more than to answer for a week.",
          "undecided": "This run cannot tell for which half of the drivers it pays."})  # fmt: skip

# %%
(fig, axis), trips = subplots(figsize=(6.5, 3.6)), np.geomspace(1, 500, 200)
for colour, name in zip(PALETTE, ["small", "heavy"]):
    axis.plot(trips, edge.breakeven_slowdown(MODELS[name][0], trips), color=colour,
              label=f"{name} model: below the line, the phone")  # fmt: skip
axis.scatter(network[:400], phone[:400], s=5, color="black", alpha=0.5, label="a driver")
axis.set(xscale="log", yscale="log", xlabel="round trip, ms", title=finding("7.3-1"),
         ylabel="slowdown of the phone")  # fmt: skip
axis.legend(loc="upper left")
show(fig, alt="Two rising curves of the slowdown at which phone and cloud are equally soon "
     "against the round trip. The drivers lie under one of them and above the other.")  # fmt: skip

# %% [markdown]
# Waiting is the same for every model; computing grows with it. So the edge is for small models, or
# for devices with chips made for it. In the cloud the heavy model is the one that costs, most of
# all on a GPU. To be sooner on the phone it needs a longer round trip, or a faster phone, than the
# small one does, and there it takes more of the battery. Here is the trap: where the edge saves
# most, it fits least.
#
# Cost has a second side. A server is updated once. A **fleet** is updated phone by phone, and old
# versions live on where people do not update. Fewer versions would pay; then the model is old. And
# a server that is idle most of the day costs many times what its requests do: then the edge pays
# far earlier than we computed.
#
# **When it stops being true.** Without a network there is no question. A tunnel, a ship, a factory
# that allows no internet: there a slow answer beats none.

# %% [markdown]
# ### Exercise 7.3-e1: place a model
#
# `model` has the keys `ms`, its time on the server, and `mb`, the memory it needs. `device` has
# `slowdown` and `free_mb`; the model fits if it needs no more than is free. `net` has `online`, and
# if that is true also `rtt_ms`. Return `"edge"` or `"cloud"`, whichever answers sooner; if both
# are equally soon, `"edge"`, and if neither can answer, `None`.


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
pixels = images.reshape(len(images), -1) / 255
rng = np.random.default_rng([seed, 2])
train, test = np.split(rng.permutation(len(pixels)), [4_000])
dense, relu = torch.nn.Linear, torch.nn.ReLU()
model = torch.nn.Sequential(
    dense(784, width), relu, dense(width, width), relu, dense(width, 10)).double()  # fmt: skip
drawn = 0.05 * rng.normal(size=sum(p.numel() for p in model.parameters()))
torch.nn.utils.vector_to_parameters(torch.tensor(drawn), model.parameters())
optimiser = torch.optim.Adam(model.parameters(), lr=0.002)
for _ in range(400):
    some = rng.choice(train, 64)
    optimiser.zero_grad()
    cross_entropy(model(torch.tensor(pixels[some])), torch.tensor(digits[some])).backward()
    optimiser.step()
right = model(torch.tensor(pixels[test])).argmax(1).numpy() == digits[test]
print(f"the model reads {right.mean():.0%} of new digits")

# %% [markdown]
# A phone has more than one picture, and its update is the mean over a **batch**. Then each neuron's
# quotient is a mixture of those pictures that moved the neuron. We count a picture as recovered if
# one of the quotients has a **cosine** above 0.95 with it: 1 means the same picture up to
# brightness, and the mean of all digits reaches about 0.6 <!-- given: shown below -->. We look for
# it with the picture in hand; the server must look for the quotients that show one clean digit.

# %%
predict("7.3-2", f"What share of the pictures comes back from batches of {batch}?", guess=None)


# %%
def gradients(chosen):
    """What is sent for some pictures: how the first layer's weights and biases should move."""
    loss = cross_entropy(model(torch.tensor(pixels[chosen])), torch.tensor(digits[chosen]))
    return [g.numpy() for g in torch.autograd.grad(loss, model[0].parameters())]


def attack(chosen):
    """The best quotient for each picture of a batch, and its cosine with the picture."""
    told = edge.recover_each(*gradients(chosen))
    alike = np.abs(1 - cdist(pixels[chosen], told, "cosine"))
    return told[alike.argmax(axis=1)], alike.max(axis=1)


shares = {}
for size in sorted({1, 4, 64, batch}):
    batches = [test[i : i + size] for i in range(0, min(len(test), 60 * size) - size + 1, size)]
    shares[size] = [np.mean(attack(chosen)[1] > 0.95) for chosen in batches]
    print(f"batches of {size:>2}: {np.mean(shares[size]):4.0%} of the pictures come back")
usual = 1 - cdist(pixels[test], [pixels.mean(axis=0)], "cosine")
print(f"for comparison, the mean digit has a cosine of {usual.mean():.2f} with a picture")
claim("7.3-2",
      f"Of pictures that are sent as updates of batches of {batch}, more than 1 in 10 comes back",
      t_interval(shares[batch]), above=0.1, means={
          "holds": "The pictures stayed at home, and travelled all the same.",
          "fails": "In so large a batch the pictures are mixed too well for this attack.",
          "undecided": "This run cannot tell whether one picture in ten comes back."})  # fmt: skip

# %%
rng = np.random.default_rng([seed, 3])
chosen = rng.choice(test, 128, replace=False)
hidden = [edge.recover(*edge.hide(gradients([number]), sigma=dp_sigma, rng=rng))
          for number in chosen[:8]]  # fmt: skip
strips = {"the picture": pixels[chosen], "alone": [attack([number])[0][0] for number in chosen[:8]],
          "batch of 16": attack(chosen[:16])[0], "batch of 128": attack(chosen)[0],
          "alone, in noise": hidden}  # fmt: skip
shown = [np.hstack([np.abs(p).reshape(28, 28) / np.abs(p).max() for p in strip[:8]])
         for strip in strips.values()]  # fmt: skip
fig, axis = subplots(figsize=(6.5, 4.4))
axis.imshow(np.vstack(shown), cmap="gray_r")
axis.grid(visible=False)
axis.set_yticks(28 * np.arange(5) + 14, list(strips))
axis.set_xticks(28 * np.arange(8) + 14, range(1, 9))
axis.set(xlabel="picture", ylabel="best quotient", title=finding("7.3-2"))
show(fig, alt="Five strips of eight digits: on the phone, as recovered alone, from a batch of 16 "
     "and from one of 128, and alone under noise. Alone they are perfect; the larger the batch, "
     "the more are mixtures.")  # fmt: skip
alike = np.abs(1 - cdist(hidden, pixels[chosen[:8]], "cosine").diagonal())
print(f"in noise the best guess has a cosine of {alike.mean():.2f} with the picture")

# %% [markdown]
# A neuron with a ReLU is silent for many pictures. If just one of a batch wakes it, its quotient is
# that picture, exactly. A wide layer has many neurons, so many pictures are alone somewhere. The
# server needed nothing but what it was sent.
#
# The known cure has two steps. Cut each gradient to a fixed length, so that no picture weighs too
# much, and add noise: the idea of **differential privacy**. Many phones' noise averages out, one
# phone's does not. So how much does it cost? We train a linear model on the pictures of 64 phones
# a round, with and without noise, and of ten times as many.

# %%
predict("7.3-2b", "How much accuracy does the noise cost?", guess=None)

# %%
rng, scores = np.random.default_rng([seed, 4]), []
for _ in range(10):
    known, new = np.split(rng.permutation(len(pixels)), [3_500])
    x, y = pixels[known], digits[known]
    for sigma, phones in ((0.0, 64), (dp_sigma, 64), (dp_sigma, 640)):
        weights = edge.train_together(x, y, classes=10, sigma=sigma, devices=phones, rng=rng)
        answers = (pixels[new] @ weights[:, :-1].T + weights[:, -1]).argmax(axis=1)
        scores.append(np.mean(answers == digits[new]))
arms = np.reshape(scores, (-1, 3)).T
print("accuracy: {:.2f}; with noise {:.2f}; of many phones {:.2f}".format(*arms.mean(axis=1)))
claim("7.3-2b",
      f"Noise of {dp_sigma:g} on every phone costs the shared model more than 0.02 of its accuracy",
      paired_t(*arms[:2]), above=0.02, means={
          "holds": "Privacy has a price, and somebody must decide to pay it.",
          "fails": "So little noise costs the model hardly anything.",
          "undecided": "This run cannot tell whether the noise costs so much."})  # fmt: skip

# %% [markdown]
# The interval is over splits of these pictures, phones and noise: it speaks for this task, and says
# nothing of another.
#
# **When it stops being true.** More phones average the noise further down: large fleets get privacy
# cheaply, small ones do not. Other attacks are stronger than ours: a low cosine is no guarantee, a
# proof is, and it may ask for more noise. And no noise helps against a thief who holds the phone.

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
again = recover(*(g.tolist() for g in gradients(test[:1])))
print("the same picture:", np.allclose(again, pixels[test[0]], atol=1e-5))

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
def textbook(a, b, c, tile):  # in tiles; one tile that holds all is no tile
    for i0 in range(0, a.shape[0], tile):
        for j0 in range(0, b.shape[1], tile):
            for k0 in range(0, a.shape[1], tile):
                for i in range(i0, min(i0 + tile, a.shape[0])):
                    for j in range(j0, min(j0 + tile, b.shape[1])):
                        for k in range(k0, min(k0 + tile, a.shape[1])):
                            c[i, j] += a[i, k] * b[k, j]


@numba.njit
def reordered(a, b, c, tile):  # the two inner loops have changed places
    for j0 in range(0, b.shape[1], tile):
        for k0 in range(0, a.shape[1], tile):
            for i in range(a.shape[0]):
                row = c[i, j0 : j0 + tile]
                for k in range(k0, min(k0 + tile, a.shape[1])):
                    other = b[k, j0 : j0 + tile]
                    for j in range(len(row)):
                        row[j] += a[i, k] * other[j]


# %%
rng = np.random.default_rng([seed, 5])
a, b = (rng.random((n, n), np.float32) for _ in range(2))


def product(loops, tile=n):
    c = np.zeros((n, n), np.float32)
    loops(a, b, c, tile)
    return c


for loops in (textbook, reordered):
    product(loops)  # the first call compiles
    widths = re.findall(r"fmul\S* .*<(\d+) x float>", *loops.inspect_llvm().values())
    print(f"{loops.__name__:<9} multiplies {'several numbers' if widths else 'one'} at a time")
predict("7.3-3", "How many times faster than reordered loops are tiled ones?", guess=None)


# %%
ways = {"textbook": lambda: product(textbook), "tiled": lambda: product(textbook, tile),
        "reordered, tiled": lambda: product(reordered, tile), "library": lambda: a @ b}  # fmt: skip
slower = {name: time_ratio(way, lambda: product(reordered), pairs=9, cpu=True,
                           same=lambda x, y: np.allclose(x, y, rtol=1e-3))
          for name, way in ways.items()}  # fmt: skip
claim("7.3-3",
      f"Tiles of {tile} make the textbook loops faster than another order of the loops does",
      slower["tiled"].map(lambda times: 1 / times, unit="times"), above=1.0, means={
          "holds": "Here the cache is the bottleneck, and tiles that fit it win.",
          "fails": "Swapping two loops beats tiling them: only then can the compiler vectorise.",
          "undecided": "This run cannot tell which of the two is faster."})  # fmt: skip

# %% [markdown]
# In the textbook order, the inner loop adds up one number, step by step, and reads `b` down a
# column. A sum of floats must keep its order, so the compiler may not split it. Tiles help the
# cache and leave that inner loop as it is. Swap the loops, and the inner one walks along two rows:
# every step is independent, and several go at once.
#
# Would tiles help the swapped loops, at least? The figure below has that bar, too. They cut the
# rows short, so that more of the time goes into starting and ending loops, and each row of `c` is
# fetched once for every tile. What they save is little where rows are read in order: the
# chip sees that coming and fetches ahead. The library starts at the other end. Its innermost tile
# stays in the *registers*, vectorised by hand; the tiles for the caches lie around that one. An
# optimisation seldom works alone.
#
# **When it stops being true.** On a chip with small caches or slow memory, for matrices far larger
# than these, or when all cores wait for the same memory, tiles can decide. How many numbers go at
# once depends on the chip, too. Results of one machine say little about another.
#
# ### Fuse
#
# ONNX Runtime compiles graphs. Ours is three blocks with an activation and a normalisation, spelt
# out. In `usual` the normalisation ends with a scale and a shift, in `own` somebody has left these
# out. We ask for the graph that the runtime really executes.

# %%
predict("7.3-3b", "What share of the bytes between the operators is left when fused?", guess=None)


# %%
class Block(torch.nn.Module):
    def __init__(self, scaled):
        super().__init__()
        self.dense, self.norm, self.scaled = torch.nn.Linear(32, 32), torch.nn.LayerNorm(32), scaled

    def forward(self, x):
        h = self.dense(x)
        h = x + h * 0.5 * (1 + torch.erf(h / 2**0.5))
        h = h - h.mean(-1, keepdim=True)
        h = h / torch.sqrt((h**2).mean(-1, keepdim=True) + 1e-5)
        return h * self.norm.weight + self.norm.bias if self.scaled else h


nets = {name: torch.nn.Sequential(*[Block(name == "usual") for _ in range(3)])
        for name in ("usual", "own")}  # fmt: skip
x = np.random.default_rng([seed, 6]).normal(size=(1_000, 32)).astype(np.float32)
examples = {"usual": x, "own": x, "digits": np.float32(pixels[:1])}
exported = compression.to_onnx_each({**nets, "digits": model.float()}, examples)

# %%
graphs = {(name, level): edge.runtime_graph(exported[name], x, level=level)
          for name in ("usual", "own") for level in ("none", "extended")}  # fmt: skip
for (name, level), graph in graphs.items():
    print(f"{name}, {level}: {graph}")
claim("7.3-3b",
      "Fused, the usual graph passes fewer than half of the bytes from operator to operator",
      graphs["usual", "extended"].bytes_between / graphs["usual", "none"].bytes_between,
      below=0.5, exact=True, reason="the graph and the shapes are the same each time", means={
          "holds": "Fused operators keep what is between them out of memory.",
          "fails": "Little is fused here.", "undecided": "This run cannot tell."})  # fmt: skip
sessions = [compression.open_session(exported["usual"], fuse=fuse) for fuse in (False, True)]
unfused = time_ratio(*(lambda s=s: s.run(None, {"x": x}) for s in sessions), cpu=True,
                     same=lambda x, y: np.allclose(x, y, atol=1e-4))  # fmt: skip

# %% tags=["nbval-ignore-output"]
# volatile: what this processor can do at once, and the ratios that come of it
has = torch.backends.cpu.get_cpu_capability()
print(f"this processor: {has}; Numba's widest vector: {max(map(int, widths), default=1)} floats")
bars = {f"{k} / reordered": v.value for k, v in slower.items()} | {"unfused / fused": unfused.value}
fig, axis = subplots(figsize=(8, 3))
axis.barh(list(bars), [value - 1 for value in bars.values()], left=1, color=PALETTE[0])
axis.axvline(1, color="black", linewidth=1)
axis.set(xscale="log", xlabel="times as long", ylabel="comparison", ylim=(4.6, -0.6),
         title=finding("7.3-3"))  # fmt: skip
axis.xaxis.set_major_formatter("{x:g}")
show(fig, alt="Five bars of durations on a log axis around one. Textbook loops, tiled or not, "
     "take many times as long as reordered, the library less; unfused takes longer.")  # fmt: skip

# %% [markdown]
# The activation was five operators, which went over the same numbers five times; now it is one. The
# same happened to the normalisation.
#
# **When it stops being true.** A fusion is a *pattern* that somebody put into the compiler. In
# `own` the normalisation looks unlike the pattern, so it stays in pieces, though it computes less.
# And fewer bytes save time only where memory is what everybody waits for: compare the last bar with
# the share of the bytes.
#
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
SEARCHES = {"16 at random": {"tries": 16}, "64 at random": {"tries": 64},
            "64, half of them learned": {"tries": 64, "learned": True},
            "13 at random, 5 times each": {"tries": 13, "repeats": 5}}  # fmt: skip
found = {}
for name, search in SEARCHES.items():
    runs = [edge.simulate_tuner(**search, jitter=jitter, rng=[seed, 7, i]) for i in range(300)]
    found[name] = np.array([(run.promised, run.delivered) for run in runs])
    promised, delivered = np.exp(np.log(found[name]).mean(axis=0))
    print(f"{name:<27} promises {promised:.2f}, delivers {delivered:.2f}")
claim("7.3-3c",
      f"From 64 timings with {jitter:.0%} of noise, a tuner promises over 1.05 times what it gives",
      t_interval(np.divide(*found["64 at random"].T), unit="times"), above=1.05, means={
          "holds": "The winner of a noisy race is partly lucky: time it again before you believe.",
          "fails": "With so quiet a clock, the tuner may nearly be believed.",
          "undecided": "This run cannot tell whether the promise is off by so much."})  # fmt: skip

# %% [markdown]
# More tries find faster tiles, and where the clock is noisy they flatter themselves more. A learned
# search finds more for as many tries, and is flattered as well. To time few tiles often makes the
# promise nearly honest, and misses the best. So search broadly, then time the few best again, on
# fresh runs, and report those.

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
rng = np.random.default_rng([seed, 8])
for times in (3, 9, 33):  # tile 64 is the best by a twentieth
    races = [[(t, list(1 + 0.05 * (t != 64) + jitter * rng.exponential(size=times)))
              for t in (16, 32, 64, 128)] for _ in range(200)]  # fmt: skip
    print(f"timed {times:>2} times: {sum(best_tile(race) == 64 for race in races) / 200:.0%} right")

# %% [markdown]
# ## Round 4: in the browser
#
# One place to run is on nearly every device: the browser. A page needs no installation, and it is
# **hardware-agnostic**: the same page works everywhere. Browsers run JavaScript. They also run
# **WebAssembly** (WASM), a compact code for a machine that exists nowhere and resembles all: an IR,
# which each browser compiles for its own chip. Compilers for C++ write it, so a whole runtime fits
# in a page. ONNX Runtime has one.
#
# We run our digit model three ways: natively, in WASM, and in loops in plain JavaScript. The last
# two need Node, the JavaScript of a browser without the browser. A call gets 32 pictures, or one:
# what a visitor of a page would send, and what claim 7.3-4b counts.

# %%
predict("7.3-4", "From JavaScript (0) to native (1), on a log scale: where is WASM?", guess=None)
predict("7.3-4b", "How many calls take as long as it takes to load WASM?", guess=None)

# %% tags=["needs-node"]
UNKNOWN = Estimate(0.5, -np.inf, np.inf, method="not measured")
times = edge.find_node() and edge.time_runtimes(exported["digits"], pixels[test], rows=[1, 32],
                                                min_ms=block_ms)  # fmt: skip
print("Timed in Node." if times else "There is no Node: JavaScript and WASM are not measured.")
download = (edge.runtime_bytes() + len(exported["digits"])) * 8 / (1_000 * mbit_s)  # milliseconds

claim("7.3-4",
      "With 32 pictures a call, on a log scale from plain JavaScript, 0, to native code, 1, "
      "WebAssembly lies between 0.1 and 0.9",
      median_interval(times[32].log_position) if times else UNKNOWN, between=(0.1, 0.9), means={
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

# %% tags=["nbval-ignore-output"]
# volatile: there may be no Node; and what native code uses differs from chip to chip
print(f"native code may use {has}; WebAssembly has vectors of 4 floats everywhere")
if times:
    fig, (left, right) = subplots(1, 2, figsize=(9, 3.4))
    calls, weights = np.geomspace(1, 1e6, 100), len(exported["digits"]) / 1e6
    begun = {"javascript": 8 * weights / mbit_s, "wasm": (download + min(times[1].load)) / 1e3}
    for bar, (name, start) in enumerate(begun.items()):
        ratios = [np.median(np.divide(getattr(t, name), t.native)) for t in times.values()]
        left.bar(np.arange(2) + 0.4 * bar, ratios, 0.4)
        right.plot(calls, start + calls * np.median(getattr(times[1], name)) / 1e3, label=name)
    left.set(yscale="log", ylim=(1, None), ylabel="times as long as native", title="One call",
             xlabel="pictures a call", xticks=[0.2, 1.2], xticklabels=list(times))  # fmt: skip
    right.set(xscale="log", yscale="log", xlabel="calls of one picture", title="With the loading",
              ylabel="seconds since the visit began")  # fmt: skip
    right.legend()
    fig.suptitle(finding("7.3-4b"))
    show(fig, alt="Left, bars: a call in JavaScript takes many times as long as in native code, in "
         "WASM less. Right, time against calls: WASM begins higher and ends lower.")  # fmt: skip

# %% [markdown]
# WASM has vector instructions, of a width that every chip has, and no threads unless the page asks
# for them. Native code uses all that this chip has. Plain JavaScript computes number by number. And
# to cross into WASM costs something at each call. With one small picture a call, that can be most
# of it, and the gain shrinks.
#
# Then the visit as a whole. Megabytes must come over the line and be compiled before the first
# answer. Plain JavaScript has answered before that. WASM pays for a page that stays open,
# such as an editor or a video filter; and a browser keeps what it has fetched for the next visit.
#
# Here is the page for your own browser. It comes from this notebook's kernel, loads nothing from
# anywhere else, and works while the kernel runs. Draw a digit.

# %%
edge.browser_page(exported["digits"], images[::500])

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
for load, a, b in ((1_500_000, 100, 300), (1_500_000, 3_000, 60_000), (1_500_000, 300, 100)):
    print(f"{load} to load, then {a} instead of {b} a call: {breakeven_calls(load, a, b)} calls")

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four round trips and three seeds: `mlsd sweep 7.3 -p
# rtt_ms=5,20,60,200 -p seed=0:3`. The better the network, the weaker the first argument for the
# edge. The others do not change.

# %%
swept = sweep.load("published/7.3-rtt_ms")
show(swept.figure("7.3-1"), alt=swept.alt("7.3-1"))

# %% [markdown]
# So: the cloud is the easy start. The edge is quick for small models, works without a network, and
# keeps data near, which is not the same as private. Compilers make one model fit many chips, and
# what they promise must be measured on yours.

# %% [markdown]
# ## Quiz

# %%
quiz("7.3-q1", choice=None)
quiz("7.3-q2", choice=None)

# %%
quiz("7.3-q3", choice=None)
quiz("7.3-q4", choice=None)

# %%
quiz("7.3-q5", choice=None)
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
