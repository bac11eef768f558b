"""Exercise 4.3-e5: oversampling inside cross-validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def cv_resampled(y, fold):
    """Return for each fold the rows to train on, balanced by copies, and the rows to test on."""
    pairs = []
    for number in sorted(set(fold)):
        test = [i for i, f in enumerate(fold) if f == number]
        train = [i for i, f in enumerate(fold) if f != number]
        positive = [i for i in train if y[i] == 1]
        negative = [i for i in train if y[i] == 0]
        rare, missing = positive, len(negative) - len(positive)
        if missing < 0:
            rare, missing = negative, -missing
        copies = [rare[k % len(rare)] for k in range(missing)] if rare else []
        pairs.append([train + copies, test])
    return pairs


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 0, 0, 0, 1, 0], [0, 0, 0, 1, 1, 1]]}
    yield {"args": [[1, 1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 2, 0, 1, 2, 0, 1, 2]]}
    yield {"args": [[1, 0, 1, 0], [0, 0, 1, 1]]}  # balanced: nothing to copy
    yield {"args": [[1, 1, 1, 0, 1, 0], [0, 0, 0, 1, 1, 1]]}  # 1 is the common one
    yield {"args": [[1, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2]]}  # rare in one fold's rest only
    yield {"args": [[1, 0, 0, 0], [0, 0, 1, 1]]}  # the rest of a fold has no positive
    yield {"args": [[0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0], [2, 0, 2, 0, 2, 0, 1, 1, 1, 0, 2, 1]]}
    yield {"args": [[0, 0, 0, 0], [1, 0, 1, 0]]}
    for _ in range(12):
        n = int(rng.integers(9, 15))
        y = (rng.random(n) < 0.3).astype(int).tolist()
        yield {"args": [y, rng.permutation(np.arange(n) % 3).tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    y, fold = case["args"]
    expected = cv_resampled(y, fold)
    if not isinstance(result, list) or not _is_pairs(result, len(expected)):
        return Problem(expected, "Return one [train, test] a fold, both lists of row numbers.")
    for (train, test), (_, held) in zip(result, expected, strict=True):
        if why := _wrong(train, test, held, y):
            return Problem(expected, why)
    return None


def _is_pairs(result: list, n: int) -> bool:
    return len(result) == n and all(
        isinstance(pair, (list, tuple))
        and len(pair) == 2
        and all(isinstance(part, list) and all(_is_row(i) for i in part) for part in pair)
        for pair in result
    )


def _is_row(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _wrong(train: list, test: list, held: list, y: list) -> str | None:
    """Return what is wrong with one fold's pair, if anything is."""
    if sorted(test) != held:
        return (
            "The test rows are those of the fold, each once, the folds in the order of their "
            "numbers: the world that the model will meet was not resampled."
        )
    if set(train) & set(test):
        return "A row of the test, or a copy of it, must not be in training: that is a leak."
    copies = Counter(train)
    rest = [i for i in range(len(y)) if i not in held]
    if set(copies) != set(rest):
        return "Every row of the other folds is in training at least once, and no others."
    count = Counter(y[i] for i in train)
    rare = min((0, 1), key=lambda label: sum(y[i] == label for i in rest))
    if any(copies[i] > 1 for i in rest if y[i] != rare) or (
        not any(y[i] == rare for i in rest) and len(train) != len(rest)
    ):
        return "Only rows of the class that is rarer in this training set are copied."
    if any(y[i] == rare for i in rest) and count[0] != count[1]:
        return "After copying, both classes are equally common in training."
    often = [copies[i] for i in rest if y[i] == rare]
    if often and max(often) - min(often) > 1:
        return "Take the rows to copy in turn: no row more than once more than another."
    return None


def _copies(rows, y):
    """Rows to add, so that both classes among these are equally common."""
    by_class = [[i for i in rows if y[i] == label] for label in (0, 1)]
    rare, common = sorted(by_class, key=len)
    return [rare[k % len(rare)] for k in range(len(common) - len(rare))] if rare else []


def _before_the_split(y, fold):
    rows = [*range(len(y)), *_copies(range(len(y)), y)]
    again = [number % (max(fold) + 1) for number in range(len(rows))]  # copies get folds, too
    again[: len(y)] = fold
    return [[[i for i, f in zip(rows, again, strict=True) if f != number],
             [i for i, f in zip(rows, again, strict=True) if f == number]]
            for number in sorted(set(fold))]  # fmt: skip


def _test_too(y, fold):
    return [[train, test + _copies(test, y)] for train, test in cv_resampled(y, fold)]


def _copies_of_all(y, fold):
    pairs = []
    for number in sorted(set(fold)):
        train = [i for i, f in enumerate(fold) if f != number]
        test = [i for i, f in enumerate(fold) if f == number]
        pairs.append([train + _copies(range(len(y)), y), test])
    return pairs


def _nothing_copied(y, fold):
    return [[sorted(set(train)), test] for train, test in cv_resampled(y, fold)]


def _dropped(y, fold):
    pairs = []
    for train, test in cv_resampled(y, fold):
        rows = sorted(set(train))
        by_class = [[i for i in rows if y[i] == label] for label in (0, 1)]
        n = min(map(len, by_class))
        pairs.append([by_class[0][:n] + by_class[1][:n], test])
    return pairs


def _the_first_again(y, fold):
    pairs = []
    for train, test in cv_resampled(y, fold):
        rows = sorted(set(train))
        copies = _copies(rows, y)
        pairs.append([rows + copies[:1] * len(copies), test])
    return pairs


def _always_positives(y, fold):
    pairs = []
    for train, test in cv_resampled(y, fold):
        rows = sorted(set(train))
        positive = [i for i in rows if y[i] == 1]
        missing = abs(len(rows) - 2 * len(positive)) if positive else 0
        pairs.append([rows + [positive[k % len(positive)] for k in range(missing)], test])
    return pairs


EXERCISE = Exercise(
    id="4.3-e5",
    name="cv_resampled",
    reference=cv_resampled,
    cases=_cases,
    judge=_judge,
    hints=(
        "Which comes first, the split or the copies? What may the model know about the test rows?",
        "For each fold: test is the fold as it is, train the rest. Count the classes in train "
        "only, and append rows of the rarer one, in turn, until both are equal.",
        "rare = the shorter of both lists of training rows; train += [rare[k % len(rare)] for k in "
        "range(number of missing rows)], unless rare is empty",
    ),
    wrong=(
        Wrong("copied before the split", _before_the_split, "The test rows are those of the fold"),
        Wrong("the test copied, too", _test_too, "was not resampled"),
        Wrong("copies of all rows", _copies_of_all, "that is a leak"),
        Wrong("nothing copied", _nothing_copied, "both classes are equally common"),
        Wrong("rows dropped", _dropped, "Every row of the other folds"),
        Wrong("one row copied", _the_first_again, "in turn"),
        Wrong("always the positives", _always_positives, "that is rarer"),
    ),
    equivalent={
        "cv_resampled: `missing < 0` -> `missing <= 0`": "of no copies it does not matter which",
        "cv_resampled: `missing < 0` -> `missing < 1`": "of no copies it does not matter which",
    },
    note="imbalanced-learn's Pipeline does this by itself: its fit resamples, its predict does "
    "not. Chosen by lot the copies would be a little uneven; in turn, no seed is needed.",
)
