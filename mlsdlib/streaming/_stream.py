"""What everything in event time keeps: a watermark, and a count of what came too late."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from mlsdlib.checks import check_choice, check_lengths
from mlsdlib.streaming._aggregates import AGGREGATES
from mlsdlib.streaming._inputs import Axis, keys_of, values_of


class Stream:
    """The part common to rolling statistics and event-time windows."""

    def __init__(self, axis: Axis, agg: str, lateness: object, **settings: object) -> None:
        check_choice("agg", agg, tuple(AGGREGATES))
        self._axis = axis
        self._aggregate = AGGREGATES[agg]
        self._lateness = axis.lateness(lateness)
        self._settings = {"agg": agg, "unit": "ns" if axis.datetimes else "number", **settings}
        self._latest = self._mark = -math.inf
        self._dropped = 0

    @property
    def watermark(self) -> object:
        """The greatest event time seen minus the lateness; None before the first event."""
        return None if self._latest == -math.inf else self._axis.show(self._mark)

    @property
    def dropped(self) -> int:
        """How many events came too late and were left out, counted once for each window missed."""
        return self._dropped

    def _events(
        self, t: Sequence, v: Sequence, by: Sequence[Hashable] | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Hashable]]:
        t, v = self._axis.times(t), values_of(v)
        check_lengths(t=t, v=v)
        return t, v, *keys_of(by, len(t))

    def _marks(self, t: np.ndarray) -> np.ndarray:
        """Return the watermark that each of these events finds when it arrives."""
        first = t[:1] if self._latest == -math.inf else [self._latest]
        return np.maximum.accumulate(np.append(first, t[:-1])) - self._lateness

    def _check_twin(self, other: Stream) -> None:
        if type(other) is not type(self):
            raise TypeError(f"other must be a {type(self).__name__}, got {type(other).__name__}")
        if other is self:
            raise ValueError("other must be another object, got this one")
        for name, mine in self._settings.items():
            if mine != other._settings[name]:
                raise ValueError(
                    f"other must have the same {name}: {mine!r}, got {other._settings[name]!r}"
                )
