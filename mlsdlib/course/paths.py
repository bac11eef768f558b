"""Where things are: the project's folders, found from the working folder or the package."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "MLSD_ROOT"


def root() -> Path:
    """Return the project's top folder, the one that holds `notebooks/` and `pyproject.toml`.

    It is `$MLSD_ROOT` where set, else the nearest folder above the working folder, else the
    checkout that the package was installed from.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if setting := os.environ.get(VARIABLE):
        folder = Path(setting)
        if not _is_root(folder):
            raise FileNotFoundError(f"{VARIABLE} must name the course's folder, got {setting!r}")
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if _is_root(folder):
            return folder
    raise FileNotFoundError(
        "no course found here: run this inside the project's folder, the one with notebooks/ "
        f"in it, or set {VARIABLE} to that folder"
    )


def state_folder() -> Path:
    """Return the folder of local state (`.mlsd`), beside the course or in the working folder."""
    try:
        return root() / ".mlsd"
    except FileNotFoundError:
        return Path.cwd() / ".mlsd"


def _is_root(folder: Path) -> bool:
    return (folder / "notebooks").is_dir() and (folder / "pyproject.toml").is_file()
