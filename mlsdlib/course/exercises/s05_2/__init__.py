"""Section 5.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s05_2 import collisions, crosses, gaps, scales
from mlsdlib.course.exercises.s05_2.questions_operations import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (gaps.EXERCISE, scales.EXERCISE, crosses.EXERCISE, collisions.EXERCISE)
