"""The anatomy of an executed notebook: its budget, and what its cells must and must not show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from mlsdlib.course.claim import METADATA_KEY

BUDGET = {
    "cells": (20, 60),
    "words": (1_000, 3_000),
    "lines of code": (80, 320),
    "figures": (2, 8),
    "claims": (3, 9),
    "exercises": (3, 6),
    "lines in its longest code cell": (1, 32),
}
"""Fewest and most that an unsolved notebook may have."""

VOLATILE = "nbval-ignore-output"

_LEVEL = r"\b95\s?(?:%|percent)"  # the level of every interval of the course is no result
_NUMBER = r"\b\d[\d,_]*(?:\.\d+)?"
_DURATION = rf"{_NUMBER}[ ]?(?:[nmµu]s|seconds?)\b|\b\d+\.\d+[ ]?s\b|\b\d+ s\b"
_RESULT = re.compile(
    rf"{_NUMBER}(?:\s?(?:×|\\?%|percent\b|[kKMG]i?B\b)"
    r"|\s(?:x|times)\s(?:as|faster|slower|smaller|larger|bigger|more|less|fewer|wider|narrower)\b)"
    rf"|{_DURATION}"
)
_GIVEN = re.compile(r"<!-- given: \S.*-->")
_FORBIDDEN = {
    "an absolute path": re.compile(
        r"(?:^|[\s\"'(=])(?:/(?:root|home|work|tmp|usr|opt|var|mnt|Users)/|[A-Z]:\\)"
    ),
    "a memory address": re.compile(r"\b0x[0-9a-fA-F]{4,}"),
    "a version": re.compile(r"(?<![\d.])\d+\.\d+\.\d+(?:rc\d+|\.?dev\d+|\+\w+)?(?!\.?\d)"),
    "a time": re.compile(rf"{_DURATION}|\bWall time\b"),
}
_DECIMAL = re.compile(r"(?<![\w.])(\d[\d,_]*\.\d+)(?:[eE][+-]?\d+)?(?!\.?\d)")


def budget_problems(notebook) -> Iterator[str]:
    """Yield what an executed, unsolved notebook has too much or too little of."""
    for name, count in measure(notebook).items():
        low, high = BUDGET[name]
        if not low <= count <= high:
            yield f"has {count} {name}, takes {low} to {high}"


def measure(notebook) -> dict[str, int]:
    """Return the counts that `BUDGET` limits."""
    code = _code(notebook)
    lines = [cell.source.splitlines() for cell in code]
    outputs = [output for cell in code for output in cell.outputs]
    words = (len(re.findall(r"[A-Za-z][\w'-]*", text)) for text in _texts(notebook))
    counts = {
        "cells": len(notebook.cells),
        "words": sum(words),
        "lines of code": sum(not re.match(r"\s*(#|$)", line) for cell in lines for line in cell),
        "figures": sum(map(_is_figure, outputs)),
        "claims": sum(METADATA_KEY in output.get("metadata", {}) for output in outputs),
        "exercises": sum("exercise" in cell.metadata.get("mlsdlib", {}) for cell in code),
        "lines in its longest code cell": max(map(len, lines), default=0),
    }
    assert counts.keys() == BUDGET.keys()
    return counts


def problems(notebook) -> Iterator[str]:
    """Yield what is wrong with an executed notebook, solved or not, whatever its length."""
    yield from _headings(notebook)
    yield from _prose(notebook)
    code = _code(notebook)
    tagged = sum("parameters" in cell.metadata.get("tags", ()) for cell in code)
    if tagged != 1:
        yield f"has {tagged} cells tagged parameters, takes 1"
    ignored = sum(map(_is_volatile, code))
    if ignored > 0.1 * len(code):
        yield f"ignores the output of {ignored} code cells of {len(code)}, at most one in ten may"
    settings = _settings(code)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield from (f"cell {number} {found}" for found in _outputs(cell, settings))


def volatile_claims(notebook) -> tuple[int, int]:
    """Return how many claims stand in cells whose output is not compared, and how many in all."""
    counts = [0, 0]
    for cell in _code(notebook):
        made = sum(METADATA_KEY in output.get("metadata", {}) for output in cell.outputs)
        counts[0] += made * _is_volatile(cell)
        counts[1] += made
    return counts[0], counts[1]


def _headings(notebook) -> Iterator[str]:
    found = [
        (len(marks), title)
        for text in _texts(notebook)
        for marks, title in re.findall(
            r"(?m)^(#{1,6}) (.+)$", re.sub(r"(?ms)^```.*?^```", "", text)
        )
    ]
    if not found or found[0][0] != 1 or sum(level == 1 for level, _ in found) != 1:
        yield "must have one heading of level 1, and begin with it"
    for (above, _), (level, title) in pairwise(found):
        if level > above + 1:
            yield f"has a heading of level {level} below one of level {above}: {title!r}"


def _prose(notebook) -> Iterator[str]:
    in_recap = False
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        in_recap = in_recap or re.search(r"(?m)^#+ Recap\b", cell.source) is not None
        if in_recap and re.search(r"(?m)^\s*\|.*\|\s*$", cell.source):
            yield f"cell {number} holds a table typed by hand in the recap; recap() makes it"
        typed = _RESULT.search(re.sub(_LEVEL, "", cell.source))
        if typed and not _GIVEN.search(cell.source):
            yield (
                f"cell {number} has a number typed in its text, {typed.group()!r}: let a cell "
                "compute it, or say where it comes from in `<!-- given: … -->`"
            )


def _settings(code: list) -> set[str]:
    """Return the durations that are no results: written in the code, or a parameter's value."""
    found = {match for cell in code for match in re.findall(_DURATION, cell.source)}
    for cell in code:
        if "parameters" in cell.metadata.get("tags", ()):
            values = re.findall(r"(?m)^\w+_([mun]?s)\b.*?=\s*([\d_.]+)", cell.source)
            found |= {f"{float(value):g} {unit}" for unit, value in values}
    return found


def _outputs(cell, settings: set[str]) -> Iterator[str]:
    if cell.source.strip() and cell.execution_count is None:
        yield "was never executed"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"stored an error: {output.ename}"
        elif output.get("name") == "stderr":
            yield "wrote to stderr"
        yield from _shown(output, settings)


def _shown(output, settings: set[str]) -> Iterator[str]:
    data = output.get("data", {})
    plain = output.get("text", "") + data.get("text/plain", "")
    for what, pattern in _FORBIDDEN.items():
        match = next((m for m in pattern.finditer(plain) if m.group() not in settings), None)
        if match:
            yield f"shows {what}: {match.group().strip()!r}"
    long = [number for number in _DECIMAL.findall(plain) if _significant(number) > 3]
    if long:
        yield f"shows more than three significant digits: {long[0]}"
    markup = re.sub(r'<span class="mlsd-value">.*?</span>', "", data.get("text/html", ""))
    for what in ("an absolute path", "a memory address"):
        if match := _FORBIDDEN[what].search(markup):
            yield f"shows {what}: {match.group().strip()!r}"
    if _is_figure(output):
        described = output.metadata.get("image/png", {}).get("alt", "").strip()
        if not described or not data.get("text/plain", "").startswith("Figure: "):
            yield "shows a figure without alt text: use show(fig, alt=…)"


def _significant(number: str) -> int:
    """Return how many digits a printed decimal claims, zeros at its ends not counted."""
    return len(re.sub(r"\D", "", number).strip("0"))


def _is_figure(output) -> bool:
    return any(kind.startswith("image/") for kind in output.get("data", {}))


def _is_volatile(cell) -> bool:
    return VOLATILE in cell.metadata.get("tags", ())


def _code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _texts(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
