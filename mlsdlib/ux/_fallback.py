"""An answer in time: from another model, or from another copy of the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "hedged", "with_fallback"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, and who gave it: "main" or "backup", "first" or "second"."""

    value: Any
    source: str


async def with_fallback(
    main: Callable[[], Awaitable[Any]], backup: Callable[[], Awaitable[Any]], deadline: float
) -> Answer:
    """Return the main model's answer if it comes before a deadline, else the backup's.

    The backup is asked as the deadline passes, or as soon as the main model fails. From then on
    the main model's answer is dropped, even if it comes before the backup's: its task is
    cancelled and not waited for. Whoever cancels this call cancels what runs in it.

    Parameters
    ----------
    main, backup : callables
        Without arguments; each gives something to await.
    deadline : float
        Seconds that the main model has, at least 0.

    Raises
    ------
    ValueError
        If `deadline` is negative or NaN.
    ExceptionGroup
        If both fail: the main model's error (`TimeoutError` if it was late) and the backup's.

    Examples
    --------
    >>> from mlsdlib.ux import run
    >>> async def slow():
    ...     await asyncio.sleep(0.2)
    ...     return "exact"
    >>> async def fast():
    ...     return "rough"
    >>> run(with_fallback(slow, fast, 0.1), skip_waiting=True)
    Answer(value='rough', source='backup')
    >>> run(with_fallback(slow, fast, 0.3), skip_waiting=True)
    Answer(value='exact', source='main')
    """
    if not deadline >= 0:  # NaN is not
        raise ValueError(f"deadline must be at least 0, got {deadline!r}")
    task = asyncio.ensure_future(main())
    try:
        await asyncio.wait({task}, timeout=deadline)
    except asyncio.CancelledError:
        _drop(task)
        raise
    if task.done() and not task.cancelled() and task.exception() is None:
        return Answer(task.result(), "main")
    if not task.done():
        _drop(task)
        failed: BaseException = TimeoutError(f"no answer within {deadline:g} seconds")
    else:
        failed = RuntimeError("the call was cancelled") if task.cancelled() else task.exception()
    try:
        return Answer(await backup(), "backup")
    except Exception as error:
        raise ExceptionGroup("the main model and the backup failed", [failed, error]) from None


async def hedged(call: Callable[[], Awaitable[Any]], after: float) -> Answer:
    """Return the answer of the first of two equal calls, the second begun only if need be.

    The second begins when the first has not answered after so many seconds, or has failed. The
    one that answers first wins, and the other is cancelled (Dean and Barroso 2013).

    Parameters
    ----------
    call : callable
        Without arguments; gives something to await. Called once or twice.
    after : float
        Seconds before the second call, at least 0.

    Raises
    ------
    ValueError
        If `after` is negative or NaN.
    ExceptionGroup
        If both calls fail.

    Examples
    --------
    >>> from mlsdlib.ux import run
    >>> seconds = iter([0.9, 0.1])
    >>> async def call():
    ...     await asyncio.sleep(next(seconds))
    ...     return "answer"
    >>> run(hedged(call, after=0.2), skip_waiting=True)
    Answer(value='answer', source='second')
    """
    if not after >= 0:
        raise ValueError(f"after must be at least 0, got {after!r}")
    tasks = {asyncio.ensure_future(call()): "first"}
    errors: list[Exception] = []
    try:
        done, _ = await asyncio.wait(tasks, timeout=after)
        if not any(_answered(task) for task in done):
            tasks[asyncio.ensure_future(call())] = "second"
        waiting = set(tasks)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=tasks.get):  # at the same moment the first wins
                if _answered(task):
                    return Answer(task.result(), tasks[task])
                if not task.cancelled():
                    errors.append(task.exception())
    finally:
        for task in tasks:
            _drop(task)
    raise ExceptionGroup("both calls failed", errors)


def _answered(task: asyncio.Future) -> bool:
    return not task.cancelled() and task.exception() is None


def _drop(task: asyncio.Future) -> None:
    """Cancel a task and let nobody complain that its error was never looked at."""
    task.cancel()
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
