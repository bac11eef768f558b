"""Exercise 4.4-e1: how many examples is an accuracy worth?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Words,
    Wrong,
    call_with_tuples,
    same_number,
    show_tuples,
)

__all__ = ["EXERCISE"]


def effective_n(curve, accuracy):
    """Return how many examples reach an accuracy by a learning curve, None if it does not say."""
    before = None
    for n, reached in curve:
        if accuracy <= reached:
            if before is None:
                return n if accuracy == reached else None
            n0, best = before
            return n0 * (n / n0) ** ((accuracy - best) / (reached - best))
        before = (n, max(reached, before[1]) if before else reached)
    return None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    plain = [[100, 0.6], [200, 0.7], [400, 0.8]]
    for accuracy in (0.65, 0.7, 0.75, 0.6, 0.8, 0.55, 0.85):
        yield {"args": [plain, accuracy]}
    plateau = [[100, 0.6], [200, 0.7], [400, 0.7], [800, 0.8]]
    for accuracy in (0.7, 0.75, 0.65):
        yield {"args": [plateau, accuracy]}
    falls = [[100, 0.6], [200, 0.7], [400, 0.65], [800, 0.8]]
    for accuracy in (0.68, 0.7, 0.75):
        yield {"args": [falls, accuracy]}
    dips_first = [[100, 0.6], [200, 0.5], [400, 0.7]]
    for accuracy in (0.55, 0.65):
        yield {"args": [dips_first, accuracy]}
    yield {"args": [[[100, 0.5], [1000, 0.9]], 0.7]}
    for _ in range(20):
        sizes = np.cumsum(rng.integers(10, 100, 4)).tolist()
        reached = np.sort(rng.integers(50, 90, 4)).astype(float) / 100
        if rng.random() < 0.4:
            reached[[1, 2]] = reached[[2, 1]]
        curve = [list(pair) for pair in zip(sizes, reached.tolist(), strict=True)]
        yield {"args": [curve, int(rng.integers(48, 93)) / 100]}


def _judge(case: Case, result: object) -> Problem | None:
    curve, accuracy = case["args"]
    expected = effective_n(curve, accuracy)
    if expected is None:
        if result is None:
            return None
        side = "below the first point" if accuracy < curve[0][1] else "above every point"
        return Problem(expected, f"The accuracy lies {side}: the curve does not say, so None.")
    if same_number(result, expected):
        return None
    if result is None:
        why = "The curve reaches this accuracy, so there is an answer."
        return Problem(expected, why)
    falls = any(b[1] < a[1] for a, b in pairwise(curve))
    if not isinstance(result, (int, float)):
        return Problem(Words("a number or None"), "Return a number of examples.")
    if any(same_number(expected, n) for n, _ in curve):
        why = "The answer is the smallest number of examples that reaches the accuracy."
    elif falls:
        why = "Where the curve falls, the highest accuracy so far still counts."
    else:
        why = "Between two points go along the logarithm of n: halfway from 100 to 400 is 200."
    return Problem(expected, why)


def _linear(curve, accuracy):
    """Interpolate in n itself."""
    rough = effective_n(curve, accuracy)
    if rough is None:
        return None
    best = np.maximum.accumulate([a for _, a in curve])
    return next((n for (n, _), a in zip(curve, best, strict=True) if a == accuracy),
                float(np.interp(accuracy, best, [n for n, _ in curve])))  # fmt: skip


def _clamps(curve, accuracy):
    best = max(a for _, a in curve)
    return effective_n(curve, min(max(accuracy, curve[0][1]), best))


def _nearest_point(curve, accuracy):
    if effective_n(curve, accuracy) is None:
        return None
    return min(curve, key=lambda pair: abs(pair[1] - accuracy))[0]


def _last_of_a_plateau(curve, accuracy):
    same = [n for n, a in curve if a == accuracy]
    return max(same) if same else effective_n(curve, accuracy)


def _believes_the_dip(curve, accuracy):
    for (n0, a0), (n, a) in pairwise(curve):
        if a0 <= accuracy <= a:
            return n0 * (n / n0) ** ((accuracy - a0) / (a - a0)) if a > a0 else n0
    return None


EXERCISE = Exercise(
    id="4.4-e1",
    name="effective_n",
    reference=effective_n,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Read the curve the other way round: from the accuracy to the number of examples.",
        "Find the first point that reaches the accuracy. If there is a point before it, go from "
        "there in equal steps of the logarithm; carry the highest accuracy so far along.",
        "share = (accuracy - best) / (reached - best); return n0 * (n / n0) ** share",
    ),
    wrong=(
        Wrong("linear in n", _linear, "along the logarithm"),
        Wrong("clamped to the ends", _clamps, "the curve does not say"),
        Wrong("the nearest point", _nearest_point, "along the logarithm"),
        Wrong("the end of a plateau", _last_of_a_plateau, "the smallest number"),
        Wrong("believes the dip", _believes_the_dip, "still counts"),
    ),
    note="A measured curve has an error of its own. Where it is flat, a small error of the "
    "accuracy is a large one of n.",
)
