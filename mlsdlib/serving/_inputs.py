"""Checks of arguments that several parts share."""

from __future__ import annotations

import math

import numpy as np


def seconds(name: str, value: object, *, positive: bool = False, finite: bool = True) -> float:
    """Return a number of seconds, at least 0, or say what is wrong with it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} must be a number of seconds, got {value!r}")
    low = "above 0" if positive else "at least 0"
    # A NaN fails every comparison.
    if not (value > 0 if positive else value >= 0) or (finite and math.isinf(value)):
        raise ValueError(f"{name} must be {low}{' and finite' if finite else ''}, got {value!r}")
    return float(value)
