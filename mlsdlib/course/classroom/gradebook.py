"""The tables: a row a student and exercise, a row a student, and what a platform takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlsdlib.course.classroom.clean import as_cell, clean
from mlsdlib.course.classroom.marking import GRADER_ERROR, Mark
from mlsdlib.course.classroom.policy import Policy
from mlsdlib.files import write_text

COLUMNS = (
    "student", "exercise", "points", "of", "outcome", "passed", "cases", "drawn_passed", "drawn",
    "kind", "why", "late", "override", "input", "expected", "got",
)  # fmt: skip
READ = COLUMNS[:9]
"""What is read from a table again; an instructor may cut off the rest."""
TOTALS = ("student", "points", "of", "late", "ungraded", "notes")


@dataclass(frozen=True)
class Graded:
    """One student's marks, with when the submission was made and what was odd about it."""

    student: str
    marks: tuple[Mark, ...]
    at: datetime | None = None
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the grader has done its part for every exercise."""
        return all(mark.outcome != GRADER_ERROR for mark in self.marks)


def rows(graded: Iterable[Graded], policy: Policy) -> list[dict[str, object]]:
    """Return the rows of the table: a pure function of marks and policy, with clean texts only."""
    made = []
    for one in graded:
        factor = policy.factor(one.student, one.at)
        for mark in one.marks:
            override = policy.overrides.get((one.student, mark.exercise))
            points = policy.earned(one.student, mark, one.at)
            made.append(
                {
                    "student": one.student,
                    "exercise": mark.exercise,
                    "points": "" if points is None else points,
                    "of": policy.most(mark.exercise),
                    "outcome": mark.outcome,
                    "passed": mark.passed,
                    "cases": mark.cases,
                    "drawn_passed": mark.drawn_passed,
                    "drawn": mark.drawn,
                    "kind": clean(mark.kind),
                    "why": clean(mark.why),
                    "late": "" if factor == 1 else f"x {factor:g}",
                    "override": "" if override is None else clean(override.reason) or "by hand",
                    "input": clean(mark.input),
                    "expected": clean(mark.expected),
                    "got": clean(mark.got),
                }
            )
    return made


def totals(
    table: Sequence[Mapping[str, object]], notes: Mapping[str, Sequence[str]]
) -> list[dict[str, object]]:
    """Return a row a student: the sum, and how many exercises have no points yet."""
    made: dict[str, dict[str, object]] = {}
    for row in table:
        student = str(row["student"])
        entry = made.setdefault(
            student, {"student": student, "points": 0.0, "of": 0.0, "late": row["late"],
                      "ungraded": 0, "notes": "; ".join(notes.get(student, ()))},
        )  # fmt: skip
        entry["of"] = round(entry["of"] + row["of"], 4)
        if row["points"] == "":
            entry["ungraded"] += 1
        else:
            entry["points"] = round(entry["points"] + row["points"], 4)
    return list(made.values())


def sums(table: Sequence[Mapping[str, str]]) -> tuple[dict[str, float], list[str]]:
    """Return the points by student, and the students who are not graded to the end.

    Parameters
    ----------
    table : sequence of mapping
        The rows of a table, read from a file.

    Examples
    --------
    >>> anna = {"student": "anna", "points": "1.5"}
    >>> sums([anna, anna, {"student": "ben", "points": ""}])
    ({'anna': 3.0}, ['ben'])
    """
    open_ = {row["student"] for row in table if row["points"] == ""}
    made: dict[str, float] = {}
    for row in table:
        if row["student"] not in open_:
            so_far = made.get(row["student"], 0.0)
            made[row["student"]] = round(so_far + float(row["points"]), 4)
    return made, sorted(open_)


def write(file: Path, table: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Write a table as CSV, whole or not at all."""
    write_text(file, to_csv(table, columns))


def to_csv(table: Sequence[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Return a table as CSV in which no cell is a formula, whatever a student has written.

    Examples
    --------
    >>> print(to_csv([{"a": "=1+1", "b": -2.5}], ["a", "b"]))
    a,b
    '=1+1,-2.5
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in table:
        writer.writerow({n: as_cell(v) if isinstance(v, str) else v for n, v in row.items()})
    return stream.getvalue()


def fill(
    roster: str, points: Mapping[str, float], *, key: str, column: str
) -> tuple[str, list[str], list[str]]:
    r"""Return a platform's own list of students with their points filled in.

    With it come the students whom the list lacks, and those whose old points were taken out, since
    the table has none.

    Parameters
    ----------
    roster : str
        The CSV that the platform exports.
    points : mapping
        Points by student.
    key : str
        The column that holds the names by which students handed in.
    column : str
        The column to fill; it is added where it is missing.

    Raises
    ------
    ValueError
        If there is no such key, or it is the column to fill, or one of them stands twice.

    Examples
    --------
    >>> text, lacking, cleared = fill("ID,Lab\n7,\n8,3\n", {"7": 2.5}, key="ID", column="Lab")
    >>> text.splitlines(), lacking, cleared
    (['ID,Lab', '7,2.5', '8,'], [], ['8'])
    """
    try:
        header, *lines = list(csv.reader(io.StringIO(roster, newline=""), strict=True)) or [[]]
    except csv.Error as err:
        raise ValueError(f"the list of students is no CSV file: {err}") from None
    if key not in header:
        raise ValueError(f"key must be one of {', '.join(header) or 'no column'}, got {key!r}")
    if column == key:
        raise ValueError(f"column must not be the key, got {column!r} for both")
    if column not in header:
        header.append(column)
    for name in (key, column):
        if header.count(name) > 1:
            raise ValueError(f"{name!r} must be one column of the list, got {header.count(name)}")
    at, into = header.index(key), header.index(column)
    seen, cleared = set(), []
    for line in lines:
        line += [""] * (len(header) - len(line))
        student = line[at]
        if student in points:
            seen.add(student)
            line[into] = _plain(points[student])
        elif student and line[into]:
            cleared.append(student)
            line[into] = ""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *filter(any, lines)])
    return stream.getvalue(), sorted(set(points) - seen), cleared


def _plain(points: float) -> str:
    """Return points as a platform reads them: all digits that count, and no exponent."""
    return f"{points:.4f}".rstrip("0").rstrip(".")
