"""Exercise 7.2-e4: which weights stay."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong
from mlsdlib.course.exercises.s07_2._results import plain

__all__ = ["EXERCISE"]


def magnitude_mask(W, s, per_layer):
    """Return which weights stay if the share s is pruned."""
    if per_layer:
        return [magnitude_mask([layer], s, False)[0] for layer in W]
    sizes = [abs(w) for layer in W for w in layer]
    order = sorted(range(len(sizes)), key=lambda i: sizes[i])
    gone = set(order[: round(s * len(sizes))])
    masks, first = [], 0
    for layer in W:
        masks.append([int(first + i not in gone) for i in range(len(layer))])
        first += len(layer)
    return masks


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[0.5, -3.0, 1.0, -0.2]], 0.5, False]}
    yield {"args": [[[1.0, 2.0], [0.1, 9.0]], 0.5, False]}  # together
    yield {"args": [[[1.0, 2.0], [10.0, 9.0]], 0.5, True]}  # each by itself
    yield {"args": [[[1.0, 2.0], [10.0, 9.0]], 0.5, False]}
    yield {"args": [[[0.5, 0.5, -0.5, 0.5]], 0.25, False]}  # ties
    yield {"args": [[[2.0, 1.0], [1.0, 1.0]], 0.5, False]}  # ties across layers
    yield {"args": [[[1.0, -2.0, 0.0]], 0.0, False]}  # nothing goes
    yield {"args": [[[1.0, -2.0, 0.0]], 1.0, False]}  # all goes
    yield {"args": [[[0.0, 0.0, 3.0], [4.0]], 0.25, False]}
    yield {"args": [[[1.0, 2.0, 3.0]], 0.5, False]}  # 1.5 weights, rounded
    yield {"args": [[[1.0, 2.0, 3.0, 4.0, 5.0], [5.0]], 0.3, True]}
    for _ in range(15):
        W = [rng.integers(-4, 5, int(rng.integers(1, 6))).tolist() for _ in range(2)]
        yield {"args": [W, float(rng.choice([0.2, 0.5, 0.75, 0.9])), bool(rng.random() < 0.5)]}


def _judge(case: Case, result: object) -> Problem | None:
    result = plain(result)
    W, s, per_layer = case["args"]
    expected = magnitude_mask(W, s, per_layer)
    if result == expected:
        return None
    shape = [len(layer) for layer in W]
    if (
        not isinstance(result, list)
        or [len(layer) if isinstance(layer, list) else None for layer in result] != shape
    ):
        return Problem(expected, "Return a list of lists as long as those of W.")
    flat = [v for layer in result for v in layer]
    if not all(v in (0, 1) for v in flat):
        return Problem(expected, "A mask holds 1 for what stays and 0 for what goes.")
    if flat == [1 - v for layer in expected for v in layer]:
        return Problem(expected, "Turned round: 1 is for what stays, 0 for what goes.")
    if [sum(layer) for layer in result] != [sum(layer) for layer in expected]:
        if sum(flat) != sum(map(sum, expected)):
            why = (
                "Count what must go: round(s * n), of each layer if per_layer, else of all. "
                "Exactly so many go, ties or not."
            )
        elif per_layer:
            why = "With per_layer each layer loses its own share."
        else:
            why = "Rank the weights of all layers together: a layer of small weights loses more."
        return Problem(expected, why)
    sizes = [abs(w) for layer in W for w in layer]
    gone = sorted(size for size, stays in zip(sizes, flat, strict=True) if not stays)
    right = [v for layer in expected for v in layer]
    if gone == sorted(size for size, stays in zip(sizes, right, strict=True) if not stays):
        why = "Of equal sizes, those that stand first go."
    else:
        why = "The smallest sizes go: the sign of a weight does not matter."
    return Problem(expected, why)


def _by_threshold(W, s, per_layer):
    if per_layer:
        return [_by_threshold([layer], s, False)[0] for layer in W]
    sizes = sorted(abs(w) for layer in W for w in layer)
    k = round(s * len(sizes))
    limit = sizes[k - 1] if k else -1
    return [[int(abs(w) > limit) for w in layer] for layer in W]


def _signed(W, s, per_layer):
    lowest = min(w for layer in W for w in layer)
    return magnitude_mask([[w - lowest for w in layer] for layer in W], s, per_layer)


def _always_per_layer(W, s, per_layer):
    return magnitude_mask(W, s, True)


def _always_global(W, s, per_layer):
    return magnitude_mask(W, s, False)


def _turned(W, s, per_layer):
    return [[1 - v for v in layer] for layer in magnitude_mask(W, s, per_layer)]


def _last_ties_go(W, s, per_layer):
    turned = magnitude_mask([layer[::-1] for layer in W[::-1]], s, per_layer)
    return [layer[::-1] for layer in turned[::-1]]


def _rounded_down(W, s, per_layer):
    n = sum(map(len, W))
    if per_layer:
        return [_rounded_down([layer], s, False)[0] for layer in W]
    return magnitude_mask(W, int(s * n) / n, False)


EXERCISE = Exercise(
    id="7.2-e4",
    name="magnitude_mask",
    reference=magnitude_mask,
    cases=_cases,
    judge=_judge,
    hints=(
        "Rank the weights by size. How many go, and of which list?",
        "Sort positions by abs(w): Python's sort keeps equal ones in order. The first "
        "round(s * n) positions go. Per layer, do the same for each layer alone.",
        "order = sorted(range(n), key=lambda i: abs(flat[i])); gone = set(order[:round(s * n)]); "
        "then cut the mask [i not in gone] into the layers again",
    ),
    wrong=(
        Wrong("by a threshold, all ties go", _by_threshold, "ties or not"),
        Wrong("the sign counts", _signed, "sign of a weight does not matter"),
        Wrong("always per layer", _always_per_layer, "all layers together"),
        Wrong("never per layer", _always_global, "loses its own share"),
        Wrong("turned", _turned, "Turned round"),
        Wrong("the last of ties go", _last_ties_go, "those that stand first"),
        Wrong("rounded down", _rounded_down, "round(s * n)"),
    ),
    equivalent={
        "magnitude_mask: `magnitude_mask([layer], s, False)[0]` -> "
        "`magnitude_mask([layer], s, False)[-1]`": "there is one mask for one layer",
    },
    note="Size is a crude measure of use. Better ones ask how the loss would change, and need the "
    "data for it.",
)
