"""Grading a folder: many at a time, resumed where it was cut off, the same table every time."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mlsdlib.course.batch import cores, spread
from mlsdlib.course.classroom import isolation
from mlsdlib.course.classroom.feedback import page_name
from mlsdlib.course.classroom.gradebook import Graded
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import (
    GRADER_ERROR,
    Assignment,
    Grader,
    Mark,
    Packages,
    Stopped,
)
from mlsdlib.course.classroom.registry import Registry
from mlsdlib.course.classroom.submissions import Submission
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.ids import section_of
from mlsdlib.course.inputs import PACKAGE, fingerprint, library_digest
from mlsdlib.course.sections import discover
from mlsdlib.course.store import Store

_CHUNK = 10


@dataclass(frozen=True)
class Task:
    """All that a process needs to grade, on this machine or another.

    Parameters
    ----------
    exercises : tuple of str
        Ids.
    seed : str
        The instructor's secret.
    walls : str
        How submissions are kept apart, see `isolation.choose`.
    limits : Limits
        What one exercise of one submission may use.
    own : str
        A folder of an instructor's own exercises, empty where there is none.
    """

    exercises: tuple[str, ...]
    seed: str
    walls: str
    limits: Limits
    own: str = ""

    def registry(self) -> Registry:
        """Return where the exercises are found."""
        return Registry(Path(self.own) if self.own else None)

    def assignment(self) -> Assignment:
        """Return what is graded."""
        chosen = tuple(self.registry().select(self.exercises))
        return Assignment(chosen, self.seed, self.limits)


def grade_all(
    submissions: Sequence[Submission],
    task: Task,
    store: Store,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    on_graded: Callable[[Graded, bool], None] = lambda graded, resumed: None,
    on_stop: Callable[[], None] = lambda: None,
) -> list[Graded]:
    """Return the marks of all submissions, in their order; what the store holds is not redone.

    Parameters
    ----------
    submissions : sequence of Submission
        What was handed in.
    task : Task
        What is graded, and how.
    store : Store
        Where each student's marks are put as soon as they are known.
    workers : int, optional
        How many at a time; by default one a core.
    executor : concurrent.futures.Executor, optional
        Where to run instead, such as a Dask cluster's.
    on_graded : callable
        Called with each student's marks, and whether they were there before.
    on_stop : callable
        Called when a Ctrl-C has come, before what is under way has ended.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    store.clean()
    digest = _digest(task, task.assignment().exercises)
    done: dict[str, Graded] = {}
    todo = []
    for submission in submissions:
        known = _unread(submission, task) or _kept(store, submission, digest)
        if known is None:
            todo.append(submission)
        else:
            done[submission.student] = known
            on_graded(known, not submission.unread)
    if executor is None:
        work = _in_threads(todo, task, workers, on_stop)
    else:
        work = _on_executor(executor, todo, task, digest)
    with closing(work):
        for submission, marks in work:
            graded = _graded(submission, marks)
            if graded.ok:  # what went wrong on our side is tried again next time
                _keep(store, submission, digest, graded)
            done[submission.student] = graded
            on_graded(graded, False)
    return [done[submission.student] for submission in submissions]


def _graded(submission: Submission, marks: Sequence[Mark]) -> Graded:
    """Return a student's marks, which say what there was in place of a notebook."""
    lacks = submission.lacks
    said = (replace(m, why=lacks) if lacks and m.outcome == "missing" else m for m in marks)
    return Graded(submission.student, tuple(said), submission.at, submission.problems)


def _unread(submission: Submission, task: Task) -> Graded | None:
    """Return marks that stay open where nobody knows what was handed in, else None."""
    if not submission.unread:
        return None
    return _graded(submission, _open(task, submission.unread))


def _in_threads(
    submissions: Sequence[Submission],
    task: Task,
    workers: int | None,
    on_stop: Callable[[], None],
) -> Iterator[tuple[Submission, list[Mark]]]:
    """Yield marks as they come; each thread has processes of its own, and only waits for them."""
    if not submissions:
        return
    assignment = task.assignment()
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    results: queue.SimpleQueue = queue.SimpleQueue()
    for submission in submissions:
        waiting.put(submission)
    stopped = threading.Event()

    def serve(packages: Packages) -> None:
        try:
            with _Bench(task, assignment, packages, stopped) as bench:
                while not stopped.is_set():
                    submission = waiting.get_nowait()
                    results.put((submission, _marks(submission, task, bench)))
        except (queue.Empty, Stopped):
            pass
        except BaseException as err:  # told to the thread that waits
            results.put((None, err))

    width = min(workers or cores(), len(submissions))
    with ExitStack() as stack:
        packages = stack.enter_context(Packages(assignment.exercises))
        threads = [threading.Thread(target=serve, args=(packages,)) for _ in range(width)]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
            stack.callback(stopped.set)  # before any is waited for
        for _ in submissions:
            try:
                submission, marks = results.get()
            except KeyboardInterrupt:
                on_stop()
                raise
            if submission is None:
                raise marks
            yield submission, marks


def _marks(submission: Submission, task: Task, bench: _Bench) -> list[Mark]:
    try:
        notebooks = submission.read()
    except ValueError as err:
        return _open(task, str(err))
    return bench.grade(notebooks)


def _open(task: Task, why: str) -> list[Mark]:
    """Return marks that stay open for what went wrong on our side."""
    return [Mark(id, GRADER_ERROR, why=why) for id in task.exercises]


def _on_executor(
    executor: Executor, submissions: Sequence[Submission], task: Task, digest: str
) -> Iterator[tuple[Submission, list[Mark]]]:
    read: list[tuple[Submission, list[bytes]]] = []
    for submission in submissions:
        try:
            read.append((submission, submission.read()))
        except ValueError as err:
            yield submission, _open(task, str(err))
    chunks = [read[n : n + _CHUNK] for n in range(0, len(read), _CHUNK)]
    arguments = {n: (task, [data for _, data in c], digest) for n, c in enumerate(chunks)}
    for number, marks, err in spread(executor, grade_chunk, arguments):
        chunk = [submission for submission, _ in chunks[number]]
        if err is not None:  # the cluster's worker has died, or is not like us
            marks = [_open(task, f"{type(err).__name__}: {err}")] * len(chunk)
        yield from zip(chunk, marks, strict=True)


def grade_chunk(
    task: Task, submissions: Sequence[Sequence[bytes]], digest: str
) -> list[list[Mark]]:
    """Return the marks of a few submissions: what a cluster's worker does.

    Raises
    ------
    RuntimeError
        If the grader or the exercises here are not those of whoever asks: marks would differ.
    SandboxError
        If the walls that hold there do not hold here.
    """
    isolation.ensure(task.walls)
    assignment = task.assignment()
    if _digest(task, assignment.exercises) != digest:
        raise RuntimeError("the grader or the exercises on this worker are of another version")
    with Packages(assignment.exercises) as packages, _Bench(task, assignment, packages) as bench:
        return [bench.grade(notebooks) for notebooks in submissions]


class _Bench:
    """A grader that is replaced when it breaks; use it as a context."""

    def __init__(
        self,
        task: Task,
        assignment: Assignment,
        packages: Packages,
        stopped: threading.Event | None = None,
    ) -> None:
        own = Path(task.own) if task.own else None
        self._make = lambda: Grader(
            assignment, packages, walls=task.walls, own=own, stopped=stopped
        )
        self._grader: Grader | None = None

    def __enter__(self) -> _Bench:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._grader is not None:
            self._grader.__exit__(*exc)
            self._grader = None

    def grade(self, notebooks: Sequence[bytes]) -> list[Mark]:
        """Return marks; what fails on our side is tried once more, with new processes."""
        marks = self._once(notebooks)
        if not Graded("", tuple(marks)).ok:
            self.__exit__()
            marks = self._once(notebooks)
        return marks

    def _once(self, notebooks: Sequence[bytes]) -> list[Mark]:
        if self._grader is None:
            self._grader = self._make().__enter__()
        return self._grader.grade_one(notebooks)


def _digest(task: Task, exercises: Sequence[Exercise]) -> str:
    """Return a hash of all that marks depend on beside the submission.

    That is all of the library, since submissions import it, the packages' versions, the data, and
    the notebooks as they were handed out.
    """
    inside = (f.relative_to(PACKAGE) for f in PACKAGE.rglob("*") if f.is_file())
    library = [f.as_posix() for f in inside if not any(_is_no_code(part) for part in f.parts)]
    files = set(Path(task.own).glob("*.py")) if task.own else set()
    sections = {section_of(exercise.id) for exercise in exercises}
    files |= {found.notebook for found in discover() if found.number in sections}
    code = json.dumps([asdict(task), library_digest(library)], sort_keys=True)
    return fingerprint(code, files=files, root=PACKAGE.parent)


def _is_no_code(part: str) -> bool:
    """Whether part of a path says that a file is made from others, or is data."""
    return part in ("__pycache__", "files", "sweeps") or part.startswith(".")


def _key(submission: Submission, digest: str) -> str:
    parts = [digest, *(notebook.digest for notebook in submission.notebooks)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _name(submission: Submission) -> str:
    return f"{page_name(submission.student)}.json"


def _keep(store: Store, submission: Submission, digest: str, graded: Graded) -> None:
    content = {
        "key": _key(submission, digest),
        "student": graded.student,
        "marks": [asdict(mark) for mark in graded.marks],
        "at": graded.at.isoformat() if graded.at else None,
        "problems": list(graded.problems),
    }
    store.put(_name(submission), json.dumps(content, indent=1).encode())


def _kept(store: Store, submission: Submission, digest: str) -> Graded | None:
    """Return the marks an earlier run has kept, None where anything has changed since."""
    try:
        content = json.loads(store.get(_name(submission)) or b"{}")
        if content.get("key") != _key(submission, digest):
            return None
        marks = tuple(Mark(**mark) for mark in content["marks"])
        if content["student"] != submission.student:
            return None
    except (ValueError, TypeError, KeyError, AttributeError):  # of another version, or not ours
        return None
    # When it was handed in is read afresh: a deadline is no part of the marks.
    return _graded(submission, marks)
