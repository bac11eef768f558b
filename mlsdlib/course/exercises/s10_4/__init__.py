"""Section 10.4: its exercises and its quiz."""

from mlsdlib.course.exercises.s10_4 import crossing, information, memo, ranks
from mlsdlib.course.exercises.s10_4.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (crossing.EXERCISE, information.EXERCISE, ranks.EXERCISE, memo.EXERCISE)
