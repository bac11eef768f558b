"""Draws from one distribution that speak for another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlsdlib.estimate import Estimate
from mlsdlib.sampling._inputs import not_negative, numbers

_Z = 1.959963984540054
"""The normal distribution has 95 % of its mass within so many standard deviations."""


def importance_weights(logp: Sequence[float], logq: Sequence[float]) -> np.ndarray:
    """Return weights that make draws from Q speak for P: in proportion to p/q, with the sum 1.

    Only differences of logarithms count. Constants that are missing from both densities or from
    one of them cancel, and nothing overflows.

    Parameters
    ----------
    logp, logq : arrays of shape (n,)
        Logarithm of both densities, or of both probabilities, at each draw, up to a constant.
        `logp` may be ``-inf``: P never gives such a value.

    Returns
    -------
    array of shape (n,)
        Weights, none negative.

    Raises
    ------
    TypeError, ValueError
        If an array is not such numbers, if they are not as long as each other, or if P gives none
        of the draws: then they say nothing about it.

    Examples
    --------
    >>> importance_weights([-1_000.0, -1_000.0], [-2_000.0, -2_000.0 + np.log(3)])
    array([0.75, 0.25])
    """
    logp, logq = numbers("logp", logp), numbers("logq", logq)
    if len(logp) != len(logq):
        raise ValueError(
            f"logp and logq must be as long as each other, got {len(logp)} and {len(logq)}"
        )
    if not np.isfinite(logq).all():
        raise ValueError("logq must be finite: Q has made these draws")
    if (logp == np.inf).any():
        raise ValueError("logp must be below infinity")
    ratio = logp - logq
    if ratio.max() == -np.inf:
        raise ValueError("logp must be above -inf somewhere: P gives none of the draws")
    weights = np.exp(ratio - ratio.max())
    return weights / weights.sum()


def effective_sample_size(weights: Sequence[float]) -> float:
    """Return how many draws with equal weights are as precise: (sum w)^2 / sum w^2.

    Between 1, where one draw has all the weight, and n. It knows only the weights that it sees:
    where the large ones are rare and none has come yet, it is far too high.

    Parameters
    ----------
    weights : array of shape (n,)
        Finite, none negative, not all zero; their sum does not matter.

    Raises
    ------
    TypeError, ValueError
        If the weights are not such numbers.

    References
    ----------
    Kong (1992), *A note on importance sampling using standardized weights*.

    Examples
    --------
    >>> round(effective_sample_size([0.4, 1.6, 2.0, 2.0]), 3)
    3.358
    """
    w = not_negative("weights", weights)
    if not w.any():
        raise ValueError("weights must hold a positive one, got zeros only")
    w = w / w.max()  # squares of very large weights would overflow
    return float(w.sum() ** 2 / (w @ w))


def importance_mean(
    values: Sequence[float], logp: Sequence[float], logq: Sequence[float]
) -> Estimate:
    """Return the mean of `values` under P, from draws of Q, with its 95 % interval.

    The self-normalised estimate, sum(w x) / sum(w), with the interval of the delta method. Both
    trust the weights they see. If Q seldom reaches where P has mass, the estimate is off and the
    interval narrow: look at `effective_sample_size`, and doubt that, too.

    Parameters
    ----------
    values : array of shape (n,), n >= 2
        The quantity at each draw, finite.
    logp, logq
        As in `importance_weights`.

    Raises
    ------
    TypeError, ValueError
        As `importance_weights`.

    References
    ----------
    Owen (2013), *Monte Carlo theory, methods and examples*, section 9.2.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(0, 2, 10_000)  # Q is twice as wide as P
    >>> found = importance_mean(x**2, -(x**2) / 2, -(x**2) / 8)
    >>> found.low < 1 < found.high
    True
    """
    x = numbers("values", values)
    w = importance_weights(logp, logq)
    if len(x) != len(w):
        raise ValueError(
            f"values and logp must be as long as each other, got {len(x)} and {len(w)}"
        )
    if len(x) < 2:
        raise ValueError(f"values must hold at least 2 values, got {len(x)}")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite")
    mean = float(w @ x)
    half = _Z * math.sqrt(float(w**2 @ (x - mean) ** 2))
    return Estimate(mean, mean - half, mean + half, "importance sampling", len(x))
