"""Exercise 4.4-e5: mix examples and their labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, call_with_args

__all__ = ["EXERCISE"]


def mixup(x, y, lam, perm):
    """Return each example mixed with that of the permutation, and the labels mixed alike."""

    def mix(rows):
        return [[lam * a + (1 - lam) * rows[j][k] for k, a in enumerate(rows[i])]
                for i, j in enumerate(perm)]  # fmt: skip

    return mix(x), mix(y)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    x, y = [[0.0, 1.0], [1.0, 0.5], [0.25, 0.0]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    for lam in (0.75, 1.0, 0.0, 0.5):
        yield {"args": [x, y, lam, [1, 2, 0]]}
    yield {"args": [x, y, 0.75, [0, 1, 2]]}
    yield {"args": [x, [[1, 0], [1, 0], [0, 1]], 0.25, [2, 0, 1]]}
    yield {"args": [[[0.5]], [[0, 1]], 0.25, [0]]}
    yield {"args": [[], [], 0.25, []]}
    for _ in range(15):
        n, inputs, classes = (int(k) for k in rng.integers(2, 5, 3))
        hot = np.eye(classes, dtype=int)[rng.integers(classes, size=n)].tolist()
        yield {"args": [rng.random((n, inputs)).round(2).tolist(), hot,
                        float(rng.choice([0.125, 0.375, 0.875])),
                        rng.permutation(n).tolist()]}  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    x, y, lam, perm = case["args"]
    expected = mixup(x, y, lam, perm)
    match result:
        case [list() as mixed, list() as labels] | (list() as mixed, list() as labels):
            pass
        case _:
            return Problem(expected, "Return a pair of lists: the examples and the labels.")
    if _close(mixed, expected[0]) and _close(labels, expected[1]):
        return None
    try:
        sums = [float(sum(row)) for row in labels]
    except TypeError:
        return Problem(expected, "A label is a list with a share for each class.")
    if len(labels) != len(y) or len(mixed) != len(x):
        why = "There are as many mixtures as examples."
    elif any(abs(total - 1) > 1e-9 for total in sums):
        why = "The shares of a label sum to 1."
    elif not _close(labels, expected[1]) and _close(labels, y):
        why = "The labels are mixed as the examples are."
    elif _close(mixed, mixup(x, y, 1 - lam, perm)[0]) and lam != 0.5:
        why = "lam is the share of the example itself, 1 - lam that of the other one."
    elif _close(labels, expected[1]):
        why = "Mix the values themselves: lam of the one, 1 - lam of the other."
    else:
        why = "The other one of example i is example perm[i]."
    return Problem(expected, why)


def _close(a: object, b: list) -> bool:
    try:
        one, two = np.array(a, float), np.array(b, float)
    except (TypeError, ValueError):
        return False
    return one.shape == two.shape and bool(np.allclose(one, two, atol=1e-9))


def _labels_stay(x, y, lam, perm):
    return mixup(x, y, lam, perm)[0], y


def _other_way(x, y, lam, perm):
    return mixup(x, y, 1 - lam, perm)


def _inverse_permutation(x, y, lam, perm):
    return mixup(x, y, lam, [perm.index(i) for i in range(len(perm))])


def _adds_up(x, y, lam, perm):
    """Adds the other label whole."""
    mixed, _ = mixup(x, y, lam, perm)
    return mixed, [[a + b for a, b in zip(y[i], y[j], strict=True)] for i, j in enumerate(perm)]


def _cuts(x, y, lam, perm):
    """Takes the first pixels of one and the rest of the other."""
    cut = [row[: round(lam * len(row))] + x[j][round(lam * len(row)) :]
           for row, j in zip(x, perm, strict=True)]  # fmt: skip
    return cut, mixup(x, y, lam, perm)[1]


EXERCISE = Exercise(
    id="4.4-e5",
    name="mixup",
    reference=mixup,
    cases=_cases,
    judge=_judge,
    call=call_with_args,
    hints=(
        "The same mixture twice: once of the examples, once of the labels.",
        "Example i is mixed with example perm[i]: lam of the first, 1 - lam of the second.",
        "[[lam * a + (1 - lam) * rows[j][k] for k, a in enumerate(rows[i])] for i, j in "
        "enumerate(perm)]",
    ),
    wrong=(
        Wrong("labels stay", _labels_stay, "mixed as the examples are"),
        Wrong("shares the other way round", _other_way, "the share of the example itself"),
        Wrong("the inverse permutation", _inverse_permutation, "example perm[i]"),
        Wrong("labels added up", _adds_up, "sum to 1"),
        Wrong("pictures cut, not mixed", _cuts, "Mix the values themselves"),
    ),
    note="The library's mixup draws a share of its own for each pair, from a beta distribution. "
    "To cut in place of mixing is a method, too, CutMix, if the labels follow the area.",
)
