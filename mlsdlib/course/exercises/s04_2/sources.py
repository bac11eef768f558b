"""Exercise 4.2-e3: name the bad source, or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    show_tuples,
)

__all__ = ["EXERCISE"]

LEAST = 10


def worst_source(errors):
    """Return the source that errs more than all others beyond chance, or None."""
    from statistics import NormalDist

    all_wrong = sum(wrong for wrong, _ in errors.values())
    all_rows = sum(rows for _, rows in errors.values())
    tested = sorted(name for name, (_, rows) in errors.items() if 10 <= rows < all_rows)
    if not tested:
        return None
    share = all_wrong / all_rows
    worst, largest = None, NormalDist().inv_cdf(1 - 0.05 / len(tested))
    for name in tested:
        wrong, rows = errors[name]
        rest = all_rows - rows
        spread = share * (1 - share) * (1 / rows + 1 / rest)
        difference = wrong / rows - (all_wrong - wrong) / rest
        if spread > 0 and difference / spread**0.5 > largest:
            worst, largest = name, difference / spread**0.5
    return worst


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    many = {name: [4, 20] for name in "abcdefghi"}
    for errors in (
        {"a": [2, 20], "b": [12, 20], "c": [3, 20]},
        {"a": [2, 20], "b": [3, 20], "c": [4, 20]},  # nobody
        {"a": [20, 40], "b": [20, 40], "c": [2, 40]},  # the good one differs most
        {"c": [12, 20], "b": [12, 20], "a": [1, 30], "d": [1, 30]},  # two alike
        {"a": [2, 40], "b": [3, 3], "c": [2, 40]},  # tiny
        {"a": [2, 40], "b": [9, 9], "c": [14, 40]},  # one is tiny, one is bad
        {"a": [2, 40], "b": [9, 10], "c": [2, 40]},  # just large enough
        many | {"j": [8, 20]},  # bad if it were the only one tested
        many | {"j": [13, 20]},
        {"a": [4, 40], "b": [12, 40]},
        {"a": [4, 40], "b": [10, 40]} | {f"t{i}": [0, 2] for i in range(8)},  # only two are tested
        {"a": [0, 20], "b": [0, 20]},  # no error at all
        {"a": [20, 20], "b": [20, 20]},
        {"a": [20, 20], "b": [5, 20], "c": [6, 20]},  # always wrong
        {"a": [10, 40], "b": [4, 5]},  # the other one is tiny
        {"a": [20, 200], "b": [30, 200], "c": [28, 100]},
        {"a": [20, 200], "b": [28, 100], "c": [240, 800]},  # means and sizes differ
        {"a": [3, 12]},
        {},
    ):
        yield {"args": [errors]}
    for _ in range(25):
        sizes = rng.integers(6, 50, 4)
        rates = np.where(rng.random(4) < 0.3, 0.5, 0.15)
        wrong = rng.binomial(sizes, rates).tolist()
        rows = zip("wxyz", wrong, sizes.tolist(), strict=True)
        yield {"args": [{name: [k, n] for name, k, n in rows}]}


def _judge(case: Case, result: object) -> Problem | None:
    (errors,) = case["args"]
    expected = worst_source(errors)
    if result is None and expected is None:
        return None
    if isinstance(result, str) and result == expected:
        return None
    if result is not None and not (isinstance(result, str) and result in errors):
        why = "Return the name of a source, or None."
    elif result is not None and errors[result][1] < LEAST:
        why = "A source with fewer than 10 rows is not tested: a few errors there are chance."
    elif expected is None:
        why = (
            "No z exceeds the bound. Who looks at many sources finds an unlucky one: the bound is "
            "that of 0.05 divided by the number of sources tested."
        )
    elif result is None:
        why = (
            "The largest z exceeds the bound. Divide 0.05 by the number of sources tested, and "
            "compare one side only."
        )
    else:
        why = (
            "Name the source with the largest z, how far its share lies above that of the others "
            "in standard errors; of equal ones the first by name."
        )
    return Problem(expected, why)


def _tested(errors):
    return sorted(name for name, (_, rows) in errors.items() if rows >= LEAST)


def _z(errors, name):
    k, n = errors[name]
    wrong, rows = (sum(column) for column in zip(*errors.values(), strict=True))
    share = wrong / rows
    if rows == n or share in (0, 1):
        return 0.0
    spread = share * (1 - share) * (1 / n + 1 / (rows - n))
    return (k / n - (wrong - k) / (rows - n)) / spread**0.5


def _highest_share(errors):
    return max(_tested(errors), key=lambda name: errors[name][0] / errors[name][1], default=None)


def _no_guard(errors):
    best = max(_tested(errors), key=lambda name: _z(errors, name), default=None)
    return best if best and _z(errors, best) > NormalDist().inv_cdf(0.95) else None


def _tiny_too(errors):
    best = max(sorted(errors), key=lambda name: _z(errors, name), default=None)
    bound = NormalDist().inv_cdf(1 - 0.05 / max(len(errors), 2))
    return best if best and _z(errors, best) > bound else None


def _all_in_the_bound(errors):
    best = max(_tested(errors), key=lambda name: _z(errors, name), default=None)
    return (
        best if best and _z(errors, best) > NormalDist().inv_cdf(1 - 0.05 / len(errors)) else None
    )


def _last_of_equals(errors):
    found = worst_source(errors)
    return max((name for name in errors if found and errors[name] == errors[found]), default=found)


def _much_too_careful(errors):
    found = worst_source(errors)
    return found if found and _z(errors, found) > 6 else None


def _either_side(errors):
    best = max(_tested(errors), key=lambda name: abs(_z(errors, name)), default=None)
    return best if best and abs(_z(errors, best)) > 2.3 else None


EXERCISE = Exercise(
    id="4.2-e3",
    name="worst_source",
    reference=worst_source,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Compare each source with the rows of all others, in units of the standard error. Somebody "
        "is always the worst: how large must the difference be to mean anything?",
        "With the share of all errors, s, the standard error is sqrt(s * (1 - s) * (1 / rows + 1 / "
        "rest)). The bound is NormalDist().inv_cdf(1 - 0.05 / len(tested)).",
        "for name in sorted(tested): z = (wrong / rows - (all_wrong - wrong) / rest) / error; keep "
        "the name if z is above the bound and above the largest so far",
    ),
    wrong=(
        Wrong("the highest share", _highest_share, "No z exceeds the bound"),
        Wrong("no guard", _no_guard, "divided by the number"),
        Wrong("tiny sources too", _tiny_too, "fewer than 10 rows"),
        Wrong("tiny sources in the bound", _all_in_the_bound, "of sources tested"),
        Wrong("the last of equals", _last_of_equals, "the first by name"),
        Wrong("much too careful", _much_too_careful, "The largest z exceeds"),
        Wrong("the good one accused", _either_side, "lies above that of the others"),
    ),
    note="The library's source_report takes any losses, and uses exact tests in place of z, which "
    "small sources need, and Holm's method in place of one bound, which finds a second bad source "
    "more often.",
)
