"""Hashes, crosses and collisions: the same in every process, and what the formula says."""

import itertools
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import FeatureHasher
from sklearn.utils import murmurhash3_32

from mlsdlib.features import cross, expected_collisions, hash_index
from mlsdlib.features._codes import combine

texts = st.text(alphabet="ab|\\×\x1f", max_size=4)
values = st.one_of(texts, st.integers(-3, 3))


# --- hash_index ---


def test_the_published_hash_lies_in_its_bin():
    assert murmurhash3_32("foo", seed=0) == -156908512
    assert hash_index(["foo"], 10**9).tolist() == [156908512]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=20), st.integers(1, 2**31 - 1))
def test_the_bins_are_those_of_the_feature_hasher(tokens, n_bins):
    hasher = FeatureHasher(n_bins, input_type="string", alternate_sign=False)
    theirs = hasher.transform([[token] for token in tokens]).tocoo()
    assert hash_index(tokens, n_bins).tolist() == theirs.col.tolist()


@settings(max_examples=50, deadline=None)
@given(st.lists(values, max_size=20), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_a_token_has_one_bin_wherever_it_stands(tokens, n_bins, seed):
    bins = hash_index(tokens, n_bins, seed=seed)
    alone = [int(hash_index([token], n_bins, seed=seed)[0]) for token in tokens]
    assert bins.tolist() == alone
    assert ((bins >= 0) & (bins < n_bins)).all()


def test_the_smallest_hash_has_an_absolute_value(monkeypatch):
    monkeypatch.setattr("sklearn.utils.murmurhash3_32", lambda text, seed: -(2**31))
    assert hash_index(["x"], 1000).tolist() == [2**31 % 1000]


def test_bins_fill_evenly():
    counts = np.bincount(hash_index(np.arange(100_000), 100), minlength=100)
    chi2 = ((counts - 1000) ** 2 / 1000).sum()
    assert 50 < chi2 < 160  # 99 degrees of freedom: mean 99, sd 14


def test_seeds_are_different_functions():
    tokens = np.arange(10_000)
    same = hash_index(tokens, 1000) == hash_index(tokens, 1000, seed=1)
    assert same.mean() == pytest.approx(0.001, abs=0.002)


@pytest.mark.parametrize(
    "tokens",
    [
        [7, 1, 7],
        [7.0, 1.0, 7.0],
        ["7", "1", "7"],
        [np.int8(7), True, np.float32(7)],
        np.array([7, 1, 7], np.uint16),
        pd.Series([7, 1, 7], dtype="Int64"),
        pd.Categorical([7, 1, 7]),
        pd.Series(["7", "1", "7"], index=[9, 8, 7]),
    ],
)
def test_a_number_is_hashed_as_it_is_written(tokens):
    assert hash_index(tokens, 10**6).tolist() == hash_index(["7", "1", "7"], 10**6).tolist()


def test_negative_zero_is_zero_and_fractions_are_themselves():
    assert hash_index([-0.0], 10**6) == hash_index([0], 10**6)
    assert hash_index([0.5], 10**6) == hash_index(["0.5"], 10**6)
    assert hash_index([2**70], 10**6) == hash_index([str(2**70)], 10**6)


@pytest.mark.parametrize(
    "tokens",
    [
        np.array([0.1, 7], np.float32),
        [np.float32(0.1), np.float64(7)],
        [np.longdouble("0.1"), 7],
        pd.Series([0.1, 7], dtype="Float32"),
        pd.Series([0.1, 7], dtype="float[pyarrow]"),
    ],
)
def test_a_fraction_is_hashed_as_it_is_written_in_however_many_bits(tokens):
    assert hash_index(tokens, 10**6).tolist() == hash_index(["0.1", "7"], 10**6).tolist()


@pytest.mark.parametrize("dtype", [object, "str", "string[python]", "string[pyarrow]", "category"])
def test_strings_of_every_dtype_have_the_same_bins(dtype):
    column = pd.Series(["UA", "é", "UA", ""], dtype=dtype)
    bins = hash_index(["UA", "é", "UA", ""], 10**6).tolist()
    assert hash_index(column, 10**6).tolist() == bins
    assert hash_index(column.to_numpy(), 10**6).tolist() == bins
    assert cross(column, column).tolist() == ["UA|UA", "é|é", "UA|UA", "|"]
    with pytest.raises(ValueError, match="tokens must not hold nulls, got 1"):
        hash_index(pd.Series(["UA", None], dtype=dtype), 10)


PROGRAM = """
import numpy as np
from mlsdlib.features import cross, hash_index
print(hash("foo"))
bins = hash_index(["foo", "bar", 7, "\\u00e9"], 2**31 - 1).tolist()
print(bins, cross(["a", "b"], [1, 2]).tolist())
"""


def test_every_process_finds_the_same_bins_whatever_its_salt():
    shown = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for salt in ("1", "2")
    ]
    (one, bins), (other, again) = shown
    assert one != other  # what Python's own hash does
    assert bins == again
    assert bins.startswith(str(hash_index(["foo", "bar", 7, "é"], 2**31 - 1).tolist()))


def test_no_token_has_no_bin():
    assert hash_index([], 10).tolist() == []
    assert hash_index(pd.Series([], dtype=str), 10).dtype == np.int64


@pytest.mark.parametrize(
    ("tokens", "n_bins", "seed", "error", "message"),
    [
        (["a", None], 10, 0, ValueError, r"tokens must not hold nulls, got 1"),
        ([1.0, np.nan, np.nan], 10, 0, ValueError, r"tokens must not hold nulls, got 2"),
        ([b"a"], 10, 0, TypeError, r"tokens must hold strings or numbers, got b'a'"),
        ([("a", "b")], 10, 0, TypeError, r"tokens must hold strings or numbers, got \('a', 'b'\)"),
        ([["a"]], 10, 0, TypeError, r"tokens must hold hashable values"),
        (
            ["a", "\ud800"],
            10,
            0,
            ValueError,
            "tokens must hold text that UTF-8 can encode, got '.ud8",
        ),
        ([1j], 10, 0, TypeError, r"tokens must hold strings or numbers, got 1j"),
        (pd.to_datetime(["2020"]), 10, 0, TypeError, "tokens must hold strings or numbers"),
        (
            np.zeros((2, 2)),
            10,
            0,
            ValueError,
            r"tokens must be one-dimensional, got shape \(2, 2\)",
        ),
        ("ab", 10, 0, TypeError, r"tokens must be a sequence of values, got 'ab'"),
        (["a"], 0, 0, ValueError, r"n_bins must be between 1 and 2147483647, got 0"),
        (["a"], 2**31, 0, ValueError, r"n_bins must be between 1 and 2147483647, got 2147483648"),
        (["a"], 10.0, 0, TypeError, r"n_bins must be a whole number, got 10.0"),
        (["a"], True, 0, TypeError, r"n_bins must be a whole number, got True"),
        (["a"], 10, -1, ValueError, r"seed must be between 0 and 4294967295, got -1"),
        (["a"], 10, None, TypeError, r"seed must be a whole number, got None"),
    ],
)
def test_hash_index_says_what_it_takes(tokens, n_bins, seed, error, message):
    with pytest.raises(error, match=message):
        hash_index(tokens, n_bins, seed=seed)


# --- cross ---


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=12))
def test_strings_are_equal_exactly_where_rows_are(rows):
    crossed = cross(*map(list, zip(*rows, strict=True)))
    for (a, x), (b, y) in itertools.combinations(zip(rows, crossed, strict=True), 2):
        assert (x == y) == (a == b)


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), st.lists(texts, min_size=1, max_size=4))
def test_rows_of_another_width_are_other_strings(a, b):
    crossed = [cross(*([value] for value in row))[0] for row in (a, b)]
    assert (crossed[0] == crossed[1]) == (a == b)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(values, values), min_size=1, max_size=12))
def test_a_row_has_one_string_wherever_it_stands(rows):
    crossed = cross(*map(list, zip(*rows, strict=True)))
    assert crossed.tolist() == [cross([a], [b])[0] for a, b in rows]


def test_where_the_border_lies_matters():
    ab, a_b, joined = cross(["a", "ab", "a|b"], ["bc", "c", "c"])
    assert (ab, a_b, joined) == ("a|bc", "ab|c", r"a\|b|c")


def test_many_wide_columns_do_not_overflow():
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 5000, 5000) for _ in range(8)]  # 5000**8 > 2**64
    expected = ["|".join(map(str, row)) for row in zip(*columns, strict=True)]
    assert cross(*columns).tolist() == expected


def test_what_escapes_is_escaped_itself():
    first, second = cross(["a\\", "a|b\\"], ["b|c", "c"])
    assert first != second


def test_row_codes_do_not_wrap_around():
    # In 64 bits 2**16 to the fourth is zero, and would take the first column with it.
    columns = [(np.array([0, 1]), 2), *[(np.zeros(2, np.int64), 2**16)] * 4]
    assert combine(columns).tolist() == [0, 1]


def test_a_cross_of_nothing():
    assert cross([], []).tolist() == []
    with pytest.raises(TypeError, match="columns must hold at least one column, got none"):
        cross()
    with pytest.raises(ValueError, match=r"columns must be as long as each other, got \[2, 1\]"):
        cross(["a", "b"], [1])
    with pytest.raises(ValueError, match=r"columns\[1\] must not hold nulls, got 1: give them"):
        cross(["a", "b"], [1, None])


# --- expected_collisions ---


@pytest.mark.parametrize(
    ("n", "n_bins", "expected"),
    [(0, 1, 0), (1, 1, 0), (0, 9, 0), (1, 9, 0), (10, 1, 9), (2, 4, 0.25), (3, 2, 1.25)],
)
def test_collisions_of_few(n, n_bins, expected):
    assert expected_collisions(n, n_bins) == expected


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 200), st.one_of(st.integers(1, 3000), st.integers(1, 10**20)))
def test_no_digit_is_lost(n, n_bins):
    m = Fraction(n_bins)
    exact = n - m * (1 - (1 - 1 / m) ** n)
    assert expected_collisions(n, n_bins) == pytest.approx(float(exact), rel=1e-13, abs=0)


def test_the_two_ways_of_summing_meet():
    # Either side of the border the other way would give nearly the same.
    values = [expected_collisions(n, 10**6) for n in (99_999, 100_000, 100_001)]
    steps = np.diff(values)
    assert steps == pytest.approx([0.0951625] * 2, rel=1e-5)  # 1 - exp(-0.1)


def test_a_simulation_agrees():
    rng = np.random.default_rng(1)
    found = [500 - len(np.unique(rng.integers(0, 300, 500))) for _ in range(2000)]
    error = np.std(found) / len(found) ** 0.5
    assert abs(np.mean(found) - expected_collisions(500, 300)) < 4 * error


def test_real_hashes_collide_as_often_as_expected():
    words = [f"item{i}" for i in range(10_000)]
    found = 10_000 - len(np.unique(hash_index(words, 5_000)))
    assert found == pytest.approx(expected_collisions(10_000, 5_000), rel=0.02)


@pytest.mark.parametrize(
    ("n", "n_bins", "error", "message"),
    [
        (-1, 2, ValueError, "n must be at least 0, got -1"),
        (2, 0, ValueError, "n_bins must be at least 1, got 0"),
        (2.0, 2, TypeError, "n must be a whole number, got 2.0"),
        (2, "2", TypeError, "n_bins must be a whole number, got '2'"),
    ],
)
def test_expected_collisions_says_what_it_takes(n, n_bins, error, message):
    with pytest.raises(error, match=message):
        expected_collisions(n, n_bins)
