"""Section 3.5: its exercises and its quiz."""

from mlsdlib.course.exercises.s03_5 import ages, sums, tables, windows
from mlsdlib.course.exercises.s03_5.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (ages.EXERCISE, sums.EXERCISE, windows.EXERCISE, tables.EXERCISE)
