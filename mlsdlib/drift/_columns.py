"""Has the distribution of a column changed? Kolmogorov and Smirnov, column by column."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import check_share, whole
from mlsdlib.drift._inputs import two_samples
from mlsdlib.multiplicity import adjusted_pvalues

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ColumnTests:
    """What a test of every column found.

    Parameters
    ----------
    columns : tuple
        Names of the columns; their numbers if they had none.
    statistic : array of shape (d,)
        Largest distance between the two distribution functions, from 0 to 1.
    pvalue, qvalue : arrays of shape (d,)
        As it is, and adjusted for the number of columns.
    n, m : int
        Rows of the reference and of the current sample.
    """

    columns: tuple
    statistic: np.ndarray
    pvalue: np.ndarray
    qvalue: np.ndarray
    n: int
    m: int

    def drifted(self, alpha: float = 0.05, *, at_least: float = 0.0) -> tuple:
        """Return the columns that differ significantly, and by a distance that matters.

        Parameters
        ----------
        alpha : float
            Largest q value.
        at_least : float
            Smallest distance. With many rows any distance is significant.
        """
        found = (self.qvalue <= alpha) & (self.statistic >= at_least)
        return tuple(name for name, hit in zip(self.columns, found, strict=True) if hit)

    def frame(self) -> pd.DataFrame:
        """Return the results as a table, the largest distance first."""
        import pandas as pd

        names = ("statistic", "pvalue", "qvalue")
        table = pd.DataFrame({name: getattr(self, name) for name in names}, index=self.columns)
        return table.sort_values("statistic", ascending=False, kind="stable")


def ks_drift(
    reference: Sequence | pd.DataFrame,
    current: Sequence | pd.DataFrame,
    *,
    correction: str = "bh",
) -> ColumnTests:
    """Return the two-sample Kolmogorov-Smirnov test of every column, adjusted for their number.

    The test looks at one column at a time, so a change of how columns go together is invisible to
    it. It assumes rows that are independent of each other: on a time series it fires without any
    drift. Where a column has ties the p value is too large, which is the safe side.

    Parameters
    ----------
    reference, current : arrays of shape (n, d) and (m, d), or DataFrames
        Numbers. Of two DataFrames the columns are matched by name.
    correction : {"bh", "holm", "none"}
        As in `mlsdlib.multiplicity.adjusted_pvalues`.

    Raises
    ------
    TypeError, ValueError
        If a column holds something else than finite numbers, the columns differ, or a sample has
        fewer than 2 rows.

    References
    ----------
    Rabanser, Günnemann & Lipton 2019, *Failing loudly*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = ks_drift(rng.normal(size=(500, 3)), rng.normal([0, 0, 1], size=(400, 3)))
    >>> found.drifted()
    (2,)
    """
    reference, current, columns = _matched(reference, current)
    # Exact p values of large samples take long and differ in the third digit at most.
    test = _exact if min(len(reference), len(current)) < 100 else _asymptotic
    found = [test(a, b) for a, b in zip(reference.T, current.T, strict=True)]
    statistic, pvalue = np.array(found, float).reshape(-1, 2).T
    return ColumnTests(
        columns,
        statistic,
        pvalue,
        adjusted_pvalues(np.clip(pvalue, 0, 1), correction),
        len(reference),
        len(current),
    )


def _exact(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Return the distance and its p value, by scipy."""
    from scipy.stats import ks_2samp

    with warnings.catch_warnings():
        # For some sizes the exact p value overflows, and scipy says that it takes the asymptotic.
        warnings.filterwarnings("ignore", "ks_2samp: Exact calculation", RuntimeWarning)
        return ks_2samp(a, b)


def _asymptotic(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Return what `scipy.stats.ks_2samp` does with ``method="asymp"``, to the last digit."""
    a, b = np.sort(a), np.sort(b)
    both = np.concatenate([a, b])
    ahead = np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)
    distance = float(max(-ahead.min(), ahead.max()))
    return distance, _pvalue(distance, round(len(a) * len(b) / (len(a) + len(b))))


@lru_cache(maxsize=10_000)
def _pvalue(distance: float, n: int) -> float:
    """Return how often so large a distance comes by chance; columns share few distances."""
    from scipy.stats import kstwo

    return float(np.clip(kstwo.sf(distance, n), 0, 1))


def ks_threshold(n: int, m: int, alpha: float = 0.05) -> float:
    """Return the smallest distance that a Kolmogorov-Smirnov test calls significant.

    Parameters
    ----------
    n, m : int
        Rows of the two samples.
    alpha : float
        Level of the test.

    Returns
    -------
    float
        Of the asymptotic test, ``sqrt(-log(alpha / 2) / 2) * sqrt((n + m) / (n * m))``; at most 1,
        since no distance is larger: then the samples are too small for any alarm.

    Raises
    ------
    TypeError, ValueError
        If `n` or `m` is no whole number of at least 1, or `alpha` not between 0 and 1.

    Examples
    --------
    >>> ks_threshold(1_000, 1_000)
    0.0607
    >>> ks_threshold(1_000_000, 1_000_000)
    0.00192
    """
    n, m = whole("n", n, at_least=1), whole("m", m, at_least=1)
    c = math.sqrt(-math.log(check_share("alpha", alpha) / 2) / 2)
    return min(1.0, c * math.sqrt((n + m) / (n * m)))


def _matched(reference: object, current: object) -> tuple[np.ndarray, np.ndarray, tuple]:
    names = [getattr(frame, "columns", None) for frame in (reference, current)]
    if names[0] is not None and names[1] is not None:
        if set(names[0]) != set(names[1]):
            differ = sorted(map(str, set(names[0]) ^ set(names[1])))
            raise ValueError(f"current must have the columns of reference; they differ in {differ}")
        current = current[list(names[0])]
    for which, frame in (("reference", reference), ("current", current)):
        for name, kind in getattr(frame, "dtypes", {}).items():
            if kind.kind not in "biuf":
                raise TypeError(f"{which} must hold numbers, got {kind} in column {name!r}")
    a, b = two_samples(("reference", "current"), reference, current)
    return a, b, tuple(range(a.shape[1]) if names[0] is None else names[0])
