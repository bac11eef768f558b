"""The reader's own record of guesses, exercises and quiz answers: a local file, never required."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from mlsdlib.course.paths import state_folder

VARIABLE = "MLSD_PROGRESS"
"""Environment variable: a path, or `off` (build, run and nbval set it, so that no reader's record
can alter an output)."""


def progress_file() -> Path | None:
    """Return where the record is kept, or None when it is switched off."""
    setting = os.environ.get(VARIABLE, "")
    if setting == "off":
        return None
    return Path(setting) if setting else state_folder() / "progress.jsonl"


def record(kind: str, identifier: str, **facts: object) -> None:
    """Append one line to the record; a record that cannot be written is not an error.

    One line is one write to a file opened for appending, so two notebooks that record at the same
    moment do not mix their lines.
    """
    file = progress_file()
    if file is None:
        return
    when = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"when": when, "kind": kind, "id": identifier, **facts}) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab+") as stream:
            if _is_cut_off(stream):
                line = "\n" + line
            stream.write(line.encode())
    except OSError:
        return


def _is_cut_off(stream: BinaryIO) -> bool:
    """Whether the last line has no end: what is appended to it would be lost with it."""
    if stream.seek(0, os.SEEK_END) == 0:
        return False
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) != b"\n"


def read() -> list[dict[str, object]]:
    """Return all records, oldest first; a line cut off by a crash is passed over."""
    file = progress_file()
    if file is None or not file.exists():
        return []
    records = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(entry, dict) and {"kind", "id"} <= entry.keys():
            records.append(entry)
    return records
