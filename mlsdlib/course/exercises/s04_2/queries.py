"""Exercise 4.2-e8: which rows are worth a person's time?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong
from mlsdlib.course.exercises.s04_2._results import as_list

__all__ = ["EXERCISE"]


def margin_query(proba, k):
    """Return the k rows whose two most probable classes are closest, the closest first."""
    margins = []
    for i, row in enumerate(proba):
        if not any(math.isnan(p) for p in row):
            first, second = sorted(row, reverse=True)[:2]
            margins.append((first - second, i))
    return [i for _, i in sorted(margins)[:k]]


_NAN = float("nan")


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[0.875, 0.125], [0.5, 0.5], [0.25, 0.75]], 2]}
    yield {"args": [[[0.5, 0.5, 0.0], [0.375, 0.3125, 0.3125], [0.5, 0.25, 0.25]], 2]}
    yield {"args": [[[0.25, 0.75], [0.75, 0.25], [0.25, 0.75]], 2]}  # a tie: the first
    yield {"args": [[[0.5, 0.25, 0.25], [0.0, 0.625, 0.375]], 5]}  # more than there are
    yield {"args": [[[_NAN, _NAN], [0.875, 0.125], [0.25, 0.75]], 2]}
    yield {"args": [[[0.5, _NAN, 0.5], [1.0, 0.0, 0.0]], 2]}
    yield {"args": [[[0.5, 0.5], [0.75, 0.25]], 0]}
    yield {"args": [[], 3]}
    for _ in range(20):
        n, classes = int(rng.integers(3, 9)), int(rng.integers(2, 5))
        proba = (rng.multinomial(16, np.full(classes, 1 / classes), n) / 16).tolist()
        if rng.random() < 0.3:
            proba[int(rng.integers(n))][0] = _NAN
        yield {"args": [proba, int(rng.integers(1, 5))]}


def _judge(case: Case, result: object) -> Problem | None:
    proba, k = case["args"]
    expected, result = margin_query(proba, k), as_list(result)
    if result == expected:
        return None
    if not isinstance(result, list):
        return Problem(expected, "Return a list of row numbers.")
    if any(isinstance(i, bool) or not isinstance(i, (int, np.integer)) for i in result):
        return Problem(expected, "Return the numbers of the rows, not the rows or their margins.")
    bad = [i for i, row in enumerate(proba) if any(math.isnan(p) for p in row)]
    if any(i in bad for i in result):
        why = "A row with a NaN has no margin: leave it out."
    elif len(result) != len(expected):
        why = "Return k rows, or all that have a margin if they are fewer."
    elif sorted(result) == sorted(expected):
        why = "The closest first; of equally close rows the one that comes first."
    elif sorted(map(_margin(proba), result)) == sorted(map(_margin(proba), expected)):
        why = "Of equally close rows take the one that comes first."
    else:
        why = (
            "The margin is the greatest probability minus the second greatest; the smallest "
            "margins are asked for."
        )
    return Problem(expected, why)


def _margin(proba):
    def margin(i):
        if not 0 <= i < len(proba):
            return -1.0
        first, second = sorted(proba[i], reverse=True)[:2]
        return first - second

    return margin


def _finite(proba):
    return [i for i, row in enumerate(proba) if not any(math.isnan(p) for p in row)]


def _by_entropy(proba, k):
    def entropy(i):
        return -sum(p * math.log(p) for p in proba[i] if p > 0)

    return sorted(_finite(proba), key=lambda i: (-entropy(i), i))[:k]


def _most_certain(proba, k):
    margin = _margin(proba)
    return sorted(_finite(proba), key=lambda i: (-margin(i), i))[:k]


def _nan_first(proba, k):
    bad = [i for i in range(len(proba)) if i not in _finite(proba)]
    return (bad + margin_query(proba, len(proba)))[:k]


def _last_of_equals(proba, k):
    margin = _margin(proba)
    return sorted(_finite(proba), key=lambda i: (margin(i), -i))[:k]


def _in_order_of_rows(proba, k):
    return sorted(margin_query(proba, k))


def _greatest_minus_smallest(proba, k):
    return sorted(_finite(proba), key=lambda i: (max(proba[i]) - min(proba[i]), i))[:k]


EXERCISE = Exercise(
    id="4.2-e8",
    name="margin_query",
    reference=margin_query,
    cases=_cases,
    judge=_judge,
    hints=(
        "Between which two classes does the model waver, and how much?",
        "Sort each row; the margin is the greatest minus the second greatest. Then sort the rows "
        "by margin, and by number where margins are equal.",
        "margins = [(first - second, i) for each row i without NaN]; return [i for _, i in "
        "sorted(margins)[:k]]",
    ),
    wrong=(
        Wrong("entropy", _by_entropy, "minus the second greatest"),
        Wrong("the most certain", _most_certain, "the smallest margins"),
        Wrong("NaN first", _nan_first, "has no margin"),
        Wrong("the last of equals", _last_of_equals, "comes first"),
        Wrong("in order of the rows", _in_order_of_rows, "The closest first"),
        Wrong("greatest minus smallest", _greatest_minus_smallest, "minus the second greatest"),
    ),
    note="The library's margin_query refuses a NaN and a k that is too large: a pipeline should "
    "hear of them. The k rows may be near-copies of each other, and then one of them would do; "
    "smaller batches help against that.",
)
