"""Section 5.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s05_1 import counts, grams, numbers, vectors
from mlsdlib.course.exercises.s05_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (numbers.EXERCISE, grams.EXERCISE, vectors.EXERCISE, counts.EXERCISE)
