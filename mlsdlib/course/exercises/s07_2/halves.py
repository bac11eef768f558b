"""Exercise 7.2-e2: what half precision does to numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong
from mlsdlib.course.exercises.s07_2._results import plain

__all__ = ["EXERCISE"]


def safe_fp16(x):
    """Return what half precision does to some numbers, and the scale that would help."""
    with np.errstate(over="ignore"):
        half = np.abs(np.array(x, float)).astype(np.float16)
    scale = 2.0**24
    while scale > 2.0**-24 and any(abs(v) * scale > 65_504 for v in x):
        scale /= 2
    return {
        "overflow": int(np.isinf(half).sum()),
        "zero": int(((half == 0) & (np.array(x) != 0)).sum()),
        "subnormal": int(((half > 0) & (half < 2**-14)).sum()),
        "scale": scale,
    }


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1.0, -2.0, 0.5]]}
    yield {"args": [[70_000.0, -70_000.0, 3.0]]}
    yield {"args": [[65_504.0, 65_519.0]]}  # both become the largest number
    yield {"args": [[65_520.0]]}  # halfway, and becomes infinite
    yield {"args": [[1e-8, -1e-9, 0.0]]}  # zero itself is not lost
    yield {"args": [[2.0**-25, 1.5 * 2.0**-25]]}  # the first becomes zero, the second does not
    yield {"args": [[2.0**-14, 2.0**-15, -1e-5, 1e-7]]}
    yield {"args": [[6.1035e-05, 6.1033e-05]]}  # just below 2**-14, and still subnormal or not
    yield {"args": [[3e-6, 2e-3]]}  # gradients: a loss scale helps
    yield {"args": [[1.0]]}
    yield {"args": [[65_504.0 / 8]]}  # the scale may just fit
    yield {"args": [[65_505.0 / 8]]}
    yield {"args": [[1e15]]}  # no scale is enough
    yield {"args": [[1e-30]]}  # the largest scale
    yield {"args": [[0.0]]}
    yield {"args": [[]]}
    for _ in range(12):
        sizes = 10.0 ** rng.uniform(-9, 6, int(rng.integers(1, 6)))
        yield {"args": [(sizes * rng.choice([-1, 1], len(sizes))).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    result = plain(result)
    expected = safe_fp16(*case["args"])
    if not isinstance(result, dict) or set(result) != set(expected):
        return Problem(expected, "Return a dictionary with overflow, zero, subnormal and scale.")
    if result == expected:
        return None
    if result["overflow"] != expected["overflow"]:
        why = "What becomes infinite overflows, of either sign: from 65,520 on. Just ask float16."
    elif result["zero"] != expected["zero"]:
        why = "Count what is not zero before and zero after; zero itself is not lost."
    elif result["subnormal"] != expected["subnormal"]:
        why = (
            "Subnormal are those whose size in half precision is above 0 and below 2**-14. Those "
            "that become zero are not."
        )
    else:
        why = (
            "The scale is the largest power of two, between 2**-24 and 2**24, with which no size "
            "exceeds 65,504. Large numbers need one below 1."
        )
    return Problem(expected, why)


def _positive_only(x):
    return safe_fp16(x) | {"overflow": sum(v >= 65_520 for v in x)}


def _from_the_largest(x):
    return safe_fp16(x) | {"overflow": sum(abs(v) > 65_504 for v in x)}


def _zero_is_lost(x):
    return safe_fp16(x) | {"zero": int((np.array(x, float).clip(-9, 9).astype("f2") == 0).sum())}


def _subnormal_with_zeros(x):
    return safe_fp16(x) | {"subnormal": sum(0 < abs(v) < 2**-14 for v in x)}


def _scale_up_only(x):
    found = safe_fp16(x)
    return found | {"scale": max(found["scale"], 1.0)}


def _one_too_small(x):
    found = safe_fp16(x)
    return found | {"scale": max(found["scale"] / 2, 2.0**-24)}


def _no_limit(x):
    found, largest = safe_fp16(x), max(map(abs, x), default=0)
    if 0 < largest < 1e-4:
        return found | {"scale": 2.0 ** int(np.floor(np.log2(65_504 / largest)))}
    return found


EXERCISE = Exercise(
    id="7.2-e2",
    name="safe_fp16",
    reference=safe_fp16,
    cases=_cases,
    judge=_judge,
    hints=(
        "Convert the numbers to half precision and look at what came of them.",
        "half = np.array(x).astype(np.float16): infinite, zero, or small? For the scale start at "
        "2**24 and halve it until nothing exceeds 65,504.",
        "overflow: np.isinf(half).sum(); zero: (half == 0) & (x != 0); subnormal: 0 < abs(half) < "
        "2**-14; while scale > 2**-24 and max(abs(x)) * scale > 65_504: scale /= 2",
    ),
    wrong=(
        Wrong("positive numbers only", _positive_only, "of either sign"),
        Wrong("overflow from 65,504 on", _from_the_largest, "from 65,520 on"),
        Wrong("zero is lost", _zero_is_lost, "zero itself is not lost"),
        Wrong("subnormal before, not after", _subnormal_with_zeros, "in half precision"),
        Wrong("a scale of at least 1", _scale_up_only, "below 1"),
        Wrong("half of the scale", _one_too_small, "the largest power of two"),
        Wrong("no limit to the scale", _no_limit, "between 2**-24 and 2**24"),
    ),
    equivalent={
        "safe_fp16: `np.errstate(over='ignore')` -> `np.errstate()`": "only a warning is shown",
    },
    note="In training the range of the gradients is not known beforehand. So the loss scale is "
    "raised now and then, and lowered when something overflowed; that step is skipped.",
)
