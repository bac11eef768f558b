"""An instructor's own exercises, read from a folder."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path

from mlsdlib.course.exercise import Handle
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.ids import check_id
from mlsdlib.course.sound import told


def load(own: Path) -> dict[str, Exercise]:
    """Return the exercises in a folder of Python files, each with a tuple ``EXERCISES``, by id.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such folder, or a file in it fails, or has no exercises, or one whose id is
        malformed or another's.
    """
    if not own.is_dir():
        raise FileNotFoundError(f"own must be a folder of exercises, got {str(own)!r}")
    known: dict[str, Exercise] = {}
    for file in sorted(own.glob("*.py")):
        for exercise in _exercises_in(file):
            try:
                check_id("exercise", exercise.id)
            except TypeError as err:
                raise ValueError(f"{file.name}: {err}") from None
            if exercise.id in known:
                raise ValueError(f"{file.name} has {exercise.id}, which is in {own} already")
            known[exercise.id] = exercise
    return known


def exercise(id: str, own: str | Path) -> Handle:
    """Return an exercise of one's own as `mlsdlib.course.exercise` returns one of the course.

    Parameters
    ----------
    id : str
        The exercise's id.
    own : str or Path
        Where the own exercises are.

    Raises
    ------
    KeyError, FileNotFoundError, ValueError
        If there is no such exercise or folder, or a file in it cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> from mlsdlib.course.new import create_exercise
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = create_exercise("4.1-e90", "Trimmed mean", Path(place))
    ...     exercise("4.1-e90", place).hint(1)
    Hint 1 of 3: The extremes may stand in the list more than once; one of each goes.
    """
    known = load(Path(own))
    if id not in known:
        raise KeyError(f"no exercise {id} in {own}: it has {', '.join(known) or 'none'}")
    return Handle(known[id])


def _exercises_in(file: Path) -> tuple[Exercise, ...]:
    name = f"own_exercises_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # `inspect` looks here for the source
    try:
        spec.loader.exec_module(module)
    except Exception as err:
        raise ValueError(f"{file.name} cannot be read: {told(err)}") from err
    found = getattr(module, "EXERCISES", None)
    if not isinstance(found, tuple) or not all(isinstance(e, Exercise) for e in found):
        raise ValueError(f"{file.name} must hold a tuple EXERCISES of exercises")
    for exercise in found:
        if not inspect.isfunction(exercise.judge):  # its source tells what a student may read
            raise ValueError(f"judge of {exercise.id} must be a function, got {exercise.judge!r}")
    return found
