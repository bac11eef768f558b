"""Exercise 3.5-e1: which old value predicts the present one best?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def best_lag(x, allowed):
    """Return the allowed age of a value that predicts the present one best."""
    best, smallest = None, float("inf")
    for lag in sorted(allowed):
        pairs = zip(x[lag:], x[:-lag], strict=True)
        errors = [abs(now - then) for now, then in pairs if now is not None and then is not None]
        if errors and sum(errors) / len(errors) < smallest:
            best, smallest = lag, sum(errors) / len(errors)
    return best


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    week = [5.0, 1.0, 8.0, 2.0, 9.0, 4.0, 7.0]
    yield {"args": [[1.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 3]]}
    yield {"args": [week * 4, [1, 3, 7]]}  # period 7
    yield {"args": [week * 4, [3, 1, 2]]}
    yield {"args": [[6.0] * 12, [4, 2, 3]]}  # flat: all are equally good
    yield {"args": [[1.0, None, 1.5, 9.0, 2.0, None, 2.5, 9.0], [1, 2, 4]]}
    yield {"args": [[1.0, 5.0, None, None], [2, 3]]}  # no pair at all
    yield {"args": [[1.0, 5.0, 2.0], [1, 2, 5]]}  # longer than the series
    yield {"args": [[0.0, 10.0, 0.0, 10.0, 1.0, 10.0], [1, 2]]}
    yield {"args": [[0.0, 0.0, 0.0, 0.0, 3.0, 9.0], [1, 4]]}  # few pairs are not few errors
    yield {"args": [[-4.0, 4.0, -4.0, 4.0], [1, 2]]}
    yield {"args": [[1.0, 2.0], []]}
    for _ in range(20):
        n = int(rng.integers(5, 16))
        x = [None if rng.random() < 0.15 else float(v) for v in rng.integers(0, 9, n)]
        yield {"args": [x, rng.choice(np.arange(1, 8), 3, replace=False).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    x, allowed = case["args"]
    expected = best_lag(x, allowed)
    if result is None and expected is None:
        return None
    if expected is not None and same_number(result, expected):
        return None
    if expected is None:
        why = "No age has a pair with both values: the answer is None."
    elif result is None:
        why = "Some age has pairs: the answer is one of those."
    elif result not in allowed:
        why = "Only an age that is allowed can be the answer."
    else:
        why = (
            "The mean of the absolute errors decides, over the pairs that have both values; of "
            "equally good ages it is the smallest."
        )
    return Problem(expected, why)


def _errors(x, lag):
    pairs = zip(x[lag:], x[:-lag], strict=True)
    return [now - then for now, then in pairs if now is not None and then is not None]


def _by_sum(x, allowed):
    sums = {lag: sum(map(abs, _errors(x, lag))) for lag in sorted(allowed) if _errors(x, lag)}
    return min(sums, key=sums.get, default=None)


def _signs_kept(x, allowed):
    means = {lag: abs(sum(e)) / len(e) for lag in sorted(allowed) if (e := _errors(x, lag))}
    return min(means, key=means.get, default=None)


def _first_of_equals(x, allowed):
    means = {lag: sum(map(abs, e)) / len(e) for lag in allowed if (e := _errors(x, lag))}
    return min(means, key=means.get, default=None)


def _gaps_are_zeros(x, allowed):
    return best_lag([0.0 if value is None else value for value in x], allowed)


def _freshest(x, allowed):
    return min(allowed, default=None)


EXERCISE = Exercise(
    id="3.5-e1",
    name="best_lag",
    reference=best_lag,
    cases=_cases,
    judge=_judge,
    hints=(
        "For each age, pretend that the value so long ago is your prediction, and measure it.",
        "x[lag:] are the present values, x[:-lag] those before. Leave out pairs with None, and "
        "take the mean of the absolute differences.",
        "for lag in sorted(allowed): errors = [abs(a - b) for a, b in zip(x[lag:], x[:-lag]) if "
        "a is not None and b is not None]; keep the lag if its mean is smaller than the best",
    ),
    wrong=(
        Wrong("the sum decides", _by_sum, "The mean of the absolute errors"),
        Wrong("signs kept", _signs_kept, "The mean of the absolute errors"),
        Wrong("the first of equals", _first_of_equals, "it is the smallest"),
        Wrong("a gap is a zero", _gaps_are_zeros, "that have both values"),
        Wrong("the freshest", _freshest, "The mean of the absolute errors"),
    ),
    equivalent={
        "best_lag: `zip(x[lag:], x[:-lag], strict=True)` -> `zip(x[lag:], x[:-lag])`": "both are "
        "equally long",
        "best_lag: `strict=True` -> `strict=False`": "both are equally long",
    },
    note="Each age is judged on slightly different hours here, since their gaps differ. With many "
    "gaps, compare all ages on the hours that all of them have.",
)
