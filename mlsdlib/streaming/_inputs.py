"""What comes in, checked: times and spans of time, values and keys."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Sequence

import numpy as np

from mlsdlib.checks import check_lengths

LIMIT = 2**62
"""Bound of times and spans: the difference of two fits in an int64. As nanoseconds since 1970, in
which datetimes are held, it reaches from 1823 to 2116."""

LARGEST = 1e140
"""Bound of values: sums of squares of any number of them stay finite."""

CLOSED = ("right", "left", "both", "neither")
_NUMBERS = (int, float, np.integer, np.floating)
_NOT_NUMBERS = (bool, np.bool_, np.timedelta64)  # numpy counts its timedelta among the integers


class Axis:
    """The time axis: numbers as they are, or datetimes as whole nanoseconds since 1970.

    A span of time, such as the width of a window, decides which: a timedelta asks for datetimes.
    """

    def __init__(self, span: object) -> None:
        self.datetimes = isinstance(span, (dt.timedelta, np.timedelta64))

    def span(self, name: str, span: object) -> float:
        """Return a positive span on this axis."""
        number = self._span(name, span)
        if not 0 < number < LIMIT:
            raise ValueError(f"{name} must be positive and below 2**62, got {span!r}")
        return number

    def lateness(self, lateness: object) -> float:
        """Return the allowed lateness, for which zero and infinity need no unit."""
        endless = isinstance(lateness, float) and lateness == math.inf
        zero = type(lateness) is int and lateness == 0
        number = lateness if endless or zero else self._span("lateness", lateness)
        if not (0 <= number < LIMIT or endless):
            raise ValueError(f"lateness must be zero or positive, got {lateness!r}")
        return number

    def _span(self, name: str, span: object) -> float:
        if not self.datetimes:
            return _number(name, span, "a number, as the other spans are")
        if not isinstance(span, (dt.timedelta, np.timedelta64)):
            raise TypeError(f"{name} must be a timedelta, as the other spans are; got {span!r}")
        import pandas as pd

        if pd.isna(span):
            raise ValueError(f"{name} must not be NaT")
        return _whole_nanoseconds(name, pd.Timedelta, span)

    def time(self, t: object, name: str = "t") -> float:
        """Return one time on this axis."""
        if self.datetimes:
            t = _nanoseconds(name, t)
        elif type(t) is not float and type(t) is not int:  # the usual types cost two comparisons
            t = _number(name, t, "a number, as the spans are")
        if not -LIMIT < t < LIMIT:  # nor is a NaN
            raise ValueError(f"{name} must lie between -2**62 and 2**62, got {t}")
        return t

    def times(self, t: Sequence) -> np.ndarray:
        """Return an array of times on this axis, int64 or float64, of shape (n,)."""
        if getattr(getattr(t, "dtype", None), "tz", None) is not None:
            raise TypeError(f"t must be without time zone (in UTC, say), got dtype {t.dtype}")
        array = np.asarray(t)
        if array.ndim != 1:
            raise ValueError(f"t must be one-dimensional, got shape {array.shape}")
        if array.size == 0:
            return np.zeros(0, np.int64 if self.datetimes else float)
        if array.dtype.kind == "O" and self.datetimes:
            return np.array([self.time(one) for one in array.tolist()], np.int64)
        if array.dtype.kind not in ("M" if self.datetimes else "iuf"):
            kind = "datetimes" if self.datetimes else "numbers"
            raise TypeError(f"t must hold {kind}, as the spans are; got dtype {array.dtype}")
        if self.datetimes:
            import pandas as pd

            if np.isnat(array).any():
                raise ValueError(f"t must not hold NaT, got {int(np.isnat(array).sum())}")
            array = _in_nanoseconds("t", pd.DatetimeIndex(array)).asi8
        good = (array > -LIMIT) & (array < LIMIT)
        if not good.all():
            raise ValueError(f"t must lie between -2**62 and 2**62, got {array[~good][0]}")
        return array.astype(float if array.dtype.kind == "f" else np.int64)

    def show(self, t: float) -> object:
        """Return a time of this axis as the caller's kind: a number or a Timestamp."""
        if not self.datetimes or math.isinf(t):
            return t
        import pandas as pd

        return pd.Timestamp(t, unit="ns")

    def show_all(self, t: np.ndarray) -> np.ndarray:
        """Return times of this axis as the caller's kind: numbers or datetime64[ns]."""
        return t.astype("M8[ns]") if self.datetimes else t


def value_of(v: object) -> float:
    """Return one value as a float."""
    if type(v) is not float:
        is_bool = isinstance(v, (bool, np.bool_))
        v = float(v if is_bool else _number("v", v, "a number"))
    if not -LARGEST < v < LARGEST:  # nor is a NaN
        raise ValueError(f"v must lie between -1e140 and 1e140, got {v}")
    return v


def values_of(v: Sequence) -> np.ndarray:
    """Return the values as floats of shape (n,)."""
    array = np.asarray(v)
    if array.ndim != 1:
        raise ValueError(f"v must be one-dimensional, got shape {array.shape}")
    if array.dtype.kind not in "biuf" and array.size:
        raise TypeError(f"v must hold numbers, got dtype {array.dtype}")
    array = array.astype(float)
    good = np.abs(array) < LARGEST
    if not good.all():
        raise ValueError(f"v must lie between -1e140 and 1e140, got {array[~good][0]}")
    return array


def keys_of(by: Sequence | None, n: int) -> tuple[np.ndarray, list[Hashable]]:
    """Return each event's position in the list of keys, and that list in order of appearance."""
    if by is None:
        return np.zeros(n, np.int64), [None]
    if isinstance(by, (str, bytes)) or not hasattr(by, "__len__"):
        raise TypeError(f"by must hold one key for each event, got {by!r}")
    if not hasattr(by, "dtype"):  # numpy would make one type of a list of many
        by = np.fromiter(by, dtype=object, count=len(by))
    if np.ndim(by) != 1:
        raise ValueError(f"by must be one-dimensional, got shape {np.shape(by)}")
    check_lengths(t=range(n), by=by)
    import pandas as pd

    try:
        codes, keys = pd.factorize(pd.Series(by))
    except TypeError as error:
        raise TypeError(f"by must hold hashable keys: {error}") from None
    if (codes < 0).any():
        raise ValueError(f"by must not hold nulls, got {int((codes < 0).sum())}")
    return codes.astype(np.int64), keys.tolist()


def check_key(by: Hashable) -> None:
    """Raise unless `by` can be a key; None stands for a stream without keys."""
    try:
        hash(by)
    except TypeError:
        raise TypeError(f"by must be a hashable key, got {by!r}") from None
    if by != by:  # only a NaN is not itself
        raise ValueError(f"by must not be a null, got {by!r}")


def _number(name: str, number: object, wanted: str) -> float:
    """Return a Python number from a Python or a numpy one."""
    if isinstance(number, _NOT_NUMBERS) or not isinstance(number, _NUMBERS):
        raise TypeError(f"{name} must be {wanted}; got {number!r}")
    number = number.item() if isinstance(number, np.generic) else number
    # A whole number stays exact beside integers of any size.
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _nanoseconds(name: str, t: object) -> int:
    import pandas as pd

    if t is pd.NaT or (isinstance(t, np.datetime64) and np.isnat(t)):
        raise ValueError(f"{name} must not be NaT")
    if not isinstance(t, (dt.datetime, np.datetime64)):
        raise TypeError(f"{name} must be a datetime, since the spans are timedeltas; got {t!r}")
    if getattr(t, "tzinfo", None) is not None:
        raise TypeError(f"{name} must be without time zone (in UTC, say), got {t!r}")
    return _whole_nanoseconds(name, pd.Timestamp, t)


def _whole_nanoseconds(name: str, kind: type, time: object) -> int:
    return _in_nanoseconds(name, time, kind).value


def _in_nanoseconds(name: str, time: object, kind: type | None = None) -> object:
    try:
        return (kind(time) if kind else time).as_unit("ns")
    except ValueError as error:  # out of bounds, or a month
        raise ValueError(f"{name} must be countable in nanoseconds: {error}") from None
