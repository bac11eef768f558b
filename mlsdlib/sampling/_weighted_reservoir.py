"""k items of a stream, by weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlsdlib.sampling._inputs import chunk_of, mergeable, not_negative, rows_of, whole


class WeightedReservoirSampler:
    """A sample by weight of everything seen so far, as `weighted_sample` draws it.

    Each item gets a key, an exponential random number divided by its weight, and the k smallest
    keys are kept (Efraimidis & Spirakis 2006, algorithm A-Res, in logarithms). The smallest of
    the keys belongs to an item with a chance by weight, the next to one of the rest by weight,
    and so on. Keys can be compared across machines: that makes samples mergeable.

    Parameters
    ----------
    k : int
        Size of the sample, at least 1.
    rng : numpy Generator, int or None
        Source of randomness. One by one or in chunks, the sample is the same.

    Raises
    ------
    TypeError, ValueError
        If `k` is not a positive whole number.

    References
    ----------
    Efraimidis & Spirakis (2006), *Weighted random sampling with a reservoir*.

    Examples
    --------
    >>> recent = WeightedReservoirSampler(100, rng=0)
    >>> for day in range(1_000):  # a day counts half as much as one 90 days later
    ...     recent.update(day, 2.0 ** (day / 90))
    >>> bool(np.median(recent.get()) > 750)
    True
    """

    def __init__(self, k: int, *, rng: np.random.Generator | int | None = None) -> None:
        self.k = whole("k", k, at_least=1)
        self.n_seen = 0
        """How many items have come, those without weight too."""
        self._rng = np.random.default_rng(rng)
        self._items: list[Any] = []
        self._keys = np.zeros(0)
        self._limit = np.inf  # a key as large as this one stays outside

    def update(self, x: Any, weight: float) -> None:
        """Take one item of any kind; one with weight 0 is never kept."""
        self._take([x], not_negative("weight", [weight]))

    def update_many(self, chunk: Sequence, weights: Sequence[float]) -> None:
        """Take the items of an array or a list, n >= 0, with one weight each."""
        chunk = chunk_of(chunk)
        if np.ndim(weights) != 1:
            raise ValueError(f"weights must be one-dimensional, got shape {np.shape(weights)}")
        if len(chunk) != len(weights):
            raise ValueError(
                f"chunk and weights must be as long as each other, got {len(chunk)} and "
                f"{len(weights)}"
            )
        if len(chunk):
            self._take(chunk, not_negative("weights", weights))

    def _take(self, chunk: Sequence, weights: np.ndarray) -> None:
        draws = self._rng.standard_exponential(len(weights))
        self.n_seen += len(weights)
        with np.errstate(divide="ignore", over="ignore"):
            keys = draws / weights
        rows = np.flatnonzero(keys < self._limit)
        if len(rows) > self.k:
            rows = np.sort(rows[np.argpartition(keys[rows], self.k - 1)[: self.k]])
        if len(rows):
            self._keep(self._items + rows_of(chunk, rows), np.append(self._keys, keys[rows]))

    def merge(self, other: WeightedReservoirSampler) -> None:
        """Take the sample of another stream, as if that stream had been seen here too.

        The streams must not overlap, and the samplers must not share a seed.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, has another k, or is this sampler itself.
        """
        mergeable(self, other, WeightedReservoirSampler)
        self.n_seen += other.n_seen
        self._keep(self._items + other._items, np.append(self._keys, other._keys))

    def get(self) -> list[Any]:
        """Return the sample, a list of at most k items, in the order in which they came."""
        return list(self._items)

    def _keep(self, items: list[Any], keys: np.ndarray) -> None:
        if len(items) > self.k:
            best = np.sort(np.argpartition(keys, self.k - 1)[: self.k])
            items, keys = [items[i] for i in best.tolist()], keys[best]
        if len(items) == self.k:
            self._limit = keys.max()
        self._items, self._keys = items, keys
