"""Which walls this system allows, tried and not guessed."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mlsdlib.course.classroom.inside import seccomp
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.sandbox import Sandbox, SandboxError

_PROBE = """
def probe():
    import os, socket
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1)
        network = True
    except ConnectionRefusedError:
        network = True
    except OSError:
        network = False
    return [os.getuid(), network, os.path.exists("/proc/self"), os.path.exists({file!r})]
"""


@dataclass(frozen=True)
class Isolation:
    """How submissions are kept apart: the `walls`, and what they are made of, in words."""

    walls: str
    mechanisms: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.mechanisms)


def choose(*, trusted: bool = False) -> Isolation:
    """Return the strongest isolation that works here, after a try.

    Parameters
    ----------
    trusted : bool
        Whether to go on where a submission can be limited and not walled off.

    Raises
    ------
    ValueError
        If nothing but limits works, and `trusted` is not said.
    """
    failures = []
    for walls in ("root", "user") if os.geteuid() == 0 else ("user",):
        try:
            ensure(walls)
        except SandboxError as err:
            failures.append(f"{walls}: {err}")
            continue
        return Isolation(walls, _words(walls))
    if not trusted:
        raise ValueError(
            "submissions cannot be walled off here, since the system allows no namespaces "
            f"({'; '.join(failures)}). Grade where it does, or say --trusted if you trust the "
            "code of all submissions"
        )
    return Isolation("none", _words("none"))


@lru_cache
def ensure(walls: str) -> None:
    """Raise `SandboxError` unless a jail with these walls holds here; it is tried once."""
    if walls == "none":
        return
    with tempfile.NamedTemporaryFile() as secret, Sandbox(walls, preload=()) as sandbox:
        source = _PROBE.format(file=secret.name)
        task = {
            "name": "probe",
            "call": "def call(function, case): return function()",
            "pieces": [{"cell": 0, "source": source, "picks": [0]}],
        }
        package = Path(__file__).parent / "inside"  # any folder will do
        (answer,) = sandbox.run(task, [{}], package=package, limits=Limits())
    said = answer.raw.partition(b'"value": ')[2].rstrip(b"}").decode()
    uid = said.strip("[").partition(",")[0]
    if said.partition(", ")[2] != "false, false, false]" or (walls == "root" and uid == "0"):
        raise SandboxError(f"a trial jail leaks: {said or answer.detail or answer.status}")


def _words(walls: str) -> tuple[str, ...]:
    limits = "limits on CPU, data, files and processes", "a watchdog on memory and time"
    if walls == "none":
        return ("NO WALLS: submissions can read files and use the network", *limits)
    names = "namespaces of mounts, processes, network, IPC" + (", user" if walls == "user" else "")
    words = [names, "a read-only root with the data and Python only"]
    if walls == "root":
        words.append("a user id of each jail's own")
    if seccomp.available():
        words.append("a filter of system calls")
    return (*words, *limits)
