"""Exercise 6.2-e5: which slices are bad, given how many were looked at?"""

from __future__ import annotations

from collections.abc import Iterator

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


def bad_slices(slices, alpha, min_size):
    """Return the names of the slices that Holm's method calls bad."""
    tested = sorted((s for s in slices if s[1] >= min_size), key=lambda s: s[2])
    bad = []
    for i, (name, _, p) in enumerate(tested):
        if p > alpha / (len(tested) - i):
            break
        bad.append(name)
    return bad


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for slices, alpha, min_size in (
        ([["men", 500, 0.8], ["women", 500, 0.001], ["old", 90, 0.04]], 0.05, 30),
        ([["a", 99, 0.01], ["b", 99, 0.02], ["c", 99, 0.045], ["d", 99, 0.2]], 0.05, 30),
        ([["a", 5, 0.0001], ["b", 99, 0.04]], 0.05, 30),  # a tiny one
        ([["a", 99, 0.001], ["b", 99, 0.04], ["c", 99, 0.012]], 0.05, 30),
        ([["a", 99, 0.001], ["b", 99, 0.045], ["c", 99, 0.03]], 0.05, 30),  # stops at c
        ([["a", 99, 0.02], ["b", 5, 0.9], ["c", 29, 0.9], ["d", 99, 0.9]], 0.05, 30),  # tiny ones
        ([["a", 30, 0.04]], 0.05, 30),  # just large enough
        ([["a", 99, 0.05]], 0.05, 30),  # just small enough
        ([["b", 99, 0.01], ["a", 99, 0.01]], 0.05, 30),  # equal: as listed
        ([["a", 99, 0.01], ["b", 99, 0.001], ["c", 99, 0.002]], 0.05, 30),
        ([["a", 99, 0.06]], 0.05, 30),
        ([["a", 3, 0.001]], 0.05, 30),
        ([], 0.05, 30),
        ([["a", 99, 0.08], ["b", 99, 0.09]], 0.1, 30),
        ([["a", 99, 0.02], ["b", 99, 0.03], ["c", 99, 0.04]], 0.1, 30),
    ):
        yield {"args": [slices, alpha, min_size]}
    for _ in range(15):
        n = int(rng.integers(2, 9))
        p = rng.choice([0.001, 0.004, 0.009, 0.013, 0.021, 0.03, 0.041, 0.2, 0.7], n)
        sizes = rng.choice([9, 30, 400], n, p=[0.2, 0.3, 0.5])
        yield {
            "args": [
                [[f"s{i}", int(sizes[i]), float(p[i])] for i in range(n)],
                float(rng.choice([0.05, 0.1])),
                int(rng.choice([10, 30])),
            ]
        }  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    slices, alpha, min_size = case["args"]
    expected = bad_slices(slices, alpha, min_size)
    if isinstance(result, list) and result == expected:
        return None
    if not isinstance(result, list) or any(isinstance(name, (list, tuple)) for name in result):
        return Problem(expected, "Return a list of names.")
    tiny = {name for name, size, _ in slices if size < min_size}
    if tiny & set(result):
        why = "Leave out slices with fewer than min_size rows."
    elif sorted(map(str, result)) == sorted(expected):
        why = "Smallest p value first; of equal ones in the order of the list."
    elif result == _naive(slices, alpha, min_size):
        why = (
            "Each slice you look at is a chance to be wrong: compare with alpha/m, not with alpha."
        )
    elif result == _tiny_count(slices, alpha, min_size):
        why = "Slices that are too small are no tests: they do not count in m."
    elif set(result) == set(_bonferroni(slices, alpha, min_size)):
        why = "Only the first is compared with alpha/m; the second with alpha/(m - 1), and so on."
    else:
        why = (
            "Go through the p values from the smallest up; the first above its bound, alpha/m, "
            "alpha/(m - 1) and so on, ends the list."
        )
    return Problem(expected, why)


def _kept(slices, min_size):
    return sorted((s for s in slices if s[1] >= min_size), key=lambda s: s[2])


def _naive(slices, alpha, min_size):
    return [name for name, _, p in _kept(slices, min_size) if p <= alpha]


def _bonferroni(slices, alpha, min_size):
    kept = _kept(slices, min_size)
    return [name for name, _, p in kept if p <= alpha / len(kept)]


def _benjamini_hochberg(slices, alpha, min_size):
    kept = _kept(slices, min_size)
    last = max((i for i, s in enumerate(kept, 1) if s[2] <= alpha * i / len(kept)), default=0)
    return [name for name, _, _ in kept[:last]]


def _does_not_stop(slices, alpha, min_size):
    kept = _kept(slices, min_size)
    return [name for i, (name, _, p) in enumerate(kept) if p <= alpha / (len(kept) - i)]


def _tiny_count(slices, alpha, min_size):
    m, bad = len(slices), []
    for i, (name, _, p) in enumerate(_kept(slices, min_size)):
        if p > alpha / (m - i):
            break
        bad.append(name)
    return bad


def _tiny_too(slices, alpha, min_size):
    return bad_slices(slices, alpha, 0)


def _as_listed(slices, alpha, min_size):
    bad = bad_slices(slices, alpha, min_size)
    return [name for name, _, _ in slices if name in bad]


def _triples(slices, alpha, min_size):
    bad = bad_slices(slices, alpha, min_size)
    return [s for s in slices if s[0] in bad]


EXERCISE = Exercise(
    id="6.2-e5",
    name="bad_slices",
    reference=bad_slices,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "First leave out what is too small, then count: m is the number of tests you make.",
        "Sort by p value. The bound grows as you go, since fewer remain: alpha/m, alpha/(m - 1), "
        "and so on. Stop at the first p value above its bound.",
        "for i, (name, _, p) in enumerate(sorted(kept, key=lambda s: s[2])): break if "
        "p > alpha / (len(kept) - i), else append the name",
    ),
    wrong=(
        Wrong("no correction", _naive, "chance to be wrong"),
        Wrong("Bonferroni", _bonferroni, "Only the first"),
        Wrong("Benjamini-Hochberg", _benjamini_hochberg, "ends the list"),
        Wrong("does not stop", _does_not_stop, "ends the list"),
        Wrong("tiny ones count", _tiny_count, "do not count in m"),
        Wrong("tiny ones too", _tiny_too, "fewer than min_size"),
        Wrong("as listed", _as_listed, "Smallest p value first"),
        Wrong("triples", _triples, "list of names"),
    ),
    note="Holm needs nothing of how slices overlap: its promise holds for any dependence. What "
    "overlaps a bad slice may be called bad with it, and is not wrong to be.",
)
