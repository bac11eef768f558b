"""What comes in, checked."""

from __future__ import annotations

import numpy as np


def numbers(name: str, x: object, *, dimensions: int | None = None) -> np.ndarray:
    """Return finite numbers as floats; with so many axes, none of them empty, where it is said."""
    array = _floats(name, x)
    if dimensions is not None and array.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} axes, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {array[~np.isfinite(array)][0]}")
    return array


def at_least(name: str, x: object, low: float, *, infinite: bool = False) -> np.ndarray:
    """Return numbers from `low` on; infinity only where it is allowed."""
    array = _floats(name, x)
    bad = ~(array >= low) | (np.isinf(array) & (not infinite))  # NaN is not >= anything
    if bad.any():
        raise ValueError(f"{name} must be at least {low:g} and finite, got {array[bad][0]}")
    return array


def above(name: str, x: object, low: float, *, infinite: bool = False) -> np.ndarray:
    """Return numbers greater than `low`; infinity only where it is allowed."""
    array = _floats(name, x)
    bad = ~(array > low) | (np.isinf(array) & (not infinite))
    if bad.any():
        raise ValueError(f"{name} must be above {low:g}, got {array[bad][0]}")
    return array


def costs(name: str, x: object) -> np.ndarray:
    """Return a table of costs: one row a future, one column an option."""
    return numbers(name, x, dimensions=2)


def _floats(name: str, x: object) -> np.ndarray:
    """Return numbers as floats; a truth value is none."""
    array = np.asarray(x)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    return array.astype(float)
