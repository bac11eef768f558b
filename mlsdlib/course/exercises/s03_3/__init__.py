"""Section 3.3: its exercises and its quiz."""

from mlsdlib.course.exercises.s03_3 import engines, loading, locks, money
from mlsdlib.course.exercises.s03_3.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (engines.EXERCISE, locks.EXERCISE, money.EXERCISE, *loading.EXERCISES)
