"""Section 11.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s11_2 import incident, memo, penalty, registry, tools
from mlsdlib.course.exercises.s11_2.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    penalty.EXERCISE,
    tools.EXERCISE,
    registry.EXERCISE,
    memo.EXERCISE,
    incident.EXERCISE,
)
