"""Exercise 3.5-e3: tumbling windows with a watermark."""

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


def tumbling(events, width, lateness):
    """Return the sum of each window, and how many events came too late."""
    sums, dropped, watermark = {}, 0, float("-inf")
    for time, value in events:
        window = time // width
        if (window + 1) * width <= watermark:
            dropped += 1
        else:
            sums[window] = sums.get(window, 0) + value
        watermark = max(watermark, time - lateness)
    return sums, dropped


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[1, 10], [4, 20], [12, 40]], 10, 0]}
    yield {"args": [[[9, 10], [10, 20]], 10, 0]}  # the boundary belongs to the later window
    yield {"args": [[[1, 10], [10, 20], [9, 40]], 10, 0]}  # closed just now
    yield {"args": [[[1, 10], [12, 20], [9, 40]], 10, 3]}  # late, and in time
    yield {"args": [[[1, 10], [13, 20], [9, 40]], 10, 3]}  # one too late
    yield {"args": [[[1, 10], [35, 20], [38, 40]], 10, 0]}  # two windows without an event
    yield {"args": [[[25, 10], [3, 20], [14, 40], [21, 80]], 10, 5]}
    yield {"args": [[[25, 10], [3, 20], [26, 40]], 10, 100]}
    yield {"args": [[[30, 10], [22, 20], [24, 40]], 10, 8]}  # a late event moves nothing back
    yield {"args": [[[0, 0]], 10, 0]}
    yield {"args": [[], 10, 0]}
    for _ in range(20):
        n = int(rng.integers(4, 12))
        times = np.maximum(np.sort(rng.integers(0, 50, n)) - rng.integers(0, 20, n), 0).tolist()
        values = rng.integers(1, 9, n).tolist()
        events = [list(event) for event in zip(times, values, strict=True)]
        yield {"args": [events, 10, int(rng.choice([0, 5, 12]))]}


def _call(function, case: Case) -> object:
    """Return the dictionary of sums as a list of its items: not every key can be sent."""
    result = call_with_tuples(function, case)
    match result:
        case (dict() as sums, dropped):
            return [[list(item) for item in sums.items()], dropped]
    return result


def _judge(case: Case, result: object) -> Problem | None:
    events, width, lateness = case["args"]
    sums, dropped = expected = tumbling(events, width, lateness)
    match result:
        case [list() as items, found]:
            pass
        case _:
            why = "Return a pair: the dictionary of sums, and the number of dropped events."
            return Problem(expected, why)
    windows = [window for window, _ in items]
    if found == dropped and len(items) == len(sums) and all([*i] in items for i in sums.items()):
        return None
    if found > dropped:
        why = (
            "An event is too late only if the end of its window is not after the watermark, the "
            "greatest time before it minus lateness."
        )
    elif found < dropped:
        why = "A window whose end the watermark has reached is closed: what comes then is dropped."
    elif len(windows) != len(sums) or not all(window in sums for window in windows):
        why = "Window k begins at k * width, and only windows that got an event have a sum."
    else:
        why = "The sum of a window is that of the values in it that were not dropped."
    return Problem(expected, why)


def _never_late(events, width, lateness):
    return tumbling(events, width, float("inf"))


def _no_lateness(events, width, lateness):
    return tumbling(events, width, 0)


def _late_event_by_itself(events, width, lateness):
    """Drop what is behind the watermark, though its window is open."""
    sums, dropped, watermark = {}, 0, float("-inf")
    for time, value in events:
        if time <= watermark:
            dropped += 1
        else:
            sums[time // width] = sums.get(time // width, 0) + value
        watermark = max(watermark, time - lateness)
    return sums, dropped


def _watermark_goes_back(events, width, lateness):
    sums, dropped, watermark = {}, 0, float("-inf")
    for time, value in events:
        if (time // width + 1) * width <= watermark:
            dropped += 1
        else:
            sums[time // width] = sums.get(time // width, 0) + value
        watermark = time - lateness
    return sums, dropped


def _empty_windows_too(events, width, lateness):
    sums, dropped = tumbling(events, width, lateness)
    every = range(min(sums, default=0), max(sums, default=-1) + 1)
    return {k: sums.get(k, 0) for k in every}, dropped


def _boundary_to_the_earlier(events, width, lateness):
    return tumbling(
        [(t - 0.5 if t % width == 0 and t else t, v) for t, v in events], width, lateness
    )


EXERCISE = Exercise(
    id="3.5-e3",
    name="tumbling",
    reference=tumbling,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=show_tuples,
    hints=(
        "Two questions for each event: which window is it in, and is that still open?",
        "The window is time // width. It is closed if its end is not after the watermark as it "
        "stood before this event. Only then does the event move the watermark, and never back.",
        "if (window + 1) * width <= watermark: dropped += 1; else add; watermark = max(watermark, "
        "time - lateness)",
    ),
    wrong=(
        Wrong("nothing is dropped", _never_late, "is closed"),
        Wrong("no lateness allowed", _no_lateness, "too late only if"),
        Wrong("dropped though its window is open", _late_event_by_itself, "too late only if"),
        Wrong("the watermark goes back", _watermark_goes_back, "is closed"),
        Wrong("empty windows have a sum", _empty_windows_too, "only windows that got an event"),
        Wrong("the boundary in the earlier window", _boundary_to_the_earlier, "begins at k"),
    ),
    note="A single source that stands still stops the watermark, and with it every answer. Systems "
    "give up on a silent source after a while, and then drop what it sends later.",
)
