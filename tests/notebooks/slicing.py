"""Which cells of a solved notebook must run to test what differs from the unsolved one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.notebooks.effects import Effects, read_cells


@dataclass(frozen=True)
class Slice:
    """The code cells, by id, that test what differs; `total` counts all code cells."""

    file: Path
    kept: frozenset[str]
    total: int

    @property
    def line(self) -> str:
        """What is run, in one line."""
        name = f"{self.file.parent.name}/{self.file.name}"
        return f"{name}: {len(self.kept)} of {self.total} code cells run"


def solution_slice(file: Path) -> Slice:
    """Return the cells of a solution that differ from the unsolved notebook, and what they need.

    The unsolved notebook is the file of the same name in the folder `notebooks` beside it.
    """
    solved = _code_cells(file)
    unsolved = _code_cells(file.parents[1] / "notebooks" / file.name)
    before = {cell.id: cell.source for cell in unsolved}
    differs = {i for i, cell in enumerate(solved) if before.get(cell.id) != cell.source}
    set_up = {i for i, cell in enumerate(solved) if _is_set_up(cell)}
    kept = needed([cell.source for cell in solved], differs, always=set_up)
    return Slice(file, frozenset(solved[i].id for i in kept), len(solved))


def needed(sources: list[str], differs: set[int], *, always: set[int] = frozenset()) -> set[int]:
    """Return the numbers of the cells that differ, of all they affect, and of all that these need.

    Parameters
    ----------
    sources : list of str
        The code cells, from top to bottom.
    differs : set of int
        The cells to be tested.
    always : set of int
        Cells to keep whatever they do.
    """
    cells = read_cells(sources)
    return _with_needs(cells, _affected(cells, differs) | always)


def _affected(cells: list[Effects], differs: set[int]) -> set[int]:
    """Forward: the cells that use a name which a cell that differs has defined or changed."""
    found, names = set(), set()
    for number, cell in enumerate(cells):
        if number in differs or cell.needs & names:
            found.add(number)
            # To import a module once more changes nothing for those who have it already.
            names |= (cell.defines - cell.imports) | cell.changes
        else:
            names -= cell.kills
    return found


def _with_needs(cells: list[Effects], wanted: set[int]) -> set[int]:
    """Backward: the cells that define or change a name which a later, kept cell uses."""
    found, names = set(), set()
    for number in reversed(range(len(cells))):
        cell = cells[number]
        if number in wanted or (cell.defines | cell.changes | cell.moves) & names:
            found.add(number)
            names = (names - cell.kills) | cell.needs
    return found


def _is_set_up(cell) -> bool:
    """Whether a cell holds the parameters, or begins with imports as set-up cells do."""
    tags = cell.metadata.get("tags", ())
    return "parameters" in tags or re.match(r"(#.*\n|\s)*(import|from)\s", cell.source) is not None


def _code_cells(file: Path) -> list:
    cells = nbformat.read(file, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
