"""Exercise 11.2-e2: when has a tool repaid?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def payback(months, builders, keep, team, before, after):
    """Return the month at which a tool has saved what it cost; None if it never does."""
    saving = team * (1 - after / before) - keep
    if saving <= 0:
        return None
    return months + months * builders / saving


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [6, 4, 1, 24, 1.6, 1.2]}  # a quarter of 24 people, less 1
    yield {"args": [6, 4, 2, 8, 2.0, 1.5]}  # saves just what it takes to keep it
    yield {"args": [6, 4, 2, 6, 1.6, 1.2]}  # never
    yield {"args": [0, 4, 1, 12, 1.5, 1.2]}  # there already: immediately
    yield {"args": [3, 2, 0, 10, 1.2, 1.2]}  # a tool that helps nobody
    yield {"args": [3, 2, 0, 10, 1.2, 1.5]}  # or makes it worse
    yield {"args": [3, 2, 0, 1, 2.0, 1.0]}  # one person, and nothing to keep
    for _ in range(25):
        team, after = int(rng.integers(2, 60)), float(rng.uniform(1.0, 1.4))
        before = after + float(rng.uniform(0.05, 0.9))
        builders, months = int(rng.integers(1, 8)), int(rng.integers(1, 18))
        yield {"args": [months, builders, float(rng.uniform(0, 4)), team, before, after]}


def _judge(case: Case, result: object) -> Problem | None:
    expected = payback(*case["args"])
    if expected is None:
        if result is None:
            return None
        return Problem(None, "It saves no more than it takes to keep it: it never repays, None.")
    if same_number(result, expected):
        return None
    months, builders, _, team, before, after = case["args"]
    if result is None:
        why = "It saves more than it takes to keep it, so it repays at some time."
    elif same_number(result, expected - months):
        why = "Count from the start: while it is built, it saves nothing."
    elif same_number(result, payback(months, builders, 0, team, before, after) or -1):
        why = "Somebody keeps the tool alive: take `keep` people off the saving."
    elif result == _difference(*case["args"]):
        why = "Of the time `before`, the share saved is 1 - after / before."
    elif result == _of_after(*case["args"]):
        why = "The saving is a share of the time that the work took before the tool."
    else:
        why = (
            "Building costs months * builders. Then each month saves "
            "team * (1 - after / before) - keep."
        )
    return Problem(expected, why)


def _with_saving(months, builders, saving):
    return None if saving <= 0 else months + months * builders / saving


def _difference(months, builders, keep, team, before, after):
    return _with_saving(months, builders, team * (before - after) - keep)


def _of_after(months, builders, keep, team, before, after):
    return _with_saving(months, builders, team * (before / after - 1) - keep)


def _no_upkeep(months, builders, keep, team, before, after):
    return payback(months, builders, 0, team, before, after)


def _saves_at_once(months, builders, keep, team, before, after):
    found = payback(months, builders, keep, team, before, after)
    return None if found is None else found - months


def _negative_for_never(months, builders, keep, team, before, after):
    saving = team * (1 - after / before) - keep
    return months + months * builders / saving if saving else float("inf")


EXERCISE = Exercise(
    id="11.2-e2",
    name="payback",
    reference=payback,
    cases=_cases,
    judge=_judge,
    hints=(
        "What the tool saves is people's time: a share of the time of each one in the team.",
        "Work that took `before` now takes `after`, so the share is 1 - after / before. From the "
        "team's saving goes what keeps the tool alive.",
        "saving = team * (1 - after / before) - keep; None if saving <= 0; else "
        "months + months * builders / saving",
    ),
    wrong=(
        Wrong("a difference for a share", _difference, "1 - after / before"),
        Wrong("a share of the new time", _of_after, "before the tool"),
        Wrong("nobody keeps it", _no_upkeep, "keeps the tool alive"),
        Wrong("saves from the first day", _saves_at_once, "Count from the start"),
        Wrong("a date before the start", _negative_for_never, "it never repays"),
    ),
    note="Time saved is worth something only if people have something better to do with it.",
)
