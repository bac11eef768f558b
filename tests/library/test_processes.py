"""Child processes: they do their job, are heard and told, and never outlive their owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from mlsdlib import processes
from mlsdlib.processes import Child

ME = "tests.library.test_processes"


def count(start):
    """Say a number and the next, then wait to be told, and say whether the owner's word came."""
    print(start, flush=True)
    print(start + 1, flush=True)
    print(processes.told.wait(30), flush=True)


def fail(text):
    print("before", flush=True)
    sys.exit(text)


def wait_for_ever():
    print(os.environ.get("COLOUR"), flush=True)
    time.sleep(600)


def is_there(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_child_is_heard_told_and_finished():
    with Child(f"{ME}:count", {"start": 7}) as child:
        assert (child.hear(), child.hear()) == ("7", "8")
        assert child.poll() is None
        child.tell()
        assert child.hear() == "True"
        assert child.wait() == 0
    with Child(f"{ME}:count", {"start": 7}) as child:
        child.finish()
        assert child.poll() == 0


def test_what_nobody_heard_is_given_back_when_it_is_killed():
    with Child(f"{ME}:count", {"start": 7}) as child:
        assert child.hear_byte() == b"7"
        wait_until(lambda: psutil.Process(child.pid).num_threads() > 1)
        child.hear()
        assert child.hear() == "8"
        child.tell()
        child.wait()
        assert child.kill() == b"True\n"
        assert child.kill() == b""


def test_a_job_may_be_in_any_file(tmp_path):
    code = tmp_path / "job.py"
    code.write_text("import os\ndef f(n):\n    print(n + 1, __file__, flush=True)\n")
    with Child(f"{code}:f", {"n": 1}) as child:
        assert child.hear() == f"2 {code}"
        assert child.wait() == 0
    assert processes.load_function("os.path:join") is os.path.join
    assert processes.load_function(f"{code}:f").__module__ == "job"


def test_a_strike_ends_it_for_whoever_waits():
    with Child(f"{ME}:wait_for_ever", {}) as child:
        child.hear()
        child.strike()
        assert child.wait() == -signal.SIGKILL
        child.strike()


def test_a_child_that_fails_says_with_which_code(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        child = Child(f"{ME}:fail", {"text": "no more paper"}, stderr=log)
        assert child.hear() == "before"
        with pytest.raises(RuntimeError, match="ended early, with code 1"):
            child.hear()
        with pytest.raises(RuntimeError, match="ended with code 1"):
            child.finish()
    assert (tmp_path / "log").read_text() == "no more paper\n"


def test_a_child_that_does_not_end_is_killed_after_its_time():
    child = Child(f"{ME}:wait_for_ever", {})
    child.hear()
    with pytest.raises(subprocess.TimeoutExpired):
        child.finish(timeout=0.2)
    assert not is_there(child.pid)


def test_a_child_has_its_variables_and_a_session_of_its_own():
    with Child(f"{ME}:wait_for_ever", {}, env={"COLOUR": "green"}) as child:
        assert child.hear() == "green"
        assert os.getsid(child.pid) == child.pid
    assert not is_there(child.pid)


def test_a_child_dies_with_its_owner_even_when_its_pipe_lives_on():
    code = (
        "import subprocess, sys, time\n"
        "from mlsdlib.processes import Child\n"
        f"child = Child('{ME}:wait_for_ever', {{}}); child.hear()\n"
        "holder = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],\n"
        "                          pass_fds=[child._process.stdin.fileno()])\n"
        "print(child.pid, holder.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with owner:
        pid, holder = map(int, owner.stdout.readline().split())
        assert is_there(pid)
        if not hasattr(os, "pidfd_open"):  # without it, the pipe's end is the only sign
            os.kill(holder, signal.SIGKILL)
        os.kill(owner.pid, signal.SIGKILL)
        try:
            wait_until(lambda: not is_there(pid))
        finally:
            if is_there(holder):
                os.kill(holder, signal.SIGKILL)
