"""Arguments of tests, checked in one place."""

from __future__ import annotations

import numpy as np


def numbers(name: str, x: object, *, least_dimensions: int = 0) -> np.ndarray:
    """Return finite numbers as floats, with at least so many axes and none of them empty."""
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    if array.ndim < least_dimensions or 0 in array.shape:
        raise ValueError(
            f"{name} must have at least {least_dimensions} axes, none empty; got shape "
            f"{array.shape}"
        )
    array = array.astype(float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {array[~np.isfinite(array)][0]}")
    return array


def counts(name: str, x: object, *, least_dimensions: int = 0) -> np.ndarray:
    """Return whole numbers, as floats, none of them negative."""
    array = numbers(name, x, least_dimensions=least_dimensions)
    bad = array[(array < 0) | (array != np.floor(array))]
    if bad.size:
        raise ValueError(f"{name} must hold counts, got {bad[0]:g}")
    return array


def plain(result: np.ndarray) -> np.ndarray | float:
    """Return a float where there is only one number."""
    return float(result) if np.ndim(result) == 0 else result
