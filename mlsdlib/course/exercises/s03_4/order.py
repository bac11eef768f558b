"""Exercise 3.4-e4: how far is a log from in order and once?"""

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


def order_violations(log):
    """Return for each key how many messages came twice, late, or never."""
    seen, counts = {}, {}
    for key, number in log:
        numbers = seen.setdefault(key, set())
        count = counts.setdefault(key, {"duplicates": 0, "late": 0})
        if number in numbers:
            count["duplicates"] += 1
        elif numbers and number < max(numbers):
            count["late"] += 1
        numbers.add(number)
    for key, numbers in seen.items():
        counts[key]["missing"] = max(numbers) - len(numbers)
    return counts


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def of_a(*numbers):
        return {"args": [[["a", number] for number in numbers]]}

    yield of_a(1, 2, 3)
    yield of_a(1, 2, 2, 3)
    yield of_a(1, 3, 2)
    yield of_a(3, 1, 2)  # late are two, not one
    yield of_a(1, 2, 4, 3, 2)  # the last is a duplicate, not late
    yield of_a(1, 4)  # two never came
    yield of_a(2, 3)  # the first never came
    yield of_a(1, 1, 1)
    yield {"args": [[["a", 1], ["b", 1], ["b", 2], ["a", 2]]]}
    yield {"args": [[["a", 2], ["b", 1], ["a", 1], ["b", 3]]]}
    yield {"args": [[]]}
    for _ in range(20):
        n = int(rng.integers(3, 12))
        keys, numbers = rng.choice(["a", "b"], n).tolist(), rng.integers(1, 7, n).tolist()
        yield {"args": [[list(pair) for pair in zip(keys, numbers, strict=True)]]}


_WHY = {
    "duplicates": "A duplicate is a message whose number had come before, of the same key.",
    "late": "Late is what comes after a larger number of its key, and is no duplicate.",
    "missing": "Missing are the numbers from 1 to the largest of a key that never came.",
}


def _judge(case: Case, result: object) -> Problem | None:
    (log,) = case["args"]
    expected = order_violations(log)
    if result == expected:
        return None
    if not isinstance(result, dict) or set(result) != set(expected):
        why = "Return a dictionary with each key of the log, and no other."
    else:
        wrong = next(
            (name for key, counts in expected.items() for name in counts
             if not isinstance(result[key], dict) or result[key].get(name) != counts[name]),
            "late",
        )  # fmt: skip
        why = _WHY[wrong]
    return Problem(expected, why)


def _all_keys_together(log):
    counts = order_violations([("all", number) for _, number in log]).get("all")
    return {key: dict(counts) for key, _ in log}


def _late_is_after_the_last(log):
    counts, last = order_violations(log), {}
    for count in counts.values():
        count["late"] = 0
    seen = set()
    for key, number in log:
        counts[key]["late"] += (key, number) not in seen and number < last.get(key, 0)
        seen.add((key, number))
        last[key] = number
    return counts


def _duplicates_are_late_too(log):
    counts, top = order_violations(log), {}
    for count in counts.values():
        count["late"] = 0
    for key, number in log:
        counts[key]["late"] += number < top.get(key, 0)
        top[key] = max(number, top.get(key, 0))
    return counts


def _missing_inside_only(log):
    counts = order_violations(log)
    for key, count in counts.items():
        numbers = {number for k, number in log if k == key}
        count["missing"] = max(numbers) - min(numbers) + 1 - len(numbers)
    return counts


def _duplicates_by_kind(log):
    counts = order_violations(log)
    for key, count in counts.items():
        numbers = [number for k, number in log if k == key]
        count["duplicates"] = sum(numbers.count(n) > 1 for n in set(numbers))
    return counts


EXERCISE = Exercise(
    id="3.4-e4",
    name="order_violations",
    reference=order_violations,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Each key has a life of its own: keep the numbers that you have seen of it.",
        "For each message: has its number come before? If not, is it smaller than the largest so "
        "far? What is missing can be counted at the end.",
        "seen[key] is a set; duplicates if number in it, late if number < max(it); at the end "
        "missing = max(it) - len(it)",
    ),
    wrong=(
        Wrong("all keys together", _all_keys_together, "of the same key"),
        Wrong("compared with the last only", _late_is_after_the_last, "after a larger number"),
        Wrong("duplicates are late, too", _duplicates_are_late_too, "is no duplicate"),
        Wrong("gaps inside only", _missing_inside_only, "from 1 to the largest"),
        Wrong("a number that came three times counts once", _duplicates_by_kind, "had come before"),
    ),
    equivalent={
        "order_violations: `number < max(numbers)` -> `number <= max(numbers)`": "it is not equal "
        "to any: that was asked before",
    },
    note="What comes after the largest number cannot be missed: a loss at the end of a stream is "
    "silent. Producers send a heartbeat with their latest number for that reason.",
)
