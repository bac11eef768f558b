"""Exercise 8.1-e4: a click-through rate without the position."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def ipw_ctr(clicks, pos, theta, clip):
    """Return the mean of the clicks, each divided by the chance that its place was looked at."""
    if not clicks:
        return None
    weighted = [c / max(theta[p - 1], clip) for c, p in zip(clicks, pos, strict=True)]
    return sum(weighted) / len(weighted)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    steep = [1.0, 0.5, 0.25, 0.0]
    yield {"args": [[1, 0, 1, 0], [1, 1, 1, 1], steep, 0.1]}
    yield {"args": [[1, 0, 1, 0], [2, 2, 2, 2], steep, 0.1]}
    yield {"args": [[1, 0, 0, 1], [1, 2, 3, 3], steep, 0.1]}
    yield {"args": [[0, 0, 1], [1, 2, 4], steep, 0.2]}  # never looked at, and clicked all the same
    yield {"args": [[1, 1], [3, 3], steep, 0.5]}  # the clip is above theta
    yield {"args": [[1, 1], [1, 2], steep, 0.5]}
    yield {"args": [[0, 0, 0], [1, 2, 4], steep, 0.1]}  # unclicked
    yield {"args": [[], [], steep, 0.1]}  # unseen
    yield {"args": [[1], [2], [0.8, 0.4], 0.1]}
    for _ in range(20):
        n = int(rng.integers(1, 12))
        theta = np.sort(rng.integers(0, 11, 5))[::-1] / 10
        pos = rng.integers(1, 6, n)
        clicks = (rng.random(n) < 0.5).astype(int)
        yield {
            "args": [clicks.tolist(), pos.tolist(), theta.tolist(), float(rng.choice([0.1, 0.3]))]
        }


def _judge(case: Case, result: object) -> Problem | None:
    clicks, pos, theta, clip = case["args"]
    expected = ipw_ctr(*case["args"])
    if expected is None:
        if result is None:
            return None
        return Problem(expected, "An item that was never shown has no rate: the answer is None.")
    if same_number(result, expected):
        return None
    clipped = any(c and theta[p - 1] < clip for c, p in zip(clicks, pos, strict=True))
    if clipped:
        why = "A theta below clip is replaced by clip: no click counts for more than 1 / clip."
    elif set(pos) == {1} and theta[0] == 1:
        why = "At the first position a click counts for one: this is the click-through rate."
    else:
        why = (
            "Each click counts for 1 / theta of its own position, counted from 1; divide the sum "
            "by how often the item was shown, clicked or not."
        )
    return Problem(expected, why)


def _raw(clicks, pos, theta, clip):
    return sum(clicks) / len(clicks) if clicks else None


def _counted_from_zero(clicks, pos, theta, clip):
    return ipw_ctr(clicks, [min(p + 1, len(theta)) for p in pos], theta, clip)


def _not_clipped(clicks, pos, theta, clip):
    return ipw_ctr(clicks, pos, theta, 1e-12)


def _left_out(clicks, pos, theta, clip):
    kept = [(c, p) for c, p in zip(clicks, pos, strict=True) if theta[p - 1] >= clip]
    return ipw_ctr([c for c, _ in kept], [p for _, p in kept], theta, clip)


def _per_click(clicks, pos, theta, clip):
    rate = ipw_ctr(clicks, pos, theta, clip)
    return rate * len(clicks) / sum(clicks) if rate else rate


def _multiplied(clicks, pos, theta, clip):
    if not clicks:
        return None
    return sum(c * theta[p - 1] for c, p in zip(clicks, pos, strict=True)) / len(clicks)


def _unseen_is_zero(clicks, pos, theta, clip):
    return ipw_ctr(clicks, pos, theta, clip) or 0.0


EXERCISE = Exercise(
    id="8.1-e4",
    name="ipw_ctr",
    reference=ipw_ctr,
    cases=_cases,
    judge=_judge,
    hints=(
        "A click at a place that one person in four looks at stands for four clicks.",
        "The weight of a click is 1 / max(theta[p - 1], clip). Shows without a click add nothing "
        "to the sum, and count in the number of shows.",
        "sum(c / max(theta[p - 1], clip) for c, p in zip(clicks, pos)) / len(clicks), and None "
        "without shows",
    ),
    wrong=(
        Wrong("the raw rate", _raw, "1 / theta of its own position"),
        Wrong("positions from zero", _counted_from_zero, "counts for one"),
        Wrong("not clipped", _not_clipped, "replaced by clip"),
        Wrong("rare positions left out", _left_out, "replaced by clip"),
        Wrong("divided by the clicks", _per_click, "counts for one"),
        Wrong("multiplied", _multiplied, "1 / theta of its own position"),
        Wrong("unseen is zero", _unseen_is_zero, "has no rate"),
    ),
    equivalent={
        "ipw_ctr: `zip(clicks, pos, strict=True)` -> `zip(clicks, pos)`": "both are equally long",
        "ipw_ctr: `strict=True` -> `strict=False`": "both are equally long",
    },
    note="Without the clip the estimate is right on average and jumps; with it, it is steadier and "
    "too low for items at the bottom. Clicks over the sum of theta, debiased_ctr, jumps less.",
)
