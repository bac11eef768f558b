"""Section 4.3: its exercises and its quiz."""

from mlsdlib.course.exercises.s04_3 import counts, folds, losses, precisions, priors, thresholds
from mlsdlib.course.exercises.s04_3.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    counts.EXERCISE,
    thresholds.EXERCISE,
    precisions.EXERCISE,
    priors.EXERCISE,
    folds.EXERCISE,
    losses.EXERCISE,
)
