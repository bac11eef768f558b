"""A page of feedback says what was found, what to do next, and what is still open."""

import re

import pytest

from mlsdlib.course.classroom import gradebook
from mlsdlib.course.classroom.feedback import as_html, as_markdown, page_name
from mlsdlib.course.classroom.marking import Mark
from mlsdlib.course.classroom.policy import Override, Policy, parse
from mlsdlib.course.exercises import find_exercise

ID = "4.1-e1"
WRONG = Mark(
    ID, "not yet", passed=2, cases=4, drawn_passed=1, drawn=3,
    kind="chosen case 1", why="They must sum to 1.",
)  # fmt: skip
LATE = "[late]\ndeadline = 2030-01-01T00:00:00Z\nper_day = 0.1\n"


def pages(*marks, policy=None, at=None):
    """Return the feedback on marks as HTML and as Markdown."""
    rows = gradebook.rows([gradebook.Graded("anna", marks, at)], policy or Policy())
    exercises = {mark.exercise: find_exercise(mark.exercise) for mark in marks}
    return as_html("anna", rows, exercises), as_markdown("anna", rows, exercises)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (Mark(ID, "correct", 4, 4), "Right on every case."),
        (WRONG, "They must sum to 1."),
        (WRONG, "A hint: How often is somebody named"),
        (WRONG, "It passed 2 of 4 cases, 1 of the 3 random ones; the first one"),
        (WRONG, "the first one that fails: chosen case 1."),
        (Mark(ID, "missing", why="no notebook"), "Not found in what you handed in: no notebook."),
        (Mark(ID, "broken cell", why="line 2"), "It could not be run as it is: line 2."),
        (Mark(ID, "raised an error", kind="k", why="No?"), "It raised an error: No?"),
        (Mark(ID, "stopped", kind="k", why="too slow"), "It was stopped: too slow."),
        (Mark(ID, "not attempted", kind="k", why="TODO"), "A hint: How often"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.outcome,
)
def test_what_is_said_of_an_outcome(mark, said):
    for text in pages(mark):
        assert said in text
        assert "of 1 point" in text


def test_kinds_of_cases_are_explained_where_one_is_named():
    for text in pages(WRONG):
        assert "picked the chosen cases by hand" in text
    for text in pages(Mark(ID, "not yet", kind="small number")):
        assert "chosen cases" not in text


def test_what_is_not_graded_is_no_zero():
    for text in pages(Mark(ID, "correct", 4, 4), Mark("4.1-e2", "grader error", why="OSError")):
        assert "1 of 2 points; 1 of 2 exercises right. More may come" in text
        assert "no points yet, of 1 point" in text
        assert "on our side, not on yours" in text
        assert "OSError" not in text


def test_why_points_differ_from_what_was_found():
    rules = parse(LATE)
    for text in pages(WRONG, policy=rules, at=rules.deadline.replace(hour=12)):
        assert "It came late: points count x 0.9" in text
    by_hand = Policy(overrides={("anna", ID): Override(0.5, "one slip")})
    for text in pages(WRONG, policy=by_hand):
        assert "Your instructor has set the points: one slip." in text


def test_what_cannot_be_written_is_not_in_a_page():
    mark = Mark(ID, "raised an error", kind="k", why="\ud800 \x1b[2J\n[9/9] x", got="\udcff")
    for text in pages(mark, policy=Policy(overrides={("anna", ID): Override(1, "\ud800\n")})):
        assert "It raised an error: ? ?[2J [9/9] x." in text.replace("\\", "")
        assert "has set the points: ?." in text
        assert text.encode()


def test_pages_fall_together_in_no_file_system():
    names = ["anna", "Anna", "ANNA", "con", "CON", "com1", "../anna", "Zoë", "zoë", "?"]
    made = {page_name(name).lower() for name in names}
    assert len(made) == len(names)
    assert "anna" in made
    assert made.isdisjoint({"con", "com1"})
    assert all(re.fullmatch("[a-z0-9_-]+", name) for name in made)


def test_the_page_may_load_nothing():
    page, _ = pages(WRONG)
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in page
