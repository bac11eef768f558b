"""Temporary folders that are found again if whoever made them was killed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

_NAME = re.compile(r"mlsd-(?:jail|packages)-(\d+)-\w+")


def scratch(kind: str) -> Path:
    """Return a new folder that other users may look into; those of dead processes are removed.

    Parameters
    ----------
    kind : str
        ``"jail"`` or ``"packages"``.
    """
    for place in Path(tempfile.gettempdir()).glob("mlsd-*"):
        maker = _NAME.fullmatch(place.name)
        if maker and not psutil.pid_exists(int(maker[1])):
            shutil.rmtree(place, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"mlsd-{kind}-{os.getpid()}-"))
    made.chmod(0o755)
    return made
