"""Programs that write to a database until they are told to stop, or are killed.

To be killed without harm to the reader's notebook, a writer must be a process of its own, begun by
`start`. Only the standard library is imported before the engine is known, so that it starts
quickly.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from mlsdlib.storage._accounts import transfer
from mlsdlib.storage._transactions import is_lock, retry_commit, transaction


def start(*arguments: object) -> subprocess.Popen:
    """Start a worker; it ends by itself when this process does, however that ends."""
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-c", f"import {__name__} as w; w.main()", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,  # a reader's buffer would keep bytes from `communicate`
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )


def end(worker: subprocess.Popen) -> bytes:
    """Kill a worker with SIGKILL and return what it had said."""
    worker.kill()
    said, _ = worker.communicate()
    return said


def teller(path: str, transactional: str) -> None:
    """Move a penny from the guest to the shop for ever; say so after each, with one byte."""
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        while True:
            transfer(con, "guest", "shop", 1, transactional=transactional == "True")
            os.write(1, b".")


def writer(engine: str, path: str, row: str, seconds: str, seed: str) -> None:
    """Add 1 to a row of `counters`, a commit each, for so long; say what came of it as JSON."""
    os.write(1, b"ready\n")
    _go.wait()
    end = time.monotonic() + float(seconds)
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
                con.execute("UPDATE counters SET n = n + 1 WHERE id = ?", (int(row),))
            commits += 1
        except Exception as error:
            locks += is_lock(error)
            raise

    rng = random.Random(int(seed))
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


_go = threading.Event()


def _follow_owner() -> None:
    """Let the worker go at the first byte from its owner, and end it with its owner."""
    if os.read(0, 1):
        _go.set()
        os.read(0, 1)
    os._exit(1)


def main() -> None:
    """Do what the command line names."""
    threading.Thread(target=_follow_owner, daemon=True).start()
    {"teller": teller, "writer": writer}[sys.argv[1]](*sys.argv[2:])
