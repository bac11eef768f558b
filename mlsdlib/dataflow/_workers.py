"""What the processes of the experiments do: consume, in four ways, and serve.

Each function below is a job for a `mlsdlib.processes.Child`, with its keyword arguments.
A consumer appends a line to a log for each message that it processes, in one system call: what it
did is known however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from mlsdlib.dataflow._idempotent import IdempotentConsumer
from mlsdlib.dataflow._loop import flush
from mlsdlib.processes import told

if TYPE_CHECKING:
    import nats


def say(line: object) -> None:
    """Tell the owner."""
    print(line, flush=True)


@contextlib.contextmanager
def open_log(path: str) -> Iterator:
    """Give a function that appends the time and its arguments to the log.

    The clock is the same for all processes of a machine.
    """
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(*facts: object) -> None:
        line = " ".join(map(str, (time.monotonic_ns(), *facts)))
        os.write(log, line.encode() + b"\n")

    try:
        yield note
    finally:
        os.close(log)


def poll(*, database: str, log: str, poll_ms: float, work_ms: float) -> None:
    """Consume the rows of a table, looked for every `poll_ms`."""
    with closing(open_table(database)) as con, open_log(log) as note:
        say("ready")
        while True:
            # Before the look, or a row that comes between the two would be left.
            is_last = told.is_set()
            waiting = con.execute("SELECT id FROM messages WHERE done = 0 ORDER BY id").fetchall()
            for (message,) in waiting:
                note(message)
                time.sleep(work_ms / 1000)
            if waiting:
                done = "UPDATE messages SET done = 1 WHERE id BETWEEN ? AND ?"
                con.execute(done, (waiting[0][0], waiting[-1][0]))
            if is_last:
                return
            time.sleep(poll_ms / 1000)


def open_table(database: str) -> sqlite3.Connection:
    """Open the database that messages pass through.

    As the broker does, it leaves it to the system when to write to the disk: what is committed
    survives the death of a process.
    """
    con = sqlite3.connect(database, isolation_level=None, timeout=30)
    con.execute("PRAGMA journal_mode = WAL")
    con.execute("PRAGMA synchronous = NORMAL")
    return con


def serve(**options: object) -> None:
    """Answer requests; see `mlsdlib.dataflow._http`."""
    from mlsdlib.dataflow._http import Server

    with Server(**options) as server:
        say(server.server_port)
        server.serve_forever()


def subscribe(*, url: str, subject: str, log: str, work_ms: float, durable: bool) -> None:
    """Consume the messages of a subject; with `durable` each has to be acknowledged."""

    async def consume() -> None:
        import nats

        nc = await nats.connect(url)
        subscription = await nc.subscribe(subject)
        await flush(nc)
        say("ready")
        with open_log(log) as note:
            while (message := await next_message(nc, subscription)) is not None:
                note(message.data.decode())
                time.sleep(work_ms / 1000)
                if durable:
                    await message.ack()
        await nc.close()

    asyncio.run(consume())


async def next_message(
    nc: nats.NATS, subscription, when_idle: Callable[[], Awaitable] | None = None
):
    """Return the next message; None if the owner wants no more and none is left."""
    import nats.errors

    while True:
        try:
            return await subscription.next_msg(timeout=0.05)
        except nats.errors.TimeoutError:
            if when_idle:
                await when_idle()
            if told.is_set():
                await nc.flush()  # the broker's answer comes behind all that it had for us
                if not subscription.pending_msgs:
                    return None


def work(*, url: str, subject: str, group: str, log: str, name: int, work_ms: float,
         ledger: str, **choices: object) -> None:  # fmt: skip
    """Consume from a work queue as `mlsdlib.dataflow.run_queue` says, up to a crash if it wants."""

    async def consume() -> None:
        import nats

        nc = await nats.connect(url, error_cb=_expected)
        subscription = await nc.subscribe(subject, queue=group, pending_msgs_limit=-1)
        await flush(nc)
        say("ready")
        acks = Acks(**choices)
        with open_log(log) as note, open_ledger(ledger) as effect:
            while (message := await next_message(nc, subscription, acks.send_last)) is not None:
                number, key = map(int, message.data.split())
                time.sleep(work_ms / 1000)
                effect(number)
                note(name, number, key, message.metadata.num_delivered)
                await acks.processed(message)
        await nc.close()

    asyncio.run(consume())


async def _expected(error: Exception) -> None:
    """Print no error: that the broker dies is the experiment."""


class Acks:
    """Acknowledges what was processed, and knows when it is time to crash."""

    def __init__(self, *, ack: str, batch: int, crash_after: int, unacked: int, kill: str) -> None:
        self._every = {"explicit": 1, "all": batch, "none": 0}[ack]
        self._crash_after, self._kill = crash_after, kill
        self._until = crash_after - unacked if crash_after else float("inf")
        self._count, self._waiting = 0, None

    async def processed(self, message) -> None:
        """Count a message; acknowledge it, or leave that to a later one; crash if it is time."""
        self._count += 1
        if self._count <= self._until and self._every:
            self._waiting = message
            if self._count % self._every == 0:
                # The last one before a crash waits until the broker has confirmed it: what is
                # lost shall be the broker's doing, not that of a buffer of ours.
                is_last = self._count + self._every > self._until
                await (message.ack_sync() if is_last else message.ack())
                self._waiting = None
        if self._count == self._crash_after:
            await crash(self._kill)

    async def send_last(self) -> None:
        """Acknowledge what is left of a batch when no more comes, unless a crash is planned."""
        if self._waiting is not None and not self._crash_after:
            await self._waiting.ack()
            self._waiting = None


async def crash(kill: str) -> None:
    """Die, or say that it is time for the broker to."""
    if kill == "consumer":
        os.kill(os.getpid(), signal.SIGKILL)
    say("stopped")
    await asyncio.Event().wait()


@contextlib.contextmanager
def open_ledger(path: str) -> Iterator:
    """Give the effect of a message: a payment entered into a database, once for each message."""
    if not path:
        yield lambda number: None
        return
    with closing(open_table(path)) as con:
        consumer = IdempotentConsumer(
            con, lambda con, number: con.execute("INSERT INTO payments VALUES (?)", (number,))
        )
        yield lambda number: consumer.handle(number, number)
