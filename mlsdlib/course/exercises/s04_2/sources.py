"""Exercise 4.2-e3: name the bad source, or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def worst_source(errors):
    """Return the source that errs more than the others beyond chance, or None."""
    from statistics import NormalDist, mean, variance

    tested = sorted(name for name in errors if len(errors[name]) >= 10)
    worst, largest = None, NormalDist().inv_cdf(1 - 0.05 / len(tested)) if tested else 0
    for name in tested:
        own = errors[name]
        rest = [e for other in errors if other != name for e in errors[other]]
        if len(rest) < 10:
            continue
        spread = variance(own) / len(own) + variance(rest) / len(rest)
        z = (mean(own) - mean(rest)) / spread**0.5 if spread > 0 else 0
        if z > largest:
            worst, largest = name, z
    return worst


def _of(wrong: int, right: int) -> list[int]:
    return [1] * wrong + [0] * right


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [{"a": _of(2, 18), "b": _of(12, 8), "c": _of(3, 17)}]}
    yield {"args": [{"a": _of(2, 18), "b": _of(3, 17), "c": _of(4, 16)}]}  # nobody
    yield {"args": [{"c": _of(12, 8), "b": _of(12, 8), "a": _of(1, 29), "d": _of(1, 29)}]}  # tie
    yield {"args": [{"a": _of(2, 38), "b": _of(3, 0), "c": _of(2, 38)}]}  # tiny
    yield {"args": [{"a": _of(2, 38), "b": _of(9, 0), "c": _of(14, 26)}]}  # one is tiny, one is bad
    yield {"args": [{"a": _of(2, 38), "b": _of(9, 1), "c": _of(2, 38)}]}  # just large enough
    # Worse than the others at 5 % if it were the only one tested, and there are many.
    many = {name: _of(4, 16) for name in "abcdefghi"}
    yield {"args": [many | {"j": _of(8, 12)}]}
    yield {"args": [many | {"j": _of(13, 7)}]}
    yield {"args": [{"a": _of(4, 36), "b": _of(12, 28)}]}
    yield {"args": [{"a": _of(0, 20), "b": _of(0, 20)}]}  # no error at all
    yield {"args": [{"a": _of(20, 0), "b": _of(5, 15), "c": _of(6, 14)}]}  # always wrong
    yield {"args": [{"a": _of(18, 2), "b": _of(1, 19), "c": _of(19, 1), "d": _of(18, 2)}]}
    yield {"args": [{"a": _of(10, 30), "b": _of(2, 3)}]}  # the rest is tiny
    yield {"args": [{"a": _of(3, 9)}]}
    yield {"args": [{}]}
    for _ in range(20):
        rates = np.where(rng.random(5) < 0.2, 0.6, 0.15)
        sizes = rng.integers(6, 40, 5)
        draws = zip("vwxyz", sizes, rates, strict=True)
        yield {"args": [{name: (rng.random(n) < p).astype(int).tolist() for name, n, p in draws}]}


def _judge(case: Case, result: object) -> Problem | None:
    (errors,) = case["args"]
    expected = worst_source(errors)
    if result == expected and isinstance(result, (str, type(None))):
        return None
    if result is not None and result not in errors:
        why = "Return the name of a source, or None."
    elif result is not None and len(errors[result]) < 10:
        why = "A source with fewer than 10 rows is not tested: a few errors there are chance."
    elif expected is None:
        why = (
            "No z exceeds the bound. Who looks at many sources finds an unlucky one: the bound is "
            "that of 0.05 divided by the number of sources tested."
        )
    elif result is None:
        why = "The largest z exceeds the bound of 0.05 divided by the number of sources tested."
    else:
        why = (
            "Name the source with the largest z, the difference of the means over its standard "
            "error; of equal ones the first by name."
        )
    return Problem(expected, why)


def _tested(errors, least=10):
    return sorted(name for name in errors if len(errors[name]) >= least)


def _z(errors, name):
    own = np.array(errors[name], float)
    rest = np.array([e for other in errors if other != name for e in errors[other]], float)
    if min(len(own), len(rest)) < 2:
        return 0.0
    spread = own.var(ddof=1) / len(own) + rest.var(ddof=1) / len(rest)
    return float((own.mean() - rest.mean()) / spread**0.5) if spread > 0 else 0.0


def _highest_mean(errors):
    return max(_tested(errors), key=lambda name: np.mean(errors[name]), default=None)


def _no_guard(errors):
    best = max(_tested(errors), key=lambda name: _z(errors, name), default=None)
    bound = NormalDist().inv_cdf(0.95)
    return best if best is not None and _z(errors, best) > bound else None


def _tiny_too(errors):
    best = max(sorted(errors), key=lambda name: np.mean(errors[name]), default=None)
    return best if best is not None and np.mean(errors[best]) > 0.5 else worst_source(errors)


def _last_of_equals(errors):
    found = worst_source(errors)
    equal = [name for name in errors if found and errors[name] == errors[found]]
    return max(equal, default=found)


def _much_too_careful(errors):
    found = worst_source(errors)
    return found if found is not None and _z(errors, found) > 6 else None


def _both_sides(errors):
    """Accuse whoever differs most, the best one too."""
    best = max(_tested(errors), key=lambda name: abs(_z(errors, name)), default=None)
    return best if best is not None and abs(_z(errors, best)) > 2.3 else None


EXERCISE = Exercise(
    id="4.2-e3",
    name="worst_source",
    reference=worst_source,
    cases=_cases,
    judge=_judge,
    hints=(
        "Compare each source with the rows of all others, in units of the standard error. Somebody "
        "is always the worst: how large must the difference be to mean anything?",
        "z = (mean(own) - mean(rest)) / sqrt(variance(own) / len(own) + variance(rest) / "
        "len(rest)). The bound is NormalDist().inv_cdf(1 - 0.05 / number of sources tested).",
        "for name in sorted(errors), if it has 10 rows and the others have 10 together: compute z "
        "(0 if the spread is 0), and keep the name if z is above the bound and the largest so far",
    ),
    wrong=(
        Wrong("the highest mean", _highest_mean, "No z exceeds the bound"),
        Wrong("no guard", _no_guard, "divided by the number"),
        Wrong("tiny sources too", _tiny_too, "fewer than 10 rows"),
        Wrong("the last of equals", _last_of_equals, "the first by name"),
        Wrong("much too careful", _much_too_careful, "The largest z exceeds"),
        Wrong("the best one accused", _both_sides, "No z exceeds"),
    ),
    note="The library's source_report uses Welch's t in place of z, which small sources need, and "
    "Holm's method in place of one bound, which finds a second bad source more often.",
)
