"""Transactions in SQLite and in DuckDB, and what to do when another writer holds the lock."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias, TypeVar, Union

if TYPE_CHECKING:
    import duckdb
    import numpy as np

Connection: TypeAlias = Union[sqlite3.Connection, "duckdb.DuckDBPyConnection"]
Result = TypeVar("Result")


@contextlib.contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """Make the block one transaction: all of it is stored, or after an exception none.

    SQLite takes the write lock at once (``BEGIN IMMEDIATE``). A transaction that began with a
    read would find only at its first write that another writer came between, and a retry of that
    statement alone could not succeed.

    Inside an open transaction the block is a part of that. Beware that Python's sqlite3 opens one
    by itself before an INSERT, UPDATE or DELETE, and leaves the commit to you, unless the
    connection was made with ``isolation_level=None``.

    Parameters
    ----------
    con : sqlite3 or duckdb connection
        An open database.

    Raises
    ------
    TypeError
        If `con` is neither.
    sqlite3.Error, duckdb.Error
        If another writer holds the lock, or the commit fails: see `retry_commit`.

    Examples
    --------
    >>> con = sqlite3.connect(":memory:")
    >>> con.execute("CREATE TABLE stock (code TEXT, pieces INT)").close()
    >>> try:
    ...     with transaction(con):
    ...         _ = con.execute("INSERT INTO stock VALUES ('A', 5)")
    ...         raise RuntimeError("the power fails")
    ... except RuntimeError:
    ...     con.execute("SELECT * FROM stock").fetchall()
    []
    >>> con.close()
    """
    if not _begin(con):
        yield
        return
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        _roll_back(con)
        raise


def _begin(con: Connection) -> bool:
    """Begin a transaction; False if one is open already."""
    if is_sqlite(con):
        if con.in_transaction:
            return False
        con.execute("BEGIN IMMEDIATE")
        return True
    # DuckDB does not tell, and a BEGIN too many would end the transaction. Outside one, each
    # statement is a transaction of its own, with its own number.
    first, second = (con.execute("SELECT txid_current()").fetchall() for _ in range(2))
    if first == second:
        return False
    con.execute("BEGIN")
    return True


def _roll_back(con: Connection) -> None:
    """Roll back unless the engine has done so: SQLite on a full disk, DuckDB in a failed commit."""
    if is_sqlite(con):
        if con.in_transaction:
            con.execute("ROLLBACK")
        return
    import duckdb

    with contextlib.suppress(duckdb.TransactionException):
        con.execute("ROLLBACK")


def is_sqlite(con: Connection) -> bool:
    """Return whether the connection is SQLite's; DuckDB's if not.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if isinstance(con, sqlite3.Connection):
        return True
    # Not by `isinstance`: whoever has no DuckDB has no connection of it either.
    if type(con).__module__.partition(".")[0] in ("duckdb", "_duckdb") and hasattr(con, "execute"):
        return False
    raise TypeError(f"con must be a connection of sqlite3 or duckdb, got {type(con).__name__}")


def retry_commit(
    function: Callable[[], Result],
    *,
    attempts: int = 8,
    base: float = 0.005,
    cap: float = 0.5,
    rng: int | np.random.Generator | random.Random | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Result:
    """Return what `function` returns, called again while another writer holds the lock.

    The wait before the k-th repetition is drawn evenly from 0 to ``min(cap, base * 2**(k - 1))``
    seconds. It grows, so that many writers do not keep a busy database busy; it is drawn, so that
    writers that failed together do not come back together.

    Parameters
    ----------
    function : callable without arguments
        One whole transaction: what it did before it failed must have been rolled back.
    attempts : int
        How often to call it at most, at least 1.
    base, cap : float
        Seconds: the longest first wait, and the longest wait at all.
    rng : int, numpy Generator or random.Random, optional
        What the waits are drawn from.
    sleep : callable
        What waits, given seconds.

    Raises
    ------
    ValueError
        If `attempts` is below 1, or not ``0 <= base <= cap``.
    Exception
        What `function` raised: at once if that is no lock, the last one if it is.

    References
    ----------
    Brooker (2015), *Exponential backoff and jitter*, AWS Architecture Blog ("full jitter").

    Examples
    --------
    >>> failures = [sqlite3.OperationalError("database is locked")] * 3
    >>> def commit():
    ...     if failures:
    ...         raise failures.pop()
    ...     return "stored"
    >>> waits = []
    >>> retry_commit(commit, rng=0, sleep=waits.append), len(waits)
    ('stored', 3)
    >>> waits[0] <= 0.005 and waits[1] <= 0.01 and waits[2] <= 0.02
    True
    """
    if isinstance(attempts, bool) or not hasattr(attempts, "__index__") or attempts < 1:
        raise ValueError(f"attempts must be a whole number of at least 1, got {attempts!r}")
    if not 0 <= base <= cap:
        raise ValueError(f"0 <= base <= cap must hold, got base={base!r}, cap={cap!r}")
    uniform = _uniform(rng)
    for k in range(attempts):
        try:
            return function()
        except Exception as error:
            if k == attempts - 1 or not is_lock(error):
                raise
        sleep(uniform() * min(cap, base * 2.0 ** min(k, 60)))
    raise AssertionError  # the last attempt returned or raised


def _uniform(rng: int | np.random.Generator | random.Random | None) -> Callable[[], float]:
    """Return a source of numbers in [0, 1): a writer's process shall not import numpy for it."""
    if rng is None or isinstance(rng, int):
        return random.Random(rng).random
    return rng.random


def is_lock(error: BaseException) -> bool:
    """Return whether an error says that another writer was in the way, and a retry may help."""
    if isinstance(error, sqlite3.OperationalError):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:  # not raised by SQLite itself
            return "is locked" in str(error)
        return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if type(error).__module__.partition(".")[0] not in ("duckdb", "_duckdb"):
        return False
    text = str(error)
    # "Conflicting lock is held" for the file, "Conflict on update!" for a row.
    return "Conflicting lock" in text or "Conflict on" in text
