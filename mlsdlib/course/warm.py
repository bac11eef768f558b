"""Warm kernels: forked from a parent that has imported the heavy packages, not started afresh.

`jupyter_client` lets a *provisioner* start its kernels. Ours asks a `WarmParent` for a fork where
one runs, and starts the kernel as usual where none does: papermill, nbval and JupyterLab need no
change. See `warm_parent` for the other side.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from mlsdlib.course.kernel import WARM_SOCKET, set_environment

START_SECONDS = 60.0
ENDING_SECONDS = 0.5
LAUNCHER = ("-m", "ipykernel_launcher")
MESSAGE_BYTES = 4096
ALWAYS = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger")
THREADED = ("onnxruntime",)
"""Packages known to start a thread as they are imported, which no parent may have."""
TIE = """\
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() == int(os.environ["JPY_PARENT_PID"]):
    os.execvp(sys.argv[1], sys.argv[1:])"""
"""Ties a cold kernel's life to this process's: PR_SET_PDEATHSIG, SIGKILL, then the kernel."""


def available() -> bool:
    """Whether this system can fork kernels: Linux with process descriptors."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and hasattr(socket, "send_fds")


class WarmParent:
    """A parent process that forks warm kernels, as long as this object is open.

    Parameters
    ----------
    modules : iterable of str
        What to import beforehand; third-party packages only.
    environment : mapping, optional
        The environment of its kernels, as far as it is read at start or by an import; by default
        this process's, with the course's settings.

    Examples
    --------
    >>> with WarmParent(["json"]) as parent:
    ...     set(parent.variables) <= {"MLSD_WARM"}
    True
    """

    def __init__(
        self, modules: Iterable[str], *, environment: dict[str, str] | None = None
    ) -> None:
        self.modules = [*ALWAYS, *(m for m in modules if m.split(".")[0] not in THREADED)]
        self.environment = environment or set_environment(dict(os.environ))
        self.folder: Path | None = None
        self.process: subprocess.Popen | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that make a process use this parent; none if it has none."""
        if self.folder is None:
            return {}
        return {WARM_SOCKET: str(self.folder / "socket")}

    def __enter__(self) -> WarmParent:
        """Start the parent; kernels that are asked for before it is ready wait for it."""
        if not available():
            return self
        self.folder = Path(tempfile.mkdtemp(prefix="mlsd-warm-"))  # private to this user
        its_end, self._owner = os.pipe()
        script = Path(__file__).with_name("warm_parent.py")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            # Bound here: who connects before the parent has imported everything waits, and who
            # connects after it has died is told so at once.
            listener.bind(str(self.folder / "socket"))
            listener.listen(128)
            fds = [listener.fileno(), its_end]
            self.process = subprocess.Popen(
                [sys.executable, str(script), *map(str, fds), *self.modules],
                env=self.environment,
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C on the terminal is this process's to handle
            )
        os.close(its_end)
        return self

    def __exit__(self, *exc: object) -> None:
        """End the parent; kernels that still run end with it."""
        if self.process is None:
            return
        os.close(self._owner)
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:  # it is still importing
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.process = self.folder = None


_lock = threading.Lock()


def ensure_parent(modules: Iterable[str]) -> None:
    """Start a warm parent for the rest of this process, unless it has one."""
    with _lock:
        if WARM_SOCKET in os.environ or not available():
            return
        parent = WarmParent(modules).__enter__()
        os.environ.update(parent.variables)
        atexit.register(parent.__exit__)


class ForkedKernel:
    """A kernel that is another process's child: what `subprocess.Popen` is to an own child."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.connection, self.pid = connection, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while the kernel runs."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            message = _receive(self.connection)
            # Without a word the parent has died, and its kernels with it.
            self.returncode = message.get("exit", -signal.SIGKILL)
            self.connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code as soon as the kernel has ended."""
        if not self.ends_within(timeout):
            raise subprocess.TimeoutExpired("ipykernel", timeout)
        return self.poll()

    def ends_within(self, seconds: float | None) -> bool:
        """Wait for the kernel's end, at most so long; return whether it has ended."""
        return self.returncode is not None or bool(
            select.select([self.connection], [], [], seconds)[0]
        )

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of the warm parent where one runs, else as usual."""

    ending = False

    async def launch_kernel(self, cmd: list[str], **kwargs):
        """Launch the kernel; see `jupyter_client.provisioning.KernelProvisionerBase`."""
        if kwargs.get("independent"):  # it is to outlive this process: neither warm nor tied
            return await super().launch_kernel(cmd, **kwargs)
        kernel = await asyncio.to_thread(_fork, cmd, **kwargs)
        if kernel is None:
            tie = [sys.executable, "-ISc", TIE] if sys.platform == "linux" else []
            return await super().launch_kernel([*tie, *cmd], **kwargs)
        self.process = kernel
        self.pid = self.pgid = kernel.pid  # it leads its own session
        self.cwd = kwargs.get("cwd")
        self.ending = False
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Note that the kernel is about to end."""
        self.ending = True

    async def poll(self) -> int | None:
        """Return the exit code, None while the kernel runs; wait a moment for one that is ending.

        Who waits for the end asks each tenth of a second, and would sleep through most of one.
        """
        if self.ending and isinstance(self.process, ForkedKernel):
            await asyncio.to_thread(self.process.ends_within, ENDING_SECONDS)
        return await super().poll()


def _fork(cmd: list[str], **kwargs) -> ForkedKernel | None:
    """Ask the warm parent for a kernel; None where there is none to be had."""
    place = os.environ.get(WARM_SOCKET, "")
    ours = [sys.executable, *LAUNCHER] == cmd[:3]  # another language, another Python: not ours
    if not place or not ours or not available():
        return None
    request = {
        "arguments": cmd[3:],
        "env": kwargs.get("env") or dict(os.environ),
        "cwd": str(kwargs.get("cwd") or Path.cwd()),
    }
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(START_SECONDS)
        connection.connect(place)
        with Path(os.devnull).open("r+b", buffering=0) as null:
            outputs = [_descriptor(kwargs.get(name), null) for name in ("stdout", "stderr")]
            streams = [
                null.fileno(),
                *(o if o is not None else n + 1 for n, o in enumerate(outputs)),
            ]
            socket.send_fds(connection, [json.dumps(request).encode()], streams)
        pid = _receive(connection).get("pid")
    except OSError:  # it has ended, or takes too long: a cold kernel does as well
        pid = None
    if pid is None:
        connection.close()
        return None
    connection.settimeout(None)
    return ForkedKernel(connection, pid)


def _descriptor(stream, null) -> int | None:
    """Return the descriptor that `subprocess` would take for a stream, None to inherit it."""
    if stream is None or isinstance(stream, int):
        return null.fileno() if stream == subprocess.DEVNULL else stream
    return stream.fileno()


def _receive(connection: socket.socket) -> dict[str, int]:
    message = connection.recv(MESSAGE_BYTES)
    return json.loads(message) if message else {}
