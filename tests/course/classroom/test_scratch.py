"""A folder is removed when nobody holds it any more, and not before."""

import os
import subprocess
import sys
import tempfile

import pytest

from mlsdlib.course.classroom import strip
from mlsdlib.course.classroom.marking import Packages
from mlsdlib.course.classroom.scratch import scratch

HOLD = """
from mlsdlib.course.classroom.scratch import scratch
with scratch("jail") as folder:
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_lives_as_long_as_its_maker(place):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "TMPDIR": str(place)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        theirs = process.stdout.readline().strip()
        with scratch("packages") as ours:
            assert sorted(place.iterdir()) == sorted([place / theirs, ours])
            assert ours.stat().st_mode & 0o777 == 0o755
        assert list(place.iterdir()) == [place / theirs]
        process.kill()
        process.wait()
    assert list(place.iterdir()) == [place / theirs]
    with scratch("packages") as ours:
        assert list(place.iterdir()) == [ours]


def test_what_is_not_ours_stays(place):
    other = place / "other"
    other.mkdir()
    (place / "mlsd-class-jail-link").symlink_to(other)
    (place / "mlsd-course").mkdir()
    with scratch("jail"):
        pass
    assert {p.name for p in place.iterdir()} == {"other", "mlsd-class-jail-link", "mlsd-course"}


def test_packages_that_cannot_be_built_leave_nothing(place, monkeypatch):
    def full(folder):
        folder.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(strip, "build", full)
    with pytest.raises(OSError, match="No space"), Packages(()):
        pass
    assert list(place.iterdir()) == []
