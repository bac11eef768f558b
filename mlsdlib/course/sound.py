"""Whether an exercise is sound: its check passes what is right, and catches what is wrong."""

from __future__ import annotations

import json
import math
import traceback
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from mlsdlib.course.exercise import evaluate
from mlsdlib.course.exercises.base import Case, Exercise, Wrong


def problems(exercise: Exercise) -> list[str]:
    """Return all that is wrong with an exercise, each in words; nothing where it is sound.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from mlsdlib.course.exercises import find_exercise
    >>> problems(replace(find_exercise("4.1-e1"), hints=("One.",)))
    ['must have three hints, has 1']
    """
    found = [*lacking(exercise)]
    try:
        found += [*_inputs(exercise), *refused(exercise)]
        for wrong in exercise.wrong:
            found += uncaught(exercise, wrong, seeds=range(5))
    except Exception as err:
        found.append(f"has a check that raises {told(err)}")
    return found


def lacking(exercise: Exercise) -> Iterator[str]:
    """Yield which of its parts an exercise lacks."""
    if len(exercise.hints) != 3 or not all(exercise.hints):
        yield f"must have three hints, has {len(exercise.hints)}"
    if len(exercise.wrong) < 3:
        yield f"must plant three wrong answers, has {len(exercise.wrong)}"
    if not exercise.note:
        yield "must say what its solution trades away"


def refused(exercise: Exercise, *, seeds: Iterable[int] = range(20)) -> Iterator[str]:
    """Yield with which seed the check refuses the reference, the first one."""
    for seed in seeds:
        outcome = evaluate(exercise, exercise.reference, rng=seed)
        if not outcome.correct:
            yield f"refuses its reference, with seed {seed}: {outcome.message}"
            return


def uncaught(exercise: Exercise, wrong: Wrong, *, seeds: Iterable[int] = (0,)) -> Iterator[str]:
    """Yield how a planted wrong answer gets through, or that it meets another message."""
    for seed in seeds:
        with warnings.catch_warnings(action="ignore"):  # as in a notebook, a warning stops nothing
            outcome = evaluate(exercise, wrong.function, rng=seed)
        if outcome.status not in ("not yet", "raised an error"):
            yield f"lets a wrong answer through, {wrong.name!r}, with seed {seed}: add a case"
            return
        if wrong.says not in outcome.message:
            words = f"must answer {wrong.name!r} with the words {wrong.says!r}"
            yield f"{words}; with seed {seed} it says: {outcome.message}"
            return


def is_plain(case: Case) -> bool:
    """Return whether a case is what JSON can hold: it crosses to another process unchanged.

    Examples
    --------
    >>> is_plain({"args": [[1, 2.5], "a"]}), is_plain({"args": [(1, 2)]})
    (True, False)
    """
    try:
        return _same(json.loads(json.dumps(case)), case)
    except (TypeError, ValueError):
        return False


def told(err: Exception) -> str:
    """Return an error in one line, with the place that raised it."""
    place = traceback.extract_tb(err.__traceback__)[-1]
    words = f"{type(err).__name__}: {err}"
    if isinstance(err, SyntaxError):  # it names its own place
        return words
    return f"{words} (line {place.lineno} of {Path(place.filename).name})"


def _inputs(exercise: Exercise) -> Iterator[str]:
    drawn, again, others = (list(exercise.cases(np.random.default_rng(seed))) for seed in (0, 0, 1))
    if not drawn:
        yield "must have cases, has none"
    elif repr(drawn) != repr(again):
        yield "must draw its cases from rng alone: one seed has given two different lists"
    elif repr(drawn) == repr(others):
        yield "must draw some of its cases from rng: two seeds have given the same ones"
    for case in drawn:
        if not is_plain(case):
            yield f"must have cases of plain data, as JSON can hold them, got {case!r}"
            return


def _same(a: object, b: object) -> bool:
    """Whether two values are equal, of the same types, and NaN is NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))
