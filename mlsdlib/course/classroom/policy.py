"""What an exercise is worth, and what being late costs: one small TOML file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path

from mlsdlib.course.classroom.checks import moment, number, text_of
from mlsdlib.course.classroom.clean import listed
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import CORRECT, GRADER_ERROR, Mark
from mlsdlib.course.classroom.registry import Registry

EXAMPLE = """\
exercises = ["4.1", "4.3"]           # sections or exercises; the order of the table
partial = true                       # points for the share of cases that pass
points = { default = 1 }             # of each exercise, and of single ones: "4.1-e2" = 3

[limits]                             # of one exercise of one submission
cpu_seconds = 10
seconds = 60
megabytes = 1000                     # of memory
disk_megabytes = 64                  # of files
answer_megabytes = 4                 # of one answer
processes = 64                       # and threads
files = 128                          # that are open at once

# [late]                             # nothing is ever late without it
# deadline = 2030-01-31T23:59:00+01:00
# grace_minutes = 15
# per_day = 0.1                      # of the points, for every day begun
# until_days = 5                     # later counts nothing

# [extensions]                       # a deadline of their own, by student
# anna = 2030-02-03T12:00:00+01:00

# [[overrides]]                      # points set by hand; repeat it for each
# student = "anna"
# exercise = "4.1-e2"
# points = 2.5
# reason = "right idea, one slip"
"""
"""A policy with all there is; what would be somebody's in particular is commented out."""
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
        Whether a function that is right on some cases gets their share: of all cases, or of the
        random ones where that is less. The others stand in the open package, answers and all, so
        that passing them earns nothing by itself.
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
        if deadline is None or at is None or at - deadline <= self.grace:
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
            share = mark.passed / mark.cases
            if mark.drawn:
                share = min(share, mark.drawn_passed / mark.drawn)
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
    text = text_of("policy", file)
    try:
        return parse(text)
    except ValueError as err:
        raise ValueError(f"{file.name}: {err}") from None


def parse(text: str) -> Policy:
    """Return the policy of a TOML text.

    Examples
    --------
    >>> policy = parse('points = { default = 1, "4.1-e2" = 3 }')
    >>> policy.most("4.1-e2"), policy.most("4.1-e1"), policy.limits.seconds
    (3.0, 1.0, 60.0)
    """
    made = tomllib.loads(text)
    _only("the policy", made, _KNOWN)
    late = _table(made, "late")
    _only("late", late, _LATE)
    if "late" in made and "deadline" not in late:
        raise ValueError("late must have a deadline: nothing is late without one")
    limits = _table(made, "limits")
    _only("limits", limits, {f.name for f in fields(Limits)})
    points = {name: number(f"points of {name}", n) for name, n in _table(made, "points").items()}
    exercises = made.get("exercises", [])
    if not isinstance(exercises, list) or not all(isinstance(name, str) for name in exercises):
        raise ValueError(f"exercises must be a list of texts, got {exercises!r}")
    if not isinstance(made.get("partial", False), bool):
        raise ValueError(f"partial must be true or false, got {made['partial']!r}")
    deadlines = {n: moment(f"extensions of {n}", t) for n, t in _table(made, "extensions").items()}
    return Policy(
        exercises=tuple(exercises),
        partial=made.get("partial", False),
        points=points,
        deadline=moment("deadline", late["deadline"]) if late else None,
        grace=timedelta(minutes=number("grace_minutes", late.get("grace_minutes", 0), 1e6)),
        per_day=number("per_day", late.get("per_day", 0), 1),
        until_days=number("until_days", late["until_days"]) if "until_days" in late else math.inf,
        extensions=deadlines,
        limits=Limits(**limits),
        overrides=_overrides(made.get("overrides", [])),
    )


def check(policy: Policy, registry: Registry) -> None:
    """Raise `ValueError` if points or overrides name what is no exercise; the message names it."""
    named = [("points", id) for id in policy.points if id != "default"]
    for where, id in [*named, *(("overrides", id) for _, id in policy.overrides)]:
        try:
            registry.exercise(id)
        except (KeyError, ValueError) as err:
            raise ValueError(f"{where} must name exercises: {err.args[0]}") from None


def strangers(
    policy: Policy, times: Mapping[str, datetime], students: Collection[str]
) -> list[str]:
    """Return, in words, which students are named and have handed in nothing.

    Parameters
    ----------
    policy : Policy
        Where overrides and extensions name students.
    times : mapping
        When students handed in, as somebody says.
    students : collection of str
        Those who have handed in.
    """
    named = {
        "overrides": {student for student, _ in policy.overrides},
        "extensions": set(policy.extensions),
        "times": set(times),
    }
    unknown = {where: sorted(names - set(students)) for where, names in named.items()}
    return [
        f"{where} name students who have handed in nothing: {listed(list(map(repr, names)))}"
        for where, names in unknown.items()
        if names
    ]


def _overrides(entries: object) -> dict[tuple[str, str], Override]:
    if not isinstance(entries, list):
        raise ValueError(f"overrides must be tables, each below [[overrides]], got {entries!r}")
    made: dict[tuple[str, str], Override] = {}
    for key, override in map(_override, entries):
        if key in made:
            raise ValueError(f"overrides set {', '.join(key)} twice")
        made[key] = override
    return made


def _override(entry: object) -> tuple[tuple[str, str], Override]:
    if not isinstance(entry, dict):
        raise ValueError(f"an override must be a table, got {entry!r}")
    _only("an override", entry, {"student", "exercise", "points", "reason"})
    for name in ("student", "exercise", "points"):
        if name not in entry:
            raise ValueError(f"an override must name its {name}, got {entry!r}")
    points = number("points of an override", entry["points"])
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
