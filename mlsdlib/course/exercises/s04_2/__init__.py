"""Section 4.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s04_2 import flips, joins, kappas, sources
from mlsdlib.course.exercises.s04_2.questions_quality import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (flips.EXERCISE, kappas.EXERCISE, sources.EXERCISE, joins.EXERCISE)
