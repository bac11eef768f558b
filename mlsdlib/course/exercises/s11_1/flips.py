"""Exercise 11.1-e1: what a new model changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def churn(a, b, y):
    """Return the shares of changed predictions, and of good, bad and neutral flips."""
    rows = list(zip(a, b, y, strict=True))
    good = sum(old != right and new == right for old, new, right in rows)
    bad = sum(old == right and new != right for old, new, right in rows)
    changed = sum(old != new for old, new, _ in rows)
    counts = {"changed": changed, "good": good, "bad": bad, "neutral": changed - good - bad}
    return {name: count / len(rows) for name, count in counts.items()}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 2, 3, 4], [1, 3, 3, 5], [1, 3, 2, 4]]}
    yield {"args": [[1, 0], [0, 1], [1, 1]]}  # equal accuracy, all changed
    yield {"args": [[2, 2], [3, 4], [1, 1]]}  # wrong in another way
    yield {"args": [[7, 7, 7], [7, 7, 7], [1, 7, 2]]}  # wrong as before is no change
    yield {"args": [["cat"], ["dog"], ["dog"]]}
    for _ in range(25):
        n = int(rng.integers(1, 12))
        yield {"args": rng.integers(0, 3, (3, n)).tolist()}


_EQUALLY_LONG = "the lists of a case are equally long"
_PARTS = ("changed", "good", "bad", "neutral")


def _judge(case: Case, result: object) -> Problem | None:
    expected = churn(*case["args"])
    if not isinstance(result, dict) or any(part not in result for part in _PARTS):
        return Problem(expected, f"Return a dictionary with {', '.join(_PARTS)}.")
    if all(same_number(result[part], expected[part]) for part in _PARTS):
        return None
    if _is(result, _of_the_changed(*case["args"])):
        why = "Divide by the number of all inputs, changed or not."
    elif _is(result, _turned(*case["args"])):
        why = "a is the old model and b the new: good is wrong before and right now."
    elif same_number(result["neutral"], 1 - expected["good"] - expected["bad"]) and (
        expected["changed"] < 1
    ):
        why = "Neutral flips are changes, from one wrong answer to another. Ties are no flips."
    elif same_number(result["changed"], expected["good"] + expected["bad"]):
        why = "From one wrong answer to another is a change, too."
    elif same_number(result["changed"], abs(expected["good"] - expected["bad"])):
        why = "Compare prediction by prediction: equal accuracies hide what changed."
    else:
        why = "changed: a differs from b; good: only b is right; bad: only a is; neutral: the rest."
    return Problem(expected, why)


def _is(got, other) -> bool:
    return other is not None and all(same_number(got[part], other[part]) for part in _PARTS)


def _of_the_changed(a, b, y):
    right = churn(a, b, y)
    share = right["changed"]
    return {part: right[part] / share for part in _PARTS} if share else right


def _turned(a, b, y):
    return churn(b, a, y)


def _by_accuracy(a, b, y):
    right = churn(a, b, y)
    return right | {"changed": abs(right["good"] - right["bad"])}


def _all_the_rest(a, b, y):
    right = churn(a, b, y)
    return right | {"neutral": 1 - right["good"] - right["bad"]}


def _only_right_and_wrong(a, b, y):
    right = churn(a, b, y)
    return right | {"changed": right["good"] + right["bad"], "neutral": 0.0}


EXERCISE = Exercise(
    id="11.1-e1",
    name="churn",
    reference=churn,
    cases=_cases,
    judge=_judge,
    hints=(
        "Two models of equal accuracy can be right about different inputs.",
        "Walk through a, b and y together. An input is unchanged, or one of good, bad, neutral.",
        "good += old != right and new == right; bad += old == right and new != right; changed += "
        "old != new; neutral = changed - good - bad; divide each by len(y)",
    ),
    wrong=(
        Wrong("shares of the changed", _of_the_changed, "number of all inputs"),
        Wrong("old and new mixed up", _turned, "a is the old model"),
        Wrong("the gap of the accuracies", _by_accuracy, "equal accuracies hide"),
        Wrong("unchanged counts as neutral", _all_the_rest, "Ties are no flips"),
        Wrong("wrong to wrong is no change", _only_right_and_wrong, "is a change, too"),
    ),
    note="Which flips hurt depends on the user: a neutral one is seen as well.",
    equivalent={
        "churn: `zip(a, b, y, strict=True)` -> `zip(a, b, y)`": _EQUALLY_LONG,
        "churn: `strict=True` -> `strict=False`": _EQUALLY_LONG,
    },
)
