"""Running notebooks: success and every way to fail, judged by what is in the notebook."""

import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest

from mlsdlib.course import kernel
from mlsdlib.course.evidence import claims_of
from mlsdlib.course.jobs import Job, Result, judge, output_name, run_job
from mlsdlib.course.run import plan, run
from mlsdlib.course.sections import select

LOOK = """\
import json, os
from ipykernel.connect import get_connection_info
names = ["OMP_NUM_THREADS", "PYTHONHASHSEED", "TZ", "MLSD_PROGRESS"]
facts = {"pid": os.getpid(), "parent": os.getppid(), "env": {n: os.environ[n] for n in names}}
print(json.dumps({**get_connection_info(unpack=True), **facts}, default=str))"""


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path, monkeypatch):
    """Give kernels a folder for their files and sockets; it and the process list end up clean."""
    folder = tempfile.mkdtemp(prefix="k-")
    monkeypatch.setattr(tempfile, "tempdir", folder)
    monkeypatch.setenv("TMPDIR", folder)
    yield
    left = [
        file.name
        for file in Path(folder).iterdir()
        if file.suffix == ".json" or "mlsd-" in file.name
    ]
    alive = [
        p.pid
        for p in psutil.process_iter(["cmdline"])
        if folder in " ".join(p.info["cmdline"] or [])
    ]
    shutil.rmtree(folder)
    assert (left, alive) == ([], [])


@pytest.fixture
def job(tiny):
    """The one job of the tiny course, once its notebook is written."""

    def make(**parameters):
        (planned,) = plan([tiny.section], parameters, out=tiny.root / "runs")
        return planned

    return make


def names_in(folder):
    return sorted(file.name for file in folder.iterdir())


def printed(file, containing):
    notebook = nbformat.read(file, as_version=4)
    (cell,) = [c for c in notebook.cells if containing in c.source]
    return "".join(output.text for output in cell.outputs)


# ---- success


def test_a_run_uses_its_own_kernel_without_ports_and_leaves_one_file(tiny, job):
    tiny.write(LOOK)
    cells = []
    result = run_job(job(), on_cell=lambda *facts: cells.append(facts))
    assert (result.ok, result.error, result.cell) == (True, "", None)
    assert names_in(tiny.root / "runs") == ["09_9_tiny.ipynb"]
    assert cells == [("9.9", done, 5) for done in range(1, 6)]
    facts = json.loads(printed(result.output, "get_connection_info"))
    assert facts["transport"] == "ipc"
    assert facts["ip"].startswith(str(Path(tempfile.gettempdir()) / "mlsd-"))
    assert facts["env"] == {
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "MLSD_PROGRESS": "off",
    }
    assert not psutil.pid_exists(facts["pid"])


def test_parameters_reach_the_notebook_its_claims_and_the_files_name(tiny, job):
    tiny.write("print(seed, scale, mode)")
    result = run_job(job(seed="3", scale=2, mode="slow"))
    assert result.output.name == "09_9_tiny-seed=3-scale=2.0-mode=slow.ipynb"
    assert printed(result.output, "print(seed") == "3 2.0 slow\n"
    (claim,) = claims_of(result.output)
    assert (claim.value, claim.parameters) == (4.0, {"seed": 3, "scale": 2.0, "mode": "slow"})


def test_quick_takes_the_small_values_and_a_value_given_overrides_them(tiny):
    tiny.write()
    out = tiny.root / "runs"
    assert plan([tiny.section], {}, out=out, quick=True)[0].parameters == {"seed": 1}
    assert plan([tiny.section], {"seed": 5}, out=out, quick=True)[0].parameters == {"seed": 5}


def test_papermill_alone_runs_a_notebook_with_parameters(tiny):
    tiny.write("print(seed, scale)")
    output = tiny.root / "out.ipynb"
    words = [tiny.notebook, output, "-p", "seed", "4", "-p", "scale", "2.0", "-k", "python3"]
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "unknown parameter" not in done.stderr
    assert printed(output, "print(seed") == "4 2.0\n"
    assert claims_of(output)[0].parameters["seed"] == 4


def test_braces_in_a_path_are_no_placeholders(tiny, job):
    tiny.write()
    odd = replace(job(), output=tiny.root / "a{b}" / "{seed}.ipynb")
    assert run_job(odd).output == tiny.root / "a{b}" / "{seed}.ipynb"
    assert odd.output.exists()


# ---- failure


@pytest.mark.parametrize(
    ("code", "error", "parameters"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero", {}),
        ("1 / 0", "ZeroDivisionError: division by zero", {"seed": 2}),
        ("raise ValueError('one\\ntwo')", "ValueError: one", {}),
        ("import sys\nsys.exit(0)", "SystemExit: 0", {"seed": 2}),
        ("import os\nos._exit(1)", "DeadKernelError: Kernel died", {}),
        ("import os\nos._exit(1)", "DeadKernelError: Kernel died", {"seed": 2}),
    ],
)
def test_a_failure_names_error_and_cell_and_keeps_what_ran(tiny, job, code, error, parameters):
    tiny.write("before = 1", code)
    result = run_job(job(**parameters))
    assert (result.ok, result.error) == (False, error)
    assert tiny.read().cells[result.cell].source == code
    assert names_in(tiny.root / "runs") == [result.output.name]
    assert result.output.name.endswith(".failed.ipynb")
    ran = {cell.source: cell for cell in tiny.read(result.output).cells}
    assert ran["before = 1"].execution_count
    assert ran["recap()"].execution_count is None


def test_a_cell_that_never_ends_is_stopped(tiny, job, monkeypatch):
    monkeypatch.setattr(kernel, "CELL_SECONDS", 1)
    tiny.write("while True:\n    pass")
    result = run_job(job())
    assert result.error.startswith("CellTimeoutError: A cell timed out")
    assert tiny.read().cells[result.cell].source.startswith("while True")
    assert result.output.name == "09_9_tiny.failed.ipynb"


def test_a_notebook_without_recap_did_not_run_to_its_end(tiny, job):
    tiny.write("x = 1", recap=False)
    result = run_job(job())
    assert result.error == "the last cell did not show recap(): the notebook did not run to its end"
    assert (result.cell, result.output.exists()) == (None, True)


def test_a_failure_leaves_the_old_good_output_and_success_removes_the_failed_one(tiny, job):
    tiny.write("x = 1")
    good = run_job(job()).output
    before = good.read_bytes()
    tiny.write("1 / 0")
    run_job(job())
    assert names_in(good.parent) == ["09_9_tiny.failed.ipynb", "09_9_tiny.ipynb"]
    assert good.read_bytes() == before
    tiny.write("x = 2")
    run_job(job())
    assert names_in(good.parent) == ["09_9_tiny.ipynb"]
    assert good.read_bytes() != before


def test_what_an_earlier_run_left_is_not_passed_off_as_this_runs(tiny, job):
    tiny.write().notebook.unlink()
    out = tiny.root / "runs"
    out.mkdir()
    for name in (".09_9_tiny.part.ipynb", "09_9_tiny.failed.ipynb"):
        (out / name).write_text("from an earlier run")
    result = run_job(job())
    assert result.error.startswith("FileNotFoundError")
    assert names_in(out) == []


def test_a_file_that_is_no_notebook_is_a_failure_and_no_exception(tiny, job):
    tiny.write().notebook.write_text("no notebook")
    result = run_job(job())
    assert not result.ok
    assert result.error


# ---- the judge


def executed(*cells):
    """A notebook of code cells given as (execution count, outputs)."""
    v4 = nbformat.v4
    made = [v4.new_code_cell("x", execution_count=count, outputs=shown) for count, shown in cells]
    return v4.new_notebook(cells=[v4.new_markdown_cell("text"), *made])


ENDED = nbformat.v4.new_output("display_data", {}, metadata={"mlsdlib.done": {}})
ERROR = nbformat.v4.new_output("error", ename="ValueError", evalue="no\nmore", traceback=[])


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        ([(1, []), (2, [ENDED])], ("", None)),
        ([(1, [ENDED]), (2, [])], ("the last cell did not show recap(): ", None)),
        ([(1, [ERROR]), (2, [ENDED])], ("ValueError: no", 1)),
        ([(1, []), (None, [ENDED])], ("this cell was never executed: ", 2)),
    ],
)
def test_a_notebook_is_judged_by_its_content(cells, verdict):
    error, cell = judge(executed(*cells))
    assert (error[: len(verdict[0])], cell) == verdict
    assert bool(error) == bool(verdict[0])


def test_an_empty_cell_needs_no_execution_count():
    notebook = executed((1, [ENDED]))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(" "))
    assert judge(notebook) == ("", None)


def test_a_files_name_holds_only_letters_that_any_system_takes():
    assert output_name("03_2_x", {"a": "b/c: d", "e": -0.5}) == "03_2_x-a=b_c__d-e=-0.5.ipynb"


# ---- many jobs


class Inline(Executor):
    """Runs nothing: notes the jobs in the order they come, and fails where told to."""

    def __init__(self, broken=()):
        self.seen, self.broken = [], broken

    def submit(self, fn, job):
        self.seen.append(job.section)
        future = Future()
        if job.section in self.broken:
            future.set_exception(BrokenProcessPool("killed"))
        else:
            future.set_result(Result(job, job.output, 0.0))
        return future


JOBS = [
    Job("1.1", Path("a.ipynb"), Path("out/a.ipynb"), alone=True),
    Job("1.2", Path("b.ipynb"), Path("out/b.ipynb")),
    Job("1.3", Path("c.ipynb"), Path("out/c.ipynb")),
]


def test_jobs_that_compare_durations_run_last_and_results_keep_the_order():
    executor, told = Inline(), []
    results = run(JOBS, executor=executor, on_result=told.append)
    assert executor.seen == ["1.2", "1.3", "1.1"]
    assert [result.job for result in results] == JOBS
    assert {result.job.section for result in told[:2]} == {"1.2", "1.3"}


def test_a_worker_that_dies_is_one_failed_result():
    results = run(JOBS, executor=Inline(broken={"1.2"}))
    assert [result.ok for result in results] == [True, False, True]
    assert results[1].error == "the worker process ended: killed"
    assert results[1].output == Path("out/b.failed.ipynb")


def test_two_notebooks_run_in_worker_processes_and_one_failure_stops_no_other(tiny, job):
    tiny.write(LOOK)
    good = job()
    bad = tiny.root / "notebooks" / "bad.ipynb"
    made = tiny.read()
    made.cells[-1].source = "1 / 0"
    nbformat.write(made, bad)
    cells = []
    jobs = [
        replace(good, section="bad", notebook=bad, output=good.output.with_name("bad.ipynb")),
        good,
    ]
    first, second = run(jobs, workers=2, on_cell=lambda *facts: cells.append(facts))
    assert (first.error, first.cell) == ("ZeroDivisionError: division by zero", 5)
    assert second.ok
    assert {(section, total) for section, _, total in cells} == {("9.9", 5), ("bad", 5)}
    assert "ipc" in printed(second.output, "get_connection_info")


def test_a_claim_that_compares_durations_makes_its_notebook_run_alone(tiny, job):
    tiny.write()
    assert not job().alone
    tiny.edit("above = 1", "above = 1\ntiming = true", tiny.claims)
    assert job().alone


def test_there_is_at_least_one_worker():
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        run([], workers=0)


def test_the_parts_of_a_section_take_those_parameters_that_are_theirs(tiny):
    tiny.write()
    text = tiny.source.read_text().replace("mode: str", "size: str").replace("9.9", "9.8")
    for part in "ab":
        renamed = text.replace("size: str", f"size_{part}: str")
        (tiny.root / "notebooks" / f"09_8{part}_part.py").write_text(renamed)
    out, parts = tiny.root / "runs", select(["9.8"])
    first, second = plan(parts, {"seed": 3, "size_a": "slow"}, out=out)
    assert (first.parameters, second.parameters) == ({"seed": 3, "size_a": "slow"}, {"seed": 3})
    with pytest.raises(ValueError, match=r"section 9\.8a has no parameter 'size'"):
        plan(parts, {"size": "slow"}, out=out)
    with pytest.raises(ValueError, match=r"section 9\.8b has no parameter 'size_a'"):
        plan(parts[1:], {"size_a": "slow"}, out=out)


def test_a_section_needs_one_parameters_cell(tiny, job):
    tiny.write().edit(' tags=["parameters"]', "")
    with pytest.raises(ValueError, match=r"section 9\.9 has 0 parameters cells, needs one"):
        job()
