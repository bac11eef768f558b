"""What comes in, checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def delays_of(staleness: int | Sequence[int]) -> np.ndarray:
    """Return how late gradients are, in whole updates."""
    delays = np.asarray(staleness)
    if delays.dtype.kind not in "iu":
        raise TypeError(f"staleness must be whole numbers, got dtype {delays.dtype}")
    if (delays < 0).any():
        raise ValueError(f"staleness must be zero or positive, got {delays.min()}")
    return delays


def whole(name: str, number: int, *, at_least: int = 1) -> int:
    """Return a whole number."""
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {number!r}")
    if number < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {number}")
    return int(number)
