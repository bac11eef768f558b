"""The trailing window of each key, kept up to date event by event."""

from __future__ import annotations

import math
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mlsdlib.checks import check_choice
from mlsdlib.streaming._aggregates import Aggregate, State
from mlsdlib.streaming._inputs import CLOSED, Axis, check_key, value_of
from mlsdlib.streaming._stream import Stream

_time = operator.itemgetter(0)


class RollingStat(Stream):
    """The aggregate over the last `width` of time, at any moment, key by key.

    The streaming twin of `window_aggregate`: once no more events can come, ``get(by=k, at=t)`` is
    what the batch has for an event of key k at time t. An event may come late by up to
    `lateness`; one that comes later is left out and counted in `dropped`.

    Parameters
    ----------
    agg : str
        As in `window_aggregate`.
    width : number or timedelta
        Length of the window, positive. A timedelta asks for times that are datetimes.
    closed : str
        Which ends belong to the window, as in `window_aggregate`.
    lateness : number or timedelta
        How far behind the greatest event time seen an event may be, at least 0; ``math.inf`` for
        as far as it likes. What is kept in memory is the events of the last `lateness` and of
        the last two widths.

    Raises
    ------
    TypeError, ValueError
        If an option is not what it must be.

    Notes
    -----
    Two stacks (Tangwongsan, Hirzel & Schneider 2015): the older part of the window keeps the
    aggregate of each of its suffixes, the newer part a single one. An event in order costs O(1)
    on average, also for minimum and maximum, which cannot be subtracted; one out of order
    costs O(window) where it falls into the older part. Nothing is subtracted, so rounding errors
    do not accumulate however long the stream.

    Examples
    --------
    >>> rides = RollingStat("sum", 10, lateness=5)
    >>> for t, v in [(100, 1.0), (108, 2.0), (104, 4.0), (90, 8.0), (112, 16.0)]:
    ...     rides.update(t, v)
    >>> rides.get(), rides.get(at=109), rides.dropped, rides.watermark
    (22.0, 7.0, 1, 107)
    """

    def __init__(
        self, agg: str, width: float, *, closed: str = "right", lateness: float = 0
    ) -> None:
        check_choice("closed", closed, CLOSED)
        axis = Axis(width)
        self._width = axis.span("width", width)
        super().__init__(axis, agg, lateness, width=self._width, closed=closed)
        self._settings["lateness"] = self._lateness  # a twin that keeps less could not answer
        self._trails: dict[Hashable, _Trail] = {}
        self._due = -math.inf  # the watermark at which to forget next
        has_left, has_right = closed in ("left", "both"), closed in ("right", "both")
        self._ends = _Ends(
            gone=operator.lt if has_left else operator.le,
            arrived=operator.le if has_right else operator.lt,
            find=bisect_left if has_left else bisect_right,
        )

    def update(self, t: object, v: float, *, by: Hashable = None) -> None:
        """Take one event: its time, its value and its key.

        Raises
        ------
        TypeError, ValueError
            If the time is not of the kind of `width`, the value is no number, or the key is a
            null.
        """
        t, v = self._axis.time(t), value_of(v)
        if t < self._mark:
            check_key(by)
            self._dropped += 1
            return
        self._trail(by).insert(t, v)
        if t > self._latest:
            self._rise(t)

    def update_many(
        self, t: Sequence, v: Sequence, *, by: Sequence[Hashable] | None = None
    ) -> None:
        """Take events in the order in which they arrived, as many calls of `update` would.

        Parameters
        ----------
        t, v, by : arrays of shape (n,), n >= 0
            As in `window_aggregate`.
        """
        t, v, codes, keys = self._events(t, v, by)
        if len(t) == 0:
            return
        good = t >= self._marks(t)
        self._dropped += int(len(t) - good.sum())
        latest = t.max().item()
        t, v, codes = t[good], v[good], codes[good]
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(len(keys) + 1)).tolist()
        pairs = list(zip(t[order].tolist(), v[order].tolist(), strict=True))
        for key, i, j in zip(keys, starts, starts[1:], strict=False):
            if i < j:
                self._trail(key).extend(pairs[i:j])
        self._rise(max(latest, self._latest))

    def merge(self, other: RollingStat) -> None:
        """Take over the events that another RollingStat has kept, its watermark and its count.

        What either of them accepted stays accepted, so the order of merging does not matter.

        Raises
        ------
        TypeError, ValueError
            If `other` is something else, or was made with other options.
        """
        self._check_twin(other)
        for key, trail in other._trails.items():
            self._trail(key).extend(trail.items)
        self._dropped += other._dropped
        self._rise(max(self._latest, other._latest))

    def get(self, *, by: Hashable = None, at: object = None) -> float:
        """Return the aggregate over the window of a key that ends at a time.

        Parameters
        ----------
        by : hashable
            The key. One that was never seen has an empty window.
        at : time, optional
            End of the window; by default the greatest event time seen, of whatever key.

        Raises
        ------
        ValueError
            If `at` lies before the watermark: the events there may be gone.
        """
        end = self._latest if at is None else self._axis.time(at, "at")
        if end < self._mark:
            raise ValueError(f"at must not lie before the watermark {self.watermark}, got {at!r}")
        try:
            trail = self._trails[by]
        except (KeyError, TypeError):
            check_key(by)
            return self._aggregate.get(self._aggregate.zero)
        return self._aggregate.get(trail.window(end, end - self._width))

    def _trail(self, by: Hashable) -> _Trail:
        try:
            return self._trails[by]
        except (KeyError, TypeError):
            check_key(by)
        self._trails[by] = _Trail(self._aggregate, self._ends)
        return self._trails[by]

    def _rise(self, latest: float) -> None:
        """Move the watermark; once every width, forget what no window can reach any more.

        Every key then visited had an event since the visit before last, so an event pays for a
        fixed number of visits.
        """
        self._latest, self._mark = latest, latest - self._lateness
        if self._mark <= self._due:
            return
        self._due = self._mark + self._width
        edge = self._mark - self._width
        for key in list(self._trails):
            self._trails[key].forget(edge)
            if not self._trails[key].items:
                del self._trails[key]


class _Ends(NamedTuple):
    """How the times of events compare with the two ends of the window."""

    gone: Callable[[float, float], bool]  # whether a time lies before the left end
    arrived: Callable[[float, float], bool]  # whether it does not lie behind the right end
    find: Callable  # where in sorted times those begin that are not gone


class _Trail:
    """The events of one key in order of time, and the aggregate of its last window.

    ``items[lo:mid]`` is the older part of the window, of which `front` holds the aggregates of
    the suffixes, the longest last; ``items[mid:hi]`` is the newer part with the aggregate `back`;
    what follows is not in the window yet. `end` is where the window ended; infinity says that the
    parts are no longer right.
    """

    __slots__ = ("aggregate", "back", "end", "ends", "front", "hi", "items", "lo", "mid")

    def __init__(self, aggregate: Aggregate, ends: _Ends) -> None:
        self.aggregate, self.ends = aggregate, ends
        self.items: list[tuple[float, float]] = []
        self.lo = self.mid = self.hi = 0
        self.front: list[State] = []
        self.back = aggregate.zero
        self.end = -math.inf

    def insert(self, t: float, v: float) -> None:
        """Add an event; ties stay in order of arrival."""
        if not self.items or t >= self.items[-1][0]:
            self.items.append((t, v))
            return
        place = bisect_right(self.items, t, key=_time)
        self.items.insert(place, (t, v))
        if place < self.lo:
            self._shift(1)
        elif place < self.mid:
            self.end = math.inf
        elif place < self.hi:
            self.back = self.aggregate.add(self.back, v)
            self.hi += 1

    def extend(self, items: list[tuple[float, float]]) -> None:
        """Add events in any order."""
        before = [self.items[-1], *items] if self.items else items
        in_order = all(a[0] <= b[0] for a, b in pairwise(before))
        self.items += items
        if not in_order:
            self.items.sort(key=_time)
            self.end = math.inf

    def forget(self, edge: float) -> None:
        """Remove the events that a window from `edge` on does not reach."""
        n = self.ends.find(self.items, edge, key=_time)
        while self.lo < min(n, self.mid):
            self.front.pop()
            self.lo += 1
        del self.items[:n]
        if n <= self.lo:
            self._shift(-n)
        else:
            self.end = math.inf

    def window(self, end: float, edge: float) -> State:
        """Return the aggregate of the window between two times, moving it there."""
        items, ends, aggregate = self.items, self.ends, self.aggregate
        if end < self.end:  # back in time: begin again where the window begins
            self.lo = self.mid = self.hi = ends.find(items, edge, key=_time)
            self.front.clear()
            self.back = aggregate.zero
        self.end = end
        while self.hi < len(items) and ends.arrived(items[self.hi][0], end):
            self.back = aggregate.add(self.back, items[self.hi][1])
            self.hi += 1
        while self.lo < self.mid and ends.gone(items[self.lo][0], edge):
            self.front.pop()
            self.lo += 1
        if self.lo == self.mid < self.hi and ends.gone(items[self.lo][0], edge):
            self._turn(edge)
        return aggregate.join(self.front[-1], self.back) if self.front else self.back

    def _turn(self, edge: float) -> None:
        """Make the newer part the older one, without what has left the window."""
        while self.lo < self.hi and self.ends.gone(self.items[self.lo][0], edge):
            self.lo += 1
        suffix = self.back = self.aggregate.zero
        for _, v in reversed(self.items[self.lo : self.hi]):
            suffix = self.aggregate.add(suffix, v)
            self.front.append(suffix)
        self.mid = self.hi

    def _shift(self, n: int) -> None:
        self.lo += n
        self.mid += n
        self.hi += n
