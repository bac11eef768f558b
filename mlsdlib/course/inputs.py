"""What a notebook's outputs depend on, as one hash: it is executed again only when this moves."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint(code: str, *, extra: list[Path], root: Path) -> str:
    """Return a hash over some code, every file of `mlsdlib` it imports, and `extra`.

    Parameters
    ----------
    code : str
        The code cells.
    extra : list of Path
        Further files: the section's exercises, the data's manifest, the pinned versions.
    root : Path
        Names are hashed relative to this folder, so that the place of a checkout is no input.
    """
    digest = hashlib.sha256(code.encode())
    for file in sorted({*imported_files(code), *extra}):
        name = file.relative_to(root) if file.is_relative_to(root) else Path(file.name)
        digest.update(f"\0{name.as_posix()}\0".encode())
        digest.update(file.read_bytes() if file.exists() else b"missing")
    return digest.hexdigest()


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
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours = {name for name in names if name.split(".")[0] == PACKAGE.name}
    return ours | {name.rsplit(".", 1)[0] for name in ours if "." in name}


def _file(name: str) -> Path | None:
    """Return the file of a module, None where the name is an object inside one."""
    place = PACKAGE.joinpath(*name.split(".")[1:])
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None
