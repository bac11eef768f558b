"""Which input decides?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Tornado:
    """What a result becomes as each input alone goes to its ends; the widest swing first.

    Parameters
    ----------
    base : float
        The result at the middle of every input.
    names : tuple of str
        The inputs.
    low, high : arrays of shape (n_inputs,)
        The result at the low and the high end of each input.
    """

    base: float
    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray

    @property
    def swing(self) -> np.ndarray:
        """How far apart the results at both ends are."""
        return np.abs(self.high - self.low)

    @property
    def flips(self) -> tuple[str, ...]:
        """The inputs at an end of which the result has another sign than at the middle."""
        other = np.sign(np.stack([self.low, self.high])) != np.sign(self.base)
        return tuple(np.array(self.names)[other.any(axis=0)].tolist())


def tornado(
    function: Callable[..., float], inputs: Mapping[str, tuple[float, float, float]]
) -> Tornado:
    """Return how far each input, alone, moves a result.

    It sees no interplay: two inputs that flip a decision together may flip it by none alone.

    Parameters
    ----------
    function : callable
        Takes the inputs as keywords and returns a finite number.
    inputs : mapping
        Name to (low, middle, high), in this order.

    Raises
    ------
    TypeError, ValueError
        If there is no input, one is out of order, or the function returns no finite number.

    Examples
    --------
    >>> found = tornado(lambda a, b: a - b, {"a": (0, 2, 3), "b": (-5, 1, 4)})
    >>> found.base, found.names, found.swing.tolist(), found.flips
    (1.0, ('b', 'a'), [9.0, 3.0], ('b', 'a'))
    """
    if not inputs:
        raise ValueError("inputs must name at least one input, got none")
    for name, ends in inputs.items():
        if len(ends) != 3 or not ends[0] <= ends[1] <= ends[2]:
            raise ValueError(f"inputs[{name!r}] must be low <= middle <= high, got {ends!r}")
    middle = {name: ends[1] for name, ends in inputs.items()}

    def result(**changed: float) -> float:
        value = float(function(**(middle | changed)))
        if not np.isfinite(value):
            raise ValueError(f"function must return a finite number, got {value} at {changed}")
        return value

    base = result()
    found = [(name, *(result(**{name: end}) for end in ends[::2])) for name, ends in inputs.items()]
    found.sort(key=lambda row: -abs(row[2] - row[1]))
    names, low, high = zip(*found, strict=True)
    return Tornado(base, names, np.array(low), np.array(high))


def break_even(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Return the value of an input at which a result changes its sign.

    Parameters
    ----------
    function : callable
        Takes the input and returns the result; continuous.
    low, high : float
        The range that is searched, ``low < high``.

    Returns
    -------
    float or None
        None if the result has one sign at both ends. It may then still change twice between them.

    Raises
    ------
    ValueError
        If the range is empty.

    Examples
    --------
    >>> round(break_even(lambda x: x**2 - 2, 0, 2), 6)
    1.414214
    >>> break_even(lambda x: x**2 + 1, 0, 2) is None
    True
    """
    from scipy.optimize import brentq

    if not low < high:
        raise ValueError(f"low must be below high, got {low!r} and {high!r}")
    if np.sign(function(low)) == np.sign(function(high)):
        return None
    return float(brentq(function, low, high))
