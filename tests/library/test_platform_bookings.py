"""The program about bookings: its samples, its tests one by one, and what they say."""

import numpy as np
import pandas as pd
import pytest

from mlsdlib.platform import bookings


@pytest.fixture(scope="module")
def tables():
    return bookings.draw(3, 500, rng=np.random.default_rng(1))


def test_no_booking_is_in_two_samples(tables):
    assert [len(table) for table in tables] == [500] * 3
    together = pd.concat(tables)
    assert together.index.is_unique
    assert together.notna().all()[["is_canceled", "arrival", "closed", "lead_time"]].all()
    assert set(together["is_canceled"]) == {0.0, 1.0}
    assert together["arrival"].min() >= 0


def test_samples_follow_the_generator(tables):
    again = bookings.draw(3, 500, rng=np.random.default_rng(1))
    other = bookings.draw(3, 500, rng=np.random.default_rng(2))
    assert all(a.equals(b) for a, b in zip(tables, again, strict=True))
    assert not tables[0].equals(other[0])


def test_the_outcome_is_known_in_closed_only(tables):
    """A cancelled booking is closed before the guest would have come, others afterwards."""
    for table in tables:
        before = table["closed"] < 0
        assert table.loc[before, "is_canceled"].all()


def test_the_clean_program_passes_all_and_learns(tables):
    p = bookings.program(bookings.SOURCE)
    for table in tables:
        old, new = p.split(table)
        assert len(old) + len(new) == len(table.drop_duplicates())
        assert not bookings.fails(bookings.data, p, table)
        assert 0.5 < bookings.measured(p, table) == p.evaluate(table) < 0.95


@pytest.mark.parametrize(
    ("name", "killed"),
    [
        ("tested on all rows", True),
        ("column of the outcome", True),
        ("duplicates stay", True),
        ("part too small", True),
        ("median of the test", False),
        ("truth == answer", False),
    ],
)
def test_what_the_data_tests_see(tables, name, killed):
    _, old, new = bookings.MUTANTS[name]
    p = bookings.program(bookings.SOURCE.replace(old, new))
    assert {bookings.fails(bookings.data, p, table) for table in tables} == {killed}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(x):\n    return y", "does not exist"),
        ("def f(x):\n    y = x\n    return x", "nobody uses"),
    ],
)
def test_lint_says_what_is_wrong(source, message):
    with pytest.raises(AssertionError, match=message):
        bookings.lint(source)
    assert bookings.fails(bookings.lint, source)


def test_lint_runs_nothing():
    bookings.lint("raise SystemExit")


def test_a_program_that_breaks_has_no_accuracy(tables):
    p = bookings.program(bookings.SOURCE.replace("iloc[cut:]", "iloc[cut:, :1]"))
    assert np.isnan(bookings.measured(p, tables[0]))


@pytest.mark.parametrize(
    ("samples", "rows", "error", "message"),
    [
        (0, 10, ValueError, "samples must be at least 1, got 0"),
        (1, 1.5, TypeError, "rows must be a whole number, got 1.5"),
        (1000, 1000, ValueError, "samples times rows must be at most"),
    ],
)
def test_wrong_sizes(samples, rows, error, message):
    with pytest.raises(error, match=message):
        bookings.draw(samples, rows, rng=np.random.default_rng(0))
