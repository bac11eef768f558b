"""Exercise 8.3-e1: which of many p-values are called, by Benjamini and Hochberg?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def bh(p, q):
    """Return the positions of the p-values that are called."""
    below = [value for k, value in enumerate(sorted(p), 1) if value <= k * q / len(p)]
    return [i for i, value in enumerate(p) if below and value <= below[-1]]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0.01, 0.5, 0.02, 0.8], 0.1]}
    yield {"args": [[0.5, 0.3, 0.9, 0.7], 0.1]}  # nothing is up
    yield {"args": [[0.04, 0.041, 0.042, 0.043], 0.05]}  # only the last is below its line
    yield {"args": [[0.9, 0.03, 0.001, 0.034], 0.05]}  # above its own line, below a later one's
    yield {"args": [[0.02, 0.02, 0.9, 0.02], 0.03]}  # ties
    yield {"args": [[0.75, 0.25, 0.25, 0.75], 0.5]}  # on the line
    yield {"args": [[0.3], 0.5]}
    yield {"args": [[0.0, 1.0], 0.05]}
    yield {"args": [[], 0.1]}
    for _ in range(20):
        n = int(rng.integers(3, 9))
        p = np.where(rng.random(n) < 0.6, rng.random(n) / 8, rng.random(n)).round(4)
        yield {"args": [p.tolist(), float(rng.choice([0.05, 0.1, 0.3]))]}


def _judge(case: Case, result: object) -> Problem | None:
    p, q = case["args"]
    expected = bh(p, q)
    if result == expected:
        return None
    if not isinstance(result, list) or not all(i in range(len(p)) for i in result):
        return Problem(expected, "Return a list of positions in p, counted from 0.")
    if sorted(set(result)) == expected:
        return Problem(expected, "Each position once, and sorted.")
    extra, missing = sorted(set(result) - set(expected)), sorted(set(expected) - set(result))
    if extra and not expected:
        why = "No p-value lies below its line k * q / n: nothing is called."
    elif extra:
        why = (
            "Too much is called: the largest k whose p-value is at most k * q / n decides, and "
            "what is larger than that p-value is not called."
        )
    elif any(p[i] in [p[j] for j in result] for i in missing):
        why = "Equal p-values are called together."
    else:
        why = (
            "Too little is called: all up to the largest k whose p-value is at most k * q / n, "
            "also those above their own line. There the line of the k-th is meant, not q / n."
        )
    return Problem(expected, why)


def _uncorrected(p, q):
    return [i for i, value in enumerate(p) if value <= q]


def _bonferroni(p, q):
    return [i for i, value in enumerate(p) if value <= q / len(p)]


def _own_line_only(p, q):
    order = sorted(range(len(p)), key=lambda i: p[i])
    return sorted(i for k, i in enumerate(order, 1) if p[i] <= k * q / len(p))


def _stops_at_the_first(p, q):
    order, called = sorted(range(len(p)), key=lambda i: p[i]), []
    for k, i in enumerate(order, 1):
        if p[i] > k * q / len(p):
            break
        called.append(i)
    return sorted(called)


def _in_order_of_p(p, q):
    return sorted(bh(p, q), key=lambda i: (p[i], i))


EXERCISE = Exercise(
    id="8.3-e1",
    name="bh",
    reference=bh,
    cases=_cases,
    judge=_judge,
    hints=(
        "Each rank has its own line; the last p-value that is below its line takes all smaller "
        "ones with it.",
        "Sort, compare the k-th with k * q / n, and remember the largest p-value that passes. Then "
        "go through p once more.",
        "below = [v for k, v in enumerate(sorted(p), 1) if v <= k * q / len(p)]; called is what is "
        "at most below[-1], and nothing if below is empty",
    ),
    wrong=(
        Wrong("not corrected", _uncorrected, "Too much is called"),
        Wrong("Bonferroni", _bonferroni, "Too little is called"),
        Wrong("each by its own line", _own_line_only, "above their own line"),
        Wrong("stops at the first that fails", _stops_at_the_first, "Too little is called"),
        Wrong("in order of p", _in_order_of_p, "sorted"),
    ),
    note="The promise is about the share of false ones among those called, on average, and only "
    "for tests that are independent or depend positively. Days that follow each other are neither.",
)
