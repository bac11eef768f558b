"""Exercise 8.1-e3: how narrow is what was shown?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def exposure(shown, n_items):
    """Return the Gini index of how often items were shown, and the share shown at all."""
    if not shown:
        return None, 0.0
    times = sorted(shown.count(item) for item in range(n_items))
    pull = sum((2 * place - n_items - 1) * t for place, t in enumerate(times, start=1))
    return pull / (n_items * len(shown)), len(set(shown)) / n_items


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0, 1, 2, 3], 4]}  # all alike
    yield {"args": [[0, 0, 0, 1, 1, 2], 3]}
    yield {"args": [[2, 2, 2], 4]}  # one item
    yield {"args": [[0, 1, 0, 1], 4]}  # two of four, never the others
    yield {"args": [[2, 1, 1, 0, 0, 0], 3]}
    yield {"args": [[], 5]}  # nothing was shown
    yield {"args": [[0], 1]}
    yield {"args": [[9], 10]}
    yield {"args": [[0, 0, 1, 1, 2, 2], 3]}
    for _ in range(20):
        n = int(rng.integers(2, 9))
        shown = rng.choice(n, int(rng.integers(1, 20)), p=rng.dirichlet(np.full(n, 0.6)))
        yield {"args": [shown.tolist(), n]}


def _call(function, case: Case) -> object:
    from mlsdlib.course.exercises.base import call_with_args

    result = call_with_args(function, case)
    return list(result) if isinstance(result, tuple) else result


def _judge(case: Case, result: object) -> Problem | None:
    shown, n_items = case["args"]
    expected = exposure(shown, n_items)
    match result:
        case [gini, share]:
            pass
        case _:
            return Problem(expected, "Return a pair: the Gini index, and the coverage.")
    if not same_number(share, expected[1]):
        why = "Coverage is the number of different items shown, over all items there are."
    elif expected[0] is None:
        if gini is None:
            return None
        why = "Nothing was shown, so there is nothing to compare: the index is None."
    elif same_number(gini, expected[0]):
        return None
    elif len(set(shown)) < n_items:
        why = (
            "Items that were never shown count, as zeros: without them ten of a thousand look fair."
        )
    else:
        why = (
            "Sort the counts t from the smallest; the index is the sum of (2 k - n - 1) t over the "
            "places k = 1 to n, divided by n times the sum of all counts."
        )
    return Problem(expected, why)


def _shown_items_only(shown, n_items):
    kept = sorted(set(shown))
    gini, _ = exposure([kept.index(item) for item in shown], len(kept))
    return gini, exposure(shown, n_items)[1]


def _places_from_zero(shown, n_items):
    if not shown:
        return None, 0.0
    times = sorted(shown.count(item) for item in range(n_items))
    pull = sum((2 * place - n_items - 1) * t for place, t in enumerate(times))
    return pull / (n_items * len(shown)), len(set(shown)) / n_items


def _unsorted(shown, n_items):
    if not shown:
        return None, 0.0
    times = [shown.count(item) for item in range(n_items)]
    pull = sum((2 * place - n_items - 1) * t for place, t in enumerate(times, start=1))
    return pull / (n_items * len(shown)), len(set(shown)) / n_items


def _nothing_is_equal(shown, n_items):
    return exposure(shown, n_items) if shown else (0.0, 0.0)


def _coverage_of_places(shown, n_items):
    share = len(set(shown)) / len(shown) if shown else 0.0
    return exposure(shown, n_items)[0], share


def _normalised(shown, n_items):
    gini, share = exposure(shown, n_items)
    return (gini * n_items / (n_items - 1) if gini and n_items > 1 else gini), share


EXERCISE = Exercise(
    id="8.1-e3",
    name="exposure",
    reference=exposure,
    cases=_cases,
    judge=_judge,
    call=_call,
    hints=(
        "First count how often each of the items was shown: a list with n_items numbers.",
        "Sort the counts. Great counts at the end pull the sum of (2 k - n - 1) t up; equal counts "
        "leave it at zero.",
        "times = sorted(shown.count(i) for i in range(n_items)); sum((2 * k - n_items - 1) * t for "
        "k, t in enumerate(times, start=1)) / (n_items * len(shown)); len(set(shown)) / n_items",
    ),
    wrong=(
        Wrong("items that were shown only", _shown_items_only, "never shown count, as zeros"),
        Wrong("places from zero", _places_from_zero, "places k = 1 to n"),
        Wrong("not sorted", _unsorted, "Sort the counts"),
        Wrong("nothing shown is equal", _nothing_is_equal, "the index is None"),
        Wrong("share of the places", _coverage_of_places, "over all items there are"),
        Wrong("stretched to 1", _normalised, "divided by n times"),
    ),
    note="Both say how narrow a system is, not whether it is wrong. Ten good items on every page "
    "and ten lucky ones have the same index.",
)
