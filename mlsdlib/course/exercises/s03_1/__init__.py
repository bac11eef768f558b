"""Section 3.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s03_1 import logs, people, records
from mlsdlib.course.exercises.s03_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (records.EXERCISE, logs.EXERCISE, people.EXERCISE)
