"""To know when a broker has nothing left to deliver."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from mlsdlib.processes import Child


async def drained(
    js, stream: str, durable: str, workers: Sequence[Child] = (), *, timeout: float = 120.0
) -> None:
    """Wait until the broker has delivered every message and waits for no acknowledgement."""
    deadline = time.monotonic() + timeout
    while True:
        info = await js.consumer_info(stream, durable)
        if info.num_pending == 0 and not info.num_ack_pending:
            return
        if any(worker.poll() is not None for worker in workers):
            raise RuntimeError("a consumer ended before the queue was empty")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the queue was not empty after {timeout:g} s")
        await asyncio.sleep(0.02)
