"""Exercise 7.3-e3: the best tile, by noisy timings."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    show_tuples,
)

__all__ = ["EXERCISE"]


def best_tile(timings):
    """Return the tile with the smallest median duration."""
    found = [(median(times), tile) for tile, times in timings if len(times) >= 3]
    return min(found)[1] if found else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for timings in (
        [[16, [5, 5, 5]], [32, [3, 3, 3]], [64, [4, 4, 4]]],
        [[16, [5, 1, 5]], [32, [3, 4, 3]]],  # one lucky timing
        [[16, [2, 2, 90]], [32, [3, 3, 3]]],  # one disturbed timing
        [[64, [3, 3, 3]], [16, [3, 3, 3]], [32, [3, 3, 3]]],  # ties
        [[64, [3, 2, 9]], [16, [3, 1, 3]], [32, [4, 4, 4]]],  # ties of medians only
        [[16, [1]], [32, [3, 3, 3]]],  # timed once
        [[16, [1, 1]], [32, [3, 3, 3]]],
        [[16, [1, 1]], [32, []]],  # none is left
        [],
        [[32, [9, 1, 5, 4]], [64, [5, 5, 5, 5]]],  # an even number of them
        [[32, [1, 9, 5, 6]], [64, [5.25, 5.25, 5.25]]],
    ):
        yield {"args": [timings]}
    for _ in range(20):
        tiles = rng.permutation([8, 16, 32, 64, 128])[: int(rng.integers(1, 6))].tolist()
        yield {"args": [[[t, rng.integers(1, 9, int(rng.integers(0, 6))).tolist()] for t in tiles]]}


def _judge(case: Case, result: object) -> Problem | None:
    (timings,) = case["args"]
    expected = best_tile(timings)
    if result == expected and not isinstance(result, bool):
        return None
    durations = dict(timings)
    if expected is None:
        why = "No tile has three durations, so none can be chosen: return None."
    elif result is None:
        why = "A tile with three durations or more counts, so here there is a best one."
    elif not isinstance(result, int) or result not in durations:
        why = "Return one of the tiles."
    elif len(durations[result]) < 3:
        why = "A tile with fewer than three durations may just be lucky: leave it out."
    elif median(durations[result]) == median(durations[expected]):
        why = "Of equally fast tiles return the smallest."
    else:
        why = "Compare the medians: one lucky or disturbed timing must not decide."
    return Problem(expected, why)


def _by_minimum(timings):
    found = [(min(times), tile) for tile, times in timings if len(times) >= 3]
    return min(found)[1] if found else None


def _by_mean(timings):
    found = [(sum(times) / len(times), tile) for tile, times in timings if len(times) >= 3]
    return min(found)[1] if found else None


def _any_number(timings):
    found = [(median(times), tile) for tile, times in timings if times]
    return min(found)[1] if found else None


def _more_than_three(timings):
    return best_tile([pair for pair in timings if len(pair[1]) > 3])


def _first_of_equals(timings):
    found = [(median(times), tile) for tile, times in timings if len(times) >= 3]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _smallest_if_none(timings):
    return best_tile(timings) or min((tile for tile, _ in timings), default=None)


EXERCISE = Exercise(
    id="7.3-e3",
    name="best_tile",
    reference=best_tile,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "What single number tells how long a tile takes, if now and then a timing is disturbed?",
        "Keep the tiles with at least three durations, and take each one's median; for an even "
        "number of durations it lies halfway between the two in the middle.",
        "found = [(median(times), tile) for tile, times in timings if len(times) >= 3]; "
        "min(found)[1] if there is any",
    ),
    wrong=(
        Wrong("the smallest duration", _by_minimum, "must not decide"),
        Wrong("the mean", _by_mean, "must not decide"),
        Wrong("a single timing counts", _any_number, "may just be lucky"),
        Wrong("three durations are too few", _more_than_three, "three durations or more"),
        Wrong("the first of equals", _first_of_equals, "return the smallest"),
        Wrong("something, where nothing is known", _smallest_if_none, "none can be chosen"),
    ),
    note="The median resists single outliers, and still flatters the winner of many tiles a "
    "little: time the winner again before you report it.",
)
