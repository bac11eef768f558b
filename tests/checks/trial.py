"""Trying functions on an exercise: those that are right, and mutants of the reference."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlsdlib.course import exercises
from mlsdlib.course.exercise import evaluate
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.source import solution_source
from tests.checks.mutants import mutants


def all_exercises() -> list[Exercise]:
    """Return every exercise of the course."""
    names = [module.name for module in pkgutil.iter_modules(exercises.__path__)]
    modules = [importlib.import_module(f"{exercises.__name__}.{name}") for name in names]
    return [entry for module in modules for entry in getattr(module, "EXERCISES", ())]


def define(source: str, name: str) -> Callable[..., object]:
    """Return what a cell with this source defines under a name."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, f"<cell of {name}>", "exec"), namespace)
    return namespace[name]


@dataclass(frozen=True)
class Assessment:
    """How well an exercise's check catches mutants of its reference.

    `survivors` were not caught and are not listed as equivalent; `stale` are listed as equivalent
    and are not survivors.
    """

    caught: int
    survivors: list[str]
    equivalent: list[str]
    stale: list[str]

    @property
    def share(self) -> float:
        """Share of the mutants that are caught, of those that are not equivalent."""
        return self.caught / max(1, self.caught + len(self.survivors))


def assess(exercise: Exercise) -> Assessment:
    """Try every mutant of the reference on one fixed set of cases."""
    source = solution_source(exercise.reference, exercise.name)
    start = time.process_time()
    if passes(exercise, source, seconds=60):
        raise_limit = 0.3 + 10 * (time.process_time() - start)
    else:
        raise AssertionError(f"the reference of {exercise.id} does not pass as a cell of its own")
    made = mutants(source)
    passed = [m.description for m in made if passes(exercise, m.source, seconds=raise_limit)]
    return Assessment(
        caught=len(made) - len(passed),
        survivors=[words for words in passed if words not in exercise.equivalent],
        equivalent=[words for words in passed if words in exercise.equivalent],
        stale=[words for words in exercise.equivalent if words not in passed],
    )


def passes(exercise: Exercise, source: str, *, seconds: float) -> bool:
    """Return whether a function, given as a cell, is called correct within some CPU seconds.

    A cell that cannot be run is not; an exception in the exercise's own `judge` is not caught.
    """
    try:
        # In a notebook a warning stops nothing; here it would be an error, and look like a catch.
        with warnings.catch_warnings(action="ignore"), time_limit(seconds):
            try:
                function = define(source, exercise.name)
            except Exception:
                return False
            return evaluate(exercise, function, rng=0).correct
    except TimeUp:
        return False


class TimeUp(BaseException):
    """The time is up; no `except Exception` of a function on trial may catch this."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in this thread, the main one, when it has used this much CPU time.

    CPU time, since a loaded machine must not decide; and a timer that pytest-timeout does not use.
    """

    def stop(*_: object) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)  # again, if a bare `except` swallows it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
