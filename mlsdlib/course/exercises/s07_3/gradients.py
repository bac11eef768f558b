"""Exercise 7.3-e2: the input behind a gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def recover(gW, gb):
    """Return the input that a dense layer's gradients were computed from."""
    largest = max(gb, key=abs)
    if largest == 0:
        return None
    return [g / largest for g in gW[gb.index(largest)]]


def _case(delta, x, nudge=0.0) -> Case:
    """Return the gradients of an input; `nudge` disturbs all but the largest, as rounding does."""
    clean = max(delta, key=abs)
    rows = [[d * v + (nudge if abs(d) < abs(clean) else 0) for v in x] for d in delta]
    return {"args": [rows, list(delta)]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case([0.5], [2.0, 4.0, 8.0])
    yield _case([0.0, 0.5], [2.0, 4.0])  # the first output tells nothing
    yield _case([0.25, -0.5], [2.0, -4.0])  # the largest is negative
    yield _case([0.0, 0.0], [2.0, 4.0])  # nothing was learned
    yield _case([0.125, 0.5, -0.25], [2.0, 4.0], nudge=0.0625)  # rounding hurts the small ones
    yield _case([0.125, -0.5, 0.25], [2.0, 4.0], nudge=0.0625)
    yield _case([-1.0], [0.0, 0.0])
    for _ in range(20):
        delta = (rng.permutation(8)[: int(rng.integers(1, 6))] - 3.25) / 8
        delta[rng.random(len(delta)) < 0.3] = 0.0
        x = rng.integers(-8, 9, int(rng.integers(1, 5))) / 4
        nudge = float(rng.choice([0.0, 1 / 64]))
        yield _case(delta.tolist(), x.tolist(), nudge)


def _judge(case: Case, result: object) -> Problem | None:
    gradients, biases = case["args"]
    expected = recover(gradients, biases)
    if expected is None:
        if result is None:
            return None
        return Problem(None, "If every bias gradient is zero there is nothing to divide by.")
    if not isinstance(result, list) or len(result) != len(expected):
        return Problem(expected, "Return a list with one number for each input.")
    if all(same_number(*pair) for pair in zip(result, expected, strict=True)):
        return None
    if all(same_number(*pair) for pair in zip(result, [-x for x in expected], strict=True)):
        why = "Choose by size, but divide by the bias gradient with its sign."
    elif 0 in biases:
        why = "An output whose bias gradient is zero tells nothing: use another one."
    elif len(biases) > 1:
        why = "Of several outputs use the one whose bias gradient is largest, whatever its sign."
    else:
        why = "Divide the weights' gradients of an output by the bias gradient of the same output."
    return Problem(expected, why)


def _first_output(gW, gb):
    return [g / (gb[0] or 1) for g in gW[0]]


def _largest_signed(gW, gb):
    most = max(gb)
    return [g / most for g in gW[gb.index(most)]] if most else recover(gW, gb)


def _divided_by_size(gW, gb):
    most = max(abs(b) for b in gb)
    return [g / most for g in gW[gb.index(max(gb, key=abs))]] if most else None


def _mean_of_all(gW, gb):
    told = [[g / b for g in row] for row, b in zip(gW, gb, strict=True) if b]
    return [sum(column) / len(told) for column in zip(*told, strict=True)] or None


def _zeros_for_nothing(gW, gb):
    return recover(gW, gb) or [0.0] * len(gW[0])


def _not_divided(gW, gb):
    return gW[gb.index(max(gb, key=abs))] if any(gb) else None


EXERCISE = Exercise(
    id="7.3-e2",
    name="recover",
    reference=recover,
    cases=_cases,
    judge=_judge,
    hints=(
        "Row k of gW is the input times a number, and gb[k] is that number.",
        "Find the output whose bias gradient is largest in size, and divide its row by it.",
        "k = max(range(len(gb)), key=lambda k: abs(gb[k])); None if gb[k] == 0, else "
        "[g / gb[k] for g in gW[k]]",
    ),
    wrong=(
        Wrong("the first output, whatever it tells", _first_output, "tells nothing"),
        Wrong("the largest with its sign", _largest_signed, "whatever its sign"),
        Wrong("the sign is lost", _divided_by_size, "with its sign"),
        Wrong("the mean over the outputs", _mean_of_all, "Of several outputs"),
        Wrong("zeros where nothing is told", _zeros_for_nothing, "nothing to divide by"),
        Wrong("the gradient itself", _not_divided, "Divide the weights'"),
    ),
    note="With noise in the gradients one output wastes what the others know. The library's "
    "`recover` takes all of them, by a singular value decomposition.",
)
