"""A rehearsal of an instructor's own exercises: they are graded before a student sees them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mlsdlib.course import sound
from mlsdlib.course.classroom.cells import read_cells
from mlsdlib.course.classroom.marking import Assignment, Grader, Packages
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.own import load
from mlsdlib.course.source import solution_source


def rehearse(own: Path, *, walls: str) -> dict[str, list[str]]:
    """Return what is wrong with each exercise in a folder, by id: nothing where it is sound.

    Beside the checks of `sound`, the notebooks in the folder are graded twice, as students' are:
    as they are handed out, and with the reference in the place of each stub.

    Parameters
    ----------
    own : Path
        Own exercises, and the notebooks to hand out.
    walls : str
        How submissions are kept apart, see `isolation.choose`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such folder, it holds no exercises, or a file in it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from mlsdlib.course.new import create_exercise
    >>> with tempfile.TemporaryDirectory() as place:
    ...     source, notebook = create_exercise("4.1-e90", "Trimmed mean", Path(place))
    ...     notebook.unlink()
    ...     len(rehearse(Path(place), walls="none")["4.1-e90"])
    1
    """
    exercises = load(own).values()
    if not exercises:
        raise ValueError(f"own must hold exercises, got {str(own)!r} without any")
    files = sorted(own.glob("*.ipynb"))
    notebooks = [file.read_bytes() for file in files]
    placed = {id for file in files for id in _marked(file)}
    found: dict[str, list[str]] = {}
    for exercise in exercises:
        found[exercise.id] = sound.problems(exercise)
        if exercise.id not in placed:
            lack = f"stands in no notebook of {own}: a cell begins with # exercise {exercise.id}"
            found[exercise.id].append(lack)
    fit = tuple(e for e in exercises if not found[e.id])
    if not fit:
        return found
    solved = [_solved(data, fit) for data in notebooks]
    assignment = Assignment(fit, "rehearsal")
    with (
        Packages(fit) as packages,
        Grader(assignment, packages, walls=walls, own=own) as grader,
    ):
        for what, handed_in, due in (
            ("stub", notebooks, "not attempted"),
            ("reference", solved, "correct"),
        ):
            for mark in grader.grade_one(handed_in):
                if mark.outcome != due:
                    told = f"has a {what} that is graded {mark.outcome!r}, not {due!r}: {mark.why}"
                    found[mark.exercise].append(told)
    return found


def _marked(file: Path) -> set[str]:
    """Return the exercises that stand in a notebook."""
    try:
        return {cell.exercise for cell in read_cells(file.read_bytes())}
    except ValueError as err:
        raise ValueError(f"{file.name}: {err}") from None


def _solved(notebook: bytes, exercises: Sequence[Exercise]) -> bytes:
    """Return a notebook with the reference in the place of each stub."""
    made = json.loads(notebook)
    known = {exercise.id: exercise for exercise in exercises}
    for cell in read_cells(notebook):
        if cell.exercise in known:
            exercise = known[cell.exercise]
            source = solution_source(exercise.reference, exercise.name)
            made["cells"][cell.number - 1]["source"] = f"# exercise {exercise.id}\n{source}"
    return json.dumps(made).encode()
