"""Checks of what comes in: votes, gold labels, probabilities, points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ABSTAIN = -1


def _as_array(name: str, values: object) -> np.ndarray:
    try:
        return np.asarray(values)
    except ValueError as error:  # rows of unequal length
        raise ValueError(f"{name} must hold rows of equal length") from error


def check_votes(votes: object, n_classes: int | None = None) -> np.ndarray:
    """Return votes as an int8 array (n, m), n >= 1 and m >= 1."""
    array = _as_array("votes", votes)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"votes must have shape (n, m), both at least 1, got {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"votes must be whole numbers, got dtype {array.dtype}")
    most = 126 if n_classes is None else n_classes - 1
    if array.min() < ABSTAIN or array.max() > most:
        raise ValueError(
            f"votes must lie between -1 and {most}, got {array.min()} to {array.max()}"
        )
    return array.astype(np.int8, copy=False)


def check_gold(y: Sequence[int], n: int, n_classes: int | None = None) -> np.ndarray:
    """Return gold labels as an int array (n,), -1 where unknown."""
    array = _as_array("y", y)
    if array.dtype.kind not in "iub":
        raise TypeError(f"y must hold whole numbers, got dtype {array.dtype}")
    if array.shape != (n,):
        raise ValueError(f"y must have shape ({n},), got {array.shape}")
    array = array.astype(np.int64)
    most = 126 if n_classes is None else n_classes - 1
    if array.min() < ABSTAIN or array.max() > most:
        raise ValueError(f"y must lie between -1 and {most}, got {array.min()} to {array.max()}")
    return array


def check_proba(proba: object) -> np.ndarray:
    """Return class probabilities as a float array (n, k), n >= 1 and k >= 2."""
    array = _as_array("proba", proba)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"proba must hold numbers, got dtype {array.dtype}")
    if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 2:
        raise ValueError(f"proba must have shape (n, k), n >= 1 and k >= 2, got {array.shape}")
    if np.isnan(array).any():
        rows = int(np.isnan(array).any(axis=1).sum())
        raise ValueError(f"proba must not hold NaN, got {rows} rows with one")
    if (array < 0).any() or not np.allclose(array.sum(axis=1), 1, atol=1e-4):
        raise ValueError("proba must hold rows of probabilities that add up to 1")
    return array.astype(float)


def check_count(name: str, k: object, *, least: int, most: int | None = None) -> int:
    """Return a whole number in a range."""
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {k!r}")
    if k < least or (most is not None and k > most):
        limit = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {limit}, got {k}")
    return int(k)


def check_points(points: object) -> np.ndarray:
    """Return points as a float array (n, d), n >= 1."""
    array = _as_array("points", points)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"points must hold numbers, got dtype {array.dtype}")
    if array.ndim != 2 or array.shape[0] < 1:
        raise ValueError(f"points must have shape (n, d), n at least 1, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("points must be finite, got NaN or infinity")
    return array.astype(float)


def check_amount(name: str, value: object) -> float:
    """Return a finite number from 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not 0 <= value < np.inf:
        raise ValueError(f"{name} must be at least 0 and finite, got {value!r}")
    return float(value)
