"""Exercise 3.3-e2: ask again while another writer holds the lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted

__all__ = ["EXERCISE"]

_ERRORS = {
    "locked": lambda: sqlite3.OperationalError("database is locked"),
    "no table": lambda: sqlite3.OperationalError("no such table: sales"),
    "not unique": lambda: sqlite3.IntegrityError("UNIQUE constraint failed: sales.id"),
    "text": lambda: ValueError("the shop is locked"),
}


def retry_commit(commit, sleep, attempts=5, base=0.01, cap=0.5):
    """Return what commit() returns, called again while another writer holds the lock."""
    import sqlite3

    for k in range(1, attempts):
        try:
            return commit()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        sleep(min(cap, base * 2 ** (k - 1)))
    return commit()


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def case(*failures, **options):
        return {"args": list(failures), "kwargs": options}

    yield case()
    yield case("locked")
    yield case("locked", "locked", "locked")
    yield case(*["locked"] * 4)  # the fifth and last attempt succeeds
    yield case(*["locked"] * 6)
    yield case(*["locked"] * 5)
    yield case("no table")
    yield case("locked", "not unique")
    yield case("text")
    yield case(*["locked"] * 7, attempts=9, base=0.0625, cap=0.5)  # the cap
    yield case("locked", attempts=1)
    yield case(attempts=1)
    for _ in range(15):
        failures = ["locked"] * int(rng.integers(0, 6))
        if rng.random() < 0.3:
            failures.append(str(rng.choice(["no table", "not unique", "text"])))
        yield case(*failures, attempts=int(rng.integers(1, 7)), base=0.125, cap=0.75)


def _call(function, case: Case):
    """Return what came of it: how it ended, how often it called, and how long it waited."""
    failures, waits, calls = list(case["args"]), [], []

    def commit():
        calls.append(len(waits))
        if len(calls) > 50:
            raise RuntimeError("commit was called 50 times")
        if failures:
            raise _ERRORS[failures.pop(0)]()
        return "stored"

    try:
        ended = attempted(function(commit, waits.append, **case["kwargs"]))
    except (sqlite3.Error, ValueError) as error:
        ended = f"{type(error).__name__}: {error}"
    return {"ended": ended, "calls": len(calls), "waits": waits}


def _show(name: str, case: Case) -> str:
    options = "".join(f", {key}={value!r}" for key, value in case["kwargs"].items())
    fails = ", then ".join(repr(str(_ERRORS[f]())) for f in case["args"])
    return f"{name}(commit, sleep{options}), where commit {f'fails with {fails}' if fails else 'succeeds at once'}"  # noqa: E501


def _judge(case: Case, result: dict) -> Problem | None:
    expected = _call(retry_commit, case)
    waits = [float(wait) for wait in result["waits"]]
    if result["ended"] == expected["ended"] and result["calls"] == expected["calls"]:
        if np.allclose(waits, expected["waits"]) if len(waits) == len(expected["waits"]) else False:
            return None
        if len(waits) > len(expected["waits"]):
            why = "A wait belongs between two attempts: after the last one nothing is waited for."
        else:
            why = "Before the k-th repetition wait min(cap, base * 2 ** (k - 1)) seconds."
    elif result["calls"] > expected["calls"] and expected["ended"] != "stored":
        limit = case["kwargs"].get("attempts", 5)
        why = (
            f"Call it at most {limit} times in all."
            if "locked" in str(expected["ended"]) and "shop" not in str(expected["ended"])
            else "No repetition helps against this error: raise it at once."
        )
    elif result["calls"] < expected["calls"]:
        why = "Another writer held the lock: wait, and call again."
    elif expected["ended"] == "stored":
        why = "Return what commit() returns."
    else:
        why = "After the last attempt, the error itself must reach the caller."
    return Problem(expected, why)


def _all_errors(commit, sleep, attempts=5, base=0.01, cap=0.5):
    for k in range(attempts):
        try:
            return commit()
        except Exception:
            if k == attempts - 1:
                raise
        sleep(min(cap, base * 2**k))
    return None


def _any_operational_error(commit, sleep, attempts=5, base=0.01, cap=0.5):
    for k in range(attempts):
        try:
            return commit()
        except sqlite3.OperationalError:
            if k == attempts - 1:
                raise
        sleep(min(cap, base * 2**k))
    return None


def _constant_wait(commit, sleep, attempts=5, base=0.01, cap=0.5):
    return retry_commit(commit, lambda seconds: sleep(base), attempts, base, cap)


def _no_cap(commit, sleep, attempts=5, base=0.01, cap=0.5):
    return retry_commit(commit, sleep, attempts, base, float("inf"))


def _one_too_many(commit, sleep, attempts=5, base=0.01, cap=0.5):
    return retry_commit(commit, sleep, attempts + 1, base, cap)


def _swallowed(commit, sleep, attempts=5, base=0.01, cap=0.5):
    try:
        return retry_commit(commit, sleep, attempts, base, cap)
    except sqlite3.OperationalError:
        return None


EXERCISE = Exercise(
    id="3.3-e2",
    name="retry_commit",
    reference=retry_commit,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Some errors pass by themselves, others never do. Only the first kind is worth a wait.",
        "Loop over all attempts but the last. Catch sqlite3.OperationalError; raise it again if it "
        "says nothing of a lock, else sleep. After the loop try for the last time, without a net.",
        "for k in range(1, attempts): try: return commit() … except sqlite3.OperationalError as "
        'error: if "locked" not in str(error): raise … sleep(min(cap, base * 2 ** (k - 1)))',
    ),
    wrong=(
        Wrong("every error is repeated", _all_errors, "at once"),
        Wrong("every operational error is repeated", _any_operational_error, "at once"),
        Wrong("always the same wait", _constant_wait, "min(cap"),
        Wrong("no bound on the wait", _no_cap, "min(cap"),
        Wrong("one attempt too many", _one_too_many, "at most"),
        Wrong("the last error is lost", _swallowed, "must reach the caller"),
    ),
    note="A wait that doubles gives a busy database air. The library draws each wait by lot, so "
    "that writers that failed together do not come back together (full jitter, Brooker 2015). What "
    "commit() does must be one whole transaction, else a repetition does half of it twice.",
)
