"""Measured quantities: a value with its interval, and the usual ways to make one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

__all__ = [
    "Estimate",
    "bootstrap",
    "median_interval",
    "paired_t",
    "t_interval",
    "welch_t",
    "wilson",
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value and the interval it came with.

    Parameters
    ----------
    value, low, high : float
        The point estimate and the ends of its interval, ``low <= value <= high``. The ends may
        be infinite, nothing may be NaN.
    method : str
        How the interval was made, for example ``"bootstrap"``.
    n : int
        Number of independent observations behind it.
    unit : str
        Unit of all three numbers; empty for a pure number.
    level : float
        Confidence level of the interval, between 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If a number is not a number, is NaN, or the three are out of order.

    Examples
    --------
    >>> Estimate(2.0, 1.5, 2.75, method="bootstrap", n=40)
    Estimate(value=2.0, low=1.5, high=2.75, method='bootstrap', n=40, unit='', level=0.95)
    >>> print(Estimate(0.123456, 0.1, 0.15, method="t", n=9, unit="s"))
    0.123 s [0.1, 0.15]
    """

    value: float
    low: float
    high: float
    method: str = "given"
    n: int = 1
    unit: str = ""
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, (int, float, np.number)):
                raise TypeError(f"{name} must be a number, got {type(number).__name__}")
            if math.isnan(number):
                raise ValueError(f"{name} must not be NaN: an estimate needs a number")
            object.__setattr__(self, name, float(number))
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"low <= value <= high must hold, got low={self.low:g}, value={self.value:g}, "
                f"high={self.high:g}"
            )
        _check_level(self.level)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.value:.3g}{unit} [{self.low:.3g}, {self.high:.3g}]"

    def map(self, function: Callable[[float], float], *, unit: str = "") -> Estimate:
        """Return the estimate of ``function(quantity)`` for a function that never turns around.

        Parameters
        ----------
        function : callable
            Strictly rising or strictly falling on the interval, for example ``math.exp``.
        unit : str
            Unit of the result.

        Examples
        --------
        >>> print(Estimate(0.0, -1.0, 1.0).map(math.exp))
        1 [0.368, 2.72]
        """
        low, high = sorted((float(function(self.low)), float(function(self.high))))
        return replace(self, value=float(function(self.value)), low=low, high=high, unit=unit)


def t_interval(x: Sequence[float], *, level: float = 0.95, unit: str = "") -> Estimate:
    """Return the mean of `x` with Student's t interval.

    Parameters
    ----------
    x : array of shape (n,), n >= 2
        Independent observations.
    level : float
        Confidence level.
    unit : str
        Unit of `x`.

    Raises
    ------
    ValueError
        If `x` has fewer than two values or holds NaN.

    Examples
    --------
    >>> print(t_interval([4.0, 5.0, 6.0]))
    5 [2.52, 7.48]
    """
    from scipy.special import stdtrit

    x = _vector("x", x, at_least=2)
    _check_level(level)
    mean = float(x.mean())
    half = float(stdtrit(len(x) - 1, (1 + level) / 2)) * float(x.std(ddof=1)) / math.sqrt(len(x))
    return Estimate(mean, mean - half, mean + half, "t", len(x), unit, level)


def paired_t(
    a: Sequence[float], b: Sequence[float], *, level: float = 0.95, unit: str = ""
) -> Estimate:
    """Return the mean of ``a - b`` over pairs, with Student's t interval of the differences.

    Parameters
    ----------
    a, b : arrays of shape (n,), n >= 2
        Two measurements of the same n things: the same days, splits or users.
    level, unit
        As in `t_interval`.

    Raises
    ------
    ValueError
        If the lengths differ, or as `t_interval`.

    Examples
    --------
    >>> print(paired_t([10.0, 20.0, 30.0], [9.0, 18.5, 28.5]))
    1.33 [0.616, 2.05]
    """
    a, b = _vector("a", a, at_least=2), _vector("b", b, at_least=2)
    if len(a) != len(b):
        raise ValueError(f"a and b must be pairs: got {len(a)} and {len(b)} values")
    return replace(t_interval(a - b, level=level, unit=unit), method="paired t")


def welch_t(
    a: Sequence[float], b: Sequence[float], *, level: float = 0.95, unit: str = ""
) -> Estimate:
    """Return the mean of `a` minus the mean of `b`, with Welch's t interval (Welch 1947).

    Parameters
    ----------
    a, b : arrays of shape (n,) and (m,), n, m >= 2
        Two samples, independent of each other. For two measurements of the same things use
        `paired_t`, which is narrower wherever the things differ.
    level, unit
        As in `t_interval`.

    Raises
    ------
    ValueError
        As `t_interval`.

    Examples
    --------
    >>> print(welch_t([10.0, 20.0, 30.0], [9.0, 18.5, 28.5]))
    1.33 [-21.1, 23.7]
    """
    from scipy.special import stdtrit

    a, b = _vector("a", a, at_least=2), _vector("b", b, at_least=2)
    _check_level(level)
    va, vb = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    difference = float(a.mean() - b.mean())
    n = min(len(a), len(b))
    if va + vb == 0:  # nothing varies: the degrees of freedom are 0 / 0
        return Estimate(difference, difference, difference, "Welch t", n, unit, level)
    share = va / (va + vb)  # not va**2, which is zero for small variances
    freedom = 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))
    half = float(stdtrit(freedom, (1 + level) / 2)) * math.sqrt(va + vb)
    return Estimate(difference, difference - half, difference + half, "Welch t", n, unit, level)


def wilson(k: int, n: int, *, level: float = 0.95) -> Estimate:
    """Return the share ``k / n`` with Wilson's score interval (Wilson 1927).

    Parameters
    ----------
    k : int
        Number of successes, ``0 <= k <= n``.
    n : int
        Number of independent trials, at least 1.
    level : float
        Confidence level.

    Raises
    ------
    TypeError, ValueError
        If `k` or `n` is not a whole number, or out of range.

    Examples
    --------
    >>> print(wilson(10, 100))
    0.1 [0.0552, 0.174]
    >>> print(wilson(0, 10))
    0 [0, 0.278]
    """
    from scipy.special import ndtri

    for name, number in (("k", k), ("n", n)):
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
            raise TypeError(f"{name} must be a whole number, got {number!r}")
    k, n = int(k), int(n)  # numpy's narrow integers overflow below
    if n < 1 or not 0 <= k <= n:
        raise ValueError(f"0 <= k <= n and n >= 1 must hold, got k={k}, n={n}")
    _check_level(level)
    z = float(ndtri((1 + level) / 2))
    p = k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At k = 0 and k = n one end is the value itself; rounding must not push it past.
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return Estimate(p, low, high, "Wilson", int(n), "", level)


def median_interval(x: Sequence[float], *, level: float = 0.95, unit: str = "") -> Estimate:
    """Return the median of `x` with its exact interval between two order statistics.

    The interval holds for any continuous distribution: the number of observations below the true
    median is binomial(n, 1/2), so the k-th smallest and k-th largest value enclose it with a
    known probability (David & Nagaraja, *Order Statistics*, 2003, section 7.1). Six observations
    are the fewest that can give 95 %.

    Parameters
    ----------
    x : array of shape (n,)
        Independent observations.
    level, unit
        As in `t_interval`.

    Raises
    ------
    ValueError
        If `x` holds NaN or too few values for the level.

    Examples
    --------
    >>> print(median_interval([3.0, 1.0, 2.0, 5.0, 4.0, 7.0, 6.0]))
    4 [1, 7]
    """
    from scipy.special import bdtr

    x = np.sort(_vector("x", x, at_least=1))
    _check_level(level)
    n = len(x)
    # P(fewer than k of n observations lie below the median) must not exceed half of 1 - level.
    below = np.asarray(bdtr(np.arange(n // 2 + 1), n, 0.5))
    k = int(np.sum(below <= (1 - level) / 2))
    if k == 0:
        raise ValueError(
            f"x has {n} values: too few for an interval of the median at level {level:g}"
        )
    return Estimate(float(np.median(x)), x[k - 1], x[n - k], "order statistics", n, unit, level)


def bootstrap(
    *samples: Sequence[float],
    statistic: Callable[..., np.ndarray] = np.mean,
    paired: bool = False,
    resamples: int = 2_000,
    level: float = 0.95,
    unit: str = "",
    rng: np.random.Generator | int | None = None,
) -> Estimate:
    """Return ``statistic(*samples)`` with its bias-corrected bootstrap interval (BCa, Efron 1987).

    Parameters
    ----------
    *samples : arrays of shape (n_i,)
        One or more samples. Independent of each other unless `paired`.
    statistic : callable
        Takes the samples and the keyword ``axis``, as numpy's reductions do.
    paired : bool
        Resample the samples together, row by row.
    resamples : int
        Number of resamples, at least 100.
    level, unit
        As in `t_interval`.
    rng : numpy Generator, int or None
        Source of randomness.

    Raises
    ------
    ValueError
        If a sample has fewer than two values or holds NaN, or `resamples` is below 100.

    Examples
    --------
    >>> mean = bootstrap([1.0, 2.0, 3.0, 4.0, 10.0], rng=0)
    >>> mean.value, mean.low > 1, mean.high < 10
    (4.0, True, True)
    """
    from scipy import stats

    if not samples:
        raise ValueError("samples must hold at least one array, got none")
    data = tuple(_vector(f"samples[{i}]", s, at_least=2) for i, s in enumerate(samples))
    if paired and len({len(s) for s in data}) > 1:
        lengths = ", ".join(str(len(s)) for s in data)
        raise ValueError(f"samples must be as long as each other when paired, got {lengths}")
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)):
        raise TypeError(f"resamples must be a whole number, got {resamples!r}")
    if resamples < 100:
        raise ValueError(f"resamples must be at least 100, got {resamples}")
    _check_level(level)
    value = float(statistic(*data, axis=-1))
    n = min(len(s) for s in data)
    if all(np.ptp(s) == 0 for s in data):  # nothing varies: BCa's acceleration is 0 / 0
        return Estimate(value, value, value, "bootstrap", n, unit, level)
    with warnings.catch_warnings():
        # What scipy warns of, an interval of NaN, is an error below.
        warnings.simplefilter("ignore", RuntimeWarning)
        result = stats.bootstrap(
            data,
            statistic,
            paired=paired,
            vectorized=True,
            n_resamples=resamples,
            confidence_level=level,
            method="BCa",
            batch=max(1, 2_000_000 // max(len(s) for s in data)),
            rng=np.random.default_rng(rng),
        )
    low, high = map(float, result.confidence_interval)
    if math.isnan(low) or math.isnan(high):
        raise ValueError("the bootstrap found no interval: the statistic does not vary or is NaN")
    return Estimate(value, min(low, value), max(high, value), "bootstrap", n, unit, level)


def _vector(name: str, x: Sequence[float], *, at_least: int) -> np.ndarray:
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if len(array) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} values, got {len(array)}")
    array = array.astype(float)
    if np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN, got {int(np.isnan(array).sum())}")
    return array


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
