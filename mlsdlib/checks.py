"""Checks of arguments that every topic needs: what is wrong with one is said with its name."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

__all__ = ["check_choice", "check_lengths", "check_share", "whole"]


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
