"""Exercise 9.1-e5: may the challenger take over?"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean, stdev

import numpy as np
from scipy.stats import norm, t

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def promote(gains, margin, alpha):
    """Return whether the challenger takes over."""
    n = len(gains)
    if n < 2:
        return False
    return bool(mean(gains) - t.ppf(1 - alpha, n - 1) * stdev(gains) / n**0.5 > -margin)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for gains, margin, alpha in (
        ([0.5, 0.4, 0.6, 0.5], 0.0, 0.05),  # surely better
        ([0.5, -0.4, 0.6, -0.5], 0.0, 0.05),  # better on average, by chance
        ([-0.01, 0.0, 0.01, 0.0], 0.05, 0.05),  # as good
        ([-0.5, -0.4, -0.6, -0.5], 0.05, 0.05),  # worse
        ([-0.03, -0.02, -0.04, -0.03], 0.05, 0.05),  # surely worse, and by less than the margin
        ([1.0], 0.0, 0.05),  # one unit
        ([], 0.0, 0.05),
        ([0.2, 0.2, 0.2], 0.0, 0.05),  # no spread
        ([0.0, 0.0, 0.0], 0.0, 0.05),  # the same model
        ([0.0, 0.0], 0.01, 0.05),
        ([0.1, 0.3], 0.0, 0.05),  # two units, and a long tail
        ([0.1, 0.3], 0.0, 0.2),
        ([0.08, 0.3, 0.1, -0.02, 0.14], 0.0, 0.05),  # just so, on one side
        ([-0.041, 0.059, 0.159], 0.0, 0.2),  # n - 1 degrees of freedom, not n
        ([0.5, 1.5, 0.2], 0.0, 0.05),  # Student's t, not the normal distribution
    ):
        yield {"args": [gains, margin, alpha]}
    for _ in range(30):
        n = int(rng.integers(3, 12))
        gains = rng.normal(rng.choice([0.0, 0.06]), 0.1, n).round(3).tolist()
        args = [gains, float(rng.choice([0.0, 0.05])), float(rng.choice([0.05, 0.2]))]
        if abs(_low(gains, args[2]) + args[1]) > 1e-6:
            yield {"args": args}


def _low(gains, alpha, quantile=None):
    n = len(gains)
    q = t.ppf(1 - alpha, n - 1) if quantile is None else quantile
    return float(mean(gains) - q * stdev(gains) / n**0.5)


def _judge(case: Case, result: object) -> Problem | None:
    gains, margin, alpha = case["args"]
    expected = promote(gains, margin, alpha)
    if result is expected:
        return None
    if not isinstance(result, bool):
        why = "Return True or False."
    elif len(gains) < 2:
        why = "One unit, or none, has no spread that could be known: it proves nothing."
    elif result and mean(gains) <= -margin:
        why = "Its loss is higher by the margin or more, on average: it stays out."
    elif result and _low(gains, alpha) == -margin:
        why = "The lower bound must be above -margin, not at it."
    elif result and _low(gains, alpha, norm.ppf(1 - alpha)) > -margin:
        why = (
            "With so few units the normal distribution is too sure: take Student's t with n - 1 "
            "degrees of freedom, and divide by n - 1 in the variance."
        )
    elif result:
        why = "The mean is not enough: the lower bound, mean - t * s / sqrt(n), must be above it."
    elif margin and _low(gains, alpha) <= 0:
        why = "Worse by less than the margin is tolerated: compare the lower bound with -margin."
    else:
        why = "The bound is on one side: the quantile of 1 - alpha, not of 1 - alpha / 2."
    return Problem(expected, why)


def _mean_only(gains, margin, alpha):
    return bool(gains) and mean(gains) > -margin


def _one_is_enough(gains, margin, alpha):
    return gains[0] > -margin if len(gains) == 1 else promote(gains, margin, alpha)


def _normal(gains, margin, alpha):
    return len(gains) > 1 and _low(gains, alpha, float(norm.ppf(1 - alpha))) > -margin


def _two_sided(gains, margin, alpha):
    return promote(gains, margin, alpha / 2)


def _no_margin(gains, margin, alpha):
    return promote(gains, 0.0, alpha)


def _margin_above(gains, margin, alpha):
    return promote(gains, -margin, alpha)


def _not_significantly_worse(gains, margin, alpha):
    if len(gains) < 2:
        return False
    q = t.ppf(1 - alpha, len(gains) - 1)
    return bool(mean(gains) + q * stdev(gains) / len(gains) ** 0.5 > -margin)


EXERCISE = Exercise(
    id="9.1-e5",
    name="promote",
    reference=promote,
    cases=_cases,
    judge=_judge,
    hints=(
        "That nothing speaks against it is not enough. The worst that is plausible must be "
        "tolerable.",
        "The lower bound of the mean is mean - q * s / sqrt(n), with s over n - 1 and q the "
        "quantile of Student's t: scipy.stats.t.ppf(1 - alpha, n - 1).",
        "n > 1 and mean(gains) - t.ppf(1 - alpha, n - 1) * stdev(gains) / n**0.5 > -margin, as a "
        "bool",
    ),
    wrong=(
        Wrong("the mean alone", _mean_only, "mean is not enough"),
        Wrong("one unit is enough", _one_is_enough, "proves nothing"),
        Wrong("the normal distribution", _normal, "Student's t"),
        Wrong("two sides", _two_sided, "on one side"),
        Wrong("no margin", _no_margin, "with -margin"),
        Wrong("the margin on the wrong side", _margin_above, "with -margin"),
        Wrong("not surely worse", _not_significantly_worse, "mean is not enough"),
    ),
    note="Units must be independent: count days or users, not the rows of one. The library's "
    "ChampionChallenger takes groups, several challengers, and a least number of units.",
)
