"""`mlsd replicate`: whether the printed verdicts repeat over seeds that nobody chose."""

from __future__ import annotations

import csv
import datetime
import io
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mlsdlib.course import thresholds
from mlsdlib.course.claim import Claim
from mlsdlib.course.evidence import claims_of
from mlsdlib.course.jobs import Job, Result
from mlsdlib.course.plan import plan
from mlsdlib.course.sections import Section
from mlsdlib.course.store import Store
from mlsdlib.files import write_text

SHARE = 0.95
"""A printed verdict must repeat in this share of the seeds; the rest is all its opposite can be."""
DOUBT = 0.9
"""From this share on a verdict that does not always repeat is looked at again."""
SECOND = 3
"""The second look takes this many times the seeds of the first, none of them seen before."""
NONE = "none"
"""What a seed counts as whose notebook failed, or ended without the claim."""
OPPOSITE = {"holds": "fails", "fails": "holds"}
COLUMNS = ("claim", "printed", "seeds", "same", "opposite", "undecided", "outcome", "date", "on")

Over = Callable[[list[Section], dict[str, object]], list[Result]]


@dataclass(frozen=True)
class Look:
    """One claim over seeds: how often which verdict came out.

    `verdicts` holds one a seed, `NONE` for a seed without one: it counts as not repeating.
    `errors` are the notebooks that failed, in either look.
    """

    claim: str
    section: str
    printed: str
    varies: bool
    verdicts: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    second: bool = False

    @property
    def seeds(self) -> int:
        """Number of seeds that were run."""
        return len(self.verdicts)

    def count(self, verdict: str | None) -> int:
        """Return in how many seeds a verdict came out."""
        return sum(found == verdict for found in self.verdicts)

    @property
    def outcome(self) -> str:
        """One of repeats, in doubt, does not repeat, undecided (only listed), deterministic."""
        same = self.count(self.printed)
        if not self.varies:
            return "deterministic"
        if self.printed == "undecided":
            return "undecided"
        if same == self.seeds:
            return "repeats"
        if not self.second:
            return "in doubt" if same >= DOUBT * self.seeds else "does not repeat"
        return "repeats" if same >= SHARE * self.seeds else "does not repeat"

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the printed verdict."""
        return self.outcome in ("repeats", "undecided", "deterministic") and not self.errors


def jobs(
    sections: list[Section], parameters: dict[str, object], store: Store, **limits: float
) -> list[Job]:
    """Return the jobs of some sections over the seeds in `parameters`."""
    return plan(sections, parameters, store=store, **limits)


def replicate(sections: list[Section], seeds: int, over: Over) -> list[Look]:
    """Return one `Look` a claim; what is in doubt after the first is looked at a second time.

    Parameters
    ----------
    sections : list of Section
        Whose printed claims are asked.
    seeds : int
        How many seeds the first look takes, at least 2.
    over : callable
        ``over(sections, parameters)`` runs them and returns the results.

    Raises
    ------
    ValueError
        If `seeds` is below 2, or a notebook stores no claim or has no seed.
    """
    if seeds < 2:
        raise ValueError(f"seeds must be at least 2, got {seeds}")
    printed = {section.name: _printed(section) for section in sections}
    first = max((seed for _, seed in printed.values()), default=0) + 1
    looks = _look(sections, printed, range(first, first + seeds), over)
    doubtful = {look.section for look in looks if look.outcome == "in doubt"}
    if not doubtful:
        return looks
    fresh = range(first + seeds, first + seeds + SECOND * seeds)
    chosen = [section for section in sections if section.name in doubtful]
    again = {look.claim: look for look in _look(chosen, printed, fresh, over, second=True)}
    return [
        replace(again[k.claim], errors=k.errors + again[k.claim].errors)
        if k.outcome == "in doubt"
        else k
        for k in looks
    ]


def _printed(section: Section) -> tuple[list[Claim], int]:
    """Return the claims that the published notebook shows, and the seed it shows them for."""
    claims = claims_of(section.notebook)
    if not claims:
        raise ValueError(f"{section.notebook.name} stores no claim: run mlsd build")
    seed = claims[0].parameters.get("seed")
    if seed is None:
        raise ValueError(f"{section.notebook.name} has no parameter seed: nothing to repeat")
    return claims, int(seed)


def _look(
    sections: list[Section],
    printed: dict[str, tuple[list[Claim], int]],
    seeds: range,
    over: Over,
    *,
    second: bool = False,
) -> list[Look]:
    limits = thresholds.load(sections[0].source.parents[1]) if sections else {}
    results = over(sections, {"seed": seeds})
    looks = []
    for section in sections:
        mine = [result for result in results if result.job.section == section.name]
        errors = tuple(f"{r.output}: {r.error}" for r in mine if not r.ok)
        for claim in printed[section.name][0]:
            found = [_verdict(result, claim.id) for result in mine]
            known = limits.get(claim.id)
            varies = known is None or not known.seed.startswith("nothing")
            facts = (claim.id, section.name, claim.verdict, varies, tuple(found), errors, second)
            looks.append(Look(*facts))
    return looks


def _verdict(result: Result, claim: str) -> str:
    return next((c.verdict for c in result.claims if c.id == claim), NONE)


def rows(looks: Iterable[Look]) -> list[dict[str, object]]:
    """Return the looks as rows with `COLUMNS`, dated and with the system they ran on."""
    today = datetime.date.today().isoformat()
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return [
        {
            "claim": look.claim,
            "printed": look.printed,
            "seeds": look.seeds,
            "same": look.count(look.printed),
            "opposite": look.count(OPPOSITE.get(look.printed)),
            "undecided": look.count("undecided"),
            "outcome": look.outcome,
            "date": today,
            "on": system,
        }
        for look in looks
    ]


def record(looks: Iterable[Look], file: Path) -> None:
    """Keep the looks in a CSV file; claims that were not asked this time keep their rows."""
    kept = {row["claim"]: row for row in _read(file)}
    kept |= {row["claim"]: row for row in rows(looks)}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept[claim] for claim in sorted(kept, key=_order))
    write_text(file, text.getvalue())


def _read(file: Path) -> list[dict[str, object]]:
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _order(claim: str) -> tuple[tuple[int, ...], str]:
    number, _, last = claim.rpartition("-")
    digits = last.rstrip("abcdefghijklmnopqrstuvwxyz")
    return (*(int(part) for part in number.split(".")), int(digits)), last


def print_table(looks: Iterable[Look]) -> None:
    """Print the looks on the terminal."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title="Replication", title_justify="left")
    for name in COLUMNS[:-2]:
        shown.add_column(name)
    colours = {"repeats": "green", "does not repeat": "red", "undecided": "yellow"}
    for row in rows(looks):
        colour = colours.get(row["outcome"], "white")
        outcome = f"[{colour}]{row['outcome']}[/]"
        shown.add_row(*(str(row[name]) for name in COLUMNS[:-3]), outcome)
    Console().print(shown)
