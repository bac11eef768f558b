"""`mlsdlib.drift` beside its peers: permutations, a distance event by event, tests of columns.

Run ``python benchmarks/bench_drift.py [rows]``. The peer of the permutation test takes, for each
permutation, the kernel matrix in a new order and adds up its parts, as libraries do that cut it
with two index arrays; that loop is written here, since the library that is known for it may not be
distributed with the course. All permutations must give equal statistics first. The peers of the
sliding distance are scipy's `ks_2samp` on the window after each event, and river's incremental
`KolmogorovSmirnov`, a tree, where the reference must be as long as the window. Without river (``pip
install river``) that line is left out. The peer of the tests of columns is `ks_2samp` with ``axis``
on the columns of each day; ours forgets its p values before each run.

What it does not show: river's tree needs O(log n) steps an event, ours a pass over the reference.
At 20,000 that does not matter yet, as its line shows. Seconds are those of the processor: all
compute in one thread, and a loaded machine takes the same from each.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
from scipy.stats import ks_2samp

from mlsdlib.drift import SlidingKS, ks_drift, mmd
from mlsdlib.drift._columns import _pvalue
from mlsdlib.drift._mmd import _kernel, _members, _u_from_pool
from mlsdlib.timing import time_ratio

PERMUTATIONS = 100
MMD_FACTOR = 100  # times faster than a gather for each permutation, at the lower end
SCIPY_FACTOR = 30
RIVER_FACTOR = 3
COLUMNS_FACTOR = 2


def by_gather(kernel: np.ndarray, orders: list[np.ndarray], n: int) -> np.ndarray:
    """Return the statistic of each order of the pool, from the reordered matrix."""
    m = len(kernel) - n
    found = []
    for order in orders:
        moved = kernel[order][:, order]
        xx, yy, xy = moved[:n, :n], moved[n:, n:], moved[:n, n:]
        within_x = (xx.sum() - np.trace(xx)) / (n * (n - 1))
        within_y = (yy.sum() - np.trace(yy)) / (m * (m - 1))
        found.append(within_x + within_y - 2 * xy.mean())
    return np.array(found)


def permutation_test(rows: int) -> float:
    """Compare the permutations alone: the kernel is computed once, before."""
    rng = np.random.default_rng(0)
    pool = rng.normal(size=(rows, 5))
    n = rows // 2
    members = _members(n, rows - n, PERMUTATIONS - 1, rng)
    orders = [np.argsort(-column, kind="stable") for column in members.T]
    kernel = _kernel(pool, pool, 2.0)
    np.fill_diagonal(kernel, 0)
    return show(
        f"MMD, {rows:,} rows, {PERMUTATIONS} permutations: gather / one product",
        lambda: by_gather(kernel, orders, n),
        lambda: _u_from_pool(kernel, members),
    )


def whole_test(rows: int) -> None:
    """Print the same for the whole test: kernel, bandwidth and permutations."""
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(2, rows // 2, 5))
    orders = [rng.permutation(rows) for _ in range(PERMUTATIONS)]

    def slow() -> float:
        pool = np.concatenate([X, Y])
        first = np.arange(rows)
        return by_gather(_kernel(pool, pool, 2.0), [first, *orders], len(X))[0]

    def fast() -> float:
        return mmd(X, Y, bandwidth=2.0, permutations=PERMUTATIONS, rng=0).statistic

    show(f"MMD, {rows:,} rows: the whole test", slow, fast)


def sliding(n: int, window: int, events: int) -> dict[str, float]:
    """Compare the distance after each event of a full window."""
    rng = np.random.default_rng(2)
    reference, first = rng.normal(size=n), rng.normal(size=window)
    stream = rng.normal(0.2, size=events)
    started = SlidingKS(reference, window)
    started.update_many(first)
    everything = np.concatenate([first, stream])
    windows = np.lib.stride_tricks.sliding_window_view(everything, window)[1:]

    def ours() -> np.ndarray:
        found = np.empty(events)
        for i, x in enumerate(stream.tolist()):
            started.update(x)
            found[i] = started.get()
        return found  # the next call goes on from here, as river's does

    def scipys() -> np.ndarray:
        return np.array([ks_2samp(reference, part).statistic for part in windows])

    lows = {"scipy": show(f"reference {n:,}, window {window:,}: scipy / SlidingKS", scipys, ours)}
    if find_spec("river") and n == window:
        name = f"reference {n:,}, window {window:,}: river {version('river')} / SlidingKS"
        again = SlidingKS(reference, window)
        again.update_many(first)
        started = again
        lows["river"] = show(name, rivers(reference, first, stream), ours)
    return lows


def rivers(reference: np.ndarray, first: np.ndarray, stream: np.ndarray) -> Callable:
    """Return what asks river's tree after each event of a stream."""
    from river.stats import KolmogorovSmirnov

    tree, old, recent = KolmogorovSmirnov(), reference.tolist(), deque(first.tolist())
    for x, y in zip(old, recent, strict=True):
        tree.update(x, y)

    def ask() -> np.ndarray:
        found = np.empty(len(stream))
        for i, y in enumerate(stream.tolist()):
            # A value of the reference leaves with the oldest, and comes back with the new one.
            tree.revert(old[i % len(old)], recent.popleft())
            tree.update(old[i % len(old)], y)
            recent.append(y)
            found[i] = tree.get()
        return found

    return ask


def columns(rows: int, days: int, d: int) -> float:
    """Compare the tests of all columns on some days with one reference."""
    rng = np.random.default_rng(3)
    reference, each_day = rng.normal(size=(2_000, d)), rng.normal(size=(days, rows, d))

    def ours() -> list:
        _pvalue.cache_clear()
        return [ks_drift(reference, now).pvalue for now in each_day]

    def scipys() -> list:
        return [ks_2samp(reference, now, axis=0, method="asymp").pvalue for now in each_day]

    return show(f"{days} days of {rows:,} rows, {d} columns: scipy / ks_drift", scipys, ours)


def show(name: str, slow: Callable, fast: Callable) -> float:
    """Print how many times longer `slow` takes; return the lower end of the interval."""
    ratio = time_ratio(
        slow, fast, pairs=7, cpu=True, same=lambda a, b: np.allclose(a, b, atol=1e-10)
    )
    print(f"  {name:66s} {ratio}", flush=True)
    return ratio.low


def main(rows: int) -> int:
    """Print the ratios; return 1 if one is below what is asked."""
    print(f"load {os.getloadavg()[0]:.1f}")
    good = permutation_test(rows) >= MMD_FACTOR
    whole_test(rows)
    print()
    lows = sliding(500, 500, 300)
    good = good and lows["scipy"] >= SCIPY_FACTOR and lows.get("river", np.inf) >= RIVER_FACTOR
    for n, window in ((1_000, 500), (10_000, 500)):
        sliding(n, window, 60)
    sliding(20_000, 20_000, 40)
    print()
    columns(2_000, 1, 50)
    good = columns(100, 60, 50) >= COLUMNS_FACTOR and good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
