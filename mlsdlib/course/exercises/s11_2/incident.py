"""Exercise 11.2-e5: the post-mortem."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from mlsdlib.course.documents import post_mortem_problems
from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, altered

__all__ = ["EXERCISE"]


def post_mortem(facts):
    """Return a post-mortem without blame, a dictionary with six parts."""
    began, conditions, owners = facts["began"], facts["conditions"], facts["owners"]
    return {
        "impact": {"minutes": facts["ended"] - began, "trips": facts["trips"]},
        "unnoticed": facts["noticed"] - began,
        "timeline": sorted([minute, what] for minute, _, what in facts["events"]),
        "causes": conditions,
        "actions": [
            {"what": f"remove the condition: {conditions[0]}", "kind": "prevent",
             "owner": owners[0], "due": 14},
            {"what": "an alarm on the mean fare of an hour", "kind": "detect",
             "owner": owners[-1], "due": 7},
        ],
        "went_well": facts["helped"],
    }  # fmt: skip


_CONDITIONS = (
    "the unit of a field changed without a version",
    "the release had no canary",
    "no alarm looked at the fares",
    "the model's inputs had no range check",
)


def _facts(events, began, noticed, ended, trips, conditions=_CONDITIONS[:2]) -> Case:
    return {"args": [{
        "events": events, "began": began, "noticed": noticed, "ended": ended, "trips": trips,
        "conditions": list(conditions), "helped": ["the old model was one command away"],
        "owners": ["pricing", "data platform"]}]}  # fmt: skip


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _facts(
        [
            [130, "Ines", "roll-back to the old model"],
            [0, "Omar", "training distances come in kilometres, no longer in miles"],
            [95, "Lea", "drivers write that fares are too low"],
            [12, "Omar", "the model is trained anew and released"],
        ],
        12, 95, 130, 4_100,
    )  # fmt: skip
    yield _facts([[9, "Omar", "fares doubled"], [5, "Ines", "release"]], 5, 9, 9, 70, _CONDITIONS)
    for _ in range(15):
        minutes = np.sort(rng.choice(200, 4, replace=False))
        people = rng.permutation(["Ines", "Omar", "Lea", "Jun"]).tolist()
        what = ["a field changes its unit", "release", "complaints", "roll-back"]
        events = [[int(m), p, w] for m, p, w in zip(minutes, people, what, strict=True)]
        _, began, noticed, ended = minutes.tolist()
        many = int(rng.integers(2, len(_CONDITIONS) + 1))
        shuffled = [events[k] for k in rng.permutation(4)]
        conditions = rng.permutation(_CONDITIONS)[:many].tolist()
        yield _facts(shuffled, began, noticed, ended, int(rng.integers(10, 9_000)), conditions)


def _judge(case: Case, result: object) -> Problem | None:
    problems = post_mortem_problems(result, case["args"][0])
    if not problems:
        return None
    return Problem(Words("a post-mortem in which nothing is missing"), " ".join(problems))


def _as_told(right, facts):
    return [[minute, what] for minute, _, what in facts["events"]]


def _who_did_it(right, facts):
    return [*right["causes"], f"{facts['events'][0][1]} released on a Friday"]


def _human_error(right, facts):
    return [*right["causes"], "human error"]


def _one_cause(right, facts):
    return right["causes"][:1]


def _more_careful(right, facts):
    first, second = right["actions"]
    return [first | {"what": "be more careful with units"}, second]


def _nobodys(right, facts):
    first, second = right["actions"]
    return [{part: first[part] for part in ("what", "kind")}, second]


def _never_again(right, facts):
    return right["actions"][:1]


def _since_the_first_event(right, facts):
    return facts["noticed"] - min(minute for minute, *_ in facts["events"])


def _since_it_was_noticed(right, facts):
    return right["impact"] | {"minutes": facts["ended"] - facts["noticed"]}


def _a_story(facts):
    return {"timeline": post_mortem(facts)["timeline"], "causes": ["a wrong unit"]}


_with = partial(altered, post_mortem)

EXERCISE = Exercise(
    id="11.2-e5",
    name="post_mortem",
    reference=post_mortem,
    cases=_cases,
    judge=_judge,
    hints=(
        "Write for somebody who will build the next system. What did the system let happen to "
        "whoever was at the keyboard?",
        "All minutes count from `began`. The timeline has no names. Name at least two of the "
        "conditions, and for one of them something that changes the system.",
        'actions: a list of {"what", "kind", "owner", "due"}, one with kind "prevent" and one with '
        '"detect", with an owner out of facts["owners"] and a number of days',
    ),
    wrong=(
        Wrong("a story", _a_story, "this one lacks impact"),
        Wrong("as it was told", _with(timeline=_as_told), "in the order of the minutes"),
        Wrong("who did it", _with(causes=_who_did_it), "names a person"),
        Wrong("human error", _with(causes=_human_error), "where the questions begin"),
        Wrong("the root cause", _with(causes=_one_cause), "at least two"),
        Wrong("be more careful", _with(actions=_more_careful), "is a wish"),
        Wrong("nobody's action", _with(actions=_nobodys), "lacks owner, due"),
        Wrong("nothing to notice it", _with(actions=_never_again), "kind detect"),
        Wrong("since the first event", _with(unnoticed=_since_the_first_event), "Unnoticed"),
        Wrong("since it was noticed", _with(impact=_since_it_was_noticed), "The impact is"),
    ),
    equivalent={
        "post_mortem: `{'what': f'remove the condition: {condit ... [0], 'due': 14}` -> "
        "`{'what': f'remove the condition: {condit ... [0], 'due': 15}`": "any day will do",
        "post_mortem: `{'what': f'remove the condition: {condit ... [0], 'due': 14}` -> "
        "`{'what': f'remove the condition: {condit ... [0], 'due': 13}`": "any day will do",
        "post_mortem: `{'what': 'an alarm on the mean fare of a ... [-1], 'due': 7}` -> "
        "`{'what': 'an alarm on the mean fare of a ... [-1], 'due': 8}`": "any day will do",
        "post_mortem: `{'what': 'an alarm on the mean fare of a ... [-1], 'due': 7}` -> "
        "`{'what': 'an alarm on the mean fare of a ... [-1], 'due': 6}`": "any day will do",
        "post_mortem: `owners[0]` -> `owners[1]`": "any of the two owners will do",
        "post_mortem: `owners[0]` -> `owners[-1]`": "any of the two owners will do",
        "post_mortem: `-1` -> `1`": "any of the two owners will do",
        "post_mortem: `-1` -> `-2`": "any of the two owners will do",
        "post_mortem: `-1` -> `-0`": "any of the two owners will do",
    },
    note="Whether an action is done is the part that most post-mortems lack: look at the list of "
    "open actions once a month.",
)
