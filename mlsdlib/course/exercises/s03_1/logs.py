"""Exercise 3.1-e2: the fault rate of a log that was sampled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def ht_rate(kept, n_requests):
    """Return the share of faults among all requests, estimated from the lines that were kept."""
    return sum(1 / line["probability"] for line in kept if line["fault"]) / n_requests


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def lines(*pairs):
        return [{"fault": fault, "probability": p} for fault, p in pairs]

    yield {"args": [lines((True, 1.0), (False, 1.0), (False, 1.0), (False, 1.0)), 4]}
    yield {"args": [lines((True, 1.0), (False, 0.1)), 11]}
    yield {"args": [lines((True, 0.1), (False, 0.1), (False, 0.1)), 40]}
    yield {"args": [lines((True, 0.5), (True, 1.0), (False, 0.25)), 10]}
    yield {"args": [lines((False, 0.2), (False, 0.2)), 12]}
    yield {"args": [[], 100]}
    for _ in range(20):
        n = int(rng.integers(20, 60))
        probability = rng.choice([1.0, 0.5, 0.2, 0.1], n)
        fault = rng.random(n) < 0.3
        keep = rng.random(n) < probability
        pairs = zip(fault[keep].tolist(), probability[keep].tolist(), strict=True)
        yield {"args": [lines(*pairs), n]}


def _judge(case: Case, result: object) -> Problem | None:
    kept, n_requests = case["args"]
    expected = ht_rate(kept, n_requests)
    if same_number(result, expected):
        return None
    faults = [line for line in kept if line["fault"]]
    if not faults:
        why = "No fault was kept: the estimate of their share is 0, also for an empty log."
    elif any(line["probability"] < 1 for line in faults):
        why = (
            "A fault that is kept with probability p stands for 1/p faults: it had less of a "
            "chance to be here."
        )
    else:
        why = f"Divide by all {n_requests} requests, not by the lines that happen to be kept."
    return Problem(expected, why)


def _share_of_kept(kept, n_requests):
    return sum(line["fault"] for line in kept) / len(kept) if kept else 0.0


def _unweighted(kept, n_requests):
    return sum(line["fault"] for line in kept) / n_requests


def _weighted_the_wrong_way(kept, n_requests):
    return sum(line["probability"] for line in kept if line["fault"]) / n_requests


def _mean_probability(kept, n_requests):
    if not kept:
        return 0.0
    mean = sum(line["probability"] for line in kept) / len(kept)
    return sum(line["fault"] for line in kept) / mean / n_requests


EXERCISE = Exercise(
    id="3.1-e2",
    name="ht_rate",
    reference=ht_rate,
    cases=_cases,
    judge=_judge,
    hints=(
        "Each kept line stands for itself and for those like it that were dropped.",
        "A line kept with probability 0.1 stands for ten. How many faults do the kept faults "
        "stand for, and among how many requests?",
        'sum(1 / line["probability"] for line in kept if line["fault"]) / n_requests',
    ),
    wrong=(
        Wrong("the share of the kept lines", _share_of_kept, "not by the lines"),
        Wrong("no weights", _unweighted, "stands for 1/p faults"),
        Wrong("the weight upside down", _weighted_the_wrong_way, "stands for 1/p faults"),
        Wrong("one mean probability", _mean_probability, "Divide by all"),
    ),
    note="The estimate is right on average; a single fault kept with a small probability makes it "
    "jump. Keep what is rare with probability 1, and log the probability with each line.",
)
