"""Worker processes: one that dies costs its own job a retry, and nothing outlives the crew."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mlsdlib.course import crew
from mlsdlib.course.batch import run_jobs
from mlsdlib.course.crew import Crew, WorkerDied
from mlsdlib.course.evidence import claims_of
from mlsdlib.course.kernel import set_environment
from mlsdlib.course.manifest import read_rows
from mlsdlib.course.store import Store
from tests.course.processes import within

pytestmark = pytest.mark.usefixtures("no_process_left")

# A cold kernel's parent is the worker.
KILL_WORKER = """\
import os, pathlib, time
tries = pathlib.Path(os.environ["MLSD_ROOT"], f"tries-{seed}")
with tries.open("a") as log:
    _ = log.write("x")
if len(tries.read_text()) <= {1: 1, 2: 9}.get(seed, 0):
    os.kill(os.getppid(), 9)
    time.sleep(60)"""
NOISE = """
import os, sys, threading, time

def shout():
    while "mlsdlib.course.jobs" not in sys.modules:
        time.sleep(0.01)
    while True:
        print("noise"), os.write(1, b"noise"), os.system("echo noise")
        time.sleep(0.05)

if "worker" in " ".join(sys.orig_argv):
    threading.Thread(target=shout, daemon=True).start()
"""


def environment():
    return set_environment(dict(os.environ))


@pytest.fixture
def small_crew():
    """A crew of one worker that has run nothing yet."""
    with Crew(1, environment=environment(), on_cell=lambda *facts: None) as made:
        yield made


def worker_of(crew):
    assert within(10, lambda: crew._workers)
    return crew._workers[0].process


def tries(tiny, seed):
    return len((tiny.root / f"tries-{seed}").read_text())


# ---- a worker that dies


def test_a_job_whose_worker_dies_is_tried_once_more_and_the_others_are_fine(tiny):
    jobs = tiny.write(KILL_WORKER).jobs(seed=range(5))
    told = []
    results = run_jobs(jobs, workers=2, on_result=told.append)
    assert [r.error for r in results if r.job.parameters["seed"] != 2] == [""] * 4
    assert [tries(tiny, seed) for seed in range(5)] == [1, 2, 2, 1, 1]
    assert results[2].error == "WorkerDied: the worker process ended with code -9"
    assert results[2].output == "09_9_tiny-seed=2.failed.ipynb"
    assert len(told) == 5
    assert len(read_rows(jobs[0].store)) == 4


DIE_AS_THE_ROW_STANDS = """
import os, pathlib

def unlink(self, missing_ok=False, unlink=pathlib.Path.unlink):
    mark = self.parents[1] / "died"
    if self.name.endswith(".failed.ipynb") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    unlink(self, missing_ok)

pathlib.Path.unlink = unlink
"""


@pytest.mark.parametrize(("again", "runs"), [(False, 1), (True, 2)])
def test_a_worker_that_dies_before_it_can_tell_costs_nothing(
    tiny, tmp_path, monkeypatch, again, runs
):
    (tmp_path / "sitecustomize.py").write_text(DIE_AS_THE_ROW_STANDS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    tiny.write(KILL_WORKER)
    (result,) = run_jobs(tiny.jobs(seed=[0]), workers=1, again=again)
    assert (tiny.root / "died").exists()
    assert (result.error, result.resumed, tries(tiny, 0)) == ("", not again, runs)
    assert result.claims == tuple(claims_of(Path(result.url)))


def test_a_worker_killed_between_two_jobs_is_replaced(tiny, small_crew):
    first, second = tiny.write().jobs(seed=[1, 2])
    assert small_crew.submit(first).result().ok
    before = worker_of(small_crew)
    os.kill(before.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="ended with code -9"):
        small_crew.submit(second).result()
    assert small_crew.submit(second).result().ok
    assert worker_of(small_crew).pid != before.pid


def test_a_worker_that_hangs_is_killed_some_time_after_its_deadline(tiny, small_crew, monkeypatch):
    monkeypatch.setattr(crew, "GRACE_SECONDS", 0.0)
    future = small_crew.submit(replace(tiny.write().job(), seconds=1.0))
    os.kill(worker_of(small_crew).pid, signal.SIGSTOP)
    with pytest.raises(WorkerDied):
        future.result(timeout=20)


def test_an_error_in_what_is_told_of_a_cell_ends_the_run_and_its_workers(tiny):
    def fail(*facts):
        raise LookupError("no such bar")

    before = set(psutil.Process().children())
    with pytest.raises(LookupError, match="no such bar"):
        run_jobs(tiny.write().jobs(seed=[1, 2]), workers=2, on_cell=fail)
    assert within(5, lambda: set(psutil.Process().children()) <= before)


# ---- the pipes


def test_what_is_printed_in_a_worker_does_not_fall_among_the_results(tiny, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(NOISE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    cells = []
    jobs = tiny.write("import time; time.sleep(0.3)").jobs(seed=[1, 2, 3])
    results = run_jobs(jobs, workers=1, on_cell=lambda *facts: cells.append(facts))
    assert [r.error for r in results] == [""] * 3
    assert [done for _, done, _ in cells] == [1, 2, 3, 4, 5, 6] * 3


def test_a_worker_ends_if_its_runner_dies_in_the_middle_of_a_task(tiny, spawn):
    (job,) = tiny.write().jobs(seed=1)
    task = pickle.dumps(job)
    command = [sys.executable, "-P", "-m", "mlsdlib.course.worker"]
    for part in (b"", task[:5], task[:-5]):
        worker = spawn(*command, stdin=subprocess.PIPE, env=environment())
        worker.stdin.buffer.write(part)
        worker.stdin.close()
        assert worker.wait(20) == 0
    assert not tiny.runs.exists()


def test_a_closed_crew_leaves_no_process_no_descriptor_and_no_thread(tiny):
    job, longer = tiny.write("import time; time.sleep(seed * 30)").jobs(seed=[0, 1])

    def held():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before, others = held(), set(psutil.Process().children())
    for _ in range(2):
        with Crew(2, environment=environment(), on_cell=lambda *facts: None) as crew:
            assert crew.submit(job).result().ok
            os.kill(next(iter(crew._workers.values())).process.pid, signal.SIGKILL)
            under_way = crew.submit(longer)
            crew.submit(longer)
            crew.submit(longer)
            time.sleep(0.5)
        assert not under_way.done() or under_way.exception()
        assert set(psutil.Process().children()) <= others
        # A timer that was called off ends a little later.
        assert within(5, lambda: held() == before), (held(), before)


# ---- Ctrl-C


@pytest.mark.parametrize("how", ["warm", "cold"])
def test_a_ctrl_c_stops_a_run_and_what_was_done_is_kept(tiny, spawn, how):
    tiny.write("import time; time.sleep(60 if seed > 1 else 0)")
    words = ["run", "9.9", "-p", "seed=0:6", "--workers", "2", "--out", "kept"]
    command = [sys.executable, "-m", "mlsdlib.course", *words, *(["--cold"] * (how == "cold"))]
    run = spawn(*command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    store = Store(tiny.root / "kept")
    assert within(60, lambda: len(read_rows(store)) == 2)
    time.sleep(0.7)  # the next two have begun
    os.killpg(run.pid, signal.SIGINT)
    start = time.monotonic()
    said = run.communicate(timeout=30)[1]
    assert run.returncode == 130
    assert said.splitlines()[-1].startswith("mlsd: stopped. What was done is kept")
    assert "Traceback" not in said
    assert time.monotonic() - start < 5
    assert sorted(read_rows(store)) == [f"09_9_tiny-seed={n}.ipynb" for n in (0, 1)]
    assert len(store.names()) == 2
