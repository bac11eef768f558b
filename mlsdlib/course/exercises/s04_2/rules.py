"""Exercise 4.2-e5: how good is each rule, if nobody knows the truth?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number
from mlsdlib.course.exercises.s04_2._results import as_list

__all__ = ["EXERCISE"]


def label_model(votes, rounds):
    """Return for each row the probability of class 1, after so many rounds of EM."""
    accuracy, chance = [0.7] * len(votes[0]), []
    for step in range(rounds + 1):
        if step > 0:
            for j in range(len(accuracy)):
                cast = [(row[j], p) for row, p in zip(votes, chance, strict=True) if row[j] != -1]
                right = sum(p if vote == 1 else 1 - p for vote, p in cast)
                accuracy[j] = (right + 1) / (len(cast) + 2)
        chance = []
        for row in votes:
            one = zero = 1.0
            for vote, a in zip(row, accuracy, strict=True):
                if vote == 1:
                    one, zero = one * a, zero * (1 - a)
                elif vote == 0:
                    one, zero = one * (1 - a), zero * a
            chance.append(one / (one + zero))
    return chance


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[1, 1, 0], [0, 0, 0], [1, -1, -1]], 0]}
    yield {"args": [[[1, 0, -1], [-1, -1, -1], [0, -1, -1]], 0]}  # a conflict, and nobody
    yield {"args": [[[1, 1, 0], [1, 1, 1], [0, 0, 1], [1, 0, 0]], 1]}
    yield {"args": [[[1, 1, 0], [1, 1, 1], [0, 0, 1], [1, 0, 0]], 3]}
    yield {"args": [[[1, 1, -1], [0, 0, -1], [1, 0, -1], [-1, -1, -1]], 2]}  # coverage 0
    yield {"args": [[[1, -1], [1, -1], [-1, 0], [1, 1], [-1, -1]], 4]}  # one side only
    yield {"args": [[[1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [1, 1, 1, 0, 1]], 5]}  # a clique
    yield {"args": [[[1], [0], [-1]], 2]}
    yield {"args": [[[1, 0, 1]], 2]}
    for _ in range(15):
        n, m = int(rng.integers(3, 9)), int(rng.integers(2, 6))
        votes = rng.choice([-1, 0, 1], (n, m), p=[0.3, 0.35, 0.35]).tolist()
        votes[0][0] = 1  # somebody votes
        yield {"args": [votes, int(rng.integers(0, 6))]}


def _judge(case: Case, result: object) -> Problem | None:
    votes, rounds = case["args"]
    expected, result = label_model(votes, rounds), as_list(result)
    if not isinstance(result, list) or len(result) != len(votes):
        return Problem(expected, "Return a list with one probability for each row.")
    wrong = [
        i for i, pair in enumerate(zip(result, expected, strict=True)) if not same_number(*pair)
    ]
    if not wrong:
        return None
    if any(set(votes[i]) == {-1} for i in wrong):
        why = "Where all rules abstain, nothing is known: both classes have probability one half."
    elif rounds == 0:
        why = (
            "Before the first round each accuracy is 0.7. Multiply for each class what its votes "
            "are worth, a for a vote for it and 1 - a for one against it, and divide by the sum."
        )
    elif any(column == {-1} for column in map(set, zip(*votes, strict=True))):
        why = "A rule that never votes gets the accuracy (0 + 1) / (0 + 2), and changes nothing."
    else:
        why = (
            "A new accuracy is (right + 1) / (votes + 2). An abstention is no vote, and a vote is "
            "right with the probability that the model gives its class, not simply yes or no."
        )
    return Problem(expected, why)


def _share_of_votes(votes, rounds):
    return [0.5 if set(row) == {-1} else row.count(1) / (len(row) - row.count(-1)) for row in votes]


def _abstaining_is_zero(votes, rounds):
    return label_model([[max(vote, 0) for vote in row] for row in votes], rounds)


def _by_hard_labels(votes, rounds):
    """Count a vote as wholly right or wholly wrong."""
    accuracy = [0.7] * len(votes[0])
    for step in range(rounds + 1):
        chance = []
        for row in votes:
            one = zero = 1.0
            for vote, a in zip(row, accuracy, strict=True):
                one *= {1: a, 0: 1 - a, -1: 1}[vote]
                zero *= {1: 1 - a, 0: a, -1: 1}[vote]
            chance.append(one / (one + zero))
        if step == rounds:
            return chance
        for j in range(len(accuracy)):
            cast = [(row[j], p) for row, p in zip(votes, chance, strict=True) if row[j] != -1]
            right = sum(vote == (p > 0.5) for vote, p in cast)
            accuracy[j] = (right + 1) / (len(cast) + 2)
    return chance


def _one_round_too_few(votes, rounds):
    return label_model(votes, max(rounds - 1, 0))


def _unknown_is_zero(votes, rounds):
    found = label_model(votes, rounds)
    return [0.0 if set(row) == {-1} else p for row, p in zip(votes, found, strict=True)]


EXERCISE = Exercise(
    id="4.2-e5",
    name="label_model",
    reference=label_model,
    cases=_cases,
    judge=_judge,
    hints=(
        "Two questions in turn. If we knew how good the rules are, how likely is class 1 in a "
        "row? If we knew that, how good are the rules?",
        "For a row, multiply over its votes: a for the class voted for, 1 - a for the other. Then "
        "sum over the votes of a rule how likely the class is that it voted for.",
        "p = one / (one + zero); accuracy = (sum of p or 1 - p over its votes + 1) / (votes + 2); "
        "after the last round compute p once more",
    ),
    wrong=(
        Wrong("the share of votes", _share_of_votes, "each accuracy is 0.7"),
        Wrong("abstaining is a vote for 0", _abstaining_is_zero, "each accuracy is 0.7"),
        Wrong("hard labels", _by_hard_labels, "not simply yes or no"),
        Wrong("one round too few", _one_round_too_few, "A new accuracy is"),
        Wrong("nothing known is class 0", _unknown_is_zero, "one half"),
    ),
    equivalent={
        "label_model: `zip(row, accuracy, strict=True)` -> `zip(row, accuracy)`": "both are "
        "equally long",
        "label_model: `strict=True` -> `strict=False`": "both are equally long",
        "label_model: `zip(votes, chance, strict=True)` -> `zip(votes, chance)`": "both are "
        "equally long",
        "label_model: `strict=True` -> `strict=False` #2": "both are equally long",
        "label_model: `votes[0]` -> `votes[-1]`": "all rows are equally long",
    },
    note="One accuracy a rule is too little where a rule votes for one class only: then all rules "
    "for class 1 may look perfect together. The library's LabelModel learns by default how often a "
    "rule votes in each class, too.",
)
