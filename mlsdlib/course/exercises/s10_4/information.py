"""Exercise 10.4-e2: what is it worth to know the future?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def evpi(samples):
    """Return the expected value of perfect information."""
    if not samples:
        return None
    n = len(samples)
    options = range(len(samples[0]))
    commit = min(sum(future[option] for future in samples) / n for option in options)
    know = sum(min(future) for future in samples) / n
    return commit - know


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[10, 4], [10, 20]]]}
    yield {"args": [[[7, 7], [3, 3], [5, 5]]]}  # the options are the same
    yield {"args": [[[1, 2], [3, 9], [4, 5]]]}  # one is never dearer
    yield {"args": [[[8, 6]]]}  # one future is no uncertainty
    yield {"args": [[[5], [9]]]}  # one option is no decision
    yield {"args": [[[0, 30, 12], [30, 0, 12], [9, 9, 12]]]}
    yield {"args": [[]]}
    yield {"args": [[[-5, 0], [5, 0]]]}  # a cost below zero is an income
    for _ in range(20):
        shape = int(rng.integers(2, 9)), int(rng.integers(2, 5))
        yield {"args": [rng.integers(0, 100, shape).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    (samples,) = case["args"]
    expected = evpi(samples)
    if expected is None:
        if result is None:
            return None
        return Problem(None, "Without a future there is nothing to average: return None.")
    if same_number(result, expected):
        return None
    if same_number(result, -expected):
        why = "Knowing more cannot cost you: the value is what you pay less, and not negative."
    elif same_number(result, _incomes(samples)):
        why = "These are costs: less is better, in the mean and in each future."
    elif same_number(result, expected * len(samples)):
        why = "It is a mean over the futures, and not their sum."
    elif same_number(result, _from_the_lucky_future(samples)):
        why = "You commit to the option with the lowest mean, and not to the luckiest future."
    elif same_number(result, _of_the_first(samples)):
        why = "Without information you take the option with the lowest mean, wherever it stands."
    else:
        why = (
            "It is the lowest of the options' mean costs, less the mean of the lowest cost in "
            "each future."
        )
    return Problem(expected, why)


def _incomes(samples):
    if not samples:
        return None
    n = len(samples)
    return sum(map(max, samples)) / n - max(
        sum(option) / n for option in zip(*samples, strict=True)
    )


def _wrong_sign(samples):
    return -evpi(samples) if samples else None


def _summed(samples):
    return evpi(samples) * len(samples) if samples else None


def _from_the_lucky_future(samples):
    if not samples:
        return None
    n = len(samples)
    return sum(map(min, samples)) / n - min(map(min, samples))


def _of_the_first(samples):
    if not samples:
        return None
    return sum(future[0] - min(future) for future in samples) / len(samples)


def _zero_without_futures(samples):
    return evpi(samples) if samples else 0.0


EXERCISE = Exercise(
    id="10.4-e2",
    name="evpi",
    reference=evpi,
    cases=_cases,
    judge=_judge,
    hints=(
        "Two people decide. One commits now, for all futures; the other is told the future first.",
        "The first pays the lowest of the columns' means. The second pays the lowest number of "
        "each row.",
        "min(sum(c) / n for c in zip(*samples)) - sum(min(row) for row in samples) / n",
    ),
    wrong=(
        Wrong("incomes for costs", _incomes, "less is better"),
        Wrong("the wrong sign", _wrong_sign, "cannot cost you"),
        Wrong("a sum", _summed, "a mean over the futures"),
        Wrong("the luckiest future", _from_the_lucky_future, "the luckiest future"),
        Wrong("always the first option", _of_the_first, "wherever it stands"),
        Wrong("zero without futures", _zero_without_futures, "nothing to average"),
    ),
    equivalent={
        "evpi: `samples[0]` -> `samples[-1]`": "each future has as many options",
    },
    note="Where one option is the cheapest in each future, knowing the future changes nothing, "
    "however uncertain the costs are.",
)
