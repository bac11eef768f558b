"""Exercise 8.2-e2: from the odds of being new to weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def ratio_weights(p, n_old, n_new, clip):
    """Return the weights of the old rows, with a mean of 1."""
    odds = [x / (1 - x) * n_old / n_new if x < 1 else clip for x in p]
    weights = [min(w, clip) for w in odds]
    total = sum(weights)
    return [w * len(p) / total for w in weights] if total else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for p, n_old, n_new, clip in (
        ([0.5, 0.5, 0.5], 100, 100, 10.0),  # no shift
        ([0.2, 0.5, 0.8], 100, 100, 10.0),
        ([0.2, 0.5, 0.8], 100, 100, 2.0),  # the largest is cut
        ([0.2, 0.5, 0.8], 300, 100, 3.0),  # the sizes decide what is cut
        ([0.2, 0.5, 0.8], 100, 400, 3.0),
        ([0.0, 0.5, 1.0], 100, 100, 5.0),  # infinite
        ([1.0, 1.0], 100, 100, 5.0),
        ([0.0, 0.0, 0.0], 100, 100, 5.0),  # no overlap
        ([0.0, 0.0, 0.4], 100, 100, 5.0),
        ([0.0, 1.0], 100, 50, 0.5),
        ([0.9], 10, 10, 4.0),
        ([0.5, 0.75], 100, 100, 3.0),  # exactly at the limit
    ):
        yield {"args": [p, n_old, n_new, clip]}
    for _ in range(20):
        n = int(rng.integers(2, 8))
        p = (rng.integers(0, 11, n) / 10).tolist()
        sizes = [int(s) for s in rng.choice([50, 100, 400], 2)]
        yield {"args": [p, *sizes, float(rng.choice([0.8, 2.0, 20.0]))]}


def _equal(result: object, expected: list[float] | None) -> bool:
    if expected is None or not isinstance(result, list):
        return result is None and expected is None
    return len(result) == len(expected) and all(
        same_number(r, e, tolerance=1e-6) for r, e in zip(result, expected, strict=True)
    )


def _judge(case: Case, result: object) -> Problem | None:
    p, n_old, n_new, clip = case["args"]
    expected = ratio_weights(p, n_old, n_new, clip)
    if _equal(result, expected):
        return None
    if expected is None:
        why = "No old row looks like a new one: there are no weights, return None."
    elif not isinstance(result, list) or len(result) != len(p):
        why = "Return a list with a weight for each old row."
    elif _equal(result, _upside_down(*case["args"])):
        why = "The odds of being *new* are p / (1 - p): rows that look new get large weights."
    elif _equal(result, _probabilities(*case["args"])):
        why = "The ratio of the densities is the odds p / (1 - p), not p."
    elif not same_number(sum(map(float, result)), len(p), tolerance=1e-6):
        why = "The weights must have a mean of 1."
    elif _equal(result, _sizes_swapped(*case["args"])):
        why = "The weight is p / (1 - p) * n_old / n_new: with twice the old rows, odds are half."
    elif _equal(result, _never_cut(*case["args"])) or _equal(result, _cut_last(*case["args"])):
        why = "Cut weights above clip first, and scale them to a mean of 1 after that."
    else:
        why = "The weight is p / (1 - p) * n_old / n_new, infinite for p = 1, then cut at clip."
    return Problem(expected, why)


def _scaled(weights):
    total = sum(weights)
    return [w * len(weights) / total for w in weights] if total else None


def _odds(p, top=1e12):
    return [x / (1 - x) if x < 1 else top for x in p]


def _upside_down(p, n_old, n_new, clip):
    return ratio_weights([1 - x for x in p], n_new, n_old, clip)


def _probabilities(p, n_old, n_new, clip):
    return _scaled([min(x * n_old / n_new, clip) for x in p])


def _never_cut(p, n_old, n_new, clip):
    return _scaled([w * n_old / n_new for w in _odds(p)])


def _cut_last(p, n_old, n_new, clip):
    found = _never_cut(p, n_old, n_new, clip)
    return found and [min(w, clip) for w in found]


def _not_scaled(p, n_old, n_new, clip):
    return [min(w * n_old / n_new, clip) for w in _odds(p)]


def _sizes_forgotten(p, n_old, n_new, clip):
    return ratio_weights(p, 1, 1, clip)


def _sizes_swapped(p, n_old, n_new, clip):
    return ratio_weights(p, n_new, n_old, clip)


EXERCISE = Exercise(
    id="8.2-e2",
    name="ratio_weights",
    reference=ratio_weights,
    cases=_cases,
    judge=_judge,
    hints=(
        "Three steps: odds, cut, scale. The order of the last two matters.",
        "For p = 1 the odds are infinite, and clip is what is left of them. If all weights are "
        "zero, they cannot be scaled.",
        "w = min(x / (1 - x) * n_old / n_new, clip) if x < 1 else clip; then w * len(p) / total, "
        "or None if total is 0",
    ),
    wrong=(
        Wrong("upside down", _upside_down, "odds of being *new*"),
        Wrong("probabilities", _probabilities, "not p"),
        Wrong("never cut", _never_cut, "above clip first"),
        Wrong("cut last", _cut_last, "mean of 1"),
        Wrong("not scaled", _not_scaled, "mean of 1"),
        Wrong("sizes forgotten", _sizes_forgotten, "n_old / n_new"),
        Wrong("sizes swapped", _sizes_swapped, "n_old / n_new"),
    ),
    note="The odds must be those of a row the classifier has not seen, or an overfitted one calls "
    "every old row old. The library's density_ratio_weights weighs each part by a model of the "
    "others.",
    equivalent={},
)
