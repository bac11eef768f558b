"""The trailing window of every event, in batch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from mlsdlib.checks import check_choice, check_lengths
from mlsdlib.streaming._aggregates import AGGREGATES
from mlsdlib.streaming._inputs import CLOSED, Axis, keys_of, values_of
from mlsdlib.streaming._ranges import reduce_ranges, var_ranges


def window_aggregate(
    t: Sequence,
    v: Sequence,
    *,
    by: Sequence[Hashable] | None = None,
    width: float,
    agg: str,
    closed: str = "right",
) -> np.ndarray:
    """Return for each event the aggregate over the window that ends at its time, key by key.

    The order of the events does not matter: the result has the order of the input, whatever that
    is. Neither do ties: events of a key at the same time are simultaneous, so each lies in the
    window of the other, or with `closed` "left" or "neither" none does. (`pandas.rolling` instead
    takes a tie as a sequence, and refuses times out of order.)

    Parameters
    ----------
    t : array of shape (n,), n >= 1
        Event times: numbers, or datetimes without time zone, between 1824 and 2116.
    v : array of shape (n,)
        Values, none of them NaN. "count" does not look at them.
    by : array of shape (n,), optional
        Key of each event; a window holds events of one key only. Without it all have one.
    width : number or timedelta
        Length of the window, positive, in the unit of `t`; a timedelta if `t` holds datetimes.
    agg : str
        "sum", "count", "mean", "var" (divided by the count minus 1), "min" or "max".
    closed : str
        Which ends belong to the window: "right" is (t - width, t], "left" [t - width, t), "both"
        and "neither" accordingly. With "left" and "neither" an event does not see itself.

    Returns
    -------
    array of shape (n,)
        Whole numbers for "count", else floats. An empty window has the sum 0 and no mean, minimum
        or maximum, which is NaN, as is the variance of fewer than two values.

    Raises
    ------
    TypeError
        If times, values or keys are not what they must be, or `width` is of another kind than `t`.
    ValueError
        If an array is empty, not one-dimensional or as long as the others, holds NaN, NaT or a
        null, or an option is not one of those named.

    Notes
    -----
    O(n log n): a sort, two binary searches per event, and for all but "count" a disjoint sparse
    table. Rounding errors are those of a loop over the window's own values; nothing is left of a
    large value that is outside.

    Examples
    --------
    >>> t = [3, 1, 2, 60]  # the second and third event came late
    >>> window_aggregate(t, [10.0, 20.0, 40.0, 80.0], width=2, agg="sum")
    array([50., 20., 60., 80.])
    >>> window_aggregate(t, [10.0, 20.0, 40.0, 80.0], width=2, agg="count", closed="left")
    array([2, 0, 1, 0])
    >>> window_aggregate(t, [10.0, 20.0, 40.0, 80.0], by=list("abab"), width=60, agg="max")
    array([40., 20., 40., 80.])
    """
    axis = Axis(width)
    width = axis.span("width", width)
    t, v = axis.times(t), values_of(v)
    check_lengths(t=t, v=v)
    check_choice("agg", agg, tuple(AGGREGATES))
    check_choice("closed", closed, CLOSED)
    if len(t) == 0:
        raise ValueError("t must hold at least one event, got none")
    codes, _ = keys_of(by, len(t))
    order, first, end, ties = _windows(t, codes, width, closed)
    result = np.empty(len(t), np.int64 if agg == "count" else float)
    result[order] = np.repeat(_aggregate(v[order], first, end, agg), ties)
    return result


def _windows(
    t: np.ndarray, codes: np.ndarray, width: float, closed: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the order by key and time, where in it the windows begin and end, and the ties.

    Simultaneous events of a key share one window, so there is one for each run of ties.
    """
    order = np.argsort(t, kind="stable")
    t, codes = t[order], codes[order]
    is_new = np.append(True, t[1:] > t[:-1])
    run = np.flatnonzero(is_new)
    side = "left" if closed in ("left", "both") else "right"
    oldest = np.searchsorted(t[run], t[run] - width, side)
    if codes.any():
        # One search for all keys: a rank of times is small and exact, and leaves room for the key.
        rank, key = np.cumsum(is_new) - 1, codes * len(run)
        # numpy sorts 16 bits by radix, which is several times faster.
        small = np.uint16 if codes.max() < 2**16 else np.int64
        by_key = np.argsort(codes.astype(small), kind="stable")
        order, rank, key = order[by_key], rank[by_key], key[by_key]
        run = np.flatnonzero(np.diff(key + rank, prepend=-1))
        rank, key = rank[run], key[run]
        oldest = np.searchsorted(key + rank, key + oldest[rank])
    first, ties = np.append(run, len(t))[oldest], np.diff(run, append=len(t))
    end = run + (ties if closed in ("right", "both") else 0)
    # A float may be too coarse for the width: then the window begins where it ends.
    return order, first, np.maximum(first, end), ties


def _aggregate(v: np.ndarray, first: np.ndarray, end: np.ndarray, agg: str) -> np.ndarray:
    count = end - first
    if agg == "count":
        return count
    some = count > 0
    inside = first[some], end[some] - 1
    result = np.full(len(count), 0.0 if agg == "sum" else np.nan)
    if agg == "var":
        result[some] = var_ranges(v, *inside)
    else:
        ufunc = {"min": np.minimum, "max": np.maximum}.get(agg, np.add)
        result[some] = reduce_ranges(ufunc, v, *inside)
    if agg == "mean":
        result[some] /= count[some]
    return result
