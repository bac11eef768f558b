"""Exercise 3.4-e3: a payment that is written once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted

__all__ = ["EXERCISE"]


def pay_once(con, id, amount):
    """Write the payment of a message once, however often it comes; return whether it did now."""
    con.execute("BEGIN IMMEDIATE")
    try:
        known = con.execute("SELECT 1 FROM done WHERE id = ?", (id,)).fetchone()
        if not known:
            con.execute("INSERT INTO done VALUES (?)", (id,))
            con.execute("INSERT INTO payments VALUES (?, ?)", (id, amount))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return not known


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[7, 30]]}
    yield {"args": [[7, 30], [8, 5]]}
    yield {"args": [[7, 30], [7, 30]]}
    yield {"args": [[7, 30], [8, 30]]}  # two orders of the same amount
    yield {"args": [[7, 30], [8, 5], [7, 30], [8, 5], [8, 5]]}
    yield {"args": [[8, 5], [7, 30], [8, 5]]}  # out of order
    yield {"args": [["a", 30], ["a", 30]]}
    for statement in range(1, 7):
        yield {"args": [[7, 30]], "crash": statement}
        yield {"args": [[6, 10], [7, 30], [6, 10]], "crash": statement}
    for _ in range(10):
        ids = rng.integers(0, 4, 6).tolist()
        yield {"args": [[i, 10 * i + 5] for i in ids], "crash": int(rng.integers(0, 7))}


class _Crash(BaseException):
    """The process dies."""


class _Dying:
    """A connection whose process dies before a statement; what was not committed is lost."""

    def __init__(self, con: sqlite3.Connection, left: int) -> None:
        self._con, self._left = con, left

    def execute(self, *words):
        self._left -= 1
        if self._left <= 0:  # the dead execute nothing, no ROLLBACK either
            raise _Crash
        return self._con.execute(*words)

    def __getattr__(self, name):
        return getattr(self._con, name)


def _call(function, case: Case):
    """Return what each delivery was answered, and the payments; the first crash repeats one."""
    answers = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as con:
        con.execute("CREATE TABLE done (id)")
        con.execute("CREATE TABLE payments (id, amount)")
        for number, message in enumerate(case["args"]):
            if number == 0 and case.get("crash"):
                with suppress(_Crash):
                    attempted(function(_Dying(con, case["crash"]), *message))
                if con.in_transaction:
                    con.execute("ROLLBACK")  # what the next process finds
            answers.append(attempted(function(con, *message)))
            if con.in_transaction:
                answers.append("a transaction left open")
                con.execute("ROLLBACK")
        rows = con.execute("SELECT id, amount FROM payments ORDER BY id, amount").fetchall()
        payments = [list(row) for row in rows]
    return {"answers": answers[1:] if case.get("crash") else answers, "payments": payments}


def _show(name: str, case: Case) -> str:
    calls = ", then ".join(f"{name}(con, {id!r}, {amount})" for id, amount in case["args"])
    if not case.get("crash"):
        return calls
    return f"a crash before statement {case['crash']} of {name}(con, {case['args'][0][0]!r}, …), then {calls}"  # noqa: E501


def _judge(case: Case, result: dict) -> Problem | None:
    expected = _call(pay_once, case)
    if result == expected:
        return None
    ids = [id for id, _ in result["payments"]]
    missing = {id for id, _ in expected["payments"]} - set(ids)
    if "a transaction left open" in result["answers"]:
        why = "A transaction was left open: COMMIT at the end."
    elif case.get("crash") and missing:
        why = "The crash came between mark and payment: the message counts as done, unpaid."
    elif case.get("crash") and len(ids) > len(set(ids)):
        why = "The crash came between payment and mark: the message was paid twice."
    elif len(ids) > len(set(ids)):
        why = "A message that comes twice is paid once."
    elif missing:
        why = "Messages are told apart by their id: the same amount may be owed twice."
    elif result["payments"] != expected["payments"]:
        why = "Each payment is the id and the amount of its message."
    else:
        why = "Return True if the payment was written now, False if it had been before."
    return Problem(expected, why)


def _never_looks(con, id, amount):
    con.execute("INSERT INTO payments VALUES (?, ?)", (id, amount))
    return True


def _marks_first(con, id, amount):
    if con.execute("SELECT 1 FROM done WHERE id = ?", (id,)).fetchone():
        return False
    con.execute("INSERT INTO done VALUES (?)", (id,))
    con.execute("INSERT INTO payments VALUES (?, ?)", (id, amount))
    return True


def _pays_first(con, id, amount):
    if con.execute("SELECT 1 FROM done WHERE id = ?", (id,)).fetchone():
        return False
    con.execute("INSERT INTO payments VALUES (?, ?)", (id, amount))
    con.execute("INSERT INTO done VALUES (?)", (id,))
    return True


def _by_amount(con, id, amount):
    known = con.execute("SELECT 1 FROM payments WHERE amount = ?", (amount,)).fetchone()
    return False if known else pay_once(con, id, amount)


def _newest_only(con, id, amount):
    (newest,) = con.execute("SELECT max(id) FROM done").fetchone()
    if newest is not None and id == newest:
        return False
    con.execute("BEGIN")
    con.execute("INSERT INTO done VALUES (?)", (id,))
    con.execute("INSERT INTO payments VALUES (?, ?)", (id, amount))
    con.execute("COMMIT")
    return True


def _says_nothing(con, id, amount):
    pay_once(con, id, amount)


EXERCISE = Exercise(
    id="3.4-e3",
    name="pay_once",
    reference=pay_once,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "The payment and the note that it is done must be written together, or not at all.",
        "One transaction: look whether the id is done; if not, write it there and write the "
        "payment. COMMIT.",
        'con.execute("BEGIN IMMEDIATE"); known = SELECT 1 FROM done WHERE id = ?; if not known: '
        'both INSERTs; con.execute("COMMIT"); return not known',
    ),
    wrong=(
        Wrong("never looks", _never_looks, "is paid once"),
        Wrong("marks first, without a transaction", _marks_first, "counts as done, unpaid"),
        Wrong("pays first, without a transaction", _pays_first, "was paid twice"),
        Wrong("told apart by amount", _by_amount, "the same amount may be owed"),
        Wrong("only the newest is known", _newest_only, "is paid once"),
        Wrong("says nothing", _says_nothing, "Return True"),
    ),
    note="This works since the effect lies in the same database as the mark. A mail or a call of "
    "another company's service cannot be rolled back: give them the id, and let them be "
    "idempotent.",
)
