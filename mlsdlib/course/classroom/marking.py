"""One student's marks: found, run, judged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import numpy as np

from mlsdlib import datasets
from mlsdlib.course.classroom import strip
from mlsdlib.course.classroom.extract import FOUND, MISSING
from mlsdlib.course.classroom.judging import Marker, MarkerError
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.sandbox import Sandbox, SandboxError
from mlsdlib.course.classroom.scratch import scratch
from mlsdlib.course.classroom.teaching import kinds, public, told
from mlsdlib.course.exercises.base import Case, Exercise

CORRECT, GRADER_ERROR = "correct", "grader error"
OUTCOMES = (
    CORRECT, "not yet", "raised an error", "not attempted", "missing", "broken cell", "stopped",
    GRADER_ERROR,
)  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """What was found in one exercise of one student.

    Attributes
    ----------
    exercise : str
        Its id.
    outcome : str
        One of `OUTCOMES`.
    passed, cases : int
        On how many of the cases the function is right.
    drawn_passed, drawn : int
        The same of the cases that nobody can look up: those that come from the secret seed, and
        all cases of an instructor's own exercise.
    kind : str
        The kind of the first failing case, empty where there is none.
    why : str
        The reason, as a student may read it; that of a grader error may hold hidden values, and
        no student's page shows it.
    input, expected, got : str
        That case, for the instructor only.
    """

    exercise: str
    outcome: str
    passed: int = 0
    cases: int = 0
    drawn_passed: int = 0
    drawn: int = 0
    kind: str = ""
    why: str = ""
    input: str = ""
    expected: str = ""
    got: str = ""


@dataclass(frozen=True)
class Assignment:
    """What is graded, and with which hidden inputs.

    Parameters
    ----------
    exercises : tuple of Exercise
        What is graded.
    seed : str
        The instructor's secret: the random cases come from it.
    limits : Limits
        What each exercise of each submission may use.
    """

    exercises: tuple[Exercise, ...]
    seed: str
    limits: Limits = field(default_factory=Limits)

    def cases(self, exercise: Exercise) -> list[Case]:
        """Return the cases of an exercise: the same for every student, on any day."""
        words = f"{self.seed}\0{exercise.id}".encode()
        number = int.from_bytes(hashlib.sha256(words).digest()[:16], "big")
        return list(exercise.cases(np.random.default_rng(number)))


class Stopped(Exception):
    """Grading is to end, and no mark is to be had."""


class Packages:
    """The packages that submissions import, one without answers for each exercise; a context.

    Parameters
    ----------
    exercises : sequence of Exercise
        What is graded.
    """

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        self._exercises = exercises
        self._made: dict[str, Path] = {}

    def __enter__(self) -> Packages:
        """Build them; what they share is there once."""
        with ExitStack() as stack:
            self.folder = stack.enter_context(scratch("packages"))
            whole = strip.build(self.folder / "whole")
            for number, exercise in enumerate(self._exercises):
                twins = strip.twins_of([exercise.id])
                copy = strip.linked(whole, self.folder / str(number)) if twins else whole
                strip.blank(copy, twins)
                self._made[exercise.id] = copy
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        """Remove them."""
        self._stack.close()

    def __getitem__(self, id: str) -> Path:
        return self._made[id]


class Grader:
    """Marks submissions one after the other, in processes of its own; use it as a context.

    Parameters
    ----------
    assignment : Assignment
        What is graded.
    packages : Packages
        What submissions import.
    walls : str
        How submissions are kept apart, see `isolation.choose`.
    own : Path, optional
        A folder of an instructor's own exercises.
    stopped : threading.Event, optional
        When it is set, no further exercise is begun.
    """

    def __init__(
        self,
        assignment: Assignment,
        packages: Packages,
        *,
        walls: str,
        own: Path | None = None,
        stopped: Event | None = None,
    ) -> None:
        self._assignment, self._packages = assignment, packages
        self._sandbox = Sandbox(walls, data=data_folder(), remove=[packages.folder])
        self._marker = Marker(own)
        self._stopped = stopped or Event()
        self._cases = {e.id: assignment.cases(e) for e in assignment.exercises}

    def __enter__(self) -> Grader:
        """Start the processes."""
        self._sandbox.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        """End the processes."""
        try:
            self._sandbox.__exit__(*exc)
        finally:
            self._marker.__exit__(*exc)

    def grade_one(self, notebooks: Sequence[bytes]) -> list[Mark]:
        """Return a mark for each exercise of the assignment.

        Parameters
        ----------
        notebooks : sequence of bytes
            What one student has handed in.

        Raises
        ------
        Stopped
            If grading is to end, between two exercises.
        """
        ids = [exercise.id for exercise in self._assignment.exercises]
        try:
            found = self._marker.extract(ids, notebooks)
        except Exception as err:
            return [Mark(id, GRADER_ERROR, why=_told(err)) for id in ids]
        marks = []
        for exercise in self._assignment.exercises:
            if self._stopped.is_set():
                raise Stopped
            mark = self._mark(exercise, found["programs"][exercise.id])
            if mark.outcome == "not attempted" and found["problems"]:
                # What was worked in may be the notebook that nobody can read.
                mark = Mark(exercise.id, MISSING, cases=mark.cases, why=found["problems"][0])
            marks.append(mark)
        return marks

    def _mark(self, exercise: Exercise, program: Mapping) -> Mark:
        cases = self._cases[exercise.id]
        if program["status"] != FOUND:
            outcome = MISSING if program["status"] == MISSING else "broken cell"
            return Mark(exercise.id, outcome, cases=len(cases), why=program["detail"])
        task = {
            "name": exercise.name,
            "call": strip.call_source(exercise),
            "pieces": program["pieces"],
        }
        sent = [{k: v for k, v in case.items() if k != "kind"} for case in cases]
        try:
            answers = self._sandbox.run(
                task, sent, package=self._packages[exercise.id], limits=self._assignment.limits
            )
            verdicts = self._marker.judge(exercise.id, cases, answers)
            return _summary(exercise, cases, verdicts)
        except Exception as err:  # nothing that goes wrong here is a student's fault
            return Mark(exercise.id, GRADER_ERROR, cases=len(cases), why=_told(err))


def _summary(exercise: Exercise, cases: Sequence[Case], verdicts: Sequence[dict]) -> Mark:
    """Return the mark that the verdicts on all cases make; a mistake of ours comes first."""
    if not cases:
        raise ValueError(f"{exercise.id} has no cases")
    right = [verdict["outcome"] == CORRECT for verdict in verdicts]
    looked_up = public(exercise, cases)
    drawn = right[looked_up:]
    counts = {"passed": sum(right), "cases": len(cases),
              "drawn_passed": sum(drawn), "drawn": len(drawn)}  # fmt: skip
    if all(right):
        return Mark(exercise.id, CORRECT, **counts)
    wrong = [n for n, verdict in enumerate(verdicts) if verdict["outcome"] != CORRECT]
    first = next((n for n in wrong if verdicts[n]["outcome"] == GRADER_ERROR), wrong[0])
    said = verdicts[first]
    return Mark(
        exercise.id,
        kind=kinds(exercise, cases)[first],
        why=said["why"] if first < looked_up else told(said["outcome"], said["why"]),
        expected=said.get("expected", ""),
        **{name: said[name] for name in ("outcome", "input", "got")},
        **counts,
    )


def _told(err: Exception) -> str:
    ours = isinstance(err, (SandboxError, MarkerError))
    return str(err) if ours else f"{type(err).__name__}: {err}"


def data_folder() -> Path | None:
    """Return the folder of data that a submission may read, None where there is none."""
    try:
        return datasets.path("MANIFEST.json").parent
    except FileNotFoundError:
        return None
