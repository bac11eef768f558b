"""What code cells do with names, read from their source: they need, define and change them."""

from __future__ import annotations

import ast
import symtable
from dataclasses import dataclass, field

HARMLESS = {"begin", "claim", "display", "exercise", "predict", "print", "quiz", "recap", "show"}
"""Functions that change none of their arguments."""

STATEFUL = {"Generator", "RandomState", "default_rng", "spawn", "iter", "open", "connect", "cursor"}
STATEFUL |= {"Path", "TemporaryDirectory", "joinpath", "mkdtemp"}
"""Calls whose result has a state that using it moves: generators, connections, folders of files."""


@dataclass
class Effects:
    """The names one cell deals with.

    `needs` must exist before the cell runs; `defines` may be bound by it, `kills` surely are,
    `imports` are those bound by an import; `changes` are objects it alters; `moves` are those it
    uses whose state moves by being used. A claim's verdict, which `finding` reads, goes by the
    name "claim 3.2-1".
    """

    needs: set[str] = field(default_factory=set)
    defines: set[str] = field(default_factory=set)
    kills: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    moves: set[str] = field(default_factory=set)


def read_cells(sources: list[str]) -> list[Effects]:
    """Return what each cell of a notebook does, run from top to bottom."""
    reader = _Reader()
    return [reader.cell(source) for source in sources]


class _Reader:
    def __init__(self) -> None:
        self.imported: set[str] = set()
        self.stateless: set[str] = set()  # those imported from the library
        self.stateful: set[str] = set()
        self.bodies: dict[str, set[str]] = {}  # what a function's body uses when it is called
        self.bound: set[str] = set()
        self.found = Effects()

    def cell(self, source: str) -> Effects:
        self.found, self.bound = Effects(), set()
        self._block(ast.parse(source).body)
        self.found.kills = self.bound
        return self.found

    def _block(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _branch(self, statements: list[ast.stmt], bound: set[str] = frozenset()) -> None:
        """Read statements that may not run; what they bind is sure inside them only."""
        outside = set(self.bound)
        self._define(bound)
        self._block(statements)
        self.bound = outside

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(node)
            case ast.For() | ast.AsyncFor():
                self._load(node.iter)
                self._branch(node.body, _stored(node.target))
                self._branch(node.orelse)
            case ast.While() | ast.If():
                self._load(node.test)
                self._branch(node.body)
                self._branch(node.orelse)
            case ast.With() | ast.AsyncWith():
                self._with(node)
            case ast.Try() | ast.TryStar():
                self._branch(node.body)
                for handler in node.handlers:
                    self._load(handler.type)
                    self._branch(handler.body, {handler.name} - {None})
                self._branch(node.orelse)
                self._block(node.finalbody)
            case ast.Match():
                self._load(node.subject)
                for case in node.cases:
                    guarded = ast.If(case.guard or ast.Constant(True), case.body, [])
                    self._branch([guarded], _captured(case.pattern))
            case _:
                self._simple(node)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """A definition needs its decorators and defaults now, what its body uses when called."""
        now = list(node.decorator_list)
        if isinstance(node, ast.ClassDef):
            now += node.bases + [keyword.value for keyword in node.keywords]
        else:
            now += node.args.defaults + node.args.kw_defaults
        for expression in now:
            self._load(expression)
        self.bodies.setdefault(node.name, set()).update(_loaded(node))
        self._define({node.name})

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self._load(item.context_expr)
            self.found.changes |= _loaded(item.context_expr) - self.imported
            if item.optional_vars is not None:
                self._mark_stateful(item.optional_vars, item.context_expr)
                self._define(_stored(item.optional_vars))
        self._block(node.body)

    def _simple(self, node: ast.stmt) -> None:
        self._load(node)
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        for target in filter(None, targets):
            if isinstance(node, ast.AugAssign):
                self._need(_stored(target))
            if isinstance(node, ast.Delete) or not isinstance(target, (ast.Name, ast.Tuple)):
                self.found.changes.add(_root(target))
            self._mark_stateful(target, getattr(node, "value", None))
        if isinstance(node, ast.Expr):
            self._call_for_effect(node.value)
        names = _bound(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imported |= names
            self.stateless -= names
            origins = {getattr(node, "module", None) or alias.name for alias in node.names}
            if all(map(_is_library, origins)):
                self.stateless |= names
            self.found.imports |= names
        self._define(names)

    def _call_for_effect(self, value: ast.expr) -> None:
        """A call whose result is thrown away is made for what it changes.

        A method changes its object; a function its arguments or, like one that sets a seed, the
        state of its module. The library's modules have no state.
        """
        call = value.value if isinstance(value, ast.Await) else value
        if not isinstance(call, ast.Call) or _root(call.func) in HARMLESS:
            return
        root = _root(call.func)
        if isinstance(call.func, ast.Attribute) and root not in self.imported:
            self.found.changes.add(root)
            return
        self.found.changes |= _loaded(call) - self.imported
        of_a_result = any(isinstance(node, ast.Call) for node in ast.walk(call.func))
        if root not in self.stateless and not of_a_result:
            self.found.changes.add(root)

    def _mark_stateful(self, target: ast.expr, value: ast.expr | None) -> None:
        if value is not None and self._has_state(value):
            self.stateful |= _stored(target)

    def _has_state(self, value: ast.expr) -> bool:
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):  # folder / "name.csv"
            return bool(_loaded(value.left) & self.stateful)
        if not isinstance(value, ast.Call):
            return False
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        return name in STATEFUL or any(map(self._has_state, value.args))

    def _load(self, node: ast.AST | None) -> None:
        if node is None:
            return
        self._need(_loaded(node))
        for call in ast.walk(node):
            match call:
                case ast.Call(ast.Name("claim"), [ast.Constant(id), *_]):
                    self._define({f"claim {id}"})
                case ast.Call(ast.Name("finding"), [ast.Constant(id), *_]):
                    self._need({f"claim {id}"})

    def _need(self, names: set[str]) -> None:
        waiting, used = set(names), set()
        while waiting:
            name = waiting.pop()
            used.add(name)
            waiting |= self.bodies.get(name, set()) - used
        self.found.moves |= used & self.stateful
        self.found.needs |= used - self.bound

    def _define(self, names: set[str]) -> None:
        self.found.defines |= names
        self.bound |= names


def _is_library(module: str) -> bool:
    """Whether a module is the library's; the course has a session, which is a state."""
    return module.split(".")[0] == "mlsdlib" and not module.startswith("mlsdlib.course")


def _root(node: ast.expr) -> str:
    """Return the name an expression starts with, `frame` in ``frame.loc[3].x``, if any."""
    while not isinstance(node, ast.Name):
        node = getattr(node, "value", None) or getattr(node, "func", None)
        if node is None:
            return ""
    return node.id


def _stored(target: ast.expr) -> set[str]:
    """Return the names that an assignment's target binds."""
    names = (node for node in ast.walk(target) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _captured(pattern: ast.pattern) -> set[str]:
    """Return the names that a pattern of a match statement binds."""
    parts = list(ast.walk(pattern))
    return {getattr(part, "name", None) or getattr(part, "rest", None) for part in parts} - {None}


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement may bind."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def _loaded(node: ast.AST) -> set[str]:
    """Return the global names that some code reads, those of the functions inside it too."""
    names: set[str] = set()
    tables = [symtable.symtable(ast.unparse(node), "cell", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        top = table.get_type() == "module"
        names |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
    return names
