"""Exercise 11.1-e5: an answer in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Words,
    Wrong,
    attempted,
    same_number,
)
from mlsdlib.ux import run

__all__ = ["EXERCISE"]


async def with_fallback(main, backup, d):
    """Return who answered, and what: main within d seconds, else backup, else none."""
    task = asyncio.ensure_future(main())
    try:
        await asyncio.wait({task}, timeout=d)
        if task.done() and task.exception() is None:
            return "main", task.result()
    finally:
        task.cancel()
    try:
        return "backup", await backup()
    except Exception:
        return "none", None


class Failed(Exception):
    """What a model of a case raises."""


def _case(main, backup, d, *, stop=None, stubborn=False) -> Case:
    return {"main": main, "backup": backup, "d": d, "stop": stop, "stubborn": stubborn}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case([0.1, "answers"], [0.05, "answers"], 0.2)
    yield _case([0.3, "answers"], [0.05, "answers"], 0.2)  # late
    yield _case([0.3, "answers"], [0.2, "answers"], 0.2)  # late, and yet before the backup
    yield _case([0.1, "fails"], [0.05, "answers"], 0.2)  # no need to wait for the deadline
    yield _case([0.3, "fails"], [0.05, "answers"], 0.2)  # fails when nobody listens any more
    yield _case([0.1, "fails"], [0.05, "fails"], 0.2)
    yield _case([0.3, "answers"], [0.2, "fails"], 0.2)  # late, and the backup fails
    yield _case([0.3, "answers"], [0.05, "answers"], 0.2, stubborn=True)
    yield _case([0.3, "answers"], [0.05, "answers"], 0.4, stop=0.1)  # the user leaves
    yield _case([0.9, "answers"], [0.3, "answers"], 0.2, stop=0.35)  # while the backup works
    for _ in range(12):
        # Main times are odd multiples and all others even ones: no two moments are the same.
        main, backup, d = (int(rng.integers(1, 9)) / 20 for _ in range(3))
        outcomes = ["answers" if rng.random() < 0.7 else "fails" for _ in range(2)]
        yield _case([main + 0.025, outcomes[0]], [backup, outcomes[1]], d)


def _call(fn, case: Case) -> dict:
    return run(_scene(fn, case), skip_waiting=True)


async def _scene(fn, case: Case) -> dict:
    """Play a case on a clock that skips the waiting; return what happened."""
    clock = asyncio.get_running_loop().time
    asked, finished = [], []

    def model(name: str, stubborn: bool):
        seconds, outcome = case[name]

        async def answer():
            asked.append([name, round(clock(), 6)])
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                if stubborn:
                    await asyncio.sleep(5)
                raise
            finished.append(name)
            if outcome == "fails":
                raise Failed(f"{name} failed")
            return f"answer of {name}"

        return answer

    result = fn(model("main", case["stubborn"]), model("backup", False), case["d"])
    if not asyncio.iscoroutine(result):
        attempted(result)
        return {"outcome": "not awaited"}
    task = asyncio.ensure_future(result)
    if case["stop"] is not None:
        asyncio.get_running_loop().call_later(case["stop"], task.cancel)
    await asyncio.wait({task})
    seen: dict = {"at": round(clock(), 6), "asked": list(asked)}
    if task.cancelled():
        seen["outcome"] = "cancelled"
    elif isinstance(task.exception(), (Failed, TimeoutError, ExceptionGroup)):
        seen["outcome"] = "raised"
    else:
        value = attempted(task.result())
        seen["outcome"] = list(value) if isinstance(value, (list, tuple)) else value
    before = list(finished)
    await asyncio.sleep(10)  # what still runs comes to its end
    seen["later"] = finished[len(before) :]
    return seen


def _expected(case: Case) -> dict:
    (main, main_is), (backup, backup_is), d = case["main"], case["backup"], case["d"]
    from_backup = ["backup", "answer of backup"] if backup_is == "answers" else ["none", None]
    if main < d and main_is == "answers":
        seen = {"outcome": ["main", "answer of main"], "at": main, "asked": [["main", 0.0]]}
    else:
        begin = min(main, d)
        asked = [["main", 0.0], ["backup", begin]]
        seen = {"outcome": from_backup, "at": begin + backup, "asked": asked}
    if case["stop"] is not None and case["stop"] < seen["at"]:
        asked = [entry for entry in seen["asked"] if entry[1] < case["stop"]]
        seen = {"outcome": "cancelled", "at": case["stop"], "asked": asked}
    return {**seen, "later": []}


def _judge(case: Case, result: object) -> Problem | None:
    expected = _expected(case)
    who = Words(f"{expected['outcome']} after {expected['at']:g} seconds")
    if not isinstance(result, dict) or result["outcome"] == "not awaited":
        return Problem(who, "Write `async def with_fallback(...)`: it has to wait.")
    why = _why(case, expected, result)
    return None if why is None else Problem(who, why)


def _why(case: Case, expected: dict, result: dict) -> str | None:
    got = result["outcome"]
    if expected["outcome"] == "cancelled" and got != "cancelled":
        return "The caller has cancelled: let CancelledError through, and answer nothing."
    if got == "raised":
        return "A model that fails or is late must not raise here: the next one is asked."
    late = case["main"][0] > case["d"]
    if got != expected["outcome"]:
        if late and isinstance(got, list) and got[:1] == ["main"]:
            return "The main model was late: its answer is dropped, even if it comes in the end."
        if expected["outcome"] == ["none", None]:
            return 'Both have failed: return ("none", None).'
        return "Return who answered and the answer: main within d, else backup, else none."
    if len(result["asked"]) > len(expected["asked"]):
        return "Ask the backup only if the main model is late or fails: it costs, too."
    if not same_number(result["at"], expected["at"], tolerance=1e-4):
        if case["stubborn"]:
            return (
                "The main model takes its time to clean up after it was cancelled. Do not wait "
                "for that: asyncio.wait_for does, asyncio.wait does not."
            )
        if result["at"] > expected["at"]:
            return "The answer comes too late: ask the backup as the deadline passes, or as the "\
                "main model fails, whichever is first."  # fmt: skip
        return "Ask the backup when the main model is late or fails, not before."
    if result["later"]:
        return f"Nobody wants {result['later'][0]}'s answer any more, and it still runs: cancel it."
    return None


def _show(name: str, case: Case) -> str:
    def told(model):
        return f"{model} {case[model][1]} after {case[model][0]:g} s"

    text = f"{name}(main, backup, {case['d']:g}), where {told('main')} and {told('backup')}"
    if case["stubborn"]:
        text += "; main needs 5 s to end when it is cancelled"
    return text if case["stop"] is None else f"{text}; cancelled after {case['stop']:g} s"


async def _waits_for_the_end(main, backup, d):
    try:
        return "main", await asyncio.wait_for(main(), d)
    except Exception:
        pass
    try:
        return "backup", await backup()
    except Exception:
        return "none", None


async def _late_is_welcome(main, backup, d):
    task = asyncio.ensure_future(main())
    await asyncio.wait({task}, timeout=d)
    if task.done() and task.exception() is None:
        return "main", task.result()
    second = asyncio.ensure_future(backup())
    await asyncio.wait({task, second}, return_when=asyncio.FIRST_COMPLETED)
    if task.done() and task.exception() is None:
        second.cancel()
        return "main", task.result()
    task.cancel()
    try:
        return "backup", await second
    except Exception:
        return "none", None


async def _left_running(main, backup, d):
    task = asyncio.ensure_future(main())
    await asyncio.wait({task}, timeout=d)
    task.add_done_callback(lambda t: t.cancelled() or t.exception())
    if task.done() and task.exception() is None:
        return "main", task.result()
    try:
        return "backup", await backup()
    except Exception:
        return "none", None


async def _raises(main, backup, d):
    task = asyncio.ensure_future(main())
    try:
        await asyncio.wait({task}, timeout=d)
        if task.done():
            return "main", task.result()
    finally:
        task.cancel()
    return "backup", await backup()


async def _both_at_once(main, backup, d):
    task, second = asyncio.ensure_future(main()), asyncio.ensure_future(backup())
    try:
        await asyncio.wait({task}, timeout=d)
        if task.done() and task.exception() is None:
            return "main", task.result()
        return "backup", await second
    except Exception:
        return "none", None
    finally:
        task.cancel()
        second.cancel()


async def _swallows(main, backup, d):
    try:
        return await with_fallback(main, backup, d)
    except asyncio.CancelledError:
        return "none", None


def _in_line(main, backup, d):
    return "main", "answer of main"


EXERCISE = Exercise(
    id="11.1-e5",
    name="with_fallback",
    reference=with_fallback,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Make a task of main(), wait for it at most d seconds, and look whether it is done.",
        "asyncio.wait({task}, timeout=d) returns at the deadline and cancels nothing. Cancel the "
        "task yourself, in a finally, so that it ends also when you are cancelled.",
        'if task.done() and task.exception() is None: return "main", task.result(); then try: '
        'return "backup", await backup(); except Exception: return "none", None',
    ),
    wrong=(
        Wrong("waits for the cancelled to end", _waits_for_the_end, "wait_for does"),
        Wrong("a late answer is welcome", _late_is_welcome, "its answer is dropped"),
        Wrong("the late one runs on", _left_running, "cancel it"),
        Wrong("a failure goes through", _raises, "must not raise"),
        Wrong("the backup is always asked", _both_at_once, "it costs, too"),
        Wrong("cancellation is swallowed", _swallows, "The caller has cancelled"),
        Wrong("does not wait", _in_line, "async def"),
    ),
    note="To cancel a task stops a coroutine where it awaits. A thread, a process or a GPU that "
    "works for it goes on.",
)
