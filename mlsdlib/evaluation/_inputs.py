"""What comes in, checked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def vector(name: str, x: Sequence[float], *, at_least: int = 1) -> np.ndarray:
    """Return finite numbers as floats of shape (n,)."""
    array = np.asarray(x)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if len(array) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} values, got {len(array)}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    array = array.astype(float)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)]
        raise ValueError(f"{name} must hold finite numbers, got {bad[0]} ({len(bad)} such)")
    return array


def binary(name: str, y: Sequence) -> np.ndarray:
    """Return zeros and ones as floats of shape (n,)."""
    array = vector(name, y)
    good = (array == 0) | (array == 1)
    if not good.all():
        raise ValueError(f"{name} must hold 0 and 1 only, got {array[~good][0]:g}")
    return array


def probabilities(name: str, p: Sequence[float]) -> np.ndarray:
    """Return numbers from 0 to 1 of shape (n,)."""
    array = vector(name, p)
    check_probabilities(name, array)
    return array


def probability_rows(name: str, p: Sequence[Sequence[float]]) -> np.ndarray:
    """Return probabilities of shape (n, classes) whose rows sum to 1."""
    array = np.asarray(p)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} must have a row a case and a column a class: {array.shape}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    array = array.astype(float)
    check_probabilities(name, array)
    sums = array.sum(axis=1)
    wrong = ~np.isclose(sums, 1, rtol=0, atol=1e-5)  # what float32 leaves of a softmax
    if wrong.any():
        raise ValueError(f"{name} must have rows that sum to 1, got a sum of {sums[wrong][0]:g}")
    return array


def check_probabilities(name: str, p: np.ndarray) -> None:
    """Raise unless all numbers lie in 0 to 1; a NaN does not."""
    good = (p >= 0) & (p <= 1)
    if not good.all():
        raise ValueError(f"{name} must lie between 0 and 1, got {p[~good][0]:g}")


def not_negative(name: str, number: float) -> float:
    """Return a finite number that is zero or more."""
    if not 0 <= number < math.inf:
        raise ValueError(f"{name} must be zero or positive, got {number!r}")
    return float(number)
