"""Isolation: whatever a notebook does ends its own job, with a clear reason, and no other."""

import os
import re
import time
from dataclasses import replace

import pytest

from mlsdlib.course import kernel
from mlsdlib.course.batch import run_jobs
from mlsdlib.course.guard import Guard
from mlsdlib.course.jobs import run_job
from mlsdlib.course.warm import WarmParent
from tests.course.kernels import use
from tests.course.processes import alive, within

pytestmark = pytest.mark.usefixtures("nothing_is_left")

DIED = "the kernel died while it ran this cell"
LATE = "the kernel was killed: it ran longer than its deadline of 5 s"
ATE = r"the kernel was killed: it used 0\.[4-9]\d GB of memory, 0\.4 GB are allowed"
EAT = "eaten = b'x' * 600_000_000; import time; time.sleep(60)"
EAT_IN_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {EAT!r}])"
BAD = {
    "never ends": ("while True:\n    pass", LATE),
    "never lets go": ("import ctypes; ctypes.PyDLL(None).sleep(60)", LATE),
    "waits for a child": ("import subprocess; subprocess.run(['sleep', '60'])", LATE),
    "stops itself": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", LATE),
    "leaves": ("import os; os._exit(0)", DIED),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", DIED),
    "crashes": ("import ctypes; ctypes.string_at(0)", DIED),
    "ends its group": ("import os, time; os.killpg(0, 15); time.sleep(60)", DIED),
    "exits": ("import sys; sys.exit(0)", "SystemExit: 0"),
    "eats memory": (EAT, ATE),
    "has a child eat": (EAT_IN_CHILD, ATE),
}
LEAVE_A_CHILD = """\
import os, pathlib, subprocess, time
child = subprocess.Popen(["sleep", "600"])
_ = pathlib.Path(os.environ["MLSD_ROOT"], "child").write_text(str(child.pid))"""


@pytest.mark.parametrize("preload", [("json",), ()], ids=["warm", "cold"])
def test_bad_notebooks_end_with_their_reasons_and_their_neighbours_are_fine(tiny, preload):
    jobs = []
    for number, (name, (code, reason)) in enumerate(BAD.items()):
        seconds = 5 if reason == LATE else 60
        limits = {"seconds": seconds, "gigabytes": 0.4, "preload": preload}
        if number % 3 == 0:
            good = tiny.write("import time; time.sleep(1)").job()
            jobs.append(replace(good, output=f"good {number}.ipynb", **limits))
        jobs.append(replace(tiny.write(code).job(), output=f"{name}.ipynb", **limits))
    results = {r.job.output.removesuffix(".ipynb"): r for r in run_jobs(jobs, workers=2)}
    for name, (code, reason) in BAD.items():
        result = results.pop(name)
        assert re.match(reason, result.error), (name, result.error)
        assert tiny.write(code).read().cells[result.cell].source == code
        assert result.output == f"{name}.failed.ipynb"
    assert len(results) == 4
    for result in results.values():
        assert (result.error, [c.verdict for c in result.claims]) == ("", ["holds"])


def test_a_cell_has_a_limit_of_its_own(tiny, monkeypatch):
    monkeypatch.setattr(kernel, "CELL_SECONDS", 1)
    result = run_job(tiny.write("while True:\n    pass").job(seed=1))
    assert result.error == "the cell ran longer than 1 s, the limit of a cell"
    assert tiny.read().cells[result.cell].source == "while True:\n    pass"


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@pytest.mark.parametrize("late", [True, False], ids=["at the deadline", "after success"])
def test_what_a_kernel_has_started_ends_with_its_job(tiny, monkeypatch, warm, late):
    job = tiny.write(LEAVE_A_CHILD, "time.sleep(60 if seed == 1 else 0)").job(seed=int(late))
    with WarmParent(["json"]) as parent:
        use(monkeypatch, parent if warm else None)
        result = run_job(replace(job, seconds=3 if late else 60))
        child = int((tiny.root / "child").read_text())
        assert within(1, lambda: not alive(child))
    assert result.error == (LATE.replace("5", "3") if late else "")


def test_a_deadline_holds_while_the_kernel_is_still_to_come(tiny, tmp_path, monkeypatch):
    (tmp_path / "slow_one.py").write_text("import time\ntime.sleep(1.5)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(kernel, "CELL_SECONDS", 20)
    job = tiny.write("import time; time.sleep(60)").job()
    with WarmParent(["slow_one"]) as parent:
        use(monkeypatch, parent)
        start = time.monotonic()
        result = run_job(replace(job, seconds=0.5))
    assert result.error == LATE.replace("5", "0.5")
    assert time.monotonic() - start < 10


def test_a_guard_that_found_no_kernel_kills_nothing():
    with Guard(lambda: None, seconds=0.1, gigabytes=1) as guard:
        time.sleep(0.5)
    assert guard.reason == "it ran longer than its deadline of 0.1 s"


def test_a_guard_leaves_another_group_alone(spawn):
    ours, other = spawn("sleep", "600"), spawn("sleep", "600")
    with Guard(lambda: ours.pid, seconds=60, gigabytes=1) as guard:
        assert within(5, lambda: guard.group == ours.pid)
        assert ours.poll() is None
    assert ours.wait(5) == -9
    assert (guard.reason, other.poll()) == ("", None)
