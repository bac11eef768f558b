"""Labelling functions: rules that vote for a class, or abstain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlsdlib.labelling._inputs import ABSTAIN, check_gold, check_votes

if TYPE_CHECKING:
    import pandas as pd


class LabellingFunction:
    """A rule with a name: called with a row, it returns a class from 0, or -1 to abstain.

    Made by `labelling_function`.
    """

    def __init__(self, function: Callable[[Any], int], name: str) -> None:
        self.function, self.name = function, name
        self.__doc__ = function.__doc__

    def __call__(self, row: Any) -> int:
        """Return the rule's vote on a row."""
        return self.function(row)

    def __repr__(self) -> str:
        return f"LabellingFunction({self.name!r})"


def labelling_function(
    function: Callable[[Any], int] | None = None, *, name: str | None = None
) -> Any:
    """Return a function as a `LabellingFunction`: a decorator, with or without a name.

    Parameters
    ----------
    function : callable
        Takes a row, which may be anything, and returns a class from 0 to 126, or -1.
    name : str, optional
        Shown in summaries; the function's own name if not given.

    Raises
    ------
    TypeError
        If `function` cannot be called.

    Examples
    --------
    >>> @labelling_function
    ... def has_url(text):
    ...     return 1 if "http" in text else -1
    >>> has_url, has_url("see http://x.org"), has_url("see you")
    (LabellingFunction('has_url'), 1, -1)
    """
    if function is None:
        return lambda decorated: labelling_function(decorated, name=name)
    if not callable(function):
        raise TypeError(f"function must be callable, got {type(function).__name__}")
    return LabellingFunction(function, name or getattr(function, "__name__", repr(function)))


def apply_lfs(lfs: Sequence[Callable[[Any], int]], rows: Iterable[Any]) -> np.ndarray:
    """Return the votes of labelling functions on rows, -1 where a function abstains.

    Parameters
    ----------
    lfs : sequence of m callables
        At least one; made by `labelling_function` or plain functions.
    rows : iterable of n rows
        A list of texts, a column, or ``frame.itertuples()``. A data frame itself is refused: it
        would be walked by its columns.

    Returns
    -------
    votes : array of shape (n, m), int8

    Raises
    ------
    TypeError, ValueError
        If a function is no function, or a vote is no whole number from -1 to 126. True and False
        are refused: a rule that returns whether it matched would vote where it should abstain.

    Examples
    --------
    >>> apply_lfs([lambda t: 1 if "win" in t else -1, lambda t: 0 if len(t) < 9 else -1],
    ...           ["win a prize now", "hi", "how are you?"])
    array([[ 1, -1],
           [-1,  0],
           [-1, -1]], dtype=int8)
    """
    if callable(lfs):
        raise TypeError("lfs must be a sequence of functions, got a single one: put it in a list")
    lfs = list(lfs)
    if not lfs:
        raise ValueError("lfs must hold at least one labelling function, got none")
    for lf in lfs:
        if not callable(lf):
            raise TypeError(f"lfs must hold functions, got {type(lf).__name__}")
    if hasattr(rows, "columns"):
        raise TypeError("rows must be an iterable of rows, got a data frame: use itertuples()")
    rows = list(rows)
    votes = np.empty((len(rows), len(lfs)), np.int8)
    for j, lf in enumerate(lfs):
        votes[:, j] = [_vote(lf, row) for row in rows]
    return votes


def _vote(lf: Callable[[Any], int], row: Any) -> int:
    vote = lf(row)
    if isinstance(vote, (bool, np.bool_)) or not isinstance(vote, (int, np.integer)):
        raise TypeError(f"{_name(lf)} must return a class or -1, got {vote!r}")
    if not ABSTAIN <= vote <= 126:
        raise ValueError(f"{_name(lf)} must return a class from 0 to 126 or -1, got {vote!r}")
    return int(vote)


def _name(lf: Callable[[Any], int]) -> str:
    return getattr(lf, "name", None) or getattr(lf, "__name__", repr(lf))


def lf_summary(
    votes: np.ndarray,
    y: Sequence[int] | None = None,
    *,
    lfs: Sequence[Callable[[Any], int]] | None = None,
) -> pd.DataFrame:
    """Return one row a labelling function: polarity, coverage, overlaps, conflicts, accuracy.

    Parameters
    ----------
    votes : array of shape (n, m), n >= 1
        As `apply_lfs` returns it.
    y : array of shape (n,), optional
        Gold labels, -1 where unknown.
    lfs : sequence of m callables, optional
        Their names become the index.

    Returns
    -------
    summary : DataFrame of m rows
        ``polarity``, the classes it votes for; ``coverage``, the share of rows it votes on;
        ``overlaps``, the share where another votes too; ``conflicts``, the share where another
        votes otherwise; with `y` also ``accuracy``, over the rows with a vote and a gold label,
        NaN if there is none. All shares are of all rows, as in Snorkel.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, or the votes are no whole numbers from -1.

    Examples
    --------
    >>> lf_summary([[1, -1], [1, 0], [-1, -1], [-1, 0]], [1, 1, 0, 0])
      polarity  coverage  overlaps  conflicts  accuracy
    0      [1]       0.5      0.25       0.25       1.0
    1      [0]       0.5      0.25       0.25       0.5
    """
    import pandas as pd

    votes = check_votes(votes)
    cast = votes != ABSTAIN
    others = cast.sum(axis=1, keepdims=True) > 1
    low = np.where(cast, votes, 127).min(axis=1, keepdims=True)
    conflict = cast & (votes.max(axis=1, keepdims=True) != low)
    summary = {
        "polarity": [np.unique(v[c]).tolist() for v, c in zip(votes.T, cast.T, strict=True)],
        "coverage": cast.mean(axis=0),
        "overlaps": (cast & others).mean(axis=0),
        "conflicts": conflict.mean(axis=0),
    }
    if y is not None:
        y = check_gold(y, len(votes))
        judged = cast & (y != ABSTAIN)[:, None]
        right = (judged & (votes == y[:, None])).sum(axis=0)
        count = judged.sum(axis=0)
        summary["accuracy"] = np.where(count > 0, right / np.maximum(count, 1), np.nan)
    index = None
    if lfs is not None:
        if len(lfs) != votes.shape[1]:
            raise ValueError(f"lfs must hold {votes.shape[1]} functions, got {len(lfs)}")
        index = [_name(lf) for lf in lfs]
    return pd.DataFrame(summary, index=index)
