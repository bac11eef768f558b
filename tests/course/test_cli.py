"""The command line: exit codes, messages, and the files it writes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlsdlib.course.evidence import claims_of

KNOWN = (
    "It takes seed (int from 0 to 9); scale (float from 0.5 to 2); mode (str, one of fast, slow)"
)


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail the test if a kernel is about to start."""

    def refuse(*_, **__):
        raise AssertionError("no kernel may start")

    monkeypatch.setattr("mlsdlib.course.batch.run_jobs", refuse)


# ---- run


def test_run_prints_progress_and_evidence_and_keeps_the_output(tiny, mlsd):
    tiny.write()
    result = mlsd("run", "9.9", "-p", "scale=2", "-p", "mode=slow", "--workers", "1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("[1/1] ran 09_9_tiny-scale=2.0-mode=slow.ipynb, ")
    assert "│ 9.9-1 │ holds   │ 4 [1.5, 9]" in result.stdout
    (output,) = tiny.runs.glob("*.ipynb")
    assert claims_of(output)[0].parameters == {"seed": 0, "scale": 2.0, "mode": "slow"}


def test_a_second_run_does_only_what_is_not_done_and_prints_all_the_evidence(tiny, mlsd):
    tiny.write()
    assert mlsd("run", "9.9", "-p", "seed=1").stdout.startswith("[1/1] ran 09_9_tiny-seed=1.ipynb")
    result = mlsd("run", "9.9", "-p", "seed=0:2")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("[1/2] done before: 09_9_tiny-seed=1.ipynb\n[2/2] ran 09_9_")
    assert result.stdout.count("│ 9.9-1 │") == 2
    forced = mlsd("run", "9.9", "-p", "seed=1", "--again")
    assert forced.stdout.startswith("[1/1] ran 09_9_tiny-seed=1.ipynb")


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
        (["9.9", "-p", "seed=5:5"], "seed must have at least one value, got '5:5'"),
        (["9.9", "-p", "seed=8:11"], "seed takes int from 0 to 9, got 10"),
        (["9.9", "--deadline", "0"], "--deadline must be above 0, got 0"),
        (["9.9", "--memory", "nan"], "--memory must be above 0, got nan"),
        (["9.9", "--out", "nowhere://x"], "Protocol not known: nowhere"),
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
    assert not tiny.runs.exists()


def test_no_workers_is_a_wrong_call(tiny, mlsd):
    tiny.write()
    result = mlsd("run", "--all", "--workers", "0")
    assert (result.exit_code, result.stderr) == (2, "mlsd: workers must be at least 1, got 0\n")


def test_a_run_on_a_cluster_without_its_packages_says_what_to_install(tiny, mlsd, monkeypatch):
    tiny.write()
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = mlsd("run", "9.9", "--dask", "tcp://127.0.0.1:1")
    message = 'mlsd: --dask needs a package: pip install "mlsdlib[cluster]"\n'
    assert (result.exit_code, result.stderr) == (2, message)


def test_a_deadline_and_a_bound_on_memory_reach_the_job(tiny, mlsd):
    tiny.write("import time\ntime.sleep(600)")
    result = mlsd("run", "9.9", "--deadline", "2.5", "--memory", "3")
    assert result.exit_code == 1
    assert "the kernel was killed: it ran longer than its deadline of 2.5 s" in result.stderr
    result = mlsd("run", "9.9", "--memory", "0.01")
    assert "GB of memory, 0.01 GB are allowed" in result.stderr


def test_a_run_that_is_stopped_says_how_to_go_on(tiny, mlsd, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlsdlib.course.batch.run_jobs", stop)
    tiny.write()
    result = mlsd("run", "--all")
    assert result.exit_code == 130
    assert "What was done is kept: the same command goes on from there." in result.stderr


def test_a_parameters_cell_that_is_not_python_is_exit_code_2(tiny, mlsd, no_kernel):
    tiny.write().edit("seed: int = 0 ", "seed: int = = 0 ", tiny.notebook)
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
    commands = ("list", "lab", "reset", "new", "build", "progress", "doctor")
    for command in (*commands, "run", "sweep", "replicate", "evidence", "warm"):
        assert f" {command} " in shown


# ---- any other command with warm kernels


def test_warm_passes_on_the_words_the_environment_and_the_exit_code(tiny, mlsd, capfd):
    tiny.write()
    names = ("MLSD_WARM", "JUPYTER_DEFAULT_PROVISIONER_NAME", "OMP_NUM_THREADS")
    code = f"import os, sys; print(sys.argv[1:], *map(os.environ.get, {names})); sys.exit(7)"
    assert mlsd("warm", sys.executable, "-c", code, "--all", "-p", "x").exit_code == 7
    words, place, *others = capfd.readouterr().out.rsplit(" ", 3)
    assert words == "['--all', '-p', 'x']"
    assert others == ["mlsd-warm", "1\n"]
    assert (Path(place).name, Path(place).exists()) == ("socket", False)


def test_warm_without_such_a_command_is_exit_code_2(tiny, mlsd):
    tiny.write()
    result = mlsd("warm", "no-such-command")
    assert (result.exit_code, result.stderr) == (2, "mlsd: no such command: no-such-command\n")


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


@pytest.mark.parametrize("cold", [False, True])
def test_lab_opens_jupyterlab_on_the_desk(tiny, desk, mlsd, monkeypatch, cold):
    called = []

    def note(command):
        called.append((command, "MLSD_WARM" in os.environ))
        return 3

    monkeypatch.setattr(subprocess, "call", note)
    assert mlsd("lab", "9.9", *(["--cold"] if cold else [])).exit_code == 3
    ((command, warm),) = called
    assert command[1:3] == ["-m", "jupyterlab"]
    assert command[3:] == [f"--ServerApp.root_dir={desk}", str(desk / "09_9_tiny.ipynb")]
    assert warm == (not cold)


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
