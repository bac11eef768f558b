"""`kill -9` at twenty random moments: nothing that was done is lost, nothing is half written."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import nbformat
import psutil
import pytest

from mlsdlib.course.evidence import claims_of
from mlsdlib.course.jobs import judge
from mlsdlib.course.manifest import Row, read_rows
from mlsdlib.course.store import Store
from tests.course.processes import started_under, within

JOBS = 6
TARGETS = ("runner", "worker", "runner", "kernel", "parent")
RUN = f"""
import json, sys
from dataclasses import asdict, replace
from mlsdlib.course.batch import run_jobs
from mlsdlib.course.plan import plan
from mlsdlib.course.sections import select
from mlsdlib.course.store import Store

preload, workers = ("numpy",) * (sys.argv[2] == "warm"), int(sys.argv[3])
jobs = plan(select(["9.9"]), {{"seed": range({JOBS})}}, store=Store(sys.argv[1]))
results = run_jobs([replace(job, preload=preload) for job in jobs], workers=workers)
told = [[r.output, r.error, r.resumed, [asdict(c) for c in r.claims]] for r in results]
print(json.dumps(told))
"""
SLOW_DISK = """
import pathlib, time

def write_bytes(self, data):
    with self.open("wb") as file:
        for part in (data[:99], data[99:]):
            file.write(part)
            file.flush()
            time.sleep(0.05)

def replace(self, target, replace=pathlib.Path.replace):
    replace(self, target)
    time.sleep(0.05)

pathlib.Path.write_bytes, pathlib.Path.replace = write_bytes, replace
"""


@dataclass(frozen=True)
class Moment:
    """Whom to kill, and when: some time after the folder of outputs holds so many files."""

    target: str
    warm: bool
    files: int
    delay: float
    slow_disk: bool

    def __str__(self) -> str:
        kernels = "warm" if self.warm else "cold"
        disk = "-slow_disk" * self.slow_disk
        return f"{self.target}-{kernels}-{self.files}_files+{self.delay * 1000:.0f}_ms{disk}"


def moments() -> list[Moment]:
    """The twenty moments; another seed makes others."""
    draw = random.Random(20)
    made = []
    for number in range(20):
        target = TARGETS[number % len(TARGETS)]
        warm = target == "parent" or draw.random() < 0.75
        # A file half written counts: without a delay the kill falls into the writing of it.
        files = draw.randrange(2 * JOBS - 4)
        delay = 0.0 if draw.random() < 0.5 else draw.uniform(0, 0.6)
        made.append(Moment(target, warm, files, delay, slow_disk=draw.random() < 0.6))
    return made


class Batch:
    """One batch of jobs of the tiny course, run in a process of its own."""

    def __init__(self, tiny, spawn, *, warm: bool) -> None:
        self.spawn, self.folder, self.store = spawn, tiny.runs, Store(tiny.runs)
        self.how = "warm" if warm else "cold"

    def start(self, *, workers: int = 2) -> None:
        """Start the runner."""
        words = [str(self.folder), self.how, str(workers)]
        self.process = self.spawn(sys.executable, "-c", RUN, *words, stdout=subprocess.PIPE)

    def results(self) -> list[list]:
        """What the runner makes of the jobs, as soon as it has ended."""
        said = self.process.communicate(timeout=120)[0]
        assert self.process.returncode == 0
        return json.loads(said)

    def kill(self, moment: Moment) -> dict[str, int]:
        """Kill at a moment; return the outputs whose rows stood before, and when they were made."""
        end = time.monotonic() + 120
        while len(self.files()) < moment.files:
            assert time.monotonic() < end, "too few files"
            time.sleep(0.005)
        time.sleep(moment.delay)
        while not (victims := self.find(moment.target)):
            assert self.process.poll() is None, "the run ended before the kill"
            time.sleep(0.01)
        done = self.done()
        random.Random(moment.files).choice(victims).kill()
        return done

    def files(self) -> list:
        """The files there are, those still being written too."""
        return [f for f in self.folder.rglob("*") if f.suffix in (".ipynb", ".json", ".part")]

    def parts(self) -> list:
        """The files that are half written."""
        return [file for file in self.files() if file.suffix == ".part"]

    def find(self, target: str) -> list[psutil.Process]:
        """The processes of a kind."""
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
            names = [(" ".join(process.cmdline()), process) for process in family]
            workers = [p for name, p in names if "course.worker" in name]
            forked = [p for name, p in names if "warm_parent.py" in name]
            cold = [p for name, p in names if "ipykernel_launcher" in name]
            parents = [p for p in forked if p.ppid() == self.process.pid]
        except psutil.Error:  # one has just ended: look again
            return []
        kernels = [*cold, *(p for p in forked if p not in parents)]
        runner = [psutil.Process(self.process.pid)]
        return {"runner": runner, "worker": workers, "parent": parents, "kernel": kernels}[target]

    def done(self) -> dict[str, int]:
        """The outputs that a row vouches for, and when each was made."""
        return {name: (self.folder / name).stat().st_mtime_ns for name in read_rows(self.store)}

    def check_whole(self) -> None:
        """Demand that each file is whole, and each row's output is what the row says."""
        for file in self.folder.glob("manifest/[!.]*"):
            row = Row(**json.loads(file.read_bytes()))
            claims = [
                json.loads(json.dumps(asdict(c))) for c in claims_of(self.folder / row.output)
            ]
            assert claims == row.claims
            assert claims[0]["parameters"]["seed"] == row.parameters["seed"]
        for file in self.folder.glob("[!.]*.ipynb"):
            notebook = nbformat.read(file, as_version=4)
            assert file.name.endswith(".failed.ipynb") or judge(notebook) == ("", None)


def table_row(name, error, resumed, claims):
    """A line of the table that an undisturbed run gives."""
    (claim,) = claims
    return name, error, claim["id"], claim["parameters"]["seed"], claim["value"], claim["verdict"]


@pytest.mark.parametrize("moment", moments(), ids=str)
def test_kill_9_loses_nothing(tiny, spawn, no_process_left, moment, tmp_path, monkeypatch):
    tiny.write("import time; time.sleep(0.02 * seed)")
    if moment.slow_disk:
        (tmp_path / "sitecustomize.py").write_text(SLOW_DISK)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    run = Batch(tiny, spawn, warm=moment.warm)
    run.start()
    done = run.kill(moment)
    run.check_whole()
    if moment.target == "runner":
        run.process.communicate()
        assert within(5, lambda: not started_under(str(no_process_left)))
    else:
        errors = [error for _, error, _, _ in run.results() if error]
        allowed = {"worker": 0, "kernel": 1, "parent": 2}[moment.target]
        assert len(errors) <= allowed
        assert all("kernel died" in error.lower() for error in errors), errors
        assert run.parts() == []
    run.check_whole()
    stood = run.done()
    assert done.items() <= stood.items()

    run.start(workers=1)
    results = run.results()
    run.check_whole()
    assert [name for name, _, resumed, _ in results if resumed] == sorted(stood)
    assert stood.items() <= run.done().items()
    assert [table_row(*result) for result in results] == [
        (f"09_9_tiny-seed={seed}.ipynb", "", "9.9-1", seed, 2.0, "holds") for seed in range(JOBS)
    ]
    assert len(run.done()) == JOBS
    assert run.parts() == []
