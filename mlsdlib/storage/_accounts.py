"""A ledger whose invariant is that money is neither made nor lost, and a program that moves it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import nullcontext

from mlsdlib.storage._transactions import transaction


def open_accounts(con: sqlite3.Connection, balances: Mapping[str, int]) -> None:
    """Create the table `accounts` (name, balance), whose balances cannot fall below zero.

    Parameters
    ----------
    con : sqlite3.Connection
        A database without such a table.
    balances : mapping
        Name to balance in whole pence.

    Raises
    ------
    sqlite3.Error
        If the table exists, or a balance is negative or no whole number.

    Examples
    --------
    >>> con = sqlite3.connect(":memory:")
    >>> open_accounts(con, {"shop": 100, "guest": 20})
    >>> con.execute("SELECT sum(balance) FROM accounts").fetchone()
    (120,)
    >>> con.close()
    """
    with transaction(con):
        con.execute(
            "CREATE TABLE accounts (name TEXT PRIMARY KEY, "
            "balance INTEGER NOT NULL CHECK (balance >= 0)) STRICT, WITHOUT ROWID"
        )
        con.executemany("INSERT INTO accounts VALUES (?, ?)", balances.items())


def transfer(
    con: sqlite3.Connection, source: str, target: str, amount: int, *, transactional: bool = True
) -> None:
    """Move an amount from one account to another: both balances change, or neither.

    Parameters
    ----------
    con : sqlite3.Connection
        A database with the table of `open_accounts`. Inside an open transaction the transfer is
        a part of that.
    source, target : str
        Two accounts. With both the same nothing changes.
    amount : int
        Whole pence, at least 1.
    transactional : bool
        False stores each of the two updates by itself: what many programs do without meaning to.
        The constraint still stops an overdraft, since the source is debited first; a crash
        between the two loses the amount.

    Raises
    ------
    TypeError
        If `amount` is not a whole number.
    ValueError
        If `amount` is below 1, an account is unknown, or the source holds too little. No balance
        has changed then, except that without a transaction an unknown target costs the amount.
    sqlite3.OperationalError
        If another writer holds the lock: see `retry_commit`.

    Examples
    --------
    >>> con = sqlite3.connect(":memory:")
    >>> open_accounts(con, {"shop": 100, "guest": 20})
    >>> transfer(con, "guest", "shop", 15)
    >>> transfer(con, "guest", "shop", 15)
    Traceback (most recent call last):
      ...
    ValueError: amount must be at most the balance of 'guest', 5, got 15
    >>> con.execute("SELECT name, balance FROM accounts ORDER BY name").fetchall()
    [('guest', 5), ('shop', 115)]
    >>> con.close()
    """
    if isinstance(amount, bool) or not hasattr(amount, "__index__"):
        raise TypeError(f"amount must be a whole number, got {amount!r}")
    if amount < 1:
        raise ValueError(f"amount must be at least 1, got {amount}")
    outer = con.in_transaction
    with transaction(con) if transactional else nullcontext():
        for argument, name, change in (("source", source, -amount), ("target", target, amount)):
            _add(con, argument, name, int(change))
            if not transactional and not outer:
                con.commit()  # Python's sqlite3 may have opened a transaction by itself


def _add(con: sqlite3.Connection, argument: str, name: str, amount: int) -> None:
    change = "UPDATE accounts SET balance = balance + ? WHERE name = ?"
    try:
        found = con.execute(change, (amount, name)).rowcount
    except sqlite3.IntegrityError:
        balance = "SELECT balance FROM accounts WHERE name = ?"
        (left,) = con.execute(balance, (name,)).fetchone()
        raise ValueError(
            f"amount must be at most the balance of {name!r}, {left}, got {-amount}"
        ) from None
    if not found:
        raise ValueError(f"{argument} must be an account, got {name!r}")
