"""Exercise 7.3-e4: after how many calls does loading pay?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def breakeven_calls(load, a, b):
    """Return after how many calls a way that must be loaded has taken less time in all."""
    if a >= b:
        return math.inf
    return load // (b - a) + 1


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for args in (
        [101, 1, 5],
        [100, 1, 5],  # a tie after 25 calls
        [99, 1, 5],
        [100, 5, 5],  # never
        [100, 6, 5],
        [0, 1, 5],  # nothing to load
        [0, 5, 5],  # nothing to load, and nothing gained
        [1, 0, 1000],
        [1000, 0, 1],
        [3, 1, 5],
    ):
        yield {"args": args}
    for _ in range(20):
        yield {"args": [*rng.integers(0, 200, 1).tolist(), *rng.integers(0, 12, 2).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    load, a, b = case["args"]
    expected = breakeven_calls(load, a, b)
    if same_number(result, expected):
        return None
    if a >= b:
        why = "A call is not quicker after loading: it never pays, whatever the loading took."
    elif same_number(result, expected - 1) and load % (b - a) == 0:
        why = "After that many calls both have taken the same time; one more, and it is less."
    elif not isinstance(result, int | float) or result % 1:
        why = "Return a whole number of calls."
    else:
        why = "Each call saves b - a; it pays as soon as the calls have saved more than load."
    return Problem(expected, why)


def _rounded_up(load, a, b):
    return math.inf if a >= b else math.ceil(load / (b - a))


def _not_rounded(load, a, b):
    return math.inf if a >= b else load / (b - a)


def _only_b(load, a, b):
    return math.inf if a >= b else load // b + 1


def _never_if_equal_only(load, a, b):
    return math.inf if a == b else abs(load // (b - a)) + 1


def _at_once_without_loading(load, a, b):
    return 1 if load == 0 else breakeven_calls(load, a, b)


EXERCISE = Exercise(
    id="7.3-e4",
    name="breakeven_calls",
    reference=breakeven_calls,
    cases=_cases,
    judge=_judge,
    hints=(
        "How much does each call save, and how many of these savings are more than the loading?",
        "n calls take load + n * a one way and n * b the other. You look for the smallest whole n "
        "with load + n * a < n * b.",
        'float("inf") if a >= b, else load // (b - a) + 1',
    ),
    wrong=(
        Wrong("as long is less", _rounded_up, "the same time"),
        Wrong("part of a call", _not_rounded, "whole number"),
        Wrong("what the other way takes, not what is saved", _only_b, "saves b - a"),
        Wrong("slower calls pay, too", _never_if_equal_only, "it never pays"),
        Wrong("what is loaded already pays", _at_once_without_loading, "it never pays"),
    ),
    note="A browser that has the files from the last visit loads faster the next time: `load` is "
    "not one number, but depends on who visits.",
)
