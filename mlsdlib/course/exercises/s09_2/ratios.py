"""Exercise 9.2-e3: did the arms get the traffic that was planned?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.stats import chi2

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def srm_p(counts, shares):
    """Return the p-value of counts in arms, given the shares that were planned."""
    total = sum(counts) / sum(shares)
    promised = [total * share for share in shares]
    statistic = sum((n - e) ** 2 / e for n, e in zip(counts, promised, strict=True))
    return chi2.sf(statistic, len(counts) - 1)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[5050, 4950], [0.5, 0.5]]}
    yield {"args": [[905, 95], [0.9, 0.1]]}  # an unequal split that went well
    yield {"args": [[500, 500], [0.9, 0.1]]}
    yield {"args": [[50500, 49500], [0.5, 0.5]]}
    yield {"args": [[340, 330, 330], [1, 1, 1]]}  # shares that do not sum to 1
    yield {"args": [[900, 1100, 2000], [1, 1, 2]]}
    yield {"args": [[600000, 400000], [0.5, 0.5]]}  # tiny: zero to the computer
    yield {"args": [[52000, 48000], [0.5, 0.5]]}  # tiny, and not zero
    yield {"args": [[100, 100], [0.5, 0.5]]}  # exactly as planned
    yield {"args": [[0, 12], [0.5, 0.5]]}  # an arm that got nobody
    for _ in range(20):
        arms = int(rng.integers(2, 5))
        shares = rng.choice([1, 2, 5, 10], arms)
        counts = rng.multinomial(int(rng.integers(500, 5_000)), shares / shares.sum())
        yield {"args": [counts.tolist(), shares.tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    counts, shares = case["args"]
    expected = float(srm_p(counts, shares))
    if _same(result, expected):
        return None
    if isinstance(result, bool) or not isinstance(result, (int, float, np.number)):
        return Problem(expected, "Return a number from 0 to 1.")
    if not 0 <= result <= 1:
        return Problem(expected, "A p-value lies between 0 and 1; the statistic itself does not.")
    if expected < 1e-6 and (result == 0 or _same(result, float(_complement(counts, shares)))):
        why = (
            "The p-value is tiny but not nothing: ask for the upper tail itself, chi2.sf. One "
            "minus the lower tail is rounded."
        )
    elif _same(result, float(_equal_shares(counts, shares))):
        why = "The arms were not to get equal shares: compare with what was planned."
    elif _same(result, float(_as_they_are(counts, shares))):
        why = "The shares do not sum to 1 here: only their ratio counts."
    elif _same(result, float(_wrong_freedom(counts, shares))):
        why = "The counts sum to a given total: the degrees of freedom are one fewer than arms."
    elif _same(result, 1 - expected):
        why = "That is the lower tail: the p-value is how often chance gives *more* than this."
    else:
        why = (
            "Sum over the arms (count - expected)² / expected, with the counts that the shares "
            "promise; then the upper tail of chi-square with one degree of freedom fewer than arms."
        )
    return Problem(expected, why)


def _same(result: object, expected: float) -> bool:
    """Return whether two p-values agree, also where both are tiny."""
    if not same_number(result, expected, tolerance=1e-6):
        return False
    return expected < 1e-300 or math.isclose(float(result), expected, rel_tol=1e-6)


def _equal_shares(counts, shares):
    return srm_p(counts, [1] * len(counts))


def _statistic(counts, promised):
    return sum((n - e) ** 2 / e for n, e in zip(counts, promised, strict=True))


def _promised(counts, shares):
    return [sum(counts) * share / sum(shares) for share in shares]


def _as_they_are(counts, shares):
    promised = [sum(counts) * share for share in shares]
    return chi2.sf(_statistic(counts, promised), len(counts) - 1)


def _wrong_freedom(counts, shares):
    return chi2.sf(_statistic(counts, _promised(counts, shares)), len(counts))


def _complement(counts, shares):
    return 1 - chi2.cdf(_statistic(counts, _promised(counts, shares)), len(counts) - 1)


def _lower_tail(counts, shares):
    return 1 - srm_p(counts, shares)


def _over_observed(counts, shares):
    pairs = zip(counts, _promised(counts, shares), strict=True)
    return chi2.sf(sum((n - e) ** 2 / max(n, 1) for n, e in pairs), len(counts) - 1)


EXERCISE = Exercise(
    id="9.2-e3",
    name="srm_p",
    reference=srm_p,
    cases=_cases,
    judge=_judge,
    hints=(
        "Each arm has a count that it got and one that it was promised; chi-square adds up how far "
        "they are apart.",
        "The promised count is the total times the share over the sum of the shares. chi2.sf from "
        "scipy.stats gives the upper tail.",
        "promised = [sum(counts) * s / sum(shares) for s in shares]; chi2.sf(sum((n - e) ** 2 / e "
        "for n, e in zip(counts, promised)), len(counts) - 1)",
    ),
    wrong=(
        Wrong("equal shares", _equal_shares, "equal shares"),
        Wrong("shares as they are", _as_they_are, "only their ratio"),
        Wrong("one degree too many", _wrong_freedom, "one fewer than arms"),
        Wrong("one minus the lower tail", _complement, "tiny but not nothing"),
        Wrong("the lower tail", _lower_tail, "lower tail"),
        Wrong("over the observed counts", _over_observed, "that the shares promise"),
    ),
    note="Test the units that were assigned, people or sessions, not their clicks: the treatment "
    "may change how often somebody comes back.",
    equivalent={
        "srm_p: `zip(counts, promised, strict=True)` -> `zip(counts, promised)`": "as many of both",
        "srm_p: `strict=True` -> `strict=False`": "there are as many of both",
    },
)
