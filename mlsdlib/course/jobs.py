"""One job: one notebook, one set of parameters, executed by papermill and judged by its content."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlsdlib.course.claim import METADATA_KEY, Claim, claim_from
from mlsdlib.course.inputs import library_digest
from mlsdlib.course.manifest import Row, read_row, write_row
from mlsdlib.course.recap import SENTINEL_KEY
from mlsdlib.course.store import Store

JOB_SECONDS = 1800.0
JOB_GIGABYTES = 4.0
OnCell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """What to run, with all it takes: a job is sent to other processes and other machines.

    Attributes
    ----------
    section : str
        Number of the section.
    notebook : str
        Name of the notebook that is run.
    source : str
        The notebook as text, without outputs.
    output : str
        Name of the executed notebook in the store.
    store : Store
        Where the output and its row of the manifest go.
    parameters : dict
        The values that are set; the others keep their defaults.
    key : str
        Hash of all that the output depends on; see `manifest`.
    files : tuple of str
        The files of the library that it loads, inside the package.
    library : str
        Their digest as the job was planned; a worker with another library does not run it.
    alone : bool
        Whether it compares durations, so that nothing else may run beside it.
    again : bool
        Whether it runs though its row of the manifest stands.
    preload : tuple of str
        What a warm parent imports; a process without one starts it. Empty for a cold kernel.
    seconds, gigabytes : float
        Its deadline, and how much memory its kernel may use.
    """

    section: str
    notebook: str
    source: str
    output: str
    store: Store
    parameters: dict[str, object] = field(default_factory=dict)
    key: str = ""
    files: tuple[str, ...] = ()
    library: str = ""
    alone: bool = False
    again: bool = False
    preload: tuple[str, ...] = ()
    seconds: float = JOB_SECONDS
    gigabytes: float = JOB_GIGABYTES


@dataclass(frozen=True)
class Result:
    """What became of a job.

    `error` is empty on success, else one line; `cell` is the number of the cell that failed, in
    the notebook that was run, counted from 0. `resumed` says that it had been done before: by an
    earlier run, or by a worker that died before it could tell.
    """

    job: Job
    output: str
    seconds: float
    error: str = ""
    cell: int | None = None
    claims: tuple[Claim, ...] = ()
    resumed: bool = False

    @property
    def ok(self) -> bool:
        """Whether the notebook ran to its end."""
        return not self.error

    @property
    def url(self) -> str:
        """The output's path or URL."""
        return self.job.store.url(self.output)


def run_job(job: Job, *, on_cell: OnCell | None = None) -> Result:
    """Execute a job; a notebook that fails is a `Result` with an error, never an exception.

    The output is put into the store as the notebook has run to its end, and after it the row of the
    manifest. What ran of a failed notebook is kept under a name that says so.

    Parameters
    ----------
    job : Job
        What to run.
    on_cell : callable, optional
        Called as ``on_cell(output, cells done, cells in all)`` after each code cell.
    """
    from mlsdlib.course.kernel import set_environment

    set_environment()
    with _turn(job):
        start = time.monotonic()
        try:
            # A job is given out again as its worker dies, by a cluster too: it may have been done.
            if not job.again and (row := read_row(job.store, job.output)) and row.key == job.key:
                return resumed(job, row)
            notebook, error, cell = _execute(job, on_cell)
            seconds = time.monotonic() - start
            return _stored(job, notebook, seconds, error, cell)
        except Exception as err:  # whatever goes wrong in one job must not end the others
            return Result(job, failed_output(job), time.monotonic() - start, _one_line(err))


def resumed(job: Job, row: Row) -> Result:
    """Return the result of a job from the row that vouches for its output."""
    claims = tuple(claim_from(facts) for facts in row.claims)
    return Result(job, job.output, row.seconds, claims=claims, resumed=True)


def failed_output(job: Job) -> str:
    """Return the name under which the part of a failed notebook is kept."""
    return f"{job.output.removesuffix('.ipynb')}.failed.ipynb"


@contextlib.contextmanager
def _turn(job: Job) -> Iterator[None]:
    """Wait, on this machine, until no other job that compares durations is running."""
    lock = Path(tempfile.gettempdir()) / "mlsd-alone.lock"
    try:
        import fcntl

        handle = lock.open("a") if job.alone else None
    except (ImportError, PermissionError):  # Windows; a lock of another user
        handle = None
    if handle is None:
        yield
        return
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stored(job: Job, notebook, seconds: float, error: str, cell: int | None) -> Result:
    import nbformat

    text = (nbformat.writes(notebook) + "\n").encode()
    failed = failed_output(job)
    if error:
        job.store.put(failed, text)
        if cell is not None and job.parameters:
            cell -= 1  # papermill has put a cell with the values after the parameters cell
        return Result(job, failed, seconds, error, cell)
    facts = claim_facts(notebook)
    row = Row(job.key, job.section, job.output, job.parameters, round(seconds, 3), facts)
    write_row(job.store, row, lambda: job.store.put(job.output, text))
    job.store.remove(failed)
    claims = tuple(claim_from(fact) for fact in facts)
    return Result(job, job.output, row.seconds, claims=claims)


def claim_facts(notebook) -> list[dict[str, object]]:
    """Return the claims in the outputs of an executed notebook, as they are stored there."""
    return [
        # Plain, not nbformat's own kind: who receives them would import nbformat, for a second.
        json.loads(json.dumps(output["metadata"][METADATA_KEY]))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
        if METADATA_KEY in output.get("metadata", {})
    ]


def _execute(job: Job, on_cell: OnCell | None):
    """Return the notebook with what ran of it, the error or an empty text, and the cell."""
    import nbformat

    from mlsdlib.course.engine import execute

    if job.files and library_digest(job.files) != job.library:
        raise RuntimeError(
            "the library, the data or the packages here are not those the job was planned with: "
            "install the same versions, or start the run again"
        )
    if job.preload:
        from mlsdlib.course.warm import ensure_parent

        ensure_parent(job.preload)
    notebook = nbformat.reads(job.source, as_version=4)
    total = sum(map(_is_run, notebook.cells)) + (1 if job.parameters else 0)
    done = iter(range(1, total + 1))
    report = on_cell and (lambda: on_cell(job.output, next(done, total), total))
    executed, error, cell = execute(
        notebook,
        job.parameters,
        name=job.notebook,
        seconds=job.seconds,
        gigabytes=job.gigabytes,
        on_cell=report,
    )
    return (executed, error, cell) if error else (executed, *judge(executed))


def judge(notebook) -> tuple[str, int | None]:
    """Return why an executed notebook did not succeed, and the cell; ``("", None)`` if it did.

    A run is judged by what is in the notebook: papermill reports *completed* after a dead kernel
    and success after ``sys.exit(0)``.
    """
    for number, cell in enumerate(notebook.cells):
        if not _is_run(cell):
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


def _is_run(cell) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _one_line(err: Exception) -> str:
    return f"{type(err).__name__}: {err}".splitlines()[0]


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
