"""Section 9.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s09_2 import (
    draws,
    questions_rollouts,
    sequences,
    weights,
)

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    weights.EXERCISE,
    sequences.EXERCISE,
    draws.EXERCISE,
)
QUESTIONS = questions_rollouts.QUESTIONS
