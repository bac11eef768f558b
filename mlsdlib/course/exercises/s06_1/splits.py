"""Exercise 6.1-e2: Student's t for splits that share their rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def corrected_t(diff, n1, n2):
    """Return t of the mean difference over splits that train on n1 rows and test on n2."""
    k = len(diff)
    mean = sum(diff) / k
    variance = sum((d - mean) ** 2 for d in diff) / (k - 1)
    if len(set(diff)) == 1:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / math.sqrt((1 / k + n2 / n1) * variance)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 3, 2, 2, 2], 80, 20]}
    yield {"args": [[0.5, 0.25], 90, 10]}  # two splits
    yield {"args": [[0.25, -0.5, -0.25, 0.0], 60, 40]}  # below zero
    yield {"args": [[1, -1, 2, -2], 70, 30]}  # mean of zero
    yield {"args": [[0.5, 0.5, 0.5], 80, 20]}  # no spread
    yield {"args": [[-0.1, -0.1, -0.1], 80, 20]}
    yield {"args": [[0, 0, 0, 0], 80, 20]}
    yield {"args": [[0.1, 0.1, 0.1, 0.2], 50, 50]}
    yield {"args": [[1, 2, 3], 10, 90]}  # the test is the larger part
    for _ in range(15):
        d = rng.normal(rng.normal(0, 0.02), 0.03, int(rng.integers(2, 12))).round(3).tolist()
        yield {"args": [d, int(rng.integers(50, 500)), int(rng.integers(10, 100))]}


def _judge(case: Case, result: object) -> Problem | None:
    diff, n1, n2 = case["args"]
    expected = corrected_t(diff, n1, n2)
    if same_number(result, expected):
        return None
    if isinstance(result, bool) or not isinstance(result, (int, float, np.number)):
        return Problem(expected, "Return one number.")
    if len(set(diff)) == 1:
        why = "Differences that do not vary give 0 if they are 0, else infinity with their sign."
    elif result == -expected:
        why = "The sign of t is that of the mean difference."
    elif same_number(result, _naive(diff, n1, n2)):
        why = "This is the usual t, for independent splits. Add n2 / n1 to 1 / k."
    elif same_number(result, _population(diff, n1, n2)):
        why = "The variance of a sample divides by k - 1."
    elif same_number(result, corrected_t(diff, n2, n1)):
        why = "The share is test over train, n2 / n1: a large test shares more of its rows."
    else:
        why = "t is the mean divided by sqrt((1 / k + n2 / n1) * variance)."
    return Problem(expected, why)


def _naive(diff, n1, n2):
    return corrected_t(diff, math.inf, n2)


def _population(diff, n1, n2):
    k = len(diff)
    return corrected_t(diff, n1, n2) * math.sqrt(k / (k - 1))


def _swapped(diff, n1, n2):
    return corrected_t(diff, n2, n1)


def _without_k(diff, n1, n2):
    k = len(diff)
    return corrected_t(diff, n1, n2) * math.sqrt((1 / k + n2 / n1) / (n2 / n1))


def _standard_deviation(diff, n1, n2):
    return corrected_t(diff, n1, n2) * math.sqrt(1 / len(diff) + n2 / n1)


def _absolute(diff, n1, n2):
    return abs(corrected_t(diff, n1, n2))


def _no_spread_is_zero(diff, n1, n2):
    return 0.0 if len(set(diff)) == 1 else corrected_t(diff, n1, n2)


EXERCISE = Exercise(
    id="6.1-e2",
    name="corrected_t",
    reference=corrected_t,
    cases=_cases,
    judge=_judge,
    hints=(
        "It is the usual t of a mean, with a larger variance of that mean.",
        "The usual variance of a mean is variance / k. Splits share rows; so replace 1 / k by "
        "1 / k + n2 / n1. Treat differences that are all equal apart.",
        "t = mean / sqrt((1 / k + n2 / n1) * variance), the variance with k - 1; if "
        "len(set(diff)) == 1: 0.0 or copysign(inf, mean)",
    ),
    wrong=(
        Wrong("independent splits", _naive, "Add n2 / n1"),
        Wrong("variance divided by k", _population, "divides by k - 1"),
        Wrong("train over test", _swapped, "test over train"),
        Wrong("without 1 / k", _without_k, "t is the mean divided by"),
        Wrong("without the share", _standard_deviation, "t is the mean divided by"),
        Wrong("without its sign", _absolute, "The sign of t"),
        Wrong("no spread is zero", _no_spread_is_zero, "else infinity"),
    ),
    note="Compare t with Student's distribution with k - 1 degrees of freedom. However many splits "
    "you make, the standard error stays above sqrt(n2 / n1) standard deviations.",
)
