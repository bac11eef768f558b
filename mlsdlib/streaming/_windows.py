"""Windows of fixed length in event time, emitted when the watermark has passed them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.streaming._aggregates import State
from mlsdlib.streaming._assign import aligned_windows, window_spans
from mlsdlib.streaming._inputs import Axis, check_key, value_of
from mlsdlib.streaming._stream import Stream


@dataclass(frozen=True, slots=True)
class Window:
    """A window of one key with its aggregate.

    Parameters
    ----------
    start, end : number or Timestamp
        The window holds its start and not its end.
    key : hashable
        The key; None in a stream without keys.
    value : float
        The aggregate over its events.
    count : int
        How many they are, at least 1: a window without events does not exist.
    """

    start: object
    end: object
    key: Hashable
    value: float
    count: int


class WindowStream(Stream):
    """What tumbling, sliding and session windows have in common: emission, once and in order.

    A subclass keeps its open windows and knows how to take those of a twin (`_take`), to hand out
    the ones that end at or before a time (`_pop`) and to list them all (`_all`). A window in
    transit is ``(start, end, key, state)``.
    """

    def __init__(self, axis: Axis, agg: str, lateness: object, **settings: object) -> None:
        super().__init__(axis, agg, lateness, **settings)
        self._has_emitted = False

    def merge(self, other: WindowStream) -> list[Window]:
        """Take the open windows of a twin, as if its events came now; return what that closes.

        What falls into windows that this object has emitted comes too late and is dropped.

        Parameters
        ----------
        other : of the same class
            With the same aggregate and windows; its lateness may differ. It must neither have
            emitted a window nor be closed: a part of the stream that is to be merged is best
            given an endless `lateness`.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, has emitted or is closed.
        """
        self._check_twin(other)
        if other._has_emitted:
            raise ValueError("other must not have emitted windows: give it a longer lateness")
        for window in other._all():
            self._take(*window)
        self._dropped += other._dropped
        return self._rise(max(self._latest, other._latest))

    def get(self) -> list[Window]:
        """Return the open windows with what they hold so far, in order of end."""
        return [self._window(*w) for w in sorted(self._all(), key=lambda w: w[1])]

    def close(self) -> list[Window]:
        """End the stream: return the windows still open. What comes after that is dropped."""
        self._lateness = 0
        emitted = self._rise(math.inf)
        self._has_emitted = True
        return emitted

    def _rise(self, latest: float) -> list[Window]:
        """Move the watermark and return the windows it passes, each of them once."""
        self._latest, self._mark = latest, latest - self._lateness
        emitted = [self._window(*w) for w in self._pop(self._mark)]
        self._has_emitted |= bool(emitted)
        return emitted

    def _window(self, start: float, end: float, key: Hashable, state: State) -> Window:
        value = self._aggregate.get(state)
        return Window(self._axis.show(start), self._axis.show(end), key, value, state[0])


class SlidingWindows(WindowStream):
    """Windows of one length that begin at every multiple of `step`, and so overlap.

    Each event lies in about width / step of them, and may come too late for some of them only:
    `dropped` counts windows missed. Otherwise as `TumblingWindows`.

    Parameters
    ----------
    width, step : whole number or timedelta
        Length of a window and distance between two starts, ``0 < step <= width``.
    agg, lateness
        As in `TumblingWindows`.

    Examples
    --------
    >>> windows = SlidingWindows(10, 5, agg="count")
    >>> windows.update(12, 1.0)
    []
    >>> windows.update(15, 1.0)
    [Window(start=5, end=15, key=None, value=1, count=1)]
    """

    def __init__(self, width: int, step: int, *, agg: str, lateness: float = 0) -> None:
        axis = Axis(width)
        self._width, self._step = window_spans(axis, width, step)
        super().__init__(axis, agg, lateness, width=self._width, step=self._step)
        self._open: dict[float, dict[Hashable, State]] = {}  # by start; then by key
        self._starts: list[float] = []  # a heap

    def update(self, t: object, v: float, *, by: Hashable = None) -> list[Window]:
        """Take one event; return the windows that close because of it.

        Raises
        ------
        TypeError, ValueError
            If the time is not of the kind of the width, the value is no number, or the key is a
            null.
        """
        t, v = self._axis.time(t), value_of(v)
        check_key(by)
        start = t // self._step * self._step
        state = self._aggregate.add(self._aggregate.zero, v)
        starts = []
        while t < start + self._width:
            starts.append(start)
            start -= self._step
        for start in reversed(starts):
            self._take(start, start + self._width, by, state)
        return self._rise(t) if t > self._latest else []

    def update_many(
        self, t: Sequence, v: Sequence, *, by: Sequence[Hashable] | None = None
    ) -> list[Window]:
        """Take events in the order in which they arrived, as many calls of `update` would.

        Parameters
        ----------
        t, v, by : arrays of shape (n,), n >= 0
            As in `window_aggregate`.
        """
        t, v, codes, keys = self._events(t, v, by)
        if len(t) == 0:
            return []
        event, start, end = aligned_windows(t, self._width, self._step)
        good = end > self._marks(t)[event]
        self._dropped += int(len(good) - good.sum())
        for window in self._groups(start[good], v[event[good]], codes[event[good]], keys):
            self._take(*window)
        return self._rise(max(self._latest, t.max().item()))

    def _groups(
        self, start: np.ndarray, v: np.ndarray, codes: np.ndarray, keys: list[Hashable]
    ) -> Iterable[tuple[float, float, Hashable, State]]:
        """Return the windows that these values make, in order of their first value."""
        if len(start) == 0:
            return []
        import pandas as pd

        nth, starts = pd.factorize(start)
        group, cells = pd.factorize(nth * len(keys) + codes)
        order = np.argsort(group, kind="stable")
        begins = np.searchsorted(group[order], np.arange(len(cells)))
        states = self._aggregate.groups(v[order], begins)
        first = starts[cells // len(keys)].tolist()
        names = [keys[code] for code in (cells % len(keys)).tolist()]
        return [
            (s, s + self._width, key, state)
            for s, key, state in zip(first, names, states, strict=True)
        ]

    def _take(self, start: float, end: float, key: Hashable, state: State) -> None:
        """Add to a window, unless it has been emitted."""
        if end <= self._mark:
            self._dropped += state[0]
            return
        if start not in self._open:
            self._open[start] = {}
            heapq.heappush(self._starts, start)
        window = self._open[start]
        window[key] = self._aggregate.join(window.get(key, self._aggregate.zero), state)

    def _pop(self, mark: float) -> Iterable[tuple[float, float, Hashable, State]]:
        while self._starts and self._starts[0] + self._width <= mark:
            start = heapq.heappop(self._starts)
            for key, state in self._open.pop(start).items():
                yield start, start + self._width, key, state

    def _all(self) -> list[tuple[float, float, Hashable, State]]:
        return [
            (start, start + self._width, key, state)
            for start, window in self._open.items()
            for key, state in window.items()
        ]


class TumblingWindows(SlidingWindows):
    """Windows of one length, side by side: [0, width), [width, 2 width) and so on.

    A window is emitted once, by the call that moves the watermark to its end or past it; an event
    that comes after that is left out of it and counted in `dropped`. The watermark is the greatest
    event time seen, of whatever key, minus `lateness`: the longer the lateness, the fewer events
    are dropped, and the later every window comes out (Akidau et al. 2015).

    Parameters
    ----------
    width : whole number or timedelta
        Length of a window. A timedelta asks for times that are datetimes, counted from 1970.
    agg : str
        As in `window_aggregate`.
    lateness : number or timedelta
        How far the watermark stays behind the greatest event time seen, at least 0; ``math.inf``
        to emit nothing before `close`.

    Raises
    ------
    TypeError, ValueError
        If an option is not what it must be.

    References
    ----------
    Akidau et al. (2015), *The Dataflow Model*.

    Examples
    --------
    >>> windows = TumblingWindows(10, agg="sum", lateness=3)
    >>> for t, v in [(8, 1.0), (12, 2.0), (9, 4.0)]:  # 9 comes late, but not too late
    ...     windows.update(t, v)
    []
    []
    []
    >>> windows.update(13, 8.0)
    [Window(start=0, end=10, key=None, value=5.0, count=2)]
    >>> windows.update(7, 16.0), windows.dropped
    ([], 1)
    >>> windows.close()
    [Window(start=10, end=20, key=None, value=10.0, count=2)]
    """

    def __init__(self, width: int, *, agg: str, lateness: float = 0) -> None:
        super().__init__(width, width, agg=agg, lateness=lateness)
