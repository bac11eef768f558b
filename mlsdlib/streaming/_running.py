"""An aggregate over everything seen so far, that can be computed in parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import check_choice
from mlsdlib.streaming._aggregates import AGGREGATES
from mlsdlib.streaming._inputs import LARGEST, value_of, values_of


class RunningStat:
    """The aggregate over all values seen, at any moment, from a state of constant size.

    Parameters
    ----------
    agg : str
        As in `window_aggregate`.

    Raises
    ------
    ValueError
        If `agg` is not one of those.

    Notes
    -----
    The sum carries the rounding error of each addition along (Knuth, *TAOCP* 2, 4.2.2), the
    variance is updated by Welford's (1962) formula and joined by that of Chan, Golub & LeVeque
    (1983): a stream of millions is as exact as its last thousand. The sum of squares minus the
    square of the sum, which needs no formula, loses all digits where the mean is large.

    Examples
    --------
    >>> a, b = RunningStat("var"), RunningStat("var")
    >>> a.update(1e9)
    >>> a.update_many([1e9 + 1, 1e9 + 2])
    >>> b.update_many([1e9 + 3, 1e9 + 4])
    >>> a.merge(b)
    >>> a.get()
    2.5
    """

    def __init__(self, agg: str) -> None:
        check_choice("agg", agg, tuple(AGGREGATES))
        self._agg = agg
        self._aggregate = AGGREGATES[agg]
        self._add = self._aggregate.add
        self._state = self._aggregate.zero

    def update(self, v: float) -> None:
        """Take one value."""
        if type(v) is not float or not -LARGEST < v < LARGEST:  # the usual value costs no call
            v = value_of(v)
        self._state = self._add(self._state, v)

    def update_many(self, v: Sequence) -> None:
        """Take the values of an array of shape (n,), n >= 0."""
        v = values_of(v)
        if len(v):
            (state,) = self._aggregate.groups(v, np.zeros(1, np.int64))
            self._state = self._aggregate.join(self._state, state)

    def merge(self, other: RunningStat) -> None:
        """Take the values that another RunningStat has seen.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, or has another aggregate.
        """
        if not isinstance(other, RunningStat):
            raise TypeError(f"other must be a RunningStat, got {type(other).__name__}")
        if other._agg != self._agg:
            raise ValueError(f"other must have the same agg: {self._agg!r}, got {other._agg!r}")
        self._state = self._aggregate.join(self._state, other._state)

    def get(self) -> float:
        """Return the aggregate; without values as `window_aggregate` for an empty window."""
        return self._aggregate.get(self._state)
