"""Points, deadlines, overrides, and the files they come from and go to."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from mlsdlib.course.classroom import gradebook, policy
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import Mark
from mlsdlib.course.classroom.submissions import collect
from tests.course.classroom.submissions import notebook

DEADLINE = datetime(2030, 1, 31, 22, 59, tzinfo=UTC)
RIGHT = Mark("4.1-e1", "correct", passed=4, cases=4)
HALF = Mark("4.1-e2", "not yet", passed=2, cases=4, kind="random case", drawn_passed=1, drawn=2)
OURS = Mark("4.1-e1", "grader error", cases=4)


def rules(text=policy.EXAMPLE):
    return policy.parse(text)


@pytest.mark.parametrize(
    ("late", "factor"),
    [
        (timedelta(0), 1.0), (timedelta(minutes=15), 1.0), (timedelta(minutes=16), 0.9),
        (timedelta(days=1), 0.9), (timedelta(days=1, seconds=1), 0.8), (timedelta(days=5), 0.5),
        (timedelta(days=5, seconds=1), 0.0), (timedelta(days=-9), 1.0),
    ],
)  # fmt: skip
def test_being_late(late, factor):
    assert rules().factor("ben", DEADLINE + late) == pytest.approx(factor)


def test_extension_no_time_and_no_deadline():
    assert rules().factor("anna", DEADLINE + timedelta(days=2)) == 1.0
    assert rules().factor("ben", None) == 1.0
    assert policy.Policy().factor("ben", DEADLINE) == 1.0


def test_points():
    known = rules()
    late = DEADLINE + timedelta(hours=1)
    assert known.earned("ben", RIGHT, DEADLINE) == 1.0
    assert known.earned("ben", RIGHT, late) == 0.9
    assert known.earned("ben", HALF, DEADLINE) == 1.5
    assert known.earned("anna", HALF, None) == 2.5  # by hand
    assert rules("").earned("ben", HALF, None) == 0.0  # no partial credit unless asked for
    assert known.earned("ben", OURS, DEADLINE) is None


def test_partial_credit_is_for_cases_that_nobody_could_look_up():
    looked_up = Mark("4.1-e2", "not yet", passed=3, cases=5, drawn_passed=0, drawn=2)
    assert rules().earned("ben", looked_up, None) == 0.0
    only_chosen = Mark("4.1-e2", "not yet", passed=3, cases=4)
    assert rules().earned("ben", only_chosen, None) == pytest.approx(2.25)


def test_points_by_hand_settle_what_the_grader_could_not():
    by_hand = {("ben", "4.1-e1"): policy.Override(0.5, "seen")}
    known = policy.Policy(overrides=by_hand)
    (row,) = gradebook.rows([gradebook.Graded("ben", (OURS,))], known)
    assert (row["points"], row["override"]) == (0.5, "seen")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exercise = []", "the policy knows exercises.* got 'exercise'"),
        ("exercises = '4.1'", "exercises must be a list"),
        ("partial = 1", "partial must be true or false, got 1"),
        ("points = 3", "points must be a table, got 3"),
        ("[points]\ndefault = -1", "points of default must be a number of at least 0, got -1"),
        ("[points]\ndefault = true", "got True"),
        ("[late]\ndeadline = 'soon'", "deadline must be a date with a time, got 'soon'"),
        ("[late]\nper_day = nan", "per_day must be a number"),
        ("[limits]\nseconds = 0", "seconds must be a number above 0, got 0"),
        ("[limits]\ncores = 2", "limits knows .* got 'cores'"),
        ("[[overrides]]\nstudent = 'a'", "an override must name its exercise"),
        ("[[overrides]]\nwho = 'a'", "an override knows"),
        ("x = [", "Invalid|Unclosed|Expected"),
    ],
)
def test_what_is_wrong_in_a_policy_is_named(text, words, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=f"policy.toml: .*(?:{words})"):
        policy.load(file)


def test_points_from_a_csv_file(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("﻿student,exercise,points,reason\nanna,4.1-e1,0.5,oral\n", encoding="utf-8")
    assert policy.read_points(file) == {("anna", "4.1-e1"): policy.Override(0.5, "oral")}
    file.write_text("student,points\n")
    with pytest.raises(ValueError, match="must have the columns exercise"):
        policy.read_points(file)
    file.write_text("student,exercise,points\nanna,4.1-e1,x\n")
    with pytest.raises(ValueError, match=r"points in line 2 of points.csv must be a number"):
        policy.read_points(file)


def test_times_from_a_csv_file(tmp_path):
    file = tmp_path / "times.csv"
    file.write_text("student,time\nanna,2030-01-31T23:59:00+01:00\nben,2030-01-31 22:58\n")
    times = policy.read_times(file)
    assert times == {"anna": DEADLINE, "ben": DEADLINE - timedelta(minutes=1)}
    (tmp_path / "in").mkdir()
    for student in ("anna", "carl"):
        (tmp_path / "in" / f"{student}.ipynb").write_bytes(notebook())
    anna, carl = collect(tmp_path / "in", times)
    assert anna.at == DEADLINE
    assert carl.at != DEADLINE
    file.write_text("student,time\nanna,noon\n")
    with pytest.raises(ValueError, match=r"time in line 2 of times.csv must be like .* 'noon'"):
        policy.read_times(file)


def test_points_into_a_platforms_list(tmp_path, mlsd):
    marks = {"u1": (RIGHT, HALF), "u2": (OURS, HALF), "u9": (RIGHT, HALF)}
    table = gradebook.rows([gradebook.Graded(s, m) for s, m in marks.items()], rules())
    grades, roster, out = (tmp_path / name for name in ("grades.csv", "roster.csv", "out.csv"))
    gradebook.write(grades, table, gradebook.COLUMNS)
    roster.write_text('Name,Login,Quiz\n"Bo, A",u1,3\nCy,u2,4\nDi,u3,5\n')
    said = mlsd("class", "points", grades, roster, "--out", out, "--key", "Login")
    assert out.read_text() == 'Name,Login,Quiz,Points\n"Bo, A",u1,3,2.5\nCy,u2,4,\nDi,u3,5,\n'
    assert said.exit_code == 1
    assert "not in roster.csv: u9" in said.output
    assert "left out, not graded to the end: u2" in said.output
    assert mlsd("class", "points", grades, roster, "--out", out, "--key", "ID").exit_code == 2


def test_submissions_are_collected_and_no_link_is_followed(tmp_path):
    folder = tmp_path / "submissions"
    (folder / "anna" / "lab" / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / "anna" / "lab" / "a.ipynb").write_bytes(notebook("x = 1"))
    (folder / "anna" / "lab" / ".ipynb_checkpoints" / "a.ipynb").write_bytes(b"old")
    (folder / "ben.ipynb").write_bytes(notebook())
    (folder / "notes.txt").write_text("mine")
    (folder / "carl").mkdir()
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook("secret"))
    (folder / "carl" / "a.ipynb").symlink_to(secret)
    (folder / "carl" / "b").symlink_to(tmp_path)
    os.mkfifo(folder / "carl" / "c.ipynb")
    (folder / "dora").symlink_to(folder / "anna")
    deep = folder / "emil" / "1" / "2" / "3" / "4" / "5"
    deep.mkdir(parents=True)
    (deep / "a.ipynb").write_bytes(notebook())
    found = {one.student: one for one in collect(folder)}
    assert list(found) == ["anna", "ben", "carl", "dora", "emil"]
    assert found["anna"].names == ("a.ipynb",)
    assert found["anna"].at is not None
    assert [len(found[name].notebooks) for name in ("ben", "carl", "dora", "emil")] == [1, 0, 0, 0]
    assert len(found["carl"].problems) == 3
    assert "links are not followed" in found["dora"].problems[0]
    (folder / "ben").mkdir()
    with pytest.raises(ValueError, match="ben has handed in both"):
        collect(folder)


def test_limits_name_what_is_wrong():
    with pytest.raises(ValueError, match="processes must be a number above 0, got -1"):
        Limits(processes=-1)
