"""The report as a page of its own: figures, the most frequent reasons, and what is not graded."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from mlsdlib.course.classroom import gradebook, report_figures
from mlsdlib.course.classroom.clean import listed
from mlsdlib.course.classroom.marking import GRADER_ERROR
from mlsdlib.course.classroom.page import page
from mlsdlib.course.classroom.report import Summary, last_attempts, many, summaries
from mlsdlib.course.figure import picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_REASONS, _MOST_NAMED, _MOST_LETTERS = 20, 20, 300
_STYLE = """\
body { max-width: 58rem; } section { margin: 2.5rem 0; } figure { margin: 0; overflow-x: auto; }
img { width: 100%; min-width: 40rem; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: bold; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
         border-bottom: 1px solid #bbb; }
th { white-space: nowrap; } td { min-width: 4.5rem; } td:nth-last-child(2) { min-width: 8.5rem; }
.open { border-left: 6px solid #b35c00; padding-left: 1rem; }
"""


def as_html(rows: Sequence[Mapping[str, str]]) -> str:
    """Return the report as an HTML page; see `as_text`.

    Parameters
    ----------
    rows : sequence of mapping
        The rows of a table that `mlsd grade` has written, as texts.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> row = {"student": "anna", "exercise": "4.1-e1", "points": "0.5", "of": "1.0",
    ...        "outcome": "not yet", "kind": "random case", "why": "The weights must sum to 1."}
    >>> made = as_html([row])
    >>> "<td>The weights must sum to 1.</td>" in made, made.count("<img")
    (True, 4)
    """
    if not rows:
        raise ValueError("rows must hold a row for each student and exercise, got none")
    graded = [row for row in rows if row["outcome"] != GRADER_ERROR]
    found = summaries(rows)
    parts = [
        _said(rows, found),
        _not_graded(rows),
        _section("Outcomes", _figure(*report_figures.outcomes(found))),
        _failing(summaries(graded)),
        _stopped(rows, graded),
        _totals(rows),
    ]
    return page("How the class did", "\n".join(filter(None, parts)), style=_STYLE, images=True)


def _said(rows: Sequence[Mapping[str, str]], found: Sequence[Summary]) -> str:
    students = len({row["student"] for row in rows})
    right, graded = sum(one.right for one in found), sum(one.graded for one in found)
    return (
        f"<p>{many(students, 'student')}, {many(len(found), 'exercise')}. Of "
        f"{many(graded, 'answer')} that are graded {right:,} are right.</p>"
    )


def _not_graded(rows: Sequence[Mapping[str, str]]) -> str:
    """Return what the grader has failed at, by name."""
    open_ = [row for row in rows if row["outcome"] == GRADER_ERROR]
    if not open_:
        return ""
    students: dict[tuple[str, str], list[str]] = {}
    for row in open_:
        students.setdefault((row["exercise"], row["why"]), []).append(row["student"])
    groups = sorted(students.items(), key=lambda item: -len(item[1]))[:_MOST_REASONS]
    return _section(
        "Not graded",
        f"<p>The grader itself failed on {many(len(open_), 'answer')}. Nothing here counts that as "
        "wrong, and there are no points until it is graded or you set them. Once the reason is "
        "mended, the same <code>mlsd grade</code> goes on with it.</p>",
        _table(
            ("Exercise", "Reason", "Students"),
            [(name, _short(why), listed(who, _MOST_NAMED)) for (name, why), who in groups],
        ),
        kind="open",
    )


def _failing(found: Sequence[Summary]) -> str:
    failures = [(one.exercise, *failure) for one in found for failure in one.failures]
    if not failures:
        return _section("Failing cases", "<p>Nothing that was attempted has failed.</p>")
    failures.sort(key=lambda failure: -failure[3])
    reasons = [
        (f"{count:,}", exercise, kind, _short(why))
        for exercise, kind, why, count in failures[:_MOST_REASONS]
    ]
    return _section(
        "Failing cases",
        _figure(*report_figures.failing(found)),
        _table(("Students", "Exercise", "Case", "Reason"), reasons, "The most frequent reasons"),
        "<p>The input of each case, what was expected and what came out stand in the table that "
        "<code>mlsd grade</code> has written.</p>",
    )


def _stopped(rows: Sequence[Mapping[str, str]], graded: Sequence[Mapping[str, str]]) -> str:
    # Of a student of whom nothing could be graded, nobody knows what was attempted.
    known = {row["student"] for row in graded}
    if not known:
        return ""
    last = last_attempts([row for row in rows if row["student"] in known])
    exercises = list(dict.fromkeys(row["exercise"] for row in rows))
    return _section("How far students got", _figure(*report_figures.stopped(last, exercises)))


def _totals(rows: Sequence[Mapping[str, str]]) -> str:
    sums, open_ = gradebook.sums(rows)
    left_out = f"<p>Left out, since not graded to the end: {many(len(open_), 'student')}.</p>"
    figure = ""
    if sums:
        most = Counter()
        for row in rows:
            most[row["student"]] += float(row["of"])
        figure = _figure(*report_figures.totals(list(sums.values()), max(most.values())))
    return _section("Total points", figure, left_out if open_ else "")


def _section(heading: str, *parts: str, kind: str = "") -> str:
    about = f' class="{kind}"' if kind else ""
    inside = "\n".join(filter(None, parts))
    return f"<section{about}>\n<h2>{heading}</h2>\n{inside}\n</section>"


def _figure(fig: Figure, alt: str) -> str:
    """Return a figure with its alt text, and close it."""
    from matplotlib import pyplot

    data, _ = picture(fig, alt)
    pyplot.close(fig)
    source = f"data:image/png;base64,{data['image/png']}"
    return f'<figure><img src="{source}" alt="{html.escape(alt)}"></figure>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    def line(tag: str, texts: Sequence[str]) -> str:
        cells = (f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)
        return f"<tr>{''.join(cells)}</tr>"

    about = f"<caption>{caption}</caption>\n" if caption else ""
    body = "\n".join(line("td", row) for row in rows)
    return f"<table>\n{about}{line('th', head)}\n{body}\n</table>"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
