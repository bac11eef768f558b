"""Deadlines: what comes late is dropped, what fails is replaced, what is cancelled ends."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from mlsdlib import ux


class Model:
    """A model that answers after some seconds, or raises; it remembers what became of it."""

    def __init__(self, seconds, answer="answer", *, cleanup=0.0):
        self.seconds, self.answer, self.cleanup = seconds, answer, cleanup
        self.begun, self.ended, self.cancelled = [], [], []

    async def __call__(self):
        now = asyncio.get_running_loop().time
        self.begun.append(now())
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled.append(now())
            await asyncio.sleep(self.cleanup)
            raise
        self.ended.append(now())
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


async def timed(coroutine, *, afterwards=10.0):
    """The result or the error of a coroutine, when it came, and what then still happens."""
    try:
        outcome = await coroutine
    except Exception as error:
        outcome = error
    at = asyncio.get_running_loop().time()
    await asyncio.sleep(afterwards)
    return outcome, at


def play(coroutine):
    return ux.run(timed(coroutine), skip_waiting=True)


def test_main_in_time():
    main, backup = Model(0.1, "exact"), Model(0.1)
    assert play(ux.with_fallback(main, backup, 0.2)) == (ux.Answer("exact", "main"), 0.1)
    assert backup.begun == []


def test_a_late_answer_is_dropped_even_if_it_came_before_the_backups():
    main, backup = Model(0.3, "exact"), Model(0.5, "rough")
    assert play(ux.with_fallback(main, backup, 0.2)) == (ux.Answer("rough", "backup"), 0.7)
    assert main.cancelled == [0.2]
    assert main.ended == []


def test_a_main_that_takes_its_time_to_end_keeps_nobody_waiting():
    main, backup = Model(0.3, cleanup=5.0), Model(0.1, "rough")
    assert play(ux.with_fallback(main, backup, 0.2)) == (
        ux.Answer("rough", "backup"), pytest.approx(0.3))  # fmt: skip


def test_a_failure_does_not_wait_for_the_deadline():
    main, backup = Model(0.1, ValueError("no zone")), Model(0.1, "rough")
    assert play(ux.with_fallback(main, backup, 9)) == (ux.Answer("rough", "backup"), 0.2)


def test_both_fail():
    main, backup = Model(0.1, ValueError("no zone")), Model(0.1, KeyError("no table"))
    error, _ = play(ux.with_fallback(main, backup, 1))
    assert isinstance(error, ExceptionGroup)
    assert error.exceptions == (main.answer, backup.answer)
    error, _ = play(ux.with_fallback(Model(2), backup, 1))
    assert isinstance(error.exceptions[0], TimeoutError)


@pytest.mark.parametrize("leaves", [0.1, 0.3])
def test_who_cancels_leaves_nothing_running(leaves):
    main, backup = Model(0.5), Model(0.5)

    async def scene():
        task = asyncio.ensure_future(ux.with_fallback(main, backup, 0.2))
        asyncio.get_running_loop().call_later(leaves, task.cancel)
        await asyncio.wait({task})
        at = asyncio.get_running_loop().time()
        await asyncio.sleep(10)
        return task.cancelled(), at

    assert ux.run(scene(), skip_waiting=True) == (True, leaves)
    assert main.ended == backup.ended == []


def test_errors_that_come_late_are_not_complained_about(capfd):
    class Stubborn(Model):
        async def __call__(self):
            try:
                return await super().__call__()
            except asyncio.CancelledError:
                raise ValueError("on the way out") from None

    play(ux.with_fallback(Stubborn(0.3), Model(0.1), 0.2))
    gc.collect()
    assert capfd.readouterr().err == ""


def test_a_hedge_begins_late_and_the_first_to_answer_wins():
    models = iter([Model(0.9, "a"), Model(0.1, "b")])
    assert play(ux.hedged(lambda: next(models)(), 0.2)) == (
        ux.Answer("b", "second"), pytest.approx(0.3))  # fmt: skip
    quick = Model(0.1, "a")
    assert play(ux.hedged(quick, 0.2)) == (ux.Answer("a", "first"), 0.1)
    assert quick.begun == [0.0]


def test_a_hedge_replaces_a_failure_at_once_and_the_loser_is_cancelled():
    models = [Model(0.1, ValueError("x")), Model(0.1, "b")]
    waiting = iter(models)
    assert play(ux.hedged(lambda: next(waiting)(), 5))[0] == ux.Answer("b", "second")
    models = [Model(0.5, "a"), Model(0.9, "b")]
    waiting = iter(models)
    assert play(ux.hedged(lambda: next(waiting)(), 0.2))[0] == ux.Answer("a", "first")
    assert models[1].cancelled == [0.5]


def test_both_calls_fail():
    error, _ = play(ux.hedged(Model(0.3, ValueError("x")), 0.2))
    assert isinstance(error, ExceptionGroup)
    assert len(error.exceptions) == 2


@pytest.mark.parametrize(
    ("coroutine", "says"),
    [
        (lambda: ux.with_fallback(Model(1), Model(1), -1), "deadline must be at least 0, got -1"),
        (lambda: ux.hedged(Model(1), float("nan")), "after must be at least 0, got nan"),
    ],
)
def test_errors_name_the_argument(coroutine, says):
    with pytest.raises(ValueError, match=says):
        ux.run(coroutine())


def test_the_skipping_clock_skips():
    async def day():
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    begin = time.monotonic()
    assert ux.run(day(), skip_waiting=True) == 86_400
    assert time.monotonic() - begin < 60


def test_what_never_happens_is_an_error():
    async def forever():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="deadlock"):
        ux.run(forever(), skip_waiting=True)


def test_run_works_where_a_loop_is_running_and_takes_coroutines_only():
    async def inner():
        return 1

    async def outer():
        return ux.run(inner()) + ux.run(inner(), skip_waiting=True)

    assert asyncio.run(outer()) == 2
    with pytest.raises(TypeError, match="coroutine must be a coroutine, got function"):
        ux.run(inner)


def test_on_the_wall_a_late_answer_is_dropped():
    answer = ux.run(ux.with_fallback(Model(30.0), Model(0.0, "rough"), 0.01))
    assert answer == ux.Answer("rough", "backup")
