"""Limits of one running kernel: a deadline and a bound on memory, kept by killing its group."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

POLL_SECONDS = 0.1
GROUP_EVERY = 10  # polls between two looks at the kernel's own child processes


class Guard:
    """Watches a kernel from a thread and kills it, with all it has started, at a limit.

    Parameters
    ----------
    find_pid : callable
        Returns the kernel's process id, None as long as there is none.
    seconds : float
        How long the job may take.
    gigabytes : float
        How much memory the kernel and its child processes may hold, in 10⁹ bytes. What a warm
        kernel shares with its parent counts too: about half a gigabyte.

    Attributes
    ----------
    reason : str
        Why the kernel was killed; empty as long as it was not.
    """

    def __init__(
        self, find_pid: Callable[[], int | None], *, seconds: float, gigabytes: float
    ) -> None:
        self.find_pid, self.seconds, self.gigabytes = find_pid, seconds, gigabytes
        self.reason = ""
        self.group: int | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Guard:
        """Start watching."""
        self._deadline = time.monotonic() + self.seconds
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop watching, and end what the kernel has left running."""
        self._done.set()
        self._thread.join()
        self._kill()

    def _watch(self) -> None:
        polls = 0
        while not self._done.wait(POLL_SECONDS):
            if self.group is None and (pid := self.find_pid()) is not None:
                self.group = pid  # kernels are started as leaders of their own group
                _die_first(pid)
            polls += 1
            self.reason = self.reason or self._reached(whole_group=polls % GROUP_EVERY == 0)
            if self.reason and self.group is not None:  # else as soon as the kernel has started
                self._kill()
                return

    def _reached(self, *, whole_group: bool) -> str:
        if time.monotonic() >= self._deadline:
            return f"it ran longer than its deadline of {self.seconds:g} s"
        used = _memory(self.group, whole_group=whole_group) / 1e9 if self.group else 0.0
        if used > self.gigabytes:
            return f"it used {used:.2f} GB of memory, {self.gigabytes:g} GB are allowed"
        return ""

    def _kill(self) -> None:
        if self.group is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.group, signal.SIGKILL)
            else:
                os.kill(self.group, signal.SIGTERM)


def _memory(pid: int, *, whole_group: bool) -> int:
    """Return the resident bytes of a process, and of its descendants where asked."""
    try:
        process = psutil.Process(pid)
        family = [process, *(process.children(recursive=True) if whole_group else [])]
    except psutil.Error:  # it has just ended
        return 0
    total = 0
    for member in family:
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return total


def _die_first(pid: int) -> None:
    """Where memory runs out all the same, let the system end the kernel and not its runner."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
