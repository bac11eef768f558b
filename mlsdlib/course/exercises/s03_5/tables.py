"""Exercise 3.5-e4: where do two tables of a feature disagree?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def parity(batch, stream, tol=0.0):
    """Return, sorted, the keys on which two tables of a feature disagree."""
    wrong = set(batch) ^ set(stream)
    for key in set(batch) & set(stream):
        a, b = batch[key], stream[key]
        if (a != a) != (b != b) or abs(a - b) > tol:
            wrong.add(key)
    return sorted(wrong)


_NAN = float("nan")


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for batch, stream, tol in (
        ({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.0}, 0.0),
        ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, 0.0),  # another order
        ({"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 1.0}, 0.0),
        ({"b": 1.0, "a": 2.0}, {"b": 1.5, "a": 2.25}, 0.0),
        ({"a": 1.0, "b": 2.0}, {"a": 1.5, "b": 2.0}, 0.5),  # just equal
        ({"a": 1.0, "b": 2.0}, {"a": 1.75, "b": 1.0}, 0.5),
        ({"a": _NAN}, {"a": _NAN}, 0.0),
        ({"a": _NAN, "b": 1.0}, {"a": 0.0, "b": _NAN}, 9.0),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0}, 0.0),
        ({"a": 1.0}, {"a": 1.0, "c": _NAN}, 0.0),
        ({"a": 0.0}, {"b": 0.0}, 1.0),
        ({"a": -1.0}, {"a": 1.0}, 1.0),
        ({}, {}, 0.0),
    ):
        yield {"args": [batch, stream, tol]}
    for _ in range(20):
        tables = []
        for _ in range(2):
            keys = [k for k in "abcdef" if rng.random() < 0.8]
            values = rng.choice([0.0, 1.0, 1.5, 2.0, _NAN], len(keys)).tolist()
            tables.append(dict(zip(rng.permutation(keys).tolist(), values, strict=True)))
        yield {"args": [*tables, float(rng.choice([0.0, 0.5, 1.0]))]}


def _judge(case: Case, result: object) -> Problem | None:
    batch, stream, tol = case["args"]
    expected = parity(batch, stream, tol)
    if result == expected:
        return None
    if not isinstance(result, list):
        return Problem(expected, "Return a list of keys.")
    wrong = sorted(set(result) ^ set(expected), key=str)
    if not wrong:
        why = "Each key once, and sorted."
    elif (wrong[0] in batch) != (wrong[0] in stream):
        why = "A key that only one table has is a disagreement, too."
    elif wrong[0] not in batch:
        why = "Only keys of the two tables can disagree."
    elif math.isnan(batch[wrong[0]]) and math.isnan(stream[wrong[0]]):
        why = "Two NaNs are equal here, though NaN != NaN in Python."
    elif math.isnan(batch[wrong[0]]) or math.isnan(stream[wrong[0]]):
        why = "A NaN and a number disagree, whatever the tolerance."
    else:
        why = "Values disagree if they differ by more than tol, to either side."
    return Problem(expected, why)


def _common_keys_only(batch, stream, tol=0.0):
    common = set(batch) & set(stream)
    return parity({k: batch[k] for k in common}, {k: stream[k] for k in common}, tol)


def _by_position(batch, stream, tol=0.0):
    other = dict(zip(batch, stream.values(), strict=False))
    return sorted({*parity(batch, other, tol)} if len(batch) == len(stream)
                  else {*parity(batch, stream, tol)})  # fmt: skip


def _nan_is_never_equal(batch, stream, tol=0.0):
    nans = [k for k in batch if k in stream and math.isnan(batch[k]) and math.isnan(stream[k])]
    return sorted({*parity(batch, stream, tol), *nans})


def _nan_is_always_equal(batch, stream, tol=0.0):
    nan = [k for k in batch if k in stream and math.isnan(batch[k] + stream[k])]
    return [k for k in parity(batch, stream, tol) if k not in nan]


def _one_side_only(batch, stream, tol=0.0):
    return [k for k in parity(batch, stream, tol)
            if k not in batch or k not in stream or not stream[k] < batch[k]]  # fmt: skip


def _unsorted(batch, stream, tol=0.0):
    return parity(batch, stream, tol)[::-1]


EXERCISE = Exercise(
    id="3.5-e4",
    name="parity",
    reference=parity,
    cases=_cases,
    judge=_judge,
    hints=(
        "Keys first: which are in one table only? Then values: which differ?",
        "Work with sets of keys. NaN is the value that is not equal to itself: a != a.",
        "wrong = set(batch) ^ set(stream); for the common keys add those where (a != a) != "
        "(b != b) or abs(a - b) > tol; return sorted(wrong)",
    ),
    wrong=(
        Wrong("common keys only", _common_keys_only, "only one table has"),
        Wrong("compared by position", _by_position, "differ by more than tol"),
        Wrong("NaN is never equal", _nan_is_never_equal, "Two NaNs are equal"),
        Wrong("NaN is always equal", _nan_is_always_equal, "whatever the tolerance"),
        Wrong("only too large values", _one_side_only, "to either side"),
        Wrong("not sorted", _unsorted, "sorted"),
    ),
    note="The tolerance is for sums that add in another order. It must stay far below what a bug "
    "does: a count may not differ at all.",
)
