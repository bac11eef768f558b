"""k items of a stream of unknown length, each kept with the same probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlsdlib.sampling._inputs import chunk_of, mergeable, rows_of, whole

_FAR = 2.0**50
"""Longest jump: a block of them still fits in an int64, and no stream gets so far."""


class ReservoirSampler:
    """A simple random sample, without replacement, of everything seen so far.

    After n items each set of k of them is in the reservoir with the same probability, so each
    item with probability k/n. Nobody needs to know n.

    The textbook's Algorithm R (Vitter 1985) draws a random number for every item. Algorithm L (Li
    1994) draws how many items to *skip*: after the first k it looks at about k ln(n/k) more. Here
    the jumps are drawn in blocks, as two cumulative sums, and are kept from one chunk to the
    next: `update_many` touches only the rows that it takes.

    Parameters
    ----------
    k : int
        Size of the sample, at least 1.
    rng : numpy Generator, int or None
        Source of randomness. The same numbers are drawn whether the stream comes one by one or in
        chunks of any size, so both give the same sample.

    Raises
    ------
    TypeError, ValueError
        If `k` is not a positive whole number.

    References
    ----------
    Vitter (1985), *Random sampling with a reservoir*; Li (1994), *Reservoir-sampling algorithms of
    time complexity O(n(1 + log(N/n)))*.

    Examples
    --------
    >>> sampler = ReservoirSampler(3, rng=0)
    >>> for chunk in np.array_split(np.arange(100_000), 20):
    ...     sampler.update_many(chunk)
    >>> len(sampler.get()), sampler.n_seen, sampler.n_accepted < 100
    (3, 100000, True)
    """

    def __init__(self, k: int, *, rng: np.random.Generator | int | None = None) -> None:
        self.k = whole("k", k, at_least=1)
        self.n_seen = 0
        """How many items have come."""
        self.n_accepted = 0
        """How many items have been in the reservoir, now or before."""
        self._rng = np.random.default_rng(rng)
        # An array while all chunks are arrays of one type: then items are moved all at once.
        self._items: list[Any] | np.ndarray = []
        self._block = min(max(k, 32), 4096)
        self._at = 0
        self._positions = np.zeros(0, np.int64)
        self._slots = np.zeros(0, np.int64)
        self._next = -1  # the position of the next item to take, once the reservoir is full

    def update(self, x: Any) -> None:
        """Take one item of any kind."""
        if type(self._items) is not list:
            self._items = list(self._items)
        if self.n_seen < self.k:
            self._items.append(x)
            self.n_accepted += 1
            self.n_seen += 1
            if self.n_seen == self.k:
                self._start()
            return
        if self.n_seen == self._next:
            self._items[self._slots[self._at]] = x
            self.n_accepted += 1
            self._advance(self._at + 1)
        self.n_seen += 1

    def update_many(self, chunk: Sequence) -> None:
        """Take the items of an array or a list, n >= 0; of a table of numbers, its rows."""
        chunk = chunk_of(chunk)
        first, end = self.n_seen, self.n_seen + len(chunk)
        if first < self.k:
            self._fill(chunk, min(self.k - first, len(chunk)))
            if self.n_seen < self.k:
                return
            self._start()
        while self._next < end:
            stop = int(self._positions.searchsorted(end))
            block = slice(self._at, stop)
            self._replace(self._slots[block], chunk, self._positions[block] - first)
            self._advance(stop)
        self.n_seen = end

    def merge(self, other: ReservoirSampler) -> None:
        """Take the sample of another stream, as if that stream had been seen here too.

        How many of the k come from each side follows the hypergeometric distribution: k balls
        drawn from an urn with as many balls of two colours as the streams have items. The streams
        must not overlap, and the samplers must not share a seed; `other` stays as it is.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, has another k, or is this sampler itself.
        """
        mergeable(self, other, ReservoirSampler)
        left = [self.n_seen, other.n_seen]
        pools = [self.get(), other.get()]
        merged = []
        for _ in range(min(self.k, sum(left))):
            side = int(self._rng.integers(sum(left)) >= left[0])
            left[side] -= 1
            pool = pools[side]
            which = int(self._rng.integers(len(pool)))
            merged.append(pool[which])
            pool[which] = pool[-1]
            pool.pop()
        self._items = merged
        self.n_seen += other.n_seen
        self.n_accepted += other.n_accepted
        if self.n_seen >= self.k:
            self._start()

    def get(self) -> list[Any]:
        """Return the sample, a list of min(k, n_seen) items; their order means nothing."""
        return list(self._items.copy())

    def _fill(self, chunk: Sequence, n: int) -> None:
        if not self.n_seen and type(chunk) is np.ndarray:
            self._items = chunk[:n].copy()  # a part of the chunk would keep all of it alive
        else:
            self._items = [*self._items, *rows_of(chunk, np.arange(n))]
        self.n_accepted += n
        self.n_seen += n

    def _replace(self, slots: np.ndarray, chunk: Sequence, rows: np.ndarray) -> None:
        kept = self._items
        self.n_accepted += len(rows)
        if type(kept) is type(chunk) is np.ndarray and (
            (kept.dtype, kept.shape[1:]) == (chunk.dtype, chunk.shape[1:])
        ):
            kept[slots] = chunk[rows]  # of a slot that is taken twice, the last item stays
            return
        if type(kept) is not list:
            kept = self._items = list(kept)
        for slot, item in zip(slots.tolist(), rows_of(chunk, rows), strict=True):
            kept[slot] = item

    def _start(self) -> None:
        """Draw the state that the jumps begin with.

        Imagine that each item got a uniform key, and that the k smallest are kept. The largest of
        those follows a beta distribution, whichever items they belong to.
        """
        self._log_w = float(np.log(self._rng.beta(self.k, self.n_seen - self.k + 1)))
        self._last = self.n_seen - 1
        self._draw()

    def _advance(self, at: int) -> None:
        if at == len(self._positions):
            self._draw()
        else:
            self._at, self._next = at, int(self._positions[at])

    def _draw(self) -> None:
        """Draw the next block of positions and of the slots that they go to."""
        size = self._block
        steps = np.cumsum(self._rng.standard_exponential(size)) / self.k
        log_w = self._log_w - np.append(0.0, steps[:-1])
        self._log_w -= float(steps[-1])
        # An item enters if its key is below w: the number of misses before it is geometric.
        waits = -self._rng.standard_exponential(size) / _log_one_minus_exp(log_w)
        misses = np.floor(np.minimum(waits, _FAR))
        self._positions = self._last + np.cumsum(misses.astype(np.int64) + 1)
        self._last = int(self._positions[-1])
        self._slots = self._rng.integers(self.k, size=size)
        self._at, self._next = 0, int(self._positions[0])


def _log_one_minus_exp(x: np.ndarray) -> np.ndarray:
    """Return log(1 - exp(x)) for x < 0, exact where exp(x) is nearly 1 and where it is nearly 0."""
    x = np.clip(x, -700.0, -1e-300)
    half = -0.69  # about log(1/2): there both forms are good
    small = np.log1p(-np.exp(np.minimum(x, half)))
    return np.where(x > half, np.log(-np.expm1(x)), small)
