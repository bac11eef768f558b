"""Exercise 7.2-e6: the group that surely lost most."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number
from mlsdlib.course.exercises.s07_2._results import plain

__all__ = ["EXERCISE"]


def worst_drop(a, b, g):
    """Return the group that surely lost most, with its loss and interval."""
    worst = None
    for group in sorted(set(g)):
        d = [before - after for before, after, of in zip(a, b, g, strict=True) if of == group]
        n = len(d)
        if n < 2:
            continue
        mean = sum(d) / n
        half = 1.96 * math.sqrt(sum((v - mean) ** 2 for v in d) / (n - 1) / n)
        if worst is None or mean - half > worst[2]:
            worst = [group, mean, mean - half, mean + half]
    return worst


def _rows(**groups: tuple[str, str]) -> Case:
    """Return a case from the answers of each group, before and after, as strings of 0 and 1."""
    a, b, g = [], [], []
    for group, (before, after) in groups.items():
        a += map(int, before)
        b += map(int, after)
        g += [group] * len(before)
    return {"args": [a, b, g]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _rows(a=("1111", "1101"), b=("1111", "0000"))  # all lost, and no spread
    yield _rows(a=("11", "10"), b=("11111111", "10001001"))  # a few rows, and many
    yield _rows(a=("1", "0"), b=("1101", "1100"))  # a single row is no evidence
    yield _rows(a=("1", "0"), b=("1110", "1110"))
    yield _rows(a=("11", "11"), b=("00", "11"))  # b got better
    yield _rows(a=("10", "01"), b=("1010", "1001"))  # the same mean, another interval
    yield _rows(b=("11", "11"), a=("10", "10"))  # equal: the first in sorted order
    yield _rows(a=("00", "00"))  # nothing lost
    yield _rows(a=("1", "0"), b=("0", "0"))  # no group has two rows
    yield {"args": [[], [], []]}
    yield _rows(a=("111111", "110111"), b=("111", "101"), c=("1111111111", "1110110111"))
    yield _rows(z=("1111", "0001"), k=("111111111111", "000000011111"))
    for _ in range(15):
        n = int(rng.integers(4, 30))
        a, b = (rng.random((2, n)) < [[0.9], [0.6]]).astype(int).tolist()
        yield {"args": [a, b, rng.choice(list("abc"), n, p=[0.7, 0.2, 0.1]).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    result = plain(result)
    a, b, g = case["args"]
    expected = worst_drop(a, b, g)
    if expected is None or result is None:
        why = "Only groups with at least two rows count; None if there is none."
        return None if result is expected else Problem(expected, why)
    match result:
        case [group, *numbers] if len(numbers) == 3:
            pass
        case _:
            return Problem(expected, "Return a list: the group, the mean, and both ends.")
    if group == expected[0] and all(map(same_number, numbers, expected[1:])):
        return None
    if group not in g:
        why = "The first entry is one of the groups."
    elif g.count(group) < 2:
        why = "A group with a single row has no interval, so it does not count."
    elif group != expected[0]:
        mine = worst_drop(*zip(*((x, y, z) for x, y, z in zip(a, b, g, strict=True)
                                 if z == group), strict=True))  # fmt: skip
        why = (
            "Of equal lower ends, the first group in sorted order."
            if same_number(mine[2], expected[2])
            else "Take the group whose interval has the highest lower end: of few rows one knows "
            "little, however much they seem to have lost."
        )
    elif not same_number(numbers[0], expected[1]):
        why = "The mean of before less after: what was lost counts as positive."
    else:
        why = "The interval is mean - and + 1.96 * sd / sqrt(n), where sd divides by n - 1."
    return Problem(expected, why)


def _largest_mean(a, b, g):
    found = [worst_drop(*zip(*((x, y, z) for x, y, z in zip(a, b, g, strict=True) if z == group),
                             strict=True)) for group in sorted(set(g))]  # fmt: skip
    return max(filter(None, found), key=lambda row: row[1], default=None)


def _single_rows_count(a, b, g):
    alone = [(x - y, z) for x, y, z in zip(a, b, g, strict=True) if g.count(z) == 1]
    lost = max(alone, default=(0, ""))
    found = worst_drop(a, b, g)
    if lost[0] and (found is None or lost[0] > found[2]):
        return [lost[1], 1.0, 1.0, 1.0]
    return found


def _after_less_before(a, b, g):
    found = worst_drop(a, b, g)
    return found and [found[0], -found[1], -found[3], -found[2]]


def _divides_by_n(a, b, g):
    found = worst_drop(a, b, g)
    if found is None:
        return None
    n = g.count(found[0])
    half = (found[3] - found[1]) * math.sqrt((n - 1) / n)
    return [found[0], found[1], found[1] - half, found[1] + half]


def _as_if_unpaired(a, b, g):
    found = worst_drop(a, b, g)
    if found is None:
        return None
    rows = [(x, y) for x, y, z in zip(a, b, g, strict=True) if z == found[0]]
    half = 1.96 * math.sqrt(sum(np.var(side, ddof=1) for side in zip(*rows, strict=True))
                            / len(rows))  # fmt: skip
    return [found[0], found[1], found[1] - half, found[1] + half]


def _last_of_equal(a, b, g):
    flip = {name: chr(200 - ord(name)) for name in set(g)}
    found = worst_drop(a, b, [flip[name] for name in g])
    return found and [{v: k for k, v in flip.items()}[found[0]], *found[1:]]


EXERCISE = Exercise(
    id="7.2-e6",
    name="worst_drop",
    reference=worst_drop,
    cases=_cases,
    judge=_judge,
    hints=(
        "For each group: the differences, their mean, and how sure one can be of it.",
        "d = a - b for the rows of the group; skip it if there are fewer than two. The lower end "
        "is mean - 1.96 * sd / sqrt(n). Keep the group with the highest one.",
        "for group in sorted(set(g)): d = [x - y for x, y, z in zip(a, b, g) if z == group]; "
        "half = 1.96 * statistics.stdev(d) / len(d)**0.5; keep the best by mean - half",
    ),
    wrong=(
        Wrong("the largest mean", _largest_mean, "highest lower end"),
        Wrong("single rows count", _single_rows_count, "a single row"),
        Wrong("after less before", _after_less_before, "counts as positive"),
        Wrong("divides by n", _divides_by_n, "n - 1"),
        Wrong("as if not paired", _as_if_unpaired, "1.96 * sd"),
        Wrong("the last of equal ones", _last_of_equal, "first group in sorted order"),
    ),
    equivalent={
        "worst_drop: `zip(a, b, g, strict=True)` -> `zip(a, b, g)`": "all are equally long",
        "worst_drop: `strict=True` -> `strict=False`": "all are equally long",
    },
    note="The group was chosen because it looks worst, so its loss is overstated. On fresh data it "
    "is smaller; and where all rows of a group changed alike, this interval has no width.",
)
