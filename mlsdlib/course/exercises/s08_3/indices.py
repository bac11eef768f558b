"""Exercise 8.3-e2: which PSI does chance alone exceed?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import chi2

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]

_TOLERANCE = 0.05


def psi_threshold(n, m, k, alpha):
    """Return the PSI that is exceeded with probability alpha if nothing has changed."""
    return float((1 / n + 1 / m) * chi2.isf(alpha, k - 1))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for n, m, k, alpha in (
        (1_000, 1_000, 10, 0.05),
        (200, 200, 10, 0.05),
        (1_000, 200, 10, 0.05),
        (100_000, 500, 5, 0.05),
        (500, 100_000, 5, 0.05),
        (2_000, 2_000, 2, 0.05),  # one degree of freedom
        (1_000, 1_000, 3, 0.01),
        (1_000, 1_000, 10, 0.5),
    ):
        yield {"args": [n, m, k, alpha]}
    for _ in range(6):
        n, m = (int(v) for v in rng.choice([500, 800, 2_000, 10_000], 2))
        yield {"args": [n, m, int(rng.integers(2, 12)), float(rng.choice([0.05, 0.1, 0.2]))]}


def _judge(case: Case, result: object) -> Problem | None:
    n, m, k, alpha = case["args"]
    expected = psi_threshold(n, m, k, alpha)
    if isinstance(result, bool) or not isinstance(result, (int, float)):
        return Problem(expected, "Return a number.")
    if abs(result / expected - 1) <= _TOLERANCE:
        return None
    scale = 1 / n + 1 / m
    if same_number(result, scale * (k - 1), tolerance=1e-6):
        why = "That is the mean without a change, which nearly half of the quiet days exceed."
    elif same_number(result, scale * chi2.isf(alpha, k), tolerance=1e-6):
        why = "k shares that add up to 1 have k - 1 degrees of freedom."
    elif same_number(result, scale * chi2.ppf(alpha, k - 1), tolerance=1e-6):
        why = "alpha is the probability to be above, not below."
    elif any(
        same_number(result, s * chi2.isf(alpha, k - 1), tolerance=0.02) for s in (1 / n, 1 / m)
    ):
        why = "Both samples vary by chance: each adds its part, 1/n + 1/m."
    else:
        why = (
            "Without a change, the PSI is (1/n + 1/m) times a chi-square number with k - 1 degrees "
            "of freedom; the limit falls as the rows grow."
        )
    return Problem(expected, why)


def _folklore(n, m, k, alpha):
    return 0.1


def _mean(n, m, k, alpha):
    return (k - 1) * (1 / n + 1 / m)


def _k_degrees(n, m, k, alpha):
    return (1 / n + 1 / m) * float(chi2.isf(alpha, k))


def _lower_tail(n, m, k, alpha):
    return (1 / n + 1 / m) * float(chi2.ppf(alpha, k - 1))


def _one_sample(n, m, k, alpha):
    return float(chi2.isf(alpha, k - 1)) / m


EXERCISE = Exercise(
    id="8.3-e2",
    name="psi_threshold",
    reference=psi_threshold,
    cases=_cases,
    judge=_judge,
    hints=(
        "What does the index do if nothing has changed? It is a chi-square statistic, up to a "
        "factor.",
        "The factor is 1/n + 1/m, and there are k - 1 degrees of freedom. scipy.stats.chi2.isf "
        "gives what is exceeded with a probability.",
        "from scipy.stats import chi2; return float((1 / n + 1 / m) * chi2.isf(alpha, k - 1))",
    ),
    wrong=(
        Wrong("the handbooks' limit", _folklore, "the limit falls as the rows grow"),
        Wrong("the mean", _mean, "the mean without a change"),
        Wrong("k degrees of freedom", _k_degrees, "k - 1 degrees of freedom"),
        Wrong("the lower tail", _lower_tail, "above, not below"),
        Wrong("one sample only", _one_sample, "1/n + 1/m"),
    ),
    note="It is an approximation to second order: with fewer than five rows a bin, draw samples "
    "and count instead. And it takes the rows of a day to be independent of each other.",
)
