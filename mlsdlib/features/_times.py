"""Times of two kinds, numbers and datetimes, as numbers that can be compared."""

from __future__ import annotations

import datetime as dt

import numpy as np

_DATES = (dt.datetime, np.datetime64)
_SPANS = (dt.timedelta, np.timedelta64)


def times_of(name: str, values: object) -> tuple[np.ndarray, bool]:
    """Return times as int64 or float64 of shape (n,), and whether they were datetimes.

    Datetimes become whole nanoseconds since 1970, counted in UTC; those without a time zone are
    taken for UTC.
    """
    import pandas as pd

    if isinstance(getattr(values, "dtype", None), pd.DatetimeTZDtype):
        values = pd.DatetimeIndex(values).tz_convert("UTC").tz_localize(None)
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if not len(array):
        return np.zeros(0, np.int64), array.dtype.kind == "M"
    is_list_of_dates = array.dtype.kind == "O" and all(isinstance(v, _DATES) for v in array)
    if array.dtype.kind == "M" or is_list_of_dates:
        array = _index(name, array)
        if array.hasnans:
            raise ValueError(f"{name} must not hold NaT, got {int(array.isna().sum())}")
        return array.asi8, True
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold numbers or datetimes, got dtype {array.dtype}")
    if np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN, got {int(np.isnan(array).sum())}")
    if array.dtype.kind == "u" and (array > np.iinfo(np.int64).max).any():
        raise ValueError(f"{name} must lie below 2**63, got {array.max()}")
    return array.astype(float if array.dtype.kind == "f" else np.int64), False


def span_of(name: str, span: object, *, is_datetime: bool) -> float:
    """Return a span as a number in the unit of `times_of`; zero needs no unit."""
    check_span(name, span)
    if not isinstance(span, _SPANS):
        if is_datetime and span != 0:
            raise TypeError(f"{name} must be a timedelta, as the times are datetimes; got {span!r}")
        return span
    if not is_datetime:
        raise TypeError(f"{name} must be a number, as the times are numbers; got {span!r}")
    import pandas as pd

    try:
        return pd.Timedelta(span).as_unit("ns").value
    except ValueError as error:  # months, or too long
        raise ValueError(
            f"{name} must be countable in nanoseconds, got {span!r}: {error}"
        ) from None


def check_span(name: str, span: object) -> None:
    """Raise unless this is a number or a timedelta, zero or positive."""
    is_number = isinstance(span, (int, float, np.integer, np.floating)) and not isinstance(
        span, (bool, np.timedelta64)
    )
    if not is_number and not isinstance(span, _SPANS):
        raise TypeError(f"{name} must be a number or a timedelta, got {span!r}")
    if not (span >= 0 if is_number else span >= type(span)(0)):  # nor is a NaN or NaT
        raise ValueError(f"{name} must be zero or positive, got {span!r}")
    if isinstance(span, np.timedelta64) and np.datetime_data(span)[0] == "generic":
        raise TypeError(f"{name} must have a unit, got {span!r}")


def _index(name: str, array: np.ndarray) -> object:
    import pandas as pd

    try:
        # Aware ones may differ in their zones: a parsed "+01:00" is another one than "+02:00".
        is_aware = array.dtype.kind == "O" and all(
            getattr(value, "tzinfo", None) for value in array if value is not pd.NaT
        )
        index = pd.to_datetime(array, utc=True) if is_aware else pd.DatetimeIndex(array)
        if index.tz is not None:
            index = index.tz_convert("UTC").tz_localize(None)
        return index.as_unit("ns")
    except ValueError as error:  # out of bounds, or some with a time zone and some without
        raise ValueError(f"{name} must be datetimes countable in nanoseconds: {error}") from None
