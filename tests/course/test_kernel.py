"""Kernel managers and clients: when a kernel is ready, and when it never will be."""

import asyncio
import os
import signal
from queue import Empty

import pytest

from mlsdlib.course.kernel import QuietKernelManager


async def started():
    """Return a manager with a running kernel, and its client, which has not heard of it."""
    manager = QuietKernelManager(kernel_name="python3")
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    return manager, client


@pytest.mark.usefixtures("no_process_left")
def test_a_kernel_that_is_ready_has_nothing_left_to_say():
    async def listen() -> None:
        manager, client = await started()
        await client.wait_for_ready(timeout=60)
        with pytest.raises(Empty):
            await client.get_iopub_msg(timeout=0.5)
        request = client.execute("1 + 1")
        first = await client.get_iopub_msg(timeout=5)
        assert first["parent_header"]["msg_id"] == request
        client.stop_channels()
        await manager.shutdown_kernel()

    asyncio.run(listen())


@pytest.mark.parametrize(
    ("number", "message"), [(signal.SIGKILL, "died"), (signal.SIGSTOP, "within 2 s")]
)
@pytest.mark.usefixtures("no_process_left")
def test_a_kernel_that_dies_or_stands_still_is_never_ready(number, message):
    async def wait() -> None:
        manager, client = await started()
        os.kill(manager.provisioner.pid, number)
        with pytest.raises(RuntimeError, match=message):
            await client.wait_for_ready(timeout=2)
        client.stop_channels()
        await manager.shutdown_kernel(now=True)

    asyncio.run(wait())
