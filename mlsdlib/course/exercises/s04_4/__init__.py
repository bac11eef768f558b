"""Section 4.4: its exercises and its quiz."""

from mlsdlib.course.exercises.s04_4 import attack, masks, mixtures, size, words
from mlsdlib.course.exercises.s04_4.questions import QUESTIONS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (size.EXERCISE, words.EXERCISE, attack.EXERCISE, masks.EXERCISE, mixtures.EXERCISE)
