"""Exercise 8.2-e7: the population stability index from counts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def psi(ref, cur, smoothing):
    """Return the population stability index of two lists of counts."""
    used = [(a + smoothing, b + smoothing) for a, b in zip(ref, cur, strict=True) if a + b > 0]
    n, m = (sum(column) for column in zip(*used, strict=True))
    return sum((b / m - a / n) * math.log((b / m) / (a / n)) for a, b in used)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for ref, cur, smoothing in (
        ([50, 50], [50, 50], 0.5),
        ([50_000, 50_000], [40_000, 60_000], 0.5),
        ([50, 50], [5, 5], 0.5),  # equal shares, unequal sizes
        ([500, 500], [400, 600], 0.5),
        ([50, 50], [60, 40], 0.5),
        ([50, 50, 10], [60, 50, 0], 0.5),  # empty now
        ([50, 50, 0], [50, 40, 10], 0.5),  # empty before
        ([50, 50, 0], [40, 60, 0], 0.5),  # empty in both: left out
        ([50, 50, 0], [40, 60, 0], 5.0),
        ([10, 0], [0, 10], 1.0),
        ([1, 2, 3], [3, 2, 1], 0.1),
        ([5, 1, 4], [5, 0, 6], 0.5),  # one row in a bin
    ):
        yield {"args": [ref, cur, smoothing]}
    for _ in range(20):
        k = int(rng.integers(2, 6))
        ref = rng.multinomial(int(rng.choice([50, 500])), rng.dirichlet(np.ones(k)))
        cur = rng.multinomial(int(rng.choice([50, 500])), rng.dirichlet(np.ones(k)))
        if ((ref + cur) > 0).sum() > 1:
            yield {"args": [ref.tolist(), cur.tolist(), float(rng.choice([0.5, 1.0]))]}


def _judge(case: Case, result: object) -> Problem | None:
    ref, cur, smoothing = case["args"]
    expected = psi(ref, cur, smoothing)
    if same_number(result, expected, tolerance=1e-6):
        return None
    if isinstance(result, (bool, str)) or not isinstance(result, (int, float, np.number)):
        why = "Return a number."
    elif 0 in (*ref, *cur) and (not math.isfinite(result) or result > 50):
        why = "An empty bin makes the logarithm infinite: add the smoothing to every count."
    elif same_number(result, _both_empty_kept(ref, cur, smoothing), tolerance=1e-6):
        why = "Leave out bins that are empty in both before you smooth."
    elif same_number(result, _not_smoothed(ref, cur, smoothing), tolerance=1e-6):
        why = "Add the smoothing to every count, whether a bin is empty or not."
    elif same_number(result, _shares_do_not_sum(ref, cur, smoothing), tolerance=1e-6):
        why = "After smoothing the counts sum to more: divide by the smoothed sum."
    elif same_number(result, _half(ref, cur, smoothing), tolerance=1e-6):
        why = "The index is (q - p) log(q / p), summed: both directions, not q log(q / p) alone."
    elif same_number(result, expected / math.log(10), tolerance=1e-6):
        why = "Take the natural logarithm."
    else:
        why = "With p and q the smoothed shares: sum of (q - p) * log(q / p)."
    return Problem(expected, why)


def _index(ref, cur, *, add=0.0, sums=None, term=lambda p, q: (q - p) * math.log(q / p)):
    pairs = [(a + add, b + add) for a, b in zip(ref, cur, strict=True)]
    n, m = sums or (sum(a for a, _ in pairs), sum(b for _, b in pairs))
    return sum(term(a / n, b / m) for a, b in pairs)


def _used(ref, cur):
    return tuple(zip(*[(a, b) for a, b in zip(ref, cur, strict=True) if a + b > 0], strict=True))


def _tiny_in_place_of_zero(ref, cur, smoothing):
    return _index(*[[max(v, 1e-300) for v in x] for x in (ref, cur)])


def _not_smoothed(ref, cur, smoothing):
    if 0 in (*ref, *cur):
        return _index(*[[v or smoothing for v in x] for x in _used(ref, cur)])
    return _index(ref, cur)


def _both_empty_kept(ref, cur, smoothing):
    return _index(ref, cur, add=smoothing)


def _shares_do_not_sum(ref, cur, smoothing):
    ref, cur = _used(ref, cur)
    return _index(ref, cur, add=smoothing, sums=(sum(ref), sum(cur)))


def _half(ref, cur, smoothing):
    return _index(*_used(ref, cur), add=smoothing, term=lambda p, q: q * math.log(q / p))


def _of_counts(ref, cur, smoothing):
    return _index(*_used(ref, cur), add=smoothing, sums=(1, 1))


def _base_ten(ref, cur, smoothing):
    return psi(ref, cur, smoothing) / math.log(10)


EXERCISE = Exercise(
    id="8.2-e7",
    name="psi",
    reference=psi,
    cases=_cases,
    judge=_judge,
    hints=(
        "Counts to shares first, both lists by their own sum. Then one term a bin.",
        "Leave out bins that are empty in both, add the smoothing to each count that is left, and "
        "divide by the new sums.",
        "sum((q - p) * math.log(q / p)) with p = (a + smoothing) / n and q = (b + smoothing) / m",
    ),
    wrong=(
        Wrong("a tiny number for zero", _tiny_in_place_of_zero, "every count"),
        Wrong("only empty bins smoothed", _not_smoothed, "whether a bin is empty or not"),
        Wrong("both empty kept", _both_empty_kept, "empty in both"),
        Wrong("old sums", _shares_do_not_sum, "smoothed sum"),
        Wrong("one direction", _half, "both directions"),
        Wrong("counts", _of_counts, "smoothed shares"),
        Wrong("base ten", _base_ten, "natural logarithm"),
    ),
    note="The number says nothing without its null distribution: multiply a chi-square with one "
    "degree of freedom less than bins by 1/n + 1/m. The library's psi does, and gives a limit.",
    equivalent={
        "psi: `zip(ref, cur, strict=True)` -> `zip(ref, cur)`": "both are equally long",
        "psi: `zip(*used, strict=True)` -> `zip(*used)`": "both are equally long",
        "psi: `strict=True` -> `strict=False`": "both are equally long",
        "psi: `strict=True` -> `strict=False` #2": "both are equally long",
        "psi: `b / m` -> `b` #2": "a constant in the logarithm drops out of the sum",
        "psi: `a / n` -> `a` #2": "a constant in the logarithm drops out of the sum",
    },
)
