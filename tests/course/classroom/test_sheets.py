"""The CSV files an instructor hands over, and the platform's list that comes back."""

from datetime import UTC, datetime

import pytest

from mlsdlib.course.classroom import gradebook, sheets
from mlsdlib.course.classroom.marking import Mark
from mlsdlib.course.classroom.policy import Override, Policy

TIME = datetime(2030, 1, 31, 22, 59, tzinfo=UTC)
COLUMNS = ",".join(gradebook.READ)


def test_points_from_a_csv_file(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("\ufeffstudent,exercise,points,reason\nanna,4.1-e1,0.5,oral\n\n,,,\n", "utf-8")
    assert sheets.read_points(file) == {("anna", "4.1-e1"): Override(0.5, "oral")}


def test_times_from_a_csv_file(tmp_path):
    file = tmp_path / "times.csv"
    file.write_text("student,time\nanna,2030-01-31T23:59:00+01:00\nben, 2030-01-31 22:59Z\n")
    assert sheets.read_times(file) == {"anna": TIME, "ben": TIME}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("student,points\n", "the columns student, exercise, points, got no column 'exercise'"),
        ("", "got no column 'student'"),
        ("student,exercise,points\nanna,4.1-e1,x\n", "points in line 2 of a.csv must be a number"),
        ("student,exercise,points\nanna,4.1-e1,inf\n", "must be between 0 and .* got inf"),
        ("student,exercise,points\nanna,4.1-e1\n", "no cell in line 2 of a.csv for .* points"),
        (
            "student,exercise,points\nanna,4.1-e1,2,5\n",
            "more cells in line 2 of a.csv than columns",
        ),
        ("student,exercise,points\na,4.1-e1,2\na,4.1-e1,3\n", "a, 4.1-e1 stands twice, again in"),
        ('student,exercise,points\na,4.1-e1,"2', "a.csv is no CSV file"),
    ],
)
def test_what_is_wrong_with_points_is_named(text, words, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        sheets.read_points(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("anna,noon", "time in line 2 of a.csv must be like .* 'noon'"),
        ("anna,2030-01-31 22:59", "time in line 2 of a.csv must have a time zone"),
        ("a,2030-01-31 22:59Z\na,2030-01-31 22:59Z", "a stands twice, again in line 3 of a.csv"),
        (2 * "a\x1b[2J,2030-01-31 22:59Z\n", r"a\?\[2J stands twice"),
    ],
)
def test_what_is_wrong_with_times_is_named(text, words, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"student,time\n{text}\n")
    with pytest.raises(ValueError, match=words):
        sheets.read_times(file)


def test_what_is_no_file_to_read_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"times must be a file, got .*: Is a directory"):
        sheets.read_times(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such override"):
        sheets.read_points(tmp_path / "none.csv")
    (tmp_path / "a.csv").write_bytes("student,time\nZo\xeb,".encode("latin-1"))
    with pytest.raises(ValueError, match="times must be in UTF-8"):
        sheets.read_times(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("anna,4.1-e1", "no cell in line 2 of a.csv for the columns points, of"),
        ("anna,4.1-e1,x,1,correct,1,1,1,1", "points in line 2 of a.csv must be a number, got 'x'"),
        ("anna,4.1-e1,nan,1,correct,1,1,1,1", "got nan"),
        ("anna,4.1-e1,1,,correct,1,1,1,1", "of in line 2 of a.csv must be a number, got ''"),
        (2 * "anna,4.1-e1,1,1,correct,1,1,1,1\n", "anna, 4.1-e1 stands twice"),
        ("", "got no row"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(rows, words, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"{COLUMNS}\n{rows}")
    with pytest.raises(ValueError, match=words):
        sheets.read_grades(file, gradebook.READ)


@pytest.fixture
def grades(tmp_path):
    """A table in which u2 is not graded to the end."""
    marks = {
        "u1": (Mark("4.1-e1", "correct"), Mark("4.1-e2", "correct")),
        "u2": (Mark("4.1-e1", "grader error"), Mark("4.1-e2", "correct")),
        "u9": (Mark("4.1-e1", "correct"),),
    }
    rules = Policy(points={"default": 12345.67})
    table = gradebook.rows([gradebook.Graded(s, m) for s, m in marks.items()], rules)
    gradebook.write(tmp_path / "grades.csv", table, gradebook.COLUMNS)
    return tmp_path / "grades.csv"


def test_points_into_a_platforms_list(grades, mlsd):
    roster, out = grades.with_name("roster.csv"), grades.with_name("out.csv")
    roster.write_text('Name,Login,Quiz\n"Bo, A",u1,3\nCy,u2,4\nDi,u3,5\n')
    said = mlsd("class", "points", grades, roster, "--out", out, "--key", "Login")
    assert out.read_text() == 'Name,Login,Quiz,Points\n"Bo, A",u1,3,24691.34\nCy,u2,4,\nDi,u3,5,\n'
    assert said.exit_code == 1
    assert "not in roster.csv: u9" in said.output
    assert "left out, not graded to the end: u2" in said.output
    said = mlsd(
        "class", "points", grades, roster, "--out", out, "--key", "Login", "--column", "Quiz"
    )
    assert out.read_text().splitlines()[2:] == ["Cy,u2,", "Di,u3,"]
    assert "old points taken out, since grades.csv has none: u3" in said.output


def test_where_the_disk_refuses_nothing_acts_on_the_terminal(grades, mlsd):
    file, roster = grades.with_name("a\x1b[2J"), grades.with_name("roster.csv")
    file.touch()
    roster.write_text("Login\nu1\n")
    said = mlsd("class", "points", grades, roster, "--out", file / "out.csv", "--key", "Login")
    assert said.exit_code == 2
    assert "a?[2J" in said.stderr
    assert "\x1b" not in said.stderr


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("ID,Points", "key must be one of ID, Points, got 'Login'"),
        ("Login,Login", "'Login' must be one column of the list, got 2"),
        ("Login,Points,Points", "'Points' must be one column of the list, got 2"),
        ("", "key must be one of no column"),
    ],
)
def test_a_list_that_cannot_be_filled(grades, mlsd, header, words):
    roster, out = grades.with_name("roster.csv"), grades.with_name("out.csv")
    roster.write_text(header)
    said = mlsd("class", "points", grades, roster, "--out", out, "--key", "Login")
    assert said.exit_code == 2
    assert words in said.output
    assert not out.exists()


def test_the_key_is_never_overwritten():
    with pytest.raises(ValueError, match="column must not be the key, got 'ID' for both"):
        gradebook.fill("ID\nanna\n", {"anna": 1.0}, key="ID", column="ID")
