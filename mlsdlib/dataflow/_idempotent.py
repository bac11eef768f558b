"""A consumer for which a message that comes twice is a message that comes once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from mlsdlib.storage import transaction


class IdempotentConsumer:
    """Gives every message its effect once, however often it is delivered.

    The effect and the mark that it is done are one transaction in one database. A crash before
    the commit leaves neither, and the message has its effect when it is delivered again; a crash
    after it leaves both, and the message is recognised. Delivery stays at least once: it is the
    *effect* that is exactly once, and only what is stored in this database. A mail that the effect
    sends is sent again.

    Parameters
    ----------
    con : sqlite3.Connection
        The database of the effects. A table `processed` is made in it where missing.
    effect : callable
        ``effect(con, payload)`` changes the database and commits nothing.

    Raises
    ------
    TypeError
        If `con` is not an SQLite connection or `effect` cannot be called.

    References
    ----------
    Helland (2012), *Idempotence is not a medical condition*, ACM Queue 10(4).

    Examples
    --------
    >>> con = sqlite3.connect(":memory:", isolation_level=None)
    >>> con.execute("CREATE TABLE orders (item TEXT)").close()
    >>> def store(con, item):
    ...     con.execute("INSERT INTO orders VALUES (?)", (item,))
    >>> consumer = IdempotentConsumer(con, store)
    >>> [consumer.handle(id, item) for id, item in [(1, "cup"), (2, "pen"), (1, "cup")]]
    [True, True, False]
    >>> con.execute("SELECT item FROM orders").fetchall()
    [('cup',), ('pen',)]
    >>> con.close()
    """

    def __init__(
        self, con: sqlite3.Connection, effect: Callable[[sqlite3.Connection, object], object]
    ) -> None:
        if not isinstance(con, sqlite3.Connection):
            raise TypeError(f"con must be a sqlite3.Connection, got {type(con).__name__}")
        if not callable(effect):
            raise TypeError(f"effect must be callable, got {type(effect).__name__}")
        self._con, self._effect = con, effect
        with transaction(con):
            con.execute("CREATE TABLE IF NOT EXISTS processed (id PRIMARY KEY) WITHOUT ROWID")

    def handle(self, message_id: int | str, payload: object) -> bool:
        """Give a message its effect; return False if it had it before.

        Parameters
        ----------
        message_id : int or str
            What the producer numbered the message with, the same in every delivery.
        payload : object
            What `effect` gets.

        Raises
        ------
        TypeError
            If `message_id` is neither.
        Exception
            What `effect` raised. The message counts as not processed then.
        """
        if isinstance(message_id, bool) or not isinstance(message_id, (int, str)):
            raise TypeError(f"message_id must be an int or a str, got {message_id!r}")
        with transaction(self._con):
            mark = "INSERT INTO processed VALUES (?) ON CONFLICT DO NOTHING"
            if not self._con.execute(mark, (message_id,)).rowcount:
                return False
            self._effect(self._con, payload)
        return True
