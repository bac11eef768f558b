"""Exercise 9.2-e4: one page from two rankings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def team_draft(A, B, rng):
    """Return a page drafted from two rankings, and the team of each place: "A" or "B"."""
    page, teams = [], []
    while True:
        if len(page) % 2 == 0:
            first = "A" if rng.random() < 0.5 else "B"
            turn = first
        else:
            turn = "B" if first == "A" else "A"
        new = [item for item in (A if turn == "A" else B) if item not in page]
        if not new:
            return page, teams
        page.append(new[0])
        teams.append(turn)


_TIMES = 600


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def case(a: list[str], b: list[str]) -> Case:
        return {"a": a, "b": b, "seed": int(rng.integers(2**31))}

    yield case(list("abc"), list("bca"))  # four ways
    yield case(list("abcd"), list("abcd"))  # alike
    yield case(list("ab"), list("xy"))  # nothing in common
    yield case(["a"], list("abc"))  # a short one
    yield case(list("aab"), list("bcc"))  # an item twice in one ranking
    yield case(list("abcd"), ["x"])
    yield case([], list("ab"))
    yield case([], [])
    for _ in range(4):
        letters = np.array(list("abcdef"))
        yield case(*(rng.permutation(letters)[: rng.integers(1, 6)].tolist() for _ in range(2)))


def _call(function: Callable[..., object], case: Case) -> object:
    """Draft the same rankings many times; return each page with how often it came."""
    rng, a, b = np.random.default_rng(case["seed"]), case["a"], case["b"]
    drafts: Counter = Counter()
    for _ in range(_TIMES):
        mine, yours = list(a), list(b)
        result = attempted(function(mine, yours, rng))
        if (mine, yours) != (a, b):
            return "changed"
        try:
            page, teams = result
            drafts[tuple(page), tuple(teams)] += 1
        except (TypeError, ValueError):
            return repr(result)
    return [[list(page), list(teams), times] for (page, teams), times in sorted(drafts.items())]


def _show(name: str, case: Case) -> str:
    return f"{name}({case['a']}, {case['b']}, rng), {_TIMES} times"


def ways(a: list, b: list) -> dict[tuple, float]:
    """Return every draft of two rankings with its probability."""
    found: dict[tuple, float] = {}

    def go(page: tuple, teams: tuple, chance: float) -> None:
        if len(page) % 2:
            turns = {"B" if teams[-1] == "A" else "A": chance}
        else:
            turns = {"A": chance / 2, "B": chance / 2}
        for turn, part in turns.items():
            new = [item for item in (a if turn == "A" else b) if item not in page]
            if new:
                go((*page, new[0]), (*teams, turn), part)
            else:
                found[page, teams] = found.get((page, teams), 0.0) + part

    go((), (), 1.0)
    return found


def _judge(case: Case, result: object) -> Problem | None:
    a, b = case["a"], case["b"]
    if result == "changed":
        return Problem(Words("A and B as they were"), "Leave the rankings as they are: copy them.")
    if not isinstance(result, list):
        return Problem(Words("a pair of lists"), "Return the page and its teams, two lists.")
    right = ways(a, b)
    for page, teams, _ in result:
        if (tuple(page), tuple(teams)) in right:
            continue
        return Problem(
            _one(right),
            f"Here the page was {page}, the teams {teams}. {_why(case, right, page, teams)}",
        )
    times = {(tuple(page), tuple(teams)): n for page, teams, n in result}
    for draft, chance in right.items():
        spread = 5 * (_TIMES * chance * (1 - chance)) ** 0.5
        if abs(times.get(draft, 0) - _TIMES * chance) > spread:
            why = (
                f"The page {list(draft[0])} with teams {list(draft[1])} came {times.get(draft, 0)} "
                "times: whoever goes first is drawn anew, by a fair coin of rng, whenever both "
                "teams are equal."
            )
            return Problem(Words(f"about {_TIMES * chance:.0f} times"), why)
    return None


def _one(right: dict[tuple, float]) -> tuple:
    return tuple(map(list, max(right, key=right.get)))


def _why(case: Case, right: dict, page: list, teams: list) -> str:
    if len(page) != len(teams) or not all(team in ("A", "B") for team in teams):
        return 'Each place has a team, "A" or "B".'
    if len(set(page)) < len(page):
        return "An item stands on the page once: whoever comes second takes the next best."
    ended = [len(done) for done, whose in right if (done, whose) == (tuple(page[: len(done)]),
             tuple(teams[: len(done)]))]  # fmt: skip
    if ended:
        return "The page ends when the one whose turn it is has nothing new, and not later."
    for i in range(0, len(teams) - 1, 2):
        if teams[i] == teams[i + 1]:
            return "When one has had its turn, it is the other's: then the coin falls again."
    for i, (item, team) in enumerate(zip(page, teams, strict=True)):
        ranking = case["a"] if team == "A" else case["b"]
        new = [x for x in ranking if x not in page[:i]]
        if not new or item != new[0]:
            return "A team takes the best of its own ranking that is not on the page yet."
    return "The page ends when the one whose turn it is has nothing new, not before."


def _alternates(A, B, rng):
    class Heads:
        def random(self):
            return 0.0

    return team_draft(A, B, Heads())


def _one_coin_a_page(A, B, rng):
    coin = rng.random()

    class Same:
        def random(self):
            return coin

    return team_draft(A, B, Same())


def _a_coin_a_place(A, B, rng):
    page, teams = [], []
    while True:
        turn = "A" if rng.random() < 0.5 else "B"
        new = [item for item in (A if turn == "A" else B) if item not in page]
        if not new:
            return page, teams
        page.append(new[0])
        teams.append(turn)


def _keeps_duplicates(A, B, rng):
    page, teams = [], []
    for a, b in zip(A, B):  # noqa: B905
        pair = [(a, "A"), (b, "B")]
        for item, team in pair if rng.random() < 0.5 else pair[::-1]:
            page.append(item)
            teams.append(team)
    return page, teams


def _fills_up(A, B, rng):
    page, teams = team_draft(A, B, rng)
    for ranking, team in ((A, "A"), (B, "B")):
        for item in ranking:
            if item not in page:
                page.append(item)
                teams.append(team)
    return page, teams


def _biased_coin(A, B, rng):
    class Biased:
        def random(self):
            return 0.7 * rng.random()

    return team_draft(A, B, Biased())


def _pops(A, B, rng):
    page, teams = team_draft(A, B, rng)
    A.clear()
    return page, teams


EXERCISE = Exercise(
    id="9.2-e4",
    name="team_draft",
    reference=team_draft,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Two captains choose players. Who goes first is decided by a coin, again and again.",
        "If the page has an even number of items, throw the coin, else it is the other one's turn. "
        "Then look for the first item of that ranking which is not on the page.",
        "while True: turn = coin if len(page) % 2 == 0 else the other one; new = [x for x in "
        "ranking if x not in page]; if not new: return page, teams; append new[0] and turn",
    ),
    wrong=(
        Wrong("A always first", _alternates, "fair coin"),
        Wrong("one coin a page", _one_coin_a_page, "drawn anew"),
        Wrong("a coin for each place", _a_coin_a_place, "it is the other's"),
        Wrong("keeps duplicates", _keeps_duplicates, "stands on the page once"),
        Wrong("fills up the page", _fills_up, "has nothing new"),
        Wrong("a biased coin", _biased_coin, "fair coin"),
        Wrong("spoils its input", _pops, "Leave the rankings"),
    ),
    note="A real page must be filled to the end. What is put there after the draft belongs to no "
    "team, and its clicks do not count.",
    equivalent={
        "team_draft: `rng.random() < 0.5` -> `rng.random() >= 0.5`": "the coin has two like sides",
        "team_draft: `rng.random() < 0.5` -> `rng.random() <= 0.5`": "a draw is never 0.5 itself",
    },
)
