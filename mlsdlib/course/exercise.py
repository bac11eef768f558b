"""Exercises as the reader meets them: `check`, `hint`, `solution`, `use`."""

from __future__ import annotations

import copy
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlsdlib.course.exercises import find_exercise
from mlsdlib.course.exercises.base import TODO, Case, Exercise, NotAttempted, Problem, Words
from mlsdlib.course.ids import check_id
from mlsdlib.course.progress import record
from mlsdlib.course.source import solution_source

__all__ = ["TODO", "Handle", "Outcome", "evaluate", "exercise"]

_hints_shown: dict[str, int] = {}


@dataclass(frozen=True)
class Outcome:
    """What a check found: one of the four outcomes, and the message for the learner.

    In a copy without answers there is a fifth, *ran*.
    """

    status: str
    message: str

    @property
    def correct(self) -> bool:
        """Whether every case passed."""
        return self.status == "correct"


def exercise(id: str) -> Handle:
    """Return the exercise with this id, for example ``exercise("3.2-e1")``.

    Raises
    ------
    KeyError, ValueError
        If there is no such exercise, or the id is malformed.
    """
    check_id("exercise", id)
    return Handle(find_exercise(id))


class Handle:
    """One exercise in a notebook."""

    def __init__(self, definition: Exercise) -> None:
        self._exercise = definition

    def __repr__(self) -> str:
        name = self._exercise.name
        return f"Exercise {self._exercise.id}: check({name}), hint(), solution(), use({name})"

    def check(self, fn: Callable[..., object]) -> None:
        """Try the learner's function on every case and print what was found."""
        outcome = evaluate(self._exercise, fn)
        if outcome.correct:
            record("exercise", self._exercise.id, passed=True)
        print(_wrapped(f"Exercise {self._exercise.id}: {outcome.message}"))

    def hint(self, number: int | None = None) -> None:
        """Print the next hint, or hint 1 (concept), 2 (pointer) or 3 (nearly the code)."""
        hints = self._exercise.hints
        if number is None:
            number = min(_hints_shown.get(self._exercise.id, 0) + 1, len(hints))
        if isinstance(number, bool) or number not in range(1, len(hints) + 1):
            raise ValueError(f"number must be 1, 2 or {len(hints)}, got {number!r}")
        _hints_shown[self._exercise.id] = max(number, _hints_shown.get(self._exercise.id, 0))
        print(f"Hint {number} of {len(hints)}: {hints[number - 1]}")

    def solution(self) -> None:
        """Print the reference solution and what it trades away."""
        if self._exercise.released:
            print("This copy of the course holds no solutions.")
            return
        print(solution_source(self._exercise.reference, self._exercise.name))
        print(f"# {self._exercise.note}")

    def use(self, fn: Callable[..., object]) -> Callable[..., object]:
        """Return the learner's function if it is correct, else the reference, and say which.

        An exercise that is not solved never blocks the rest of the notebook.
        """
        outcome = evaluate(self._exercise, fn)
        if outcome.correct or outcome.status == "ran":
            print(f"Using your {self._exercise.name}.")
            return fn
        if self._exercise.released:
            print(
                f"Using one fixed result in place of {self._exercise.name} (yours: "
                f"{outcome.status}). This copy of the course holds no solutions."
            )
            return self._exercise.reference
        print(f"Using the reference {self._exercise.name} (yours: {outcome.status}).")
        return self._exercise.reference


def evaluate(
    definition: Exercise, fn: Callable[..., object], *, rng: np.random.Generator | int | None = None
) -> Outcome:
    """Return the outcome of `fn` on fresh cases of an exercise; the first failing case ends it.

    Parameters
    ----------
    definition : Exercise
        The exercise.
    fn : callable
        The learner's function.
    rng : numpy Generator, int or None
        Source of the random cases.
    """
    name = definition.name
    if fn is TODO:
        return _not_attempted(definition)
    if not callable(fn):
        return Outcome("not yet", f"not yet. {name} must be a function, got {type(fn).__name__}.")
    count = 0
    for case in definition.cases(np.random.default_rng(rng)):
        count += 1
        try:
            result = definition.call(fn, copy.deepcopy(case))
        except NotAttempted:
            return _not_attempted(definition)
        except Exception as err:
            return _raised(definition, fn, case, err)
        problem = definition.judge(case, result)
        if problem is not None:
            return _not_yet(definition, case, result, problem)
    if definition.released:
        return Outcome(
            "ran",
            f"it ran on {count} examples. This copy of the course cannot tell whether the results "
            "are right: the grader does.",
        )
    return Outcome("correct", f"correct, on all {count} cases.\n{definition.note}")


def _not_attempted(definition: Exercise) -> Outcome:
    return Outcome(
        "not attempted",
        f"not attempted.\nReplace TODO in {definition.name}, run its cell, then this one. "
        f'For a hint: exercise("{definition.id}").hint()',
    )


def _not_yet(definition: Exercise, case: Case, result: object, problem: Problem) -> Outcome:
    why = problem.why
    if result is None:
        why += " It returned None: was a return forgotten?"
    return Outcome(
        "not yet",
        "not yet.\n"
        + _table(
            input=definition.show(definition.name, case),
            expected=_short(problem.expected),
            got=_short(result),
            why=why,
        ),
    )


def _raised(definition: Exercise, fn: Callable[..., object], case: Case, err: Exception) -> Outcome:
    facts = {
        "input": definition.show(definition.name, case),
        "error": f"{type(err).__name__}: {err}",
    }
    file = _file_of(fn)
    theirs = [f for f in traceback.extract_tb(err.__traceback__) if f.filename == file]
    if theirs:
        facts["where"] = f"line {theirs[-1].lineno} of your cell: {theirs[-1].line}"
    else:
        facts["where"] = f"in the call of {definition.name}: does it take these arguments?"
    return Outcome("raised an error", "your function raised an error.\n" + _table(**facts))


def _file_of(fn: Callable[..., object]) -> str | None:
    """Return the file, or the cell, that a function or the methods of a class stand in."""
    parts = vars(fn).values() if isinstance(fn, type) else [fn]
    codes = (getattr(part, "__code__", None) for part in parts)
    return next((code.co_filename for code in codes if code is not None), None)


def _table(**facts: str) -> str:
    return "\n".join(f"  {name:<9} {_clip(text)}" for name, text in facts.items())


def _wrapped(text: str, width: int = 88) -> str:
    """Return the text with its long lines broken, those of a table under their second column."""
    lines = []
    for line in text.splitlines():
        indent = " " * 12 if line.startswith("  ") else ""
        lines.append(textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False))
    return "\n".join(lines)


def _short(value: object) -> str:
    return str(value) if isinstance(value, Words) else repr(value)


def _clip(text: str, width: int = 400) -> str:
    return text if len(text) <= width else text[: width - 4] + " ..."
