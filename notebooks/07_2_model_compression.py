# %% [markdown]
# # 7.2 Model compression
#
# **Core question.** How much smaller and faster does a model get, and who pays for it?
#
# **Time** 75 minutes · **Builds on** [4.3 Class imbalance](04_3_class_imbalance.ipynb)
#
# You will be able to
#
# - put a model into few bits, after training and during it (claims 7.2-1 to 7.2-2b, exercises
#   7.2-e1, 7.2-e2)
# - teach a small model by a large one, and say what the teacher adds (claim 7.2-3, exercise 7.2-e3)
# - prune and factorise, and tell fewer weights from less time (claims 7.2-4 to 7.2-5, exercises
#   7.2-e4, 7.2-e5)
# - climb down a ladder of such steps and look who was hurt (claims 7.2-6, 7.2-6b, exercise 7.2-e6)

# %% tags=["parameters"]
seed: int = 0  # which digits are learned and tested, first weights [0, 1_000_000]
width: int = 512  # units in each of the teacher's two hidden layers [64, 1024] quick 64
batch: int = 32  # digits that are read in one call [1, 256]
bits: int = 2  # bits of a weight in the claim about training with them in mind [1, 8]
transfer_n: int = 330  # images without a label that a student may ask about [100, 800]
sparsity: float = 0.9  # share of the weights that are pruned [0.3, 0.99]
steps: int = 150  # steps of a short training [20, 1_000] quick 30

# %%
import numpy as np
import torch
from scipy import sparse

from mlsdlib import compression, datasets, smallnets
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, paired_t, t_interval
from mlsdlib.timing import time_ratio

begin("7.2", seed=seed, width=width, batch=batch, bits=bits, transfer_n=transfer_n,
      sparsity=sparsity, steps=steps)  # fmt: skip

# %% [markdown]
# A model is too slow for its users. There are three ways out. **Make inference faster**: the same
# answers in less time. **Make the model smaller**: this section. **Run it on faster hardware.** The
# three meet: a smaller model may be faster, on some hardware. May be. Papers count weights, and
# users wait for answers. We measure both.
#
# An app reads forms, a few handwritten digits at a time. On the server runs a **teacher**: a net
# with two wide hidden layers. It shall go down a ladder until it fits a phone. Each model leaves
# torch as an **ONNX** file: a graph of operators with its weights. ONNX Runtime runs it, on one
# thread. We tell time as a ratio, and count the processor's seconds, so that a busy machine does
# not change the answer.

# %%
images, digits = datasets.load_mnist()
images = (images / np.float32(255)).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
rng = np.random.default_rng([seed, 0])
test, known = np.split(rng.permutation(len(images)), [1_500])


# Nets side by side, one for each block of the data.
def train(x, y, **options):
    return smallnets.train(x, y, **{"classes": 10, "steps": steps, "rate": 0.005} | options)


server = images[known][None], digits[known][None]
teacher = train(*server, hidden=(width, width), steps=5 * steps // 2, rate=0.002, rng=rng)
big = smallnets.module(teacher)


# Which of the test's digits a torch module reads right.
def right(module):
    return smallnets.logits(module, images[test]).argmax(-1) == digits[test]


print(f"the teacher has {sum(w.numel() for w in big.parameters()):,} weights and reads at least "
      f"{np.floor(10 * right(big).mean()) / 10:.1f} of the digits right")  # fmt: skip

# %% [markdown]
# ## Round 1: fewer bits
#
# A weight takes 32 bits. **Quantisation** gives it fewer. The most common way is **fixed point**:
# whole numbers with one **scale**. With 8 bits there are 256 of them. A number x becomes
# `round(x / scale) + zero_point`, and comes back with an error of at most half a scale. The **zero
# point** is the whole number that stands for zero. Without it a range from -0.1 to 6 would waste
# half of the whole numbers on values that do not come up.
#
# ### Exercise 7.2-e1: scale and zero point
#
# `x` is a list of numbers. Return a pair (scale, zero point) for so many bits. With `sym=False`,
# the whole numbers 0 to `2**bits - 1` cover the range of `x`, widened so that it holds 0. The zero
# point is a whole number. With `sym=True`, those from `-(2**(bits - 1) - 1)` to the same number
# above zero cover the largest size, and the zero point is 0. If all numbers are zero, the scale is
# 1.


# %%
# exercise 7.2-e1
def quant_params(x, bits, sym):
    """Return the scale and the zero point that put some numbers into so many bits."""
    return TODO


# %%
exercise("7.2-e1").check(quant_params)

# %% [markdown]
# ### When to round
#
# How few bits will do? It depends on *when* one rounds. **After training** is cheap: take the
# weights as they are. **Quantisation-aware training** rounds during training as well: the net
# computes with rounded weights and learns to live with them. A step function has no slope, so the
# gradient passes it as if it were not there: the **straight-through estimator**. The extreme are
# **binary weights**: one bit, the sign, and a scale.
#
# Eight blocks of digits have two nets each. The nets share nothing between blocks, so the blocks
# are independent repetitions. All nets get equally many steps: those that are rounded afterwards go
# on in full precision meanwhile.

# %%
rng = np.random.default_rng([seed, 1])
x, y = (np.repeat(part, 2, axis=0) for part in
        smallnets.deal(images, digits, nets=8, size=625, rng=rng))  # fmt: skip
learn, exam = (x[:, :300], y[:, :300]), (x[:, 300:], y[:, 300:])
half_way = train(*learn, hidden=64, rng=rng)
full = train(*learn, start=half_way, rng=rng)


# The accuracy in each block: a mean over its two nets.
def score(nets):
    return smallnets.accuracy(nets, *exam).reshape(8, 2).mean(1)


def rounded(bits):
    return lambda layer, w: compression.fake_quantize(w, bits=bits, axis=(0, 2))


after = {b: score(smallnets.viewed(full, rounded(b))) for b in {1, 2, 3, 4, 6, 8, bits}}
during = {b: score(train(*learn, start=half_way, view=rounded(b), rng=rng)) for b in {1, bits}}
predict("7.2-2", f"Accuracy with weights of {bits} bits: during less after training?", guess=None)

# %%
claim("7.2-2", f"With {bits}-bit weights, training with them in mind wins more than 0.05 of "
    "accuracy over rounding afterwards", paired_t(during[bits], after[bits]), above=0.05,
    means={"holds": "With so few bits the net must learn to live with them.",
           "fails": "With so many bits rounding afterwards does as well.",
           "undecided": "This run cannot tell whether training with few bits wins."})  # fmt: skip
for b in sorted(during):
    cost = [paired_t(score(full), arm[b]).value for arm in (after, during)]
    print(f"{b}-bit weights cost {cost[0]:.2f} of accuracy after training, {cost[1]:.2f} during it")

# %% [markdown]
# Eight bits are plenty, four are nearly enough, and then comes a cliff (the figure below). Each
# weight is off by up to half a scale, and one outlier among the weights of a unit stretches the
# scale for all of them. That is why each unit has a scale of its own here. It is also why one bit
# can do better than two: its scale is the mean size, not the largest. In large language models
# single outliers spoil 8 bits, too.
#
# ### Half precision
#
# **Half precision**, fp16, is the other way: still floating point, with 16 bits. It takes half the
# memory of 32. It has 5 bits for the exponent, so its range is small. What lies above it becomes
# infinite, **overflow**; what is too small becomes zero, **underflow**; and just above that,
# numbers are **subnormal** and lose digits. Gradients are small, so in training one multiplies the
# loss by a **loss scale** first and divides it out later.
#
# ### Exercise 7.2-e2: is it safe in half precision?
#
# `x` is a list of finite numbers. Return a dictionary with four entries. `overflow`: how many
# become infinite in half precision. `zero`: how many that are not zero become zero. `subnormal`:
# how many become a number whose size is above 0 and below 2⁻¹⁴. And `scale`: the largest power of
# two, from 2⁻²⁴ to 2²⁴, with which no product `scale * value` exceeds 65,504, the largest number
# in half precision.


# %%
# exercise 7.2-e2
def safe_fp16(x):
    """Return what half precision does to some numbers, and the scale that would help."""
    return TODO


# %%
exercise("7.2-e2").check(safe_fp16)

# %% [markdown]
# ### Bits and time
#
# Now the time. The same architecture with different widths, as float32 and as int8. This is
# **dynamic quantisation**: weights are rounded once, and each layer looks for the range of its
# inputs at each call. The alternative is **static quantisation**: the ranges are calibrated on some
# examples beforehand. Then looking costs nothing, but an input out of these ranges is cut off. The
# ladder in round 4 has both.

# %%
rng = np.random.default_rng([seed, 2])
line = torch.nn.Linear
nets = {w: torch.nn.Sequential(line(196, w), torch.nn.ReLU(), line(w, w), torch.nn.ReLU(),
                               line(w, 10)) for w in sorted({64, 256, width})}  # fmt: skip
inputs = images[rng.choice(test, 256)]
floats = compression.to_onnx_each(nets | {"teacher": big, "half": smallnets.module(teacher).half()},
    dict.fromkeys([*nets, "teacher"], inputs) | {"half": inputs.astype(np.float16)})  # fmt: skip
whole = {name: compression.to_int8(floats[name]) for name in [*nets, "teacher"]}
whole["static"] = compression.to_int8(floats["teacher"], calibration=images[known[:500]])
predict("7.2-1", "How many times faster is the teacher in int8?", guess=None)
predict("7.2-2b", "How many times faster is it in half precision?", guess=None)

# %%
claim("7.2-1", f"In int8 a teacher of width {width} is more than 1.2 times faster, {batch} digits "
    "at a time", compression.faster(floats["teacher"], whole["teacher"], inputs[:batch]), above=1.2,
    means={"holds": "Here int8 makes the teacher faster, not only smaller.",
           "fails": "Here int8 saves bytes and hardly time.",
           "undecided": "This run cannot tell whether int8 saves enough time."})  # fmt: skip
claim("7.2-2b", "In half precision the teacher is more than 1.5 times faster",
    compression.faster(floats["teacher"], floats["half"], inputs[:batch]), above=1.5,
    means={"holds": "This processor computes in half precision, and gains time by it.",
           "fails": "Half the bytes are not half the time on this processor.",
           "undecided": "This run cannot tell whether half precision saves time."})  # fmt: skip
for name, model in {"half precision": floats["half"], "int8": whole["teacher"]}.items():
    print(f"{name}: a file {len(floats['teacher']) / len(model):.1f} times smaller")

# %% tags=["nbval-ignore-output"]
# volatile: which instructions this processor has, and what they make of each size
print("this processor:", *(f"{n} {h:d}," for n, h in compression.cpu_features().items()))
call, fp16 = torch.as_tensor(inputs[:batch]), smallnets.module(teacher).half()
slow = time_ratio(lambda: fp16(call.half()), lambda: big(call), pairs=7, cpu=True).value
print(f"torch itself takes {slow:.1f} times as long in half precision as in 32 bits")
sizes = sorted({1, 8, 128, batch})
fig, axes = subplots(1, 2, figsize=(11, 3.4))
for style, (name, arm) in zip(("o-", "s--"), {"after training": after, "during": during}.items()):
    found = [t_interval(score(full) - arm[b]) for b in sorted(arm)]
    axes[0].errorbar(sorted(arm), [f.value for f in found], [f.high - f.value for f in found],
                     fmt=style, label=f"rounded {name}")  # fmt: skip
axes[0].set(xlabel="bits of a weight", ylabel="accuracy lost", title=finding("7.2-2"))
for w in nets:
    gains = [compression.faster(floats[w], whole[w], inputs[:n], pairs=7).value for n in sizes]
    axes[1].plot([*map(str, sizes)], gains, "o-", label=f"width {w}")
axes[1].axhline(1, color="black", linewidth=1)
axes[1].set(xlabel="digits in a call", ylabel="times faster in int8", title=finding("7.2-1"))
for axis in axes:
    axis.legend()
show(fig, alt="Left: accuracy lost against bits, a cliff below four bits, not if rounded during "
     "training. Right: speed of int8 over float, low for narrow nets and few rows.")  # fmt: skip

# %% [markdown]
# A processor adds four products of bytes in one step if it has **VNNI** (`avx512_vnni`, `avx_vnni`,
# or `neon_dot` on ARM). Without it int8 gains less, and on old ones nothing; then the verdict above
# says so. Small layers gain nothing anywhere: finding the range of the inputs costs more than the
# products.
#
# Without VNNI there is a danger, too. Two products are added in 16 bits, and a sum that does not
# fit is cut off. So one file answers rightly on one machine and wrongly on another, and nothing
# fails. `to_int8` uses only 7 of the 8 bits of a weight (`reduce_range`): then every sum fits. Test
# a model where it will run, for its answers, too.
#
# Half precision is the trap. Few CPUs compute in fp16. On the others ONNX Runtime turns every
# weight back into 32 bits as it loads the model. The file is half as large; memory and time are
# not. torch does as it is told: without the instruction it converts number by number, and can be
# several times slower than in 32 bits. The line above the figure tells what it does here. GPUs are
# another matter.
#
# **When it stops being true.** Time a model where it will run. A verdict about int8 from a laptop
# says little about a phone.

# %% [markdown]
# ## Round 2: a teacher and its student
#
# **Knowledge distillation** trains a small **student** to answer as a large teacher does.
# DistilBERT is the best known: by its authors 40 % smaller than BERT, with 97 % of its score.
# <!-- given: Sanh et al. 2019 --> Teacher and student need not be of one kind, a forest can teach a
# net. But somebody must have a good teacher.
#
# The student learns from all of the teacher's probabilities. That a 7 looks a little like a 1, and
# not at all like an 8, is news that the label does not tell. To make it louder, both distributions
# are softened: logits are divided by a **temperature** T. That shrinks the gradients by about T²,
# so the loss is multiplied by T².
#
# ### Exercise 7.2-e3: the loss, and where it pulls
#
# `s` and `t` are lists of logits of student and teacher for one example. Soften both by T and
# return a pair: the Kullback–Leibler divergence of the student from the teacher times T², and its
# gradient, a list with a number for each logit of the student. Logits may be large.


# %%
# exercise 7.2-e3
def kd_loss(s, t, T):
    """Return the loss of distillation for one example, and its gradient."""
    return TODO


# %%
exercise("7.2-e3").check(kd_loss)

# %% [markdown]
# What does a student gain? Each one has 100 labelled digits of its own, and some images without a
# label. It may ask the teacher, which has learned from all of them with labels. But if those images
# *had* labels, would the student need a teacher?

# %%
rng = np.random.default_rng([seed, 3])
said = np.column_stack([digits, smallnets.logits(teacher, images[None])[0]])
mine = smallnets.deal(images[known], digits[known], said[known], size=100 + transfer_n,
                      nets=len(known) // (100 + transfer_n), rng=rng)  # fmt: skip
x, y, answers = (np.repeat(part, 2, axis=0) for part in mine)
everyone = np.repeat(images[test][None], len(x), axis=0)


def distil(T, alpha):
    return lambda s, y: compression.distillation_loss(s, y[..., 1:], y[..., 0], T=T, alpha=alpha)


# Students of 32 units: their accuracy in each block, and their agreement with the teacher.
def study(rows, labels, loss=None):
    nets = train(x[:, :rows], labels[:, :rows], hidden=32, rate=0.01, steps=2 * steps, loss=loss,
                 rng=rng)  # fmt: skip
    read = smallnets.logits(nets, everyone).argmax(-1)
    agree = (read == said[test, 1:].argmax(-1)).mean()
    return (read == digits[test]).mean(1).reshape(-1, 2).mean(1), agree


taught = {"100 labels": study(100, y), "labels of all images": study(None, y),
          "teacher, 100 images": study(100, answers, distil(4, 1)),
          "teacher, all images": study(None, answers, distil(4, 1))}  # fmt: skip
predict("7.2-3", "What share of distillation's gain would labels alone bring?", guess=None)

# %%
few, labels, same, told = (found for found, _ in taught.values())
claim("7.2-3", f"Labels of the {transfer_n} other images would bring, without a teacher, more than "
    "half of what it gains", t_interval((labels - few) / (told - few)), above=0.5,
    means={"holds": "Most of the gain is more data: the teacher stands in for people who label.",
           "fails": "Most of the gain is the teacher's: labels would not bring half of it.",
           "undecided": "This run cannot tell whether labels would bring half of it."})  # fmt: skip
fig, axis = subplots(figsize=(6.4, 2.8))
for row, (name, (found, agree)) in enumerate(taught.items()):
    print(f"{name:<20} {found.mean():.2f} right, in {agree:.2f} of the cases as the teacher")
    mean = t_interval(found)
    axis.errorbar(mean.value, row, xerr=mean.value - mean.low, color=PALETTE[row], fmt="o")
axis.axvline(right(big).mean(), color="black", linestyle=":")
axis.set_yticks(range(len(taught)), taught)
axis.set(xlim=(0.6, 1), xlabel="accuracy of the student (dotted: the teacher)",
         ylabel="it learns from")  # fmt: skip
fig.suptitle(finding("7.2-3"))
show(fig, alt="Dots for the student's accuracy: lowest with few labels, higher with the teacher's "
     "answers on them, highest with the teacher's answers on all images.")  # fmt: skip

# %% [markdown]
# Both ways count. On the same images, soft answers teach more than labels: they hold what the
# teacher learned from images that the student never sees. And each further image helps, whoever
# says what it is. So to judge distillation, compare with a student that gets *the same images with
# labels*. Papers often compare with one that has seen less.
#
# Look at the agreement, too. It is hardly higher than the accuracy: where the student errs, it does
# not err as its teacher would. It learned the task, not the teacher.
#
# **When it stops being true.** With few images a teacher is worth most. Where labels are many,
# soft answers add little to them.

# %% [markdown]
# ## Round 3: fewer weights
#
# **Pruning** removes what matters least. Most often that is the weights closest to zero: they are
# set to zero, and the net is **sparse**. After that it is trained further, **fine-tuned**, with the
# zeros held. Or whole units are removed, **structured** pruning.
#
# ### Exercise 7.2-e4: a mask
#
# `W` is a list of layers, each a list of weights. Return a list of lists with 1 for each weight
# that stays and 0 for each that goes. With `per_layer=False` all weights are ranked together, and
# `round(s * n)` of all n go; else so many of each layer. Those with the smallest size go. Of equal
# ones, those that stand first.


# %%
# exercise 7.2-e4
def magnitude_mask(W, s, per_layer):
    """Return which weights stay if the share s is pruned."""
    return TODO


# %%
exercise("7.2-e4").check(magnitude_mask)

# %% [markdown]
# How many weights can go? We take the next rung of our ladder: a student with one hidden layer,
# taught by the teacher. It is pruned at once; and in three stages, fine-tuned after each. To be
# fair, the full student goes on learning for as long. One training is luck, so we average four
# students that differ in their first weights. The interval covers other digits in the test, not
# other digits to learn from; other seeds show that.

# %%
rng = np.random.default_rng([seed, 4])
server = images[known][None], said[known][None]
four = [np.repeat(part, 4, axis=0) for part in server]
pupil = {"loss": distil(4, 0.9), "rng": rng}
young = train(*four, hidden=width // 2, **pupil | {"steps": 2 * steps})


# Training goes on in stages; in each, so large a share of the weights is held at zero.
def stages(nets, *shares):
    for share in shares:
        nets = train(*four, start=nets, view=smallnets.masked(nets, share), **pupil)
    return nets


grown = stages(young, 0, 0, 0)
tuned = stages(young, 0.6 * sparsity, 0.85 * sparsity, sparsity)
at_once = smallnets.viewed(grown, smallnets.masked(grown, sparsity))


# The share of the four students that reads each of the test's digits right.
def by_four(nets):
    return (smallnets.logits(nets, everyone[:4]).argmax(-1) == digits[test]).mean(axis=0)


# The accuracy after some step as a share of that before.
def kept(after, before):
    return bootstrap(after.astype(float), before.astype(float), paired=True, rng=rng,
                     statistic=lambda a, b, axis: a.mean(axis) / b.mean(axis))  # fmt: skip


predict("7.2-4", f"What share of its accuracy does it keep, {sparsity:.0%} pruned?", guess=None)

# %%
claim("7.2-4", f"With {sparsity:.0%} of its weights at zero and fine-tuned, the student keeps more "
    "than 97 % of its accuracy", kept(by_four(tuned), by_four(grown)), above=0.97,
    means={"holds": "Most of the weights can go, if the rest may adapt.",
           "fails": "So many weights cannot go, even if the rest may adapt.",
           "undecided": "This run cannot tell whether it keeps so much."})  # fmt: skip

# %% [markdown]
# The loss is small, and not far from what we allow. About one run in ten with a single student
# could not tell. Hence four.
#
# Is a sparse net faster? A dense kernel multiplies zeros as it multiplies anything. To skip them
# costs something, too: a **sparse format**, such as CSR, stores beside each weight where it stands.
#
# ### Low rank
#
# **Low-rank factorisation** replaces a matrix of m × n weights by two thin ones, m × r and r × n.
# The singular value decomposition finds the best pair for a **rank** r: r (m + n) weights.
# LoRA adapts large language models by such pairs, so the method is not only for images.
#
# In **convolutional** nets, its relative is the **depthwise separable** layer of MobileNets. A 3
# by 3 convolution mixes neighbours and channels at once. The separable one first mixes neighbours
# in each channel alone, then channels at each point, by a convolution of 1 by 1. Other **compact
# filters** put 1 by 1 in the place of 3 by 3, with a ninth of the weights, as in SqueezeNet. That
# is not a factorisation of a trained layer, though it is often listed as one. It is another
# architecture.
#
# Below we time all of them: the teacher with nearly all weights at zero; its middle layer in thin
# factors; convolutions of both kinds, for one picture. And we make the next rung of our ladder: the
# student without half of its units.
#
# ### Exercise 7.2-e5: which rank pays?
#
# A matrix of m × n weights shall become two factors with at least `ratio` times fewer weights in
# all. Return the largest rank that does it: at least 1, even if that is too much, and at most the
# smaller of m and n.


# %%
# exercise 7.2-e5
def rank_budget(m, n, ratio):
    """Return the largest rank whose two factors have at least ratio times fewer weights."""
    return TODO


# %%
exercise("7.2-e5").check(rank_budget)

# %%
rank_budget = exercise("7.2-e5").use(rank_budget)
middle = big[3]
ranks = sorted({rank_budget(width, width, ratio) for ratio in (64, 16, 4, 2, 1, 2 / 3)})
thin = {r: compression.low_rank(middle, r) for r in ranks}
empty = smallnets.module(smallnets.viewed(teacher, smallnets.masked(teacher, 0.99)))
plain = {c: torch.nn.Conv2d(c, c, 3, padding=1, bias=False) for c in (8, 16, 32, 64, 128)}
student = smallnets.module(grown)  # the first of the four
half = compression.remove_units(student, width // 4)
cut = smallnets.module(train(*server, start=[half], **pupil | {"steps": 2 * steps}))
# %%
modules = {"student": student, "pruned": cut, "empty": empty, "middle": middle, **thin}
hidden = rng.random((batch, width), np.float32)
shapes = dict.fromkeys(modules, inputs) | dict.fromkeys(["middle", *thin], hidden)
for c, layer in plain.items():
    modules |= {("plain", c): layer, ("separable", c): compression.depthwise_separable(layer)}
    shapes |= dict.fromkeys([("plain", c), ("separable", c)], np.zeros((1, c, 14, 14), np.float32))
files = compression.to_onnx_each(modules, shapes)
saved = {r: compression.faster(files["middle"], files[r], hidden).value for r in ranks}
light = {c: compression.faster(files["plain", c], files["separable", c], shapes["plain", c])
         for c in plain}  # fmt: skip
predict("7.2-4b", "How many times faster is the teacher with 99 % of its weights at 0?", guess=None)
predict("7.2-5", "And a convolution with 5.8 times fewer weights?", guess=None)

# %% tags=["nbval-ignore-output"]
# volatile: the last digits of the arithmetic differ from chip to chip, and with them these
print(f"four students {by_four(grown).mean():.2f}; their weights pruned at once "
      f"{by_four(at_once).mean():.2f}, and fine-tuned {by_four(tuned).mean():.2f}")  # fmt: skip
print(f"one student {right(student).mean():.2f}; without half of its units "
      f"{right(half).mean():.2f}, and fine-tuned {right(cut).mean():.2f}")  # fmt: skip
for r, layers in thin.items():
    found = right(torch.nn.Sequential(*big[:3], layers, *big[4:])).mean()
    print(f"the teacher, rank {r:>3} of {width} in the middle: {found:.2f}")

# %%
claim("7.2-4b", "With 99 % of its weights at zero the teacher is more than 1.5 times faster",
    compression.faster(floats["teacher"], files["empty"], inputs[:batch]), above=1.5,
    means={"holds": "This runtime skips zeros.",
           "fails": "Zeros in a dense matrix are multiplied like any other number.",
           "undecided": "This run cannot tell whether zeros save time."})  # fmt: skip
claim("7.2-5", "A separable convolution of 16 channels, with 5.8 times fewer weights, is more than "
    "4 times faster", light[16], above=4.0,
    means={"holds": "Here time follows the number of weights.",
           "fails": "Time does not follow the number of weights.",
           "undecided": "This run cannot tell whether time follows the weights."})  # fmt: skip

# %%
matrix, columns = middle.weight.detach().numpy(), np.ascontiguousarray(hidden.T)
shares, kinds = (0.5, 0.8, 0.9, 0.95, 0.99), {"zeros in place": [], "CSR": [], "rows removed": []}
for share in shares:
    zeros = matrix * compression.magnitude_mask(matrix, share)
    others = zeros, sparse.csr_matrix(zeros), matrix[: round((1 - share) * width)]
    for found, other in zip(kinds.values(), others):
        found.append(time_ratio(lambda: matrix @ columns, lambda other=other: other @ columns,
                                pairs=7, min_seconds=0.003, cpu=True).value)  # fmt: skip
fig, axes = subplots(1, 3, figsize=(12, 3.4))
for name, found in kinds.items():
    axes[0].plot([f"{share:.0%}" for share in shares], found, "o-", label=name)
axes[0].set(yscale="log", xlabel="zeros", ylabel="times faster", title="Zeros")
axes[1].plot(ranks, [width / (2 * r) for r in ranks], "s--", label="fewer weights")
axes[1].plot(ranks, list(saved.values()), "o-", label="faster")
axes[1].set(yscale="log", xlabel=f"rank, of {width}", ylabel="times", title="Low rank")
axes[2].plot([*plain], [9 * c / (9 + c) for c in plain], "s--", label="fewer weights")
axes[2].plot([*plain], [light[c].value for c in plain], "o-", label="faster")
axes[2].set(xlabel="channels", ylabel="times", title="Separable convolution")
for axis in axes:
    axis.axhline(1, color="black", linewidth=1)
    axis.legend(fontsize=8)
fig.suptitle(f"{finding('7.2-4b')} {finding('7.2-5')}")
show(fig, alt="Left: zeros in place stay at one, CSR passes one only when nearly all are zero, "
     "removed rows win at once. Middle: thin factors win up to half the width. Right: time saved "
     "by separable convolutions is less than the weights saved.")  # fmt: skip

# %% [markdown]
# Products with few channels are over so soon that the rest shows: starting the operator, moving
# data through memory. A depthwise layer does little arithmetic for each number that it fetches. So
# neither weights nor **FLOPs**, the number of operations, tell the time. Removing rows or units
# always pays, since it leaves a smaller dense matrix. And a rank pays in weights only below
# m n / (m + n), which is half the width for a square; the time agrees.
#
# The middle layer of our teacher needs few of its ranks. That is cheap to find out: a singular
# value decomposition and one test.
#
# **When it stops being true.** CSR wins where nearly all weights are zero. Some GPUs skip zeros in
# a fixed pattern, two of each four. And on a GPU, which has more arithmetic to spare than memory, a
# depthwise layer gains less still.
#
# ## Round 4: down the ladder
#
# Roblox put a BERT on CPUs, for more than a billion requests a day, in three steps. A distilled
# model. Then **dynamic shapes**: no more filling up each text to the longest. Then int8, which
# brought most: by their account seven times less latency and eight times the throughput.
# <!-- given: Roblox 2020 -->
#
# Here is our own ladder. Teacher, student, pruned student, that in int8, and last the **fused**
# graph: until then the runtime runs the operators one by one as they stand; now it may merge them.
# Beside the ladder stands the teacher itself in int8, dynamic and static, both fused. Dynamic
# shapes have their own line: our files take any number of rows, so we can fill up forms or not.

# %%
rng = np.random.default_rng([seed, 5])
rungs = {"teacher": floats["teacher"], "student": files["student"], "pruned": files["pruned"],
         "int8": compression.to_int8(files["pruned"])}  # fmt: skip
rungs |= {"fused": rungs["int8"], "teacher, int8": whole["teacher"], "static": whole["static"]}
ladder = compression.benchmark(rungs, images[test], digits[test], batch=batch, unfused=[*rungs][:4])
predict("7.2-6", "What share of the teacher's accuracy does the last rung keep?", guess=None)

# %%
last, first = (ladder[name].right for name in ("fused", "teacher"))
claim("7.2-6", "The last rung keeps more than 97 % of the teacher's accuracy", kept(last, first),
    above=0.97,
    means={"holds": "On average, hardly anything was lost on the way down.",
           "fails": "The ladder went down too far.",
           "undecided": "This run cannot tell whether the last rung keeps so much."})  # fmt: skip

# %% tags=["nbval-ignore-output"]
# volatile: times of this machine at this hour
print(compression.table(ladder))


# How many times faster forms of any size are as they come, not filled up.
def unfilled(model, sizes):
    run = compression.open_session(model).run
    return time_ratio(lambda: [run(None, {"x": images[test[:batch]]}) for _ in sizes],
                      lambda: [run(None, {"x": images[test[:n]]}) for n in sizes],
                      pairs=7, cpu=True).value  # fmt: skip


for name in ("teacher", "fused"):
    gain = unfilled(rungs[name], rng.integers(1, batch + 1, 100))
    print(f"{name}: {gain:.1f} times faster with dynamic shapes, forms of 1 to {batch} digits")
fig, axes = subplots(1, 4, figsize=(12, 3.4), sharey=True)
compression.draw(ladder, axes)
fig.suptitle(finding("7.2-6"))
show(fig, alt="For each model: the size of its file, its latency, accuracy, that of its worst "
     "digit, and calibration error. Size and latency fall, accuracy hardly.")  # fmt: skip

# %% [markdown]
# Latency is told in the teacher's median, **p50**; one call in twenty takes longer than **p95**. We
# count the processor's seconds. On a busy machine users also wait for their turn, and p95 on the
# clock tells more about the machine than about the model.
#
# Each step has its own gain. The student is a smaller net, so it saves both bytes and time; so does
# pruning units. In int8 a small net saves bytes, but seldom time while its graph runs as it stands:
# there are more operators, and each is soon over. Fusing them wins some of it back. Forms as they
# come have about half of the rows. The time saved is less, the more so on a lower rung: a call has
# a price of its own, and rows are cheaper in large calls. Not always: where a runtime changes its
# method, or rows leave the cache, a larger call can cost *more* for each row. Section 7.1 looks for
# the best size.
#
# What did int8 bring Roblox, then? Their layers were wide, like our teacher's and more so. The last
# two rows tell what it does there, where the processor can. So the order of the gains is no law:
# it depends on what is large, and on what was done before.
#
# The **ECE**, how far confidence is from accuracy, may change on the way as well. Who uses the
# probabilities must calibrate the last rung, not the first.
#
# ### Who pays?
#
# The mean hides it. We make some digits **rare**: in each of 25 training sets, two digits have a
# tenth of the images of the others. Each digit has its turn. The test is balanced, so that we see
# the rare ones. Nets are then pruned, distilled or put into int8 as before. The intervals are over
# five blocks of digits that share no image.

# %%
rng = np.random.default_rng([seed, 6])
pool = np.stack([rng.permutation(np.flatnonzero(digits == c)).reshape(5, 100)
                 for c in range(10)], axis=1)  # fmt: skip
drawn = np.array([np.concatenate([block[c, : 5 if c // 2 == turn else 50] for c in range(10)])
                  for block in pool for turn in range(5)])  # fmt: skip
asked = np.repeat(pool[:, :, 50:].reshape(5, -1), 5, axis=0)
x, y = images[drawn], digits[drawn]


# The share of rare and of common digits that is read right, in each block.
def recall(nets):
    read = smallnets.logits(nets, images[asked]).argmax(-1) == digits[asked]
    by_pair = read.reshape(5, 5, 5, -1).mean(-1)
    rare = by_pair[:, range(5), range(5)].sum(1)
    return rare / 5, (by_pair.sum((1, 2)) - rare) / 20


half_way = train(x, y, hidden=64, rng=rng)
dense = train(x, y, start=half_way, rng=rng)
small = {
    "int8": smallnets.viewed(dense, rounded(8)),
    f"{sparsity:.0%} pruned": train(x, y, start=half_way, rng=rng,
                                   view=smallnets.masked(half_way, sparsity)),
    "student of 16": train(x, np.dstack([y, smallnets.logits(dense, x)]), hidden=16,
                           steps=2 * steps, loss=distil(4, 1), rng=rng)}  # fmt: skip
lost = {name: np.subtract(recall(dense), recall(nets)) for name, nets in small.items()}
predict("7.2-6b", "By how much more do rare digits lose by pruning than common ones?", guess=None)

# %%
rare, common = lost[f"{sparsity:.0%} pruned"]
claim("7.2-6b", f"If {sparsity:.0%} is pruned, rare digits lose more than 0.05 of recall more than "
    "common ones", paired_t(rare, common), above=0.05,
    means={"holds": "Rare classes pay for what the mean calls cheap.",
           "fails": "Rare classes lose about as much as common ones.",
           "undecided": "This run cannot tell whether rare classes lose more."})  # fmt: skip
fig, axis = subplots(figsize=(6.4, 3))
for number, kind in enumerate(("rare digits", "common digits")):
    found = [t_interval(arm[number]) for arm in lost.values()]
    axis.bar(np.arange(len(found)) + 0.4 * number, [f.value for f in found], 0.4, label=kind,
             yerr=[f.value - f.low for f in found], color=PALETTE[number])  # fmt: skip
    print(kind, *(f"{name} {f.value:z.2f}" for name, f in zip(lost, found)), sep="; ")
axis.set_xticks(np.arange(len(lost)) + 0.2, lost)
axis.set(xlabel="what was done", ylabel="recall lost", title=finding("7.2-6b"))
axis.legend()
show(fig, alt="Bars of recall lost by rare and by common digits. Int8 costs neither anything; "
     "pruning and distillation cost the rare ones far more.")  # fmt: skip

# %% [markdown]
# Hooker and others (2020) found the same for large nets. The loss function does not mind: rare
# classes hardly count in it. So a net that has room for less gives up first what they need.
# Rounding to 8 bits changes all weights a little, leaves as much room, and no class pays.
#
# So compare by slices, and with intervals: the smaller a slice, the wilder its change by chance.
#
# **When it stops being true.** Let rare classes count for more, in the loss or among the images,
# and the net has a reason to keep them. Nobody does so who has looked at the mean only.
#
# ### Exercise 7.2-e6: the worst drop
#
# `a` and `b` say with 1 and 0 which answers were right before and after, `g` to which group each
# belongs. In each group with at least two rows, take the differences d = a - b, their mean, and the
# interval mean ± 1.96 · sd / √n, where sd divides by n - 1. Return the group whose interval has the
# highest lower end, as a list [group, mean, low, high]. Of equal ones the first in sorted order;
# `None` if no group has two rows.


# %%
# exercise 7.2-e6
def worst_drop(a, b, g):
    """Return the group that surely lost most, with its loss and interval."""
    return TODO


# %%
exercise("7.2-e6").check(worst_drop)

# %% tags=["nbval-ignore-output"]
# volatile: the last digits of the arithmetic can decide an answer, and so which digit lost most
worst_drop = exercise("7.2-e6").use(worst_drop)
group, drop, low, high = worst_drop(*(part.astype(int).tolist() for part in (first, last)),
                                    digits[test].tolist())  # fmt: skip
print(f"from the first rung to the last, digit {group} lost {drop:.2f} [{low:.2f}, {high:.2f}]")

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with three sparsities and two seeds: `mlsd sweep 7.2 -p
# sparsity=0.5,0.9,0.98 -p seed=0:2`. Look at where pruning becomes dear for all, and where it
# is dear already for the rare.

# %%
swept = sweep.load("published/7.2-sparsity")
print(*map(swept.finding, ["7.2-4", "7.2-6b"]), sep="\n")
show(swept.figure("7.2-6b"), alt=swept.alt("7.2-6b"))

# %% [markdown]
# So: first ask what is too large, the file or the time. Then take the cheapest step that helps, and
# measure size, latency, accuracy, calibration and the worst slice after each, on the machine that
# will serve. A smaller file is certain. All else must be looked at.
#
# ## Quiz

# %%
quiz("7.2-q1", choice=None)
quiz("7.2-q2", choice=None)

# %%
quiz("7.2-q3", choice=None)
quiz("7.2-q4", choice=None)

# %%
quiz("7.2-q5", choice=None)
quiz("7.2-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Hinton and others (2015), *Distilling the knowledge in a neural network*; Stanton and
# others (2021), *Does knowledge distillation really work?*; Han and others (2015), *Learning both
# weights and connections for efficient neural networks*; Blalock and others (2020), *What is the
# state of neural network pruning?*; Jacob and others (2018), *Quantization and training of neural
# networks for efficient integer-arithmetic-only inference*; Dettmers and others (2022),
# *LLM.int8()*; Hu and others (2021), *LoRA*; Hooker and others (2020), *Characterising bias in
# compressed models*.
#
# **Next.** 7.3, the cloud, the edge and compilers.
