"""The aggregates, each as a commutative monoid: a state, how to add a value, how to join two.

What can be joined can be computed in parts: the parts of a sliding window, of a stream cut among
machines, of a batch that comes in pieces (Tangwongsan et al. 2015, *General incremental
sliding-window aggregation*). Nothing is ever subtracted, so there is nothing to cancel: the error
is that of the values aggregated, not of those that have left.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

State = tuple
"""State of an aggregate; its first element is always the number of values."""


class Aggregate(NamedTuple):
    """A commutative monoid of states, and how to get in and out of it."""

    zero: State
    add: Callable[[State, float], State]
    join: Callable[[State, State], State]
    get: Callable[[State], float]
    groups: Callable[[np.ndarray, np.ndarray], list[State]]
    """The states of consecutive groups of values, given where each group starts."""


# --- count ---


def _groups_count(values: np.ndarray, starts: np.ndarray) -> list[State]:
    return [(n,) for n in _sizes(values, starts)]


def _sizes(values: np.ndarray, starts: np.ndarray) -> list[int]:
    return np.diff(starts, append=len(values)).tolist()


# --- sum and mean: (n, sum, what rounding took from the sum) ---


def _add_sum(state: State, v: float) -> State:
    n, total, lost = state
    new = total + v
    taken = new - total
    # The exact error of one addition (Knuth, TAOCP 2, 4.2.2); summed up, it does not drift.
    return n + 1, new, lost + ((total - (new - taken)) + (v - taken))


def _join_sum(a: State, b: State) -> State:
    n, total, lost = a
    m, v, more = b
    new = total + v
    taken = new - total
    return n + m, new, lost + more + ((total - (new - taken)) + (v - taken))


def _get_sum(state: State) -> float:
    return state[1] + state[2]


def _get_mean(state: State) -> float:
    return _get_sum(state) / state[0] if state[0] else math.nan


def _groups_sum(values: np.ndarray, starts: np.ndarray) -> list[State]:
    sums = np.add.reduceat(values, starts).tolist()
    return [(n, s, 0.0) for n, s in zip(_sizes(values, starts), sums, strict=True)]


# --- var: (n, mean, sum of squared differences from it) ---


def _add_var(state: State, v: float) -> State:
    """Add a value (Welford 1962)."""
    n, mean, squares = state
    n += 1
    difference = v - mean
    mean += difference / n
    return n, mean, squares + difference * (v - mean)


def _join_var(a: State, b: State) -> State:
    """Join two parts (Chan, Golub & LeVeque 1983)."""
    if a[0] == 0 or b[0] == 0:
        return b if a[0] == 0 else a
    n = a[0] + b[0]
    difference = b[1] - a[1]
    squares = a[2] + b[2] + difference * difference * (a[0] * b[0] / n)
    return n, a[1] + difference * (b[0] / n), squares


def _get_var(state: State) -> float:
    return state[2] / (state[0] - 1) if state[0] > 1 else math.nan


def _groups_var(values: np.ndarray, starts: np.ndarray) -> list[State]:
    """Return mean and squares in two passes; the second corrects the mean's rounding too."""
    sizes = np.diff(starts, append=len(values))
    means = np.add.reduceat(values, starts) / sizes
    rest = values - np.repeat(means, sizes)
    sums = np.add.reduceat(rest, starts)
    squares = np.add.reduceat(rest * rest, starts) - sums * sums / sizes
    means += sums / sizes
    parts = zip(sizes.tolist(), means.tolist(), np.maximum(squares, 0.0).tolist(), strict=True)
    return list(parts)


# --- min and max ---


def _extreme(better: Callable[[float, float], float], ufunc: np.ufunc, worst: float) -> Aggregate:
    def groups(values: np.ndarray, starts: np.ndarray) -> list[State]:
        best = ufunc.reduceat(values, starts).tolist()
        return list(zip(_sizes(values, starts), best, strict=True))

    return Aggregate(
        zero=(0, worst),
        add=lambda state, v: (state[0] + 1, better(state[1], v)),
        join=lambda a, b: (a[0] + b[0], better(a[1], b[1])),
        get=lambda state: state[1] if state[0] else math.nan,
        groups=groups,
    )


AGGREGATES = {
    "sum": Aggregate((0, 0.0, 0.0), _add_sum, _join_sum, _get_sum, _groups_sum),
    "count": Aggregate(
        zero=(0,),
        add=lambda state, v: (state[0] + 1,),
        join=lambda a, b: (a[0] + b[0],),
        get=lambda state: state[0],
        groups=_groups_count,
    ),
    "mean": Aggregate((0, 0.0, 0.0), _add_sum, _join_sum, _get_mean, _groups_sum),
    "var": Aggregate((0, 0.0, 0.0), _add_var, _join_var, _get_var, _groups_var),
    "min": _extreme(min, np.minimum, math.inf),
    "max": _extreme(max, np.maximum, -math.inf),
}
"""What can be asked of the values in a window. An empty one has the count 0, the sum 0.0, and NaN
for the rest; the variance divides by n - 1, so it needs two values."""
