"""Exercise 9.2-e6: what would another policy have earned?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def ips(r, a, pi, mu, clip):
    """Return the mean of the weighted rewards, and the weighted mean; None if unknown."""
    if not r or any(m is None or m <= 0 for m in mu):
        return None
    weights = [row[action] / m for row, action, m in zip(pi, a, mu, strict=True)]
    if clip is not None:
        weights = [min(weight, clip) for weight in weights]
    total = sum(weight * reward for weight, reward in zip(weights, r, strict=True))
    norm = sum(weights)
    return total / len(r), total / norm if norm > 0 else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 0, 1, 1], [0, 1, 0, 1],
                    [[0.1, 0.9], [0.6, 0.4], [0.5, 0.5], [0.5, 0.5]],
                    [0.25, 0.25, 0.25, 0.25], None]}  # fmt: skip
    yield {"args": [[1, 1], [0, 1], [[1.0, 0.0], [1.0, 0.0]], [0.5, 0.5], None]}  # one action
    yield {"args": [[1, 0], [0, 0], [[0.9, 0.1], [0.9, 0.1]], [0.01, 0.9], None]}  # a heavy row
    yield {"args": [[1, 0], [0, 0], [[0.9, 0.1], [0.9, 0.1]], [0.01, 0.9], 5]}  # clipped
    yield {"args": [[1, 0], [0, 1], [[0.5, 0.5], [0.5, 0.5]], [0.5, 0.0], None]}  # impossible
    yield {"args": [[1, 0], [0, 1], [[0.5, 0.5], [0.5, 0.5]], [0.5, None], 3]}  # not logged
    yield {"args": [[1, 1], [0, 0], [[0.0, 1.0], [0.0, 1.0]], [0.9, 0.9], None]}  # never done
    yield {"args": [[5, 5, 5], [0, 1, 1], [[0.2, 0.8]] * 3, [0.5, 0.5, 0.1], 2]}  # same reward
    yield {"args": [[-1.0, 2.0], [1, 0], [[0.7, 0.3], [0.7, 0.3]], [0.3, 0.7], None]}
    yield {"args": [[1, 0], [0, 0], [[0.1, 0.9], [0.1, 0.9]], [0.5, 0.5], None]}  # light rows
    yield {"args": [[], [], [], [], None]}
    for _ in range(15):
        n, k = int(rng.integers(2, 8)), int(rng.integers(2, 4))
        pi = rng.dirichlet(np.ones(k), n).round(2)
        pi[:, -1] = 1 - pi[:, :-1].sum(axis=1)
        yield {"args": [rng.integers(0, 2, n).tolist(), rng.integers(0, k, n).tolist(),
                        pi.round(2).tolist(), rng.uniform(0.05, 0.9, n).round(2).tolist(),
                        [None, 2, 3.5][int(rng.integers(3))]]}  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    r, a, pi, mu, clip = case["args"]
    expected = ips(r, a, pi, mu, clip)
    if expected is None:
        if result is None:
            return None
        return Problem(None, "Without rows, or where a logged action had no known, positive "
                             "probability, the log allows no estimate: return None.")  # fmt: skip
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return Problem(expected, "Return a pair: the mean of the weighted rewards, and the "
                                 "weighted mean.")  # fmt: skip
    mean, normed = result
    if not same_number(mean, expected[0]):
        clipped = clip is not None and any(
            row[action] / m > clip for row, action, m in zip(pi, a, mu, strict=True)
        )
        why = (
            "No weight may be larger than clip: a larger one is cut to it, and its row stays."
            if clipped
            else "The first number is the sum of weight times reward over the number of rows. The "
            "weight is the new policy's probability of the logged action over the logged one's."
        )
        return Problem(expected, why)
    if expected[1] is None:
        return None if normed is None else Problem(
            expected, "All weights are 0: there is no weighted mean, so the second is None."
        )  # fmt: skip
    if not same_number(normed, expected[1]):
        return Problem(
            expected,
            "The second number is the sum of weight times reward over the sum of the weights, the "
            "same clipped weights.",
        )
    return None


def _upside_down(r, a, pi, mu, clip):
    if not r or any(not m for m in mu):
        return None
    w = [m / row[action] if row[action] else 0.0 for row, action, m in zip(pi, a, mu, strict=True)]
    w = [min(x, clip) if clip else x for x in w]
    total = sum(x * y for x, y in zip(w, r, strict=True))
    return total / len(r), total / sum(w) if sum(w) else None


def _with_weights(change):
    """Return the solution with other weights."""

    def other(r, a, pi, mu, clip):
        if not r or any(not m for m in mu):
            return None
        w = [row[action] / m for row, action, m in zip(pi, a, mu, strict=True)]
        w = change(w, clip)
        total = sum(x * y for x, y in zip(w, r, strict=True))
        return total / len(r), total / sum(w) if sum(w) else None

    return other


def _zero_is_small(r, a, pi, mu, clip):
    return ips(r, a, pi, [m or 1e-6 for m in mu], clip)


def _by_rows(r, a, pi, mu, clip):
    found = ips(r, a, pi, mu, clip)
    return found and (found[0], found[0])


def _clip_in_one(r, a, pi, mu, clip):
    clipped, full = ips(r, a, pi, mu, clip), ips(r, a, pi, mu, None)
    return clipped and (clipped[0], full[1])


EXERCISE = Exercise(
    id="9.2-e6",
    name="ips",
    reference=ips,
    cases=_cases,
    judge=_judge,
    hints=(
        "A logged row stands for as many rows of the new policy as the new policy would have made "
        "of it: how much more often would it have done the same there?",
        "weight = pi[i][a[i]] / mu[i], cut to clip. First look for what makes any estimate "
        "impossible.",
        "w = [min(row[k] / m, clip) for …]; total = sum of w * r; (total / len(r), total / sum(w) "
        "if sum(w) > 0 else None)",
    ),
    wrong=(
        Wrong("upside down", _upside_down, "over the logged one's"),
        Wrong("no clip", _with_weights(lambda w, clip: w), "No weight may be larger"),
        Wrong("drops heavy rows", _with_weights(
            lambda w, clip: [0 if clip and x > clip else x for x in w]), "its row stays"),
        Wrong("a zero is a small number", _zero_is_small, "allows no estimate"),
        Wrong("normed by rows", _by_rows, "over the sum of the weights"),
        Wrong("clips in one only", _clip_in_one, "the same clipped weights"),
    ),
    equivalent=dict.fromkeys(
        ("ips: `zip(pi, a, mu, strict=True)` -> `zip(pi, a, mu)`",
         "ips: `zip(weights, r, strict=True)` -> `zip(weights, r)`",
         "ips: `strict=True` -> `strict=False`", "ips: `strict=True` -> `strict=False` #2"),
        "the lists of a log are as long as each other"),
    note="The library's ips and snips give these with intervals. They raise an error where this "
    "returns None: a log without propensities should stop a report.",
)  # fmt: skip
