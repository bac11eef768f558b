"""A notebook as a kernel runs it: what each name means after which statement.

A name means what the last statement before has made of it: the last one that binds it anew, and
all that change it since. What a function reads counts when it is called. Where nothing before
binds a name the cells were run in another order, and it means what it does at the end; else the
notebook as it was handed out helps.
"""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mlsdlib.course.classroom.names import changed
from mlsdlib.course.classroom.statements import Statement

BUILTINS = frozenset(dir(builtins))


class History:
    """All statements of a notebook, numbered from top to bottom.

    Parameters
    ----------
    given : sequence of list of Statement
        By cell, those of the notebook as it was handed out.
    own : sequence of list of Statement
        Those of the learner, which come after them.
    """

    def __init__(self, given: Sequence[list[Statement]], own: Sequence[list[Statement]]) -> None:
        cells = [*given, *own]
        self.lines = [statement for cell in cells for statement in cell]
        self.cell_of = [place for place, cell in enumerate(cells) for _ in cell]
        self.first = sum(map(len, given))
        self._binding: dict[str, list[int]] = {}
        self._touching: dict[str, list[int]] = {}
        self._made: dict[tuple, list[int]] = {}
        self._index()

    def end_of(self, line: int) -> int:
        """Return the last statement of the cell that a statement stands in."""
        return bisect_right(self.cell_of, self.cell_of[line]) - 1

    def before_cell(self, place: int) -> int:
        """Return the last statement above a cell."""
        return bisect_left(self.cell_of, place) - 1

    def makers(self, name: str, line: int, *, elsewhere: bool = True) -> list[int]:
        """Return the statements that make of a name what it means after a statement.

        Parameters
        ----------
        name : str
            The name.
        line : int
            The number of the statement.
        elsewhere : bool
            Whether those below count where nothing above binds the name.
        """
        touching = self._touching.get(name, [])
        above = bisect_right(touching, line)
        key = (name, above, line < self.first, elsewhere)
        if key not in self._made:
            self._made[key] = self._find(name, touching, above, line < self.first, elsewhere)
        return self._made[key]

    def _find(
        self, name: str, touching: list[int], above: int, handed_out: bool, elsewhere: bool
    ) -> list[int]:
        cut = bisect_left(touching, self.first)
        groups = [(0, above)] if handed_out else [(cut, above)]
        if elsewhere and name not in BUILTINS:  # a builtin that is covered below meant itself
            groups.append((cut, len(touching)))
        for low, high in groups:
            if self._binds(name, touching, low, high):
                made, whole = self._back(name, touching, low, high)
                return made if whole else made + self._back(name, touching, 0, cut)[0]
        if self._binds(name, touching, 0, cut):
            return self._back(name, touching, 0, max(cut, above))[0]
        return []

    def stars(self, line: int) -> list[int]:
        """Return the statements up to a statement that may bind, or change, any name."""
        touching = self._touching.get("*", [])
        return touching[: bisect_right(touching, line)]

    def mended(self, name: str, line: int, until: int) -> int | None:
        """Return where a function is defined once more after a statement, None if it is not.

        From where the name means something else, it is another function's.
        """
        last = None
        binding = self._binding.get(name, [])
        for number in binding[bisect_right(binding, line) : bisect_right(binding, until)]:
            if getattr(self.lines[number].node, "name", "") != name:
                break
            last = number
        return last

    def changers(self, name: str, line: int) -> list[int]:
        """Return the statements below a statement that change a name and do not bind it."""
        touching = self._touching.get(name, [])
        after = touching[bisect_right(touching, line) :]
        return [n for n in after if name not in self.lines[n].binds]

    def _binds(self, name: str, touching: list[int], low: int, high: int) -> bool:
        """Return whether one of some statements binds the name."""
        binding = self._binding.get(name, [])
        at = bisect_left(binding, touching[low]) if low < high else len(binding)
        return at < len(binding) and binding[at] <= touching[high - 1]

    def _back(self, name: str, touching: list[int], low: int, high: int) -> tuple[list[int], bool]:
        """Return the last statements, up to one that binds the name anew, or itself needs it.

        Then whether there is one.
        """
        made: list[int] = []
        for at in range(high - 1, low - 1, -1):
            line = self.lines[touching[at]]
            made.append(touching[at])
            if name in line.now or (line.anew and name in line.binds):
                return made, True
        return made, False

    def _index(self) -> None:
        imported = {name for line in self.lines if line.imports for name in line.binds}
        done: dict[str, set[str]] = {}
        silent: dict[str, set[str]] = {}
        for line in self.lines:
            for function, changes, gives in line.effects:
                done.setdefault(function, set()).update(changes)
                if not gives:
                    silent.setdefault(function, set()).update(changes)
        changing = set().union(*(line.changing for line in self.lines))
        written = {n for line in self.lines if not line.waits for n in line.binds}
        for number, line in enumerate(self.lines):
            touches = {n for n in line.changes if n not in imported or _sets(line.node, n)}
            binds = line.binds - written if line.waits else line.binds
            binds = binds.union(*(done.get(function, ()) for function in line.decorators))
            # A function that returns nothing is called for what it does, others for the value.
            for function, given in line.handed:
                binds = binds | silent.get(function, set())
                touches |= {n for k, n in enumerate(given) if n and (function, k) in changing}
            touches |= (line.registering - imported) | binds
            for name in binds:
                self._binding.setdefault(name, []).append(number)
            for name in touches:
                self._touching.setdefault(name, []).append(number)


def _sets(node: ast.stmt, name: str) -> bool:
    """Return whether it is called for, or assigns to, what an imported name stands for."""
    if isinstance(node, ast.Expr):
        return True
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return any(name in changed(target) for target in targets if target is not None)
