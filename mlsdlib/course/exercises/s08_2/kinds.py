"""Exercise 8.2-e1: which kind of shift lies between two tables?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def kind_of_shift(before, after):
    """Return the name of the shift between two tables of probabilities."""
    a, b = np.array(before), np.array(after)

    def same(part):
        return np.abs(part(a) - part(b)).max() < 1e-9

    if same(lambda t: t):
        return "none"
    if same(lambda t: t / t.sum(axis=1, keepdims=True)):
        return "covariate"
    if same(lambda t: t / t.sum(axis=0)):
        return "label"
    return "concept" if same(lambda t: t.sum(axis=1)) else "mixed"


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for before, after in (
        ([[0.4, 0.1], [0.1, 0.4]], [[0.4, 0.1], [0.1, 0.4]]),  # none
        ([[0.4, 0.1], [0.1, 0.4]], [[0.16, 0.04], [0.16, 0.64]]),  # covariate
        ([[0.4, 0.1], [0.1, 0.4]], [[0.16, 0.16], [0.04, 0.64]]),  # label
        ([[0.4, 0.1], [0.1, 0.4]], [[0.1, 0.4], [0.4, 0.1]]),  # concept, and P(Y) stays
        ([[0.4, 0.1], [0.1, 0.4]], [[0.2, 0.3], [0.1, 0.4]]),  # concept, and P(Y) moves
        ([[0.4, 0.1], [0.1, 0.4]], [[0.1, 0.1], [0.2, 0.6]]),  # mixed
        ([[0.4, 0.1], [0.1, 0.4]], [[0.3, 0.2], [0.2, 0.3]]),  # concept, both margins stay
        ([[0.25, 0.25], [0.25, 0.25]], [[0.1, 0.4], [0.1, 0.4]]),  # label and concept both fit
        ([[0.25, 0.25], [0.25, 0.25]], [[0.1, 0.1], [0.4, 0.4]]),  # covariate
        ([[0.2, 0.1, 0.1], [0.1, 0.2, 0.3]], [[0.3, 0.15, 0.15], [1 / 15, 2 / 15, 0.2]]),
        ([[0.3, 0.2], [0.1, 0.1], [0.1, 0.2]], [[0.15, 0.3], [0.05, 0.15], [0.05, 0.3]]),
        ([[0.3, 0.2], [0.2, 0.3]], [[0.2, 0.3], [0.2, 0.3]]),
        ([[0.3, 0.3], [0.2, 0.2]], [[0.2, 0.3], [0.3, 0.2]]),  # P(Y) stays, P(X) moves: mixed
        ([[0.4, 0.1], [0.1, 0.4]], [[0.4 + 1e-11, 0.1], [0.1, 0.4 - 1e-11]]),  # rounding
        ([[0.4, 0.1], [0.1, 0.4]], [[0.401, 0.099], [0.1, 0.4]]),  # small, and real
    ):
        yield {"args": [before, after]}
    for _ in range(20):
        joint = rng.dirichlet(np.ones(6)).reshape(rng.permutation([2, 3]))
        kind = rng.integers(5)
        if kind == 0:  # other inputs
            other = joint / joint.sum(axis=1, keepdims=True)
            other = other * rng.dirichlet(np.ones(len(joint)))[:, None]
        elif kind == 1:  # other labels
            other = joint / joint.sum(axis=0) * rng.dirichlet(np.ones(joint.shape[1]))
        elif kind == 2:  # another relation
            new = rng.dirichlet(np.ones(joint.shape[1]), len(joint))
            other = joint.sum(axis=1, keepdims=True) * new
        elif kind == 3:
            other = rng.dirichlet(np.ones(6)).reshape(joint.shape)
        else:
            other = joint
        yield {"args": [joint.tolist(), other.tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    before, after = case["args"]
    expected = kind_of_shift(before, after)
    if result == expected:
        return None
    if result not in ("none", "covariate", "label", "concept", "mixed"):
        why = "Return one of the five names."
    elif expected == "none":
        why = "The tables are equal, up to rounding."
    elif expected == "covariate":
        why = "P(Y | X) stays: each row, divided by its sum. So only P(X) has moved."
    elif expected == "label":
        why = "P(X | Y) stays: each column, divided by its sum. That comes before concept."
    elif expected == "concept":
        why = "P(X) stays, the sums of the rows, and P(Y | X) does not."
    else:
        why = "None of the definitions fits: look again at what has to stay for each of them."
    return Problem(expected, why)


def _margins_only(before, after):
    a, b = np.array(before), np.array(after)
    x, y = (np.allclose(a.sum(axis=k), b.sum(axis=k)) for k in (1, 0))
    return "none" if x and y else "covariate" if y else "label" if x else "mixed"


def _turned(before, after):
    return kind_of_shift(np.transpose(before), np.transpose(after))


def _concept_is_the_rest(before, after):
    found = kind_of_shift(before, after)
    return "concept" if found == "mixed" else found


def _concept_first(before, after):
    a, b = np.array(before), np.array(after)
    found = kind_of_shift(before, after)
    if found != "none" and np.allclose(a.sum(axis=1), b.sum(axis=1), atol=1e-9):
        return "concept"
    return found


def _exactly_equal(before, after):
    found = kind_of_shift(before, after)
    return "mixed" if found == "none" and before != after else found


EXERCISE = Exercise(
    id="8.2-e1",
    name="kind_of_shift",
    reference=kind_of_shift,
    cases=_cases,
    judge=_judge,
    hints=(
        "Each definition says what stays. Compute that from both tables and compare.",
        "P(Y | X) is each row over its sum, P(X | Y) each column over its sum, P(X) the sums of "
        "the rows.",
        "With numpy: t / t.sum(axis=1, keepdims=True) equal: covariate; t / t.sum(axis=0) equal: "
        "label; t.sum(axis=1) equal: concept; none of them: mixed",
    ),
    wrong=(
        Wrong("margins only", _margins_only, "stays"),
        Wrong("rows and columns swapped", _turned, "P(Y | X) stays"),
        Wrong("concept is the rest", _concept_is_the_rest, "None of the definitions"),
        Wrong("concept first", _concept_first, "comes before concept"),
        Wrong("exactly equal", _exactly_equal, "up to rounding"),
    ),
    note="With samples in place of tables, what stays is never exactly equal, and P(Y | X) needs "
    "labels. That is why the kind of a shift is hard to know.",
    equivalent={
        "same: `np.abs(part(a) - part(b)).max() < 1e-09` -> "
        "`np.abs(part(a) - part(b)).max() <= 1e-09`": "no difference is exactly so large",
    },
)
