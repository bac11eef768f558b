"""Rules that experts state, kept like code: with versions, differences, priorities and tests.

::

    from mlsdlib.rules import Rule, RuleBook

    book = RuleBook()
    book.put(Rule("rush", {"workingday": [1], "hour": [7, 8, 17, 18]}, then=1.5, priority=1))
    book.flags(columns)  # one column for each rule: whether it fires
    book.decide(columns, default=1.0)  # what the rule with the highest priority says
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

__all__ = ["Rule", "RuleBook"]


@dataclass(frozen=True, slots=True)
class Rule:
    """If every field has one of its values, then this.

    Parameters
    ----------
    name : str
        What it is called; versions of one rule share the name.
    when : dict
        For each field the values at which the rule fires; at least one field.
    then : number
        What the rule says.
    priority : int
        Of two rules that fire, the one with the higher priority is heard.

    Examples
    --------
    >>> Rule("night", {"hour": [0, 1, 2]}, then=0.2).fires({"hour": [1, 7]})
    array([ True, False])
    """

    name: str
    when: Mapping[str, Sequence]
    then: float
    priority: int = 0

    def __post_init__(self) -> None:
        if not self.when:
            raise ValueError(f"when of {self.name} must name at least one field")

    def fires(self, columns: Mapping[str, Sequence]) -> np.ndarray:
        """Return for each row whether the rule fires."""
        absent = [field for field in self.when if field not in columns]
        if absent:
            raise ValueError(f"columns must hold {absent[0]}, which the rule {self.name} asks for")
        tests = [np.isin(np.asarray(columns[f]), list(values)) for f, values in self.when.items()]
        return np.logical_and.reduce(tests)


class RuleBook:
    """Rules by name, with all their versions.

    Examples
    --------
    >>> book = RuleBook()
    >>> book.put(Rule("rush", {"hour": [7, 8]}, then=2.0))
    1
    >>> book.put(Rule("rush", {"hour": [7, 8, 9]}, then=2.0))
    2
    >>> book.diff("rush", 1, 2)
    {'when': ({'hour': [7, 8]}, {'hour': [7, 8, 9]})}
    """

    def __init__(self) -> None:
        self._versions: dict[str, list[Rule]] = {}

    def put(self, rule: Rule) -> int:
        """Keep a rule, and return its version, from 1; one that says the same is no new version."""
        versions = self._versions.setdefault(rule.name, [])
        if not versions or versions[-1] != rule:
            versions.append(rule)
        return len(versions)

    def get(self, name: str, version: int | None = None) -> Rule:
        """Return a version of a rule, without a number the last one."""
        if name not in self._versions:
            raise ValueError(f"name must be among {', '.join(self._versions)}; got {name!r}")
        versions = self._versions[name]
        number = len(versions) if version is None else version
        if not 1 <= number <= len(versions):
            raise ValueError(f"version of {name} must be 1 to {len(versions)}, got {number}")
        return versions[number - 1]

    def diff(self, name: str, old: int, new: int) -> dict[str, tuple]:
        """Return what differs between two versions: for each part its old and its new content."""
        before, after = asdict(self.get(name, old)), asdict(self.get(name, new))
        return {part: (before[part], after[part]) for part in before if before[part] != after[part]}

    def flags(self, columns: Mapping[str, Sequence]) -> np.ndarray:
        """Return whether each rule fires, a row for each row of the columns, a column a rule."""
        return np.column_stack([self.get(name).fires(columns) for name in self._versions])

    def decide(self, columns: Mapping[str, Sequence], *, default: float) -> np.ndarray:
        """Return for each row what the rule with the highest priority says that fires.

        Raises
        ------
        ValueError
            If the book is empty, or if of the rules that fire on a row two share the highest
            priority and say different things.
        """
        rules = [self.get(name) for name in self._versions]
        if not rules:
            raise ValueError("the book must hold a rule before it can decide, got none")
        fires, then = self.flags(columns), np.array([float(rule.then) for rule in rules])
        priority = np.where(fires, [float(rule.priority) for rule in rules], -np.inf)
        heard = fires & (priority == priority.max(axis=1, keepdims=True))
        low = np.where(heard, then, np.inf).min(axis=1)
        high = np.where(heard, then, -np.inf).max(axis=1)
        conflict = np.flatnonzero(low < high)
        if len(conflict):
            names = [rule.name for rule, one in zip(rules, heard[conflict[0]], strict=True) if one]
            raise ValueError(
                f"{' and '.join(names)} fire on row {conflict[0]} with the same priority, and say "
                "different things"
            )
        return np.where(heard.any(axis=1), low, default)
