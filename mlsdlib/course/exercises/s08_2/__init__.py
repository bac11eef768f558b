"""Section 8.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s08_2 import (
    first_alarms,
    indices,
    kinds,
    limits,
    ratios,
    shares,
    windows,
)
from mlsdlib.course.exercises.s08_2.questions_detecting import QUESTIONS_DETECTING
from mlsdlib.course.exercises.s08_2.questions_kinds import QUESTIONS_KINDS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    kinds.EXERCISE,
    ratios.EXERCISE,
    shares.EXERCISE,
    first_alarms.EXERCISE,
    limits.EXERCISE,
    windows.EXERCISE,
    indices.EXERCISE,
)
QUESTIONS = (*QUESTIONS_KINDS, *QUESTIONS_DETECTING)
