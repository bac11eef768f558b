"""Whole commands timed side by side, the memory they hold, and tables of what came of it."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil

POLL_SECONDS = 0.05


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def command(name: str) -> str:
    """Return the path of a command that is installed beside this Python."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def call(*words: object, environment: Mapping[str, str]) -> str:
    """Run a command to its end and return what it printed; raise with its errors if it fails."""
    line = [str(word) for word in words]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def timed(way: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def interleaved(ways: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each way: all in turn, then again in the opposite order, and so on."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats):
        for name in list(ways)[:: -1 if repeat % 2 else 1]:
            seconds[name].append(timed(ways[name]))
    return seconds


def spread(values: list[float], unit: str = "s") -> str:
    """Return the median, with the smallest and the largest where there are several.

    Examples
    --------
    >>> spread([1.0, 3.0, 2.5]), spread([2.0])
    ('2.50 s [1.00, 3.00]', '2.00 s')
    """
    middle = f"{statistics.median(values):.2f} {unit}"
    return f"{middle} [{min(values):.2f}, {max(values):.2f}]" if len(values) > 1 else middle


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print rows under a head: the first column to the left, the others to the right."""
    print(f"\n{title}\n")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip(), flush=True)


@contextlib.contextmanager
def peak_memory(worker: str) -> Iterator[list[float]]:
    """Yield a list whose one number is the most megabytes that our child and its workers held.

    Parameters
    ----------
    worker : str
        What stands on the command line of a worker: other processes of the child, such as the
        kernels, are not counted.
    """
    with _peak(lambda: _held(worker), POLL_SECONDS) as peak:
        yield peak


@contextlib.contextmanager
def peak_of_all(every: float = 0.2) -> Iterator[list[float]]:
    """Yield a list whose one number is the most megabytes that all below this process held.

    Forked processes share memory. On Linux it is counted once (PSS); elsewhere for each (RSS).

    Parameters
    ----------
    every : float
        Seconds between two looks.
    """
    with _peak(_held_below, every) as peak:
        yield peak


@contextlib.contextmanager
def _peak(held: Callable[[], int], every: float) -> Iterator[list[float]]:
    peak, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(every):
            peak[0] = max(peak[0], held() / 1e6)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _held(worker: str) -> int:
    total = 0
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it has just ended
            workers = [p for p in child.children() if worker in p.cmdline()]
            total += sum(process.memory_info().rss for process in (child, *workers))
    return total


def _held_below() -> int:
    total = 0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has just ended, or is not ours to look at
            held = process.memory_full_info()
            total += getattr(held, "pss", held.rss)
    return total
