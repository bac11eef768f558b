"""Exercise 8.3-e3: when does an alert fire that must hold for a while?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    same_number,
    show_tuples,
)

__all__ = ["EXERCISE"]


def fired(readings, limit, hold):
    """Return the times at which an alert fired."""
    since, firing, times = None, False, []
    for time, value in readings:
        if value is None or value <= limit:
            since, firing = None, False
            continue
        if since is None:
            since = time
        if not firing and time - since >= hold:
            firing = True
            times.append(time)
    return times


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[0, 1], [30, 9], [60, 9], [90, 9], [120, 9]], 5, 60]}
    yield {"args": [[[0, 9], [30, 1], [60, 9], [90, 1]], 5, 30]}  # never long enough
    yield {"args": [[[0, 9], [30, 9], [60, 1], [90, 9], [120, 9]], 5, 30]}  # twice
    yield {"args": [[[0, 9], [30, 9], [60, 9]], 5, 60]}  # just long enough
    yield {"args": [[[0, 9], [30, 9], [60, 9]], 5, 61]}
    yield {"args": [[[0, 9], [30, 1]], 5, 0]}  # at once
    yield {"args": [[[0, 5], [30, 5], [60, 5]], 5, 0]}  # at the limit is not above
    yield {"args": [[[0, 9], [30, None], [60, 9], [90, 9]], 5, 60]}  # a scrape failed
    yield {"args": [[[0, 9], [200, 9], [210, 9]], 5, 60]}  # readings at odd times
    yield {"args": [[[0, 9], [10, 9], [20, 9], [100, 9]], 5, 60]}
    yield {"args": [[[0, None], [30, None]], 5, 0]}
    yield {"args": [[[0, -1], [30, -1]], -2, 30]}
    yield {"args": [[], 5, 60]}
    for _ in range(20):
        n = int(rng.integers(4, 10))
        times = np.cumsum(rng.choice([10, 20, 30], n)).tolist()
        values = [None if rng.random() < 0.1 else int(rng.choice([1, 5, 8, 9])) for _ in times]
        readings = [list(reading) for reading in zip(times, values, strict=True)]
        yield {"args": [readings, 5, int(rng.choice([0, 20, 30, 50]))]}


def _judge(case: Case, result: object) -> Problem | None:
    readings, limit, hold = case["args"]
    expected = fired(readings, limit, hold)
    if not isinstance(result, list):
        return Problem(expected, "Return a list of times.")
    if len(result) == len(expected) and all(map(same_number, result, expected)):
        return None
    above = {time: value is not None and value > limit for time, value in readings}
    runs = _runs(readings, limit)
    wrong = next((t for t in result if t not in expected), None)
    if wrong is not None and not above.get(wrong, False):
        why = "It fires at a reading above the limit: not at one at the limit, nor without a value."
    elif wrong is not None and any(wrong in run and wrong - run[0] < hold for run in runs):
        why = (
            "It fires too soon: the time counts from the first reading above the limit, and a "
            "reading without a value, or not above the limit, begins it anew."
        )
    elif len(result) > len(expected):
        why = "An alert that goes on fires once, until a reading ends it."
    else:
        why = (
            "It fires at the first reading that comes hold seconds or more after the first one "
            "above the limit, and again after it has ended. Seconds count, not readings."
        )
    return Problem(expected, why)


def _runs(readings: list, limit: float) -> list[list]:
    """Return the times of each unbroken run of readings above the limit."""
    runs, run = [], []
    for time, value in [*readings, [None, None]]:
        if value is not None and value > limit:
            run.append(time)
        elif run:
            runs.append(run)
            run = []
    return runs


def _again_and_again(readings, limit, hold):
    return [t for run in _runs(readings, limit) for t in run if t - run[0] >= hold]


def _longer_than_hold(readings, limit, hold):
    return fired(readings, limit, hold + 1e-6)


def _gap_goes_on(readings, limit, hold):
    return fired([(t, v) for t, v in readings if v is not None], limit, hold)


def _at_the_limit_too(readings, limit, hold):
    return fired(readings, limit - 1e-6, hold)


def _counts_readings(readings, limit, hold):
    return [run[k] for run in _runs(readings, limit) if len(run) > (k := -(-hold // 30))]


def _at_once(readings, limit, hold):
    return fired(readings, limit, 0)


EXERCISE = Exercise(
    id="8.3-e3",
    name="fired",
    reference=fired,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Remember two things: since when the value has been above, and whether it fires already.",
        "A reading that is None or not above ends both. Otherwise set the beginning if there is "
        "none, and fire if time - since >= hold and it does not fire yet.",
        "if value is None or value <= limit: since, firing = None, False; else: since = time if "
        "since is None else since; if not firing and time - since >= hold: times.append(time)",
    ),
    wrong=(
        Wrong("rings again and again", _again_and_again, "fires once"),
        Wrong("longer than hold", _longer_than_hold, "hold seconds or more"),
        Wrong("a gap goes on", _gap_goes_on, "begins it anew"),
        Wrong("at the limit too", _at_the_limit_too, "not at one at the limit"),
        Wrong("counts readings", _counts_readings, "Seconds count, not readings"),
        Wrong("does not wait", _at_once, "too soon"),
    ),
    note="A value that flutters about its limit ends the alert and begins it again and again. "
    "Prometheus has keep_firing_for against that: a second time, for the way down.",
)
