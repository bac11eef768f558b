"""What a notebook's outputs depend on, as one hash: it is executed again only when this moves."""

from __future__ import annotations

import ast
import functools
import hashlib
import platform
import sys
from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint(code: str, *, files: Iterable[Path], root: Path) -> str:
    """Return a hash over some code and some files.

    Parameters
    ----------
    code : str
        The code cells.
    files : iterable of Path
        The library's files, the section's exercises, the data's manifest, the pinned versions.
    root : Path
        Names are hashed relative to this folder, so that the place of a checkout is no input.
    """
    digest = hashlib.sha256(code.encode())
    for file in sorted(files):
        name = file.relative_to(root) if file.is_relative_to(root) else Path(file.name)
        digest.update(f"\0{name.as_posix()}\0".encode())
        digest.update(file.read_bytes() if file.exists() else b"missing")
    return digest.hexdigest()


def section_files(code: str, number: str) -> set[Path]:
    """Return the files of `mlsdlib` that a section's code may load, those of its exercises too.

    Parameters
    ----------
    code : str
        The code cells.
    number : str
        The section's number; a kernel finds its exercises by it, no cell imports them.
    """
    from mlsdlib.course.exercises import module_name

    files = imported_files(code)
    spec = find_spec(module_name(number))  # found and not imported: that would take a second
    if spec is not None:
        file = Path(spec.origin)
        files |= {file, *imported_files(file.read_text(encoding="utf-8"))}
    # What `sweep.load("published/…")` shows is named for its section.
    return files | set((PACKAGE / "course" / "sweeps").glob(f"{number}[a-z-]*.csv"))


def library_digest(files: Iterable[str]) -> str:
    """Return a hash of the installed library, data and packages that some outputs depend on.

    It is the same on every machine that has the same versions, wherever they are installed.

    Parameters
    ----------
    files : iterable of str
        Files of the library, relative to the package.
    """
    from mlsdlib import datasets

    digest = hashlib.sha256(_packages().encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0".encode())
        file = PACKAGE / name
        digest.update(file.read_bytes() if file.exists() else b"missing")
    digest.update(datasets.path("MANIFEST.json").read_bytes())
    return digest.hexdigest()


def third_party(code: str, files: Iterable[Path]) -> list[str]:
    r"""Return the modules of other packages that some code, and some files, may import.

    Examples
    --------
    >>> third_party("import os, pandas\nfrom torch import nn", [])
    ['pandas', 'torch', 'torch.nn']
    """
    sources = [file for file in files if file.suffix == ".py"]
    texts = [code, *(file.read_text(encoding="utf-8") for file in sources)]
    names = set().union(*(_dotted_names(text) for text in texts))
    ours = {PACKAGE.name, *sys.stdlib_module_names}
    return sorted(name for name in names if name.split(".")[0] not in ours)


@functools.cache
def _packages() -> str:
    """Return the versions of Python and of each package that the course asks for."""
    from packaging.requirements import Requirement

    lines = [".".join(platform.python_version_tuple()[:2])]
    for requirement in map(Requirement, metadata.requires(PACKAGE.name) or []):
        # Not those of the other extras: a cluster's worker needs no linter to compute the same.
        if requirement.marker and not requirement.marker.evaluate({"extra": "course"}):
            continue
        try:
            # Without what a build adds: torch computes the same on a CPU as 2.13.0 and 2.13.0+cpu.
            version = metadata.version(requirement.name).partition("+")[0]
            lines.append(f"{requirement.name} {version}")
        except metadata.PackageNotFoundError:  # the library alone is installed
            continue
    return "\n".join(sorted(lines))


def imported_files(code: str) -> set[Path]:
    """Return the files of `mlsdlib` that running some code may load.

    Examples
    --------
    >>> sorted(f.name for f in imported_files("from mlsdlib.estimate import wilson"))
    ['__init__.py', 'estimate.py']
    """
    found: set[Path] = set()
    waiting = _module_names(code)
    while waiting:
        file = _file(waiting.pop())
        if file is None or file in found:
            continue
        found.add(file)
        waiting |= _module_names(file.read_text(encoding="utf-8"))
    return found


def _module_names(code: str) -> set[str]:
    """Return the dotted names of `mlsdlib` that some code imports, with their packages."""
    ours = {name for name in _dotted_names(code) if name.split(".")[0] == PACKAGE.name}
    return ours | {name.rsplit(".", 1)[0] for name in ours if "." in name}


@functools.lru_cache(maxsize=1024)  # a file is asked for by each section that loads it
def _dotted_names(code: str) -> frozenset[str]:
    """Return what some code imports, at its top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _file(name: str) -> Path | None:
    """Return the file of a module, None where the name is an object inside one."""
    place = PACKAGE.joinpath(*name.split(".")[1:])
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None
