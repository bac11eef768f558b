"""The population stability index, with what it is when nothing has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths, check_share, whole
from mlsdlib.drift._inputs import positive, vector


@dataclass(frozen=True, slots=True)
class StabilityIndex:
    """A population stability index beside those of two samples of one distribution.

    Parameters
    ----------
    statistic : float
        The index.
    pvalue : float
        How often two samples of one distribution, of these sizes, show as much.
    threshold : float
        What they exceed with probability `alpha` only.
    null_mean : float
        What they show on average: above zero, the more so the smaller they are.
    n, m : int
        Rows of the reference and of the current sample.
    bins : int
        Bins that are left where many values are equal.
    alpha : float
        Level of the threshold.
    """

    statistic: float
    pvalue: float
    threshold: float
    null_mean: float
    n: int
    m: int
    bins: int
    alpha: float


def psi(
    reference: Sequence,
    current: Sequence,
    *,
    bins: int = 10,
    smoothing: float = 0.5,
    alpha: float = 0.05,
) -> StabilityIndex:
    """Return how far a column has moved: the sum over bins of (q - p) log(q / p).

    Parameters
    ----------
    reference, current : arrays of shape (n,) and (m,)
        Numbers, or texts, of which each is a bin of its own.
    bins : int
        Bins of numbers, each with the same share of the reference; fewer where values are equal.
    smoothing : float
        Added to every count: an empty bin would make the index infinite. A tiny number in its
        place makes it arbitrary, the larger the tinier.
    alpha : float
        Level of the threshold.

    Returns
    -------
    StabilityIndex
        With its null distribution: see `psi_threshold`.

    Raises
    ------
    TypeError, ValueError
        If a sample is empty, holds a null or something else than numbers or texts, there is only
        one bin, or an option is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = psi(rng.normal(size=50), rng.normal(size=50))
    >>> found.statistic > 0.1, found.pvalue > 0.05  # above the folklore's limit, and nothing is up
    (True, True)
    >>> psi(["a", "b"] * 5_000, ["a"] * 4_000 + ["b"] * 6_000).statistic
    0.0405
    """
    whole("bins", bins, at_least=2)
    positive("smoothing", smoothing)
    counts = _counts(np.asarray(reference), np.asarray(current), bins)
    return psi_of_counts(*counts, smoothing=smoothing, alpha=alpha)


def psi_of_counts(
    reference: Sequence[int],
    current: Sequence[int],
    *,
    smoothing: float = 0.5,
    alpha: float = 0.05,
) -> StabilityIndex:
    """Return `psi` of two samples that have been counted already, bin by bin.

    Parameters
    ----------
    reference, current : arrays of shape (k,), k >= 2
        Counts of the same bins: of a `WindowedHistogram`, say. Bins that are empty in both are
        left out.
    smoothing, alpha
        As in `psi`.

    Raises
    ------
    TypeError, ValueError
        If counts are negative or none at all, or fewer than two bins hold something.

    Examples
    --------
    >>> found = psi_of_counts([5_000, 5_000], [45, 55])
    >>> found.statistic > found.threshold
    False
    """
    a, b = vector("reference", reference), vector("current", current)
    check_lengths(reference=a, current=b)
    positive("smoothing", smoothing)
    for name, counts in (("reference", a), ("current", b)):
        if (counts < 0).any() or not counts.any():
            raise ValueError(f"{name} must hold counts, none negative, one positive; got {counts}")
    used = (a + b) > 0
    k = int(used.sum())
    if k < 2:
        raise ValueError("reference and current must fill at least 2 bins, got 1: all are equal")
    n, m = int(a.sum()), int(b.sum())
    p, q = ((c[used] + smoothing) / (c.sum() + k * smoothing) for c in (a, b))
    statistic = float((q - p) @ np.log(q / p))
    from scipy.special import chdtrc

    scale = 1 / n + 1 / m
    return StabilityIndex(
        statistic,
        float(chdtrc(k - 1, statistic / scale)),
        psi_threshold(n, m, k, alpha),
        (k - 1) * scale,
        n,
        m,
        k,
        float(alpha),
    )


def psi_threshold(n: int, m: int, bins: int = 10, alpha: float = 0.05) -> float:
    """Return the index that two samples of one distribution exceed with probability `alpha`.

    Without a change the index is (1/n + 1/m) times a chi-square with bins - 1 degrees of freedom:
    it is, to second order, the chi-square statistic of homogeneity over nm / (n + m) (Yurdakul
    2018). A limit for all sizes, 0.1 say, is far too low for small samples and far too high for
    large ones.

    Parameters
    ----------
    n, m : int
        Rows of the two samples.
    bins : int
        Number of bins. With few rows a bin, below 5, the approximation is rough.
    alpha : float
        Probability of a false alarm.

    Raises
    ------
    TypeError, ValueError
        If a count is no whole number in its range, or `alpha` not between 0 and 1.

    Examples
    --------
    >>> psi_threshold(1_000, 1_000)
    0.0338
    >>> psi_threshold(100, 100)
    0.338
    """
    from scipy.special import chdtri

    n, m = whole("n", n, at_least=1), whole("m", m, at_least=1)
    bins = whole("bins", bins, at_least=2)
    return float((1 / n + 1 / m) * chdtri(bins - 1, check_share("alpha", alpha)))


def _counts(reference: np.ndarray, current: np.ndarray, bins: int) -> tuple[np.ndarray, ...]:
    if reference.dtype.kind in "OUST" or current.dtype.kind in "OUST":
        return _text_counts(reference, current)
    a, b = vector("reference", reference, at_least=2), vector("current", current)
    edges = np.unique(np.quantile(a, np.arange(1, bins) / bins))
    if len(edges) and edges[-1] == a.max():  # nothing of the reference lies above it
        edges = edges[:-1]
    k = len(edges) + 1
    if k < 2:
        raise ValueError("reference must hold values that differ: it fills one bin only")
    # A value equal to an edge lies below it, as the quantile does.
    return tuple(np.bincount(np.searchsorted(edges, x), minlength=k) for x in (a, b))


def _text_counts(reference: np.ndarray, current: np.ndarray) -> tuple[np.ndarray, ...]:
    import pandas as pd

    for name, x in (("reference", reference), ("current", current)):
        if x.ndim != 1 or not len(x):
            raise ValueError(f"{name} must be one-dimensional and not empty, got shape {x.shape}")
        if pd.isna(x).any():
            raise ValueError(f"{name} must not hold nulls, got {int(pd.isna(x).sum())}")
        if not all(isinstance(value, str) for value in x.tolist()):
            raise TypeError(f"{name} must hold numbers only, or texts only")
    codes, levels = pd.factorize(np.concatenate([reference, current]).astype(object))
    k, n = len(levels), len(reference)
    return np.bincount(codes[:n], minlength=k), np.bincount(codes[n:], minlength=k)
