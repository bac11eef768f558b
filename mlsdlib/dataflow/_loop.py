"""Asynchronous code for those who have no event loop to give, and a client that waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import nats

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of a coroutine, run in an event loop and a thread of its own.

    `asyncio.run` does not work in a notebook, where a loop is running already. This does, and
    waits; an interrupt cancels the coroutine.

    Parameters
    ----------
    coroutine : coroutine
        What calling an ``async def`` function gives.

    Raises
    ------
    TypeError
        If it is something else, such as the function itself.
    Exception
        What the coroutine raised.

    Examples
    --------
    >>> async def answer():
    ...     await asyncio.sleep(0)
    ...     return 42
    >>> run(answer())
    42
    """
    if not asyncio.iscoroutine(coroutine):
        raise TypeError(f"coroutine must be a coroutine, got {type(coroutine).__name__}")
    outcome: list[tuple[bool, Any]] = []
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task]] = []

    async def main() -> Result:
        started.append((asyncio.get_running_loop(), asyncio.current_task()))
        return await coroutine

    def work() -> None:
        try:
            outcome.append((True, asyncio.run(main())))
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
    ((succeeded, result),) = outcome
    if succeeded:
        return result
    raise result


async def flush(nc: nats.NATS) -> None:
    """Return when the broker has handled all that this client has sent.

    One flush of nats-py is not enough: it writes its PING before the commands that still wait in
    the client, and the broker answers in order. The second PING comes after them.
    """
    for _ in range(2):
        await nc.flush()
