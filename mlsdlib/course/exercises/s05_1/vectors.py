"""Exercise 5.1-e3: from tokens to vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_args,
)

__all__ = ["EXERCISE"]


def count_vectors(train, new):
    """Return the vocabulary of `train`, and for each new text how often each entry occurs."""
    vocabulary = sorted({token for tokens in train for token in tokens})
    return vocabulary, [[tokens.count(entry) for entry in vocabulary] for tokens in new]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for train, new in (
        ([["I", "like", "food"]], [["I", "like", "like"]]),
        ([["b", "a"], ["c", "a"]], [["a", "b"], ["c"]]),
        ([["b", "a"], ["c", "a"]], [["d", "a", "d"]]),  # a word that training never saw
        ([["b", "a"]], [["x", "y"]]),  # nothing is known
        ([["b", "a"]], [[]]),
        ([["b", "a"]], []),
        ([], [["a"]]),
        ([["Apple", "apple"]], [["apple", "Apple", "apple"]]),
        ([["not good", "good"]], [["good", "not good"]]),
    ):
        yield {"args": [train, new]}
    for _ in range(15):
        texts = [
            rng.choice(list("abcdef"), int(rng.integers(0, 6))).tolist()
            for _ in range(int(rng.integers(2, 6)))
        ]
        yield {"args": [texts[:-1], texts[1:]]}


def _call(function, case: Case) -> object:
    result = call_with_args(function, case)
    match result:
        case (words, (list() | tuple() | np.ndarray()) as rows):  # an array of vectors is one, too
            return [words, [list(row) if isinstance(row, tuple) else row for row in _plain(rows)]]
    return result


def _plain(rows: object) -> list:
    return [row.tolist() if isinstance(row, np.ndarray) else row for row in rows]


def _judge(case: Case, result: object) -> Problem | None:
    train, new = case["args"]
    expected = count_vectors(train, new)
    vocabulary, vectors = expected
    match result:
        case [list() as words, list() as found] if not any(isinstance(w, list) for w in words):
            pass
        case _:
            return Problem(expected, "Return a pair: the vocabulary, and the list of vectors.")
    if words == vocabulary and found == vectors:
        return None
    if words != vocabulary and sorted(map(str, words)) == vocabulary:
        why = "The vocabulary is sorted, so that everybody gives each word the same place."
    elif not set(map(str, words)) <= set(vocabulary):
        why = (
            "Only the training texts make the vocabulary, their words as they are written: the "
            "model has no weight for any other."
        )
    elif words != vocabulary:
        why = "Every distinct token of the training texts is in the vocabulary, once."
    elif len(found) != len(new) or found == count_vectors(train, train)[1]:
        why = "Return one vector for each new text."
    elif any(len(row) != len(vocabulary) for row in found):
        why = (
            "A vector has one number for each entry of the vocabulary, and nothing for a word that "
            "is in no training text."
        )
    else:
        why = "Each number says how often the entry is one of the text's tokens."
    return Problem(expected, why)


def _from_both(train, new):
    return count_vectors([*train, *new], new)


def _presence(train, new):
    vocabulary, vectors = count_vectors(train, new)
    return vocabulary, [[min(count, 1) for count in row] for row in vectors]


def _in_order_of_appearance(train, new):
    vocabulary = list(dict.fromkeys(token for tokens in train for token in tokens))
    return vocabulary, [[tokens.count(entry) for entry in vocabulary] for tokens in new]


def _unknown_counted_too(train, new):
    vocabulary, vectors = count_vectors(train, new)
    return vocabulary, [
        [*row, len(tokens) - sum(row)] for row, tokens in zip(vectors, new, strict=True)
    ]


def _training_texts(train, new):
    return count_vectors(train, train)


def _lower_case(train, new):
    lower = [[[token.lower() for token in tokens] for tokens in texts] for texts in (train, new)]
    return count_vectors(*lower)


EXERCISE = Exercise(
    id="5.1-e3",
    name="count_vectors",
    reference=count_vectors,
    cases=_cases,
    judge=_judge,
    call=_call,
    hints=(
        "First the vocabulary, from the training texts alone. Then one vector for each new text.",
        "A set holds each token once, sorted() makes a list of it; list.count counts in a text.",
        "vocabulary = sorted({token for tokens in train for token in tokens}); then "
        "[[tokens.count(entry) for entry in vocabulary] for tokens in new]",
    ),
    wrong=(
        Wrong("the vocabulary of both", _from_both, "Only the training texts"),
        Wrong("present or not", _presence, "how often the entry"),
        Wrong("in order of appearance", _in_order_of_appearance, "sorted"),
        Wrong("unknown words counted", _unknown_counted_too, "in no training text"),
        Wrong("vectors of the training texts", _training_texts, "each new text"),
        Wrong("lower case", _lower_case, "training texts"),
    ),
    note="Most numbers are 0, so libraries keep the others only, in a sparse matrix. And "
    "list.count reads the text again for every entry: count the tokens once instead.",
)
