"""Weights of classes by their effective numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.imbalance._inputs import numbers


def effective_number(n: Sequence[int], beta: float) -> float | np.ndarray:
    """Return how many examples count, if each new one overlaps more with those there are.

    Parameters
    ----------
    n : int or array
        Number of examples of each class, at least 1.
    beta : float
        From 0, where any class counts as one example, up to but not including 1, towards which
        every example counts fully.

    Returns
    -------
    float or array
        ``(1 - beta**n) / (1 - beta)`` (Cui et al. 2019, *Class-balanced loss based on effective
        number of samples*).

    Raises
    ------
    TypeError, ValueError
        If a count is below 1, or `beta` is out of range.

    Examples
    --------
    >>> effective_number([5000, 500, 50, 5], 0.999).round(1)
    array([993.3, 393.6,  48.8,   5. ])
    >>> effective_number(500, 0.0)
    1.0
    """
    n = numbers("n", n)
    if not (n >= 1).all():
        raise ValueError(f"n must be at least 1, got {n.min():g}: a class needs an example")
    b = numbers("beta", beta)
    if b.ndim or not 0 <= b < 1:
        raise ValueError(f"beta must be a number from 0 to below 1, got {beta!r}")
    if b == 0:
        return np.ones_like(n) if n.ndim else 1.0
    # expm1 keeps the digits that 1 - beta**n loses where beta is close to 1.
    number = -np.expm1(n * np.log(b)) / (1 - b)
    return number if number.ndim else float(number)


def class_balanced_weights(n: Sequence[int], *, beta: float = 0.999) -> np.ndarray:
    """Return the weight of each class: one over its effective number, scaled to a mean of 1.

    Parameters
    ----------
    n : array of shape (k,), k >= 1
        Number of examples of each class, at least 1.
    beta : float
        As in `effective_number`. At 0 all classes weigh the same. Towards 1 the weights approach
        one over the frequency: that is the limit, not the rule.

    Returns
    -------
    array of shape (k,)
        Weights with the sum k.

    Raises
    ------
    TypeError, ValueError
        As `effective_number`, or if `n` is not one-dimensional.

    Examples
    --------
    >>> class_balanced_weights([900, 100], beta=0.0)
    array([1., 1.])
    >>> class_balanced_weights([900, 100], beta=0.99).round(2)
    array([0.78, 1.22])
    >>> class_balanced_weights([900, 100], beta=0.9999999).round(2)
    array([0.2, 1.8])
    """
    counts = np.atleast_1d(numbers("n", n))
    if np.ndim(n) != 1 or len(counts) == 0:
        raise ValueError(f"n must be a list of counts, got shape {np.shape(n)}")
    weights = 1 / np.atleast_1d(effective_number(counts, beta))
    return weights / weights.mean()
