"""Where warm kernels end, where there are none, and what `mlsd warm` does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from mlsdlib.course import warm
from mlsdlib.course.jobs import run_job
from mlsdlib.course.kernel import WARM_SOCKET, BlockingKernelManager, set_environment
from mlsdlib.course.plan import plan
from mlsdlib.course.store import Store
from mlsdlib.course.warm import WarmParent
from tests.course.kernels import kernel, use
from tests.course.processes import alive, within

ROOT = Path(__file__).resolve().parents[2]
# While this runs, no thread of the kernel can look whether its parent is still there.
HOLD = "import ctypes; ctypes.PyDLL(None).sleep(60)"
CHILD = "__import__('subprocess').Popen(['sleep', '600']).pid"
CLIENT = f"""
import os, sys
from mlsdlib.course.kernel import BlockingKernelManager
from mlsdlib.course.warm import WarmParent
from tests.course.kernels import Session

if sys.argv[1] == "owner":
    parent = WarmParent(["json"]).__enter__()
    os.environ.update(parent.variables)
manager = BlockingKernelManager(kernel_name="python3")
manager.start_kernel()
session = Session(manager)
print(session.value("[os.getpid(), {CHILD}, os.getppid()]"), flush=True)
session.client.execute({HOLD!r})
sys.stdin.read()
"""
WARM = """
from mlsdlib.course import __main__, cli_batch
cli_batch.course_modules = lambda: ("json",)
__main__.main()
"""
FORKED = "import os\nforked = 'warm_parent.py' in open(f'/proc/{os.getppid()}/cmdline').read()"


@pytest.fixture
def script(no_process_left, spawn):
    """Start a script; what it prints can be read, and it goes on until its input ends."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return lambda code, *words: spawn(sys.executable, "-c", code, *words, cwd=ROOT, **pipes)


# ---- kill -9


@pytest.mark.usefixtures("no_process_left")
def test_kill_9_of_the_parent_ends_its_kernels_and_the_next_one_is_cold():
    with WarmParent(["json"]) as parent, kernel(parent) as session:
        assert session.parent == parent.process.pid
        session.client.execute(HOLD)
        time.sleep(0.3)
        os.kill(parent.process.pid, signal.SIGKILL)
        assert within(5, lambda: not alive(session.pid))
        assert within(5, lambda: not session.manager.is_alive())
        with kernel(parent) as later:
            assert later.parent == os.getpid()


@pytest.mark.usefixtures("no_process_left")
def test_kill_9_of_the_parent_is_a_dead_kernel_to_a_job_and_the_next_job_runs(tiny, monkeypatch):
    kill = "import os\nif seed == 1:\n    os.kill(os.getppid(), 9)\n    import time; time.sleep(60)"
    tiny.write(kill)
    jobs = plan([tiny.section], {"seed": [1, 2]}, store=Store(tiny.root / "runs"))
    with WarmParent(["json"]) as parent:
        use(monkeypatch, parent)
        first, second = map(run_job, jobs)
    assert first.error == "the kernel died while it ran this cell"
    assert tiny.read().cells[first.cell].source == kill
    assert second.error == ""


def test_kill_9_of_the_client_ends_its_kernel_with_what_it_has_started(script, monkeypatch):
    with WarmParent(["json"]) as parent:
        use(monkeypatch, parent)
        client, other = script(CLIENT, "client"), script(CLIENT, "client")
        pid, child, started_by = json.loads(client.stdout.readline())
        others = json.loads(other.stdout.readline())
        assert started_by == others[2] == parent.process.pid
        time.sleep(0.3)
        assert alive(pid)
        assert alive(child)
        client.kill()
        assert within(3, lambda: not alive(pid) and not alive(child))
        assert alive(others[0])
        assert alive(others[1])
        with kernel(parent) as next_one:
            assert next_one.parent == parent.process.pid
    assert within(3, lambda: not alive(others[0]) and not alive(others[1]))


def test_kill_9_of_the_owner_ends_the_parent_and_all_kernels(script):
    owner = script(CLIENT, "owner")
    family = json.loads(owner.stdout.readline())
    assert all(map(alive, family))
    time.sleep(0.3)
    owner.kill()
    assert within(3, lambda: not any(map(alive, family)))


def test_kill_9_of_the_owner_ends_a_parent_that_is_still_importing(script, tmp_path, monkeypatch):
    (tmp_path / "slow_one.py").write_text("import time\ntime.sleep(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    code = """
import sys
from mlsdlib.course.warm import WarmParent
with WarmParent(["slow_one"]) as parent:
    print(parent.process.pid, flush=True)
    sys.stdin.read()"""
    owner = script(code)
    parent = int(owner.stdout.readline())
    owner.kill()
    assert alive(parent)
    assert within(5, lambda: not alive(parent))


def test_a_cold_kernel_ends_soon_after_its_client(script, no_process_left):
    client = script(CLIENT, "client")
    pid, child, started_by = json.loads(client.stdout.readline())
    assert started_by == client.pid
    time.sleep(0.3)
    client.kill()
    assert within(5, lambda: not alive(pid))
    os.kill(child, signal.SIGKILL)


# ---- where there is none


@pytest.fixture(scope="module")
def parent():
    """A warm parent for these tests; it has imported next to nothing."""
    with WarmParent(["json"]) as made:
        yield made


def cold_for(parent, **options) -> bool:
    """Whether a kernel that could have been warm is this process's own child."""
    with kernel(parent, **options) as session:
        return session.parent == os.getpid()


@pytest.mark.usefixtures("nothing_is_left")
def test_a_kernel_is_cold_without_a_parent_and_where_no_system_can_fork(parent, monkeypatch):
    assert cold_for(None)
    assert not cold_for(parent)
    monkeypatch.setattr(warm, "available", lambda: False)
    assert cold_for(parent)
    with WarmParent(["json"]) as none:
        assert (none.variables, none.process) == ({}, None)


@pytest.mark.usefixtures("nothing_is_left")
@pytest.mark.parametrize("changed", ["PYTHONHASHSEED", "OMP_NUM_THREADS", "TZ", "PYTHONPATH"])
def test_a_kernel_is_cold_where_its_environment_cannot_be_the_parents(parent, changed):
    environment = set_environment(dict(os.environ))
    assert not cold_for(parent, env=environment | {"MINE": "1"})
    assert cold_for(parent, env=environment | {changed: "3"})


@pytest.mark.usefixtures("nothing_is_left")
def test_a_kernel_of_another_command_is_cold(parent):
    manager = BlockingKernelManager(kernel_name="python3")
    launcher = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.kernel_spec.argv = [sys.executable, "-B", *launcher]
    assert cold_for(parent, manager=manager)


@pytest.mark.usefixtures("nothing_is_left")
def test_a_parent_that_has_ended_is_not_waited_for(parent, monkeypatch):
    with WarmParent(["json"]) as gone:
        place = gone.variables[WARM_SOCKET]
        gone.process.kill()
        start = time.monotonic()
        assert cold_for(gone)
    monkeypatch.setenv(WARM_SOCKET, place)
    assert not Path(place).exists()
    manager = BlockingKernelManager(kernel_name="python3")
    manager.start_kernel()
    manager.shutdown_kernel(now=True)
    assert time.monotonic() - start < warm.START_SECONDS / 2


@pytest.mark.usefixtures("nothing_is_left")
def test_a_kernel_that_is_to_outlive_its_client_is_cold_and_not_tied_to_it(parent):
    tied = """
import ctypes
number = ctypes.c_int()
_ = ctypes.CDLL(None).prctl(2, ctypes.byref(number))  # the signal at the parent's death
print(number.value)"""
    for place, independent, signal_at_death in (
        (parent, False, "9"),
        (None, False, "9"),
        (parent, True, "0"),
    ):
        with kernel(place, independent=independent) as session:
            assert session.printed(tied).strip() == signal_at_death
            assert (session.parent == parent.process.pid) == (place is parent and not independent)


# ---- mlsd warm


@pytest.fixture
def warmed(tiny, nothing_is_left, monkeypatch):
    """Run `mlsd warm` with these words, on a course whose notebooks import json at most."""
    tiny.write()
    use(monkeypatch)
    light = "import sys\nfrom mlsdlib.course import cli_batch\n"
    light += (
        "cli_batch.course_modules = lambda: ('json',)\nfrom mlsdlib.course.__main__ import main\n"
    )

    def call(*words):
        command = [sys.executable, "-c", light + "main()", "warm", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return call


def test_papermill_under_mlsd_warm_forks_its_kernel(tiny, warmed):
    output = tiny.root / "out.ipynb"
    tiny.write(f"{FORKED}\nprint(forked, seed)")
    words = ["--no-progress-bar", "-k", "python3", "-p", "seed", "4", tiny.notebook, output]
    done = warmed(sys.executable, "-m", "papermill", *words)
    assert done.returncode == 0, done.stderr
    (cell,) = [c for c in nbformat.read(output, as_version=4).cells if "forked" in c.source]
    assert cell.outputs[0].text == "True 4\n"


def test_nbval_under_mlsd_warm_forks_its_kernel(tiny, warmed):
    tiny.write(f"{FORKED}\nassert forked")
    words = ["-m", "pytest", "-q", "-p", "tests.conftest", "--nbval-lax", "-p", "no:cacheprovider"]
    done = warmed(sys.executable, *words, tiny.notebook)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_mlsd_warm_passes_arguments_and_the_exit_code_on(warmed):
    code = "import sys; print(sys.argv[1:]); sys.exit(7)"
    done = warmed(sys.executable, "-c", code, "--out", "-p", "x")
    assert (done.returncode, done.stdout) == (7, "['--out', '-p', 'x']\n")


def test_mlsd_warm_says_that_there_is_no_such_command(warmed):
    done = warmed("no-such-command", "-x")
    assert (done.returncode, done.stderr) == (2, "mlsd: no such command: no-such-command\n")


@pytest.mark.usefixtures("nothing_is_left")
def test_a_ctrl_c_reaches_what_runs_under_mlsd_warm_and_leaves_nothing(tiny, spawn):
    tiny.write()
    code = "import time; print('begun', flush=True); time.sleep(600)"
    words = [sys.executable, "-m", "mlsdlib.course", "warm", sys.executable, "-c", code]
    process = spawn(*words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    start = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert time.monotonic() - start < 10
