"""A worker process: runs jobs that it reads from its standard input, one after the other."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    """Serve until the input ends: the runner has closed it, or has died."""
    # An optional part of nbformat's schema checks that costs a second to import and is not used.
    sys.modules.setdefault("rfc3987_syntax", None)
    # The terminal sends a Ctrl-C to the whole group; what ends a worker is its runner.
    signal.signal(signal.SIGINT, lambda *_: None)
    tasks, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as null:
        os.dup2(null.fileno(), 0)
    os.dup2(2, 1)  # what anything here prints must not fall among the results
    from mlsdlib.course.jobs import run_job

    waiting: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_read, args=(tasks, waiting), daemon=True).start()
    _import_early()
    while True:
        job = waiting.get()
        result = run_job(job, on_cell=lambda *facts: _send(results, "cell", facts))
        _send(results, "result", result)


def _read(tasks, waiting: queue.SimpleQueue) -> None:
    """Pass tasks on; end the process, a running job included, as soon as the runner is gone."""
    try:
        while True:
            waiting.put(pickle.load(tasks))
    finally:  # it may have been killed in the middle of a task
        os._exit(0)


def _send(results, kind: str, content: object) -> None:
    try:
        pickle.dump((kind, content), results)
        results.flush()
    except BrokenPipeError:  # the runner has died
        os._exit(0)


def _import_early() -> None:
    """Import while the warm parent is importing too."""
    import mlsdlib.course.engine  # noqa: F401


if __name__ == "__main__":
    main()
