"""Exercise 7.1-e2: is it cheaper to predict for all, or for those who ask?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def cheaper(users, active_share, visits, refreshes, batch_cost, online_cost):
    """Return which costs less in a day: "batch", "online", or "tie"."""
    batch = users * refreshes * batch_cost
    online = users * active_share * visits * online_cost
    if math.isclose(batch, online):
        return "tie"
    return "batch" if batch < online else "online"


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for args in (
        [1_000, 0.02, 2, 1, 1.0, 10.0],  # online, though a prediction costs ten times as much
        [1_000, 0.02, 2, 1, 1.0, 100.0],  # a hundred times: batch
        [1_000, 0.02, 2, 1, 1.0, 40.0],  # batch, by the second visit
        [1_000, 0.5, 4, 4, 1.0, 1.5],  # online, by the fourth refresh
        [1_000, 0.02, 2, 1, 1.0, 25.0],  # as much
        [100, 0.07, 1, 7, 0.01, 1.0],  # as much, but for rounding
        [1_000, 0.5, 4, 2, 1.0, 1.5],
        [1_000, 0.0, 2, 1, 1.0, 100.0],  # nobody comes
        [1_000, 0.5, 0, 1, 1.0, 100.0],  # those who come ask for nothing
        [0, 0.5, 2, 1, 1.0, 100.0],  # no users
        [1_000, 0.5, 2, 0, 1.0, 1.0],  # never refreshed costs nothing
        [1_000, 1.0, 1, 1, 1.0, 2.0],
        [1_000, 1.0, 1, 1, 2.0, 1.0],
    ):
        yield {"args": args}
    for _ in range(20):
        share, visits = float(rng.choice([0.01, 0.05, 0.25, 1.0])), int(rng.integers(0, 6))
        costs = [1.0, float(rng.choice([1.0, 4.0, 20.0, 400.0]))]
        yield {"args": [int(rng.integers(1, 9)) * 1000, share, visits, int(rng.integers(1, 5)),
                        *costs]}  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    users, share, visits, refreshes, batch_cost, online_cost = case["args"]
    expected = cheaper(*case["args"])
    if result == expected:
        return None
    if result not in ("batch", "online", "tie"):
        why = 'Return "batch", "online" or "tie".'
    elif not users * share * visits:
        why = "Nobody asks for a prediction: online costs nothing then."
    elif expected == "tie":
        why = "Both cost the same, up to rounding: a tie."
    else:
        why = (
            f"Batch costs users * refreshes * batch_cost = {users * refreshes * batch_cost:g}, for "
            "all users at each refresh. Online costs users * active_share * visits * online_cost = "
            f"{users * share * visits * online_cost:g}, for those who come, at each visit."
        )
    return Problem(expected, why)


def _a_prediction_is_a_prediction(users, active_share, visits, refreshes, batch_cost, online_cost):
    return cheaper(users, active_share, visits, refreshes, 1.0, 1.0)


def _all_come(users, active_share, visits, refreshes, batch_cost, online_cost):
    return cheaper(users, 1.0, visits, refreshes, batch_cost, online_cost)


def _one_refresh(users, active_share, visits, refreshes, batch_cost, online_cost):
    return cheaper(users, active_share, visits, 1, batch_cost, online_cost)


def _one_visit(users, active_share, visits, refreshes, batch_cost, online_cost):
    return cheaper(users, active_share, 1, refreshes, batch_cost, online_cost)


def _no_tie(users, active_share, visits, refreshes, batch_cost, online_cost):
    found = cheaper(users, active_share, visits, refreshes, batch_cost, online_cost)
    return "batch" if found == "tie" else found


def _exact_tie(users, active_share, visits, refreshes, batch_cost, online_cost):
    batch = users * refreshes * batch_cost
    online = users * active_share * visits * online_cost
    return "tie" if batch == online else "batch" if batch < online else "online"


def _for_the_active(users, active_share, visits, refreshes, batch_cost, online_cost):
    batch = users * active_share * refreshes * batch_cost
    online = users * active_share * visits * online_cost
    if math.isclose(batch, online):
        return "tie"
    return "batch" if batch < online else "online"


EXERCISE = Exercise(
    id="7.1-e2",
    name="cheaper",
    reference=cheaper,
    cases=_cases,
    judge=_judge,
    hints=(
        "Count the predictions of a day, for either way, and multiply by what one costs.",
        "Batch predicts for all users at each refresh. Online predicts at each visit of those who "
        "come. Compare floats with math.isclose.",
        "batch = users * refreshes * batch_cost; online = users * active_share * visits * "
        'online_cost; "tie" if math.isclose(batch, online)',
    ),
    wrong=(
        Wrong("all predictions cost the same", _a_prediction_is_a_prediction, "batch_cost"),
        Wrong("all users come", _all_come, "for those who come"),
        Wrong("one refresh", _one_refresh, "at each refresh"),
        Wrong("one visit", _one_visit, "at each visit"),
        Wrong("no tie", _no_tie, "a tie"),
        Wrong("equal floats", _exact_tie, "up to rounding"),
        Wrong("batch for the active only", _for_the_active, "for all users"),
    ),
    note="A machine that waits for requests costs money, too, also at night. And a batch can run "
    "when machines are idle, or cheap because they may be taken away.",
    equivalent={
        "cheaper: `batch < online` -> `batch <= online`": "equal costs are a tie before",
    },
)
