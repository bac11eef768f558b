"""`mlsd run`: jobs mapped over worker processes, with progress and a result for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from mlsdlib.course import thresholds
from mlsdlib.course.jobs import Job, Result, failed_output, output_name, run_job
from mlsdlib.course.params import Parameter, check_parameters, parse_parameters, quick_values
from mlsdlib.course.sections import Section

Progress = Callable[[str, int, int], None]


def plan(
    sections: list[Section],
    parameters: Mapping[str, object],
    *,
    out: Path,
    solved: bool = False,
    quick: bool = False,
) -> list[Job]:
    """Return the jobs that run these sections; parameters are checked here, before any kernel.

    Parameters
    ----------
    sections : list of Section
        What to run.
    parameters : mapping
        Values by name; each section must know all of them. The parts of one section (4.2a, 4.2b)
        take those that are theirs.
    out : Path
        Folder of the outputs.
    solved : bool
        Run the notebooks in `solutions/`.
    quick : bool
        Start from the small values that each notebook names for fast test runs.

    Raises
    ------
    ValueError
        If a parameter is unknown, of the wrong type or out of range; the message lists the right
        ones.
    """
    limits = thresholds.load(sections[0].source.parents[1]) if sections else {}
    known = {section: _parameters(section) for section in sections}
    jobs = []
    for section in sections:
        parts = [known[other] for other in sections if other.number == section.number]
        # Asked of 4.2, a parameter is for the parts of 4.2 that know it, and one of them must.
        elsewhere = {name for part in parts for name in part} - set(known[section])
        mine = {name: value for name, value in parameters.items() if name not in elsewhere}
        values = quick_values(known[section]) if quick else {}
        values |= check_parameters(mine, known[section], section=section.name)
        stem = f"{section.stem}-solved" if solved else section.stem
        jobs.append(
            Job(
                section=section.name,
                notebook=section.solution if solved else section.notebook,
                output=out / output_name(stem, values),
                parameters=values,
                alone=any(limits[c.id].timing for c in thresholds.calls(section) if c.id in limits),
            )
        )
    return jobs


def _parameters(section: Section) -> dict[str, Parameter]:
    cells = section.parameters_cells
    if len(cells) != 1:
        raise ValueError(f"section {section.name} has {len(cells)} parameters cells, needs one")
    return parse_parameters(cells[0].source)


def run(
    jobs: Iterable[Job],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    on_cell: Progress | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run jobs and return their results in the same order; one that fails stops no other.

    Jobs that compare durations run alone, after the others.

    Parameters
    ----------
    jobs : iterable of Job
        What to run.
    workers : int, optional
        Number of worker processes; by default one a core.
    executor : concurrent.futures.Executor, optional
        Where to run instead of local processes: any executor whose workers see the same files.
    on_cell, on_result : callable, optional
        Called here, in this process, as a cell or a job ends.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    jobs = list(jobs)
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    results: dict[int, Result] = {}
    for alone in (False, True):
        group = {number: job for number, job in enumerate(jobs) if job.alone == alone}
        width = 1 if alone else workers or _cores()
        for number, result in _run_group(group, width, executor, on_cell):
            results[number] = result
            if on_result is not None:
                on_result(result)
    return [results[number] for number in range(len(jobs))]


def _run_group(
    jobs: dict[int, Job], width: int, executor: Executor | None, on_cell: Progress | None
) -> Iterator[tuple[int, Result]]:
    if not jobs:
        return
    if executor is not None:
        yield from _collect({executor.submit(run_job, jobs[n]): n for n in jobs}, jobs)
        return
    context = get_context("spawn")  # a forked worker would inherit this process's threads
    with (
        context.Manager() as manager,
        _Listener(manager.Queue(), on_cell) as queue,
        ProcessPoolExecutor(min(width, len(jobs)), mp_context=context) as pool,
    ):
        yield from _collect({pool.submit(_run_and_tell, jobs[n], queue): n for n in jobs}, jobs)


def _collect(
    futures: dict[Future[Result], int], jobs: dict[int, Job]
) -> Iterator[tuple[int, Result]]:
    for future in as_completed(futures):
        number = futures[future]
        try:
            result = future.result()
        except Exception as err:  # the worker itself died: memory, a signal
            job = jobs[number]
            result = Result(job, failed_output(job), 0.0, f"the worker process ended: {err}")
        yield number, result


def _run_and_tell(job: Job, queue) -> Result:
    return run_job(job, on_cell=lambda *facts: queue.put(facts))


class _Listener:
    """Passes what workers put into a queue on to `on_cell`, in a thread of this process."""

    def __init__(self, queue, on_cell: Progress | None) -> None:
        from threading import Thread

        self.queue, self.on_cell = queue, on_cell or (lambda *facts: None)
        self.thread = Thread(target=self._listen, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self.queue

    def __exit__(self, *exc: object) -> None:
        self.queue.put(None)
        self.thread.join(timeout=5)

    def _listen(self) -> None:
        while (facts := self.queue.get()) is not None:
            self.on_cell(*facts)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
