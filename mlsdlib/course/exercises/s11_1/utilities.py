"""Exercise 11.1-e4: what are k predictions worth to whoever has to read them?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def net_utility(first, among, k, human_acc, read_cost, solo_share):
    """Return the worth of k predictions to a user who picks one, minus the reading."""
    if k == 1:
        return first
    return solo_share * first + (1 - solo_share) * (human_acc * among - read_cost * k)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [0.8, 0.95, 3, 0.9, 0.01, 0.0]}
    yield {"args": [0.8, 0.8, 1, 0.9, 0.01, 0.0]}  # one prediction is taken as it is
    yield {"args": [0.8, 0.95, 3, 0.9, 0.01, 1.0]}  # nobody reads
    yield {"args": [0.8, 0.95, 3, 0.9, 0.01, 0.5]}
    yield {"args": [0.5, 0.6, 4, 0.9, 0.2, 0.0]}  # reading costs more than it brings
    yield {"args": [0.5, 0.6, 2, 1.0, 0.0, 0.0]}
    for _ in range(25):
        first = float(rng.uniform(0.2, 0.9))
        k = int(rng.integers(1, 6))
        among = first if k == 1 else float(rng.uniform(first, 1))
        solo = float(rng.choice([0.0, 0.25, 0.5]))
        yield {"args": [first, among, k, float(rng.uniform(0.5, 1)), float(rng.uniform(0, 0.1)),
                        solo]}  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    expected = net_utility(*case["args"])
    if same_number(result, expected):
        return None
    known = (
        (_one_is_read, "A single prediction is taken as it is: no reading and no picking."),
        (_never_errs, "The human recognises the right one only with probability human_acc."),
        (_reads_once, "The user reads all k, at read_cost each."),
        (_no_bias, "The share solo_share takes the first prediction without reading."),
        (_biased_readers_pay, "Whoever takes the first without reading does not pay for reading."),
        (_never_negative, "It may be negative: then the list does harm, and this must be seen."),
    )
    for function, why in known:
        if same_number(result, function(*case["args"])):
            return Problem(expected, why)
    return Problem(
        expected,
        "With k = 1: first. Else readers get human_acc * among - read_cost * k, the others first.",
    )


def _one_is_read(first, among, k, human_acc, read_cost, solo_share):
    return solo_share * first + (1 - solo_share) * (human_acc * among - read_cost * k)


def _never_errs(first, among, k, human_acc, read_cost, solo_share):
    return net_utility(first, among, k, 1.0, read_cost, solo_share)


def _reads_once(first, among, k, human_acc, read_cost, solo_share):
    return net_utility(first, among, k, human_acc, read_cost / k, solo_share)


def _no_bias(first, among, k, human_acc, read_cost, solo_share):
    return net_utility(first, among, k, human_acc, read_cost, 0.0)


def _biased_readers_pay(first, among, k, human_acc, read_cost, solo_share):
    if k == 1:
        return first
    return net_utility(first, among, k, human_acc, 0.0, solo_share) - read_cost * k


def _never_negative(first, among, k, human_acc, read_cost, solo_share):
    return max(0.0, net_utility(first, among, k, human_acc, read_cost, solo_share))


EXERCISE = Exercise(
    id="11.1-e4",
    name="net_utility",
    reference=net_utility,
    cases=_cases,
    judge=_judge,
    hints=(
        "There are two kinds of users: those who read all, and those who take the first.",
        "Readers: the right one must be there and be recognised; then subtract k readings.",
        "if k == 1: return first; readers = human_acc * among - read_cost * k; return solo_share "
        "* first + (1 - solo_share) * readers",
    ),
    wrong=(
        Wrong("one is read, too", _one_is_read, "taken as it is"),
        Wrong("humans do not err", _never_errs, "only with probability human_acc"),
        Wrong("reads once", _reads_once, "reads all k"),
        Wrong("everybody reads", _no_bias, "without reading"),
        Wrong("all pay for reading", _biased_readers_pay, "does not pay for reading"),
        Wrong("cut at zero", _never_negative, "may be negative"),
    ),
    note="A wrong pick costs as much as none here. Where it costs more, weigh it.",
)
