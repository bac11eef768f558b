"""Checks of arguments that every topic needs: what is wrong with one is said with its name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral

import numpy as np

__all__ = ["check_choice", "check_lengths", "check_share", "numbers", "real", "whole"]


def whole(name: str, number: object, at_least: int = 1, at_most: int | None = None) -> int:
    """Return a whole number within its bounds, both included, as a Python int."""
    # A truth value is Python's, and numpy's is not Integral.
    if isinstance(number, bool) or not isinstance(number, Integral):
        raise TypeError(f"{name} must be a whole number, got {number!r}")
    if number < at_least or (at_most is not None and number > at_most):
        bounds = f"at least {at_least}" if at_most is None else f"between {at_least} and {at_most}"
        raise ValueError(f"{name} must be {bounds}, got {number}")
    return int(number)


def check_choice(name: str, choice: object, choices: Sequence[str]) -> None:
    """Raise unless an option is one of those it takes."""
    if choice not in choices:
        raise ValueError(f"{name} must be among {', '.join(choices)}; got {choice!r}")


def check_lengths(**arrays: Sequence) -> None:
    """Raise unless the arrays are as long as each other."""
    lengths = [len(array) for array in arrays.values()]
    if len(set(lengths)) > 1:
        raise ValueError(f"{' and '.join(arrays)} must be as long as each other, got {lengths}")


def check_share(name: str, share: float) -> float:
    """Return a number between 0 and 1, neither end included."""
    if not 0 < share < 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {share!r}")
    return float(share)


def real(name: str, x: object, low: float, high: float = math.inf) -> float:
    """Return one number between two bounds, both included, and finite."""
    if isinstance(x, (bool, np.bool_)) or not isinstance(x, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {x!r}")
    if not (low <= x <= high and math.isfinite(x)):
        bounds = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise ValueError(f"{name} must be {bounds}, got {x!r}")
    return float(x)


def numbers(name: str, x: object, *, least_dimensions: int = 0) -> np.ndarray:
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
