"""Many jobs: their order, where they run, and what a second run does not do again."""

import gc
import shutil
import socket
import warnings
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest
from pandas.testing import assert_frame_equal

from mlsdlib.course import run, sweep
from mlsdlib.course.batch import run_jobs
from mlsdlib.course.inputs import PACKAGE
from mlsdlib.course.jobs import Job, Result, run_job
from mlsdlib.course.store import Store

pytestmark = pytest.mark.usefixtures("nothing_is_left")
ROW = "manifest/09_9_tiny.json"
ODD_FAILS = "assert seed % 2 == 0, 'odd'"
NOTE = """\
import os, pathlib, time
with pathlib.Path(os.environ["MLSD_ROOT"], "log").open("a") as log:
    print("start", seed, file=log, flush=True)
    time.sleep(0.2)
    print("end", seed, file=log)"""
MEET = """\
import os, pathlib, time
root, end = pathlib.Path(os.environ["MLSD_ROOT"]), time.monotonic() + 60
(root / f"here-{seed}").touch()
while not (root / f"here-{1 - seed}").exists():
    assert time.monotonic() < end, "the other notebook does not run"
    time.sleep(0.02)"""


class Here(Executor):
    """Notes each job it is given, then runs it here and now, or fails as it is told to."""

    def __init__(self, *, runs=True, broken=(), refused=()):
        self.seen, self.runs, self.broken, self.refused = [], runs, broken, refused

    def submit(self, fn, job):
        self.seen.append(job)
        if job.section in self.refused:
            raise BrokenProcessPool("no more jobs")
        future = Future()
        if job.section in self.broken:
            future.set_exception(BrokenProcessPool("killed"))
        else:
            future.set_result(fn(job) if self.runs else Result(job, job.output, 0.0))
        return future


# ---- order


@pytest.fixture
def three(tmp_path):
    """Three jobs that nothing runs; the first compares durations."""
    store = Store(tmp_path / "runs")
    return [
        Job("1.1", "a.ipynb", "", "a.ipynb", store, alone=True, preload=("numpy", "torch")),
        Job("1.2", "b.ipynb", "", "b.ipynb", store, preload=("numpy",)),
        Job("1.3", "c.ipynb", "", "c.ipynb", store, preload=("duckdb",)),
    ]


def test_jobs_that_compare_durations_run_last_and_results_keep_the_order(three):
    executor, told = Here(runs=False), []
    results = run_jobs(three, executor=executor, on_result=told.append)
    assert [job.section for job in executor.seen] == ["1.2", "1.3", "1.1"]
    assert [result.job for result in results] == three
    assert {result.job.section for result in told[:2]} == {"1.2", "1.3"}
    assert told[2] == results[0]


def test_one_parent_is_to_import_what_any_of_the_jobs_needs_and_none_where_kernels_are_cold(three):
    warm, cold = Here(runs=False), Here(runs=False)
    run_jobs(three, executor=warm)
    run_jobs(three, executor=cold, cold=True)
    assert {job.preload for job in warm.seen} == {("duckdb", "numpy", "torch")}
    assert {job.preload for job in cold.seen} == {()}


@pytest.mark.parametrize(
    ("executor", "error"),
    [
        (Here(runs=False, broken={"1.2"}), "BrokenProcessPool: killed"),
        (Here(runs=False, refused={"1.2"}), "BrokenProcessPool: no more jobs"),
    ],
    ids=["the worker dies", "the pool is broken"],
)
def test_a_job_that_an_executor_loses_is_one_failed_result(three, executor, error):
    results = run_jobs(three, executor=executor)
    assert [result.error for result in results] == ["", error, ""]
    assert results[1].output == "b.failed.ipynb"


def test_there_is_at_least_one_worker_and_there_may_be_no_job():
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        run_jobs([], workers=0)
    assert run_jobs([]) == []


# ---- where they run


@pytest.fixture
def threads():
    """Two threads. Jupyter makes an event loop for each and never closes it: dropped here."""
    executor = ThreadPoolExecutor(2)
    yield executor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        executor.shutdown()
        gc.collect()


def test_two_workers_run_two_notebooks_at_the_same_time(tiny):
    tiny.write(MEET)
    cells = []
    jobs = tiny.jobs(seed="0:2")
    results = run_jobs(jobs, workers=2, on_cell=lambda *facts: cells.append(facts))
    assert [result.error for result in results] == ["", ""]
    assert [result.job for result in results] == jobs
    assert sorted(cells) == [(job.output, done, 6) for job in jobs for done in range(1, 7)]


def test_one_failure_stops_no_other(tiny):
    tiny.write(ODD_FAILS)
    results = run_jobs(tiny.jobs(seed="0:3"), workers=1)
    assert [result.error for result in results] == ["", "AssertionError: odd", ""]
    assert tiny.read().cells[results[1].cell].source == ODD_FAILS
    assert Store(tiny.runs).names("manifest") == ["09_9_tiny-seed=0.json", "09_9_tiny-seed=2.json"]


@pytest.mark.parametrize("workers", [2, "threads"])
def test_notebooks_that_compare_durations_run_one_at_a_time(tiny, workers, request):
    tiny.write(NOTE)
    timed = [replace(job, alone=job.parameters["seed"] < 2) for job in tiny.jobs(seed="0:3")]
    if workers == "threads":
        results = run_jobs(timed, executor=request.getfixturevalue("threads"))
    else:
        results = run_jobs(timed, workers=workers)
    assert [result.error for result in results] == ["", "", ""]
    lines = (tiny.root / "log").read_text().splitlines()
    assert lines[:2] == ["start 2", "end 2"]
    assert lines[3] == lines[2].replace("start", "end")  # before the other starts
    assert sorted(lines[2:]) == ["end 0", "end 1", "start 0", "start 1"]


def test_any_executor_will_do_and_so_will_any_store(tiny, threads):
    tiny.write(ODD_FAILS)
    options = {"parameters": {"seed": range(2)}, "out": f"memory://{tiny.root}", "cold": True}
    first = run("9.9", executor=threads, **options)
    assert first["error"].tolist() == ["", "AssertionError: odd"]
    assert first["claim"].tolist()[0] == "9.9-1"
    second = Here()
    assert_frame_equal(run("9.9", executor=second, **options)[:1], first[:1])
    assert [job.parameters for job in second.seen] == [{"seed": 1}]
    assert not tiny.runs.exists()


# ---- what is done is not done again


@pytest.fixture
def done(tiny, tmp_path, monkeypatch):
    """The tiny course with a copy of the library as its own, its one job done."""
    package = tmp_path / "mlsdlib"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("datasets", "__pycache__"))
    for module in ("inputs", "plan"):
        monkeypatch.setattr(f"mlsdlib.course.{module}.PACKAGE", package)
    tiny.write("x = 1")
    result = run_job(tiny.job())
    assert result.ok
    return result


def again(tiny, **options):
    """Run the job of the tiny course as it is now: how many notebooks ran, and the result."""
    executor = Here()
    (result,) = run_jobs([tiny.job()], executor=executor, **options)
    assert result.resumed == (not executor.seen)
    return len(executor.seen), result


def test_a_second_run_runs_nothing_unless_asked_and_gives_the_same_claims(tiny, done):
    killed = tiny.runs / f".01234567-{2**30}-{socket.gethostname()}.part"  # no such process
    killed.touch()
    count, result = again(tiny)
    assert (count, killed.exists()) == (0, False)
    assert (result.claims, result.seconds, result.url) == (done.claims, done.seconds, done.url)
    assert result.claims[0].value == 2.0
    assert again(tiny, again=True)[0] == 1


def test_a_second_run_in_worker_processes_starts_none(tiny, done, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a process was started"))
    (result,) = run_jobs([tiny.job()], workers=2)
    assert (result.ok, result.resumed) == (True, True)


def change_the_notebook(tiny, package):
    tiny.write("x = 2")


def change_the_library(tiny, package):
    with (package / "estimate.py").open("a") as stream:
        stream.write("# changed\n")


def remove_the_output(tiny, package):
    Store(tiny.runs).remove("09_9_tiny.ipynb")


def remove_the_row(tiny, package):
    Store(tiny.runs).remove(ROW)


def cut_the_row(tiny, package):
    store = Store(tiny.runs)
    store.put(ROW, store.get(ROW)[:-1])


CHANGES = [
    change_the_notebook,
    change_the_library,
    remove_the_output,
    remove_the_row,
    cut_the_row,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_or_is_not_whole_runs_again_once(tiny, done, tmp_path, change):
    change(tiny, tmp_path / "mlsdlib")
    assert [again(tiny)[0], again(tiny)[0]] == [1, 0]


def test_other_parameters_are_another_job(tiny, done):
    executor = Here()
    results = run_jobs([*tiny.jobs(seed="0:2"), tiny.job()], executor=executor)
    assert [job.parameters for job in executor.seen] == [{"seed": 0}, {"seed": 1}]
    assert [result.resumed for result in results] == [False, False, True]


def test_a_failed_job_runs_again_and_its_old_good_output_stays(tiny, done):
    output = tiny.runs / "09_9_tiny.ipynb"
    before = output.read_bytes()
    tiny.write("1 / 0")
    for _ in range(2):
        count, result = again(tiny)
        assert (count, result.error) == (1, "ZeroDivisionError: division by zero")
        assert output.read_bytes() == before
    tiny.write("x = 1")
    assert again(tiny)[0] == 0  # the old output is still that of the old notebook


# ---- from Python


def test_run_returns_the_frame_of_the_claims_with_failures_as_rows(tiny):
    tiny.write(ODD_FAILS)
    frame = run("9.9", parameters={"seed": "0:2", "scale": 2}, workers=1, cold=True)
    named = ["section", "seed", "scale", "error"]
    assert frame[named].to_numpy().tolist() == [
        ["9.9", 0, 2.0, ""],
        ["9.9", 1, 2.0, "AssertionError: odd"],
    ]
    assert frame.loc[0, ["claim", "verdict", "value"]].tolist() == ["9.9-1", "holds", 4.0]
    assert frame["claim"].isna().tolist() == [False, True]
    expected = sweep.tidy(run_jobs(tiny.jobs(seed="0:2", scale=2), executor=Here()))
    assert_frame_equal(frame.drop(columns="seconds"), expected.drop(columns="seconds"))


def test_run_takes_all_sections_where_none_is_named_and_their_small_values(tiny):
    tiny.write()
    frame = run(executor=Here(), quick=True, cold=True)
    assert frame[["section", "seed"]].to_numpy().tolist() == [["9.9", 1]]


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        (["8.8"], {}, "section must be one of 9.9, got '8.8'"),
        (["9.9"], {"parameters": {"rows": 1}}, "section 9.9 has no parameter 'rows'"),
        (["9.9"], {"parameters": {"seed": range(11)}}, "seed takes int from 0 to 9, got 10"),
        (["9.9"], {"out": "nowhere://x"}, "nowhere"),
        (["9.9"], {"workers": 0}, "workers must be at least 1, got 0"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(tiny, words, options, message):
    tiny.write()
    executor = Here()
    with pytest.raises(ValueError, match=message):
        run(*words, executor=executor, **options)
    assert (executor.seen, tiny.runs.exists()) == ([], False)
