"""Runs asynchronous code for those who have no event loop to give, also without the waiting."""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["run"]

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result], *, skip_waiting: bool = False) -> Result:
    """Return the result of a coroutine, run in an event loop of its own.

    `asyncio.run` does not work in a notebook, where a loop is running already. This does: it takes
    another thread then, and waits; an interrupt cancels the coroutine.

    Parameters
    ----------
    coroutine : coroutine
        What calling an ``async def`` function gives.
    skip_waiting : bool
        Let the loop's clock jump to what is due next, instead of waiting for it. Time then depends
        on nothing but the code: a test of deadlines is fast, and always gives the same. Code that
        waits for a socket or another thread cannot be run so.

    Raises
    ------
    TypeError
        If it is something else, such as the function itself.
    RuntimeError
        If the waiting is skipped and what the coroutine waits for will never happen.
    Exception
        What the coroutine raised.

    Examples
    --------
    >>> async def answer():
    ...     await asyncio.sleep(3_600)
    ...     return asyncio.get_running_loop().time()
    >>> run(answer(), skip_waiting=True)
    3600.0
    """
    if not asyncio.iscoroutine(coroutine):
        raise TypeError(f"coroutine must be a coroutine, got {type(coroutine).__name__}")
    make_loop = _SkippingLoop if skip_waiting else None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            return runner.run(coroutine)
    return _in_a_thread(coroutine, make_loop)


def _in_a_thread(
    coroutine: Coroutine[Any, Any, Result],
    make_loop: Callable[[], asyncio.AbstractEventLoop] | None,
) -> Result:
    outcome: list[tuple[bool, Any]] = []
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task]] = []

    async def main() -> Result:
        started.append((asyncio.get_running_loop(), asyncio.current_task()))
        return await coroutine

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=make_loop) as runner:
                outcome.append((True, runner.run(main())))
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        for loop, task in started:
            loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    # An error of closing the loop comes after the outcome of the coroutine.
    succeeded, result = outcome[0]
    if succeeded:
        return result
    raise result


class _Skipping(selectors.DefaultSelector):
    """A selector that does not wait but moves its clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list:
        if timeout is None:
            raise RuntimeError("deadlock: the coroutine waits for what will never happen")
        self.now += max(timeout, 0.0)
        return super().select(0)


class _SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while code runs, and jumps while none does."""

    def __init__(self) -> None:
        self._clock = _Skipping()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now
