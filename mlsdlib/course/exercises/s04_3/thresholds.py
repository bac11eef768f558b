"""Exercise 4.3-e2: from which score on should one act?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def _cost(y, p, threshold, c_fp, c_fn):
    called = [threshold is not None and score >= threshold for score in p]
    wrong = [(c, label) for c, label in zip(called, y, strict=True) if c != (label == 1)]
    return sum(c_fp if c else c_fn for c, _ in wrong)


def best_threshold(y, p, c_fp, c_fn):
    """Return the score from which on calling cases positive costs least, or None."""
    best, lowest = None, c_fn * sum(y)  # nobody is called positive
    for threshold in sorted(set(p), reverse=True):
        cost = 0
        for label, score in zip(y, p, strict=True):
            if score >= threshold and label == 0:
                cost += c_fp
            elif score < threshold and label == 1:
                cost += c_fn
        if cost < lowest:
            best, lowest = threshold, cost
    return best


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    y, p = [0, 1, 0, 1], [0.1, 0.4, 0.5, 0.9]
    yield {"args": [y, p, 1, 1]}  # two are equally good
    yield {"args": [y, p, 1, 5]}
    yield {"args": [y, p, 5, 1]}
    yield {"args": [[1, 0, 1, 0], [0.4, 0.5, 0.9, 0.1], 1, 5]}  # not sorted
    yield {"args": [[1, 0, 0, 1], [0.7, 0.7, 0.7, 0.2], 1, 1]}  # a tie stays together
    yield {"args": [[1, 0, 1], [0.7, 0.7, 0.7], 1, 1]}
    yield {"args": [[0, 0, 0], [0.2, 0.5, 0.9], 1, 1]}  # one class
    yield {"args": [[1, 1, 1], [0.2, 0.5, 0.9], 1, 1]}
    yield {"args": [y, p, 1, 0]}  # a miss costs nothing
    yield {"args": [y, p, 0, 1]}  # a false alarm costs nothing
    yield {"args": [y, p, 0, 0]}
    yield {"args": [[1, 0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.6], 1, 20]}  # far below one half
    yield {"args": [[1], [0.3], 2, 1]}
    for _ in range(20):
        n = int(rng.integers(4, 10))
        labels = rng.integers(0, 2, n).tolist()
        scores = rng.choice([0.1, 0.2, 0.3, 0.4, 0.6, 0.8], n).tolist()
        yield {"args": [labels, scores, int(rng.integers(1, 4)), int(rng.integers(1, 9))]}


def _judge(case: Case, result: object) -> Problem | None:
    y, p, c_fp, c_fn = case["args"]
    expected = best_threshold(y, p, c_fp, c_fn)
    if result is None and expected is None:
        return None
    if expected is not None and same_number(result, expected):
        return None
    if result is not None and not any(same_number(result, score) for score in p):
        why = "The answer is one of the scores, or None if nobody should be called positive."
        return Problem(expected, why)
    cost, least = (_cost(y, p, threshold, c_fp, c_fn) for threshold in (result, expected))
    if cost > least:
        why = (
            f"That costs {cost}, and {least} can be had. A case is called positive if its score "
            "is at least the threshold; a false alarm costs c_fp, a miss c_fn, and calling nobody "
            "is a choice, too."
        )
    else:
        why = (
            "Of equally good choices take the one that calls the fewest: None before any score, "
            "a larger score before a smaller one."
        )
    return Problem(expected, why)


def _from_costs(y, p, c_fp, c_fn):
    """The formula for calibrated probabilities, moved to the next score."""
    if c_fp + c_fn == 0:
        return None
    return min((s for s in p if s >= c_fp / (c_fp + c_fn)), default=None)


def _most_accurate(y, p, c_fp, c_fn):
    return best_threshold(y, p, 1, 1)


def _costs_swapped(y, p, c_fp, c_fn):
    return best_threshold(y, p, c_fn, c_fp)


def _somebody(y, p, c_fp, c_fn):
    return min(sorted(set(p), reverse=True), key=lambda t: _cost(y, p, t, c_fp, c_fn))


def _smallest(y, p, c_fp, c_fn):
    return min([*sorted(set(p)), None], key=lambda t: _cost(y, p, t, c_fp, c_fn))


def _one_half(y, p, c_fp, c_fn):
    return 0.5


EXERCISE = Exercise(
    id="4.3-e2",
    name="best_threshold",
    reference=best_threshold,
    cases=_cases,
    judge=_judge,
    hints=(
        "Only a few thresholds differ in what they do: the scores themselves, and one above all.",
        "Compute the total cost of each, from the largest score down, and keep it only if it costs "
        "less than what you have. Begin with nobody, which costs c_fn for each positive.",
        "best, lowest = None, c_fn * sum(y); for t in sorted(set(p), reverse=True): cost = "
        "sum(c_fp for a, s in zip(y, p) if s >= t and not a) + sum(c_fn for a, s in zip(y, p) if "
        "s < t and a); if cost < lowest: best, lowest = t, cost",
    ),
    wrong=(
        Wrong("the formula for calibrated scores", _from_costs, "can be had"),
        Wrong("the most accurate", _most_accurate, "can be had"),
        Wrong("costs swapped", _costs_swapped, "can be had"),
        Wrong("somebody must be called", _somebody, "None before any score"),
        Wrong("the smallest of equals", _smallest, "calls the fewest"),
        Wrong("one half", _one_half, "can be had"),
    ),
    equivalent={
        "best_threshold: `zip(y, p, strict=True)` -> `zip(y, p)`": "both are equally long",
        "best_threshold: `strict=True` -> `strict=False`": "both are equally long",
    },
    note="This looks at every case for every threshold. The library sorts once and keeps running "
    "counts. Either fits the noise of the data it is given: choose a threshold on data of its own.",
)
