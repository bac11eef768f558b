"""Exercise 9.1-e6: which version is in production?"""

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


def in_production(script):
    """Return the version in production after each call, None as long as there is none."""
    history, after = [], []
    for name, *version in script:
        if name == "promote":
            if history[-1:] != version:
                history += version
        elif name == "rollback" and len(history) > 1:
            history.pop()
        after.append(history[-1] if history else None)
    return after


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for script in (
        [["promote", 1], ["promote", 2], ["rollback"]],
        [["promote", 1], ["promote", 2], ["promote", 3], ["rollback"], ["rollback"]],
        [["promote", 1], ["promote", 2], ["rollback"], ["promote", 3], ["rollback"]],  # to 1, not 2
        [["promote", 1], ["promote", 3], ["rollback"]],  # 2 was never in production
        [["promote", 2], ["promote", 1], ["rollback"]],  # an older one, on purpose
        [["promote", 1], ["promote", 2], ["promote", 2], ["rollback"]],  # twice the same
        [["promote", 1], ["promote", 2], ["promote", 3], ["promote", 3], ["rollback"]],
        [["promote", 1], ["promote", 2], ["promote", 1], ["rollback"], ["rollback"]],
        [["promote", 1], ["rollback"], ["rollback"]],  # nothing to go back to
        [["rollback"], ["promote", 4]],
        [["add", 1], ["promote", 1], ["add", 2], ["rollback"], ["add", 3]],  # not released yet
        [["add", 1]],
        [],
    ):
        yield {"args": [script]}
    for _ in range(20):
        script = []
        for _ in range(int(rng.integers(3, 10))):
            name = str(rng.choice(["add", "promote", "promote", "rollback"]))
            script.append([name] if name == "rollback" else [name, int(rng.integers(1, 5))])
        yield {"args": [script]}


def _judge(case: Case, result: object) -> Problem | None:
    (script,) = case["args"]
    expected = in_production(script)
    if result == expected:
        return None
    if not isinstance(result, list) or len(result) != len(expected):
        return Problem(expected, "Return a list with a version, or None, for each call.")
    k = next(i for i, pair in enumerate(zip(result, expected, strict=True)) if pair[0] != pair[1])
    name = script[k][0]
    if name == "add":
        why = f"After {tuple(script[k])}: a version that was added is not in production yet."
    elif name == "promote":
        why = f"After {tuple(script[k])}: what was promoted last is in production, whatever it is."
    elif expected[k] is None:
        why = "Before anything was promoted, nothing is in production."
    elif k and result[k] == result[k - 1] and ["promote", result[k]] in script[:k]:
        why = (
            f"Call number {k + 1}, a rollback: the version before must come back. Promoting what "
            "is in production already adds nothing to the way back."
        )
    else:
        why = (
            f"Call number {k + 1}, a rollback, goes back to what was in production before; what "
            "was rolled back is not on the way any more, and the last one stays."
        )
    return Problem(expected, why)


def _one_less(script):
    now, after = None, []
    for name, *version in script:
        if name == "promote":
            (now,) = version
        elif name == "rollback" and now is not None:
            now = max(1, now - 1)
        after.append(now)
    return after


def _only_one_back(script):
    now = before = None
    after = []
    for name, *version in script:
        if name == "promote":
            before, now = now, version[0]
        elif name == "rollback" and before is not None:
            now = before
        after.append(now)
    return after


def _empties(script):
    history, after = [], []
    for name, *version in script:
        if name == "promote" and history[-1:] != version:
            history += version
        elif name == "rollback" and history:
            history.pop()
        after.append(history[-1] if history else None)
    return after


def _twice_the_same(script):
    history, after = [], []
    for name, *version in script:
        if name == "promote":
            history += version
        elif name == "rollback" and len(history) > 1:
            history.pop()
        after.append(history[-1] if history else None)
    return after


def _adding_releases(script):
    return in_production([("promote", *v) if name == "add" else (name, *v) for name, *v in script])


def _keeps_what_was_bad(script):
    history, at, after = [], -1, []
    for name, *version in script:
        if name == "promote":
            if at < 0 or history[at] != version[0]:
                history += version
                at = len(history) - 1
        elif name == "rollback" and at > 0:
            at -= 1
        after.append(history[at] if history else None)
    return after


EXERCISE = Exercise(
    id="9.1-e6",
    name="in_production",
    reference=in_production,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "What has to be remembered so that one can go back more than once?",
        "Keep a list of what was in production. A promotion appends, a rollback takes off the "
        "last, unless it is the only one.",
        "if name == 'promote' and history[-1:] != version: history += version; elif name == "
        "'rollback' and len(history) > 1: history.pop()",
    ),
    wrong=(
        Wrong("one number less", _one_less, "in production before"),
        Wrong("one step only", _only_one_back, "must come back"),
        Wrong("back to nothing", _empties, "the last one stays"),
        Wrong("twice the same", _twice_the_same, "adds nothing"),
        Wrong("adding releases", _adding_releases, "not in production yet"),
        Wrong("over what was rolled back", _keeps_what_was_bad, "not on the way any more"),
    ),
    note="A version number alone does not bring a model back: its bytes must still be there, and "
    "the features that the old model takes. Keep them as long as you may want to return.",
)
