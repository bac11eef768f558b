"""How kernels start: one thread, a fixed hash seed, UTC, IPC transport."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import tempfile
import time
import uuid
from collections.abc import MutableMapping
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets import default

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "COLUMNS": "80",
    "TQDM_DISABLE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    # Forks a kernel where a warm parent runs, and starts it as usual where none does.
    "JUPYTER_DEFAULT_PROVISIONER_NAME": "mlsd-warm",
    # Arrow's allocator would start a thread as it is imported, and a warm parent may have none.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""What a kernel's environment must hold before it starts, so that outputs repeat."""

WARM_SOCKET = "MLSD_WARM"
"""Names the socket of the warm parent; without it every kernel starts cold."""

RECONNECT_MILLISECONDS = 5
"""How soon a client tries again to reach a kernel that is about to listen; 100 is the default."""

CELL_SECONDS = 300
"""A cell that runs longer is stopped: no cell of the course comes near."""


def set_environment(
    environment: MutableMapping[str, str] | None = None, *, progress: str | None = "off"
) -> MutableMapping[str, str]:
    """Set the kernels' environment, in this process or in a mapping; kernels inherit it.

    Parameters
    ----------
    environment : mutable mapping, optional
        What to set it in, and to return; by default the environment of this process.
    progress : str or None
        Where progress is recorded: ``"off"`` for every automatic run, None to leave it as it is.
    """
    environment = os.environ if environment is None else environment
    environment.update(ENVIRONMENT)
    if progress is not None:
        environment["MLSD_PROGRESS"] = progress
    # Kernels are named python3: this interpreter's own must be found first, whatever else a
    # user has installed under that name.
    ours = str(Path(sys.prefix) / "share" / "jupyter")
    others = [
        p for p in environment.get("JUPYTER_PATH", "").split(os.pathsep) if p not in ("", ours)
    ]
    environment["JUPYTER_PATH"] = os.pathsep.join([ours, *others])
    return environment


class BlockingKernelManager(KernelManager):
    """A kernel manager without ports: two kernels can never race for one."""

    @default("transport")
    def _transport_default(self) -> str:
        return "tcp" if sys.platform == "win32" else "ipc"

    @default("ip")
    def _ip_default(self) -> str:
        if self.transport != "ipc":
            return super()._ip_default()
        # For IPC this is the start of the sockets' paths: absolute, since the kernel works in
        # another folder, and short, since a socket's path may hold about a hundred characters.
        return str(Path(tempfile.gettempdir()) / f"mlsd-{uuid.uuid4().hex[:12]}")


class QuickKernelClient(AsyncKernelClient):
    """A client that is ready as soon as its kernel is."""

    @default("context")
    def _context_default(self):
        context = super()._context_default()
        context.reconnect_ivl = RECONNECT_MILLISECONDS
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, and what it publishes arrives.

        The base class goes on listening for a fifth of a second. Here the answer's last message
        says that nothing older is under way.

        Parameters
        ----------
        timeout : float, optional
            Seconds after which to give up.

        Raises
        ------
        RuntimeError
            If the kernel has died, or the time is over.
        """
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while time.monotonic() < end:
            request = self.kernel_info()
            with contextlib.suppress(Empty):
                await self._reply(request, self.get_shell_msg, "kernel_info_reply", seconds=1.0)
                # A subscription that came too late has missed it: then it is asked again.
                await self._reply(request, self.get_iopub_msg, "idle", seconds=0.2)
                return
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
        raise RuntimeError(f"the kernel did not answer within {timeout:g} s")

    async def _reply(self, request: str, receive, kind: str, *, seconds: float) -> None:
        """Receive messages up to the one of a kind, or a status, that answers a request."""
        while True:
            message = await receive(timeout=seconds)
            kinds = message["msg_type"], message["content"].get("execution_state")
            if message["parent_header"].get("msg_id") == request and kind in kinds:
                return


class QuietKernelManager(BlockingKernelManager, AsyncKernelManager):
    """The same for nbclient and papermill, whose calls do not block."""

    @default("client_factory")
    def _client_factory_default(self) -> type[QuickKernelClient]:
        return QuickKernelClient


def execute(notebook, *, folder: Path) -> None:
    """Execute a notebook in a fresh and cold kernel, in place.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook; its outputs are filled in.
    folder : Path
        The kernel's working folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    from nbclient import NotebookClient

    set_environment()
    os.environ.pop(WARM_SOCKET, None)
    client = NotebookClient(
        notebook,
        kernel_manager_class=QuietKernelManager,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
