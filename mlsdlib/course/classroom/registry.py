"""The exercises that are graded: the course's, and an instructor's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mlsdlib.course.classroom.cells import Cell, read_cells
from mlsdlib.course.exercises import find_exercise, section_module
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.ids import SECTION, section_of
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

        ``"4.2"`` has the exercises of all its notebooks, ``"4.2a"`` those of one.

        Raises
        ------
        KeyError, ValueError
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
            self._pristine[section] = [cell for cell in _cells(section) if not cell.exercise]
        return self._pristine[section]

    def _of_section(self, name: str) -> list[Exercise]:
        asked = re.fullmatch(f"({SECTION})([a-z]?)", name)
        if asked is None:
            raise ValueError(
                f"exercise must be an id such as 4.1-e1 or a section such as 4.1, got {name!r}"
            )
        section, part = asked.groups()
        own = [e for e in self._own.values() if section_of(e.id) == section]
        ids = {exercise.id for exercise in own}
        theirs = getattr(section_module(section), "EXERCISES", ())
        found = [*(e for e in theirs if e.id not in ids), *own]
        if part:
            there = {cell.exercise for cell in _cells(name)}
            found = [exercise for exercise in found if exercise.id in there]
        return found


def _cells(name: str) -> list[Cell]:
    """Return the cells of a section's notebooks, or of the one of its part."""
    return [
        cell
        for section in discover()
        if name in (section.name, section.number) and section.notebook.exists()
        for cell in read_cells(section.notebook.read_bytes())
    ]
