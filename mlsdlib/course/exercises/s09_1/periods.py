"""Exercise 9.1-e4: how often does an update pay?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def optimal_period(c, v):
    """Return the cheapest time between two updates."""
    return math.sqrt(2 * c / v) if v > 0 else math.inf


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for c, v in (
        (2.0, 1.0),
        (8.0, 1.0),  # four times the cost, twice the period
        (2.0, 4.0),
        (100.0, 0.5),
        (5.0, 0.0),  # nothing gets worse
        (5.0, -0.2),  # older is better
        (0.0, 1.0),  # updates for nothing
        (0.0, 0.0),
        (1e-6, 2.0),
    ):
        yield {"args": [c, v]}
    for _ in range(10):
        yield {"args": [float(rng.integers(1, 50)), round(float(rng.uniform(0.1, 5)), 2)]}


def _judge(case: Case, result: object) -> Problem | None:
    c, v = case["args"]
    expected = optimal_period(c, v)
    if same_number(result, expected, tolerance=1e-3 if c else 1e-6):
        return None
    if isinstance(result, (bool, str)) or not isinstance(result, (int, float, np.number)):
        why = "Return a number; infinity is float('inf')."
    elif v <= 0:
        why = "Where nothing gets worse with age, no update pays: return infinity."
    elif same_number(result, math.sqrt(c / v), tolerance=1e-6):
        why = "A model is half a period old on average: the loss is v T / 2, not v T."
    elif same_number(result, 2 * c / v, tolerance=1e-6):
        why = "Set the derivative to zero: c / T**2 = v / 2. There is a square root to take."
    elif c == 0:
        why = "An update that costs nothing pays at once: return 0."
    else:
        why = "At the minimum of c / T + v T / 2, both terms are equal."
    return Problem(expected, why)


def _full_age(c, v):
    return math.sqrt(c / v) if v > 0 else math.inf


def _no_root(c, v):
    return 2 * c / v if v > 0 else math.inf


def _upside_down(c, v):
    return math.sqrt(v / (2 * c)) if v > 0 and c > 0 else math.inf


def _zero_if_still(c, v):
    return optimal_period(c, v) if v > 0 else 0.0


def _negative_is_positive(c, v):
    return math.sqrt(2 * c / abs(v)) if v else math.inf


def _free_is_never(c, v):
    return optimal_period(c, v) if c > 0 else math.inf


EXERCISE = Exercise(
    id="9.1-e4",
    name="optimal_period",
    reference=optimal_period,
    cases=_cases,
    judge=_judge,
    hints=(
        "One term falls with T and one rises. Where is the sum least?",
        "The derivative is v / 2 - c / T**2. Think of v = 0 before you divide.",
        "math.sqrt(2 * c / v) if v > 0 else math.inf",
    ),
    wrong=(
        Wrong("as if always of full age", _full_age, "half a period"),
        Wrong("no square root", _no_root, "square root"),
        Wrong("upside down", _upside_down, "both terms are equal"),
        Wrong("zero if nothing drifts", _zero_if_still, "return infinity"),
        Wrong("the sign of v", _negative_is_positive, "return infinity"),
        Wrong("free is never", _free_is_never, "return 0"),
    ),
    note="The straight line holds for a while: seasons bring old models back, and a shift comes in "
    "a day. So a schedule is a floor; an alarm may call for an update in between.",
)
