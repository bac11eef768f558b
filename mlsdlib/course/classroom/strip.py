"""A build of the package without answers: what a worker imports, and what students get.

The exercises' modules are not copied. A function of the library that does what an exercise asks for
is blanked: its name stands, its body says where it went. Which functions these are stands in
`twins.toml`; a test holds it against all that the library is known to have.
"""

from __future__ import annotations

import ast
import compileall
import os
import shutil
import tomllib
from collections.abc import Iterable
from pathlib import Path

from mlsdlib.course.exercises import base
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.inputs import PACKAGE
from mlsdlib.course.source import solution_source

_TWINS = Path(__file__).with_name("twins.toml")


def twins_of(ids: Iterable[str]) -> dict[str, str]:
    """Return the library's functions that do what these exercises ask for, and for which one.

    Examples
    --------
    >>> twins_of(["4.1-e2"])
    {'mlsdlib.sampling._strata.neyman_allocation': '4.1-e2'}
    """
    known = tomllib.loads(_TWINS.read_text(encoding="utf-8"))
    return {name: id for id in ids for name in known.get(id, ())}


def build(folder: Path, *, compiled: bool = True, sweeps: bool = False) -> Path:
    """Copy the package without any exercise and without the classroom; return the copy.

    Parameters
    ----------
    folder : Path
        Where ``mlsdlib/`` is made.
    compiled : bool
        Whether to compile it, for many short-lived processes.
    sweeps : bool
        Whether it has the published sweeps, which notebooks show.
    """
    target = folder / PACKAGE.name
    for file in sorted(PACKAGE.rglob("*")):
        name = file.relative_to(PACKAGE)
        if file.is_file() and not _is_left_out(name, sweeps=sweeps):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / name)
    if compiled:
        compileall.compile_dir(target, quiet=2)
    return target


def blank(package: Path, names: dict[str, str]) -> None:
    """Blank functions and classes of a copied package.

    Parameters
    ----------
    package : Path
        The folder `mlsdlib` of a copy.
    names : dict
        Dotted names of functions, classes or methods, and the exercise that asks for each.

    Raises
    ------
    LookupError
        If there is no such function.
    """
    for name, id in names.items():
        file, inside = _place(package, name)
        text = _blanked(file.read_text(encoding="utf-8"), inside, name, id)
        file.unlink()  # it may be a link to another build's
        file.write_text(text, encoding="utf-8")
        compileall.compile_file(file, quiet=2, force=True)


def linked(package: Path, folder: Path) -> Path:
    """Return a copy of a copied package that shares its files, to be changed by itself."""
    target = folder / package.name
    shutil.copytree(package, target, copy_function=os.link)
    return target


def _is_left_out(name: Path, *, sweeps: bool) -> bool:
    if name.parts[0] == "datasets" and "files" in name.parts:
        return True
    exercises = name.parts[:2] == ("course", "exercises")
    kept = name.parts[2:] in (("__init__.py",), ("base.py",), ("released.py",))
    return (
        "__pycache__" in name.parts
        or (exercises and not kept)
        or name.parts[:2] == ("course", "classroom")
        or (name.parts[:2] == ("course", "sweeps") and not sweeps)
    )


def _place(package: Path, name: str) -> tuple[Path, list[str]]:
    """Return the file that a dotted name stands in, and the names inside it."""
    parts = name.split(".")[1:]
    for length in range(len(parts) - 1, 0, -1):
        base = package.joinpath(*parts[:length])
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return file, parts[length:]
    raise LookupError(f"no module of the package holds {name}")


def _blanked(text: str, inside: list[str], name: str, id: str) -> str:
    nodes: list[ast.stmt] = ast.parse(text).body
    node = None
    for part in inside:
        named = [n for n in nodes if getattr(n, "name", None) == part]
        if not named:
            raise LookupError(f"no definition of {name}")
        node = named[-1]
        nodes = node.body
    functions = [node] if not isinstance(node, ast.ClassDef) else _methods(node)
    lines = text.splitlines()
    for function in sorted(functions, key=lambda f: -f.lineno):
        first = function.body[0]
        start = first.lineno - 1
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            start = first.end_lineno
        if start < function.body[-1].end_lineno or start == first.lineno - 1:
            indent = " " * first.col_offset
            words = f'raise LookupError("exercise {id} asks for {name}: this build lacks it")'
            lines[start : function.body[-1].end_lineno] = [indent + words]
    return "\n".join(lines) + "\n"


def _methods(node: ast.ClassDef) -> list[ast.stmt]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [child for child in node.body if isinstance(child, kinds)]


def call_source(exercise: Exercise) -> str:
    """Return the source that defines `call`, which a worker makes an exercise's calls with."""
    call = exercise.call
    if call.__module__ == base.__name__:
        return f"from {base.__name__} import {call.__name__} as call"
    return solution_source(call, "call")
