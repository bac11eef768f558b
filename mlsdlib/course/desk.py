"""The reader's desk: own copies of the notebooks in `work/`, never overwritten."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from mlsdlib.course.sections import Section


def lay_out(sections: list[Section], desk: Path) -> list[Path]:
    """Copy to `desk` the notebooks that are missing there; return the new copies."""
    desk.mkdir(parents=True, exist_ok=True)
    fresh = []
    for section in sections:
        copy = desk / section.notebook.name
        if not copy.exists():
            _copy(section.notebook, copy)
            fresh.append(copy)
    return fresh


def reset(section: Section, desk: Path) -> tuple[Path, Path | None]:
    """Put a fresh copy of a notebook on the desk; the old one is kept under another name.

    Returns
    -------
    tuple of Path
        The fresh copy, and where the old one is kept (None if there was none).
    """
    copy, kept = desk / section.notebook.name, None
    _check_built(section.notebook)
    if copy.exists():
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        kept = desk / "kept" / f"{section.stem}-{stamp}.ipynb"
        kept.parent.mkdir(parents=True, exist_ok=True)
        copy.rename(kept)
    _copy(section.notebook, copy)
    return copy, kept


def _check_built(notebook: Path) -> None:
    if not notebook.exists():
        raise FileNotFoundError(f"notebooks/{notebook.name} is not built yet: run mlsd build")


def _copy(source: Path, target: Path) -> None:
    """Copy to the side and rename, so that a copy is whole or not there."""
    _check_built(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    side = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, side)
    side.replace(target)
