"""Exercise 4.2-e6: a model that labels its own training data, and when to stop it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong
from mlsdlib.course.exercises.s04_2._results import as_list

__all__ = ["EXERCISE"]


def self_train(x, y, pool, threshold):
    """Return the label that self-training gives to each point of the pool, None for no label."""
    x, y, labels = list(x), list(y), [None] * len(pool)
    while True:
        zeros = [v for v, c in zip(x, y, strict=True) if c == 0]
        ones = [v for v, c in zip(x, y, strict=True) if c == 1]
        zero, one = sum(zeros) / len(zeros), sum(ones) / len(ones)
        sure = {}
        for i, v in enumerate(pool):
            far = abs(v - zero), abs(v - one)
            if labels[i] is None and far[0] != far[1] and max(far) >= threshold * sum(far):
                sure[i] = 0 if far[0] < far[1] else 1
        if not sure or (len(sure) > 1 and len(set(sure.values())) == 1):
            return labels
        for i, c in sure.items():
            labels[i] = c
            x.append(pool[i])
            y.append(c)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0.0, 8.0], [0, 1], [1.0, 7.0, 4.0], 0.8]}
    yield {"args": [[0.0, 8.0], [0, 1], [4.0, 4.5, 3.5], 0.8]}  # nobody is sure
    yield {"args": [[0.0, 8.0], [0, 1], [2.0, 7.5], 0.75]}  # just sure
    yield {"args": [[0.0, 8.0], [0, 1], [0.5, 1.0, 4.5], 0.8]}  # all to one class: stop
    yield {"args": [[0.0, 8.0], [0, 1], [1.0, 4.5], 0.8]}  # one alone is no collapse
    yield {"args": [[0.0, 10.0], [0, 1], [1.5, 8.0, 2.5, 3.0], 0.77]}  # sure in a later round
    yield {"args": [[0.0, 8.0], [0, 1], [-3.0, 11.0, 4.0], 0.7]}
    yield {"args": [[1.0, 3.0, 9.0], [0, 0, 1], [2.0, 8.0, 5.0, 6.0], 0.7]}
    yield {"args": [[8.0, 0.0], [0, 1], [1.0, 7.0], 0.8]}  # class 0 above class 1
    yield {"args": [[2.0, 2.0], [0, 1], [2.0, 5.0], 0.6]}  # two classes that look alike
    yield {"args": [[0.0, 8.0], [0, 1], [], 0.8]}
    for _ in range(20):
        x = [*rng.integers(0, 5, 2), *rng.integers(6, 12, 2)]
        pool = (rng.integers(-2, 28, int(rng.integers(3, 9))) / 2).tolist()
        threshold = float(rng.choice([0.637, 0.713, 0.787]))
        yield {"args": [[float(v) for v in x], [0, 0, 1, 1], pool, threshold]}


def _judge(case: Case, result: object) -> Problem | None:
    x, y, pool, threshold = case["args"]
    expected, result = self_train(x, y, pool, threshold), as_list(result)
    if not isinstance(result, list) or len(result) != len(pool):
        return Problem(expected, "Return a list with a label or None for each point of the pool.")
    if not all(r is None or _is_class(r) for r in result):
        return Problem(expected, "A label is the number 0 or 1, and None where there is none.")
    if result == expected:
        return None
    more = [i for i, e in enumerate(expected) if e is None and result[i] is not None]
    fewer = [i for i, e in enumerate(expected) if e is not None and result[i] is None]
    once = _one_round(x, y, pool, threshold)
    sides = {label for label in once if label is not None}
    if more and len(sides) == 1:
        why = (
            "If two or more points are sure in a round and all of the same class, stop before "
            "they get labels: that is how a class swallows the pool."
        )
    elif fewer and len(sides) == 1:
        why = "A single sure point is no collapse: it gets its label."
    elif more:
        why = (
            "A label needs max(d0, d1) / (d0 + d1) of at least threshold, d0 and d1 being the "
            "distances to the means of that round. Without a sure point, the rest stays None."
        )
    elif any(once[i] is not None for i in fewer):
        why = (
            "A point is sure, and gets the class of the nearer mean, if max(d0, d1) / (d0 + d1) is "
            "at least threshold: exactly threshold is sure."
        )
    elif fewer:
        why = (
            "Go on until no point is sure: the new labels move the means, and then others may be "
            "sure."
        )
    else:
        why = "A sure point gets the class of the nearer mean."
    return Problem(expected, why)


def _is_class(label: object) -> bool:
    return type(label) is int or isinstance(label, np.integer)


def _one_round(x, y, pool, threshold):
    zeros = [v for v, c in zip(x, y, strict=True) if c == 0]
    ones = [v for v, c in zip(x, y, strict=True) if c == 1]
    zero, one = sum(zeros) / len(zeros), sum(ones) / len(ones)
    labels = []
    for v in pool:
        d0, d1 = abs(v - zero), abs(v - one)
        sure = d0 != d1 and max(d0, d1) >= threshold * (d0 + d1)
        labels.append((0 if d0 < d1 else 1) if sure else None)
    return labels


def _label_all(x, y, pool, threshold):
    return [0 if label is None else label for label in _one_round(x, y, pool, 0.5)]


def _no_stop_at_collapse(x, y, pool, threshold):
    x, y, labels = list(x), list(y), [None] * len(pool)
    while True:
        found = _one_round(x, y, pool, threshold)
        sure = [i for i, c in enumerate(found) if c is not None and labels[i] is None]
        if not sure:
            return labels
        for i in sure:
            labels[i] = found[i]
            x.append(pool[i])
            y.append(found[i])


def _stop_at_a_single_one(x, y, pool, threshold):
    found = {label for label in _one_round(x, y, pool, threshold) if label is not None}
    return [None] * len(pool) if len(found) == 1 else self_train(x, y, pool, threshold)


def _only_once(x, y, pool, threshold):
    found = _one_round(x, y, pool, threshold)
    sure = [label for label in found if label is not None]
    return [None] * len(pool) if len(sure) > 1 and len(set(sure)) == 1 else found


def _more_than_threshold(x, y, pool, threshold):
    return self_train(x, y, pool, threshold + 1e-9)


def _by_the_farther_mean(x, y, pool, threshold):
    return [None if c is None else 1 - c for c in self_train(x, y, pool, threshold)]


EXERCISE = Exercise(
    id="4.2-e6",
    name="self_train",
    reference=self_train,
    cases=_cases,
    judge=_judge,
    hints=(
        "A loop: fit, ask the model for the points it is sure of, take its word, fit again.",
        "In each round compute both means anew, collect the sure points that have no label yet, "
        "and look at them before you give them labels. None, or several and all alike: the end.",
        "sure = {i: nearer class} for the points without a label with max(d0, d1) >= threshold * "
        "(d0 + d1); if not sure or len(sure) > 1 == len(set(sure.values())): return labels",
    ),
    wrong=(
        Wrong("more than the threshold", _more_than_threshold, "exactly threshold is sure"),
        Wrong("labels everything", _label_all, "stays None"),
        Wrong("does not stop at a collapse", _no_stop_at_collapse, "swallows the pool"),
        Wrong("stops at a single point", _stop_at_a_single_one, "is no collapse"),
        Wrong("one round only", _only_once, "Go on until"),
        Wrong("the farther mean", _by_the_farther_mean, "nearer mean"),
    ),
    equivalent={
        "self_train: `zip(x, y, strict=True)` -> `zip(x, y)`": "both are equally long",
        "self_train: `zip(x, y, strict=True)` -> `zip(x, y)` #2": "both are equally long",
        "self_train: `strict=True` -> `strict=False`": "both are equally long",
        "self_train: `strict=True` -> `strict=False` #2": "both are equally long",
        "self_train: `far[0] < far[1]` -> `far[0] <= far[1]`": "equal distances are left out",
    },
    note="The rule against collapse is crude: a pool may well hold one class only. In earnest, "
    "hold back some hand-labelled points and stop when the model gets worse on them.",
)
