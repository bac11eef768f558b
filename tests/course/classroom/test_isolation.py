"""What the walls are made of is tried and said; without them only trusted code is run."""

import signal
import socket
import threading
import time

import psutil
import pytest

from mlsdlib.course.classroom import isolation, strip
from mlsdlib.course.classroom import sandbox as sandbox_module
from mlsdlib.course.classroom.inside.wire import Wire
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.sandbox import Sandbox, SandboxError, _begin
from mlsdlib.course.classroom.turns import Turns
from tests.course.processes import alive, within

CALL = "from mlsdlib.course.exercises.base import call_with_args as call"
DAEMON = """
def f(x):
    import os, time
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1e6)
            os._exit(0)
    return x
"""


SPIN = """
def f(x):
    import os, signal, time
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                while time.process_time() < 0.4: pass
                os._exit(0)
        try: os.wait()
        except ChildProcessError: pass
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    folder.chmod(0o755)
    return strip.build(folder, compiled=False)


def ask(walls, source, package, cases=1, **limits):
    piece = {"cell": 1, "source": source, "picks": [0]}
    with Sandbox(walls, preload=()) as sandbox:
        zygote = psutil.Process(sandbox._zygote.pid)
        task = {"name": "f", "call": CALL, "pieces": [piece]}
        answers = sandbox.run(
            task, [{"args": [7]}] * cases, package=package, limits=Limits(**limits)
        )
        assert within(2, lambda: zygote.children(recursive=True) == [])  # a keeper about to exit
    return answers if cases > 1 else answers[0]


def test_what_is_active_is_said(walls):
    said = str(isolation.choose())
    assert "namespaces of mounts, processes, network, IPC" in said
    assert ("user" in said.split(";")[0]) == (walls == "user")


@pytest.mark.parametrize("kind", ["root", "user", "none"])
def test_a_daemon_ends_with_its_jail_whatever_the_walls(kind, walls, package):
    if kind == "root" and walls != "root":
        pytest.skip("not root")
    answer = ask(kind, DAEMON, package)
    assert answer.raw.endswith(b'"status": "result", "value": 7}')


def test_without_walls_there_are_still_limits(package):
    loop = "def f(x):\n    while True: pass"
    assert "CPU" in ask("none", loop, package, cpu_seconds=1).detail


def test_where_no_jail_holds_only_trusted_code_is_run(monkeypatch):
    def leak(walls):
        raise SandboxError("a trial jail leaks")

    monkeypatch.setattr(isolation, "ensure", leak)
    with pytest.raises(ValueError, match=r"allows no namespaces .*leaks.*--trusted"):
        isolation.choose()
    assert isolation.choose(trusted=True).walls == "none"
    assert "NO WALLS" in str(isolation.choose(trusted=True))


def test_what_the_submission_has_not_broken_is_the_graders_error(walls, tmp_path):
    with Sandbox(walls, preload=()) as sandbox:
        with pytest.raises(SandboxError, match=r"did not start.*nowhere"):
            sandbox.run({}, [{}], package=tmp_path / "nowhere" / "mlsdlib", limits=Limits())
        task = {"name": "f", "call": "import nowhere", "pieces": []}
        with pytest.raises(SandboxError, match=r"did not start.*No module named 'nowhere'"):
            sandbox.run(task, [{}], package=tmp_path / "mlsdlib", limits=Limits())


def test_what_a_jail_said_before_it_ended_is_heard():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Wire(theirs).send({"failed": "no room"})
        theirs.close()
        with pytest.raises(SandboxError, match=r"did not start.*no room"):
            _begin(Wire(ours), {})


@pytest.mark.parametrize("kind", ["walls", "none"])
def test_processes_share_the_cpu_time_also_when_nobody_waits_for_them(kind, walls, package):
    kind = walls if kind == "walls" else kind
    answer = ask(kind, SPIN, package, cpu_seconds=1, seconds=60)
    assert (answer.status, answer.detail) == ("stopped", "it used more CPU time than allowed")


def test_answers_have_a_limit_together(walls, package):
    long = "def f(x):\n    return 'a' * 90_000"
    answers = ask(walls, long, package, cases=7, answer_megabytes=0.1)
    assert [answer.status for answer in answers] == ["result"] * 4 + ["stopped"] * 3
    assert answers[-1].detail == "its answers have more than 400000 bytes"


@pytest.fixture
def meddle(monkeypatch):
    """Have a process of the jail get a signal from outside, as its submission begins."""

    def meddle(number, depth, times):
        left = [number] * times

        def begin(wire, task):
            _begin(wire, task)
            if left:
                family = psutil.Process().children()
                (process,) = (child for child in family if "zygote" in str(child.cmdline()))
                for _ in range(depth):
                    (process,) = process.children()
                process.send_signal(left.pop())
                assert number != signal.SIGKILL or within(5, lambda: not alive(process.pid))

        monkeypatch.setattr(sandbox_module, "_begin", begin)
        return left

    return meddle


FIRST, WORKER = 2, 3
RIGHT = "def f(x):\n    return x"


@pytest.mark.parametrize(
    ("number", "depth"),
    [(signal.SIGKILL, FIRST), (signal.SIGKILL, WORKER), (signal.SIGSTOP, WORKER)],
)
def test_what_others_do_to_a_jail_costs_nothing(walls, package, meddle, number, depth):
    left = meddle(number, depth, 1)
    answer = ask(walls, RIGHT, package, seconds=2)
    assert left == []
    assert answer.raw.endswith(b'"value": 7}')


def test_what_happens_again_counts(walls, package, meddle):
    meddle(signal.SIGKILL, WORKER, 2)  # as a submission may do it
    assert ask(walls, RIGHT, package).detail == "its process was killed"
    meddle(signal.SIGSTOP, WORKER, 2)
    assert ask(walls, RIGHT, package, seconds=1).detail == "it ran longer than the time allowed"
    meddle(signal.SIGKILL, FIRST, 2)  # as nobody inside can
    with pytest.raises(SandboxError, match="killed from outside"):
        ask(walls, RIGHT, package)


def test_whoever_waits_to_be_alone_comes_next():
    turns, seen = Turns(), []

    def late_comer():
        with turns.beside_others():
            seen.append("beside")

    def alone():
        with turns.alone():
            seen.append("alone")
            threads.append(threading.Thread(target=late_comer))
            threads[-1].start()
            time.sleep(0.1)
            seen.append("still alone")

    with turns.beside_others():
        threads = [threading.Thread(target=alone)]
        threads[0].start()
        assert within(5, lambda: turns._alone)
        threads.append(threading.Thread(target=late_comer))
        threads[1].start()
        seen.append("first")
    threads[0].join()
    for thread in threads:
        thread.join()
    assert seen == ["first", "alone", "still alone", "beside", "beside"]
