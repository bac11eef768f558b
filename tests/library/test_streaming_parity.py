"""Parity of a batch and a stream of features."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.streaming import Parity, RollingStat, parity, window_aggregate

values = st.one_of(st.sampled_from([0.0, 1.0, 1.5, math.nan, math.inf, -math.inf]))
tables = st.dictionaries(st.integers(0, 8), st.tuples(values, values))


@settings(max_examples=80, deadline=None)
@given(
    tables, tables, st.sampled_from([0.0, 0.5, 2.0, math.inf]), st.randoms(use_true_random=False)
)
def test_it_is_the_definition(a, b, tol, random):
    if not a and not b:
        return
    frames = []
    for table in (a, b):
        keys = list(table)
        random.shuffle(keys)
        columns = ["x", "y"]
        frame = pd.DataFrame([table[k] for k in keys], index=keys, columns=columns, dtype=float)
        random.shuffle(columns)
        frames.append(frame[columns])
    gaps = {}
    for key in a.keys() & b.keys():
        gaps[key] = 0.0
        for p, q in zip(a[key], b[key], strict=True):
            if p != q and not (math.isnan(p) and math.isnan(q)):
                gap = abs(p - q)
                gaps[key] = max(gaps[key], math.inf if math.isnan(gap) else gap)
    got = parity(*frames, tol=tol)
    assert set(got.different) == {key for key, gap in gaps.items() if gap > tol}
    assert set(got.only_batch) == a.keys() - b.keys()
    assert set(got.only_stream) == b.keys() - a.keys()
    assert got.keys == len(a.keys() | b.keys())
    assert got.max_difference == max(gaps.values(), default=0.0)
    assert got.skewed == len(got.different) + len(got.only_batch) + len(got.only_stream)


def test_a_table_is_its_own_twin_in_any_order():
    table = pd.DataFrame({"x": [1.0, math.nan], "y": [2, 3]}, index=[("a", 1), ("b", 2)])
    turned = table.iloc[::-1][["y", "x"]]
    assert parity(table, turned) == Parity(2, (), (), (), 0.0)
    multi = table.set_axis(pd.MultiIndex.from_tuples(table.index), axis=0)
    assert parity(multi, multi[::-1]).skewed == 0
    assert parity(multi, multi[:1]).only_batch == (("b", 2),)


def test_keys_of_another_type_are_missing_not_equal():
    got = parity(pd.Series([1.0], index=[1]), pd.Series([1.0], index=["1"]))
    assert (got.only_batch, got.only_stream, got.skewed, got.keys) == ((1,), ("1",), 2, 2)
    assert got.max_difference == 0.0


def test_one_nan_is_an_infinite_difference_and_the_tolerance_is_inclusive():
    a = pd.Series([math.nan, 1.0, 2.0, math.inf], index=list("abcd"))
    b = pd.Series([0.0, 1.5, 2.0, math.inf], index=list("abcd"))
    got = parity(a, b, tol=0.5)
    assert (got.different, got.max_difference) == (("a",), math.inf)
    assert parity(a, b, tol=0.49).different == ("a", "b")
    assert parity(a[1:], b[1:], tol=1).max_difference == 0.5


def test_one_of_two_tables_may_be_empty():
    got = parity(pd.Series([1.0, 2.0]), pd.Series([], dtype=float))
    assert (got.keys, got.only_batch, got.only_stream) == (2, (0, 1), ())


def test_other_numbers_are_taken():
    a = pd.DataFrame({"x": [True, False], "y": pd.array([1, 2], dtype="Int64")})
    b = pd.DataFrame({"x": [1, 0], "y": np.array([1, 2], np.float32)})
    assert parity(a, b).skewed == 0
    holes = pd.Series(pd.array([1, None], dtype="Int64"))
    assert parity(holes, pd.Series([1.0, math.nan])).skewed == 0


def test_it_finds_an_inclusive_edge():
    """A bug between two paths: one includes the left end of the window, the other does not."""
    t, v = np.arange(0, 100, 10), np.ones(10)
    batch = pd.Series(window_aggregate(t, v, width=30, agg="count", closed="both"), index=t)
    stat, stream = RollingStat("count", 30), {}
    for time, value in zip(t.tolist(), v.tolist(), strict=True):
        stat.update(time, value)
        stream[time] = stat.get()
    got = parity(batch, pd.Series(stream))
    assert got.different == tuple(range(30, 100, 10))
    assert str(got) == (
        "7 of 10 keys skewed: 7 different, 0 only in batch, 0 only in stream; largest difference 1"
    )


SERIES = pd.Series([1.0, 2.0])


@pytest.mark.parametrize(
    ("batch", "stream", "tol", "error", "message"),
    [
        (SERIES, SERIES, -1, ValueError, "tol must be at least 0, got -1"),
        (SERIES, SERIES, math.nan, ValueError, "tol must be at least 0, got nan"),
        (SERIES, SERIES, "1", TypeError, "tol must be a number, got '1'"),
        (SERIES, SERIES.to_frame(), 0, TypeError, "of one kind.*got Series and DataFrame"),
        ([1.0], [1.0], 0, TypeError, "batch must be a Series or a DataFrame, got list"),
        (SERIES, pd.Series(["a", "b"]), 0, TypeError, "must hold numbers, got str in 'value'"),
        (SERIES[:0], SERIES[:0], 0, ValueError, "must hold at least one key, got none"),
        (SERIES, SERIES.set_axis([1, 1]), 0, ValueError, "must have each key once, got 1 more"),
        (SERIES.set_axis([1, None]), SERIES, 0, ValueError, "must not have nulls as keys, got 1"),
        (SERIES, SERIES.set_axis(pd.MultiIndex.from_tuples([(1, None), (2, "b")])), 0, ValueError,
         "stream must not have nulls as keys, got 1"),
        (SERIES.to_frame("x"), SERIES.to_frame("y"), 0, ValueError,
         r"must have the same columns, got \['x'\] and \['y'\]"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), pd.DataFrame([[1, 2]], columns=["x", "x"]), 0,
         ValueError, "batch must have each column once, got 'x' more often"),
    ],
)  # fmt: skip
def test_parity_refuses(batch, stream, tol, error, message):
    with pytest.raises(error, match=message):
        parity(batch, stream, tol=tol)
