"""Section 6.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s06_1 import (
    forecasts,
    gradients,
    nested,
    questions_selection,
    questions_training,
    rates,
    runs,
    splits,
    votes,
)

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    forecasts.EXERCISE,
    splits.EXERCISE,
    votes.EXERCISE,
    nested.EXERCISE,
    gradients.EXERCISE,
    runs.EXERCISE,
    rates.EXERCISE,
)
QUESTIONS = (*questions_selection.QUESTIONS, *questions_training.QUESTIONS)
