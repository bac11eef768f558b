"""`mlsdlib.sampling` beside its peers: k items of a stream of unknown length.

Run ``python benchmarks/bench_sampling.py [rows]``. The stream comes in chunks of an array, and
nobody says how many. The peers are the loop that everybody writes, Algorithm R, and `sample` of
more-itertools (``pip install more-itertools``), which skips as ours does and still has to walk the
items of each chunk. First all three must draw each item equally often. Then a table shows that
the items looked at grow with the logarithm of the stream.

What it does not show: over an iterator of Python objects that somebody else has made, ours would
have to walk, too. The peers' times over a ready list stand below theirs over chunks; most of what
ours saves is making a Python number of each row. And if the rows lie in memory, numpy's
`Generator.choice` needs no reservoir, and by weight it beats both ours and that of more-itertools.
"""

from __future__ import annotations

import math
import os
import random
import sys
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain

import numpy as np

from mlsdlib.sampling import (
    ReservoirSampler,
    WeightedReservoirSampler,
    inclusion_test,
    weighted_sample,
)
from mlsdlib.timing import time_ratio

K = 1_000
CHUNK = 50_000
ALGORITHM_R, MORE_ITERTOOLS = 100, 30
"""How many times faster ours must be than either peer, at the lower end of the interval."""


def algorithm_r(stream: Iterable, k: int, rng: random.Random) -> list:
    """Draw a random number for each item (Vitter 1985)."""
    kept = []
    for i, item in enumerate(stream):
        if i < k:
            kept.append(item)
        elif (place := int(rng.random() * (i + 1))) < k:  # the fastest way in pure Python
            kept[place] = item
    return kept


def skipping(stream: Iterable, k: int, rng: random.Random) -> list:
    """Sample with more-itertools, which takes its seed from the global generator."""
    from more_itertools import sample

    return sample(stream, k)


def ours(chunks: Iterable[np.ndarray], k: int, rng: np.random.Generator) -> list:
    """Sample from chunks."""
    sampler = ReservoirSampler(k, rng=rng)
    for chunk in chunks:
        sampler.update_many(chunk)
    return sampler.get()


def chunks_of(rows: int) -> list[np.ndarray]:
    """Return the numbers below `rows` in chunks."""
    return [np.arange(at, min(at + CHUNK, rows)) for at in range(0, rows, CHUNK)]


def same_law(name: str, draw: Callable[[], list], *, n: int = 100, k: int = 10) -> None:
    """Stop unless k of n items are drawn equally often, by the chi-square test of their counts."""
    times = 4_000
    counts = np.zeros(n)
    for _ in range(times):
        counts[draw()] += 1
    found = inclusion_test(counts, k)
    ratio = found.statistic / found.freedom
    print(f"  {name:20s} chi-square / df {ratio:.2f}, p {found.pvalue:.2f}")
    assert found.pvalue > 1e-4, f"{name} does not draw all items equally often"


def laws() -> None:
    """Check ours and the peers."""
    rng, plain = np.random.default_rng(0), random.Random(0)
    random.seed(0)
    pieces = np.array_split(np.arange(100), [7, 8, 40, 93])
    same_law("ours", lambda: ours(pieces, 10, rng))
    same_law("Algorithm R", lambda: algorithm_r(range(100), 10, plain))
    if find_spec("more_itertools"):
        same_law("more-itertools", lambda: skipping(range(100), 10, plain))


def whole_sample(rows: int, a: object, b: object) -> bool:
    """Whether both results are K different items of the stream; which ones is chance."""
    return all(len(set(map(int, s)) & set(range(rows))) == len(s) == K for s in (a, b))


def growth() -> None:
    """Print how many items are looked at in ever longer streams."""
    print(f"\n  rows          items accepted, k = {K:,}     k (1 + ln(n/k))")
    for power in range(3, 10):
        sampler = ReservoirSampler(K, rng=0)
        sampler.update_many(range(10**power))
        expected = K * (1 + math.log(10**power / K))
        print(f"  {10**power:<13,} {sampler.n_accepted:<28,} {expected:,.0f}")


def show(name: str, slow: Callable, fast: Callable, rows: int) -> float:
    """Print how many times longer `slow` takes; return the lower end of the interval."""
    ratio = time_ratio(slow, fast, pairs=11, same=partial(whole_sample, rows))
    print(f"  {name:60s} {ratio}", flush=True)
    return ratio.low


def in_memory(rows: int) -> None:
    """Print where the reservoir loses: the rows are all there."""
    rng, w = np.random.default_rng(0), np.arange(1.0, rows + 1)
    chunks = chunks_of(rows)

    def by_reservoir() -> list:
        sampler = WeightedReservoirSampler(K, rng=rng)
        sampler.update_many(range(rows), w)
        return sampler.get()

    print("\nin memory, n known")
    show("ReservoirSampler / Generator.choice", lambda: ours(chunks, K, rng),
         lambda: rng.choice(rows, K, replace=False, shuffle=False), rows)  # fmt: skip
    show("by weight: WeightedReservoirSampler / weighted_sample", by_reservoir,
         lambda: weighted_sample(w, K, rng=rng), rows)  # fmt: skip
    if find_spec("more_itertools"):
        from more_itertools import sample

        floats = w.tolist()
        show("by weight: more-itertools / weighted_sample", lambda: sample(range(rows), K, floats),
             lambda: weighted_sample(w, K, rng=rng), rows)  # fmt: skip


def main(rows: int) -> int:
    """Print the ratios; return 1 if one is below what is asked."""
    print(f"{K:,} of {rows:,} items in chunks of {CHUNK:,}; load {os.getloadavg()[0]:.1f}")
    laws()
    growth()
    print()
    chunks, rng, plain = chunks_of(rows), np.random.default_rng(0), random.Random(0)
    items, fast = list(range(rows)), partial(ours, chunks, K, rng)
    peers = {"Algorithm R": (algorithm_r, ALGORITHM_R)}
    if find_spec("more_itertools"):
        peers[f"more-itertools {version('more-itertools')}"] = (skipping, MORE_ITERTOOLS)
    good = True
    for name, (peer, factor) in peers.items():
        low = show(f"{name} / update_many, from the chunks",
                   lambda peer=peer: peer(chain.from_iterable(chunks), K, plain),
                   fast, rows)  # fmt: skip
        show(f"{name}, from a list / the same",
             lambda peer=peer: peer(items, K, plain), fast, rows)  # fmt: skip
        good = good and low >= factor
    in_memory(rows)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
