"""Turns of the threads of one grader: many jails at a time, or one alone."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Turns:
    """A lock that many hold at a time, or one alone; whoever waits to be alone comes first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = self._alone = 0

    @contextlib.contextmanager
    def beside_others(self) -> Iterator[None]:
        """Run while others may; not while one is alone, or waits to be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._running += 1
        try:
            yield
        finally:
            self._left()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Run while nobody else does."""
        with self._changed:
            self._alone += 1
            self._changed.wait_for(lambda: not self._running)
            self._running += 1
        try:
            yield
        finally:
            self._left(alone=1)

    def _left(self, *, alone: int = 0) -> None:
        with self._changed:
            self._running -= 1
            self._alone -= alone
            self._changed.notify_all()
