"""How the producer of `mlsdlib.dataflow.run_flow` sends, in each of the four ways."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TYPE_CHECKING

from mlsdlib.dataflow._drained import drained
from mlsdlib.dataflow._http import Client
from mlsdlib.dataflow._loop import flush
from mlsdlib.dataflow._workers import open_table
from mlsdlib.processes import Child

if TYPE_CHECKING:
    import nats
    import numpy as np


class Consumer:
    """The process that consumes: started, killed and started anew when it is time."""

    def __init__(self, log: str, work_ms: float, down: tuple[int, int] | None) -> None:
        self._always = {"log": log, "work_ms": work_ms}
        self._down = down
        self._worker: Child | None = None

    def start(self, job: str | None = None, **arguments: object) -> str:
        """Start the process, as before if no job is named; return what it says when it is ready."""
        if job is not None:
            self._start = functools.partial(
                Child, f"mlsdlib.dataflow._workers:{job}", self._always | arguments
            )
        self._worker = self._start()
        return self._worker.hear()

    def is_due(self, message: int) -> bool:
        """Return whether `before` has anything to do."""
        return self._down is not None and message in self._down

    def before(self, message: int) -> str:
        """Do what is due before a message; return what a new process says."""
        if not self.is_due(message):
            return ""
        if message == self._down[0]:
            self.kill()
            return ""
        return self.start()

    def finish(self) -> None:
        """Let it do what it has left, and end. One that is down is started for that."""
        if self._worker is None:
            self.start()
        self._worker.finish(timeout=120)
        self._worker = None

    def kill(self) -> None:
        """Kill it if it is there."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


def by_database(consumer: Consumer, gaps: np.ndarray, database: str, poll_ms: float) -> list:
    with closing(open_table(database)) as con:
        con.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, done INTEGER)")
        con.execute("CREATE INDEX waiting ON messages (id) WHERE done = 0")
        consumer.start("poll", database=database, poll_ms=poll_ms)

        def send(message: int) -> bool:
            con.execute("INSERT INTO messages VALUES (?, 0)", (message,))
            return True

        sent = _paced(consumer, gaps, send)
        consumer.finish()
    return sent


def by_service(consumer: Consumer, gaps: np.ndarray) -> list:
    options = {"next_url": "", "availability": 1.0, "seed": 0}
    client = Client(f"http://127.0.0.1:{consumer.start('serve', **options)}")

    def send(message: int) -> bool:
        return client.call(message)

    def moved(port: str) -> None:
        nonlocal client
        client.close()
        client = Client(f"http://127.0.0.1:{port}")

    try:
        return _paced(consumer, gaps, send, moved)
    finally:
        client.close()


def _paced(
    consumer: Consumer,
    gaps: np.ndarray,
    send: Callable[[int], bool],
    moved: Callable[[str], None] = lambda said: None,
) -> list[tuple[int, int, bool]]:
    """Send each message when it is due; return when it was sent, when that was done, and how."""
    sent = []
    due = time.monotonic()
    for message, gap in enumerate(gaps):
        if said := consumer.before(message):
            moved(said)
        due = max(due + gap, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        start = time.monotonic_ns()
        accepted = send(message)
        sent.append((start, time.monotonic_ns(), accepted))
    return sent


async def by_subject(consumer: Consumer, gaps: np.ndarray, url: str) -> list:
    import nats

    nc = await nats.connect(url)
    subject = f"flow.{nc.new_inbox()}"
    consumer.start("subscribe", url=url, subject=subject, durable=False)
    # Told, not stored: flushing asks the broker whether it has got all, as a careful client does.
    sent = await _paced_async(
        consumer, gaps, nc, lambda message: nc.publish(subject, str(message).encode())
    )
    await flush(nc)
    consumer.finish()
    await nc.close()
    return sent


async def by_stream(consumer: Consumer, gaps: np.ndarray, url: str) -> list:
    import nats
    from nats.js.api import ConsumerConfig

    nc = await nats.connect(url)
    js = nc.jetstream()
    name = nc.new_inbox().replace(".", "_")
    await js.add_stream(name=name, subjects=[name])
    inbox = nc.new_inbox()
    consumer.start("subscribe", url=url, subject=inbox, durable=True)
    config = ConsumerConfig(durable_name="c", deliver_subject=inbox, ack_policy="explicit",
                            ack_wait=0.5)  # fmt: skip
    await js.add_consumer(name, config)
    sent = await _paced_async(
        consumer, gaps, nc, lambda message: js.publish(name, str(message).encode())
    )
    await drained(js, name, "c")
    consumer.finish()
    await js.delete_stream(name)
    await nc.close()
    return sent


async def _paced_async(
    consumer: Consumer, gaps: np.ndarray, nc: nats.NATS, send: Callable[[int], Awaitable]
) -> list[tuple[int, int, bool]]:
    """Do as `_paced` does, for a client that lives in an event loop."""
    sent = []
    due = time.monotonic()
    for message, gap in enumerate(gaps):
        if consumer.is_due(message):
            await flush(nc)  # what was sent before has left this process
            consumer.before(message)
        due = max(due + gap, time.monotonic())
        # The loop's clock wakes up to a millisecond late.
        await asyncio.sleep(max(0.0, due - time.monotonic() - 0.0015))
        while time.monotonic() < due:
            await asyncio.sleep(0)
        start = time.monotonic_ns()
        await send(message)
        sent.append((start, time.monotonic_ns(), True))
    return sent
