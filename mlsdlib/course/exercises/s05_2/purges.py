"""Exercise 5.2-e6: leave out the training rows whose labels reach into the test."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def purged_split(times, start, horizon, embargo):
    """Return the numbers of the rows to train on, and of those to test on."""
    known = [(row, time) for row, time in enumerate(times) if time is not None]
    train = [row for row, time in known if time + horizon + embargo < start]
    test = [row for row, time in known if time >= start]
    return train, test


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0, 1, 2, 3, 4, 5, 6, 7], 5, 0, 0]}
    yield {"args": [[0, 1, 2, 3, 4, 5, 6, 7], 5, 2, 0]}  # windows that reach the test
    yield {"args": [[0, 1, 2, 3, 4, 5, 6, 7], 5, 2, 1]}
    yield {"args": [[0, 1, 2, 3, 4, 5, 6, 7], 5, 0, 3]}
    yield {"args": [[4, 5, 5, 5, 6, 4, 3], 5, 1, 0]}  # ties at the start, and any order
    yield {"args": [[9, 2, 7, 0, 5, 1], 6, 3, 0]}
    yield {"args": [[0, None, 2, None, 9], 5, 1, 0]}
    yield {"args": [[0, 1, 2, 9], 5, 10, 0]}  # nothing is left to train on
    yield {"args": [[0, 1, 2], 5, 1, 0]}
    yield {"args": [[0, 10, 20, 30], 15, 4, 0]}  # the test begins between two rows
    yield {"args": [[], 5, 1, 0]}
    for _ in range(20):
        n = int(rng.integers(3, 14))
        times = [None if rng.random() < 0.1 else int(rng.integers(0, 12)) for _ in range(n)]
        yield {"args": [times, int(rng.integers(2, 11)), *rng.integers(0, 4, 2).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    expected = purged_split(*case["args"])
    try:
        train, test = (sorted(int(row) for row in part) for part in result)
    except (TypeError, ValueError):
        return Problem(expected, "Return two lists: rows to train on, rows to test on.")
    if (train, test) == tuple(sorted(part) for part in expected):
        return None
    times = case["args"][0]
    if wrong := sorted({row for row in [*train, *test] if not 0 <= row < len(times)}):
        return Problem(expected, f"There is no row {wrong[0]}.")
    for part, right, is_test in ((test, expected[1], True), (train, expected[0], False)):
        for row in sorted(set(part) ^ set(right)):
            return Problem(expected, f"Row {row}: {_why(times[row], case, is_test=is_test)}")
    return Problem(expected, "Each row is named once.")


def _why(time: int | None, case: Case, *, is_test: bool) -> str:
    _, start, horizon, embargo = case["args"]
    if time is None:
        return "a row without a time can be neither before nor after; leave it out."
    if is_test:
        return f"its time is {time}. The test takes every row from {start} on, and none before."
    if time >= start:
        return f"its time is {time}. It belongs to the test, which begins at {start}."
    if time + horizon + embargo < start:
        return (
            f"its label is decided by {time + horizon}, and with the embargo of {embargo} that is "
            f"still before {start}: keep it."
        )
    if time + horizon >= start:
        return (
            f"its label is decided in {time} to {time + horizon}. That reaches the test, which "
            f"begins at {start}."
        )
    return (
        f"its label is decided by {time + horizon}. The embargo asks for {embargo} more, and that "
        f"reaches {start}."
    )


def _no_purge(times, start, horizon, embargo):
    return purged_split(times, start, 0, 0)


def _touching(times, start, horizon, embargo):
    known = [(row, time) for row, time in enumerate(times) if time is not None and time < start]
    train = [row for row, time in known if time + horizon + embargo <= start]
    return train, purged_split(times, start, 0, 0)[1]


def _no_embargo(times, start, horizon, embargo):
    return purged_split(times, start, horizon, 0)


def _longer_of_both(times, start, horizon, embargo):
    return purged_split(times, start, max(horizon, embargo), 0)


def _purges_the_test(times, start, horizon, embargo):
    train, _ = purged_split(times, start, 0, 0)
    gap = horizon + embargo
    return train, [r for r, t in enumerate(times) if t is not None and t >= start + gap]


def _places_in_order(times, start, horizon, embargo):
    return purged_split(sorted(t for t in times if t is not None), start, horizon, embargo)


def _rows_not_times(times, start, horizon, embargo):
    first = min((r for r, t in enumerate(times) if t is not None and t >= start), default=0)
    train = [r for r in range(max(0, first - horizon - embargo)) if times[r] is not None]
    return train, purged_split(times, start, 0, 0)[1]


EXERCISE = Exercise(
    id="5.2-e6",
    name="purged_split",
    reference=purged_split,
    cases=_cases,
    judge=_judge,
    hints=(
        "When is the label of a training row known? It must be known before the test begins.",
        "Compare time + horizon + embargo with start. A label that is decided just at the start "
        "already belongs to the test.",
        "train: time + horizon + embargo < start; test: time >= start; skip a time of None",
    ),
    wrong=(
        Wrong("no purge", _no_purge, "That reaches the test"),
        Wrong("windows may touch", _touching, "That reaches the test"),
        Wrong("no embargo", _no_embargo, "The embargo asks for"),
        Wrong("the longer of both", _longer_of_both, "The embargo asks for"),
        Wrong("purges the test", _purges_the_test, "The test takes every row"),
        Wrong("places in the order of time", _places_in_order, "The test takes every row"),
        Wrong("counts rows, not time", _rows_not_times, "keep it"),
    ),
    note="The library's PurgedTimeSeriesSplit does the same for several tests one after the other, "
    "with numbers or dates, inside scikit-learn's cross-validation.",
)
