"""Exercise 4.3-e1: how many examples until there are enough positives?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def n_for_pos(p, k, conf):
    """Return the fewest examples that hold k positives with a probability of at least conf."""
    if k == 0:
        return 0
    if p == 0:
        return None
    chances = [1.0] + [0.0] * (k - 1)  # of having 0, 1, … k - 1 positives so far
    n = 0
    while sum(chances) > 1 - conf:
        before = [0.0, *chances]
        chances = [c * (1 - p) + b * p for c, b in zip(chances, before, strict=False)]
        n += 1
    return n


def _enough(n, p, k):
    """The probability of at least k positives among n, exactly."""
    return 1 - sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(min(k, n + 1)))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [0.5, 1, 0.75]}  # exactly enough
    yield {"args": [0.5, 1, 0.8]}
    yield {"args": [0.25, 1, 0.95]}
    yield {"args": [0.25, 3, 0.9]}
    yield {"args": [0.5, 2, 0.25]}  # exactly enough: both of two
    yield {"args": [0.1, 5, 0.5]}
    yield {"args": [0.9, 4, 0.99]}
    yield {"args": [1.0, 6, 0.9]}
    yield {"args": [0.3, 0, 0.9]}
    yield {"args": [0.0, 0, 0.9]}
    yield {"args": [0.0, 2, 0.9]}
    yield {"args": [0.02, 2, 0.95]}
    for _ in range(12):
        p, conf = float(rng.uniform(0.05, 0.9)), float(rng.uniform(0.2, 0.99))
        yield {"args": [round(p, 3), int(rng.integers(1, 6)), round(conf, 3)]}


def _judge(case: Case, result: object) -> Problem | None:
    p, k, conf = case["args"]
    expected = n_for_pos(p, k, conf)
    if expected is None:
        why = "If nothing is ever positive, no number of examples is enough: the answer is None."
        return None if result is None else Problem(expected, why)
    if not _is_count(result):
        why = "A whole number of examples, 0 if no positive is needed."
        return Problem(expected, why)
    needed = f"{k} positive{'s' if k > 1 else ''}"
    slack = 1e-9  # unless it is exact, a probability on the edge may fall on either side
    chance = _enough(int(result), p, k)
    if chance < conf - slack:
        why = (
            f"Among {result} examples there are at least {needed} with a probability of only "
            f"{chance:.3g}. An average of {k} is no promise: sum the binomial probabilities."
        )
        return Problem(expected, why)
    fewer = _enough(int(result) - 1, p, k) if result else 0.0
    if fewer == conf or fewer >= conf + slack:
        why = f"Fewer would do: {result - 1} examples already hold {needed} so probably."
        return Problem(expected, why)
    return None


def _is_count(value):
    """Return whether it is a whole number from 0 on; scipy's quantiles are whole floats."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return number and float(value).is_integer() and value >= 0


def _on_average(p, k, conf):
    return math.ceil(k / p) if p else None if k else 0


def _at_least_one(p, k, conf):
    return n_for_pos(p, min(k, 1), conf)


def _more_than_k(p, k, conf):
    return n_for_pos(p, k + 1, conf) if k else 0


def _at_least_one_k_times(p, k, conf):
    found = n_for_pos(p, min(k, 1), conf)
    return found if found is None else k * found


def _for_ever(p, k, conf):
    return 0 if k and p == 0 else n_for_pos(p, k, conf)


EXERCISE = Exercise(
    id="4.3-e1",
    name="n_for_pos",
    reference=n_for_pos,
    cases=_cases,
    judge=_judge,
    hints=(
        "The number of positives among n examples is binomial. Too few means 0, 1, … or k - 1.",
        "P(i positives) is comb(n, i) * p**i * (1 - p)**(n - i). Raise n until the probabilities "
        "of too few sum to at most 1 - conf.",
        "n = k; while sum(math.comb(n, i) * p**i * (1 - p)**(n - i) for i in range(k)) > 1 - conf: "
        "n += 1; return n. Before that: k == 0 needs no example, and p == 0 never ends.",
    ),
    wrong=(
        Wrong("k / p examples", _on_average, "An average of"),
        Wrong("at least one", _at_least_one, "with a probability of only"),
        Wrong("more than k", _more_than_k, "Fewer would do"),
        Wrong("k times what one needs", _at_least_one_k_times, "Fewer would do"),
        Wrong("no positives need nothing", _for_ever, "no number of examples is enough"),
    ),
    equivalent={
        "n_for_pos: `zip(chances, before, strict=False)` -> `zip(chances, before)`": "it is the "
        "default",
    },
    note="It moves the probabilities of 0 to k - 1 positives on by one example at a time, so no "
    "large binomial coefficient is needed. scipy.stats.nbinom has the answer at once.",
)
