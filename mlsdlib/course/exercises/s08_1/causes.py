"""Exercise 8.1-e1: which kind of failure was it?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def classify(incident, kinds):
    """Return the kind of an incident: "software", "ML", "both" or "unknown"."""
    left = set(incident["causes"]) - set(incident["ruled_out"])
    found = {kinds[cause] for cause in left if cause in kinds}
    if len(found) == 2:
        return "both"
    return found.pop() if found else "unknown"


_KINDS = {"hardware": "software", "deployment": "software", "shift": "ML", "edge case": "ML"}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for causes, ruled_out in (
        (["deployment"], []),
        (["shift"], []),
        (["shift", "deployment"], []),  # two causes of two kinds
        (["deployment", "shift"], []),
        (["shift", "edge case"], []),  # two causes of one kind
        (["hardware", "deployment"], []),
        ([], []),
        (["sabotage"], []),  # no kind is known
        (["sabotage", "shift"], []),
        (["hardware", "shift"], ["hardware"]),
        (["hardware", "shift"], ["hardware", "shift"]),
        (["hardware"], ["shift"]),
        (["shift", "shift"], []),
    ):
        yield {"args": [{"causes": causes, "ruled_out": ruled_out}, _KINDS]}
    # The same cause under another taxonomy.
    yield {"args": [{"causes": ["hardware"], "ruled_out": []}, {"hardware": "ML"}]}
    for _ in range(20):
        pool = [*_KINDS, "sabotage"]
        causes = rng.choice(pool, int(rng.integers(0, 4))).tolist()
        ruled_out = rng.choice(pool, int(rng.integers(0, 2))).tolist()
        yield {"args": [{"causes": causes, "ruled_out": ruled_out}, _KINDS]}


def _judge(case: Case, result: object) -> Problem | None:
    incident, kinds = case["args"]
    expected = classify(incident, kinds)
    if isinstance(result, str) and result == expected:
        return None
    left = [cause for cause in incident["causes"] if cause not in incident["ruled_out"]]
    strange = [cause for cause in left if cause not in kinds]
    if result not in ("software", "ML", "both", "unknown"):
        why = 'The answer is one of "software", "ML", "both" and "unknown".'
    elif len(left) < len(incident["causes"]):
        why = "A cause that was ruled out does not count."
    elif strange:
        why = "A cause whose kind is not listed says nothing; without another, it is unknown."
    elif not left:
        why = "Without a cause the kind is unknown, and not software by default."
    elif expected == "both":
        why = "An incident may have several causes: with one of each kind it is both."
    else:
        why = "Look up each cause in kinds: if all are of one kind, that is the answer."
    return Problem(expected, why)


def _first_cause(incident, kinds):
    left = [cause for cause in incident["causes"] if cause not in incident["ruled_out"]]
    return kinds.get(left[0], "unknown") if left else "unknown"


def _unknown_is_software(incident, kinds):
    answer = classify(incident, kinds)
    return "software" if answer == "unknown" else answer


def _ruled_out_counts(incident, kinds):
    return classify({"causes": incident["causes"], "ruled_out": []}, kinds)


def _strange_spoils_all(incident, kinds):
    left = [cause for cause in incident["causes"] if cause not in incident["ruled_out"]]
    return classify(incident, kinds) if all(cause in kinds for cause in left) else "unknown"


def _two_causes_are_both(incident, kinds):
    left = set(incident["causes"]) - set(incident["ruled_out"])
    return "both" if len(left) > 1 else classify(incident, kinds)


EXERCISE = Exercise(
    id="8.1-e1",
    name="classify",
    reference=classify,
    cases=_cases,
    judge=_judge,
    hints=(
        "Collect the kinds of the causes that are left, and see how many different ones there are.",
        "A set is what you need: of causes without those ruled out, then of their kinds. Causes "
        "that kinds does not know add nothing.",
        "left = set(causes) - set(ruled_out); found = {kinds[c] for c in left if c in kinds}; two "
        "kinds are both, one is the answer, none is unknown",
    ),
    wrong=(
        Wrong("the first cause decides", _first_cause, "with one of each kind it is both"),
        Wrong("unknown is software", _unknown_is_software, "not software by default"),
        Wrong("what was ruled out counts", _ruled_out_counts, "ruled out does not count"),
        Wrong("a strange cause spoils all", _strange_spoils_all, "says nothing"),
        Wrong("two causes are both", _two_causes_are_both, "all are of one kind"),
    ),
    note="The answer hangs on the table of kinds as much as on the incident: print the table "
    "beside every share that you report.",
)
