"""Where is the model worse than elsewhere, and is it more than chance?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import check_choice, check_lengths, whole
from mlsdlib.multiplicity import adjusted_pvalues

if TYPE_CHECKING:
    import pandas as pd

_METRICS = ("error", "fpr", "fnr")
_CORRECTIONS = ("bh", "holm", "none")


def slice_metrics(
    frame: pd.DataFrame,
    y: Sequence,
    p: Sequence,
    *,
    by: Sequence[str],
    metric: str = "error",
    min_size: int = 30,
    correction: str = "bh",
) -> pd.DataFrame:
    """Return the error of every slice of the rows, with a test that it is worse than elsewhere.

    A slice is a value of a column, or a pair of values of two. Under the null hypothesis its rows
    are a draw from all rows, so that its number of errors is hypergeometric: Fisher's exact test,
    one-sided, however small the slice. With many slices some look bad by chance. The q values
    take their number into account: keep those of at most 5 %, and at most 5 % of what is kept is
    false on average ("bh"), or the probability of anything false is at most 5 % ("holm").

    Parameters
    ----------
    frame : DataFrame of n rows
        What to slice by. A column of numbers is taken value by value: cut it into bins before.
        A missing value is a value of its own.
    y, p : arrays of shape (n,)
        True and predicted labels. For "fpr" and "fnr" both are 0 and 1.
    by : list of str
        Columns to slice by.
    metric : {"error", "fpr", "fnr"}
        The share of wrong labels, of wrong ones among the negatives, or among the positives.
    min_size : int
        Smallest number of rows of a slice, of those that the metric counts. Smaller ones are left
        out before the test and so cost the others nothing.
    correction : {"bh", "holm", "none"}
        How q values are made: Benjamini-Hochberg, Holm, which holds for any dependence of the
        slices, or the p values as they are, the naive search.

    Returns
    -------
    DataFrame, the smallest p value first
        "slice" as text; "n" rows and "errors" among them; "value", their share, from "low" to
        "high", Wilson's 95 % interval of this slice alone; "rest", the share among all other rows;
        "pvalue", "qvalue". A slice of all rows is left out: it has no rest.

    Raises
    ------
    ValueError
        If `by` names no column or one that is not there, lengths differ, no row counts for the
        metric, or an option is another.

    References
    ----------
    Chung et al. 2019, *Slice Finder*; Benjamini & Hochberg 1995.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"device": ["phone"] * 50 + ["desktop"] * 50})
    >>> y, p = np.ones(100), np.repeat([1, 0, 1], [30, 20, 50])
    >>> slice_metrics(frame, y, p, by=["device"])[["slice", "n", "value", "low", "rest"]]
                slice   n  value   low  rest
    0    device=phone  50    0.4  0.28   0.0
    1  device=desktop  50    0.0  0.00   0.4
    """
    import pandas as pd
    from scipy import stats

    check_choice("metric", metric, _METRICS)
    check_choice("correction", correction, _CORRECTIONS)
    min_size = whole("min_size", min_size, at_least=1)
    columns = _columns(frame, by)
    wrong, counts = _wrong(y, p, metric, len(frame))
    coded = [(name, *_codes(frame[name][counts], min_size)) for name in columns]
    found = list(_slices(coded, wrong, min_size))
    total, errors = len(wrong), int(wrong.sum())
    names = [name for names, _, _ in found for name in names]
    n, k = (np.concatenate([np.zeros(0, np.int64), *(part[i] for part in found)]) for i in (1, 2))
    value, low, high = _wilson(k, n)
    pvalue = stats.hypergeom.sf(k - 1, total, errors, n)
    return (
        pd.DataFrame(
            {
                "slice": pd.Series(names, dtype=object),
                "n": n,
                "errors": k,
                "value": value,
                "low": low,
                "high": high,
                "rest": (errors - k) / (total - n),
                "pvalue": pvalue,
                "qvalue": adjusted_pvalues(pvalue, correction),
            }
        )
        .sort_values(["pvalue", "slice"], ignore_index=True)
        .astype({"slice": "str"})
    )


def _columns(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    if not hasattr(frame, "columns"):
        raise TypeError(f"frame must be a DataFrame, got {type(frame).__name__}")
    if isinstance(by, str):
        raise TypeError(f"by must be a list of columns, got {by!r}")
    columns = list(dict.fromkeys(by))
    if not columns:
        raise ValueError("by must name at least one column, got none")
    for name in columns:
        if name not in frame.columns:
            raise ValueError(f"by must name columns of {list(frame.columns)}, got {name!r}")
    return columns


def _wrong(y: Sequence, p: Sequence, metric: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the rows that count are wrong, and which rows do."""
    import pandas as pd

    y, p = np.asarray(y), np.asarray(p)
    check_lengths(frame=range(n), y=y, p=p)
    for name, labels in (("y", y), ("p", p)):
        if labels.ndim != 1:
            raise ValueError(f"{name} must be one-dimensional, got shape {labels.shape}")
        if pd.isna(labels).any():
            raise ValueError(f"{name} must not hold nulls, got {int(pd.isna(labels).sum())}")
        if metric != "error" and not np.isin(labels, (0, 1)).all():
            raise ValueError(f"{name} must hold 0 and 1 only for metric={metric!r}")
    counts = np.ones(n, bool) if metric == "error" else y == (metric == "fnr")
    if not counts.any():
        raise ValueError(f"y must hold a row that counts for metric={metric!r}, got none")
    return (y != p)[counts], counts


def _codes(values: pd.Series, min_size: int) -> tuple[np.ndarray, list]:
    """Return the number of each row's level, -1 for a level too rare, and the levels."""
    import pandas as pd

    codes, levels = pd.factorize(values, use_na_sentinel=False)
    frequent = np.bincount(codes, minlength=len(levels)) >= min_size
    # A pair with a rare level is rarer still: neither needs to be counted.
    number = np.where(frequent, np.cumsum(frequent) - 1, -1)
    return number[codes], [level for level, keep in zip(levels, frequent, strict=True) if keep]


def _slices(
    coded: list[tuple[str, np.ndarray, list]], wrong: np.ndarray, min_size: int
) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """Yield names, sizes and errors of the slices of each column, then of each pair of columns."""
    for name, codes, levels in coded:
        which, n, k = _count(codes, wrong, len(levels), min_size)
        yield [f"{name}={levels[i]}" for i in which], n, k
    for (a, codes_a, levels_a), (b, codes_b, levels_b) in combinations(coded, 2):
        both = np.where((codes_a < 0) | (codes_b < 0), -1, codes_a * len(levels_b) + codes_b)
        which, n, k = _count(both, wrong, len(levels_a) * len(levels_b), min_size)
        names = [divmod(i, len(levels_b)) for i in which]
        yield [f"{a}={levels_a[i]}, {b}={levels_b[j]}" for i, j in names], n, k


def _count(
    codes: np.ndarray, wrong: np.ndarray, size: int, min_size: int
) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Return the codes that are frequent enough, with their rows and their errors."""
    which = np.arange(size)
    if size > 4 * len(codes):  # many levels: count those that there are
        which, codes = np.unique(codes, return_inverse=True)
        codes = np.where(which[codes] < 0, -1, codes)
        size = len(which)
    n = np.bincount(codes + 1, minlength=size + 1)[1:]
    k = np.bincount(codes[wrong] + 1, minlength=size + 1)[1:]
    keep = (n >= min_size) & (n < len(codes))
    return which[keep].tolist(), n[keep], k[keep]


def _wilson(k: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return shares with Wilson's intervals, as `mlsdlib.estimate.wilson` for each."""
    from scipy.special import ndtri

    z = float(ndtri(0.975))
    p = k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)
