"""What students get has the notebooks and no answer in it."""

import inspect
import os
import subprocess
import sys
import zipfile

import pytest

from mlsdlib.course.classroom.release import release
from mlsdlib.course.exercises import section_module

pytestmark = pytest.mark.xdist_group("release")  # the archive is made once

USE = """
from mlsdlib.course import TODO, exercise
import mlsdlib
print(mlsdlib.__file__)
ex = exercise("4.1-e1")
ex.check(lambda degrees: TODO)
ex.check(lambda degrees: [0.0])
print(ex.use(lambda degrees: TODO)([1, 2, 3]))
print(ex.use(lambda degrees: [7.0])([1, 2, 3]))
ex.solution()
ex.hint()
from mlsdlib.course import quiz
quiz("4.1-q1")
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    from typer.testing import CliRunner

    from mlsdlib.course.cli import app

    place = tmp_path_factory.mktemp("release")
    for name in ("lab1", "again"):
        words = ["release", "4.1", "4.3", "--out", str(place / f"{name}.zip")]
        said = CliRunner().invoke(app, words)
        assert said.exit_code == 0, said.output
    with zipfile.ZipFile(place / "lab1.zip") as archive:
        archive.extractall(place)
    return place / "lab1"


def test_the_archive_has_no_answer(lab):
    names = [file.relative_to(lab).as_posix() for file in lab.rglob("*") if file.is_file()]
    assert not any("solutions" in name or "classroom" in name for name in names)
    assert "notebooks/04_1_sampling.ipynb" in names
    assert "notebooks/04_2a_label_quality.ipynb" not in names
    assert {"README.md", "pyproject.toml", "constraints.txt"} <= set(names)
    assert any(name.startswith("datasets/nycflights13/") for name in names)
    texts = [
        file.read_text(encoding="utf-8", errors="replace")
        for file in lab.rglob("*")
        if file.suffix in (".py", ".ipynb", ".json", ".md", ".toml", ".txt")
    ]
    for section in ("4.1", "4.3"):
        for exercise in section_module(section).EXERCISES:
            secrets = [exercise.reference, exercise.judge, *(w.function for w in exercise.wrong)]
            for function in secrets:
                if function.__name__ != "<lambda>":
                    body = inspect.getsource(function)
                    assert not any(body in text for text in texts), (exercise.id, function)


def test_the_same_release_has_the_same_content(lab):
    with (
        zipfile.ZipFile(lab.with_suffix(".zip")) as one,
        zipfile.ZipFile(lab.with_name("again.zip")) as two,
    ):
        assert [i.CRC for i in one.infolist()] == [i.CRC for i in two.infolist()]


def test_a_student_can_work_with_it(lab):
    environment = {**os.environ, "PYTHONPATH": str(lab), "MLSD_PROGRESS": "off"}
    done = subprocess.run(
        [sys.executable, "-c", USE], capture_output=True, text=True, check=False,
        env=environment, cwd=lab, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert str(lab) in done.stdout.splitlines()[0]
    assert "Exercise 4.1-e1: not attempted." in said
    assert "it ran on 3 examples. This copy of the course cannot tell" in said
    assert "Using one fixed result in place of rds_weights (yours: not attempted)." in said
    assert "[0.6666666666666666, 0.3333333333333333]" in said
    assert "Using your rds_weights. [7.0]" in said
    assert "This copy of the course holds no solutions." in said
    assert "Hint 1 of 3" in said


def test_usage_errors(mlsd, tmp_path):
    assert mlsd("release").exit_code == 2
    with pytest.raises(ValueError, match="name the sections"):
        release([], tmp_path, tmp_path / "x.zip")
    assert "out must end in .zip" in mlsd("release", "4.1", "--out", tmp_path / "x.tar").output
    assert mlsd("release", "99.9").exit_code == 2
