"""Exercise 7.1-e4: give out only what is fresh."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    same_number,
    show_tuples,
)

__all__ = ["EXERCISE"]


def serve(entries, t, max_age, skew):
    """Return the newest prediction that is fresh at t, and its age; None if there is none."""
    best = None
    for computed_at, prediction in entries:
        age = t - computed_at
        if -skew <= age <= max_age and (best is None or age < best[1]):
            best = prediction, age
    return best and (best[0], max(best[1], 0))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    three = [[10, "A"], [20, "B"], [30, "C"]]
    yield {"args": [three, 35, 60, 2]}
    yield {"args": [three[::-1], 35, 60, 2]}  # in no order
    yield {"args": [three, 29, 60, 2]}  # C is from the future, by less than the skew
    yield {"args": [three, 28, 60, 2]}  # by just the skew
    yield {"args": [three, 27, 60, 2]}  # by more: B
    yield {"args": [three, 90, 60, 2]}  # C is just not too old
    yield {"args": [three, 91, 60, 2]}  # all are too old
    yield {"args": [three, 5, 60, 2]}  # all are from the future
    yield {"args": [three, 30, 0, 0]}
    yield {"args": [[[50, "Z"], [20, "B"]], 40, 60, 2]}  # a clock that is far ahead
    yield {"args": [[[50, "Z"], [20, "B"]], 40, 15, 2]}  # nothing but that clock
    yield {"args": [[[42, "Z"], [20, "B"]], 40, 60, 2]}
    yield {"args": [[[20, "B"]], 40, 60, 2]}
    yield {"args": [[], 40, 60, 2]}
    for _ in range(20):
        times = rng.choice(np.arange(0, 60), int(rng.integers(1, 5)), replace=False).tolist()
        entries = [[int(time), f"p{time}"] for time in times]
        yield {"args": [entries, int(rng.integers(0, 70)), int(rng.choice([5, 20])),
                        int(rng.choice([0, 4]))]}  # fmt: skip


def _call(function, case: Case) -> object:
    """Return a pair as a list: what can be sent."""
    result = call_with_tuples(function, case)
    return list(result) if isinstance(result, tuple) else result


def _judge(case: Case, result: object) -> Problem | None:
    entries, t, max_age, skew = case["args"]
    expected = serve([tuple(entry) for entry in entries], t, max_age, skew)
    if expected is None and result is None:
        return None
    if result is None:
        return Problem(expected, "One of the predictions is fresh: neither too old nor too new.")
    if not isinstance(result, list) or len(result) != 2:
        return Problem(expected, "Return a pair, the prediction and its age, or None.")
    if expected and result[0] == expected[0] and same_number(result[1], expected[1]):
        return None
    ages = {prediction: t - computed_at for computed_at, prediction in entries}
    age = ages.get(result[0])
    if age is None:
        why = "Return a prediction of the list."
    elif age > max_age:
        why = "That prediction is older than max_age."
    elif age < -skew:
        why = (
            "That prediction comes from the future, by more than the clocks may differ: one of "
            "them is wrong, and nobody knows how old it is."
        )
    elif expected and result[0] != expected[0]:
        why = (
            "There is a newer one that is fresh. From the future by no more than skew is fresh, "
            "too: the other clock is a little ahead."
        )
    else:
        why = "The age is t minus the time it was computed, and 0 if that is in the future."
    return Problem(expected, why)


def _no_skew(entries, t, max_age, skew):
    return serve(entries, t, max_age, 0)


def _any_future(entries, t, max_age, skew):
    return serve(entries, t, max_age, float("inf"))


def _never_too_old(entries, t, max_age, skew):
    return serve(entries, t, float("inf"), skew)


def _the_last_in_the_list(entries, t, max_age, skew):
    fresh = [entry for entry in entries if -skew <= t - entry[0] <= max_age]
    return (fresh[-1][1], max(t - fresh[-1][0], 0)) if fresh else None


def _only_the_newest(entries, t, max_age, skew):
    """Give up if the newest of all is not fresh."""
    return serve([max(entries)], t, max_age, skew) if entries else None


def _negative_age(entries, t, max_age, skew):
    found = serve(entries, t, max_age, skew)
    return found and (found[0], next(t - at for at, said in entries if said == found[0]))


def _prediction_alone(entries, t, max_age, skew):
    found = serve(entries, t, max_age, skew)
    return found and found[0]


EXERCISE = Exercise(
    id="7.1-e4",
    name="serve",
    reference=serve,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=show_tuples,
    hints=(
        "First which of them are fresh, then which of those is the newest.",
        "The age t - computed_at may be negative, if the clock that wrote is ahead. It is fresh "
        "from -skew to max_age, both included.",
        "fresh = [(t - at, said) for at, said in entries if -skew <= t - at <= max_age]; the "
        "smallest wins; its age is max(age, 0)",
    ),
    wrong=(
        Wrong("clocks agree", _no_skew, "a little ahead"),
        Wrong("any future", _any_future, "comes from the future"),
        Wrong("never too old", _never_too_old, "older than max_age"),
        Wrong("the last in the list", _the_last_in_the_list, "a newer one"),
        Wrong("gives up", _only_the_newest, "One of the predictions is fresh"),
        Wrong("negative age", _negative_age, "0 if that is in the future"),
        Wrong("no age", _prediction_alone, "Return a pair"),
    ),
    note="Who gets None must have something else: compute it online, or show what is popular. "
    "Count how often: a batch job that has died shows here first.",
    equivalent={
        "serve: `age < best[1]` -> `age <= best[1]`": "no two are computed at the same time",
    },
)
