"""One job: success and every way to fail, judged by what is in the notebook."""

import json
import pickle
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest

from mlsdlib.course import kernel
from mlsdlib.course.evidence import claims_of
from mlsdlib.course.jobs import judge, output_name, run_job
from mlsdlib.course.manifest import read_rows
from mlsdlib.course.store import Store

pytestmark = pytest.mark.usefixtures("nothing_is_left")
LOOK = """\
import json, os
from ipykernel.connect import get_connection_info
names = ["OMP_NUM_THREADS", "PYTHONHASHSEED", "TZ", "MLSD_PROGRESS"]
facts = {"pid": os.getpid(), "env": {n: os.environ[n] for n in names}}
print(json.dumps({**get_connection_info(unpack=True), **facts}, default=str))"""


def files_in(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.*"))


def printed(file, containing):
    notebook = nbformat.read(file, as_version=4)
    (cell,) = [c for c in notebook.cells if containing in c.source]
    return "".join(output.text for output in cell.outputs)


# ---- success


def test_a_run_uses_its_own_kernel_without_ports_and_leaves_output_and_row(tiny):
    tiny.write(LOOK)
    cells = []
    result = run_job(tiny.job(), on_cell=lambda *facts: cells.append(facts))
    assert (result.ok, result.error, result.cell, result.resumed) == (True, "", None, False)
    assert files_in(tiny.runs) == ["09_9_tiny.ipynb", "manifest/09_9_tiny.json"]
    assert result.url == str(tiny.runs / "09_9_tiny.ipynb")
    assert cells == [("09_9_tiny.ipynb", done, 5) for done in range(1, 6)]
    facts = json.loads(printed(result.url, "get_connection_info"))
    assert facts["transport"] == "ipc"
    assert facts["ip"].startswith(str(Path(tempfile.gettempdir()) / "mlsd-"))
    assert facts["env"] == {
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "MLSD_PROGRESS": "off",
    }
    assert not psutil.pid_exists(facts["pid"])


def test_a_result_can_be_received_without_the_packages_that_run_notebooks(tiny):
    result = run_job(tiny.write("1 + 1").job())
    assert result.claims
    receive = "import pickle, sys; pickle.load(sys.stdin.buffer); print('nbformat' in sys.modules)"
    run = [sys.executable, "-c", receive]
    done = subprocess.run(run, input=pickle.dumps(result), capture_output=True, check=True)
    assert done.stdout == b"False\n"


def test_parameters_reach_the_notebook_its_claims_the_files_name_and_the_row(tiny):
    tiny.write("print(seed, scale, mode)")
    cells = []
    job = tiny.job(seed="3", scale=2, mode="slow")
    result = run_job(job, on_cell=lambda *facts: cells.append(facts))
    assert result.output == "09_9_tiny-seed=3-scale=2.0-mode=slow.ipynb"
    assert printed(result.url, "print(seed") == "3 2.0 slow\n"
    assert cells[-1] == (result.output, 6, 6)  # papermill's own cell counts
    (claim,) = result.claims
    assert (claim.value, claim.parameters) == (4.0, {"seed": 3, "scale": 2.0, "mode": "slow"})
    assert claims_of(Path(result.url)) == [claim]
    row = read_rows(job.store)[result.output]
    assert (row.key, row.section, row.parameters) == (job.key, "9.9", claim.parameters)
    assert row.seconds == pytest.approx(result.seconds, abs=0.001)


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


def test_braces_in_a_path_are_no_placeholders(tiny):
    tiny.write()
    store = Store(tiny.root / "a{b}")
    odd = replace(tiny.job(), store=store, output="{seed}.ipynb")
    assert run_job(odd).ok
    assert files_in(tiny.root / "a{b}") == ["manifest/{seed}.json", "{seed}.ipynb"]


def test_an_output_goes_to_any_place_that_fsspec_knows(tiny):
    tiny.write()
    store = Store(f"memory://{tiny.root}")
    result = run_job(replace(tiny.job(), store=store))
    assert (result.ok, store.names()) == (True, ["09_9_tiny.ipynb"])
    assert json.loads(store.get("09_9_tiny.ipynb"))["cells"][-1]["execution_count"] == 4
    assert [row.key for row in read_rows(store).values()] == [result.job.key]


# ---- failure


@pytest.mark.parametrize(
    ("code", "error", "parameters"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero", {}),
        ("1 / 0", "ZeroDivisionError: division by zero", {"seed": 2}),
        ("raise ValueError('one\\ntwo')", "ValueError: one", {}),
        ("import sys\nsys.exit(0)", "SystemExit: 0", {"seed": 2}),
        ("import os\nos._exit(1)", "the kernel died while it ran this cell", {}),
        ("import os\nos._exit(1)", "the kernel died while it ran this cell", {"seed": 2}),
        ("import os\nos.kill(os.getpid(), 9)", "the kernel died while it ran this cell", {}),
    ],
)
def test_a_failure_names_error_and_cell_and_keeps_what_ran(tiny, code, error, parameters):
    tiny.write("before = 1", code)
    result = run_job(tiny.job(**parameters))
    assert (result.ok, result.error[: len(error)]) == (False, error)
    assert "\n" not in result.error
    assert tiny.read().cells[result.cell].source == code
    assert files_in(tiny.runs) == [result.output]
    assert result.output.endswith(".failed.ipynb")
    ran = {cell.source: cell for cell in tiny.read(result.url).cells}
    assert ran["before = 1"].execution_count
    assert ran["recap()"].execution_count is None


def test_a_cell_that_never_ends_is_stopped(tiny, monkeypatch):
    monkeypatch.setattr(kernel, "CELL_SECONDS", 1)
    tiny.write("while True:\n    pass")
    result = run_job(tiny.job())
    assert result.error == "the cell ran longer than 1 s, the limit of a cell"
    assert tiny.read().cells[result.cell].source.startswith("while True")
    assert result.output == "09_9_tiny.failed.ipynb"


def test_a_notebook_without_recap_did_not_run_to_its_end(tiny):
    tiny.write("x = 1", recap=False)
    result = run_job(tiny.job())
    assert result.error == "the last cell did not show recap(): the notebook did not run to its end"
    assert (result.cell, result.claims) == (None, ())
    assert files_in(tiny.runs) == ["09_9_tiny.failed.ipynb"]


def test_a_failure_leaves_the_old_good_output_and_success_removes_the_failed_one(tiny):
    tiny.write("x = 1")
    good, done = Path(run_job(tiny.job()).url), ["09_9_tiny.ipynb", "manifest/09_9_tiny.json"]
    before = good.read_bytes()
    tiny.write("1 / 0")
    run_job(tiny.job())
    assert files_in(tiny.runs) == ["09_9_tiny.failed.ipynb", *done]
    assert good.read_bytes() == before
    tiny.write("x = 2")
    run_job(tiny.job())
    assert files_in(tiny.runs) == done
    assert good.read_bytes() != before


def test_a_file_that_is_no_notebook_is_a_failure_and_no_exception(tiny):
    tiny.write()
    result = run_job(replace(tiny.job(), source="no notebook"))
    assert (result.ok, result.claims, tiny.runs.exists()) == (False, (), False)
    assert result.error.startswith("NotJSONError: ")


def test_an_output_that_cannot_be_put_is_a_failure_and_no_exception(tiny):
    tiny.write()
    tiny.runs.write_text("a file where the folder would be")
    result = run_job(tiny.job())
    assert (result.ok, result.output) == (False, "09_9_tiny.failed.ipynb")
    assert result.error.startswith(("NotADirectoryError: ", "FileExistsError: "))


@pytest.mark.parametrize("change", [{"library": "another"}, {"files": ("no/such/file.py",)}])
def test_a_worker_with_another_library_does_not_run_the_job(tiny, change):
    tiny.write()
    result = run_job(replace(tiny.job(), **change))
    assert result.error.startswith("RuntimeError: the library, the data or the packages here are")
    assert "install the same versions" in result.error
    assert not tiny.runs.exists()


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
