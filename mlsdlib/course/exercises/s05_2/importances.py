"""Exercise 5.2-e8: what does a model lose when columns are shuffled together?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Words,
    Wrong,
    attempted,
    same_number,
)

__all__ = ["EXERCISE"]


def perm_imp(score, X, columns, repeats, rng):
    """Return how much score is lost when these columns are shuffled together."""
    base = score(X)
    losses = []
    for _ in range(repeats):
        shuffled = X.copy()
        shuffled[:, columns] = X[rng.permutation(len(X))][:, columns]
        losses.append(base - score(shuffled))
    return float(np.mean(losses))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for weights, columns, repeats in (
        ([3, 0, -1], [0], 1),
        ([3, 0, -1], [1], 1),  # a column that the model does not use
        ([2, 2, 0], [0, 1], 1),  # two columns, to be shuffled together
        ([2, -2, 1], [0, 1], 4),  # what one adds the other takes away
        ([1, 1, 1], [0, 1, 2], 2),
        ([0, 0, 5], [2], 5),
    ):
        yield _case(rng, weights, columns, repeats)
    for _ in range(6):
        width = int(rng.integers(2, 5))
        chosen = rng.permutation(width)[: int(rng.integers(1, width + 1))]
        weights = rng.integers(1, 4, width).tolist()
        yield _case(rng, weights, sorted(chosen.tolist()), int(rng.integers(1, 4)))


def _case(rng: np.random.Generator, weights: list, columns: list, repeats: int) -> Case:
    rows = rng.permutation(300)[: 20 * len(weights)].reshape(20, -1) / 100
    # Now and then the model is wrong: then a shuffle can even help.
    y = rows @ np.array(weights, float) + rng.normal(0, 0.5, len(rows)).round(2)
    return {
        "weights": weights,
        "rows": rows.tolist(),
        "y": y.tolist(),
        "columns": columns,
        "repeats": repeats,
        "seed": int(rng.integers(1_000_000)),
    }


def _score(case: Case, table: object) -> float:
    error = np.asarray(table, float) @ np.array(case["weights"], float) - case["y"]
    return float(-np.mean(error**2))


def _call(fn, case: Case) -> object:
    X = np.array(case["rows"])
    tables: list = []

    def score(table):
        tables.append(np.array(table, float).tolist())
        return _score(case, table)

    args = (list(case["columns"]), case["repeats"])
    result = attempted(fn(score, X, *args, np.random.default_rng(case["seed"])))
    is_kept, seen = X.tolist() == case["rows"], list(tables)
    X = np.array(case["rows"])
    again = attempted(fn(score, X, *args, np.random.default_rng(case["seed"])))
    plain = [float(v) if isinstance(v, (int, float, np.number)) else repr(v)
             for v in (result, again)]  # fmt: skip
    return {"result": plain[0], "again": plain[1], "X as before": is_kept, "scored": seen}


def _show(name: str, case: Case) -> str:
    rows, weights = case["rows"], case["weights"]
    return (
        f"{name}(score, X, {case['columns']}, {case['repeats']}, rng) of {len(rows)} rows with "
        f"{len(weights)} columns, for the score of a linear model with weights {weights}"
    )


def _judge(case: Case, result: dict) -> Problem | None:
    got, again = result["result"], result["again"]
    if not isinstance(got, float):
        return Problem(Words("one number"), "Return the mean loss as a number.")
    if not result["X as before"]:
        return Problem(
            Words("X as it was"),
            "After the call X is not what it was. Shuffle a copy: others still need the table.",
        )
    shuffled = [table for table in result["scored"] if table != case["rows"]]
    if len(shuffled) == len(result["scored"]):
        return Problem(Words("a score of X itself"), "The loss is measured from the score of X.")
    if problem := _not_shuffled(case, shuffled):
        return problem
    if len(shuffled) != case["repeats"]:
        return Problem(
            Words(f"{case['repeats']} shuffled tables to be scored"),
            f"Scored were {len(shuffled)}. Each repeat shuffles once.",
        )
    if any(table == other for i, table in enumerate(shuffled) for other in shuffled[:i]):
        return Problem(
            Words("a new shuffle for each repeat"),
            "Two repeats used the same shuffle; the mean over them is no better than one.",
        )
    if got != again and not same_number(again, got):
        return Problem(
            Words("the same loss for the same seed"),
            "Two calls with generators of the same seed differ. Take all randomness from rng.",
        )
    base = _score(case, case["rows"])
    expected = float(np.mean([base - _score(case, table) for table in shuffled]))
    if same_number(got, expected, tolerance=1e-6):
        return None
    if same_number(got, -expected, tolerance=1e-6):
        why = "The sign is reversed: a column that matters loses score, so its importance is above 0."
    else:
        why = "It is the score of X minus that of a shuffled table, averaged over the repeats."
    return Problem(round(expected, 6), why)


def _not_shuffled(case: Case, tables: list) -> Problem | None:
    rows, columns = np.array(case["rows"]), case["columns"]
    others = [c for c in range(rows.shape[1]) if c not in columns]
    for table in tables:
        found = np.array(table)
        if found.shape != rows.shape or (found[:, others] != rows[:, others]).any():
            return Problem(
                Words(f"tables in which only the columns {columns} differ from X"),
                "All other columns, and the order of the rows in them, stay as they are.",
            )
        if _sorted(found[:, columns]) == _sorted(rows[:, columns]):
            continue
        if all(_sorted(found[:, [c]]) == _sorted(rows[:, [c]]) for c in columns):
            why = "The columns were shuffled each on its own. Copies would still tell on each other."
        else:
            why = "These columns must hold the same values as before, in another order."
        return Problem(Words(f"the columns {columns} in one new order, together"), why)
    return None


def _sorted(table: np.ndarray) -> list:
    return sorted(map(tuple, table.tolist()))


def _in_place(score, X, columns, repeats, rng):
    base = score(X)
    losses = []
    for _ in range(repeats):
        X[:, columns] = X[rng.permutation(len(X))][:, columns]
        losses.append(base - score(X))
    return float(np.mean(losses))


def _each_alone(score, X, columns, repeats, rng):
    losses = []
    for _ in range(repeats):
        shuffled = X.copy()
        for column in columns:
            shuffled[:, column] = rng.permutation(X[:, column])
        losses.append(score(X) - score(shuffled))
    return float(np.mean(losses))


def _reversed(score, X, columns, repeats, rng):
    return -perm_imp(score, X, columns, repeats, rng)


def _total(score, X, columns, repeats, rng):
    return repeats * perm_imp(score, X, columns, repeats, rng)


def _own_generator(score, X, columns, repeats, rng):
    return perm_imp(score, X, columns, repeats, np.random.default_rng())


def _zeros(score, X, columns, repeats, rng):
    changed = X.copy()
    changed[:, columns] = 0
    return float(score(X) - score(changed))


def _whole_rows(score, X, columns, repeats, rng):
    losses = [score(X) - score(X[rng.permutation(len(X))]) for _ in range(repeats)]
    return float(np.mean(losses))


def _one_shuffle(score, X, columns, repeats, rng):
    order = rng.permutation(len(X))
    losses = []
    for _ in range(repeats):
        shuffled = X.copy()
        shuffled[:, columns] = X[order][:, columns]
        losses.append(score(X) - score(shuffled))
    return float(np.mean(losses))


def _sum_of_columns(score, X, columns, repeats, rng):
    return sum(perm_imp(score, X, [column], repeats, rng) for column in columns)


EXERCISE = Exercise(
    id="5.2-e8",
    name="perm_imp",
    reference=perm_imp,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Score the table as it is. Then break the tie between these columns and all the rest.",
        "Draw one order of the rows, and give it to all the chosen columns of a copy of X.",
        "shuffled = X.copy(); shuffled[:, columns] = X[rng.permutation(len(X))][:, columns]; the "
        "mean of score(X) - score(shuffled)",
    ),
    wrong=(
        Wrong("in place", _in_place, "X is not what it was"),
        Wrong("each column on its own", _each_alone, "each on its own"),
        Wrong("sign reversed", _reversed, "The sign is reversed"),
        Wrong("the sum", _total, "averaged over the repeats"),
        Wrong("its own generator", _own_generator, "Take all randomness from rng"),
        Wrong("zeros", _zeros, "the same values as before"),
        Wrong("whole rows", _whole_rows, "All other columns"),
        Wrong("one shuffle for all repeats", _one_shuffle, "Two repeats used the same shuffle"),
        Wrong("one column after the other", _sum_of_columns, "in one new order, together"),
    ),
    note="scikit-learn's permutation_importance shuffles one column after the other. It knows no "
    "groups: for copies, or the columns of one category, shuffle them together as here.",
)
