"""Counts of what had happened before."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from mlsdlib.features._codes import factorize
from mlsdlib.features._times import times_of


def asof_count(
    event_times: Sequence,
    query_times: Sequence,
    *,
    by: Sequence[Hashable] | None = None,
    query_by: Sequence[Hashable] | None = None,
) -> np.ndarray:
    """Return for each query how many events happened strictly before it, key by key.

    An event at the very time of a query does not count: what happens at the same moment may be the
    thing to predict. So a table can be its own log, and no row counts itself.

    The order of events and of queries does not matter. The count within the last w is
    ``asof_count(e, q) - asof_count(e, q - w)``: the events in [q - w, q).

    Parameters
    ----------
    event_times : array of shape (n,)
        When the events became known: numbers or datetimes. There may be none. Datetimes without
        a time zone are taken for UTC.
    query_times : array of shape (m,)
        When is asked, of the same kind.
    by : array of shape (n,), optional
        Key of each event, such as a user or a thread.
    query_by : array of shape (m,), optional
        Key of each query, given exactly when `by` is; a key without events counts none.

    Returns
    -------
    array of shape (m,)
        Whole numbers, in the order of the queries.

    Raises
    ------
    TypeError
        If times are neither numbers nor datetimes, or of two kinds, or only one side has keys.
    ValueError
        If there is a NaN, a NaT or a null, or the arrays do not fit each other.

    Notes
    -----
    O((n + m) log n), without a loop over the queries.

    Examples
    --------
    >>> asof_count([3, 1, 3, 7], [0, 3, 4, 100])
    array([0, 1, 3, 4])
    >>> t, thread = [10, 20, 20, 30], ["a", "a", "a", "b"]
    >>> asof_count(t, t, by=thread, query_by=thread)  # earlier comments of the same thread
    array([0, 1, 1, 0])
    """
    events, are_dates = times_of("event_times", event_times)
    queries, ask_dates = times_of("query_times", query_times)
    if are_dates != ask_dates and len(events) and len(queries):
        kinds = ["datetimes" if is_date else "numbers" for is_date in (are_dates, ask_dates)]
        raise TypeError(
            f"event_times and query_times must be of one kind, got {kinds[0]} and {kinds[1]}"
        )
    if (by is None) != (query_by is None):
        given, missing = ("by", "query_by") if query_by is None else ("query_by", "by")
        raise TypeError(f"{given} must come with {missing}: both sides have keys, or none has")
    order = np.argsort(events)
    ask = order if query_times is event_times else np.argsort(queries)
    # Both in order of time: a search goes on from where the last one ended, in memory at hand.
    found = np.searchsorted(events[order], queries[ask], "left")
    if by is not None:
        keys, query_keys = _keys(by, query_by, len(events), len(queries))
        by_key, found = _within_key(keys[order], query_keys[ask], found)
        ask = ask[by_key]
    result = np.empty(len(queries), np.int64)
    result[ask] = found
    return result


def _within_key(
    keys: np.ndarray, query_keys: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return an order of the queries, and how many of the first `before` events have their key.

    All come in order of time. Key and rank in one number is a place in order of key and time.
    """
    n = len(keys)
    n_keys = max(keys.max(initial=-1), query_keys.max(initial=-1)) + 1
    small = np.uint16 if n_keys < 2**16 else np.int64  # numpy sorts 16 bits by radix
    by_key, ask_by_key = (
        np.argsort(side.astype(small), kind="stable") for side in (keys, query_keys)
    )
    query_keys = query_keys[ask_by_key]
    places = keys[by_key] * n + by_key
    sizes = np.bincount(keys, minlength=n_keys)
    first = np.cumsum(sizes) - sizes
    found = np.searchsorted(places, query_keys * n + before[ask_by_key], "left")
    return ask_by_key, found - first[query_keys]


def _keys(by: Sequence, query_by: Sequence, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of both sides' keys, equal where the keys are."""
    import pandas as pd

    codes, distinct = [], []
    for name, keys, length in (("by", by, n), ("query_by", query_by, m)):
        side, uniques = factorize(name, keys)
        if len(side) != length:
            times = "event_times" if name == "by" else "query_times"
            raise ValueError(
                f"{name} must be as long as {times}, got {len(side)} keys and {length} times"
            )
        if (side < 0).any():
            raise ValueError(f"{name} must not hold nulls, got {int((side < 0).sum())}")
        codes.append(side)
        distinct.append(uniques.tolist())
    _check_same_kind(*distinct)
    together, _ = pd.factorize(pd.Series(distinct[0] + distinct[1], dtype=object))
    known = len(distinct[0])
    return together[:known][codes[0]], together[known:][codes[1]]


def _check_same_kind(mine: list, theirs: list) -> None:
    """Raise where no key can equal another because one side is text and the other is not."""
    texts = [{isinstance(key, str) for key in keys} for keys in (mine, theirs)]
    if texts in ([{True}, {False}], [{False}, {True}]):
        raise TypeError(
            f"by and query_by must hold keys of one kind, got {mine[0]!r} and {theirs[0]!r}"
        )
