"""Mutants of a function: its source with one small mistake in it, as a learner might make.

A check is as good as the mistakes it catches. Mutated is what runs: bodies of functions and
constants; never imports, annotations, docstrings, or what is raised.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_OPPOSITE = {
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""A comparison flipped, and shifted by its border case."""

_SWAPPED_NAMES = {
    a: b
    for pair in (
        ("min", "max"),
        ("minimum", "maximum"),
        ("nanmin", "nanmax"),
        ("argmin", "argmax"),
        ("idxmin", "idxmax"),
        ("any", "all"),
        ("floor", "ceil"),
    )
    for a, b in (pair, pair[::-1])
}


@dataclass(frozen=True)
class Mutant:
    """A source with one mistake, and what the mistake is, in one line."""

    description: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a source, each with a description of its own.

    A description names the function, what stood there, and what stands there now; the second of
    the same words has ``#2`` behind it. It does not depend on the rest of the source.
    """
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    count: Counter[str] = Counter()
    found = []
    for place, where in _places(tree):
        named = place.named
        old = _words(named or place.node)
        for replacement in _replacements(place.node):
            original = place.put(replacement)
            mutated, new = ast.unparse(tree), _words(named or replacement)
            place.put(original)
            if mutated in seen or not _is_python(mutated):
                continue
            seen.add(mutated)
            words = f"{where}: {old} -> {new}"
            count[words] += 1
            number = f" #{count[words]}" if count[words] > 1 else ""
            found.append(Mutant(words + number, mutated))
    return found


@dataclass(frozen=True)
class _Place:
    """Where a node hangs in the tree."""

    parent: ast.AST
    field: str
    index: int | None

    @property
    def node(self) -> ast.AST:
        value = getattr(self.parent, self.field)
        return value if self.index is None else value[self.index]

    @property
    def named(self) -> ast.AST | None:
        """What stands around a bare number or name, which tells more; None for other nodes."""
        bare = isinstance(self.node, (ast.Constant, ast.Name))
        is_block = isinstance(getattr(self.parent, "body", None), list)
        return self.parent if bare and not is_block else None

    def put(self, node: ast.AST) -> ast.AST:
        """Hang another node here; return the one that hung here before."""
        before = self.node
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node
        return before


def _places(tree: ast.Module) -> Iterator[tuple[_Place, str]]:
    """Yield each place whose node may be mutated, with the name of the definition it is in."""
    waiting = [(tree, "module")]
    while waiting:
        parent, where = waiting.pop(0)
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            where = parent.name
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "decorator_list", "type_params"):
                continue
            for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(node, ast.AST) and not _is_fixed(node):
                    yield _Place(parent, field, index), where
                    waiting.append((node, where))


def _is_fixed(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr))


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    for operator in _OPERATORS:
        yield from operator(node)


def _compare(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for index, operation in enumerate(node.ops):
            for other in _OPPOSITE[type(operation)]:
                changed = copy.deepcopy(node)
                changed.ops[index] = other()
                yield changed


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield from (ast.Constant(node.value + step) for step in (1, -1))


def _axis(node: ast.AST) -> Iterator[ast.AST]:
    if (
        isinstance(node, ast.keyword)
        and node.arg == "axis"
        and isinstance(node.value, ast.Constant)
    ):
        other = {0: 1, 1: 0, None: 0}.get(node.value.value)
        if other is not None:
            yield ast.keyword("axis", ast.Constant(other))


def _arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.BinOp):
        return
    if isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.BinOp(node.left, other, node.right)
    elif isinstance(node.op, (ast.Mult, ast.Div)):  # a weight or a divisor forgotten
        yield node.left
        if isinstance(node.op, ast.Mult):
            yield node.right


def _logic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
        yield node.operand


def _name(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Name) and node.id in _SWAPPED_NAMES:
        yield ast.Name(_SWAPPED_NAMES[node.id], node.ctx)
    elif isinstance(node, ast.Attribute) and node.attr in _SWAPPED_NAMES:
        yield ast.Attribute(node.value, _SWAPPED_NAMES[node.attr], node.ctx)


def _call(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        for index in range(len(node.keywords)):
            kept = node.keywords[:index] + node.keywords[index + 1 :]
            yield ast.Call(node.func, node.args, kept)


def _slice(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Slice):
        return
    for field in ("lower", "upper"):
        bound = getattr(node, field)
        for other in (None, bound and ast.BinOp(bound, ast.Add(), ast.Constant(1))):
            changed = copy.copy(node)
            setattr(changed, field, other)
            yield changed


def _branch(node: ast.AST) -> Iterator[ast.AST]:
    for field in ("body", "orelse"):
        if isinstance(node, (ast.If, ast.For, ast.While)) and getattr(node, field):
            changed = copy.copy(node)
            setattr(changed, field, [ast.Pass()] if field == "body" else [])
            yield changed


def _statement(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Return) and not _is_none(node.value):
        yield ast.Return(None)
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Delete)):
        yield ast.Pass()
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()
    if isinstance(node, (ast.For, ast.While)):  # it ends after one round
        changed = copy.copy(node)
        changed.body = [*node.body, ast.Break()]
        yield changed


_OPERATORS: tuple[Callable[[ast.AST], Iterator[ast.AST]], ...] = (
    _compare, _constant, _axis, _arithmetic, _logic, _name, _call, _slice, _branch, _statement,
)  # fmt: skip


def _words(node: ast.AST) -> str:
    """Return a node in one line, short enough to name it."""
    text = " ".join(ast.unparse(node).split())
    return f"`{text}`" if len(text) <= 60 else f"`{text[:40]} ... {text[-15:]}`"


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _is_python(source: str) -> bool:
    """Whether a mutant can be compiled: `continue` for `break` is none outside a loop."""
    try:
        compile(source, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True
