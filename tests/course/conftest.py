"""A tiny course to try the machinery on, and a clean state for every test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from mlsdlib.course import anatomy, build, exercises, percent, sections, thresholds
from mlsdlib.course.check import PLACEHOLDER, check_sections
from mlsdlib.course.exercise import _hints_shown
from mlsdlib.course.jobs import Job
from mlsdlib.course.new import create
from mlsdlib.course.plan import plan
from mlsdlib.course.session import SESSION
from mlsdlib.course.store import Store
from tests.course.processes import started_under, within

NUMBER, STEM = "9.9", "09_9_a_tiny_course"
MODULE = f"{exercises.__name__}.s09_9"
INSTALLED = tuple(exercises.__path__)
STARTUP = """\
import os

import mlsdlib.course.exercises as _exercises

_exercises.__path__.append(os.path.join(os.environ["MLSD_ROOT"], "mlsdlib/course/exercises"))
del _exercises, os
"""
HEAD = """\
# %% [markdown]
# # 9.9 Tiny
#
# **Core question.** Does it run?
#
# **Time** 1 minutes

# %% tags=["parameters"]
seed: int = 0  # sample drawn [0, 9] quick 1
scale: float = 1.0  # factor of the noise [0.5, 2]
mode: str = "fast"  # how it goes {fast, slow}

# %%
from mlsdlib.course import begin, claim, recap
from mlsdlib.estimate import Estimate

begin("9.9", seed=seed, scale=scale, mode=mode)

# %%
_ = claim("9.9-1", "Twice the scale is above 1", Estimate(2 * scale, 1.5, 9), above=1)
"""
LIMITS = '''\
["9.9-1"]
above = 1
reason = """at one nobody would notice | a reason
over two lines, with <tags>"""
seed = "nothing"
'''


@pytest.fixture(autouse=True)
def clean_state() -> Iterator[None]:
    """Leave no trace in the environment, and start with an empty session."""
    before = dict(os.environ)
    os.environ["MLSD_PROGRESS"] = "off"
    for name in ("MLSD_ROOT", "MLSD_DATA", "MLSD_WARM", "JUPYTER_PATH"):
        os.environ.pop(name, None)
    SESSION.__init__()
    _hints_shown.clear()
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def record_file(tmp_path, monkeypatch) -> Path:
    """Switch the reader's record on; return its file."""
    file = tmp_path / "new" / "state" / "progress.jsonl"
    monkeypatch.setenv("MLSD_PROGRESS", str(file))
    return file


@contextmanager
def working_in(root: Path) -> Iterator[None]:
    """Work in the course at `root`, with its exercises beside the installed ones.

    Exercises live in the installed package; a kernel finds ours through an IPython start-up file.
    """
    ours = root / "mlsdlib" / "course" / "exercises"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLSD_ROOT", str(root))
        patch.setenv("IPYTHONDIR", str(root / "ipython"))
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        patch.setattr(sys, "dont_write_bytecode", True)
        no_limits = dict.fromkeys(anatomy.BUDGET, (0, 1_000_000))
        patch.setattr(anatomy, "BUDGET", no_limits)  # a tiny course is too small for them
        patch.setattr(exercises, "__path__", [*INSTALLED, str(ours)])
        sys.modules.pop(MODULE, None)
        yield
        sys.modules.pop(MODULE, None)


class Course:
    """A course of one section, with handles for what the tests change and look at."""

    def __init__(self, root: Path, stem: str) -> None:
        self.root = root
        self.source = root / "notebooks" / f"{stem}.py"
        self.notebook = root / "notebooks" / f"{stem}.ipynb"
        self.solution = root / "solutions" / f"{stem}.ipynb"
        self.claims = root / "notebooks" / "claims.toml"
        self.exercises = root / "mlsdlib" / "course" / "exercises" / "s09_9.py"

    def edit(self, old: str, new: str, file: Path | None = None) -> None:
        """Replace the one place where `old` stands in the source, or in another file."""
        file = file or self.source
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
        file.write_text(text.replace(old, new), encoding="utf-8")
        sys.modules.pop(MODULE, None)

    @property
    def section(self) -> sections.Section:
        """The section, read afresh."""
        (section,) = sections.discover(self.root)
        return section

    def build(self, *, force: bool = False) -> list[bool]:
        """Build both notebooks; return for each whether it was executed."""
        return [build.build(target, force=force) for target in build.targets(self.section)]

    def problems(self) -> list[str]:
        """What `mlsd build --check` finds in the section."""
        return check_sections([self.section], thresholds.load(self.root))

    def stored(self) -> dict[str, bytes]:
        """The two built notebooks as bytes."""
        return {"notebook": self.notebook.read_bytes(), "solution": self.solution.read_bytes()}

    def read(self, file: Path | None = None) -> nbformat.NotebookNode:
        """The built notebook, or the one in another file."""
        return nbformat.read(file or self.notebook, as_version=4)


@pytest.fixture(scope="session")
def built_tree(tmp_path_factory) -> Path:
    """A course made with `mlsd new`, its blanks filled in, and built: executed once a session."""
    root = tmp_path_factory.mktemp("built")
    (root / "notebooks").mkdir()
    (root / "pyproject.toml").touch()
    startup = root / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "10_exercises.py").write_text(STARTUP)
    for file in create(NUMBER, "A tiny course", root):
        text = file.read_text(encoding="utf-8").replace(PLACEHOLDER, "Written")
        file.write_text(_without_figure(text) if file.suffix == ".py" else text, encoding="utf-8")
    with working_in(root):
        Course(root, STEM).build()
        build.build_evidence()
    return root


def _without_figure(source: str) -> str:
    """Drop the skeleton's figure: to import pyplot is most of what its kernel does."""
    return "# %%".join(cell for cell in source.split("# %%") if "subplots(" not in cell)


@pytest.fixture
def course(built_tree, tmp_path) -> Iterator[Course]:
    """A fresh copy of the built course; the process works in it."""
    root = tmp_path / "course"
    shutil.copytree(built_tree, root)
    with working_in(root):
        yield Course(root, STEM)


class Tiny(Course):
    """A course whose notebook is written by hand in the test, and not executed."""

    def write(self, *cells: str, recap: bool = True) -> Tiny:
        """Write source and notebook: the head, these code cells, `recap()`."""
        bodies = [*cells, *(["recap()"] if recap else [])]
        source = HEAD + "".join(f"\n# %%\n{body}\n" for body in bodies)
        self.source.write_text(source, encoding="utf-8")
        notebook = percent.to_notebook(percent.parse(source), section=NUMBER)
        nbformat.write(notebook, self.notebook)
        return self

    @property
    def runs(self) -> Path:
        """Where `jobs` puts its outputs."""
        return self.root / "runs"

    def jobs(self, **parameters: object) -> list[Job]:
        """The jobs of these parameters, one value or several each."""
        jobs = plan([self.section], parameters, store=Store(self.runs))
        # Their kernels start cold: a warm parent would outlive the test.
        return [replace(job, preload=()) for job in jobs]

    def job(self, **parameters: object) -> Job:
        """The one job of these parameters."""
        (job,) = self.jobs(**parameters)
        return job


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Tiny:
    """A course of one small notebook; call `write` with its cells."""
    root = tmp_path / "tiny"
    (root / "notebooks").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "notebooks" / "claims.toml").write_text(LIMITS, encoding="utf-8")
    monkeypatch.setenv("MLSD_ROOT", str(root))
    return Tiny(root, "09_9_tiny")


@pytest.fixture
def no_process_left(tmp_path_factory, monkeypatch) -> Iterator[Path]:
    """Give kernels a temporary folder, short enough for sockets; no process outlives the test."""
    tmp_path_factory.getbasetemp()  # pytest's own is not to lie inside
    folder = tempfile.mkdtemp(prefix="k-")
    monkeypatch.setattr(tempfile, "tempdir", folder)
    monkeypatch.setenv("TMPDIR", folder)
    yield Path(folder)
    within(5, lambda: not started_under(folder))
    left = started_under(folder)
    shutil.rmtree(folder)
    assert left == []


@pytest.fixture
def nothing_is_left(no_process_left) -> Iterator[Path]:
    """Demand that no connection file and no socket of a kernel is left either."""
    yield no_process_left
    # Notebooks that compare durations take turns by a lock on a file, and that file stays.
    files = {file.name for file in no_process_left.iterdir()} - {"mlsd-alone.lock"}
    assert [name for name in files if name.endswith(".json") or name.startswith("mlsd-")] == []


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start processes, each in a group of its own; none of them outlives the test."""
    started = []

    def start(*command: str, **options) -> subprocess.Popen:
        started.append(subprocess.Popen(command, start_new_session=True, text=True, **options))
        return started[-1]

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def mlsd():
    """Call the command line in this process: ``mlsd("list")`` returns click's result."""

    def call(*words: str):
        from mlsdlib.course.cli import app

        return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])

    return call


def pytest_terminal_summary(terminalreporter):
    """Print what the tests of the verdict instrument measured."""
    rows = [
        value
        for report in terminalreporter.stats.get("passed", ())
        for name, value in getattr(report, "user_properties", ())
        if name == "instrument" and report.when == "call"
    ]
    if rows:
        terminalreporter.section("the verdict instrument")
        for row in rows:
            terminalreporter.line(row)
