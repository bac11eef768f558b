"""No exercise of the course takes an answer that is no number, or is everything at once."""

import copy
import math

import numpy as np
import pytest

from mlsdlib.course.classroom.inside.plain import Opaque
from tests.checks.trial import all_exercises


def changed(value, put):
    """The value with every number in it replaced."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float, np.number)):
        return put
    if isinstance(value, (list, tuple)):
        return type(value)(changed(item, put) for item in value)
    if isinstance(value, dict):
        return {key: changed(item, put) for key, item in value.items()}
    return value


def passes(exercise, answers):
    """Whether the check takes all these answers; one that it cannot read is not taken."""
    for case, answer in answers:
        try:
            if exercise.judge(copy.deepcopy(case), answer) is not None:
                return False
        except Exception:
            return False
    return True


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)
def test_tricks(exercise):
    cases = list(exercise.cases(np.random.default_rng(5)))
    right = [(c, exercise.call(exercise.reference, copy.deepcopy(c))) for c in cases]
    tricks = {
        "NaN": [(case, changed(answer, math.nan)) for case, answer in right],
        "infinity": [(case, changed(answer, math.inf)) for case, answer in right],
        "true": [(case, changed(answer, True)) for case, answer in right],
        "text": [(case, changed(answer, "0.5")) for case, answer in right],
        "object": [(case, Opaque("Yes")) for case, _ in right],
        "nothing": [(case, None) for case, _ in right],
        "empty list": [(case, []) for case, _ in right],
        "empty dict": [(case, {}) for case, _ in right],
        "first answer": [(case, right[0][1]) for case, _ in right],
        "NaN alone": [(case, math.nan) for case, _ in right],
    }
    # A trick that changes nothing, where there are no numbers, is the right answer.
    taken = [
        name
        for name, answers in tricks.items()
        if repr(answers) != repr(right) and passes(exercise, answers)
    ]
    assert taken == []
