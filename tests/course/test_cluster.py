"""The same jobs on a Dask cluster, with a worker that dies, and outputs that go elsewhere."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path

import nbformat
import pytest
from distributed import Client, LocalCluster
from fsspec.implementations.memory import MemoryFileSystem

from mlsdlib.course import sweep
from mlsdlib.course.batch import run_jobs
from mlsdlib.course.jobs import judge
from mlsdlib.course.manifest import read_rows
from mlsdlib.course.store import Store
from tests.course.processes import within

pytestmark = pytest.mark.usefixtures("no_process_left")

WHERE = """\
import os, pathlib, time
with pathlib.Path(os.environ["MLSD_ROOT"], "where").open("a") as log:
    _ = log.write(f"{seed} {os.getppid()}\\n")
time.sleep(0.2)"""
SLEEP = "import time; time.sleep(0.5)"


@pytest.fixture(scope="module", autouse=True)
def pythons_own_helper():
    """Start the process that `multiprocessing` keeps as long as this one lives."""
    resource_tracker.ensure_running()


# ---- a cluster that Dask makes


def where(tiny, seed):
    """The processes that have run the notebook of a seed."""
    lines = [line.split() for line in (tiny.root / "where").read_text().splitlines()]
    return [int(pid) for number, pid in lines if int(number) == seed]


def test_a_local_cluster_gives_the_whole_table_though_a_worker_is_killed(tiny):
    other, *jobs = tiny.write(WHERE).jobs(seed=range(7))
    jobs.append(replace(other, library="another"))
    done = []

    def kill_who_ran_the_first(result):
        if result.ok and not done:
            done.append(result.job.parameters["seed"])
            time.sleep(0.5)
            os.kill(*where(tiny, done[0]), signal.SIGKILL)

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
        client.get_executor(pure=False) as executor,
    ):
        workers = set(client.run(os.getpid).values())
        results = run_jobs(jobs, executor=executor, on_result=kill_who_ran_the_first)
    refused = results.pop()
    assert refused.error.startswith("RuntimeError: the library, the data or the packages here are")
    assert [result.error for result in results] == [""] * 6
    assert [result.claims[0].parameters["seed"] for result in results] == list(range(1, 7))
    assert len(read_rows(jobs[0].store)) == 6
    assert where(tiny, 0) == []
    assert where(tiny, done[0])[0] in workers
    assert len(where(tiny, done[0])) == 1  # what was done is not done again


# ---- a cluster of processes of its own


@pytest.fixture
def dask(tiny, tmp_path, spawn):
    """Start a part of Dask; it ends with the test."""

    def start(what, *words):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words]
        with (tmp_path / "dask.log").open("a") as log:
            return spawn(*command, stdout=log, stderr=log, cwd=tmp_path)

    return start


@pytest.fixture
def address(dask, tmp_path):
    """The address of a scheduler on the loopback."""
    file = tmp_path / "scheduler.json"
    dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    assert within(60, lambda: file.exists() and file.read_text().endswith("}"))
    return json.loads(file.read_text())["address"]


@pytest.fixture
def worker(dask, address):
    """Start a worker process that joins the scheduler."""
    options = ["--no-nanny", "--nthreads", "1", "--death-timeout", "60"]
    return lambda: dask("worker", address, *options)


@pytest.fixture
def command(spawn):
    """Start `mlsd` with these words."""
    start = [sys.executable, "-m", "mlsdlib.course"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return lambda *words: spawn(*start, *words, **pipes)


def test_a_sweep_on_a_cluster_is_whole_though_a_worker_is_killed(tiny, address, worker, command):
    tiny.write(SLEEP)
    killed, _ = worker(), worker()
    run = command("sweep", "9.9", "-p", "seed=0:8", "--dask", address, "--name", "dask")
    store = Store(tiny.runs / "dask")
    assert within(120, lambda: len(read_rows(store)) >= 2)
    killed.kill()
    assert len(read_rows(store)) < 8
    errors = run.communicate(timeout=200)[1]
    assert run.returncode == 0, errors
    table = sweep.load(tiny.runs / "dask").frame
    assert sorted(table["seed"]) == list(range(8))
    assert (set(table["verdict"]), set(table["error"])) == ({"holds"}, {""})
    assert len(read_rows(store)) == 8


def test_a_ctrl_c_does_not_wait_for_the_cluster(tiny, address, worker, command):
    tiny.write("import time; time.sleep(60 * seed)")
    worker()
    run = command("run", "9.9", "-p", "seed=0:4", "--dask", address, "--out", "dask", "--cold")
    store = Store(tiny.root / "dask")
    assert within(120, lambda: len(read_rows(store)) == 1)
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)
    start = time.monotonic()
    errors = run.communicate(timeout=60)[1]
    assert (run.returncode, "mlsd: stopped." in errors) == (130, True), errors
    assert time.monotonic() - start < 20
    assert len(read_rows(store)) == 1


# ---- no cluster


def test_an_address_where_nobody_answers_is_named(tiny, command):
    tiny.write()
    run = command("run", "9.9", "--dask", "tcp://127.0.0.1:1")
    errors = run.communicate(timeout=60)[1]
    assert run.returncode == 2
    assert errors.startswith("mlsd: no scheduler answers at tcp://127.0.0.1:1: ")
    assert errors.count("\n") == 1


def test_without_the_package_the_extra_is_named(tiny, mlsd, monkeypatch):
    tiny.write()
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = mlsd("run", "9.9", "--dask", "tcp://127.0.0.1:1")
    assert done.exit_code == 2
    assert done.stderr == 'mlsd: --dask needs a package: pip install "mlsdlib[cluster]"\n'


# ---- outputs that go elsewhere


@pytest.fixture
def threads():
    """Two threads. Jupyter makes an event loop for each and never closes it: dropped here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with ThreadPoolExecutor(2) as executor:
            yield executor
        gc.collect()


@pytest.fixture
def bucket(monkeypatch):
    """A place that is no folder, in this process's memory; and the puts it is asked for."""
    puts = []
    put = MemoryFileSystem.pipe_file

    def pipe_file(self, path, value, *args, **options):
        if "seed=1.ipynb" in path:
            raise OSError("the bucket is full")
        puts.append(path.rpartition("/")[2])
        return put(self, path, value, *args, **options)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)
    yield Store("memory://sweeps/one"), puts
    MemoryFileSystem().rm("/sweeps", recursive=True)


def test_outputs_go_to_a_bucket_and_a_row_only_after_its_output(tiny, threads, bucket):
    store, puts = bucket
    jobs = [replace(job, store=store) for job in tiny.write().jobs(seed=range(3))]
    results = run_jobs(jobs, executor=threads)
    assert [result.error for result in results] == ["", "OSError: the bucket is full", ""]
    assert sorted(read_rows(store)) == ["09_9_tiny-seed=0.ipynb", "09_9_tiny-seed=2.ipynb"]
    assert len(puts) == 4
    for seed in (0, 2):
        stem = f"09_9_tiny-seed={seed}"
        assert puts.index(f"{stem}.ipynb") < puts.index(f"{stem}.json")
        notebook = nbformat.reads(store.get(f"{stem}.ipynb").decode(), as_version=4)
        assert judge(notebook) == ("", None)
    again = run_jobs(jobs[::2], executor=None)
    assert [result.resumed for result in again] == [True, True]
    assert not Path("memory:").exists()
