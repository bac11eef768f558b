"""Section 3.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s03_2 import formats, models
from mlsdlib.course.exercises.s03_2.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (*formats.EXERCISES, *models.EXERCISES)
