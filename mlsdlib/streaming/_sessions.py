"""Sessions in event time: windows as long as a key is active."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from operator import itemgetter

from mlsdlib.streaming._aggregates import State
from mlsdlib.streaming._inputs import Axis, check_key, value_of
from mlsdlib.streaming._windows import Window, WindowStream

_start, _end = itemgetter(0), itemgetter(1)


class SessionWindows(WindowStream):
    """Windows that last while a key is active and end where it is silent for `gap`.

    Each event asks for the window [t, t + gap); open windows of a key that overlap become one. A
    late event can therefore join two sessions into one, and an event is too late if even the
    session it would belong to ends at or before the watermark. A session that has been emitted is
    not opened again: one that overlaps it may follow. Otherwise as `TumblingWindows`.

    Parameters
    ----------
    gap : number or timedelta
        An event exactly `gap` later begins the next session, as in `assign_windows`.
    agg, lateness
        As in `TumblingWindows`.

    Examples
    --------
    >>> sessions = SessionWindows(10, agg="count", lateness=20)
    >>> sessions.update_many([0, 15, 7], [1.0, 1.0, 1.0])  # 7 joins what 0 and 15 began
    []
    >>> sessions.update(45, 1.0)
    [Window(start=0, end=25, key=None, value=3, count=3)]
    """

    def __init__(self, gap: float, *, agg: str, lateness: float = 0) -> None:
        axis = Axis(gap)
        self._gap = axis.span("gap", gap)
        super().__init__(axis, agg, lateness, gap=self._gap)
        # The open sessions of each key as (start, end, state), which do not overlap, in order.
        self._open: dict[Hashable, list[tuple[float, float, State]]] = {}
        self._ends: list[tuple[float, int, Hashable]] = []  # a heap, with a number to break ties
        self._taken = 0

    def update(self, t: object, v: float, *, by: Hashable = None) -> list[Window]:
        """Take one event; return the sessions that close because of it.

        Raises
        ------
        TypeError, ValueError
            If the time is not of the kind of the gap, the value is no number, or the key is a
            null.
        """
        t, v = self._axis.time(t), value_of(v)
        check_key(by)
        self._take(t, t + self._gap, by, self._aggregate.add(self._aggregate.zero, v))
        return self._rise(t) if t > self._latest else []

    def update_many(
        self, t: Sequence, v: Sequence, *, by: Sequence[Hashable] | None = None
    ) -> list[Window]:
        """Take events in the order in which they arrived: whether one is late depends on it.

        Parameters
        ----------
        t, v, by : arrays of shape (n,), n >= 0
            As in `window_aggregate`.
        """
        t, v, codes, keys = self._events(t, v, by)
        emitted = []
        for time, value, code in zip(t.tolist(), v.tolist(), codes.tolist(), strict=True):
            state = self._aggregate.add(self._aggregate.zero, value)
            self._take(time, time + self._gap, keys[code], state)
            if time > self._latest:
                emitted += self._rise(time)
        return emitted

    def _take(self, start: float, end: float, key: Hashable, state: State) -> None:
        """Open a session, or make one of it and those it overlaps."""
        sessions = self._open.get(key, [])
        i = bisect_right(sessions, start, key=_end)
        j = bisect_left(sessions, end, key=_start)
        if i == j and end <= self._mark:
            self._dropped += state[0]
            return
        for first, last, part in sessions[i:j]:
            start, end = min(start, first), max(end, last)
            state = self._aggregate.join(part, state)
        sessions[i:j] = [(start, end, state)]
        self._open[key] = sessions
        self._taken += 1
        heapq.heappush(self._ends, (end, self._taken, key))

    def _pop(self, mark: float) -> Iterable[tuple[float, float, Hashable, State]]:
        while self._ends and self._ends[0][0] <= mark:
            end, _, key = heapq.heappop(self._ends)
            sessions = self._open.get(key, [])
            # The oldest session ends first; if it ends elsewhere, it has grown since.
            if sessions and sessions[0][1] == end:
                start, end, state = sessions.pop(0)
                if not sessions:
                    del self._open[key]
                yield start, end, key, state

    def _all(self) -> list[tuple[float, float, Hashable, State]]:
        return [(s, e, key, state) for key, all_ in self._open.items() for s, e, state in all_]
