"""Exercise 4.1-e2: how many rows from each stratum?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong

__all__ = ["EXERCISE"]


def neyman(sizes, sds, n):
    """Return how many of n rows to draw from each stratum, for the smallest variance."""
    counts = [1] * len(sizes)
    for _ in range(n - len(sizes)):
        gains = [
            (sizes[h] * sds[h]) ** 2 / (m * (m + 1)) if m < sizes[h] else -1
            for h, m in enumerate(counts)
        ]
        counts[gains.index(max(gains))] += 1
    return counts


def _variance(sizes, sds, counts):
    """The variance of the estimated total, but for a constant."""
    return sum((n * s) ** 2 / m for n, s, m in zip(sizes, sds, counts, strict=True))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[400, 100], [1.0, 4.0], 10]}
    yield {"args": [[300, 300, 300], [2.0, 2.0, 2.0], 9]}
    yield {"args": [[500, 500], [1.0, 9.0], 20]}
    yield {"args": [[400, 100], [0.0, 4.0], 10]}  # no spread: one row will do
    yield {"args": [[400, 4], [1.0, 500.0], 10]}  # the second has no more than four
    yield {"args": [[90, 8, 5], [1.0, 80.0, 90.0], 12]}
    yield {"args": [[6, 5, 4], [1.0, 2.0, 3.0], 15]}  # all there are
    yield {"args": [[50, 5], [0.0, 3.0], 20]}  # no spread, and nowhere else to go
    yield {"args": [[50, 60, 70], [5.0, 1.0, 2.0], 3]}
    yield {"args": [[30, 20], [0.0, 0.0], 7]}
    yield {"args": [[3, 30], [0.0, 0.0], 20]}
    yield {"args": [[1000, 1000, 1000], [1.0, 1.2, 1.4], 11]}  # rounding decides
    yield {"args": [[80], [3.0], 8]}
    for _ in range(25):
        h = int(rng.integers(2, 6))
        sizes = rng.integers(2, 60, h).tolist()
        sds = rng.choice([0.0, 0.5, 1.0, 2.5, 7.0], h).tolist()
        yield {"args": [sizes, sds, int(rng.integers(h, min(40, sum(sizes)) + 1))]}


def _judge(case: Case, result: object) -> Problem | None:
    sizes, sds, n = case["args"]
    expected = neyman(sizes, sds, n)
    if not isinstance(result, list) or len(result) != len(sizes):
        return Problem(expected, "Return a list with one number for each stratum.")
    if not all(isinstance(m, (int, np.integer)) and not isinstance(m, bool) for m in result):
        return Problem(expected, "A row is drawn or not: the numbers must be whole.")
    if any(m < 1 for m in result):
        why = (
            "Each stratum needs at least one row, one without spread too: else nothing is known "
            "about its mean."
        )
    elif any(m > size for m, size in zip(result, sizes, strict=True)):
        why = "No stratum can give more rows than it has: what it cannot take goes to the others."
    elif sum(result) != n:
        why = f"The numbers must sum to n = {n} exactly, also after rounding."
    elif _variance(sizes, sds, result) > _variance(sizes, sds, expected) * (1 + 1e-9):
        why = (
            "The next row belongs where it lowers the sum of (N * S)^2 / m most: to a stratum "
            "that is large, and spreads, and has few so far."
        )
    else:
        return None
    others = Words(f"{expected}, or another as good")
    return Problem(others, why)


def _proportional(sizes, sds, n):
    return neyman(sizes, [1.0] * len(sizes), n)


def _by_spread_only(sizes, sds, n):
    return neyman(sizes, [sd / size for size, sd in zip(sizes, sds, strict=True)], n)


def _rounded(sizes, sds, n):
    total = sum(size * sd for size, sd in zip(sizes, sds, strict=True)) or 1
    return [
        min(size, max(1, round(n * size * sd / total))) for size, sd in zip(sizes, sds, strict=True)
    ]


def _no_cap(sizes, sds, n):
    return neyman([size * 100 for size in sizes], sds, n)


def _nothing_without_spread(sizes, sds, n):
    counts = neyman(sizes, sds, n)
    return [m if sd else 0 for m, sd in zip(counts, sds, strict=True)]


def _fractions(sizes, sds, n):
    total = sum(size * sd for size, sd in zip(sizes, sds, strict=True)) or 1
    return [n * size * sd / total for size, sd in zip(sizes, sds, strict=True)]


EXERCISE = Exercise(
    id="4.1-e2",
    name="neyman",
    reference=neyman,
    cases=_cases,
    judge=_judge,
    hints=(
        "Begin with one row for each stratum, and ask of every further row where it helps most.",
        "With m rows a stratum adds (N * S)^2 / m to the variance. One row more lowers that by "
        "(N * S)^2 / (m * (m + 1)). Leave out strata that have no row left.",
        "counts = [1] * len(sizes); n - len(sizes) times: gains = [(N * S) ** 2 / (m * (m + 1)) "
        "if m < N else -1 for ...]; counts[gains.index(max(gains))] += 1",
    ),
    wrong=(
        Wrong("in proportion to size", _proportional, "lowers the sum"),
        Wrong("by spread alone", _by_spread_only, "lowers the sum"),
        Wrong("rounded", _rounded, "sum to n"),
        Wrong("more than there are", _no_cap, "more rows than it has"),
        Wrong("nothing without spread", _nothing_without_spread, "at least one row"),
        Wrong("fractions of rows", _fractions, "must be whole"),
    ),
    equivalent={"neyman: `-1` -> `-2`": "both are below every gain"},
    note="The spreads must be known beforehand, from last month or a small first sample. And the "
    "best numbers for one quantity are not the best for another.",
)
