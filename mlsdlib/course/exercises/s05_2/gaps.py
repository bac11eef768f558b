"""Exercise 5.2-e1: fill gaps with what training knew, and mark where they were."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Words,
    Wrong,
    attempted,
    same_number,
)

__all__ = ["EXERCISE"]


class Imputer:
    """Fill gaps with the medians of training, and mark where they were."""

    def fit(self, rows):
        """Learn the median of each column's known values, 0 where there is none."""
        self.medians = []
        for column in zip(*rows, strict=True):
            known = [value for value in column if value is not None]
            self.medians.append(statistics.median(known) if known else 0)
        return self

    def transform(self, rows):
        """Return the rows without gaps, and behind each one mark for every column."""
        filled = []
        for row in rows:
            pairs = zip(row, self.medians, strict=True)
            values = [median if value is None else value for value, median in pairs]
            filled.append(values + [int(value is None) for value in row])
        return filled


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[1, 10], [None, 20], [9, 30], [2, 90]], [[None, 5], [7, None]]]}
    yield {"args": [[[1.0], [2.0], [4.0], [9.0]], [[None]]]}  # between two in the middle
    yield {"args": [[[5, None], [7, None]], [[None, None], [1, 2]]]}  # nothing known of one
    yield {"args": [[[1, 2], [3, 4], [9, 8]], [[None, None], [5, 5]]]}  # no gap in training
    yield {"args": [[[0, 1], [None, 1], [0, 1]], [[100, 50], [None, 70], [300, None]]]}
    yield {"args": [[[3], [None], [None], [None], [5], [7]], [[None], [0]]]}
    yield {"args": [[[3, 1], [5, 2]], [[4, 4]]]}  # no gap in serving
    yield {"args": [[[2, 0], [None, 0]], []]}
    for _ in range(15):
        width = int(rng.integers(1, 4))

        def rows(n: int, high: int, width: int = width) -> list:
            gaps = rng.random((n, width)) < 0.3
            values = rng.integers(-3, high, (n, width)).tolist()
            return [
                [None if gap else value for gap, value in zip(*pair, strict=True)]
                for pair in zip(gaps, values, strict=True)
            ]

        yield {"args": [rows(int(rng.integers(2, 8)), 20), rows(3, 90)]}


def _call(fn, case: Case) -> object:
    train, new = copy.deepcopy(case["args"])
    imputer = fn()
    attempted(imputer.fit(train))
    result = attempted(imputer.transform(new))
    if [train, new] != case["args"]:
        return {"rows that came in, afterwards": [train, new]}
    if not isinstance(result, (list, tuple, np.ndarray)):
        return result
    return [row.tolist() if isinstance(row, np.ndarray) else row for row in result]


def _show(name: str, case: Case) -> str:
    train, new = case["args"]
    return f"{name}().fit({train!r}), then transform({new!r})"


def _judge(case: Case, result: object) -> Problem | None:
    train, new = case["args"]
    expected = Imputer().fit(train).transform(new)
    width = len(train[0])
    if isinstance(result, dict):
        return Problem(
            Words("the rows that came in stay as they are"),
            "Build new rows: the caller may still need its own, with the gaps in them.",
        )
    if not isinstance(result, list) or len(result) != len(new):
        return Problem(expected, "Return a list with one row for each row that came in.")
    for row, right, raw in zip(result, expected, new, strict=True):
        if not isinstance(row, (list, tuple)) or len(row) != 2 * width:
            return Problem(
                Words(f"rows of {2 * width} numbers, here {expected}"),
                "Behind the values stands one mark for every column, wherever the gaps were in "
                "training: else the width of the table would depend on chance.",
            )
        row = list(map(_as_number, row))
        if _same(row, right):
            continue
        if _same(row[::2] + row[1::2], right):
            return Problem(expected, "First come all the values, behind them all the marks.")
        for place in range(width):
            if not same_number(row[place], right[place]):
                return Problem(expected, _why_value(train, raw, place, row[place]))
        why = "A mark is 1 where the value was missing, and 0 elsewhere."
        return Problem(expected, why if any(row[width:]) else f"{why} {_BEFORE}")
    return None


_BEFORE = "Look for the gaps before you fill them."


def _same(row: list, right: list) -> bool:
    return all(map(same_number, row, right))


def _as_number(mark: object) -> object:
    """Return a mark as a number: True is 1, to Python and to any model."""
    return int(mark) if isinstance(mark, (bool, np.bool_)) else mark


def _why_value(train: list, raw: list, place: int, got: object) -> str:
    if raw[place] is not None:
        return "A value that is known stays as it is."
    known = sorted(row[place] for row in train if row[place] is not None)
    if not known:
        return "Of this column nothing is known in training: a gap becomes 0."
    n = len(known)
    if n % 2 == 0 and got in (known[n // 2 - 1], known[n // 2]):
        return (
            "Of an even number of values the median lies halfway between the two in the middle, "
            "as statistics.median finds it."
        )
    return (
        "A gap becomes the median of the column's known values in the rows that fit was given; "
        "transform learns nothing, and a None is no 0."
    )


class _Means(Imputer):
    def fit(self, rows):
        columns = [[v for v in column if v is not None] for column in zip(*rows, strict=True)]
        self.medians = [statistics.mean(known) if known else 0 for known in columns]
        return self


class _LearnsInServing(Imputer):
    def transform(self, rows):
        return Imputer().fit(rows).transform(rows) if rows else []


class _GapsAreZeros(Imputer):
    def fit(self, rows):
        return super().fit([[0 if value is None else value for value in row] for row in rows])


class _MarksOfTraining(Imputer):
    def fit(self, rows):
        self.marked = [None in column for column in zip(*rows, strict=True)]
        return super().fit(rows)

    def transform(self, rows):
        n = len(self.medians)
        return [
            row[:n] + [mark for mark, kept in zip(row[n:], self.marked, strict=True) if kept]
            for row in super().transform(rows)
        ]


class _NoMarks(Imputer):
    def transform(self, rows):
        return [row[: len(self.medians)] for row in super().transform(rows)]


class _KeepsUnknown(Imputer):
    def fit(self, rows):
        super().fit(rows)
        columns = zip(*rows, strict=True)
        self.medians = [
            None if not any(v is not None for v in column) else median
            for column, median in zip(columns, self.medians, strict=True)
        ]
        return self


class _MarksBetween(Imputer):
    def transform(self, rows):
        n = len(self.medians)
        pairs = (zip(row[:n], row[n:], strict=True) for row in super().transform(rows))
        return [[number for pair in row for number in pair] for row in pairs]


class _MarksAfterFilling(Imputer):
    def transform(self, rows):
        n = len(self.medians)
        return [row[:n] + [int(v is None) for v in row[:n]] for row in super().transform(rows)]


class _FillsTheRowsGiven(Imputer):
    def transform(self, rows):
        for row in rows:
            row += [int(value is None) for value in row]
            for place, median in enumerate(self.medians):
                if row[place] is None:
                    row[place] = median
        return rows


class _UpperMedian(Imputer):
    def fit(self, rows):
        columns = [[v for v in column if v is not None] for column in zip(*rows, strict=True)]
        self.medians = [sorted(known)[len(known) // 2] if known else 0 for known in columns]
        return self


class _MarksReversed(Imputer):
    def transform(self, rows):
        n = len(self.medians)
        return [row[:n] + [1 - mark for mark in row[n:]] for row in super().transform(rows)]


EXERCISE = Exercise(
    id="5.2-e1",
    name="Imputer",
    reference=Imputer,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "What fit learns must be kept in the object; transform only looks it up.",
        "zip(*rows) gives the columns. Take the median of the values that are not None, and think "
        "of a column that has none.",
        "fit: self.medians = [statistics.median(known) if known else 0 for each column]; "
        "transform: values + [int(value is None) for value in row]",
    ),
    wrong=(
        Wrong("the mean", _Means, "the median of the column's known values"),
        Wrong("learns in serving", _LearnsInServing, "transform learns nothing"),
        Wrong("a gap counts as a zero", _GapsAreZeros, "a None is no 0"),
        Wrong("marks only where training had gaps", _MarksOfTraining, "one mark for every column"),
        Wrong("no marks", _NoMarks, "one mark for every column"),
        Wrong("unknown columns stay None", _KeepsUnknown, "nothing is known in training"),
        Wrong("marks reversed", _MarksReversed, "1 where the value was missing"),
        Wrong("marks between the values", _MarksBetween, "First come all the values"),
        Wrong("marks what is filled", _MarksAfterFilling, "before you fill them"),
        Wrong("fills the rows given", _FillsTheRowsGiven, "Build new rows"),
        Wrong("the upper of two", _UpperMedian, "halfway between the two"),
    ),
    note="scikit-learn's SimpleImputer(strategy='median', add_indicator=True) marks only the "
    "columns that had gaps in training. A column whose first gap comes in serving is then filled "
    "without a mark.",
    equivalent={
        "fit: `return self` -> `return`": "the check calls fit and transform apart",
        "fit: `zip(*rows, strict=True)` -> `zip(*rows)`": "all rows are equally long",
        "fit: `strict=True` -> `strict=False`": "all rows are equally long",
        "transform: `zip(row, self.medians, strict=True)` -> `zip(row, self.medians)`": "both are "
        "equally long",
        "transform: `strict=True` -> `strict=False`": "both are equally long",
    },
)
