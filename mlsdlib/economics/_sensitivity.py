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
    break_even : array of shape (n_inputs,)
        The value of each input at which the result changes its sign; NaN where it has one sign at
        both ends. It may then still change twice between them.
    """

    base: float
    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    break_even: np.ndarray


def tornado(
    function: Callable[..., float], inputs: Mapping[str, tuple[float, float, float]]
) -> Tornado:
    """Return how far each input, alone, moves a result.

    It sees no interplay: two inputs that flip a decision together may flip it by none alone.

    Parameters
    ----------
    function : callable
        Takes the inputs as keywords and returns a finite number, continuous in each of them.
    inputs : mapping
        Name to (low, middle, high), in this order.

    Raises
    ------
    TypeError, ValueError
        If there is no input, one is out of order, or the function returns no finite number.

    Examples
    --------
    >>> found = tornado(lambda a, b: a - b, {"a": (0, 2, 3), "b": (-5, 1, 4)})
    >>> found.base, found.names, found.low.tolist(), found.high.tolist()
    (1.0, ('b', 'a'), [7.0, -1.0], [-2.0, 2.0])
    >>> found.break_even.tolist()
    [2.0, 1.0]
    """
    from scipy.optimize import brentq

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
    found = []
    for name, (start, _, end) in inputs.items():
        low, high = result(**{name: start}), result(**{name: end})
        flip = np.nan
        if np.sign(low) != np.sign(high):
            flip = brentq(lambda x, name=name: result(**{name: x}), start, end)
        found.append((name, low, high, flip))
    found.sort(key=lambda row: -abs(row[2] - row[1]))
    names, *columns = zip(*found, strict=True)
    return Tornado(base, names, *map(np.array, columns))
