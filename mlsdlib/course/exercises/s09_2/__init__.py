"""Section 9.2: its exercises and its quiz."""

from mlsdlib.course.exercises.s09_2 import coins, drafts, gates, ratios, sizes
from mlsdlib.course.exercises.s09_2.questions_tests import QUESTIONS as _TESTS

__all__ = ["EXERCISES", "QUESTIONS"]

EXERCISES = (
    gates.EXERCISE,
    sizes.EXERCISE,
    ratios.EXERCISE,
    drafts.EXERCISE,
    coins.EXERCISE,
)
QUESTIONS = (*_TESTS,)
