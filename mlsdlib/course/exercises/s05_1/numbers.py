"""Exercise 5.1-e1: seven numbers that describe a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def n_features(s):
    """Return seven numbers that describe a text, by name."""
    words = s.split()
    letters = [c for c in s if c.isalpha()]
    return {
        "characters": len(s),
        "words": len(words),
        "urls": sum(w.lower().startswith(("http://", "https://", "www.")) for w in words),
        "digits": sum(c.isdigit() for c in s),
        "capitals": sum(c.isupper() for c in letters) / len(letters) if letters else 0.0,
        "exclamations": s.count("!"),
        "currency": sum(c in "£$€" for c in s),
    }


_WHY = {
    "characters": "characters is the length of the whole text, spaces included.",
    "words": "words are what stands between white space, however much of it there is.",
    "urls": (
        "Count every word that begins with http://, https:// or www., in capitals or not, and no "
        "other."
    ),
    "digits": "Count every single character that is a digit.",
    "capitals": (
        "Divide the capital letters, É too, by all letters, not by all characters; 0 if there is "
        "no letter."
    ),
    "exclamations": "Count every exclamation mark.",
    "currency": "Count every £, $ and €.",
}

_BITS = (
    "free", "WIN", "a", "Hello", "http://a.co", "https://b.org/x", "www.c.net", "WWW.D.COM", "£100",
    "$5", "€", "!!", "5", "08712", "😀", "été", "RT", "@you:", "RT www.e.f", "ok!", " ", "\n",
    "xhttp://no", "mywww.no", "http:no", "wow",
)  # fmt: skip


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for text in (
        "See you at five",
        "",
        "   ",
        "😀😀",
        "WIN a £100 prize! Call 08712 NOW!!",
        "RT @you: see http://a.co and https://b.org/x",
        "http://a.co http://a.co HTTP://A.CO",
        "www.c.net, not mywww.no or xhttp://no",
        "(www.a.b) or mirror-http://c.d",  # these words begin with something else
        "12 34",
        "ÉTÉ à Paris",
        "one  two\n three ",
        "€5 or $5 or £5",
        "A1",
        "WWW.A.B",
        "https://a.b",
    ):
        yield {"args": [text]}
    for _ in range(20):
        yield {"args": [" ".join(rng.choice(_BITS, int(rng.integers(1, 8))).tolist())]}


def _judge(case: Case, result: object) -> Problem | None:
    (text,) = case["args"]
    expected = n_features(text)
    if not isinstance(result, dict) or set(result) != set(expected):
        return Problem(expected, f"Return a dictionary with the keys {', '.join(expected)}.")
    for name, value in expected.items():
        if not same_number(result[name], value):
            return Problem(expected, _WHY[name])
    return None


def _one_url_at_most(s):
    found = n_features(s)
    return found | {"urls": min(found["urls"], 1)}


def _urls_in_lower_case_only(s):
    return n_features(s) | {
        "urls": sum(w.startswith(("http://", "https://", "www.")) for w in s.split())
    }


def _urls_anywhere(s):
    return n_features(s) | {"urls": sum("http://" in w.lower() or "https://" in w.lower()
                                        or "www." in w.lower() for w in s.split())}  # fmt: skip


def _urls_after_any_mark(s):
    return n_features(s) | {"urls": len(re.findall(r"(?i)\b(?:https?://|www\.)", s))}


def _numbers_for_digits(s):
    return n_features(s) | {"digits": sum(w.isdigit() for w in s.split())}


def _share_of_all_characters(s):
    return n_features(s) | {"capitals": sum(c.isupper() for c in s) / max(len(s), 1)}


def _split_at_single_spaces(s):
    return n_features(s) | {"words": len(s.split(" "))}


EXERCISE = Exercise(
    id="5.1-e1",
    name="n_features",
    reference=n_features,
    cases=_cases,
    judge=_judge,
    hints=(
        "Each feature is one pass over the characters or over the words. What does it give for a "
        "text without letters?",
        "s.split() without an argument splits at any white space. str.isdigit, str.isupper and "
        "str.isalpha say what a character is; str.startswith takes a tuple.",
        "letters = [c for c in s if c.isalpha()]; capitals = sum(c.isupper() for c in letters) / "
        "len(letters) if letters else 0.0; urls = sum(w.lower().startswith(('http://', 'https://', "
        "'www.')) for w in s.split())",
    ),
    wrong=(
        Wrong("one URL at most", _one_url_at_most, "Count every word that begins"),
        Wrong("URLs in lower case only", _urls_in_lower_case_only, "in capitals or not"),
        Wrong("a URL anywhere in a word", _urls_anywhere, "and no other"),
        Wrong("a URL after any mark", _urls_after_any_mark, "and no other"),
        Wrong("numbers for digits", _numbers_for_digits, "every single character"),
        Wrong("a share of all characters", _share_of_all_characters, "not by all characters"),
        Wrong("split at single spaces", _split_at_single_spaces, "between white space"),
    ),
    note="Each number is a guess of ours about what tells texts apart. Nothing says that the guess "
    "is good, or that it stays good.",
)
