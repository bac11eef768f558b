"""What had happened before: as-of counts against the loop."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.features import asof_count

times = st.one_of(st.integers(-5, 15), st.floats(-5, 15))
stamped = st.lists(st.tuples(times, st.sampled_from([7, 1, True, 2.5, ("c", 1)])), max_size=25)


def loop(events, queries, by, query_by):
    return [
        sum(e < q and k == key for e, k in zip(events, by, strict=True))
        for q, key in zip(queries, query_by, strict=True)
    ]


def columns(rows):
    return ([t for t, _ in rows], [key for _, key in rows])


@settings(max_examples=200, deadline=None)
@given(stamped, stamped)
def test_it_is_the_loop(events, queries):
    (e, by), (q, query_by) = columns(events), columns(queries)
    found = asof_count(e, q, by=by, query_by=query_by)
    assert found.tolist() == loop(e, q, by, query_by)
    assert found.dtype == np.int64
    assert asof_count(e, q).tolist() == loop(e, q, [0] * len(e), [0] * len(q))
    assert asof_count(e, e, by=by, query_by=by).tolist() == loop(e, e, by, by)


@settings(max_examples=50, deadline=None)
@given(stamped, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    (t, by), (s, by_s) = columns(rows), columns(shuffled)
    expected = asof_count(t, t, by=by, query_by=by)
    assert asof_count(s, t, by=by_s, query_by=by).tolist() == expected.tolist()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 30)), st.lists(st.integers(0, 30)), st.integers(0, 10))
def test_two_counts_make_a_window(events, queries, width):
    q = np.array(queries, int)
    window = asof_count(events, q) - asof_count(events, q - width)
    assert window.tolist() == [sum(t - width <= e < t for e in events) for t in queries]


def test_no_row_of_a_log_counts_itself_or_what_is_simultaneous():
    t = [5, 5, 5, 9]
    assert asof_count(t, t).tolist() == [0, 0, 0, 3]


def test_datetimes_in_whatever_dress():
    days = ["2024-01-03", "2024-01-01", "2024-01-02"]
    queries = np.array(["2024-01-02", "2024-01-04T00:00:00.000000001"], "M8[ns]")
    dressed = [
        np.array(days, "M8[D]"),
        np.array(days, "M8[s]"),
        pd.to_datetime(days),
        pd.Series(pd.to_datetime(days)),
        [dt.datetime.fromisoformat(day) for day in days],
        [pd.Timestamp(day) for day in days],
        pd.to_datetime(days).tz_localize("UTC"),
    ]
    for events in dressed:
        assert asof_count(events, queries).tolist() == [1, 3]


def test_zones_are_the_same_moment():
    noon = pd.to_datetime(["2024-01-01 12:00"])
    events = noon.tz_localize("Europe/Paris")
    assert asof_count(events, noon.tz_localize("UTC")).tolist() == [1]
    assert asof_count(noon.tz_localize("UTC"), events).tolist() == [0]
    # A list of them is an array of objects.
    assert asof_count(list(events), list(noon.tz_localize("UTC"))).tolist() == [1]


def test_a_list_may_mix_zones_and_what_has_none_is_taken_for_utc():
    # Parsed texts have the offset of their day: another one in winter than in summer.
    winter, summer = "2024-01-01T12:00+01:00", "2024-07-01T12:00+02:00"
    events = [dt.datetime.fromisoformat(text) for text in (summer, winter)]
    for queries in (
        pd.to_datetime(["2024-01-01 11:00", "2024-07-01 10:00", "2024-07-01 10:01"]),
        [dt.datetime(2024, 1, 1, 11), dt.datetime(2024, 7, 1, 10), dt.datetime(2024, 7, 1, 10, 1)],
    ):
        assert asof_count(events, queries).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="event_times must not hold NaT, got 1"):
        asof_count([*events, pd.NaT], events)
    with pytest.raises(ValueError, match="event_times must be datetimes countable in nanoseconds"):
        asof_count([*events, dt.datetime(2024, 1, 1)], events)


@pytest.mark.parametrize("dtype", ["timestamp[us][pyarrow]", "timestamp[ns, UTC][pyarrow]"])
def test_datetimes_of_arrow(dtype):
    days = pd.Series(pd.date_range("2024-01-01", periods=3, tz="UTC"))
    days = days if "UTC" in dtype else days.dt.tz_localize(None)
    assert asof_count(days.astype(dtype), days).tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int32[pyarrow]", "category", np.uint8])
def test_numbers_of_every_dtype(dtype):
    assert asof_count(pd.Series([1, 2, 1], dtype=dtype), [1, 2, 3]).tolist() == [0, 2, 3]


@pytest.mark.parametrize("dtype", [object, "str", "string[pyarrow]", "category"])
def test_keys_are_compared_as_values_whatever_their_dtype(dtype):
    by = pd.Series(["a", "b", "b"], dtype=dtype)
    assert asof_count([1, 2, 3], [9, 9], by=by, query_by=["b", "c"]).tolist() == [2, 0]
    assert asof_count([1, 2], [9], by=["b", "b"], query_by=by[2:]).tolist() == [2]


def test_large_whole_numbers_are_exact():
    events = [2**60, 2**60 + 1]
    assert asof_count(events, [2**60, 2**60 + 1, 2**60 + 2]).tolist() == [0, 1, 2]


def test_nothing_there():
    assert asof_count([], []).tolist() == []
    assert asof_count([], [1.0, 2.0]).tolist() == [0, 0]
    assert asof_count([1.0], []).tolist() == []
    assert asof_count([], np.array(["2024-01-01"], "M8[s]")).tolist() == [0]
    assert asof_count([], [1], by=[], query_by=["a"]).tolist() == [0]
    assert asof_count([1], [], by=["a"], query_by=[]).tolist() == []
    assert asof_count([1], [2], by=["a"], query_by=["b"]).tolist() == [0]


def test_categories_of_different_sets_are_compared_as_values():
    by = pd.Categorical(["a", "b", "b"])
    query_by = pd.Categorical(["b", "c"])
    assert asof_count([1, 2, 3], [9, 9], by=by, query_by=query_by).tolist() == [2, 0]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([[1]], [1]), {}, ValueError, r"event_times must be one-dimensional, got shape \(1, 1\)"),
        (([1], 3), {}, ValueError, r"query_times must be one-dimensional, got shape \(\)"),
        ((["a"], [1]), {}, TypeError, "event_times must hold numbers or datetimes, got dtype"),
        (
            ([True], [1]),
            {},
            TypeError,
            "event_times must hold numbers or datetimes, got dtype bool",
        ),
        (([1.0, np.nan], [1]), {}, ValueError, "event_times must not hold NaN, got 1"),
        (([1], np.array(["NaT"], "M8[s]")), {}, ValueError, "query_times must not hold NaT, got 1"),
        (
            (np.array([2**63], np.uint64), [1]),
            {},
            ValueError,
            r"event_times must lie below 2\*\*63, got 9223372036854775808",
        ),
        (
            (np.array(["9999-12-31"], "M8[D]"), np.array(["2024-01-01"], "M8[D]")),
            {},
            ValueError,
            "event_times must be datetimes countable in nanoseconds",
        ),
        (
            (np.array(["2024-01-01"], "M8[D]"), [1]),
            {},
            TypeError,
            "must be of one kind, got datetimes and numbers",
        ),
        (([1], [1]), {"by": ["a"]}, TypeError, "by must come with query_by"),
        (([1], [1]), {"query_by": ["a"]}, TypeError, "query_by must come with by"),
        (
            ([1], [1]),
            {"by": ["a", "b"], "query_by": ["a"]},
            ValueError,
            "by must be as long as event_times, got 2 keys and 1 times",
        ),
        (
            ([1], [1]),
            {"by": ["a"], "query_by": []},
            ValueError,
            "query_by must be as long as query_times, got 0 keys and 1 times",
        ),
        (
            ([1], [1]),
            {"by": [None], "query_by": ["a"]},
            ValueError,
            "by must not hold nulls, got 1",
        ),
        (
            ([1], [1]),
            {"by": ["7"], "query_by": [7]},
            TypeError,
            "by and query_by must hold keys of one kind, got '7' and 7",
        ),
        (([1], [1]), {"by": "a", "query_by": ["a"]}, TypeError, "by must be a sequence of values"),
    ],
)
def test_it_says_what_it_takes(arguments, options, error, message):
    with pytest.raises(error, match=message):
        asof_count(*arguments, **options)
