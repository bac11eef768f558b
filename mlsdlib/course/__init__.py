"""What turns the library into a course: claims, predictions, exercises, quizzes, figures.

A notebook needs one import::

    from mlsdlib.course import begin, claim, exercise, predict, quiz, recap, show, subplots

The author's side (build, run, evidence, the `mlsd` command) lives in modules of its own and is
never loaded by a notebook.
"""

from __future__ import annotations

from mlsdlib.course.claim import Claim, claim, decide, finding
from mlsdlib.course.exercise import TODO, exercise
from mlsdlib.course.figure import PALETTE, show, subplots
from mlsdlib.course.predict import predict
from mlsdlib.course.quiz import quiz
from mlsdlib.course.recap import recap
from mlsdlib.course.session import begin

__all__ = [
    "PALETTE",
    "TODO",
    "Claim",
    "begin",
    "claim",
    "decide",
    "exercise",
    "finding",
    "predict",
    "quiz",
    "recap",
    "show",
    "subplots",
]
