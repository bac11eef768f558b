"""Exercise 9.1-e2: shrink and perturb."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def shrink_perturb(w, l, s, seed):  # noqa: E741
    """Return weights that are shrunk and moved a little."""
    noise = np.random.default_rng(seed).normal(size=len(w))
    return [l * weight + s * float(draw) for weight, draw in zip(w, noise, strict=True)]


_MANY = 4_000


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for w, l, s in (  # noqa: E741
        ([1.0, -2.0, 0.5], 1.0, 0.0),  # nothing changes
        ([1.0, -2.0, 0.5], 0.5, 0.0),
        ([1.0, -2.0, 0.5], 0.0, 0.0),  # begin anew, with nothing
        ([], 0.5, 0.1),
        ([2.0] * _MANY, 0.5, 0.1),
        ([2.0] * _MANY, 1.0, 1.0),
        ([-3.0] * _MANY, 0.0, 2.0),
    ):
        yield {"args": [w, l, s, int(rng.integers(2**31))]}
    for _ in range(5):
        w = rng.normal(size=int(rng.integers(1, 5))).round(2).tolist()
        yield {"args": [w, float(rng.choice([0.2, 0.6])), 0.0, int(rng.integers(2**31))]}
    for _ in range(3):
        l, s = float(rng.choice([0.3, 0.6])), float(rng.choice([0.3, 1.5]))  # noqa: E741
        yield {"args": [[4.0] * _MANY, l, s, int(rng.integers(2**31))]}


def _call(function: Callable[..., object], case: Case) -> object:
    """Call it with the seed twice and with another one, and see whether `w` is left alone."""
    w, l, s, seed = copy.deepcopy(case["args"])  # noqa: E741
    runs = [attempted(function(w, l, s, number)) for number in (seed, seed, seed + 1)]
    runs = [run.tolist() if isinstance(run, np.ndarray) else run for run in runs]
    return {"runs": runs, "left": w == case["args"][0]}


def _judge(case: Case, result: object) -> Problem | None:
    w, l, s, _ = case["args"]  # noqa: E741
    first, again, other = result["runs"]
    expected = [l * weight for weight in w]
    shown = expected if s == 0 else Words(f"{len(w)} numbers around {l:g} times the weights")
    if not result["left"]:
        return Problem(shown, "The old weights were changed: return a new list.")
    if not isinstance(first, list) or len(first) != len(w):
        return Problem(shown, "Return a list with a number for each weight.")
    if first != again:
        return Problem(shown, "The same seed must give the same list: draw from a generator of it.")
    if s == 0:
        if np.allclose(first, expected, rtol=1e-9, atol=1e-12):
            return None
        return Problem(shown, "Without noise each weight is just multiplied by l.")
    if not w:
        return None
    if first == other:
        return Problem(shown, "Another seed must give another list.")
    noise = (np.array(first) - np.array(expected)) / s
    if abs(np.mean(noise)) > 6 / len(w) ** 0.5:
        why = "The noise must be zero on average, and l multiplies the weight alone."
    elif np.ptp(noise) < 1e-9:
        why = "Each weight gets a draw of its own."
    elif abs(noise.std() - 1) > 6 / (2 * len(w)) ** 0.5:
        why = "The noise must have standard deviation s: s times a standard normal draw."
    elif abs(np.mean(noise**4) - 3) > 1:
        why = "Draw from the normal distribution."
    else:
        return None
    return Problem(shown, why)


def _global_seed(w, l, s, seed):  # noqa: E741
    return [l * weight + s * float(np.random.default_rng().normal()) for weight in w]


def _one_draw(w, l, s, seed):  # noqa: E741
    draw = float(np.clip(np.random.default_rng(seed).normal(), -0.05, 0.05))
    return [l * weight + s * draw for weight in w]


def _shrinks_by(w, l, s, seed):  # noqa: E741
    return shrink_perturb(w, 1 - l, s, seed)


def _in_place(w, l, s, seed):  # noqa: E741
    w[:] = shrink_perturb(w, l, s, seed)
    return w


def _variance(w, l, s, seed):  # noqa: E741
    return shrink_perturb(w, l, s**0.5, seed)


def _uniform(w, l, s, seed):  # noqa: E741
    noise = np.random.default_rng(seed).uniform(-(3**0.5), 3**0.5, len(w))
    return [l * weight + s * float(draw) for weight, draw in zip(w, noise, strict=True)]


def _no_seed(w, l, s, seed):  # noqa: E741
    return shrink_perturb(w, l, s, 0)


def _positive_noise(w, l, s, seed):  # noqa: E741
    noise = np.random.default_rng(seed).random(len(w))
    return [l * weight + s * float(draw) for weight, draw in zip(w, noise, strict=True)]


EXERCISE = Exercise(
    id="9.1-e2",
    name="shrink_perturb",
    reference=shrink_perturb,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=lambda name, case: (
        f"{name}({case['args'][0] if len(case['args'][0]) < 9 else '[' + str(case['args'][0][0])}"
        f"{'' if len(case['args'][0]) < 9 else ', …]'}, {case['args'][1]:g}, {case['args'][2]:g}, "
        f"{case['args'][3]})"
    ),
    hints=(
        "Two things happen to each weight: it gets smaller, and it is moved by chance.",
        "np.random.default_rng(seed) makes a generator; its normal(size=n) draws n numbers.",
        "noise = np.random.default_rng(seed).normal(size=len(w)); [l * a + s * b for a, b in "
        "zip(w, noise)]",
    ),
    wrong=(
        Wrong("no seed", _global_seed, "same seed"),
        Wrong("one draw for all", _one_draw, "draw of its own"),
        Wrong("shrinks by l", _shrinks_by, "multiplied by l"),
        Wrong("in place", _in_place, "new list"),
        Wrong("variance s", _variance, "standard deviation s"),
        Wrong("uniform", _uniform, "normal distribution"),
        Wrong("always the same seed", _no_seed, "Another seed"),
        Wrong("upwards only", _positive_noise, "zero on average"),
    ),
    note="The library's shrink_and_perturb adds a share of freshly drawn weights, so the noise "
    "has the scale of each layer: 0.1 is much for a wide layer and little for a narrow one.",
    equivalent={
        "shrink_perturb: `l * weight + s * float(draw)` -> `l * weight - s * float(draw)`": "the "
        "normal distribution is symmetric",
        "shrink_perturb: `strict=True` -> `strict=False`": "both are equally long",
        "shrink_perturb: `zip(w, noise, strict=True)` -> `zip(w, noise)`": "both are equally long",
    },
)
