"""Exercise 8.3-e6: what did a request wait for?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    same_number,
    show_tuples,
)

__all__ = ["EXERCISE"]


def critical_path(spans):
    """Return the seconds that a request waited for each service."""
    waited = {}

    def walk(id, service, start, end):
        now = end
        children = [span for span in spans if span[1] == id]
        for child, _, name, a, b in sorted(children, key=lambda span: -span[4]):
            a, b = max(a, start), min(b, end)
            if a < b <= now:
                waited[service] = waited.get(service, 0) + now - b
                walk(child, name, a, b)
                now = a
        waited[service] = waited.get(service, 0) + now - start

    id, _, service, start, end = next(span for span in spans if span[1] is None)
    walk(id, service, start, end)
    return {service: seconds for service, seconds in waited.items() if seconds > 0}


_ROOT = ["a", None, "shop", 0, 100]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[_ROOT, ["b", "a", "price", 10, 40], ["c", "a", "stock", 50, 90]]]}
    yield {"args": [[_ROOT, ["b", "a", "price", 10, 40], ["c", "a", "risk", 10, 90]]]}  # parallel
    yield {"args": [[_ROOT, ["b", "a", "price", 5, 60], ["c", "a", "risk", 40, 90]]]}  # overlap
    yield {"args": [[_ROOT, ["b", "a", "price", 20, 80], ["c", "b", "db", 30, 70]]]}
    yield {"args": [[_ROOT, ["b", "a", "price", 5, 60], ["d", "b", "db", 10, 55],
                     ["c", "a", "risk", 5, 90]]]}  # what ran beside asked  # fmt: skip
    yield {"args": [[_ROOT, ["b", "a", "db", 10, 20], ["c", "a", "db", 60, 90]]]}  # one service
    yield {"args": [[_ROOT, ["b", "a", "price", 0, 50], ["c", "a", "risk", 50, 100]]]}  # no gap
    yield {"args": [[_ROOT, ["b", "a", "price", 10, 80], ["c", "b", "db", 60, 95]]]}  # clocks
    yield {"args": [[_ROOT, ["b", "a", "price", -20, 30]]]}
    yield {"args": [[_ROOT, ["b", "a", "price", 200, 260]]]}  # a clock that is far off
    yield {"args": [[["c", "b", "db", 30, 70], ["b", "a", "price", 20, 80], _ROOT]]}  # any order
    yield {"args": [[_ROOT, ["b", "a", "price", 10, 11]]]}
    yield {"args": [[_ROOT]]}
    for _ in range(20):
        spans, names = [_ROOT], ["price", "stock", "risk", "db"]
        for id in "bcdef"[: int(rng.integers(1, 6))]:
            parent = spans[int(rng.integers(len(spans)))]
            ends = rng.choice(np.arange(-10, 115), 2, replace=False)
            taken = {end for span in spans for end in span[3:]}
            if not taken & set(ends.tolist()):
                a, b = sorted(ends.tolist())
                spans.append([id, parent[0], str(rng.choice(names)), a, b])
        yield {"args": [spans]}


def _judge(case: Case, result: object) -> Problem | None:
    (spans,) = case["args"]
    expected = critical_path([tuple(span) for span in spans])
    if not isinstance(result, dict) or not all(
        isinstance(v, (int, float)) for v in result.values()
    ):
        return Problem(expected, "Return a dictionary from service to seconds.")
    found = {service: seconds for service, seconds in result.items() if seconds}
    if found.keys() == expected.keys() and all(same_number(found[s], expected[s]) for s in found):
        return None
    root = next(span for span in spans if span[1] is None)
    times = {span[0]: span[3:] for span in spans}
    outside = any(s[3] < times[s[1]][0] or s[4] > times[s[1]][1] for s in spans if s[1] is not None)
    if outside:
        why = (
            "A clock is off: of a piece of work only what lies within the one that asked for it "
            "counts, and nothing of one that lies outside."
        )
    elif not same_number(sum(found.values()), root[4] - root[3]):
        why = (
            "The seconds must add up to those of the first piece: each moment is waited for once, "
            "and a gap in which no child runs is the parent's own work."
        )
    else:
        why = (
            "Go back from the end: a piece waited for the child that ended last; before that "
            "began, for the one that had ended last by then. What ran beside it was not waited for."
        )
    return Problem(expected, why)


def _all_seconds(spans):
    total = {}
    for _, _, service, start, end in spans:
        total[service] = total.get(service, 0) + end - start
    return total


def _own_seconds(spans):
    """Take from each piece what its children took, though they ran beside each other."""
    total = {}
    for id, _, service, start, end in spans:
        children = sum(b - a for _, parent, _, a, b in spans if parent == id)
        total[service] = total.get(service, 0) + max(0, end - start - children)
    return total


def _longest_child(spans):
    waited = {}
    span = next(span for span in spans if span[1] is None)
    while span:
        children = [child for child in spans if child[1] == span[0]]
        longest = max(children, key=lambda child: child[4] - child[3], default=None)
        own = span[4] - span[3] - (longest[4] - longest[3] if longest else 0)
        waited[span[2]] = waited.get(span[2], 0) + own
        span = longest
    return waited


def _clocks_believed(spans):
    low, high = min(s[3] for s in spans), max(s[4] for s in spans)
    return critical_path([(*s[:3], low, high) if s[1] is None else s for s in spans])


def _gaps_forgotten(spans):
    found = critical_path(spans)
    parents = {span[1] for span in spans}
    leaves = {span[2] for span in spans if span[0] not in parents}
    return {service: seconds for service, seconds in found.items() if service in leaves}


EXERCISE = Exercise(
    id="8.3-e6",
    name="critical_path",
    reference=critical_path,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Start at the end of the first piece and walk back in time. What was it waiting for?",
        "Sort the children by their end, the latest first. One whose end is not after the present "
        "moment was waited for: what lies between is the parent's own work; then go into the "
        "child, and on from its start.",
        "now = end; for each child, cut to start and end: if a < b <= now: own += now - b; "
        "walk(child, a, b); now = a; in the end own += now - start",
    ),
    wrong=(
        Wrong("all seconds", _all_seconds, "each moment is waited for once"),
        Wrong("own seconds of all", _own_seconds, "each moment is waited for once"),
        Wrong("the longest child", _longest_child, "Go back from the end"),
        Wrong("clocks are believed", _clocks_believed, "A clock is off"),
        Wrong("gaps are forgotten", _gaps_forgotten, "the parent's own work"),
    ),
    equivalent={
        "walk: `a < b <= now` -> `a <= b <= now`": "a piece of no length splits a stretch in two "
        "that add up to the same",
        "critical_path: `seconds > 0` -> `seconds >= 0`": "the check takes no seconds for no entry",
        "critical_path: `seconds > 0` -> `seconds > -1`": "the check takes no seconds for no entry",
    },
    note="Cutting is the crude way with clocks. The library's align_clocks first moves a child "
    "that sticks out to the middle of its parent, as tracing systems do.",
)
