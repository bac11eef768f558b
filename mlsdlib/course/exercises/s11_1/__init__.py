"""Section 11.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s11_1 import (
    cards,
    deadlines,
    flips,
    refreshing,
    several,
    utilities,
)
from mlsdlib.course.exercises.s11_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    flips.EXERCISE,
    refreshing.EXERCISE,
    several.EXERCISE,
    utilities.EXERCISE,
    deadlines.EXERCISE,
    cards.EXERCISE,
)
