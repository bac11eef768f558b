"""One statement of a cell, and what is known of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from mlsdlib.course.classroom import names

_ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
_NO_FUNCTIONS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.BinOp, ast.UnaryOp, ast.Compare,
)  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a cell: which of them it is, and its tree.

    `text` is what runs in its place, empty where it runs itself.
    """

    number: int
    node: ast.stmt
    text: str = ""

    @cached_property
    def binds(self) -> set[str]:
        """The names that it binds."""
        return names.bound(self.node)

    @cached_property
    def now(self) -> set[str]:
        """The names that it reads when it runs."""
        return self._reads[0]

    @cached_property
    def later(self) -> set[str]:
        """The names that are read when what it defines runs."""
        return self._reads[1]

    @cached_property
    def _reads(self) -> tuple[set[str], set[str]]:
        now, later = names.reads(self.node)
        if "globals" in now | later:  # then names stand in texts
            later = later | names.quoted(self.node)
        return now, later

    @cached_property
    def changes(self) -> set[str]:
        """The names whose objects it changes, as far as its own text tells."""
        return names.changed(self.node)

    @cached_property
    def registering(self) -> set[str]:
        """The names that its decorators are looked up in."""
        return names.registering(self.node)

    @cached_property
    def decorators(self) -> set[str]:
        """The functions that decorate what it defines."""
        return names.decorators(self.node)

    @cached_property
    def handed(self) -> list[tuple[str, list[str | None]]]:
        """The functions that it calls for what they do, and the names that these get."""
        return list(names.handed(self.node))

    @cached_property
    def changing(self) -> set[tuple[str, int]]:
        """The functions it defines that change what they get: see `names.changing`."""
        return set(names.changing(self.node))

    @cached_property
    def effects(self) -> list[tuple[str, set[str], bool]]:
        """The functions it defines that change globals: see `names.effects`."""
        return list(names.effects(self.node))

    @cached_property
    def imports(self) -> bool:
        """Whether it is an import."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @cached_property
    def waits(self) -> bool:
        """Whether what it defines is still the placeholder."""
        return names.waits(self.node)

    @cached_property
    def anew(self) -> bool:
        """Whether nothing is left of what its names were before.

        Not so in a branch or a loop; and ``import a.b`` adds to what ``import a.c`` has made.
        """
        if isinstance(self.node, ast.AnnAssign):
            return self.node.value is not None
        if isinstance(self.node, ast.Import):
            return all(alias.asname for alias in self.node.names)
        return isinstance(self.node, (*names.DEFINITIONS, ast.Assign, ast.ImportFrom))

    def aims_at(self, name: str) -> bool:
        """Return whether it makes a name mean what it says there: assigned, defined, imported."""
        targets = getattr(self.node, "targets", [getattr(self.node, "target", None)])
        if isinstance(self.node, _ASSIGNMENTS):
            return any(isinstance(t, ast.Name) and t.id == name for t in targets)
        return self.anew and name in self.binds

    def may_define(self, name: str) -> bool:
        """Return whether the name may mean a function after it: no number, no result of itself."""
        if isinstance(self.node, _ASSIGNMENTS) and self.aims_at(name):
            value = self.node.value
            itself = isinstance(value, ast.Call) and getattr(value.func, "id", "") == name
            return value is not None and not isinstance(value, _NO_FUNCTIONS) and not itself
        return self.aims_at(name) or names.defines(self.node, name)
