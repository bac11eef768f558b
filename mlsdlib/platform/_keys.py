"""Names of folders, and hashes of what a step or a bundle depends on: equal if nothing changed."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path


def check_name(argument: str, name: object) -> None:
    """Raise unless a name can be that of a folder."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w-]*", name):
        raise ValueError(f"{argument} must be letters, digits, _ and -, got {name!r}")


def content_key(parts: object) -> str:
    """Return the hash of plain data."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def file_hash(name: str) -> str:
    """Return the hash of a file's bytes."""
    with Path(name).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def code_of(name: str, job: str | Callable[..., object]) -> str:
    """Return the text of a function, or the hash of the file that holds it."""
    if not isinstance(job, str):
        try:
            return inspect.getsource(job)
        except (OSError, TypeError):
            raise ValueError(
                f"the code of task {name!r} cannot be read to see whether it changes: give version"
            ) from None
    place = job.rpartition(":")[0]
    if not place.endswith(".py"):
        spec = importlib.util.find_spec(place)
        if spec is None or spec.origin is None or not Path(spec.origin).is_file():
            raise ValueError(f"job of task {name!r} must name a module or a .py file, got {job!r}")
        place = spec.origin
    if not Path(place).is_file():
        raise ValueError(f"job of task {name!r} must name a file that is there, got {job!r}")
    return file_hash(place)
