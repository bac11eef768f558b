# %% [markdown]
# # 4.4 Data augmentation
#
# **Core question.** When do changed copies of your data teach a model anything new?
#
# **Time** 60 minutes · **Builds on** [4.3 Class imbalance](04_3_class_imbalance.ipynb)
#
# You will be able to
#
# - choose changes that keep the label, and say how many examples they are worth (claims 4.4-1,
#   4.4-1b, exercise 4.4-e1)
# - replace words without changing what is said (claims 4.4-2, 4.4-2b, exercise 4.4-e2)
# - attack a model and train it to resist (claim 4.4-3, exercise 4.4-e3), and hide words as BERT
#   does (claim 4.4-4, exercise 4.4-e4)
# - make data from templates and mixtures, and test what they are worth (claims 4.4-4b to 4.4-5b,
#   exercise 4.4-e5)

# %% tags=["parameters"]
seed: int = 0  # which images, texts and fills are drawn [0, 1_000_000]
n_train: int = 100  # images that a small net learns from [25, 200]
eps: float = 0.1  # how far an attack may move a pixel, of a range of 1 [0.02, 0.3]
alpha: float = 0.4  # strength of mixup [0.05, 4.0]
mask_p: float = 0.15  # share of the tokens that is selected for masking [0.05, 0.5]
steps: int = 300  # steps of training [30, 2_000] quick 40
sets: int = 40  # disjoint sets of headlines [8, 40] quick 8

# %%
import gzip
import json

import numpy as np
import torch
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from mlsdlib import augmentation, datasets, evaluation, smallnets
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, paired_t, wilson

begin("4.4", seed=seed, n_train=n_train, eps=eps, alpha=alpha, mask_p=mask_p, steps=steps,
      sets=sets)  # fmt: skip

# %% [markdown]
# **Data augmentation** makes new training examples from those you have. It began where data are
# few, as with medical images, where a label costs an hour of a radiologist. It is used with large
# data, too, since it can make a model **robust**: able to stand noise and attacks. There are three
# kinds:
#
# | Kind | Pictures | Text |
# |---|---|---|
# | **Label-preserving transformation** | crop, flip, rotate, invert, erase | synonyms |
# | **Perturbation** | noise, adversarial examples | hidden or random words, as in BERT |
# | **Data synthesis** | mixup, networks that generate | templates |
#
# It costs one line of code and no labels. So it is easy to believe too much of it.
#
# ## Round 1: the same digit, moved
#
# A picture of a dog that is turned a little is a picture of a dog. The label stays, so one may
# **crop** it (cut out a part), **flip** it (left for right), **rotate** it, **invert** it (dark for
# light) or **erase** a piece. Such changes are said to "double or triple the data". Do they? We
# train small nets on images of handwritten digits, and compare images *with changed copies* to
# *more images*.
#
# The images are dealt out into blocks. Each block has a net of its own: some images to learn from,
# others to test. No two nets share an image, so their results are independent. The interval covers
# both: other images to learn from, and others to test on.

# %%
blocks = 1_000 // n_train
pictures, digits = smallnets.deal(*datasets.load_mnist(), nets=blocks, size=5 * n_train,
                                  rng=[seed, 1])  # fmt: skip
pictures = pictures / np.float32(255)
few, rest = slice(n_train), slice(3 * n_train, None)  # rest: the test


# The images at half their resolution.
def small(images):
    return images.reshape(*images.shape[:-2], 14, 2, 14, 2).mean(axis=(-3, -1))


# A net with one hidden layer for each block, all trained at once.
def train(x, y, rng, change=None, steps=steps):
    return smallnets.train(x, y, classes=10, steps=steps, change=change, rng=rng)


# %% [markdown]
# First the **learning curve**: the accuracy with once, twice and three times as many images. Then
# the first images alone with copies of each, moved by up to one pixel each way. To move an image,
# one lays a frame around it and crops at random.

# %%
rng = np.random.default_rng([seed, 2])
images = small(pictures)
test = images[:, rest], digits[:, rest]
learn = {k: (images[:, : k * n_train], digits[:, : k * n_train]) for k in (1, 2, 3)}
curve = {k: smallnets.accuracy(train(*some, rng), *test) for k, some in learn.items()}


# Nets that learn from few images, and from a changed copy of each by each change.
def with_copies(*changes):
    before = pictures[:, few].reshape(-1, 28, 28)
    rows = np.stack([before, *(change(before) for change in changes)], axis=1)
    rows = small(rows.astype(np.float32)).reshape(blocks, -1, 14, 14)
    return train(rows, np.repeat(digits[:, few], 1 + len(changes), axis=1), rng)


move = lambda x: augmentation.crop(x, 28, pad=1, rng=rng)  # noqa: E731
moved = {k: with_copies(*[move] * k) for k in (2, 4)}
predict("4.4-1", "Accuracy of images and four copies, less that of twice the images?", guess=None)

# %%
claim("4.4-1", f"{n_train} images and 4 moved copies of each teach more than {2 * n_train} images",
    paired_t(smallnets.accuracy(moved[4], *test), curve[2]), above=0.0,
    means={"holds": "Five times the rows do the work of more than twice the images.",
           "fails": "Five times the rows do not even do the work of twice the images.",
           "undecided": "This run cannot tell which of the two teaches more."})  # fmt: skip

# %% [markdown]
# ### Exercise 4.4-e1: how many images is that worth?
#
# `curve` is a list of pairs (n, accuracy) in order of n: a learning curve. Return the **effective
# n** of `accuracy`: how many examples the curve needs to reach it. Between two points go in a
# straight line along the *logarithm* of n. Where the curve falls, the highest accuracy so far
# counts. If several n reach it, return the smallest. Below the first point, or above every point,
# return `None`.


# %%
# exercise 4.4-e1
def effective_n(curve, accuracy):
    """Return how many examples reach an accuracy by a learning curve, None if it does not say."""
    return TODO


# %%
exercise("4.4-e1").check(effective_n)

# %%
effective_n = exercise("4.4-e1").use(effective_n)
learned = [(k * n_train, float(reached.mean())) for k, reached in curve.items()]
turns = [lambda x, angle=angle: augmentation.rotate(x, angle) for angle in (-12, 12)]
arms = {"crop": moved[4], "small turns": with_copies(*turns)}
fig, axis = subplots(figsize=(6.4, 3.4))
axis.plot(*zip(*learned), color=PALETTE[0], marker="o", label="new images")
shown = {"2 crops": (moved[2], 3), "4 crops": (moved[4], 5), "2 turns": (arms["small turns"], 3)}
for number, (name, (nets, rows)) in enumerate(shown.items(), 1):
    reached = float(smallnets.accuracy(nets, *test).mean())
    worth = effective_n(learned, reached)
    said = f"{worth:.0f} images" if worth else "fewer than that, or more than the curve shows"
    print(f"{n_train} images and {name} of each, {rows * n_train} rows, are worth {said}")
    axis.plot([worth or rows * n_train, rows * n_train], [reached] * 2, ":o", color=PALETTE[number],
              label=f"images and {name} of each")  # fmt: skip
ticks = n_train * np.array([1, 2, 3, 5])
axis.set(xscale="log", xticks=ticks, xticklabels=ticks, xlabel="rows to learn from",
         ylabel="accuracy", title=finding("4.4-1"))  # fmt: skip
axis.minorticks_off()
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="A curve that rises with new images; rows with copies lie far to the right of it.")

# %% [markdown]
# A moved 7 shows that 7s may stand elsewhere, a turned one that they may lean. Neither shows how
# *other people* write a 7, and that is what the net lacks. Copies of one image are not independent
# data, however many you make. So "double or triple" is true of the rows; what they teach is another
# count. A copy teaches one thing, the **invariance** that you built into it: an answer that stays
# the same under that change.
#
# So choose the change by what will vary in use. Do digits stand aside there? Do they lean? And ask
# of each change whether it keeps the label.

# %%
changes = {"erase": [lambda x: augmentation.erase(x, 8, rng=rng)] * 2,
           "invert": [augmentation.invert], "flip": [augmentation.flip],
           "half turn": [lambda x: augmentation.rotate(x, 180)]}  # fmt: skip
arms |= {"nothing": train(images[:, few], digits[:, few], rng)}
arms |= {name: with_copies(*functions) for name, functions in changes.items()}
aside = augmentation.shift(test[0].reshape(-1, 14, 14), 0, 1).reshape(test[0].shape)
predict("4.4-1b", "How much accuracy does a copy upside down of each digit cost?", guess=None)

# %%
clean = {name: smallnets.accuracy(nets, *test) for name, nets in arms.items()}
claim("4.4-1b", "A copy of each digit upside down lowers the accuracy by more than 0.01",
    paired_t(curve[1], clean["half turn"]), above=0.01,
    means={"holds": "A change that does not keep the label is a wrong label, made by the hundred.",
           "fails": "Digits upside down do little harm here.",
           "undecided": "This run cannot tell whether digits upside down do harm."})  # fmt: skip
made = {"original": [lambda x: x], "crop": [move], "turn": turns} | changes
two, six = (pictures[0][digits[0] == digit][:1] for digit in (2, 6))
wall = np.hstack([np.vstack([change[0](x)[0] for x in (two, six)]) for change in made.values()])
fig, axis = subplots(figsize=(7.4, 2.7))
axis.imshow(wall, cmap="gray_r", zorder=3)
axis.set(xticks=14 + 28 * np.arange(len(made)), xticklabels=made, yticks=[14, 42], xlabel="change",
         yticklabels=["2", "6"], ylabel="label that is kept", title=finding("4.4-1b"))  # fmt: skip
show(fig, alt="A 2 and a 6 under each change. Turned by half a turn, the 6 looks like a 9.")
for name, nets in arms.items():
    moved_too = smallnets.accuracy(nets, aside, test[1]).mean()
    print(f"{name:<12} accuracy {clean[name].mean():.2f}, to the right {moved_too:.2f}")
print(f"mirrored copies cost {paired_t(curve[1], clean['flip'])}")
read = {name: smallnets.logits(nets, test[0]).argmax(-1) for name, nets in arms.items()}
for name, true, wrong in (("flip", 2, 5), ("flip", 5, 2), ("half turn", 6, 9), ("half turn", 9, 6)):
    without, with_it = ((read[k][test[1] == true] == wrong).mean() for k in ("nothing", name))
    print(f"{true} read as {wrong}: {without:4.0%} without, {with_it:4.0%} with copies by {name}")

# %% [markdown]
# A 6 upside down *is* a 9, so half turns put wrong labels into the data. A mirrored 2 is less of a
# 5 than one expects. A flip lies all the same, since nobody writes that way: the net must learn two
# shapes for each digit, and one of them never comes up. To invert tells no lie, but if no test
# image is inverted it teaches nothing that counts. Moved copies pay where things do move: the last
# column is for test images that all stand two pixels further to the right.
#
# **When it stops being true.** For cats, a mirror image is as likely as the original, and a flip is
# right. For X-rays of the chest it is not: the heart is on the left. No library knows that.
#
# A warning about tests. Split first, then copy. If a copy of a training image lies in the test, the
# test asks what the model has by heart.
#
# ## Round 2: the same meaning in other words
#
# In "I'm so happy to see you", *happy* can become *glad*, or *so* can become *very*. The sentence
# is new and the sentiment is the same. **Synonyms** come from a dictionary, such as WordNet, or
# from **word embeddings**: vectors in which words of similar use lie close.
#
# How often does a swap say the opposite? If we chose the words, we could choose the answer. So we
# take *all* adjectives among the most frequent words of which another such adjective is the
# opposite by its form: *happy* and *unhappy*, *useful* and *useless*. In the sentence "It was …" we
# swap each one many times. A swap **reverses** the label if it gives the opposite, or a synonym of
# that in WordNet. The interval is over the pairs of opposites: other words of the kind.

# %%
glove, wordnet = datasets.load_glove(), datasets.load_wordnet()
adjectives = set(wordnet.query("pos == 'a'")["lemma"]) & set(glove["word"])
opposite = {word: other for word in sorted(adjectives) for other in
            ("un" + word, word.removesuffix("ful") + "less") if other in adjectives}  # fmt: skip
opposite |= {other: word for word, other in opposite.items()}
near = augmentation.nearest_words(opposite, glove["word"], glove.iloc[:, 1:].to_numpy(), k=10)
synonyms = augmentation.wordnet_lexicon(wordnet, opposite)
reversed_by = {word: {other, *synonyms.get(other, [])} for word, other in opposite.items()}
for word in ("happy", "comfortable", "reliable", "realistic", "unlikely"):
    print(word, "WordNet:", *synonyms.get(word, ["nothing"])[:2], "GloVe:", *near[word][:5])
print(f"WordNet has synonyms for {len(synonyms)} of {len(opposite)} adjectives")
predict("4.4-2", "In what share of swaps for a GloVe neighbour is it the opposite?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
five = {word: others[:5] for word, others in near.items()}
swap_in = lambda text: augmentation.swap_synonyms(text, five, 1.0, rng=rng)  # noqa: E731
bad = {word: np.mean([swap_in(f"It was {word}.")[7:-1] in others for _ in range(50)])
       for word, others in reversed_by.items()}  # fmt: skip
claim("4.4-2", "A near word in the embedding reverses the label in more than 2 % of the swaps",
    bootstrap([(bad[a] + bad[b]) / 2 for a, b in opposite.items() if a < b], rng=rng), above=0.02,
    means={"holds": "Near in an embedding is what stands in the same place, also the opposite.",
           "fails": "Near words seldom reverse the label here.",
           "undecided": "This run cannot tell whether so many labels are reversed."})  # fmt: skip
fig, axis = subplots(figsize=(6, 3.2))
for number, (name, lexicon) in enumerate({"opposite": reversed_by, "synonym": synonyms}.items()):
    found = [[other in lexicon.get(word, ()) for other in near[word]] for word in opposite]
    axis.plot(range(1, 11), np.maximum.accumulate(found, axis=1).mean(0), "o-",
              color=PALETTE[number], label=name)  # fmt: skip
axis.set(xlabel="nearest words that are looked at", ylabel="share of the adjectives",
         ylim=(0, None), title=finding("4.4-2"))  # fmt: skip
axis.legend(title="Among them is")
show(fig, alt="Two lines that rise with the words looked at, that of opposites far higher.")

# %% [markdown]
# One writes "a safe place" in the same sentences as "an unsafe place", so their vectors are close.
# *Doctor* is near *nurse* for the same reason. Most other neighbours are no synonyms either: they
# change what is said without turning it round. The dictionary makes fewer such mistakes if one
# keeps to the usual **sense** of a word, but then it offers nothing for most words. Ask it for all
# senses, and a *prize* becomes *loot*.
#
# A second trap is **negation**. "Not bad" praises a little, "not awful" does not. So a synonym of
# another strength may reverse the label behind a *not*. Words in the **scope** of a negation are
# better left alone. So are the words of an idiom: nobody "kicks the pail".
#
# ### Exercise 4.4-e2: swap words, but not these
#
# `words` is a list of words and marks. Replace each word that has a synonym in the dictionary
# `synonyms` (its keys and values are in lower case) with probability `p`, each by itself, by
# `rng.random() < p`. Keep the case: *Happy* becomes *Glad*, *HAPPY* becomes *GLAD*. Leave words
# in the scope of a negation. A negation is *not*, *no*, *never* or a word that ends in *n't*; its
# scope reaches from there to the next of `. , ; ! ?` or the word *but*.


# %%
# exercise 4.4-e2
def swap(words, synonyms, p, rng):
    """Return the words, some of them replaced by synonyms, none behind a negation."""
    return TODO


# %%
exercise("4.4-e2").check(swap)

# %% [markdown]
# Does it help? We tell clickbait from news by the words of a headline, with few headlines to learn
# from, each with a copy in which three words of ten that have a synonym are replaced. There is a
# trap in the comparison. The model's **regularisation**, a penalty on large weights, counts once,
# however many rows there are. Twice the rows halve its part. So the honest rival is a *plain* copy
# of each headline.

# %%
clickbait = datasets.load_clickbait()
drawn = np.random.default_rng([seed, 4]).permutation(len(clickbait))[: 700 * sets].reshape(-1, 700)
headlines, is_bait = clickbait["headline"].to_numpy(), clickbait["clickbait"].to_numpy()
known = np.unique(drawn[:, :400])
words = {word for text in headlines[known] for word in text.lower().split()}
lexicon = augmentation.wordnet_lexicon(wordnet, words)
rng, replaced = np.random.default_rng([seed, 4, 1]), headlines.copy()
replaced[known] = [augmentation.swap_synonyms(t, lexicon, 0.3, rng=rng) for t in headlines[known]]
hashing = HashingVectorizer(n_features=2**14)
plain_rows, new_rows = hashing.transform(headlines), hashing.transform(replaced)
predict("4.4-2b", "Accuracy with synonyms less that with plain copies, 100 headlines?", guess=None)


# The accuracy on the rest of a block of a model of some headlines and copies of them.
def score(block, size, copies):
    known, exam = block[:size], block[400:]
    rows = sparse.vstack([plain_rows[known], *(copy[known] for copy in copies)])
    model = LogisticRegression(C=10).fit(rows, np.tile(is_bait[known], 1 + len(copies)))
    return model.score(plain_rows[exam], is_bait[exam])


# %%
for size in (20, 400, 100):
    alone, twice, other = np.array([[score(block, size, copies) for block in drawn]
                                    for copies in ([], [plain_rows], [new_rows])])  # fmt: skip
    print(f"{size} headlines: plain copies gain {(twice - alone).mean():.3f}, "
          f"synonyms {(other - alone).mean():.3f}")  # fmt: skip
claim("4.4-2b", "With 100 headlines, synonyms gain over 0.01 of accuracy more than plain copies",
    paired_t(other, twice), above=0.01,
    means={"holds": "The new words earn something that a plain copy does not.",
           "fails": "Against a plain copy, a dictionary gains too little to be worth the step.",
           "undecided": "This run cannot tell whether synonyms gain so much."})  # fmt: skip

# %% [markdown]
# Wei and Zou reported gains for few texts that vanish with many. Some of such a gain is no matter
# of words, as the plain copies show. What is left cannot be much: a synonym from the dictionary is
# mostly a *rarer* word than the one that it replaces, so it seldom comes up in the test. Language
# models bring synonyms along, which leaves even less to gain.
#
# ## Round 3: noise and attacks
#
# **Perturbation** adds noise. **Random noise** moves each pixel up or down by chance. An
# **adversarial** change of the same size is chosen to hurt. The **fast gradient sign method**,
# FGSM, asks the model itself: does the loss grow as this pixel gets darker, or lighter? It asks
# once, and moves each pixel by ε in the direction that hurts. Such changes find the weak spots of a
# decision boundary: places where a small step leads to another answer.
#
# ### Exercise 4.4-e3: an attack by hand
#
# A linear model has a row of `weights` and one of the `biases` for each class; its logits are the
# weighted sums of the pixels plus the bias, and the **softmax** makes them probabilities. The loss
# is minus the logarithm of the probability of the true class `y`. `x` is a picture, a list of
# numbers from 0 to 1. Return the picture, each pixel moved by `eps` to where the loss grows, and
# clipped to 0 and 1. A pixel that the loss does not depend on stays. Logits may be large: subtract
# the largest before you take exponentials.


# %%
# exercise 4.4-e3
def fgsm(weights, biases, x, y, eps):
    """Return the picture, each pixel moved by eps to where the loss grows, between 0 and 1."""
    return TODO


# %%
exercise("4.4-e3").check(fgsm)

# %% [markdown]
# Can a model learn to withstand? Three nets for each block now learn from three times as many
# images: from the images alone; with noise on half of each batch; and with FGSM on half of each
# batch, computed anew against the net as it stands. The last is **adversarial training**.
#
# Then we attack all three, in two ways. FGSM takes one step of ε, in the direction that it saw at
# the start. If the loss bends on the way, that direction is out of date. **Projected gradient
# descent**, PGD, begins at a random place, takes ten small steps and asks for the direction before
# each. After each it goes back to the nearest place within ε. So it follows the bends, and costs
# ten times as much. A model that has learned to look safe at the start only would fall to PGD.

# %%
rng = np.random.default_rng([seed, 5])
exam = torch.as_tensor(test[0]), torch.as_tensor(test[1])


def half_noisy(nets, x, y):
    return np.concatenate([augmentation.add_noise(x[:, :32], eps, rng=rng), x[:, 32:]], axis=1), y


def half_attacked(nets, x, y):
    inputs, labels = torch.as_tensor(x[:, :32]), torch.as_tensor(y[:, :32])
    return np.concatenate([augmentation.fgsm(nets, inputs, labels, eps), x[:, 32:]], axis=1), y


TESTS = {"clean": lambda nets, size: test[0],
         "noise": lambda nets, size: augmentation.add_noise(test[0], size, rng=rng),
         "FGSM": lambda nets, size: augmentation.fgsm(nets, *exam, size),
         "PGD": lambda nets, size: augmentation.pgd(nets, *exam, size, rng=rng)}  # fmt: skip
trained = {"images alone": None, "with noise": half_noisy, "with attacks": half_attacked}
trained = {name: train(*learn[3], rng, change) for name, change in trained.items()}
predict("4.4-3", "Accuracy under PGD: adversarial training less training on noise?", guess=None)

# %%
under = {name: {kind: smallnets.accuracy(nets, attack(nets, eps), test[1])
                for kind, attack in TESTS.items()} for name, nets in trained.items()}  # fmt: skip
claim("4.4-3", f"Under PGD, ε = {eps:g}, training on FGSM beats training on noise by more than 0.1",
    paired_t(under["with attacks"]["PGD"], under["with noise"]["PGD"]), above=0.1,
    means={"holds": "What was learned against one step helps against many, more than noise does.",
           "fails": "At this size of attack, training on one step helps little against many.",
           "undecided": "This run cannot tell whether it helps so much."})  # fmt: skip
fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), sharey=True)
sizes = (0.02, 0.05, 0.1, 0.15, 0.2)
for mark, (name, nets) in zip("os^", trained.items()):
    line = [smallnets.accuracy(nets, TESTS["PGD"](nets, size), test[1]).mean() for size in sizes]
    left.plot([*TESTS], [found.mean() for found in under[name].values()], mark)
    right.plot(sizes, line, mark + "-", label=name)
left.set(xlabel=f"change of ε = {eps:g}", ylabel="accuracy", ylim=(0, 1))
right.set(xlabel="size of the change, ε", ylabel="accuracy under PGD")
right.legend()
fig.suptitle(finding("4.4-3"))
show(fig, alt="Accuracy by attack, and by ε: it falls steeply, latest after training on attacks.")

# %% [markdown]
# Random noise is hardly an attack. Its pushes on many pixels cancel each other, half for, half
# against, so training on it protects from little. FGSM pushes every pixel to the same side: small
# harms add up. How much more PGD finds shows how far the loss bends within ε; in so small a net it
# bends little.
#
# **When it stops being true.** With deep nets and a large ε, training on FGSM can collapse: the
# model learns to look safe to one step and is open to ten. So test with the strongest attack that
# you can afford, and say for which ε.
#
# An attack needs no gradient, and may be tiny in another sense: **one pixel**. Differential
# evolution asks the model for probabilities only, and searches for the pixel and the grey that
# hurt most.

# %%
rng = np.random.default_rng([seed, 6])
alone = smallnets.one(trained["images alone"], 0)
right = np.flatnonzero(alone(test[0][0]).argmax(1) == test[1][0])[:12]
found = [augmentation.one_pixel(alone, test[0][0, i], int(test[1][0, i]), rng=rng) for i in right]
print(f"of {len(found)} images read right, one pixel fools {sum(f.fooled for f in found)}")

# %% [markdown]
# ### Hidden words
#
# For text, noise is less common: half a word is no word. But one may replace some words by random
# ones, so that a model does not hang on a single word. The best-known case is **BERT**, whose
# training task is to guess hidden words. It reads **tokens**, pieces of words. One often reads that
# BERT replaces 15 % of the tokens by random ones. <!-- given: the common account, tested below -->
# Let us count, on real text messages.

# %%
file = datasets.path("all_minilm_l6_v2_tokenizer.json.gz")
vocabulary = json.loads(gzip.decompress(file.read_bytes()))["model"]["vocab"]
special = [vocabulary[name] for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
texts = datasets.load_sms_spam(columns=["text"])["text"].drop_duplicates()
ids = np.array([i for text in texts for i in augmentation.wordpiece(text, vocabulary)])
predict("4.4-4", "What share of all tokens ends up as a random token?", guess=None)

# %%
inputs, labels = augmentation.mlm_mask(
    ids, mask_id=vocabulary["[MASK]"], vocab_size=len(vocabulary), special_ids=special, p=mask_p,
    rng=np.random.default_rng([seed, 7]))  # fmt: skip
masked = inputs == vocabulary["[MASK]"]
random, kept = (inputs != ids) & ~masked, (inputs == ids) & (labels != -100)
claim("4.4-4", f"With {mask_p:.0%} selected, BERT makes more than one token in ten a random one",
    wilson(int(random.sum()), len(ids)), above=0.1,
    means={"holds": "Random tokens are as common as that account has it.",
           "fails": "Random tokens are the exception, not the rule.",
           "undecided": "This run cannot tell whether random tokens are so common."})  # fmt: skip
print(f"masked {masked.mean():.1%}, random {random.mean():.2%}, kept {kept.mean():.2%}")

# %% [markdown]
# **A correction.** The common account mixes up two numbers. That share of the tokens is *selected*,
# to be guessed. Of the selected, eight in ten become `[MASK]`, one in ten becomes a random token,
# and one in ten stays. With BERT's share, one token in about seventy is random.
#
# Why not mask all that are selected? In use there is no `[MASK]`. The model would learn to think at
# masks only. As it is, any word may be wrong, or be asked for, so it must form an opinion of every
# one. The gain from the random tokens alone was small.
#
# ### Exercise 4.4-e4: hide words
#
# `ids` is a list of tokens, numbers from 0 up to `vocab_size`. Select each token that is not in
# `special_ids` with probability 0.15. With probability 0.8 a selected one becomes `mask_id`, with
# 0.1 a random ordinary token, neither special nor the mask, and otherwise it stays. Return a pair
# of lists: the inputs, and the labels, which are the token itself if it was selected, and -100
# otherwise.


# %%
# exercise 4.4-e4
def mlm_mask(ids, mask_id, vocab_size, special_ids, rng):
    """Return the inputs with some tokens hidden, and the labels: the hidden ones, else -100."""
    return TODO


# %%
exercise("4.4-e4").check(mlm_mask)

# %% [markdown]
# ## Round 4: data from nothing?
#
# **Data synthesis** makes examples that nobody ever wrote. In text the tool is the **template**:
# "Find me a {cuisine} restaurant within {number} miles of {location}", with lists for the blanks.
# An assistant must tell three intents apart: to find a place, to book a table, to have food
# brought. We write four templates for each, and cut the lists for the blanks into two halves.

# %%
TEXTS = ["Find me a {cuisine} restaurant within {number} miles of {location}",
    "Where can {number} people eat {cuisine} food near {location}",
    "Show the {number} best {cuisine} restaurants in {location}",
    "Which {cuisine} kitchen in {location} has {number} stars",
    "Book a table for {number} at a {cuisine} restaurant in {location}",
    "Reserve {number} seats at the {cuisine} place near {location}",
    "We are {number} and want to sit in a {cuisine} restaurant in {location} tonight",
    "I need a reservation for {number} people, {cuisine} food, in {location}",
    "Bring {number} portions of {cuisine} food to {location}",
    "Order {cuisine} dinner for {number} people, to be delivered to {location}",
    "Get me {number} {cuisine} meals, my place is in {location}",
    "Have {cuisine} takeaway for {number} at our door in {location} tonight",
]  # fmt: skip
CUISINES = ["Thai", "Greek", "Indian", "Turkish", "Korean", "French", "Polish", "Lebanese"]
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
predict("4.4-4b", "How much lower is the accuracy on held-out templates?", guess=None)
rng = np.random.default_rng([seed, 8])
cities = rng.permutation(datasets.load_airports(columns=["name"])["name"].unique()).tolist()
halves = [{"cuisine": CUISINES[i::2], "number": NUMBERS, "location": cities[i::2]}
          for i in (0, 1)]  # fmt: skip
fills = [[augmentation.fill_template(text, **half) for text in TEXTS] for half in halves]
print(f"{len(TEXTS)} templates make {sum(map(len, fills[0])):,} queries for training")

# %% [markdown]
# A random split would put near twins into both parts. So we hold out more. First the **fills**: the
# test has cuisines and places that training had not. Then the **templates** themselves: one of each
# intent in turn is tested by a model of all others. (Leave out one alone and its intent is rarer in
# training, so the model guesses the others.) The interval is over these four rounds: other
# templates of the kind.


# %%
# The words of so many queries from each of the chosen templates, and their intents.
def queries(half, chosen, count):
    texts = [fills[half][t][int(i)] for t in chosen
             for i in rng.integers(len(fills[half][t]), size=count)]  # fmt: skip
    return hashing.transform(texts), np.repeat(np.asarray(chosen) // 4, count)


# The accuracy on new fills of some templates, after learning fills of others.
def right_share(known, count, asked):
    model = LogisticRegression(C=10).fit(*queries(0, known, count))
    return model.score(*queries(1, asked, 50))


everything = np.arange(len(TEXTS))
rounds = [everything[k::4] for k in range(4)]  # one template of each intent
new_fill = [right_share(everything, 50, out) for out in rounds]
for count in (5, 500, 50):
    new_template = [right_share(np.setdiff1d(everything, out), count, out) for out in rounds]
    print(f"{count:>3} queries of each template: accuracy on new ones {np.mean(new_template):.2f}")
claim("4.4-4b", "The accuracy on new templates is lower by more than 0.1 than that on new fills",
    paired_t(new_fill, new_template), above=0.1,
    means={"holds": "The fills are many, the patterns few: a test with known patterns flatters.",
           "fails": "What was learned from these templates carries over to others.",
           "undecided": "With so few templates this run cannot tell."})  # fmt: skip
print(f"accuracy on new fills of known templates {np.mean(new_fill):.2f}, by chance {1 / 3:.2f}")

# %% [markdown]
# A hundred times as many queries change little, since the count of the fills says only how long the
# lists were. For the model, the number of *independent* examples is the number of templates. A new
# template shares some words with known ones of its own intent, and some with those of others. The
# model takes all of them for signs, so it may even be right less often than by chance.
#
# **When it stops being true.** With hundreds of templates that many people wrote, new ones look
# more like known ones. A handful is not yet how people talk. Templates are useful where nothing
# else exists, and for tests of what a model must not confuse. They do not replace what real users
# type.
#
# For pictures, **mixup** blends two examples, and their labels: seven tenths of a 3 and three
# tenths of an 8 get the label "0.7 three, 0.3 eight". Labels become **continuous**. This is said to
# improve **generalisation**, the accuracy on new data, and robustness, and to make the
# probabilities honest.
#
# ### Exercise 4.4-e5: mix
#
# `x` is a list of examples, lists of numbers; `y` the list of their labels, one-hot: a 1 for the
# class and 0 for the others. `perm` is a permutation of the positions. Return the pair of the mixed
# examples and the mixed labels: `lam` of example i and `1 - lam` of example `perm[i]`.


# %%
# exercise 4.4-e5
def mixup(x, y, lam, perm):
    """Return each example mixed with that of the permutation, and the labels mixed alike."""
    return TODO


# %%
exercise("4.4-e5").check(mixup)

# %% [markdown]
# Is a model that says "90 % sure" right nine times in ten? <!-- given: an example -->
# The **expected calibration error**, ECE, sorts the answers by confidence into ten bins, and takes
# the mean distance of confidence and accuracy. We train with and without mixup, for the usual
# number of steps and for four times as many, and test under FGSM with half of ε, too. Some images
# of each block are kept back. With them we find a **temperature**, a number that all logits are
# divided by. It repairs the confidence and changes no answer.

# %%
rng = np.random.default_rng([seed, 9])
held = images[:, 2 * n_train : 3 * n_train], digits[:, 2 * n_train : 3 * n_train]


def mixed(nets, x, y):
    pairs = [augmentation.mixup(*block, alpha, rng=rng) for block in zip(x, y)]
    return [np.stack(arrays) for arrays in zip(*pairs)]


# Accuracy, that under FGSM, confidence, each by block; ECE, and ECE after scaling.
def measured(nets):
    right = smallnets.logits(nets, test[0]).argmax(-1) == test[1]
    sure = [smallnets.confidence(nets, test[0], scaled_on=spare) for spare in (None, held)]
    attacked = augmentation.fgsm(nets, *exam, eps / 2)
    return [right.mean(1), smallnets.accuracy(nets, attacked, test[1]), sure[0].mean(1),
            *(evaluation.expected_calibration_error(right.ravel(), found.ravel(), n_bins=10)
              for found in sure)]  # fmt: skip


# Means over four nets a block: where training begins should not decide. One for the long training.
def tried(change, n):
    nets = [measured(train(*learn[2], rng, change, n)) for _ in range(4 if n == steps else 1)]
    return [np.mean(values, axis=0) for values in zip(*nets)]


results = {(name, n): tried(change, n) for n in (steps, 4 * steps)
           for name, change in {"without": None, "mixup": mixed}.items()}  # fmt: skip
predict("4.4-5", "By how much does mixup change the accuracy?", guess=None)
predict("4.4-5b", "By how much does mixup lower confidence less accuracy?", guess=None)

# %%
without, blended = results["without", steps], results["mixup", steps]
claim("4.4-5", f"Mixup with α = {alpha:g} raises the accuracy by more than 0.01",
    paired_t(blended[0], without[0]), above=0.01,
    means={"holds": "To learn between the examples helps this net with new ones.",
           "fails": "This net gains too little accuracy from mixtures, or loses some.",
           "undecided": "This run cannot tell whether mixtures gain so much."})  # fmt: skip
claim("4.4-5b", f"Mixup, α = {alpha:g}, lowers confidence less accuracy by more than 0.03",
    paired_t(without[2] - without[0], blended[2] - blended[0]), above=0.03,
    means={"holds": "Mixup makes a net more modest, whether or not it was too sure.",
           "fails": "At this strength mixup hardly changes how sure the net is of itself.",
           "undecided": "This run cannot tell whether the net becomes so modest."})  # fmt: skip
print("                    accuracy  under FGSM  confidence   ECE  ECE, scaled")
fig, axis = subplots(figsize=(5.4, 3.6))
axis.axline((0.8, 0.8), slope=1, color="black", linestyle=":", label="confidence = accuracy")
for number, ((name, taken), found) in enumerate(results.items()):
    values = (f"{np.mean(v):.2f}".rjust(w) for v, w in zip(found, (8, 10, 10, 4, 11)))
    print(f"{name:<8} {taken:>5} steps", "  ".join(values))
    axis.plot(found[2].mean(), found[0].mean(), "os"[number // 2], color=PALETTE[number % 2],
              markersize=9, label=f"{name}, {taken} steps")  # fmt: skip
axis.set(xlabel="mean confidence", ylabel="accuracy", title=finding("4.4-5b"))
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Accuracy against mean confidence: the nets with mixup lie further to the left.")

# %% [markdown]
# Mixup asks for modest answers, since its labels are modest, and it gets them. Whether that makes
# them *honest* depends on where the net stood. One that is too sure of itself, as after long
# training, gains. One whose confidence was about right becomes too modest: on the figure, left of
# the dotted line. So "mixup improves calibration" and "mixup harms calibration" can both be found
# in papers. A temperature, one number, repairs either; so compare the last column, *after* scaling,
# or you compare temperatures.
#
# Look at FGSM, too: a net that was smoothed between its examples need not be hard to attack. And
# training with mixup for long can cost accuracy. Liu and others (2023) found that for large nets:
# the net learns the lines between its examples by heart.
#
# **When it stops being true.** The gains of mixup were reported for deep nets on large sets. Small
# nets on few digits are another case. Halfway between a 3 and an 8 lies no digit.
#
# ### Networks that generate
#
# Last, networks can *generate* examples. In a **generative adversarial network**, GAN, one network
# makes pictures and another, the discriminator, tries to tell them from real ones; each learns from
# the other. **CycleGAN** translates between two kinds of pictures without pairs, such as CT scans
# with and without a contrast agent: there and back again must give the first picture. Sandfort and
# others (2019) trained a model for **segmentation**, which outlines organs, on real scans and on
# such translated ones. It got much better on scans without the agent, of which they had few. The
# same questions as above remain: is the label still right, and does the test have anything
# generated in it?
#
# ## Turn the knob
#
# We ran this notebook with three sizes of the training set and three seeds: `mlsd sweep 4.4 -p
# n_train=50,100,200 -p seed=0:3`. Claims about words and templates do not depend on that size. Look
# at copies against new images: are copies worth more when images are few?

# %%
swept = sweep.load("published/4.4-n_train")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("4.4-1"), alt=swept.alt("4.4-1"))

# %% [markdown]
# The other way round: the fewer the images, the more a new one teaches, and the further copies fall
# behind. They are made where data are few, and there they replace new data least.
#
# So: augmentation teaches an invariance that you know and the data do not show. Choose it by what
# varies in use, check that the label stays, compare with plain copies and with more data, and never
# let a copy into the test.
#
# ## Quiz

# %%
quiz("4.4-q1", choice=None)

# %%
quiz("4.4-q2", choice=None)

# %%
quiz("4.4-q3", choice=None)

# %%
quiz("4.4-q4", choice=None)

# %%
quiz("4.4-q5", choice=None)

# %%
quiz("4.4-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Shorten and Khoshgoftaar (2019), *A survey on image data augmentation*; Wei and Zou
# (2019), *EDA*; Goodfellow and others (2015), *Explaining and harnessing adversarial examples*;
# Madry and others (2018), *Towards deep learning models resistant to adversarial attacks*; Devlin
# and others (2019), *BERT*; Zhang and others (2018), *mixup*; Wang and others (2023), *On the
# pitfall of mixup for uncertainty calibration*; Ribeiro and others (2020), *Beyond accuracy*.
#
# **Next.** Chapter 5, features: learned, or made by hand?
