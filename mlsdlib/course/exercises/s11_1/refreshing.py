"""Exercise 11.1-e2: something new, or the same as before?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def should_refresh(shown, scores, delta, changed, in_use):
    """Return whether a user gets new filters instead of those shown before."""
    if not shown or any(item not in scores for item in shown) or changed:
        return True
    if in_use:
        return False
    best = sorted(scores.values(), reverse=True)[: len(shown)]
    return sum(best) - sum(scores[item] for item in shown) > delta


_SCORES = {"pool": 4, "wifi": 3, "pets": 2, "spa": 1}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [["pets"], _SCORES, 1, False, False]}
    yield {"args": [["pets"], _SCORES, 3, False, False]}
    yield {"args": [["pets"], _SCORES, 2, False, False]}  # the gain equals delta: keep
    yield {"args": [[], _SCORES, 9, False, False]}  # nothing was shown yet
    yield {"args": [[], _SCORES, 9, False, True]}
    yield {"args": [["sauna"], _SCORES, 9, False, False]}  # not to be had any more
    yield {"args": [["pool", "sauna"], _SCORES, 9, False, True]}  # not even if in use
    yield {"args": [["spa"], _SCORES, 9, True, False]}  # another city
    yield {"args": [["spa"], _SCORES, 9, True, True]}  # another city, though in use
    yield {"args": [["spa"], _SCORES, 0, False, True]}  # in use: keep
    yield {"args": [["wifi", "pool"], _SCORES, 0, False, False]}  # the best, in another order
    yield {"args": [["wifi", "spa"], _SCORES, 2, False, False]}  # 7 against 4
    yield {"args": [["pets", "spa"], _SCORES, 4, False, False]}  # equal, by two items
    yield {"args": [["pets"], _SCORES, 0, False, False]}
    yield {"args": [["pool"], _SCORES, 0, False, False]}
    names = ["a", "b", "c", "d", "e"]
    for _ in range(40):
        scores = {name: int(rng.integers(0, 8)) for name in names[: int(rng.integers(3, 6))]}
        shown = rng.permutation(names[:4])[: int(rng.integers(0, 4))].tolist()
        flags = (rng.random(2) < 0.25).tolist()
        yield {"args": [shown, scores, int(rng.integers(0, 6)), *flags]}


def _judge(case: Case, result: object) -> Problem | None:
    shown, scores, delta, changed, in_use = case["args"]
    expected = should_refresh(shown, scores, delta, changed, in_use)
    if isinstance(result, (bool, np.bool_)) and bool(result) == expected:
        return None
    if not isinstance(result, (bool, np.bool_)):
        why = "Return True or False."
    elif not shown:
        why = "Nothing was shown yet: there is nothing to keep."
    elif any(item not in scores for item in shown):
        why = "Something shown is not to be had any more: it cannot stay, whatever the rest says."
    elif changed:
        why = "The user looks for something else now: the old filters need not fit."
    elif in_use:
        why = "The user is using what is shown: it stays, whatever the gain."
    else:
        gain = sum(sorted(scores.values())[-len(shown) :]) - sum(scores[item] for item in shown)
        why = (
            f"The best {len(shown)} are together better by {gain}. "
            f"Refresh if that is more than delta, {delta}, and not if it is equal."
        )
    return Problem(expected, why)


def _equal_is_enough(shown, scores, delta, changed, in_use):
    if shown and all(item in scores for item in shown) and not changed and not in_use:
        best = sorted(scores.values())[-len(shown) :]
        return sum(best) - sum(scores[item] for item in shown) >= delta
    return should_refresh(shown, scores, delta, changed, in_use)


def _use_comes_first(shown, scores, delta, changed, in_use):
    return not in_use and should_refresh(shown, scores, delta, changed, in_use)


def _gone_counts_nothing(shown, scores, delta, changed, in_use):
    return should_refresh([i for i in shown if i in scores], scores, delta, changed, in_use) and (
        not shown or any(i in scores for i in shown)
    )


def _only_gain(shown, scores, delta, changed, in_use):
    return should_refresh(shown, scores, delta, False, False)


def _no_use(shown, scores, delta, changed, in_use):
    return should_refresh(shown, scores, delta, changed, False)


def _cold_keeps(shown, scores, delta, changed, in_use):
    return bool(shown) and should_refresh(shown, scores, delta, changed, in_use)


EXERCISE = Exercise(
    id="11.1-e2",
    name="should_refresh",
    reference=should_refresh,
    cases=_cases,
    judge=_judge,
    hints=(
        "First the cases in which the old cannot stay, then the one in which it must, then the "
        "gain.",
        "Empty, gone, changed: True. Then in use: False. Then compare the sum of the best "
        "len(shown) scores with the sum of the scores of those shown.",
        "best = sorted(scores.values(), reverse=True)[:len(shown)]; return sum(best) - "
        "sum(scores[i] for i in shown) > delta",
    ),
    wrong=(
        Wrong("an equal gain is enough", _equal_is_enough, "not if it is equal"),
        Wrong("use comes first", _use_comes_first, "nothing to keep"),
        Wrong("what is gone is passed over", _gone_counts_nothing, "not to be had any more"),
        Wrong("only the gain counts", _only_gain, "looks for something else"),
        Wrong("takes away what is in use", _no_use, "is using what is shown"),
        Wrong("a first visit keeps nothing", _cold_keeps, "nothing to keep"),
    ),
    note="Rules are code that somebody must own. Each exception that a user asks for is one more.",
)
