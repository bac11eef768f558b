"""Exercise 4.3-e6: the focal loss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def focal(p, y, gamma, alpha=None):
    """Return the focal loss of each prediction."""
    losses = []
    for probability, label in zip(p, y, strict=True):
        q = probability if label == 1 else 1 - probability
        weight = 1 if alpha is None else alpha if label == 1 else 1 - alpha
        losses.append(weight * (1 - q) ** gamma * math.log(1 / q) if q > 0 else math.inf)
    return losses


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0.9, 0.1], [1, 0], 2.0]}  # both easy
    yield {"args": [[0.1, 0.9], [1, 0], 2.0]}  # both hard
    yield {"args": [[0.3, 0.3], [1, 0], 0.0]}  # the cross-entropy
    yield {"args": [[0.3, 0.3], [1, 0], 1.0, 0.25]}
    yield {"args": [[0.6, 0.2], [1, 0], 0.0, 0.75]}
    yield {"args": [[1.0, 0.0], [1, 0], 2.0]}  # certain, and right
    yield {"args": [[0.0, 1.0], [1, 0], 2.0]}  # certain, and wrong
    yield {"args": [[1.0, 0.0], [1, 0], 0.0]}
    yield {"args": [[1e-12], [1], 2.0]}
    yield {"args": [[0.5], [1], 3.0]}
    for _ in range(12):
        n = int(rng.integers(1, 5))
        alpha = [] if rng.random() < 0.5 else [float(rng.choice([0.1, 0.25, 0.75]))]
        p, y = rng.uniform(0.01, 0.99, n).round(3).tolist(), rng.integers(0, 2, n).tolist()
        yield {"args": [p, y, float(rng.choice([0.5, 1.0, 2.0, 5.0])), *alpha]}


def _judge(case: Case, result: object) -> Problem | None:
    p, _, gamma = case["args"][:3]
    expected = focal(*case["args"])
    if not isinstance(result, list) or len(result) != len(p):
        return Problem(expected, "Return a list with the loss of each prediction.")
    wrong = [i for i in range(len(p)) if not same_number(result[i], expected[i])]
    if not wrong:
        return None
    i = wrong[0]
    weighted = len(case["args"]) > 3
    if math.isinf(expected[i]):
        why = "A probability of 0 for what happened costs infinity."
    elif p[i] in (0, 1):
        why = "Certain and right costs nothing."
    elif gamma == 0 and not weighted:
        why = "With gamma = 0 it is the cross-entropy, -log q, q the probability of what happened."
    elif weighted:
        why = "The weight is alpha for a positive and 1 - alpha for a negative."
    else:
        why = (
            "Take q, the probability given to what happened: p for a positive, 1 - p for a "
            "negative. The loss is -(1 - q)**gamma * log q, small where q is large."
        )
    return Problem(expected, why)


def _as_if_positive(p, y, gamma, alpha=None):
    return focal(p, [1] * len(p), gamma, alpha)


def _focus_on_easy(p, y, gamma, alpha=None):
    entropy = focal(p, y, 0, alpha)
    return [(q if label else 1 - q) ** gamma * loss if math.isfinite(loss) else loss
            for q, label, loss in zip(p, y, entropy, strict=True)]  # fmt: skip


def _one_weight(p, y, gamma, alpha=None):
    return [(1 if alpha is None else alpha) * loss for loss in focal(p, y, gamma)]


def _sign(p, y, gamma, alpha=None):
    return [-loss for loss in focal(p, y, gamma, alpha)]


def _clipped(p, y, gamma, alpha=None):
    return focal([min(max(q, 1e-7), 1 - 1e-7) for q in p], y, gamma, alpha)


def _the_mean(p, y, gamma, alpha=None):
    return sum(focal(p, y, gamma, alpha)) / max(len(p), 1)


EXERCISE = Exercise(
    id="4.3-e6",
    name="focal",
    reference=focal,
    cases=_cases,
    judge=_judge,
    hints=(
        "First: what probability did the prediction give to what happened?",
        "With that q the cross-entropy is -log q. Multiply it by (1 - q)**gamma, and by the "
        "weight of the class if there is one. Mind q = 0.",
        "q = p if y == 1 else 1 - p; w = 1 if alpha is None else (alpha if y == 1 else 1 - alpha); "
        "loss = -w * (1 - q)**gamma * math.log(q) if q > 0 else math.inf",
    ),
    wrong=(
        Wrong("every case a positive", _as_if_positive, "q, the probability given"),
        Wrong("focus on the easy", _focus_on_easy, "small where q is large"),
        Wrong("one weight for both", _one_weight, "1 - alpha for a negative"),
        Wrong("the sign", _sign, "small where q is large"),
        Wrong("clipped", _clipped, "costs infinity"),
        Wrong("the mean", _the_mean, "the loss of each"),
    ),
    equivalent={
        "focal: `zip(p, y, strict=True)` -> `zip(p, y)`": "both are equally long",
        "focal: `strict=True` -> `strict=False`": "both are equally long",
    },
    note="From probabilities it cannot be computed well where they round to 0 or 1. The library "
    "computes it from the logits, and its gradient stays finite.",
)
