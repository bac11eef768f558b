"""Exercise 10.4-e4: the decision memo."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from mlsdlib.course.documents import check_parts
from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, altered, same_number

__all__ = ["EXERCISE"]


def memo(facts):
    """Return the five numbered parts of a decision memo."""
    costs, leave, inputs = facts["costs"], facts["exit"], facts["inputs"]
    futures = len(next(iter(costs.values())))
    mean = {option: sum(paid) / futures for option, paid in costs.items()}
    near = [option for option in mean if mean[option] <= min(mean.values()) + facts["margin"]]
    chosen = min(near, key=lambda option: (leave[option], mean[option]))
    lowest = [min(paid[future] for paid in costs.values()) for future in range(futures)]
    regrets = [costs[chosen][future] - lowest[future] for future in range(futures)]
    watch = [n for n, i in inputs.items() if i["flips"] is not None]
    watch = [n for n in watch if inputs[n]["low"] <= inputs[n]["flips"] <= inputs[n]["high"]]
    return {
        "recommend": chosen,
        "wrong": sum(regret > 0 for regret in regrets) / futures,
        "regret": sum(regrets) / futures,
        "watch": sorted(watch),
        "assumed": sorted(n for n in inputs if inputs[n]["source"] == "assumption"),
    }


def _input(low, high, flips, source):
    return {"low": low, "high": high, "flips": flips, "source": source}


_INPUTS = {
    "growth": _input(0.05, 0.11, 0.09, "assumption"),
    "overrun": _input(0.8, 2.1, None, "survey"),
    "engineer": _input(10.0, 25.0, 12.0, "statistics office"),
    "price": _input(8.0, 13.0, 20.0, "assumption"),
}


def _facts(costs, leave, margin=0.0, inputs=_INPUTS) -> Case:
    return {"args": [{"costs": costs, "exit": leave, "inputs": inputs, "margin": margin}]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _facts({"buy": [10, 12, 11, 9], "build": [20, 8, 16, 14]}, {"buy": 5, "build": 1})
    # A little dearer, and easy to leave.
    yield _facts({"buy": [10, 12, 11, 9], "wait": [12, 10, 12, 10]}, {"buy": 5, "wait": 1}, 1.0)
    # Just too dear for that.
    yield _facts({"buy": [10, 12, 11, 9], "wait": [12, 10, 12, 11]}, {"buy": 5, "wait": 1}, 0.5)
    # As easy to leave: then the mean decides.
    yield _facts({"build": [9, 9], "buy": [8, 9], "wait": [7, 11]}, dict.fromkeys(
        ("build", "buy", "wait"), 2), 2.0)  # fmt: skip
    # It ties with another in one future, and is not wrong there.
    yield _facts({"buy": [5, 7], "build": [5, 9]}, {"buy": 3, "build": 1})
    yield _facts({"build": [4, 4, 4]}, {"build": 9}, 1.0, {})  # one option, nothing assumed
    # A flip at the very end of a range can still happen.
    yield _facts({"buy": [5, 7], "build": [6, 5]}, {"buy": 3, "build": 1}, 0.0, {
        "volume": _input(1.0, 4.0, 4.0, "log"), "fee": _input(1.0, 4.0, 1.0, "offer"),
        "delay": _input(1.0, 4.0, 0.5, "assumption")})  # fmt: skip
    for _ in range(25):
        options = ["build", "buy", "wait"][: int(rng.integers(2, 4))]
        futures = int(rng.integers(2, 8))
        inputs = {}
        for name in ("delay", "fee", "growth", "keep"):
            low = int(rng.integers(1, 9))
            flips = None if rng.random() < 0.3 else int(rng.integers(0, 18))
            source = str(rng.choice(["assumption", "offer", "survey"]))
            inputs[name] = _input(low, low + int(rng.integers(1, 9)), flips, source)
        yield _facts(
            {option: rng.integers(1, 30, futures).tolist() for option in options},
            {option: int(rng.integers(0, 4)) for option in options},
            float(rng.integers(0, 8)),
            inputs,
        )


_PARTS = ("recommend", "wrong", "regret", "watch", "assumed")


def _judge(case: Case, result: object) -> Problem | None:
    (facts,) = case["args"]
    expected = memo(facts)
    lacks = check_parts("memo", result, _PARTS, may_be_empty=True)
    if lacks:
        return Problem(expected, lacks)
    if result["recommend"] != expected["recommend"]:
        return Problem(expected, _why_not_recommended(facts, result["recommend"]))
    for part in ("wrong", "regret"):
        if not same_number(result[part], expected[part]):
            return Problem(expected, _WHY[part])
    for part in ("watch", "assumed"):
        listed = result[part]
        if not isinstance(listed, list) or sorted(map(str, listed)) != expected[part]:
            return Problem(expected, _WHY[part])
    return None


_WHY = {
    "wrong": "Part wrong: the share of the futures in which another option costs less than the "
    "recommended one. Where they cost the same it is not wrong.",
    "regret": "Part regret: the mean, over the futures, of what the recommended option costs more "
    "than the cheapest one in that future.",
    "watch": "Part watch: the inputs whose value at which the decision flips lies in their range, "
    "both ends included. Outside it, or with None, nobody has to watch them.",
    "assumed": 'Part assumed: every input whose source is "assumption", and no other.',
}


def _why_not_recommended(facts, got) -> str:
    costs = facts["costs"]
    if got not in costs:
        return "Recommend one of the options in costs, by its name."
    mean = {option: sum(paid) / len(paid) for option, paid in costs.items()}
    if mean[got] > min(mean.values()) + facts["margin"]:
        return "Its mean cost lies more than the margin above the lowest: it is too dear."
    return (
        "Of the options within the margin of the lowest mean cost, take the one that costs least "
        "to leave; of those that cost as little to leave, the one with the lowest mean."
    )


def _cheapest(facts):
    return memo(facts | {"margin": 0.0})


def _easiest_to_leave(facts):
    return memo(facts | {"margin": float("inf")})


def _costs_of_the_chosen(right, facts):
    rows = zip(*facts["costs"].values(), strict=True)
    chosen = facts["costs"][right["recommend"]]
    return list(zip(chosen, rows, strict=True))


def _ties_are_wrong(right, facts):
    found = _costs_of_the_chosen(right, facts)
    return sum(sorted(row)[:2].count(paid) != 1 or paid > min(row) for paid, row in found) / len(
        found
    )


def _regret_of_the_mean(right, facts):
    mean = {option: sum(paid) / len(paid) for option, paid in facts["costs"].items()}
    return mean[right["recommend"]] - min(mean.values())


def _watch_all(right, facts):
    return [name for name, given in facts["inputs"].items() if given["flips"] is not None]


def _ends_left_out(right, facts):
    return [
        name
        for name, given in facts["inputs"].items()
        if given["flips"] is not None and given["low"] < given["flips"] < given["high"]
    ]


def _all_assumed(right, facts):
    return list(facts["inputs"])


def _only_a_verdict(facts):
    return memo(facts)["recommend"]


_with = partial(altered, memo)

EXERCISE = Exercise(
    id="10.4-e4",
    name="memo",
    reference=memo,
    cases=_cases,
    judge=_judge,
    hints=(
        "Five parts: what you recommend, how often that will have been wrong, what it costs on "
        "average to have been wrong, what to watch, and what you only assumed.",
        "First the options whose mean is at most min(means) + margin; of these, the lowest "
        "(exit, mean). Then go through the futures, one row of costs each.",
        "chosen = min(near, key=lambda o: (exit[o], mean[o])); regrets = [cost of chosen - lowest "
        "cost] for each future; wrong = share above 0; regret = their mean; watch: flips is not "
        "None and low <= flips <= high",
    ),
    wrong=(
        Wrong("the cheapest, however hard to leave", _cheapest, "costs least to leave"),
        Wrong("the easiest to leave, at any price", _easiest_to_leave, "too dear"),
        Wrong("ties are wrong", _with(wrong=_ties_are_wrong), "it is not wrong"),
        Wrong("regret of the means", _with(regret=_regret_of_the_mean), "Part regret"),
        Wrong("everything is watched", _with(watch=_watch_all), "in their range"),
        Wrong("ends left out", _with(watch=_ends_left_out), "both ends included"),
        Wrong("all is assumed", _with(assumed=_all_assumed), "Part assumed"),
        Wrong("a verdict without reasons", _only_a_verdict, "A memo is a dictionary"),
    ),
    note="A check can see that a memo has its parts. Whether they are wise it cannot see: show the "
    "memo to the person who wanted the other option.",
)
