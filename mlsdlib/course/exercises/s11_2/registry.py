"""Exercise 11.2-e3: rules with versions and priorities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def registry(script):
    """Return what a registry of rules answers to each call of a script."""
    rules, answers = {}, []
    for call, first, *rest in script:
        if call == "put":
            versions = rules.setdefault(first, [])
            if not versions or versions[-1] != rest[0]:
                versions.append(rest[0])
            answers.append(len(versions))
        elif call == "diff":
            old, new = (rules[first][number - 1] for number in rest)
            answers.append({part: [old[part], new[part]] for part in old if old[part] != new[part]})
        else:
            last = {name: versions[-1] for name, versions in rules.items()}
            fire = [n for n, r in last.items() if r["low"] <= first[r["field"]] <= r["high"]]
            top = max((last[name]["priority"] for name in fire), default=None)
            heard = sorted(name for name in fire if last[name]["priority"] == top)
            said = {last[name]["then"] for name in heard}
            answers.append(heard if len(said) > 1 else next(iter(said), None))
    return answers


def _rule(field, low, high, then, priority=0):
    return {"field": field, "low": low, "high": high, "then": then, "priority": priority}


_RUSH, _RAIN = _rule("hour", 7, 9, 2.0, 1), _rule("rain", 1, 1, 0.5, 2)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def script(*calls):
        return {"args": [list(calls)]}

    row = {"hour": 8, "rain": 1}
    yield script(["put", "rush", _RUSH], ["put", "rain", _RAIN], ["decide", row])  # priority
    yield script(["put", "rain", _RAIN], ["put", "rush", _RUSH], ["decide", row])
    yield script(["put", "rush", _RUSH], ["put", "rain", _RAIN | {"priority": 1}],
                 ["decide", row])  # a conflict  # fmt: skip
    yield script(["put", "rush", _RUSH], ["put", "rain", _RAIN | {"priority": 1, "then": 2.0}],
                 ["decide", row])  # they agree  # fmt: skip
    # Two below disagree, but the third is heard.
    yield script(["put", "rush", _RUSH], ["put", "am", _rule("hour", 0, 11, 3.0, 1)],
                 ["put", "rain", _RAIN], ["decide", row],
                 ["decide", row | {"rain": 0}])  # fmt: skip
    yield script(["put", "rush", _RUSH], ["decide", {"hour": 12, "rain": 0}])  # none fires
    yield script(["decide", row])  # no rule at all
    yield script(["put", "rush", _RUSH], ["put", "rush", _RUSH],
                 ["put", "rush", _RUSH | {"high": 10}], ["put", "rush", _RUSH],
                 ["diff", "rush", 1, 2], ["diff", "rush", 2, 3], ["diff", "rush", 1, 3],
                 ["diff", "rush", 2, 1])  # fmt: skip
    yield script(["put", "rush", _RUSH], ["put", "rush", _RUSH | {"high": 7, "then": 1.5}],
                 ["decide", row], ["decide", {"hour": 7, "rain": 0}],
                 ["diff", "rush", 1, 2])  # fmt: skip
    yield script(
        ["put", "rush", _RUSH], *(["decide", {"hour": h, "rain": 0}] for h in (6, 7, 9, 10))
    )
    yield script()
    for _ in range(20):
        calls, kept = [], {"a": 0, "b": 0, "c": 0}
        for _ in range(int(rng.integers(4, 14))):
            name = str(rng.choice(["a", "b", "c"]))
            kind = rng.random()
            if kind < 0.5 or not kept[name]:
                low, width, priority = (int(n) for n in rng.integers(0, (4, 4, 2)))
                field, then = str(rng.choice(["hour", "rain"])), float(rng.integers(1, 4))
                calls.append(["put", name, _rule(field, low, low + width, then, priority)])
                kept[name] = registry(calls)[-1]
            elif kind < 0.75:
                old, new = (int(n) for n in rng.integers(1, kept[name] + 1, 2))
                calls.append(["diff", name, old, new])
            else:
                hour, rain = (int(n) for n in rng.integers(0, 7, 2))
                calls.append(["decide", {"hour": hour, "rain": rain}])
        yield {"args": [calls]}


def _judge(case: Case, result: object) -> Problem | None:
    (script,) = case["args"]
    expected = registry(script)
    if not isinstance(result, list) or len(result) != len(expected):
        return Problem(expected, "Return a list with one answer for each call.")
    for call, got, right in zip(script, result, expected, strict=True):
        if got != right or isinstance(got, bool):
            return Problem(expected, f"At {call[:2]}: {_WHY[call[0]](got, right)}")
    return None


def _why_put(got, right):
    return (
        "the answer is the number of the version, from 1. A rule that says the same as its last "
        "version is no new one; one that goes back to an older version is."
    )


def _why_diff(got, right):
    return "for each part that differs, [old, new]; parts that are the same are left out."


def _why_decide(got, right):
    if right is None:
        return "no rule fires: None."
    if isinstance(right, list):
        return (
            "a conflict: rules of the same highest priority fire and say different things. Name "
            "them, sorted, and choose none."
        )
    if isinstance(got, list):
        return (
            "no conflict: only rules with the highest priority of those that fire are heard, and "
            "these say the same."
        )
    return (
        "of the rules that fire (both ends of the range included, last versions), the one with "
        "the highest priority is heard."
    )


_WHY = {"put": _why_put, "diff": _why_diff, "decide": _why_decide}


def _every_put_is_new(script):
    count, answers = {}, registry(script)
    for k, (call, name, *_) in enumerate(script):
        if call == "put":
            count[name] = answers[k] = count.get(name, 0) + 1
    return answers


def _changed_decide(rule_of):
    """Answer as the reference does, but decide otherwise."""

    def wrong(script):
        answers, rules = registry(script), {}
        for k, (call, first, *rest) in enumerate(script):
            if call == "put":
                rules[first] = rest[0]
            elif call == "decide":
                fire = {
                    n: r for n, r in rules.items() if r["low"] <= first[r["field"]] <= r["high"]
                }
                answers[k] = rule_of(fire)
        return answers

    return wrong


def _last_wins(fire):
    return list(fire.values())[-1]["then"] if fire else None


def _first_of_the_highest(fire):
    return max(fire.values(), key=lambda r: r["priority"])["then"] if fire else None


def _lowest_number_first(fire):
    top = min((r["priority"] for r in fire.values()), default=None)
    heard = sorted(n for n, r in fire.items() if r["priority"] == top)
    said = {fire[n]["then"] for n in heard}
    return heard if len(said) > 1 else next(iter(said), None)


def _all_conflicts(fire):
    said = {r["then"] for r in fire.values()}
    return sorted(fire) if len(said) > 1 else next(iter(said), None)


def _whole_diff(script):
    answers, rules = registry(script), {}
    for k, (call, first, *rest) in enumerate(script):
        if call == "put":
            versions = rules.setdefault(first, [])
            if answers[k] > len(versions):
                versions.append(rest[0])
        elif call == "diff":
            old, new = (rules[first][n - 1] for n in rest)
            answers[k] = {part: [old[part], new[part]] for part in old}
    return answers


EXERCISE = Exercise(
    id="11.2-e3",
    name="registry",
    reference=registry,
    cases=_cases,
    judge=_judge,
    hints=(
        "Keep for each name the list of all its versions. Only the last one decides.",
        "To decide: collect the rules that fire, keep those with the highest priority, and look "
        "at the set of what they say. One thing: that. Several: a conflict.",
        "put: append unless versions[-1] == rule, answer len(versions). diff: {part: [old[part], "
        "new[part]] for part in old if they differ}",
    ),
    wrong=(
        Wrong("each put is a version", _every_put_is_new, "number of the version"),
        Wrong("the last rule wins", _changed_decide(_last_wins), "highest priority is heard"),
        Wrong("silent about a conflict", _changed_decide(_first_of_the_highest), "a conflict"),
        Wrong("low numbers first", _changed_decide(_lowest_number_first), "highest priority"),
        Wrong("all that fire conflict", _changed_decide(_all_conflicts), "no conflict"),
        Wrong("the whole rule as a diff", _whole_diff, "left out"),
    ),
    equivalent={
        "registry: `rest[0]` -> `rest[-1]`": "a put holds one rule",
        "registry: `rest[0]` -> `rest[-1]` #2": "a put holds one rule",
    },
    note="A conflict is a question for the two experts, and no bug. A registry that picks one "
    "silently hides it.",
)
