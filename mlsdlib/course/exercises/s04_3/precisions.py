"""Exercise 4.3-e3: the precision of a test where the class is so common."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def precision_at(tpr, fpr, prevalence):
    """Return the share of true positives among the cases that are called positive."""
    hits, alarms = prevalence * tpr, (1 - prevalence) * fpr
    return hits / (hits + alarms) if hits + alarms > 0 else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for args in (
        [0.9, 0.2, 0.5],
        [0.8, 0.1, 0.01],
        [0.8, 0.1, 1e-6],
        [0.8, 0.1, 0.0],
        [0.8, 0.1, 1.0],
        [0.8, 0.0, 0.01],  # no false alarms
        [0.8, 0.0, 0.0],  # nothing is called positive
        [0.0, 0.0, 0.3],
        [0.0, 0.2, 0.3],
        [0.3, 0.3, 0.2],  # a guess
        [0.2, 0.6, 0.4],  # worse than a guess
    ):
        yield {"args": args}
    for _ in range(12):
        yield {"args": rng.uniform(0.01, 0.99, 3).round(3).tolist()}


def _judge(case: Case, result: object) -> Problem | None:
    tpr, fpr, prevalence = case["args"]
    expected = precision_at(tpr, fpr, prevalence)
    if expected is None:
        why = "Nothing is called positive: there is no precision, and the answer is None."
        return None if result is None else Problem(expected, why)
    if same_number(result, expected):
        return None
    if same_number(result, tpr):
        why = "That is the recall: of the positives, those found. Precision is of those called."
    elif fpr == 0 or tpr == 0:
        why = "Without false alarms every call is right; without hits every call is wrong."
    else:
        why = (
            "Of a case at random: it is positive and called with probability prevalence * tpr, "
            "negative and called with (1 - prevalence) * fpr. Precision is the first of the sum."
        )
    return Problem(expected, why)


def _balanced(tpr, fpr, prevalence):
    return tpr / (tpr + fpr) if tpr + fpr else None


def _recall(tpr, fpr, prevalence):
    return tpr


def _alarms_unweighted(tpr, fpr, prevalence):
    return prevalence * tpr / (prevalence * tpr + fpr) if prevalence * tpr + fpr else None


def _specificity(tpr, fpr, prevalence):
    return precision_at(tpr, 1 - fpr, prevalence)


def _zero_for_none(tpr, fpr, prevalence):
    return precision_at(tpr, fpr, prevalence) or 0.0


EXERCISE = Exercise(
    id="4.3-e3",
    name="precision_at",
    reference=precision_at,
    cases=_cases,
    judge=_judge,
    hints=(
        "Imagine a million people. How many of them are positive and called, how many negative "
        "and called?",
        "The first share is prevalence * tpr, the second (1 - prevalence) * fpr.",
        "hits = prevalence * tpr; alarms = (1 - prevalence) * fpr; return hits / (hits + alarms), "
        "or None if the sum is 0",
    ),
    wrong=(
        Wrong("as if balanced", _balanced, "prevalence * tpr"),
        Wrong("the recall", _recall, "That is the recall"),
        Wrong("alarms not weighted", _alarms_unweighted, "(1 - prevalence) * fpr"),
        Wrong("specificity for alarms", _specificity, "prevalence"),
        Wrong("0 where there is none", _zero_for_none, "there is no precision"),
    ),
    note="This is Bayes' rule. Neither rate depends on the prevalence, so the ROC curve does not.",
)
