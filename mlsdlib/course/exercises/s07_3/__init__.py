"""Section 7.3: its exercises and its quiz."""

from mlsdlib.course.exercises.s07_3 import gradients, loading, places, tiles
from mlsdlib.course.exercises.s07_3.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (places.EXERCISE, gradients.EXERCISE, tiles.EXERCISE, loading.EXERCISE)
