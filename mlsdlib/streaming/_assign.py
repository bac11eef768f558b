"""The fixed windows of every event, in batch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.streaming._inputs import Axis, keys_of

if TYPE_CHECKING:
    import pandas as pd


def assign_windows(
    t: Sequence,
    *,
    by: Sequence[Hashable] | None = None,
    width: float | None = None,
    step: float | None = None,
    gap: float | None = None,
) -> pd.DataFrame:
    """Return the windows each event lies in, one row for each pair of event and window.

    What `TumblingWindows`, `SlidingWindows` and `SessionWindows` find in a stream, found in a
    batch, whose events may come in any order. A group-by of the rows aggregates the windows.

    - `width` alone: tumbling windows, [0, width), [width, 2 width) and so on, in both directions.
    - `width` and `step`: sliding (or hopping) windows, one beginning at every multiple of `step`.
    - `gap`: sessions. Each event asks for [t, t + gap); those of a key that overlap become one.

    Parameters
    ----------
    t : array of shape (n,), n >= 1
        Event times: numbers, or datetimes without time zone, which count from 1970-01-01.
    by : array of shape (n,), optional
        Key of each event. Sessions are those of one key; other windows do not depend on it.
    width, step : whole number or timedelta
        Length of a window and distance between two starts, ``0 < step <= width``.
    gap : number or timedelta
        A session ends where its key is silent for so long. (An event exactly `gap` later begins
        the next one, as in Apache Beam; Kafka Streams counts it to the same.)

    Returns
    -------
    DataFrame
        "event", the position in `t`, "start" and "end" of the window, which holds its start and
        not its end; in order of event, then of start.

    Raises
    ------
    TypeError, ValueError
        As `window_aggregate`; or if not exactly one of `width` and `gap` is given.

    References
    ----------
    Akidau et al. (2015), *The Dataflow Model*, section 2.2.

    Examples
    --------
    >>> assign_windows([65, 5, 12], width=10)
       event  start  end
    0      0     60   70
    1      1      0   10
    2      2     10   20
    >>> assign_windows([12], width=10, step=5)["start"].tolist()
    [5, 10]
    >>> assign_windows([65, 5, 12], gap=10)[["start", "end"]].to_numpy().tolist()
    [[65, 75], [5, 22], [5, 22]]
    """
    import pandas as pd

    if (width is None) == (gap is None):
        raise ValueError(f"give one of width and gap, got width={width!r} and gap={gap!r}")
    if step is not None and gap is not None:
        raise ValueError(f"step needs a width and no gap, got step={step!r}")
    axis = Axis(gap if width is None else width)
    t = axis.times(t)
    if len(t) == 0:
        raise ValueError("t must hold at least one event, got none")
    codes, _ = keys_of(by, len(t))
    if gap is not None:
        event = np.arange(len(t))
        start, end = _sessions(t, codes, axis.span("gap", gap))
    else:
        event, start, end = aligned_windows(t, *window_spans(axis, width, step))
    start, end = axis.show_all(start), axis.show_all(end)
    return pd.DataFrame({"event": event, "start": start, "end": end})


def window_spans(axis: Axis, width: object, step: object | None) -> tuple[int, int]:
    """Return width and step of aligned windows as whole numbers.

    Multiples of a fraction are rounded, and two windows that should touch would miss each other.
    """
    spans = []
    for name, span in (("width", width), ("step", width if step is None else step)):
        number = axis.span(name, span)
        if not isinstance(number, int):
            raise ValueError(f"{name} must be a whole number in the unit of t, got {span!r}")
        spans.append(number)
    if spans[1] > spans[0]:
        raise ValueError(f"step must be at most width, got step={step!r} and width={width!r}")
    return spans[0], spans[1]


def aligned_windows(
    t: np.ndarray, width: int, step: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each pair of event and window the event's position, the start and the end."""
    latest = t // step * step
    most = -(-width // step)
    # Of the windows that may hold an event only the earliest can have ended before it.
    n = most - (t >= latest - (most - 1) * step + width)
    event = np.repeat(np.arange(len(t)), n)
    nth_from_end = np.cumsum(n)[event] - 1 - np.arange(len(event))
    start = latest[event] - nth_from_end * step
    return event, start, start + width


def _sessions(t: np.ndarray, codes: np.ndarray, gap: float) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((t, codes))
    t, codes = t[order], codes[order]
    is_new = np.append(True, (t[1:] >= t[:-1] + gap) | (codes[1:] != codes[:-1]))
    begin = np.flatnonzero(is_new)
    last = np.append(begin[1:], len(t)) - 1
    session = np.empty(len(t), np.int64)
    session[order] = np.cumsum(is_new) - 1
    return t[begin][session], (t[last] + gap)[session]
