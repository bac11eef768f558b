"""Exercise 7.2-e5: the largest rank that pays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong
from mlsdlib.course.exercises.s07_2._results import plain

__all__ = ["EXERCISE"]


def rank_budget(m, n, ratio):
    """Return the largest rank whose two factors have at least ratio times fewer weights."""
    return max(1, min(m, n, int(m * n / (ratio * (m + n)))))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [100, 100, 1]}  # half of the width
    yield {"args": [100, 100, 5]}
    yield {"args": [300, 100, 2]}
    yield {"args": [100, 300, 2]}
    yield {"args": [10, 10, 3]}  # 1.67 is rounded down
    yield {"args": [7, 5, 1]}  # 2.9
    yield {"args": [10, 10, 100]}  # not even one
    yield {"args": [1, 1, 1]}
    yield {"args": [4, 6, 0.25]}  # more weights than before: no more than the full rank
    yield {"args": [1_024, 1_024, 4]}
    yield {"args": [512, 2_048, 1.5]}
    for _ in range(15):
        m, n = rng.integers(1, 400, 2).tolist()
        yield {"args": [m, n, float(rng.choice([0.5, 1.0, 1.25, 2.0, 8.0, 50.0]))]}


def _judge(case: Case, result: object) -> Problem | None:
    result = plain(result)
    m, n, ratio = case["args"]
    expected = rank_budget(m, n, ratio)
    whole = isinstance(result, int) and not isinstance(result, bool)
    if whole and result == expected:
        return None
    if not whole:
        why = "A rank is a whole number."
    elif result < 1:
        why = "A rank is at least 1, even where that is too much."
    elif result > min(m, n):
        why = "No matrix has a rank above the smaller of m and n."
    elif result > expected:
        why = "The factors have r * (m + n) weights, and that times the ratio may not exceed m * n."
    else:
        why = "A larger rank would still pay: the factors have r * (m + n) weights in all."
    return Problem(expected, why)


def _share_of_the_rank(m, n, ratio):
    return max(1, min(m, n, int(min(m, n) / ratio)))


def _rounded(m, n, ratio):
    return max(1, min(m, n, round(m * n / (ratio * (m + n)))))


def _up(m, n, ratio):
    return max(1, min(m, n, -int(-m * n // (ratio * (m + n)))))


def _may_be_zero(m, n, ratio):
    return min(m, n, int(m * n / (ratio * (m + n))))


def _above_full(m, n, ratio):
    return max(1, int(m * n / (ratio * (m + n))))


def _too_careful(m, n, ratio):
    return max(1, rank_budget(m, n, ratio) - 1)


EXERCISE = Exercise(
    id="7.2-e5",
    name="rank_budget",
    reference=rank_budget,
    cases=_cases,
    judge=_judge,
    hints=(
        "How many weights do the two factors have?",
        "r * m + r * n must be at most m * n / ratio. Solve for r and round down.",
        "max(1, min(m, n, int(m * n / (ratio * (m + n)))))",
    ),
    wrong=(
        Wrong("a share of the full rank", _share_of_the_rank, "may not exceed"),
        Wrong("rounded to the nearest", _rounded, "may not exceed"),
        Wrong("rounded up", _up, "may not exceed"),
        Wrong("may be zero", _may_be_zero, "at least 1"),
        Wrong("above the full rank", _above_full, "the smaller of m and n"),
        Wrong("one too careful", _too_careful, "would still pay"),
    ),
    note="Fewer weights are certain below this rank. Less time is not, and accuracy depends on "
    "the singular values: look at them first.",
)
