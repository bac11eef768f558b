"""Exercise 4.3-e4: probabilities after undersampling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def unbias(p_s, beta):
    """Return the probabilities as they were before a share beta of the negatives was kept."""
    return [beta * p / (beta * p - p + 1) for p in p_s]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0.5], 0.1]}
    yield {"args": [[0.0, 0.25, 0.5, 1.0], 0.2]}
    yield {"args": [[0.1, 0.6, 0.9], 1.0]}  # nothing was dropped
    yield {"args": [[0.9, 0.1, 0.5], 0.05]}  # the order stays
    yield {"args": [[1.0, 0.0], 0.001]}
    yield {"args": [[], 0.5]}
    for _ in range(12):
        p = rng.uniform(0, 1, int(rng.integers(1, 6))).round(3)
        yield {"args": [p.tolist(), float(rng.uniform(0.01, 1).__round__(3))]}


def _judge(case: Case, result: object) -> Problem | None:
    p_s, beta = case["args"]
    expected = unbias(p_s, beta)
    if not isinstance(result, list) or len(result) != len(p_s):
        return Problem(expected, "Return a list with one probability for each of p_s.")
    pairs = list(zip(p_s, result, expected, strict=True))
    wrong = [(p, got) for p, got, right in pairs if not same_number(got, right)]
    if not wrong:
        return None
    p, got = wrong[0]
    if p in (0, 1):
        why = "What is certain stays certain: 0 stays 0, and 1 stays 1."
    elif beta == 1:
        why = "With beta = 1 no negative was dropped, and nothing changes."
    elif isinstance(got, (int, float)) and got > p:
        why = "Negatives were dropped, so the model thinks positives too common: p must fall."
    else:
        why = (
            "Work with odds. Dropping negatives divided the odds p / (1 - p) by beta; multiply "
            "them by beta, and turn them back into a probability."
        )
    return Problem(expected, why)


def _probability_scaled(p_s, beta):
    return [beta * p for p in p_s]


def _odds_kept(p_s, beta):
    return [beta * p / (1 - p) if p < 1 else 1.0 for p in p_s]


def _divided(p_s, beta):
    return [p / (p + beta * (1 - p)) for p in p_s]


def _to_one_half(p_s, beta):
    """The threshold moved, in place of the probability."""
    return [float(p >= beta / (1 + beta)) for p in p_s]


def _positives_dropped(p_s, beta):
    return [p / (1 - beta + beta * p) if p else 0.0 for p in p_s]


EXERCISE = Exercise(
    id="4.3-e4",
    name="unbias",
    reference=unbias,
    cases=_cases,
    judge=_judge,
    hints=(
        "How do the odds of a case, positives to negatives, change if most negatives are dropped?",
        "They are divided by beta. So multiply p / (1 - p) by beta and solve for the probability.",
        "return [beta * p / (beta * p + 1 - p) for p in p_s]",
    ),
    wrong=(
        Wrong("the probability scaled", _probability_scaled, "Work with odds"),
        Wrong("odds for probabilities", _odds_kept, "Work with odds"),
        Wrong("the wrong way", _divided, "p must fall"),
        Wrong("rounded to classes", _to_one_half, "p must fall"),
        Wrong("positives dropped", _positives_dropped, "p must fall"),
    ),
    note="It is prior_correction in other words (Dal Pozzolo and others 2015). The ranking does "
    "not change, so neither does the AUC.",
)
