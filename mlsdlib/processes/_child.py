"""A function of ours in a process of its own."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from mlsdlib.processes._leash import follow

told = threading.Event()
"""In a child: set once its owner has called `Child.tell`."""


class Child:
    """A process that calls a function with keyword arguments, and ends when this process does.

    What the function prints to standard output its owner can `hear`. An interrupt of the owner,
    Ctrl-C in a terminal or in Jupyter, is not for the child. As a context manager, it is killed at
    the end of the block.

    Parameters
    ----------
    job : str
        ``"package.module:function"`` or ``"path/file.py:function"``, to be imported by the child.
    arguments : mapping
        Keyword arguments of the function, of types that JSON has.
    env : mapping, optional
        Variables to set for the child, beside those of this process.
    stdout, stderr : file or int, optional
        As for `subprocess.Popen`. Without a pipe for `stdout`, the child cannot be heard.

    Examples
    --------
    >>> with Child("builtins:print", {"end": "at once"}) as child:
    ...     child.wait(), child.kill()
    (0, b'at once')
    """

    def __init__(
        self,
        job: str,
        arguments: Mapping[str, object],
        *,
        env: Mapping[str, str] | None = None,
        stdout: IO | int = subprocess.PIPE,
        stderr: IO | int | None = None,
    ) -> None:
        paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from mlsdlib.processes import _child; _child.main()",
             str(os.getpid()), job, json.dumps(arguments)],
            stdin=subprocess.PIPE,  # its end tells the child that we are gone
            stdout=stdout,
            stderr=stderr,
            bufsize=0,  # a buffer of ours would keep bytes from `kill`
            start_new_session=True,
            env={**os.environ, **(env or {}), "PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def hear(self) -> str:
        """Return the next line it says; `RuntimeError` if it ended instead."""
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a child process ended early, with code {self._process.wait()}")
        return line.decode().strip()

    def hear_byte(self) -> bytes:
        """Return the next byte it says, empty if it ended instead."""
        return self._process.stdout.read(1)

    def tell(self) -> None:
        """Set `told` in the child: to begin or to end, as its job has it."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b".")

    def finish(self, timeout: float | None = 30.0) -> None:
        """Tell it, and wait until it has ended by itself; `RuntimeError` if with an error."""
        self.tell()
        try:
            code = self._process.wait(timeout)
        finally:
            self.kill()
        if code:
            raise RuntimeError(f"a child process ended with code {code}")

    def poll(self) -> int | None:
        """Return its code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = 30.0) -> int:
        """Return its code when it has ended by itself."""
        return self._process.wait(timeout)

    def strike(self) -> None:
        """Kill it and leave the rest to whoever waits for it, in another thread."""
        self._process.kill()

    def kill(self) -> bytes:
        """Kill it with SIGKILL; return what it had said and nobody heard."""
        self._process.kill()
        self._process.wait()
        pipes = self._process.stdin, self._process.stdout
        said = b"" if pipes[1] is None or pipes[1].closed else pipes[1].read()
        for pipe in filter(None, pipes):
            pipe.close()
        return said


def main() -> None:
    """Do the job that the command line names."""
    owner, job, arguments = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])

    def watch() -> None:
        follow(owner, told.set)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    load_function(job)(**arguments)


def load_function(job: str) -> Callable[..., object]:
    """Return the function that ``"module:function"`` or ``"path/file.py:function"`` names."""
    place, _, name = job.rpartition(":")
    if not place.endswith(".py"):
        return getattr(importlib.import_module(place), name)
    spec = importlib.util.spec_from_file_location(Path(place).stem, place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)
