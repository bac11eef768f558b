"""The marker may be lost to what it reads, and to what it does not: only the first has a price."""

import base64
import json
import time

import psutil
import pytest

from mlsdlib.course.classroom.judging import KNOWN, Marker, MarkerError
from mlsdlib.course.classroom.marker import MOST_HASHED
from mlsdlib.course.classroom.sandbox import Answer
from mlsdlib.course.exercises import find_exercise
from tests.course.classroom.attacks import RIGHT
from tests.course.classroom.submissions import notebook

ID = "4.1-e1"
CASE = {"args": [[1, 1]]}


@pytest.fixture(scope="module")
def marker():
    with Marker(seconds=20) as made:
        yield made


@pytest.fixture
def kill(marker, monkeypatch):
    """Have the marker killed from outside as it is asked, a few times."""
    ask = marker._ask

    def kill(*doings):
        left = list(doings)

        def asked(request, *more, until):
            if left and doing(request) == left[0]:
                left.pop(0)
                psutil.Process(marker._process.pid).kill()
            return ask(request, *more, until=until)

        monkeypatch.setattr(marker, "_ask", asked)
        return left

    return kill


def doing(request):
    sound = request.get("notebooks") == [base64.b64encode(KNOWN).decode()]
    return "rehearse" if sound else request["do"]


def answer(value):
    return Answer("result", raw=json.dumps({"status": "result", "value": value}).encode())


def test_a_marker_that_is_killed_twice_as_it_reads_costs_nothing(marker, kill):
    left = kill("extract", "extract")
    found = marker.extract([ID], [notebook(RIGHT)])
    assert left == []
    assert found["programs"][ID]["status"] == "found"
    assert found["problems"] == []


def test_a_marker_that_is_always_killed_is_the_graders_error(marker, kill):
    kill("extract", "rehearse")
    with pytest.raises(MarkerError, match="cannot read a sound notebook"):
        marker.extract([ID], [notebook(RIGHT)])
    kill("judge", "rehearse")
    verdicts = marker.judge(ID, [CASE, CASE], [answer([0.5, 0.5])] * 2)
    assert [verdict["outcome"] for verdict in verdicts] == ["grader error"] * 2


def test_a_marker_that_is_killed_twice_as_it_judges_costs_nothing(marker, kill):
    left = kill("judge", "judge")
    verdicts = marker.judge(ID, [CASE] * 3, [answer([0.5, 0.5])] * 3)
    assert left == []
    assert [verdict["outcome"] for verdict in verdicts] == ["correct"] * 3


def test_losses_to_different_answers_do_not_add_up(marker):
    ask, asked = marker._ask, []

    def count(request, *more, until):
        if request["do"] == "judge":
            asked.append(request)
            if len(asked) in (1, 3, 5):  # the first try of each case
                psutil.Process(marker._process.pid).kill()
        return ask(request, *more, until=until)

    marker._ask = count
    try:
        verdicts = marker.judge(ID, [CASE] * 4, [answer([0.5, 0.5])] * 4)
    finally:
        del marker._ask
    assert len(asked) == 7
    assert [verdict["outcome"] for verdict in verdicts] == ["correct"] * 4


OWN = """
from mlsdlib.course.exercises.base import Exercise

EXERCISES = (
    Exercise(
        id="90.1-e1", name="f", reference=lambda x: x, wrong=(), hints=("a", "b", "c"), note="",
        cases=lambda rng: iter([{"x": 1}]), call=lambda fn, case: fn(case["x"]),
        judge=lambda case, result: None,
    ),
)
"""


def test_a_mistake_of_an_exercise_is_the_graders_error(tmp_path):
    (tmp_path / "own.py").write_text(OWN)  # its cases have no "args", which `show` asks for
    with Marker(tmp_path) as marker:
        with pytest.raises(MarkerError, match="KeyError: 'args'"):
            marker.judge("90.1-e1", [{"x": 1}], [answer(1)])
        assert marker.extract(["90.1-e1"], [notebook("def f(x):\n    return x")])["programs"]


@pytest.mark.parametrize("kind", ["set", "frozenset", "dict"])
def test_numbers_that_collide_are_not_hashed(marker, kind):
    prime = (1 << 61) - 1
    numbers = [prime * n for n in range(1, 30_001)]
    content = [[number, 0] for number in numbers] if kind == "dict" else numbers
    begin = time.process_time()
    (verdict,) = marker.judge(ID, [CASE], [answer([{"$": kind, "v": content}])])
    assert time.process_time() - begin < 5
    assert verdict["outcome"] == "not yet"
    assert f"no set or dictionary of more than {MOST_HASHED:,} values" in verdict["why"]


def test_bytes_that_are_no_text_are_no_answer(marker):
    answers = [Answer("result", raw=b'{"status": "result", "value": "\xff"}'), answer([0.5, 0.5])]
    verdicts = marker.judge(ID, [CASE] * 2, answers)
    assert [verdict["outcome"] for verdict in verdicts] == ["stopped", "correct"]


def test_the_reference_gets_through(marker):
    exercise = find_exercise(ID)
    answers = [answer(exercise.call(exercise.reference, dict(CASE)))]
    assert marker.judge(ID, [CASE], answers)[0]["outcome"] == "correct"
