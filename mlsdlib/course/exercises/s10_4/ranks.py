"""Exercise 10.4-e3: who comes first, under weights that nobody is sure of?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def rank_stability(scores, weights):
    """Return the share of the weight draws in which each option comes first."""
    wins, counted = [0.0] * len(scores), 0
    for draw in weights:
        if sum(draw) == 0:
            continue
        counted += 1
        criteria = range(len(draw))
        totals = [sum(draw[c] * option[c] for c in criteria) for option in scores]
        first = [i for i, total in enumerate(totals) if total == max(totals)]
        for i in first:
            wins[i] += 1 / len(first)
    return [win / counted for win in wins] if counted else None


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[5, 1], [1, 5]], [[1, 0], [3, 1], [0, 1]]]}
    yield {"args": [[[5, 1], [1, 5]], [[1, 1]]]}  # a tie is shared
    yield {"args": [[[2, 2], [2, 2], [1, 1]], [[1, 3], [2, 1]]]}  # two of three tie, always
    yield {"args": [[[5, 1], [1, 5]], [[0, 0], [2, 1], [3, 1]]]}  # a draw of zeros says nothing
    yield {"args": [[[5, 1], [1, 5]], [[0, 0], [0, 0]]]}  # no draw says anything
    yield {"args": [[[5, 1], [1, 5]], []]}
    yield {"args": [[[4, 5, 1], [5, 1, 4], [3, 4, 4]], [[2, 0, 1], [0, 3, 1], [1, 1, 1]]]}
    yield {"args": [[[3, 3]], [[1, 2]]]}  # one option
    yield {"args": [[[5, 0], [4, 4]], [[8, 2], [8, 1]]]}  # a second place is no half win
    for _ in range(25):
        options, criteria = int(rng.integers(2, 6)), int(rng.integers(2, 5))
        weights = rng.integers(0, 4, (int(rng.integers(1, 9)), criteria))
        yield {"args": [rng.integers(1, 6, (options, criteria)).tolist(), weights.tolist()]}


def _judge(case: Case, result: object) -> Problem | None:
    scores, weights = case["args"]
    expected = rank_stability(scores, weights)
    if expected is None:
        if result is None:
            return None
        return Problem(None, "No draw gives any criterion a weight: return None.")
    if not isinstance(result, list) or len(result) != len(scores):
        return Problem(expected, "Return a list with one share for each option.")
    if all(same_number(got, right) for got, right in zip(result, expected, strict=True)):
        return None
    if _same(result, _zeros_count(scores, weights)):
        why = "A draw whose weights are all zero says nothing: leave it out, also of the number."
    elif _same(result, _first_of_a_tie(scores, weights)):
        why = "Options that tie for the first place share that win equally."
    elif _same(result, _each_of_a_tie(scores, weights)):
        why = "The shares must add up to 1: options that tie share one win, each part of it."
    elif _same(result, _mean_of_scores(scores, weights)):
        why = "The weights count: multiply each score by its criterion's weight."
    elif _same(result, _one_mean_weight(scores, weights)):
        why = "Rank the options under each draw; the mean weight hides who wins when."
    else:
        why = (
            "For each draw, add up weight times score for each option; the highest total wins. "
            "Return wins over the draws that count."
        )
    return Problem(expected, why)


def _same(got, other) -> bool:
    return other is not None and all(same_number(g, o) for g, o in zip(got, other, strict=True))


def _totals(scores, draw):
    return [sum(w * s for w, s in zip(draw, option, strict=True)) for option in scores]


def _shares(scores, weights, share, *, keep_zeros=False):
    used = [draw for draw in weights if keep_zeros or sum(draw)]
    if not used:
        return None
    wins = np.zeros(len(scores))
    for draw in used:
        totals = _totals(scores, draw)
        wins += share([total == max(totals) for total in totals])
    return (wins / len(used)).tolist()


def _equally(first):
    return np.array(first) / sum(first)


def _zeros_count(scores, weights):
    return _shares(scores, weights, _equally, keep_zeros=True)


def _first_of_a_tie(scores, weights):
    return _shares(scores, weights, lambda first: np.arange(len(first)) == first.index(True))


def _each_of_a_tie(scores, weights):
    return _shares(scores, weights, lambda first: np.array(first, float))


def _mean_of_scores(scores, weights):
    return _shares(scores, [[1] * len(draw) for draw in weights if sum(draw)], _equally)


def _one_mean_weight(scores, weights):
    used = [draw for draw in weights if sum(draw)]
    return _shares(scores, [[sum(c) for c in zip(*used, strict=True)]], _equally) if used else None


def _zero_for_nothing(scores, weights):
    return rank_stability(scores, weights) or [0.0] * len(scores)


EXERCISE = Exercise(
    id="10.4-e3",
    name="rank_stability",
    reference=rank_stability,
    cases=_cases,
    judge=_judge,
    hints=(
        "One draw of weights makes one ranking. Count who comes first, over all draws.",
        "Leave out draws that are all zero. Where several options have the highest total, each "
        "gets an equal part of that one win.",
        "totals = [sum(w * s for w, s in zip(draw, option)) for option in scores]; each of the k "
        "options with the total max(totals) gets 1 / k; divide by the draws that counted",
    ),
    wrong=(
        Wrong("draws of zeros count", _zeros_count, "says nothing"),
        Wrong("the first of a tie wins", _first_of_a_tie, "share that win equally"),
        Wrong("each of a tie wins", _each_of_a_tie, "must add up to 1"),
        Wrong("no weights", _mean_of_scores, "The weights count"),
        Wrong("one ranking by the mean weight", _one_mean_weight, "under each draw"),
        Wrong("zeros where nothing counts", _zero_for_nothing, "return None"),
    ),
    note="With scores that are not whole numbers, sums may miss a tie by rounding: round them "
    "first, as the library does.",
)
