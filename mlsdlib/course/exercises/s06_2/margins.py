"""Exercise 6.2-e4: the margin of split conformal prediction."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def conformal_q(scores, alpha):
    """Return the margin that a new score exceeds with probability alpha at most."""
    k = math.ceil(round((len(scores) + 1) * (1 - alpha), 9))
    return sorted(scores)[k - 1] if k <= len(scores) else math.inf


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for scores, alpha in (
        ([5.0, 1.0, 4.0, 2.0, 3.0], 0.5),
        ([5.0, 1.0, 4.0, 2.0, 3.0, 6.0, 9.0, 8.0, 7.0], 0.7),  # 1 - 0.7 is more than 0.3
        ([5.0, 1.0, 4.0, 2.0, 3.0], 0.4),  # between two ranks: the higher
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 0.1),  # the largest of nine
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 0.1),  # eight are too few
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 0.2),
        ([2.0], 0.5),
        ([2.0], 0.4),
        ([], 0.1),
        ([3.0, 3.0, 1.0, 3.0], 0.5),  # ties
        ([0.0, -1.0, -5.0, -2.0], 0.3),
        ([4.0, 1.0, 3.0, 2.0], 0.9),
        ([float(i) for i in range(19, 0, -1)], 0.05),
        ([float(i) for i in range(18)], 0.05),
    ):
        yield {"args": [scores, alpha]}
    for _ in range(20):
        scores = rng.normal(size=int(rng.integers(1, 40))).round(3).tolist()
        yield {"args": [scores, float(rng.choice([0.05, 0.1, 0.2, 0.25, 0.3, 0.5]))]}


def _judge(case: Case, result: object) -> Problem | None:
    scores, alpha = case["args"]
    expected = conformal_q(scores, alpha)
    if same_number(result, expected):
        return None
    n = len(scores)
    if math.isinf(expected):
        why = "There are too few scores to keep the promise by any of them: return math.inf."
    elif isinstance(result, float) and math.isinf(result):
        why = "There are enough scores: k is (n + 1)(1 - alpha), rounded up."
    elif same_number(result, _not_rounded(scores, alpha)):
        why = "Round (n + 1)(1 - alpha) to nine digits before you round it up."
    elif same_number(
        result, sorted(scores)[min(max(math.ceil(round(n * (1 - alpha), 9)), 1), n) - 1]
    ):
        why = "The new row is one more: k is (n + 1)(1 - alpha), not n(1 - alpha), rounded up."
    else:
        why = (
            "Sort the scores, and take the k-th smallest, counted from 1: k is (n + 1)(1 - alpha), "
            "rounded up."
        )
    return Problem(expected, why)


def _without_the_new_row(scores, alpha):
    if len(scores) < math.ceil(round((len(scores) + 1) * (1 - alpha), 9)):
        return math.inf
    return sorted(scores)[max(math.ceil(round(len(scores) * (1 - alpha), 9)), 1) - 1]


def _the_largest_at_most(scores, alpha):
    found = conformal_q(scores, alpha)
    return max(scores, default=math.inf) if math.isinf(found) else found


def _interpolated(scores, alpha):
    if math.isinf(conformal_q(scores, alpha)):
        return math.inf
    return float(np.quantile(scores, 1 - alpha))


def _not_rounded(scores, alpha):
    k = math.ceil((len(scores) + 1) * (1 - alpha))
    return sorted(scores)[k - 1] if k <= len(scores) else math.inf


def _counted_from_zero(scores, alpha):
    k = math.ceil(round((len(scores) + 1) * (1 - alpha), 9))
    return sorted(scores)[k] if k < len(scores) else math.inf


def _not_sorted(scores, alpha):
    k = math.ceil(round((len(scores) + 1) * (1 - alpha), 9))
    return scores[k - 1] if k <= len(scores) else math.inf


def _rounded_down(scores, alpha):
    k = math.floor(round((len(scores) + 1) * (1 - alpha), 9))
    if math.isinf(conformal_q(scores, alpha)):
        return math.inf
    return sorted(scores)[max(k, 1) - 1]


EXERCISE = Exercise(
    id="6.2-e4",
    name="conformal_q",
    reference=conformal_q,
    cases=_cases,
    judge=_judge,
    hints=(
        "The new row's score is as likely to have any rank among n + 1 as any other. Which rank "
        "does it exceed with probability alpha at most?",
        "k = (n + 1)(1 - alpha), rounded up; the k-th smallest score. With k above n: none.",
        "k = math.ceil(round((len(scores) + 1) * (1 - alpha), 9)); "
        "return sorted(scores)[k - 1] if k <= len(scores) else math.inf",
    ),
    wrong=(
        Wrong("without the new row", _without_the_new_row, "one more"),
        Wrong("the largest at most", _the_largest_at_most, "too few"),
        Wrong("interpolated", _interpolated, "k-th smallest"),
        Wrong("not rounded", _not_rounded, "nine digits"),
        Wrong("counted from 0", _counted_from_zero, "counted from 1"),
        Wrong("not sorted", _not_sorted, "Sort the scores"),
        Wrong("rounded down", _rounded_down, "rounded up"),
    ),
    note="The promise is an average over calibration sets: with one of a thousand rows, the "
    "coverage of endless new rows still varies by about a hundredth.",
    equivalent={
        f"conformal_q: `{old}, 9)` -> `{old}, {digits})`": "no product is so near a whole number"
        for old in ("round((len(scores) + 1) * (1 - alpha)",)
        for digits in (8, 10)
    },
)
