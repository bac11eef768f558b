"""Exercise 9.2-e7: a test that looks after every answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def sprt(x, p0, p1, a, b):
    """Return "bad", "good" or "open", and after how many answers."""
    ratio, upper, lower = 0.0, math.log((1 - b) / a), math.log(b / (1 - a))
    for n, failed in enumerate(x, start=1):
        ratio += math.log(p1 / p0) if failed else math.log((1 - p1) / (1 - p0))
        if ratio >= upper:
            return "bad", n
        if ratio <= lower:
            return "good", n
    return "open", len(x)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 1, 1, 1, 1, 1], 0.1, 0.3, 0.05, 0.05]}  # all failed
    yield {"args": [[0] * 40, 0.1, 0.3, 0.05, 0.05]}  # none failed
    yield {"args": [[0] * 11 + [1], 0.1, 0.3, 0.05, 0.05]}  # cut: still open
    yield {"args": [[1, 1, 0], 0.25, 0.5, 0.2, 0.2]}  # two doublings reach 0.8 / 0.2 exactly
    yield {"args": [[0, 0, 1], 0.5, 0.75, 0.2, 0.2]}  # and two halvings 0.2 / 0.8
    yield {"args": [[0] * 30, 0.02, 0.2, 0.2, 0.01]}  # the two errors differ
    yield {"args": [[1, 0, 1, 1, 0, 0, 1, 1, 1], 0.2, 0.5, 0.01, 0.1]}
    yield {"args": [[0] * 11 + [1] * 12, 0.1, 0.3, 0.05, 0.05]}  # good comes first: stop there
    yield {"args": [[0, 0, 0, 1, 1, 1, 1], 0.02, 0.04, 0.05, 0.2]}
    yield {"args": [[], 0.1, 0.3, 0.05, 0.05]}
    made = 0
    while made < 15:
        p0 = float(rng.choice([0.02, 0.1, 0.3]))
        p1 = round(p0 + float(rng.choice([0.05, 0.2, 0.3])), 2)
        a, b = rng.choice([0.01, 0.05, 0.1, 0.2], 2).tolist()
        x = (rng.random(int(rng.integers(5, 60))) < rng.choice([p0, p1])).astype(int).tolist()
        if _near(x, p0, p1, a, b) > 1e-6:  # another order of adding may not decide
            made += 1
            yield {"args": [x, p0, p1, a, b]}


def _near(x, p0, p1, a, b) -> float:
    """Return how near the ratio comes to a bound."""
    up, down = math.log(p1 / p0), math.log((1 - p1) / (1 - p0))
    path = np.cumsum(np.where(np.array(x, bool), up, down))
    bounds = math.log((1 - b) / a), math.log(b / (1 - a))
    return min(float(np.abs(path - bound).min()) for bound in bounds)


def _judge(case: Case, result: object) -> Problem | None:
    x, p0, p1, a, b = case["args"]
    expected = sprt(x, p0, p1, a, b)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return Problem(expected, 'Return a pair: "bad", "good" or "open", and a number of answers.')
    said, n = result
    if said == expected[0] and same_number(n, expected[1]):
        return None
    at_bound = expected[0] != "open" and _near(x[: expected[1]], p0, p1, a, b) < 1e-9
    if at_bound and not (same_number(n, expected[1]) and said in ("bad", "good")):
        why = "Here the ratio reaches its bound exactly: at it is enough. Decide at once."
    elif expected[0] == "open":
        why = "The ratio has reached neither bound: the test is open after all answers."
    elif said == "open":
        why = (
            "A bound was reached. A failure moves the ratio up by log(p1 / p0), a success down by "
            "log((1 - p1) / (1 - p0)); reaching a bound is enough."
        )
    elif same_number(n, len(x)) and n > expected[1]:
        why = "The test ends at the first bound that it reaches: what comes later is not looked at."
    else:
        why = (
            "The upper bound is log((1 - b) / a), the lower one log(b / (1 - a)): a is the risk of "
            "calling a good model bad, b that of calling a bad one good. Both outcomes move the "
            "ratio."
        )
    return Problem(expected, why)


def _only_failures(x, p0, p1, a, b):
    ratio = 0.0
    for n, failed in enumerate(x, start=1):
        ratio += math.log(p1 / p0) if failed else 0.0
        if ratio >= math.log((1 - b) / a):
            return "bad", n
    return "open", len(x)


def _swapped(x, p0, p1, a, b):
    return sprt(x, p0, p1, b, a)


def _at_the_end(x, p0, p1, a, b):
    k = sum(x)
    ratio = k * math.log(p1 / p0) + (len(x) - k) * math.log((1 - p1) / (1 - p0))
    upper, lower = math.log((1 - b) / a), math.log(b / (1 - a))
    return ("bad" if ratio >= upper else "good" if ratio <= lower else "open"), len(x)


def _beyond(x, p0, p1, a, b):
    ratio, upper, lower = 0.0, math.log((1 - b) / a), math.log(b / (1 - a))
    for n, failed in enumerate(x, start=1):
        ratio += math.log(p1 / p0) if failed else math.log((1 - p1) / (1 - p0))
        if ratio > upper + 1e-9:
            return "bad", n
        if ratio < lower - 1e-9:
            return "good", n
    return "open", len(x)


def _from_zero(x, p0, p1, a, b):
    said, n = sprt(x, p0, p1, a, b)
    return said, n if said == "open" else n - 1


def _decides_anyway(x, p0, p1, a, b):
    said, n = sprt(x, p0, p1, a, b)
    return ("good" if said == "open" else said), n


EXERCISE = Exercise(
    id="9.2-e7",
    name="sprt",
    reference=sprt,
    cases=_cases,
    judge=_judge,
    hints=(
        "Which of the two rates makes what was seen more likely, and by what factor? The logarithm "
        "of that factor is a sum, one term an answer.",
        "Walk through the answers, add log(p1 / p0) for a failure and log((1 - p1) / (1 - p0)) for "
        "a success, and compare with both bounds after each.",
        'for n, failed in enumerate(x, 1): ratio += …; if ratio >= log((1 - b) / a): return "bad", '
        'n; if ratio <= log(b / (1 - a)): return "good", n; and after the loop "open", len(x)',
    ),
    wrong=(
        Wrong("failures only", _only_failures, "A bound was reached"),
        Wrong("the errors swapped", _swapped, "a is the risk of"),
        Wrong("looks at the end", _at_the_end, "the first bound"),
        Wrong("beyond the bound", _beyond, "at it is enough"),
        Wrong("counts from zero", _from_zero, "Both outcomes move the ratio"),
        Wrong("open is good", _decides_anyway, "reached neither bound"),
    ),
    note="Wald's bounds ignore that the ratio jumps over them: the true risks are a little smaller "
    "than a and b. The library's sprt does many sequences at once.",
)
