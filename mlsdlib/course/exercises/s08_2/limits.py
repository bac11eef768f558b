"""Exercise 8.2-e5: the smallest distance that is significant."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def ks_mde(n, m, alpha):
    """Return the smallest distance that a test at this level calls significant."""
    c = math.sqrt(-math.log(alpha / 2) / 2)
    return min(1.0, c * math.sqrt((n + m) / (n * m)))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for n, m, alpha in (
        (1_000, 1_000, 0.05),
        (100, 100, 0.05),
        (100, 100, 0.01),  # a stricter level
        (1_000_000, 1_000_000, 0.05),  # anything is significant
        (1_000_000, 100, 0.05),  # the smaller sample decides
        (100, 1_000_000, 0.05),
        (200, 50, 0.05),
        (2, 2, 0.05),  # nothing is
        (1, 1_000, 0.2),
        (1, 1, 0.05),
        (10, 10, 0.9),
    ):
        yield {"args": [n, m, alpha]}
    for _ in range(15):
        n, m = (int(v) for v in 10 ** rng.uniform(1, 5, 2))
        yield {"args": [n, m, float(rng.choice([0.1, 0.05, 0.001]))]}


def _judge(case: Case, result: object) -> Problem | None:
    n, m, alpha = case["args"]
    expected = ks_mde(n, m, alpha)
    if same_number(result, expected, tolerance=1e-6):
        return None
    if isinstance(result, (bool, str)) or not isinstance(result, (int, float, np.number)):
        why = "Return a number."
    elif result > 1:
        why = "No distance is larger than 1: samples so small can ring at no distance at all."
    elif same_number(result, _one_sided(n, m, alpha), tolerance=1e-6):
        why = "The distance may go either way: half of alpha for each side."
    elif same_number(result, _by_total(n, m, alpha), tolerance=1e-6):
        why = (
            "The smaller sample decides: the factor is sqrt((n + m) / (n m)), not 1 / sqrt(n + m)."
        )
    elif same_number(result, _by_first(n, m, alpha), tolerance=1e-6):
        why = "Both samples are noisy, and both sizes count."
    else:
        why = "The limit is sqrt(-ln(alpha / 2) / 2) * sqrt((n + m) / (n m)), and at most 1."
    return Problem(expected, why)


def _one_sided(n, m, alpha):
    return ks_mde(n, m, 2 * alpha) if alpha < 0.5 else 0.0


def _by_total(n, m, alpha):
    return min(1.0, math.sqrt(-math.log(alpha / 2) / 2) / math.sqrt(n + m))


def _by_first(n, m, alpha):
    return min(1.0, math.sqrt(-math.log(alpha / 2) / 2) / math.sqrt(n))


def _beyond_one(n, m, alpha):
    return math.sqrt(-math.log(alpha / 2) / 2) * math.sqrt((n + m) / (n * m))


def _always_five_percent(n, m, alpha):
    return ks_mde(n, m, 0.05)


EXERCISE = Exercise(
    id="8.2-e5",
    name="ks_mde",
    reference=ks_mde,
    cases=_cases,
    judge=_judge,
    hints=(
        "Write the formula down as it stands. Then think of two samples of one row each.",
        "math.log is the natural logarithm. For n = m the second root is sqrt(2 / n).",
        "c = math.sqrt(-math.log(alpha / 2) / 2); return min(1.0, c * math.sqrt((n + m) / (n * "
        "m)))",
    ),
    wrong=(
        Wrong("one-sided", _one_sided, "half of alpha"),
        Wrong("by the total", _by_total, "smaller sample decides"),
        Wrong("by the first", _by_first, "both sizes count"),
        Wrong("beyond one", _beyond_one, "No distance is larger than 1"),
        Wrong("always 5 %", _always_five_percent, "The limit is"),
    ),
    note="It is the smallest distance that rings, not the smallest that rings for sure: a true "
    "distance of just this size is found half of the time.",
    equivalent={},
)
