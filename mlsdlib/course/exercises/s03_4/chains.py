"""Exercise 3.4-e1: how available is a chain of services?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def chain_availability(chain, retries=0):
    """Return the share of requests that a chain of services answers."""
    answered = 1.0
    for link in chain:
        failed = 1.0
        for copy in link if isinstance(link, list) else [link]:
            failed *= 1 - copy
        answered *= 1 - failed ** (retries + 1)
    return answered


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0.5]]}
    yield {"args": [[0.5, 0.75]]}
    yield {"args": [[0.875, 1.0, 0.5]]}
    yield {"args": [[0.5, 0.0, 0.75]]}
    yield {"args": [[]]}
    yield {"args": [[[0.5, 0.5]]]}
    yield {"args": [[0.5, [0.5, 0.75, 0.0]]]}
    yield {"args": [[0.5]], "kwargs": {"retries": 1}}
    yield {"args": [[0.5, 0.75]], "kwargs": {"retries": 2}}
    yield {"args": [[0.5, [0.25, 0.5]]], "kwargs": {"retries": 1}}
    yield {"args": [[1.0, 0.0]], "kwargs": {"retries": 3}}
    for _ in range(20):
        links = (rng.integers(0, 9, int(rng.integers(1, 5))) / 8).tolist()
        if rng.random() < 0.5:
            links.append((rng.integers(0, 9, int(rng.integers(1, 4))) / 8).tolist())
        yield {"args": [links], "kwargs": {"retries": int(rng.integers(0, 3))}}


def _judge(case: Case, result: object) -> Problem | None:
    (chain,), retries = case["args"], case.get("kwargs", {}).get("retries", 0)
    expected = chain_availability(chain, retries)
    if same_number(result, expected):
        return None
    if not chain:
        why = "An empty chain needs nobody: it answers all requests, 1."
    elif retries:
        why = "A link fails only if all its 1 + retries attempts fail: repeat each link by itself."
    elif any(isinstance(link, list) for link in chain):
        why = "Copies of one service fail only together: multiply their chances to fail."
    else:
        why = "All links must answer: multiply their availabilities."
    return Problem(expected, why)


def _weakest(chain, retries=0):
    return min((chain_availability([link], retries) for link in chain), default=1.0)


def _copies_in_a_row(chain, retries=0):
    flat = [copy for link in chain for copy in (link if isinstance(link, list) else [link])]
    return chain_availability(flat, retries)


def _whole_chain_repeated(chain, retries=0):
    return 1 - (1 - chain_availability(chain)) ** (retries + 1)


def _one_attempt_too_few(chain, retries=0):
    return chain_availability(chain, max(0, retries - 1))


def _failures_added(chain, retries=0):
    return 1 - sum(1 - chain_availability([link], retries) for link in chain)


def _mean(chain, retries=0):
    links = [chain_availability([link], retries) for link in chain]
    return math.fsum(links) / len(links) if links else 1.0


EXERCISE = Exercise(
    id="3.4-e1",
    name="chain_availability",
    reference=chain_availability,
    cases=_cases,
    judge=_judge,
    hints=(
        "All links must answer, of each link one copy, of each copy one attempt.",
        "Work with the chance that a link fails: the product over its copies, to the power of its "
        "attempts. The chain answers with the product of one minus these.",
        "failed = product of (1 - copy); answered *= 1 - failed ** (retries + 1)",
    ),
    wrong=(
        Wrong("the weakest link", _weakest, "multiply their availabilities"),
        Wrong("copies one after another", _copies_in_a_row, "fail only together"),
        Wrong("the whole chain repeated", _whole_chain_repeated, "each link by itself"),
        Wrong("one attempt too few", _one_attempt_too_few, "1 + retries"),
        Wrong("failures added", _failures_added, "multiply their availabilities"),
        Wrong("the mean", _mean, "multiply their availabilities"),
    ),
    note="Independence is a strong assumption. Copies in one building lose power together, and a "
    "service that is down for an hour fails every retry. Real chains are worse than this number.",
)
