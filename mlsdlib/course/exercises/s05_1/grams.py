"""Exercise 5.1-e2: n-grams."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def ngrams(toks, n):
    """Return every run of n neighbouring tokens, each joined with spaces."""
    if n < 1:
        return []
    return [" ".join(toks[i : i + n]) for i in range(len(toks) - n + 1)]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for toks, n in (
        (["I", "like", "food"], 1),
        (["I", "like", "food"], 2),
        (["I", "like", "food"], 3),
        (["I", "like", "food"], 4),  # longer than the text
        (["I", "like", "food"], 0),
        ([], 1),
        ([], 0),
        (["no", "no", "no"], 2),  # repeats stay
        (["crème", "brûlée", "😀", "好"], 2),  # Unicode
        (["b", "a", "c", "a"], 2),  # in the order of the text
    ):
        yield {"args": [toks, n]}
    for _ in range(15):
        toks = rng.choice(["not", "good", "bad", "very", "día"], int(rng.integers(0, 7))).tolist()
        yield {"args": [toks, int(rng.integers(0, 4))]}


def _judge(case: Case, result: object) -> Problem | None:
    toks, n = case["args"]
    expected = ngrams(toks, n)
    if result == expected and isinstance(result, list):
        return None
    if not isinstance(result, list):
        why = "Return a list of strings."
    elif n < 1:
        why = "There are no runs of zero tokens: the list is empty."
    elif n > len(toks):
        why = "A text with fewer than n tokens has no n-gram: the list is empty."
    elif any(not isinstance(gram, str) for gram in result):
        why = "Join the tokens of each n-gram with one space."
    elif sorted(map(str, result)) == sorted(expected):
        why = "Keep the order of the text."
    elif set(map(str, result)) == set(expected):
        why = "An n-gram that occurs twice stands in the list twice."
    elif len(result) == len(expected):
        why = (
            "Take neighbouring tokens as they are written, n of them, and join them with one space."
        )
    else:
        why = (
            "An n-gram is n neighbouring tokens, and one begins at every token that has n - 1 "
            "after it."
        )
    return Problem(expected, why)


def _short_ones_at_the_end(toks, n):
    return [" ".join(toks[i : i + n]) for i in range(len(toks))] if n > 0 else []


def _last_one_forgotten(toks, n):
    return [" ".join(toks[i : i + n]) for i in range(len(toks) - n)] if n > 0 else []


def _not_overlapping(toks, n):
    if n < 1:
        return []
    return [" ".join(toks[i : i + n]) for i in range(0, len(toks) - n + 1, n)]


def _zero_gives_empty_strings(toks, n):
    return [" ".join(toks[i : i + n]) for i in range(len(toks) - n + 1)]


def _distinct(toks, n):
    return list(dict.fromkeys(ngrams(toks, n)))


def _of_characters(toks, n):
    text = " ".join(toks)
    return [text[i : i + n] for i in range(len(text) - n + 1)] if n > 0 else []


def _underscores(toks, n):
    return [gram.replace(" ", "_") for gram in ngrams(toks, n)]


def _lists(toks, n):
    return [toks[i : i + n] for i in range(len(toks) - n + 1)] if n > 0 else []


EXERCISE = Exercise(
    id="5.1-e2",
    name="ngrams",
    reference=ngrams,
    cases=_cases,
    judge=_judge,
    hints=(
        "An n-gram begins at one token and ends n - 1 tokens later. Where can the last one begin?",
        "The last one begins at len(toks) - n. range() is empty by itself where that is negative.",
        "return [' '.join(toks[i : i + n]) for i in range(len(toks) - n + 1)], and [] for n < 1",
    ),
    wrong=(
        Wrong("short ones at the end", _short_ones_at_the_end, "neighbouring tokens"),
        Wrong("the last one forgotten", _last_one_forgotten, "one begins at every token"),
        Wrong("no overlap", _not_overlapping, "one begins at every token"),
        Wrong("zero gives empty strings", _zero_gives_empty_strings, "no runs of zero tokens"),
        Wrong("distinct ones", _distinct, "twice"),
        Wrong("n-grams of characters", _of_characters, "neighbouring tokens"),
        Wrong("joined with underscores", _underscores, "with one space"),
        Wrong("not joined", _lists, "Join the tokens"),
    ),
    note="Joined with spaces, the 2-gram of 'New York' and 'City' and that of 'New' and "
    "'York City' are one. It does no harm while no token holds a space.",
)
