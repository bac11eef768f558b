"""The folder of submissions: a folder, or a notebook, for each student; no link is followed."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from mlsdlib.course.classroom.cells import MOST_BYTES

MOST_NOTEBOOKS = 50
MOST_DEPTH = 4
_SKIPPED = {"__MACOSX", "__pycache__", "node_modules"}


@dataclass(frozen=True)
class Submission:
    """What one student has handed in.

    `notebooks` are the files as they are; `problems` say what was not read, and why; `at` is the
    time given, else when the newest notebook was changed, None without any.
    """

    student: str
    notebooks: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()
    at: datetime | None = None
    names: tuple[str, ...] = field(default=())


def collect(folder: Path, times: Mapping[str, datetime] | None = None) -> list[Submission]:
    """Return the submissions in a folder, by student.

    ``folder/anna/….ipynb`` and ``folder/anna.ipynb`` are Anna's.

    Parameters
    ----------
    folder : Path
        Where they are.
    times : mapping, optional
        When students handed in; of the others the files tell.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such folder, nothing in it, or one student in two places.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no such folder of submissions: {folder}")
    found: dict[str, Submission] = {}
    for place in sorted(folder.iterdir()):
        if place.name.startswith(".") or place.name in _SKIPPED:
            continue
        if place.suffix != ".ipynb" and not place.is_symlink() and not place.is_dir():
            continue
        student = place.stem if place.suffix == ".ipynb" else place.name
        if student in found:
            raise ValueError(f"{student} has handed in both a folder and a notebook")
        found[student] = _submission(student, place)
    if not found:
        raise ValueError(f"{folder} holds no submissions: a folder or a notebook a student")
    for student in found.keys() & (times or {}).keys():
        found[student] = replace(found[student], at=times[student])
    return [found[student] for student in sorted(found)]


def _submission(student: str, place: Path) -> Submission:
    notebooks: list[bytes] = []
    problems: list[str] = []
    times: list[float] = []
    names: list[str] = []
    for file in _notebooks(place, problems):
        if len(notebooks) == MOST_NOTEBOOKS:
            problems.append(f"more than {MOST_NOTEBOOKS} notebooks: the rest is not read")
            break
        try:
            data, time = _read(file)
        except OSError as err:
            problems.append(f"{file.name}: {err.strerror or err}")
            continue
        notebooks.append(data)
        times.append(time)
        names.append(file.name)
    at = datetime.fromtimestamp(max(times), UTC) if times else None
    return Submission(student, tuple(notebooks), tuple(problems), at, tuple(names))


def _notebooks(place: Path, problems: list[str], depth: int = 0) -> Iterator[Path]:
    if place.is_symlink():
        problems.append(f"{place.name}: a link, and links are not followed")
    elif place.is_dir():
        if depth == MOST_DEPTH:
            problems.append(f"{place.name}: too many folders inside each other")
            return
        with contextlib.suppress(PermissionError):
            for inner in sorted(place.iterdir()):
                hidden = inner.name.startswith(".") or inner.name in _SKIPPED
                if not hidden and (inner.suffix == ".ipynb" or inner.is_dir()):
                    yield from _notebooks(inner, problems, depth + 1)
    elif place.suffix == ".ipynb":
        yield place


def _read(file: Path) -> tuple[bytes, float]:
    """Return a regular file's bytes and time; nothing else is waited for or followed."""
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("not a file")
        if facts.st_size > MOST_BYTES:
            raise OSError(f"{facts.st_size} bytes, at most {MOST_BYTES} are read")
        return stream.read(MOST_BYTES + 1), facts.st_mtime
