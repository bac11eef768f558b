"""Arguments of tests, checked in one place."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import numbers


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
