"""What comes in, checked: samples, labels, probabilities and options."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def vector(name: str, x: Sequence[float], *, at_least: int = 1) -> np.ndarray:
    """Return finite numbers as floats of shape (n,)."""
    array = np.asarray(x)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    return _finite(name, array, at_least)


def sample(name: str, x: Sequence, *, at_least: int = 2) -> np.ndarray:
    """Return finite numbers of shape (n, d); a vector is one column."""
    array = np.asarray(x)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"{name} must have a row a case and a column a feature: {array.shape}")
    return _finite(name, array, at_least)


def two_samples(
    names: tuple[str, str], x: Sequence, y: Sequence, *, at_least: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Return two samples with the same columns."""
    a, b = (
        sample(name, values, at_least=at_least) for name, values in zip(names, (x, y), strict=True)
    )
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"{names[0]} and {names[1]} must have the same columns, got {a.shape[1]} and "
            f"{b.shape[1]}"
        )
    return a, b


def _finite(name: str, array: np.ndarray, at_least: int) -> np.ndarray:
    if len(array) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} rows, got {len(array)}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    array = array.astype(float)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)]
        raise ValueError(f"{name} must hold finite numbers, got {bad[0]} ({len(bad)} such)")
    return array


def labels(name: str, y: Sequence[int], n_classes: int) -> np.ndarray:
    """Return labels 0 to n_classes - 1 as integers of shape (n,)."""
    array = vector(name, y)
    good = (array >= 0) & (array < n_classes) & (array == np.floor(array))
    if not good.all():
        raise ValueError(
            f"{name} must hold the classes 0 to {n_classes - 1}, got {array[~good][0]:g}"
        )
    return array.astype(np.int64)


def probability_rows(name: str, p: Sequence[Sequence[float]]) -> np.ndarray:
    """Return probabilities of shape (n, classes) whose rows sum to 1."""
    array = sample(name, p, at_least=1)
    if array.shape[1] < 2:
        raise ValueError(f"{name} must have a column for each of at least 2 classes")
    if (array < 0).any() or not np.allclose(array.sum(axis=1), 1, rtol=0, atol=1e-5):
        raise ValueError(f"{name} must have rows that are not negative and sum to 1")
    return array


def positive(name: str, number: float) -> float:
    """Return a finite number above zero."""
    if not 0 < number < np.inf:
        raise ValueError(f"{name} must be positive, got {number!r}")
    return float(number)
