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
