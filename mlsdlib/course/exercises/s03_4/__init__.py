"""Section 3.4: its exercises and its quiz."""

from mlsdlib.course.exercises.s03_4 import chains, once, order, routes
from mlsdlib.course.exercises.s03_4.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (chains.EXERCISE, routes.EXERCISE, once.EXERCISE, order.EXERCISE)
