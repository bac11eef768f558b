"""Section 4.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s04_1 import allocation, comb, degrees, densities, streams
from mlsdlib.course.exercises.s04_1.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    degrees.EXERCISE,
    allocation.EXERCISE,
    comb.EXERCISE,
    streams.EXERCISE,
    densities.EXERCISE,
)
