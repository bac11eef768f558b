"""Two shares: how many must be asked, and what the answer says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_share
from mlsdlib.experiments._inputs import counts, plain


def sample_size(
    p: float, q: float, *, alpha: float = 0.05, power: float = 0.8, pooled: bool = False
) -> int:
    """Return how many an A/B test needs in each arm to tell a share `p` from a share `q`.

    Parameters
    ----------
    p, q : float
        The share of successes in both arms, between 0 and 1 and not equal. Their difference is the
        smallest effect that the test is to find.
    alpha : float
        Level of the two-sided test.
    power : float
        Probability that the test finds the difference, at least `alpha`.
    pooled : bool
        Whether the test estimates one variance for both arms, as if they were alike.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Fleiss, Levin & Paik (2003), *Statistical methods for rates and proportions*, chapter 4.

    Examples
    --------
    >>> sample_size(0.05, 0.055)
    31231
    >>> sample_size(0.10, 0.11), sample_size(0.10, 0.11, pooled=True)
    (14749, 14751)
    """
    from scipy.special import ndtri

    p, q = check_share("p", p), check_share("q", q)
    if p == q:
        raise ValueError(f"p and q must differ, got {p!r} twice: no sample tells them apart")
    alpha, power = check_share("alpha", alpha), check_share("power", power)
    if power < alpha:
        raise ValueError(f"power must be at least alpha, got {power:g} below {alpha:g}")
    level, found = float(ndtri(1 - alpha / 2)), float(ndtri(power))
    apart, mean = p * (1 - p) + q * (1 - q), (p + q) / 2
    alike = 2 * mean * (1 - mean) if pooled else apart
    n = (level * math.sqrt(alike) + found * math.sqrt(apart)) ** 2 / (p - q) ** 2
    return math.ceil(n - 1e-9 * n)  # a whole number stays one, whatever the last digit says


@dataclass(frozen=True, slots=True, eq=False)
class ProportionTest:
    """Two shares compared; every field is a number or an array of them.

    Parameters
    ----------
    statistic : float or array
        The difference over its standard error under the null hypothesis; positive if the second
        share is larger, 0 where nobody or everybody succeeded.
    pvalue : float or array
        How often so large a difference, either way, comes without any.
    difference : float or array
        Second share minus first share.
    n : int or array
        Observations in both arms together.
    """

    statistic: float | np.ndarray
    pvalue: float | np.ndarray
    difference: float | np.ndarray
    n: int | np.ndarray


def two_proportion_test(
    successes: tuple[object, object], trials: tuple[object, object], *, pooled: bool = True
) -> ProportionTest:
    """Return the z-test of two shares.

    Parameters
    ----------
    successes, trials : pairs of counts, or of arrays of counts
        Those of the first and of the second arm. Arrays are many tests at once: they are broadcast
        against each other.
    pooled : bool
        Whether one variance is estimated for both arms, as the null hypothesis says.

    Raises
    ------
    TypeError, ValueError
        If something is no count, an arm has no trial, or has more successes than trials.

    Examples
    --------
    >>> test = two_proportion_test((200, 250), (1000, 1000))
    >>> print(f"z = {test.statistic:.6f}, p = {test.pvalue:.8f}")
    z = 2.677398, p = 0.00741965
    >>> two_proportion_test(([20, 30], 30), (100, 100)).pvalue.round(3)
    array([0.102, 1. ])
    """
    from scipy.special import ndtr

    for name, pair in (("successes", successes), ("trials", trials)):
        if len(pair) != 2:
            raise ValueError(f"{name} must hold two arms, got {len(pair)}")
    a, b = (counts(f"successes[{i}]", x) for i, x in enumerate(successes))
    n, m = (counts(f"trials[{i}]", x) for i, x in enumerate(trials))
    if (n == 0).any() or (m == 0).any():
        raise ValueError("trials must be at least 1 in each arm, got 0")
    if (a > n).any() or (b > m).any():
        raise ValueError("successes must not exceed trials")
    p, q = a / n, b / m
    if pooled:
        mean = (a + b) / (n + m)
        variance = mean * (1 - mean) * (1 / n + 1 / m)
    else:
        variance = p * (1 - p) / n + q * (1 - q) / m
    difference = q - p
    # If nobody succeeded, or everybody, nothing differs and nothing varies.
    z = np.divide(
        difference,
        np.sqrt(variance),
        out=np.where(difference == 0, 0.0, np.copysign(np.inf, difference)),
        where=variance > 0,
    )
    size = n + m
    n_all = int(size) if size.ndim == 0 else size.astype(np.int64)
    return ProportionTest(plain(z), plain(2 * ndtr(-np.abs(z))), plain(difference), n_all)
