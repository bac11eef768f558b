"""Arguments of the worlds: what is wrong with one is said with its name."""

from __future__ import annotations

import math

import numpy as np


def whole(name: str, value: object, low: int, high: int = 10**9) -> int:
    """Return `value` if it is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value}")
    return int(value)


def real(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` if it is a finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must be a finite number{_range(low, high)}, got {value!r}")
    return float(value)


def one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def instances(name: str, values: object, kind: type) -> tuple:
    """Return `values` as a tuple if each is of the kind."""
    if isinstance(values, kind) or not isinstance(values, (tuple, list)):
        raise TypeError(f"{name} must be a tuple of {kind.__name__}, got {values!r}")
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"{name} must hold only {kind.__name__}, got {value!r}")
    return tuple(values)


def _range(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f" of at least {low:g}"
    return f" from {low:g} to {high:g}"
