"""Exercise 5.2-e7: a target encoding in which no row sees its own label."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def te_crossfit(categories, labels, folds, smooth, new):
    """Return the codes of the training rows, and those of new categories."""
    rows = list(zip(categories, labels, folds, strict=True))

    def code(category, known):
        same = [label for other, label, _ in known if other == category]
        prior = sum(label for _, label, _ in known) / len(known)
        weight = len(same) + smooth
        return (sum(same) + smooth * prior) / weight if weight > 0 else prior

    train = [code(c, [row for row in rows if row[2] != fold]) for c, _, fold in rows]
    return train, [code(c, rows) for c in new]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    pairs = ["a", "a", "b", "b"]
    yield {"args": [pairs, [1, 0, 1, 1], [0, 1, 0, 1], 0, ["a", "b"]]}
    yield {"args": [pairs, [1, 0, 1, 1], [0, 1, 0, 1], 2, ["a", "b"]]}
    yield {"args": [["a", "b", "c", "d"], [1, 0, 0, 1], [0, 0, 1, 1], 0, ["a"]]}  # all singletons
    yield {"args": [["a", "b", "c", "d"], [1, 0, 0, 0], [0, 0, 1, 1], 1, ["d", "a"]]}
    yield {"args": [pairs, [1, 1, 1, 0], [0, 0, 1, 1], 1, ["z", "a"]]}  # a new level
    yield {"args": [pairs, [1, 1, 1, 0], [0, 0, 1, 1], 0, ["z"]]}
    yield {"args": [["a"] * 6, [1, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2], 3, ["a"]]}
    yield {"args": [["a", "a", "a", "b", "b"], [1, 1, 0, 0, 0], [0, 1, 2, 0, 1], 1e12, ["a", "b"]]}
    yield {"args": [pairs, [2.5, -1.0, 4.0, 0.5], [0, 1, 0, 1], 1, ["b", "y"]]}
    yield {"args": [["a", "b"], [1, 0], [0, 1], 1, []]}
    for _ in range(15):
        n = int(rng.integers(6, 14))
        levels = list("abcd")[: int(rng.integers(2, 5))]
        yield {
            "args": [
                rng.choice(levels, n).tolist(),
                rng.integers(0, 2, n).tolist(),
                rng.permutation(np.arange(n) % int(rng.integers(2, 4))).tolist(),
                int(rng.integers(0, 4)),
                [*levels, "new"],
            ]
        }


def _judge(case: Case, result: object) -> Problem | None:
    categories, *_, new = case["args"]
    expected = te_crossfit(*case["args"])
    shown = tuple([round(code, 6) for code in part] for part in expected)
    try:
        train, fresh = (list(part) for part in result)
    except (TypeError, ValueError):
        return Problem(shown, "Return two lists: codes of the training rows, codes of the new.")
    if len(train) != len(categories) or len(fresh) != len(new):
        return Problem(shown, "There is one code for each training row, and for each new one.")
    for row, (got, right) in enumerate(zip(train, expected[0], strict=True)):
        if not same_number(got, right, tolerance=1e-6):
            return Problem(shown, f"Training row {row}: {_why_row(case, row, got)}")
    for category, got, right in zip(new, fresh, expected[1], strict=True):
        if not same_number(got, right, tolerance=1e-6):
            return Problem(shown, f"New {category!r}: {_why_new(case, category)}")
    return None


def _why_row(case: Case, row: int, got: object) -> str:
    categories, labels, folds, smooth, _ = case["args"]
    category = categories[row]
    naive = te_crossfit(categories, labels, folds, smooth, [category])[1][0]
    if same_number(got, naive, tolerance=1e-6):
        return "this code was learnt from all rows, this one among them. Leave out its whole fold."
    others = [c for c, fold in zip(categories, folds, strict=True) if fold != folds[row]]
    if category not in others:
        return (
            f"{category!r} stands in no other fold. So it is as if new: its code is the mean "
            "label of the other folds."
        )
    return (
        "take the rows of the other folds only, for the level and for the overall mean as well: "
        "(sum of the level's labels + smooth * overall mean) / (rows of the level + smooth)."
    )


def _why_new(case: Case, category: str) -> str:
    if category not in case["args"][0]:
        return "a level that training never saw gets the mean of all training labels."
    return "for new rows all training rows may be used: their labels are not among them."


def _naive(categories, labels, folds, smooth, new):
    return te_crossfit(categories, labels, folds, smooth, [*categories])[1], te_crossfit(
        categories, labels, folds, smooth, new
    )[1]


def _leave_one_out(categories, labels, folds, smooth, new):
    alone = list(range(len(labels)))
    return te_crossfit(categories, labels, alone, smooth, new)


def _overall_mean_of_all(categories, labels, folds, smooth, new):
    overall = sum(labels) / len(labels)
    codes = []
    for category, fold in zip(categories, folds, strict=True):
        rows = zip(categories, labels, folds, strict=True)
        same = [y for c, y, f in rows if c == category and f != fold]
        weight = len(same) + smooth
        codes.append((sum(same) + smooth * overall) / weight if weight else overall)
    return codes, te_crossfit(categories, labels, folds, smooth, new)[1]


def _new_is_zero(categories, labels, folds, smooth, new):
    train, fresh = te_crossfit(categories, labels, folds, smooth, new)
    pairs = zip(new, fresh, strict=True)
    return train, [code if category in categories else 0.0 for category, code in pairs]


def _no_smoothing(categories, labels, folds, smooth, new):
    return te_crossfit(categories, labels, folds, 0, new)


def _mean_of_codes(categories, labels, folds, smooth, new):
    train, fresh = te_crossfit(categories, labels, folds, smooth, new)
    known = {}
    for category, code in zip(categories, train, strict=True):
        known.setdefault(category, []).append(code)
    return train, [
        sum(known[c]) / len(known[c]) if c in known else code
        for c, code in zip(new, fresh, strict=True)
    ]


def _own_fold(categories, labels, folds, smooth, new):
    codes = []
    for category, fold in zip(categories, folds, strict=True):
        rows = zip(categories, labels, folds, strict=True)
        here = [(c, y) for c, y, f in rows if f == fold]
        same = [y for c, y in here if c == category]
        prior = sum(y for _, y in here) / len(here)
        codes.append((sum(same) + smooth * prior) / (len(same) + smooth))
    return codes, te_crossfit(categories, labels, folds, smooth, new)[1]


EXERCISE = Exercise(
    id="5.2-e7",
    name="te_crossfit",
    reference=te_crossfit,
    cases=_cases,
    judge=_judge,
    hints=(
        "Write one helper: the code of a level, learnt from some rows. Then choose the rows.",
        "A training row's code is learnt from the rows of the other folds, a new row's from all. "
        "Of a level without rows nothing is known but the overall mean.",
        "code = (sum(same) + smooth * prior) / (len(same) + smooth), and prior where that divides "
        "by zero; same and prior both come from the rows that may be used",
    ),
    wrong=(
        Wrong("naive", _naive, "Leave out its whole fold"),
        Wrong("leaves one row out", _leave_one_out, "other folds"),
        Wrong("overall mean of all rows", _overall_mean_of_all, "for the overall mean as well"),
        Wrong("a new level is zero", _new_is_zero, "a level that training never saw"),
        Wrong("no smoothing", _no_smoothing, "for the overall mean as well"),
        Wrong("mean of the codes", _mean_of_codes, "all training rows may be used"),
        Wrong("its own fold", _own_fold, "the other folds"),
    ),
    note="scikit-learn's TargetEncoder does this in fit_transform. Its fit and then transform on "
    "the same rows is the naive encoding.",
    equivalent={
        "te_crossfit: `zip(categories, labels, folds, strict=True)` -> `zip(categories, labels, "
        "folds)`": "all three are equally long",
        "te_crossfit: `strict=True` -> `strict=False`": "all three are equally long",
    },
)
