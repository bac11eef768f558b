"""Section 5.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s05_2 import (
    audits,
    collisions,
    crosses,
    encodings,
    gaps,
    importances,
    purges,
    scales,
)
from mlsdlib.course.exercises.s05_2.questions_leakage import QUESTIONS as _LEAKAGE
from mlsdlib.course.exercises.s05_2.questions_operations import QUESTIONS as _OPERATIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    gaps.EXERCISE,
    scales.EXERCISE,
    crosses.EXERCISE,
    collisions.EXERCISE,
    audits.EXERCISE,
    purges.EXERCISE,
    encodings.EXERCISE,
    importances.EXERCISE,
)
QUESTIONS = (*_OPERATIONS, *_LEAKAGE)
