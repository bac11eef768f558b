"""Keeps a process on a leash: it ends when the process that asked for it does, however that ends.

Run as a file, ``python -I -S _leash.py OWNER FOLDER COMMAND …``, by `start_on_leash`: it starts the
command and waits. If the command ends, so does this. If the owner ends, even by SIGKILL, it kills
the command and removes the folder. Two signs tell it that the owner is gone: the end of its
standard input, whose other end only the owner has, and where the system has it (Linux), a handle of
the owner's process, which a copy of that end in some other process cannot outlive. Should the leash
itself be killed, Linux kills the command with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def start_on_leash(command: list[str], *, remove: str = "") -> subprocess.Popen:
    """Start a command that ends with this process; return the process of the leash.

    Parameters
    ----------
    command : list of str
        Program and arguments. It inherits standard output and error, and no input.
    remove : str
        A folder to remove if this process dies before it lets the leash go.
    """
    # A group of its own: Ctrl-C in the terminal or in Jupyter interrupts us and not the command.
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(os.getpid()), remove, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def follow(owner: int, on_byte: Callable[[], object] = lambda: None) -> None:
    """Return as soon as the owner is gone; call `on_byte` for each byte that it sends before."""
    import select

    handle = None
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(owner)
        if os.getppid() != owner:  # it was gone before we looked: the handle may be another's
            return
    while True:
        if handle is not None and handle in select.select([0, handle], [], [])[0]:
            return
        if not os.read(0, 1):
            return
        on_byte()


def main(owner: int, folder: str, command: list[str]) -> int:
    """Run the command until it or the owner ends."""
    orphaned = threading.Event()
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )

    def watch() -> None:
        follow(owner)
        orphaned.set()
        child.kill()

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    if orphaned.is_set() and folder:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _die_with_parent() -> None:
    """Ask Linux to kill this process when the leash dies; the main thread has started it."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
