"""Exercise 3.5-e2: a sum over the window that ends now."""

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


def window_sums(events, width):
    """Return after each event the sum of the values in the window that ends now."""
    window, now, answers = [], None, []
    for time, value in events:
        now = time if now is None else max(now, time)
        window.append((time, value))
        window = [(t, v) for t, v in window if t > now - width]
        answers.append(sum(v for _, v in window))
    return answers


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[1, 10], [2, 20], [3, 40]], 10]}
    yield {"args": [[[1, 10], [5, 20], [11, 40]], 10]}  # the first expires just now
    yield {"args": [[[1, 10], [5, 20], [10, 40]], 10]}
    yield {"args": [[[1, 10], [50, 20]], 10]}
    yield {"args": [[[8, 10], [12, 20], [9, 40]], 10]}  # late, and still inside
    yield {"args": [[[12, 10], [5, 20], [16, 40]], 10]}  # a late one expires before its elders
    yield {"args": [[[30, 10], [12, 20], [31, 40]], 10]}  # too late
    yield {"args": [[[30, 10], [20, 20]], 10]}  # just too late
    yield {"args": [[[5, 10], [5, 10]], 10]}  # the same event twice
    yield {"args": [[[0, -3], [1, 3]], 2]}
    yield {"args": [[], 10]}
    for _ in range(20):
        n = int(rng.integers(3, 9))
        times = (np.sort(rng.integers(0, 30, n)) - rng.integers(0, 8, n)).tolist()
        events = zip(times, rng.integers(1, 9, n).tolist(), strict=True)
        yield {"args": [[list(event) for event in events], 10]}


def _judge(case: Case, result: object) -> Problem | None:
    events, width = case["args"]
    expected = window_sums(events, width)
    if not isinstance(result, list) or len(result) != len(events):
        return Problem(expected, "Return a list with one sum for each event.")
    wrong = [
        i for i, pair in enumerate(zip(result, expected, strict=True)) if not same_number(*pair)
    ]
    if not wrong:
        return None
    times = [time for time, _ in events[: wrong[0] + 1]]
    now = max(times)
    if times[-1] < now:
        why = (
            "An event that comes late counts if it lies in the window that ends at the greatest "
            "time so far, and moves that window nowhere."
        )
    elif any(time == now - width for time in times):
        why = "The window is (now - width, now]: what is exactly width old has left it."
    elif sorted(times) != times:
        why = "A late event leaves by its time, not by its arrival."
    else:
        why = "Add up what has a time in (now - width, now], each event as often as it came."
    return Problem(expected, why)


def _closed_at_both_ends(events, width):
    return window_sums(events, width + 1e-9)


def _never_expires(events, width):
    return window_sums(events, float("inf"))


def _now_is_the_last(events, width):
    return [sum(v for t, v in events[: i + 1] if now - width < t <= now)
            for i, (now, _) in enumerate(events)]  # fmt: skip


def _expires_in_order_of_arrival(events, width):
    window, answers = [], []
    for time, value in events:
        window.append((time, value))
        now = max(t for t, _ in events[: len(answers) + 1])
        while window and window[0][0] <= now - width:
            window.pop(0)
        answers.append(sum(v for _, v in window))
    return answers


def _duplicates_once(events, width):
    return [sum(v for t, v in set(seen) if t > max(seen)[0] - width)
            for seen in (events[: i + 1] for i in range(len(events)))]  # fmt: skip


EXERCISE = Exercise(
    id="3.5-e2",
    name="window_sums",
    reference=window_sums,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Keep the events that can still count, and the greatest time so far.",
        "For each event: move now forward if its time is greater, add the event, drop what is at "
        "or before now - width, and take the sum.",
        "now = max(now, time); window = [(t, v) for t, v in window if t > now - width]; "
        "answers.append(sum(v for _, v in window))",
    ),
    wrong=(
        Wrong("both ends closed", _closed_at_both_ends, "exactly width old"),
        Wrong("nothing expires", _never_expires, "(now - width, now]"),
        Wrong("now is the last event's time", _now_is_the_last, "the greatest time so far"),
        Wrong("expires in order of arrival", _expires_in_order_of_arrival, "by its time"),
        Wrong("duplicates count once", _duplicates_once, "as often as it came"),
    ),
    note="This adds up the whole window each time. A state of its own would add the new value and "
    "subtract what leaves; the library's RollingStat needs a constant number of steps on average "
    "and no subtraction.",
)
