"""What turns the library into a course: claims, predictions, exercises, quizzes, figures.

A notebook needs one import::

    from mlsdlib.course import begin, claim, exercise, predict, quiz, recap, show, subplots

Who runs notebooks from Python needs one too::

    from mlsdlib.course import run

The author's side (build, run, evidence, the `mlsd` command) lives in modules of its own and is
never loaded by a notebook.
"""

from __future__ import annotations

import importlib

from mlsdlib.course.claim import Claim, claim, decide, finding
from mlsdlib.course.exercise import TODO, exercise
from mlsdlib.course.figure import PALETTE, animate, show, subplots
from mlsdlib.course.predict import predict
from mlsdlib.course.quiz import quiz
from mlsdlib.course.recap import recap
from mlsdlib.course.session import begin

__all__ = [
    "PALETTE",
    "TODO",
    "Claim",
    "animate",
    "begin",
    "claim",
    "decide",
    "exercise",
    "finding",
    "predict",
    "quiz",
    "recap",
    "run",
    "show",
    "subplots",
]


def __getattr__(name: str) -> object:
    """Load what runs notebooks only for those who ask for it: no notebook should depend on it."""
    if name != "run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.batch").run
