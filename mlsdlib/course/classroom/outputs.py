"""Where a run of the grader writes, tried before anything is graded."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlsdlib.course.classroom.submissions import is_notebook

_TRIED = b"." * 4096


@dataclass(frozen=True)
class Outputs:
    """The table, what is kept beside it, and the folder of pages.

    Parameters
    ----------
    table : Path
        The table; totals and marks lie beside it.
    feedback : Path, optional
        The folder of pages.

    Raises
    ------
    ValueError
        If the table's place is not a file's.
    """

    table: Path
    feedback: Path | None = None

    def __post_init__(self) -> None:
        table = self.table
        other = table.suffix == ".parts" or is_notebook(table.name)
        if not table.name or table.is_dir() or other:
            raise ValueError(f"out must be a file such as grades.csv, got {str(table)!r}")

    @property
    def totals(self) -> Path:
        """The table of sums."""
        return self.table.with_name(f"{self.table.stem}_totals.csv")

    @property
    def parts(self) -> Path:
        """The folder of marks, one file a student."""
        return self.table.with_suffix(".parts")

    @property
    def places(self) -> list[Path]:
        """All of them."""
        made = [self.table, self.totals, self.parts]
        return made if self.feedback is None else [*made, self.feedback]

    def check(self, submissions: Path) -> None:
        """Make the folders, and write into each for a try.

        Parameters
        ----------
        submissions : Path
            The folder of submissions: what is written may lie inside, and must not take a place
            of a student's.

        Raises
        ------
        ValueError
            If something cannot be written, or would lie among what somebody has handed in.
        """
        if self.feedback is not None:
            self._check_feedback(self.feedback, submissions.resolve())
        if self.totals.is_dir():
            raise ValueError(f"{self.totals} must be a file: the totals are written there")
        _try("out", self.table.parent)
        _try("the marks beside out", self.parts)

    def _check_feedback(self, folder: Path, submissions: Path) -> None:
        _try("feedback", folder)
        place = folder.resolve()
        inside = place.is_relative_to(submissions)
        if place == submissions or (inside and any(is_notebook(f.name) for f in place.rglob("*"))):
            raise ValueError(f"feedback must be a folder of its own, got {str(folder)!r}")


def _try(name: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(_TRIED)
    except OSError as err:
        raise ValueError(f"{name} cannot be written in {folder}: {err.strerror}") from None
