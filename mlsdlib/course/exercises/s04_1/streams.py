"""Exercise 4.1-e4: a sample of a stream whose length nobody knows."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def reservoir(stream, k, rng):
    """Return k items of a stream, each kept with the same probability; all if there are fewer."""
    kept = []
    for i, item in enumerate(stream):
        if i < k:
            kept.append(item)
        else:
            place = rng.integers(i + 1)
            if place < k:
                kept[place] = item
    return kept


_SPARE = 10
"""Items that may be alive besides the k: in the loop's variable, in the iterator, and so on."""


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def case(n, k, times=1, watched=False):
        return {
            "n": n,
            "k": k,
            "times": times,
            "watched": watched,
            "seed": int(rng.integers(2**31)),
        }

    yield case(3, 5)  # fewer than k
    yield case(4, 4)
    yield case(0, 2)
    yield case(6, 0)
    yield case(300, 5, watched=True)
    yield case(12, 3, times=1_500)
    yield case(8, 1, times=1_500)
    yield case(6, 5, times=1_500)
    for _ in range(2):
        yield case(int(rng.integers(8, 14)), int(rng.integers(2, 5)), times=1_500)


class _Item:
    """An item that can be watched."""

    def __init__(self, number: int) -> None:
        self.number = number


def _call(function: Callable[..., object], case: Case) -> object:
    """Sample again and again; return how often each item was kept, and what else was seen."""
    rng, n = np.random.default_rng(case["seed"]), case["n"]
    alive: weakref.WeakSet[_Item] = weakref.WeakSet()
    most = 0

    def watched():
        nonlocal most
        for number in range(n):
            item = _Item(number)
            alive.add(item)
            most = max(most, len(alive))
            yield item

    counts, sizes = [0] * n, set()
    for _ in range(case["times"]):
        stream = watched() if case["watched"] else iter(range(n))
        sample = attempted(function(stream, case["k"], rng))
        if not isinstance(sample, list):
            return {"problem": f"a {type(sample).__name__} in place of a list"}
        numbers = [item.number if isinstance(item, _Item) else item for item in sample]
        if not all(isinstance(i, (int, np.integer)) and 0 <= i < n for i in numbers):
            return {"problem": "something that was not in the stream"}
        if len(set(numbers)) != len(numbers):
            return {"problem": "an item twice"}
        sizes.add(len(numbers))
        for number in numbers:
            counts[int(number)] += 1
    return {"counts": counts if case["times"] > 1 else [], "sizes": sorted(sizes), "alive": most}


def _judge(case: Case, result: object) -> Problem | None:
    n, k, times = case["n"], case["k"], case["times"]
    size = min(n, k)
    if "problem" in result:
        return Problem(
            Words(f"a list of {size} different items of the stream"),
            f"It returned {result['problem']}. Each item of the stream is kept once, or not.",
        )
    if result["sizes"] != [size]:
        return Problem(Words(f"a list of {size}"), "Keep k items, or all if there are fewer.")
    if case["watched"] and result["alive"] > k + _SPARE:
        return Problem(
            Words(f"about {k} items in memory"),
            f"{result['alive']} items were in memory at once. The stream may have no end: keep "
            "only the sample.",
        )
    if times == 1 or size in (0, n):
        return None
    counts = np.array(result["counts"], float)
    expected = times * k / n
    # The counts of a sample without replacement vary less than independent ones.
    statistic = ((counts - expected) ** 2).sum() / expected * (n - 1) / (n - k)
    if statistic < _limit(n - 1):
        return None
    shares = counts / times
    return Problem(
        Words(f"each item in {k / n:.2f} of the samples"),
        f"Over {times} streams the items were kept in {', '.join(f'{s:.2f}' for s in shares)} of "
        f"the samples. Item number i, counted from 0, is the (i + 1)th: it is kept with "
        "probability k / (i + 1), in place of one drawn at random.",
    )


def _limit(freedom: int) -> float:
    """A chi-square that chance exceeds once in ten million samples."""
    from scipy.special import chdtri

    return float(chdtri(freedom, 1e-7))


def _off_by_one(stream, k, rng):
    kept = []
    for i, item in enumerate(stream):
        if i < k:
            kept.append(item)
        elif k and (place := rng.integers(i)) < k:
            kept[place] = item
    return kept


def _first(stream, k, rng):
    return [item for _, item in zip(range(k), stream, strict=False)]


def _half_the_time(stream, k, rng):
    kept = []
    for i, item in enumerate(stream):
        if i < k:
            kept.append(item)
        elif k and rng.random() < 0.5:
            kept[rng.integers(k)] = item
    return kept


def _always_the_oldest(stream, k, rng):
    kept = []
    for i, item in enumerate(stream):
        if i < k:
            kept.append(item)
        elif k and rng.random() < k / (i + 1):
            kept.pop(0)
            kept.append(item)
    return kept


def _all_in_memory(stream, k, rng):
    items = list(stream)
    return [items[i] for i in rng.choice(len(items), min(k, len(items)), replace=False)]


def _with_replacement(stream, k, rng):
    kept = []
    for i, item in enumerate(stream):
        kept = [item if rng.integers(i + 1) == 0 else old for old in (kept or [item] * k)]
    return kept


EXERCISE = Exercise(
    id="4.1-e4",
    name="reservoir",
    reference=reservoir,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=lambda name, case: (
        f"{name}(iter(range({case['n']})), {case['k']}, rng)"
        + (f", {case['times']} times" if case["times"] > 1 else "")
    ),
    hints=(
        "Suppose that the first i items are sampled well. What must happen to the next one, so "
        "that all i + 1 have the same chance?",
        "Keep the first k. Item i, counted from 0, is kept with probability k / (i + 1), and "
        "takes the place of a random one. One random number from 0 to i does both.",
        "place = rng.integers(i + 1); if place < k: kept[place] = item",
    ),
    wrong=(
        Wrong("one place too few", _off_by_one, "k / (i + 1)"),
        Wrong("the first k", _first, "k / (i + 1)"),
        Wrong("every second item", _half_the_time, "k / (i + 1)"),
        Wrong("always in place of the oldest", _always_the_oldest, "one drawn at random"),
        Wrong("everything in memory", _all_in_memory, "in memory at once"),
        Wrong("with replacement", _with_replacement, "once, or not"),
    ),
    note="It draws a random number for each item, Algorithm R. The library's ReservoirSampler "
    "draws how many items to skip, and looks at those only that it keeps.",
)
