"""Histograms over windows of time: sliding and cumulative, and mergeable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import check_lengths, whole
from mlsdlib.drift._inputs import positive, vector


class WindowedHistogram:
    """Counts of a column by bins, for the last windows of time and for all time.

    Each machine keeps its own and they are merged: counts add up, whatever the order, and nobody
    ships rows. From counts follow means, quantiles, and distances such as `psi_of_counts`. The
    memory is that of `keep` windows, however long the stream.

    Parameters
    ----------
    edges : array of shape (k,), k >= 1
        Strictly increasing. There are k + 1 bins; a value equal to an edge lies below it.
    width : number
        Length of a window of time. Window i holds the times from i * width up to, and not
        including, (i + 1) * width.
    keep : int
        Windows that are kept, the last ones. What comes later than that is counted in the
        cumulative histogram and in `late` only.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> a, b = (WindowedHistogram([0.0], 24, keep=7) for _ in range(2))
    >>> a.update_many([1, 2, 30], [-1.0, 2.0, 3.0])
    >>> b.update(31, -5.0)
    >>> a.merge(b)
    >>> a.sliding(1), a.cumulative()
    (array([1, 1]), array([2, 2]))
    """

    def __init__(self, edges: Sequence[float], width: float, *, keep: int) -> None:
        self._edges = vector("edges", edges)
        if (np.diff(self._edges) <= 0).any():
            raise ValueError(f"edges must increase strictly, got {self._edges.tolist()}")
        self._width = positive("width", width)
        self._keep = whole("keep", keep, at_least=1)
        self._total = np.zeros(len(self._edges) + 1, np.int64)
        self._kept = np.zeros((self._keep, len(self._total)), np.int64)  # the last window first
        self._last: int | None = None
        self._late = 0

    @property
    def late(self) -> int:
        """Values that came too late for the windows that are kept."""
        return self._late

    def update(self, t: float, x: float) -> None:
        """Take one value and its time."""
        self.update_many([t], [x])

    def update_many(self, t: Sequence[float], x: Sequence[float]) -> None:
        """Take arrays of shape (n,), n >= 0, of times and values, in any order of time.

        Raises
        ------
        TypeError, ValueError
            If they hold something else than finite numbers, or are not as long as each other.
        """
        check_lengths(t=t, x=x)
        if not len(t):
            return
        window = np.floor(vector("t", t) / self._width).astype(np.int64)
        bins = np.searchsorted(self._edges, vector("x", x))
        self._total += np.bincount(bins, minlength=len(self._total))
        # What comes before its time moves the windows; a value counts as late if it is behind
        # those that were kept when it came.
        latest = np.maximum.accumulate(window)
        if self._last is not None:
            latest = np.maximum(latest, self._last)
        late = window <= latest - self._keep
        self._late += int(late.sum())
        self._advance(int(latest[-1]))
        age = self._last - window
        kept = ~late & (age < self._keep)
        np.add.at(self._kept, (age[kept], bins[kept]), 1)

    def merge(self, other: WindowedHistogram) -> None:
        """Take the counts of another WindowedHistogram.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, or was made with other options.
        """
        if not isinstance(other, WindowedHistogram):
            raise TypeError(f"other must be a WindowedHistogram, got {type(other).__name__}")
        same = np.array_equal(other._edges, self._edges)
        if not same or (other._width, other._keep) != (self._width, self._keep):
            raise ValueError("other must have the same edges, width and keep")
        self._total += other._total
        self._late += other._late
        if other._last is None:
            return
        self._advance(max(other._last, other._last if self._last is None else self._last))
        behind = self._last - other._last
        if behind < self._keep:
            self._kept[behind:] += other._kept[: self._keep - behind]

    def sliding(self, windows: int) -> np.ndarray:
        """Return the counts of the last so many windows, that of the newest value included.

        Raises
        ------
        TypeError, ValueError
            If `windows` is no whole number from 1 to `keep`.
        """
        if whole("windows", windows, at_least=1) > self._keep:
            raise ValueError(f"windows must be at most keep={self._keep}, got {windows}")
        return self._kept[:windows].sum(axis=0)

    def cumulative(self) -> np.ndarray:
        """Return the counts of everything."""
        return self._total.copy()

    def _advance(self, last: int) -> None:
        """Make room for a newer window."""
        if self._last is not None and last > self._last:
            steps = min(last - self._last, self._keep)
            self._kept = np.roll(self._kept, steps, axis=0)
            self._kept[:steps] = 0
        self._last = last if self._last is None else max(last, self._last)
