"""What a student may read of a failing case: its kind, and why, without a value of the input."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

import numpy as np

from mlsdlib.course.classroom import sandbox
from mlsdlib.course.exercises.base import Case, Exercise
from mlsdlib.course.inputs import imported_files

MASK = "…"
MOST_WORDS = 2_000
STOPS = frozenset({sandbox.MEMORY, sandbox.TIME, sandbox.CPU, sandbox.KILLED, sandbox.NO_ANSWER})
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


def public(exercise: Exercise, cases: Sequence[Case]) -> int:
    """Return how many of the cases, the first ones, anybody can look up in the open package."""
    module = exercise.judge.__module__
    return chosen(exercise, cases) if module.startswith("mlsdlib.course.exercises.") else 0


def told(outcome: str, why: str) -> str:
    """Return what may be said of how a hidden input went, in words that are none of the student's.

    A submission has seen the input by then, and would put it into the words of an error, or into
    the length of an answer.

    Examples
    --------
    >>> told("raised an error", "ValueError: [3, 1] (line 2 of cell 4)")
    'ValueError'
    >>> told("raised an error", "Input_3_1: (line 2 of cell 4)")
    'an error'
    >>> told("stopped", "a message has 31 bytes")
    'its process ended without an answer'
    """
    if outcome == "stopped":
        return why if why in STOPS else "its process ended without an answer"
    if outcome == "raised an error":
        name = re.match(r"\w*", why).group()
        kind = getattr(builtins, name, None)
        return name if isinstance(kind, type) and issubclass(kind, Exception) else "an error"
    return why


def masked(why: str, exercise: Exercise, values: object = None) -> str:
    """Return a reason with all that was computed for one case masked.

    What stands in the source of the check, literally, may be read, if it is not what was drawn;
    what is left between such pieces has come from the case or from the result.

    Parameters
    ----------
    why : str
        The reason that the check gave.
    exercise : Exercise
        Whose check.
    values : plain data
        The case and what was expected.
    """
    why = why[:MOST_WORDS]
    drawn = set(_texts(values))
    texts = [
        text for text in _literals(inspect.getsourcefile(exercise.judge))
        if not any(_is_part(text.strip(), one) for one in drawn)
    ]  # fmt: skip
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


def _is_part(text: str, whole: str) -> bool:
    """Return whether a piece of some words would tell of a text that was drawn."""
    return text == whole.strip() or (" " in text and text in whole)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*_texts(key), *_texts(item))
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _texts(item)


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
