"""The source of a notebook: percent format in, cells and notebooks out."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass

_EXERCISE = re.compile(r"# exercise (\S+)")


@dataclass(frozen=True)
class Cell:
    """One cell of a source: kind (``"code"`` or ``"markdown"``), text, tags, and a stable id."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()
    id: str = ""

    @property
    def exercise(self) -> str:
        """Id of the exercise whose stub this cell is, empty if it is none."""
        match = _EXERCISE.match(self.source) if self.kind == "code" else None
        return match.group(1) if match else ""


def parse(text: str, name: str = "source") -> list[Cell]:
    """Return the cells of a percent-format source.

    Ids are derived from the text, so that building twice gives the same notebook.

    Raises
    ------
    ValueError
        If the source has no cell, or a cell of another kind than code and markdown.
    """
    import jupytext

    notebook = jupytext.reads(text, fmt="py:percent")
    if not notebook.cells:
        raise ValueError(f"{name} must hold cells in percent format, got none")
    cells = []
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        if cell.cell_type not in ("code", "markdown"):
            raise ValueError(f"{name} must hold code and markdown cells, got {cell.cell_type!r}")
        seen[cell.source] += 1
        key = f"{cell.cell_type}\0{cell.source}\0{seen[cell.source]}"
        tags = tuple(cell.metadata.get("tags", ()))
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        cells.append(Cell(cell.cell_type, cell.source, tags, digest))
    return cells


def to_notebook(cells: list[Cell], *, section: str):
    """Return an nbformat notebook of these cells, without outputs."""
    from nbformat import v4

    made = []
    for cell in cells:
        metadata: dict[str, object] = {"tags": list(cell.tags)} if cell.tags else {}
        if cell.exercise:
            metadata["mlsdlib"] = {"exercise": cell.exercise}
        new = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        made.append(new(cell.source, id=cell.id, metadata=metadata))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    return v4.new_notebook(
        cells=made,
        metadata={
            "kernelspec": kernel,
            "language_info": language,
            "mlsdlib": {"section": section},
        },
    )
