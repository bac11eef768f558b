"""Exercises 3.3-e4 and 3.3-e5: load a batch; when cleaning first is worth it."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    attempted,
    same_number,
)

__all__ = ["EXERCISES"]


# ---- 3.3-e4


def load_batch(con, batch, records):
    """Load a batch, keep its rejects; return the numbers of both. Twice is the same as once."""
    good, bad = [], []
    for position, record in enumerate(records):
        pieces = record.get("pieces")
        if not record.get("code"):
            bad.append((batch, position, "code"))
        elif type(pieces) is not int or pieces < 1:
            bad.append((batch, position, "pieces"))
        else:
            good.append((batch, position, record["code"], pieces))
    con.execute("BEGIN")
    try:
        for table in ("sales", "rejects"):
            con.execute(f"DELETE FROM {table} WHERE batch = ?", (batch,))
        con.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", good)
        con.executemany("INSERT INTO rejects VALUES (?, ?, ?)", bad)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return len(good), len(bad)


def _load_cases(rng: np.random.Generator) -> Iterator[Case]:
    def record(code, pieces):
        return {"code": code, "pieces": pieces}

    clean = [record("CUP", 6), record("PEN", 1)]
    mixed = [record("CUP", 6), record("", 2), record("PEN", 0), record("BOX", 3)]
    yield {"args": [["may", clean]]}
    yield {"args": [["may", mixed]]}
    yield {"args": [["may", [record("CUP", True), record("PEN", "3"), record("BOX", 2.0)]]]}
    yield {"args": [["may", [{"code": "CUP"}, {"pieces": 3}, record(None, None), {}]]]}
    yield {"args": [["may", mixed], ["may", mixed]]}
    yield {"args": [["may", mixed], ["june", clean]]}
    yield {"args": [["may", mixed], ["june", mixed], ["may", clean]]}  # a corrected source
    yield {"args": [["may", mixed], ["may", []]]}
    yield {"args": [["may", []]]}
    yield {"args": [["may", [record("CUP", -4), record("PEN", 10**9)]]]}
    yield {"args": [["may", mixed], ["may", [record("TOO LONG FOR THE TABLE", 1)]]]}
    for _ in range(10):
        runs = []
        for _ in range(int(rng.integers(1, 4))):
            codes = rng.choice(["CUP", "PEN", "", None], 5).tolist()
            pieces = rng.choice([-1, 0, 1, 7], 5).tolist()
            names = str(rng.choice(["may", "june"]))
            runs.append([names, [record(c, p) for c, p in zip(codes, pieces, strict=True)]])
        yield {"args": runs}


def _load(function, case: Case):
    """Return what each run said, and what lies in the two tables at the end."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as con:
        con.execute(
            "CREATE TABLE sales (batch TEXT, position INT, code TEXT CHECK (length(code) < 20), "
            "pieces INT, PRIMARY KEY (batch, position))"
        )
        con.execute("CREATE TABLE rejects (batch TEXT, position INT, reason TEXT)")
        said = []
        for batch, records in case["args"]:
            try:
                counts = attempted(function(con, batch, [dict(r) for r in records]))
                said.append(list(counts) if isinstance(counts, tuple) else counts)
            except sqlite3.IntegrityError as error:
                said.append(type(error).__name__)
            if con.in_transaction:
                said.append("a transaction left open")
                con.execute("ROLLBACK")
        tables = {
            table: [
                list(row) for row in con.execute(f"SELECT * FROM {table} ORDER BY batch, position")
            ]
            for table in ("sales", "rejects")
        }
        return {"said": said, **tables}


def _show_load(name: str, case: Case) -> str:
    return ", then ".join(f"{name}(con, {batch!r}, {records})" for batch, records in case["args"])


def _judge_load(case: Case, result: dict) -> Problem | None:
    expected = _load(load_batch, case)
    if result == expected:
        return None
    names = [batch for batch, _ in case["args"]]
    last = dict(case["args"])
    counted = len({(row[0], row[1]) for table in ("sales", "rejects") for row in result[table]})
    if "IntegrityError" in expected["said"]:
        why = "A batch that the table refuses is rolled back: what was there before stays."
    elif "a transaction left open" in result["said"]:
        why = "A transaction was left open: COMMIT at the end."
    elif len(set(names)) < len(names):
        why = "What an earlier run of the same batch brought is replaced, its rejects too."
    elif counted < sum(map(len, last.values())):
        why = "Each record goes somewhere: to sales, or to rejects with its position and reason."
    elif result["sales"] != expected["sales"]:
        why = "Only a code that is there, and pieces that are an int of at least 1, are good."
    elif result["rejects"] != expected["rejects"]:
        why = 'The reason is "code" if the code is wrong, "pieces" only if the code is right.'
    else:
        why = "Return two numbers: how many were loaded, and how many rejected."
    return Problem(expected, why)


def _appended(con, batch, records):
    good, bad = load_batch(con, f"{batch}+", records)
    for table in ("sales", "rejects"):
        con.execute(f"DELETE FROM {table} WHERE batch = ? AND position IN "
                    f"(SELECT position FROM {table} WHERE batch = ?)",
                    (batch, f"{batch}+"))  # fmt: skip
        con.execute(f"UPDATE {table} SET batch = ? WHERE batch = ?", (batch, f"{batch}+"))
    return good, bad


def _everything_replaced(con, batch, records):
    con.execute("DELETE FROM sales")
    con.execute("DELETE FROM rejects")
    return load_batch(con, batch, records)


def _rejects_thrown_away(con, batch, records):
    counts = load_batch(con, batch, records)
    con.execute("DELETE FROM rejects")
    return counts


def _true_is_a_number(con, batch, records):
    numbers = [{**r, "pieces": int(p) if isinstance(p := r.get("pieces"), bool) else p}
               for r in records]  # fmt: skip
    return load_batch(con, batch, numbers)


def _no_rollback(con, batch, records):
    con.execute("DELETE FROM sales WHERE batch = ?", (batch,))
    con.execute("DELETE FROM rejects WHERE batch = ?", (batch,))
    return load_batch(con, batch, records)


def _pieces_first(con, batch, records):
    counts = load_batch(con, batch, records)
    for position, record in enumerate(records):
        pieces = record.get("pieces")
        if type(pieces) is not int or pieces < 1:
            con.execute("UPDATE rejects SET reason = 'pieces' WHERE batch = ? AND position = ?",
                        (batch, position))  # fmt: skip
    return counts


# ---- 3.3-e5


def crossover(once_a, each_a, once_b, each_b):
    """Return the number of uses from which on b costs less than a in all."""
    import math

    saved = each_a - each_b
    if saved > 0:
        return max(0.0, (once_b - once_a) / saved)
    return 0.0 if saved == 0 and once_b < once_a else math.inf


def _crossover_cases(rng: np.random.Generator) -> Iterator[Case]:
    for costs in (
        (2.0, 0.5, 10.0, 0.25),
        (2.0, 0.5, 2.0, 0.25),  # equal to begin with
        (10.0, 0.5, 2.0, 0.25),  # better from the first use on
        (2.0, 0.25, 10.0, 0.25),  # never
        (2.0, 0.25, 10.0, 0.5),  # never
        (10.0, 0.25, 2.0, 0.5),  # only at first
        (10.0, 0.25, 2.0, 0.25),
        (2.0, 0.25, 2.0, 0.25),  # the same way twice
        (0.0, 1.0, 0.5, 0.0),
    ):
        yield {"args": list(costs)}
    for _ in range(20):
        yield {"args": (rng.integers(0, 40, 4) / 8).tolist()}


def _judge_crossover(case: Case, result: object) -> Problem | None:
    once_a, _, once_b, _ = case["args"]
    expected = crossover(*case["args"])
    if same_number(result, expected):
        return None
    if expected == math.inf and once_b < once_a:
        why = "b begins cheaper and costs more with each use: it is not cheaper for good."
    elif expected == math.inf:
        why = "b costs more at first and saves nothing with a use: it is never cheaper."
    elif expected == 0:
        why = "b is cheaper from the first use on: then the answer is 0."
    else:
        why = "What b costs more at first, divided by what it saves with each use."
    return Problem(expected, why)


def _always_divided(once_a, each_a, once_b, each_b):
    return (once_b - once_a) / (each_a - each_b) if each_a != each_b else math.inf


def _absolute(once_a, each_a, once_b, each_b):
    return abs(once_b - once_a) / abs(each_a - each_b) if each_a != each_b else math.inf


def _rounded_up(once_a, each_a, once_b, each_b):
    n = crossover(once_a, each_a, once_b, each_b)
    return n if n == math.inf else math.ceil(n)


def _tie_is_never(once_a, each_a, once_b, each_b):
    return crossover(once_a, each_a, once_b, each_b) if each_a > each_b else math.inf


EXERCISES = (
    Exercise(
        id="3.3-e4",
        name="load_batch",
        reference=load_batch,
        cases=_load_cases,
        judge=_judge_load,
        call=_load,
        show=_show_load,
        hints=(
            "Sort the records first, without the database. Then replace the batch in one go.",
            "After BEGIN delete the batch from both tables, insert the good and the bad, COMMIT. "
            "An error in between must lead to ROLLBACK, so that the old rows stay.",
            'con.execute("BEGIN"); DELETE FROM sales and rejects WHERE batch = ?; '
            'executemany INSERT …; con.execute("COMMIT")',
        ),
        wrong=(
            Wrong("only the positions that come again", _appended, "is replaced"),
            Wrong("all batches replaced", _everything_replaced, "Each record goes somewhere"),
            Wrong("rejects thrown away", _rejects_thrown_away, "Each record goes somewhere"),
            Wrong("True is one piece", _true_is_a_number, "an int of at least 1"),
            Wrong("deleted outside the transaction", _no_rollback, "rolled back"),
            Wrong("the wrong reason", _pieces_first, "only if the code is right"),
        ),
        note="Replacing a whole batch is the simplest way to be idempotent. It needs a batch to be "
        "a fixed piece of the source, such as a day, and its size to stay small beside the table.",
    ),
    Exercise(
        id="3.3-e5",
        name="crossover",
        reference=crossover,
        cases=_crossover_cases,
        judge=_judge_crossover,
        hints=(
            "Two straight lines: one begins higher, the other may rise faster.",
            "b must make up for what it costs more at first. Which signs can the two differences "
            "have, and what does each mean?",
            "saved = each_a - each_b; if saved > 0: max(0, (once_b - once_a) / saved); else 0 if "
            "saved == 0 and once_b < once_a, else math.inf",
        ),
        wrong=(
            Wrong("always divided", _always_divided, "the first use on"),
            Wrong("signs dropped", _absolute, "the first use on"),
            Wrong("rounded up", _rounded_up, "divided by what it saves"),
            Wrong("equal uses are never worth it", _tie_is_never, "the first use on"),
        ),
        note="The lines are straight only if each use costs the same. An engine that keeps what it "
        "has read in memory makes the second question cheaper than the first.",
    ),
)
