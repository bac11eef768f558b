"""Exercise 10.3-e2: what was known at some moment."""

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


def asof_join(questions, rows, ttl):
    """Return for each question the newest value known, or None."""
    found = []
    for key, time in questions:
        best = None
        for row in rows:
            if row[0] != key or row[1] > time or row[2] > time:
                continue
            if best is None or row[1:3] >= best[1:3]:
                best = row
        fresh = best is not None and best[1] >= time - ttl
        found.append(best[3] if fresh else None)
    return found


def _case(questions: list, rows: list, ttl: float) -> Case:
    return {"args": [questions, rows, ttl]}


_ROWS = [["ann", 2, 2, 20], ["ann", 5, 5, 50], ["bob", 3, 3, 30]]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case([["ann", 3], ["ann", 6], ["bob", 9]], _ROWS, 100)
    yield _case([["ann", 1], ["cat", 9]], _ROWS, 100)  # no history
    yield _case([["ann", 5]], _ROWS, 100)  # at the very moment
    yield _case([["ann", 5]], _ROWS, 0)
    yield _case([["ann", 8], ["ann", 9]], _ROWS, 3)  # the last moment, and one later
    yield _case([["ann", 8]], _ROWS, 2)  # too old
    yield _case([["ann", 6], ["ann", 7]], [["ann", 2, 2, 20], ["ann", 5, 7, 50]], 100)  # late
    yield _case([["ann", 9]], [["ann", 5, 5, 50], ["ann", 2, 8, 20]], 100)  # late, and older
    yield _case([["ann", 9]], [["ann", 5, 7, 2], ["ann", 5, 6, 1]], 100)  # a tie: arrived last
    yield _case([["ann", 6]], [["ann", 5, 5, 1], ["ann", 5, 8, 2]], 100)  # it was not there yet
    yield _case([["ann", 9]], [["ann", 5, 5, 2], ["ann", 5, 5, 1]], 100)  # the last of the table
    yield _case([["ann", 9]], [["ann", 1, 8, 1], ["ann", 2, 3, 2]], 5)  # arrived lately, too old
    yield _case([["ann", 9]], [["ann", 5, 5, 50], ["ann", 2, 2, 20]], 100)  # not in order
    yield _case([["ann", 9], ["ann", 3]], _ROWS, 100)  # nor the questions
    yield _case([["ann", 3]], [["ann", 5, 5, 0], ["ann", 2, 2, 0]], 100)  # the value 0
    yield _case([["ann", 3]], [["ann", 5, 1, 7]], 100)  # planned for later: not happened yet
    yield _case([["ann", 3]], [["ann", 3, 3, None]], 100)
    yield _case([["ann", 3]], [], 100)
    yield _case([], _ROWS, 100)
    for _ in range(20):
        names = ["ann", "bob", "cat"]
        rows = []
        for _ in range(int(rng.integers(1, 12))):
            event = int(rng.integers(0, 10))
            rows.append([str(rng.choice(names)), event, event + int(rng.integers(0, 4)),
                         int(rng.integers(100))])  # fmt: skip
        asked = [[str(rng.choice(names)), int(rng.integers(0, 14))] for _ in range(4)]
        yield _case(asked, rows, int(rng.integers(1, 10)))


def _judge(case: Case, result: object) -> Problem | None:
    questions, rows, ttl = case["args"]
    expected = asof_join(questions, rows, ttl)
    if result == expected:
        return None
    if not isinstance(result, list) or len(result) != len(questions):
        return Problem(expected, "Return a list with one value, or None, for each question.")
    for (key, time), got, right in zip(questions, result, expected, strict=True):
        if got == right:
            continue
        mine = [row for row in rows if row[0] == key]
        source = [row for row in mine if row[3] == got]
        asked = f"To the question ({key!r}, {time})"
        if not mine:
            why = f"{asked} there is no answer: nothing is known of {key!r}. Answer None."
        elif got is not None and not source:
            why = f"{asked} you answer with what is no value of {key!r}."
        elif source and all(row[1] > time for row in source):
            why = f"{asked} you use what happened after it."
        elif source and all(row[2] > time for row in source):
            why = f"{asked} you use a row that had happened but not arrived."
        elif right is None and got is not None:
            why = f"{asked} the newest row known happened more than ttl={ttl} before: None."
        elif got is None:
            why = (
                f"{asked} a row is known, and young enough. Both ends count: a row from the moment "
                "of the question, and one that happened ttl before."
            )
        elif any(row[3] == right and max(row[1:3]) == time for row in mine):
            why = f"{asked} a row is known that came at its very moment. Both ends count."
        else:
            why = (
                f"{asked} the newest row is the one that happened last; of those that happened at "
                "once the one that arrived last, and then the last in the table."
            )
        return Problem(expected, why)
    return Problem(expected, "Return the values as they are in the rows.")


def _join(questions, rows, ttl, *, known, order=lambda row: row[1:3], fresh=None):
    """Join with another idea of what is known, newest and fresh."""
    fresh = fresh or (lambda row, time: row[1] >= time - ttl)
    found = []
    for key, time in questions:
        mine = [row for row in rows if row[0] == key and known(row, time)]
        best = sorted(mine, key=order)[-1] if mine else None
        found.append(best[3] if best is not None and fresh(best, time) else None)
    return found


def _known(row, time):
    return max(row[1:3]) <= time


def _latest(questions, rows, ttl):
    return _join(questions, rows, ttl, known=lambda row, time: True)


def _event_time_only(questions, rows, ttl):
    return _join(questions, rows, ttl, known=lambda row, time: row[1] <= time)


def _arrived_last(questions, rows, ttl):
    return _join(questions, rows, ttl, known=_known, order=lambda row: (row[2], row[1]))


def _strictly_before(questions, rows, ttl):
    return _join(questions, rows, ttl, known=lambda row, time: max(row[1:3]) < time)


def _no_ttl(questions, rows, ttl):
    return asof_join(questions, rows, float("inf"))


def _ttl_of_arrival(questions, rows, ttl):
    fresh = lambda row, time: row[2] >= time - ttl  # noqa: E731
    return _join(questions, rows, ttl, known=_known, fresh=fresh)


def _first_of_ties(questions, rows, ttl):
    return asof_join(questions, rows[::-1], ttl)


def _any_key(questions, rows, ttl):
    return asof_join([(0, time) for _, time in questions], [(0, *row[1:]) for row in rows], ttl)


EXERCISE = Exercise(
    id="10.3-e2",
    name="asof_join",
    reference=asof_join,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "A row is known at a time if both its event and its arrival lie at or before it.",
        "Of the rows of the key that are known, keep the one with the greatest (event, arrived); "
        "let a later row of the table win a tie. Then ask whether it is young enough.",
        "if best is None or row[1:3] >= best[1:3]: best = row; in the end best[3] if best[1] >= "
        "time - ttl, else None.",
    ),
    wrong=(
        Wrong("the latest", _latest, "what happened after it"),
        Wrong("event time only", _event_time_only, "not arrived"),
        Wrong("arrived last", _arrived_last, "happened last"),
        Wrong("strictly before", _strictly_before, "Both ends count"),
        Wrong("no ttl", _no_ttl, "more than ttl"),
        Wrong("ttl from the arrival", _ttl_of_arrival, "more than ttl"),
        Wrong("first of ties", _first_of_ties, "last in the table"),
        Wrong("any key", _any_key, "no value of"),
    ),
    note="This looks at every row for every question. The library's point_in_time_join sorts once "
    "and finds each answer by bisection.",
    equivalent={
        f"asof_join: `1:3` -> `1:{end}`": "of the row that challenges: a longer tuple that begins "
        "alike is the greater one, and a tie is won anyway"
        for end in ("", "3 + 1", "4")
    },
)
