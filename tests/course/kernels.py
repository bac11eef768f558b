"""Kernels for tests, started as `jupyter_client` starts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from jupyter_client.manager import KernelManager

from mlsdlib.course.kernel import WARM_SOCKET, BlockingKernelManager
from mlsdlib.course.warm import WarmParent


class Session:
    """A kernel that `jupyter_client` has started, and what its code shows."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def shown(self, code: str) -> list[tuple[str, dict]]:
        """The outputs of some code: their types and contents."""
        seen = []
        self.client.execute_interactive(code, output_hook=seen.append, timeout=60)
        wanted = ("stream", "error", "display_data", "execute_result")
        return [(m["msg_type"], m["content"]) for m in seen if m["msg_type"] in wanted]

    def printed(self, code: str) -> str:
        """What some code printed; it may show nothing else."""
        shown = self.shown(code)
        assert {kind for kind, _ in shown} <= {"stream"}, shown
        return "".join(content["text"] for _, content in shown)

    def value(self, expression: str):
        """What an expression is in the kernel, by way of JSON."""
        return json.loads(self.printed(f"import json, os, sys; print(json.dumps({expression}))"))

    @property
    def parent(self) -> int:
        """The process that started the kernel."""
        return self.value("os.getppid()")

    @property
    def pid(self) -> int:
        """The kernel's process, as its client knows it."""
        return self.manager.provisioner.pid


@contextmanager
def kernel(
    parent: WarmParent | None = None, *, manager: KernelManager | None = None, **options
) -> Iterator[Session]:
    """Start a kernel as a process does that has this warm parent; cold without one."""
    with pytest.MonkeyPatch.context() as patch:
        use(patch, parent)
        manager = manager or BlockingKernelManager(kernel_name="python3")
        manager.start_kernel(**options)
        session = Session(manager)
        try:
            yield session
        finally:
            session.client.stop_channels()
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)


def use(patch: pytest.MonkeyPatch, parent: WarmParent | None = None) -> None:
    """Let kernels that this process starts be forked from a warm parent, or cold without one."""
    patch.delenv(WARM_SOCKET, raising=False)
    for name, text in (parent.variables if parent else {}).items():
        patch.setenv(name, text)
    patch.delenv("PYTEST_CURRENT_TEST", raising=False)  # where ipykernel finds it, it shows less
