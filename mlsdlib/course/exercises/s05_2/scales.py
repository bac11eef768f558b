"""Exercise 5.2-e2: a scaler that one wrong value does not move."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted, same_number

__all__ = ["EXERCISE"]


class Scaler:
    """Scale by the median and the quartiles of training."""

    def fit(self, values):
        """Learn the median and the distance between the quartiles."""
        low, self.median, high = np.percentile(values, [25, 50, 75])
        self.spread = high - low
        if self.spread == 0:
            self.spread = 1
        return self

    def transform(self, values):
        """Return each value's distance from the median, in units of the spread."""
        return [float((value - self.median) / self.spread) for value in values]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 2, 3, 4, 5], [1, 3, 9]]}
    yield {"args": [[1, 2, 3, 4, 1_000_000], [1, 3, 9]]}  # an outlier
    yield {"args": [[7.0, 7.0, 7.0], [7.0, 9.0]]}  # constant
    yield {"args": [[4, 4, 4, 4, 4, 4, 4, 90], [4, 6]]}  # nearly constant
    yield {"args": [[10, 20, 30, 40], [100]]}  # a single row in serving
    yield {"args": [[10, 20, 30, 40], [1000, 2000, 3000]]}
    yield {"args": [[-5, -1, 0, 2], [0, -5]]}
    yield {"args": [[3], [5, 3]]}
    yield {"args": [[0.5, 0.25, 0.75], []]}
    yield {"args": [[0, 0.25, 0.5, 0.75, 1], [0.5, 1]]}
    for _ in range(15):
        train = rng.normal(50, 20, int(rng.integers(4, 12))).round(1).tolist()
        yield {"args": [train, rng.normal(80, 50, 4).round(1).tolist()]}


def _call(fn, case: Case) -> object:
    train, new = case["args"]
    scaler = fn()
    attempted(scaler.fit(train))
    result = attempted(scaler.transform(new))
    return list(result) if isinstance(result, (tuple, np.ndarray)) else result


def _show(name: str, case: Case) -> str:
    train, new = case["args"]
    return f"{name}().fit({train!r}), then transform({new!r})"


def _judge(case: Case, result: object) -> Problem | None:
    train, new = case["args"]
    expected = Scaler().fit(train).transform(new)
    if not isinstance(result, list) or len(result) != len(new):
        return Problem(expected, "Return a list with one number for each value that came in.")
    if _same(result, expected):
        return None
    return Problem(expected, _why(train, new, result))


def _why(train: list, new: list, result: list) -> str:
    low, median, high = np.percentile(train, [25, 50, 75]).tolist()
    if low == high:
        return "The quartiles are equal: subtract the median, and divide by 1."
    if not all(isinstance(v, (int, float, np.number)) and math.isfinite(v) for v in result):
        return "All results are finite numbers."
    if _same(result, Scaler().fit(new).transform(new)):
        return "Median and quartiles come from the values that fit was given, not from these."
    if max(train) > 1_000 * high:
        return (
            "One huge value must hardly move the result: take the median and the quartiles, not "
            "the mean or all of the range."
        )
    subtract, divide = "Subtract the median", "divide by the distance between the quartiles"
    if _same(result, [v - median / (high - low) for v in new]):
        return "Subtract first, then divide: put brackets around the difference."
    for by in _divisors(new, result):
        if by < 0:
            return f"{subtract} from the value, not the value from the median."
        if same_number(by, high - low):
            return f"{subtract}, {median:g}: your results have their zero elsewhere."
        zero = new[0] - result[0] * by
        if same_number(zero, median):
            return (
                f"{subtract}, as you do, and {divide}, {high:g} - {low:g} as numpy.percentile "
                f"finds them: you divide by {by:.3g}."
            )
    return f"{subtract}, and {divide}, as numpy.percentile finds them."


def _divisors(new: list, result: list) -> list[float]:
    """Return by what the values were divided, if they were moved and divided by one number."""
    steps, theirs = np.diff(new), np.diff(result)
    if not (steps.size and theirs.all() and steps.all()):
        return []
    ratios = steps / theirs
    return [float(ratios[0])] if np.allclose(ratios, ratios[0]) else []


def _same(result: list, expected: list) -> bool:
    return all(map(same_number, result, expected))


class _Standard(Scaler):
    def fit(self, values):
        self.median, self.spread = np.mean(values), np.std(values) or 1
        return self


class _MinMax(Scaler):
    def fit(self, values):
        self.median, self.spread = min(values), (max(values) - min(values)) or 1
        return self


class _ScalesTheRequest(Scaler):
    def transform(self, values):
        return Scaler().fit(values).transform(values) if values else []


class _DividesByZero(Scaler):
    def fit(self, values):
        low, self.median, high = np.percentile(values, [25, 50, 75])
        self.spread = high - low
        return self


class _ConstantIsZero(Scaler):
    def transform(self, values):
        if self.is_constant:
            return [0.0 for _ in values]
        return super().transform(values)

    def fit(self, values):
        self.is_constant = len(set(values)) == 1
        return super().fit(values)


class _OnlyCentred(Scaler):
    def fit(self, values):
        super().fit(values)
        self.spread = 1
        return self


class _MeanCentred(Scaler):
    def fit(self, values):
        super().fit(values)
        self.median = np.mean(values)
        return self


class _NoBrackets(Scaler):
    def transform(self, values):
        return [float(value - self.median / self.spread) for value in values]


class _Reversed(Scaler):
    def transform(self, values):
        return [float((self.median - value) / self.spread) for value in values]


class _FromFirstQuartile(Scaler):
    def fit(self, values):
        super().fit(values)
        self.median = np.percentile(values, 25)
        return self


class _OtherQuartiles(Scaler):
    def fit(self, values):
        super().fit(values)
        low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else (0, 0, 1)
        self.spread = high - low or 1
        return self


EXERCISE = Exercise(
    id="5.2-e2",
    name="Scaler",
    reference=Scaler,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Keep two numbers from training: the median, and how far the quartiles lie apart.",
        "numpy.percentile(values, [25, 50, 75]) returns the first quartile, the median and the "
        "third. Their distance can be 0 even if not all values are equal.",
        "low, self.median, high = np.percentile(values, [25, 50, 75]); self.spread = high - low "
        "or, if that is 0, 1; transform: (value - self.median) / self.spread",
    ),
    wrong=(
        Wrong("mean and deviation", _Standard, "you divide by"),
        Wrong("min and max", _MinMax, "divide by the distance between the quartiles"),
        Wrong("the mean in the middle", _MeanCentred, "not the mean or all of the range"),
        Wrong("no brackets", _NoBrackets, "put brackets"),
        Wrong("the wrong way round", _Reversed, "not the value from the median"),
        Wrong("from the first quartile", _FromFirstQuartile, "have their zero elsewhere"),
        Wrong("quartiles of another kind", _OtherQuartiles, "as numpy.percentile finds them"),
        Wrong("scales the request", _ScalesTheRequest, "from the values that fit was given"),
        Wrong("divides by zero", _DividesByZero, "divide by 1"),
        Wrong("a constant is always zero", _ConstantIsZero, "divide by 1"),
        Wrong("only centred", _OnlyCentred, "you divide by 1"),
    ),
    equivalent={"fit: `return self` -> `return`": "the check calls fit and transform apart"},
    note="scikit-learn's RobustScaler does the same for each column of a table.",
)
