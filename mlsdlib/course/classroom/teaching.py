"""What a student may read of a failing case: its kind, and why, without a value of the input."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise
from mlsdlib.course.inputs import imported_files

MASK = "…"
MOST_WORDS = 2_000
_WORD = re.compile(r"[A-Za-z]{2,}")


def kinds(exercise: Exercise, cases: Sequence[Case]) -> list[str]:
    """Return the kind of each case: its own word for it, else whether somebody has chosen it.

    Examples
    --------
    >>> from mlsdlib.course.exercises import find_exercise
    >>> exercise = find_exercise("4.1-e1")
    >>> made = kinds(exercise, list(exercise.cases(np.random.default_rng(5))))
    >>> made[0], made[-1]
    ('chosen case 1', 'random case')
    """
    by_hand = chosen(exercise, cases)
    return [
        str(case["kind"])
        if "kind" in case
        else (f"chosen case {number}" if number <= by_hand else "random case")
        for number, case in enumerate(cases, 1)
    ]


def chosen(exercise: Exercise, cases: Sequence[Case]) -> int:
    """Return how many of the cases, the first ones, any seed gives: those chosen by hand.

    Examples
    --------
    >>> from mlsdlib.course.exercises import find_exercise
    >>> exercise = find_exercise("4.1-e1")
    >>> chosen(exercise, list(exercise.cases(np.random.default_rng(5))))
    8
    """
    others = exercise.cases(np.random.default_rng(987_654_321))
    pairs = zip(cases, others, strict=False)
    return sum(1 for _ in takewhile(lambda pair: repr(pair[0]) == repr(pair[1]), pairs))


def masked(why: str, exercise: Exercise) -> str:
    """Return a reason with all that was computed for one case masked.

    What stands in the source of the check, literally, may be read; what is left between such
    pieces has come from the case or from the result.

    Parameters
    ----------
    why : str
        The reason that the check gave.
    exercise : Exercise
        Whose check.
    """
    why = why[:MOST_WORDS]
    texts = _literals(inspect.getsourcefile(exercise.judge))
    open_ = [True] * len(why)
    for text in texts:
        start = why.find(text)
        while start >= 0:
            open_[start : start + len(text)] = [False] * len(text)
            start = why.find(text, start + len(text))
    said, shut = [], False
    for character, computed in zip(why, open_, strict=True):
        if not computed:
            said.append(character)
        elif character.isspace():
            said.append(character)
            continue
        elif not shut:
            said.append(MASK)
        shut = computed
    return re.sub(rf"{MASK}(?:[\s{MASK}]*{MASK})?", MASK, "".join(said))


@lru_cache(maxsize=256)
def _literals(file: str) -> tuple[str, ...]:
    """Return the pieces of text in a check's module and in what of ours it imports, long first."""
    code = Path(file).read_text(encoding="utf-8")
    files = {Path(file), *(f for f in imported_files(code) if "course" in f.parts)}
    found = set()
    for one in files:
        for node in ast.walk(ast.parse(one.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    # A short word may as well be a value: an item of a list, a name in a table.
    return tuple(sorted((t for t in found if _WORD.search(t) and " " in t), key=len, reverse=True))
