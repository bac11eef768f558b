"""The keeper of one jail: it stays outside, watches what is used, and sees that all is over."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from . import jail, worker
from .wire import Wire

POLL_SECONDS = 0.05
CROWD, CROWD_NICE = 8, 10
"""More processes than these yield to others, such as the one that watches them.

Not to the last: each may hold a lock that the watcher needs, and must run to end when it is told.
"""
MORE_CPU_SECONDS = 2.0
"""What all processes may use above the limit of one, whose own end comes first and says more."""


def keep(spec: dict, wire: int, status: int) -> None:
    """Run a jail to its end; report on the socket `status`. Does not return.

    Reported are ``{"started": true}`` or ``{"failed": reason}``, and at the end
    ``{"ended": code, "why": …, "cpu": seconds}``, after the last process of the jail is gone.
    Whatever comes in on the socket, or its end, is the order to kill. The code is -9 without a
    reason where somebody outside has killed the jail: from inside nobody can.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    report = socket.socket(fileno=status)
    try:
        if spec["walls"] == "none":
            jail.adopt_orphans()
        else:
            jail.leave_host(as_root=spec["walls"] == "root")
        go, ready = os.pipe()
        inner = os.fork()
        if inner == 0:
            report.close()
            os.close(ready)
            _inside(spec, wire, go)
        os.close(go)
        os.close(wire)
        os.write(ready, b".")  # and kept open: it closes as this process ends
        why, cpu = _watch(inner, report, spec)
        # A pid namespace ends with its first process, as a whole.
        _, code, usage = os.wait4(inner, 0)
        if spec["walls"] == "none":
            _end_strays()
        cpu = max(cpu, usage.ru_utime + usage.ru_stime)
        _say(report, {"ended": os.waitstatus_to_exitcode(code), "why": why, "cpu": cpu})
    except OSError as err:
        _say(report, {"failed": str(err)})
    os._exit(0)


def _inside(spec: dict, wire: int, go: int) -> None:
    """Be the first process of the jail: wait for the second, which runs the submission."""
    parent = os.getppid()
    if not os.read(go, 1):
        os._exit(1)
    try:
        _build(spec)
        # Changing user has undone it, and inside a pid namespace the parent has no number.
        jail.die_with(parent if spec["walls"] == "none" else 0)
        if select.select([go], [], [], 0)[0]:  # it was gone before it could be asked for
            os._exit(1)
        os.close(go)
        child = os.fork()
        if child == 0:
            _be_worker(spec, wire)
        os.close(wire)
        while True:
            pid, code = os.wait()  # orphans too
            if pid == child:
                break
        code = os.waitstatus_to_exitcode(code)
        os._exit(code if code >= 0 else 128 - code)
    except BaseException as err:
        with contextlib.suppress(Exception):
            Wire(socket.socket(fileno=wire)).send({"failed": f"{type(err).__name__}: {err}"})
        os._exit(1)


def _build(spec: dict) -> None:
    with contextlib.suppress(OSError):  # where memory runs out all the same
        Path("/proc/self/oom_score_adj").write_text("1000")
    if spec["walls"] != "none":
        user = jail.user_of_jail(spec["number"]) if spec["walls"] == "root" else None
        jail.build_root(spec["place"], spec["binds"], spec["hidden"], disk=spec["disk"], user=user)
        jail.drop_privileges(user)
        jail.filter_calls()
    else:
        os.chdir(spec["place"])


def _be_worker(spec: dict, wire: int) -> None:
    """Run the submission. Does not return."""
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(null, handle)
        os.closerange(3, wire)
        os.closerange(wire + 1, 256)
        jail.limit(**spec["limits"])
        sys.path[:] = [spec["package"], *spec["path"]]
        worker.serve(Wire(socket.socket(fileno=wire)))
    finally:
        os._exit(0)


def _watch(inner: int, report: socket.socket, spec: dict) -> tuple[str, float]:
    """Wait until the jail ends or must end; return why it had to, and the CPU time it has used."""
    handle = os.pidfd_open(inner)
    end = time.monotonic() + spec["seconds"]
    clock, memory = _Clock(), _Memory()
    most_cpu = spec["limits"]["cpu_seconds"] + MORE_CPU_SECONDS
    # A sender may go half above the size of its buffer.
    buffer = 2 * report.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    _say(report, {"started": True})
    why = ""
    while True:
        ready = select.select([handle, report], [], [], POLL_SECONDS)[0]
        family = _family(os.getpid())[1:]
        if len(family) > CROWD:
            _renice(family, CROWD_NICE)
        clock.look(family)
        if handle in ready:
            break
        if report in ready:
            why = "told"
        elif time.monotonic() > end:
            why = "time"
        elif clock.seconds > most_cpu:
            why = "cpu"
        else:
            most = spec["memory"] - _sockets(spec) * buffer
            why = "memory" if memory.look(family, most) > most else ""
        if why:
            os.kill(inner, signal.SIGKILL)
            _renice(family, 0)  # where this may be undone
            break
    os.close(handle)
    return why, clock.seconds


class _Clock:
    """The CPU time of a jail's processes, those that have ended included."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._own: dict[tuple[int, str], int] = {}

    def look(self, family: list[int]) -> None:
        """Read the clocks of the processes that there are now, parents first.

        A process that nobody waits for counts as it was last seen, all others to their end.
        """
        waited = 0
        for pid in family:
            words = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            if words:
                own, children = (int(words[n]) + int(words[n + 1]) for n in (11, 13))
                self._own[pid, words[19]] = own
                waited += own + children
        ticks = max(waited, sum(self._own.values()))
        self.seconds = max(self.seconds, ticks / os.sysconf("SC_CLK_TCK"))


def _sockets(spec: dict) -> int:
    """Return the number of the jail's sockets: their buffers are memory of no process."""
    if spec["walls"] == "none":  # the network is the host's
        return 0
    return _number("/proc/self/net/sockstat", 2)


class _Memory:
    """The memory of a jail's processes; shared pages count only in part, if they are many.

    To share them out takes long, longer yet where the processes leave no time for it. So it is
    done bit by bit, the largest process first: what else is watched cannot wait for it.
    """

    def __init__(self) -> None:
        self._bytes = 0
        self._left: list[tuple[int, int]] = []

    def look(self, family: list[int], most: float) -> int:
        """Return the bytes that are known so far to be used; exact only above `most`."""
        if not self._left:
            resident = [(_resident(pid), pid) for pid in family]
            total = sum(size for size, _ in resident)
            if len(family) < 3 or total <= most:
                return total
            self._bytes, self._left = 0, sorted(resident)
        end = time.monotonic() + POLL_SECONDS
        while self._left and time.monotonic() < end:
            pid = self._left.pop()[1]
            size = _resident(pid)  # by now it may have ended
            self._bytes += min(size, _proportional(pid, size)) if size else 0
        return self._bytes


def _renice(family: list[int], value: int) -> None:
    for pid in family:
        with contextlib.suppress(OSError):  # it has ended, or only root may
            os.setpriority(os.PRIO_PROCESS, pid, value)


def _family(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting and len(found) < 10_000:
        one = waiting.pop()
        found.append(one)
        with contextlib.suppress(OSError, ValueError):
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(number) for number in _read(f"{task}/children").split()]
    return found


def _end_strays() -> None:
    """Kill every descendant, those too that have left their group, until there is none."""
    while True:
        strays = _family(os.getpid())[1:]
        for pid in strays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def _resident(pid: int) -> int:
    return _number(f"/proc/{pid}/statm", 1) * os.sysconf("SC_PAGE_SIZE")


def _proportional(pid: int, otherwise: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return otherwise


def _number(file: str, position: int) -> int:
    words = _read(file).split()
    return int(words[position]) if len(words) > position else 0


def _read(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""


def _say(report: socket.socket, words: dict) -> None:
    with contextlib.suppress(OSError):
        report.sendall(json.dumps(words).encode() + b"\n")
