"""The distance of a sliding window from a reference, event by event."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.drift._inputs import vector


class SlidingKS:
    """The Kolmogorov-Smirnov distance of the last `window` values from a reference.

    The values of the reference cut the line into cells: each value, and each gap. The distribution
    functions can be furthest apart only at the end of a cell, so counts are all that is kept: the
    memory does not grow with the stream. A new value and the one that leaves change the difference
    only between their two cells, by one step, in whole numbers: nothing is rounded, however long
    the stream.

    Parameters
    ----------
    reference : array of shape (n,)
        Numbers; ties are allowed.
    window : int
        Values in the window. Until there are so many, it holds those that there are.

    Raises
    ------
    TypeError, ValueError
        If `reference` holds something else than finite numbers or none, or `window` is no whole
        number of at least 1.

    Notes
    -----
    An event costs a binary search and one pass of numpy over at most 2n + 1 whole numbers; a tree
    would do it in O(log n) steps (dos Reis et al. 2016), each of which costs Python more than that
    pass for references up to some ten thousand.

    To look at every event is to test again and again: the level of one test does not hold for the
    whole stream. Set the limit from a stream without drift.

    Examples
    --------
    >>> recent = SlidingKS([1.0, 2.0, 3.0, 4.0], window=2)
    >>> for x in (1.5, 2.5, 9.0, 9.0):
    ...     recent.update(x)
    ...     print(recent.get())
    0.75
    0.5
    0.5
    1.0
    """

    def __init__(self, reference: Sequence[float], window: int) -> None:
        values = np.sort(vector("reference", reference))
        self._sorted = values.tolist()
        self._window = whole("window", window, at_least=1)
        unique, counts = np.unique(values, return_counts=True)
        self._unique = unique.tolist()
        # Cell 2i + 1 is the i-th value, cell 2i the gap before it.
        self._below = np.zeros(2 * len(unique) + 1, np.int64)
        self._below[1::2] = np.cumsum(counts)
        self._below[2::2] = np.cumsum(counts)
        self._n = len(values)
        self._ring = np.zeros(self._window, np.int64)
        self._next = self._m = 0
        # n times the window's counts up to each cell, minus m times those of the reference.
        self._difference = np.zeros(len(self._below), np.int64)

    @property
    def n_seen(self) -> int:
        """Number of values in the window."""
        return self._m

    def update(self, x: float) -> None:
        """Take one value.

        Raises
        ------
        TypeError, ValueError
            If it is no finite number.
        """
        if type(x) is not float or x - x != 0.0:  # the usual value costs no call
            (x,) = vector("x", [x])
        self._take(bisect_left(self._unique, x) + bisect_right(self._unique, x))

    def update_many(self, x: Sequence[float]) -> None:
        """Take the values of an array of shape (n,), n >= 0, in this order."""
        x = vector("x", x, at_least=0) if len(x) else np.zeros(0)
        cells = np.searchsorted(self._unique, x, "left") + np.searchsorted(self._unique, x, "right")
        self._take_many(cells)

    def merge(self, other: SlidingKS) -> None:
        """Take the window of another SlidingKS, whose values came after those of this one.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, or has another reference or window.
        """
        if not isinstance(other, SlidingKS):
            raise TypeError(f"other must be a SlidingKS, got {type(other).__name__}")
        if other._window != self._window or other._sorted != self._sorted:
            raise ValueError("other must have the same reference and window")
        self._take_many(other._cells())

    def get(self) -> float:
        """Return the distance, from 0 to 1; NaN before the first value."""
        if not self._m:
            return float("nan")
        furthest = max(int(self._difference.max()), -int(self._difference.min()))
        return furthest / (self._n * self._m)

    def _take(self, cell: int) -> None:
        place = self._next
        if self._m < self._window:
            self._m += 1
            self._difference -= self._below
            self._difference[cell:] += self._n
        else:
            gone = int(self._ring[place])
            if cell < gone:
                self._difference[cell:gone] += self._n
            elif gone < cell:
                self._difference[gone:cell] -= self._n
        self._ring[place] = cell
        self._next = place + 1 if place + 1 < self._window else 0

    def _take_many(self, cells: np.ndarray) -> None:
        kept = np.concatenate([self._cells(), cells])[-self._window :]
        self._m = len(kept)
        self._ring[: self._m] = kept
        self._next = self._m % self._window
        counts = np.bincount(kept, minlength=len(self._below))
        self._difference = self._n * np.cumsum(counts) - self._m * self._below

    def _cells(self) -> np.ndarray:
        """Return the cells of the values in the window, the oldest first."""
        if self._m < self._window:
            return self._ring[: self._m].copy()
        return np.roll(self._ring, -self._next)
