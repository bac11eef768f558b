"""One claim of a sweep over one parameter: where its verdict changes, and that in words."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

WIDE = 30
"""Positive numbers that span more than this factor are laid out on a logarithmic axis."""
_LONG = 6
_VERBS = {
    "holds": "holds",
    "fails": "fails",
    "undecided": "is undecided",
    "mixed": "is mixed over seeds",
    "depends": "depends on {others}",
}


@dataclass(frozen=True)
class Axis:
    """The parameter that a claim is shown over: its values in order, and how they are laid out.

    `kind` is ``"log"``, ``"linear"``, or ``"category"``: one place a value, all equally far apart.
    """

    name: str
    values: tuple[object, ...]
    kind: str

    @classmethod
    def of(cls, name: str, found: Iterable[object]) -> Axis:
        """Return the axis for the values found, in whatever order and number they come.

        Examples
        --------
        >>> Axis.of("n_rows", [10_000, 100, 100])
        Axis(name='n_rows', values=(100, 10000), kind='log')
        """
        values = tuple(dict.fromkeys(found))
        if any(isinstance(value, str) for value in values):
            return cls(name, values, "category")  # choices stay in the order they were asked
        values = tuple(sorted(values))
        # A seed is a name that looks like a number: 7 is not further from 3 than 4 is.
        if name == "seed" or any(isinstance(value, bool) for value in values):
            return cls(name, values, "category")
        wide = values[0] > 0 and values[-1] / values[0] > WIDE
        return cls(name, values, "log" if wide else "linear")

    def place(self, value: object) -> float:
        """Return where a value lies: its logarithm on a log axis, its rank among categories."""
        if self.kind == "category":
            return float(self.values.index(value))
        return math.log10(value) if self.kind == "log" else float(value)

    def coordinate(self, place: float) -> float:
        """Return what matplotlib is given for a place."""
        return 10**place if self.kind == "log" else place


@dataclass(frozen=True)
class Panel:
    """The rows of one claim, sorted for a figure.

    `lines` holds, for each combination of the `others` that vary, the rows at each value of the
    axis, one a seed; its key is the combination in words.
    """

    claim: str
    axis: Axis
    others: tuple[str, ...]
    lines: dict[str, dict[object, list[dict[str, object]]]]
    text: str
    unit: str
    thresholds: tuple[str, ...]

    @classmethod
    def of(cls, rows: pd.DataFrame, parameters: Sequence[str], over: str | None = None) -> Panel:
        """Return the panel of one claim's rows; `over` names the parameter of the axis.

        Raises
        ------
        ValueError
            If the claim has no parameter `over`.
        """
        claim = rows["claim"].iloc[0]
        known = [name for name in parameters if rows[name].notna().any()]
        if over is not None and over not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"over must be a parameter of claim {claim} ({listed}), got {over!r}")
        varying = [name for name in known if rows[name].nunique() > 1]
        free = [name for name in varying if name != "seed"]
        name = over or (free or varying or known or ["section"])[0]
        others = tuple(other for other in free if other != name)
        rows = rows[rows[name].notna()]
        if "seed" in known:
            rows = rows.sort_values("seed", kind="stable")  # the others stay in the order asked
        lines: dict[str, dict[object, list[dict[str, object]]]] = {}
        for row in rows.to_dict("records"):
            points = lines.setdefault(", ".join(f"{o} = {plain(row[o])}" for o in others), {})
            points.setdefault(row[name], []).append(row)
        return cls(
            claim=claim,
            axis=Axis.of(name, (x for points in lines.values() for x in points)),
            others=others,
            lines=lines,
            text=_common_words(rows["text"].unique()),
            unit=rows["unit"].iloc[0],
            thresholds=tuple(rows["threshold"].unique()),
        )

    @property
    def rows(self) -> list[dict[str, object]]:
        """All rows, line by line."""
        return [row for line in self.lines.values() for cell in line.values() for row in cell]

    @property
    def repeats(self) -> int:
        """The most rows, one a seed, that stand at one value of a line."""
        return max(len(cell) for points in self.lines.values() for cell in points.values())

    def changes(self, line: str) -> list[tuple[object, object]]:
        """Return the neighbouring values of the axis between which a line's verdict changes.

        Where the verdicts at one value are mixed, it changes towards both neighbours. Seeds have
        no neighbours.
        """
        found = {x: _verdicts(cell) for x, cell in self.lines[line].items()}
        along = [x for x in self.axis.values if x in found] if self.axis.name != "seed" else []
        return [(a, b) for a, b in itertools.pairwise(along) if len(found[a] | found[b]) > 1]

    def state(self, x: object) -> str:
        """Return the verdict at a value; ``"mixed"`` over seeds, or ``"depends"`` on the others."""
        cells = [_verdicts(points[x]) for points in self.lines.values() if x in points]
        if any(len(verdicts) > 1 for verdicts in cells):
            return "mixed"
        (first, *rest) = cells
        return "depends" if any(verdicts != first for verdicts in rest) else next(iter(first))

    @property
    def finding(self) -> str:
        """What the data say of the claim, as the title of a figure."""
        name, values = self.axis.name, self.axis.values
        if len(self.lines) == 1 and (name == "seed" or len(values) == 1):
            return f"{self.claim} {self._over_seeds()}"
        where: dict[str, list[object]] = {state: [] for state in _VERBS}
        for x in values:
            where[self.state(x)].append(x)
        parts: list[str] = []
        for state, found in where.items():
            if found:
                start = "" if parts else f"{name} = "  # named once
                verb = _VERBS[state].format(others=_and(self.others))
                parts.append(f"{verb} for {self._listed(found, start)}")
        return f"{self.claim} {', '.join(parts)}"

    def _over_seeds(self) -> str:
        counts = Counter(row["verdict"] for row in self.rows)
        if len(counts) == 1:
            (verdict,) = counts
            return _VERBS[verdict] + (f" in each of {counts.total()} seeds" * (counts.total() > 1))
        first, *rest = [(_VERBS[v], counts[v]) for v in _VERBS if v in counts]
        start = f"{first[0]} in {first[1]} of {counts.total()} seeds"
        return ", ".join([start, *(f"{verb} in {count}" for verb, count in rest)])

    def _listed(self, found: list[object], start: str) -> str:
        """Return some values of the axis in words; of three neighbours only the outer two."""
        name, values = self.axis.name, self.axis.values
        if len(found) == len(values) > 1:
            count = "both" if len(values) == 2 else f"all {len(values)}"
            return f"{count} values of {name}"
        words = [plain(x) for x in found]
        if self.axis.kind != "category":
            words = [word for run in _runs(found, values) for word in _outer(run)]
        if len(words) > _LONG:
            return f"{len(found)} of {len(values)}" + (f" values of {name}" if start else "")
        return f"{start}{_and(words)}"


def plain(value: object) -> str:
    """Return a parameter's value as a reader writes it.

    Examples
    --------
    >>> plain(300_000), plain(0.05), plain(2.0), plain(True)
    ('300,000', '0.05', '2', 'True')
    """
    return f"{value:,.12g}" if not isinstance(value, (bool, str)) else str(value)


def _verdicts(cell: list[dict[str, object]]) -> set[object]:
    return {row["verdict"] for row in cell}


def _runs(found: list[object], values: Sequence[object]) -> list[list[object]]:
    """Return the values found in runs of neighbours."""
    runs: list[list[object]] = []
    for x in found:
        if runs and values.index(x) == values.index(runs[-1][-1]) + 1:
            runs[-1].append(x)
        else:
            runs.append([x])
    return runs


def _outer(run: list[object]) -> list[str]:
    return [f"{plain(run[0])} to {plain(run[-1])}"] if len(run) > 2 else [plain(x) for x in run]


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _common_words(texts: Sequence[str]) -> str:
    """Return what the texts of a claim share; a notebook may name its parameters in them.

    Examples
    --------
    >>> _common_words(["Of 10 rows one is lost", "Of 9,000 rows one is lost"])
    'Of … rows one is lost'
    """
    split = [text.split() for text in texts]
    if len({len(words) for words in split}) == 1:
        return " ".join(same[0] if len({*same}) == 1 else "…" for same in zip(*split, strict=True))
    start = _shared(split)
    end = _shared([words[len(start) :][::-1] for words in split])[::-1]
    return " ".join([*start, "…", *end])


def _shared(split: list[list[str]]) -> list[str]:
    """Return the words with which all begin."""
    columns = itertools.takewhile(lambda same: len({*same}) == 1, zip(*split, strict=False))
    return [same[0] for same in columns]
