"""A crew of worker processes; one that dies fails its own job and no other.

`concurrent.futures.ProcessPoolExecutor` gives up all its jobs as one worker dies, and its workers
share locks that a killed one never returns. Here each worker has pipes of its own and a thread that
feeds it, so that a ``kill -9`` at any moment costs one job.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from mlsdlib.course.jobs import Job, Result

GRACE_SECONDS = 60.0  # a worker that has not ended a job so long after its deadline hangs


class WorkerDied(Exception):
    """The process that ran a job ended before the job did."""


class Crew:
    """Runs jobs in worker processes; use it as a context.

    Parameters
    ----------
    width : int
        Number of workers.
    environment : mapping
        The workers' environment variables.
    on_cell : callable
        Called as ``on_cell(output, done, total)``, in threads of this process, as a cell ends.
    """

    def __init__(
        self,
        width: int,
        *,
        environment: Mapping[str, str],
        on_cell: Callable[[str, int, int], None],
    ) -> None:
        self._environment, self._on_cell = dict(environment), on_cell
        self._jobs: queue.SimpleQueue = queue.SimpleQueue()
        self._open = True
        self._workers: dict[int, _Worker] = {}
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), daemon=True)
            for number in range(width)
        ]

    def __enter__(self) -> Crew:
        """Start the workers."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """End the workers; jobs still under way, after an error or a Ctrl-C, are given up."""
        self._open = False
        for _ in self._threads:
            self._jobs.put(None)
        for worker in list(self._workers.values()):
            worker.process.kill()
        for thread in self._threads:
            thread.join()

    def submit(self, job: Job) -> Future[Result]:
        """Return the future result of a job; `WorkerDied` is its exception if the worker dies."""
        future: Future[Result] = Future()
        self._jobs.put((future, job))
        return future

    def _serve(self, number: int) -> None:
        while self._open and (task := self._jobs.get()) is not None:
            future, job = task
            try:
                future.set_result(self._worker(number).call(job, self._on_cell))
            except Exception as err:
                self._end(number)
                future.set_exception(err)
        self._end(number)

    def _worker(self, number: int) -> _Worker:
        """Return the worker of a thread, a new one where the last has died."""
        if number not in self._workers:
            self._workers[number] = _Worker(self._environment)
        if not self._open:  # asked after it is there: `__exit__` may have looked before
            raise WorkerDied("the run was stopped")
        return self._workers[number]

    def _end(self, number: int) -> None:
        if worker := self._workers.pop(number, None):
            worker.end()


class _Worker:
    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mlsdlib.course.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def call(self, job: Job, on_cell: Callable[[str, int, int], None]) -> Result:
        """Return what the worker makes of a job."""
        watchdog = threading.Timer(job.seconds + GRACE_SECONDS, self.process.kill)
        watchdog.daemon = True
        if not job.alone:  # which may have to wait for its turn on this machine
            watchdog.start()
        try:
            pickle.dump(job, self.process.stdin)
            self.process.stdin.flush()
            while True:
                kind, content = pickle.load(self.process.stdout)
                if kind == "result":
                    return content
                on_cell(*content)
        except (EOFError, OSError, pickle.UnpicklingError) as err:
            self.process.kill()
            raise WorkerDied(f"the worker process ended with code {self.process.wait()}") from err
        finally:
            watchdog.cancel()

    def end(self) -> None:
        """Kill the process and close its pipes."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):  # a job was on its way as the worker died
            self.process.stdin.close()
