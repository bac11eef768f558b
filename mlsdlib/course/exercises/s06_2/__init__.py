"""Section 6.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s06_2 import calibration, directions, flips, margins, slices
from mlsdlib.course.exercises.s06_2.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    flips.EXERCISE,
    directions.EXERCISE,
    calibration.EXERCISE,
    margins.EXERCISE,
    slices.EXERCISE,
)
