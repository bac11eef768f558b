"""The command line: exit codes, messages, and the files it writes."""

import html
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from mlsdlib.course.claim import Claim
from mlsdlib.course.evidence import claims_of, print_table, table, to_html, to_markdown

REASON = "at one nobody would notice | a reason over two lines, with <tags>"
KNOWN = (
    "It takes seed (int from 0 to 9); scale (float from 0.5 to 2); mode (str, one of fast, slow)"
)


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail the test if a kernel is about to start."""

    def refuse(*_, **__):
        raise AssertionError("no kernel may start")

    monkeypatch.setattr("mlsdlib.course.run.run", refuse)


def with_claim(tiny, file, **changes):
    """Write an executed notebook whose one claim is `changes` on top of a plain one."""
    facts = {
        "id": "9.9-1",
        "text": "Twice the scale is above 1",
        "verdict": "holds",
        "value": 2.0,
        "low": 1.5,
        "high": None,
        "unit": "times",
        "method": "t",
        "n": 7,
        "threshold": "above 1",
        "parameters": {"seed": 3},
        "reading": "",
    }
    v4 = nbformat.v4
    shown = v4.new_output("display_data", {}, metadata={"mlsdlib.claim": facts | changes})
    cell = v4.new_code_cell("claim()", execution_count=1, outputs=[shown])
    file.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("text"), cell]), file)
    return file


# ---- run


def test_run_prints_progress_and_evidence_and_keeps_the_output(tiny, mlsd):
    tiny.write()
    result = mlsd("run", "9.9", "-p", "scale=2", "-p", "mode=slow", "--workers", "1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("[1/1] ran 09_9_tiny-scale=2.0-mode=slow.ipynb, ")
    assert "│ 9.9-1 │ holds   │ 4 [1.5, 9]" in result.stdout
    (output,) = (tiny.root / "runs").iterdir()
    assert claims_of(output)[0].parameters == {"seed": 0, "scale": 2.0, "mode": "slow"}


def test_a_failing_run_is_exit_code_1_and_names_section_cell_error_and_file(tiny, mlsd):
    tiny.write("raise ValueError('no [such] luck')")
    result = mlsd("run", "--all", "--out", tiny.root / "elsewhere")
    assert result.exit_code == 1
    assert "[1/1] FAILED 09_9_tiny.failed.ipynb" in result.stdout
    assert result.stderr.splitlines()[-2:] == [
        "FAILED section 9.9, cell 4: ValueError: no [such] luck",
        "       what ran is kept in elsewhere/09_9_tiny.failed.ipynb",
    ]
    assert (tiny.root / "elsewhere" / "09_9_tiny.failed.ipynb").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["9.9", "-p", "rows=5"], f"section 9.9 has no parameter 'rows'. {KNOWN}"),
        (["9.9", "-p", "seed=many"], "seed takes int from 0 to 9, got 'many'"),
        (["9.9", "-p", "seed=10"], "seed takes int from 0 to 9, got '10'"),
        (["9.9", "-p", "scale=nan"], "scale takes float from 0.5 to 2, got 'nan'"),
        (["9.9", "-p", "mode=idle"], "mode takes str, one of fast, slow, got 'idle'"),
        (["9.9", "-p", "seed"], "a parameter must read name=value, got 'seed'"),
        (["9.9", "-p", "=3"], "a parameter must read name=value, got '=3'"),
        (["9.9", "-p", "seed="], "a parameter must read name=value, got 'seed='"),
        (["9.9", "-p", "seed=1", "-p", "seed=2"], "parameter seed is given twice"),
        (["8.8"], "section must be one of 9.9, got '8.8'"),
        ([], "name the sections to run, or say --all (see: mlsd list)"),
        (["9.9", "--all"], "name the sections to run, or say --all (see: mlsd list)"),
        (["9.9", "--solved"], "not built yet: 09_9_tiny.ipynb; run mlsd build"),
    ],
)
def test_a_wrong_call_of_run_is_exit_code_2_before_any_kernel(
    tiny, mlsd, no_kernel, words, message
):
    tiny.write()
    result = mlsd("run", *words)
    assert (result.exit_code, result.stderr) == (2, f"mlsd: {message}\n")
    assert not (tiny.root / "runs").exists()


def test_no_workers_is_a_wrong_call(tiny, mlsd):
    tiny.write()
    result = mlsd("run", "--all", "--workers", "0")
    assert (result.exit_code, result.stderr) == (2, "mlsd: workers must be at least 1, got 0\n")


def test_a_parameters_cell_that_is_not_python_is_exit_code_2(tiny, mlsd, no_kernel):
    tiny.write().edit("seed: int = 0 ", "seed: int = = 0 ")
    result = mlsd("run", "--all")
    assert result.exit_code == 2
    assert "a code cell is not Python" in result.stderr


def test_the_installed_command_is_this_command(tiny):
    tiny.write()
    command = [Path(sys.executable).with_name("mlsd"), "run", "9.9", "-p", "rows=5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"mlsd: section 9.9 has no parameter 'rows'. {KNOWN}\n"


def test_without_a_word_the_command_lists_what_it_can_do(mlsd):
    shown = mlsd().output
    for command in ("list", "lab", "reset", "new", "build", "run", "evidence", "doctor"):
        assert f" {command} " in shown


# ---- evidence


@pytest.fixture
def runs(tiny):
    """A folder of outputs: one good, and what failed, was cut off or is under way."""
    folder = tiny.write().root / "runs"
    with_claim(tiny, folder / "09_9_tiny.ipynb")
    for name in (".09_9_tiny-seed=1.part.ipynb", "09_9_tiny-seed=2.failed.ipynb"):
        with_claim(tiny, folder / name)
    return folder


def test_evidence_goes_to_the_terminal(runs, mlsd):
    result = mlsd("evidence")
    assert result.exit_code == 0
    assert result.stdout.count("9.9-1") == 1
    for word in ("holds", "2 times [1.5, inf]", "above 1", "Twice the scale is above 1"):
        assert word in result.stdout


def test_evidence_as_parquet_is_read_back(runs, tiny, mlsd):
    result = mlsd("evidence", runs, "--parquet", tiny.root / "new" / "e.parquet")
    assert (result.exit_code, result.stdout) == (0, "")
    (row,) = pd.read_parquet(tiny.root / "new" / "e.parquet").to_dict("records")
    assert row["reason"].split() == REASON.split()
    assert {name: row[name] for name in ("notebook", "claim", "verdict", "value", "low", "n")} == {
        "notebook": "09_9_tiny",
        "claim": "9.9-1",
        "verdict": "holds",
        "value": 2.0,
        "low": 1.5,
        "n": 7,
    }
    assert (row["high"], row["parameters"]) == (float("inf"), "seed=3")
    assert [file.name for file in (tiny.root / "new").iterdir()] == ["e.parquet"]


def test_evidence_as_markdown_and_html_holds_the_reason_of_the_threshold(runs, tiny, mlsd):
    tiny.edit('seed = "nothing"', 'seed = "nothing"\nchanged = "was 3"', tiny.claims)
    places = [tiny.root / "e.md", tiny.root / "e.html"]
    result = mlsd("evidence", "--markdown", places[0], "--html", places[1])
    assert (result.exit_code, result.stdout) == (0, "")
    head, _, line = places[0].read_text().splitlines()
    assert head.endswith("| text | why this threshold |")
    assert line.endswith(REASON.replace("|", "\\|") + " Changed: was 3 |")
    page = " ".join(places[1].read_text().split())
    assert html.escape(REASON) + " Changed: was 3</td></tr>" in page


def test_brackets_in_a_text_are_no_markup(tiny, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    file = with_claim(tiny, tiny.root / "x.ipynb", text="From [a, b] to [/red] | <i>")
    frame = table([file])
    print_table(frame)
    assert "From [a, b] to [/red] | <i>" in capsys.readouterr().out
    assert "From [a, b] to [/red] \\| <i> |" in to_markdown(frame)
    assert "&lt;i&gt;" in to_html(frame)


def test_a_claim_without_a_threshold_on_file_has_no_reason(tiny):
    file = with_claim(tiny, tiny.root / "x.ipynb", id="9.9-7")
    assert table([file])["reason"].tolist() == [""]


def test_evidence_outside_a_course_has_no_reasons(tiny, monkeypatch):
    file = with_claim(tiny, tiny.root / "x.ipynb")
    monkeypatch.setenv("MLSD_ROOT", "/nowhere")
    assert table([file])["reason"].tolist() == [""]


def test_a_stored_claim_comes_back_as_it_was(tiny):
    (claim,) = claims_of(with_claim(tiny, tiny.root / "x.ipynb", low=None))
    assert isinstance(claim, Claim)
    assert (claim.low, claim.high) == (float("-inf"), float("inf"))
    assert claim.line == "Claim 9.9-1 holds: Twice the scale is above 1"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no such notebook or folder: "),
        (["nowhere"], "no such notebook or folder: nowhere"),
        (["empty"], "no claim found: run the notebooks first (mlsd run --all)"),
        (["broken.ipynb"], "broken.ipynb is not a notebook: "),
    ],
)
def test_evidence_of_nothing_is_exit_code_2(tiny, mlsd, monkeypatch, words, message):
    monkeypatch.chdir(tiny.root)
    Path("empty").mkdir()
    Path("broken.ipynb").write_text("no notebook")
    result = mlsd("evidence", *words)
    assert result.exit_code == 2
    assert f"mlsd: {message}" in result.stderr


# ---- the reader's desk


@pytest.fixture
def desk(tiny):
    return tiny.write().root / "work"


def test_lab_copies_what_is_missing_and_never_overwrites(tiny, desk, mlsd):
    first = mlsd("lab", "--copy-only")
    assert (first.exit_code, desk.exists()) == (0, True)
    assert first.stdout.startswith("1 copied to work/, 0 were there")
    mine = desk / "09_9_tiny.ipynb"
    assert mine.read_bytes() == tiny.notebook.read_bytes()
    mine.write_text("my own work")
    assert mlsd("lab", "--copy-only", "9.9").stdout.startswith("0 copied to work/, 1 were there")
    assert mine.read_text() == "my own work"
    assert [file.name for file in desk.iterdir()] == ["09_9_tiny.ipynb"]


def test_lab_opens_jupyterlab_on_the_desk(tiny, desk, mlsd, monkeypatch):
    called = []
    monkeypatch.setattr(subprocess, "call", lambda command: called.append(command) or 3)
    result = mlsd("lab", "9.9")
    assert result.exit_code == 3
    (command,) = called
    assert command[1:3] == ["-m", "jupyterlab"]
    assert command[3:] == [f"--ServerApp.root_dir={desk}", str(desk / "09_9_tiny.ipynb")]


def test_reset_gives_a_fresh_copy_and_keeps_every_old_one(tiny, desk, mlsd):
    for text in ("first", "second"):
        mlsd("lab", "--copy-only")
        (desk / "09_9_tiny.ipynb").write_text(text)
        result = mlsd("reset", "9.9")
        assert result.exit_code == 0
        fresh, old = result.stdout.splitlines()
        assert fresh == "work/09_9_tiny.ipynb is fresh."
        kept = tiny.root / old.removeprefix("Your old one is ").removesuffix(".")
        assert kept.read_text() == text
    assert (desk / "09_9_tiny.ipynb").read_bytes() == tiny.notebook.read_bytes()
    assert len(list((desk / "kept").iterdir())) == 2


def test_reset_without_a_copy_makes_one(tiny, desk, mlsd):
    assert mlsd("reset", "9.9").stdout == "work/09_9_tiny.ipynb is fresh.\n"


@pytest.mark.parametrize("words", [["lab", "--copy-only"], ["reset", "9.9"]])
def test_what_is_not_built_is_exit_code_2_and_touches_nothing(tiny, desk, mlsd, words):
    mlsd("lab", "--copy-only")
    mine = desk / "09_9_tiny.ipynb"
    mine.write_text("my own work")
    tiny.notebook.unlink()
    shutil.copy(tiny.source, tiny.source.with_name("09_8_other.py"))
    result = mlsd(*words)
    assert result.exit_code == 2
    assert "is not built yet: run mlsd build" in result.stderr
    assert mine.read_text() == "my own work"
