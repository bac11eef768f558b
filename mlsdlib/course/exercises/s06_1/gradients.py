"""Exercise 6.1-e5: is the gradient the slope of the loss?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def wrong_slopes(loss, gradient, w):
    """Return the positions at which the gradient is not the slope of the loss."""
    h, wrong, slopes = 0.0001, [], gradient(w)
    for i, slope in enumerate(slopes):
        up = [*w[:i], w[i] + h, *w[i + 1 :]]
        down = [*w[:i], w[i] - h, *w[i + 1 :]]
        difference = (loss(up) - loss(down)) / (2 * h)
        if abs(slope - difference) > 0.001 * max(1, abs(difference)):
            wrong.append(i)
    return wrong


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    # Weight i adds linear * w + square * w**2 to the loss; pairs multiply with their neighbours.
    yield {"linear": [1, 2, 3], "square": [1, 1, 1], "pairs": 0.0, "w": [1, 2, -1], "off": {}}
    yield {"linear": [1, 2, 3], "square": [1, 1, 1], "pairs": 0.0, "w": [1, 2, -1],
           "off": {"1": 0.5}}  # fmt: skip
    yield {"linear": [1, 2, 3], "square": [1, 1, 1], "pairs": 0.0, "w": [1, 2, -1],
           "off": {"0": -0.5, "2": 0.5}}  # fmt: skip
    yield {"linear": [0, 0], "square": [80, 80], "pairs": 0.0, "w": [0, 0], "off": {}}  # bent
    yield {"linear": [900, 900], "square": [0, 0], "pairs": 0.0, "w": [0, 0],
           "off": {"0": 0.5, "1": 2.0}}  # fmt: skip
    yield {"linear": [-900, -900], "square": [0, 0], "pairs": 0.0, "w": [0, 0],
           "off": {"0": -0.5, "1": 2.0}}  # fmt: skip
    yield {"linear": [0, 0.01, 0.01], "square": [0, 0, 0], "pairs": 0.0, "w": [3, 3, 3],
           "off": {"0": 0.0005, "1": -0.005, "2": 0.0015}}  # fmt: skip
    yield {"linear": [1, 1, 1], "square": [1, 2, 3], "pairs": 2.0, "w": [1, 2, 3], "off": {}}
    yield {"linear": [5], "square": [0], "pairs": 0.0, "w": [0], "off": {"0": -10}}  # its sign
    yield {"linear": [], "square": [], "pairs": 0.0, "w": [], "off": {}}
    for _ in range(15):
        n = int(rng.integers(2, 6))
        off = {str(i): float(rng.choice([-3, 0.05, 3])) for i in range(n) if rng.random() < 0.3}
        yield {
            "linear": rng.normal(0, 2, n).round(2).tolist(),
            "square": rng.normal(0, 2, n).round(2).tolist(),
            "pairs": float(rng.choice([0.0, 1.5])),
            "w": rng.normal(0, 1, n).round(2).tolist(),
            "off": off,
        }


def _functions(case: Case) -> tuple:
    """Return the loss of a case and its gradient, wrong where the case says so."""
    linear, square, pairs = case["linear"], case["square"], case["pairs"]

    def loss(w):
        alone = sum(a * x + b * x * x for a, b, x in zip(linear, square, w, strict=True))
        return alone + pairs * sum(x * y for x, y in pairwise(w))

    def gradient(w):
        slopes = [a + 2 * b * x for a, b, x in zip(linear, square, w, strict=True)]
        for i in range(len(w) - 1):
            slopes[i] += pairs * w[i + 1]
            slopes[i + 1] += pairs * w[i]
        return [slope + case["off"].get(str(i), 0) for i, slope in enumerate(slopes)]

    return loss, gradient


def _call(fn, case: Case) -> object:
    """Return the positions, and the weights as they were left."""
    w = list(case["w"])
    result = attempted(fn(*_functions(case), w))
    return {"positions": list(result) if isinstance(result, (tuple, set)) else result, "w": w}


def _show(name: str, case: Case) -> str:
    terms = [f"{a} w{i} + {b} w{i}²" for i, (a, b) in enumerate(zip(case["linear"], case["square"],
                                                                   strict=True))]  # fmt: skip
    if case["pairs"]:
        terms += [f"{case['pairs']} w{i} w{i + 1}" for i in range(len(terms) - 1)]
    off = ", ".join(f"slope {i} is {by:+g} off" for i, by in case["off"].items()) or "slopes right"
    return f"{name}(loss, gradient, {case['w']!r}), loss {' + '.join(terms) or 0}, {off}"


def _judge(case: Case, result: object) -> Problem | None:
    expected = wrong_slopes(*_functions(case), case["w"])
    found = result["positions"]
    if result["w"] != case["w"]:
        return Problem(Words(f"w as it was, {case['w']}"), "Move a copy of the weights, not w.")
    if not isinstance(found, list):
        return Problem(expected, "Return a list of positions.")
    if found == expected:
        return None
    extra = [i for i in found if i not in expected]
    missing = [i for i in expected if i not in found]
    if not extra and not missing:
        why = "Each position once, and in order."
    elif extra and str(extra[0]) not in case["off"]:
        why = "This slope is right. Move one weight at a time, to both sides, and divide by 2 h."
    elif extra:
        why = "This is within the tolerance: 0.001 times the larger of 1 and the difference's size."
    elif case["off"][str(missing[0])] < 0:
        why = "A slope may be too small as well as too large."
    else:
        why = "This slope is off by more than the tolerance."
    return Problem(expected, why)


def _one_sided(loss, gradient, w):
    h, wrong = 0.0001, []
    for i, slope in enumerate(gradient(w)):
        difference = (loss([*w[:i], w[i] + h, *w[i + 1 :]]) - loss(w)) / h
        if abs(slope - difference) > 0.001 * max(1, abs(difference)):
            wrong.append(i)
    return wrong


def _in_place(loss, gradient, w):
    wrong = wrong_slopes(loss, gradient, list(w))
    for i in range(len(w)):
        w[i] += 0.0001
    return wrong


def _absolute_tolerance(loss, gradient, w):
    h = 0.0001
    return [
        i
        for i, slope in enumerate(gradient(w))
        if abs(slope - (loss([*w[:i], w[i] + h, *w[i + 1 :]])
                        - loss([*w[:i], w[i] - h, *w[i + 1 :]])) / (2 * h)) > 0.001
    ]  # fmt: skip


def _relative_tolerance(loss, gradient, w):
    found, h = [], 0.0001
    for i, slope in enumerate(gradient(w)):
        up, down = [*w[:i], w[i] + h, *w[i + 1 :]], [*w[:i], w[i] - h, *w[i + 1 :]]
        difference = (loss(up) - loss(down)) / (2 * h)
        if abs(slope - difference) > 0.001 * abs(difference) + 1e-9:
            found.append(i)
    return found


def _too_large_only(loss, gradient, w):
    h = 0.0001
    return [
        i
        for i in wrong_slopes(loss, gradient, w)
        if gradient(w)[i] > (loss([*w[:i], w[i] + h, *w[i + 1 :]]) - loss(w)) / h
    ]


def _all_at_once(loss, gradient, w):
    h = 0.0001
    difference = (loss([x + h for x in w]) - loss([x - h for x in w])) / (2 * h)
    return [i for i, slope in enumerate(gradient(w))
            if abs(slope - difference) > 0.001 * max(1, abs(difference))]  # fmt: skip


def _yes_or_no(loss, gradient, w):
    return not wrong_slopes(loss, gradient, w)


EXERCISE = Exercise(
    id="6.1-e5",
    name="wrong_slopes",
    reference=wrong_slopes,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "A slope says how the loss changes when one weight moves a little and the others stay.",
        "For each position make two copies of w, one with h added there and one with h taken "
        "away. Compare the slope with the difference of their losses, divided by 2 h.",
        "difference = (loss(up) - loss(down)) / (2 * h); wrong if abs(slope - difference) > 0.001 "
        "* max(1, abs(difference))",
    ),
    wrong=(
        Wrong("to one side only", _one_sided, "to both sides"),
        Wrong("moves w itself", _in_place, "Move a copy"),
        Wrong("an absolute tolerance", _absolute_tolerance, "within the tolerance"),
        Wrong("a relative tolerance", _relative_tolerance, "within the tolerance"),
        Wrong("too large ones only", _too_large_only, "too small as well"),
        Wrong("all weights at once", _all_at_once, "one weight at a time"),
        Wrong("yes or no", _yes_or_no, "a list of positions"),
    ),
    equivalent={
        "wrong_slopes: `abs(slope - difference) > 0.001 * max(1, abs(difference))` -> "
        "`abs(slope - difference) >= 0.001 * max(1, abs(difference))`": "rounding hides the edge"
    },
    note="Frameworks differentiate for you, and torch.autograd.gradcheck does this to your own "
    "layers, in 64 bits: in 32 bits the difference drowns in rounding.",
)
