"""Exercise 6.1-e3: how often is a majority right?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def majority_acc(p, n):
    """Return how often the majority of n independent voters is right; a fair coin breaks ties."""
    right = 0.0
    for k in range(n + 1):
        chance = math.comb(n, k) * p**k * (1 - p) ** (n - k)
        if 2 * k > n:
            right += chance
        elif 2 * k == n:
            right += chance / 2
    return right


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for p, n in (
        (0.7, 3), (0.7, 1), (0.7, 2), (0.7, 4), (0.5, 4), (0.5, 7), (0.45, 3), (0.45, 101),
        (0.6, 25), (0.0, 4), (1.0, 4), (0.3, 6), (0.25, 1),
    ):  # fmt: skip
        yield {"args": [p, n]}
    for _ in range(15):
        yield {"args": [round(float(rng.random()), 2), int(rng.integers(1, 30))]}


def _judge(case: Case, result: object) -> Problem | None:
    p, n = case["args"]
    expected = majority_acc(p, n)
    if same_number(result, expected):
        return None
    if isinstance(result, bool) or not isinstance(result, (int, float, np.number)):
        return Problem(expected, "Return one number.")
    if n % 2 == 0:
        why = "With an even number there may be a tie: a fair coin makes half of them right."
    elif same_number(result, _all_right(p, n)) or same_number(result, _one_right(p, n)):
        why = "It takes more than half of the voters, neither all nor just one."
    elif p < 0.5 and result > 0.5:
        why = "Voters that are mostly wrong have a majority that is wrong even more often."
    else:
        why = "Add the binomial probabilities of all numbers of right voters above n / 2."
    return Problem(expected, why)


def _tie_is_wrong(p, n):
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1))


def _tie_is_right(p, n):
    return 1 - _tie_is_wrong(1 - p, n)


def _all_right(p, n):
    return p**n


def _one_right(p, n):
    return 1 - (1 - p) ** n


def _without_orders(p, n):
    return sum(p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1))


def _always_helps(p, n):
    return majority_acc(max(p, 1 - p), n)


EXERCISE = Exercise(
    id="6.1-e3",
    name="majority_acc",
    reference=majority_acc,
    cases=_cases,
    judge=_judge,
    hints=(
        "How many voters are right follows the binomial distribution.",
        "The chance that exactly k of n are right is math.comb(n, k) * p**k * (1 - p)**(n - k). "
        "Which k make a majority, and which a tie?",
        "sum the chance of all k with 2 * k > n, and half of the chance of 2 * k == n",
    ),
    wrong=(
        Wrong("a tie is wrong", _tie_is_wrong, "a fair coin"),
        Wrong("a tie is right", _tie_is_right, "a fair coin"),
        Wrong("all must be right", _all_right, "more than half"),
        Wrong("one right is enough", _one_right, "more than half"),
        Wrong("without the orders", _without_orders, "binomial probabilities"),
        Wrong("a vote always helps", _always_helps, "wrong even more often"),
    ),
    note="The library's majority_accuracy also takes rho, how alike the voters are. With a coin "
    "for ties, an even number does exactly as well as one voter fewer.",
)
