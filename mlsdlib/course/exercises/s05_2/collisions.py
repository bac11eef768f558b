"""Exercise 5.2-e4: how many values will find their bin taken?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def expected_collisions(n, n_bins):
    """Return how many of n values are expected in a bin that is taken already."""
    empty = (1 - 1 / n_bins) ** n
    return n - n_bins * (1 - empty)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [0, 10]}
    yield {"args": [1, 10]}
    yield {"args": [2, 4]}
    yield {"args": [10, 1]}  # all but the first
    yield {"args": [0, 1]}
    yield {"args": [1, 1]}
    yield {"args": [3, 2]}
    yield {"args": [16, 16]}
    yield {"args": [23, 365]}
    yield {"args": [10_000, 5_000]}
    yield {"args": [10_000, 100]}
    for _ in range(15):
        yield {"args": [int(rng.integers(2, 3_000)), int(rng.integers(2, 3_000))]}


def _judge(case: Case, result: object) -> Problem | None:
    n, n_bins = case["args"]
    expected = expected_collisions(n, n_bins)
    if same_number(result, expected, tolerance=1e-6):
        return None
    in_use = n - expected
    if n_bins > 1 and same_number(result, in_use, tolerance=1e-6):
        why = "So many bins are in use. Asked is how many values found theirs taken."
    elif same_number(result, n_bins - in_use, tolerance=1e-6):
        why = "So many bins stay empty. Asked is how many values found theirs taken."
    elif same_number(result, n - n_bins * (1 - math.exp(-n / n_bins)), tolerance=1e-6):
        why = (
            "That is the limit for many bins. A value misses a bin with probability 1 - 1 / n_bins."
        )
    elif n < 2:
        why = "With no value, or one, nothing is taken already."
    elif same_number(result, 0):
        why = (
            "Two values may meet even where bins are many. And an expected number need not be "
            "whole: do not round it."
        )
    elif same_number(result, n * (n - 1) / 2 / n_bins, tolerance=1e-6):
        why = "That counts pairs: three values in one bin are three pairs, but only two came late."
    elif isinstance(result, (int, float)) and 0 <= result <= 1 < expected:
        why = "That looks like a probability. Asked is an expected number of values."
    elif n_bins == 1:
        why = "In a single bin all but the first value find it taken."
    else:
        why = (
            "A bin stays empty with probability (1 - 1 / n_bins) ** n. So you know how many bins "
            "are in use; all other values came late."
        )
    return Problem(round(expected, 9), why)


def _pairs(n, n_bins):
    return n * (n - 1) / 2 / n_bins


def _birthday(n, n_bins):
    free = 1.0
    for k in range(n):
        free *= max(0.0, 1 - k / n_bins)
    return 1 - free


def _overfull(n, n_bins):
    return max(0, n - n_bins)


def _sharing(n, n_bins):
    return n * (1 - (1 - 1 / n_bins) ** (n - 1)) if n else 0


def _bins_in_use(n, n_bins):
    return n_bins * (1 - (1 - 1 / n_bins) ** n)


def _empty_bins(n, n_bins):
    return n_bins * (1 - 1 / n_bins) ** n


def _limit(n, n_bins):
    return n - n_bins * (1 - math.exp(-n / n_bins))


def _rounded(n, n_bins):
    return round(expected_collisions(n, n_bins))


EXERCISE = Exercise(
    id="5.2-e4",
    name="expected_collisions",
    reference=expected_collisions,
    cases=_cases,
    judge=_judge,
    hints=(
        "How likely is it that no value falls into a given bin?",
        "Each value misses the bin with probability 1 - 1 / n_bins. So you know the expected "
        "number of empty bins, and of bins in use.",
        "n - n_bins * (1 - (1 - 1 / n_bins) ** n)",
    ),
    wrong=(
        Wrong("pairs", _pairs, "That counts pairs"),
        Wrong("the chance of any", _birthday, "That looks like a probability"),
        Wrong("what does not fit", _overfull, "may meet even where bins are many"),
        Wrong("all that share a bin", _sharing, "A bin stays empty with probability"),
        Wrong("bins in use", _bins_in_use, "So many bins are in use"),
        Wrong("empty bins", _empty_bins, "So many bins stay empty"),
        Wrong("the limit", _limit, "the limit for many bins"),
        Wrong("rounded", _rounded, "do not round"),
    ),
    note="With very many bins the formula takes the difference of two nearly equal numbers. The "
    "library's expected_collisions sums a series there.",
)
