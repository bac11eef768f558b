"""Exercise 4.1-e1: weights for a sample that was found along the edges of a network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def rds_weights(degrees):
    """Return a weight for each member of a snowball sample, in proportion to 1 / degree."""
    shares = [1 / degree if degree > 0 else 0.0 for degree in degrees]
    total = sum(shares)
    return [share / total for share in shares] if total else shares


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 2]]}
    yield {"args": [[4, 4, 4, 4]]}  # equal degrees: equal weights
    yield {"args": [[10, 1, 5]]}
    yield {"args": [[3, 0, 6]]}  # the second was a start, nobody could name it
    yield {"args": [[0, 0, 2]]}
    yield {"args": [[0, 0]]}
    yield {"args": [[7]]}
    yield {"args": [[]]}
    for _ in range(20):
        yield {"args": [rng.integers(0, 9, int(rng.integers(2, 9))).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    (degrees,) = case["args"]
    expected = rds_weights(degrees)
    if not isinstance(result, list) or len(result) != len(degrees):
        return Problem(expected, "Return a list with one weight for each degree.")
    wrong = [i for i, pair in enumerate(zip(result, expected, strict=True))
             if not same_number(*pair)]  # fmt: skip
    if not wrong:
        return None
    if any(degrees[i] == 0 for i in wrong):
        why = "Who has no neighbour cannot be named: a start with degree 0 gets the weight 0."
    elif _in_proportion(result, expected):
        why = "The proportions are right; the weights must sum to 1."
    else:
        why = (
            "With twice as many neighbours one is named twice as often, and must count half as "
            "much: the weight is in proportion to 1 / degree."
        )
    return Problem(expected, why)


def _in_proportion(result: list, expected: list) -> bool:
    if not all(same_number(r, float(r)) for r in result if isinstance(r, (int, float))):
        return False
    pairs = [(r, e) for r, e in zip(result, expected, strict=True) if e]
    return bool(pairs) and all(
        isinstance(r, (int, float)) and same_number(r * pairs[0][1], e * pairs[0][0])
        for r, e in pairs
    )


def _equal(degrees):
    return [1 / len(degrees)] * len(degrees) if degrees else []


def _by_degree(degrees):
    total = sum(degrees)
    return [degree / total for degree in degrees] if total else [0.0] * len(degrees)


def _not_scaled(degrees):
    return [1 / degree if degree else 0.0 for degree in degrees]


def _isolated_as_one(degrees):
    return rds_weights([max(degree, 1) for degree in degrees])


def _squared(degrees):
    return rds_weights([degree**2 for degree in degrees])


EXERCISE = Exercise(
    id="4.1-e1",
    name="rds_weights",
    reference=rds_weights,
    cases=_cases,
    judge=_judge,
    hints=(
        "How often is somebody named who has twice as many neighbours as another?",
        "Take 1 / degree for each, 0 where the degree is 0, and divide by their sum, unless that "
        "is 0.",
        "shares = [1 / d if d > 0 else 0.0 for d in degrees]; divide each by sum(shares)",
    ),
    wrong=(
        Wrong("equal weights", _equal, "1 / degree"),
        Wrong("in proportion to the degree", _by_degree, "1 / degree"),
        Wrong("not scaled", _not_scaled, "must sum to 1"),
        Wrong("degree 0 taken for 1", _isolated_as_one, "the weight 0"),
        Wrong("squared", _squared, "1 / degree"),
    ),
    equivalent={"rds_weights: `1 / degree` -> `2 / degree`": "the sum has the same factor"},
    note="The weights assume that the walk along the network has forgotten its start, and that "
    "everybody can be reached. Where that fails they take away a part of the bias only.",
)
