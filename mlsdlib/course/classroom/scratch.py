"""Temporary folders that are found again if whoever made them was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

KINDS = ("jail", "packages")


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """Yield a new folder that other users may look into; those of dead processes are removed.

    Whoever has made a folder holds a lock on it, which goes with the process. A process id in its
    name would say less: another container may share the temporary folder, not the processes.

    Parameters
    ----------
    kind : str
        ``"jail"`` or ``"packages"``.
    """
    for name in KINDS:
        for place in Path(tempfile.gettempdir()).glob(f"mlsd-class-{name}-*"):
            _remove_if_free(place)
    made, lock = _make(f"mlsd-class-{kind}-")
    try:
        made.chmod(0o755)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _make(prefix: str) -> tuple[Path, int]:
    while True:
        made = Path(tempfile.mkdtemp(prefix=prefix))
        with contextlib.suppress(FileNotFoundError):  # taken for a dead one's before it was locked
            lock = _open(made)
            with contextlib.suppress(OSError):  # where there are no locks, nobody takes it either
                fcntl.flock(lock, fcntl.LOCK_EX)
            if made.exists():
                return made, lock
            os.close(lock)


def _remove_if_free(place: Path) -> None:
    with contextlib.suppress(OSError):  # it is gone, or not ours
        lock = _open(place)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)
        finally:
            os.close(lock)


def _open(place: Path) -> int:
    return os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
