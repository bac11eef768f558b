"""Exercise 5.1-e4: how many comments were there before?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def asof_count(events, t):
    """Return for each moment in t how many events happened before it."""
    known = sorted(event for event in events if event is not None)
    return [None if moment is None else bisect_left(known, moment) for moment in t]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for events, t in (
        ([1, 3, 7], [0, 4, 100]),
        ([1, 3, 3, 7], [3]),  # equal times
        ([3, 3, 3], [3, 3]),
        ([7, 1, 3], [2, 8, 4]),  # not sorted
        ([7, 1, 3], [9, 2, 5]),
        ([], [5]),
        ([5], []),
        ([None, 2, None], [3, 1]),  # events without a time
        ([2, 4], [None, 5]),  # asked at an unknown moment
        ([0, 4], [0, 4]),
        ([-2, 0], [0, -1]),
    ):
        yield {"args": [events, t]}
    for _ in range(15):
        events = rng.integers(0, 9, int(rng.integers(0, 8))).tolist()
        moments = rng.integers(0, 10, int(rng.integers(1, 5))).tolist()
        yield {
            "args": [
                [None if rng.random() < 0.15 else event for event in events],
                [None if rng.random() < 0.15 else moment for moment in moments],
            ]
        }


def _judge(case: Case, result: object) -> Problem | None:
    events, t = case["args"]
    expected = asof_count(events, t)
    if not isinstance(result, list) or len(result) != len(t):
        return Problem(expected, "Return a list with one answer for each moment in t.")
    for moment, got, count in zip(t, result, expected, strict=True):
        if moment is None and got is not None:
            why = "Nobody knows what came before an unknown moment: None, which is not zero."
        elif moment is not None and got is None:
            why = "Only None is an unknown moment: 0 is one like any other."
        elif moment is not None and not same_number(got, count):
            same = [event for event in events if event == moment]
            if same and same_number(got, count + len(same)):
                why = "What happens at the very moment did not happen before it."
            else:
                why = (
                    "Count the events whose time is before the moment, whatever the order of the "
                    "list; an event without a time counts nowhere."
                )
        else:
            continue
        return Problem(expected, why)
    return None


def _now_counts_too(events, t):
    known = [event for event in events if event is not None]
    return [None if m is None else sum(event <= m for event in known) for m in t]


def _sorted_already(events, t):
    known = [event for event in events if event is not None]
    return [None if m is None else bisect_left(known, m) for m in t]


def _unknown_is_zero(events, t):
    return [0 if count is None else count for count in asof_count(events, t)]


def _zero_is_unknown(events, t):
    return [None if not m else count for m, count in zip(t, asof_count(events, t), strict=True)]


def _untimed_always_count(events, t):
    return [None if m is None else sum(e is None or e < m for e in events) for m in t]


def _all_of_them(events, t):
    return [None if m is None else len(events) for m in t]


def _distinct(events, t):
    return asof_count(list(set(events)), t)


EXERCISE = Exercise(
    id="5.1-e4",
    name="asof_count",
    reference=asof_count,
    cases=_cases,
    judge=_judge,
    hints=(
        "For each moment, which events had happened? Those strictly before it.",
        "Leave out the events that are None, then count those below the moment. Sorted times and "
        "bisect.bisect_left do it in few steps.",
        "known = sorted(e for e in events if e is not None); return [None if m is None else "
        "bisect_left(known, m) for m in t]",
    ),
    wrong=(
        Wrong("now counts too", _now_counts_too, "at the very moment"),
        Wrong("taken as sorted", _sorted_already, "whatever the order"),
        Wrong("unknown is zero", _unknown_is_zero, "not zero"),
        Wrong("zero is unknown", _zero_is_unknown, "like any other"),
        Wrong("events without a time count", _untimed_always_count, "counts nowhere"),
        Wrong("all of them", _all_of_them, "before the moment"),
        Wrong("distinct times", _distinct, "before the moment"),
    ),
    note="The library's asof_count does this for many threads at once, without a loop over the "
    "moments, and refuses missing times: what to do with those is your decision.",
)
