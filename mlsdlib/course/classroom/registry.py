"""The exercises that are graded: the course's, and an instructor's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlsdlib.course.classroom.cells import Cell, read_cells
from mlsdlib.course.exercises import find_exercise, section_module
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.ids import section_of
from mlsdlib.course.own import load
from mlsdlib.course.sections import discover


class Registry:
    """Finds exercises by their ids.

    Parameters
    ----------
    own : Path, optional
        A folder of Python files, each with a tuple ``EXERCISES``, that come before the course's.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such folder, or a file in it fails, has no exercises, or an id that another
        has.
    """

    def __init__(self, own: Path | None = None) -> None:
        self._own = load(own) if own is not None else {}
        self._pristine: dict[str, list[Cell]] = {}

    def exercise(self, id: str) -> Exercise:
        """Return an exercise; `KeyError` if there is none of this id."""
        return self._own[id] if id in self._own else find_exercise(id)

    def select(self, names: Iterable[str]) -> list[Exercise]:
        """Return exercises by id, and all those of sections, in the order asked for.

        Raises
        ------
        KeyError
            If a name is neither an exercise nor a section that has any.
        """
        chosen: dict[str, Exercise] = {}
        for name in names:
            found = [self.exercise(name)] if "-" in name else self._of_section(name)
            if not found:
                raise KeyError(f"section {name} has no exercises")
            chosen |= {exercise.id: exercise for exercise in found}
        return list(chosen.values())

    def pristine(self, id: str) -> list[Cell]:
        """Return the cells of an exercise's notebook as it is handed out, without exercises."""
        section = section_of(id)
        if section not in self._pristine:
            self._pristine[section] = [
                cell
                for found in discover()
                if found.number == section and found.notebook.exists()
                for cell in read_cells(found.notebook.read_bytes())
                if not cell.exercise
            ]
        return self._pristine[section]

    def _of_section(self, section: str) -> list[Exercise]:
        own = [e for e in self._own.values() if section_of(e.id) == section]
        ids = {exercise.id for exercise in own}
        theirs = getattr(section_module(section), "EXERCISES", ())
        return [*(e for e in theirs if e.id not in ids), *own]
