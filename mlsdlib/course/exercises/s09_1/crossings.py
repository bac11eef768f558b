"""Exercise 9.1-e1: from how many rows on is the accuracy good enough?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    same_number,
    show_tuples,
)

__all__ = ["EXERCISE"]


def rows_to_acc(curve, a):
    """Return the fewest rows from which on the accuracy stays at least a."""
    found = None
    for rows, accuracy in reversed(curve):
        if accuracy < a:
            break
        found = rows
    return found


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for curve, a in (
        ([[100, 0.6], [200, 0.7], [300, 0.8], [400, 0.9]], 0.75),
        ([[100, 0.6], [200, 0.7], [300, 0.71]], 0.8),  # never
        ([[100, 0.6], [200, 0.81], [300, 0.78], [400, 0.83], [500, 0.85]], 0.8),  # noisy
        ([[100, 0.6], [200, 0.85], [300, 0.85], [400, 0.79]], 0.8),  # falls at the end
        ([[100, 0.9], [200, 0.95]], 0.8),  # from the beginning
        ([[100, 0.6], [200, 0.8], [300, 0.8]], 0.8),  # equal is enough
        ([[100, 0.9], [200, 0.7], [300, 0.9], [400, 0.7], [500, 0.9]], 0.8),  # the last only
        ([[50, 0.2], [170, 0.9]], 0.5),  # uneven steps: no interpolation
        ([[100, 0.8]], 0.8),
        ([[100, 0.7]], 0.8),
        ([], 0.8),
    ):
        yield {"args": [curve, a]}
    for _ in range(20):
        n = int(rng.integers(3, 10))
        rows = np.cumsum(rng.integers(1, 5, n) * 100).tolist()
        accuracy = (np.linspace(0.6, 0.85, n) + rng.normal(0, 0.05, n)).round(2).tolist()
        curve = [list(point) for point in zip(rows, accuracy, strict=True)]
        yield {"args": [curve, float(rng.choice([0.7, 0.75, 0.8]))]}


def _judge(case: Case, result: object) -> Problem | None:
    curve, a = case["args"]
    expected = rows_to_acc(curve, a)
    if expected is None or result is None:
        if result is expected:
            return None
        if expected is None and result is not None and curve and curve[-1][1] < a:
            why = "At the end of the curve the accuracy is below a: it does not stay, return None."
        elif expected is None:
            why = "There is no point at all: return None."
        else:
            why = "At the end the accuracy is at least a, and equal is enough: there is an answer."
        return Problem(expected, why)
    if same_number(result, expected):
        return None
    rows = [point[0] for point in curve]
    if result not in rows:
        why = "Return the rows of a point of the curve: nothing is known between two points."
    elif result < expected:
        why = "The curve falls below a again after these rows: a noisy touch does not count."
    else:
        why = (
            "It was good enough with fewer rows already, and stayed so: equal to a is enough, and "
            "the first point of the last stretch counts."
        )
    return Problem(expected, why)


def _first_touch(curve, a):
    return next((rows for rows, accuracy in curve if accuracy >= a), None)


def _last_crossing(curve, a):
    below = [i for i, (_, accuracy) in enumerate(curve) if accuracy < a]
    return curve[below[-1] + 1][0] if below and below[-1] + 1 < len(curve) else None


def _strictly_above(curve, a):
    return rows_to_acc(curve, a + 1e-9)


def _infinity_if_never(curve, a):
    found = rows_to_acc(curve, a)
    return float("inf") if found is None else found


def _interpolated(curve, a):
    found = rows_to_acc(curve, a)
    before = [point for point in curve if found is not None and point[0] < found]
    if not before:
        return found
    (r0, a0), a1 = before[-1], dict(curve)[found]
    return r0 + (a - a0) / (a1 - a0) * (found - r0)


def _the_last(curve, a):
    return curve[-1][0] if curve and curve[-1][1] >= a else None


EXERCISE = Exercise(
    id="9.1-e1",
    name="rows_to_acc",
    reference=rows_to_acc,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Which point decides: the first that is good, or the last that is not?",
        "Walk from the end to the front, as long as the accuracy is at least a.",
        "for rows, accuracy in reversed(curve): if accuracy < a: break; found = rows",
    ),
    wrong=(
        Wrong("the first touch", _first_touch, "a noisy touch does not count"),
        Wrong("must have been below", _last_crossing, "there is an answer"),
        Wrong("strictly above", _strictly_above, "equal"),
        Wrong("infinity if never", _infinity_if_never, "return None"),
        Wrong("interpolated", _interpolated, "nothing is known between"),
        Wrong("the last point", _the_last, "with fewer rows already"),
    ),
    note="The answer is a random number: another order of the same rows gives another one. Average "
    "curves over several runs before you compare two methods by it.",
)
