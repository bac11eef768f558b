"""Section 9.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s09_2 import (
    coins,
    drafts,
    draws,
    gates,
    questions_rollouts,
    questions_tests,
    ratios,
    sequences,
    sizes,
    weights,
)

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    gates.EXERCISE,
    sizes.EXERCISE,
    ratios.EXERCISE,
    drafts.EXERCISE,
    coins.EXERCISE,
    weights.EXERCISE,
    sequences.EXERCISE,
    draws.EXERCISE,
)
QUESTIONS = (*questions_tests.QUESTIONS, *questions_rollouts.QUESTIONS)
