"""`mlsd build --check`: whether a section is whole, told without executing anything."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from mlsdlib.course.build import drift, targets
from mlsdlib.course.exercises import find_exercise, find_question, section_module
from mlsdlib.course.params import parse_parameters
from mlsdlib.course.percent import Cell
from mlsdlib.course.sections import Section
from mlsdlib.course.thresholds import Threshold, calls

PLACEHOLDER = "TO WRITE"
_CLOCKS = re.compile(r"\b(?:perf_counter|process_time|monotonic|timeit|time\.time)\b")
_NETWORK = re.compile(r"urlopen|urlretrieve|fetch_openml|requests\.|httpx\.|[\"']https?://")


def check_sections(sections: list[Section], thresholds: dict[str, Threshold]) -> list[str]:
    """Return everything that is wrong with these sections, each in one line."""
    problems = []
    for section in sections:
        try:
            problems += [f"{section.name}: {found}" for found in _problems(section, thresholds)]
        except (ValueError, KeyError, SyntaxError) as err:
            problems.append(f"{section.name}: {err}")
    ids = Counter(call.id for section in sections for call in calls(section))
    problems += [f"claim {id} is made {count} times" for id, count in ids.items() if count > 1]
    return problems


def _problems(section: Section, thresholds: dict[str, Threshold]) -> Iterator[str]:
    yield from _structure(section)
    yield from _claims(section, thresholds)
    yield from _exercises(section)
    yield from _quizzes(section)
    yield from filter(None, map(drift, targets(section)))


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
        if "nbval-ignore-output" in cell.tags and "# volatile:" not in cell.source:
            yield "a cell tagged nbval-ignore-output must say why in a comment `# volatile: …`"


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
        before = section.cells[place - 1]
        if before.kind != "markdown" or f"Exercise {id}" not in before.source:
            yield f"exercise {id} has no prompt: a text cell that names it must stand before it"
        if definition.name not in _defined(cell) or "TODO" not in cell.source:
            yield f"exercise {id} has no stub: define {definition.name} with TODO in it"
        check = f'exercise("{id}").check({definition.name})'
        if not any(check in other.source for other in section.cells[place + 1 :]):
            yield f"exercise {id} has no check: a later cell must call {check}"
        if len(definition.hints) != 3 or not all(definition.hints):
            yield f"exercise {id} must have three hints, has {len(definition.hints)}"
        if len(definition.wrong) < 3:
            yield f"exercise {id} must plant three wrong answers, has {len(definition.wrong)}"
        if not definition.note:
            yield f"exercise {id} must say what its solution trades away"
    defined = getattr(section_module(section.number), "EXERCISES", ())
    here = {cell.exercise for _, cell in placed}
    if not section.name[-1].isalpha():  # the parts of 4.2a, 4.2b share one module
        for definition in defined:
            if definition.id not in here:
                yield f"exercise {definition.id} is defined but stands in no cell"


def _quizzes(section: Section) -> Iterator[str]:
    asked = re.findall(r'quiz\("([^"]+)"', "\n".join(cell.source for cell in section.cells))
    for id in asked:
        find_question(id)
    if not 4 <= len(asked) <= 6:
        yield f"needs four to six quiz questions, has {len(asked)}"


def _defined(cell: Cell) -> set[str]:
    return {
        node.name
        for node in ast.parse(cell.source).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def _line(cell: Cell, pattern: str | re.Pattern[str]) -> str:
    return next(line for line in cell.source.splitlines() if re.search(pattern, line))
