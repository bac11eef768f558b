"""Which names a statement binds, and which it needs from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound(node: ast.AST) -> set[str]:
    r"""Return the names that a statement binds in its own scope.

    Examples
    --------
    >>> sorted(bound(ast.parse("if a:\n    import b.c, d as e").body[0]))
    ['b', 'e']
    """
    names: set[str] = set()
    for child in _same_scope(node):
        if isinstance(child, _DEFINITIONS):
            names.add(child.name)
        elif isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
            names.add(child.id)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.split(".")[0] for alias in child.names}
        elif (isinstance(child, ast.ExceptHandler) and child.name) or (
            isinstance(child, (ast.MatchAs, ast.MatchStar)) and child.name
        ):
            names.add(child.name)
        elif isinstance(child, ast.MatchMapping) and child.rest:
            names.add(child.rest)
    return names


def free(node: ast.AST) -> set[str]:
    r"""Return the names that a statement reads and does not bind in a scope of its own.

    Examples
    --------
    >>> sorted(free(ast.parse("def f(x, y=z):\n    w = x\n    return w + v").body[0]))
    ['v', 'z']
    """
    names: set[str] = set()
    for child in _same_scope(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            names.add(child.id)
        elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
            names.add(child.target.id)
        elif isinstance(child, _SCOPES):
            names |= _outside(child)
            names |= _free_of_scope(child)
    return names


def defines(node: ast.AST, name: str) -> bool:
    """Return whether a statement holds, in its own scope, a function or class of this name."""
    return any(isinstance(c, _DEFINITIONS) and c.name == name for c in _same_scope(node))


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, inner scopes themselves and not what is in them."""
    waiting = [node]
    while waiting:
        child = waiting.pop()
        yield child
        if not isinstance(child, _SCOPES):
            waiting.extend(ast.iter_child_nodes(child))


def _outside(scope: ast.AST) -> set[str]:
    """Return the names in what a definition evaluates where it stands: defaults, decorators."""
    parts: list[ast.AST] = list(getattr(scope, "decorator_list", ()))
    if isinstance(scope, ast.ClassDef):
        parts += [*scope.bases, *(keyword.value for keyword in scope.keywords)]
    elif isinstance(scope, _FUNCTIONS):
        given = scope.args
        parts += [*given.defaults, *filter(None, given.kw_defaults)]
        parts += [a.annotation for a in _arguments(given) if a.annotation is not None]
        parts += [scope.returns] if getattr(scope, "returns", None) is not None else []
    return set().union(*map(free, parts))


def _free_of_scope(scope: ast.AST) -> set[str]:
    inside = _inside(scope)
    read = set().union(*map(free, inside))
    shared = {
        name
        for part in inside
        for child in _same_scope(part)
        if isinstance(child, (ast.Global, ast.Nonlocal))
        for name in child.names
    }
    own = set().union(*map(bound, inside)) - shared
    if isinstance(scope, _FUNCTIONS):
        own |= {argument.arg for argument in _arguments(scope.args)}
    return (read - own) | shared


def _inside(scope: ast.AST) -> list[ast.AST]:
    if isinstance(scope, ast.DictComp):
        return [scope.key, scope.value, *scope.generators]
    if isinstance(scope, _COMPREHENSIONS):
        return [scope.elt, *scope.generators]
    return scope.body if isinstance(scope.body, list) else [scope.body]


def _arguments(given: ast.arguments) -> list[ast.arg]:
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return [*listed, *filter(None, (given.vararg, given.kwarg))]
