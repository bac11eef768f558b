"""Exercise 4.2-e2: agreement of two annotators beyond chance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def cohen_kappa(a, b):
    """Return the agreement of two annotators beyond chance, None where it is not defined."""
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    n = len(pairs)
    if n == 0:
        return None
    observed = sum(x == y for x, y in pairs) / n
    first, second = [x for x, _ in pairs], [y for _, y in pairs]
    expected = sum(first.count(c) * second.count(c) for c in set(first)) / (n * n)
    if expected == 1:
        return None
    return (observed - expected) / (1 - expected)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [["y", "n", "y", "n"], ["y", "n", "y", "n"]]}  # perfect
    yield {"args": [["y", "n", "y", "n"], ["n", "y", "n", "y"]]}  # below chance
    yield {"args": [["y", "y", "n", "n"], ["y", "n", "y", "n"]]}  # just chance
    yield {"args": [["y", "y", "y", "y", "y", "n"], ["y", "y", "y", "y", "n", "y"]]}  # mostly yes
    yield {"args": [["y", "y", "y"], ["y", "y", "y"]]}  # one class
    yield {"args": [["y", "y", "y"], ["n", "n", "n"]]}  # one class each
    yield {"args": [["y", "y", "n", "n"], ["y", "y", "y", "y"]]}
    yield {"args": [["y", "n", None, "y", "n"], ["y", "n", "y", None, "y"]]}  # missing
    yield {"args": [["y", "n", "n"], ["y", "n", None]]}
    yield {"args": [["y", None], [None, "n"]]}  # no pair
    yield {"args": [[], []]}
    yield {"args": [["a", "b", "c", "a"], ["a", "c", "c", "b"]]}
    yield {"args": [["a", "b", "b"], ["a", "c", "b"]]}
    for _ in range(20):
        n = int(rng.integers(3, 9))
        a, b = rng.choice(["y", "n", "?"], (2, n), p=[0.5, 0.3, 0.2]).tolist()
        a = [None if rng.random() < 0.1 else x for x in a]
        b = [x if rng.random() < 0.5 else y for x, y in zip(a, b, strict=True)]
        yield {"args": [a, b]}


def _judge(case: Case, result: object) -> Problem | None:
    a, b = case["args"]
    expected = cohen_kappa(a, b)
    if expected is None:
        if result is None:
            return None
        why = "Without a pair of labels, or where chance alone agrees always, it is None."
        return Problem(expected, why)
    if same_number(result, expected):
        return None
    if result is None:
        why = "There are pairs, and chance would not always agree: kappa is a number, even 0."
    elif None in a or None in b:
        why = "Leave out an item that one of the two did not label, from the shares as well."
    else:
        why = (
            "Kappa is (observed - expected) / (1 - expected). Expected is the chance that both "
            "give the same label if each draws from its own labels."
        )
    return Problem(expected, why)


def _raw_agreement(a, b):
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if None not in (x, y)]
    return sum(x == y for x, y in pairs) / len(pairs) if pairs else None


def _uniform_chance(a, b):
    observed, classes = _raw_agreement(a, b), {*a, *b} - {None}
    if observed is None or len(classes) == 1:
        return None
    return (observed - 1 / len(classes)) / (1 - 1 / len(classes))


def _pooled_chance(a, b):
    """Compute Scott's pi: one distribution for both."""
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if None not in (x, y)]
    both = [label for pair in pairs for label in pair]
    if not pairs:
        return None
    expected = sum((both.count(c) / len(both)) ** 2 for c in set(both))
    return None if expected == 1 else (_raw_agreement(a, b) - expected) / (1 - expected)


def _missing_is_a_class(a, b):
    return cohen_kappa(["none" if x is None else x for x in a],
                       ["none" if x is None else x for x in b])  # fmt: skip


def _one_class_is_perfect(a, b):
    kappa = cohen_kappa(a, b)
    return 1.0 if kappa is None else kappa


def _never_below_zero(a, b):
    kappa = cohen_kappa(a, b)
    return kappa if kappa is None else max(kappa, 0.0)


EXERCISE = Exercise(
    id="4.2-e2",
    name="cohen_kappa",
    reference=cohen_kappa,
    cases=_cases,
    judge=_judge,
    hints=(
        "How often do they agree, and how often would they if each drew its labels by lot?",
        "Keep the items that both labelled. The chance to agree is the sum over the classes of the "
        "share of the one times the share of the other.",
        "expected = sum(first.count(c) * second.count(c) for c in set(first)) / n**2; return "
        "(observed - expected) / (1 - expected), None if there is no pair or expected is 1",
    ),
    wrong=(
        Wrong("agreement itself", _raw_agreement, "Kappa is (observed"),
        Wrong("all classes equally likely", _uniform_chance, "Kappa is (observed"),
        Wrong("one distribution for both", _pooled_chance, "its own labels"),
        Wrong("a missing label is a class", _missing_is_a_class, "Leave out an item"),
        Wrong("one class is perfect", _one_class_is_perfect, "it is None"),
        Wrong("never below zero", _never_below_zero, "Kappa is (observed"),
    ),
    equivalent={
        "cohen_kappa: `zip(a, b, strict=True)` -> `zip(a, b)`": "both are equally long",
        "cohen_kappa: `strict=True` -> `strict=False`": "both are equally long",
    },
    note="scikit-learn has cohen_kappa_score, with weights for ordered classes. For more than two "
    "annotators take Fleiss' kappa or Krippendorff's alpha.",
)
