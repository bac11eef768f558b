"""Inside the jail: runs a learner's program and calls its function on one input after the other.

Nothing here decides anything. The learner's code shares this interpreter and may change whatever
it finds; it finds its own input, and no expected value. What it sends is an answer, no more.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, Sequence

from .plain import to_wire
from .wire import Wire, WireError

MOST_WORDS = 300


def serve(wire: Wire) -> None:
    """Take the program, say that all is ready for it, then answer each call until the wire ends."""
    warnings.simplefilter("ignore")
    task = wire.receive()
    try:
        call = _caller(task["call"])
    except Exception as err:  # before the submission's code: its author is not to blame
        wire.send({"failed": f"{type(err).__name__}: {err}"})
        return
    wire.send({"ready": True})
    space = _notebook()
    error = define(task["pieces"], space, task["name"])
    while True:
        try:
            request = wire.receive()
        except WireError:
            return
        reply = _answer(call, space, task["name"], request["case"], error)
        try:
            wire.send({"nonce": request["nonce"], **reply})
        except (ValueError, RecursionError, MemoryError):  # deeper or larger than JSON can be
            wire.send({"nonce": request["nonce"], "status": "error", "error": "no plain result"})


def define(pieces: Sequence[Mapping], space: dict[str, object], function: str) -> str:
    """Run the statements of a program; each failure is contained. Return the last one's words.

    Where the name of the function holds something else in the end, such as one of its results, it
    gets back the last function that it held.
    """
    error = ""
    held = None
    for piece in pieces:
        lines = piece["source"].splitlines(keepends=True)
        linecache.cache.setdefault(  # for inspect.getsource
            f"cell {piece['cell']}", (len(piece["source"]), None, lines, f"cell {piece['cell']}")
        )
        try:
            tree = ast.parse(piece["source"])
            flags = _future_flags(tree)
        except Exception as err:
            error = _told(err)
            continue
        for pick in piece["picks"]:
            try:
                module = ast.Module([tree.body[pick]], [])
                name = f"cell {piece['cell']}"
                exec(compile(module, name, "exec", flags=flags, dont_inherit=True), space)
            except (Exception, SystemExit) as err:
                error = _told(err)
            held = space[function] if callable(space.get(function)) else held
    if held is not None and not callable(space.get(function)):
        space[function] = held
    return error


def _notebook() -> dict[str, object]:
    """Return the names of a module like a notebook's: pickle finds in it what is defined there."""
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    vars(module)["display"] = lambda *shown, **how: None
    return vars(module)


def _answer(
    call: Callable, space: dict[str, object], name: str, case: dict, error: str
) -> dict[str, object]:
    function = space.get(name)
    # By name: to import the package before the learner's code does would cost every jail time.
    if type(function).__name__ == "Todo":
        return {"status": "todo"}
    if not callable(function):
        return {"status": "no function", "error": error or f"{name} is not a function"}
    try:
        return {"status": "result", "value": to_wire(call(function, case))}
    except (Exception, SystemExit) as err:
        if type(err).__name__ == "NotAttempted":
            return {"status": "todo"}
        return {"status": "error", "error": _told(err)}


def _caller(source: str) -> Callable:
    """Return the function that makes the call of an exercise out of a case."""
    space: dict[str, object] = {"__name__": "call"}
    exec(compile(source, "call", "exec"), space)
    return space["call"]


def _told(err: BaseException) -> str:
    """Return an error in one line, with the line of the learner's cell that raised it."""
    try:
        words = f"{type(err).__name__}: {err}"[:MOST_WORDS]
    except Exception:  # its own __str__ raises
        words = type(err).__name__
    frames = traceback.extract_tb(err.__traceback__)
    theirs = [frame for frame in frames if frame.filename.startswith("cell ")]
    return f"{words} (line {theirs[-1].lineno} of {theirs[-1].filename})" if theirs else words


def _future_flags(tree: ast.Module) -> int:
    """Return the compiler flags that a cell asks for, in a statement that need not be picked."""
    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    flags = 0
    for name in names:
        flags |= getattr(__future__, name).compiler_flag
    return flags
