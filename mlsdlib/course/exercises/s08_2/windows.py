"""Exercise 8.2-e6: means over sliding and cumulative windows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def window_stats(x, w, mode):
    """Return the mean over the window after each value."""
    means = []
    for end in range(1, len(x) + 1):
        seen = x[:end] if mode == "cumulative" else x[:end][-w:]
        means.append(sum(seen) / len(seen))
    return means


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    dip = [10.0] * 6 + [4.0, 4.0] + [10.0] * 4
    for x, w, mode in (
        ([1.0, 2.0, 3.0, 4.0], 2, "sliding"),
        ([1.0, 2.0, 3.0, 4.0], 2, "cumulative"),
        (dip, 2, "sliding"),
        (dip, 2, "cumulative"),  # hardly a dip is left
        ([5.0, 7.0, 9.0], 3, "sliding"),  # partial at first
        ([5.0, 7.0], 5, "sliding"),  # never full
        ([5.0, 7.0, 1.0], 1, "sliding"),  # the values themselves
        ([5.0], 2, "cumulative"),
        ([], 2, "sliding"),
        ([], 2, "cumulative"),
        ([-2.0, 2.0, -2.0, 6.0], 3, "sliding"),
    ):
        yield {"args": [x, w, mode]}
    for _ in range(20):
        x = rng.integers(-5, 15, int(rng.integers(1, 12))).astype(float).tolist()
        yield {"args": [x, int(rng.integers(1, 6)), str(rng.choice(["sliding", "cumulative"]))]}


def _equal(result: object, expected: list[float]) -> bool:
    return (
        isinstance(result, list)
        and len(result) == len(expected)
        and all(same_number(r, e, tolerance=1e-6) for r, e in zip(result, expected, strict=True))
    )


def _judge(case: Case, result: object) -> Problem | None:
    x, w, mode = case["args"]
    expected = window_stats(x, w, mode)
    if _equal(result, expected):
        return None
    if not isinstance(result, list) or len(result) != len(x):
        why = "Return a list with a mean after each value, those of windows not yet full included."
    elif mode == "cumulative":
        why = "A cumulative window holds all values so far, whatever w is."
    elif _equal(result, _padded(x, w, mode)):
        why = "A window that is not full yet holds fewer values: divide by their number, not by w."
    elif _equal(result, _without_the_last(x, w, mode)):
        why = "The newest value belongs to its window."
    else:
        why = "A sliding window holds the last w values, the newest included."
    return Problem(expected, why)


def _only_full(x, w, mode):
    return window_stats(x, w, mode)[w - 1 :] if mode == "sliding" else window_stats(x, w, mode)


def _padded(x, w, mode):
    if mode == "cumulative":
        return window_stats(x, w, mode)
    return [sum(x[max(0, i - w) : i]) / w for i in range(1, len(x) + 1)]


def _always_cumulative(x, w, mode):
    return window_stats(x, w, "cumulative")


def _always_sliding(x, w, mode):
    return window_stats(x, w, "sliding")


def _without_the_last(x, w, mode):
    if mode == "cumulative":
        return window_stats(x, w, mode)
    before = [x[max(0, i - w) : i] for i in range(len(x))]
    return [sum(v) / len(v) if v else x[0] for v in before]


def _tumbling(x, w, mode):
    if mode == "cumulative":
        return window_stats(x, w, mode)
    parts = [x[i // w * w : i + 1] for i in range(len(x))]
    return [sum(v) / len(v) for v in parts]


EXERCISE = Exercise(
    id="8.2-e6",
    name="window_stats",
    reference=window_stats,
    cases=_cases,
    judge=_judge,
    hints=(
        "After each value, which values are in the window? Then their mean.",
        "Of the values so far, x[:end], a cumulative window takes all, a sliding one the last w.",
        "seen = x[:end] if mode == 'cumulative' else x[:end][-w:]; means.append(sum(seen) / "
        "len(seen))",
    ),
    wrong=(
        Wrong("only full windows", _only_full, "not yet full included"),
        Wrong("divided by w", _padded, "not by w"),
        Wrong("always cumulative", _always_cumulative, "the last w values"),
        Wrong("always sliding", _always_sliding, "all values so far"),
        Wrong("without the newest", _without_the_last, "newest value belongs"),
        Wrong("tumbling", _tumbling, "the last w values"),
    ),
    note="A stream keeps a sum and a count, and for the sliding window the last w values or "
    "buckets: the library's WindowedHistogram and, for any aggregate, streaming.RollingStat.",
    equivalent={},
)
