"""Exercise 8.2-e4: the first alarm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def first_alarm(series, limit, k):
    """Return the position of the first alarm, or None."""
    row = 0
    for i, value in enumerate(series):
        if value is None:
            continue
        row = row + 1 if value > limit else 0
        if row == k:
            return i
    return None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for series, limit, k in (
        ([1.0, 5.0, 1.0], 3.0, 1),
        ([5.0, 5.0, 5.0], 3.0, 3),
        ([1.0, 5.0, 1.0, 5.0, 5.0], 3.0, 2),  # one bad day is no alarm
        ([1.0, None, 1.0, 5.0, 5.0, 5.0], 3.0, 3),  # positions count what is missing
        ([5.0, 5.0, 1.0, 5.0], 3.0, 3),  # never
        ([5.0, None, 5.0, 1.0], 3.0, 2),  # a gap breaks nothing
        ([5.0, None, 1.0, 5.0], 3.0, 2),  # and counts nothing
        ([None, None, 5.0], 3.0, 1),
        ([None, None], 3.0, 1),
        ([3.0, 3.0, 3.1], 3.0, 1),  # equal is not above
        ([3.0, 4.0], 3.0, 2),
        ([4.0, 3.0, 4.0], 3.0, 2),
        ([5.0, 5.0, 5.0, 5.0], 3.0, 2),  # the first
        ([5.0], 3.0, 1),
        ([], 3.0, 1),
        ([-1.0, 0.0], -2.0, 2),
    ):
        yield {"args": [series, limit, k]}
    for _ in range(20):
        n = int(rng.integers(3, 12))
        series = [None if rng.random() < 0.2 else float(v) for v in rng.integers(0, 5, n)]
        yield {"args": [series, 1.0, int(rng.integers(1, 4))]}


def _judge(case: Case, result: object) -> Problem | None:
    series, limit, k = case["args"]
    expected = first_alarm(series, limit, k)
    if type(result) is type(expected) and result == expected:
        return None
    if result is not None and not isinstance(result, int):
        why = "Return a position, counted from 0, or None."
    elif result == _gap_breaks(series, limit, k):
        why = "A missing value does not break a row."
    elif result == _gap_counts(series, limit, k):
        why = "A missing value is not above the limit: it does not count."
    elif result == _at_the_limit(series, limit, k):
        why = "A value equal to the limit is not above it."
    elif result == _not_in_a_row(series, limit, k):
        why = "The k values must be in a row: one that is not above the limit begins anew."
    elif result == _where_it_began(series, limit, k):
        why = "The alarm is at the k-th of them: before, nobody could know."
    elif expected is None:
        why = "There are never k in a row: return None."
    else:
        why = "Return the position at which a value is above the limit for the k-th time in a row."
    return Problem(expected, why)


def _filled(series, value):
    return [value if v is None else v for v in series]


def _gap_breaks(series, limit, k):
    return first_alarm(_filled(series, limit), limit, k)


def _gap_counts(series, limit, k):
    return first_alarm(_filled(series, limit + 1), limit, k)


def _at_the_limit(series, limit, k):
    return first_alarm(series, limit - 1e-9, k)


def _not_in_a_row(series, limit, k):
    over = [i for i, v in enumerate(series) if v is not None and v > limit]
    return over[k - 1] if len(over) >= k else None


def _where_it_began(series, limit, k):
    found = first_alarm(series, limit, k)
    if found is None:
        return None
    row = [i for i, v in enumerate(series[: found + 1]) if v is not None]
    return row[-k]


def _gaps_dropped(series, limit, k):
    return first_alarm([v for v in series if v is not None], limit, k)


EXERCISE = Exercise(
    id="8.2-e4",
    name="first_alarm",
    reference=first_alarm,
    cases=_cases,
    judge=_judge,
    hints=(
        "Keep one number: how many in a row are above the limit by now.",
        "Skip what is missing. Above the limit: one more; else: zero.",
        "row = row + 1 if value > limit else 0; if row == k: return i",
    ),
    wrong=(
        Wrong("a gap breaks the row", _gap_breaks, "does not break"),
        Wrong("a gap counts", _gap_counts, "does not count"),
        Wrong("equal is above", _at_the_limit, "not above it"),
        Wrong("not in a row", _not_in_a_row, "must be in a row"),
        Wrong("where it began", _where_it_began, "nobody could know"),
        Wrong("gaps are dropped", _gaps_dropped, "Return the position"),
    ),
    note="A silent sensor is an alarm of its own: count what is missing beside this. The library's "
    "alarms finds all of them, not only the first.",
    equivalent={},
)
