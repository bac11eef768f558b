"""Checks of arguments that every topic shares."""

import numpy as np
import pytest

from mlsdlib.checks import check_choice, check_lengths, check_share, whole


@pytest.mark.parametrize("number", [2, np.int64(2), np.uint8(2)])
def test_a_whole_number_comes_back_as_pythons(number):
    assert type(whole("k", number, 2, 2)) is int


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: whole("k", 0), ValueError, "k must be at least 1, got 0"),
        (lambda: whole("k", 4, 1, 3), ValueError, "k must be between 1 and 3, got 4"),
        (lambda: whole("k", True), TypeError, "k must be a whole number, got True"),
        (lambda: whole("k", np.True_), TypeError, "k must be a whole number, got np.True_"),
        (lambda: whole("k", 2.0), TypeError, "k must be a whole number, got 2.0"),
        (lambda: check_choice("by", "c", ["a", "b"]), ValueError, "by must be among a, b; got 'c'"),
        (lambda: check_lengths(x=[1], y=[]), ValueError, r"x and y must be .*, got \[1, 0\]"),
        (lambda: check_share("s", 1), ValueError, "s must lie between 0 and 1, got 1"),
        (lambda: check_share("s", float("nan")), ValueError, "s must lie between 0 and 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
