"""One grader for many submissions, with limits that a test can wait for."""

from __future__ import annotations

import tempfile

import psutil
import pytest

from mlsdlib.course.classroom import isolation
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import Assignment, Grader, Packages
from mlsdlib.course.classroom.registry import Registry

LIMITS = Limits(cpu_seconds=1, seconds=6, megabytes=600, disk_megabytes=40)


@pytest.fixture(scope="session")
def walls():
    """The walls of this machine; without any there is nothing to test."""
    try:
        return isolation.choose().walls
    except ValueError as err:
        pytest.skip(str(err))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A temporary folder of our own, to see what is left in it."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture(scope="module")
def grader(walls, place):
    """A grader of two exercises."""
    chosen = tuple(Registry().select(["4.1-e1", "4.1-e2"]))
    before = set(psutil.Process().children())
    with Packages(chosen) as packages:
        assignment = Assignment(chosen, "a secret", LIMITS)
        with Grader(assignment, packages, walls=walls) as made:
            yield made
    assert set(psutil.Process().children()) <= before
    assert list(place.iterdir()) == []
