"""`mlsd progress`: what the reader has done, and how well calibrated the guesses are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlsdlib.course import progress, thresholds
from mlsdlib.course.exercises import section_module
from mlsdlib.course.sections import Section


@dataclass(frozen=True)
class SectionProgress:
    """Counts of one section: done of all there are."""

    section: str
    title: str
    guesses: tuple[int, int]
    exercises: tuple[int, int]
    questions: tuple[int, int]


def by_section(sections: list[Section]) -> list[SectionProgress]:
    """Return the reader's progress, section by section."""
    records = progress.read()
    guessed = {r["id"] for r in records if r["kind"] == "guess"}
    passed = {r["id"] for r in records if r["kind"] == "exercise" and r.get("passed")}
    right = {r["id"] for r in records if r["kind"] == "quiz" and r.get("right")}
    rows = []
    for section in sections:
        module = section_module(section.number)
        claims = {call.id for call in thresholds.calls(section)}
        exercises = {e.id for e in getattr(module, "EXERCISES", ())}
        questions = {q.id for q in getattr(module, "QUESTIONS", ())}
        rows.append(
            SectionProgress(
                section.name,
                section.title,
                (len(guessed & claims), len(claims)),
                (len(passed & exercises), len(exercises)),
                (len(right & questions), len(questions)),
            )
        )
    return rows


@dataclass(frozen=True)
class Calibration:
    """How the last guess of each claim compares with its measurement.

    `within_two` counts guesses between half and twice the value; `median_factor` is the typical
    factor a guess is off by (1 is perfect), over claims where both are positive.
    """

    compared: int
    within_two: int
    median_factor: float


def calibration() -> Calibration | None:
    """Return how well calibrated the reader's guesses are, None before the first comparison."""
    last = {r["id"]: r for r in progress.read() if r["kind"] == "measured"}
    factors = sorted(
        math.exp(abs(math.log(float(r["guess"]) / float(r["value"]))))
        for r in last.values()
        if _positive(r.get("guess")) and _positive(r.get("value"))
    )
    if not factors:
        return None
    middle = len(factors) // 2
    median = factors[middle] if len(factors) % 2 else (factors[middle - 1] + factors[middle]) / 2
    return Calibration(len(factors), sum(factor <= 2 for factor in factors), median)


def _positive(number: object) -> bool:
    return isinstance(number, (int, float)) and number > 0
