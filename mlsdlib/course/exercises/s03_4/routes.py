"""Exercise 3.4-e2: who gets a message?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    show_tuples,
)

__all__ = ["EXERCISE"]


def deliver(bindings, subject):
    """Return who gets a message: one of each list gets a copy."""
    words, copies = subject.split("."), {}
    for name, binding in bindings.items():
        pattern, group = (binding, None) if isinstance(binding, str) else binding
        parts = pattern.split(".")
        if parts[-1] == ">" and len(words) >= len(parts):
            parts = parts[:-1] + ["*"] * (len(words) - len(parts) + 1)
        pairs = zip(parts, words, strict=False)
        if len(parts) == len(words) and all(part in ("*", word) for part, word in pairs):
            key = ("subscriber", name) if group is None else ("group", group)
            copies.setdefault(key, []).append(name)
    return list(copies.values())


_PACK = {"a": ["orders.*", "packers"], "b": ["orders.*", "packers"]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for bindings, subject in (
        ({"audit": "orders.uk", "mail": "orders.uk"}, "orders.uk"),
        (_PACK, "orders.uk"),
        ({"audit": "orders.>", **_PACK}, "orders.uk"),
        ({**_PACK, "audit": "orders.>", "c": ["orders.>", "packers"]}, "orders.uk"),
        ({"a": ["orders.*", "packers"], "x": ["orders.*", "billing"]}, "orders.uk"),
        ({"audit": "orders.*"}, "orders.uk.paid"),
        ({"audit": "orders.>"}, "orders.uk.paid"),
        ({"audit": "orders.>"}, "orders"),
        ({"audit": "*.uk.*", "mail": "orders.*.paid"}, "orders.uk.paid"),
        ({"audit": ">", "mail": "*"}, "orders"),
        ({"audit": ">", "mail": "*"}, "orders.uk"),
        ({"audit": "returns.>", "a": ["returns.*", "packers"]}, "orders.uk"),
        ({"packers": "orders.*", **_PACK}, "orders.uk"),  # a name that is a group's, too
        ({"audit": "order", "mail": "orders.u"}, "orders.uk"),
        ({}, "orders.uk"),
    ):
        yield {"args": [bindings, subject]}
    patterns = ["orders.*", "orders.>", "*.uk", ">", "orders.uk.*", "orders.uk", "*.*.paid"]
    for _ in range(20):
        bindings = {}
        for name in "abcdef"[: int(rng.integers(1, 7))]:
            pattern, group = str(rng.choice(patterns)), rng.choice(["", "", "g", "h"])
            bindings[name] = [pattern, str(group)] if group else pattern
        yield {"args": [bindings, str(rng.choice(["orders.uk", "orders.uk.paid", "orders"]))]}


def _judge(case: Case, result: object) -> Problem | None:
    bindings, subject = case["args"]
    expected = deliver(bindings, subject)
    if result == expected:
        return None
    if not isinstance(result, list) or not all(isinstance(names, list) for names in result):
        return Problem(expected, "Return a list of lists of names.")
    got = {name for names in result for name in names}
    right = {name for names in expected for name in names}
    wrong = sorted(got ^ right)
    if any(bindings.get(name) is None for name in wrong):
        why = "Only the names of subscribers stand in the lists."
    elif wrong:
        pattern = (
            bindings[wrong[0]] if isinstance(bindings[wrong[0]], str) else bindings[wrong[0]][0]
        )
        verb = "fits" if wrong[0] in right else "does not fit"
        why = f"{pattern!r} {verb} {subject!r}: * is one word, a final > one word or more."
    elif sorted(map(sorted, result)) == sorted(map(sorted, expected)):
        why = "The lists follow the order of bindings; a group stands where its first member does."
    else:
        why = "A plain subscriber stands alone; the members of one group stand in one list."
    return Problem(expected, why)


def _all_alone(bindings, subject):
    return [[name] for names in deliver(bindings, subject) for name in names]


def _all_together(bindings, subject):
    names = [name for names in deliver(bindings, subject) for name in names]
    return [names] if names else []


def _one_of_the_group(bindings, subject):
    return [names[:1] for names in deliver(bindings, subject)]


def _star_is_everything(bindings, subject):
    wide = {name: b.replace("*", ">") if isinstance(b, str) and b.endswith("*") else b
            for name, b in bindings.items()}  # fmt: skip
    return deliver(wide, subject)


def _rest_may_be_empty(bindings, subject):
    plain = {name: b[:-2] if isinstance(b, str) and b.endswith(".>") and b[:-2] == subject else b
             for name, b in bindings.items()}  # fmt: skip
    return deliver(plain, subject)


def _groups_last(bindings, subject):
    plain = {name: b for name, b in bindings.items() if isinstance(b, str)}
    groups = {name: b for name, b in bindings.items() if not isinstance(b, str)}
    return deliver(plain | groups, subject)


EXERCISE = Exercise(
    id="3.4-e2",
    name="deliver",
    reference=deliver,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Two questions, one after the other: whose pattern fits, and who of them shares a copy?",
        "Compare word by word. Collect the names in a dictionary: under their own name, or under "
        "that of their group.",
        'copies.setdefault(("group", group) if group else ("subscriber", name), []).append(name); '
        "at the end list(copies.values())",
    ),
    wrong=(
        Wrong("everybody gets a copy", _all_alone, "the members of one group"),
        Wrong("one copy for all", _all_together, "stands alone"),
        Wrong("one member named", _one_of_the_group, "fits"),
        Wrong("* is several words", _star_is_everything, "* is one word"),
        Wrong("> is nothing", _rest_may_be_empty, "one word or more"),
        Wrong("groups last", _groups_last, "where its first member does"),
    ),
    equivalent={
        "deliver: `zip(parts, words, strict=False)` -> `zip(parts, words)`": "the default",
        "deliver: `strict=False` -> `strict=True`": "only equally long ones are walked over",
    },
    note="Matching every pattern for every message is slow with many subscribers. Brokers keep the "
    "patterns in a tree of words and walk down it, as a dictionary is searched letter by letter.",
)
