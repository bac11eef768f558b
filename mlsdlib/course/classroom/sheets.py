"""The CSV files that an instructor hands over: points, times, and tables that come back."""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from mlsdlib.course.classroom.checks import moment, number, text_of
from mlsdlib.course.classroom.clean import clean
from mlsdlib.course.classroom.policy import Override

_GRADES = "a table that mlsd grade has written"


def read_points(file: Path) -> dict[tuple[str, str], Override]:
    """Return points set by hand from a CSV file: student, exercise, points, and maybe reason.

    Raises
    ------
    FileNotFoundError, ValueError
        If it cannot be read, a column is missing, a line has no number, or two say the same.
    """
    found: dict[tuple[str, str], Override] = {}
    for where, row in _lines("override", file, "student", "exercise", "points"):
        key = row["student"], row["exercise"]
        points = _number(f"points {where}", row["points"])
        _new(where, key, found)
        found[key] = Override(points, row.get("reason") or "")
    return found


def read_times(file: Path) -> dict[str, datetime]:
    """Return when students handed in, from a CSV file: student, and time as in ISO 8601.

    The times of the files themselves can be set by whoever has them.

    Raises
    ------
    FileNotFoundError, ValueError
        If it cannot be read, a column is missing, a line has no time with its zone, or two are one
        student's.
    """
    found: dict[str, datetime] = {}
    for where, row in _lines("times", file, "student", "time"):
        try:
            time = datetime.fromisoformat(row["time"].strip())
        except ValueError:
            raise ValueError(
                f"time {where} must be like 2030-01-31T23:59:00+01:00, got {row['time']!r}"
            ) from None
        _new(where, row["student"], found)
        found[row["student"]] = moment(f"time {where}", time)
    return found


def read_grades(file: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """Return the rows of a table that `mlsd grade` has written.

    Parameters
    ----------
    file : Path
        The table.
    columns : iterable of str
        What it must have.

    Raises
    ------
    FileNotFoundError, ValueError
        If it is no such table, or has a row twice.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for where, row in _lines("grades", file, *columns, kind=_GRADES):
        key = row["student"], row["exercise"]
        _new(where, key, found)
        _number(f"of {where}", row["of"])
        if row["points"]:
            _number(f"points {where}", row["points"])
        found[key] = row
    if not found:
        raise ValueError(f"grades must be {_GRADES}, got no row")
    return list(found.values())


def _lines(
    name: str, file: Path, *columns: str, kind: str = ""
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row that is not empty, and where it stands, in words."""
    rows = csv.DictReader(io.StringIO(text_of(name, file), newline=""), strict=True)
    try:
        missing = [column for column in columns if column not in (rows.fieldnames or ())]
        if missing:
            kind = kind or f"a CSV file with the columns {', '.join(columns)}"
            raise ValueError(f"{name} must be {kind}, got no column {missing[0]!r}")
        for row in rows:
            where = f"in line {rows.line_num} of {file.name}"
            if None in row:
                raise ValueError(f"more cells {where} than columns: is a quotation mark missing?")
            if not any(row.values()):
                continue
            short = [column for column in columns if row[column] is None]
            if short:
                raise ValueError(f"no cell {where} for the columns {', '.join(short)}")
            yield where, {column: cell or "" for column, cell in row.items()}
    except csv.Error as err:
        raise ValueError(f"{file.name} is no CSV file: {err}") from None


def _number(name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{name} must be a number, got {cell!r}") from None
    return number(name, value)


def _new(where: str, key: Hashable, known: Iterable) -> None:
    if key in known:
        named = key if isinstance(key, str) else ", ".join(key)
        raise ValueError(f"{clean(named)} stands twice, again {where}")
