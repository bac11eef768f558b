"""What an exercise is worth, and what being late costs: one small TOML file."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import CORRECT, GRADER_ERROR, Mark

EXAMPLE = """\
exercises = ["4.1", "4.3-e2"]        # sections or exercises; the order of the table
partial = true                       # points for the share of random cases that pass
points = { default = 1, "4.1-e2" = 3 }

[late]                               # leave it out where nothing is ever late
deadline = 2030-01-31T23:59:00+01:00
grace_minutes = 15
per_day = 0.1                        # of the points, for every day begun
until_days = 5                       # later counts nothing

[extensions]
anna = 2030-02-03T12:00:00+01:00

[limits]                             # of one exercise of one submission
cpu_seconds = 10
seconds = 60
megabytes = 1000

[[overrides]]
student = "anna"
exercise = "4.1-e2"
points = 2.5
reason = "right idea, one slip"
"""
_KNOWN = {"exercises", "partial", "points", "late", "extensions", "limits", "overrides"}
_LATE = {"deadline", "grace_minutes", "per_day", "until_days"}


@dataclass(frozen=True)
class Override:
    """Points set by hand, which nothing else changes."""

    points: float
    reason: str = ""


@dataclass(frozen=True)
class Policy:
    """How marks become points.

    Parameters
    ----------
    exercises : tuple of str
        What is graded: sections or exercises.
    partial : bool
        Whether a function that is right on some cases gets their share. Only random cases count
        where there are any: the others stand in the open package, answers and all.
    points : mapping
        Points of an exercise by id, and of the others under ``"default"``.
    deadline : datetime, optional
        Until when a submission is in time.
    grace : timedelta
        How much later is in time too.
    per_day : float
        Share of the points that each day begun costs.
    until_days : float
        After so many days nothing counts.
    extensions : mapping
        A deadline of their own, by student.
    limits : Limits
        What one exercise of one submission may use.
    overrides : mapping
        Points set by hand, by student and exercise.
    """

    exercises: tuple[str, ...] = ()
    partial: bool = False
    points: Mapping[str, float] = field(default_factory=dict)
    deadline: datetime | None = None
    grace: timedelta = timedelta(0)
    per_day: float = 0.0
    until_days: float = math.inf
    extensions: Mapping[str, datetime] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    overrides: Mapping[tuple[str, str], Override] = field(default_factory=dict)

    def most(self, exercise: str) -> float:
        """Return the points of an exercise."""
        return float(self.points.get(exercise, self.points.get("default", 1)))

    def factor(self, student: str, at: datetime | None) -> float:
        """Return what is left of a student's points for the time of the submission."""
        deadline = self.extensions.get(student, self.deadline)
        if deadline is None or at is None or at <= deadline + self.grace:
            return 1.0
        days = math.ceil((at - deadline) / timedelta(days=1))
        return 0.0 if days > self.until_days else max(0.0, 1.0 - self.per_day * days)

    def earned(self, student: str, mark: Mark, at: datetime | None) -> float | None:
        """Return the points of a mark; None where the grader has failed, and nobody knows."""
        override = self.overrides.get((student, mark.exercise))
        if override is not None:
            return override.points
        if mark.outcome == GRADER_ERROR:
            return None
        share = float(mark.outcome == CORRECT)
        if self.partial and mark.cases:
            share = mark.drawn_passed / mark.drawn if mark.drawn else mark.passed / mark.cases
        return round(self.most(mark.exercise) * share * self.factor(student, at), 2)


def load(file: Path | None) -> Policy:
    """Return the policy in a TOML file, the plain one without a file.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or something in it is unknown or of the wrong kind; the message
        names it.
    """
    if file is None:
        return Policy()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(f"no such policy: {file}") from None
    try:
        return parse(text)
    except ValueError as err:
        raise ValueError(f"{file.name}: {err}") from None


def parse(text: str) -> Policy:
    """Return the policy of a TOML text.

    Examples
    --------
    >>> policy = parse(EXAMPLE)
    >>> policy.most("4.1-e2"), policy.most("4.1-e1"), policy.limits.seconds
    (3.0, 1.0, 60)
    """
    made = tomllib.loads(text)
    _only("the policy", made, _KNOWN)
    late = _table(made, "late")
    _only("late", late, _LATE)
    limits = _table(made, "limits")
    _only("limits", limits, {f.name for f in fields(Limits)})
    points = {name: _number(f"points of {name}", n) for name, n in _table(made, "points").items()}
    exercises = made.get("exercises", [])
    if not isinstance(exercises, list) or not all(isinstance(name, str) for name in exercises):
        raise ValueError(f"exercises must be a list of texts, got {exercises!r}")
    if not isinstance(made.get("partial", False), bool):
        raise ValueError(f"partial must be true or false, got {made['partial']!r}")
    deadlines = {n: _moment(f"extensions of {n}", t) for n, t in _table(made, "extensions").items()}
    return Policy(
        exercises=tuple(exercises),
        partial=made.get("partial", False),
        points=points,
        deadline=_moment("deadline", late["deadline"]) if "deadline" in late else None,
        grace=timedelta(minutes=_number("grace_minutes", late.get("grace_minutes", 0))),
        per_day=_number("per_day", late.get("per_day", 0)),
        until_days=_number("until_days", late.get("until_days", math.inf)),
        extensions=deadlines,
        limits=Limits(**limits),
        overrides=dict(map(_override, made.get("overrides", []))),
    )


def read_points(file: Path) -> dict[tuple[str, str], Override]:
    """Return points set by hand from a CSV file: student, exercise, points, and maybe reason.

    Raises
    ------
    ValueError
        If a column is missing, or a line has no number.
    """
    found = {}
    for number, row in enumerate(_lines(file, "student", "exercise", "points"), 2):
        where = f"points in line {number} of {file.name}"
        try:
            points = float(row["points"])
        except (TypeError, ValueError):
            raise ValueError(f"{where} must be a number, got {row['points']!r}") from None
        key = row["student"], row["exercise"]
        found[key] = Override(_number(where, points), row.get("reason") or "")
    return found


def read_times(file: Path) -> dict[str, datetime]:
    """Return when students handed in, from a CSV file: student, and time as in ISO 8601.

    The times of the files themselves can be set by whoever has them.

    Raises
    ------
    ValueError
        If a column is missing, or a line has no time.
    """
    found = {}
    for number, row in enumerate(_lines(file, "student", "time"), 2):
        try:
            time = datetime.fromisoformat(row["time"].strip())
        except (AttributeError, ValueError):
            raise ValueError(
                f"time in line {number} of {file.name} must be like 2030-01-31T23:59:00+01:00, "
                f"got {row['time']!r}"
            ) from None
        found[row["student"]] = _moment("time", time)
    return found


def _lines(file: Path, *columns: str) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8-sig") as stream:
        rows = csv.DictReader(stream)
        missing = sorted(set(columns) - set(rows.fieldnames or ()))
        if missing:
            raise ValueError(f"{file.name} must have the columns {', '.join(missing)}")
        return list(rows)


def _override(entry: object) -> tuple[tuple[str, str], Override]:
    if not isinstance(entry, dict):
        raise ValueError(f"an override must be a table, got {entry!r}")
    _only("an override", entry, {"student", "exercise", "points", "reason"})
    for name in ("student", "exercise", "points"):
        if name not in entry:
            raise ValueError(f"an override must name its {name}, got {entry!r}")
    points = _number("points of an override", entry["points"])
    return (str(entry["student"]), str(entry["exercise"])), Override(
        points, str(entry.get("reason", ""))
    )


def _only(where: str, table: Mapping, known: set[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{where} knows {', '.join(sorted(known))}, got {unknown[0]!r}")


def _table(made: Mapping, name: str) -> dict:
    table = made.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name} must be a table, got {table!r}")
    return table


def _number(name: str, value: object) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or math.isnan(value) or value < 0:
        raise ValueError(f"{name} must be a number of at least 0, got {value!r}")
    return value


def _moment(name: str, value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError(f"{name} must be a date with a time, got {value!r}")
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
