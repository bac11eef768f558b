"""Exercise 9.2-e5: is a draft fair?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import binomtest

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def is_fair(draft):
    """Return whether both teams get the first place equally often."""
    first = sum(draft(seed)[0] == "A" for seed in range(2_000))
    return bool(binomtest(first, 2_000).pvalue > 0.001)


def _drafts(kind: str, share: float, start: int) -> Callable[[int], list[str]]:
    """Return a function from a seed to the teams of a page of eight places."""

    def coin(seed: int) -> list[str]:
        rng = np.random.default_rng([start, seed])
        teams: list[str] = []
        for _ in range(4):
            first, second = "AB" if rng.random() < share else "BA"
            teams += [first, second]
        return teams

    def later(seed: int) -> list[str]:
        # The first place is fair, all the others are not: A comes first in each later pair.
        return [*coin(seed)[:2], *"ABABAB"]

    return {"coin": coin, "alternate": lambda seed: list("ABABABAB"), "later": later}[kind]


_FAIR = {"coin": True, "alternate": False, "later": True}


def _fair_start(kind: str, rng: np.random.Generator) -> int:
    """Return a start whose throws look fair to any sensible test: lot shall not decide a case."""
    while True:
        start = int(rng.integers(2**31))
        first = [_drafts(kind, 0.5, start)(seed)[0] == "A" for seed in range(2_000)]
        if all(binomtest(sum(first[:n]), n).pvalue > 0.05 for n in (500, 1_000, 2_000)):
            return start


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def case(kind: str, share: float = 0.5) -> Case:
        fair = kind != "alternate" and share == 0.5
        start = _fair_start(kind, rng) if fair else int(rng.integers(2**31))
        return {"kind": kind, "share": share, "start": start}

    yield case("coin")
    yield case("alternate")
    yield case("coin", 0.65)
    yield case("coin", 0.35)
    yield case("later")
    for share in (0.58, 0.42, 0.5, 0.0, 1.0):
        yield case("coin", share)


def _call(function: Callable[..., object], case: Case) -> object:
    draft = _drafts(case["kind"], case["share"], case["start"])
    result = attempted(function(draft))
    return bool(result) if isinstance(result, np.bool_) else result


def _show(name: str, case: Case) -> str:
    if case["kind"] == "coin":
        return f"{name}(draft), where A goes first with probability {case['share']:g}"
    how = {"alternate": "always goes first", "later": "goes first by a coin, at the top only"}
    return f"{name}(draft), where A {how[case['kind']]}"


def _judge(case: Case, result: object) -> Problem | None:
    fair = _FAIR[case["kind"]] and case["share"] == 0.5
    if not isinstance(result, bool):
        return Problem(fair, "Return True or False.")
    if result == fair:
        return None
    if fair:
        why = (
            "This coin is fair. Draft with many different seeds, the same one gives the same page; "
            "and leave room for chance: 1,000 fair throws are seldom 500 to 500."
        )
    elif case["kind"] == "alternate":
        why = (
            "A always goes first. Both teams have equally many places, so counting places shows "
            "nothing: look who stands on top."
        )
    elif case["share"] < 0.5:
        why = "Here B goes first too often. That is as unfair: the test has two sides."
    else:
        why = "A goes first too often. A few dozen drafts do not show it: draft a thousand or more."
    return Problem(Words(str(fair)), why)


def _counts_places(draft):
    teams = [team for seed in range(1_000) for team in draft(seed)]
    return bool(binomtest(teams.count("A"), len(teams)).pvalue > 0.001)


def _one_seed(draft):
    first = sum(draft(0)[0] == "A" for _ in range(1_000))
    return bool(binomtest(first, 1_000).pvalue > 0.001)


def _one_sided(draft):
    first = sum(draft(seed)[0] == "A" for seed in range(2_000))
    return bool(binomtest(first, 2_000, alternative="greater").pvalue > 0.001)


def _exactly_half(draft):
    return sum(draft(seed)[0] == "A" for seed in range(2_000)) == 1_000


def _too_few(draft):
    first = sum(draft(seed)[0] == "A" for seed in range(20))
    return bool(binomtest(first, 20).pvalue > 0.001)


EXERCISE = Exercise(
    id="9.2-e5",
    name="is_fair",
    reference=is_fair,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "If the draft is fair, the team on top is a fair coin, thrown once for each seed.",
        "Count how often A stands on top over some thousand seeds, and ask binomtest from "
        "scipy.stats whether a fair coin does that.",
        'first = sum(draft(seed)[0] == "A" for seed in range(2_000)); return '
        "binomtest(first, 2_000).pvalue > 0.001",
    ),
    wrong=(
        Wrong("counts places", _counts_places, "counting places shows nothing"),
        Wrong("one seed", _one_seed, "different seeds"),
        Wrong("one-sided", _one_sided, "two sides"),
        Wrong("exactly half", _exactly_half, "leave room for chance"),
        Wrong("too few drafts", _too_few, "a thousand or more"),
    ),
    note="A test of fairness that passes is no proof. Here it looks at the top place only: a draft "
    "that is fair there and unfair below passes. The same test can be asked of each place.",
    equivalent={
        "is_fair: `binomtest(first, 2000).pvalue > 0.001` -> `binomtest(first, 2000).pvalue >= "
        "0.001`": "no p-value is exactly 0.001",
        "is_fair: `draft(seed)[0] == 'A'` -> `draft(seed)[0] != 'A'`": "it has two like sides",
        "is_fair: `draft(seed)[0]` -> `draft(seed)[1]`": "who is not first is second",
        "is_fair: `range(2000)` -> `range(1999)`": "one throw of 2,000",
        "is_fair: `binomtest(first, 2000)` -> `binomtest(first, 2001)`": "one throw of 2,000",
    },
)
