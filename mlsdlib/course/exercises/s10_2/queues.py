"""Exercise 10.2-e2: the probability to wait for a server."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def erlang_c(servers, utilisation):
    """Return the probability that a job has to wait."""
    if utilisation >= 1:
        return 1.0
    load = servers * utilisation
    lost = 1.0  # Erlang's B: the share turned away if nobody could wait, server by server
    for n in range(1, servers + 1):
        lost = load * lost / (n + load * lost)
    return lost / (1 - utilisation * (1 - lost))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for args in (
        [1, 0.7],  # one server: its utilisation
        [2, 0.5],  # a third
        [3, 2 / 3],  # four ninths
        [4, 0.9],
        [16, 0.9],
        [4, 0.999999],
        [1, 0.0],
        [5, 0.0],
        [3, 1.0],  # the queue grows without end
        [3, 1.7],
        [170, 0.95],
        [2_000, 0.99],  # no factorial is so large
        [2_000, 0.3],
    ):
        yield {"args": args}
    for _ in range(20):
        yield {"args": [int(rng.integers(1, 40)), float(rng.uniform(0.05, 0.99))]}


def _judge(case: Case, result: object) -> Problem | None:
    servers, utilisation = case["args"]
    expected = erlang_c(servers, utilisation)
    if same_number(result, expected, tolerance=1e-6):
        return None
    if isinstance(result, bool) or not isinstance(result, (int, float, np.number)):
        why = "Return a number, a probability."
    elif np.isnan(result) or np.isinf(result):
        why = (
            "The powers and factorials of so many servers are too large for a float: divide "
            "before they grow, term by term."
        )
    elif utilisation >= 1:
        why = "From a utilisation of 1 on, the queue grows without end: everybody waits, 1.0."
    elif not 0 <= result <= 1:
        why = "A probability lies between 0 and 1."
    elif same_number(result, _b(servers, utilisation), tolerance=1e-6):
        why = "That is the share turned away where nobody can wait (Erlang's B): T lacks 1/(1 − ρ)."
    elif same_number(result, utilisation, tolerance=1e-6):
        why = "A job waits only if all servers are busy, which is rarer the more there are."
    elif servers == 1:
        why = "With one server a job waits if that is busy: with the probability utilisation."
    else:
        why = "The load is a = servers * utilisation; S ends with the power c − 1, T has c."
    return Problem(expected, why)


def _b(servers, utilisation):
    c = erlang_c(servers, utilisation)
    return c * (1 - utilisation) / (1 - utilisation * c)


def _one_server(servers, utilisation):
    return min(utilisation, 1.0)


def _erlang_b(servers, utilisation):
    return 1.0 if utilisation >= 1 else _b(servers, utilisation)


def _by_factorials(servers, utilisation):
    """Use floats for powers and factorials, which overflow."""
    if utilisation >= 1:
        return 1.0
    load, power, total = np.float64(servers * utilisation), np.float64(1), np.float64(0)
    factorial = np.float64(1)
    with np.errstate(all="ignore"):
        for n in range(servers):
            total += power / factorial
            power, factorial = power * load, factorial * (n + 1)
        top = power / factorial / (1 - utilisation)
        return float(top / (total + top))


def _no_bound(servers, utilisation):
    load = servers * utilisation
    lost = 1.0
    for n in range(1, servers + 1):
        lost = load * lost / (n + load * lost)
    bottom = 1 - utilisation * (1 - lost)
    return lost / bottom if bottom else 0.0


def _load_is_utilisation(servers, utilisation):
    return erlang_c(servers, utilisation / servers)


def _one_term_more(servers, utilisation):
    """Let S end with the power c."""
    if utilisation >= 1:
        return 1.0
    b = _b(servers, utilisation)
    return b / (1 - utilisation) / (1 + b / (1 - utilisation))


EXERCISE = Exercise(
    id="10.2-e2",
    name="erlang_c",
    reference=erlang_c,
    cases=_cases,
    judge=_judge,
    hints=(
        "Neither aᶜ nor c! fits into a float for many servers, but their ratio does.",
        "Multiply term by term: each is the one before times a / n. Or use Erlang's B, which has "
        "a simple recursion: B = aB / (n + aB), from 1, for n from 1 to c.",
        "With B: C = B / (1 - utilisation * (1 - B)). Return 1.0 first if utilisation >= 1.",
    ),
    wrong=(
        Wrong("as with one server", _one_server, "all servers are busy"),
        Wrong("nobody can wait", _erlang_b, "turned away"),
        Wrong("factorials", _by_factorials, "too large for a float"),
        Wrong("no bound", _no_bound, "grows without end"),
        Wrong("load of one server", _load_is_utilisation, "servers * utilisation"),
        Wrong("one term more", _one_term_more, "With one server"),
    ),
    note="Real jobs are burstier than a Poisson process and run for times that vary more than "
    "exponential ones; both make waits longer than the formula says.",
    equivalent={
        "erlang_c: `utilisation >= 1` -> `utilisation > 1`": "at 1 the formula gives 1, too",
    },
)
