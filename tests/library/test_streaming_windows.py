"""Tumbling, sliding and session windows: emitted once, in order, and nothing goes missing."""

from __future__ import annotations

import math
import statistics
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.streaming import (
    SessionWindows,
    SlidingWindows,
    TumblingWindows,
    Window,
    assign_windows,
)

AGGS = ["sum", "count", "mean", "var", "min", "max"]

times = st.one_of(st.integers(-20, 60), st.floats(-20, 60))
events = st.lists(st.tuples(times, st.integers(-8, 8), st.sampled_from("ab")), max_size=30)
aggs = st.sampled_from(AGGS)
latenesses = st.one_of(st.integers(0, 40), st.just(math.inf))
shapes = st.one_of(
    st.builds(lambda w: ("tumbling", w, w), st.integers(1, 20)),
    st.builds(lambda w, s: ("sliding", max(w, s), min(w, s)), *[st.integers(1, 20)] * 2),
    st.builds(lambda g: ("session", g, None), st.one_of(st.integers(1, 12), st.floats(0.1, 12))),
)


def stream(shape, agg, lateness):
    kind, width, step = shape
    if kind == "sliding":
        return SlidingWindows(width, step, agg=agg, lateness=lateness)
    return {"tumbling": TumblingWindows, "session": SessionWindows}[kind](
        width, agg=agg, lateness=lateness
    )


def fold(windows, rows):
    return [w for t, v, key in rows for w in windows.update(t, v, by=key)]


def at_once(windows, rows):
    t, v, by = zip(*rows, strict=True) if rows else ((), (), ())
    return windows.update_many(np.array(t), np.array(v, float), by=by)


def same(got, expected):
    """Whether two lists of windows are equal, values up to rounding; NaN equals NaN."""
    return [(w.start, w.end, w.key, w.count) for w in got] == [
        (w.start, w.end, w.key, w.count) for w in expected
    ] and [w.value for w in got] == pytest.approx(
        [w.value for w in expected], rel=1e-12, abs=1e-12, nan_ok=True
    )


def of_values(values, agg):
    if agg == "var":
        return statistics.variance(values) if len(values) > 1 else math.nan
    return {"sum": sum, "count": len, "mean": statistics.fmean, "min": min, "max": max}[agg](values)


class Model:
    """The Dataflow model to the letter: every window of every key a list of values."""

    def __init__(self, shape, agg, lateness):
        self.shape, self.agg, self.lateness = shape, agg, lateness
        self.open, self.latest, self.dropped, self.emitted = [], -math.inf, 0, []

    def proposed(self, t):
        kind, width, step = self.shape
        if kind == "session":
            return [(t, t + width)]
        starts = [k * step for k in range(-45 // step, 61 // step + 1)]
        return [(s, s + width) for s in starts if s <= t < s + width]

    def update(self, t, v, key):
        for start, end in self.proposed(t):
            values = [v]
            for window in list(self.open):
                meets = window[0] < end and start < window[1]
                if self.shape[0] != "session":
                    meets = window[0] == start
                if meets and window[2] == key:
                    self.open.remove(window)
                    start, end = min(start, window[0]), max(end, window[1])
                    values = window[3] + values
            if end <= self.latest - self.lateness:
                self.dropped += 1
            else:
                self.open.append((start, end, key, values))
        self.latest = max(self.latest, t)
        done = [w for w in self.open if w[1] <= self.latest - self.lateness]
        self.open = [w for w in self.open if w not in done]
        self.emitted += sorted(done, key=lambda w: w[1])

    def windows(self, rows):
        return [Window(s, e, k, of_values(v, self.agg), len(v)) for s, e, k, v in rows]


def in_order(windows):
    return sorted(windows, key=lambda w: (w.end, w.start, w.key))


@settings(max_examples=150, deadline=None)
@given(events, shapes, aggs, latenesses)
def test_they_are_the_dataflow_model(rows, shape, agg, lateness):
    windows, model = stream(shape, agg, lateness), Model(shape, agg, lateness)
    got = []
    for t, v, key in rows:
        got += windows.update(t, v, by=key)
        model.update(t, v, key)
        assert windows.watermark == model.latest - lateness
        assert windows.dropped == model.dropped
        assert same(in_order(windows.get()), in_order(model.windows(model.open)))
    assert [w.end for w in got] == sorted(w.end for w in got)
    assert same(in_order(got), in_order(model.windows(model.emitted)))


@settings(max_examples=150, deadline=None)
@given(events, shapes, aggs, latenesses)
def test_what_came_in_is_emitted_or_dropped(rows, shape, agg, lateness):
    windows = stream(shape, agg, lateness)
    emitted = fold(windows, rows)
    pairs = len(rows)
    if shape[0] == "sliding" and rows:
        t = np.array([t for t, _, _ in rows])
        pairs = len(assign_windows(t, width=shape[1], step=shape[2]))
    held = sum(w.count for w in windows.get())
    assert sum(w.count for w in emitted) + held + windows.dropped == pairs
    emitted += windows.close()
    assert sum(w.count for w in emitted) + windows.dropped == pairs
    assert windows.get() == windows.close() == []
    if shape[0] != "session":
        assert max(Counter((w.start, w.key) for w in emitted).values(), default=1) == 1


@settings(max_examples=100, deadline=None)
@given(events, st.integers(0, 30), shapes, aggs, latenesses)
def test_update_many_is_the_fold_of_update(rows, cut, shape, agg, lateness):
    one, two = stream(shape, agg, lateness), stream(shape, agg, lateness)
    emitted = at_once(two, rows[:cut]) + at_once(two, rows[cut:])
    assert same(emitted, fold(one, rows))
    assert same(two.get(), one.get())
    assert (two.watermark, two.dropped) == (one.watermark, one.dropped)


@settings(max_examples=80, deadline=None)
@given(events.filter(len), shapes, aggs)
def test_the_stream_is_the_batch_where_nothing_is_dropped(rows, shape, agg):
    disorder = max(max(t for t, _, _ in rows[: i + 1]) - rows[i][0] for i in range(len(rows)))
    # The difference of two times is rounded: without the next float it may be a hair too small.
    windows = stream(shape, agg, math.nextafter(disorder, math.inf))
    got = fold(windows, rows) + windows.close()
    assert windows.dropped == 0
    t, v, by = (list(column) for column in zip(*rows, strict=True))
    _, width, step = shape
    options = {"gap": width} if step is None else {"width": width, "step": step}
    table = assign_windows(np.array(t), by=by, **options)
    table["key"] = np.array(by)[table["event"]]
    table["v"] = np.array(v, float)[table["event"]]
    groups = table.groupby(["end", "start", "key"])["v"]
    assert [(w.end, w.start, w.key) for w in in_order(got)] == list(groups.groups)
    expected = groups.agg(agg).tolist()
    assert [w.value for w in in_order(got)] == pytest.approx(expected, abs=1e-9, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(events, events, shapes, aggs, latenesses)
def test_merge_is_fit_of_both(rows, more, shape, agg, lateness):
    a, b, both = (stream(shape, agg, lateness) for _ in range(3))
    emitted, expected = fold(a, rows), fold(both, rows)
    assert same(emitted, expected)
    if fold(b, more):
        with pytest.raises(ValueError, match="other must not have emitted windows"):
            a.merge(b)
        return
    held = b.get()
    # The twin's events come at once, so that all it closes comes at once.
    assert same(in_order(a.merge(b)), in_order(fold(both, more)))
    assert same(in_order(a.get()), in_order(both.get()))
    assert (a.watermark, a.dropped) == (both.watermark, both.dropped)
    a.update_many([59, 59], [1, 1], by=["a", "b"])
    assert same(b.get(), held)  # a took copies


def test_a_part_with_endless_lateness_is_merged_before_it_speaks():
    total = TumblingWindows(10, agg="sum", lateness=2)
    part = TumblingWindows(10, agg="sum", lateness=math.inf)
    assert part.update_many([3, 47, 12, 4], [1.0, 2.0, 4.0, 8.0]) == []
    assert total.merge(part) == [Window(0, 10, None, 9.0, 2), Window(10, 20, None, 4.0, 1)]
    late = TumblingWindows(10, agg="sum", lateness=math.inf)
    late.update_many([5, 41], [16.0, 32.0])
    assert total.merge(late) == []
    assert total.dropped == 1
    assert total.close() == [Window(40, 50, None, 34.0, 2)]


# --- by hand ---


def test_ends_of_windows_are_exclusive_and_the_watermark_closes_them_exactly():
    windows = TumblingWindows(10, agg="count", lateness=5)
    assert windows.update(10, 1.0) == []  # belongs to [10, 20)
    assert windows.update(9, 1.0) == []
    assert windows.update(14, 1.0) == []  # the watermark is 9
    assert windows.update(15, 1.0) == [Window(0, 10, None, 1, 1)]
    assert windows.update(9, 1.0) == []  # now too late
    assert windows.update(5, 1.0) == []
    assert (windows.dropped, windows.watermark) == (2, 10)
    assert windows.update(26, 1.0) == [Window(10, 20, None, 3, 3)]
    assert windows.update(90, 1.0) == [Window(20, 30, None, 1, 1)]  # none for empty windows


def test_the_watermark_is_that_of_all_keys():
    windows = TumblingWindows(10, agg="sum")
    windows.update(3, 1.0, by="slow")
    assert windows.update(25, 2.0, by="fast") == [Window(0, 10, "slow", 1.0, 1)]
    windows.update(4, 4.0, by="slow")
    assert windows.dropped == 1


def test_an_event_of_sliding_windows_may_be_late_for_some_only():
    windows = SlidingWindows(10, 5, agg="count")
    windows.update(16, 1.0)  # closes [-5, 5) .. [5, 15)
    assert windows.update(12, 1.0) == []
    assert windows.dropped == 1  # [5, 15), but not [10, 20)
    assert windows.close() == [Window(10, 20, None, 2, 2), Window(15, 25, None, 1, 1)]


def test_a_late_event_joins_sessions_and_a_closed_one_stays_closed():
    sessions = SessionWindows(10, agg="sum", lateness=10)
    sessions.update_many([0, 15], [1.0, 2.0])
    assert [(w.start, w.end) for w in sessions.get()] == [(0, 10), (15, 25)]
    assert sessions.update(8, 4.0) == []
    assert sessions.get() == [Window(0, 25, None, 7.0, 3)]
    assert sessions.update(36, 8.0) == [Window(0, 25, None, 7.0, 3)]
    sessions.update(16, 16.0)  # its own window [16, 26) ends at the watermark
    assert sessions.dropped == 1
    sessions.update(17, 32.0)  # one that does not is open again, and overlaps what was emitted
    assert sessions.get()[0] == Window(17, 27, None, 32.0, 1)


def test_an_event_behind_the_watermark_is_kept_while_its_session_is_open():
    sessions = SessionWindows(5, agg="count", lateness=0)
    sessions.update(10, 1.0)
    sessions.update(14, 1.0)
    assert sessions.update(7, 1.0) == []  # [7, 12) lies behind 14, but it meets [10, 19)
    assert sessions.update(20, 1.0) == [Window(7, 19, None, 3, 3)]
    assert sessions.dropped == 0


def test_after_the_end_everything_is_late():
    for windows in (TumblingWindows(5, agg="sum"), SessionWindows(5, agg="sum")):
        windows.update(1, 1.0)
        assert len(windows.close()) == 1
        assert windows.watermark == math.inf
        assert windows.update(100, 1.0) == []
        assert windows.update_many([100, 200], [1.0, 1.0]) == []
        assert (windows.dropped, windows.get()) == (3, [])
    closed = TumblingWindows(5, agg="sum")
    assert closed.close() == []
    with pytest.raises(ValueError, match="other must not have emitted windows"):
        TumblingWindows(5, agg="sum").merge(closed)


def test_datetimes_are_shown_as_they_came():
    t = pd.to_datetime(["2024-01-01 00:10", "2024-01-01 02:00"])
    hour, minute = pd.Timedelta(hours=1), np.timedelta64(1, "m")
    expected = Window(pd.Timestamp("2024-01-01"), t[1] - hour, "x", 1.0, 1)
    one, many = (TumblingWindows(hour, agg="sum", lateness=minute) for _ in range(2))
    assert one.update(t[0].to_pydatetime(), 1, by="x") == []
    assert one.update(t[1].to_numpy(), 2, by="x") == [expected]
    assert many.update_many(t, [1, 2], by=["x", "x"]) == [expected]
    assert many.watermark == pd.Timestamp("2024-01-01 01:59")
    session = SessionWindows(hour, agg="sum")
    assert session.update_many(t, [1, 2])[0].end == pd.Timestamp("2024-01-01 01:10")
    assert many.close()[0].start == t[1]
    assert many.watermark == math.inf


def test_a_list_of_windows_makes_a_table():
    windows = TumblingWindows(10, agg="sum")
    windows.update_many([1, 2, 11], [1.0, 2.0, 4.0], by=["a", "b", "a"])
    table = pd.DataFrame(windows.get())
    assert list(table.columns) == ["start", "end", "key", "value", "count"]


def test_real_rides_are_late_and_none_goes_missing():
    """Rides become known when they end: as a stream of starts they are out of order."""
    rides = datasets.load_bikeshare_trips(columns=["start_date", "end_date", "duration"])
    rides = rides.sort_values("end_date", kind="stable").head(30_000)
    hour, dropped = pd.Timedelta(hours=1), []
    for lateness in (0, pd.Timedelta(minutes=5), pd.Timedelta(hours=1), math.inf):
        hours = TumblingWindows(hour, agg="count", lateness=lateness)
        emitted = hours.update_many(rides["start_date"], rides["duration"]) + hours.close()
        assert sum(w.value for w in emitted) + hours.dropped == len(rides)
        dropped.append(hours.dropped)
    assert dropped == sorted(dropped, reverse=True)
    assert dropped[0] > 1_000
    assert dropped[-1] == 0
    batch = rides["start_date"].dt.floor("h").value_counts().sort_index()
    assert {w.start: w.value for w in emitted} == batch.to_dict()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: w.update("1", 1.0), TypeError, "t must be a number, as the spans are; got '1'"),
        (lambda w: w.update(2**62, 1.0), ValueError, "t must lie between"),
        (lambda w: w.update(1, math.nan), ValueError, "v must lie between .* got nan"),
        (lambda w: w.update(1, 1.0, by=math.nan), ValueError, "by must not be a null"),
        (lambda w: w.update(1, 1.0, by=[]), TypeError, "by must be a hashable key"),
        (lambda w: w.update_many([1], [1.0, 2.0]), ValueError, "t and v must be as long as"),
        (lambda w: w.update_many([1], ["x"]), TypeError, "v must hold numbers"),
        (lambda w: w.merge(w), ValueError, "other must be another object"),
        (lambda w: w.merge(RuntimeError()), TypeError, "other must be a .*Windows, got RuntimeErr"),
    ],
)
@pytest.mark.parametrize("kind", [TumblingWindows, SessionWindows])
def test_windows_refuse_and_stay_as_they_were(kind, call, error, message):
    windows = kind(5, agg="sum", lateness=2)
    windows.update(7, 1.0)
    before = windows.get()
    with pytest.raises(error, match=message):
        call(windows)
    assert (windows.get(), windows.watermark, windows.dropped) == (before, 5, 0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TumblingWindows(0, agg="sum"), ValueError, "width must be positive"),
        (lambda: TumblingWindows(0.5, agg="sum"), ValueError, "width must be a whole number"),
        (lambda: TumblingWindows("1h", agg="sum"), TypeError, "width must be a number"),
        (lambda: TumblingWindows(5, agg="mode"), ValueError, "agg must be among"),
        (lambda: TumblingWindows(5, agg="sum", lateness=-1), ValueError, "lateness must be zero"),
        (lambda: SlidingWindows(5, 6, agg="sum"), ValueError, "step must be at most width"),
        (lambda: SlidingWindows(5, pd.Timedelta(1), agg="sum"), TypeError, "step must be a number"),
        (lambda: SessionWindows(-1, agg="sum"), ValueError, "gap must be positive"),
        (lambda: TumblingWindows(5, agg="sum").merge(SlidingWindows(5, 5, agg="sum")), TypeError,
         "other must be a TumblingWindows, got SlidingWindows"),
        (lambda: TumblingWindows(5, agg="sum").merge(TumblingWindows(6, agg="sum")), ValueError,
         "other must have the same width: 5, got 6"),
        (lambda: SessionWindows(5, agg="sum").merge(SessionWindows(6, agg="sum")), ValueError,
         "other must have the same gap: 5, got 6"),
        (lambda: SlidingWindows(6, 2, agg="sum").merge(SlidingWindows(6, 3, agg="sum")),
         ValueError, "other must have the same step: 2, got 3"),
    ],
)  # fmt: skip
def test_options_that_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
