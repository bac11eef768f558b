"""Structured logs: one event a line, each of them JSON."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np


class JsonLog:
    """A log to which events are appended as lines of JSON.

    A line of free text must be parsed with a pattern that somebody breaks; here every field has a
    name. Each event is one write to a file opened for appending, so that lines of several threads
    or processes never mix.

    Parameters
    ----------
    path : str or Path
        The file; events are appended to what it holds.
    clock : callable
        Gives the time of an event, in seconds.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "log.jsonl")
    ...     with JsonLog(file, clock=lambda: 7.0) as log:
    ...         log.write("predicted", request="a1", score=0.93)
    ...     [*read_log(file)]
    [{'time': 7.0, 'event': 'predicted', 'request': 'a1', 'score': 0.93}]
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = Path(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __enter__(self) -> JsonLog:
        """Return the log."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()

    def write(self, event: str, /, **fields: object) -> None:
        """Append an event.

        Parameters
        ----------
        event : str
            What happened, a name that is the same each time it happens.
        **fields
            What is known about it: JSON values, numpy's too.

        Raises
        ------
        TypeError, ValueError
            If a field is not JSON (NaN is not), or is named ``time`` or ``event``.
        RuntimeError
            If the log is closed.
        """
        taken = {"time", "event"} & fields.keys()
        if taken:
            raise ValueError(f"fields must not be named time or event, got {sorted(taken)}")
        try:
            record = {"time": self._clock(), "event": event, **fields}
            text = json.dumps(record, default=_plain, allow_nan=False)
        except ValueError:
            raise ValueError(f"fields must hold JSON values, got {fields!r}") from None
        with self._lock:
            if self._file is None:
                raise RuntimeError("the log is closed")
            os.write(self._file, f"{text}\n".encode())

    def close(self) -> None:
        """Close the file; what was written stays."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None


def read_log(path: str | Path) -> Iterator[dict]:
    """Yield the events of a log in the order in which they were written.

    A last line that breaks off, of a process that died in the middle of it, is left out.

    Parameters
    ----------
    path : str or Path
        A file that `JsonLog` wrote.

    Raises
    ------
    ValueError
        If another line is no JSON object.
    """
    with Path(path).open("rb") as file:
        for at, row in enumerate(file, 1):
            if not row.endswith(b"\n"):
                return
            try:
                event = json.loads(row)
            except ValueError:
                event = None
            if not isinstance(event, dict):
                raise ValueError(f"path must hold an object of JSON a line, line {at}: {row!r}")
            yield event


def _plain(value: object) -> object:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"fields must hold JSON values, got {value!r}")
