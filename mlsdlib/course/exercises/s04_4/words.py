"""Exercise 4.4-e2: swap words for synonyms, and know where not to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def swap(words, synonyms, p, rng):
    """Return the words, some of them replaced by synonyms, none behind a negation."""
    negated, swapped = False, []
    for word in words:
        small = word.lower()
        if small in {".", ",", ";", "!", "?", "but"}:
            negated = False
        if small in synonyms and not negated and rng.random() < p:
            new = synonyms[small]
            if word.isupper():
                new = new.upper()
            elif word[0].isupper():
                new = new.capitalize()
            swapped.append(new)
        else:
            swapped.append(word)
        if small in {"not", "no", "never"} or small.endswith("n't"):
            negated = True
    return swapped


_SYNONYMS = {"happy": "glad", "bad": "poor", "big": "large", "quick": "fast"}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for text in (
        "I am happy .",
        "Happy people , BIG dogs",
        "it is not bad .",
        "not bad , happy",
        "not happy but quick",
        "no big dogs . big cats",
        "I don't feel happy today ; quick !",
        "NOT bad",
        "Never happy ! happy",
        "was it bad ? not bad ?  quick",
        "not here , there . happy . not happy",
        "glad about fast cats",
        "cats",
        "",
    ):
        for p in (1.0, 0.0):
            yield {"words": text.split(), "p": p, "seed": 1}
    yield {"words": ["happy", "bad"] * 500, "p": 0.3, "seed": 2}
    pool = ["I", "it", "happy", "HAPPY", "Bad", "bad", "big", "quick", "not", "never", "no",
            "Isn't", "but", ".", ",", ";", "!"]  # fmt: skip
    for _ in range(15):
        words = rng.choice(pool, int(rng.integers(5, 12))).tolist()
        yield {"words": words, "p": 1.0, "seed": int(rng.integers(1_000))}
    for p in (0.1, 0.7):
        words = ["quick", "dogs"] * 500
        yield {"words": words, "p": p, "seed": int(rng.integers(1_000))}


def _call(function: Callable[..., object], case: Case) -> object:
    rng = np.random.default_rng(case["seed"])
    return attempted(function(list(case["words"]), dict(_SYNONYMS), case["p"], rng))


def _show(name: str, case: Case) -> str:
    words = repr(case["words"]) if len(case["words"]) < 20 else f"{case['words'][:2]} * 500"
    return f"{name}({words}, {_SYNONYMS}, {case['p']}, rng)"


def _judge(case: Case, result: object) -> Problem | None:
    words, p = case["words"], case["p"]
    every = swap(words, _SYNONYMS, 1.0, np.random.default_rng(0))
    expected = every if p == 1 else words if p == 0 else Words(f"about {p:.0%} of them swapped")
    if not isinstance(result, list) or len(result) != len(words):
        return Problem(expected, "Return a list with a word for each word.")
    for i, (word, new, old) in enumerate(zip(result, every, words, strict=True)):
        if word == old and (p < 1 or new == old):
            continue
        if word == new and p > 0:
            continue
        small = old.lower()
        if p == 0:
            why = "With p = 0 nothing is replaced."
        elif new == old and small in _SYNONYMS:
            why = (
                f"{old!r} stands behind a negation, which reaches up to the next mark or 'but': "
                "a synonym of another strength would change the meaning."
            )
        elif str(word).lower() == new.lower():
            why = f"A synonym takes the case of its word: {old!r} becomes {new!r}."
        elif word == old:
            why = f"With p = 1 {old!r} is replaced, since no negation reaches it."
        else:
            why = f"{old!r} has no other synonym here."
        return Problem(expected, f"Word {i}: {why}")
    if 0 < p < 1:
        able = [i for i in range(len(words)) if every[i] != words[i]]
        share = sum(result[i] != words[i] for i in able) / len(able)
        if not p - 0.08 < share < p + 0.08:
            return Problem(
                expected, f"Each word is replaced with probability {p}, by itself: here {share:.0%}"
            )
    return None


def _everywhere(words, synonyms, p, rng):
    """Knows no negation."""
    return [
        _case(synonyms[w.lower()], w) if w.lower() in synonyms and rng.random() < p else w
        for w in words
    ]


def _case(new, old):
    return new.upper() if old.isupper() else new.capitalize() if old[0].isupper() else new


def _to_the_end(words, synonyms, p, rng):
    """Lets a negation reach to the end."""
    hidden = {",": "\0", ";": "\1", ".": "\2", "!": "\3", "?": "\4", "but": "\5"}
    back = {v: k for k, v in hidden.items()}
    found = swap([hidden.get(w, w) for w in words], synonyms, p, rng)
    return [back.get(w, w) for w in found]


def _next_word_only(words, synonyms, p, rng):
    return [
        _case(synonyms[w.lower()], w)
        if w.lower() in synonyms
        and not (i and re.fullmatch(r"not|no|never|.*n't", words[i - 1].lower()))
        and rng.random() < p
        else w
        for i, w in enumerate(words)
    ]


def _lower_case(words, synonyms, p, rng):
    found = swap(words, synonyms, p, rng)
    return [new if new == old else new.lower() for new, old in zip(found, words, strict=True)]


def _all_or_none(words, synonyms, p, rng):
    return swap(words, synonyms, float(rng.random() < p), rng)


def _always(words, synonyms, p, rng):
    return swap(words, synonyms, 1.0, rng)


def _both_ways(words, synonyms, p, rng):
    """Takes a synonym for a word that has one, too."""
    return swap(words, synonyms | {new: old for old, new in synonyms.items()}, p, rng)


EXERCISE = Exercise(
    id="4.4-e2",
    name="swap",
    reference=swap,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Go through the words with a flag: does a negation reach here?",
        "Clear the flag at a mark or 'but' before you look at the word; set it after a negation. "
        "Draw a number for each word that could be replaced.",
        "if word.lower() in synonyms and not negated and rng.random() < p: …; then "
        "word.isupper() or word[0].isupper() decides the case",
    ),
    wrong=(
        Wrong("no negation", _everywhere, "behind a negation"),
        Wrong("negation to the end of the text", _to_the_end, "no negation reaches it"),
        Wrong("negation of the next word only", _next_word_only, "behind a negation"),
        Wrong("everything in lower case", _lower_case, "takes the case"),
        Wrong("all words or none", _all_or_none, "by itself"),
        Wrong("back as well", _both_ways, "has no other synonym"),
        Wrong("p ignored", _always, "With p = 0"),
    ),
    note="A rule for the scope of a negation is a rough guide: 'hardly', irony and idioms pass "
    "it. The library's swap_synonyms works the same way on whole texts.",
    equivalent={
        "swap: `rng.random() < p` -> `rng.random() <= p`": "a draw is never exactly p, and at "
        "p = 0 it is exactly 0 once in 2**53 draws",
    },
)
