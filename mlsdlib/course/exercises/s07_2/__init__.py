"""Section 7.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s07_2 import drops, halves, losses, masks, ranks, scales
from mlsdlib.course.exercises.s07_2.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    scales.EXERCISE,
    halves.EXERCISE,
    losses.EXERCISE,
    masks.EXERCISE,
    ranks.EXERCISE,
    drops.EXERCISE,
)
