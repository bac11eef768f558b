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


@dataclass(frozen=True)
class _Asked:
    """An exercise as it is asked of every student: made once.

    `looked_up` of the cases stand in the open package, `kinds` are their words for a student, and
    `call` is the source of the exercise's own.
    """

    exercise: Exercise
    cases: list[Case]
    kinds: list[str]
    looked_up: int
    call: str

    @classmethod
    def of(cls, exercise: Exercise, cases: list[Case]) -> _Asked:
        call = strip.call_source(exercise)
        return cls(exercise, cases, kinds(exercise, cases), public(exercise, cases), call)


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
        self._asked: dict[str, _Asked] = {}

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
        try:
            asked = self._ask(exercise)
            if program["status"] != FOUND:
                outcome = MISSING if program["status"] == MISSING else "broken cell"
                return Mark(exercise.id, outcome, cases=len(asked.cases), why=program["detail"])
            task = {"name": exercise.name, "call": asked.call, "pieces": program["pieces"]}
            sent = [{k: v for k, v in case.items() if k != "kind"} for case in asked.cases]
            answers = self._sandbox.run(
                task, sent, package=self._packages[exercise.id], limits=self._assignment.limits
            )
            verdicts = self._marker.judge(exercise.id, asked.cases, answers)
            return _summary(asked, verdicts)
        except Exception as err:  # nothing that goes wrong here is a student's fault
            return Mark(exercise.id, GRADER_ERROR, why=_told(err))

    def _ask(self, exercise: Exercise) -> _Asked:
        if exercise.id not in self._asked:
            cases = self._assignment.cases(exercise)
            if not cases:
                raise ValueError(f"{exercise.id} has no cases")
            self._asked[exercise.id] = _Asked.of(exercise, cases)
        return self._asked[exercise.id]


def _summary(asked: _Asked, verdicts: Sequence[dict]) -> Mark:
    """Return the mark that the verdicts on all cases make; a mistake of ours comes first."""
    id = asked.exercise.id
    right = [verdict["outcome"] == CORRECT for verdict in verdicts]
    drawn = right[asked.looked_up :]
    counts = {"passed": sum(right), "cases": len(right),
              "drawn_passed": sum(drawn), "drawn": len(drawn)}  # fmt: skip
    if all(right):
        return Mark(id, CORRECT, **counts)
    wrong = [n for n, verdict in enumerate(verdicts) if verdict["outcome"] != CORRECT]
    first = next((n for n in wrong if verdicts[n]["outcome"] == GRADER_ERROR), wrong[0])
    said = verdicts[first]
    return Mark(
        id,
        kind=asked.kinds[first],
        why=said["why"] if first < asked.looked_up else told(said["outcome"], said["why"]),
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
