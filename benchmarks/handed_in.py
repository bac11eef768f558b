"""Submissions for `bench_classroom`: one notebook, with nbgrader's cells, as many students send it.

A student's answer to an exercise is the course's reference, one of its planted wrong answers, or
the stub as it was. Behind each answer stands a test cell of nbgrader's: it calls the function on
the cases that ours draws from the same seed, and asserts what the exercise's own judge says.
"""

from __future__ import annotations

import inspect
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import nbformat

from mlsdlib.course import percent
from mlsdlib.course.classroom.marking import Assignment
from mlsdlib.course.exercises import section_module
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.params import parse_parameters, quick_values
from mlsdlib.course.percent import Cell
from mlsdlib.course.sections import select
from mlsdlib.course.source import solution_source

RIGHT, WRONG, STUB = "right", "wrong", "not attempted"
LESSON = "lab"
"""The name of nbgrader's assignment."""

_SHARES = {RIGHT: 0.5, WRONG: 0.35, STUB: 0.15}
_ANSWER, _TESTS = "answer-", "test-"
_LEAN = "from mlsdlib.course.exercises.base import TODO"
_TEST = """\
### BEGIN HIDDEN TESTS
import copy
import json
from mlsdlib.course.exercises import find_exercise
_exercise = find_exercise({id!r})
for _case in json.loads({cases!r}):
    _problem = _exercise.judge(_case, _exercise.call({name}, copy.deepcopy(_case)))
    assert _problem is None, _problem.why
### END HIDDEN TESTS
"""


@dataclass(frozen=True)
class Lesson:
    """One section as an assignment: with all its cells at their quick values, or lean.

    Parameters
    ----------
    section : str
        Its name.
    seed : str
        The grader's secret.
    lean : bool
        Whether to leave out all that grading does not need.
    """

    section: str
    seed: str
    lean: bool = False

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """Its exercises by id."""
        return {exercise.id: exercise for exercise in section_module(self.section).EXERCISES}

    @cached_property
    def tests(self) -> dict[str, str]:
        """The source of each exercise's test."""
        assignment = Assignment(tuple(self.exercises.values()), self.seed)
        return {
            id: _TEST.format(id=id, name=e.name, cases=json.dumps(assignment.cases(e)))
            for id, e in self.exercises.items()
        }

    @cached_property
    def cells(self) -> list[Cell]:
        """The section's cells, or those of them that are needed."""
        (section,) = select([self.section])
        if self.lean:
            return [Cell("code", _LEAN, id="imports"), *(c for c in section.cells if c.exercise)]
        return [_quick(cell) if "parameters" in cell.tags else cell for cell in section.cells]

    def source(self) -> nbformat.NotebookNode:
        """Return the instructor's notebook."""
        return self._notebook({id: _reference(e) for id, e in self.exercises.items()})

    def submission(self, plan: dict[str, tuple[str, int]]) -> nbformat.NotebookNode:
        """Return a student's notebook, in which nbgrader has left no test."""
        answers = {id: _answer(self.exercises[id], *told) for id, told in plan.items()}
        made = self._notebook(answers)
        for cell in made.cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.source = ""
        return made

    def _notebook(self, answers: dict[str, str]) -> nbformat.NotebookNode:
        made = percent.to_notebook(list(self._cells(answers)), section=self.section)
        for cell in made.cells:
            if cell.id.startswith((_ANSWER, _TESTS)):
                _mark(cell)
        return made

    def _cells(self, answers: dict[str, str]) -> Iterator[Cell]:
        for cell in self.cells:
            if not cell.exercise:
                yield cell
                continue
            name = cell.exercise.replace(".", "-")
            yield replace(cell, source=answers[cell.exercise] or cell.source, id=f"{_ANSWER}{name}")
            yield Cell("code", self.tests[cell.exercise], id=f"{_TESTS}{name}")


def plans(lesson: Lesson, students: int) -> dict[str, dict[str, tuple[str, int]]]:
    """Return for each student and exercise what is handed in, and which of the wrong answers."""
    draw = random.Random(0)
    return {
        f"student{number:04d}": {
            id: (*draw.choices(list(_SHARES), list(_SHARES.values())), draw.randrange(1000))
            for id in lesson.exercises
        }
        for number in range(students)
    }


def hand_in(lesson: Lesson, students: int, course: Path) -> None:
    """Write the folders of nbgrader's course: the instructor's notebook, and the submissions."""
    for folder, notebook in [
        (course / "source" / LESSON, lesson.source()),
        *(
            (course / "submitted" / student / LESSON, lesson.submission(plan))
            for student, plan in plans(lesson, students).items()
        ),
    ]:
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{LESSON}.ipynb")


def _mark(cell: nbformat.NotebookNode) -> None:
    """Tell nbgrader what a cell is: an answer, or a test that is worth a point."""
    test = cell.id.startswith(_TESTS)
    cell.metadata["nbgrader"] = {
        "grade": test, "grade_id": cell.id, "locked": test, "points": 1, "schema_version": 3,
        "solution": not test, "task": False,
    }  # fmt: skip
    if not test:
        del cell.metadata["nbgrader"]["points"]


def _answer(exercise: Exercise, kind: str, number: int) -> str:
    """Return the source of an answer, empty for the stub."""
    if kind == STUB:
        return ""
    if kind == RIGHT:
        return _reference(exercise)
    known = vars(inspect.getmodule(exercise.reference))
    # One made by another function has no source of its own.
    wrong = [w.function for w in exercise.wrong if known.get(w.function.__name__) is w.function]
    function = wrong[number % len(wrong)]
    text = solution_source(function, function.__name__)
    if function.__name__ != exercise.name:  # the reference, which it may call, bears that name
        text = re.sub(rf"\b{exercise.name}\b", f"{exercise.name}_", text)
        text += f"\n\n\n{exercise.name} = {function.__name__}"
    return f"# exercise {exercise.id}\n{text}"


def _reference(exercise: Exercise) -> str:
    text = solution_source(exercise.reference, exercise.name)
    return f"# exercise {exercise.id}\n### BEGIN SOLUTION\n{text}\n### END SOLUTION"


def _quick(cell: Cell) -> Cell:
    """Return the cell of parameters with its small values."""
    source = cell.source
    for name, value in quick_values(parse_parameters(source)).items():
        source = re.sub(rf"(?m)^({name}: \w+ = )[^#]*?(?=  #)", rf"\g<1>{value!r}", source)
    return replace(cell, source=source)
