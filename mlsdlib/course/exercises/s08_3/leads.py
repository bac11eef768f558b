"""Exercise 8.3-e4: how much earlier than the labels does an alarm come?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def lead_time(alarms, onset, noticed):
    """Return how many days before the labels did an alarm tell of the change."""
    true = [day for day in alarms if onset is not None and day >= onset]
    return noticed - min(true) if true else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[31, 35], 30, 44]}
    yield {"args": [[5, 33], 30, 44]}  # a false one, then a true one
    yield {"args": [[], 30, 44]}  # never
    yield {"args": [[5, 12], 30, 44]}  # only before the onset
    yield {"args": [[30], 30, 44]}  # on the day itself
    yield {"args": [[29], 30, 44]}
    yield {"args": [[50], 30, 44]}  # later than the labels
    yield {"args": [[44], 30, 44]}
    yield {"args": [[40, 33, 36], 30, 44]}  # in no order
    yield {"args": [[3, 9], None, 44]}  # nothing has changed
    yield {"args": [[0], 0, 7]}
    for _ in range(20):
        onset = int(rng.integers(5, 20))
        days = rng.choice(40, int(rng.integers(0, 5)), replace=False).tolist()
        yield {"args": [days, onset, onset + int(rng.integers(0, 15))]}


def _judge(case: Case, result: object) -> Problem | None:
    alarms, onset, noticed = case["args"]
    expected = lead_time(alarms, onset, noticed)
    if result is None and expected is None:
        return None
    if expected is not None and same_number(result, expected):
        return None
    if expected is None and onset is None:
        why = "Nothing has changed: each alarm is false, and the answer is None."
    elif expected is None:
        why = "No alarm came on the day of the onset or after it: the answer is None."
    elif result is None:
        why = "An alarm on the day of the onset, or after it, counts; the answer is a number."
    elif expected < 0:
        why = "The alarm came after the labels: the lead is negative."
    elif any(day < onset for day in alarms) and result > expected:
        why = "An alarm before the onset is false; that something happens later makes it no better."
    else:
        why = "Take the first alarm that is not before the onset, and count the days to noticed."
    return Problem(expected, why)


def _false_ones_count(alarms, onset, noticed):
    return noticed - min(alarms) if alarms and onset is not None else None


def _first_in_the_list(alarms, onset, noticed):
    return next((noticed - day for day in alarms if onset is not None and day >= onset), None)


def _from_the_onset(alarms, onset, noticed):
    true = [day for day in alarms if onset is not None and day >= onset]
    return min(true) - onset if true else None


def _not_the_day_itself(alarms, onset, noticed):
    return lead_time([day for day in alarms if day != onset], onset, noticed)


def _never_is_zero(alarms, onset, noticed):
    return lead_time(alarms, onset, noticed) or 0


def _never_negative(alarms, onset, noticed):
    lead = lead_time(alarms, onset, noticed)
    return None if lead is None else max(0, lead)


EXERCISE = Exercise(
    id="8.3-e4",
    name="lead_time",
    reference=lead_time,
    cases=_cases,
    judge=_judge,
    hints=(
        "Sort the alarms into false ones, before the onset, and true ones.",
        "Keep the days that are at least the onset. If none is left the answer is None.",
        "true = [day for day in alarms if onset is not None and day >= onset]; return noticed - "
        "min(true) if true else None",
    ),
    wrong=(
        Wrong("false ones count", _false_ones_count, "before the onset is false"),
        Wrong("the first in the list", _first_in_the_list, "Take the first alarm"),
        Wrong("from the onset", _from_the_onset, "count the days to noticed"),
        Wrong("not on the day itself", _not_the_day_itself, "on the day of the onset"),
        Wrong("never is zero", _never_is_zero, "the answer is None"),
        Wrong("never negative", _never_negative, "is negative"),
    ),
    note="A rule that always rings has the longest lead. Look at leads only beside the number of "
    "false alarms.",
)
