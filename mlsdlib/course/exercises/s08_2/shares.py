"""Exercise 8.2-e3: black box shift estimation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def bbse(C, mu):
    """Return the new share of each class over its old share."""
    C = np.array(C, float)
    if np.linalg.cond(C) > 1e10:
        return None
    w = np.maximum(np.linalg.solve(C, mu), 0)
    return (w / (w @ C.sum(axis=0))).tolist()


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for C, mu in (
        ([[0.4, 0.1], [0.1, 0.4]], [0.32, 0.68]),  # 0.4 and 1.6
        ([[0.4, 0.1], [0.1, 0.4]], [0.5, 0.5]),  # no shift
        ([[0.5, 0.0], [0.0, 0.5]], [0.2, 0.8]),  # a perfect model: counting
        ([[0.9, 0.0], [0.0, 0.1]], [0.5, 0.5]),
        ([[0.25, 0.25], [0.25, 0.25]], [0.5, 0.5]),  # singular
        ([[0.4, 0.4], [0.1, 0.1]], [0.8, 0.2]),
        ([[0.4, 0.1], [0.1, 0.4]], [0.95, 0.05]),  # negative
        ([[0.6, 0.15], [0.1, 0.15]], [0.2, 0.8]),  # negative, unequal old shares
        ([[0.3, 0.1], [0.2, 0.4]], [0.3, 0.7]),  # not symmetric
        ([[0.3, 0.05, 0.0], [0.05, 0.2, 0.05], [0.0, 0.05, 0.3]], [0.2, 0.3, 0.5]),
        ([[0.5, 0.05, 0.0], [0.02, 0.2, 0.03], [0.0, 0.05, 0.15]], [0.05, 0.85, 0.1]),
        ([[0.2, 0.1, 0.1], [0.2, 0.1, 0.1], [0.1, 0.05, 0.05]], [0.4, 0.4, 0.2]),
    ):
        yield {"args": [C, mu]}
    for _ in range(20):
        k = int(rng.integers(2, 4))
        C = rng.dirichlet(np.ones(k * k)).reshape(k, k) + np.eye(k) * rng.choice([0.0, 0.5])
        yield {"args": [(C / C.sum()).tolist(), rng.dirichlet(np.ones(k)).tolist()]}


def _equal(result: object, expected: list[float] | None) -> bool:
    if expected is None or not isinstance(result, list):
        return result is None and expected is None
    return len(result) == len(expected) and all(
        same_number(r, e, tolerance=1e-6) for r, e in zip(result, expected, strict=True)
    )


def _judge(case: Case, result: object) -> Problem | None:
    C, mu = case["args"]
    expected = bbse(C, mu)
    if _equal(result, expected):
        return None
    if expected is None:
        why = "The model says the same whatever the truth is: C has no inverse, return None."
    elif not isinstance(result, list) or len(result) != len(mu):
        why = "Return a list with a weight for each class."
    elif any(float(w) < 0 for w in result):
        why = "A share cannot be negative: set such weights to zero."
    elif _equal(result, _as_shares(C, mu)):
        why = "Return the ratio of the new share to the old one, not the new share."
    elif _equal(result, _not_scaled(C, mu)):
        why = "After setting weights to zero, scale them: the new shares must sum to 1."
    elif _equal(result, _mean_of_one(C, mu)):
        why = "The new shares sum to 1, w[j] times the old share of j; not the weights."
    elif _equal(result, _transposed(C, mu)):
        why = "C[i][j]: said i, is j. mu = C w, with C as it is, not transposed."
    elif _equal(result, _counted(C, mu)):
        why = "That counts predictions and compares them with old labels. Solve C w = mu."
    else:
        why = "Solve C w = mu; the old share of j is the sum of column j."
    return Problem(expected, why)


def _solved(C, mu):
    C = np.array(C, float)
    return np.linalg.solve(C, mu) if np.linalg.cond(C) < 1e10 else None


def _no_cut(C, mu):
    w = _solved(C, mu)
    return None if w is None else w.tolist()


def _not_scaled(C, mu):
    w = _solved(C, mu)
    return None if w is None else np.maximum(w, 0).tolist()


def _mean_of_one(C, mu):
    w = _not_scaled(C, mu)
    return None if w is None else (np.array(w) / np.mean(w)).tolist()


def _transposed(C, mu):
    return bbse(np.transpose(C), mu)


def _counted(C, mu):
    return None if bbse(C, mu) is None else (np.array(mu) / np.sum(C, axis=0)).tolist()


def _as_shares(C, mu):
    w = bbse(C, mu)
    return None if w is None else (np.array(w) * np.sum(C, axis=0)).tolist()


def _never_singular(C, mu):
    w = np.maximum(np.linalg.lstsq(np.array(C, float), np.array(mu))[0], 0)
    return (w / (w @ np.sum(C, axis=0))).tolist()


EXERCISE = Exercise(
    id="8.2-e3",
    name="bbse",
    reference=bbse,
    cases=_cases,
    judge=_judge,
    hints=(
        "Two equations in two unknowns, for two classes. What would make them unsolvable?",
        "np.linalg.cond tells whether C has an inverse, np.linalg.solve(C, mu) solves. The old "
        "shares are the sums of the columns.",
        "w = np.maximum(np.linalg.solve(C, mu), 0); return (w / (w @ C.sum(axis=0))).tolist()",
    ),
    wrong=(
        Wrong("negative weights", _no_cut, "cannot be negative"),
        Wrong("not scaled", _not_scaled, "scale them"),
        Wrong("a mean of one", _mean_of_one, "not the weights"),
        Wrong("transposed", _transposed, "not transposed"),
        Wrong("counted", _counted, "Solve C w = mu"),
        Wrong("shares", _as_shares, "not the new share"),
        Wrong("never singular", _never_singular, "no inverse"),
    ),
    note="Near a singular matrix the solution exists and is noise. The library returns the "
    "condition number beside it. With few labelled rows a penalty on w - 1 helps (Azizzadenesheli "
    "and others 2019).",
    equivalent={
        "bbse: `np.linalg.cond(C) > 10000000000.0` -> `np.linalg.cond(C) >= 10000000000.0`": "no "
        "condition number is exactly so large",
    },
)
