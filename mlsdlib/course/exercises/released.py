"""Exercises as they are handed out: prompts, hints and examples, and no answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

from mlsdlib.course.exercises.base import Case, Exercise, Question


def load(file: Path) -> tuple[tuple[Exercise, ...], tuple[Question, ...]]:
    """Return the exercises and the questions of a section from the file that a release holds."""
    made = json.loads(file.read_text(encoding="utf-8"))
    exercises = tuple(_exercise(**facts) for facts in made["exercises"])
    return exercises, tuple(Question(**facts) for facts in made["questions"])


def _exercise(
    *, id: str, name: str, call: str, hints: list[str], examples: list[list], neutral: object
) -> Exercise:
    space: dict[str, object] = {"__name__": f"call_{name}"}
    exec(compile(call, f"<call of {id}>", "exec"), space)
    shown = {json.dumps(case): words for words, case in examples}
    return Exercise(
        id=id,
        name=name,
        reference=_neutral(neutral),
        cases=lambda rng: iter([copy.deepcopy(case) for _, case in examples]),
        judge=lambda case, result: None,
        call=space["call"],
        show=lambda name, case: shown[json.dumps(case)],
        hints=tuple(hints),
        wrong=(),
        note="",
        released=True,
    )


def _neutral(value: object) -> Callable[..., object]:
    def neutral(*args: object, **kwargs: object) -> object:
        """Return one result of the right form, whatever the arguments."""
        return copy.deepcopy(value)

    return neutral


def facts_of(exercise: Exercise, cases: list[Case], call: str) -> dict[str, object]:
    """Return what `load` makes an exercise of: nothing in it tells the answer to another input.

    Parameters
    ----------
    exercise : Exercise
        The exercise, whole.
    cases : list of Case
        Its examples.
    call : str
        The source of its `call`.
    """
    result = exercise.call(exercise.reference, copy.deepcopy(cases[0]))
    return {
        "id": exercise.id,
        "name": exercise.name,
        "call": call,
        "hints": list(exercise.hints),
        "examples": [[exercise.show(exercise.name, case), case] for case in cases],
        "neutral": json.loads(json.dumps(result)),
    }
