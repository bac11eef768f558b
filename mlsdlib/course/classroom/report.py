"""What the table tells an instructor: what fails, on which case, and where students stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlsdlib.course.classroom.marking import CORRECT, GRADER_ERROR, OUTCOMES

_UNTOUCHED = ("not attempted", "missing")
_WIDTH = 30


@dataclass(frozen=True)
class Summary:
    """One exercise over all students.

    Attributes
    ----------
    exercise : str
        Its id.
    outcomes : dict
        How many students have which outcome, in the order of `OUTCOMES`.
    failures : tuple of (kind, why, count)
        The first failing cases, the most frequent first.
    """

    exercise: str
    outcomes: dict[str, int]
    failures: tuple[tuple[str, str, int], ...]

    @property
    def right(self) -> int:
        """How many students are right."""
        return self.outcomes.get(CORRECT, 0)

    @property
    def graded(self) -> int:
        """Of how many students the grader knows it."""
        return sum(self.outcomes.values()) - self.outcomes.get(GRADER_ERROR, 0)


def summaries(rows: Sequence[Mapping[str, str]]) -> list[Summary]:
    """Return a summary of each exercise, in the table's order.

    Parameters
    ----------
    rows : sequence of mapping
        The rows of a table that `mlsd grade` has written.
    """
    made = []
    for exercise in dict.fromkeys(row["exercise"] for row in rows):
        ours = [row for row in rows if row["exercise"] == exercise]
        counts = Counter(row["outcome"] for row in ours)
        failing = (row for row in ours if row["outcome"] not in (CORRECT, *_UNTOUCHED))
        failures = Counter((row["kind"] or row["outcome"], row["why"]) for row in failing)
        outcomes = {name: counts[name] for name in OUTCOMES if counts[name]}
        ranked = sorted(failures.items(), key=lambda item: (-item[1], item[0]))
        made.append(Summary(exercise, outcomes, tuple((*key, n) for key, n in ranked)))
    return made


def last_attempts(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Return how many students attempted nothing after an exercise; ``""`` for none at all."""
    last: dict[str, str] = {}
    for row in rows:
        last.setdefault(row["student"], "")
        if row["outcome"] not in _UNTOUCHED:
            last[row["student"]] = row["exercise"]
    counts = Counter(last.values())
    order = ["", *dict.fromkeys(row["exercise"] for row in rows)]
    return {exercise: counts[exercise] for exercise in order if counts[exercise]}


def many(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> many(1, "student"), many(1200, "student")
    ('1 student', '1,200 students')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def as_text(rows: Sequence[Mapping[str, str]], *, most: int = 3) -> str:
    """Return the report, a bar for each outcome of each exercise.

    Parameters
    ----------
    rows : sequence of mapping
        The rows of the table.
    most : int
        How many failures of an exercise to name.

    Examples
    --------
    >>> row = {"student": "anna", "exercise": "4.1-e1", "outcome": "not yet",
    ...        "kind": "random case", "why": "The weights must sum to 1."}
    >>> print(as_text([row]))
    4.1-e1: 0 of 1 right
      not yet           1  ##############################
      1 on a random case: The weights must sum to 1.
    <BLANKLINE>
    The last exercise attempted:
      4.1-e1            1  ##############################
    """
    lines: list[str] = []
    for summary in summaries(rows):
        students = sum(summary.outcomes.values())
        lines.append(f"{summary.exercise}: {summary.right} of {students} right")
        lines += [_bar(name, count, students) for name, count in summary.outcomes.items()]
        for kind, why, count in summary.failures[:most]:
            lines.append(f"  {count} on a {kind}: {why}")
        lines.append("")
    lines.append("The last exercise attempted:")
    stopped = last_attempts(rows)
    total = sum(stopped.values())
    lines += [_bar(exercise or "none", count, total) for exercise, count in stopped.items()]
    return "\n".join(lines)


def _bar(name: str, count: int, total: int) -> str:
    return f"  {name:<15} {count:>3}  {'#' * round(_WIDTH * count / total)}".rstrip()
