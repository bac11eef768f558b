"""Exercise 4.2-e4: what is known about each prediction at some moment?"""

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


def labels_asof(predictions, events, window, now):
    """Return the label of each prediction as it is known at the time now."""
    labels = {}
    for id, start in predictions.items():
        end = start + window
        if any(key == id and start <= time < end and time <= now for key, time in events):
            labels[id] = "positive"
        elif end <= now:
            labels[id] = "negative"
        else:
            labels[id] = "pending"
    return labels


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [{"a": 0, "b": 0, "c": 5}, [["a", 3]], 7, 10]}
    yield {"args": [{"a": 0}, [["a", 7]], 7, 10]}  # just too late
    yield {"args": [{"a": 0}, [["a", 6]], 7, 10]}
    yield {"args": [{"a": 0}, [["a", 0]], 7, 10]}  # at once
    yield {"args": [{"a": 3}, [], 7, 10]}  # the window ends just now
    yield {"args": [{"a": 3}, [["a", 2]], 7, 10]}  # before the prediction
    yield {"args": [{"a": 4}, [], 7, 10]}  # pending
    yield {"args": [{"a": 4}, [["a", 10]], 7, 10]}  # it has just happened
    yield {"args": [{"a": 4}, [["a", 9]], 7, 10]}  # positive before the window ends
    yield {"args": [{"a": 5}, [["a", 11]], 7, 10]}  # nobody knows it yet
    yield {"args": [{"a": 0}, [["a", 9], ["a", 2]], 7, 10]}  # two events, out of order
    yield {"args": [{"a": 3}, [["a", 1], ["a", 5]], 7, 20]}  # the first does not count
    yield {"args": [{"a": 0}, [["b", 3]], 7, 10]}  # somebody else's
    yield {"args": [{}, [["b", 3]], 7, 10]}
    for _ in range(20):
        predictions = {name: int(rng.integers(0, 12)) for name in "abc"}
        events = [[str(rng.choice(list("abcd"))), int(rng.integers(0, 20))] for _ in range(3)]
        yield {"args": [predictions, events, 6, int(rng.integers(6, 20))]}


def _judge(case: Case, result: object) -> Problem | None:
    predictions, events, window, now = case["args"]
    expected = labels_asof(predictions, events, window, now)
    if not isinstance(result, dict) or set(result) != set(predictions):
        return Problem(expected, "Return a dictionary with a label for each prediction.")
    words = ("positive", "negative", "pending")
    if any(label not in words for label in result.values()):
        return Problem(expected, 'Each label is "positive", "negative" or "pending".')
    wrong = [id for id in predictions if result[id] != expected[id]]
    if not wrong:
        return None
    id, start = wrong[0], predictions[wrong[0]]
    own = [time for key, time in events if key == id]
    if expected[id] == "pending" and result[id] == "negative":
        why = "Its window is still open at the time now: it is pending, not negative."
    elif expected[id] == "pending" and any(time > now for time in own):
        why = "What happens after now is not known now."
    elif expected[id] == "positive":
        why = (
            "One event in [start, start + window) is enough for a positive label, as soon as it "
            "has happened, and whatever else happened before or after."
        )
    elif any(time == start + window or time < start for time in own):
        why = "The window is [start, start + window): its end, and what was before, do not count."
    else:
        why = "A window that has ended by now, start + window <= now, without an event is negative."
    return Problem(expected, why)


def _pending_is_negative(predictions, events, window, now):
    labels = labels_asof(predictions, events, window, now)
    return {id: "negative" if label == "pending" else label for id, label in labels.items()}


def _sees_the_future(predictions, events, window, now):
    late = labels_asof(predictions, events, window, float("inf"))
    labels = labels_asof(predictions, events, window, now)
    return {id: "positive" if late[id] == "positive" else labels[id] for id in labels}


def _closed_end(predictions, events, window, now):
    return {id: "positive" if any(k == id and s <= t <= s + window and t <= now for k, t in events)
            else "negative" if s + window <= now else "pending"
            for id, s in predictions.items()}  # fmt: skip


def _before_counts(predictions, events, window, now):
    return {id: "positive" if any(k == id and t < s + window and t <= now for k, t in events)
            else "negative" if s + window <= now else "pending"
            for id, s in predictions.items()}  # fmt: skip


def _waits_for_the_window(predictions, events, window, now):
    return {id: "pending" if predictions[id] + window > now else label
            for id, label in labels_asof(predictions, events, window, now).items()}  # fmt: skip


def _last_event_only(predictions, events, window, now):
    return labels_asof(predictions, list(dict(events).items()), window, now)


def _open_end_of_window(predictions, events, window, now):
    labels = labels_asof(predictions, events, window, now)
    return {id: "pending" if predictions[id] + window == now and label == "negative" else label
            for id, label in labels.items()}  # fmt: skip


EXERCISE = Exercise(
    id="4.2-e4",
    name="labels_asof",
    reference=labels_asof,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Three answers are possible. What must have happened by now for each of them?",
        "Positive: an event of this id in [start, start + window), not later than now. Else "
        "negative if start + window <= now. Else pending.",
        "if any(key == id and start <= t < start + window and t <= now for key, t in events): "
        "'positive'; elif start + window <= now: 'negative'; else 'pending'",
    ),
    wrong=(
        Wrong("pending is negative", _pending_is_negative, "it is pending, not negative"),
        Wrong("sees the future", _sees_the_future, "is not known now"),
        Wrong("the end belongs to the window", _closed_end, "its end"),
        Wrong("what was before counts", _before_counts, "what was before"),
        Wrong("waits for the window's end", _waits_for_the_window, "as soon as it has happened"),
        Wrong("one event an id", _last_event_only, "One event in"),
        Wrong("open at its end", _open_end_of_window, "that has ended by now"),
    ),
    note="A job that trains each night must not use positive labels of open windows: it would see "
    "the quick positives without the negatives of the same days. Take days whose window is over. "
    "The library's FeedbackJoiner keeps the predictions and events of a stream.",
)
