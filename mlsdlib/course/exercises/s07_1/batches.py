"""Exercise 7.1-e1: how many rows should be predicted together?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    show_tuples,
)

__all__ = ["EXERCISE"]


def optimal_batch(latency, deadline, rate):
    """Return the cheapest size of a batch that is in time and keeps up; None if there is none."""
    best, least = None, float("inf")
    for size, call in sorted(latency):
        fill = 1000 * (size - 1) / rate
        is_in_time = fill + call <= deadline
        keeps_up = call <= 1000 * size / rate
        if is_in_time and keeps_up and call / size < least:
            best, least = size, call / size
    return best


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    forest = [[1, 16.0], [8, 16.0], [64, 20.0], [512, 32.0]]
    yield {"args": [forest, 100, 1000]}  # 64 rows wait for 63 ms
    yield {"args": [forest, 50, 1000]}
    yield {"args": [forest, 1000, 1000]}
    yield {"args": [forest, 30, 500]}  # 8 rows are just in time, and the model is never idle
    yield {"args": [forest, 29.99, 500]}  # just too late, and one by one does not keep up
    yield {"args": [forest, 40, 500.2]}  # 8 rows do not quite keep up
    yield {"args": [forest, 16, 50]}  # alone
    yield {"args": [forest, 16, 62.5]}  # alone, and the model is never idle
    yield {"args": [forest, 15, 50]}  # no call is quick enough
    yield {"args": [forest, 40, 100_000]}  # nothing keeps up but the largest
    yield {"args": [forest, 40, 10]}  # so few requests that waiting for others takes too long
    yield {"args": [[[1, 1.0], [8, 2.0], [64, 16.0], [512, 256.0]], 1000, 1000]}  # equals: smallest
    yield {"args": [[[1, 1.0], [8, 2.0], [64, 32.0], [512, 512.0]], 1000, 1000]}  # too large
    yield {"args": [[[64, 16.0], [1, 1.0], [8, 2.0]], 1000, 1000]}  # in no order
    yield {"args": [[], 100, 100]}
    for _ in range(20):
        sizes = [1, 2, 4, 8, 16, 32]
        calls = (rng.integers(1, 20) + np.array(sizes) * rng.choice([0.25, 0.5, 1, 2])).tolist()
        calls = [
            call + float(more) for call, more in zip(calls, rng.integers(0, 8, 6), strict=True)
        ]
        latency = [list(pair) for pair in zip(sizes, calls, strict=True)]
        yield {
            "args": [latency, float(rng.choice([10, 30, 60])), float(rng.choice([50, 500, 2000]))]
        }


def _judge(case: Case, result: object) -> Problem | None:
    latency, deadline, rate = case["args"]
    expected = optimal_batch([tuple(pair) for pair in latency], deadline, rate)
    if result == expected and not isinstance(result, bool):
        return None
    calls = dict(map(tuple, latency))
    if result is None:
        return Problem(expected, "There is a size that is in time and keeps up.")
    if isinstance(result, bool) or not isinstance(result, int) or result not in calls:
        return Problem(expected, "Return one of the sizes of latency, or None.")
    if calls[result] + 1000 * (result - 1) / rate > deadline:
        why = (
            "The first row comes too late: it waits until the batch is full, and then for the "
            "whole call."
        )
    elif calls[result] > 1000 * result / rate:
        why = (
            "The model does not keep up: a call takes longer than its rows take to arrive, and the "
            "queue grows without end."
        )
    elif calls[result] / result > calls[expected] / expected:
        why = "Another size is in time, too, and takes less of the model's time for a row."
    else:
        why = "Of sizes that take the same time for a row, return the smallest: it waits less."
    return Problem(expected, why)


def _fill(size, rate):
    return 1000 * (size - 1) / rate


def _no_wait(latency, deadline, rate):
    fits = [(call / size, size) for size, call in latency
            if call <= deadline and call <= 1000 * size / rate]  # fmt: skip
    return min(fits)[1] if fits else None


def _mean_wait(latency, deadline, rate):
    fits = [(call / size, size) for size, call in latency
            if _fill(size, rate) / 2 + call <= deadline and call <= 1000 * size / rate]  # fmt: skip
    return min(fits)[1] if fits else None


def _lets_the_queue_grow(latency, deadline, rate):
    fits = [(c / size, size) for size, c in latency if _fill(size, rate) + c <= deadline]
    return min(fits)[1] if fits else None


def _fitting(latency, deadline, rate):
    return [(size, call) for size, call in latency
            if _fill(size, rate) + call <= deadline and call <= 1000 * size / rate]  # fmt: skip


def _the_largest(latency, deadline, rate):
    return max((size for size, _ in _fitting(latency, deadline, rate)), default=None)


def _the_quickest_answer(latency, deadline, rate):
    fits = [(_fill(size, rate) + c, size) for size, c in _fitting(latency, deadline, rate)]
    return min(fits)[1] if fits else None


def _never_none(latency, deadline, rate):
    found = optimal_batch(latency, deadline, rate)
    return 1 if found is None else found


EXERCISE = Exercise(
    id="7.1-e1",
    name="optimal_batch",
    reference=optimal_batch,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Two conditions and a goal: in time, keeps up, and of those the least time for a row.",
        "The first row waits for size - 1 others, (size - 1) / rate seconds. The model keeps up "
        "if a call takes no longer than size rows take to arrive.",
        "fill = 1000 * (size - 1) / rate; keep a size if fill + call <= deadline and call <= "
        "1000 * size / rate; then take the smallest call / size.",
    ),
    wrong=(
        Wrong("waits for nobody", _no_wait, "waits until the batch is full"),
        Wrong("the mean wait", _mean_wait, "The first row comes too late"),
        Wrong("does not keep up", _lets_the_queue_grow, "does not keep up"),
        Wrong("the largest", _the_largest, "takes less of the model's time"),
        Wrong("the quickest answer", _the_quickest_answer, "takes less of the model's time"),
        Wrong("never None", _never_none, "does not keep up"),
    ),
    note="Requests do not come at even intervals. With random arrivals a model that is just quick "
    "enough has a queue that grows large now and then: leave room, or let a batch start before it "
    "is full.",
)
