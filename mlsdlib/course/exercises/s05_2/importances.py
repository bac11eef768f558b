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
    """Return what came out, in two calls of the same seed, and what was scored in the first."""
    found = []
    for _ in range(2):
        X, tables = np.array(case["rows"]), []

        def score(table, tables=tables):
            tables.append(np.array(table, float))
            return _score(case, table)

        columns, rng = list(case["columns"]), np.random.default_rng(case["seed"])
        loss = attempted(fn(score, X, columns, case["repeats"], rng))
        number = isinstance(loss, (int, float, np.number)) and not isinstance(loss, bool)
        is_kept = X.tolist() == case["rows"]
        found.append((float(loss) if number else repr(loss), is_kept, tables))
    (loss, is_kept, tables), (again, _, _) = found
    return {"loss": loss, "again": again, "X as before": is_kept, "scored": _scored(case, tables)}


def _scored(case: Case, tables: list) -> list:
    """Return what each table is in words, tables that are alike in the same, and its score."""
    distinct: list = []
    for table in tables:
        if not any(np.array_equal(table, other) for other in distinct):
            distinct.append(table)
    told = []
    for table in tables:
        number = next(i for i, other in enumerate(distinct) if np.array_equal(table, other))
        kind = _kind(case, table)
        told.append([kind if kind != _SHUFFLED else f"{kind} {number}", _score(case, table)])
    return told


_SHUFFLED = "order"


def _kind(case: Case, table: np.ndarray) -> str:
    rows, columns = np.array(case["rows"]), case["columns"]
    others = [c for c in range(rows.shape[1]) if c not in columns]
    if np.array_equal(table, rows):
        return "X"
    if table.shape != rows.shape or (table[:, others] != rows[:, others]).any():
        return "others changed"
    if _sorted(table[:, columns]) == _sorted(rows[:, columns]):
        return _SHUFFLED
    if all(_sorted(table[:, [c]]) == _sorted(rows[:, [c]]) for c in columns):
        return "each on its own"
    return "other values"


def _sorted(table: np.ndarray) -> list:
    return sorted(map(tuple, table.tolist()))


def _show(name: str, case: Case) -> str:
    rows, weights = case["rows"], case["weights"]
    return (
        f"{name}(score, X, {case['columns']}, {case['repeats']}, rng) of {len(rows)} rows with "
        f"{len(weights)} columns, for the score of a linear model with weights {weights}"
    )


def _judge(case: Case, result: dict) -> Problem | None:
    loss, again = result["loss"], result["again"]
    if not isinstance(loss, float):
        return Problem(Words("one number"), "Return the mean loss as a number.")
    if not result["X as before"]:
        return Problem(
            Words("X as it was"),
            "After the call X is not what it was. Shuffle a copy: others still need the table.",
        )
    kinds = [kind for kind, _ in result["scored"]]
    if "X" not in kinds:
        return Problem(Words("a score of X itself"), "The loss is measured from the score of X.")
    for kind, (expected, why) in _WHY.items():
        if kind in kinds:
            return Problem(Words(expected), why)
    shuffled = [(kind, score) for kind, score in result["scored"] if kind != "X"]
    if len(shuffled) != case["repeats"]:
        return Problem(
            Words(f"{case['repeats']} shuffled tables to be scored"),
            f"Scored were {len(shuffled)}. Each repeat shuffles once.",
        )
    if len({kind for kind, _ in shuffled}) < len(shuffled):
        return Problem(
            Words("a new shuffle for each repeat"),
            "Two repeats used the same shuffle; the mean over them is no better than one.",
        )
    if not same_number(again, loss):
        return Problem(
            Words("the same loss for the same seed"),
            "Two calls with generators of the same seed differ. Take all randomness from rng.",
        )
    expected = _score(case, case["rows"]) - float(np.mean([score for _, score in shuffled]))
    if same_number(loss, expected, tolerance=1e-6):
        return None
    if same_number(loss, -expected, tolerance=1e-6):
        why = "The sign is reversed: who matters loses score, so the importance is above 0."
    else:
        why = "It is the score of X minus that of a shuffled table, averaged over the repeats."
    return Problem(round(expected, 6), why)


_WHY = {
    "others changed": (
        "tables in which only the chosen columns differ from X",
        "All other columns, and the order of the rows in them, stay as they are.",
    ),
    "each on its own": (
        "the chosen columns in one new order, together",
        "The columns were shuffled each on its own. Copies would still tell on each other.",
    ),
    "other values": (
        "the chosen columns in another order",
        "These columns must hold the same values as before, in another order.",
    ),
}


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
        Wrong("one column after the other", _sum_of_columns, "each on its own"),
    ),
    note="scikit-learn's permutation_importance shuffles one column after the other. It knows no "
    "groups: for copies, or the columns of one category, shuffle them together as here.",
)
