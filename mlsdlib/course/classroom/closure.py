"""The statements that a function needs, and an order in which they run."""

from __future__ import annotations

from collections.abc import Iterable

from mlsdlib.course.classroom.history import BUILTINS, History


def closure(
    history: History, name: str, start: Iterable[int], *, until: int, mended: int
) -> list[int]:
    """Return statements and all that they need, in the order of the notebook as far as that runs.

    What a statement needs when it runs is taken as it is there; what a function needs, as it is
    when it is called.

    Parameters
    ----------
    history : History
        The notebook.
    name : str
        The function that is called.
    start : iterable of int
        The statements that make it, by number.
    until : int
        What they define is called after this statement.
    mended : int
        Up to which statement a function that they need may be defined once more: the last
        definition counts.
    """
    found = _Closure(history, name, mended)
    found.add([*start, *history.stars(until)], until, called=True)
    if found.unknown:
        found.add(history.stars(len(history.lines)), until, called=True)
    return found.ordered()


class _Closure:
    """What is picked, and why: `ahead` runs before a statement, `behind` before it is called."""

    def __init__(self, history: History, name: str, mended: int) -> None:
        self.history, self.name, self.mended = history, name, mended
        self.unknown = False
        self.ahead: dict[int, list[list[int]]] = {}
        self.behind: dict[int, list[list[int]]] = {}
        self._seen: set[tuple[int, int, bool]] = set()
        self._followed: set[tuple[int, int, bool]] = set()

    def add(self, lines: Iterable[int], view: int, *, called: bool) -> None:
        """Pick statements, and all that they need.

        `view` is the statement after which what they define is used, `called` whether that is the
        call that is graded.
        """
        waiting = [(line, view, called) for line in lines]
        while waiting:
            asked = waiting.pop()
            if asked not in self._seen:
                self._seen.add(asked)
                waiting += self._needed(*asked)

    def ordered(self) -> list[int]:
        """Return the statements so that each follows those that it needs when it runs."""
        order: dict[int, None] = {}
        called: set[int] = set()
        for line in sorted(self.ahead):
            below = {other for made in self.ahead[line] for other in made if other > line}
            for first in sorted(below):
                self._run(first, order, called | {line})
            order[line] = None
        return list(order)

    def _run(self, line: int, order: dict[int, None], called: set[int]) -> None:
        """Add a statement with all that it needs to be called."""
        waiting = [(line, False)]
        while waiting:
            line, ready = waiting.pop()
            if ready:
                order[line] = None
            elif line not in called and line not in order:
                called.add(line)
                waiting.append((line, True))
                needed = {n for made in self.ahead[line] + self.behind[line] for n in made}
                needed -= called | order.keys()
                waiting += ((other, False) for other in sorted(needed, reverse=True))

    def _needed(self, line: int, view: int, called: bool) -> list[tuple[int, int, bool]]:
        statement = self.history.lines[line]
        waiting: list[tuple[int, int, bool]] = []
        if line not in self.ahead:
            self.ahead[line] = []
            self.behind[line] = []
            for name in sorted(statement.now):
                made = self.history.makers(name, line - 1, elsewhere=name not in statement.binds)
                self.ahead[line].append(made)
                waiting += self._follow(name, made, line - 1, False)
        seen = max(view, self.history.end_of(line) if called else line)
        for name in sorted(statement.later - ({self.name} if called else set())):
            made = self.history.makers(name, seen)
            if called and made and (again := self.history.mended(name, seen, self.mended)):
                made = self.history.makers(name, again)
            self.behind[line].append(made)
            waiting += self._follow(name, made, seen, called)
        return waiting

    def _follow(
        self, name: str, made: list[int], view: int, called: bool
    ) -> list[tuple[int, int, bool]]:
        self.unknown |= not made and name not in BUILTINS
        key = (id(made), view, called)  # many may ask for the same
        if key in self._followed:
            return []
        self._followed.add(key)
        return [(line, view, called) for line in made]
