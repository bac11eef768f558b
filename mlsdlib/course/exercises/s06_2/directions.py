"""Exercise 6.2-e2: which predictions move the wrong way?"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted

__all__ = ["EXERCISE"]


def violations(m, X, col, delta, sign):
    """Return the positions of the rows whose prediction moves the wrong way."""
    known = [i for i, row in enumerate(X) if row[col] is not None]
    before = m([X[i] for i in known])
    after = m([X[i] | {col: X[i][col] + delta} for i in known])
    return [i for i, a, b in zip(known, before, after, strict=True) if sign * (b - a) < 0]


_FARES = {
    "per_mile": lambda row: 3.0 + 2.0 * row["miles"],
    "steps": lambda row: 5.0 * math.floor(row["miles"] / 4),
    "hump": lambda row: 3.0 + 2.0 * row["miles"] - 0.125 * row["miles"] ** 2,
    "night": lambda row: row["miles"] * (1 if row["hour"] < 20 else -1),
}


def _model(name: str) -> Callable:
    def m(rows):
        if isinstance(rows, dict):
            raise TypeError("m takes a list of rows, got one row")
        return [_FARES[name](row) for row in rows]

    return m


_CHANGED = "X was changed"


def _call(function: Callable, case: Case) -> object:
    X = copy.deepcopy(case["X"])
    result = attempted(function(_model(case["m"]), X, case["col"], case["delta"], case["sign"]))
    result = list(result) if isinstance(result, (tuple, np.ndarray)) else result
    return result if case["X"] == X else _CHANGED


def _show(name: str, case: Case) -> str:
    return (
        f"{name}(m, {case['X']!r}, {case['col']!r}, {case['delta']!r}, {case['sign']!r}), "
        f"m the model {case['m']!r}"
    )


def _rows(*miles: float | None, hour: int = 12) -> list[dict]:
    return [{"miles": value, "hour": hour} for value in miles]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for m, rows, col, delta, sign in (
        ("per_mile", _rows(1.0, 5.0), "miles", 0.5, 1),
        ("hump", _rows(1.0, 5.0, 9.0), "miles", 1.0, 1),
        ("hump", _rows(1.0, 5.0, 9.0), "miles", 1.0, -1),
        ("steps", _rows(1.0, 3.5, 9.0), "miles", 1.0, -1),  # a plateau, a step
        ("steps", _rows(1.0, 3.5, 9.0), "miles", 1.0, 1),
        ("hump", _rows(7.5), "miles", 1.0, 1),  # as high on both sides of the hump
        ("hump", _rows(1.0, None, 9.0), "miles", 1.0, 1),
        ("per_mile", _rows(None, None), "miles", 1.0, 1),
        ("per_mile", [], "miles", 1.0, 1),
        ("night", _rows(1.0, 2.0) + _rows(3.0, 0.0, hour=22), "miles", 1.0, 1),
        ("night", _rows(1.0, 2.0, hour=19), "hour", 1, 1),  # another column
        ("per_mile", _rows(1.0, 2.0), "hour", 1, 1),  # one that does not matter
        ("hump", _rows(0.0, 0.0, 9.0), "miles", 1.0, 1),  # 0 is known
    ):
        yield {"m": m, "X": rows, "col": col, "delta": delta, "sign": sign}
    for _ in range(20):
        yield {
            "m": str(rng.choice(list(_FARES))),
            "X": [
                {
                    "miles": None if rng.random() < 0.15 else float(rng.integers(0, 24)) / 2,
                    "hour": int(rng.integers(18, 22)),
                }
                for _ in range(int(rng.integers(0, 7)))
            ],
            "col": "miles",
            "delta": float(rng.integers(1, 9)) / 2,
            "sign": int(rng.choice([1, -1])),
        }


def _judge(case: Case, result: object) -> Problem | None:
    m, X, col, sign = _model(case["m"]), case["X"], case["col"], case["sign"]
    expected = violations(m, X, col, case["delta"], sign)
    if result == _CHANGED:
        return Problem(expected, "Leave X as it is: others still need the rows. Change copies.")
    if not isinstance(result, list):
        return Problem(expected, "Return a list of positions.")
    if result == expected:
        return None
    known = [i for i, row in enumerate(X) if row[col] is not None]
    other = violations(m, X, col, case["delta"], -sign)
    still = sorted(set(known) - set(expected) - set(other))
    if result == [known.index(i) for i in expected]:
        why = "The positions are those in X, counted from 0, in order."
    elif any(i in result for i in range(len(X)) if i not in known):
        why = "A row whose value is None cannot be tested: it is in no answer."
    elif any(i in result for i in still):
        why = "A prediction that stays where it is violates nothing."
    elif any(i in result for i in other):
        why = "With sign 1 only a fall is a violation, with sign -1 only a rise."
    else:
        why = "Give the position of every row that fails, once, in order; 0 is a value, too."
    return Problem(expected, why)


def _plateau_too(m, X, col, delta, sign):
    known = [i for i, row in enumerate(X) if row[col] is not None]
    before = m([X[i] for i in known])
    after = m([X[i] | {col: X[i][col] + delta} for i in known])
    return [i for i, a, b in zip(known, before, after, strict=True) if sign * (b - a) <= 0]


def _in_place(m, X, col, delta, sign):
    found = violations(m, X, col, delta, sign)
    for row in X:
        if row[col] is not None:
            row[col] += delta
    return found


def _sign_ignored(m, X, col, delta, sign):
    return violations(m, X, col, delta, 1)


def _any_move(m, X, col, delta, sign):
    return sorted({*violations(m, X, col, delta, 1), *violations(m, X, col, delta, -1)})


def _positions_among_known(m, X, col, delta, sign):
    return violations(m, [row for row in X if row[col] is not None], col, delta, sign)


def _zero_is_missing(m, X, col, delta, sign):
    return [i for i in violations(m, X, col, delta, sign) if X[i][col]]


def _missing_fails(m, X, col, delta, sign):
    missing = [i for i, row in enumerate(X) if row[col] is None]
    return sorted(violations(m, X, col, delta, sign) + missing)


EXERCISE = Exercise(
    id="6.2-e2",
    name="violations",
    reference=violations,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Predict the rows as they are, and copies of them with the column changed. Which moves are "
        "wrong?",
        "row | {col: row[col] + delta} is a changed copy. The move times the sign is negative "
        "where it goes the wrong way, and zero on a plateau.",
        "known = [i for i, row in enumerate(X) if row[col] is not None]; before, after = m([...]), "
        "m([...]); keep i where sign * (after - before) < 0",
    ),
    wrong=(
        Wrong("a plateau too", _plateau_too, "stays where it is"),
        Wrong("changes X", _in_place, "Leave X as it is"),
        Wrong("sign ignored", _sign_ignored, "With sign 1"),
        Wrong("any move", _any_move, "With sign 1"),
        Wrong("positions among the known", _positions_among_known, "counted from 0"),
        Wrong("zero is missing", _zero_is_missing, "0 is a value"),
        Wrong("missing fails", _missing_fails, "cannot be tested"),
    ),
    note="The library's directional_test calls the model once for all rows, and takes a tolerance: "
    "a fall by less than a cent is rounding.",
    equivalent={
        f"violations: `{old}` -> `{new}`": "the model of a case answers every row"
        for old, new in (
            ("zip(known, before, after, strict=True)", "zip(known, before, after)"),
            ("strict=True", "strict=False"),
        )
    },
)
