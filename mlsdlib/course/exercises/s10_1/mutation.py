"""Exercise 10.1-e4: what share of the mutants do the tests kill?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def mutation_score(kills, equivalent, broken):
    """Return the share of mutants that are killed, of those that can be."""
    counts = [
        bool(set(tests) - set(broken))
        for mutant, tests in kills.items()
        if mutant not in equivalent or set(tests) - set(broken)
    ]
    return sum(counts) / len(counts) if counts else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [{"m1": ["unit"], "m2": [], "m3": ["data", "unit"], "m4": ["lint"]}, [], []]}
    yield {"args": [{"m1": ["unit"], "m2": [], "m3": []}, ["m3"], []]}  # one is equivalent
    yield {"args": [{"m1": ["unit"], "m2": [], "m3": ["unit"]}, ["m3"], []]}  # so it was not
    yield {"args": [{"m1": ["metric"], "m2": ["unit"], "m3": []}, [], ["metric"]]}  # kills all
    yield {"args": [{"m1": ["metric", "unit"], "m2": ["metric"]}, [], ["metric"]]}
    yield {"args": [{"m1": ["metric"], "m2": ["unit"], "m3": []}, ["m1"], ["metric"]]}
    yield {"args": [{"m1": [], "m2": []}, ["m1", "m2"], []]}  # nothing can be killed
    yield {"args": [{"m1": ["unit"]}, ["m9"], []]}
    yield {"args": [{"m1": [], "m2": []}, [], []]}
    yield {"args": [{}, [], []]}
    for _ in range(20):
        names = [f"m{k}" for k in range(int(rng.integers(3, 8)))]
        kills = {n: [t for t in ("lint", "unit", "metric") if rng.random() < 0.35] for n in names}
        equivalent = [n for n in names if rng.random() < 0.3]
        yield {"args": [kills, equivalent, ["metric"] if rng.random() < 0.5 else []]}


def _judge(case: Case, result: object) -> Problem | None:
    kills, equivalent, broken = case["args"]
    expected = mutation_score(*case["args"])
    if expected is None or result is None:
        if result is expected:
            return None
        return Problem(expected, "Return None if no mutant can be killed, and only then.")
    if same_number(result, expected):
        return None
    true = {m: set(tests) - set(broken) for m, tests in kills.items()}
    if broken and any(true[m] != set(kills[m]) for m in kills):
        why = "A test that fails without any mutant kills nothing: its failures do not count."
    elif any(true[m] for m in equivalent if m in true):
        why = "A mutant that a test kills is not equivalent, whatever the list says: it counts."
    elif any(m in kills for m in equivalent):
        why = "An equivalent mutant is no mistake: it counts neither above nor below the line."
    else:
        why = "A mutant is killed once one test fails, and counts once, however many do."
    return Problem(expected, why)


def _equivalent_count(kills, equivalent, broken):
    return mutation_score(kills, [], broken)


def _trusts_the_list(kills, equivalent, broken):
    return mutation_score({m: t for m, t in kills.items() if m not in equivalent}, [], broken)


def _broken_count(kills, equivalent, broken):
    return mutation_score(kills, equivalent, [])


def _counts_tests(kills, equivalent, broken):
    if mutation_score(kills, equivalent, broken) is None:
        return None
    return sum(map(len, kills.values())) / len(kills)


def _zero(kills, equivalent, broken):
    return mutation_score(kills, equivalent, broken) or 0.0


EXERCISE = Exercise(
    id="10.1-e4",
    name="mutation_score",
    reference=mutation_score,
    cases=_cases,
    judge=_judge,
    hints=(
        "Which mutants can be killed at all, and which failures say anything?",
        "Take the broken tests out of each list first. Then leave out a mutant only if it is in "
        "equivalent and its list is empty.",
        "left = {m: set(t) - set(broken) for m, t in kills.items()}; counted = [bool(t) for m, t "
        "in left.items() if t or m not in equivalent]",
    ),
    wrong=(
        Wrong("equivalent ones count", _equivalent_count, "counts neither above nor below"),
        Wrong("trusts the list", _trusts_the_list, "is not equivalent"),
        Wrong("broken tests count", _broken_count, "fails without any mutant"),
        Wrong("counts tests", _counts_tests, "counts once"),
        Wrong("nothing is zero", _zero, "Return None"),
    ),
    note="Whether a mutant is equivalent cannot be decided by a program in general. Somebody looks "
    "at each survivor: either a test is missing, or the mutant is no mistake.",
)
