"""What the walls are made of is tried and said; without them only trusted code is run."""

import socket

import psutil
import pytest

from mlsdlib.course.classroom import isolation, strip
from mlsdlib.course.classroom.inside.wire import Wire
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.sandbox import Sandbox, SandboxError, _begin
from tests.course.processes import within

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


def ask(walls, source, tmp_path, **limits):
    package = strip.build(tmp_path, compiled=False)
    tmp_path.chmod(0o755)
    piece = {"cell": 1, "source": source, "picks": [0]}
    with Sandbox(walls, preload=()) as sandbox:
        zygote = psutil.Process(sandbox._zygote.pid)
        task = {"name": "f", "call": CALL, "pieces": [piece]}
        answers = sandbox.run(task, [{"args": [7]}], package=package, limits=Limits(**limits))
        assert within(2, lambda: zygote.children(recursive=True) == [])  # a keeper about to exit
    return answers[0]


def test_what_is_active_is_said(walls):
    said = str(isolation.choose())
    assert "namespaces of mounts, processes, network, IPC" in said
    assert ("user" in said.split(";")[0]) == (walls == "user")


@pytest.mark.parametrize("kind", ["root", "user", "none"])
def test_a_daemon_ends_with_its_jail_whatever_the_walls(kind, walls, tmp_path):
    if kind == "root" and walls != "root":
        pytest.skip("not root")
    answer = ask(kind, DAEMON, tmp_path)
    assert answer.raw.endswith(b'"status": "result", "value": 7}')


def test_without_walls_there_are_still_limits(tmp_path):
    loop = "def f(x):\n    while True: pass"
    assert "CPU" in ask("none", loop, tmp_path, cpu_seconds=1).detail


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
