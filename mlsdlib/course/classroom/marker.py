"""A clean process that reads what students wrote: it finds programs, and judges answers.

It knows the references, so that nothing of a submission runs in it; it only parses. It may be
killed at any moment by what it parses, and then it is started again. Run by `judging.Marker`.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import resource
import socket
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from mlsdlib.course import ids
from mlsdlib.course.classroom.cells import Cell, read_cells, section_of
from mlsdlib.course.classroom.extract import BROKEN, MISSING, Program, best, extract
from mlsdlib.course.classroom.inside import jail
from mlsdlib.course.classroom.inside.plain import from_wire
from mlsdlib.course.classroom.inside.wire import MOST_BYTES, Wire, WireError
from mlsdlib.course.classroom.registry import Registry
from mlsdlib.course.classroom.teaching import masked
from mlsdlib.course.exercises.base import Case, Exercise, Words

MOST_MESSAGE = 1_000_000_000
MOST_HASHED = 5_000
DATA_BYTES = 3_000_000_000
MOST_SHOWN = 1_000
MOST_PROGRAM = MOST_BYTES - 500_000
"""Bytes of a program on its way to a worker, which takes no longer message."""
STACK_BYTES = 256_000_000
READY = "ready"
_HASHED = "set", "frozenset", "dict", "keys", "items"


def main() -> None:
    """Answer requests until the grader closes the wire."""
    own = Path(sys.argv[1]) if sys.argv[1] else None
    if hasattr(resource, "RLIMIT_DATA"):
        resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    wire = Wire(socket.socket(fileno=os.dup(0)), most=MOST_MESSAGE)
    registry = Registry(own)
    tasks = {"extract": _extract, "judge": _judge, "rehearse": _rehearse}
    wire.send(READY)
    while True:
        try:
            request = wire.receive()
            if request["do"] == "judge":
                request["raw"] = wire.receive_bytes()
        except WireError:
            return
        try:
            reply = tasks[request.pop("do")](registry, **request)
        except Exception as err:  # a mistake of ours, or of an exercise, and no student's
            reply = {"failed": f"{type(err).__name__}: {err}"}
        wire.send(reply)


def _extract(registry: Registry, ids: list[str], notebooks: list[str]) -> dict[str, object]:
    """Return the program of each exercise, and what is wrong with which notebook."""
    readable: list[tuple[str, list[Cell]]] = []
    problems: list[str] = []
    for encoded in notebooks:
        data = base64.b64decode(encoded)
        try:
            readable.append((section_of(data), read_cells(data)))
        except ValueError as err:
            problems.append(str(err))
    programs = {id: asdict(_program(registry, id, readable, problems)) for id in ids}
    return {"programs": programs, "problems": problems}


def _program(
    registry: Registry, id: str, notebooks: list[tuple[str, list[Cell]]], problems: list[str]
) -> Program:
    section = ids.section_of(id)
    # A notebook of another section may define the same name by chance.
    ours = [cells for named, cells in notebooks if named in ("", section) or _marked(cells, id)]
    if ours:
        return best(_sendable(registry, id, cells) for cells in ours)
    of = sorted({named for named, _ in notebooks})
    words = [*problems, *(f"the notebook is of section {_clipped(s)}, not {section}" for s in of)]
    return Program(MISSING, detail=words[0] if words else "no notebook could be read")


def _sendable(registry: Registry, id: str, cells: list[Cell]) -> Program:
    """Return the program in a notebook if a worker takes it, as JSON in ASCII."""
    try:
        program = extract(registry.exercise(id).name, id, cells, registry.pristine(id))
    except (RecursionError, MemoryError) as err:
        return Program(MISSING, detail=f"the notebook cannot be read: {type(err).__name__}")
    size = sum(len(piece.source) for piece in program.pieces)
    if size <= MOST_PROGRAM:
        size = len(json.dumps([asdict(piece) for piece in program.pieces]))
    if size <= MOST_PROGRAM:
        return program
    words = f"the cells that it needs are too long: {size} bytes, at most {MOST_PROGRAM} are run"
    return Program(BROKEN, detail=words)


def _marked(cells: list[Cell], id: str) -> bool:
    return any(cell.exercise == id for cell in cells)


def _judge(
    registry: Registry, id: str, case: Case, status: str, detail: str, raw: bytes
) -> dict[str, str]:
    """Return a verdict on an answer: outcome, why for the student, and facts for the table."""
    exercise = registry.exercise(id)
    facts = {"input": _clipped(exercise.show(exercise.name, case)), "got": detail}
    if status == "stopped":
        return {"outcome": "stopped", "why": detail, **facts}
    try:
        said = json.loads(raw)
        value, error = said.get("value"), said.get("error")
    except (ValueError, RecursionError, AttributeError) as err:
        why = f"what it sent is no answer: {type(err).__name__}"
        return {"outcome": "stopped", "why": why, **facts}
    if status == "todo":
        return {"outcome": "not attempted", "why": "The function still returns TODO.", **facts}
    if status != "result":
        words = error if isinstance(error, str) else "an error without words"
        return {"outcome": "raised an error", "why": _clipped(words), **facts, "got": words[:300]}
    if _most_hashed(value) > MOST_HASHED:
        words = f"The check reads no set or dictionary of more than {MOST_HASHED:,} values."
        return {"outcome": "not yet", "why": words, **facts}
    return _judged(exercise, case, value, facts)


def _judged(exercise: Exercise, case: Case, value: object, facts: dict) -> dict[str, str]:
    try:
        result = from_wire(value)
        problem = exercise.judge(copy.deepcopy(case), result)
    except Exception as err:  # of ours, on a value that nobody thought of: or is it our mistake?
        if (mistake := _mistake(exercise, case)) is not None:
            return {"outcome": "grader error", "why": mistake, **facts}
        words = f"The check cannot read this result ({type(err).__name__})."
        return {"outcome": "not yet", "why": words, **facts, "got": _clipped(_repr(value))}
    facts["got"] = _clipped(_repr(result))
    if problem is None:
        return {"outcome": "correct", "why": "", **facts}
    why = masked(problem.why, exercise, [case, problem.expected])
    if result is None:
        why += " It returned None: was a return forgotten?"
    expected = problem.expected
    facts["expected"] = _clipped(str(expected) if isinstance(expected, Words) else repr(expected))
    return {"outcome": "not yet", "why": why, **facts}


def _most_hashed(value: object) -> int:
    """Return the size of the largest set in a result as it was sent: its values may all collide."""
    most, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            content = one.get("v")
            if isinstance(content, list) and one.get("$") in _HASHED:
                most = max(most, len(content))
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return most


def _rehearse(registry: Registry, id: str, case: Case) -> dict[str, str]:
    """Return whether the check works for a case, tried with the reference's answer."""
    return {"mistake": _mistake(registry.exercise(id), case) or ""}


def _mistake(exercise: Exercise, case: Case) -> str | None:
    """Return what is wrong with the check of a case itself, None if nothing is."""
    try:
        result = exercise.call(exercise.reference, copy.deepcopy(case))
        problem = exercise.judge(copy.deepcopy(case), result)
    except Exception as err:
        return f"the check of {exercise.id} fails: {type(err).__name__}: {err}"
    return None if problem is None else f"the check of {exercise.id} refuses the reference"


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # an integer of too many digits
        return f"<{type(value).__name__}>"


def _clipped(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 2] + " …"


if __name__ == "__main__":
    jail.die_with(int(sys.argv[2]))
    # Deeply nested code and data take a deep stack: of this process's main thread there is little.
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
