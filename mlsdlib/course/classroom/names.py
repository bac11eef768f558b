"""Which names a statement binds, reads and changes: all that is known of it without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)
_BRANCHES = (ast.If, ast.Match, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_CHANGING = re.compile(
    r"(add|append|appendleft|clear|discard|extend|fill|fit|insert|load|move|pop|popitem|popleft"
    r"|push|put|register|remove|reverse|seed|set|setdefault|setflags|sort|update)(_.*)?"
)
"""Methods that change the object they are called on, by what their name begins with."""
_CHANGING_FIRST = {
    "copyto", "delattr", "fill_diagonal", "heapify", "heappop", "heappush", "insort", "put",
    "setattr", "shuffle",
}  # fmt: skip
"""Functions that change their first argument."""


def bound(node: ast.AST) -> set[str]:
    r"""Return the names that a statement binds in its own scope.

    Examples
    --------
    >>> sorted(bound(ast.parse("if a:\n    import b.c, d as e").body[0]))
    ['b', 'e']
    """
    names: set[str] = set()
    for child in _same_scope(node):
        if isinstance(child, DEFINITIONS):
            names.add(child.name)
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.add(child.id)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.split(".")[0] for alias in child.names}
        elif isinstance(child, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and child.name:
            names.add(child.name)
        elif isinstance(child, ast.MatchMapping) and child.rest:
            names.add(child.rest)
        elif isinstance(child, _COMPREHENSIONS):  # := in it binds outside of it
            names |= {n.target.id for n in ast.walk(child) if isinstance(n, ast.NamedExpr)}
    return names


def free(node: ast.AST) -> set[str]:
    r"""Return the names that a statement reads and does not bind in a scope of its own.

    Examples
    --------
    >>> sorted(free(ast.parse("def f(x, y=z):\n    w = x\n    return w + v").body[0]))
    ['v', 'z']
    """
    return _direct(node) | _inner(node)


def reads(node: ast.stmt) -> tuple[set[str], set[str]]:
    r"""Return the names that a statement needs when it runs, and those when what it defines runs.

    What it binds itself before it reads it is left out of the former.

    Examples
    --------
    >>> [sorted(names) for names in reads(ast.parse("def f(x, y=z):\n    return x + v").body[0])]
    [['z'], ['v']]
    >>> reads(ast.parse("for x in range(3):\n    y = x\n    t[x] = y").body[0])[0] == {"range", "t"}
    True
    """
    now: set[str] = set()
    later: set[str] = set()
    _flow([node], set(), now, later)
    return now, later


def quoted(node: ast.AST) -> set[str]:
    """Return the texts of a statement that could be names."""
    texts = (child.value for child in ast.walk(node) if isinstance(child, ast.Constant))
    return {text for text in texts if isinstance(text, str) and text.isidentifier()}


def changed(node: ast.AST) -> set[str]:
    """Return the names whose objects a statement changes and leaves where they are.

    ``*`` stands for every name, as it does in an import.

    Examples
    --------
    >>> sorted(changed(ast.parse("a.b = c[0] = d.append(e)").body[0]))
    ['a', 'c', 'd']
    """
    found: set[str | None] = set()
    for child in _same_scope(node):
        if isinstance(child, (ast.Attribute, ast.Subscript)):
            if not isinstance(child.ctx, ast.Load):
                found.add(_root(child))
        elif isinstance(child, ast.Call):
            inplace = any(keyword.arg == "inplace" for keyword in child.keywords)
            called = getattr(child.func, "attr", getattr(child.func, "id", ""))
            if isinstance(child.func, ast.Attribute) and (inplace or _CHANGING.fullmatch(called)):
                found.add(_root(child.func))
            if called in _CHANGING_FIRST and child.args:
                found.add(_root(child.args[0]))
            if called == "setrecursionlimit":
                found.add("*")
    return {name for name in found if name is not None}


def registering(node: ast.AST) -> set[str]:
    """Return the names that decorators are looked up in: ``a`` of ``@a.register``."""
    found = {
        _root(mark)
        for child in _same_scope(node)
        for mark in getattr(child, "decorator_list", ())
        if isinstance(mark.func if isinstance(mark, ast.Call) else mark, ast.Attribute)
    }
    return {name for name in found if name is not None}


def decorators(node: ast.AST) -> set[str]:
    """Return the functions that decorate what a statement defines."""
    marks = [m for child in _same_scope(node) for m in getattr(child, "decorator_list", ())]
    called = (mark.func if isinstance(mark, ast.Call) else mark for mark in marks)
    return {mark.id for mark in called if isinstance(mark, ast.Name)}


def effects(node: ast.AST) -> Iterator[tuple[str, set[str], bool]]:
    r"""Yield the functions of a statement that change globals, which, and whether they return.

    Examples
    --------
    >>> list(effects(ast.parse("def f():\n    global a\n    a = 1").body[0]))
    [('f', {'a'}, False)]
    """
    for child in _same_scope(node):
        if isinstance(child, _FUNCTIONS[:2]):
            outside = _free_of_scope(child)
            shared = {n for p in ast.walk(child) if isinstance(p, ast.Global) for n in p.names}
            done = set().union(*map(changed, child.body)) & outside
            done |= shared & set().union(*map(bound, child.body))
            if done:
                yield child.name, done, _gives(child)


def changing(node: ast.AST) -> Iterator[tuple[str, int]]:
    r"""Yield the functions and methods that return nothing, and which argument they change.

    Examples
    --------
    >>> list(changing(ast.parse("class K:\n    def set(self, n):\n        self.n = n").body[0]))
    [('set', 0)]
    """
    for child in ast.walk(node):
        if isinstance(child, _FUNCTIONS[:2]) and not _gives(child):
            done = set().union(*map(changed, child.body))
            for place, argument in enumerate([*child.args.posonlyargs, *child.args.args]):
                if argument.arg in done:
                    yield child.name, place


def handed(node: ast.AST) -> Iterator[tuple[str, list[str | None]]]:
    """Yield the functions and methods called for what they do, and the names that they get."""
    for child in _same_scope(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            called = child.value.func
            given = [_root(part) for part in child.value.args]
            if isinstance(called, ast.Attribute):
                yield called.attr, [_root(called), *given]
            elif isinstance(called, ast.Name):
                yield called.id, given


def defines(node: ast.AST, name: str) -> bool:
    """Return whether a statement holds, in its own scope, a function or class of this name."""
    return any(isinstance(c, DEFINITIONS) and c.name == name for c in _same_scope(node))


def waits(node: ast.AST) -> bool:
    """Return whether a statement still holds the placeholder, and not only behind a condition."""
    for child in ast.walk(node):
        if isinstance(child, DEFINITIONS):
            plain = [p for p in child.body if not isinstance(p, (*DEFINITIONS, *_BRANCHES))]
            if any("TODO" in free(part) for part in plain):
                return True
    return isinstance(node, (ast.Assign, ast.AnnAssign)) and "TODO" in free(node)


def _gives(function: ast.AST) -> bool:
    """Return whether a function returns something."""
    returned = (child for child in ast.walk(function) if isinstance(child, ast.Return))
    return any(child.value is not None for child in returned)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, inner scopes themselves and not what is in them."""
    waiting = [node]
    while waiting:
        child = waiting.pop()
        yield child
        if not isinstance(child, _SCOPES):
            waiting.extend(ast.iter_child_nodes(child))


def _root(node: ast.AST) -> str | None:
    """Return the name that a chain of attributes, subscripts and method calls begins with.

    What a function returns is another object, as ``a`` of ``a().b`` is not changed with ``b``.
    """
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        if isinstance(node, ast.Call):
            node = node.func if isinstance(node.func, ast.Attribute) else None
        else:
            node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _flow(nodes: Iterable[ast.stmt], known: set[str], now: set[str], later: set[str]) -> None:
    """Add what statements read, in the order in which they run; `known` is what they have bound."""

    def read(*parts: ast.AST | None) -> None:
        for part in filter(None, parts):
            now.update(_at_once(part) - known)
            later.update(_inner(part))

    def branch(nodes: Iterable[ast.stmt], *names: str) -> set[str]:
        inner = known | set(names)
        _flow(nodes, inner, now, later)
        return inner

    for node in nodes:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            read(node.iter)
            branch([ast.Expr(node.target), *node.body], *bound(node.target))
            branch(node.orelse)
        elif isinstance(node, ast.While):
            read(node.test)
            branch(node.body)
            branch(node.orelse)
        elif isinstance(node, ast.If):
            read(node.test)
            known |= branch(node.body) & branch(node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            read(*(item.context_expr for item in node.items))
            known |= set().union(*map(bound, node.items))
            _flow(node.body, known, now, later)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            branch([*node.body, *node.orelse])
            for handler in node.handlers:
                read(handler.type)
                branch(handler.body, *filter(None, [handler.name]))
            branch(node.finalbody)
        elif isinstance(node, ast.Match):
            read(node.subject)
            for case in node.cases:
                read(case.pattern)
                tests = [ast.Expr(case.guard)] if case.guard else []
                branch([*tests, *case.body], *bound(case.pattern))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            later |= _inner(node)  # nobody calls it here
            now |= _outside(node.value) - known
            known |= bound(node)
        else:
            read(node)
            known |= bound(node)


def _at_once(node: ast.AST) -> set[str]:
    """Return what a node reads where it stands: not in bodies of functions, but in lambdas."""
    names = _direct(node)
    for child in _same_scope(node):
        if isinstance(child, (*_COMPREHENSIONS, ast.Lambda)):
            names |= _free_of_scope(child)
        elif isinstance(child, ast.ClassDef):
            own = set().union(*map(bound, child.body))
            names |= set().union(*map(_at_once, child.body)) - own
    return names


def _direct(node: ast.AST) -> set[str]:
    names: set[str] = set()
    for child in _same_scope(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            names.add(child.id)
        elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
            names.add(child.target.id)
        elif isinstance(child, _SCOPES):
            names |= _outside(child)
    return names


def _inner(node: ast.AST) -> set[str]:
    scopes = (child for child in _same_scope(node) if isinstance(child, _SCOPES))
    return set().union(*map(_free_of_scope, scopes))


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
    direct = set().union(*map(_direct, inside))
    inner = set().union(*map(_inner, inside))
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
    if isinstance(scope, ast.ClassDef):  # its methods do not see what its body binds
        return (direct - own) | inner | shared
    return ((direct | inner) - own) | shared


def _inside(scope: ast.AST) -> list[ast.AST]:
    if isinstance(scope, ast.DictComp):
        return [scope.key, scope.value, *scope.generators]
    if isinstance(scope, _COMPREHENSIONS):
        return [scope.elt, *scope.generators]
    return scope.body if isinstance(scope.body, list) else [scope.body]


def _arguments(given: ast.arguments) -> list[ast.arg]:
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return [*listed, *filter(None, (given.vararg, given.kwarg))]
