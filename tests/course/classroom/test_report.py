"""The report counts what the table says."""

import re
from html.parser import HTMLParser

import pytest

from mlsdlib.course.classroom import gradebook, report_figures
from mlsdlib.course.classroom.marking import Mark
from mlsdlib.course.classroom.policy import Policy
from mlsdlib.course.classroom.report import last_attempts, summaries
from mlsdlib.course.classroom.report_page import as_html

RIGHT = Mark("4.1-e1", "correct", passed=4, cases=4)
SUM = Mark("4.1-e1", "not yet", cases=4, kind="chosen case 1", why="They must sum to 1.")
LOOP = Mark("4.1-e2", "stopped", cases=4, kind="random case", why="it used more CPU time")
UNTOUCHED = Mark("4.1-e2", "not attempted", cases=4, kind="chosen case 1", why="TODO")
GONE = Mark("4.1-e1", "missing", cases=4), Mark("4.1-e2", "missing", cases=4)
CLASS = {
    "a": (RIGHT, LOOP), "b": (SUM, UNTOUCHED), "c": (SUM, LOOP), "d": GONE, "e": (RIGHT, UNTOUCHED),
}  # fmt: skip


HOSTILE = "<script src=//a.example></script>\"'&$x$"
BROKEN = Mark("4.1-e2", "grader error", cases=4, kind=HOSTILE, why=f"RuntimeError: {HOSTILE}")


def rows(students=CLASS):
    """Return the rows of a table, as they are read from its file."""
    graded = [gradebook.Graded(student, marks) for student, marks in students.items()]
    table = gradebook.rows(graded, Policy())
    return [{name: str(value) for name, value in row.items()} for row in table]


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    @property
    def alts(self):
        return [facts["alt"] for tag, facts in self.tags if tag == "img"]


def test_what_fails_and_on_which_case():
    first, second = summaries(rows())
    assert first.outcomes == {"correct": 2, "not yet": 2, "missing": 1}
    assert first.failures == (("chosen case 1", "They must sum to 1.", 2),)
    assert second.failures == (("random case", "it used more CPU time", 2),)


def test_where_students_stopped():
    assert last_attempts(rows()) == {"": 1, "4.1-e1": 2, "4.1-e2": 2}


def test_the_page_draws_what_the_table_says():
    page = Page(as_html(rows()))
    outcomes, failing, stopped, totals = page.alts
    assert "one for each of 2 exercises. Fewest are right on 4.1-e2: 0 of 5 students" in outcomes
    assert "chosen case 1 of 4.1-e1, 2 students" in failing
    assert "2 of 5 students attempted the last exercise" in stopped
    assert "most got no further than 4.1-e1: 2" in stopped
    assert "The median of 5 students is 0 of 2 points" in totals
    assert "5 students, 2 exercises. Of 10 answers that are graded 2 are right." in page.text
    assert "They must sum to 1." in page.text
    assert "Not graded" not in page.text


def test_a_grader_error_is_named_and_no_zero():
    students = {**CLASS, "a": (RIGHT, BROKEN), "e": (RIGHT, BROKEN)}
    page = Page(as_html(rows(students)))
    outcomes, failing, _, totals = page.alts
    assert "4.1-e2: 0 of 3 students who are graded" in outcomes
    assert "chosen case 1 of 4.1-e1" in failing
    assert "The median of 3 students" in totals
    assert "failed on 2 answers" in page.text
    assert "a, e" in page.text
    assert "not graded to the end: 2 students" in page.text
    broken = Page(as_html(rows({"a": (BROKEN,)})))
    assert "Nothing could be graded." in broken.alts[0]
    assert len(broken.alts) == 1


def test_points_fall_on_the_right_side_of_an_edge():
    tenths = [n / 10 for n in range(1, 10)]
    fig, _ = report_figures.totals(tenths, 2.0)
    heights = [bar.get_height() for bar in fig.axes[0].patches]
    assert heights == [0] + [1] * 9 + [0] * 10
    points = [{"student": "a", "points": str(n)} for n in (0.7, 0.1)]
    assert gradebook.sums(points) == ({"a": 0.8}, [])


def test_a_class_that_is_right_has_nothing_that_fails():
    page = Page(as_html(rows({"a": (RIGHT,), "b": (RIGHT,)})))
    assert "All that is graded is right." in page.alts[0]
    assert "Nothing that was attempted has failed." in page.text


def test_what_a_student_wrote_does_not_act_in_the_page():
    wrong = Mark("4.1-e1", "raised an error", cases=4, kind=HOSTILE, why=HOSTILE)
    text = as_html(rows({HOSTILE: (wrong, BROKEN)}))
    page = Page(text)
    assert page.text.count(HOSTILE) == 4  # whom and why the grader failed; a kind and a reason
    assert HOSTILE in page.alts[1]
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "code", "section",
        "figure", "img", "table", "caption", "tr", "th", "td",
    }  # fmt: skip
    assert {name for _, facts in page.tags for name in facts} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "src", "alt",
    }  # fmt: skip
    (policy,) = (facts["content"] for _, facts in page.tags if "http-equiv" in facts)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    sources = [facts["src"] for _, facts in page.tags if "src" in facts]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"https?:|url\(|@import", text)


def test_many_kinds_and_long_names_have_room():
    names = [f"{chapter}.1-e{n}" for chapter in range(3, 11) for n in range(1, 6)]
    students = {
        f"s{n}": tuple(
            Mark(name, "not yet", kind=f"case of a {'very ' * (n % 3)}long kind {n}", why="No.")
            for name in names
        )
        for n in range(30)
    }
    page = Page(as_html(rows(students)))
    assert "one for each of 40 exercises" in page.alts[0]
    assert len(page.alts) == 4


def test_no_rows_are_no_report():
    with pytest.raises(
        ValueError, match="rows must hold a row for each student and exercise, got none"
    ):
        as_html([])


def test_the_command(tmp_path, mlsd):
    file = tmp_path / "grades.csv"
    gradebook.write(file, rows(), gradebook.COLUMNS)
    said = mlsd("class", "report", file).output
    assert "4.1-e1: 2 of 5 right" in said
    assert "2 on a chosen case 1: They must sum to 1." in said
    assert "none" in said
    page = tmp_path / "made" / "report.html"
    assert mlsd("class", "report", file, "--out", page).output == f"wrote {page}\n"
    assert page.read_text() == as_html(rows())
    file.write_text(",".join(gradebook.COLUMNS))
    assert "got no row" in mlsd("class", "report", file, "--out", page).output
    file.write_text("a,b\n1,2\n")
    said = mlsd("class", "report", file)
    assert said.exit_code == 2
    assert "grades must be a table that mlsd grade has written, got no column" in said.output
    assert mlsd("class", "report", tmp_path / "none.csv").exit_code == 2
