"""What a learner has written for an exercise: found in whatever is left of the notebook.

Only statements that bind a name which the asked function needs are taken, wherever they stand. The
experiments of a notebook never run, and a cell that is broken, or loops for ever, is missed by
nobody who does not need it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlsdlib.course.classroom.cells import Cell
from mlsdlib.course.classroom.names import bound, defines, free

FOUND, BROKEN, MISSING = "found", "broken", "missing"


@dataclass(frozen=True)
class Piece:
    """Statements of one cell that are to run: the cell's text, and which of its statements."""

    cell: int
    source: str
    picks: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """What is to run before an exercise's function can be called.

    `status` is found, broken (the only cell is not Python; `detail` says where) or missing;
    `untouched` tells that the function still holds the placeholder.
    """

    status: str
    pieces: tuple[Piece, ...] = ()
    detail: str = ""
    untouched: bool = False

    @property
    def rank(self) -> int:
        """How much there is to mark: a higher number is more."""
        if self.status == FOUND:
            return 1 if self.untouched else 3
        return 2 if self.status == BROKEN else 0


def extract(name: str, id: str, cells: Sequence[Cell], pristine: Sequence[Cell] = ()) -> Program:
    r"""Return the program that defines a function.

    Parameters
    ----------
    name, id : str
        The function's name, and the exercise.
    cells : sequence of Cell
        The learner's cells, in the order of the notebook.
    pristine : sequence of Cell
        The cells of the notebook as it was handed out, exercises left out: whoever has deleted an
        import has it from here.

    Examples
    --------
    >>> cells = [Cell(1, "K = 2"), Cell(2, "def twice(x):\n    return K * x")]
    >>> [piece.source for piece in extract("twice", "9.9-e1", cells).pieces]
    ['K = 2', 'def twice(x):\n    return K * x']
    """
    home, untouched = _home(name, cells)
    broken = _broken(name, id, cells)
    if home is None or (untouched and broken is not None):
        if broken is not None:
            return Program(BROKEN, detail=broken.error)
        return Program(MISSING, detail=f"no cell defines {name}")
    every = [*pristine, *cells]
    picked = _closure(name, every, len(pristine) + cells.index(home))
    order = sorted(picked, key=lambda place: (every[place] is home, place))
    pieces = (Piece(every[p].number, every[p].source, tuple(sorted(picked[p]))) for p in order)
    return Program(FOUND, tuple(pieces), untouched=untouched)


def best(programs: Iterable[Program]) -> Program:
    """Return the program, of those from several notebooks, that has most to mark; the last one."""
    chosen = Program(MISSING, detail="no notebook")
    for program in programs:
        if program.rank >= chosen.rank:
            chosen = program
    return chosen


def _home(name: str, cells: Sequence[Cell]) -> tuple[Cell | None, bool]:
    """Return the cell whose definition counts, and whether that still holds the placeholder.

    The last one counts, as it does when a notebook runs from top to bottom; but not an untouched
    stub below somebody's work, nor ``f = exercise(…).use(f)``.
    """
    ranked: dict[int, Cell] = {}
    for cell in cells:
        nodes = [n for n in _body(cell) if name in bound(n) and not _uses(n)]
        if nodes:
            written = any(defines(node, name) for node in nodes)
            waiting = any("TODO" in free(node) for node in nodes)
            ranked[1 if waiting else 2 + written] = cell
    if not ranked:
        return None, False
    top = max(ranked)
    return ranked[top], top == 1


def _broken(name: str, id: str, cells: Sequence[Cell]) -> Cell | None:
    """Return the last cell for the exercise that is not Python."""
    written = re.compile(rf"^[ \t]*(?:async )?(?:def|class) +{re.escape(name)}\b", re.MULTILINE)
    found = [c for c in cells if c.tree is None and (c.exercise == id or written.search(c.source))]
    return found[-1] if found else None


def _closure(name: str, cells: Sequence[Cell], home: int) -> dict[int, set[int]]:
    """Return, by cell, the statements that bind a name and all that it needs."""
    binders = [{n: bound(node) for n, node in _usable(cell)} for cell in cells]
    nodes = [dict(_usable(cell)) for cell in cells]
    picked: dict[int, set[int]] = {}
    settled: set[str] = set()
    waiting = [(name, home)]

    def pick(place: int, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number not in picked.setdefault(place, set()):
                picked[place].add(number)
                waiting.extend((needed, place) for needed in sorted(free(nodes[place][number])))

    for place in range(len(cells)):  # a star may bind anything
        stars = [n for n, names in binders[place].items() if "*" in names]
        if stars:
            pick(place, stars)
    while waiting:
        wanted, asking = waiting.pop()
        if wanted in settled:
            continue
        settled.add(wanted)
        having = [
            p for p, by in enumerate(binders) if any(wanted in names for names in by.values())
        ]
        place = home if wanted == name else _nearest(having, asking)
        if place is not None:
            pick(place, [n for n, names in binders[place].items() if wanted in names])
    return {place: numbers for place, numbers in picked.items() if numbers}


def _nearest(places: list[int], asking: int) -> int | None:
    """Return the last place up to the one that asks, else the first after it."""
    before = [place for place in places if place <= asking]
    return before[-1] if before else next(iter(places), None)


def _usable(cell: Cell) -> list[tuple[int, ast.stmt]]:
    return [(number, node) for number, node in enumerate(_body(cell)) if not _uses(node)]


def _body(cell: Cell) -> list[ast.stmt]:
    return cell.tree.body if cell.tree is not None else []


def _uses(node: ast.stmt) -> bool:
    """Whether it is an assignment of what ``exercise(…).use`` returns."""
    value = getattr(node, "value", None)
    return (
        isinstance(node, (ast.Assign, ast.AnnAssign))
        and isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "use"
    )
