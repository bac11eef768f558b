"""Exercise 11.2-e4: the design memo."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from mlsdlib.course.documents import design_memo_problems
from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, altered

__all__ = ["EXERCISE"]


def design_memo(facts):
    """Return a design memo, a dictionary with seven parts."""
    options, limit = facts["options"], facts["limit"]
    today = options[facts["today"]]["weeks"]
    within = [name for name in options if options[name]["weeks"] <= limit]
    chosen = min(options, key=lambda name: options[name]["weeks"])
    if within:
        chosen = min(within, key=lambda name: (options[name]["people"], options[name]["weeks"]))
    return {
        "problem": f"A feature takes {today} weeks to get into use; it may take {limit}.",
        "options": {
            name: {
                "weeks": option["weeks"],
                "for": f"takes {option['people']} people",
                "against": f"rests on: {', '.join(option['assumes'])}",
            }
            for name, option in options.items()
        },
        "decision": chosen,
        "assumptions": options[chosen]["assumes"],
        "consulted": facts["touched"],
        "revisit": {"measure": "mean weeks", "above": limit, "by": facts["review"]},
        "owner": facts["owner"],
    }


def _option(weeks, people, *assumes):
    return {"weeks": weeks, "people": people, "assumes": list(assumes)}


def _facts(limit, *options, touched=("dispatchers", "platform engineers"), today=0) -> Case:
    names = ("separate teams", "full-stack pods", "pods on a platform")
    given = dict(zip(names, options, strict=False))
    return {"args": [{
        "options": given, "today": names[today], "limit": limit, "review": "the end of the quarter",
        "touched": list(touched), "owner": "head of pricing"}]}  # fmt: skip


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    separate = _option(10.0, 9, "each stage has a specialist free")
    pods = _option(7.5, 9, "people with all three skills can be hired")
    tooled = _option(5.0, 11, "the platform is kept alive", "pods use it")
    yield _facts(8.0, separate, pods, tooled)
    yield _facts(6.0, separate, pods, tooled)  # only the dearest keeps the limit
    yield _facts(4.0, separate, pods, tooled)  # none does: the fastest
    yield _facts(12.0, separate, pods, tooled)  # as many people: then the weeks
    yield _facts(7.5, separate, pods, tooled)  # just within it
    yield _facts(10.0, separate, _option(8.0, 12, "twelve can be hired"), today=1)  # stay small
    for _ in range(15):
        made = [
            _option(
                int(rng.integers(6, 40)) / 2,
                int(rng.integers(6, 9)),
                *(f"assumption {k}" for k in range(1 + int(rng.integers(3)))),
            )
            for _ in range(int(rng.integers(2, 4)))
        ]
        touched = rng.permutation(["dispatchers", "drivers' desk", "lawyers"])
        yield _facts(
            int(rng.integers(8, 30)) / 2,
            *made,
            touched=touched[: int(rng.integers(1, 4))].tolist(),
            today=int(rng.integers(len(made))),
        )


def _judge(case: Case, result: object) -> Problem | None:
    problems = design_memo_problems(result, case["args"][0])
    if not problems:
        return None
    return Problem(Words("a memo in which nothing is missing"), " ".join(problems))


def _names_its_answer(right, facts):
    return f"In 3 months we still have no {right['decision']}."


def _no_number(right, facts):
    return "Features take far too long."


def _without_today(right, facts):
    return {name: o for name, o in right["options"].items() if name != facts["today"]}


def _nothing_against(right, facts):
    chosen = right["decision"]
    return right["options"] | {chosen: right["options"][chosen] | {"against": ""}}


def _fastest(right, facts):
    return min(facts["options"], key=lambda name: facts["options"][name]["weeks"])


def _engineers_only(right, facts):
    return facts["touched"][1:] or ["platform engineers"]


def _a_verdict(facts):
    return {"decision": design_memo(facts)["decision"], "problem": "10 weeks are too long."}


_with = partial(altered, design_memo)

EXERCISE = Exercise(
    id="11.2-e4",
    name="design_memo",
    reference=design_memo,
    cases=_cases,
    judge=_judge,
    hints=(
        "Somebody who was not in the room should see what was wrong, what could have been done, "
        "why it was this, and what would reopen it.",
        "Decide first: of the options with weeks <= limit, the fewest people, then the fewest "
        "weeks; if there is none, the fewest weeks of all. The rest follows from it.",
        '"options": {name: {"weeks": …, "for": …, "against": …}} for all of them; "revisit": '
        '{"measure": …, "above": limit, "by": review}',
    ),
    wrong=(
        Wrong("a verdict without reasons", _a_verdict, "this one lacks options"),
        Wrong("the problem is a solution", _with(problem=_names_its_answer), "in search of"),
        Wrong("a problem without a number", _with(problem=_no_number), "has no number"),
        Wrong("as if there were no today", _with(options=_without_today), "doing nothing"),
        Wrong("nothing speaks against it", _with(options=_nothing_against), "lacks against"),
        Wrong("the fastest at any price", _with(decision=_fastest), "fewest people"),
        Wrong("only engineers are asked", _with(consulted=_engineers_only), "Not consulted"),
        Wrong("for ever", _with(revisit=lambda *_: {"measure": "weeks"}), "lacks above, by"),
        Wrong("the team owns it", _with(owner=lambda *_: "the team"), "is nobody"),
    ),
    note="A check sees parts and numbers. Show the memo to somebody who wanted another option, and "
    "ask whether its part “for” is what they would have said.",
)
