"""The report counts what the table says."""

from mlsdlib.course.classroom import gradebook
from mlsdlib.course.classroom.marking import Mark
from mlsdlib.course.classroom.policy import Policy
from mlsdlib.course.classroom.report import last_attempts, summaries

RIGHT = Mark("4.1-e1", "correct", passed=4, cases=4)
SUM = Mark("4.1-e1", "not yet", cases=4, kind="chosen case 1", why="They must sum to 1.")
LOOP = Mark("4.1-e2", "stopped", cases=4, kind="random case", why="it used more CPU time")
UNTOUCHED = Mark("4.1-e2", "not attempted", cases=4, kind="chosen case 1", why="TODO")
GONE = Mark("4.1-e1", "missing", cases=4), Mark("4.1-e2", "missing", cases=4)
CLASS = {
    "a": (RIGHT, LOOP), "b": (SUM, UNTOUCHED), "c": (SUM, LOOP), "d": GONE, "e": (RIGHT, UNTOUCHED),
}  # fmt: skip


def rows():
    graded = [gradebook.Graded(student, marks) for student, marks in CLASS.items()]
    return gradebook.rows(graded, Policy())


def test_what_fails_and_on_which_case():
    first, second = summaries(rows())
    assert first.outcomes == {"correct": 2, "not yet": 2, "missing": 1}
    assert first.failures == (("chosen case 1", "They must sum to 1.", 2),)
    assert second.failures == (("random case", "it used more CPU time", 2),)


def test_where_students_stopped():
    assert last_attempts(rows()) == {"": 1, "4.1-e1": 2, "4.1-e2": 2}


def test_the_command(tmp_path, mlsd):
    file = tmp_path / "grades.csv"
    gradebook.write(file, rows(), gradebook.COLUMNS)
    said = mlsd("class", "report", file).output
    assert "4.1-e1: 2 of 5 right" in said
    assert "2 on a chosen case 1: They must sum to 1." in said
    assert "none" in said
    file.write_text("a,b\n1,2\n")
    assert mlsd("class", "report", file).exit_code == 2
    assert mlsd("class", "report", tmp_path / "none.csv").exit_code == 2
