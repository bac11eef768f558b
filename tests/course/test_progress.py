"""The reader's own record, and what `mlsd progress` makes of it."""

import json

import pytest

from mlsdlib.course.calibration import calibration
from mlsdlib.course.progress import read, record

OTHERS = '[1]\n{"kind": "guess"}\n{"kind": "guess", "id": "9.9-4"}\n'


def test_off_records_nothing(tiny):
    record("guess", "9.9-1", guess=1)
    assert read() == []
    assert not list(tiny.root.rglob("progress*"))


def test_by_default_the_record_stands_beside_the_course(tiny, monkeypatch):
    monkeypatch.delenv("MLSD_PROGRESS")
    record("guess", "9.9-1", guess=1)
    (entry,) = map(json.loads, (tiny.root / ".mlsd" / "progress.jsonl").read_text().splitlines())
    assert entry["guess"] == 1


def test_a_line_cut_off_is_passed_over_and_spoils_no_other(record_file):
    record("guess", "9.9-1", guess=1)
    with record_file.open("ab") as stream:
        stream.write(b'{"kind": "guess", "id": "9.9-2", "gu\xc3')
    record("guess", "9.9-3", guess=3)
    assert len(record_file.read_text(errors="replace").split("\n")) == 4
    record_file.write_text(record_file.read_text(errors="replace") + OTHERS)
    assert [entry["id"] for entry in read()] == ["9.9-1", "9.9-3", "9.9-4"]


def test_a_record_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MLSD_PROGRESS", str(tmp_path / "file" / "progress.jsonl"))
    record("guess", "9.9-1", guess=1)
    assert read() == []


def test_calibration_takes_the_last_guess_of_each_claim(record_file):
    assert calibration() is None
    for id, guess, value in (("a", 1, 99), ("a", 5, 10), ("b", 8, 2), ("c", 3, 3), ("d", -1, 2)):
        record("measured", id, guess=guess, value=value)
    found = calibration()
    assert (found.compared, found.within_two) == (3, 2)
    assert found.median_factor == pytest.approx(2)


@pytest.mark.parametrize(
    ("guesses", "median"),
    [([10], 1), ([20, 40], 3), ([5, 40, 10, 80], 3), ([20, 10, 10], 1), ([10, 1, 40], 4)],
)
def test_the_typical_factor_is_a_median_however_many_there_are(record_file, guesses, median):
    for number, guess in enumerate(guesses):
        record("measured", f"9.9-{number}", guess=guess, value=10)
    assert calibration().median_factor == pytest.approx(median)


def test_progress_counts_what_is_done_of_what_there_is(course, mlsd, record_file):
    record("guess", "9.9-1", guess=1)
    record("guess", "9.9-1", guess=2)
    record("measured", "9.8-1", guess=2.0, value=0.5)
    record("exercise", "9.9-e1", passed=True)
    record("quiz", "9.9-q1", choice="b", right=False)
    record("quiz", "9.9-q2", choice="a", right=True)
    record("quiz", "1.1-q1", choice="a", right=True)
    result = mlsd("progress")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "9.9 A tiny course: guesses 1/1, exercises 1/1, quiz 1/4",
        "Of 1 guesses compared, 0 lie within a factor of two; "
        "the typical guess is off by a factor of 4.",
    ]


def test_an_attempt_is_not_counted_as_done(course, mlsd, record_file):
    record("exercise", "9.9-e1", passed=False)
    record("quiz", "9.9-q1", choice="b", right=False)
    record("measured", "9.9-1", guess=0.0, value=1.0)
    done, compared = mlsd("progress").stdout.splitlines()
    assert done == "9.9 A tiny course: guesses 0/1, exercises 0/1, quiz 0/4"
    assert compared.startswith("No guess measured yet")


def test_progress_without_a_record_says_how_to_begin(course, mlsd):
    assert mlsd("progress").stdout.splitlines() == [
        "9.9 A tiny course: guesses 0/1, exercises 0/1, quiz 0/4",
        "No guess measured yet: put a number in a predict(...) cell and run on.",
    ]
