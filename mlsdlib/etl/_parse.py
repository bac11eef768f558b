"""From columns of anything to typed columns, strictly: what does not fit is marked, not guessed."""

from __future__ import annotations

import datetime
import math
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

DTYPES = {"int": "Int64", "float": "float64", "text": "str", "time": "datetime64[us]"}
"""The kinds of a field and the dtype of a column of that kind."""

# Python's own converters also take "１２" (full-width digits), "1_000", " 12 " and "nan".
_INT = re.compile(r"[+-]?[0-9]{1,40}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray]:
    """Return the values in the dtype of a kind, and which of them are wrong; missing is not wrong.

    Where a value is wrong or missing the result has a null. Text that is empty or blank is missing:
    a CSV file cannot say it otherwise.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        codes, known = pd.factorize(column, use_na_sentinel=False)
        values, wrong = _from_text(pd.Series(known, dtype="str"), kind)  # each text once
        return values.take(codes).set_axis(column.index), wrong[codes]
    if column.dtype == object:
        return _from_objects(column, kind)
    return _from_typed(column, kind)


def _from_typed(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray]:
    """Parse a column whose dtype is its type: only the values of a float can still be wrong."""
    import pandas as pd

    null = column.isna().to_numpy()
    test = pd.api.types
    is_float = test.is_float_dtype(column.dtype)
    if test.is_bool_dtype(column.dtype) or kind == "text":
        wrong = ~null
    elif kind == "time":
        is_time = test.is_datetime64_any_dtype(column.dtype)
        wrong = np.zeros(len(column), bool) if is_time else ~null
        if is_time and column.dt.tz is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    elif is_float:
        values = column.to_numpy("float64", na_value=np.nan)
        wrong = np.isinf(values)
        if kind == "int":
            wrong |= ~null & ((np.trunc(values) != values) | (np.abs(values) >= 2**63))
    elif test.is_integer_dtype(column.dtype):
        too_large = column.dtype == "uint64" and kind == "int"
        wrong = (column > 2**63 - 1).to_numpy(bool) if too_large else np.zeros(len(column), bool)
    else:
        wrong = ~null
    values = column.mask(wrong) if wrong.any() else column
    if wrong.all() and len(column):
        values = pd.Series(None, index=column.index, dtype=object)
    return values.astype(DTYPES[kind]), wrong


def _from_text(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray]:
    """Parse text: a number or a time must be written in one way, in ASCII."""
    import pandas as pd

    column = column.mask(column.str.strip() == "")
    null = column.isna().to_numpy()
    if kind == "text":
        wrong = column.str.contains("\ufffd|\ufeff|\x00", regex=True, na=False).to_numpy(bool)
        return column.mask(wrong).astype("str"), wrong
    pattern = {"int": _INT, "float": _FLOAT, "time": _TIME}[kind]
    fits = column.str.fullmatch(pattern.pattern, na=False).to_numpy(bool)
    if kind == "time":
        # `utc=True` shifts what has an offset and takes the rest as it is.
        times = pd.to_datetime(column.where(fits), format="ISO8601", utc=True, errors="coerce")
        values = times.dt.tz_localize(None).astype(DTYPES[kind])
        return values, ~null & values.isna().to_numpy()
    values = pd.Series(pd.NA, index=column.index, dtype=object)
    convert = int if kind == "int" else float
    values[fits] = np.array([convert(text) for text in column[fits]], dtype=object)
    return _bounded(values, kind, ~null & ~fits)


def _bounded(values: pd.Series, kind: str, wrong: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    """Mark the Python numbers that 64 bits do not hold."""
    import pandas as pd

    known = values.notna().to_numpy()
    if kind == "int":
        too_large = np.array([not -(2**63) <= v < 2**63 for v in values[known]], dtype=bool)
    else:
        too_large = np.array([not math.isfinite(v) for v in values[known]], dtype=bool)
    wrong = wrong.copy()
    wrong[np.flatnonzero(known)[too_large]] = True
    values = values.mask(wrong, pd.NA if kind == "int" else np.nan)
    if kind == "float":
        values = values.where(values.notna(), np.nan)
    return values.astype(DTYPES[kind]), wrong


def _from_objects(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray]:
    """Parse a column of Python objects, as JSON gives them: each type by its own rules."""
    import pandas as pd

    null = column.isna().to_numpy()
    types = column.map(type)
    values = pd.Series(None, index=column.index, dtype=object)
    wrong = ~null
    for python_type in set(types[~null]):
        here = (types == python_type).to_numpy() & ~null
        dtype = _dtype_of(python_type, kind)
        if dtype is None:
            continue
        part, wrong_part = column[here], None
        if dtype == "integer":  # beyond 64 bits is possible
            numbers = pd.Series([_number(v, kind) for v in part], index=part.index, dtype=object)
            part, wrong_part = _bounded(numbers, kind, np.zeros(len(part), bool))
        else:
            part, wrong_part = parse(part.astype(dtype), kind)
        values[here] = part.astype(object)
        wrong[here] = wrong_part
    return values.astype(DTYPES[kind]), wrong


def _number(value: int, kind: str) -> int | float:
    if kind == "int":
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _dtype_of(python_type: type, kind: str) -> str | None:
    """Return how values of a Python type are parsed; None if the kind does not take them."""
    if issubclass(python_type, str):
        return "str"
    if issubclass(python_type, (bool, np.bool_)):
        return None
    if issubclass(python_type, (int, np.integer)):
        return "integer" if kind in ("int", "float") else None
    if issubclass(python_type, (float, np.floating)):
        return "float64" if kind in ("int", "float") else None
    if issubclass(python_type, (datetime.datetime, np.datetime64)):
        return "datetime64[us]" if kind == "time" else None
    return None
