"""A hidden input does not get out through what a student reads of it."""

import numpy as np
import pytest

from mlsdlib.course.classroom import feedback, gradebook
from mlsdlib.course.classroom.marking import Assignment
from mlsdlib.course.classroom.policy import Policy
from mlsdlib.course.classroom.teaching import masked, public
from mlsdlib.course.exercises import find_exercise
from tests.course.classroom.attacks import RIGHT
from tests.course.classroom.submissions import notebook

ID = "4.1-e1"
WAYS = {
    "the words of an error": "raise ValueError(words)",
    "the name of an error": "raise type('E' + words, (Exception,), {})",
    "the name of one of Python's": "raise type('KeyError', (Exception,), {})(words)",
    "the line of an error": "exec(compile('\\n' * int(words[:4]) + 'x[', 'cell 3', 'exec'))",
    "the length of an answer": "os.write(3, b'x' * int(words[:4])); os._exit(0)",
    "the code of an exit": "os._exit(int(words[:2]))",
    "a result": "return words",
    "the size of a set": "return set(range(5001 + int(words)))",
    "the type of a result": "return type('R' + words, (), {})()",
}
LEAK = """
seen = []
def rds_weights(degrees):
    import os
    seen.append(degrees)
    if len(seen) < {first}:
        return right(degrees)
    words = "7919"
    {way}
"""


@pytest.fixture(scope="module")
def looked_up():
    """How many of the cases anybody can look up."""
    exercise = find_exercise(ID)
    cases = Assignment((exercise,), "a secret").cases(exercise)
    first = public(exercise, cases)
    assert 0 < first < len(cases)
    return first


def page(mark):
    rows = gradebook.rows([gradebook.Graded("anna", (mark,))], Policy())
    return feedback.as_markdown("anna", rows, {ID: find_exercise(ID)})


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_a_hidden_input_is_on_the_page(grader, looked_up, way):
    right = RIGHT.replace("rds_weights", "right").replace("# exercise 4.1-e1\n", "")
    leak = LEAK.format(way=WAYS[way], first=looked_up + 1)
    mark, _ = grader.grade_one([notebook(right + leak)])
    assert mark.outcome != "correct"
    assert mark.kind == "random case"
    assert "79" not in page(mark)
    assert "12920" not in page(mark).replace(",", "")  # 5001 and 7919
    assert mark.why


def test_an_error_on_an_input_that_anybody_can_look_up_is_told_whole(grader):
    source = "def rds_weights(degrees):\n    raise ValueError(f'what is {degrees}?')"
    mark, _ = grader.grade_one([notebook(source)])
    assert mark.kind == "chosen case 1"
    assert mark.why.startswith("ValueError: what is [")
    assert "line 2 of cell 1" in mark.why


def test_a_text_that_was_drawn_is_masked_though_the_check_holds_it():
    exercise = find_exercise("11.2-e5")
    case = list(exercise.cases(np.random.default_rng(77)))[-1]
    why = "The action “remove the condition: the release had no canary” lacks owner."
    drawn = {**case, "more": ["remove the condition: the release had no canary"]}
    assert "canary" in masked(why, exercise)
    assert "canary" not in masked(why, exercise, drawn)
