"""Did the arms get the share of the traffic that they were to get?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import numbers
from mlsdlib.experiments._inputs import counts, plain


@dataclass(frozen=True, slots=True, eq=False)
class RatioTest:
    """A test of sample ratios.

    Parameters
    ----------
    statistic : float or array
        Chi-square.
    pvalue : float or array
        How often shares so far from the planned ones come by chance.
    n : int or array
        Observations in all arms together.
    """

    statistic: float | np.ndarray
    pvalue: float | np.ndarray
    n: int | np.ndarray


def sample_ratio_mismatch(observed: Sequence, shares: Sequence[float] | None = None) -> RatioTest:
    """Return the chi-square test of whether arms got the shares that were planned.

    A mismatch means that the assignment, or the counting, is broken; whatever the test then finds
    may come of that. With the usual level of 0.05 one sound test in twenty is called broken: for
    this check levels of 0.001 or below are usual.

    Parameters
    ----------
    observed : array of shape (..., arms)
        Units in each arm, not successes. Leading axes are tests that have nothing to do with each
        other.
    shares : array of shape (arms,), optional
        The planned shares, positive; they are made to sum to 1. Equal ones by default.

    Raises
    ------
    TypeError, ValueError
        If `observed` holds anything but counts, has fewer than two arms or a test without any
        unit, or `shares` do not fit.

    References
    ----------
    Fabijan and others (2019), *Diagnosing sample ratio mismatch in online controlled experiments*.

    Examples
    --------
    >>> print(f"{sample_ratio_mismatch([5_050, 4_950]).pvalue:.3f}")
    0.317
    >>> print(f"{sample_ratio_mismatch([50_500, 49_500]).pvalue:.4f}")
    0.0016
    >>> print(f"{sample_ratio_mismatch([905, 95], [9, 1]).pvalue:.2f}")
    0.60
    """
    from scipy.special import chdtrc

    observed = counts("observed", observed, least_dimensions=1)
    arms = observed.shape[-1]
    if arms < 2:
        raise ValueError(f"observed must hold at least two arms, got {arms}")
    total = observed.sum(axis=-1)
    if not total.all():
        raise ValueError("observed must hold at least one unit in each test, got none")
    share = np.ones(arms) if shares is None else numbers("shares", shares, least_dimensions=1)
    if share.shape != (arms,):
        raise ValueError(f"shares must hold one number for each of {arms} arms, got {share.shape}")
    if share.min() <= 0:
        raise ValueError(f"shares must be positive, got {share.min():g}")
    expected = total[..., None] * share / share.sum()
    statistic = ((observed - expected) ** 2 / expected).sum(axis=-1)
    n = int(total) if total.ndim == 0 else total.astype(np.int64)
    return RatioTest(plain(statistic), plain(chdtrc(arms - 1, statistic)), n)
