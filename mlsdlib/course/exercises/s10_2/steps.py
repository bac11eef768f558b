"""Exercise 10.2-e1: run steps that depend on each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Words,
    Wrong,
    call_with_args,
)

__all__ = ["EXERCISE"]

CIRCLE = "ValueError"


def run_dag(after, failures, retries):
    """Return the tries of all steps in an order that respects what they come after."""
    tries, succeeded, failed = [], set(), set()
    left = list(after)
    while left:
        ready = [step for step in left if succeeded | failed >= set(after[step])]
        if not ready:
            raise ValueError("steps wait for each other in a circle")
        for step in ready:
            left.remove(step)
            if failed & set(after[step]):
                failed.add(step)  # never tried
                continue
            needed = failures.get(step, 0) + 1
            tries += [step] * min(needed, retries + 1)
            (succeeded if needed <= retries + 1 else failed).add(step)
    return tries


_DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [{"c": ["b"], "b": ["a"], "a": []}, {}, 0]}  # a chain, not in order
    yield {"args": [_DIAMOND, {}, 0]}
    yield {"args": [_DIAMOND, {"b": 1}, 1]}  # a retry that helps
    yield {"args": [_DIAMOND, {"b": 2}, 2]}  # the last retry helps
    yield {"args": [_DIAMOND, {"b": 3}, 2]}  # one too few: d is not tried, c is
    yield {"args": [_DIAMOND, {"b": 1}, 0]}
    yield {"args": [_DIAMOND, {"a": 1}, 0]}  # nothing but a
    yield {"args": [{"a": [], "b": ["a"], "c": ["b"], "z": []}, {"a": 1}, 0]}  # not even later
    yield {"args": [{"a": ["b"], "b": ["a"]}, {}, 0]}  # a circle
    yield {"args": [{"a": ["a"]}, {}, 0]}  # waits for itself
    yield {"args": [{"x": [], "a": ["c", "x"], "b": ["a"], "c": ["b"]}, {"x": 9}, 0]}  # and fails
    yield {"args": [{"a": [], "b": []}, {"a": 5}, 1]}
    yield {"args": [{}, {}, 1]}
    for _ in range(20):
        names = list("abcdef"[: int(rng.integers(2, 7))])
        after = {
            name: [other for other in names[:k] if rng.random() < 0.4]
            for k, name in enumerate(names)
        }
        if rng.random() < 0.15:
            after[names[0]] = [names[-1]]
            after[names[-1]] = sorted({*after[names[-1]], names[0]})
        order = rng.permutation(names).tolist()
        failures = {name: int(rng.integers(1, 4)) for name in names if rng.random() < 0.3}
        yield {"args": [{name: after[name] for name in order}, failures, int(rng.integers(0, 4))]}


def _call(function, case: Case) -> object:
    """Return the tries, or the name of the error that a circle is answered with."""
    try:
        return call_with_args(function, case)
    except ValueError:
        return CIRCLE


def _expected(after, failures, retries) -> Counter | None:
    """Return how often each step is tried, None if there is a circle."""
    try:
        return Counter(run_dag(after, failures, retries))
    except ValueError:
        return None


def _judge(case: Case, result: object) -> Problem | None:
    after, failures, retries = case["args"]
    counts = _expected(after, failures, retries)
    if counts is None:
        if result == CIRCLE:
            return None
        return Problem(Words("a ValueError"), "Steps wait for each other in a circle: raise it.")
    example = run_dag(after, failures, retries)
    if result == CIRCLE:
        return Problem(example, "There is no circle: every step can have its turn.")
    if not isinstance(result, list) or not all(step in after for step in result):
        return Problem(example, "Return a list of names of steps, one for each try.")
    found = Counter(result)
    for step in after:
        if found[step] == counts[step]:
            continue
        failed_before = any(
            counts[other] == 0 or failures.get(other, 0) > retries for other in after[step]
        )
        if failed_before:
            why = f"{step} comes after a step that failed for good, or was never tried: leave it."
        elif found[step] == 0:
            why = f"{step} must be tried: all steps before it have succeeded."
        elif failures.get(step, 0):
            why = (
                f"Failures of {step} before it succeeds: {failures[step]}. Retries: at most "
                f"{retries}. So it is tried {counts[step]} times in all."
            )
        else:
            why = f"{step} succeeds at once: it is tried one time, however many need it."
        return Problem(example, why)
    last = {step: k for k, step in enumerate(result)}
    for step in found:
        for other in after[step]:
            if last[other] > result.index(step):
                why = f"{step} is tried before {other} has succeeded, and it comes after {other}."
                return Problem(example, why)
    return None


def _in_the_order_given(after, failures, retries):
    run_dag(after, failures, retries)
    found = Counter(run_dag(after, failures, retries))
    return [step for step in after for _ in range(found[step])]


def _no_circle(after, failures, retries):
    try:
        return run_dag(after, failures, retries)
    except ValueError:
        return []


def _failures_ignored(after, failures, retries):
    return run_dag(after, {}, retries)


def _goes_on(after, failures, retries):
    """Run what comes after a failed step."""
    order = run_dag(after, {}, 0)
    return [s for s in order for _ in range(min(failures.get(s, 0), retries) + 1)]


def _stops(after, failures, retries):
    """Stop everything at the first failure."""
    run_dag(after, {}, 0)
    tries = []
    for step in run_dag(after, {}, 0):
        tries += [step] * (min(failures.get(step, 0), retries) + 1)
        if failures.get(step, 0) > retries:
            break
    return tries


def _one_try_fewer(after, failures, retries):
    return run_dag(after, failures, max(retries - 1, 0))


def _only_parents(after, failures, retries):
    """Skip the children of a failed step and run theirs."""
    order = run_dag(after, {}, 0)
    bad = {step for step in order if failures.get(step, 0) > retries}
    good = [step for step in order if not bad & set(after[step])]
    return [s for s in good for _ in range(min(failures.get(s, 0), retries) + 1)]


def _each_path(after, failures, retries):
    """Walk back from each step without remembering what was done."""
    run_dag(after, failures, retries)

    def walk(step):
        return [s for other in after[step] for s in walk(other)] + [step]

    used = {other for some in after.values() for other in some}
    return [s for step in after if step not in used for s in walk(step)]


EXERCISE = Exercise(
    id="10.2-e1",
    name="run_dag",
    reference=run_dag,
    cases=_cases,
    judge=_judge,
    call=_call,
    hints=(
        "Keep what has succeeded and what has failed. A step is ready if all before it are in one "
        "of the two.",
        "Again and again take what is ready. If nothing is ready and something is left, there is a "
        "circle. A step after a failed one fails as well, without a try.",
        "needed = failures.get(step, 0) + 1; tries += [step] * min(needed, retries + 1); it "
        "succeeds if needed <= retries + 1.",
    ),
    wrong=(
        Wrong("in the order given", _in_the_order_given, "has succeeded, and it comes after"),
        Wrong("no error for a circle", _no_circle, "in a circle: raise it"),
        Wrong("nothing fails", _failures_ignored, "before it succeeds"),
        Wrong("goes on after a failure", _goes_on, "failed for good"),
        Wrong("stops at a failure", _stops, "must be tried"),
        Wrong("one retry too few", _one_try_fewer, "in all"),
        Wrong("skips children only", _only_parents, "was never tried"),
        Wrong("every path", _each_path, "however many need it"),
    ),
    note="A circle is looked for before anything runs in a real scheduler, as in "
    "graphlib.TopologicalSorter.prepare; here it shows only when nothing is ready.",
    equivalent={
        "run_dag: `continue` -> `break`": "what is left of the ready steps has its turn next time",
        "run_dag: `for step in ready: left.remove(step) if  ... iled).add(step)` -> "
        "`for step in ready: left.remove(step) if  ... add(step) break`": "as above",
    },
)
