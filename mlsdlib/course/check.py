"""`mlsd build --check`: whether a section is whole, told without executing anything."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import nbformat

from mlsdlib.course import anatomy, sound
from mlsdlib.course.build import Target, drift, targets
from mlsdlib.course.exercises import find_exercise, find_question, section_module
from mlsdlib.course.params import parse_parameters
from mlsdlib.course.percent import Cell
from mlsdlib.course.sections import Section, discover
from mlsdlib.course.thresholds import Threshold, calls

PLACEHOLDER = "TO WRITE"
_CLOCKS = re.compile(
    r"\b(?:(?:perf_counter|process_time|monotonic|time\.time)(?:_ns)?|timeit|datetime\.now)\b"
)
_UNSEEN = re.compile(r"nbval-ignore-output|nbval-skip|NBVAL_IGNORE_OUTPUT|NBVAL_SKIP")
_NETWORK = re.compile(r"urlopen|urlretrieve|fetch_openml|requests\.|httpx\.|[\"']https?://")


def check_sections(sections: list[Section], thresholds: dict[str, Threshold]) -> list[str]:
    """Return everything that is wrong with these sections, each in one line."""
    problems: list[str] = []
    ids: Counter[str] = Counter()
    for section in sections:
        try:
            for found in _problems(section, thresholds):
                problems.append(f"{section.name}: {found}")
            ids.update(call.id for call in calls(section))
        except SyntaxError as err:
            problems.append(f"{section.name}: a code cell is not Python: {err}")
        except KeyError as err:
            problems.append(f"{section.name}: {err.args[0]}")
        except ValueError as err:
            problems.append(f"{section.name}: {err}")
    problems += [f"claim {id} is made {count} times" for id, count in ids.items() if count > 1]
    return [*problems, *_unplaced(sections), *_volatile_claims(sections)]


def _problems(section: Section, thresholds: dict[str, Threshold]) -> Iterator[str]:
    yield from _structure(section)
    yield from _claims(section, thresholds)
    yield from _exercises(section)
    yield from _quizzes(section)
    for target in targets(section):
        if found := drift(target):
            yield found
        if target.file.exists():
            yield from _anatomy(target, solved=target.file == section.solution)


def _structure(section: Section) -> Iterator[str]:
    for what in ("title", "question", "minutes"):
        if not getattr(section, what):
            yield f"the first cell must give the {what}"
    found = section.parameters_cells
    if len(found) != 1:
        yield f"needs one cell tagged 'parameters', found {len(found)}"
    else:
        known = parse_parameters(found[0].source)
        if "seed" not in known:
            yield "the parameters cell must declare seed"
    code = [cell for cell in section.cells if cell.kind == "code"]
    if not code or not re.search(r"^recap\(\)$", code[-1].source, re.MULTILINE):
        yield "the last code cell must call recap(), the sign that the notebook ran to its end"
    for cell in section.cells:
        if PLACEHOLDER in cell.source:
            yield f"still holds the skeleton's placeholder: {_line(cell, PLACEHOLDER)!r}"
    for cell in code:
        if _CLOCKS.search(cell.source):
            yield f"reads a clock; use mlsdlib.timing.time_ratio: {_line(cell, _CLOCKS)!r}"
        if _NETWORK.search(cell.source):
            yield f"reaches for the network: {_line(cell, _NETWORK)!r}"
        unseen = _UNSEEN.search(" ".join([*cell.tags, cell.source]))
        if unseen and "# volatile:" not in cell.source:
            yield f"a cell with {unseen.group()} must say why in a comment `# volatile: …`"


def _claims(section: Section, thresholds: dict[str, Threshold]) -> Iterator[str]:
    for call in calls(section):
        if call.id.split("-")[0] != section.number:
            yield f"claim {call.id} belongs to another section"
        if call.id not in thresholds:
            yield f"claim {call.id} has no threshold in notebooks/claims.toml"
        elif thresholds[call.id].words != call.threshold:
            yield (
                f"claim {call.id} says {call.threshold or 'no single threshold'}, "
                f"claims.toml says {thresholds[call.id].words}"
            )


def _exercises(section: Section) -> Iterator[str]:
    placed = [(i, cell) for i, cell in enumerate(section.cells) if cell.exercise]
    for place, cell in placed:
        id = cell.exercise
        definition = find_exercise(id)
        before = section.cells[place - 1] if place else None
        named = before and re.search(rf"Exercise {re.escape(id)}\b", before.source)
        if not named or before.kind != "markdown":
            yield f"exercise {id} has no prompt: a text cell that names it must stand before it"
        if definition.name not in _defined(cell) or "TODO" not in cell.source:
            yield f"exercise {id} has no stub: define {definition.name} with TODO in it"
        check = f'exercise("{id}").check({definition.name})'
        if not any(check in other.source for other in section.cells[place + 1 :]):
            yield f"exercise {id} has no check: a later cell must call {check}"
        yield from (f"exercise {id} {lack}" for lack in sound.lacking(definition))


def _quizzes(section: Section) -> Iterator[str]:
    asked = _asked(section.cells)
    for id in asked:
        find_question(id)
    if not 4 <= len(asked) <= 6:
        yield f"needs four to six quiz questions, has {len(asked)}"


def _asked(cells: list[Cell]) -> list[str]:
    return re.findall(r'quiz\("([^"]+)"', "\n".join(cell.source for cell in cells))


def _anatomy(target: Target, *, solved: bool) -> Iterator[str]:
    notebook = nbformat.read(target.file, as_version=4)
    found = [*anatomy.problems(notebook)]
    if not solved:  # a solution is as long as its exercises make it
        found += anatomy.budget_problems(notebook)
    yield from (f"{target.file.parent.name}/{target.file.name} {problem}" for problem in found)


def _volatile_claims(sections: list[Section]) -> Iterator[str]:
    """Most claims are compared: one of ten may stand in a cell whose output is not."""
    files = [section.notebook for section in sections if section.notebook.exists()]
    counts = [anatomy.volatile_claims(nbformat.read(file, as_version=4)) for file in files]
    ignored, made = (sum(column) for column in zip((0, 0), *counts, strict=True))
    if ignored > max(1, made // 10):
        yield f"{ignored} of {made} claims stand in cells tagged nbval-ignore-output"


def _unplaced(sections: list[Section]) -> Iterator[str]:
    """Exercises and questions that stand in no cell of any part of their section."""
    for number in dict.fromkeys(section.number for section in sections):
        module = section_module(number)
        root = sections[0].source.parents[1]
        parts = [section for section in discover(root) if section.number == number]
        cells = [cell for section in parts for cell in section.cells]
        placed = {cell.exercise for cell in cells} | set(_asked(cells))
        for entry in (*getattr(module, "EXERCISES", ()), *getattr(module, "QUESTIONS", ())):
            if entry.id not in placed:
                yield f"{number}: {entry.id} is defined but stands in no cell"


def _defined(cell: Cell) -> set[str]:
    return {
        node.name
        for node in ast.parse(cell.source).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    }


def _line(cell: Cell, pattern: str | re.Pattern[str]) -> str:
    return next(line for line in cell.source.splitlines() if re.search(pattern, line))
