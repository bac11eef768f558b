"""What comes in, checked."""

from __future__ import annotations

from numbers import Real

import numpy as np


def finite(name: str, values: object) -> np.ndarray:
    """Return values as an array of floats that are all finite; a torch tensor is detached."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one number, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be finite, got {int((~np.isfinite(array)).sum())} that are not"
        )
    return array


def share(name: str, number: object) -> float:
    """Return a number from 0 to 1."""
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{name} must be a number, got {type(number).__name__}")
    if not 0 <= number <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {number!r}")
    return float(number)
