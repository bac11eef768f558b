"""Section 4.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s04_2 import gains, queries, rules, teachers
from mlsdlib.course.exercises.s04_2.questions_few import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (rules.EXERCISE, teachers.EXERCISE, gains.EXERCISE, queries.EXERCISE)
