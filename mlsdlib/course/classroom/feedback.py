"""What a student gets back: a page that teaches, and shows no hidden input."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence

from mlsdlib.course.classroom.marking import CORRECT
from mlsdlib.course.exercises.base import Exercise

_SAID = {
    CORRECT: "Right on every case.",
    "not yet": "Not right on every case yet.",
    "raised an error": "It raised an error.",
    "not attempted": "Not attempted: the function still returns TODO.",
    "missing": "Not found in what you handed in.",
    "broken cell": "The cell is not Python, so it could not be read.",
    "stopped": "It was stopped.",
    "grader error": "Not graded yet: something is wrong on our side, not on yours.",
}
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
article { border: 1px solid #bbb; border-left: 6px solid #b35c00; border-radius: 4px;
          padding: .5rem 1rem; margin: 1rem 0; }
article.right { border-left-color: #00689d; }
h2 { font-size: 1.1rem; margin: .2rem 0; } .points { float: right; }
code { background: #f2f2f2; padding: 0 .2rem; }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #16181a; }
  code { background: #2b2f33; } article { border-color: #555; } }
"""


def page_name(student: str) -> str:
    """Return the name of a student's pages, without ending: safe in any file system.

    Examples
    --------
    >>> page_name("anna"), page_name("../anna")
    ('anna', 'anna-ec02c724')
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", student).strip("-")[:60]
    if plain == student:
        return plain
    return f"{plain or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def as_markdown(
    student: str, rows: Sequence[Mapping[str, object]], exercises: Mapping[str, Exercise]
) -> str:
    """Return a student's feedback as Markdown.

    Parameters
    ----------
    student : str
        Whose it is.
    rows : sequence of mapping
        The student's rows of the table.
    exercises : mapping
        The exercises by id, for their names and hints.
    """
    lines = [f"# Feedback for {_md(student)}", "", _md(_sum(rows)), ""]
    for row in rows:
        exercise = exercises[str(row["exercise"])]
        lines += [f"## Exercise {exercise.id}, `{exercise.name}`: {_points(row)}", ""]
        lines += [f"{_md(text)}\n" for text in _texts(row, exercise)]
    return "\n".join(lines).rstrip() + "\n"


def as_html(
    student: str, rows: Sequence[Mapping[str, object]], exercises: Mapping[str, Exercise]
) -> str:
    """Return a student's feedback as a page of its own; see `as_markdown`."""
    parts = []
    for row in rows:
        exercise = exercises[str(row["exercise"])]
        texts = "\n".join(f"<p>{html.escape(text)}</p>" for text in _texts(row, exercise))
        right = ' class="right"' if row["outcome"] == CORRECT else ""
        parts.append(
            f'<article{right}>\n<p class="points">{html.escape(_points(row))}</p>\n'
            f"<h2>Exercise {exercise.id}, <code>{html.escape(exercise.name)}</code></h2>\n"
            f"{texts}\n</article>"
        )
    title = f"Feedback for {html.escape(student)}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # A page made of what students wrote runs nothing and loads nothing.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<p>{html.escape(_sum(rows))}</p>\n" + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )  # fmt: skip


def _texts(row: Mapping[str, object], exercise: Exercise) -> list[str]:
    """Return what is said of one exercise, a paragraph each."""
    outcome = str(row["outcome"])
    texts = [_SAID[outcome]]
    if outcome == CORRECT:
        return [*texts, exercise.note]
    if row["override"]:
        texts.append(f"The points were set by your instructor: {row['override']}.")
    if outcome == "grader error":
        return texts
    if row["cases"] and outcome in ("not yet", "raised an error", "stopped"):
        texts.append(f"It passed {row['passed']} of {row['cases']} cases.")
        texts.append(f"The first one that fails: {row['kind']}.")
    if row["why"] and outcome != "not attempted":
        texts.append(str(row["why"]))
    if outcome in ("not yet", "not attempted"):
        texts.append(f"A hint: {exercise.hints[0]}")
    return [text for text in texts if text]


def _points(row: Mapping[str, object]) -> str:
    given = "no points yet" if row["points"] == "" else f"{row['points']:g}"
    late = f", {row['late']} for the time" if row["late"] else ""
    return f"{given} of {row['of']:g} points{late}"


def _sum(rows: Sequence[Mapping[str, object]]) -> str:
    points = sum(row["points"] for row in rows if row["points"] != "")
    return f"{points:g} of {sum(row['of'] for row in rows):g} points."


def _md(text: str) -> str:
    """Return a text in which Markdown and HTML find nothing to act on, in one line."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>#|!$~])", r"\\\1", line)
