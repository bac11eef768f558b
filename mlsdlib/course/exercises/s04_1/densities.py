"""Exercise 4.1-e5: a mean under P from draws of Q."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, same_number

__all__ = ["EXERCISE"]


def snis(x, logp, logq):
    """Return the self-normalised estimate of the mean of x under P, and the effective size."""
    ratios = [p - q for p, q in zip(logp, logq, strict=True)]
    largest = max(ratios)
    if largest == -math.inf:
        return math.nan, 0.0
    weights = [math.exp(ratio - largest) for ratio in ratios]
    total = sum(weights)
    mean = sum(w * value for w, value in zip(weights, x, strict=True)) / total
    return mean, total**2 / sum(w * w for w in weights)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    log = math.log
    yield {"args": [[1.0, 2.0, 6.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]}  # P is Q
    yield {"args": [[1.0, 5.0], [log(0.75), log(0.25)], [log(0.5), log(0.5)]]}
    yield {"args": [[1.0, 0.0, 1.0, 1.0], [log(w) for w in (0.4, 1.6, 2.0, 2.0)], [0.0] * 4]}
    yield {"args": [[1.0, 5.0], [1_000.0, 1_000.0 + log(3)], [0.0, 0.0]]}  # too large for exp
    yield {"args": [[1.0, 5.0], [-5_000.0, -5_000.0 + log(3)], [0.0, 0.0]]}  # too small
    yield {"args": [[1.0, 5.0], [0.0, 0.0], [2_000.0, 2_000.0 - log(3)]]}
    # Both densities are tiny at the second draw, and their ratio is not.
    yield {"args": [[1.0, 5.0], [0.0, -900.0], [0.0, -900.0 - log(3)]]}
    yield {"args": [[1.0, 5.0, 9.0], [-math.inf, 0.0, 0.0], [0.0, 0.0, 0.0]]}
    yield {"args": [[1.0, 5.0], [-math.inf, -math.inf], [0.0, 0.0]]}  # P gives none of them
    yield {"args": [[7.0], [-3.0], [-1.0]]}
    yield {"args": [[1.0, 100.0], [0.0, 0.0], [0.0, 60.0]]}  # one draw has all the weight
    for _ in range(15):
        n = int(rng.integers(2, 9))
        shift = float(rng.choice([0.0, 900.0, -900.0]))
        x = rng.integers(0, 20, n).astype(float)
        yield {"args": [x.tolist(), (rng.normal(0, 1, n) + shift).tolist(),
                        rng.normal(0, 1, n).tolist()]}  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    _, logp, _ = case["args"]
    value, size = expected = snis(*case["args"])
    match result:
        case [mean, found] | (mean, found):
            pass
        case _:
            return Problem(expected, "Return a pair: the estimate and the effective sample size.")
    if math.isnan(value):
        if isinstance(mean, float) and math.isnan(mean) and same_number(found, 0.0):
            return None
        return Problem(
            Words("(nan, 0.0)"),
            "P gives none of these draws: they say nothing about it. The answer is nan, and an "
            "effective sample size of 0.",
        )
    if same_number(mean, value) and same_number(found, size):
        return None
    if not same_number(mean, value):
        if any(abs(p) > 500 and p != -math.inf for p in (*logp, *case["args"][2])):
            why = (
                "A constant in logp or logq must not matter. Subtract the largest difference "
                "before exp: then nothing gets too large, and not everything too small."
            )
        else:
            why = "The weight of a draw is p / q; the estimate is sum(w x) / sum(w)."
    else:
        why = "The effective sample size is (sum w)^2 / sum(w^2), whatever the sum of the weights."
    return Problem(expected, why)


def _weights(logp, logq):
    largest = max(p - q for p, q in zip(logp, logq, strict=True))
    if largest == -math.inf:
        return None
    return [math.exp(p - q - largest) for p, q in zip(logp, logq, strict=True)]


def _no_shift(x, logp, logq):
    w = [math.exp(min(p - q, 700)) for p, q in zip(logp, logq, strict=True)]
    total = sum(w)
    if total == 0:
        return math.nan, 0.0
    return (
        sum(a * b for a, b in zip(w, x, strict=True)) / total,
        total * total / max(sum(a * a for a in w), 5e-324),
    )


def _plain_mean(x, logp, logq):
    return (sum(x) / len(x), float(len(x))) if max(logp) > -math.inf else (math.nan, 0.0)


def _upside_down(x, logp, logq):
    if min(logp) == -math.inf:
        return snis(x, logp, logq)
    return snis(x, logq, logp)


def _each_shifted(x, logp, logq):
    """Shift both logarithms apart, and divide what may be 0 by 0."""
    p, q = ([math.exp(v - max(logs)) if max(logs) > -math.inf else 0.0 for v in logs]
            for logs in (logp, logq))  # fmt: skip
    w = [a / b if b else 0.0 for a, b in zip(p, q, strict=True)]
    total = sum(w)
    if not total:
        return math.nan, 0.0
    return sum(a * b for a, b in zip(w, x, strict=True)) / total, total**2 / sum(a * a for a in w)


def _not_normalised(x, logp, logq):
    w = _weights(logp, logq)
    if w is None:
        return math.nan, 0.0
    return sum(a * b for a, b in zip(w, x, strict=True)) / len(x), snis(x, logp, logq)[1]


def _size_counts_draws(x, logp, logq):
    mean, size = snis(x, logp, logq)
    return mean, float(len(x)) if size else 0.0


def _zero_for_nothing(x, logp, logq):
    mean, size = snis(x, logp, logq)
    return (0.0, 0.0) if math.isnan(mean) else (mean, size)


EXERCISE = Exercise(
    id="4.1-e5",
    name="snis",
    reference=snis,
    cases=_cases,
    judge=_judge,
    hints=(
        "A draw that P gives three times as often as Q must count three times. Since the weights "
        "are divided by their sum, a common factor cancels: choose a harmless one.",
        "Take logp - logq, subtract the largest, and only then exp. If the largest is -inf, there "
        "is nothing to weigh.",
        "w = [math.exp(r - max(ratios)) for r in ratios]; sum(w x) / sum(w), and sum(w) ** 2 / "
        "sum(w * w)",
    ),
    wrong=(
        Wrong("exp at once", _no_shift, "must not matter"),
        Wrong("no weights", _plain_mean, "p / q"),
        Wrong("q / p", _upside_down, "p / q"),
        Wrong("each logarithm shifted by itself", _each_shifted, "the largest difference"),
        Wrong("divided by n", _not_normalised, "p / q"),
        Wrong("the size counts draws", _size_counts_draws, "(sum w)^2"),
        Wrong("zero for nothing", _zero_for_nothing, "say nothing about it"),
    ),
    equivalent={
        "snis: `zip(logp, logq, strict=True)` -> `zip(logp, logq)`": "both are equally long",
        "snis: `strict=True` -> `strict=False`": "both are equally long",
        "snis: `zip(weights, x, strict=True)` -> `zip(weights, x)`": "both are equally long",
        "snis: `strict=True` -> `strict=False` #2": "both are equally long",
    },
    note="Dividing by the sum of the weights makes a small bias and saves a lot of variance; it "
    "also does without the constants of both densities, which are seldom known.",
)
