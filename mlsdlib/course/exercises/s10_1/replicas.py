"""Exercise 10.1-e2: how many copies does the autoscaler of Kubernetes ask for?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def desired_replicas(current, used, target, low, high):
    """Return how many copies there should be."""
    near = abs(used / target - 1) <= 0.1
    wanted = current if near else math.ceil(current * used / target)  # one division: exact
    return max(low, min(high, wanted))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [4, 90, 60, 1, 10]}
    yield {"args": [4, 30, 60, 1, 10]}
    yield {"args": [5, 30, 64, 1, 10]}  # up to the next whole number, also on the way down
    yield {"args": [4, 65, 60, 1, 10]}  # near enough
    yield {"args": [40, 56, 60, 1, 100]}
    yield {"args": [10, 75, 100, 1, 100]}  # too far below
    yield {"args": [10, 112, 100, 1, 100]}  # just too far
    yield {"args": [4, 240, 60, 1, 10]}  # no more than allowed
    yield {"args": [4, 3, 60, 2, 10]}  # no fewer
    yield {"args": [12, 60, 60, 1, 10]}  # near enough, and yet too many
    yield {"args": [1, 60, 60, 3, 10]}
    yield {"args": [4, 0, 60, 1, 10]}
    yield {"args": [15, 124, 60, 1, 40]}  # exactly 31, and no rounding makes it more
    clear = [used for used in range(1, 200) if used not in (54, 66)]  # there rounding decides
    for _ in range(20):
        current, used = int(rng.integers(1, 30)), int(rng.choice(clear))
        yield {"args": [current, used, 60, int(rng.integers(1, 4)), int(rng.integers(5, 40))]}


def _judge(case: Case, result: object) -> Problem | None:
    current, used, target, low, high = case["args"]
    expected = desired_replicas(*case["args"])
    if same_number(result, expected):
        return None
    exact = current * used / target
    if expected in (low, high) and expected != current:
        why = "The answer stays between low and high, whatever the load says."
    elif abs(used / target - 1) <= 0.1:
        why = "Within a tenth of the target nothing is changed: it would flutter."
    elif same_number(result, math.floor(exact)) or same_number(result, round(exact)):
        why = "Round up: with fewer copies each would carry more than the target."
    else:
        why = "The copies share the load: current * used / target of them would carry the target."
    return Problem(expected, why)


def _rounds(current, used, target, low, high):
    near = abs(used / target - 1) <= 0.1
    return max(low, min(high, current if near else math.floor(current * used / target)))


def _no_tolerance(current, used, target, low, high):
    return max(low, min(high, math.ceil(current * used / target)))


def _no_bounds(current, used, target, low, high):
    return current if abs(used / target - 1) <= 0.1 else math.ceil(current * used / target)


def _one_more(current, used, target, low, high):
    step = (used > 1.1 * target) - (used < 0.9 * target)
    return max(low, min(high, current + step))


EXERCISE = Exercise(
    id="10.1-e2",
    name="desired_replicas",
    reference=desired_replicas,
    cases=_cases,
    judge=_judge,
    hints=(
        "The load in all is current * used. How many copies carry it, if each carries the target?",
        "Leave current as it is if used / target is within 0.1 of 1. Round up. Then keep to low "
        "and high.",
        "near = abs(used / target - 1) <= 0.1; wanted = current if near else math.ceil(current * "
        "used / target); return max(low, min(high, wanted))",
    ),
    wrong=(
        Wrong("rounds down", _rounds, "Round up"),
        Wrong("no tolerance", _no_tolerance, "Within a tenth"),
        Wrong("no bounds", _no_bounds, "between low and high"),
        Wrong("one at a time", _one_more, "share the load"),
    ),
    equivalent={
        "desired_replicas: `abs(used / target - 1) <= 0.1` -> "
        "`abs(used / target - 1) < 0.1`": "no ratio of floats is exactly 0.1 from 1",
    },
    note="A copy that loads a large model needs minutes until it is ready. Until then the load of "
    "the others stays high, and the rule asks for more: real ones wait before they ask again.",
)
