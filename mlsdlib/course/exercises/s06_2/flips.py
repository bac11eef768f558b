"""Exercise 6.2-e1: how often does a harmless edit change the answer?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted, same_number
from mlsdlib.estimate import wilson

__all__ = ["EXERCISE"]


def flip_rate(f, X, edit):
    """Return the share of the changed texts whose label flips, with its interval."""
    changed = [text for text in X if edit(text) != text]
    if not changed:
        return None
    before, after = f(changed), f([edit(text) for text in changed])
    flips = sum(a != b for a, b in zip(before, after, strict=True))
    found = wilson(flips, len(changed))
    return found.value, found.low, found.high


_LABELS = {
    "free": lambda text: "spam" if "free" in text else "ham",
    "long": lambda text: "spam" if len(text) > 9 else "ham",
    "words": lambda text: len(text.split()) % 3,
    "constant": lambda text: "ham",
}
_EDITS = {
    "str.upper": str.upper,
    "str.lower": str.lower,
    "add_link": lambda text: f"{text} http://a.co",
    "drop_marks": lambda text: text.replace("!", ""),
    "same": lambda text: text,
}


def _model(name: str) -> Callable:
    """Return the model of a case, which takes a list of texts only."""

    def f(texts):
        if isinstance(texts, str):
            raise TypeError("f takes a list of texts, got one text")
        return [_LABELS[name](text) for text in texts]

    return f


def _call(function: Callable, case: Case) -> object:
    result = attempted(function(_model(case["f"]), list(case["X"]), _EDITS[case["edit"]]))
    return list(result) if isinstance(result, tuple) else result


def _show(name: str, case: Case) -> str:
    return f"{name}(f, {case['X']!r}, {case['edit']}), f a model of {case['f']!r}"


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for f, edit, texts in (
        ("free", "str.upper", ["free money", "see you"]),
        ("free", "str.upper", ["free money", "FREE", "WOW", "see you"]),  # two stay as they are
        ("free", "same", ["free money", "see you"]),  # nothing changes
        ("free", "str.upper", []),
        ("constant", "add_link", ["a", "b", "c"]),  # no flip
        ("long", "add_link", ["a", "b", "c"]),  # flips only
        ("free", "str.lower", ["FREE", "FREE", "No", "free", "no"]),  # the same text twice
        ("words", "add_link", ["a b", "", "c d e"]),
        ("long", "drop_marks", ["wow!!!!!!!!!", "wow", "no!"]),
    ):
        yield {"f": f, "edit": edit, "X": texts}
    bits = ["free", "FREE", "a", "you!", "WOW", "!!!", "see you", ""]
    for _ in range(20):
        yield {
            "f": str(rng.choice(["free", "long", "words"])),
            "edit": str(rng.choice(["str.upper", "str.lower", "add_link", "drop_marks"])),
            "X": [
                " ".join(rng.choice(bits, int(rng.integers(1, 4))).tolist())
                for _ in range(int(rng.integers(0, 9)))
            ],
        }


def _judge(case: Case, result: object) -> Problem | None:
    f, texts, edit = _model(case["f"]), case["X"], _EDITS[case["edit"]]
    expected = flip_rate(f, texts, edit)
    if expected is None:
        if result is None:
            return None
        return Problem(None, "The edit changes no text, so nothing was tested: that is no rate.")
    if not isinstance(result, list) or len(result) != 3:
        return Problem(expected, "Return a triple: the rate and the two ends of its interval.")
    if all(same_number(got, value) for got, value in zip(result, expected, strict=True)):
        return None
    if same_number(result[0], expected[0]):
        why = "The rate is right; its interval is Wilson's, with the changed texts as trials."
    elif same_number(result[0], 1 - expected[0]):
        why = "Count the labels that flip, not those that stay."
    elif same_number(result[0], expected[0] * sum(edit(t) != t for t in texts) / len(texts)):
        why = "Leave out the texts that the edit does not change: they cannot flip."
    else:
        why = (
            "Compare each changed text's label before and after; a text counts each time it occurs."
        )
    return Problem(expected, why)


def _all_texts(f, X, edit):
    if not X:
        return None
    found = wilson(sum(a != b for a, b in zip(f(X), f(list(map(edit, X))), strict=True)), len(X))
    return found.value, found.low, found.high


def _none_is_zero(f, X, edit):
    return flip_rate(f, X, edit) or (0.0, 0.0, 1.0)


def _of_all(f, X, edit):
    found = flip_rate(f, X, edit)
    if found is None:
        return None
    n, changed = len(X), sum(edit(text) != text for text in X)
    again = wilson(round(found[0] * changed), n)
    return again.value, again.low, again.high


def _stays(f, X, edit):
    found = flip_rate(f, X, edit)
    return found and (1 - found[0], 1 - found[2], 1 - found[1])


def _normal_interval(f, X, edit):
    found = flip_rate(f, X, edit)
    if found is None:
        return None
    n = sum(edit(text) != text for text in X)
    half = 1.96 * (found[0] * (1 - found[0]) / n) ** 0.5
    return found[0], found[0] - half, found[0] + half


def _rate_only(f, X, edit):
    found = flip_rate(f, X, edit)
    return found and found[0]


def _distinct(f, X, edit):
    return flip_rate(f, list(dict.fromkeys(X)), edit)


EXERCISE = Exercise(
    id="6.2-e1",
    name="flip_rate",
    reference=flip_rate,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Which texts can flip at all? Only those that the edit changes. If there are none, nothing "
        "was tested.",
        "Keep the texts with edit(text) != text. Call f with the list of them, and once more with "
        "the list of them edited; compare pair by pair.",
        "flips = sum(a != b for a, b in zip(f(changed), f([edit(t) for t in changed]))); "
        "found = wilson(flips, len(changed)); return found.value, found.low, found.high",
    ),
    wrong=(
        Wrong("all texts", _all_texts, "Leave out the texts"),
        Wrong("nothing tested is zero", _none_is_zero, "nothing was tested"),
        Wrong("a share of all", _of_all, "Leave out the texts"),
        Wrong("labels that stay", _stays, "not those that stay"),
        Wrong("normal interval", _normal_interval, "Wilson's"),
        Wrong("the rate only", _rate_only, "triple"),
        Wrong("distinct texts", _distinct, "each time it occurs"),
    ),
    note="The library's invariance_test does the same for arrays, frames and numbers, and calls "
    "the model once. The interval takes texts for independent: copies of one text are not.",
    equivalent={
        f"flip_rate: `{old}` -> `{new}`": "the model of a case answers every text"
        for old, new in (
            ("zip(before, after, strict=True)", "zip(before, after)"),
            ("strict=True", "strict=False"),
        )
    },
)
