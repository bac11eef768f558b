"""Exercise 9.2-e1: what do two offline tests say together?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_args,
    show_args,
)

__all__ = ["EXERCISE"]

_ANSWERS = ("missing", "hold", "conflict", "ship")


def gate(static, backtest):
    """Return what to do with a new model: "missing", "hold", "conflict" or "ship"."""
    if static is None or backtest is None:
        return "missing"
    if backtest[0] >= backtest[1]:
        return "hold"
    if static[0] > 1.1 * static[1]:
        return "conflict"
    return "ship"


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[10, 10], [8, 9]]}  # ship
    yield {"args": [[8, 10], [9, 8]]}  # better on the old test only
    yield {"args": [[12, 10], [8, 9]]}  # better lately, much worse on the old test
    yield {"args": [[10.5, 10], [8, 9]]}  # a little worse on the old test
    yield {"args": [[12, 10], [9, 8]]}  # worse on both
    yield {"args": [None, [8, 9]]}
    yield {"args": [[8, 10], None]}
    yield {"args": [None, [9, 8]]}  # missing comes first
    yield {"args": [None, None]}
    yield {"args": [[8, 10], [9, 9]]}  # no better
    yield {"args": [[1.25, 1], [0.5, 1]]}
    yield {"args": [[22, 20], [1, 2]]}  # on the line
    yield {"args": [[0, 0], [0, 1]]}  # nothing to lose
    yield {"args": [[0.5, 0], [0, 1]]}
    for _ in range(25):
        pairs = [
            None if rng.random() < 0.1 else rng.choice([2, 4, 6, 7, 8], 2).tolist()
            for _ in range(2)
        ]
        yield {"args": pairs}


def _call(function, case):
    pairs = [pair if pair is None else tuple(pair) for pair in case["args"]]
    return call_with_args(function, {"args": pairs})


def _show(name: str, case: Case) -> str:
    pairs = [pair if pair is None else tuple(pair) for pair in case["args"]]
    return show_args(name, {"args": pairs})


def _judge(case: Case, result: object) -> Problem | None:
    static, backtest = case["args"]
    expected = gate(static, backtest)
    if isinstance(result, str) and result == expected:
        return None
    if result not in _ANSWERS:
        return Problem(expected, f"Return one of {', '.join(_ANSWERS)}.")
    if expected == "missing":
        why = "A test that did not run has not been passed, whatever the other one says."
    elif expected == "ship" and result == "hold":
        why = "Both pairs are errors: lower is better, and the new model comes first."
    elif expected == "hold":
        why = (
            "The new model is no better on the backtest: there is no reason to ship it, and the "
            "static test alone is too old to be one."
        )
    elif expected == "conflict":
        why = (
            "Better on recent data, and more than a tenth worse on the static test: somebody has "
            "to look whether the world has changed or the recent data are broken."
        )
    elif result == "conflict":
        why = "The static test is a floor: up to a tenth worse passes, a tenth exactly too."
    else:
        why = "Better on the backtest, and not more than a tenth worse on the static test: ship."
    return Problem(expected, why)


def _backtest_only(static, backtest):
    if static is None or backtest is None:
        return "missing"
    return "ship" if backtest[0] < backtest[1] else "hold"


def _missing_passes(static, backtest):
    return gate(static or (0, 0), backtest or (0, 1))


def _static_must_win(static, backtest):
    if static is None or backtest is None:
        return "missing"
    if backtest[0] >= backtest[1]:
        return "hold"
    return "ship" if static[0] < static[1] else "conflict"


def _either_will_do(static, backtest):
    if static is None or backtest is None:
        return "missing"
    return "ship" if static[0] < static[1] or backtest[0] < backtest[1] else "hold"


def _higher_is_better(static, backtest):
    if static is None or backtest is None:
        return "missing"
    return gate(static[::-1], backtest[::-1])


def _disagreement_is_conflict(static, backtest):
    if static is None or backtest is None:
        return "missing"
    old, new = static[0] <= 1.1 * static[1], backtest[0] < backtest[1]
    return "conflict" if old != new else "ship" if new else "hold"


EXERCISE = Exercise(
    id="9.2-e1",
    name="gate",
    reference=gate,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "The two tests have different jobs: the backtest must be won, the static test only not be "
        "lost by much.",
        "Look for None first. Then the backtest decides on hold, and only then the static test on "
        "conflict.",
        'if static is None or backtest is None: "missing"; elif backtest[0] >= backtest[1]: "hold";'
        ' elif static[0] > 1.1 * static[1]: "conflict"; else "ship"',
    ),
    wrong=(
        Wrong("the backtest only", _backtest_only, "somebody has to look"),
        Wrong("missing passes", _missing_passes, "did not run"),
        Wrong("the static test must be won", _static_must_win, "is a floor"),
        Wrong("either will do", _either_will_do, "no reason to ship"),
        Wrong("higher is better", _higher_is_better, "lower is better"),
        Wrong("each disagreement is a conflict", _disagreement_is_conflict, "no reason to ship"),
    ),
    note="A tenth is a choice: how much of the old skill may a model of the new world lose? Write "
    "it down before the first model comes, or it will be chosen for a model.",
)
