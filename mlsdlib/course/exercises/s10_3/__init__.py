"""Section 10.3: its exercises and its quiz."""

from mlsdlib.course.exercises.s10_3 import bundles, joins, plans
from mlsdlib.course.exercises.s10_3.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (bundles.EXERCISE, joins.EXERCISE, plans.EXERCISE)
