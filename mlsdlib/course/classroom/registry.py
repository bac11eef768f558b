"""The exercises that are graded: the course's, and an instructor's own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

from mlsdlib.course.classroom.cells import Cell, read_cells
from mlsdlib.course.exercises import find_exercise, section_module
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.ids import section_of
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
        If there is no such folder, or a file in it has no exercises.
    """

    def __init__(self, own: Path | None = None) -> None:
        self.own = own
        self._known: dict[str, Exercise] = {}
        self._pristine: dict[str, list[Cell]] = {}
        if own is None:
            return
        if not own.is_dir():
            raise FileNotFoundError(f"own must be a folder of exercises, got {str(own)!r}")
        for file in sorted(own.glob("*.py")):
            for exercise in _exercises_in(file):
                self._known[exercise.id] = exercise

    def exercise(self, id: str) -> Exercise:
        """Return an exercise; `KeyError` if there is none of this id."""
        return self._known[id] if id in self._known else find_exercise(id)

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
        own = [e for e in self._known.values() if section_of(e.id) == section]
        ids = {exercise.id for exercise in own}
        theirs = getattr(section_module(section), "EXERCISES", ())
        return [*(e for e in theirs if e.id not in ids), *own]


def _exercises_in(file: Path) -> tuple[Exercise, ...]:
    name = f"own_exercises_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # `inspect` looks here for the source
    spec.loader.exec_module(module)
    found = getattr(module, "EXERCISES", None)
    if not isinstance(found, tuple) or not all(isinstance(e, Exercise) for e in found):
        raise ValueError(f"{file.name} must hold a tuple EXERCISES of exercises")
    return found
