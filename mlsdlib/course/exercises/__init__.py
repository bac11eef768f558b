"""Every exercise of the course, one module a section: reference, check, hints, wrong answers."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

from mlsdlib.course.exercises.base import Exercise, Question
from mlsdlib.course.ids import check_id, section_of


def find_exercise(id: str) -> Exercise:
    """Return the exercise with this id.

    Raises
    ------
    KeyError
        If there is none; the message lists those of the section.
    """
    return _find("exercise", id, "EXERCISES")


def find_question(id: str) -> Question:
    """Return the quiz question with this id.

    Raises
    ------
    KeyError
        If there is none; the message lists those of the section.
    """
    return _find("quiz", id, "QUESTIONS")


def section_module(section: str) -> ModuleType | None:
    """Return the module with the exercises of a section such as ``"3.2"``, None if it has none."""
    name = module_name(section)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as err:
        if err.name == name:
            return None
        raise


def module_name(section: str) -> str:
    """Return the full name of the module that holds the exercises of a section, if it has any."""
    chapter, *rest = section.split(".")
    return ".".join([__name__, "_".join([f"s{int(chapter):02d}", *rest])])


def _find(kind: str, id: str, table: str) -> Exercise | Question:
    section = section_of(check_id(kind, id))
    module = section_module(section)
    known = {entry.id: entry for entry in getattr(module, table, ())}
    if id not in known:
        listed = ", ".join(sorted(known, key=_natural)) or "none"
        raise KeyError(f"no {kind} {id}: section {section} has {listed}")
    return known[id]


def _natural(id: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", id)]
