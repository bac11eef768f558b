"""A work queue on a real broker, and what is left of it when somebody crashes."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.dataflow._drained import drained
from mlsdlib.dataflow._server import NatsServer
from mlsdlib.loops import run
from mlsdlib.processes import Child

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_GROUP = "workers"


@dataclass(frozen=True, slots=True)
class QueueRun:
    """What `run_queue` saw.

    Parameters
    ----------
    log : DataFrame
        A row for each time a message was processed, by time: "time_s" since the first; "consumer",
        from 0, with a new number after a crash; "message", in the order of publishing; "key";
        "attempt", the broker's count of deliveries.
    published : int
        Number of messages in the queue.
    lost : int
        Messages that nobody ever processed.
    duplicates : int
        Messages that were processed more than once.
    effects : int
        How many effects there were in all: of an idempotent consumer those in its database, else
        one each time a message was processed.
    """

    log: pd.DataFrame
    published: int
    lost: int
    duplicates: int
    effects: int


def run_queue(
    server: NatsServer,
    n_messages: int = 1_000,
    *,
    consumers: int = 1,
    keys: int = 1,
    partitioned: bool = False,
    ack: str = "explicit",
    prefetch: int = 100,
    work_ms: float = 0.1,
    crash_after: int = 0,
    unacked: int = 1,
    kill: str = "consumer",
    settle_ms: float = 0.0,
    retention: str = "limits",
    idempotent: bool = False,
    ack_wait_ms: float = 1_000.0,
    rng: int | np.random.Generator | None = None,
) -> QueueRun:
    """Return who processed which message of a queue, and how often, with a crash if wanted.

    The messages wait in a JetStream when the consumers, processes of their own, begin. The broker
    pushes each message to one of them. A consumer works, has its effect, notes it, and then
    acknowledges. The run ends when the broker waits for no acknowledgement and has no message left.

    Parameters
    ----------
    server : NatsServer
        The broker, which is running.
    n_messages : int
        How many messages, numbered from 0.
    consumers : int
        How many processes share the queue.
    keys : int
        Each message is about one of so many keys, drawn from `rng`.
    partitioned : bool
        Whether each consumer has a queue of its own, with its share of the keys (key modulo
        `consumers`), in place of one queue for all.
    ack : {"explicit", "all", "none"}
        What the broker takes for processed: each acknowledged message; with an acknowledged
        message all before it, and the consumer sends one for every `prefetch` messages; or every
        message that it has sent.
    prefetch : int
        How many messages may be out without acknowledgement (``max_ack_pending``). Without
        acknowledgements this limits nothing.
    work_ms : float
        Time for each message.
    crash_after : int
        The first consumer stops when it has processed so many; 0 for no crash.
    unacked : int
        So many of these, the last ones, it has not acknowledged, at least 1. The acknowledgements
        before have reached the broker.
    kill : {"consumer", "broker"}
        Who then dies by SIGKILL: the consumer, or the broker and the consumer. What died is
        started again: the broker on the same store, for the consumer a new process.
    settle_ms : float
        Time between the stop and the death of the broker.
    retention : {"limits", "workqueue"}
        Whether the stream keeps a message after it is acknowledged or deletes it. To delete is
        to write at once, to remember an acknowledgement is not.
    idempotent : bool
        Whether the consumers are `IdempotentConsumer`, with one database for all.
    ack_wait_ms : float
        After so long without acknowledgement the broker delivers a message again.
    rng : int or numpy Generator, optional
        What the keys are drawn from.

    Raises
    ------
    ValueError
        If a choice is another or a number is out of range.
    RuntimeError
        If a consumer fails, or the queue is not empty after two minutes.

    References
    ----------
    https://docs.nats.io/nats-concepts/jetstream/consumers

    Examples
    --------
    >>> with NatsServer() as server:
    ...     found = run_queue(server, 50, crash_after=20, unacked=1, ack_wait_ms=300)
    >>> found.lost, found.duplicates, len(found.log)
    (0, 1, 51)
    """
    import numpy as np

    _check_choices(ack=ack, kill=kill, retention=retention)
    _check_numbers(n_messages, consumers, keys, prefetch, crash_after, unacked, work_ms, settle_ms)
    if not isinstance(server, NatsServer) or not server.is_running():
        raise ValueError(f"server must be a running NatsServer, got {server!r}")
    if not 0 < ack_wait_ms < float("inf"):
        raise ValueError(f"ack_wait_ms must be a positive number, got {ack_wait_ms!r}")
    if retention == "workqueue" and ack != "explicit":
        raise ValueError(f"ack must be 'explicit' with retention='workqueue', got {ack!r}")
    of_message = np.random.default_rng(rng).integers(keys, size=n_messages)
    with tempfile.TemporaryDirectory(prefix="mlsd-") as folder, ExitStack() as stack:
        log, ledger = str(Path(folder, "log")), str(Path(folder, "db")) if idempotent else ""
        if ledger:
            with closing(sqlite3.connect(ledger)) as con:
                con.execute("PRAGMA journal_mode = WAL")
                con.execute("CREATE TABLE payments (message INTEGER)")
        queue = _Queue(server, consumers if partitioned else 1, ack, prefetch, ack_wait_ms)
        options = {"group": _GROUP, "log": log, "ack": ack, "batch": prefetch, "kill": kill,
                   "work_ms": work_ms, "ledger": ledger, "unacked": unacked}  # fmt: skip

        def start(name: int, after: int = 0) -> Child:
            subject = queue.inboxes[name % len(queue.inboxes)]
            own = {"url": server.url, "subject": subject, "name": name, "crash_after": after}
            worker = Child("mlsdlib.dataflow._workers:work", options | own)
            stack.callback(worker.kill)
            return worker

        run(queue.publish(of_message, retention))
        workers = [start(i, 0 if i else crash_after) for i in range(consumers)]
        for worker in workers:
            worker.hear()
        run(queue.release())
        if crash_after:
            _crash(server, workers[0], kill, settle_ms)
            # Of the first one's partition, should there be several.
            workers[0] = start(consumers * len(queue.inboxes))
            workers[0].hear()
        run(queue.drain(workers))
        for worker in workers:
            worker.finish(timeout=120)
        run(queue.remove())
        return _report(n_messages, Path(log), ledger)


def _crash(server: NatsServer, worker: Child, kill: str, settle_ms: float) -> None:
    if kill == "consumer":
        worker.wait()
        return
    worker.hear()
    time.sleep(settle_ms / 1000)
    server.kill()
    worker.kill()
    server.restart()


class _Queue:
    """A stream with a consumer of the broker's for each partition."""

    def __init__(self, server: NatsServer, partitions: int, ack: str, prefetch: int,
                 ack_wait_ms: float) -> None:  # fmt: skip
        import nats.nuid

        self._server = server
        self._name = nats.nuid.NUID().next().decode()
        self.inboxes = [f"to.{self._name}.{i}" for i in range(partitions)]
        self._config = {"ack_policy": ack, "ack_wait": ack_wait_ms / 1000}
        if ack != "none":
            self._config["max_ack_pending"] = prefetch

    async def publish(self, keys: np.ndarray, retention: str) -> None:
        """Store all messages, in order; the partition is a part of the subject."""
        async with await self._connect() as nc:
            js = nc.jetstream()
            await js.add_stream(name=self._name, subjects=[f"{self._name}.*"], retention=retention)
            n = len(self.inboxes)
            stored = [
                await js.publish_async(f"{self._name}.{key % n}", f"{message} {key}".encode())
                for message, key in enumerate(keys)
            ]
            await asyncio.gather(*stored)

    async def release(self) -> None:
        """Let the broker push."""
        from nats.js.api import ConsumerConfig

        async with await self._connect() as nc:
            for i, inbox in enumerate(self.inboxes):
                config = ConsumerConfig(
                    durable_name=str(i), deliver_subject=inbox, deliver_group=_GROUP,
                    filter_subject=f"{self._name}.{i}", **self._config,
                )  # fmt: skip
                await nc.jetstream().add_consumer(self._name, config)

    async def drain(self, workers: list[Child]) -> None:
        """Wait until the broker has nothing left to deliver."""
        async with await self._connect() as nc:
            for i in range(len(self.inboxes)):
                await drained(nc.jetstream(), self._name, str(i), workers)

    async def remove(self) -> None:
        """Delete the stream."""
        async with await self._connect() as nc:
            await nc.jetstream().delete_stream(self._name)

    async def _connect(self):
        import nats

        return await nats.connect(self._server.url)


def _report(n_messages: int, log: Path, ledger: str) -> QueueRun:
    import pandas as pd

    lines = [[int(x) for x in line.split()] for line in log.read_text().splitlines()]
    columns = ["time_s", "consumer", "message", "key", "attempt"]
    frame = pd.DataFrame(sorted(lines), columns=columns)
    frame["time_s"] = (frame["time_s"] - frame["time_s"].min()) / 1e9
    counts = frame["message"].value_counts()
    effects = len(frame)
    if ledger:
        with closing(sqlite3.connect(ledger)) as con:
            (effects,) = con.execute("SELECT count(*) FROM payments").fetchone()
    return QueueRun(frame, n_messages, n_messages - len(counts), int((counts > 1).sum()), effects)


def _check_choices(**chosen: str) -> None:
    choices = {"ack": ("explicit", "all", "none"), "kill": ("consumer", "broker"),
               "retention": ("limits", "workqueue")}  # fmt: skip
    for name, value in chosen.items():
        if value not in choices[name]:
            raise ValueError(f"{name} must be among {', '.join(choices[name])}; got {value!r}")


def _check_numbers(n_messages: int, consumers: int, keys: int, prefetch: int, crash_after: int,
                   unacked: int, work_ms: float, settle_ms: float) -> None:  # fmt: skip
    counts = {"n_messages": n_messages, "consumers": consumers, "keys": keys, "prefetch": prefetch,
              "unacked": unacked}  # fmt: skip
    for name, number in counts.items():
        if isinstance(number, bool) or not hasattr(number, "__index__") or number < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {number!r}")
    for name, number in (("work_ms", work_ms), ("settle_ms", settle_ms)):
        if not 0 <= number < float("inf"):
            raise ValueError(f"{name} must be a finite number of at least 0, got {number!r}")
    if crash_after and not unacked <= crash_after <= n_messages:
        raise ValueError(
            f"crash_after must be 0 or lie from unacked, {unacked}, to n_messages, {n_messages}; "
            f"got {crash_after!r}"
        )
