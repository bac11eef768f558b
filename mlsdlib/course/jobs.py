"""One job: one notebook, one set of parameters, executed by papermill and judged by its content."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mlsdlib.course.recap import SENTINEL_KEY


@dataclass(frozen=True)
class Job:
    """What to run: plain values only, so that a job can be sent to another process."""

    section: str
    notebook: Path
    output: Path
    parameters: dict[str, object] = field(default_factory=dict)
    alone: bool = False
    """Whether it compares durations, so that nothing else may run beside it."""


@dataclass(frozen=True)
class Result:
    """What became of a job.

    `error` is empty on success, else one line; `cell` is the number of the cell that failed, in
    the notebook that was run, counted from 0.
    """

    job: Job
    output: Path
    seconds: float
    error: str = ""
    cell: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the notebook ran to its end."""
        return not self.error


def run_job(job: Job, *, on_cell: Callable[[str, int, int], None] | None = None) -> Result:
    """Execute a job; a notebook that fails is a `Result` with an error, never an exception.

    The output is written to the side and renamed when the notebook ran to its end. The part of a
    failed one is kept under a name that says so.

    Parameters
    ----------
    job : Job
        What to run.
    on_cell : callable, optional
        Called as ``on_cell(section, cells done, cells in all)`` after each code cell.
    """
    from mlsdlib.course.kernel import set_environment

    set_environment()
    start = time.monotonic()
    job.output.parent.mkdir(parents=True, exist_ok=True)
    side = job.output.with_name(f".{job.output.stem}.part.ipynb")
    failed = failed_output(job)
    for old in (side, failed):  # what an earlier run left is not this run's
        old.unlink(missing_ok=True)
    try:
        error, cell = _execute(job, side, on_cell)
    except Exception as err:  # whatever goes wrong in one job must not end the others
        error, cell = _one_line(err), None
    seconds = time.monotonic() - start
    if not error:
        side.replace(job.output)
        return Result(job, job.output, seconds)
    if side.exists():
        side.replace(failed)
    if cell is not None and job.parameters:
        cell -= 1  # papermill has put a cell with the values after the parameters cell
    return Result(job, failed, seconds, error, cell)


def failed_output(job: Job) -> Path:
    """Return where the part of a failed notebook is kept."""
    return job.output.with_name(f"{job.output.stem}.failed.ipynb")


def _execute(
    job: Job, side: Path, on_cell: Callable[[str, int, int], None] | None
) -> tuple[str, int | None]:
    import papermill

    from mlsdlib.course.kernel import CELL_SECONDS, QuietKernelManager

    started: list[int] = []
    hooks = {"on_cell_execute": lambda cell, cell_index: started.append(cell_index)}
    if on_cell is not None:
        total = _code_cells(job.notebook) + (1 if job.parameters else 0)
        done = iter(range(1, total + 1))
        hooks["on_cell_executed"] = lambda **_: on_cell(job.section, next(done, total), total)
    try:
        notebook = papermill.execute_notebook(
            _literal(job.notebook),
            _literal(side),
            parameters=job.parameters,
            kernel_name="python3",
            kernel_manager_class=QuietKernelManager,
            execution_timeout=CELL_SECONDS,
            progress_bar=False,
            log_output=False,
            **hooks,
        )
    except papermill.PapermillExecutionError as err:
        name = _strip_colours(f"{err.ename}: {err.evalue}").splitlines()[0]
        return name, err.cell_index
    except Exception as err:  # a dead kernel, a cell out of time: papermill names no cell
        return _one_line(err), started[-1] if started else None
    return judge(notebook)


def judge(notebook) -> tuple[str, int | None]:
    """Return why an executed notebook did not succeed, and the cell; ``("", None)`` if it did.

    A run is judged by what is in the notebook: papermill reports *completed* after a dead kernel
    and success after ``sys.exit(0)``.
    """
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue}".splitlines()[0], number
        if cell.execution_count is None:
            return "this cell was never executed: the kernel ended before it", number
    last = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
    if not any(SENTINEL_KEY in output.get("metadata", {}) for output in last.outputs):
        return "the last cell did not show recap(): the notebook did not run to its end", None
    return "", None


def _one_line(err: Exception) -> str:
    return f"{type(err).__name__}: {err}".splitlines()[0]


def _literal(file: Path) -> str:
    """Return a path as papermill takes it: it formats braces with the parameters."""
    return str(file).replace("{", "{{").replace("}", "}}")


def output_name(stem: str, parameters: dict[str, object]) -> str:
    """Return the file name of a run: the section's, with the parameters that were set.

    Examples
    --------
    >>> output_name("03_2_data_formats", {"seed": 3})
    '03_2_data_formats-seed=3.ipynb'
    """
    words = [f"{name}={value}" for name, value in parameters.items()]
    safe = [re.sub(r"[^\w.=+-]", "_", word) for word in words]
    return "-".join([stem, *safe]) + ".ipynb"


def _code_cells(file: Path) -> int:
    import nbformat

    notebook = nbformat.read(file, as_version=4)
    return sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)


def _strip_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
