"""Section 8.3: its exercises and its quiz."""

from mlsdlib.course.exercises.s08_3 import (
    alerts,
    corrections,
    feedback,
    indices,
    leads,
    paths,
    questions_monitoring,
    questions_observability,
)

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    corrections.EXERCISE,
    indices.EXERCISE,
    alerts.EXERCISE,
    leads.EXERCISE,
    feedback.EXERCISE,
    paths.EXERCISE,
)
QUESTIONS = (*questions_monitoring.QUESTIONS, *questions_observability.QUESTIONS)
