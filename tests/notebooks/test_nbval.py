"""nbval, as this course sets it up, fails on what it should fail on and on nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from mlsdlib.edge import find_node

ROOT = Path(__file__).resolve().parents[2]


def write(file, *cells):
    """Write a notebook of pairs: what a cell says, and its stored outputs."""
    made = [
        v4.new_code_cell(source, execution_count=n, outputs=outputs, id=f"cell-{n}")
        for n, (source, *outputs) in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    file.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), file)


def stream(text):
    return v4.new_output("stream", name="stdout", text=text)


def html(text):
    return v4.new_output("display_data", {"text/html": text, "text/plain": "plain"})


def show_html(text):
    return f"display({{'text/html': {text!r}, 'text/plain': 'plain'}}, raw=True)"


def nbval(file, *options):
    """Return what pytest prints, and how many cells passed, failed and were deselected."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pyproject.toml"]
    command += ["-p", "no:cacheprovider", "--color=no", "--nbval", str(file), *options]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=clean)
    closing = done.stdout.splitlines()[-1]
    return done.stdout, {w: int(n) for n, w in re.findall(r"(\d+) (\w+)", closing)}


def test_nbval_compares_what_repeats_and_blanks_what_does_not(tmp_path):
    file = tmp_path / "trial.ipynb"
    write(
        file,
        ("x = 41;",),
        ("x + 1;",),
        ("print(x)", stream("41\n")),
        ("print(object())", stream("<object object at 0x7f00>\n")),
        (show_html('<b>holds</b> <span class="mlsd-value">2.5</span>'),
         html('<b>holds</b> <span class="mlsd-value">3.5</span>')),
        ("import os\nprint(os.environ['OMP_NUM_THREADS'], os.environ['MLSD_PROGRESS'])",
         stream("1 off\n")),
        ("get_ipython().kernel.session.config; import ipykernel.connect as c\n"
         "print(c.get_connection_info(unpack=True)['transport'])", stream("ipc\n")),
    )  # fmt: skip
    printed, counts = nbval(file)
    assert counts == {"passed": 7}, printed


def test_nbval_fails_where_an_output_differs(tmp_path):
    file = tmp_path / "trial.ipynb"
    write(
        file,
        ("print(41)", stream("42\n")),
        (show_html("<b>fails</b>"), html("<b>holds</b>")),
        ("1 / 0",),
        ("print(1)",),
        ("x = 1", stream("1\n")),
    )
    printed, counts = nbval(file)
    assert counts == {"failed": 5}, printed


@pytest.mark.parametrize("there", [True, False])
def test_what_needs_node_is_compared_where_there_is_one(tmp_path, monkeypatch, there):
    if there and find_node() is None:
        pytest.skip("there is no Node")
    file = tmp_path / "trial.ipynb"
    write(file, ("print(41)", stream("42\n")), ("print(1)", stream("1\n")))
    notebook = nbformat.read(file, as_version=4)
    notebook.cells[0].metadata["tags"] = ["needs-node"]
    nbformat.write(notebook, file)
    if not there:
        monkeypatch.setenv("PATH", str(tmp_path))
    printed, counts = nbval(file)
    assert counts == ({"failed": 1, "passed": 1} if there else {"passed": 2}), printed


@pytest.mark.parametrize(
    ("options", "run", "dropped"), [((), 2, 1), (("--all-cells",), 3, None)], ids=["slice", "all"]
)
def test_of_a_solution_what_differs_is_run(tmp_path, options, run, dropped):
    same = ("print('heavy')", stream("heavy\n"))
    check = ("print(f())", stream("1\n"))
    write(
        tmp_path / "notebooks" / "a.ipynb", same, ("f = lambda: 0",), ("print(f())", stream("0\n"))
    )
    write(tmp_path / "solutions" / "a.ipynb", same, ("f = lambda: 1",), check)
    printed, counts = nbval(tmp_path / "solutions" / "a.ipynb", *options)
    assert counts.get("passed") == run, printed
    assert counts.get("deselected") == dropped
    assert ("solutions/a.ipynb: 2 of 3 code cells run" in printed) == (not options)
