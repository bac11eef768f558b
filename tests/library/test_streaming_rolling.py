"""Streaming twins of the trailing window and of the whole past: the laws of merging and folding."""

from __future__ import annotations

import math
import statistics
import sys
from collections import deque
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsdlib.streaming import RollingStat, RunningStat, window_aggregate
from mlsdlib.streaming import _aggregates as aggregates

AGGS = ["sum", "count", "mean", "var", "min", "max"]
CLOSED = ["right", "left", "both", "neither"]
EPS = sys.float_info.epsilon

times = st.one_of(st.integers(0, 40), st.floats(0, 40))
events = st.lists(st.tuples(times, st.integers(-8, 8), st.sampled_from("ab")), max_size=30)
floats = st.floats(-1e20, 1e20, allow_subnormal=False)


def close(a, b):
    return a == pytest.approx(b, rel=1e-12, abs=1e-12, nan_ok=True)


def fold(stat, rows):
    for t, v, key in rows:
        stat.update(t, v, by=key)
    return stat


def at_once(stat, rows):
    t, v, by = zip(*rows, strict=True) if rows else ((), (), ())
    stat.update_many(np.array(t), np.array(v, float), by=by)
    return stat


def features(stat, keys="ab"):
    """Everything that can be asked from the watermark on, at every whole number."""
    if stat.watermark is None:
        return [stat.get(by=key) for key in keys]
    first = 0 if stat.watermark == -math.inf else math.ceil(stat.watermark)
    return [stat.get(by=key, at=at) for key in keys for at in range(first, 60)]


def exact(values, agg):
    if agg in ("sum", "count"):
        return len(values) if agg == "count" else float(sum(map(Fraction, values)))
    if len(values) < (2 if agg == "var" else 1):
        return math.nan
    function = {"mean": statistics.mean, "var": statistics.variance, "min": min, "max": max}[agg]
    return float(function([Fraction(v) for v in values]))


def is_inside(s, t, width, closed):
    left = s >= t - width if closed in ("left", "both") else s > t - width
    right = s <= t if closed in ("right", "both") else s < t
    return left and right


# --- RollingStat ---


@settings(max_examples=100, deadline=None)
@given(events.filter(len), st.integers(1, 15), st.sampled_from(AGGS), st.sampled_from(CLOSED))
def test_the_stream_is_the_batch_whatever_the_order(rows, width, agg, closed):
    stat = fold(RollingStat(agg, width, closed=closed, lateness=math.inf), rows)
    t, v, by = zip(*rows, strict=True)
    batch = window_aggregate(np.array(t), v, by=by, width=width, agg=agg, closed=closed)
    stream = [stat.get(by=key, at=time) for time, _, key in rows]
    np.testing.assert_allclose(stream, batch, rtol=1e-12, atol=1e-12)
    assert stat.dropped == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(times, st.integers(-8, 8), st.sampled_from("ab"), st.integers(0, 20),
                       st.booleans()), max_size=40),
    st.integers(1, 15), st.integers(0, 12), st.sampled_from(AGGS), st.sampled_from(CLOSED),
)  # fmt: skip
def test_every_answer_on_the_way_is_the_definition(rows, width, lateness, agg, closed):
    """Questions between the events, back and forth in time, must not disturb one another."""
    stat = RollingStat(agg, width, closed=closed, lateness=lateness)
    accepted, latest, dropped = [], -math.inf, 0
    for t, v, key, ahead, ask in rows:
        stat.update(t, v, by=key)
        if t < latest - lateness:
            dropped += 1
        else:
            accepted.append((t, v, key))
        latest = max(latest, t)
        assert (stat.watermark, stat.dropped) == (latest - lateness, dropped)
        if ask:
            at = latest - lateness + ahead
            inside = [w for s, w, k in accepted if k == key and is_inside(s, at, width, closed)]
            assert close(stat.get(by=key, at=at), exact(inside, agg))
    assert stat.dropped + len(accepted) == len(rows)


@pytest.mark.parametrize("late", range(20, 31))
@pytest.mark.parametrize("agg", AGGS)
def test_a_late_event_falls_before_into_or_behind_each_part_of_the_window(late, agg):
    stat, seen = RollingStat(agg, 5, lateness=10), []
    for t in [*range(10, 31), late, late, *range(31, 40)]:
        stat.update(t, t % 7)
        seen.append((t, t % 7))
        end = max(seen)[0]
        assert close(stat.get(), exact([v for s, v in seen if end - 5 < s <= end], agg))


def test_in_order_each_get_is_final():
    t, v = np.arange(50), np.arange(50) % 7
    for agg in AGGS:
        stat = RollingStat(agg, 8)
        stream = []
        for time, value in zip(t, v, strict=True):
            stat.update(time, value)
            stream.append(stat.get())
        np.testing.assert_allclose(stream, window_aggregate(t, v, width=8, agg=agg), rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(events, st.integers(0, 30), st.integers(1, 15), st.integers(0, 40), st.sampled_from(AGGS))
def test_update_many_is_the_fold_of_update(rows, cut, width, lateness, agg):
    one = fold(RollingStat(agg, width, lateness=lateness), rows)
    two = RollingStat(agg, width, lateness=lateness)
    for part in (rows[:cut], rows[cut:]):
        at_once(two, part)
        two.get(by="a")  # what was asked before must not matter
    assert (one.watermark, one.dropped) == (two.watermark, two.dropped)
    assert close(features(two), features(one))


@settings(max_examples=70, deadline=None)
@given(events, events, st.integers(1, 15), st.sampled_from(AGGS), st.integers(40, 50))
def test_merge_is_fit_of_both_where_nothing_is_late(rows, more, width, agg, lateness):
    a, b = (fold(RollingStat(agg, width, lateness=lateness), part) for part in (rows, more))
    before = features(b)
    a.get(by="a")
    a.merge(b)
    both = fold(RollingStat(agg, width, lateness=lateness), rows + more)
    assert (a.watermark, a.dropped) == (both.watermark, 0)
    assert close(features(a), features(both))
    a.update_many([50, 3], [9, 9], by=["a", "b"])
    assert close(features(b), before)  # a took copies


@settings(max_examples=70, deadline=None)
@given(events, events, st.integers(1, 15), st.sampled_from(AGGS), st.integers(0, 20))
def test_merge_keeps_what_either_accepted_in_either_order(rows, more, width, agg, lateness):
    def twins():
        return [fold(RollingStat(agg, width, lateness=lateness), part) for part in (rows, more)]

    a, b = twins()
    d, c = twins()
    dropped = a.dropped + b.dropped
    a.merge(b)
    c.merge(d)
    assert (a.watermark, a.dropped) == (c.watermark, dropped)
    assert c.dropped == dropped
    assert close(features(a), features(c))


@settings(max_examples=60, deadline=None)
@given(st.lists(floats, min_size=1, max_size=60), st.integers(1, 9), st.booleans())
@example([1e17, 0.1, 0.2, 0.3, 0.4], 3, True)
def test_a_rolling_sum_does_not_drift(values, width, is_asked):
    stat = RollingStat("sum", width)
    for i, v in enumerate(values):
        stat.update(i, v)
        window = values[max(0, i - width + 1) : i + 1]
        if is_asked or v is values[-1]:
            total, size = math.fsum(window), math.fsum(map(abs, window))
            assert abs(stat.get() - total) <= EPS * abs(total) + len(window) ** 2 * EPS**2 * size


def test_add_and_subtract_drifts():
    """The loop everybody writes, on the stream of the test above."""
    window, total = deque(), 0.0
    stat = RollingStat("sum", 3)
    for i, v in enumerate([1e17, 0.1, 0.2, 0.3, 0.4]):
        window.append(v)
        total += v
        if len(window) > 3:
            total -= window.popleft()
        stat.update(i, v)
    assert total == pytest.approx(
        0.4 - 0.1
    )  # what came beside 1e17 was lost; 0.1 left all the same
    assert stat.get() == pytest.approx(0.9)


def test_a_minimum_costs_a_constant_number_of_steps_per_event(monkeypatch):
    calls = []
    minimum = aggregates.AGGREGATES["min"]

    def add(state, v):
        calls.append(v)
        return minimum.add(state, v)

    monkeypatch.setitem(aggregates.AGGREGATES, "min", minimum._replace(add=add))
    stat = RollingStat("min", 500)
    for t in range(5_000):
        stat.update(t, t % 37)
        stat.get()
    assert 5_000 <= len(calls) <= 2 * 5_000


def test_memory_is_bounded_by_the_window_not_by_the_stream():
    stat = RollingStat("sum", 10, lateness=5)
    for t in range(2_000):
        stat.update(t, 1.0, by=t % 300)  # a key comes back when its window has long gone
        assert sum(len(trail.items) for trail in stat._trails.values()) <= 5 + 2 * 10 + 1
        assert all(trail.items for trail in stat._trails.values())
    stat.update_many([0], [1.0], by=["comes too late"])
    assert "comes too late" not in stat._trails
    endless = RollingStat("sum", 10, lateness=math.inf)
    endless.update_many(range(100), [1.0] * 100)
    assert endless.get(at=5) == 6


def test_datetimes():
    t = pd.to_datetime(["2024-01-01 00:00", "2024-01-01 02:00", "2024-01-01 01:30"])
    one = RollingStat("sum", pd.Timedelta(hours=1), lateness=np.timedelta64(30, "m"))
    for time, v in zip(t, [1, 2, 4], strict=True):
        one.update(time, v)
    many = RollingStat("sum", np.timedelta64(1, "h"), lateness=pd.Timedelta(minutes=30))
    many.update_many(t, [1, 2, 4])
    for stat in (one, many):
        assert stat.watermark == pd.Timestamp("2024-01-01 01:30")
        assert (stat.get(), stat.get(at=np.datetime64("2024-01-01T01:30")), stat.dropped) == (
            6,
            4,
            0,
        )
    one.merge(many)
    assert one.get() == 12


def test_before_the_first_event_and_for_an_unknown_key():
    for agg, empty in [("sum", 0.0), ("count", 0), ("mean", math.nan), ("min", math.nan)]:
        stat = RollingStat(agg, 5)
        assert stat.watermark is None
        assert stat.get() == pytest.approx(empty, nan_ok=True)
        stat.update(1, 1.0, by="a")
        assert stat.get(by="b") == pytest.approx(empty, nan_ok=True)
    empty = RollingStat("sum", 5)
    empty.merge(RollingStat("sum", 5))
    assert empty.watermark is None


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: s.update("1", 1.0), TypeError, "t must be a number, as the spans are; got '1'"),
        (lambda s: s.update(np.timedelta64(1, "s"), 1.0), TypeError, "t must be a number"),
        (lambda s: s.update(math.nan, 1.0), ValueError, "t must lie between .* got nan"),
        (lambda s: s.update(1, None), TypeError, "v must be a number; got None"),
        (lambda s: s.update(1, math.inf), ValueError, "v must lie between .* got inf"),
        (lambda s: s.update(1, 1.0, by=math.nan), ValueError, "by must not be a null, got nan"),
        (lambda s: s.update(1, 1.0, by=[1]), TypeError, r"by must be a hashable key, got \[1\]"),
        (lambda s: s.update(-9, 1.0, by=[1]), TypeError, "by must be a hashable key"),
        (lambda s: s.update_many([1, 2], [1.0]), ValueError, "t and v must be as long as"),
        (lambda s: s.update_many([math.nan], [1.0]), ValueError, "t must lie between"),
        (lambda s: s.get(at=4), ValueError, "at must not lie before the watermark 5, got 4"),
        (lambda s: s.get(at="now"), TypeError, "at must be a number, as the spans are; got 'now'"),
        (lambda s: s.get(by=[1]), TypeError, "by must be a hashable key"),
        (lambda s: s.get(by=math.nan), ValueError, "by must not be a null"),
        (lambda s: s.merge(3), TypeError, "other must be a RollingStat, got int"),
        (lambda s: s.merge(s), ValueError, "other must be another object, got this one"),
        (lambda s: s.merge(RollingStat("sum", 4)), ValueError, "other must have the same width: 3"),
        (lambda s: s.merge(RollingStat("min", 3)), ValueError, "must have the same agg: 'sum'"),
        (lambda s: s.merge(RollingStat("sum", 3, closed="left")), ValueError, "the same closed"),
        (lambda s: s.merge(RollingStat("sum", 3)), ValueError, "the same lateness: 2, got 0"),
        (lambda s: s.merge(RollingStat("sum", np.timedelta64(3, "ns"))), ValueError, "same unit"),
        (lambda s: RollingStat("median", 3), ValueError, "agg must be among sum, count"),
        (lambda s: RollingStat("sum", 0), ValueError, "width must be positive"),
        (lambda s: RollingStat("sum", 3, closed="up"), ValueError, "closed must be among right"),
        (lambda s: RollingStat("sum", 3, lateness=-1), ValueError, "lateness must be zero or posi"),
        (lambda s: RollingStat("sum", 3, lateness=math.nan), ValueError, "lateness must be zero"),
        (lambda s: RollingStat("sum", 3, lateness="1h"), TypeError, "lateness must be a number"),
        (lambda s: RollingStat("sum", np.timedelta64(3, "s"), lateness=1), TypeError,
         "lateness must be a timedelta, as the other spans are; got 1"),
        (lambda s: RollingStat("sum", np.timedelta64(3, "s")).update(1, 1.0), TypeError,
         "t must be a datetime, since the spans are timedeltas; got 1"),
        (lambda s: RollingStat("sum", np.timedelta64(3, "s")).update(pd.NaT, 1.0), ValueError,
         "t must not be NaT"),
        (lambda s: RollingStat("sum", np.timedelta64(3, "s")).update(
            pd.Timestamp("2024-01-01", tz="UTC"), 1.0), TypeError, "t must be without time zone"),
    ],
)  # fmt: skip
def test_rolling_stat_refuses_and_stays_as_it_was(call, error, message):
    stat = RollingStat("sum", 3, lateness=2)
    stat.update(7, 1.0)
    with pytest.raises(error, match=message):
        call(stat)
    assert (stat.get(), stat.watermark, stat.dropped) == (1.0, 5, 0)


# --- RunningStat ---


def running(agg, values):
    stat = RunningStat(agg)
    for v in values:
        stat.update(v)
    return stat


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-9, 9)), st.lists(st.integers(-9, 9)), st.sampled_from(AGGS))
def test_running_laws(values, more, agg):
    expected = exact(values + more, agg)
    one, two, a = running(agg, values + more), RunningStat(agg), running(agg, values)
    two.update_many(values)
    two.update_many(np.array(more))
    a.merge(running(agg, more))
    for stat in (one, two, a):
        assert close(stat.get(), expected)


def test_a_running_sum_of_a_million_does_not_drift():
    values = [0.1] * 1_000_000
    assert running("sum", values).get() == math.fsum(values)
    naive = 0.0
    for v in values:
        naive += v
    assert abs(naive - math.fsum(values)) > 1e-6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(floats, max_size=20), max_size=6))
def test_a_running_sum_is_bounded_against_fsum(parts):
    values = [v for part in parts for v in part]
    one, many = running("sum", values), RunningStat("sum")
    for part in parts:
        many.update_many(part)
    total, size = math.fsum(values), math.fsum(map(abs, values))
    assert abs(one.get() - total) <= EPS * abs(total) + len(values) ** 2 * EPS**2 * size
    assert abs(many.get() - total) <= 20 * EPS * size


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e9])
def test_the_running_variance_is_good_far_from_zero(offset):
    values = (np.random.default_rng(0).normal(size=2_000) + offset).tolist()
    truth = float(statistics.variance(map(Fraction, values)))
    one, many = running("var", values), RunningStat("var")
    for i in range(0, len(values), 77):
        many.update_many(values[i : i + 77])
    bound = 2_000 * EPS * math.sqrt(1 + offset**2)  # Chan, Golub & LeVeque 1983, table 1
    for stat in (one, many):
        assert stat.get() == pytest.approx(truth, rel=bound)
    squares = (math.fsum(v * v for v in values) - math.fsum(values) ** 2 / 2_000) / 1_999
    if offset == 1e9:
        assert abs(squares / truth - 1) > 10  # the textbook's formula has no digit left


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: s.update("1"), TypeError, "v must be a number; got '1'"),
        (lambda s: s.update(math.nan), ValueError, "v must lie between .* got nan"),
        (lambda s: s.update(-1e140), ValueError, "v must lie between"),
        (lambda s: s.update(1e140), ValueError, "v must lie between"),
        (lambda s: s.update_many([[1.0]]), ValueError, "v must be one-dimensional"),
        (lambda s: s.update_many([1.0, math.nan]), ValueError, "v must lie between .* got nan"),
        (lambda s: s.merge(1.0), TypeError, "other must be a RunningStat, got float"),
        (lambda s: s.merge(RunningStat("var")), ValueError, "the same agg: 'mean', got 'var'"),
        (lambda s: RunningStat("mode"), ValueError, "agg must be among"),
    ],
)
def test_running_stat_refuses_and_stays_as_it_was(call, error, message):
    stat = running("mean", [1, np.float32(2), True, np.int8(4)])
    with pytest.raises(error, match=message):
        call(stat)
    assert stat.get() == 2.0
