"""The sections of the course, found from the sources in `notebooks/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlsdlib.course import paths, percent
from mlsdlib.course.percent import Cell

_STEM = re.compile(r"(\d\d)(?:_(\d+)([a-z]?))?_([a-z0-9_]+)")


@dataclass(frozen=True)
class Section:
    """One section: `name` is its number with the part's letter (``"4.2a"``)."""

    source: Path
    name: str
    number: str

    @property
    def stem(self) -> str:
        """File name without ending, ``03_2_data_formats``."""
        return self.source.stem

    @property
    def notebook(self) -> Path:
        """The executed notebook a reader gets."""
        return self.source.with_suffix(".ipynb")

    @property
    def solution(self) -> Path:
        """The executed notebook with every exercise solved."""
        return self.source.parents[1] / "solutions" / f"{self.stem}.ipynb"

    @cached_property
    def cells(self) -> list[Cell]:
        """The cells of the source."""
        return percent.parse(self.source.read_text(encoding="utf-8"), self.source.name)

    @property
    def parameters_cells(self) -> list[Cell]:
        """The code cells tagged `parameters`; there must be exactly one."""
        return [cell for cell in self.cells if cell.kind == "code" and "parameters" in cell.tags]

    @property
    def title(self) -> str:
        """The title in the first line, ``3.2 Data formats``."""
        return self._head(r"# (.+)")

    @property
    def question(self) -> str:
        """The core question."""
        return self._head(r"\*\*Core question\.\*\* (.+)")

    @property
    def minutes(self) -> str:
        """Reading time in minutes."""
        return self._head(r"\*\*Time\*\* (\d+) minutes")

    def _head(self, pattern: str) -> str:
        first = next((cell.source for cell in self.cells if cell.kind == "markdown"), "")
        match = re.search(f"(?m)^{pattern}", first)
        return match.group(1).strip() if match else ""


def discover(folder: Path | None = None) -> list[Section]:
    """Return every section of the course, in reading order.

    Parameters
    ----------
    folder : Path, optional
        The project's top folder; by default the one this process works in.
    """
    notebooks = (folder or paths.root()) / "notebooks"
    found = []
    for source in sorted(notebooks.glob("*.py")):
        match = _STEM.fullmatch(source.stem)
        if match is None:
            raise ValueError(
                f"notebooks/{source.name} must be named NN_M_slug.py, for example "
                "03_2_data_formats.py"
            )
        chapter, part, letter, _ = match.groups()
        number = f"{int(chapter)}.{part}" if part else str(int(chapter))
        section = Section(source, f"{number}{letter or ''}", number)
        found.append(((int(chapter), int(part or 0), letter or "", source.stem), section))
    return [section for _, section in sorted(found, key=lambda pair: pair[0])]


def select(wanted: list[str], folder: Path | None = None) -> list[Section]:
    """Return the sections named; ``4.2`` means 4.2a and 4.2b, an empty list means all.

    Raises
    ------
    ValueError
        If a section does not exist; the message lists those that do.
    """
    sections = discover(folder)
    chosen: list[Section] = []
    for name in wanted:
        key = re.sub(r"^0+(?=\d)", "", name.strip())
        found = [s for s in sections if key in (s.name, s.number) or name.strip() == s.stem]
        if not found:
            known = ", ".join(s.name for s in sections) or "none"
            raise ValueError(f"section must be one of {known}, got {name!r}")
        chosen += [section for section in found if section not in chosen]
    return chosen if wanted else sections
