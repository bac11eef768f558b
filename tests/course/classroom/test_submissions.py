"""What students hand in, however it is named and whatever lies beside it."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlsdlib.course.classroom.feedback import page_name
from mlsdlib.course.classroom.outputs import Outputs
from mlsdlib.course.classroom.students import written_names
from mlsdlib.course.classroom.submissions import collect, passed_over
from tests.course.classroom.submissions import notebook

DEADLINE = datetime(2030, 1, 31, 22, 59, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """A folder in which Anna has handed in one notebook."""
    put(tmp_path / "submissions" / "anna" / "lab.ipynb")
    return tmp_path / "submissions"


def put(file, data=None):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(notebook() if data is None else data)


def by_student(folder, **words):
    return {one.student: one for one in collect(folder, **words)}


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
    assert [handed.read() for handed in found["anna"].notebooks] == [notebook("x = 1")]
    assert found["anna"].at is not None
    assert [len(found[name].notebooks) for name in ("ben", "carl", "dora", "emil")] == [1, 0, 0, 0]
    assert len(found["carl"].problems) == 3
    assert "links are not followed" in found["dora"].problems[0]
    (folder / "ben").mkdir()
    with pytest.raises(ValueError, match="ben has handed in both"):
        collect(folder)


def test_a_given_time_comes_before_the_files(folder):
    put(folder / "carl.ipynb")
    anna, carl = collect(folder, {"anna": DEADLINE})
    assert anna.at == DEADLINE
    assert carl.at not in (None, DEADLINE)


def test_a_time_that_is_none_stops_nobody(folder, monkeypatch):
    class Never(datetime):
        @classmethod
        def fromtimestamp(cls, time, zone):
            raise OverflowError

    monkeypatch.setattr("mlsdlib.course.classroom.submissions.datetime", Never)
    (anna,) = collect(folder)
    assert anna.at is None
    assert "time of the file" in anna.problems[0]
    (anna,) = collect(folder, {"anna": DEADLINE})
    assert (anna.at, anna.problems) == (DEADLINE, ())


def test_what_may_be_a_notebook_and_is_not_read_is_named(folder):
    put(folder / "anna" / "report.pdf")
    put(folder / "ben" / "LAB.IPYNB")
    put(folder / "dora.IPYNB")
    put(folder / "carl.zip")
    put(folder / "emil" / "lab.tar.gz")
    put(folder / "fay" / "lab.ipynb.txt")
    put(folder / "gus.ipynb.txt")
    put(folder / "hal" / "report.pdf")
    put(folder / "anna.zip")
    put(folder / "names.csv")
    found = by_student(folder)
    assert [len(found[name].notebooks) for name in ("anna", "ben", "dora")] == [1, 1, 1]
    assert found["anna"].problems == ("anna.zip: an archive, which is not read: unzip it",)
    assert found["dora"].lacks == ""
    unzip, rename = "an archive, which is not read: unzip it", "not read, its name must end in"
    for name, words in {
        "carl": f"carl.zip: {unzip}", "emil": f"lab.tar.gz: {unzip}", "gus": f"txt: {rename}",
        "fay": f"lab.ipynb.txt: {rename}", "hal": "not read: report.pdf",
    }.items():  # fmt: skip
        assert found[name].lacks.startswith("no notebook; ")
        assert words in found[name].lacks
        assert words in found[name].problems[0]
    assert passed_over(folder) == ["names.csv"]


def test_a_notebook_is_read_anew_and_one_that_was_changed_is_refused(folder):
    (anna,) = collect(folder)
    (handed,) = anna.notebooks
    put(folder / "anna" / "lab.ipynb", notebook("x = 2"))
    with pytest.raises(ValueError, match=r"lab\.ipynb was changed while the class was graded"):
        handed.read()
    put(folder / "anna" / "lab.ipynb")
    assert handed.read() == notebook()
    (folder / "anna" / "lab.ipynb").unlink()
    with pytest.raises(ValueError, match=r"lab\.ipynb cannot be read: No such file"):
        handed.read()


def test_one_student_cannot_fill_the_memory(folder, monkeypatch):
    monkeypatch.setattr("mlsdlib.course.classroom.submissions.MOST_OF_ONE", 2 * len(notebook()))
    for name in "no":
        put(folder / "anna" / f"{name}.ipynb")
    (anna,) = collect(folder)
    assert [handed.file.name for handed in anna.notebooks] == ["lab.ipynb", "n.ipynb"]
    limit = 2 * len(notebook())
    assert anna.problems == (f"o.ipynb: not read, as at most {limit} bytes of one student are",)


def test_many_problems_are_counted(folder):
    for number in range(30):
        put(folder / "anna" / f"{number:02}.zip")
    (anna,) = collect(folder)
    assert len(anna.problems) == 11
    assert anna.problems[-1] == "and 20 more"


@pytest.mark.parametrize("broken", ["listing", "reading"])
def test_what_the_grader_may_not_read_is_not_missing(folder, monkeypatch, broken):
    put(folder / "ben.ipynb")
    real = {"listing": os.listdir, "reading": os.open}[broken]

    def refuse(place, *words, **more):
        if "anna" in os.fsdecode(place):
            raise PermissionError(13, "Permission denied", place)
        return real(place, *words, **more)

    # `Path.iterdir` has listed with either, in one version of Python or another.
    names = {"listing": ("os.listdir", "os.scandir"), "reading": ("os.open",)}[broken]
    for name in names:
        monkeypatch.setattr(name, refuse)
    anna, ben = collect(folder)
    name = "anna" if broken == "listing" else "lab.ipynb"
    assert anna.unread == f"{name} cannot be read: Permission denied"
    assert anna.unread in anna.problems
    assert (ben.unread, len(ben.notebooks)) == ("", 1)


def test_a_name_that_cannot_be_written_is_cleaned_and_noted(folder):
    put(folder / os.fsdecode(b"m\xfcller") / os.fsdecode(b"l\xfcb.ipynb"))
    put(folder / "x\n[9\x1b[2J" / "lab.ipynb")
    put(folder / "=cmd.ipynb")
    found = by_student(folder)
    cmd, anna, umlaut, cursor = found
    assert anna == "anna"
    for name, clean in ((umlaut, r"m\?ller"), (cursor, r"x \[9\?\[2J"), (cmd, "'=cmd")):
        assert re.fullmatch(rf"{clean} \([0-9a-f]{{8}}\)", name)
    assert len(found[umlaut].notebooks) == 1
    assert found[umlaut].problems == (r"the name in the folder of submissions is 'm\udcfcller'",)
    assert all(text.isprintable() for one in found.values() for text in one.problems)


def test_names_never_fall_together(folder):
    put(folder / "anna " / "lab.ipynb")
    put(folder / "anna-d047e20b.ipynb")
    found = by_student(folder)
    assert list(found) == ["anna", "anna (d047e20b)", "anna-d047e20b"]
    pages = {page_name(name) for name in found}
    assert len(pages) == 3
    hashed = page_name("anna (d047e20b)")
    assert page_name(hashed) != hashed
    (folder / "anna" / "lab.ipynb").unlink()
    (folder / "anna").rmdir()
    assert list(by_student(folder)) == ["anna (d047e20b)", "anna-d047e20b"]
    put(folder / "anna (d047e20b).ipynb")
    with pytest.raises(ValueError, match="two students would both stand as"):
        collect(folder)
    assert written_names(["a ", " a", " "]).keys() == {"a ", " a", " "}


def test_what_the_grader_writes_is_nobodys(folder):
    before = collect(folder)
    outputs = Outputs(folder / "grades.csv", folder / "pages")
    inside = Outputs(folder / "anna" / "grades.csv")
    for made in (outputs, inside):
        made.check(folder)
        for place in (made.table, made.totals, made.parts / "anna.json"):
            put(place)
    put(folder / "pages" / "anna.html")
    places = [*outputs.places, *inside.places]
    assert collect(folder, leave_out=places) == before
    assert passed_over(folder, places) == []


def test_where_nothing_can_be_written_is_told_at_once(folder):
    (folder.parent / "file").touch()
    for table in (folder, folder / "a.parts", folder / "anna.ipynb", Path()):
        with pytest.raises(ValueError, match=r"out must be a file such as grades\.csv, got"):
            Outputs(table)
    for outputs, words in (
        (Outputs(folder / "a.csv", folder), "feedback must be a folder of its own"),
        (Outputs(folder / "a.csv", folder / "anna"), "feedback must be a folder of its own"),
        (Outputs(folder / "a.csv", folder.parent / "file"), "feedback cannot be written in .*file"),
        (Outputs(folder.parent / "file" / "a.csv"), "out cannot be written in .*file"),
    ):
        with pytest.raises(ValueError, match=words):
            outputs.check(folder)
    (folder / "a_totals.csv").mkdir()
    with pytest.raises(ValueError, match=r"a_totals\.csv must be a file"):
        Outputs(folder / "a.csv").check(folder)
