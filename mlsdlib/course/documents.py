"""Templates of what people write about a system, and structural checks that name what is missing.

A check sees whether a document has its parts and whether these fit the facts. Whether it is wise,
it cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

__all__ = [
    "DESIGN_MEMO",
    "POST_MORTEM",
    "check_parts",
    "design_memo_problems",
    "post_mortem_problems",
]

DESIGN_MEMO = {
    "problem": "what is wrong today, with a number, and without naming an option",
    "options": "for each option, today's included: weeks, for, against",
    "decision": "the option that is chosen",
    "assumptions": "what must be true for it",
    "consulted": "everybody whom it touches",
    "revisit": "measure, above and by: what you look at, the number that reopens it, and when",
    "owner": "who answers for it",
}
"""The parts of a design memo."""

POST_MORTEM = {
    "impact": "minutes and trips: how long it lasted and how many it touched",
    "unnoticed": "minutes from its beginning until somebody noticed",
    "timeline": "[minute, what happened], in order",
    "causes": "the conditions that let it happen, at least two, and no person",
    "actions": "what, kind (prevent or detect), owner and due in days",
    "went_well": "what kept it from getting worse",
}
"""The parts of a post-mortem."""

_BLAME = re.compile(r"human error|careless|inattent|should have|fault of|forgot", re.IGNORECASE)
_NO_ACTION = re.compile(r"careful|remind|attention|try harder|discipline", re.IGNORECASE)


def check_parts(
    kind: str, document: object, parts: Collection[str], *, may_be_empty: bool = False
) -> str | None:
    """Return what a document lacks, in one sentence; None if it has all its parts.

    An empty part counts as lacking unless it `may_be_empty`.

    Examples
    --------
    >>> check_parts("memo", {"decision": "buy"}, ["decision", "owner"])
    'A memo is a dictionary with the parts decision, owner; this one lacks owner.'
    """
    given = document if isinstance(document, dict) else {}
    lacking = [
        part for part in parts if part not in given or (not may_be_empty and _is_empty(given[part]))
    ]
    if not lacking:
        return None
    return (
        f"A {kind} is a dictionary with the parts {', '.join(parts)}; this one lacks "
        f"{', '.join(lacking)}."
    )


def design_memo_problems(memo: object, facts: Mapping) -> list[str]:
    """Return what is missing or wrong in a design memo, an empty list if nothing is.

    Parameters
    ----------
    memo : dict
        The parts of `DESIGN_MEMO`.
    facts : dict
        ``options`` (name to ``weeks``, ``people`` and ``assumes``), ``today`` (name of an option),
        ``limit`` (weeks that a feature may take), ``review`` (when), ``touched`` (roles), and
        ``owner``.
    """
    lacks = check_parts("design memo", memo, DESIGN_MEMO)
    return [lacks] if lacks else list(_memo(memo, facts))


def post_mortem_problems(report: object, facts: Mapping) -> list[str]:
    """Return what is missing or wrong in a post-mortem, an empty list if nothing is.

    Parameters
    ----------
    report : dict
        The parts of `POST_MORTEM`.
    facts : dict
        ``events`` (``[minute, person, what]``, in any order), ``began``, ``noticed`` and ``ended``
        (minutes), ``trips``, ``conditions`` and ``helped`` (texts) and ``owners`` (roles).
    """
    lacks = check_parts("post-mortem", report, POST_MORTEM)
    return [lacks] if lacks else list(_report(report, facts))


def _best_option(facts: Mapping) -> str:
    """Return the option with the fewest people among those within the limit, else the fastest."""
    options = facts["options"]
    within = [name for name in options if options[name]["weeks"] <= facts["limit"]]
    if not within:
        return min(options, key=lambda name: options[name]["weeks"])
    return min(within, key=lambda name: (options[name]["people"], options[name]["weeks"]))


def _memo(memo: dict, facts: Mapping) -> Iterator[str]:
    options = facts["options"]
    problem = memo["problem"]
    if not isinstance(problem, str):
        yield "The problem is a text."
        problem = "0"
    named = [name for name in options if name.lower() in problem.lower()]
    if named:
        yield f"The problem names an option, {named[0]}: that is a solution in search of reasons."
    if not re.search(r"\d", problem):
        yield "The problem has no number: how long does it take, and how long may it?"
    yield from _options(memo["options"], facts)
    best = _best_option(facts)
    if memo["decision"] != best:
        yield (
            "The decision is not what the facts say: of the options within the limit, the one "
            "with the fewest people, then the fewest weeks; if none is within it, the fastest."
        )
    if not _same(memo["assumptions"], options[best]["assumes"]):
        yield "The assumptions must be those of the chosen option, all of them."
    missed = [role for role in facts["touched"] if role not in _listed(memo["consulted"])]
    if missed:
        yield f"Not consulted, though it touches them: {', '.join(missed)}."
    revisit = memo["revisit"] if isinstance(memo["revisit"], dict) else {}
    absent = [part for part in ("measure", "above", "by") if _is_empty(revisit.get(part))]
    if absent:
        yield f"What reopens the decision? revisit lacks {', '.join(absent)}."
    elif revisit["above"] != facts["limit"] or revisit["by"] != facts["review"]:
        yield "Revisit when the weeks are above the limit, at the review."
    if memo["owner"] != facts["owner"]:
        yield "One owner answers for it; “the team” is nobody."


def _options(given: object, facts: Mapping) -> Iterator[str]:
    given = given if isinstance(given, dict) else {}
    for name, fact in facts["options"].items():
        option = given.get(name)
        if not isinstance(option, dict):
            today = ", and doing nothing is an option" if name == facts["today"] else ""
            yield f"The option {name} is not weighed{today}."
            continue
        absent = [part for part in ("weeks", "for", "against") if _is_empty(option.get(part))]
        if absent:
            yield f"The option {name} lacks {', '.join(absent)}."
        elif option["weeks"] != fact["weeks"]:
            yield f"The weeks of the option {name} are not those of the facts."


def _report(report: dict, facts: Mapping) -> Iterator[str]:
    impact = {"minutes": facts["ended"] - facts["began"], "trips": facts["trips"]}
    if report["impact"] != impact:
        yield "The impact is the minutes from the beginning to the end, and the trips."
    if report["unnoticed"] != facts["noticed"] - facts["began"]:
        yield "Unnoticed it was from its beginning, not from the first event, until it was noticed."
    happened = sorted([minute, what] for minute, _, what in facts["events"])
    if list(map(_listed, _listed(report["timeline"]))) != happened:
        yield "The timeline has every event once, as [minute, what], in the order of the minutes."
    text = _text(report)
    people = sorted({person for _, person, _ in facts["events"] if person in text})
    if people:
        yield f"It names a person, {people[0]}: say what the system let happen to anybody."
    blame = _BLAME.search(text)
    if blame:
        yield f"“{blame.group()}” is where the questions begin, and no cause."
    found = [cause for cause in _listed(report["causes"]) if cause in facts["conditions"]]
    if len(set(found)) < 2:
        yield "One cause is seldom all: name at least two of the conditions."
    yield from _actions(report["actions"], facts)


def _actions(actions: object, facts: Mapping) -> Iterator[str]:
    kinds = set()
    for action in _listed(actions):
        action = action if isinstance(action, dict) else {"what": str(action)}
        name = action.get("what") or "without words"
        absent = [part for part in ("what", "kind", "owner", "due") if _is_empty(action.get(part))]
        if absent:
            yield f"The action “{name}” lacks {', '.join(absent)}."
            continue
        if _NO_ACTION.search(str(name)):
            yield f"“{name}” is a wish: an action changes the system."
        if action["owner"] not in facts["owners"]:
            yield f"The action “{name}” has no owner among {', '.join(facts['owners'])}."
        due = action["due"]
        if isinstance(due, bool) or not isinstance(due, int) or due <= 0:
            yield f"The action “{name}” is due in a number of days above 0."
        kinds.add(action["kind"])
    for kind, why in (("prevent", "so that it cannot happen again"),
                      ("detect", "so that it is noticed sooner if it does")):  # fmt: skip
        if kind not in kinds:
            yield f"No action is of the kind {kind}, {why}."


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def _listed(value: object) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _same(got: object, expected: Collection[str]) -> bool:
    return sorted(map(str, _listed(got))) == sorted(expected)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(map(_text, value.values()))
    if isinstance(value, (list, tuple)):
        return " ".join(map(_text, value))
    return str(value)
