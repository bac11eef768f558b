"""What comes in, checked."""

from __future__ import annotations

import numpy as np


def images_of(images: np.ndarray) -> np.ndarray:
    """Return a batch of pictures as an array of shape (n, height, width[, channels])."""
    array = np.asarray(images)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"images must hold numbers, got dtype {array.dtype}")
    if array.ndim not in (3, 4):
        raise ValueError(
            "images must have shape (n, height, width) or (n, height, width, channels), got "
            f"{array.shape}"
        )
    finite("images", array)
    return array


def within(images: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Return pictures that keep to the bounds of a pixel."""
    low, high = bounds_of(bounds)
    if images.size and (images.min() < low or images.max() > high):
        raise ValueError(
            f"images must lie within bounds = ({low}, {high}), got values from {images.min():g} "
            f"to {images.max():g}"
        )
    return images


def finite(name: str, array: np.ndarray) -> None:
    """Raise an error if there is NaN or infinity among the numbers."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")


def bounds_of(bounds: tuple[float, float]) -> tuple[float, float]:
    """Return the least and the greatest value that a pixel may have."""
    try:
        low, high = bounds
    except (TypeError, ValueError):
        raise ValueError(f"bounds must be a pair (low, high), got {bounds!r}") from None
    if not low < high:
        raise ValueError(f"bounds must be (low, high) with low < high, got {bounds!r}")
    return low, high


def share_of(name: str, share: float) -> float:
    """Return a share, a number from 0 to 1."""
    if isinstance(share, bool) or not isinstance(share, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {share!r}")
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {share}")
    return float(share)


def strength_of(name: str, number: float) -> float:
    """Return a finite number that is zero or positive."""
    if isinstance(number, bool) or not isinstance(number, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {number!r}")
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} must be zero or positive, got {number}")
    return float(number)


def count_of(name: str, number: int, *, at_least: int = 1) -> int:
    """Return a whole number that is large enough."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {number!r}")
    if number < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {number}")
    return int(number)
