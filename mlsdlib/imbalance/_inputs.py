"""What comes in, checked: numbers in a range, and labels of two classes."""

from __future__ import annotations

import numpy as np


def numbers(name: str, values: object) -> np.ndarray:
    """Return values as floats; none may be NaN."""
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    array = array.astype(float)
    if np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN, got {int(np.isnan(array).sum())}")
    return array


def probabilities(name: str, values: object) -> np.ndarray:
    """Return values as floats, all from 0 to 1."""
    array = numbers(name, values)
    if ((array < 0) | (array > 1)).any():
        worst = array[(array < 0) | (array > 1)].flat[0]
        raise ValueError(f"{name} must lie between 0 and 1, got {worst:g}")
    return array


def prior(name: str, value: object) -> float:
    """Return one share, strictly between 0 and 1."""
    array = numbers(name, value)
    if array.ndim != 0:
        raise ValueError(f"{name} must be a single number, got shape {array.shape}")
    if not 0 < array < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {float(array):g}")
    return float(array)


def costs(name: str, values: object) -> np.ndarray:
    """Return costs as floats, finite and not negative."""
    array = numbers(name, values)
    if not (np.isfinite(array) & (array >= 0)).all():
        worst = array[~(np.isfinite(array) & (array >= 0))].flat[0]
        raise ValueError(f"{name} must be finite and at least 0, got {worst:g}")
    return array


def labels(name: str, values: object) -> np.ndarray:
    """Return labels 0 and 1, or False and True, as booleans; at least one."""
    array = np.asarray(values)
    if array.ndim != 1 or len(array) == 0:
        raise ValueError(f"{name} must be one-dimensional and not empty, got shape {array.shape}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold 0 and 1, got dtype {array.dtype}")
    if not np.isin(array, (0, 1)).all():
        wrong = array[~np.isin(array, (0, 1))][0]
        raise ValueError(f"{name} must hold 0 and 1 only, got {wrong}")
    return array.astype(bool)
