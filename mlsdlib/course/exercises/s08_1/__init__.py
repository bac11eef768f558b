"""Section 8.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s08_1 import causes, clicks, contracts, exposures
from mlsdlib.course.exercises.s08_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (causes.EXERCISE, contracts.EXERCISE, exposures.EXERCISE, clicks.EXERCISE)
