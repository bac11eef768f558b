"""Many jobs: mapped over worker processes or an executor, resumed where a run was cut off."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, as_completed
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.course.jobs import (
    JOB_GIGABYTES,
    JOB_SECONDS,
    Job,
    OnCell,
    Result,
    failed_output,
    resumed,
    run_job,
)
from mlsdlib.course.manifest import read_rows

if TYPE_CHECKING:
    import pandas as pd

RETRIES = 1
"""How often a job is given to another worker after its own has died."""


def run(
    *sections: str,
    parameters: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    solved: bool = False,
    quick: bool = False,
    cold: bool = False,
    again: bool = False,
    seconds: float = JOB_SECONDS,
    gigabytes: float = JOB_GIGABYTES,
) -> pd.DataFrame:
    """Run notebooks with every combination of the parameters; return one row a claim.

    What an earlier call has finished in the same folder is not run again, unless its notebook, the
    library, the data or the packages have changed since.

    Parameters
    ----------
    *sections : str
        Numbers of sections, ``"3.2"``; all where none is given.
    parameters : mapping, optional
        By name a value, or a list or range of values.
    out : str or Path, optional
        Folder of the outputs, or a URL that fsspec knows; by default `runs/` of the course.
    workers : int, optional
        Number of worker processes; by default one a core.
    executor : concurrent.futures.Executor, optional
        Where to run instead, such as ``distributed.Client(...).get_executor()``.
    solved, quick : bool
        Run the solutions; start from the small test values.
    cold : bool
        Start every kernel afresh instead of forking it from a warm parent.
    again : bool
        Run what is done already too.
    seconds, gigabytes : float
        Deadline and memory of each notebook.

    Returns
    -------
    DataFrame
        The columns of `mlsdlib.course.sweep.tidy`. A notebook that failed is a row without a claim,
        its reason in the column `error`.

    Raises
    ------
    ValueError
        If a section or a parameter is not known, or a value not taken.

    Examples
    --------
    >>> run("3.2a", parameters={"seed": range(5)})  # doctest: +SKIP
    """
    from mlsdlib.course import paths
    from mlsdlib.course.plan import plan
    from mlsdlib.course.sections import select
    from mlsdlib.course.store import Store
    from mlsdlib.course.sweep import tidy

    store = Store(out if out is not None else paths.root() / "runs")
    chosen = select(list(sections))
    options = {"solved": solved, "quick": quick, "seconds": seconds, "gigabytes": gigabytes}
    jobs = plan(chosen, parameters or {}, store=store, **options)
    return tidy(run_jobs(jobs, workers=workers, executor=executor, cold=cold, again=again))


def run_jobs(
    jobs: Iterable[Job],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    cold: bool = False,
    again: bool = False,
    on_cell: OnCell | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run jobs and return their results in the same order; one that fails stops no other.

    Jobs that compare durations run alone on their machine, after the others.

    Parameters
    ----------
    jobs : iterable of Job
        What to run.
    workers, executor, cold, again
        As in `run`.
    on_cell, on_result : callable, optional
        Called in this process as a cell ends (local workers only), and as a job ends.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    jobs = list(jobs)
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    results: dict[int, Result] = {}

    def note(number: int, result: Result) -> None:
        # A worker's copy of the job goes: with a thousand of them a notebook each would stay.
        results[number] = result = replace(result, job=jobs[number])
        if on_result is not None:
            on_result(result)

    for number, result in _resumed(jobs, again):
        note(number, result)
    # One parent for all: a notebook whose packages are not in it would import them itself.
    every = () if cold else tuple(sorted({module for job in jobs for module in job.preload}))
    left = [n for n in range(len(jobs)) if n not in results]
    todo = {n: replace(jobs[n], preload=every, again=again) for n in left}
    if executor is not None:
        for number, result in _map(executor, todo):
            note(number, result)
    elif todo:
        for number, result in _work(todo, workers or cores(), on_cell):
            note(number, result)
    return [results[number] for number in range(len(jobs))]


def _resumed(jobs: list[Job], again: bool) -> Iterator[tuple[int, Result]]:
    """Yield what the manifest says is done."""
    stores = {job.store.place: job.store for job in jobs}
    rows = {}
    for place, store in stores.items():
        store.clean()
        rows[place] = {} if again else read_rows(store)
    for number, job in enumerate(jobs):
        row = rows[job.store.place].get(job.output)
        if row is not None and row.key == job.key:
            yield number, resumed(job, row)


def _map(executor: Executor, jobs: dict[int, Job]) -> Iterator[tuple[int, Result]]:
    """Run jobs on any executor; those that compare durations take turns on each machine."""
    for alone in (False, True):
        chosen = {n: (j,) for n, j in jobs.items() if j.alone == alone}
        for number, result, err in spread(executor, run_job, chosen):
            yield number, _lost(jobs[number], err) if err else result


def spread(
    executor: Executor, function: Callable[..., object], arguments: Mapping[int, tuple]
) -> Iterator[tuple[int, object, Exception | None]]:
    """Call a function on any executor; yield each number, what came of it, or what went wrong.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Where to call it.
    function : callable
        What to call.
    arguments : mapping
        Its arguments, by number.
    """
    futures = {_submit(executor, function, *given): n for n, given in arguments.items()}
    try:
        for future in as_completed(list(futures)):
            number, result, error = futures.pop(future), None, None
            try:
                result = future.result()
            except Exception as err:  # the worker itself died
                error = err
            # A cluster runs again what is still asked for as the worker that had it dies.
            del future
            yield number, result, error
    finally:
        for future in futures:  # after a Ctrl-C none is to be waited for
            future.cancel()


def _submit(executor: Executor, function: Callable[..., object], *arguments: object) -> Future:
    try:
        return executor.submit(function, *arguments)
    except RuntimeError as err:  # a pool that has lost a worker takes no more jobs
        future: Future = Future()
        future.set_exception(err)
        return future


def _work(jobs: dict[int, Job], width: int, on_cell: OnCell | None) -> Iterator[tuple[int, Result]]:
    """Run jobs in local worker processes."""
    from mlsdlib.course.crew import Crew
    from mlsdlib.course.kernel import WARM_SOCKET, set_environment
    from mlsdlib.course.warm import WarmParent

    together = [number for number, job in jobs.items() if not job.alone]
    width = max(1, min(width, len(together)))
    environment = set_environment(dict(os.environ))
    with ExitStack() as stack:
        for store in {job.store.place: job.store for job in jobs.values()}.values():
            stack.callback(store.clean)  # of what workers that were killed have left
        preload = next(iter(jobs.values())).preload
        if not preload:  # cold, though this process itself may have a parent
            environment.pop(WARM_SOCKET, None)
        if preload and len(jobs) > width:  # else each kernel imports once, and on its own core
            parent = WarmParent(preload, environment=environment)
            environment |= stack.enter_context(parent).variables
        jobs = {number: replace(job, preload=()) for number, job in jobs.items()}
        crew = stack.enter_context(
            Crew(width, environment=environment, on_cell=on_cell or (lambda *facts: None))
        )
        yield from _collect(crew, jobs, together)
        for number, job in jobs.items():
            if job.alone:
                yield from _collect(crew, jobs, [number])


def _collect(crew, jobs: dict[int, Job], numbers: list[int]) -> Iterator[tuple[int, Result]]:
    from mlsdlib.course.crew import WorkerDied

    waiting: dict[Future[Result], int] = {crew.submit(jobs[n]): n for n in numbers}
    for attempt in range(RETRIES + 1):
        lost: list[int] = []
        for future in as_completed(waiting):
            number = waiting[future]
            try:
                yield number, future.result()
            except WorkerDied as err:
                if attempt < RETRIES:
                    lost.append(number)
                else:
                    yield number, _lost(jobs[number], err)
        waiting = {crew.submit(jobs[number]): number for number in lost}


def _lost(job: Job, err: Exception) -> Result:
    return Result(job, failed_output(job), 0.0, f"{type(err).__name__}: {err}")


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
