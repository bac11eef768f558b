"""Grading on a Dask cluster gives the marks of a machine on its own."""

import pytest
from distributed import Client, LocalCluster

from mlsdlib.course.classroom import grading, isolation
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import GRADER_ERROR
from mlsdlib.course.classroom.sandbox import Answer, Sandbox
from mlsdlib.course.classroom.submissions import collect
from mlsdlib.course.store import Store
from tests.course.classroom.attacks import NEIGHBOUR, RIGHT
from tests.course.classroom.submissions import notebook

pytestmark = pytest.mark.xdist_group("classroom on a cluster")  # one cluster for all


@pytest.fixture
def handed_in(tmp_path):
    """The submissions of twelve students."""
    for n in range(12):
        file = tmp_path / "submissions" / f"student {n:02}.ipynb"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(notebook(RIGHT if n % 3 else "x = (", NEIGHBOUR))
    return collect(tmp_path / "submissions")


class Leaky(Sandbox):
    """A jail that lets its submission see what it must not."""

    def run(self, *args, **kwargs):
        return [Answer("result", raw=b'{"value": [1000, true, false, false]}')]


@pytest.fixture
def task(walls):
    return grading.Task(("4.1-e1", "4.1-e2"), "a secret", walls, Limits())


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_cluster_gives_the_same_marks_and_they_are_kept(handed_in, task, client, tmp_path):
    alone = grading.grade_all(handed_in, task, Store(tmp_path / "alone"))
    told = []
    with client.get_executor(pure=False) as executor:
        for _ in range(2):
            spread = grading.grade_all(
                handed_in, task, Store(tmp_path / "spread"), executor=executor,
                on_graded=lambda graded, resumed: told.append(resumed),
            )  # fmt: skip
            assert spread == alone
    assert told == [False] * 12 + [True] * 12
    assert {mark.outcome for one in alone for mark in one.marks} == {"correct", "missing"}


def test_a_worker_of_another_version_gives_no_marks(handed_in, task, client, tmp_path, monkeypatch):
    store = Store(tmp_path / "parts")
    monkeypatch.setattr(grading, "_digest", lambda task, exercises: "of another version")
    with client.get_executor(pure=False) as executor:
        graded = grading.grade_all(handed_in[:2], task, store, executor=executor)
    marks = [mark for one in graded for mark in one.marks]
    assert {mark.outcome for mark in marks} == {GRADER_ERROR}
    assert "on this worker are of another version" in marks[0].why
    assert list((tmp_path / "parts").glob("*.json")) == []


def test_walls_that_do_not_hold_on_a_worker_are_no_zero(handed_in, task, client, tmp_path):
    def without_jails():
        isolation.ensure.cache_clear()
        isolation.Sandbox = Leaky

    client.run(without_jails)
    with client.get_executor(pure=False) as executor:
        store = Store(tmp_path / "parts")
        graded = grading.grade_all(handed_in[:1], task, store, executor=executor)
    marks = graded[0].marks
    assert {mark.outcome for mark in marks} == {GRADER_ERROR}
    assert "a trial jail leaks" in marks[0].why
