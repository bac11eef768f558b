"""Section 10.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s10_2 import queues, scripts, steps
from mlsdlib.course.exercises.s10_2.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (steps.EXERCISE, queues.EXERCISE, scripts.EXERCISE)
