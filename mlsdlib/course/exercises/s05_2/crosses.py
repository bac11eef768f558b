"""Exercise 5.2-e3: a bin for a pair of values, the same in every process."""

from __future__ import annotations

import builtins
import json
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def cross_hash(a, b, n_bins):
    """Return the bin of a pair of values, the same in every process."""
    if a is None or b is None:
        return 0
    return 1 + zlib.crc32(json.dumps([a, b]).encode()) % (n_bins - 1)


_MANY = 2**30
"""So many bins that a few pairs share one by chance only once in millions of runs."""


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"pairs": [["UA", "17"], ["UA", "6"], ["AA", "17"], ["UA", "17"]], "n_bins": _MANY}
    yield {"pairs": [["ab", "c"], ["a", "bc"], ["abc", ""], ["", "abc"]], "n_bins": _MANY}
    yield {
        "pairs": [[f"a{mark}b", "c"] for mark in _MARKS] + [["a", f"b{mark}c"] for mark in _MARKS],
        "n_bins": _MANY,
    }
    yield {"pairs": [["a\\|b", "c"], ["a\\", "b|c"], ["a|b\\", "c"], ["a", 'b", "c'],
                     ['a", "b', "c"]], "n_bins": _MANY}  # fmt: skip
    yield {"pairs": [["JFK", "LGA"], ["LGA", "JFK"], ["LAG", "JFK"]], "n_bins": _MANY}
    yield {"pairs": [["é", "ü"], ["e", "u"], ["É", "ü"], ["日本", ""]], "n_bins": _MANY}
    yield {"pairs": [[None, "17"], ["UA", None], [None, None], ["", ""]], "n_bins": _MANY}
    yield {"pairs": [["None", "17"], ["UA", "None"], ["", "17"]], "n_bins": _MANY}
    yield {"pairs": [["UA", "17"], ["AA", "6"], [None, "6"]], "n_bins": 2}
    for n_bins in (3, 9, 17):
        carriers = ["".join(map(chr, code)) for code in rng.integers(65, 91, (12, 2)).tolist()]
        pairs = [[carrier, str(hour)] for carrier in sorted(set(carriers)) for hour in range(60)]
        yield {"pairs": pairs, "n_bins": n_bins}
    for _ in range(5):
        words = ["".join(rng.choice(list("ab|_,"), 4)) for _ in range(8)]
        cuts = rng.integers(0, 5, 8).tolist()
        pairs = [[word[:cut], word[cut:]] for word, cut in zip(words, cuts, strict=True)]
        yield {"pairs": pairs, "n_bins": _MANY}


_MARKS = ["|", "_", "x", "-", ",", " ", "\t", "\n", "\x00", "\x1f", "::", "&"]


def _call(fn, case: Case) -> object:
    """Return the bins of all pairs, or two lists if they depend on the salt of Python's `hash`."""
    own = builtins.hash
    answers = []
    for mask in (0, 0x2545F4914F6CDD1D):  # as in two processes with a salt each
        builtins.hash = lambda value, mask=mask: own(value) ^ mask
        try:
            found = [attempted(fn(a, b, case["n_bins"])) for a, b in case["pairs"]]
        finally:
            builtins.hash = own
        answers.append([int(x) if isinstance(x, (int, np.integer)) else repr(x) for x in found])
    one, other = answers
    return one if one == other else {"one process": one, "another": other}


def _show(name: str, case: Case) -> str:
    pairs = case["pairs"]
    more = f" and {len(pairs) - 12} more pairs" if len(pairs) > 12 else ""
    shown = ", ".join(f"({a!r}, {b!r})" for a, b in pairs[:12])
    return f"{name}(a, b, {case['n_bins']}) of {shown}{more}"


def _judge(case: Case, result: object) -> Problem | None:
    pairs, n_bins = [tuple(pair) for pair in case["pairs"]], case["n_bins"]
    if isinstance(result, dict):
        return Problem(
            Words("the same bins in every process"),
            "Two processes get other bins. Python's hash is salted anew in each process, and "
            "chance is no better. Take a hash of the bytes alone, such as zlib.crc32.",
        )
    for pair, found in zip(pairs, result, strict=True):
        if None in pair:
            if found != 0:
                return Problem(Words(f"0 for {pair}"), "A pair with a None goes to bin 0.")
        elif not isinstance(found, int) or not 1 <= found < n_bins:
            return Problem(
                Words(f"a whole number from 1 to {n_bins - 1} for {pair}"),
                _why_number(pair, found),
            )
    return _alike(pairs, result) if n_bins == _MANY else _uneven(result, n_bins)


def _why_number(pair: tuple, found: object) -> str:
    if not isinstance(found, int):
        return "A bin is a whole number, an int."
    if found == 0 and "" in pair:
        return "An empty string is a value like others, and no None: only a None goes to bin 0."
    return "Bin 0 is for pairs with a None; the others share n_bins - 1 bins."


def _alike(pairs: list, bins: list) -> Problem | None:
    known: dict[int, tuple] = {}
    for pair, found in zip(pairs, bins, strict=True):
        if None in pair:
            continue
        if known.setdefault(found, pair) != pair:
            return Problem(
                Words(f"different bins for {known[found]} and {pair}"),
                "Among so many bins two pairs meet only if they were hashed as the same text. "
                "Where one value ends must be told by an escape, a length or a quoted form, and "
                "the order must count.",
            )
    if len(known) > 2 and max(known) < _MANY // 1_000:
        return Problem(
            Words(f"bins from all of 1 to {_MANY - 1}"),
            "All your bins lie near the lower end. Did you number the pairs as they came? In "
            "another process they come in another order. Hash the bytes of the pair itself.",
        )
    return None


def _uneven(bins: list, n_bins: int) -> Problem | None:
    share = len(bins) / (n_bins - 1)
    counts = Counter(bins)
    used = [counts[number] for number in range(1, n_bins)]
    # Six standard deviations of a fair hash; a handful of pairs tells nothing.
    if len(bins) > 100 and max(abs(n - share) for n in used) > 6 * share**0.5:
        return Problem(
            Words(f"about {share:.0f} pairs in each bin"),
            "All bins from 1 to n_bins - 1 are used about equally: take the remainder of a good "
            "hash of all the bytes.",
        )
    return None


def _salted(a, b, n_bins):
    return 0 if a is None or b is None else 1 + hash((a, b)) % (n_bins - 1)


def _glued(a, b, n_bins):
    return 0 if a is None or b is None else 1 + zlib.crc32((a + b).encode()) % (n_bins - 1)


def _bare_separator(a, b, n_bins):
    text = f"{a}|{b}"
    return 0 if a is None or b is None else 1 + zlib.crc32(text.encode()) % (n_bins - 1)


def _none_as_text(a, b, n_bins):
    return 1 + zlib.crc32(json.dumps([str(a), str(b)]).encode()) % (n_bins - 1)


def _all_bins(a, b, n_bins):
    return 0 if a is None or b is None else zlib.crc32(json.dumps([a, b]).encode()) % n_bins


def _sum_of_two(a, b, n_bins):
    if a is None or b is None:
        return 0
    return 1 + (zlib.crc32(a.encode()) + zlib.crc32(b.encode())) % (n_bins - 1)


def _length_only(a, b, n_bins):
    return 0 if a is None or b is None else 1 + len(a + b) % (n_bins - 1)


def _escapes_separator_only(a, b, n_bins):
    if a is None or b is None:
        return 0
    text = "|".join(value.replace("|", "\\|") for value in (a, b))
    return 1 + zlib.crc32(text.encode()) % (n_bins - 1)


def _empty_is_missing(a, b, n_bins):
    return cross_hash(a, b, n_bins) if a and b else 0


_NUMBERS: dict = {}


def _numbered(a, b, n_bins):
    if a is None or b is None:
        return 0
    return 1 + _NUMBERS.setdefault((a, b), len(_NUMBERS)) % (n_bins - 1)


def _as_text(a, b, n_bins):
    return str(cross_hash(a, b, n_bins)) if None not in (a, b) else 0


EXERCISE = Exercise(
    id="5.2-e3",
    name="cross_hash",
    reference=cross_hash,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Make one text of the pair from which both values could be read back. Then hash it.",
        "json.dumps([a, b]) quotes and escapes; so does a length in front of a. zlib.crc32 takes "
        "bytes: text.encode().",
        "if a is None or b is None: return 0; "
        "return 1 + zlib.crc32(json.dumps([a, b]).encode()) % (n_bins - 1)",
    ),
    wrong=(
        Wrong("Python's hash", _salted, "salted anew in each process"),
        Wrong("glued together", _glued, "Where one value ends"),
        Wrong("a bare separator", _bare_separator, "Where one value ends"),
        Wrong("None is a text", _none_as_text, "goes to bin 0"),
        Wrong("bin 0 for all", _all_bins, "the others share n_bins - 1 bins"),
        Wrong("order lost", _sum_of_two, "the order must count"),
        Wrong("the length alone", _length_only, "hashed as the same text"),
        Wrong("an escape not escaped", _escapes_separator_only, "Where one value ends"),
        Wrong("an empty string is missing", _empty_is_missing, "An empty string is a value"),
        Wrong("numbered as they come", _numbered, "Did you number the pairs"),
        Wrong("a bin as text", _as_text, "A bin is a whole number"),
    ),
    note="The library's hash_index(cross(a, b), n_bins) escapes a separator and hashes whole "
    "columns; it keeps no bin for a missing value and raises an error instead.",
)
