"""Values cross to the grader with their types, and nothing else crosses."""

import json
import math
import socket
import threading
import time
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsdlib.course.classroom.inside.plain import Opaque, from_wire, to_wire
from mlsdlib.course.classroom.inside.wire import Late, Wire, WireError

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.text() | st.integers() | st.tuples(st.integers(), st.text())
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner)
        | st.sets(st.integers())
    ),
    max_leaves=20,
)


def across(value):
    return from_wire(json.loads(json.dumps(to_wire(value))))


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
    return a == b or (a != a and b != b)


@given(values)
def test_plain_values_keep_their_types(value):
    assert same(across(value), value)


@pytest.mark.parametrize(
    "value",
    [
        np.float64(0.1), np.float32(0.1), np.int64(-3), np.bool_(True), np.float64("nan"),
        np.arange(6).reshape(2, 3), np.array([[1.5], [math.inf]]), np.zeros((0, 3), np.uint8),
        np.array(True), np.arange(12).reshape(3, 4)[:, ::2], {"$": 1}, {"$": "tuple", "v": [1]},
        {np.int64(3): (1,)}, frozenset({1, 2}), -math.inf,
    ],
    ids=repr,
)  # fmt: skip
def test_numbers_and_arrays_keep_their_types(value):
    assert same(across(value), value)


class Liar(list):
    def __eq__(self, other):
        return True

    def __iter__(self):
        return iter([42])

    def __len__(self):
        return 1


class AlwaysEqual:
    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.array([42])

    def __float__(self):
        return 42.0


class Number(float):
    def __eq__(self, other):
        return True

    def __repr__(self):
        return "42"

    def __float__(self):
        return 42.0


class Masked(np.ndarray):
    def __eq__(self, other):
        return np.array(True)


@pytest.mark.parametrize(
    "value",
    [
        range(2, 9, 3), deque([1, "a"]), Fraction(1, 3), Decimal("0.10"), {"a": 1}.keys(),
        {"a": (1, 2)}.items(), np.array(["a", "bc"]), np.array([["a"], [None]], dtype=object),
        np.array([], dtype=str), pd.Series([1.5, 2.5], index=["a", "b"]), pd.Series([1, 2]),
        pd.Series(["x", "y"], index=[3, 4]), pd.Index(["a", "b"]), pd.Index([3, 5]),
    ],
    ids=repr,
)  # fmt: skip
def test_what_may_stand_for_a_list_or_a_number_crosses(value):
    found = across(value)
    assert type(found) is type(value)
    if isinstance(value, (pd.Series, pd.Index)):
        assert value.equals(found)
        assert value.dtype == found.dtype
    elif isinstance(value, np.ndarray):
        assert (found == value).all()
        assert (found.shape, found.dtype) == (value.shape, value.dtype)
    else:
        assert found == value


def test_what_has_no_equal_here_crosses_as_the_nearest():
    assert list(across({"a": 1, "b": 1}.values())) == [1, 1]
    assert same(across(np.longdouble(0.5)), np.float64(0.5))
    assert same(across(np.array([0.5], np.longdouble)), np.array([0.5]))


@pytest.mark.parametrize(
    "raw",
    [
        {"$": "range", "v": [1, 2, 0]}, {"$": "range", "v": "ab"}, {"$": "fraction", "v": [1, 0]},
        {"$": "decimal", "v": "x"}, {"$": "items", "v": [1]}, {"$": "keys", "v": [[1]]},
        {"$": "cells", "v": [1], "shape": [2], "kind": "O"}, {"$": "series", "v": [1]},
        {"$": "index", "v": 3}, {"$": "deque", "v": None},
        {"$": "cells", "v": ["x" * 10_000] + ["y"] * 9_999, "shape": [10_000], "kind": "U"},
    ],
    ids=lambda raw: repr(raw)[:40],
)  # fmt: skip
def test_a_forged_value_is_opaque(raw):
    assert isinstance(from_wire(raw), Opaque)


def test_objects_of_the_learners_do_not_cross():
    assert same(across(Liar([1, 2])), [1, 2])
    assert same(across(Number(1.5)), 1.5)
    assert same(across(np.arange(3).view(Masked)), np.arange(3))
    for value in (
        AlwaysEqual(),
        object,
        len,
        1j,
        b"42",
    ):
        assert isinstance(across(value), Opaque)
        assert across(value) != 42
    assert isinstance(across([10**5000])[0], Opaque)
    inside = np.empty(1, object)
    inside[0] = AlwaysEqual()
    assert isinstance(across(inside)[0], Opaque)
    assert repr(across(AlwaysEqual())) == "<AlwaysEqual>"


@pytest.mark.parametrize(
    "sent",
    [
        {"$": "array", "dtype": "object", "shape": [1], "v": "gAR9lC4="},
        {"$": "array", "dtype": "float64", "shape": [10**12], "v": "AAAAAAAA8D8="},
        {"$": "array", "dtype": "float64", "shape": [-5], "v": "AAAAAAAA8D8"},
        {"$": "array", "dtype": "float64", "shape": [[1]], "v": "AAAAAAAA8D8="},
        {"$": "array", "dtype": ["float64"], "shape": [1], "v": "AAAAAAAA8D8="},
        {"$": "array"}, {"$": ["tuple"]}, {"$": "pickle", "v": "gAR9lC4="}, {"$": None},
        {"$": "dict", "v": [[[1], 2]]}, {"$": "dict", "v": [1]}, {"$": "set", "v": [[]]},
        {"$": "float", "v": "1e9"}, {"$": "float", "v": []}, {"$": "tuple", "v": 3},
        {"$": "scalar", "dtype": "int8", "v": 10**9}, {"$": "scalar", "dtype": "U1", "v": "a"},
    ],
    ids=str,
)  # fmt: skip
def test_what_nobody_of_ours_has_written_is_opaque(sent):
    assert isinstance(from_wire(sent), Opaque)


@pytest.fixture
def pair():
    ends = [Wire(end, most=1000) for end in socket.socketpair()]
    yield ends
    for end in ends:
        end.close()


def test_messages_arrive_whole(pair):
    a, b = pair
    for message in ([1, "ä", {"x": None}], [], "a" * 900):
        a.send(message)
        assert b.receive(until=time.monotonic() + 5) == message


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"\x00\x00\x10\x00", "has 4096 bytes, at most 1000"),
        (b"\x00\x00\x00\x02{]", "not JSON"),
        (b"\x00\x00\x03\xe0" + b"[" * 992, "not JSON"),
        (b"\x00\x00\x00\x09[", "no answer in time"),
        (b"", "no answer in time"),
    ],
)
def test_what_is_no_message_is_an_error(pair, raw, error):
    a, b = pair
    a.socket.sendall(raw)
    with pytest.raises(WireError, match=error):
        b.receive(until=time.monotonic() + 0.1)
    a.close()
    with pytest.raises(WireError):
        b.receive(until=time.monotonic() + 0.1)


def test_a_side_that_does_not_read_stops_no_one(pair):
    a, _ = pair
    with pytest.raises(Late):
        a.send("x" * 10_000_000, until=time.monotonic() + 0.2)


def test_a_slow_trickle_does_not_move_the_deadline(pair):
    a, b = pair

    def trickle():
        for byte in b"\x00\x00\x00\x64" + b" " * 100:
            try:
                a.socket.send(bytes([byte]))
            except OSError:
                return
            time.sleep(0.02)

    thread = threading.Thread(target=trickle)
    thread.start()
    begun = time.monotonic()
    with pytest.raises(Late):
        b.receive(until=begun + 0.3)
    assert time.monotonic() - begun < 1.0
    b.close()
    thread.join()
