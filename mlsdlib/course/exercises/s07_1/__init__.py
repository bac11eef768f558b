"""Section 7.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s07_1 import batches, caches, costs, freshness
from mlsdlib.course.exercises.s07_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (batches.EXERCISE, costs.EXERCISE, caches.EXERCISE, freshness.EXERCISE)
