"""Categories without a vocabulary: hashed, and crossed with each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.features._codes import combine, factorize

MOST_BINS = 2**31 - 1
"""As many as `FeatureHasher` takes: more than a 32-bit hash could tell apart anyway."""

_SEPARATOR = "|"
_SERIES = 0.1
"""Up to this many keys a bin the expected collisions are summed as a series."""


def hash_index(tokens: Sequence, n_bins: int, *, seed: int = 0) -> np.ndarray:
    """Return for each token its bin, the same in every process and on every machine.

    Python's own `hash` of a string is salted anew in each process, so that a model trained in one
    finds its weights shuffled in the next. This is MurmurHash3, and the bins are those of
    scikit-learn's `FeatureHasher`.

    Parameters
    ----------
    tokens : array of shape (n,)
        Strings or numbers. Numbers are hashed as they are written: 7, 7.0 and "7" are one token,
        so that a column which became float because a value was missing keeps its bins, and so are
        0.1 in 32 and in 64 bits.
    n_bins : int
        Number of bins, 1 to 2**31 - 1.
    seed : int
        Another seed, 0 to 2**32 - 1, is another hash function.

    Returns
    -------
    array of shape (n,)
        Whole numbers from 0 to ``n_bins - 1``.

    Raises
    ------
    TypeError
        If a token is neither a string nor a number.
    ValueError
        If a token is null or no text that UTF-8 can encode, `tokens` is not one-dimensional, or a
        number is out of its range.

    Notes
    -----
    Each distinct token is hashed once, so what it costs is mostly their number.

    References
    ----------
    Weinberger et al. (2009), *Feature Hashing for Large Scale Multitask Learning*.

    Examples
    --------
    >>> hash_index(["foo", "bar", "foo"], 1000)
    array([512, 717, 512])
    >>> hash_index([7, 8], 10), hash_index([7.0, 8.0], 10), hash_index(["7", "8"], 10)
    (array([8, 3]), array([8, 3]), array([8, 3]))
    """
    n_bins = whole("n_bins", n_bins, 1, MOST_BINS)
    seed = whole("seed", seed, 0, 2**32 - 1)
    from sklearn.utils import murmurhash3_32

    codes, texts = _texts("tokens", tokens)
    try:
        hashes = np.fromiter((murmurhash3_32(text, seed) for text in texts), np.int64, len(texts))
    except UnicodeEncodeError as error:
        raise ValueError(
            f"tokens must hold text that UTF-8 can encode, got {error.object!r}"
        ) from None
    # The hash is signed. In 64 bits the smallest, too, has an absolute value.
    return (np.abs(hashes) % n_bins)[codes]


def cross(*columns: Sequence) -> np.ndarray:
    r"""Return for each row the combination of its values as one string.

    A linear model of two features adds up their effects; a weight of its own for every combination
    also finds what only both together tell. The strings differ wherever the rows do: a separator
    inside a value is escaped, so that ("a|b", "c") is not ("a", "b|c").

    Parameters
    ----------
    *columns : arrays of shape (n,), at least one
        Strings or numbers, as in `hash_index`.

    Returns
    -------
    array of shape (n,)
        Strings, for a one-hot encoder or `hash_index`.

    Raises
    ------
    TypeError
        If there is no column, or a value is neither a string nor a number.
    ValueError
        If a value is null, or the columns are not one-dimensional and as long as each other.

    Examples
    --------
    >>> print(*cross(["UA", "UA", "AA"], [6, 17, 6]))
    UA|6 UA|17 AA|6
    >>> print(*cross(["a|b", "a"], ["c", "b|c"]))
    a\|b|c a|b\|c
    """
    if not columns:
        raise TypeError("columns must hold at least one column, got none")
    named = [_texts(f"columns[{i}]", column) for i, column in enumerate(columns)]
    lengths = [len(codes) for codes, _ in named]
    if len(set(lengths)) > 1:
        raise ValueError(f"columns must be as long as each other, got {lengths}")
    if not lengths[0]:
        return np.zeros(0, object)
    escaped = [np.array([_escape(text) for text in texts], object) for _, texts in named]
    rows = combine((codes, len(texts)) for codes, texts in named)
    # Codes are in order of appearance: the first row of each joins its parts for all of them.
    first = np.flatnonzero(np.diff(np.maximum.accumulate(rows), prepend=-1))
    parts = [texts[codes[first]] for texts, (codes, _) in zip(escaped, named, strict=True)]
    return np.array([_SEPARATOR.join(part) for part in zip(*parts, strict=True)], object)[rows]


def expected_collisions(n: int, n_bins: int) -> float:
    """Return how many of `n` keys are expected to fall into a bin that another key already has.

    These are the keys less the bins they occupy, n - m (1 - (1 - 1/m)^n) for m bins that all are
    equally likely. The formula as it stands would lose all its digits where bins are many.

    Parameters
    ----------
    n : int
        Number of distinct keys, zero or more.
    n_bins : int
        Number of bins, at least 1.

    Raises
    ------
    TypeError, ValueError
        If a number is not whole or out of its range.

    Examples
    --------
    >>> expected_collisions(2, 4), expected_collisions(10, 1)
    (0.25, 9.0)
    >>> round(expected_collisions(10_000, 5_000))  # of 10,000 categories in half as many bins
    5677
    >>> expected_collisions(2, 10**18)
    1e-18
    """
    n = whole("n", n, 0)
    n_bins = whole("n_bins", n_bins, 1)
    if n < 2 or n_bins == 1:
        return float(max(n - 1, 0))
    if n > _SERIES * n_bins:
        return n + n_bins * math.expm1(n * math.log1p(-1 / n_bins))
    # The binomial series without its first two terms, which n - m (...) would have to cancel.
    total = term = n * (n - 1) / (2 * n_bins)
    k = 2
    while abs(term) > abs(total) * 1e-17:
        term *= -(n - k) / ((k + 1) * n_bins)
        total += term
        k += 1
    return total


def _texts(name: str, values: Sequence) -> tuple[np.ndarray, list[str]]:
    """Return each value's position among the distinct ones, and these as text."""
    codes, uniques = factorize(name, values)
    if (codes < 0).any():
        raise ValueError(
            f"{name} must not hold nulls, got {int((codes < 0).sum())}: give them a value first"
        )
    # As Python floats, numbers of 32 bits would show digits that nobody wrote.
    is_short = uniques.dtype.kind == "f" and uniques.dtype.itemsize < 8
    values = list(np.asarray(uniques)) if is_short else uniques.tolist()
    is_text = set(map(type, values)) <= {str}
    return codes, values if is_text else [_text(name, value) for value in values]


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, np.floating):
        value = float(str(value))
    elif isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (int, float)):  # a bool is an int
        raise TypeError(f"{name} must hold strings or numbers, got {value!r}")
    is_whole = not isinstance(value, float) or value.is_integer()
    return str(int(value)) if is_whole else repr(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(_SEPARATOR, "\\" + _SEPARATOR)
