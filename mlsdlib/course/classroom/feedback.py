"""What a student gets back: a page that teaches, and shows no hidden input."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence

from mlsdlib.course.classroom.marking import CORRECT, GRADER_ERROR
from mlsdlib.course.classroom.page import page
from mlsdlib.course.classroom.report import many
from mlsdlib.course.exercises.base import Exercise

_SAID = {
    CORRECT: "Right on every case",
    "not yet": "Not right on every case yet",
    "raised an error": "It raised an error",
    "not attempted": "Not attempted: the function still returns TODO",
    "missing": "Not found in what you handed in",
    "broken cell": "It could not be run as it is",
    "stopped": "It was stopped",
    GRADER_ERROR: "Not graded yet: something is wrong on our side, not on yours",
}
_FAILED = ("not yet", "raised an error", "stopped")
_CASES = (
    "Somebody has picked the chosen cases by hand, since each teaches something: an edge, a tie, "
    "nothing at all. The random cases are drawn once, the same for the whole class. No input is "
    "shown; to find what goes wrong, try your function on small inputs that you can work out by "
    "hand."
)
_HASHED = re.compile(r"-[0-9a-f]{16}$")
_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d")  # on Windows, with any ending
_STYLE = """\
article { border: 1px solid #bbb; border-left: 6px solid #b35c00; border-radius: 4px;
          padding: .5rem 1rem; margin: 1rem 0; }
article.right { border-left-color: #00689d; }
article.open { border-left-color: #777; }
article p { margin: .5rem 0; }
article h2 { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between;
             margin: .2rem 0; }
.points { font-weight: normal; }
.cases { font-size: .9rem; }
"""


def page_name(student: str) -> str:
    """Return the name of a student's pages, without ending: safe in any file system, no two alike.

    Examples
    --------
    >>> page_name("anna"), page_name("../anna")
    ('anna', 'anna-ec02c72411b3cc9e')
    """
    plain = re.sub(r"[^a-z0-9_-]+", "-", student.lower()).strip("-")[:60]
    if plain == student and not (_HASHED.search(plain) or _RESERVED.fullmatch(plain)):
        return plain
    digest = hashlib.sha256(student.encode("utf-8", errors="surrogatepass")).hexdigest()
    return f"{plain or 'student'}-{digest[:16]}"


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
        said, *more = map(_md, _texts(row, exercise))
        lines += [f"**{said}**\n", *(f"{text}\n" for text in more)]
    if _names_cases(rows):
        lines += ["---\n", _md(_CASES)]
    return "\n".join(lines).rstrip() + "\n"


def as_html(
    student: str, rows: Sequence[Mapping[str, object]], exercises: Mapping[str, Exercise]
) -> str:
    """Return a student's feedback as a page of its own; see `as_markdown`."""
    parts = [f"<p>{html.escape(_sum(rows))}</p>"]
    for row in rows:
        exercise = exercises[str(row["exercise"])]
        said, *more = map(html.escape, _texts(row, exercise))
        texts = "".join(f"\n<p>{text}</p>" for text in (f"<strong>{said}</strong>", *more))
        kind = {CORRECT: ' class="right"', GRADER_ERROR: ' class="open"'}.get(row["outcome"], "")
        parts.append(
            f"<article{kind}>\n"
            f"<h2><span>Exercise {exercise.id}, <code>{html.escape(exercise.name)}</code></span> "
            f'<span class="points">{html.escape(_points(row))}</span></h2>{texts}\n</article>'
        )
    if _names_cases(rows):
        parts.append(f'<p class="cases">{_CASES}</p>')
    return page(f"Feedback for {student}", "\n".join(parts), style=_STYLE)


def _texts(row: Mapping[str, object], exercise: Exercise) -> list[str]:
    """Return what is said of one exercise, a paragraph each, the verdict first."""
    outcome, why = str(row["outcome"]), str(row["why"])
    said = _SAID[outcome]
    if why and outcome in ("raised an error", "missing", "broken cell", "stopped"):
        said = f"{said}: {why}"
    texts = [said if said.endswith((".", "!", "?")) else f"{said}."]
    if outcome == CORRECT:
        texts.append(exercise.note)
    if outcome in _FAILED:
        passed = f"It passed {row['passed']} of {row['cases']} cases"
        if 0 < row["drawn"] < row["cases"]:
            passed += f", {row['drawn_passed']} of the {row['drawn']} random ones"
        texts.append(f"{passed}; the first one that fails: {row['kind']}.")
    if outcome == "not yet":
        texts.append(why)
    if outcome in ("not yet", "not attempted"):
        texts.append(f"A hint: {exercise.hints[0]}")
    if row["override"]:
        texts.append(f"Your instructor has set the points: {row['override']}.")
    return [text for text in texts if text]


def _points(row: Mapping[str, object]) -> str:
    given = "no points yet," if row["points"] == "" else f"{row['points']:g}"
    return f"{given} of {row['of']:g} point{'' if row['of'] == 1 else 's'}"


def _sum(rows: Sequence[Mapping[str, object]]) -> str:
    """Return what is said of all exercises together."""
    points = sum(row["points"] for row in rows if row["points"] != "")
    right = sum(row["outcome"] == CORRECT for row in rows)
    said = f"{points:g} of {sum(row['of'] for row in rows):g} points; "
    said += f"{right} of {many(len(rows), 'exercise')} right."
    if any(row["points"] == "" for row in rows):
        said += " More may come: what has no points yet is still to be graded."
    if rows[0]["late"]:
        said += f" It came late: points count {rows[0]['late']}, unless your instructor set them."
    return said


def _names_cases(rows: Sequence[Mapping[str, object]]) -> bool:
    """Return whether a chosen or a random case is named."""
    kinds = (str(row["kind"]) for row in rows if row["outcome"] in _FAILED)
    return any(kind.startswith(("chosen case", "random case")) for kind in kinds)


def _md(text: str) -> str:
    """Return a text in which Markdown and HTML find nothing to act on, in one line."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>#|!$~])", r"\\\1", line)
