"""Exercise 4.2-e1: plant errors with a known structure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def flip(labels, transition, draws):
    """Return the labels with errors: label i becomes j with probability transition[i][j]."""
    flipped = []
    for label, draw in zip(labels, draws, strict=True):
        new = 0
        step = transition[label][0]
        while draw >= step:
            new += 1
            step += transition[label][new]
        flipped.append(new)
    return flipped


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    mixed = [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.0, 0.5, 0.5]]
    yield {"args": [[0, 1, 2, 1], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0.0, 0.5, 0.25, 0.875]]}
    yield {"args": [[0, 1, 2], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], [0.0, 0.5, 0.875]]}
    yield {"args": [[0, 0, 0], mixed, [0.125, 0.625, 0.875]]}
    yield {"args": [[1, 1, 1], mixed, [0.0625, 0.5, 0.9375]]}
    yield {"args": [[0, 0], mixed, [0.5, 0.75]]}  # just at a step: the next class
    yield {"args": [[2, 2], mixed, [0.0, 0.5]]}  # class 0 has no chance, not even at 0
    yield {"args": [[2, 0, 2], mixed, [0.25, 0.25, 0.75]]}  # class 1 does not occur
    yield {"args": [[1, 0], [[0.75, 0.25], [0.5, 0.5]], [0.25, 0.75]]}
    yield {"args": [[0], [[1.0]], [0.5]]}
    yield {"args": [[], mixed, []]}
    for _ in range(20):
        k, n = int(rng.integers(2, 5)), int(rng.integers(2, 6))
        # Sixteenths add up without rounding.
        table = [(rng.multinomial(16, [1 / k] * k) / 16).tolist() for _ in range(k)]
        draws = (rng.integers(0, 64, n) / 64).tolist()
        yield {"args": [rng.integers(0, k, n).tolist(), table, draws]}


def _judge(case: Case, result: object) -> Problem | None:
    labels, transition, draws = case["args"]
    expected = flip(labels, transition, draws)
    if not isinstance(result, list) or len(result) != len(labels):
        return Problem(expected, "Return a list with one label for each label.")
    wrong = [i for i, pair in enumerate(zip(result, expected, strict=True)) if pair[0] != pair[1]]
    if not wrong:
        return None
    i = wrong[0]
    row = transition[labels[i]]
    steps = np.cumsum(row).tolist()
    if result[i] in range(len(row)) and row[result[i]] == 0:
        why = (
            "A class with probability 0 must not come out: mind the row, and the side of each step."
        )
    elif draws[i] in steps:
        why = (
            "A draw that equals a step lies beyond it: a class holds from its step up to the next."
        )
    else:
        why = (
            "Row transition[label] says what the label becomes: class 0 for draws below its "
            "probability, class 1 for those below the first two together, and so on."
        )
    return Problem(expected, why)


def _by_column(labels, transition, draws):
    steps = np.cumsum(transition, axis=0)
    return [int((draw >= steps[:, label]).sum()) for label, draw in zip(labels, draws, strict=True)]


def _closed_steps(labels, transition, draws):
    result = []
    for label, draw in zip(labels, draws, strict=True):
        steps = np.cumsum(transition[label])
        result.append(int((draw > steps).sum()))
    return result


def _another_class_by_rate(labels, transition, draws):
    """Keep or move on to the next class: the structure is lost."""
    k = len(transition)
    return [label if draw < transition[label][label] else (label + 1) % k
            for label, draw in zip(labels, draws, strict=True)]  # fmt: skip


def _not_added_up(labels, transition, draws):
    result = []
    for label, draw in zip(labels, draws, strict=True):
        below = [j for j, p in enumerate(transition[label]) if draw < p]
        result.append(below[0] if below else len(transition) - 1)
    return result


def _most_probable(labels, transition, draws):
    return [max(range(len(transition)), key=transition[label].__getitem__) for label in labels]


EXERCISE = Exercise(
    id="4.2-e1",
    name="flip",
    reference=flip,
    cases=_cases,
    judge=_judge,
    hints=(
        "The row of a label cuts the stretch from 0 to 1 into pieces, one for each class. In which "
        "piece does the draw lie?",
        "Add up the probabilities of the row from the left until the sum exceeds the draw.",
        "new, step = 0, row[0]; while draw >= step: new += 1; step += row[new]",
    ),
    wrong=(
        Wrong("columns for rows", _by_column, "mind the row"),
        Wrong("steps on the wrong side", _closed_steps, "side of each step"),
        Wrong("the next class", _another_class_by_rate, "Row transition[label]"),
        Wrong("probabilities not added up", _not_added_up, "Row transition[label]"),
        Wrong("no chance at all", _most_probable, "Row transition[label]"),
    ),
    equivalent={
        "flip: `zip(labels, draws, strict=True)` -> `zip(labels, draws)`": "both are equally long",
        "flip: `strict=True` -> `strict=False`": "both are equally long",
    },
    note="The library's flip_labels does so for all labels at once, and draws the numbers itself. "
    "With probabilities that add up to a little less than 1 by rounding, a loop may run off the "
    "row; the library scales the last step to 1.",
)
