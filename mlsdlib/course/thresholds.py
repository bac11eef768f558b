"""Thresholds and their reasons, from `notebooks/claims.toml`: fixed before the first full run."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mlsdlib.course import paths
from mlsdlib.course.claim import describe_threshold
from mlsdlib.course.ids import check_id
from mlsdlib.course.sections import Section

_SIDES = ("above", "below", "between")
_KEYS = {*_SIDES, "reason", "seed", "timing", "changed"}


@dataclass(frozen=True)
class Threshold:
    """The threshold of one claim.

    `reason` says why this number matters in practice, `seed` what the seed varies, `timing`
    whether durations are compared, `changed` why the threshold is not the first one (or empty).
    """

    id: str
    side: str
    limit: float | list[float]
    reason: str
    seed: str
    timing: bool = False
    changed: str = ""

    @property
    def words(self) -> str:
        """The threshold in words, as `claim` stores it."""
        return describe_threshold(**{self.side: self.limit})


def load(folder: Path | None = None) -> dict[str, Threshold]:
    """Return every threshold, by claim id.

    Raises
    ------
    ValueError
        If an entry is not complete; the message names it.
    """
    file = (folder or paths.root()) / "notebooks" / "claims.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return {id: _threshold(id, entry) for id, entry in table.items()}


def _threshold(id: str, entry: dict[str, object]) -> Threshold:
    check_id("claim", id)
    if not isinstance(entry, dict):
        raise ValueError(f'claims.toml, {id}: must be a table ["{id}"], got {entry!r}')
    unknown = set(entry) - _KEYS
    sides = [side for side in _SIDES if side in entry]
    if unknown or len(sides) != 1:
        raise ValueError(
            f"claims.toml, {id}: takes one of above, below, between, and reason, seed, timing, "
            f"changed; got {', '.join(entry)}"
        )
    for key in ("reason", "seed"):
        if not str(entry.get(key, "")).strip():
            raise ValueError(f"claims.toml, {id}: {key} is missing")
    limit = entry[sides[0]]
    numbers = limit if sides[0] == "between" and isinstance(limit, list) else [limit]
    if len(numbers) != (2 if sides[0] == "between" else 1) or not all(map(_is_number, numbers)):
        takes = "two numbers" if sides[0] == "between" else "a number"
        raise ValueError(f"claims.toml, {id}: {sides[0]} takes {takes}, got {limit!r}")
    return Threshold(
        id=id,
        side=sides[0],
        limit=limit,
        reason=str(entry["reason"]),
        seed=str(entry["seed"]),
        timing=bool(entry.get("timing", False)),
        changed=str(entry.get("changed", "")),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True)
class Call:
    """One `claim(...)` call in a source, as far as it can be read without running it."""

    id: str
    threshold: str


def calls(section: Section) -> list[Call]:
    """Return the `claim(...)` calls of a section, in order.

    Raises
    ------
    ValueError
        If an id or a threshold is not a literal: what is fixed before measuring is typed.
    """
    code = "\n".join(cell.source for cell in section.cells if cell.kind == "code")
    return calls_in(code, section.source.name)


def calls_in(code: str, file: str) -> list[Call]:
    """Return the `claim(...)` calls in some code, in order; `file` names it in an error."""
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    nodes = [node for node in nodes if getattr(node.func, "id", "") == "claim"]
    return [_call(node, file) for node in sorted(nodes, key=lambda node: node.lineno)]


def _call(node: ast.Call, file: str) -> Call:
    try:
        id = ast.literal_eval(node.args[0])
        sides = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg in _SIDES}
    except (ValueError, IndexError):
        raise ValueError(
            f"{file}: a claim's id and threshold must be typed literally, got "
            f"{ast.unparse(node)[:80]}"
        ) from None
    return Call(id, describe_threshold(**sides) if len(sides) == 1 else "")
