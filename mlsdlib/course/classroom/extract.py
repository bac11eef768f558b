"""What a learner has written for an exercise: found in whatever is left of the notebook.

Only statements that make a name mean what the asked function needs are taken, wherever they stand.
The experiments of a notebook never run, and a cell that is broken, or loops for ever, is missed by
nobody who does not need it.

The rule is that of a kernel which has run the notebook from top to bottom up to the learner's
check: the last definition of the asked function counts, and all that it reads is as it is at the
first check below it, else at the end of its cell. What later cells make of a constant is not its
concern. A helper is: its last definition above the next exercise counts, since whoever finds a
mistake in a helper often writes it once more, below.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mlsdlib.course.classroom.cells import Cell
from mlsdlib.course.classroom.closure import closure
from mlsdlib.course.classroom.history import History
from mlsdlib.course.classroom.names import DEFINITIONS
from mlsdlib.course.classroom.statements import Statement

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

    `status` is found, broken (what there is cannot be run; `detail` says why) or missing;
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
    handles = {handle for cell in cells for handle in _handles(cell)}
    history = History(*([_usable(c, handles) for c in part] for part in (pristine, cells)))
    home, untouched = _home(name, history)
    broken = _broken(name, id, cells)
    if home is None or (untouched and broken is not None):
        if broken is not None:
            return Program(BROKEN, detail=broken.error)
        return Program(MISSING, detail=f"no cell defines {name}")
    every = [*pristine, *cells]
    below = range(history.cell_of[home] + 1, len(every))
    foreign = next((place for place in below if every[place].exercise not in ("", id)), len(every))
    mended = history.before_cell(foreign)
    until = max(history.end_of(home), _checked(name, history, home, mended, handles))
    start = _definition(name, history, home)
    picked = closure(history, name, start, until=until, mended=mended)
    return Program(FOUND, _pieces(picked, history, every), untouched=untouched)


def best(programs: Iterable[Program]) -> Program:
    """Return the program, of those from several notebooks, that has most to mark; the last one."""
    chosen = Program(MISSING, detail="no notebook")
    for program in programs:
        if program.rank >= chosen.rank:
            chosen = program
    return chosen


def _home(name: str, history: History) -> tuple[int | None, bool]:
    """Return the statement whose definition counts, and whether that still holds the placeholder.

    The last one counts, as it does when a notebook runs from top to bottom; but not an untouched
    stub below somebody's work, nor a loop over a variable of that name.
    """
    ranked: dict[int, int] = {}
    for line in range(history.first, len(history.lines)):
        statement = history.lines[line]
        if name in statement.binds:
            ranked[1 if statement.waits else 2 + statement.may_define(name)] = line
    if not ranked:
        return None, False
    top = max(ranked)
    return ranked[top], top == 1


def _definition(name: str, history: History, home: int) -> list[int]:
    """Return the statements that make the function: its last definition, and what that rests on.

    An assignment may turn out to hold something else than a function, so that what was defined
    before is there as well.
    """
    made: list[int] = []
    for line in range(home, history.first - 1, -1):
        statement = history.lines[line]
        if line == home or (statement.may_define(name) and not statement.waits):
            made.append(line)
            if isinstance(statement.node, DEFINITIONS):
                break
    return [*made, *history.changers(name, home)]


def _checked(name: str, history: History, home: int, until: int, handles: set[str]) -> int:
    """Return the statement above the first check of the function below its definition."""
    for line in range(home + 1, until + 1):
        for call in ast.walk(history.lines[line].node):
            if _asks(call, handles) and getattr(call.args[0], "id", "") == name:
                return line - 1
    return home


def _broken(name: str, id: str, cells: Sequence[Cell]) -> Cell | None:
    """Return the last cell for the exercise that is not Python."""
    written = re.compile(rf"^[ \t]*(?:async )?(?:def|class) +{re.escape(name)}\b", re.MULTILINE)
    found = [c for c in cells if c.tree is None and (c.exercise == id or written.search(c.source))]
    return found[-1] if found else None


def _pieces(picked: Sequence[int], history: History, cells: Sequence[Cell]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for line in picked:
        cell, statement = cells[history.cell_of[line]], history.lines[line]
        source, pick = (statement.text, 0) if statement.text else (cell.source, statement.number)
        last = pieces[-1] if pieces else None
        if last and (last.cell, last.source) == (cell.number, source):
            pieces[-1] = replace(last, picks=(*last.picks, pick))
        else:
            pieces.append(Piece(cell.number, source, (pick,)))
    return tuple(pieces)


def _usable(cell: Cell, handles: set[str]) -> list[Statement]:
    """Return a cell's statements; ``f = exercise(…).use(g)`` is ``f = g``, and nothing for an f."""
    return [_plain(statement, handles) for statement in cell.statements]


def _plain(statement: Statement, handles: set[str]) -> Statement:
    node = statement.node
    if not isinstance(node, ast.Assign) or not _asks(node.value, handles):
        return statement
    given = ast.unparse(node.value.args[0])
    targets = [text for text in map(ast.unparse, node.targets) if text != given]
    text = " = ".join([*targets, given])
    return Statement(statement.number, ast.parse(text).body[0], text)


def _handles(cell: Cell) -> set[str]:
    """Return the names that a cell gives to exercises."""
    return {
        name
        for statement in cell.statements
        if isinstance(statement.node, ast.Assign) and _is_exercise(statement.node.value)
        for name in statement.binds
    }


def _asks(node: ast.AST, handles: set[str]) -> bool:
    """Whether it is a call of an exercise's ``check`` or ``use``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return False
    asked = node.func.value
    known = _is_exercise(asked) or (isinstance(asked, ast.Name) and asked.id in handles)
    return known and node.func.attr in ("check", "use")


def _is_exercise(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return "exercise" in (getattr(called, "id", ""), getattr(called, "attr", ""))
