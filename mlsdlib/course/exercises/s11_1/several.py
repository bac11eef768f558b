"""Exercise 11.1-e3: is the right one among the first k?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def topk_recall(scores, y, k):
    """Return the share of rows whose right class is among the k of highest score."""
    total = 0.0
    for row, right in zip(scores, y, strict=True):
        above = sum(score > row[right] for score in row)
        equal = sum(score == row[right] for score in row)
        total += min(max((k - above) / equal, 0), 1)
    return total / len(y)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[1, 6, 3], [5, 3, 2]], [2, 0], 1]}
    yield {"args": [[[1, 6, 3], [5, 3, 2]], [2, 1], 2]}
    yield {"args": [[[9, 5, 5, 1]] * 3, [1, 1, 2], 2]}  # one place left for two
    yield {"args": [[[1, 6, 3], [5, 3, 2]], [0, 2], 3]}
    yield {"args": [[[1, 6, 3]], [0], 7]}  # more than there are classes
    yield {"args": [[[2, 2, 2, 2]], [3], 1]}  # all tie: a chance of one in four
    yield {"args": [[[2, 2, 2, 2]], [0], 3]}
    yield {"args": [[[9, 5, 5, 1]], [1], 2]}  # one place left for two
    yield {"args": [[[9, 5, 5, 1]], [2], 3]}
    yield {"args": [[[9, 9, 5]], [2], 1]}
    yield {"args": [[[-3, -1, -2]], [1], 1]}
    for _ in range(25):
        n, c = int(rng.integers(1, 6)), int(rng.integers(2, 6))
        yield {
            "args": [
                rng.integers(0, 5, (n, c)).tolist(),
                rng.integers(0, c, n).tolist(),
                int(rng.integers(1, 7)),
            ]
        }


_EQUALLY_LONG = "the lists of a case are equally long"


def _judge(case: Case, result: object) -> Problem | None:
    scores, y, k = case["args"]
    expected = topk_recall(scores, y, k)
    if same_number(result, expected):
        return None
    if same_number(result, topk_recall([[-s for s in row] for row in scores], y, k)):
        why = "Higher scores are better: the first k have the highest."
    elif same_number(result, _all_ties_in(scores, y, k)):
        why = (
            "A class that ties for the last places is shown by chance: count the probability. "
            "Otherwise a model that scores all classes alike would be perfect."
        )
    elif same_number(result, _no_ties_in(scores, y, k)):
        why = "A class that ties for the last places may still be shown: count the probability."
    elif any(same_number(result, _order_decides(scores, y, k, sign)) for sign in (1, -1)):
        why = "Which of equal scores comes first is chance, and not the order of the classes."
    elif same_number(result, topk_recall(scores, y, 1)):
        why = "All of the first k count, not only the first."
    else:
        why = (
            "For each row count the scores above that of the right class, and those equal to it, "
            "itself included: (k - above) / equal, between 0 and 1."
        )
    return Problem(expected, why)


def _all_ties_in(scores, y, k):
    hits = [sum(s > row[c] for s in row) < k for row, c in zip(scores, y, strict=True)]
    return sum(hits) / len(y)


def _no_ties_in(scores, y, k):
    hits = [sum(s >= row[c] for s in row) <= k for row, c in zip(scores, y, strict=True)]
    return sum(hits) / len(y)


def _order_decides(scores, y, k, sign=1):
    order = [sorted(range(len(row)), key=lambda c: (-row[c], sign * c)) for row in scores]
    return sum(c in first[:k] for first, c in zip(order, y, strict=True)) / len(y)


def _only_first(scores, y, k):
    return topk_recall(scores, y, 1)


def _lowest(scores, y, k):
    return topk_recall([[-s for s in row] for row in scores], y, k)


EXERCISE = Exercise(
    id="11.1-e3",
    name="topk_recall",
    reference=topk_recall,
    cases=_cases,
    judge=_judge,
    hints=(
        "Count how many classes have a higher score than the right one. Then look at ties.",
        "If above classes are better and equal tie (the right one included), k - above places are "
        "left for equal classes.",
        "chance = min(max((k - above) / equal, 0), 1), and the mean of it over the rows",
    ),
    wrong=(
        Wrong("ties are in", _all_ties_in, "would be perfect"),
        Wrong("ties are out", _no_ties_in, "may still be shown"),
        Wrong("the order of the classes decides", _order_decides, "order of the classes"),
        Wrong("only the first", _only_first, "not only the first"),
        Wrong("the lowest scores", _lowest, "Higher scores are better"),
    ),
    note="Ties are rare among probabilities, and common among counts and votes of small forests.",
    equivalent={
        "topk_recall: `zip(scores, y, strict=True)` -> `zip(scores, y)`": _EQUALLY_LONG,
        "topk_recall: `strict=True` -> `strict=False`": _EQUALLY_LONG,
    },
)
