"""Exercise 6.1-e1: the same hour of the last season that is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def seasonal_naive(y, m, h):
    """Return forecasts of the next h values, each the last known value of its season."""
    if len(y) < m:
        return [None] * h
    season = y[len(y) - m :]
    return [season[step % m] for step in range(h)]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 2, 3, 11, 12, 13], 3, 3]}
    yield {"args": [[1, 2, 3, 11, 12, 13], 3, 2]}
    yield {"args": [[1, 2, 3, 11, 12, 13], 3, 5]}  # beyond one season
    yield {"args": [[1, 2, 3, 11, 12, 13], 3, 8]}  # beyond two
    yield {"args": [[5, 1, 2, 3, 11, 12, 13], 3, 3]}  # no whole number of seasons
    yield {"args": [[7, 8, 9], 1, 3]}  # the last value again
    yield {"args": [[7, 8, 9], 3, 4]}  # just one season
    yield {"args": [[1, 2, 3, 11, None, 13], 3, 5]}  # not recorded
    yield {"args": [[1, 2, None], 3, 4]}
    yield {"args": [[7, 8], 3, 2]}  # less than a season
    yield {"args": [[], 2, 3]}
    yield {"args": [[0, 0, 0, 0], 2, 3]}
    for _ in range(20):
        y = rng.integers(0, 90, int(rng.integers(3, 11))).tolist()
        if rng.random() < 0.3:
            y[int(rng.integers(len(y)))] = None
        yield {"args": [y, int(rng.integers(1, 5)), int(rng.integers(1, 9))]}


def _judge(case: Case, result: object) -> Problem | None:
    y, m, h = case["args"]
    expected = seasonal_naive(y, m, h)
    if not isinstance(result, list) or len(result) != h:
        return Problem(expected, "Return a list with one forecast for each of the next h steps.")
    wrong = [step for step in range(h) if not _same(result[step], expected[step])]
    if not wrong:
        return None
    step = wrong[0]
    if len(y) < m:
        why = "With less than a season known there is nothing to say: h times None."
    elif step >= m:
        why = "Beyond one season, the value a season before is not known yet: say the last known "
        why += "season again."
    elif expected[step] is None:
        why = "A value that was not recorded stays None: of its season nothing newer is known."
    else:
        why = "Step k ahead (from 0) is what was measured m steps before it: y[len(y) - m + k]."
    return Problem(expected, why)


def _same(got: object, expected: float | None) -> bool:
    return got is None if expected is None else same_number(got, expected)


def _last_value(y, m, h):
    return seasonal_naive(y, 1, h) if len(y) >= m else [None] * h


def _first_season(y, m, h):
    return [y[step % m] for step in range(h)] if len(y) >= m else [None] * h


def _stops_after_a_season(y, m, h):
    return seasonal_naive(y, m, h)[:m] + [None] * (h - m)


def _fills_with_zero(y, m, h):
    return [0 if value is None and len(y) >= m else value for value in seasonal_naive(y, m, h)]


def _too_short_repeats(y, m, h):
    return seasonal_naive(y, m, h) if len(y) >= m else [y[-1] if y else 0] * h


def _one_step_off(y, m, h):
    return seasonal_naive(y, m, h + 1)[1:]


EXERCISE = Exercise(
    id="6.1-e1",
    name="seasonal_naive",
    reference=seasonal_naive,
    cases=_cases,
    judge=_judge,
    hints=(
        "Which m values are the newest that are known? The forecasts only repeat them.",
        "Take the last m values; step k ahead, counted from 0, is number k % m of them. First ask "
        "whether there are m values at all.",
        "season = y[len(y) - m:]; return [season[k % m] for k in range(h)], or [None] * h if "
        "len(y) < m",
    ),
    wrong=(
        Wrong("the last value", _last_value, "y[len(y) - m + k]"),
        Wrong("the first season", _first_season, "y[len(y) - m + k]"),
        Wrong("nothing beyond a season", _stops_after_a_season, "the last known season again"),
        Wrong("zero for what is missing", _fills_with_zero, "stays None"),
        Wrong("repeats what is too short", _too_short_repeats, "h times None"),
        Wrong("one step off", _one_step_off, "y[len(y) - m + k]"),
    ),
    note="The library's function is the same on arrays. It refuses less than a season: an error "
    "is better than a forecast of nothing.",
)
