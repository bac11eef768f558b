"""Section 6.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s06_1 import forecasts, nested, rates, runs, splits, votes
from mlsdlib.course.exercises.s06_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    forecasts.EXERCISE,
    splits.EXERCISE,
    votes.EXERCISE,
    nested.EXERCISE,
    runs.EXERCISE,
    rates.EXERCISE,
)
