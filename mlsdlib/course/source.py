"""The source of a reference solution, as a cell that stands on its own."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Iterator

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def solution_source(fn: Callable[..., object], name: str) -> str:
    """Return the source of `fn` under the name `name`, with the imports and helpers it needs.

    Long docstrings are cut to their first line: the library's page holds the rest.

    Parameters
    ----------
    fn : callable
        A function, or a class, defined at the top level of a module.
    name : str
        The name the learner was asked for.

    Examples
    --------
    >>> print(solution_source(textwrap.dedent, "dedent").splitlines()[0])
    import re
    """
    source = inspect.getsource(inspect.getmodule(fn))
    tree = ast.parse(source)
    known: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for bound in _bound(node):
            known.setdefault(bound, []).append(node)
    wanted = _closure(fn.__name__, known)
    names = set().union(*(_names(node) for node in wanted))
    future = ["from __future__ import annotations"] if _has_late_annotations(tree, wanted) else []
    parts = ["\n".join(future + _import_lines(tree, names))]
    ordered = [node for node in tree.body if node in wanted]
    functions = [node for node in ordered if node.__class__ in _DEFINITIONS]
    constants = [node for node in ordered if node not in functions]
    parts.append("\n".join(_text(source, node) for node in constants))
    parts += [_text(source, node) for node in functions]
    text = "\n\n\n".join(part for part in parts if part)
    if fn.__name__ != name:
        text += f"\n\n\n{name} = {fn.__name__}"
    return text


def _bound(node: ast.stmt) -> list[str]:
    """Return the names that a definition, an assignment or an extension of one binds."""
    if isinstance(node, _DEFINITIONS):
        return [node.name]
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return []
    names = (child for child in ast.walk(node) if isinstance(child, ast.Name))
    return [name.id for name in names if isinstance(name.ctx, ast.Store)]


def _closure(name: str, known: dict[str, list[ast.stmt]]) -> list[ast.stmt]:
    """Return the definitions of `name` and of all it uses in its own module."""
    found: dict[str, list[ast.stmt]] = {}
    waiting = {name}
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = known[name]
            waiting |= set().union(*map(_names, known[name]))
    return [node for nodes in found.values() for node in nodes]


def _names(node: ast.AST) -> set[str]:
    """Return the names a definition uses, those of its annotations too: a cell evaluates them."""
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _import_lines(tree: ast.Module, names: set[str]) -> list[str]:
    lines = []
    for node in tree.body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        if getattr(node, "module", None) == "__future__":
            continue
        kept = [a for a in node.names if (a.asname or a.name.split(".")[0]) in names]
        if kept:
            node.names = kept
            lines.append(ast.unparse(node))
    return lines


def _has_late_annotations(tree: ast.Module, wanted: list[ast.stmt]) -> bool:
    """Return whether an annotation names what a cell may not know when it comes to it.

    That is a class of the same module, which may stand further down, and what is imported for
    type checkers only.
    """
    known = set(dir(builtins))
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            known |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
    named = (_names(annotation) for node in wanted for annotation in _annotations(node))
    return bool(set().union(*named) - known)


def _annotations(node: ast.stmt) -> Iterator[ast.expr]:
    for child in ast.walk(node):
        for field in ("annotation", "returns"):
            if (annotation := getattr(child, field, None)) is not None:
                yield annotation


def _text(source: str, node: ast.stmt) -> str:
    """Return the definition as written, its docstring cut to the first line."""
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    lines = source.splitlines()[start - 1 : node.end_lineno]
    doc = _docstring(node)
    if doc is not None:
        first, last = doc.lineno - start, doc.end_lineno - start
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        summary = ast.get_docstring(node).split("\n\n")[0].replace("\n", " ")
        lines[first : last + 1] = textwrap.wrap(
            f'"""{summary}"""', 88, initial_indent=indent, subsequent_indent=indent
        )
    return "\n".join(lines)


def _docstring(node: ast.stmt) -> ast.Expr | None:
    body = getattr(node, "body", None)
    if body and ast.get_docstring(node) is not None:
        return body[0]
    return None
