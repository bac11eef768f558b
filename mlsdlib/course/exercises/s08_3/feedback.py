"""Exercise 8.3-e5: how accurate can a model be, given who answered?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def accuracy_range(right, wrong, silent, k):
    """Return the lowest and the highest accuracy that the answers allow."""
    n = right + wrong + silent
    if n == 0:
        return None
    if right + wrong == 0:
        return 0.0, 1.0
    low, high = right / (right + wrong * k), right / (right + wrong / k)
    return max(low, right / n), min(high, (right + silent) / n)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [60, 40, 900, 2]}
    yield {"args": [60, 40, 900, 1]}  # all answer alike
    yield {"args": [20, 20, 160, 2]}  # as many right as wrong
    yield {"args": [60, 40, 0, 3]}  # nobody is silent
    yield {"args": [60, 40, 10, 100]}  # few are silent
    yield {"args": [60, 40, 30, 1.5]}
    yield {"args": [10, 0, 90, 3]}  # nobody complains
    yield {"args": [0, 10, 90, 3]}
    yield {"args": [0, 0, 50, 3]}  # nobody answers
    yield {"args": [0, 0, 0, 3]}  # nobody was asked
    for _ in range(20):
        right, wrong = (int(v) for v in rng.integers(0, 50, 2))
        silent = int(rng.choice([0, 5, 100, 1_000]))
        yield {"args": [right, wrong, silent, float(rng.choice([1.0, 1.5, 3.0, 10.0]))]}


def _call(function, case: Case) -> object:
    """Return a pair as a list: a tuple cannot be sent."""
    from mlsdlib.course.exercises.base import call_with_args

    result = call_with_args(function, case)
    return list(result) if isinstance(result, tuple) else result


def _judge(case: Case, result: object) -> Problem | None:
    right, wrong, silent, k = case["args"]
    expected = accuracy_range(right, wrong, silent, k)
    if expected is None or result is None:
        if result is expected:
            return None
        why = "Only if nobody was asked is there nothing to say: then the answer is None."
        return Problem(expected, why)
    if not isinstance(result, list) or len(result) != 2:
        return Problem(expected, "Return a pair: the lowest and the highest accuracy.")
    off = [not same_number(a, b) for a, b in zip(result, expected, strict=True)]
    if not any(off):
        return None
    n = right + wrong + silent
    if right + wrong == 0:
        why = "If nobody answers, any accuracy is possible."
    elif (off[0] and expected[0] == right / n) or (off[1] and expected[1] == (right + silent) / n):
        why = (
            "No more people can be silent than are: at worst all of them were served wrongly, at "
            "best all rightly, right / n to (right + silent) / n."
        )
    else:
        why = (
            "If those served wrongly answer r times as readily, the accuracy is right / (right + "
            "wrong / r); r may be anything from 1 / k to k."
        )
    return Problem(expected, why)


def _as_answered(right, wrong, silent, k):
    if right + wrong == 0:
        return accuracy_range(right, wrong, silent, k)
    return right / (right + wrong), right / (right + wrong)


def _one_way(right, wrong, silent, k):
    found = accuracy_range(right, wrong, silent, k)
    return (max(found[0], right / (right + wrong)), found[1]) if found and right + wrong else found


def _silence_only(right, wrong, silent, k):
    n = right + wrong + silent
    return (right / n, (right + silent) / n) if n else None


def _readiness_only(right, wrong, silent, k):
    if right + wrong == 0:
        return accuracy_range(right, wrong, silent, k)
    return right / (right + wrong * k), right / (right + wrong / k)


def _none_if_silent(right, wrong, silent, k):
    return accuracy_range(right, wrong, silent, k) if right + wrong else None


EXERCISE = Exercise(
    id="8.3-e5",
    name="accuracy_range",
    reference=accuracy_range,
    cases=_cases,
    judge=_judge,
    call=_call,
    hints=(
        "How many were served rightly for each one that was served wrongly, if the wronged answer "
        "r times as readily?",
        "The accuracy is right / (right + wrong / r). Take r = 1 / k and r = k, and then cut the "
        "range by what the number of silent people allows.",
        "low, high = right / (right + wrong * k), right / (right + wrong / k); return max(low, "
        "right / n), min(high, (right + silent) / n)",
    ),
    wrong=(
        Wrong("as answered", _as_answered, "may be anything from 1 / k to k"),
        Wrong("only complaints", _one_way, "may be anything from 1 / k to k"),
        Wrong("silence alone", _silence_only, "may be anything from 1 / k to k"),
        Wrong("readiness alone", _readiness_only, "than are"),
        Wrong("nobody answers", _none_if_silent, "nobody was asked"),
    ),
    note="The range does not shrink with more answers. Only knowing who answers makes it smaller: "
    "ask a few people drawn by lot, and pay them for an answer.",
)
