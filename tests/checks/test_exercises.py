"""Every exercise: its check passes what is right, fails what is wrong, and says why."""

import ast
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlsdlib.course import sound
from mlsdlib.course.exercise import evaluate
from mlsdlib.course.sections import discover
from mlsdlib.course.source import solution_source
from tests.checks.trial import all_exercises, assess, define

WORKER = Path(__file__).with_name("worker.py")
EXERCISES = all_exercises()
SECTIONS = discover()
each = pytest.mark.parametrize("exercise", [pytest.param(e, id=e.id) for e in EXERCISES])
each_wrong = pytest.mark.parametrize(
    ("exercise", "wrong"),
    [pytest.param(e, wrong, id=f"{e.id}: {wrong.name}") for e in EXERCISES for wrong in e.wrong],
)


def cases(exercise, seed=0):
    return list(exercise.cases(np.random.default_rng(seed)))


def test_no_two_exercises_share_an_id():
    ids = [exercise.id for exercise in EXERCISES]
    assert len(ids) == len(set(ids))


@each
def test_reference_is_correct_on_any_cases(exercise):
    assert list(sound.refused(exercise)) == []


@each
def test_solution_is_correct_as_a_cell_of_its_own(exercise):
    function = define(solution_source(exercise.reference, exercise.name), exercise.name)
    outcome = evaluate(exercise, function, rng=0)
    assert outcome.correct, outcome.message


@each
def test_untouched_stub_is_not_attempted(exercise):
    outcome = evaluate(exercise, define(stub(exercise), exercise.name), rng=0)
    assert outcome.status == "not attempted", outcome.message


def stub(exercise):
    """Return the exercise's cell in its notebook, with all that the notebook imports."""
    for section in SECTIONS:
        sources = [cell.source for cell in section.cells if cell.exercise == exercise.id]
        if sources:
            code = "\n".join(cell.source for cell in section.cells if cell.kind == "code")
            return imports(code) + sources[0]
    raise AssertionError(f"exercise {exercise.id} stands in no notebook")


def imports(code):
    nodes = (n for n in ast.parse(code).body if isinstance(n, (ast.Import, ast.ImportFrom)))
    return "".join(ast.unparse(node) + "\n" for node in nodes)


@each_wrong
def test_planted_wrong_answer_fails_with_its_message(exercise, wrong):
    assert list(sound.uncaught(exercise, wrong)) == []


@each
def test_cases_are_plain_data(exercise):
    for seed in (0, 1):
        for case in cases(exercise, seed):
            assert sound.is_plain(case)


@pytest.mark.parametrize("value", [(1,), {1: 2}, np.float64(1), np.int64(1), {1}, [[(1,)]]])
def test_a_case_that_json_changes_is_not_plain(value):
    assert not sound.is_plain({"args": [value]})
    assert sound.is_plain({"args": [math.nan, 1, 1.0, True, "a", None, [{"a": []}]]})


@pytest.fixture(scope="module")
def ask():
    """Send a request to a process of its own that answers the requests of many exercises."""
    command = [sys.executable, str(WORKER)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:

        def send(request):
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline() or '{"error": "the process has ended"}')

        yield send
        process.stdin.close()
    assert process.returncode == 0


@each
def test_call_and_judge_work_in_two_processes(exercise, ask):
    given = cases(exercise)
    source = solution_source(exercise.reference, exercise.name)
    told = ask({"exercise": exercise.id, "source": source, "cases": given})
    assert "error" not in told, told["error"]
    results = told["results"]
    assert len(results) == len(given)
    for case, result in zip(given, results, strict=True):
        problem = exercise.judge(case, result)
        assert problem is None, f"{case} gave {result}: {problem}"


@each
def test_mutants_of_the_reference_are_caught(exercise, report_mutants):
    found = assess(exercise)
    report_mutants(exercise.id, found)
    assert found.stale == [], "listed as equivalent, but caught or no longer a mutant"
    assert all(exercise.equivalent[words].strip() for words in found.equivalent)
    assert found.caught > 0
    assert found.share >= 0.9, f"add cases that catch these: {found.survivors}"
