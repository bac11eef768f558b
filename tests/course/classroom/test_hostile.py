"""Hostile submissions: the right mark, a reason, neighbours untouched, nothing left."""

import os
import socket

import psutil
import pytest

from mlsdlib.course.classroom import feedback, gradebook
from mlsdlib.course.classroom.policy import Policy
from mlsdlib.course.exercises import find_exercise
from mlsdlib.course.inputs import PACKAGE
from tests.course.classroom.attacks import ATTACKS, NEIGHBOUR, RIGHT
from tests.course.classroom.submissions import notebook
from tests.course.processes import within

SECRET = "the instructor's secret"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """What an attack would like to reach: a file, a port, a socket without a file."""
    file = tmp_path_factory.mktemp("host") / "secret.txt"
    file.write_text(SECRET)
    file.chmod(0o644)
    name = f"mlsd-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0{name}")
        unix.listen()
        yield {
            "@SECRET@": str(file),
            "@PORT@": str(server.getsockname()[1]),
            "@ABSTRACT@": name,
            "@CHECKOUT@": str(PACKAGE.parent),
        }


@pytest.fixture(autouse=True)
def seed_in_the_environment(monkeypatch):
    monkeypatch.setenv("MLSD_GRADING_SEED", SECRET)


def left_behind(grader):
    """What a jail has left: processes below the zygote, files in its folder."""
    zygote = psutil.Process(grader._sandbox._zygote.pid)
    return zygote.children(recursive=True), list(grader._sandbox._folder.iterdir())


def files(place):
    """What stands where an attack might write: our temporary folder, and the checkout."""
    others = {"runs"}  # tests beside this one
    ours = [f for f in PACKAGE.parent.iterdir() if f.name[0] != "." and f.name not in others]
    return sorted([*place.iterdir(), *ours])


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(grader, place, host, attack):
    source = attack.source
    for name, value in host.items():
        source = source.replace(name, value)
    before = files(place)
    attacked, neighbour = grader.grade_one([notebook(source, NEIGHBOUR)])
    assert attacked.outcome == attack.outcome, attacked
    assert attack.reason in f"{attacked.why} {attacked.kind}", attacked
    assert attacked.why or attacked.outcome == "correct"
    if attack.outcome != "correct":
        assert attacked.passed < attacked.cases
    assert SECRET not in f"{attacked.why}{attacked.got}"
    assert neighbour.outcome == "correct", neighbour
    assert within(2, lambda: left_behind(grader) == ([], [])), left_behind(grader)
    assert files(place) == before


def test_there_are_more_than_thirty_and_the_next_student_is_right(grader):
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) > 30
    marks = grader.grade_one([notebook(RIGHT, NEIGHBOUR)])
    assert [mark.outcome for mark in marks] == ["correct", "correct"]


def test_the_librarys_own_function_is_not_there(grader):
    source = (
        "from mlsdlib import sampling\ndef neyman(sizes, sds, n):\n"
        "    return sampling.neyman_allocation(sizes, sds, n).tolist()"
    )
    first, second = grader.grade_one([notebook(RIGHT, source)])
    assert first.outcome == "correct"
    assert second.outcome == "raised an error"
    assert "exercise 4.1-e2 asks for mlsdlib.sampling" in second.why


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[" * 1_000_000, b'{"cells": ' * 100_000, b"\x00" * 1000, b"9" * 1_000_000,
        notebook("x = " + "(" * 100_000), notebook("-" * 150_000 + "1"), notebook("\n" * 190_000),
        notebook(" " * 190_000 + "%"), notebook("def rds_weights(" + "a," * 50_000),
        notebook("x=1;" * 40_000, "def f" * 9000), notebook(*["x = 1"] * 4_999),
        notebook("lambda:" * 3000 + "1"), notebook("[" * 90 + "]" * 90 + ";" * 9),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_malicious_notebook_costs_itself_only(grader, data):
    marks = grader.grade_one([data, notebook(NEIGHBOUR)])
    assert [mark.outcome for mark in marks][1] == "correct"
    assert marks[0].outcome in ("missing", "broken cell")
    assert marks[0].why


def test_a_stub_beside_a_notebook_that_nobody_can_read_is_no_lack_of_trying(grader):
    stub = "from mlsdlib.course import TODO\ndef rds_weights(degrees):\n    return TODO"
    alone, _ = grader.grade_one([notebook(stub)])
    assert alone.outcome == "not attempted"
    beside, other = grader.grade_one([notebook(stub, NEIGHBOUR), b'{"cells": ['])
    assert beside.outcome == "missing"
    assert beside.why
    assert other.outcome == "correct"


def test_what_a_student_wrote_does_not_act_in_table_or_page(grader):
    (attack,) = (attack for attack in ATTACKS if attack.name == "words that act")
    student = "=cmd|'/c calc'!A1<b>"
    marks = tuple(grader.grade_one([notebook(attack.source)]))
    rows = gradebook.rows([gradebook.Graded(student, marks)], Policy())
    text = gradebook.to_csv(rows, gradebook.COLUMNS)
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert "\x1b" not in text
    exercises = {mark.exercise: find_exercise(mark.exercise) for mark in marks}
    page = feedback.as_html(student, rows, exercises)
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    words = feedback.as_markdown(student, rows, exercises)
    assert "\\<script\\>" in words
    assert "[a](" not in words
    assert "/" not in feedback.page_name("../../" + student)
