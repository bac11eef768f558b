"""Exercise 7.2-e3: the loss of distillation and its gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number
from mlsdlib.course.exercises.s07_2._results import plain

__all__ = ["EXERCISE"]


def kd_loss(s, t, T):
    """Return the loss of distillation for one example, and its gradient."""
    p, q = _log_softmax(t, T), _log_softmax(s, T)
    loss = T**2 * sum(math.exp(a) * (a - b) for a, b in zip(p, q, strict=True))
    return loss, [T * (math.exp(b) - math.exp(a)) for a, b in zip(p, q, strict=True)]


def _log_softmax(logits, T):
    """Return the logarithms of the softened probabilities."""
    largest = max(logits)
    total = sum(math.exp((v - largest) / T) for v in logits)
    return [(v - largest) / T - math.log(total) for v in logits]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0.0, 0.0], [2.0, 0.0], 1.0]}  # no softening
    yield {"args": [[0.0, 0.0], [2.0, 0.0], 2.0]}
    yield {"args": [[2.0, 0.0], [0.0, 1.0], 1.0]}  # the order of the two counts
    yield {"args": [[1.0, -1.0, 0.5], [1.0, -1.0, 0.5], 4.0]}  # the same: nothing to learn
    yield {"args": [[3.0, 2.0], [1.0, 0.0], 3.0]}  # the same up to a constant
    yield {"args": [[1_000.0, 0.0], [0.0, 1_000.0], 1.0]}  # too large for exp
    yield {"args": [[-2_000.0, -2_001.0], [0.0, 1.0], 1.0]}  # too small
    yield {"args": [[0.5, 0.1, -0.2], [3.0, 1.0, 0.0], 20.0]}
    yield {"args": [[0.5, 0.1, -0.2], [3.0, 1.0, 0.0], 0.5]}
    for _ in range(12):
        k = int(rng.integers(2, 5))
        s, t = rng.normal(0, 2, (2, k)).round(2).tolist()
        yield {"args": [s, t, float(rng.choice([1.0, 2.0, 4.0]))]}


def _judge(case: Case, result: object) -> Problem | None:
    result = plain(result)
    s, t, T = case["args"]
    expected = loss, gradient = kd_loss(s, t, T)
    match result:
        case [found, [*slope]] if len(slope) == len(s):
            pass
        case _:
            return Problem(expected, "Return a pair: the loss, and a list with its gradient.")
    if same_number(found, loss, tolerance=1e-6):
        if all(same_number(a, b, tolerance=1e-6) for a, b in zip(slope, gradient, strict=True)):
            return None
        why = (
            "The gradient of the divergence is (student - teacher) / T, in softened probabilities; "
            "times T**2 that leaves T."
        )
    elif max(map(abs, s + t)) > 500:
        why = "Subtract the largest logit first: exp of a large number overflows."
    elif same_number(found, loss / T**2, tolerance=1e-6) and T != 1:
        why = "Softening shrinks the gradient by about T**2: multiply the loss by it."
    elif T != 1:
        why = "Divide the logits of both by T before the softmax, and the loss by nothing."
    else:
        why = (
            "The divergence is the sum of p * (log p - log q), where p is the teacher's and q the "
            "student's."
        )
    return Problem(expected, why)


def _without_the_factor(s, t, T):
    loss, gradient = kd_loss(s, t, T)
    return loss / T**2, [g / T**2 for g in gradient]


def _other_way_round(s, t, T):
    return kd_loss(t, s, T)[0], kd_loss(s, t, T)[1]


def _cross_entropy(s, t, T):
    p, q = _log_softmax(t, T), _log_softmax(s, T)
    return -(T**2) * sum(math.exp(a) * b for a, b in zip(p, q, strict=True)), kd_loss(s, t, T)[1]


def _teacher_not_softened(s, t, T):
    return kd_loss(s, [v * T for v in t], T)


def _gradient_turned(s, t, T):
    loss, gradient = kd_loss(s, t, T)
    return loss, [-g for g in gradient]


def _gradient_without_t(s, t, T):
    loss, gradient = kd_loss(s, t, T)
    return loss, [g / T for g in gradient]


def _overflows(s, t, T):
    if max(s + t) > 700:
        return math.nan, [math.nan] * len(s)
    return kd_loss(s, t, T)


EXERCISE = Exercise(
    id="7.2-e3",
    name="kd_loss",
    reference=kd_loss,
    cases=_cases,
    judge=_judge,
    hints=(
        "First both softmaxes, of logits divided by T; then the divergence; then the factor.",
        "In logarithms nothing overflows: log p = v / T - log(sum(exp(v / T))), after the largest "
        "logit was subtracted. The gradient of the divergence is (q - p) / T.",
        "loss = T**2 * sum(p * (log p - log q)); gradient = [T * (q - p) for each class], p of the "
        "teacher, q of the student",
    ),
    wrong=(
        Wrong("without the factor", _without_the_factor, "multiply the loss by it"),
        Wrong("the other way round", _other_way_round, "p is the teacher's"),
        Wrong("cross-entropy", _cross_entropy, "log p - log q"),
        Wrong("the teacher is not softened", _teacher_not_softened, "of both by T"),
        Wrong("the gradient turned", _gradient_turned, "(student - teacher)"),
        Wrong("the gradient without T", _gradient_without_t, "that leaves T"),
        Wrong("overflows", _overflows, "Subtract the largest"),
    ),
    equivalent={
        f"{where}: {what}": "both are equally long"
        for where in ("kd_loss",)
        for what in (
            "`zip(p, q, strict=True)` -> `zip(p, q)`",
            "`zip(p, q, strict=True)` -> `zip(p, q)` #2",
            "`strict=True` -> `strict=False`",
            "`strict=True` -> `strict=False` #2",
        )
    },
    note="At high temperatures this tends to half the squared difference of the logits, each "
    "without its mean, divided by the number of classes: the student learns the logits themselves.",
)
