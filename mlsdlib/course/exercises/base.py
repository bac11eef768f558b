"""What an exercise and a quiz question are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Case = dict[str, Any]
"""The input of one call as plain data (what JSON can hold), so that a grader can send it to
another process."""


class Todo:
    """The value of an exercise that nobody has started; a stub returns it."""

    def __repr__(self) -> str:
        return "TODO"


TODO = Todo()


class NotAttempted(Exception):
    """The learner's function returned `TODO`."""


class Words(str):
    """What was expected, said in words: shown as it is, not as a Python value."""

    __slots__ = ()


@dataclass(frozen=True)
class Problem:
    """Why a result is not right: what was expected (a value, or `Words`), and the reason."""

    expected: object
    why: str


@dataclass(frozen=True)
class Wrong:
    """A planted wrong answer: a plausible mistake, and a part of the message it must meet."""

    name: str
    function: Callable[..., object]
    says: str


def call_with_args(fn: Callable[..., object], case: Case) -> object:
    """Call ``fn(*case["args"], **case.get("kwargs", {}))``: what most exercises need."""
    return attempted(fn(*case["args"], **case.get("kwargs", {})))


def attempted(result: object) -> object:
    """Return `result`, or raise `NotAttempted` if it is `TODO`."""
    if isinstance(result, Todo):
        raise NotAttempted
    return result


def show_args(name: str, case: Case) -> str:
    """Return the call of a case as a learner would type it, shortened to fit a screen."""
    words = [repr(value) for value in case["args"]]
    words += [f"{key}={value!r}" for key, value in case.get("kwargs", {}).items()]
    return f"{name}({', '.join(words)})"


def call_with_tuples(fn: Callable[..., object], case: Case) -> object:
    """Call a function whose arguments are lists or dictionaries of tuples; a case holds lists."""
    return call_with_args(fn, _tupled(case))


def show_tuples(name: str, case: Case) -> str:
    """Return the call as `call_with_tuples` makes it."""
    return show_args(name, _tupled(case))


def _tupled(case: Case) -> Case:
    def inside(value: object) -> object:
        if isinstance(value, list):
            return [tuple(v) if isinstance(v, list) else v for v in value]
        if isinstance(value, dict):
            return {key: tuple(v) if isinstance(v, list) else v for key, v in value.items()}
        return value

    return {**case, "args": [inside(value) for value in case["args"]]}


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise, whole.

    Parameters
    ----------
    id, name : str
        The exercise's id and the name of the function the learner writes.
    reference : callable
        The solution. It may be the library's own function.
    cases : callable
        ``cases(rng)`` yields the inputs: first the ones chosen by hand, which teach most, then
        fresh random ones.
    judge : callable
        ``judge(case, result)`` returns None if the result is right, else a `Problem`.
    call : callable
        ``call(fn, case)`` builds what the function needs from the plain case, calls it, and
        returns plain data.
    show : callable
        ``show(name, case)`` returns the call in words.
    hints : three strings
        The concept, a pointer, nearly the code.
    wrong : at least three `Wrong`
        Planted wrong answers, each with the message it must meet.
    note : str
        What the solution trades away, shown with it.
    equivalent : dict
        Mutants of the reference that no test can tell from it: description to reason.
    released : bool
        Whether this is what students get, which cannot tell right from wrong.
    """

    id: str
    name: str
    reference: Callable[..., object]
    cases: Callable[[np.random.Generator], Iterator[Case]]
    judge: Callable[[Case, object], Problem | None]
    hints: tuple[str, str, str]
    wrong: tuple[Wrong, ...]
    note: str
    call: Callable[[Callable[..., object], Case], object] = call_with_args
    show: Callable[[str, Case], str] = show_args
    equivalent: dict[str, str] = field(default_factory=dict)
    released: bool = False


@dataclass(frozen=True, kw_only=True)
class Question:
    """One quiz question: its options by letter, the right letter, and why for every letter."""

    id: str
    text: str
    options: dict[str, str]
    answer: str
    why: dict[str, str]

    def __post_init__(self) -> None:
        if self.answer not in self.options:
            raise ValueError(f"answer of {self.id} must be one of {', '.join(self.options)}")
        if set(self.why) != set(self.options):
            raise ValueError(f"why of {self.id} must explain every option")


def altered(
    reference: Callable[..., dict], **changes: Callable[..., object]
) -> Callable[..., dict]:
    """Return a wrong answer: what the reference gives, with some parts made otherwise.

    Parameters
    ----------
    reference : function
        Returns a dictionary.
    **changes : functions
        For each part, from the right answer and the arguments to what stands there instead.
    """

    def wrong(*args: object) -> dict:
        right = reference(*args)
        return right | {part: change(right, *args) for part, change in changes.items()}

    return wrong


def same_number(got: object, expected: float, *, tolerance: float = 1e-9) -> bool:
    """Return whether `got` is a number equal to `expected`, up to a relative tolerance."""
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, (int, float, np.number)):
        return False
    return math.isclose(float(got), expected, rel_tol=tolerance, abs_tol=tolerance)
