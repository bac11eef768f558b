"""The process of one step: it calls a function and keeps the result."""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from pathlib import Path

from mlsdlib.files import write_text
from mlsdlib.platform._keys import file_hash
from mlsdlib.processes import load_function

LONGEST = 4_000
"""Characters of an error that are told; more than a pipe holds would stop the process."""


def work(job: str, arguments: str, record: str, writes: list[str]) -> None:
    """Call a job and write its record; print what went wrong as a line of JSON and exit with 1.

    Its arguments are in a file, since a command line takes only so much; the file is removed.
    """
    file = Path(arguments)
    given = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    try:
        with contextlib.redirect_stdout(sys.stderr):  # our standard output is for the error
            result = load_function(job)(**given)
        keep(Path(record), result, writes)
    except Exception:
        print(json.dumps(traceback.format_exc()[-LONGEST:].strip()), flush=True)
        sys.exit(1)


def keep(record: Path, result: object, writes: list[str]) -> None:
    """Write the record of a step; with it the step is done, without it it never was."""
    hashes = {name: file_hash(name) for name in writes}
    write_text(record, json.dumps({"result": result, "writes": hashes}))
