"""What comes in, checked."""

from __future__ import annotations

import math

import numpy as np


def numbers(name: str, x: object, *, least_dimensions: int = 1) -> np.ndarray:
    """Return finite numbers as floats, with at least so many axes, none of them empty."""
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    if array.ndim < least_dimensions or 0 in array.shape:
        axes = f"{least_dimensions} axis" if least_dimensions == 1 else f"{least_dimensions} axes"
        raise ValueError(f"{name} must have at least {axes}, none empty; got shape {array.shape}")
    array = array.astype(float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {array[~np.isfinite(array)][0]}")
    return array


def counts(name: str, x: object, *, least_dimensions: int = 1) -> np.ndarray:
    """Return finite numbers that are not negative."""
    array = numbers(name, x, least_dimensions=least_dimensions)
    if array.min() < 0:
        raise ValueError(f"{name} must not be negative, got {array.min():g}")
    return array


def click_tables(clicks: object, shows: object) -> tuple[np.ndarray, np.ndarray]:
    """Return two tables of one shape; nothing is clicked more often than shown."""
    clicks = counts("clicks", clicks, least_dimensions=2)
    shows = counts("shows", shows, least_dimensions=2)
    if clicks.shape != shows.shape:
        raise ValueError(
            f"clicks and shows must have one shape, got {clicks.shape} and {shows.shape}"
        )
    if (clicks > shows).any():
        where = tuple(int(i) for i in np.argwhere(clicks > shows)[0])
        raise ValueError(
            f"clicks must not exceed shows, got {clicks[where]:g} of {shows[where]:g} at {where}"
        )
    return clicks, shows


def probabilities(name: str, x: object, *, least_dimensions: int = 1) -> np.ndarray:
    """Return numbers from 0 to 1."""
    array = numbers(name, x, least_dimensions=least_dimensions)
    if array.min() < 0 or array.max() > 1:
        bad = array[(array < 0) | (array > 1)][0]
        raise ValueError(f"{name} must lie between 0 and 1, got {bad:g}")
    return array


def real(name: str, x: object, low: float, high: float = math.inf) -> float:
    """Return one number between two bounds, both included, and finite."""
    if isinstance(x, (bool, np.bool_)) or not isinstance(x, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {x!r}")
    if not (low <= x <= high and math.isfinite(x)):
        bounds = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise ValueError(f"{name} must be {bounds}, got {x!r}")
    return float(x)
