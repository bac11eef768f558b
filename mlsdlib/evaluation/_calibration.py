"""Does a confidence of 0.9 mean right nine times in ten?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_choice, check_lengths, whole
from mlsdlib.evaluation._inputs import binary, probabilities

_NORMS = ("l1", "l2")


def expected_calibration_error(
    y: Sequence[int],
    p: Sequence[float],
    *,
    n_bins: int = 15,
    norm: str = "l1",
    debiased: bool = False,
) -> float:
    """Return how far predicted probabilities lie from observed shares, bin by bin.

    The predictions fall into equal bins; in each, the gap between the mean prediction and the mean
    outcome is taken, and the gaps are averaged with the bins' shares as weights. Chance alone makes
    gaps, so a perfectly calibrated model has an error above zero, the more so the fewer the rows
    and the more the bins. `calibration_test` says how much.

    Parameters
    ----------
    y : array of shape (n,)
        What came true, 0 or 1. For several classes: whether the top class was right, with `p` its
        probability (Guo et al. 2017).
    p : array of shape (n,)
        Predicted probabilities.
    n_bins : int
        Number of bins, each open on the left: (0, 1/15], (1/15, 2/15] … Zero is in the first.
    norm : {"l1", "l2"}
        Mean of the absolute gaps, or root of the mean squared gap.
    debiased : bool
        Take away what chance adds (Kumar et al. 2019), for "l2" only: there is no such correction
        of an absolute gap. The square is then unbiased before a negative one is set to zero, as it
        is in about half of all samples of a perfect model; so the root is still above zero on
        average.

    Raises
    ------
    ValueError
        If `y` holds something else than 0 and 1, or `p` something outside 0 to 1, the lengths
        differ, there is nothing, or "l1" is to be debiased.

    References
    ----------
    Naeini et al. 2015, *Obtaining well calibrated probabilities using Bayesian binning*; Kumar et
    al. 2019, *Verified uncertainty calibration*.

    Examples
    --------
    >>> sure = [0.9] * 10
    >>> expected_calibration_error([1] * 6 + [0] * 4, sure)
    0.3
    >>> expected_calibration_error([1] * 9 + [0], sure, norm="l2", debiased=True)
    0.0
    """
    y, p = binary("y", y), probabilities("p", p)
    check_lengths(y=y, p=p)
    check_choice("norm", norm, _NORMS)
    if debiased and norm != "l2":
        raise ValueError(f"norm must be 'l2' where the error is debiased, got {norm!r}")
    order, starts = _bins(p, whole("n_bins", n_bins, at_least=1))
    n = np.diff(starts, append=len(p))
    share = np.add.reduceat(y[order], starts) / n
    gap = np.abs(share - np.add.reduceat(p[order], starts) / n)
    if not debiased:
        return _norm(gap, n, norm)
    chance = share * (1 - share) / np.maximum(n - 1, 1)
    # A single row says nothing about its bin's share: it counts for no gap.
    square = float(np.where(n > 1, gap**2 - chance, 0) @ n) / len(p)
    return math.sqrt(max(square, 0.0))


@dataclass(frozen=True, slots=True)
class CalibrationTest:
    """A calibration error beside those of a perfectly calibrated model with the same predictions.

    Parameters
    ----------
    statistic : float
        The expected calibration error.
    pvalue : float
        How often a perfectly calibrated model shows as much.
    n : int
        Number of rows.
    null_mean, null_low, null_high : float
        What a perfectly calibrated model shows: its mean, and the band that holds 95 % of its
        samples.
    """

    statistic: float
    pvalue: float
    n: int
    null_mean: float
    null_low: float
    null_high: float


def calibration_test(
    y: Sequence[int],
    p: Sequence[float],
    *,
    n_bins: int = 15,
    resamples: int = 9_999,
    rng: np.random.Generator | int | None = None,
) -> CalibrationTest:
    """Return the calibration error with the band that a perfectly calibrated model shows.

    That model is right about each row with exactly the probability it states. How many of a bin's
    rows come true then follows the Poisson-binomial distribution, which is computed once for each
    bin; drawing from it costs no more for a million rows than for a hundred (the test of
    Bröcker & Smith 2007, without drawing every outcome).

    Parameters
    ----------
    y, p, n_bins
        As in `expected_calibration_error`.
    resamples : int
        Number of samples of the perfect model, at least 99.
    rng : numpy Generator, int or None
        Source of randomness.

    Raises
    ------
    ValueError
        As `expected_calibration_error`, or if there are fewer than 99 resamples.

    Examples
    --------
    >>> found = calibration_test([1] * 6 + [0] * 4, [0.9] * 10, rng=0)
    >>> found.statistic, found.pvalue < 0.05
    (0.3, True)
    >>> 0 < found.null_mean < 0.1
    True
    """
    observed = expected_calibration_error(y, p, n_bins=n_bins)
    p = probabilities("p", p)
    resamples = whole("resamples", resamples, at_least=99)
    rng = np.random.default_rng(rng)
    order, starts = _bins(p, n_bins)
    gaps = []
    for rows in np.split(p[order], starts[1:]):
        drawn = rng.random(resamples)
        came_true = np.searchsorted(np.cumsum(_count_pmf(rows))[:-1], drawn, side="right")
        gaps.append(np.abs(came_true / len(rows) - rows.mean()))
    null = _norm(np.stack(gaps, axis=1), np.diff(starts, append=len(p)), "l1")
    low, high = np.quantile(null, [0.025, 0.975])
    # Equal up to rounding is as much.
    as_much = int(np.sum(null >= observed - 1e-12))
    pvalue = (as_much + 1) / (resamples + 1)
    return CalibrationTest(observed, pvalue, len(p), float(null.mean()), float(low), float(high))


def _bins(p: np.ndarray, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an order of the rows by bin, and where in it each bin that is not empty starts."""
    which = np.searchsorted(np.arange(1, n_bins) / n_bins, p)
    order = np.argsort(which, kind="stable")
    return order, np.flatnonzero(np.diff(which[order], prepend=-1))


def _norm(gap: np.ndarray, n: np.ndarray, norm: str) -> np.ndarray | float:
    weight = n / n.sum()
    result = gap @ weight if norm == "l1" else np.sqrt(gap**2 @ weight)
    return float(result) if result.ndim == 0 else result


def _count_pmf(p: np.ndarray) -> np.ndarray:
    """Return the probabilities that 0, 1, … of the events with probabilities `p` come true.

    The distribution of a sum is the convolution of those of its parts: pairs of events first, then
    pairs of pairs, all pairs of a level in one Fourier transform.
    """
    rows = 1 << max(len(p) - 1, 0).bit_length()
    pmf = np.zeros((rows, 2))
    pmf[:, 0] = 1.0  # what fills up to a power of two never comes true
    pmf[: len(p)] = np.column_stack([1 - p, p])
    while len(pmf) > 1:
        size = 2 * pmf.shape[1]
        f = np.fft.rfft(pmf, size, axis=1)
        pmf = np.fft.irfft(f[::2] * f[1::2], size, axis=1)[:, :-1]
    pmf = np.maximum(pmf[0, : len(p) + 1], 0.0)  # rounding: around 1e-17
    return pmf / pmf.sum()
