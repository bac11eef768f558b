"""The code cells of a notebook that somebody has handed in: nothing in it is taken on trust."""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from functools import cached_property

from mlsdlib.course.classroom.statements import Statement

MOST_BYTES = 20_000_000
MOST_CELLS = 5_000
_MARK = re.compile(r"\s*#\s*exercise\s+(\S+)", re.IGNORECASE)
MOST_CODE = 200_000
"""Characters of a cell: more than that nobody types, and to parse it takes long."""
_PYTHON_MAGICS = ("capture", "lprun", "memit", "mprun", "prun", "time", "timeit")
_CELL_MAGIC = re.compile(r"\s*%%(\w*)[^\n]*")
_REST = r"(?:\\\n|[^\n])*"
_MAGIC = re.compile(
    r"(?P<indent>[ \t]*)"
    r"(?P<target>[\w.]+(?:\[[^]=\n]*\])?(?:[ \t]*,[ \t]*[\w.]+)*[ \t]*=[ \t]*)?"
    rf"(?P<code>[%!?]{_REST}|[\w.]+\?\??[ \t\r]*$)",
    re.MULTILINE,
)
_TIME = re.compile(rf"%time[ \t]+(\S{_REST})")
_TOKEN = re.compile(
    r"""(?P<quotes>\"{3}|'{3})(?:\\.|(?!(?P=quotes)).)*(?:(?P=quotes)|\Z)"""
    r"""|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\#[^\n]*|\\\n|[()\[\]{}\n]""",
    re.DOTALL,
)


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among all cells, its text, the exercise it is marked with."""

    number: int
    source: str
    exercise: str = ""

    @cached_property
    def tree(self) -> ast.Module | None:
        """The cell as Python, None where it is none."""
        return self._parsed[0]

    @cached_property
    def statements(self) -> list[Statement]:
        """Its statements, none where it is no Python."""
        body = self.tree.body if self.tree is not None else []
        return [Statement(number, node) for number, node in enumerate(body)]

    @cached_property
    def error(self) -> str:
        """Why it is no Python, empty where it is."""
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[ast.Module | None, str]:
        if len(self.source) > MOST_CODE:
            return None, f"cell {self.number} has more than {MOST_CODE} characters"
        try:
            with warnings.catch_warnings(action="ignore"):  # of a learner's escape sequences
                return ast.parse(self.source), ""
        except SyntaxError as err:
            return None, f"{err.msg}, line {err.lineno} of cell {self.number}"
        except (ValueError, RecursionError, MemoryError) as err:  # a null byte; nested too deeply
            return None, f"cell {self.number} cannot be read: {type(err).__name__}"


def read_cells(data: bytes) -> list[Cell]:
    """Return the code cells of a notebook, of any version that looks like one.

    Parameters
    ----------
    data : bytes
        The file.

    Raises
    ------
    ValueError
        If it is no notebook, or a larger one than any person writes.

    Examples
    --------
    >>> read_cells(b'{"cells": [{"cell_type": "code", "source": ["x = 1"]}]}')[0].source
    'x = 1'
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"the file has {len(data)} bytes, at most {MOST_BYTES} are read")
    try:
        made = json.loads(data.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as err:
        raise ValueError(f"the file is not JSON: {type(err).__name__}") from None
    cells = _listed(made)
    if cells is None:
        raise ValueError("the file is not a notebook: it has no list of cells")
    if len(cells) > MOST_CELLS:
        raise ValueError(f"the notebook has {len(cells)} cells, at most {MOST_CELLS} are read")
    found = (_code_cell(number, cell) for number, cell in enumerate(cells, 1))
    return [cell for cell in found if cell is not None]


def section_of(data: bytes) -> str:
    """Return the section that a notebook says it is, empty where it says nothing."""
    try:
        section = json.loads(data.decode("utf-8-sig", errors="replace"))["metadata"]["mlsdlib"]
        return section["section"] if isinstance(section["section"], str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _listed(made: object) -> list | None:
    if not isinstance(made, dict):
        return None
    if isinstance(made.get("cells"), list):
        return made["cells"]
    sheets = made.get("worksheets")  # format 3
    if not isinstance(sheets, list):
        return None
    lists = [s["cells"] for s in sheets if isinstance(s, dict) and isinstance(s.get("cells"), list)]
    return [cell for cells in lists for cell in cells]


def _code_cell(number: int, cell: object) -> Cell | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    marked = _MARK.match(source)
    return Cell(number, python_of(source), marked.group(1) if marked else _from_metadata(cell))


def _from_metadata(cell: dict) -> str:
    metadata = cell.get("metadata")
    ours = metadata.get("mlsdlib") if isinstance(metadata, dict) else None
    id = ours.get("exercise") if isinstance(ours, dict) else None
    return id if isinstance(id, str) else ""


def python_of(source: str) -> str:
    r"""Return a cell's text with what only IPython understands taken out, line by line.

    Examples
    --------
    >>> python_of("%matplotlib inline\nx = !ls\n%time y = 5 % 3")
    'pass\nx = None\ny = 5 % 3'
    """
    if len(source) > MOST_CODE:
        return source
    at = 0
    while magic := _CELL_MAGIC.match(source, at):
        if magic.group(1) not in _PYTHON_MAGICS:
            return ""  # another language
        at = magic.end()
    lines = ["\n" * source.count("\n", 0, at)]
    while at < len(source):
        if magic := _MAGIC.match(source, at):
            lines.append(_python_line(magic))
            at = magic.end()
        end = _logical_end(source, at)
        lines.append(source[at:end])
        at = end
    return "".join(lines)


def _logical_end(source: str, start: int) -> int:
    """Return where a line of Python ends, which may be many of the text."""
    depth = 0
    for token in _TOKEN.finditer(source, start):
        depth += (token.group() in "([{") - (token.group() in ")]}")
        if token.group() == "\n" and depth <= 0:
            return token.end()
    return len(source)


def _python_line(magic: re.Match[str]) -> str:
    """Return Python in the place of a magic, of as many lines."""
    indent, target, code = magic.group("indent"), magic.group("target") or "", magic.group("code")
    timed = _TIME.match(code)
    value = timed.group(1) if timed else "None" if target else "pass"
    lost = code.count("\n") - value.count("\n")
    return f"{indent}{target}{value}" + "\n" * lost
