"""Processes, as tests look at them."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil


def within(seconds: float, happened: Callable[[], object]) -> bool:
    """Wait until something has happened; return whether it did in time."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended may wait long for a parent to collect it."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started_under(folder: str) -> list[str]:
    """Return the processes that have this folder as their temporary one."""
    found = []
    for process in psutil.process_iter(["environ", "cmdline"]):
        if (process.info["environ"] or {}).get("TMPDIR") == folder and alive(process.pid):
            found.append(f"{process.pid}: {' '.join(process.info['cmdline'] or [])}")
    return found
