"""Section 9.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s09_1 import buffers, crossings, gates, periods, rollbacks, starts
from mlsdlib.course.exercises.s09_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    crossings.EXERCISE,
    starts.EXERCISE,
    buffers.EXERCISE,
    periods.EXERCISE,
    gates.EXERCISE,
    rollbacks.EXERCISE,
)
