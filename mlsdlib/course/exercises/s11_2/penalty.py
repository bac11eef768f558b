"""Exercise 11.2-e1: how much slower may a generalist be?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def penalty_star(rho, h):
    """Return the penalty at which three generalists take as long as three specialists in a row."""
    if rho >= 1:
        return None
    line = 3 / (1 - rho) + 2 * h
    low, high = 1.0, line / 3  # no pool is faster than its work
    while high - low > 1e-9:
        middle = (low + high) / 2
        busy = rho * middle
        stable = busy < 1
        if stable:
            wait = 3 * busy**3 / ((1 - busy) * (2 + 4 * busy + 3 * busy**2))
        if stable and 3 * middle * (1 + wait * 2 / 3) < line:
            low = middle
        else:
            high = middle
    return low


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for args in (
        [0.7, 0.0],
        [0.85, 0.0],  # the busier, the less they may lose
        [0.7, 1.0],
        [0.0, 0.0],  # nobody waits, nothing is handed off: as fast as a specialist
        [0.0, 3.0],
        [0.98, 0.0],
        [0.5, 50.0],  # so much delay that only the generalists' own queue sets a bound
        [1.0, 0.0],  # the specialists' queue grows without end
        [1.4, 2.0],
    ):
        yield {"args": args}
    for _ in range(20):
        yield {"args": [float(rng.uniform(0.05, 0.95)), float(rng.uniform(0, 4))]}


def _judge(case: Case, result: object) -> Problem | None:
    rho, h = case["args"]
    expected = penalty_star(rho, h)
    if expected is None:
        if result is None:
            return None
        return Problem(
            None, "From rho = 1 on, the specialists' queues grow without end: return None."
        )
    if same_number(result, expected, tolerance=1e-5):
        return None
    if not isinstance(result, (int, float)) or math.isnan(result):
        why = "Below rho = 1 there is always such a penalty: return it as a number."
    elif rho * result >= 1:
        why = (
            "At that penalty the generalists themselves are busy all of the time (rho * penalty "
            "is at least 1) and their queue is unstable."
        )
    elif h and same_number(result, penalty_star(rho, 0.0), tolerance=1e-5):
        why = "The hand-offs are missing: h passes between two stages, twice."
    elif h and same_number(result, penalty_star(rho, 1.5 * h), tolerance=1e-5):
        why = "Three stages have two hand-offs."
    elif same_number(result, _wait_forgotten(rho, h), tolerance=1e-5):
        why = "Generalists wait, too: for one another, in the one queue."
    elif same_number(result, _busy_forgotten(rho, h), tolerance=1e-5):
        why = "Who is slower is busier: generalists are busy rho * penalty of their time."
    else:
        why = (
            "Halve the range between 1 and a penalty that is surely too large: where the pool is "
            "faster than the line, the answer lies above."
        )
    return Problem(expected, why)


def _wait_forgotten(rho, h):
    return None if rho >= 1 else (3 / (1 - rho) + 2 * h) / 3


def _busy_forgotten(rho, h):
    if rho >= 1:
        return None
    wait = 3 * rho**3 / ((1 - rho) * (2 + 4 * rho + 3 * rho**2))
    return (3 / (1 - rho) + 2 * h) / 3 / (1 + wait * 2 / 3)


def _no_hand_offs(rho, h):
    return penalty_star(rho, 0.0)


def _three_hand_offs(rho, h):
    return penalty_star(rho, 1.5 * h)


def _never_none(rho, h):
    return penalty_star(min(rho, 0.999), h)


def _exponential_pool(rho, h):
    """Let the generalists' work vary as much as that of a single stage."""
    if rho >= 1:
        return None
    line, low, high = 3 / (1 - rho) + 2 * h, 1.0, min(1 / rho if rho else 1e9, 2 + 2 * h + 9)
    for _ in range(60):
        p = (low + high) / 2
        b = rho * p
        wait = 3 * b**3 / ((1 - b) * (2 + 4 * b + 3 * b * b)) if b < 1 else math.inf
        low, high = (p, high) if 3 * p * (1 + wait) < line else (low, p)
    return low


EXERCISE = Exercise(
    id="11.2-e1",
    name="penalty_star",
    reference=penalty_star,
    cases=_cases,
    judge=_judge,
    hints=(
        "One of the two times does not depend on the penalty. The other rises with it, so there "
        "is one crossing, and halving a range finds it.",
        "Begin with 1 and line / 3: no pool works faster than its work takes. Count the time "
        "as infinite where rho * penalty is at least 1, before you divide.",
        "while high - low > 1e-9: p = (low + high) / 2; if rho * p < 1 and pool(p) < line: low = p "
        "else: high = p",
    ),
    wrong=(
        Wrong("the generalists do not wait", _wait_forgotten, "unstable"),
        Wrong("no busier for being slower", _busy_forgotten, "unstable"),
        Wrong("no hand-offs", _no_hand_offs, "hand-offs are missing"),
        Wrong("three hand-offs", _three_hand_offs, "two hand-offs"),
        Wrong("a number where nothing is stable", _never_none, "return None"),
        Wrong("the work varies as one stage does", _exponential_pool, "Halve the range"),
    ),
    equivalent={
        "penalty_star: `high - low > 1e-09` -> `high - low >= 1e-09`": "never exactly so",
        "penalty_star: `busy < 1` -> `busy <= 1`": "never exactly so",
        "penalty_star: `3 * middle * (1 + wait * 2 / 3) < line` -> "
        "`3 * middle * (1 + wait * 2 / 3) <= line`": "never exactly so",
        "penalty_star: `line / 3` -> `line`": "a wider range has the same crossing",
        "penalty_star: `line / 3` -> `line / 2`": "a wider range has the same crossing",
    },
    note="The formula of the wait is close, not exact. Round 1 shows by how much, and what changes "
    "where work does not come at random.",
)
