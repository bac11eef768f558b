"""The grader's side of the jails: starts a zygote, asks for a jail, calls across its wall."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlsdlib.course.classroom.inside import jail
from mlsdlib.course.classroom.inside.wire import Ended, Late, Wire, WireError
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.scratch import scratch
from mlsdlib.course.classroom.turns import Turns
from mlsdlib.course.inputs import PACKAGE

ZYGOTE = Path(__file__).parent / "inside" / "zygote.py"
PRELOAD = ("numpy", "pandas", "scipy.stats")
START_SECONDS = 60.0
END_SECONDS = 20.0
TELL_SECONDS = 5.0
"""How long a jail whose wire is closed may take to end by itself, with a code that tells."""
ANSWERS = 4
"""How many times the largest answer all answers together may have."""
BUSY = 0.9
"""The part of its time that whoever has lacked nothing but time has had a processor."""
MEMORY = "it used more memory than allowed"
TIME = "it ran longer than the time allowed"
CPU = "it used more CPU time than allowed"
KILLED = "its process was killed"
NO_ANSWER = "what it sent is no answer to this call"
_OUTSIDE = "a jail was killed from outside"
_turns = Turns()
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "MLSD_PROGRESS": "off",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class SandboxError(Exception):
    """The sandbox itself does not work: no submission is to blame."""


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    `status` is what the worker said (``"result"``, ``"todo"``, ``"error"``, ``"no function"``), or
    ``"stopped"`` where no answer came; `detail` says why. `raw` is the answer as it was sent, to be
    read by a process that can be spared.
    """

    status: str
    detail: str = ""
    raw: bytes = b""


class Sandbox:
    """A zygote, and jails from it; use it as a context.

    Parameters
    ----------
    walls : str
        ``"root"`` or ``"user"`` namespaces, or ``"none"``: see `isolation.choose`.
    data : Path, optional
        The folder of data that a submission may read.
    preload : sequence of str
        Modules to import once.
    remove : sequence of Path
        Folders to remove should this process be killed.
    """

    def __init__(
        self,
        walls: str,
        *,
        data: Path | None = None,
        preload: Sequence[str] = PRELOAD,
        remove: Sequence[Path] = (),
    ) -> None:
        self.walls, self.data = walls, data
        self._preload, self._remove = preload, remove

    def __enter__(self) -> Sandbox:
        """Start the zygote."""
        with contextlib.ExitStack() as stack:
            self._folder = stack.enter_context(scratch("jail"))
            self._start()
            self._stack = stack.pop_all()
        return self

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {**ENVIRONMENT, "HOME": jail.WORK, "TMPDIR": jail.WORK}
        if self.walls == "none":
            environment |= {"HOME": str(self._folder), "TMPDIR": str(self._folder)}
        if self.data is not None:
            environment["MLSD_DATA"] = str(self.data)
        remove = [str(folder) for folder in (self._folder, *self._remove)]
        facts = json.dumps({"modules": list(self._preload), "remove": remove})
        with theirs:
            self._zygote = subprocess.Popen(
                [sys.executable, "-I", str(ZYGOTE), facts],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        self._control = ours

    def __exit__(self, *exc: object) -> None:
        """End the zygote; every jail has ended before."""
        with contextlib.suppress(OSError):  # it may have been killed
            self._control.sendall(b"\n")
        self._control.close()
        try:
            self._zygote.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()
        self._stack.close()

    def run(
        self,
        task: Mapping[str, object],
        cases: Sequence[Mapping[str, object]],
        *,
        package: Path,
        limits: Limits,
    ) -> list[Answer]:
        """Return the answers of a learner's function to cases, one call after the other.

        After one that did not come no call follows: it stands for those that are left as well.

        Whatever ends them may be due to others, who use the processors, or to the system: then
        all is run once more, while no other jail of this process is, and what happens counts.

        Parameters
        ----------
        task : mapping
            ``name`` of the function, ``pieces`` of the program, and the source of ``call``.
        cases : sequence of mapping
            Plain inputs. Each is sent when the one before it has been answered.
        package : Path
            The stripped package that the submission may import, a folder named ``mlsdlib``.
        limits : Limits
            What all of this may use.

        Raises
        ------
        SandboxError
            If no jail could be made, or it was killed from outside again.
        """
        with _turns.beside_others():
            answers, doubt = self._run(task, cases, package, limits)
        if doubt:
            with _turns.alone():
                answers, doubt = self._run(task, cases, package, limits)
        if doubt == _OUTSIDE:
            raise SandboxError(doubt)
        return answers + [answers[-1]] * (len(cases) - len(answers)) if answers else []

    def _run(
        self,
        task: Mapping[str, object],
        cases: Sequence[Mapping[str, object]],
        package: Path,
        limits: Limits,
    ) -> tuple[list[Answer], str]:
        """Return the answers up to the first that did not come, and why it may not count."""
        with self._jail(package, limits) as (wire, keeper):
            _begin(wire, task)
            end = time.monotonic() + limits.seconds
            answers: list[Answer] = []
            left = most = ANSWERS * wire.most
            try:
                for case in cases:
                    answers.append(_call(wire, case, end))
                    left -= len(answers[-1].raw)
                    if left < 0:
                        answers[-1] = Answer("stopped", f"its answers have more than {most} bytes")
                        break
            except WireError as err:
                why, doubt = keeper.reason(err, limits)
                return [*answers, Answer("stopped", why)], doubt
        return answers, ""

    @contextlib.contextmanager
    def _jail(self, package: Path, limits: Limits) -> Iterator[tuple[Wire, _Keeper]]:
        """Yield the wire into a new jail, and its keeper; afterwards nothing of it is left."""
        place = Path(tempfile.mkdtemp(dir=self._folder))
        wire, inner = socket.socketpair()
        status, outer = socket.socketpair()
        with inner, outer:
            request = json.dumps(self._spec(place, package, limits)).encode()
            try:
                socket.send_fds(self._control, [request], [inner.fileno(), outer.fileno()])
            except OSError as err:
                wire.close()
                status.close()
                raise SandboxError(f"the sandbox has ended: {err}") from None
        keeper = _Keeper(status, walled=self.walls != "none")
        try:
            keeper.started()
            yield Wire(wire, most=int(limits.answer_megabytes * 1e6)), keeper
        finally:
            wire.close()
            try:
                keeper.end()
            finally:
                shutil.rmtree(place, ignore_errors=True)

    def _spec(self, place: Path, package: Path, limits: Limits) -> dict[str, object]:
        # Room for what is shared with the zygote, and for what a library reserves.
        memory = int(limits.megabytes * 1e6)
        apart = self.walls != "none"
        return {
            "walls": self.walls,
            "place": str(place),
            "number": int(secrets.randbelow(1 << 30)),
            "binds": [*_binds(self.data), [str(package.parent), jail.PACKAGE]] if apart else [],
            "hidden": _hidden() if apart else [],
            "package": jail.PACKAGE if apart else str(package.parent),
            "path": _path(),
            "disk": int(limits.disk_megabytes * 1e6),
            "memory": memory,
            "seconds": limits.seconds + END_SECONDS,
            "limits": {
                "cpu_seconds": limits.cpu_seconds,
                "memory": 2 * memory,
                "file": int(limits.disk_megabytes * 1e6 / 4),
                "processes": limits.processes,
                "files": limits.files,
            },
        }


class _Keeper:
    """The process outside a jail, as the grader hears it."""

    def __init__(self, status: socket.socket, *, walled: bool) -> None:
        self._socket, self._heard, self._walled = status, b"", walled
        self._ended: dict | None = None

    def started(self) -> None:
        said = self._hear(START_SECONDS)
        if not said.get("started"):
            raise SandboxError(said.get("failed", "the jail's keeper has ended"))

    def reason(self, err: WireError, limits: Limits) -> tuple[str, str]:
        """Return why no answer came, and why that may not be the submission's doing, if it may."""
        if not isinstance(err, (Ended, Late)):
            return str(err), ""
        said = self.end(0.0 if isinstance(err, Late) else TELL_SECONDS)
        if isinstance(err, Late) or said["why"] == "time":
            starved = said["cpu"] < BUSY * limits.seconds
            return TIME, "others were busy" if starved else ""
        if said["why"] == "memory":
            return MEMORY, ""
        if said["why"] == "told":  # it has closed its wire, and gone on
            return str(err), ""
        code = said["ended"]
        number = code - 128 if code > 128 else -code
        if said["why"] == "cpu" or number == signal.SIGXCPU:
            return CPU, ""
        if number != signal.SIGKILL:
            return f"its process ended with code {code} and without an answer", ""
        # By itself, at its limit of CPU time, or from outside. Nothing inside a jail can kill its
        # first process; without walls it can.
        doubt = "" if said["cpu"] >= limits.cpu_seconds else "it may have been the system"
        return KILLED, _OUTSIDE if code < 0 and self._walled else doubt

    def end(self, patience: float = 0.5) -> dict:
        """Have the jail ended; return what the keeper says of its end.

        A process whose wire is closed is about to end by itself: that is waited for.
        """
        if self._ended is None:
            said = self._hear(patience)
            if "ended" not in said:
                with contextlib.suppress(OSError):
                    self._socket.sendall(b"kill")
                said = self._hear(END_SECONDS)
            self._ended = said
            self._socket.close()
            if "ended" not in said:
                raise SandboxError("a jail did not end")
        return self._ended

    def _hear(self, seconds: float) -> dict:
        """Return the next thing it says, nothing if it says nothing in time."""
        end = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            while b"\n" not in self._heard:
                self._socket.settimeout(max(0.001, end - time.monotonic()))
                part = self._socket.recv(4096)
                if not part:
                    return {}
                self._heard += part
            line, _, self._heard = self._heard.partition(b"\n")
            return json.loads(line)
        return {}


def _begin(wire: Wire, task: Mapping[str, object]) -> None:
    """Send the task; wait for the first word, said before any of the submission's code runs."""
    until = time.monotonic() + START_SECONDS
    try:
        with contextlib.suppress(WireError):  # it may have failed, and said so, before it took all
            wire.send(dict(task), until=until)
        said = wire.receive(until=until)
    except WireError as err:
        raise SandboxError(f"the jail did not start: {err}") from None
    if said != {"ready": True}:
        raise SandboxError(f"the jail did not start: {said}")


def _call(wire: Wire, case: Mapping[str, object], end: float) -> Answer:
    nonce = secrets.token_hex(8)
    wire.send({"nonce": nonce, "case": case}, until=end)
    raw = wire.receive_bytes(until=end)
    # All that is read here of what a submission wrote: whether it begins as an answer to this call.
    head = b'{"nonce": "%s", "status": "' % nonce.encode()
    status = raw[len(head) :].split(b'"', 1)[0][:20].decode("ascii", errors="replace")
    if not raw.startswith(head) or status not in ("result", "todo", "error", "no function"):
        return Answer("stopped", NO_ANSWER)
    return Answer(status, raw=raw)


def _binds(data: Path | None) -> list[list[str]]:
    """Return the parts of the host that Python needs, each once."""
    system = [p for p in ("/usr", "/lib", "/lib64", "/bin") if Path(p).is_dir()]
    files = ["/etc/ld.so.cache", "/etc/localtime"]
    wanted = [p for p in system if not Path(p).is_symlink()]
    wanted += [p for p in files if Path(p).is_file()]
    for place in (sys.base_prefix, sys.prefix, *_path(), *([str(data)] if data else [])):
        if Path(place).exists() and not any(Path(place).is_relative_to(p) for p in wanted):
            wanted.append(place)
    return [[place, place] for place in wanted]


def _path() -> list[str]:
    """Return where Python keeps its packages, and never the folder of a script or of a checkout."""
    python = [Path(sys.base_prefix), Path(sys.prefix)]

    def is_package_folder(place: Path) -> bool:
        inside = any(place.is_relative_to(folder) for folder in python)
        return place.exists() and (inside or place.name in ("site-packages", "dist-packages"))

    return [place for place in sys.path if place and is_package_folder(Path(place))]


def _hidden() -> list[str]:
    """Return the installed copies of the package."""
    copies = [Path(place) / PACKAGE.name for place in _path()]
    return [str(copy) for copy in copies if copy.is_dir()]
