"""Exercise 3.3-e1: which engine for a day's work?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def route(lookups, scans, rows, cost):
    """Return "sqlite" or "duckdb", whichever costs less for a day's work."""
    total = {
        engine: lookups * each["lookup"] + scans * (each["scan"] + rows * each["row"])
        for engine, each in cost.items()
    }
    return "duckdb" if total["duckdb"] < total["sqlite"] else "sqlite"


_COST = {
    "sqlite": {"lookup": 1, "scan": 2, "row": 0.25},
    "duckdb": {"lookup": 64, "scan": 32, "row": 0.0625},
}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    swapped = {"sqlite": _COST["duckdb"], "duckdb": _COST["sqlite"]}
    for lookups, scans, rows in (
        (1000, 0, 1000),
        (0, 1, 100_000),
        (0, 1, 100),  # a small table
        (0, 1, 160),  # the same cost: a tie
        (0, 1, 161),
        (10, 10, 400),  # both kinds; each decides on another engine
        (10, 10, 600),
        (0, 0, 1000),  # nothing to do: a tie
        (100, 5, 0),
    ):
        yield {"args": [lookups, scans, rows, _COST]}
    yield {"args": [1000, 1, 10, swapped]}
    for _ in range(25):
        cost = {
            engine: {
                "lookup": int(rng.integers(1, 64)),
                "scan": int(rng.integers(1, 64)),
                "row": int(rng.integers(1, 16)) / 16,
            }
            for engine in _COST
        }
        yield {"args": [*rng.integers(0, 100, 2).tolist(), int(rng.integers(0, 300)), cost]}


def _judge(case: Case, result: object) -> Problem | None:
    lookups, scans, rows, cost = case["args"]
    expected = route(lookups, scans, rows, cost)
    if result == expected:
        return None
    lite, duck = (
        lookups * cost[e]["lookup"] + scans * (cost[e]["scan"] + rows * cost[e]["row"])
        for e in ("sqlite", "duckdb")
    )
    if result not in ("sqlite", "duckdb"):
        why = 'The answer is one of the two names, "sqlite" or "duckdb".'
    elif lite == duck:
        why = "The two cost the same: then it is sqlite."
    else:
        why = (
            f"In all sqlite costs {lite:g} and duckdb {duck:g}: each lookup its price, and each "
            "scan its price to begin with and that of all rows."
        )
    return Problem(expected, why)


def _scans_without_start(lookups, scans, rows, cost):
    plain = {e: {**each, "scan": 0} for e, each in cost.items()}
    return route(lookups, scans, rows, plain)


def _start_for_each_row(lookups, scans, rows, cost):
    total = {e: lookups * c["lookup"] + scans * rows * (c["scan"] + c["row"])
             for e, c in cost.items()}  # fmt: skip
    return min(total, key=total.get)


def _by_what_is_more_frequent(lookups, scans, rows, cost):
    return "duckdb" if scans > lookups else "sqlite"


def _tie_to_duckdb(lookups, scans, rows, cost):
    other = {"sqlite": cost["duckdb"], "duckdb": cost["sqlite"]}
    return "sqlite" if route(lookups, scans, rows, other) == "duckdb" else "duckdb"


EXERCISE = Exercise(
    id="3.3-e1",
    name="route",
    reference=route,
    cases=_cases,
    judge=_judge,
    hints=(
        "Neither engine is the faster one: it depends on how much of each work there is.",
        "Add up for each engine: lookups times their cost, and scans times what one costs with all "
        "its rows. Then compare the two sums.",
        'total = lookups * c["lookup"] + scans * (c["scan"] + rows * c["row"]) for each engine c; '
        'return "duckdb" only if its total is smaller',
    ),
    wrong=(
        Wrong("no cost to begin a scan", _scans_without_start, "to begin with"),
        Wrong("the start paid for each row", _start_for_each_row, "to begin with"),
        Wrong("by number alone", _by_what_is_more_frequent, "In all sqlite costs"),
        Wrong("a tie goes to DuckDB", _tie_to_duckdb, "then it is sqlite"),
    ),
    note="The rule leaves out what a second engine costs by itself: a copy of the data, a job that "
    "keeps it fresh, and answers that are a night old. Two engines must gain more than that.",
)
