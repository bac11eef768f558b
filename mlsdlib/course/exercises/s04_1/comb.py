"""Exercise 4.1-e3: a sample whose chances are in proportion to the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def systematic_pps(weights, k, start):
    """Return, sorted, the positions of k items, drawn by a comb that begins at start."""
    drawn, items, total = [], list(enumerate(weights)), sum(weights)
    while certain := [i for i, w in items if w > 0 and w * (k - len(drawn)) >= total]:
        drawn += certain
        items = [(i, w) for i, w in items if i not in certain]
        total = sum(w for _, w in items)
    places, end, tooth = k - len(drawn), 0.0, start
    for i, w in items:
        end += w * places
        if tooth * total < end:
            drawn.append(i)
            tooth += 1
    return sorted(drawn)


def _chances(weights, k):
    """The chance of each item."""
    chances, left, total = [0.0] * len(weights), k, sum(weights)
    for i in sorted(range(len(weights)), key=lambda i: -weights[i]):
        if total > 0:
            chances[i] = min(1.0, left * weights[i] / total)
        if chances[i] == 1.0:
            left -= 1
            total -= weights[i]
    return chances


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 1, 1, 1], 2, 0.3]}
    yield {"args": [[1, 1, 1, 1], 2, 0.7]}
    yield {"args": [[1, 3, 2, 2], 2, 0.2]}
    yield {"args": [[1, 1, 2], 1, 0.25]}  # a tooth where the second item begins
    yield {"args": [[1, 1, 2], 1, 0.0]}
    yield {"args": [[0, 4, 0, 4, 0], 1, 0.0]}  # nobody draws a weight of zero
    yield {"args": [[5, 0, 5], 1, 0.5]}
    yield {"args": [[8, 1, 1, 1, 1], 2, 0.6]}  # 2 * 8 / 12 is more than one
    yield {"args": [[1, 8, 1, 1, 1], 2, 0.1]}
    yield {"args": [[2, 1, 1], 2, 0.9]}  # 2 * 2 / 4 is just one
    yield {"args": [[20, 5, 1, 1, 1, 1], 3, 0.4]}  # without the first, the second is certain too
    yield {"args": [[1, 1, 5, 1, 20, 1], 3, 0.8]}
    yield {"args": [[0.5, 0.125, 0.125, 0.25], 3, 0.7]}
    yield {"args": [[3, 0, 2, 7], 3, 0.35]}  # all that have a weight
    yield {"args": [[3, 2, 7], 0, 0.5]}
    yield {"args": [[4], 1, 0.99]}
    yield {"args": [[0, 16, 8, 8], 2, 0.5]}
    for _ in range(25):
        n = int(rng.integers(3, 9))
        weights = rng.choice([0, 1, 2, 3, 5, 13], n, p=[0.15, 0.3, 0.2, 0.15, 0.1, 0.1]).tolist()
        weights[0] = 1
        k = int(rng.integers(1, sum(w > 0 for w in weights) + 1))
        # Teeth never meet an end: those lie at fractions with denominators below 120.
        yield {"args": [weights, k, int(rng.integers(0, 97)) / 97 + 1e-4]}


def _judge(case: Case, result: object) -> Problem | None:
    weights, k, start = case["args"]
    expected = systematic_pps(weights, k, start)
    if not isinstance(result, list) or not all(
        isinstance(i, (int, np.integer)) and i in range(len(weights)) for i in result
    ):
        return Problem(expected, "Return a list of positions.")
    if result == expected:
        return None
    chances = _chances(weights, k)
    if any(weights[i] == 0 for i in result):
        why = "An item of weight 0 has no length: no tooth can hit it."
    elif any(chance == 1 and i not in result for i, chance in enumerate(chances)):
        why = (
            "An item whose chance k * w / sum would be 1 or more is certain. Take it, and share "
            "the other places among the rest, which may make another one certain."
        )
    elif len(set(result)) != len(result):
        why = (
            "No item is drawn twice. One as long as the distance of two teeth is certain; the "
            "other places are shared among the rest, which may make another one certain."
        )
    elif len(result) != k:
        why = f"The chances sum to k, so the comb has k teeth: exactly {k} items are drawn."
    elif sorted(result) == expected:
        why = "Sorted, please."
    else:
        why = (
            "The teeth stand at start, start + 1, and so on. Lay the items side by side, each as "
            "long as its chance; a stretch holds its beginning and not its end."
        )
        if 1.0 in chances:
            why = "Take out first what is certain, with a chance of 1 or more. " + why
    return Problem(expected, why)


def _no_certain_items(weights, k, start):
    total, end, tooth, drawn = sum(weights), 0.0, start, []
    for i, w in enumerate(weights):
        end += k * w
        while tooth * total < end and tooth < start + k:
            drawn.append(i)
            tooth += 1
    return drawn


def _certain_once(weights, k, start):
    """Take the certain ones out, and look no further."""
    total = sum(weights)
    drawn = [i for i, w in enumerate(weights) if w > 0 and k * w >= total]
    rest = [0 if i in drawn else w for i, w in enumerate(weights)]
    if len(drawn) >= k or not sum(rest):
        return drawn
    return sorted([*drawn, *_no_certain_items(rest, k - len(drawn), start)])


def _heaviest(weights, k, start):
    return sorted(sorted(range(len(weights)), key=lambda i: -weights[i])[:k])


def _equal_chances(weights, k, start):
    return systematic_pps([1] * len(weights), k, start)


def _end_included(weights, k, start):
    return systematic_pps(weights, k, max(start - 1e-9, 0))


def _one_tooth_only(weights, k, start):
    return systematic_pps(weights, k, start)[:1]


EXERCISE = Exercise(
    id="4.1-e3",
    name="systematic_pps",
    reference=systematic_pps,
    cases=_cases,
    judge=_judge,
    hints=(
        "First find the items that are certain, again and again until there is none. Then walk "
        "along the others, and count how long the line is so far.",
        "Certain: w > 0 and w * places >= total, for the places and the total that are left. "
        "On the walk, an item is drawn if the next tooth lies before its end.",
        "end += places * w / total; if tooth < end: drawn.append(i); tooth += 1",
    ),
    wrong=(
        Wrong("no item is certain", _no_certain_items, "is certain"),
        Wrong("certain items looked for once", _certain_once, "make another one certain"),
        Wrong("the heaviest", _heaviest, "Lay the items side by side"),
        Wrong("equal chances", _equal_chances, "Lay the items side by side"),
        Wrong("a stretch holds its end", _end_included, "holds its beginning"),
        Wrong("one item only", _one_tooth_only, "exactly"),
    ),
    equivalent={
        "systematic_pps: `w * (k - len(drawn)) >= total` -> `w * (k - len(drawn)) > total`": "on "
        "an item of just the length 1 there is always one tooth",
    },
    note="It adds up w * places and compares with tooth * total: whole numbers stay exact. The "
    "library's function draws the start, and works on arrays.",
)
