"""Databases under fire: many writers at once, and writers that are killed."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.processes import Child
from mlsdlib.storage import _workers
from mlsdlib.storage._accounts import open_accounts

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_GUEST = 1_000_000  # pence the guest begins with: more than a teller moves before it is killed


def crash_transfers(
    kills: int = 25,
    *,
    transactional: bool = True,
    longest_ms: float = 50.0,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Return what is left of a ledger whenever the process that moves money is killed.

    A process moves a penny at a time from one account to the other of a new SQLite file, and says
    so after each. After a while drawn from `rng` it gets SIGKILL, and another process, this one,
    opens the file. That is the death of a program, not of the machine: what the system has taken
    over from the program will reach the disk.

    Parameters
    ----------
    kills : int
        How many processes to kill, at least 1.
    transactional : bool
        Whether the two updates of a transfer are one transaction, see `transfer`.
    longest_ms : float
        Milliseconds: the wait before a kill is drawn evenly from 1 to this.
    rng : int or numpy Generator, optional
        What the waits are drawn from.

    Returns
    -------
    DataFrame of shape (kills, 5)
        "kill"; "reported", the transfers of which the process had said that they were done;
        "debits" and "credits", those found in the file; "broken", whether these two differ, so
        that money has vanished. Durability is ``credits >= reported``.

    Raises
    ------
    ValueError
        If `kills` or `longest_ms` is below 1.

    Examples
    --------
    >>> found = crash_transfers(2, rng=0)
    >>> sum(found["broken"]), sum(found["credits"] < found["reported"])
    (0, 0)
    """
    import numpy as np
    import pandas as pd

    for name, number in (("kills", kills), ("longest_ms", longest_ms)):
        if not number >= 1:
            raise ValueError(f"{name} must be at least 1, got {number!r}")
    rng = np.random.default_rng(rng)
    with tempfile.TemporaryDirectory(prefix="mlsd-") as folder:
        found = [
            _killed(Path(folder, f"{kill}.sqlite"), transactional, rng.uniform(1, longest_ms))
            for kill in range(kills)
        ]
    frame = pd.DataFrame(found, columns=["reported", "debits", "credits"])
    frame.insert(0, "kill", range(kills))
    return frame.assign(broken=frame["debits"] != frame["credits"])


def _killed(path: Path, transactional: bool, wait_ms: float) -> tuple[int, int, int]:
    with closing(sqlite3.connect(path)) as con:
        open_accounts(con, {"guest": _GUEST, "shop": 0})
    options = {"path": str(path), "transactional": transactional}
    with Child("mlsdlib.storage._workers:teller", options) as teller:
        first = teller.hear_byte()  # the clock starts with its first transfer
        time.sleep(wait_ms / 1000)
        reported = teller.kill()
    if not first:
        raise RuntimeError(f"the teller ended by itself with code {teller.poll()}")
    with closing(sqlite3.connect(path)) as con:
        left, arrived = (n for (n,) in con.execute("SELECT balance FROM accounts ORDER BY name"))
    return len(first + reported), _GUEST - left, arrived


def commit_rates(
    engine: str, *, writers: int = 1, seconds: float = 1.0, rng: int = 0
) -> pd.DataFrame:
    """Return how many one-row commits each of several processes gets into one database file.

    Every process adds 1 to a row of its own, a transaction each, and asks again by
    `retry_commit` when another one holds the lock. All begin together and end after `seconds`.
    SQLite has a write-ahead log and waits for no lock by itself, so that every conflict is seen.

    Parameters
    ----------
    engine : {"sqlite", "duckdb"}
        The database.
    writers : int
        Number of processes, at least 1.
    seconds : float
        How long they write.
    rng : int
        Seed of the waits.

    Returns
    -------
    DataFrame of shape (writers, 4)
        "writer"; "commits", as the process counted them; "stored", as the file did, which is the
        same; "lock_errors", how often it was turned away.

    Raises
    ------
    ValueError
        If the engine is another, `writers` is below 1 or `seconds` not positive.

    Examples
    --------
    >>> rates = commit_rates("sqlite", writers=2, seconds=0.2)
    >>> sum(rates["commits"]) > 0, rates["commits"].equals(rates["stored"])
    (True, True)
    """
    import pandas as pd

    if engine not in ("sqlite", "duckdb"):
        raise ValueError(f"engine must be 'sqlite' or 'duckdb', got {engine!r}")
    if isinstance(writers, bool) or not hasattr(writers, "__index__") or writers < 1:
        raise ValueError(f"writers must be a whole number of at least 1, got {writers!r}")
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, got {seconds!r}")
    with tempfile.TemporaryDirectory(prefix="mlsd-") as folder:
        path = str(Path(folder, "counters.db"))
        with closing(_workers.connect(engine, path)) as con:
            con.execute("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER)")
            for row in range(writers):
                con.execute("INSERT INTO counters VALUES (?, 0)", (row,))
        counted = _race(engine, path, writers, seconds, rng)
        with closing(_workers.connect(engine, path)) as con:
            stored = con.execute("SELECT n FROM counters ORDER BY id").fetchall()
    frame = pd.DataFrame(counted).assign(stored=[n for (n,) in stored], writer=range(writers))
    return frame[["writer", "commits", "stored", "lock_errors"]]


def _race(engine: str, path: str, writers: int, seconds: float, seed: int) -> list[dict]:
    with ExitStack() as stack:
        options = {"engine": engine, "path": path, "seconds": seconds}
        children = [
            stack.enter_context(
                Child("mlsdlib.storage._workers:writer", options | {"row": row, "seed": seed + row})
            )
            for row in range(writers)
        ]
        for child in children:
            child.hear()
        for child in children:
            child.tell()
        return [json.loads(child.hear()) for child in children]
