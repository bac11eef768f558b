"""What was known of each key at some moment: the join that a feature store is built on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def point_in_time_join(
    entities: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    by: str | Sequence[str],
    on: str,
    event: str,
    available: str | None = None,
    ttl: timedelta | float | None = None,
) -> pd.DataFrame:
    """Return the questions, each with the newest row of its key that was known at its time.

    A row is known once it has happened *and* has arrived: from the later of `event` and
    `available` on, that moment included. Newest is the one that happened last; of equal times the
    one that arrived last, and of those the last in the table. If the newest is older than `ttl`,
    there is no answer.

    Parameters
    ----------
    entities : DataFrame
        A question in each row: the key's columns and a time.
    rows : DataFrame
        What happened: the key's columns, times, and the columns to join. In any order.
    by : str or sequence of str
        The key's columns, in both tables.
    on : str
        The time of a question.
    event : str
        When a row happened.
    available : str, optional
        When it arrived. Without it every row arrives when it happens, which is seldom so.
    ttl : timedelta or number, optional
        A row answers up to this long after it happened, both ends included.

    Returns
    -------
    DataFrame
        `entities` in their order and with their index, and the columns of `rows` beside them; a
        question without an answer has missing values.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is not there, is in both tables, or times are missing, or of two kinds.

    Notes
    -----
    O((n + m) log(n + m)), with no loop. Of rows and questions in the order of their times, the
    newest row so far is a running maximum, and a question reads it off where it stands.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"user": [7, 7], "day": [1, 3], "came": [1, 9], "tickets": [2, 5]})
    >>> asked = pd.DataFrame({"user": [7, 7, 7, 8], "at": [0, 4, 9, 9]})
    >>> point_in_time_join(asked, rows, by="user", on="at", event="day",
    ...                    available="came")["tickets"].tolist()
    [nan, 2.0, 5.0, nan]
    """
    import numpy as np
    import pandas as pd

    keys = [by] if isinstance(by, str) else list(by)
    times = [event] if available is None else [event, available]
    _check_columns("entities", entities, [*keys, on])
    _check_columns("rows", rows, [*keys, *times])
    joined = [name for name in rows.columns if name not in {*keys, *times}]
    if twice := [name for name in joined if name in entities.columns]:
        raise ValueError(f"entities and rows must not both have the column {twice[0]!r}")
    asked, is_date = clock(on, entities[on])
    happened, kind = clock(event, rows[event])
    known = happened
    if available is not None:
        came, came_kind = clock(available, rows[available])
        known = np.maximum(happened, came)
    else:
        came, came_kind = happened, kind
    if len(rows) and len(entities) and not is_date == kind == came_kind:
        raise TypeError(f"{', '.join([on, *times])} must be of one kind, datetimes or numbers")
    found = newest_known(*_codes(entities, rows, keys), asked, happened, came, known)
    if ttl is not None and len(rows):
        found[happened[found] < asked - span("ttl", ttl, is_date=is_date)] = -1
    answer = entities.copy()
    for name in joined:
        answer[name] = pd.api.extensions.take(rows[name].array, found, allow_fill=True)
    return answer


def newest_known(
    query_keys: np.ndarray,
    keys: np.ndarray,
    asked: np.ndarray,
    happened: np.ndarray,
    came: np.ndarray,
    known: np.ndarray,
) -> np.ndarray:
    """Return for each question the place of the newest row of its key known by then, or -1."""
    import numpy as np

    n = len(keys)
    if not n:
        return np.full(len(query_keys), -1)
    by_age = order_of(happened)
    if came is not happened and (np.diff(happened[by_age]) == 0).any():  # arrival breaks ties
        by_came = order_of(came)
        by_age = by_came[order_of(happened[by_came])]
    age = np.zeros(n + len(asked), np.int64)  # zero is that of a question
    age[by_age] = np.arange(1, n + 1)
    # Rows and questions by key and time. A row stands before a question of the same time, since it
    # does so here and the sort is stable.
    keys = np.concatenate([keys, query_keys])
    order = order_of(np.concatenate([known, asked]))
    order = order[order_of(keys[order])]
    # Within a key, a running maximum; a key's number in front keeps keys apart.
    front = keys[order] * (n + 1)
    newest = np.maximum.accumulate(front + age[order]) - front
    is_question = order >= n
    found = np.empty(len(asked), np.int64)
    found[order[is_question] - n] = newest[is_question]
    return np.where(found > 0, by_age[found - 1], -1)


def order_of(values: np.ndarray) -> np.ndarray:
    """Return a stable order; whole numbers are sorted digit by digit, faster than by comparing."""
    import numpy as np

    if values.dtype.kind == "f" or not len(values):
        return values.argsort(kind="stable")
    above = values.astype(np.int64).view(np.uint64)
    above = above - above[values.argmin()]  # modulo 2**64, so that negative ones do no harm
    order = above.astype(np.uint16).argsort(kind="stable")  # numpy sorts 16 bits by radix
    for shift in range(16, int(above.max()).bit_length(), 16):
        digit = (above >> np.uint64(shift)).astype(np.uint16)
        order = order[digit[order].argsort(kind="stable")]
    return order


def clock(name: str, times: pd.Series) -> tuple[np.ndarray, bool]:
    """Return times as numbers, and whether they are datetimes: nanoseconds, zoneless ones UTC."""
    import pandas as pd

    if times.dtype.kind == "M":
        index = pd.DatetimeIndex(times)
        if not index.hasnans:
            return index.as_unit("ns").asi8, True
    if times.isna().any():
        raise ValueError(f"{name} must not hold missing times, got {int(times.isna().sum())}")
    if times.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold datetimes or numbers, got dtype {times.dtype}")
    return times.to_numpy(), False


def span(name: str, length: object, *, is_date: bool) -> float:
    """Return a length of time in the unit of `clock`."""
    if isinstance(length, timedelta) != is_date:
        unit = "a timedelta, as the times are datetimes" if is_date else "a number, as the times"
        raise TypeError(f"{name} must be {unit}; got {length!r}")
    if is_date:
        length = (length // timedelta(microseconds=1)) * 1_000
    if not length >= 0:
        raise ValueError(f"{name} must be zero or positive, got {length!r}")
    return length


def _codes(
    entities: pd.DataFrame, rows: pd.DataFrame, keys: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a whole number for each question's key and each row's, equal where the keys are."""
    import numpy as np
    import pandas as pd

    codes = np.zeros(len(entities) + len(rows), np.int64)
    for name in keys:
        both = pd.concat([entities[name], rows[name]], ignore_index=True)
        if both.isna().any():
            raise ValueError(f"{name} must not hold missing keys, got {int(both.isna().sum())}")
        part, values = pd.factorize(both)
        codes = pd.factorize(codes * len(values) + part)[0] if len(keys) > 1 else part
    return codes[: len(entities)], codes[len(entities) :]


def _check_columns(name: str, table: pd.DataFrame, columns: list[str]) -> None:
    if gone := [column for column in columns if column not in table.columns]:
        raise KeyError(f"{name} has no column {gone[0]!r}, only {', '.join(table.columns)}")
