"""Processes that do one job for an experiment, and end with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from mlsdlib.dataflow._leash import follow

asked_to_end = threading.Event()
"""In a worker: set when its owner wants no more of it."""


class Worker:
    """A process that runs a function of `mlsdlib.dataflow._workers` with keyword arguments.

    It ends when this process does, however that ends.
    """

    def __init__(self, job: str, **arguments: object) -> None:
        root = str(Path(__file__).parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from mlsdlib.dataflow import _workers as w; w.main()",
             str(os.getpid()), job, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt of the notebook is not for its workers
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The worker's process."""
        return self._process.pid

    def hear(self) -> str:
        """Return the next line it says; fail if it ended instead."""
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended early, with code {self._process.wait()}")
        return line.strip()

    def finish(self, timeout: float = 30.0) -> None:
        """Ask it to end when it has nothing left to do, and wait."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(".")
            self._process.stdin.flush()
        try:
            code = self._process.wait(timeout)
        finally:
            self.kill()
        if code:
            raise RuntimeError(f"a worker ended with code {code}")

    def is_running(self) -> bool:
        """Return whether it is there."""
        return self._process.poll() is None

    def wait(self, timeout: float = 30.0) -> int:
        """Return its code when it has ended by itself."""
        return self._process.wait(timeout)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def follow_owner(owner: int) -> None:
    """End this worker as soon as its owner is gone; to be called once, at its start."""

    def watch() -> None:
        follow(owner, asked_to_end.set)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


async def drained(
    js, stream: str, durable: str, workers: Sequence[Worker] = (), *, timeout: float = 120.0
) -> None:
    """Wait until the broker has delivered every message and waits for no acknowledgement."""
    deadline = time.monotonic() + timeout
    while True:
        info = await js.consumer_info(stream, durable)
        if info.num_pending == 0 and not info.num_ack_pending:
            return
        if not all(worker.is_running() for worker in workers):
            raise RuntimeError("a consumer ended before the queue was empty")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the queue was not empty after {timeout:g} s")
        await asyncio.sleep(0.02)
