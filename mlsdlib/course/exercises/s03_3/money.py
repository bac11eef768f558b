"""Exercise 3.3-e3: move money in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted

__all__ = ["EXERCISE"]


def transfer(con, source, target, amount):
    """Move an amount from one account to another: both balances change, or neither."""
    if amount < 1:
        raise ValueError(f"amount must be at least 1, got {amount}")
    con.execute("BEGIN IMMEDIATE")
    try:
        balances = dict(con.execute("SELECT name, balance FROM accounts"))
        if source not in balances or target not in balances:
            raise ValueError("source and target must be accounts")
        if balances[source] < amount:
            raise ValueError(f"amount must be at most {balances[source]}, got {amount}")
        change = "UPDATE accounts SET balance = balance + ? WHERE name = ?"
        con.execute(change, (-amount, source))
        con.execute(change, (amount, target))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def case(source, target, amount, *, fails=False, **balances):
        return {"args": [source, target, amount], "balances": balances, "fails": fails}

    yield case("guest", "shop", 30, guest=100, shop=5)
    yield case("guest", "shop", 100, guest=100, shop=5)  # all there is
    yield case("guest", "shop", 101, guest=100, shop=5)
    yield case("guest", "shop", 1, guest=100, shop=5)
    yield case("guest", "shop", 0, guest=100, shop=5)
    yield case("guest", "shop", -20, guest=100, shop=5)
    yield case("guest", "guest", 60, guest=100, shop=5)
    yield case("guest", "guest", 160, guest=100, shop=5)
    yield case("guest", "nobody", 30, guest=100, shop=5)
    yield case("nobody", "shop", 30, guest=100, shop=5)
    yield case("guest", "shop", 30, guest=100, shop=5, fails=True)  # the second update fails
    for _ in range(12):
        names = rng.choice(["guest", "shop", "bank", "nobody"], 2).tolist()
        balances = dict(
            zip(("guest", "shop", "bank"), rng.integers(0, 60, 3).tolist(), strict=True)
        )
        yield case(*names, int(rng.integers(0, 60)), **balances)


_FULL = (
    "CREATE TRIGGER full BEFORE UPDATE ON accounts WHEN NEW.balance > OLD.balance "
    "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
)


def _call(function, case: Case):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as con:
        con.execute("CREATE TABLE accounts (name TEXT PRIMARY KEY, balance INTEGER)")
        con.executemany("INSERT INTO accounts VALUES (?, ?)", case["balances"].items())
        if case["fails"]:
            con.execute(_FULL)
        statements = []
        con.set_trace_callback(statements.append)
        try:
            attempted(function(con, *case["args"]))
            ended = "returned"
        except (ValueError, sqlite3.Error) as error:
            ended = type(error).__name__
        con.set_trace_callback(None)
        is_open = con.in_transaction
        balances = dict(con.execute("SELECT name, balance FROM accounts ORDER BY name"))
        begun = any(s.upper().startswith(("BEGIN", "SAVEPOINT")) for s in statements)
        return {"ended": ended, "balances": balances, "open": is_open, "begun": begun}


def _show(name: str, case: Case) -> str:
    words = ", ".join(["con", *map(repr, case["args"])])
    full = ", while the second update fails" if case["fails"] else ""
    return f"{name}({words}) with the balances {case['balances']}{full}"


def _judge(case: Case, result: dict) -> Problem | None:
    source, target, amount = case["args"]
    expected = _call(transfer, case)
    begun, must_begin = result.pop("begun"), expected.pop("begun")
    if result == expected and (begun or expected["ended"] != "returned"):
        return None
    if result == expected:
        why = "Both updates must stand in one transaction: BEGIN before, COMMIT after."
    elif result["open"]:
        why = "A transaction was left open: COMMIT at the end, ROLLBACK after an error."
    elif case["fails"]:
        why = "The second update failed: the first must be taken back, and the error be raised."
    elif amount < 1:
        why = "An amount below 1 is a ValueError: it would move money the wrong way, or none."
    elif source not in case["balances"] or target not in case["balances"]:
        why = "An account that is missing is a ValueError, and nothing may have changed."
    elif case["balances"][source] < amount:
        why = "The source holds less than the amount: that is a ValueError, nothing changes."
    elif source == target:
        why = "From an account to itself nothing changes."
    else:
        why = "The source loses the amount, the target gains it, and all of it may be spent."
    assert must_begin or expected["ended"] != "returned"
    return Problem(expected, why)


_CHANGE = "UPDATE accounts SET balance = balance + ? WHERE name = ?"


def _two_steps(con, source, target, amount):
    balances = dict(con.execute("SELECT name, balance FROM accounts"))
    if amount < 1 or balances.get(source, 0) < amount or target not in balances:
        raise ValueError
    con.execute(_CHANGE, (-amount, source))
    con.execute(_CHANGE, (amount, target))


def _no_rollback(con, source, target, amount):
    con.execute("BEGIN")
    balances = dict(con.execute("SELECT name, balance FROM accounts"))
    if amount < 1 or balances.get(source, 0) < amount or target not in balances:
        raise ValueError
    con.execute(_CHANGE, (-amount, source))
    con.execute(_CHANGE, (amount, target))
    con.execute("COMMIT")


def _no_overdraft_check(con, source, target, amount):
    if amount < 1:
        raise ValueError
    con.execute("BEGIN")
    try:
        for name, change in ((source, -amount), (target, amount)):
            if con.execute(_CHANGE, (change, name)).rowcount == 0:
                raise ValueError
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _negative_amounts(con, source, target, amount):
    con.execute("BEGIN")
    try:
        balances = dict(con.execute("SELECT name, balance FROM accounts"))
        if balances.get(source, -1000) < amount or target not in balances:
            raise ValueError
        con.execute(_CHANGE, (-amount, source))
        con.execute(_CHANGE, (amount, target))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _set_from_what_was_read(con, source, target, amount):
    if amount < 1:
        raise ValueError
    con.execute("BEGIN")
    try:
        balances = dict(con.execute("SELECT name, balance FROM accounts"))
        if source not in balances or target not in balances or balances[source] < amount:
            raise ValueError
        change = "UPDATE accounts SET balance = ? WHERE name = ?"
        con.execute(change, (balances[source] - amount, source))
        con.execute(change, (balances[target] + amount, target))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


EXERCISE = Exercise(
    id="3.3-e3",
    name="transfer",
    reference=transfer,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Two updates are one only if they stand between BEGIN and COMMIT, and an error leads to "
        "ROLLBACK.",
        "Check the amount; BEGIN; read the balances and check them; update both; COMMIT. Put what "
        "follows BEGIN in a try, and ROLLBACK before you raise again.",
        'con.execute("BEGIN IMMEDIATE"); try: … con.execute("COMMIT") … except BaseException: '
        'con.execute("ROLLBACK"); raise',
    ),
    wrong=(
        Wrong("two steps, no transaction", _two_steps, "in one transaction"),
        Wrong("no rollback", _no_rollback, "left open"),
        Wrong("no check of the balance", _no_overdraft_check, "holds less"),
        Wrong("negative amounts are moved", _negative_amounts, "below 1"),
        Wrong("balances set from what was read", _set_from_what_was_read, "to itself"),
    ),
    note="BEGIN IMMEDIATE takes the write lock before the balances are read: between the check and "
    "the update nobody else can spend the money. A rule in the table, CHECK (balance >= 0), would "
    "protect it from programs that forget to ask.",
)
