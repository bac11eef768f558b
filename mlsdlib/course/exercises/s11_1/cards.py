"""Exercise 11.1-e6: the model card."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, altered, same_number
from mlsdlib.course.model_cards import model_card_problems

__all__ = ["EXERCISE"]


def model_card(facts):
    """Return the card of a model."""
    groups = facts["errors"]
    errors = [error for group in groups.values() for error in group]
    mean, n = sum(errors) / len(errors), len(errors)
    half = 2 * math.sqrt(sum((error - mean) ** 2 for error in errors) / (n - 1) / n)
    slices = {name: {"rows": len(g), "value": sum(g) / len(g)} for name, g in groups.items()}
    worst = max(slices, key=lambda name: slices[name]["value"])
    few = [name for name in slices if slices[name]["rows"] < facts["min_rows"]]
    return {
        "model": facts["model"],
        "owner": facts["owner"],
        "intended_use": facts["use"],
        "out_of_scope": facts["not_for"],
        "data": {"source": facts["source"], "from": facts["from"], "to": facts["to"], "rows": n},
        "overall": {
            "metric": facts["metric"],
            "unit": facts["unit"],
            "value": mean,
            "low": mean - half,
            "high": mean + half,
            "baseline": facts["baseline"],
        },
        "slices": slices,
        "limits": [f"worst on {worst}"] + [f"too few rows to tell: {name}" for name in few],
        "failing": {"late": facts["late"], "error": facts["error"]},
    }


def _facts(errors, min_rows=3, baseline=9.0) -> Case:
    return {
        "args": [
            {
                "model": "ETA 7",
                "owner": "eta@shop.example",
                "use": "Customers plan when to be at home",
                "not_for": ["paying drivers by predicted minutes"],
                "source": "own trips",
                "from": "2019-03-01",
                "to": "2019-03-31",
                "metric": "mean absolute error",
                "unit": "minutes",
                "baseline": baseline,
                "errors": errors,
                "min_rows": min_rows,
                "late": "the median of the zone, marked as rough",
                "error": "no time at all, and an apology",
            }
        ]
    }


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _facts({"city": [1, 2, 3, 2], "airport": [7, 9, 8]})
    yield _facts({"city": [1, 2, 3, 2], "airport": [7, 9]})  # the worst is small as well
    yield _facts({"night": [1, 1], "city": [4, 5, 6], "airport": [2, 2, 2]})  # a small good one
    yield _facts({"city": [4, 5, 6], "rain": [1, 3, 2], "snow": [2]}, 3, 2.0)  # baseline better
    yield _facts({"city": [4, 5, 6], "rain": [1, 3, 2]}, 4)  # all are small
    for _ in range(20):
        names = ["city", "airport", "night", "snow"][: int(rng.integers(2, 5))]
        errors = {n: rng.integers(1, 30, int(rng.integers(2, 8))).tolist() for n in names}
        yield _facts(errors, int(rng.integers(2, 6)), float(rng.integers(2, 20)))


def _judge(case: Case, result: object) -> Problem | None:
    (facts,) = case["args"]
    expected = model_card(facts)
    problems = model_card_problems(result, min_rows=facts["min_rows"])
    if problems:
        return Problem(expected, problems[0])
    for part in ("model", "owner", "intended_use", "out_of_scope", "failing", "data"):
        if result[part] != expected[part]:
            return Problem(expected, f"{part}: take it over from the facts as it is.")
    for key, right in expected["overall"].items():
        got = result["overall"][key]
        if not (same_number(got, right) if isinstance(right, float) else got == right):
            return Problem(expected, _OVERALL.get(key, f"overall: {key} is not that of the facts."))
    for name, right in expected["slices"].items():
        got = result["slices"].get(name)
        if got is None:
            return Problem(expected, f"slices: {name} is missing. Leave out no group.")
        if not all(same_number(got[key], right[key]) for key in right):
            return Problem(expected, f"slices: {name} has the wrong rows or mean.")
    largest = max(found["value"] for found in expected["slices"].values())
    for name, found in expected["slices"].items():
        limited = found["value"] == largest or found["rows"] < facts["min_rows"]
        if not limited and re.search(rf"\b{name}\b", " ".join(result["limits"]), re.IGNORECASE):
            return Problem(
                expected,
                f"limits: {name} is not the worst, and has rows enough. What is no limit hides "
                "what is.",
            )
    return None


_OVERALL = {
    "value": "overall: the value is the mean over all rows; groups differ in size.",
    "low": "overall: low is the mean minus 2 standard errors, s / sqrt(n), with n - 1 in s.",
    "high": "overall: high is the mean plus 2 standard errors, s / sqrt(n), with n - 1 in s.",
    "baseline": "overall: the baseline belongs on the card, also where it is the better one.",
}


def _without(part):
    def wrong(facts):
        card = model_card(facts)
        del card[part]
        return card

    return wrong


_with = partial(altered, model_card)


def _overall(**changes):
    return _with(overall=lambda card, _: {**card["overall"], **changes})


def _mean_of_means(card, facts):
    values = [found["value"] for found in card["slices"].values()]
    mean = sum(values) / len(values)
    return {**card["overall"], "value": mean, "low": mean - 9, "high": mean + 9}


def _all_are_limits(card, facts):
    return [f"take care: {name}" for name in card["slices"]]


def _advertises(facts):
    return f"{facts['model']} is accurate and fast."


EXERCISE = Exercise(
    id="11.1-e6",
    name="model_card",
    reference=model_card,
    cases=_cases,
    judge=_judge,
    hints=(
        "Nine parts. Most are in the facts; overall, slices and limits are computed from errors.",
        "Overall: the mean of all rows, plus and minus 2 s / sqrt(n). A slice has its rows and its "
        "mean. The limits name the worst slice and those of fewer than min_rows rows.",
        "worst = max(slices, key=lambda name: slices[name]['value']); few = [name for name in "
        "slices if slices[name]['rows'] < facts['min_rows']]; limits: one text for each",
    ),
    wrong=(
        Wrong("an advertisement", _advertises, "A model card is a dictionary"),
        Wrong("one number for all", _with(slices=lambda card, _: {"all": {
            "rows": card["data"]["rows"], "value": card["overall"]["value"]}}), "whom the model"),
        Wrong("no limits known", _with(limits=lambda *_: ["none known"]), "worst slice"),
        Wrong("small slices pass for large", _with(limits=lambda card, _: card["limits"][:1]),
              "too few rows to tell"),
        Wrong("every group is a limit", _with(limits=_all_are_limits), "What is no limit"),
        Wrong("no interval", _overall(low=None, high=None), "low is missing"),
        Wrong("no baseline", _overall(baseline=None), "baseline is missing"),
        Wrong("what happens when it is late", _without("failing"), "lacks failing"),
        Wrong("for everything", _with(out_of_scope=lambda *_: []), "lacks out_of_scope"),
        Wrong("mean of the means", _with(overall=_mean_of_means), "groups differ in size"),
    ),
    note="A check sees that a card has its parts, and that its numbers are those of the facts. "
    "Whether the slices are those that matter only somebody who knows the users can see.",
)  # fmt: skip
