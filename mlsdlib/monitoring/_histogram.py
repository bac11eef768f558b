"""Counts in fixed bins: constant in memory, mergeable, read for quantiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Prometheus's own ends of bins, in seconds."""


class BinCounts:
    """How many values fell into each of some fixed bins, and their sum.

    Memory does not grow with the number of values, and the counts of two processes add up to
    those of both. What is lost is where in its bin a value lies: a quantile is as exact as its bin
    is narrow.

    Parameters
    ----------
    upper : sequence of float
        Upper ends of the bins, rising; each bin includes its end, as in Prometheus. A last bin to
        infinity is added if it is missing.

    Raises
    ------
    TypeError, ValueError
        If the ends are not rising numbers.

    Examples
    --------
    >>> mine, theirs = BinCounts([1, 2, 4]), BinCounts([1, 2, 4])
    >>> mine.update_many([0.5, 1, 3])
    >>> theirs.update(9)
    >>> mine.merge(theirs)
    >>> mine.counts.tolist(), mine.sum
    ([2, 0, 1, 1], 13.5)
    """

    def __init__(self, upper: Sequence[float] = BUCKETS) -> None:
        ends = np.asarray(upper)
        if ends.ndim != 1 or not len(ends):
            raise ValueError(f"upper must be one-dimensional and not empty, got {upper!r}")
        if ends.dtype.kind not in "iuf":
            raise TypeError(f"upper must hold numbers, got dtype {ends.dtype}")
        ends = ends.astype(float)
        if not (np.diff(ends) > 0).all() or np.isnan(ends).any():
            raise ValueError(f"upper must rise from bin to bin, got {ends.tolist()}")
        if ends[-1] < math.inf:
            ends = np.append(ends, math.inf)
        self.upper = ends
        self.counts = np.zeros(len(ends), dtype=np.int64)
        self.sum = 0.0

    def update(self, value: float) -> None:
        """Count one value."""
        self.update_many([value])

    def update_many(self, values: Sequence[float]) -> None:
        """Count values, as many calls of `update` would.

        Raises
        ------
        TypeError, ValueError
            If a value is NaN or no number; then none is counted.
        """
        array = np.asarray(values)
        if array.ndim != 1:
            raise ValueError(f"values must be one-dimensional, got shape {array.shape}")
        if not len(array):
            return
        if array.dtype.kind not in "iuf":
            raise TypeError(f"values must hold numbers, got dtype {array.dtype}")
        if np.isnan(array).any():
            raise ValueError("values must not be NaN: count what is missing in a counter")
        bins = np.searchsorted(self.upper, array, side="left")
        self.counts += np.bincount(bins, minlength=len(self.upper))
        self.sum += float(array.sum())

    def merge(self, other: BinCounts) -> None:
        """Add the counts of another with the same bins.

        Raises
        ------
        TypeError, ValueError
            If the other is something else, or has other bins.
        """
        if not isinstance(other, BinCounts):
            raise TypeError(f"other must be BinCounts, got {other!r}")
        if not np.array_equal(other.upper, self.upper):
            raise ValueError(
                f"other must have the bins {self.upper.tolist()}, got {other.upper.tolist()}"
            )
        self.counts = self.counts + other.counts
        self.sum += other.sum

    def get(self) -> np.ndarray:
        """Return the counts, shape (bins,)."""
        return self.counts.copy()

    def cumulative(self) -> tuple[list[float], list[int], float]:
        """Return the upper ends, how many values are at most as large, and the values' sum."""
        return self.upper.tolist(), np.cumsum(self.counts).tolist(), self.sum

    def quantile(self, q: float) -> float:
        """Return the value below which a share `q` of the values lies; NaN if there are none.

        As Prometheus's ``histogram_quantile``: values are taken to lie evenly in their bin; the
        first bin begins at 0, or is a point if its end is not positive; of the bin to infinity
        only the lower end is known.

        Raises
        ------
        ValueError
            If `q` is not between 0 and 1.

        Examples
        --------
        >>> bins = BinCounts([1, 2, 4])
        >>> bins.update_many([1.5, 1.7, 3, 3])
        >>> bins.quantile(0.25), bins.quantile(0.5), bins.quantile(1)
        (1.5, 2.0, 4.0)
        """
        if not 0 <= q <= 1:
            raise ValueError(f"q must lie between 0 and 1, got {q!r}")
        n = int(self.counts.sum())
        if not n:
            return math.nan
        below = np.cumsum(self.counts)
        at = int(np.searchsorted(below, max(q * n, 1e-9), side="left"))  # an empty bin has none
        if math.isinf(self.upper[at]):
            return float(self.upper[at - 1]) if at else math.nan
        low = self.upper[at - 1] if at else min(0.0, self.upper[0])
        before = below[at] - self.counts[at]
        share = (q * n - before) / self.counts[at]
        return float(low + share * (self.upper[at] - low))
