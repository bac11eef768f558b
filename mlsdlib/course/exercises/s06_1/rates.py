"""Exercise 6.1-e7: how large may a step be if its gradient is late?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def max_lr(lmax, tau):
    """Return the learning rate below which gradients that are tau updates late still converge."""
    return 2 / lmax * math.sin(math.pi / (2 * (2 * tau + 1)))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for lmax, tau in ((4.0, 0), (1.0, 0), (1.0, 1), (1.0, 10), (2.0, 10), (0.25, 3), (50.0, 100)):
        yield {"args": [lmax, tau]}
    for _ in range(12):
        yield {"args": [round(float(rng.uniform(0.1, 20)), 2), int(rng.integers(0, 40))]}


def _judge(case: Case, result: object) -> Problem | None:
    lmax, tau = case["args"]
    expected = max_lr(lmax, tau)
    if same_number(result, expected):
        return None
    if isinstance(result, bool) or not isinstance(result, (int, float, np.number)):
        return Problem(expected, "Return one number.")
    if same_number(result, max_lr(1.0, tau)) or same_number(result, max_lr(1 / lmax, tau)):
        why = "A curve that is bent more sharply needs smaller steps: divide by lmax."
    elif tau == 0:
        why = "Without delay it is the 2 / lmax of plain gradient descent."
    elif result > expected:
        why = "This diverges. The angle is pi / (2 * (2 * tau + 1)), in radians."
    else:
        why = "More is stable: the bound is 2 / lmax times the sine of the angle."
    return Problem(expected, why)


def _no_delay(lmax, tau):
    return 2 / lmax


def _divided_by_delay(lmax, tau):
    return 2 / lmax / (tau + 1)


def _divided_by_twice_the_delay(lmax, tau):
    return 2 / lmax / (2 * tau + 1)


def _in_degrees(lmax, tau):
    return 2 / lmax * math.sin(90 / (2 * tau + 1))


def _without_curvature(lmax, tau):
    return max_lr(1.0, tau)


def _one_less(lmax, tau):
    return max_lr(lmax, max(tau - 1, 0))


def _without_two(lmax, tau):
    return max_lr(lmax, tau) / 2


EXERCISE = Exercise(
    id="6.1-e7",
    name="max_lr",
    reference=max_lr,
    cases=_cases,
    judge=_judge,
    hints=(
        "It is the bound of plain gradient descent, 2 / lmax, times a factor that falls with tau.",
        "The factor is the sine of an angle: a right angle, pi / 2, divided by 2 * tau + 1.",
        "2 / lmax * math.sin(math.pi / (2 * (2 * tau + 1)))",
    ),
    wrong=(
        Wrong("as if on time", _no_delay, "This diverges"),
        Wrong("divided by the delay", _divided_by_delay, "This diverges"),
        Wrong("divided by twice the delay", _divided_by_twice_the_delay, "More is stable"),
        Wrong("in degrees", _in_degrees, "Without delay"),
        Wrong("without the curvature", _without_curvature, "divide by lmax"),
        Wrong("one update less", _one_less, "This diverges"),
        Wrong("half of it", _without_two, "Without delay"),
    ),
    note="It holds for a parabola and for a delay that is always the same. For a network lmax is "
    "unknown and moves; the shape, about 1 / tau, is what carries over.",
)
