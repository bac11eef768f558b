"""The folder of submissions: a folder, or a notebook, for each student; no link is followed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlsdlib.course.classroom.cells import MOST_BYTES
from mlsdlib.course.classroom.clean import clean, listed
from mlsdlib.course.classroom.students import written_names

MOST_NOTEBOOKS = 50
MOST_OF_ONE = 5 * MOST_BYTES
"""How many bytes of one student are read, in all notebooks together."""
MOST_DEPTH = 4
MOST_PROBLEMS = 10
_SKIPPED = {"__MACOSX", "__pycache__", "node_modules"}
_NOTEBOOK = ".ipynb"
_ARCHIVE = re.compile(r"(?:\.tar)?\.(?:zip|7z|rar|tar|tgz|gz|bz2|xz)$", re.IGNORECASE)
_ALMOST = re.compile(r"\.ipynb\b.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Handed:
    """A notebook as it was handed in, with the SHA-256 of its bytes.

    It is read anew as it is graded: with their pictures, the notebooks of a class fill the memory.
    """

    file: Path
    digest: str

    def read(self) -> bytes:
        """Return its bytes.

        Raises
        ------
        ValueError
            If it cannot be read, or is no longer what was collected.
        """
        try:
            data, _ = _read(self.file)
        except OSError as err:
            raise ValueError(_unreadable(err, self.file.name)) from None
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise ValueError(f"{clean(self.file.name)} was changed while the class was graded")
        return data


@dataclass(frozen=True)
class Submission:
    """What one student has handed in.

    `problems` say what was not read, and why; `at` is the time given, else when the newest notebook
    was changed, None where nobody knows. `lacks` says, so that the student may read it, what there
    was in place of any notebook. `unread` says why the grader could not read what is there: then
    nobody knows what was handed in.
    """

    student: str
    notebooks: tuple[Handed, ...] = ()
    problems: tuple[str, ...] = ()
    at: datetime | None = None
    lacks: str = ""
    unread: str = ""

    def read(self) -> list[bytes]:
        """Return the bytes of its notebooks; `ValueError` as `Handed.read`."""
        return [notebook.read() for notebook in self.notebooks]


def collect(
    folder: Path,
    times: Mapping[str, datetime] | None = None,
    *,
    leave_out: Collection[Path] = (),
) -> list[Submission]:
    """Return the submissions in a folder, by student.

    ``folder/anna/….ipynb`` and ``folder/anna.ipynb`` are Anna's; ``folder/anna.zip`` is hers too,
    and is not read.

    Parameters
    ----------
    folder : Path
        Where they are.
    times : mapping, optional
        When students handed in; of the others the files tell.
    leave_out : collection of Path
        What the grader writes: it is nobody's, should it lie inside.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such folder, nothing in it, or one student in two places.
    """
    places: dict[str, list[Path]] = {}
    for place, student in _places(folder, leave_out):
        if student is not None:
            places.setdefault(student, []).append(place)
    if not places:
        raise ValueError(f"{folder} holds no submissions: a folder or a notebook a student")
    made = []
    for raw, name in written_names(places).items():
        whole = [clean(place.name) for place in places[raw] if not _is_unread_file(place)]
        if len(whole) > 1:
            raise ValueError(f"{name} has handed in both {' and '.join(whole)}")
        reading = _Reading(_full(leave_out))
        made.append(reading.submission(raw, name, places[raw], (times or {}).get(name)))
    return sorted(made, key=lambda one: one.student)


def passed_over(folder: Path, leave_out: Collection[Path] = ()) -> list[str]:
    """Return the names of files that are nobody's, such as a list of students."""
    return [clean(place.name) for place, student in _places(folder, leave_out) if student is None]


def is_notebook(name: str) -> bool:
    """Return whether a file's name is a notebook's, as any system may write it."""
    return name.lower().endswith(_NOTEBOOK)


def _places(folder: Path, leave_out: Collection[Path]) -> Iterator[tuple[Path, str | None]]:
    """Yield what lies in the folder, and whose it is."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no such folder of submissions: {folder}")
    ours = _full(leave_out)
    for place in sorted(folder.resolve().iterdir()):
        if not _is_skipped(place, ours):
            yield place, _student(place)


def _student(place: Path) -> str | None:
    if is_notebook(place.name):
        return place.name[: -len(_NOTEBOOK)]
    if not stat.S_ISREG(place.lstat().st_mode):
        return place.name
    if _ARCHIVE.search(place.name) or _ALMOST.search(place.name):
        return _ALMOST.sub("", _ARCHIVE.sub("", place.name)) or place.name
    return None


def _is_unread_file(place: Path) -> bool:
    return not is_notebook(place.name) and stat.S_ISREG(place.lstat().st_mode)


def _full(places: Collection[Path]) -> set[Path]:
    """Return full paths; a link itself is meant, and not where it leads."""
    return {place.parent.resolve() / place.name for place in places}


def _is_skipped(place: Path, ours: Collection[Path]) -> bool:
    return place.name.startswith(".") or place.name in _SKIPPED or place in ours


class _Reading:
    """What is found in one student's place."""

    def __init__(self, ours: Collection[Path]) -> None:
        self._ours = ours
        self._found: list[tuple[Handed, float]] = []
        self._bytes = 0
        self._problems: list[str] = []
        self._others: list[str] = []
        self._too_many = False

    def submission(
        self, raw: str, name: str, places: list[Path], at: datetime | None
    ) -> Submission:
        """Return all that is found in some places; at another time than `at` if that is None."""
        unread = ""
        try:
            for place in places:
                self._visit(place)
        except OSError as err:  # of ours: whoever handed in could read it
            unread = _unreadable(err, name)
        problems = self._told()
        lacks = "" if self._found else clean("; ".join(["no notebook", *problems]))
        if raw != name:
            problems.append(f"the name in the folder of submissions is {raw!r}")
        if unread:
            problems.append(unread)
        elif at is None and self._found:
            try:
                at = datetime.fromtimestamp(max(time for _, time in self._found), UTC)
            except (OverflowError, ValueError, OSError):
                problems.append("the time of the file is none: it counts as handed in in time")
        return Submission(
            name,
            notebooks=tuple(notebook for notebook, _ in self._found),
            problems=tuple(map(clean, problems)),
            at=at,
            lacks=lacks,
            unread=unread,
        )

    def _visit(self, place: Path, depth: int = 0) -> None:
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            self._problems.append(f"{place.name}: a link, and links are not followed")
        elif stat.S_ISDIR(mode):
            if depth == MOST_DEPTH:
                self._problems.append(f"{place.name}: too many folders inside each other")
                return
            for inner in sorted(place.iterdir()):
                if not _is_skipped(inner, self._ours):
                    self._visit(inner, depth + 1)
        elif not is_notebook(place.name):
            self._others.append(place.name)
        elif len(self._found) == MOST_NOTEBOOKS:
            self._too_many = True
        else:
            try:
                self._take(place)
            except ValueError as err:
                self._problems.append(f"{place.name}: {err}")

    def _take(self, place: Path) -> None:
        data, changed = _read(place)
        if self._bytes + len(data) > MOST_OF_ONE:
            raise ValueError(f"not read, as at most {MOST_OF_ONE} bytes of one student are")
        self._bytes += len(data)
        self._found.append((Handed(place, hashlib.sha256(data).hexdigest()), changed))

    def _told(self) -> list[str]:
        """Return what was not read; what is no notebook only where it may hold or be one."""
        made = list(self._problems)
        if self._too_many:
            made.append(f"more than {MOST_NOTEBOOKS} notebooks: the rest is not read")
        archives = [name for name in self._others if _ARCHIVE.search(name)]
        almost = [name for name in self._others if _ALMOST.search(name) and name not in archives]
        others = [name for name in self._others if name not in (*archives, *almost)]
        made += [f"{name}: an archive, which is not read: unzip it" for name in archives]
        made += [f"{name}: not read, its name must end in {_NOTEBOOK}" for name in almost]
        if others and not self._found:
            made.append(f"not read: {listed(others)}")
        more = len(made) - MOST_PROBLEMS
        return made if more <= 0 else [*made[:MOST_PROBLEMS], f"and {more} more"]


def _unreadable(err: OSError, name: str) -> str:
    where = Path(os.fsdecode(err.filename)).name if err.filename else name
    return clean(f"{where} cannot be read: {err.strerror or err}")


def _read(file: Path) -> tuple[bytes, float]:
    """Return a regular file's bytes and time; nothing else is waited for or followed."""
    if not stat.S_ISREG(file.lstat().st_mode):  # some cannot even be opened
        raise ValueError("not a file")
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("not a file")
        if facts.st_size > MOST_BYTES:
            raise ValueError(f"{facts.st_size} bytes, at most {MOST_BYTES} are read")
        return stream.read(MOST_BYTES + 1), facts.st_mtime
