"""Windows in batch: the trailing window of each event, and the fixed windows it lies in."""

from __future__ import annotations

import datetime as dt
import math
import statistics
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsdlib.streaming import assign_windows, window_aggregate

AGGS = ["sum", "count", "mean", "var", "min", "max"]
CLOSED = ["right", "left", "both", "neither"]
EPS = sys.float_info.epsilon

times = st.one_of(st.integers(-30, 30), st.floats(-30, 30), st.sampled_from([0.1, 0.2, 0.3]))
events = st.lists(st.tuples(times, st.integers(-8, 8), st.sampled_from("ab")), min_size=1)
widths = st.one_of(st.integers(1, 20), st.floats(0.01, 20))


def is_inside(s, t, width, closed):
    left = s >= t - width if closed in ("left", "both") else s > t - width
    right = s <= t if closed in ("right", "both") else s < t
    return left and right


def of_values(values, agg):
    """Compute the aggregate of a window from its definition, exactly."""
    if agg == "count":
        return len(values)
    if agg == "sum":
        return float(sum(map(Fraction, values)))
    if len(values) < (2 if agg == "var" else 1):
        return math.nan
    exact = [Fraction(v) for v in values]
    function = {"mean": statistics.mean, "var": statistics.variance, "min": min, "max": max}[agg]
    return float(function(exact))


def brute_force(t, v, by, *, width, agg, closed="right"):
    return [
        of_values(
            [w for s, w, k in zip(t, v, by, strict=True)
             if k == key and is_inside(s, end, width, closed)],
            agg,
        )
        for end, key in zip(t, by, strict=True)
    ]  # fmt: skip


# --- window_aggregate ---


@settings(max_examples=200, deadline=None)
@given(events, widths, st.sampled_from(AGGS), st.sampled_from(CLOSED))
@example([(1e18, 1, "a"), (1e18, 2, "a")], 1e-3, "sum", "left")  # too coarse for the width
@example([(-(2.0**53), 1, "a"), (2.0**53, 2, "a")], 2**53, "sum", "right")
def test_it_is_the_definition(rows, width, agg, closed):
    t, v, by = zip(*rows, strict=True)
    t = np.array(t)  # a list of integers and floats would be compared as they are
    got = window_aggregate(t, v, by=by, width=width, agg=agg, closed=closed)
    expected = brute_force(t.tolist(), v, by, width=width, agg=agg, closed=closed)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
    assert got.dtype == (np.int64 if agg == "count" else np.float64)


@settings(max_examples=100, deadline=None)
@given(events, widths, st.sampled_from(AGGS), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(rows, width, agg, random):
    places = list(range(len(rows)))
    random.shuffle(places)
    t, v, by = (np.array(column) for column in zip(*rows, strict=True))
    got = window_aggregate(t, v, by=by, width=width, agg=agg)
    shuffled = window_aggregate(t[places], v[places], by=by[places], width=width, agg=agg)
    np.testing.assert_allclose(shuffled, got[places], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("agg", AGGS)
def test_many_events_agree_with_pandas(agg):
    """Windows of every length up to thousands reach every level of the table of ranges."""
    rng = np.random.default_rng(0)
    t = np.sort(rng.choice(1_000_000, 5_000, replace=False))  # pandas sees no ties
    v = rng.normal(size=len(t))
    frame = pd.DataFrame(
        {"v": v, "by": rng.integers(0, 3, len(t))}, index=pd.to_datetime(t, unit="s")
    )
    for width in (1_000, 60_000, 5_000_000):
        seconds = pd.Timedelta(seconds=width)
        for keys in (None, frame["by"]):
            groups = [frame] if keys is None else [g for _, g in frame.groupby("by")]
            rolled = [getattr(g["v"].rolling(seconds), agg)() for g in groups]
            expected = pd.concat(rolled).sort_index().to_numpy()
            got = window_aggregate(frame.index, v, by=keys, width=seconds, agg=agg)
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_ties_are_simultaneous():
    t, v = [5, 5, 5, 6], [1.0, 2.0, 4.0, 8.0]
    assert window_aggregate(t, v, width=1, agg="sum").tolist() == [7, 7, 7, 8]
    assert window_aggregate(t, v, width=1, agg="sum", closed="both").tolist() == [7, 7, 7, 15]
    assert window_aggregate(t, v, width=1, agg="sum", closed="left").tolist() == [0, 0, 0, 7]
    assert window_aggregate(t, v, width=1, agg="sum", closed="neither").tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("agg", "empty", "single"),
    [("sum", 0.0, 4.0), ("count", 0, 1), ("mean", math.nan, 4.0), ("var", math.nan, math.nan),
     ("min", math.nan, 4.0), ("max", math.nan, 4.0)],
)  # fmt: skip
def test_windows_of_none_and_of_one(agg, empty, single):
    got = window_aggregate([0, 1], [4.0, 9.0], width=5, agg=agg, closed="left")
    np.testing.assert_equal(got.tolist(), [empty, single])


def test_datetimes_of_every_kind_are_the_same():
    stamps = pd.to_datetime(["2024-01-01 00:00", "2024-01-01 02:00", "2024-01-01 01:00"])
    kinds = [stamps, pd.Series(stamps, index=[9, 8, 7]), stamps.to_numpy("M8[ns]"),
             stamps.to_numpy("M8[m]"), list(stamps), stamps.to_pydatetime()]  # fmt: skip
    hour = [pd.Timedelta(hours=1), dt.timedelta(hours=1), np.timedelta64(60, "m")]
    for t in kinds:
        for width in hour:
            got = window_aggregate(t, [1, 2, 4], width=width, agg="sum", closed="both")
            assert got.tolist() == [1, 6, 5]


def test_whole_numbers_stay_exact():
    t = np.array([2**61, 2**61 + 1, 2**61 + 3])
    assert window_aggregate(t, [1, 1, 1], width=2, agg="count").tolist() == [1, 2, 1]
    assert window_aggregate(t.astype(np.uint64), [1, 1, 1], width=2.0, agg="count").tolist() == [
        1, 2, 1]  # fmt: skip
    small = np.array([0, 200], np.uint8)  # 0 - 1 is 255 in its own type
    assert window_aggregate(small, [1, 1], width=1, agg="count").tolist() == [1, 1]


def test_keys_of_every_kind():
    t, v = [1, 2, 3], [1.0, 2.0, 4.0]
    for by in (["x", "y", "x"], np.array(["x", "y", "x"]), pd.Categorical(["x", "y", "x"]),
               [1, "1", 1], [(1, 2), (1, 3), (1, 2)], np.array([True, False, True])):  # fmt: skip
        assert window_aggregate(t, v, by=by, width=9, agg="sum").tolist() == [1, 2, 5]
    many = np.arange(70_000)  # more than 16 bits
    assert (window_aggregate(many, many, by=many[::-1], width=9, agg="sum") == many).all()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-1e20, 1e20, allow_subnormal=False), min_size=1, max_size=60),
    st.integers(1, 60),
)
@example([1e17, 0.1, 0.2, 0.3], 3)
def test_the_error_of_a_sum_is_that_of_its_own_window(values, width):
    got = window_aggregate(range(len(values)), values, width=width, agg="sum")
    for i, total in enumerate(got.tolist()):
        window = values[max(0, i - width + 1) : i + 1]
        size = math.fsum(map(abs, window))
        assert abs(total - math.fsum(window)) <= len(window) * EPS * size


@pytest.mark.parametrize(
    "v", [[1e17, 0.1, 0.2, 0.3], [2.0**51 + 0.5, 0.1, 0.2, 0.3], [2.0**53, 1.0, 1.0, 1.0]]
)
def test_prefix_sums_would_leave_a_rest(v):
    prefix = np.cumsum(v)
    assert abs(prefix[3] - prefix[0] - sum(v[1:])) >= 0.1
    total = window_aggregate(range(4), v, width=3, agg="sum")[3]
    assert total == pytest.approx(sum(v[1:]), rel=1e-15)
    var = window_aggregate(range(4), v, width=3, agg="var")[3]
    assert var == pytest.approx(statistics.variance(v[1:]), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3, allow_subnormal=False), min_size=2, max_size=40),
    st.sampled_from([0.0, 1e6, -1e9, 1e12]),
    st.integers(2, 40),
)
def test_the_variance_is_exact_far_from_zero(values, offset, width):
    values = [v + offset for v in values]
    got = window_aggregate(range(len(values)), values, width=width, agg="var")
    for i in range(1, len(values)):
        window = [Fraction(v) for v in values[max(0, i - width + 1) : i + 1]]
        exact = statistics.variance(window)
        assert abs(Fraction(float(got[i])) - exact) <= 8 * len(window) ** 2 * EPS * exact + 1e-300


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"t": [], "v": []}, ValueError, "t must hold at least one event, got none"),
        ({"t": [1, 2]}, ValueError, r"t and v must be as long as each other, got \[2, 3\]"),
        ({"t": [[1], [2], [3]]}, ValueError, r"t must be one-dimensional, got shape \(3, 1\)"),
        ({"t": [1, math.nan, 2]}, ValueError, "t must lie between .* got nan"),
        ({"t": [1, math.inf, 2]}, ValueError, "t must lie between .* got inf"),
        ({"t": [1, 2**62, 2]}, ValueError, "t must lie between"),
        ({"t": list("abc")}, TypeError, "t must hold numbers, as the spans are; got dtype <U1"),
        ({"t": [True, False, True]}, TypeError, "t must hold numbers.*got dtype bool"),
        ({"t": pd.to_datetime([1, 2, 3])}, TypeError, "t must hold numbers.*datetime64"),
        ({"v": [1, 2, math.nan]}, ValueError, "v must lie between -1e140 and 1e140, got nan"),
        ({"v": [1, 2, 1e200]}, ValueError, "v must lie between.*got 1e\\+200"),
        ({"v": list("abc")}, TypeError, "v must hold numbers, got dtype <U1"),
        ({"v": [[1, 2, 3]]}, ValueError, r"v must be one-dimensional, got shape \(1, 3\)"),
        ({"by": ["a", "b"]}, ValueError, r"t and by must be as long as each other, got \[3, 2\]"),
        ({"by": ["a", None, "b"]}, ValueError, "by must not hold nulls, got 1"),
        ({"by": [[1], [2], [3]]}, TypeError, "by must hold hashable keys"),
        ({"by": "abc"}, TypeError, "by must hold one key for each event, got 'abc'"),
        ({"by": np.zeros((3, 2))}, ValueError, r"by must be one-dimensional, got shape \(3, 2\)"),
        ({"width": 0}, ValueError, "width must be positive and below .*, got 0"),
        ({"width": -1.5}, ValueError, r"width must be positive and below .*, got -1\.5"),
        ({"width": math.nan}, ValueError, "width must be positive"),
        ({"width": math.inf}, ValueError, "width must be positive and below"),
        ({"width": "1h"}, TypeError, "width must be a number.*got '1h'"),
        ({"width": True}, TypeError, "width must be a number.*got True"),
        ({"width": pd.Timedelta(1)}, TypeError, "t must hold datetimes, as the spans are"),
        ({"agg": "median"}, ValueError, "agg must be among sum, count.*got 'median'"),
        ({"closed": "Right"}, ValueError, "closed must be among right, left.*got 'Right'"),
    ],
)
def test_window_aggregate_refuses(change, error, message):
    options = {"t": [1, 2, 3], "v": [1, 2, 3], "width": 2, "agg": "sum"} | change
    with pytest.raises(error, match=message):
        window_aggregate(**options)


@pytest.mark.parametrize(
    ("t", "width", "error", "message"),
    [
        (["2024-01-01", "NaT"], "1h", ValueError, "t must not hold NaT, got 1"),
        (["2024-01-01", "3000-01-01"], "1h", ValueError, "t must .* nanoseconds.*3000"),
        (["2024-01-01", "2200-01-01"], "1h", ValueError, "t must lie between"),
        (["2024-01-01", "2024-01-02"], "NaT", ValueError, "width must not be NaT"),
    ],
)
def test_datetimes_that_are_refused(t, width, error, message):
    width = np.timedelta64("NaT", "s") if width == "NaT" else pd.Timedelta(width)
    with pytest.raises(error, match=message):
        window_aggregate(np.array(t, "M8[s]"), [1, 2], width=width, agg="sum")


def test_local_time_is_refused():
    hour = pd.Timedelta(hours=1)
    t = pd.date_range("2024-01-01", periods=2, tz="Europe/Paris")
    for zoned in (t, list(t)):
        with pytest.raises(TypeError, match="t must be without time zone"):
            window_aggregate(zoned, [1, 2], width=hour, agg="sum")
    with pytest.raises(TypeError, match=r"t must be a datetime.*got '2024'"):
        window_aggregate(np.array([dt.datetime(2024, 1, 1), "2024"]), [1, 2], width=hour, agg="sum")
    with pytest.raises(ValueError, match="width must be countable in nanoseconds"):
        window_aggregate(t, [1, 2], width=np.timedelta64(1, "M"), agg="sum")


# --- assign_windows ---


@settings(max_examples=200, deadline=None)
@given(st.lists(times, min_size=1), st.integers(1, 12), st.integers(1, 12))
@example([-1e-17, 5e-324, -0.0], 7, 3)
def test_sliding_windows_are_all_that_hold_the_event(t, width, step):
    width, step = max(width, step), min(width, step)
    t = np.array(t)
    got = assign_windows(t, width=width, step=step)
    starts = np.arange(-60 // step, 60 // step + 1) * step
    expected = [
        (i, start, start + width)
        for i, time in enumerate(t.tolist())
        for start in starts.tolist()
        if start <= time < start + width
    ]
    assert got.to_numpy().tolist() == [list(map(float, row)) for row in expected]
    if step == width:
        pd.testing.assert_frame_equal(got, assign_windows(t, width=width))
        assert got["event"].tolist() == list(range(len(t)))


@settings(max_examples=100, deadline=None)
@given(events, st.one_of(st.integers(1, 9), st.floats(0.1, 9)))
def test_sessions_are_the_components_of_overlapping_windows(rows, gap):
    t, _, by = zip(*rows, strict=True)
    t = np.array(t)
    got = assign_windows(t, by=by, gap=gap)
    expected = []
    for time, key in zip(t.tolist(), by, strict=True):
        mine = [s for s, k in zip(t.tolist(), by, strict=True) if k == key]
        start = last = time
        while earlier := [s for s in mine if s < start < s + gap]:
            start = min(earlier)
        while later := [s for s in mine if last < s < last + gap]:
            last = max(later)
        expected.append([float(len(expected)), start, last + gap])
    assert got.to_numpy().tolist() == expected


def test_windows_of_datetimes():
    t = pd.to_datetime(["2024-01-01 00:59:59", "1969-12-31 23:30:00"])
    hours = assign_windows(t, width=pd.Timedelta(hours=1))
    assert hours["start"].tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("1969-12-31 23:00")]
    assert hours["end"].tolist() == [pd.Timestamp("2024-01-01 01:00"), pd.Timestamp("1970-01-01")]
    session = assign_windows(t[:1], gap=dt.timedelta(seconds=1))
    assert session["end"].tolist() == [pd.Timestamp("2024-01-01 01:00")]


def test_an_event_a_gap_later_begins_the_next_session():
    assert assign_windows([0, 10, 19], gap=10)["start"].tolist() == [0, 10, 10]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ValueError, "give one of width and gap, got width=None and gap=None"),
        ({"width": 1, "gap": 1}, ValueError, "give one of width and gap, got width=1 and gap=1"),
        ({"gap": 1, "step": 1}, ValueError, "step needs a width and no gap, got step=1"),
        ({"width": 2, "step": 3}, ValueError, "step must be at most width, got step=3 and width=2"),
        ({"width": 2, "step": 0}, ValueError, "step must be positive"),
        ({"width": 0.5}, ValueError, r"width must be a whole number.*got 0\.5"),
        ({"width": 5, "step": 2.5}, ValueError, r"step must be a whole number.*got 2\.5"),
        ({"gap": -1}, ValueError, "gap must be positive"),
        ({"width": 5, "step": pd.Timedelta(1)}, TypeError, "step must be a number"),
        ({"width": pd.Timedelta(5), "step": 2}, TypeError, "step must be a timedelta"),
        ({"gap": 1, "by": [1]}, ValueError, "t and by must be as long as each other"),
    ],
)
def test_assign_windows_refuses(options, error, message):
    t = pd.to_datetime([1, 2]) if isinstance(options.get("width"), pd.Timedelta) else [1, 2]
    with pytest.raises(error, match=message):
        assign_windows(t, **options)


def test_assign_windows_needs_an_event():
    with pytest.raises(ValueError, match="t must hold at least one event, got none"):
        assign_windows([], width=1)


def test_import_is_light():
    code = (
        "import sys, mlsdlib.streaming;"
        "print([m for m in ('pandas', 'pyarrow', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
