"""Section 4.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s04_2 import (
    flips,
    gains,
    joins,
    kappas,
    queries,
    rules,
    sources,
    teachers,
)
from mlsdlib.course.exercises.s04_2.questions_few import QUESTIONS as _FEW
from mlsdlib.course.exercises.s04_2.questions_quality import QUESTIONS as _QUALITY

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    flips.EXERCISE,
    kappas.EXERCISE,
    sources.EXERCISE,
    joins.EXERCISE,
    rules.EXERCISE,
    teachers.EXERCISE,
    gains.EXERCISE,
    queries.EXERCISE,
)
QUESTIONS = (*_QUALITY, *_FEW)
