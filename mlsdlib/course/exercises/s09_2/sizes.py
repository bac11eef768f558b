"""Exercise 9.2-e2: how many customers does a test need?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def n_per_arm(p, q, alpha, power):
    """Return how many customers each arm needs."""
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    return math.ceil(z**2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [0.05, 0.055, 0.05, 0.8]}
    yield {"args": [0.10, 0.11, 0.05, 0.8]}
    yield {"args": [0.11, 0.10, 0.05, 0.8]}  # a fall
    yield {"args": [0.05, 0.055, 0.01, 0.8]}
    yield {"args": [0.05, 0.055, 0.05, 0.95]}
    yield {"args": [0.0001, 0.00012, 0.05, 0.8]}  # tiny shares
    yield {"args": [0.9999, 0.9990, 0.05, 0.9]}
    yield {"args": [0.2, 0.8, 0.05, 0.8]}  # hardly anybody
    yield {"args": [0.5, 0.5001, 0.001, 0.99]}
    for _ in range(20):
        p, q = rng.choice(np.arange(1, 200), 2, replace=False) / 200
        alpha, power = rng.choice([0.001, 0.01, 0.05, 0.1]), rng.choice([0.5, 0.8, 0.9, 0.99])
        yield {"args": [float(p), float(q), float(alpha), float(power)]}


def _judge(case: Case, result: object) -> Problem | None:
    expected = n_per_arm(*case["args"])
    right = isinstance(result, (int, float, np.number)) and not isinstance(result, bool)
    if not right or not math.isfinite(result):
        return Problem(expected, "Return a number of customers.")
    if abs(result - expected) <= 1e-7 * expected:  # billions may differ in their last digits
        return None
    p, q, alpha, power = case["args"]
    if abs(result - expected) <= 1 or math.ceil(result) == expected:
        why = "There is no part of a customer, and one too few is too few: round up."
    elif _near(result, 2 * expected):
        why = "In each arm, not in both together."
    elif _near(result, _one_sided(p, q, alpha, power)):
        why = "The test is two-sided: a harmful change counts too, so alpha is halved."
    elif _near(result, _no_power(p, q, alpha, power)):
        why = "Without the quantile of the power, half of all real effects are missed."
    elif _near(result, _one_variance(p, q, alpha, power)):
        why = "Both arms have noise: add p (1 - p) and q (1 - q)."
    else:
        why = (
            "The squared sum of both quantiles, times the sum of both variances, over the squared "
            "difference of the shares."
        )
    return Problem(expected, why)


def _near(result: float, wrong: float) -> bool:
    return abs(result - wrong) <= 2


def _formula(alpha, power, variance, gap):
    z = NormalDist().inv_cdf(1 - alpha) + (NormalDist().inv_cdf(power) if power else 0)
    return math.ceil(z**2 * variance / gap**2)


def _one_sided(p, q, alpha, power):
    return _formula(alpha, power, p * (1 - p) + q * (1 - q), p - q)


def _no_power(p, q, alpha, power):
    return _formula(alpha / 2, None, p * (1 - p) + q * (1 - q), p - q)


def _one_variance(p, q, alpha, power):
    return _formula(alpha / 2, power, p * (1 - p), p - q)


def _both_arms(p, q, alpha, power):
    return 2 * n_per_arm(p, q, alpha, power)


def _rounds_down(p, q, alpha, power):
    return n_per_arm(p, q, alpha, power) - 1


def _gap_not_squared(p, q, alpha, power):
    return _formula(alpha / 2, power, p * (1 - p) + q * (1 - q), math.sqrt(abs(p - q)))


EXERCISE = Exercise(
    id="9.2-e2",
    name="n_per_arm",
    reference=n_per_arm,
    cases=_cases,
    judge=_judge,
    hints=(
        "The difference must be as many standard errors as the level asks for, and some more, so "
        "that it gets there with the wanted power.",
        "NormalDist().inv_cdf from statistics gives quantiles. The squared standard error of the "
        "difference is (p (1 - p) + q (1 - q)) / n.",
        "z = inv_cdf(1 - alpha / 2) + inv_cdf(power); math.ceil(z**2 * (p * (1 - p) + q * (1 - q)) "
        "/ (p - q) ** 2)",
    ),
    wrong=(
        Wrong("one-sided", _one_sided, "two-sided"),
        Wrong("no power", _no_power, "half of all real effects"),
        Wrong("one variance", _one_variance, "Both arms have noise"),
        Wrong("both arms together", _both_arms, "In each arm"),
        Wrong("rounds down", _rounds_down, "round up"),
        Wrong("the gap is not squared", _gap_not_squared, "squared difference"),
    ),
    note="Half the effect needs four times the customers. The formula is for the difference that "
    "you would be sorry to miss, not for the one that you hope for.",
)
