"""The claims of executed notebooks: `mlsd evidence` as one table, `EVIDENCE.md` by sections."""

from __future__ import annotations

import csv
import html
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.course import thresholds
from mlsdlib.course.claim import Claim, claim_from
from mlsdlib.course.jobs import claim_facts

if TYPE_CHECKING:
    import pandas as pd

    from mlsdlib.course.sections import Section

COLUMNS = ("notebook", "claim", "verdict", "text", "value", "low", "high", "unit", "method", "n")


def claims_of(file: Path) -> list[Claim]:
    """Return the claims stored in the outputs of an executed notebook.

    Raises
    ------
    ValueError
        If the file is not a notebook.
    """
    try:
        facts = claim_facts(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise ValueError(f"{file} is not a notebook: {err!r}") from err
    return [claim_from(fact) for fact in facts]


def table(notebooks: Iterable[tuple[str, Iterable[Claim]]]) -> pd.DataFrame:
    """Return one row a claim: verdict, value, interval, threshold with its reason, parameters.

    Parameters
    ----------
    notebooks : iterable of (name, claims)
        Executed notebooks; `claims_of` reads the claims of one.
    """
    import pandas as pd

    try:
        reasons = thresholds.load()
    except FileNotFoundError:  # outside a checkout there are no reasons to show
        reasons = {}
    rows = []
    for name, claims in notebooks:
        for claim in claims:
            known = reasons.get(claim.id)
            rows.append(
                {
                    "notebook": name,
                    "claim": claim.id,
                    "verdict": claim.verdict,
                    "text": claim.text,
                    "value": claim.value,
                    "low": claim.low,
                    "high": claim.high,
                    "unit": claim.unit,
                    "method": claim.method,
                    "n": claim.n,
                    "threshold": claim.threshold,
                    "reason": known.reason if known else "",
                    "changed": known.changed if known else "",
                    "measured": claim.measured,
                    "parameters": ", ".join(f"{k}={v}" for k, v in claim.parameters.items()),
                }
            )
    columns = [*COLUMNS, "threshold", "reason", "changed", "measured", "parameters"]
    return pd.DataFrame(rows, columns=columns)


_HEAD = """\
# Evidence

Every claim of the course as its notebook in `notebooks/` prints it, with seed 0. `mlsd build`
writes this file from the stored outputs, `mlsd build --check` finds whether it is up to date.

*Seeds* says for how many other seeds the verdict was the same, from `docs/replication.csv`, where
the day and the machine stand too.
"""


def course_evidence(sections: Sequence[Section], replication: Path) -> str:
    """Return the text of `EVIDENCE.md`: for each section its claims, and how often they repeat.

    Parameters
    ----------
    sections : sequence of Section
        Their stored notebooks are read; one that is not built has no claims.
    replication : Path
        The CSV file that `mlsd replicate --record` keeps; it need not be there.
    """
    frame = table((s.title, claims_of(s.notebook)) for s in sections if s.notebook.exists())
    verdicts, repeats = Counter(frame["verdict"]), _repeats(replication)
    keys = zip(frame["claim"], frame["verdict"], strict=True)
    frame["seeds"] = [repeats.get(key, "") for key in keys]
    parts = []
    for title, claims in frame.groupby("notebook", sort=False):
        parts += [f"## {title}\n", to_markdown(claims, {"seeds": "seeds"})]
    counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items()))
    return "\n".join([_HEAD, f"{verdicts.total()} claims: {counts or 'none'}.\n", *parts])


def _repeats(replication: Path) -> Mapping[tuple[str, str], str]:
    """Return for each claim and verdict how many seeds agreed with it."""
    if not replication.exists():
        return {}
    with replication.open(encoding="utf-8", newline="") as file:
        return {
            (row["claim"], row["printed"]): f"{row['same']} of {row['seeds']}"
            for row in csv.DictReader(file)
        }


_SHOWN = {
    "claim": "claim",
    "verdict": "verdict",
    "measured": "value [95 % interval]",
    "threshold": "claimed",
    "text": "text",
}


def _shown(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns to show; the parameters only where a claim was run with several."""
    if frame["claim"].is_unique:
        return _SHOWN
    return {"claim": "claim", "parameters": "parameters"} | _SHOWN


def to_markdown(frame: pd.DataFrame, more: Mapping[str, str] | None = None) -> str:
    """Return the evidence as a Markdown table, thresholds with their reasons.

    `more` names further columns of the frame, and how to head them.
    """
    columns = _shown(frame) | (more or {})
    names = [*columns.values(), "why this threshold"]
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for row in frame.to_dict("records"):
        cells = [*(str(row[column]) for column in columns), _reason(row)]
        lines.append("| " + " | ".join(_one_line(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def to_html(frame: pd.DataFrame) -> str:
    """Return the evidence as an HTML table, thresholds with their reasons."""
    columns = _shown(frame)
    names = [*columns.values(), "why this threshold"]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape(str(row[column]))}</td>" for column in columns)
        + f"<td>{html.escape(_reason(row))}</td></tr>\n"
        for row in frame.to_dict("records")
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def print_table(frame: pd.DataFrame) -> None:
    """Print the evidence on the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    colours = {"holds": "green", "fails": "red", "undecided": "yellow"}
    shown = Table(title="Evidence", title_justify="left", show_lines=False)
    columns = _shown(frame)
    for name in columns.values():
        shown.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        cells = {column: escape(str(row[column])) for column in columns}
        cells["verdict"] = f"[{colours[row['verdict']]}]{row['verdict']}[/]"
        shown.add_row(*cells.values())
    console = Console()
    if not console.is_terminal:  # a log has no width of its own; 80 columns break every cell
        console = Console(width=140)
    console.print(shown)


def _one_line(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")


def _reason(row: dict[str, object]) -> str:
    return f"{row['reason']} Changed: {row['changed']}" if row["changed"] else str(row["reason"])
