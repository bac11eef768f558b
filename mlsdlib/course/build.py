"""`mlsd build`: from each source the notebook a reader gets, and the solved one."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from mlsdlib.course import percent
from mlsdlib.course.exercises import find_exercise, find_question
from mlsdlib.course.inputs import fingerprint, section_files
from mlsdlib.course.percent import Cell
from mlsdlib.course.sections import Section
from mlsdlib.course.source import solution_source
from mlsdlib.files import write_text

_QUIZ = re.compile(r'quiz\("([^"]+)"(?:, choice=None)?\)')


@dataclass(frozen=True)
class Target:
    """One notebook to make: where it goes, and its cells."""

    file: Path
    section: Section
    cells: list[Cell]

    @property
    def inputs(self) -> str:
        """Hash of everything the outputs depend on."""
        root = self.section.source.parents[1]
        extra = [root / "datasets" / "MANIFEST.json", root / "constraints.txt"]
        code = "\n".join(cell.source for cell in self.cells if cell.kind == "code")
        files = section_files(code, self.section.number)
        return fingerprint(code, files={*files, *extra}, root=root)

    def notebook(self):
        """Return the notebook without outputs."""
        return percent.to_notebook(self.cells, section=self.section.name)


def targets(section: Section) -> tuple[Target, Target]:
    """Return the two notebooks of a section: unsolved and solved."""
    return (
        Target(section.notebook, section, section.cells),
        Target(section.solution, section, [solve(cell) for cell in section.cells]),
    )


def solve(cell: Cell) -> Cell:
    """Return the cell with its exercise's reference in place of the stub, its quiz answered.

    The id stays: a cell of the solved notebook is found again in the unsolved one.
    """
    if cell.exercise:
        definition = find_exercise(cell.exercise)
        source = solution_source(definition.reference, definition.name)
        return replace(cell, source=f"# exercise {cell.exercise}\n{source}")
    if cell.kind == "code":
        return replace(cell, source=_QUIZ.sub(_answered, cell.source))
    return cell


def build(target: Target, *, force: bool = False) -> bool:
    """Execute and write one notebook if its inputs changed; return whether it was executed."""
    inputs = target.inputs
    if not force and _stored_inputs(target.file) == inputs and not drift(target):
        return False
    from mlsdlib.course.kernel import execute

    notebook = target.notebook()
    with tempfile.TemporaryDirectory() as folder:
        execute(notebook, folder=Path(folder))
    notebook.metadata["mlsdlib"]["inputs"] = inputs
    write_text(target.file, normalised(notebook))
    return True


def drift(target: Target) -> str:
    """Return how the stored notebook's cells differ from the source, empty if they do not."""
    where = f"{target.file.parent.name}/{target.file.name}"
    if not target.file.exists():
        return f"{where} is missing: run mlsd build {target.section.name}"
    stored, fresh = nbformat.read(target.file, as_version=4), target.notebook()
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=False)):
        if _essence(old) != _essence(new):
            return f"{where}, cell {number} differs from its source: edit the source, then build"
    if len(stored.cells) != len(fresh.cells):
        return f"{where} has {len(stored.cells)} cells, its source {len(fresh.cells)}: build it"
    return ""


def normalised(notebook) -> str:
    """Return the notebook as text that depends on nothing but its cells and outputs."""
    notebook.metadata["language_info"] = {
        "name": "python",
        "file_extension": ".py",
        "mimetype": "text/x-python",
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined_streams(cell.outputs)
    return nbformat.writes(notebook) + "\n"


def joined_streams(outputs: list) -> list:
    """Join what was printed in one go: where a kernel cuts it in two is chance."""
    joined: list = []
    for output in outputs:
        name = output.get("name")  # streams alone have one
        if name and joined and joined[-1].get("name") == name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _essence(cell) -> tuple[object, ...]:
    return cell.cell_type, cell.id, cell.source, dict(cell.metadata)


def _stored_inputs(file: Path) -> str:
    if not file.exists():
        return ""
    notebook = nbformat.read(file, as_version=4)
    return notebook.metadata.get("mlsdlib", {}).get("inputs", "")


def _answered(match: re.Match[str]) -> str:
    return f'quiz("{match.group(1)}", choice="{find_question(match.group(1)).answer}")'
