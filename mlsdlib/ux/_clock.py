"""Runs asynchronous code, on the clock on the wall or on one that skips the waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run"]

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result], *, skip_waiting: bool = False) -> Result:
    """Return the result of a coroutine, run in an event loop of its own.

    Works where a loop is running already, as in a notebook.

    Parameters
    ----------
    coroutine : coroutine
        What calling an ``async def`` function gives.
    skip_waiting : bool
        Let the loop's clock jump to the next thing that is due, instead of waiting for it. Time
        then depends on nothing but the code: a test of deadlines is fast and always gives the
        same. Code that waits for another thread or a socket cannot be run so.

    Raises
    ------
    TypeError
        If it is something else, such as the function itself.
    RuntimeError
        If time is skipped and nothing will ever happen that the coroutine waits for.

    Examples
    --------
    >>> async def patience():
    ...     await asyncio.sleep(3_600)
    ...     return asyncio.get_running_loop().time()
    >>> run(patience(), skip_waiting=True)
    3600.0
    """
    if not asyncio.iscoroutine(coroutine):
        raise TypeError(f"coroutine must be a coroutine, got {type(coroutine).__name__}")
    outcome: list[tuple[bool, Any]] = []

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=_SkippingLoop if skip_waiting else None) as runner:
                outcome.append((True, runner.run(coroutine)))
        except BaseException as error:
            outcome.append((False, error))

    if asyncio._get_running_loop() is None:
        work()
    else:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join()
    good, value = outcome[0]
    if not good:
        raise value
    return value


class _SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while code runs, and jumps while none does."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        select = self._selector.select

        def skip(timeout: float | None = None) -> list:
            if timeout is None:
                raise RuntimeError("deadlock: the coroutine waits for what will never happen")
            self._now += max(timeout, 0.0)
            return select(0)

        self._selector.select = skip

    def time(self) -> float:
        return self._now
