"""Section 10.1: its exercises and its quiz."""

from mlsdlib.course.exercises.s10_1 import dockerfiles, mutation, questions, replicas, state

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (dockerfiles.EXERCISE, replicas.EXERCISE, state.EXERCISE, mutation.EXERCISE)
QUESTIONS = questions.QUESTIONS
