"""Exercise 4.4-e3: the fast gradient sign attack on a linear model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted

__all__ = ["EXERCISE"]


def fgsm(weights, biases, x, y, eps):
    """Return the picture, each pixel moved by eps to where the loss grows, between 0 and 1."""
    w = np.array(weights, float)
    logits = w @ x + biases
    pull = np.exp(logits - logits.max())
    pull /= pull.sum()
    pull[y] -= 1
    return np.clip(x + eps * np.sign(pull @ w), 0, 1).tolist()


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    two = [[1.0, -2.0, 0.0], [-1.0, 2.0, 0.0]]
    yield {"args": [two, [0.0, 0.0], [0.5, 0.5, 0.5], 0, 0.25]}
    yield {"args": [two, [0.0, 0.0], [0.5, 0.5, 0.5], 1, 0.25]}
    yield {"args": [two, [0.0, 0.0], [0.5, 0.5, 0.5], 0, 0.0]}
    yield {"args": [two, [0.0, 0.0], [0.125, 0.9375, 0.5], 0, 0.25]}  # clipped at both ends
    yield {"args": [two, [0.0, 0.0], [0.0, 1.0, 1.0], 0, 0.25]}
    # Who comes second decides, and the bias decides who that is.
    three = [[0.0, 0.0], [2.0, -1.0], [-2.0, 1.0]]
    yield {"args": [three, [0.0, 3.0, 0.0], [0.5, 0.5], 0, 0.125]}
    yield {"args": [three, [0.0, 0.0, 3.0], [0.5, 0.5], 0, 0.125]}
    # Great logits: exp(1000) is more than a float can hold.
    yield {"args": [[[1000.0, 0.0], [-1000.0, 1.0], [0.0, 2.0]], [0.0] * 3, [0.75, 0.5], 1, 0.25]}
    for _ in range(15):
        classes, inputs = int(rng.integers(2, 5)), int(rng.integers(2, 6))
        weights = rng.normal(size=(classes, inputs)).round(2).tolist()
        biases = rng.normal(size=classes).round(2).tolist()
        x = rng.random(inputs).round(2).tolist()
        eps = float(rng.choice([0.05, 0.1, 0.3]))
        yield {"args": [weights, biases, x, int(rng.integers(classes)), eps]}


def _call(function: Callable[..., object], case: Case) -> object:
    """Return the result, or say that the learner changed what was passed."""
    args = copy.deepcopy(case["args"])
    result = attempted(function(*args))
    return result if args == case["args"] else {"changed": args}


def _close(a: object, b: float) -> bool:
    """Say whether two pixels are equal, also in single precision."""
    return isinstance(a, (int, float)) and abs(a - b) < 1e-6


def _judge(case: Case, result: object) -> Problem | None:
    weights, biases, x, y, eps = case["args"]
    expected = fgsm(weights, biases, x, y, eps)
    if isinstance(result, dict):
        return Problem(expected, "Leave the weights, the biases and the picture as they were.")
    if not isinstance(result, list) or len(result) != len(x):
        return Problem(expected, "Return a list with a number for each pixel.")
    wrong = [i for i, pair in enumerate(zip(result, expected, strict=True))
             if not _close(*pair)]  # fmt: skip
    if not wrong:
        return None
    i = wrong[0]
    moved = expected[i] - x[i]
    if not isinstance(result[i], (int, float)):
        why = "is no number."
    elif not 0 <= result[i] <= 1:
        why = "must stay between 0 and 1."
    elif eps == 0 or all(row[i] == 0 for row in weights):
        why = "does not change the loss, or may not move: it stays as it is."
    elif (result[i] - x[i]) * moved < 0:
        why = "goes to where the loss falls: the attack goes the other way."
    elif not _close(abs(moved), eps):
        why = "goes as far as eps and the bounds let it."
    else:
        why = "moves by eps itself, up or down, whatever the size of its slope."
    return Problem(expected, f"Pixel {i} {why}")


def _helps_the_true_class(weights, biases, x, y, eps):
    return fgsm(weights, biases, x, y, -eps)


def _no_clip(weights, biases, x, y, eps):
    inside = fgsm(weights, biases, [0.5] * len(x), y, 0.0)
    signs = [a - b for a, b in zip(_free(weights, biases, x, y), inside, strict=True)]
    return [v + eps * s / 0.25 for v, s in zip(x, signs, strict=True)]


def _free(weights, biases, x, y):
    """The step of 0.25 from the middle of the range, in the direction found at x."""
    shifted = [b + sum(w * (v - 0.5) for w, v in zip(row, x, strict=True))
               for row, b in zip(weights, biases, strict=True)]  # fmt: skip
    return fgsm(weights, shifted, [0.5] * len(x), y, 0.25)


def _slope_itself(weights, biases, x, y, eps):
    signs = _no_clip(weights, biases, x, y, 1.0)
    return [min(1, max(0, v + eps * (s - v) * abs(weights[y][i])))
            for i, (v, s) in enumerate(zip(x, signs, strict=True))]  # fmt: skip


def _own_row_only(weights, biases, x, y, eps):
    """Only pushes the true class down, whoever else comes up."""
    return [min(1, max(0, v - eps * ((w > 0) - (w < 0))))
            for v, w in zip(x, weights[y], strict=True)]  # fmt: skip


def _in_place(weights, biases, x, y, eps):
    x[:] = fgsm(weights, biases, x, y, eps)
    return x


EXERCISE = Exercise(
    id="4.4-e3",
    name="fgsm",
    reference=fgsm,
    cases=_cases,
    judge=_judge,
    call=_call,
    hints=(
        "First the softmax, then how the loss changes with each logit, then with each pixel.",
        "The loss grows with logit k by p[k], less 1 for the true class. Through logit k it grows "
        "with pixel i by weights[k][i] times that; add up over the classes.",
        "slope = sum(weights[k][i] * (p[k] - (k == y)) for each k); move x[i] by eps times its "
        "sign, and clip; subtract the greatest logit before exp",
    ),
    wrong=(
        Wrong("helps the true class", _helps_the_true_class, "the other way"),
        Wrong("not clipped", _no_clip, "between 0 and 1"),
        Wrong("the slope itself", _slope_itself, "Pixel"),
        Wrong("only the true class's weights", _own_row_only, "Pixel"),
        Wrong("changes the picture in place", _in_place, "as they were"),
    ),
    note="Torch finds the slope of any model, of many layers too: the library's fgsm asks "
    "autograd for the gradient by the input, and leaves the weights' own gradients alone.",
)
