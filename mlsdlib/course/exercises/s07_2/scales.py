"""Exercise 7.2-e1: scale and zero point of numbers in few bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number
from mlsdlib.course.exercises.s07_2._results import plain

__all__ = ["EXERCISE"]


def quant_params(x, bits, sym):
    """Return the scale and the zero point that put some numbers into so many bits."""
    if sym:
        return max(abs(v) for v in x) / (2 ** (bits - 1) - 1) or 1.0, 0
    low, high = min([0, *x]), max([0, *x])
    scale = (high - low) / (2**bits - 1) or 1.0
    return scale, round(-low / scale)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[-1.0, 0.5, 3.0], 2, False]}
    yield {"args": [[-1.0, 0.5, 3.0], 3, True]}
    yield {"args": [[-6.0, 1.0], 8, True]}  # the largest size is negative
    yield {"args": [[2.0, 4.0, 6.0], 4, False]}  # one-sided: 0 must be in the range
    yield {"args": [[-3.0, -1.5], 4, False]}
    yield {"args": [[0.0, 0.0], 8, False]}
    yield {"args": [[0.0], 8, True]}
    yield {"args": [[5.0], 8, False]}
    yield {"args": [[-0.1, 6.0], 8, False]}
    yield {"args": [[0.0, 1.0], 1, False]}
    yield {"args": [[-7.0, 7.0], 4, True]}
    for _ in range(15):
        x = rng.normal(rng.choice([-2, 0, 2]), 1, int(rng.integers(1, 6))).round(2).tolist()
        yield {"args": [x, int(rng.choice([2, 4, 8])), bool(rng.random() < 0.4)]}


def _judge(case: Case, result: object) -> Problem | None:
    result = plain(result)
    x, bits, sym = case["args"]
    expected = quant_params(x, bits, sym)
    scale = expected[0]
    match result:
        case [found, point]:
            pass
        case _:
            return Problem(expected, "Return a pair: the scale and the zero point.")
    at = 0 if sym else -min([0, *x]) / scale
    if same_number(found, scale, tolerance=1e-6):
        # Where the zero point lies half-way, either neighbour will do.
        near = isinstance(point, (int, float)) and point % 1 == 0
        if near and abs(point - at) <= 0.5 + 1e-9:
            return None
        why = "The zero point of a symmetric range is 0." if sym else (
            "The zero point is the whole number that 0 becomes: the lower end of the range, "
            "divided by the scale, with its sign turned, rounded."
        )  # fmt: skip
        return Problem(expected, why)
    if not isinstance(found, (int, float)):
        why = "Both are numbers, the zero point a whole one."
    elif not any(x):
        why = "If all numbers are zero, any scale will do, except zero: return 1."
    elif sym:
        why = "The largest size, of either sign, becomes 2**(bits - 1) - 1; so divide it by that."
    elif min(x) > 0 or max(x) < 0:
        why = "The range must hold 0, or zero has no whole number of its own: widen it."
    else:
        why = "From the lowest to the highest whole number there are 2**bits - 1 steps."
    return Problem(expected, why)


def _range_of_x(x, bits, sym):
    if sym or min(x) == max(x):
        return quant_params(x, bits, sym)
    scale = (max(x) - min(x)) / (2**bits - 1)
    return scale, round(-min(x) / scale)


def _one_step_more(x, bits, sym):
    scale, zero = quant_params(x, bits, sym)
    return (scale if sym or not any(x) else scale * (2**bits - 1) / 2**bits), zero


def _largest_positive(x, bits, sym):
    return quant_params([max(v, 0) for v in x] if sym else x, bits, sym)


def _scale_of_zero(x, bits, sym):
    return quant_params(x, bits, sym) if any(x) else (0.0, 0)


def _zero_point_not_rounded(x, bits, sym):
    scale, _ = quant_params(x, bits, sym)
    return scale, 0 if sym else -min([0, *x]) / scale


def _zero_point_negative(x, bits, sym):
    scale, zero = quant_params(x, bits, sym)
    return scale, -zero


def _symmetric_on_all_bits(x, bits, sym):
    scale, zero = quant_params(x, bits, sym)
    return (scale * (2 ** (bits - 1) - 1) / 2 ** (bits - 1) if sym and any(x) else scale), zero


EXERCISE = Exercise(
    id="7.2-e1",
    name="quant_params",
    reference=quant_params,
    cases=_cases,
    judge=_judge,
    hints=(
        "How long is the range, and how many steps must cover it?",
        "Without sym: low = min(0, all), high = max(0, all), and 2**bits - 1 steps from low to "
        "high. With sym: the largest size is reached in 2**(bits - 1) - 1 steps from 0.",
        "scale = (high - low) / (2**bits - 1) or 1.0; zero = round(-low / scale). With sym: "
        "scale = max(abs(v) for v in x) / (2**(bits - 1) - 1) or 1.0; zero = 0",
    ),
    wrong=(
        Wrong("the range of x alone", _range_of_x, "must hold 0"),
        Wrong("one step more", _one_step_more, "2**bits - 1 steps"),
        Wrong("the largest positive", _largest_positive, "of either sign"),
        Wrong("a scale of zero", _scale_of_zero, "except zero"),
        Wrong("the zero point is not rounded", _zero_point_not_rounded, "whole number that 0"),
        Wrong("the zero point is negative", _zero_point_negative, "sign turned"),
        Wrong("symmetric on all numbers", _symmetric_on_all_bits, "2**(bits - 1) - 1"),
    ),
    note="One outlier stretches the scale for all. Real quantisers cut the range off, or give "
    "each output of a layer a scale of its own.",
)
