"""Programs that write to a database until they are told to stop, or are killed.

Each is a job for a `mlsdlib.processes.Child`. Only the standard library is imported before the
engine is known, so that it starts quickly.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from contextlib import closing

from mlsdlib.processes import told
from mlsdlib.storage._accounts import transfer
from mlsdlib.storage._transactions import is_lock, retry_commit, transaction


def teller(path: str, transactional: bool) -> None:
    """Move a penny from the guest to the shop for ever; say so after each, with one byte."""
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        while True:
            transfer(con, "guest", "shop", 1, transactional=transactional)
            os.write(1, b".")


def writer(engine: str, path: str, row: int, seconds: float, seed: int) -> None:
    """Add 1 to a row of `counters`, a commit each, for so long; say what came of it as JSON."""
    os.write(1, b"ready\n")
    told.wait()
    end = time.monotonic() + seconds
    commits = locks = 0
    con = None

    def commit() -> None:
        nonlocal con, commits, locks
        try:
            if time.monotonic() >= end:  # the others have gone home: no conflict is left to count
                return
            if con is None:
                con = connect(engine, path)
            with transaction(con):
                con.execute("UPDATE counters SET n = n + 1 WHERE id = ?", (row,))
            commits += 1
        except Exception as error:
            locks += is_lock(error)
            raise

    rng = random.Random(seed)
    while time.monotonic() < end:
        retry_commit(commit, attempts=1000, base=0.001, cap=0.02, rng=rng)
    os.write(1, json.dumps({"commits": commits, "lock_errors": locks}).encode() + b"\n")
    threading.Event().wait()  # keep the file open: no other writer shall get in at the last moment


def connect(engine: str, path: str):
    """Open a database as a server would: SQLite with a write-ahead log, and without waiting."""
    if engine == "sqlite":
        con = sqlite3.connect(path, isolation_level=None, timeout=0)
        con.execute("PRAGMA journal_mode = WAL")
        return con
    import duckdb

    return duckdb.connect(path)
