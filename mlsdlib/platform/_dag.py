"""A scheduler: steps that wait for each other, tried again when they fail, never done twice."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from mlsdlib.checks import whole
from mlsdlib.files import write_text
from mlsdlib.platform._keys import code_of, content_key, file_hash
from mlsdlib.platform._worker import keep
from mlsdlib.processes import Child


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step.

    Parameters
    ----------
    task : str
        The step, with its place in square brackets where it was expanded: ``"train[2]"``.
    number : int
        1 for the first try, 2 for the first retry.
    started, ended : float
        Seconds since the run began.
    error : str
        What went wrong; empty if it succeeded.
    """

    task: str
    number: int
    started: float
    ended: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class DagRun:
    """What became of the steps.

    Parameters
    ----------
    status : dict
        For each task "done", "unchanged" (done before, and nothing it depends on has changed
        since), "failed", or "not run" (one before it failed).
    results : dict
        What the tasks returned that are done or unchanged.
    attempts : tuple of Attempt
        In the order in which they ended.
    """

    status: dict[str, str]
    results: dict[str, object]
    attempts: tuple[Attempt, ...]

    @property
    def ok(self) -> bool:
        """Whether every step is done."""
        return all(status in ("done", "unchanged") for status in self.status.values())


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    job: str | Callable[..., object]
    after: tuple[str, ...]
    expand: str | None
    arguments: dict[str, object]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    retries: int
    retry_delay: float
    timeout: float | None
    code: str


class DAG:
    """Steps that depend on each other, run in an order that respects it, several at a time.

    A step is a function, or the name of one, ``"module:function"`` or ``"path/file.py:function"``.
    A function runs in a thread. A named one runs in a process of its own, and can be ended: only
    it takes a `timeout`. Either takes the results of the steps it comes after as keyword arguments
    of their names, and returns what JSON can hold.

    The result is kept in the folder, under a hash of all that the step depends on: its code, its
    arguments, the results and files of the steps before it, and the files it reads. If that hash
    is there, the step is not run again: so a second run does only what has changed, and a run that
    was killed at any moment goes on where it stopped. The record is written to the side and
    renamed. A step that was cut off before that is run again, so what it does to the world outside
    must bear repetition. (A killed process is meant; the file is not forced to the disk, against a
    power cut.) Old records stay until you remove them.

    Parameters
    ----------
    folder : path, optional
        Where results are kept. Without it, nothing is remembered after a run.

    References
    ----------
    Dolstra, de Jonge and Visser (2004), *Nix: a safe and policy-free system for software
    deployment*, on keys made of everything that goes into a build.

    Examples
    --------
    >>> def extract(night):
    ...     return [night, night + 1]
    >>> def train(extract):
    ...     return 10 * extract
    >>> dag = DAG()
    >>> dag.add("extract", extract, arguments={"night": 3}, version="1")
    >>> dag.add("train", train, expand="extract", version="1")  # as many as there are today
    >>> run = dag.run()
    >>> run.status, run.results["train"]
    ({'extract': 'done', 'train': 'done'}, [30, 40])
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = folder
        self._tasks: dict[str, _Task] = {}

    def add(
        self,
        name: str,
        job: str | Callable[..., object],
        *,
        after: Iterable[str] = (),
        expand: str | None = None,
        arguments: Mapping[str, object] | None = None,
        reads: Iterable[str | Path] = (),
        writes: Iterable[str | Path] = (),
        retries: int = 0,
        retry_delay: float = 0.0,
        timeout: float | None = None,
        version: str = "",
    ) -> None:
        """Add a step.

        Parameters
        ----------
        name : str
            Its name, a Python identifier.
        job : callable or str
            What it does.
        after : names
            The steps that must have succeeded before; they may be added later.
        expand : str, optional
            A step before it that returns a list. This one runs once for each item, which it takes
            under that step's name; its own result is the list of what it returned.
        arguments : mapping
            Further keyword arguments.
        reads, writes : paths
            Files from elsewhere that it reads, and those that it makes. It runs again if one of
            them is no longer what it was.
        retries : int
            How often it is tried again after an error.
        retry_delay : float
            Seconds before the first retry; each further one waits twice as long.
        timeout : float, optional
            Seconds after which a try is ended, its start included.
        version : str
            Stands for the code: by default it is a function's text, or the file of a named one.
            What a function takes from elsewhere is not seen: hand it over in `arguments`.

        Raises
        ------
        TypeError, ValueError
            If an argument is not of its kind, or the name is taken.
        """
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"name must be a Python identifier, got {name!r}")
        if name in self._tasks:
            raise ValueError(f"name must be new, there is a task {name!r} already")
        if not callable(job) and not (isinstance(job, str) and ":" in job):
            raise TypeError(f"job must be a function or 'module:function', got {job!r}")
        if isinstance(after, str):
            raise TypeError(f"after must be a list of names, got {after!r}")
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be positive, got {timeout!r}")
        if timeout is not None and not isinstance(job, str):
            raise ValueError("timeout needs a job in a process: name it as 'module:function'")
        if not retry_delay >= 0:
            raise ValueError(f"retry_delay must be at least 0, got {retry_delay!r}")
        try:
            content_key(dict(arguments or {}))
        except TypeError as err:
            raise TypeError(f"arguments must be what JSON can hold: {err}") from None
        before = dict.fromkeys([*after, *([expand] if expand else [])])
        self._tasks[name] = _Task(
            name, job, tuple(before), expand, dict(arguments or {}), tuple(map(str, reads)),
            tuple(map(str, writes)), whole("retries", retries, 0), float(retry_delay), timeout,
            version or code_of(name, job),
        )  # fmt: skip

    def order(self) -> list[str]:
        """Return the tasks, each after those it depends on.

        Raises
        ------
        ValueError
            If they wait for each other in a circle, or one waits for a task that is not there.
        """
        try:
            return list(self._sorter().static_order())
        except CycleError as err:
            raise ValueError(f"tasks wait for each other: {' -> '.join(err.args[1])}") from None

    def run(self, *, workers: int = 4) -> DagRun:
        """Run what has not been done, or has changed since; return what became of each task.

        A task that fails for good keeps those after it from running, and nobody else.

        Parameters
        ----------
        workers : int
            How many steps may run at the same time.

        Raises
        ------
        ValueError
            As `order`.
        """
        whole("workers", workers)
        self.order()
        sorter = self._sorter()
        sorter.prepare()
        with ExitStack() as stack:
            folder = self._folder
            if folder is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mlsd-"))
            pool = ThreadPoolExecutor(workers)
            state = _State(self._tasks, Path(folder), pool)
            stack.callback(pool.shutdown, cancel_futures=True)
            stack.callback(state.stop)  # first, if we are interrupted: it ends what runs
            while sorter.is_active():
                for name in sorted(sorter.get_ready(), key=list(self._tasks).index):
                    if state.start(name):
                        sorter.done(name)
                sorter.done(*state.ended())
        return DagRun(
            {name: state.status[name] for name in self._tasks},
            {name: state.results[name] for name in self._tasks if name in state.results},
            tuple(state.attempts),
        )

    def _sorter(self) -> TopologicalSorter:
        for task in self._tasks.values():
            if missing := [name for name in task.after if name not in self._tasks]:
                raise ValueError(f"task {task.name!r} comes after {missing[0]!r}, which is no task")
        return TopologicalSorter({task.name: task.after for task in self._tasks.values()})


@dataclass(eq=False)
class _State:
    """A run in progress."""

    tasks: dict[str, _Task]
    folder: Path
    pool: ThreadPoolExecutor
    status: dict[str, str] = field(default_factory=dict)
    results: dict[str, object] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    running: dict[str, list[Future]] = field(default_factory=dict)
    children: set[Child] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)

    def start(self, name: str) -> bool:
        """Start a task whose turn it is; return whether that was all there is to do."""
        task = self.tasks[name]
        if any(self.status[other] in ("failed", "not run") for other in task.after):
            self.status[name] = "not run"
            return True
        given = {other: self.results[other] for other in task.after}
        known = {other: self.digests[other] for other in task.after if other != task.expand}
        if task.expand is None:
            calls = [(name, given, known)]
        elif not isinstance(given[task.expand], list):
            said = f"{task.expand} must return a list to be expanded, got {given[task.expand]!r}"
            self.attempts.append(Attempt(name, 1, self._now(), self._now(), said))
            self.status[name] = "failed"
            return True
        else:  # of the list each call depends on its own item alone
            calls = [(f"{name}[{k}]", {**given, task.expand: item}, {**known, task.expand: item})
                     for k, item in enumerate(given[task.expand])]  # fmt: skip
        self.running[name] = [self.pool.submit(self._do, task, *call) for call in calls]
        if not calls:
            self._conclude(name)
        return not calls

    def ended(self) -> list[str]:
        """Wait until something ends, if anything runs; return the tasks that are over."""
        pending = [future for some in self.running.values() for future in some if not future.done()]
        if pending:
            wait(pending, return_when=FIRST_COMPLETED)
        over = [name for name, some in self.running.items() if all(f.done() for f in some)]
        for name in over:
            self._conclude(name)
        return over

    def stop(self) -> None:
        """End every process, and start no other."""
        self.stopping.set()
        for child in list(self.children):
            child.strike()

    def _now(self) -> float:
        return time.monotonic() - self.began

    def _conclude(self, name: str) -> None:
        found = [future.result() for future in self.running.pop(name)]
        if any(record is None for record, _ in found):
            self.status[name] = "failed"
            return
        results = [record["result"] for record, _ in found]
        self.results[name] = results[0] if self.tasks[name].expand is None else results
        self.digests[name] = content_key([record for record, _ in found])
        before = all(was_there for _, was_there in found)
        self.status[name] = "unchanged" if before and found else "done"

    def _do(self, task: _Task, label: str, given: dict, known: dict) -> tuple[dict | None, bool]:
        """Return the record of one call, None if it fails for good, and if it was there before."""
        arguments = {**given, **task.arguments}
        reads = {name: file_hash(name) if Path(name).is_file() else "" for name in task.reads}
        job = task.job if isinstance(task.job, str) else ""
        key = content_key([job.rpartition(":")[2], task.code, task.arguments, known, reads,
                           task.writes])  # fmt: skip
        file = self.folder / f"{task.name}-{key}.json"
        if (record := _read(file)) is not None:
            return record, True
        for number in range(1, task.retries + 2):
            if self.stopping.is_set():
                break
            started = self._now()
            error = self._try(task, arguments, file)
            # A process that was ended too late had written its record: then it is done.
            record = _read(file)
            self.attempts.append(
                Attempt(label, number, started, self._now(), "" if record else error)
            )
            if record is not None or number > task.retries:
                break
            self.stopping.wait(task.retry_delay * 2 ** (number - 1))
        return record, False

    def _try(self, task: _Task, arguments: dict, file: Path) -> str:
        """Do the job once; return what went wrong."""
        if not isinstance(task.job, str):
            try:
                keep(file, task.job(**arguments), list(task.writes))
            except Exception as err:
                return f"{type(err).__name__}: {err}"
            return ""
        given = file.with_name(f".{file.stem}-{threading.get_ident()}.arguments")
        write_text(given, json.dumps(arguments))
        job = {"job": task.job, "arguments": str(given), "record": str(file),
               "writes": list(task.writes)}  # fmt: skip
        with Child("mlsdlib.platform._worker:work", job) as child:
            self.children.add(child)
            if self.stopping.is_set():  # `stop` may have looked before it was there
                child.strike()
            try:
                code = child.wait(task.timeout)
            except subprocess.TimeoutExpired:
                return f"took longer than {task.timeout:g} seconds"
            finally:
                said = child.kill().decode()
                self.children.discard(child)
                given.unlink(missing_ok=True)
        return json.loads(said) if said else f"its process ended with code {code}"


def _read(file: Path) -> dict | None:
    """Return a record, None if there is none or a file that it vouches for has changed."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        unchanged = all(file_hash(name) == was for name, was in record["writes"].items())
    except FileNotFoundError:
        return None
    return record if unchanged else None
