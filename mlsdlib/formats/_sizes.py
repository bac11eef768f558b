"""Bytes one column takes in several encodings, and the smallest type that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_INTEGERS = [np.dtype(t) for t in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")]
_FLOATS = [np.dtype(t) for t in ("f2", "f4", "f8")]


def encoded_sizes(
    values: Sequence, *, dictionary: bool = True, compression: str = "snappy", gzip_level: int = 6
) -> dict[str, int]:
    """Return the bytes one column takes as text, as fixed-width binary and as Parquet.

    Parameters
    ----------
    values : array, Series or pyarrow array of shape (n,)
        Booleans, numbers, text or times. None, NaN, NaT and NA are nulls.
    dictionary : bool
        Whether "parquet" may replace values by positions in a dictionary.
    compression : str
        How "parquet" is compressed: "none", "snappy", "gzip", "brotli", "lz4" or "zstd".
    gzip_level : int
        Effort of "csv.gz", 1 to 9.

    Returns
    -------
    dict
        Bytes of the column as

        - "csv": one value a line, ended by LF; a null is empty; quotes only where RFC 4180 needs
          them; a float with the fewest digits that give it back; a time down to the unit in use
          (seconds, unless some value has a fraction);
        - "csv.gz": the same text, gzipped;
        - "binary": as numpy holds it by default: 8 bytes for a number or a time, 1 for a
          boolean, text as UTF-8 padded to the longest value;
        - "binary.min": as "binary", numbers in their `min_dtype`;
        - "parquet.plain": a Parquet file without dictionary and without compression;
        - "parquet": a Parquet file with `dictionary` and `compression`. Some 500 bytes of either
          file are its footer.

    Raises
    ------
    TypeError
        If the values mix types, or are neither booleans, numbers, text nor times.
    ValueError
        If `values` is not one column, or an option is not one of those named above.

    Examples
    --------
    >>> sizes = encoded_sizes(np.arange(10_000) % 10)
    >>> sizes["csv"], sizes["binary"], sizes["binary.min"]
    (20000, 80000, 10000)
    >>> sizes["parquet"] < sizes["binary.min"] < sizes["parquet.plain"]
    True
    """
    import gzip

    compressions = ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
    if compression not in compressions:
        raise ValueError(f"compression must be among {compressions}, got {compression!r}")
    if gzip_level not in range(1, 10):
        raise ValueError(f"gzip_level must be a whole number from 1 to 9, got {gzip_level!r}")
    column = _column(values)
    text = _csv_text(column)
    binary, smallest = _binary_bytes(column)
    return {
        "csv": len(text),
        "csv.gz": len(gzip.compress(text, gzip_level)),
        "binary": binary,
        "binary.min": smallest,
        "parquet.plain": _parquet_bytes(column, False, "none"),
        "parquet": _parquet_bytes(column, dictionary, compression),
    }


def min_dtype(values: Sequence) -> np.dtype:
    """Return the smallest numpy dtype that holds every value exactly.

    Whole numbers get an integer dtype (unsigned unless one is negative), also when they come as
    floats; fractions, infinities, minus zero and nulls need a float, a null becoming NaN. Between
    an integer and a float of the same size the integer wins. Booleans stay booleans, and an empty
    column of numbers fits in uint8.

    Parameters
    ----------
    values : array-like
        Booleans, integers or floats. None, NaN and NA are nulls.

    Raises
    ------
    TypeError
        If the values are not all booleans or all numbers.
    ValueError
        If no dtype of 64 bits holds them all: a null or a fraction beside an integer that no
        float holds, such as 2**53 + 1, or integers outside -2**63 .. 2**64 - 1.

    Examples
    --------
    >>> min_dtype([0, 255]), min_dtype([-1, 255]), min_dtype([1.0, 300.0])
    (dtype('uint8'), dtype('int16'), dtype('uint16'))
    >>> min_dtype([1.0, float("nan")]), min_dtype([0.1, 0.2]), min_dtype([2**53 + 1])
    (dtype('float16'), dtype('float64'), dtype('uint64'))
    """
    # A list, or pandas' integers with NA, would become floats: look at the values themselves.
    exact = isinstance(getattr(values, "dtype", None), np.dtype)
    array = np.asarray(values) if exact else np.asarray(values, dtype=object)
    kind = array.dtype.kind
    if kind not in "biufO":
        raise TypeError(f"values must be booleans or numbers, got dtype {array.dtype}")
    if array.size == 0:
        return array.dtype if kind == "b" else _INTEGERS[0]
    if kind == "O":
        return _of_objects(array.ravel())
    if kind == "b":
        return array.dtype
    if kind in "iu":
        return _of_integers(int(array.min()), int(array.max()))
    return _of_floats(array)


def _of_objects(array: np.ndarray) -> np.dtype:
    """Return the dtype of Python objects, none of which passes through a float unchecked."""
    import pandas as pd

    null = np.asarray(pd.isna(array))
    known = array[~null].tolist()
    kinds = {_kind_of(value) for value in known}
    if kinds == {"b"} and not null.any():
        return np.dtype(bool)
    if "b" in kinds:
        raise TypeError("values must be all booleans or all numbers, got booleans beside others")
    if kinds == {"i"} and not null.any():
        return _of_integers(min(known), max(known))
    for value in known:
        if _kind_of(value) == "i" and (abs(value) >= 2**1023 or int(float(value)) != value):
            raise ValueError(
                f"values must fit in one dtype: {value} needs an integer, others a float"
            )
    return _of_floats(np.array([*map(float, known), *([np.nan] if null.any() else [])]))


def _kind_of(value: object) -> str:
    kind = np.min_scalar_type(value).kind if isinstance(value, (int, float, np.generic)) else "?"
    if isinstance(value, int) and kind == "O":  # beyond 64 bits
        return "i"
    if kind not in "biuf":
        raise TypeError(f"values must be booleans or numbers, got {value!r}")
    return "i" if kind in "iu" else kind


def _of_integers(low: int, high: int) -> np.dtype:
    for dtype in _INTEGERS:
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return dtype
    raise ValueError(f"values must fit in 64 bits, got {low} .. {high}")


def _of_floats(array: np.ndarray) -> np.dtype:
    candidates = []
    whole = np.isfinite(array).all() and (array == np.trunc(array)).all()
    if whole and not np.signbit(array[array == 0]).any():
        low, high = int(array.min()), int(array.max())
        candidates = [t for t in _INTEGERS if np.iinfo(t).min <= low and high <= np.iinfo(t).max]
    with np.errstate(over="ignore", under="ignore"):
        for dtype in _FLOATS:
            if np.array_equal(array.astype(dtype), array, equal_nan=True):
                candidates.append(dtype)
    # min keeps the first of equals, so an integer wins over a float of its size.
    return min(candidates, key=lambda t: t.itemsize, default=array.dtype)


def _column(values: Sequence) -> pa.Array:
    import pyarrow as pa

    if not isinstance(values, (pa.Array, pa.ChunkedArray)) and np.ndim(values) != 1:
        raise ValueError(f"values must be one column, got shape {np.shape(values)}")
    try:
        column = values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise TypeError(f"values must be all of one type: {error}") from error
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    t = column.type
    is_number = pa.types.is_boolean(t) or pa.types.is_integer(t) or pa.types.is_floating(t)
    is_time = pa.types.is_timestamp(t) or pa.types.is_date(t)
    if not (is_number or is_time or _is_text(t) or pa.types.is_null(t)):
        raise TypeError(f"values must be booleans, numbers, text or times, got {t}")
    return column


def _is_text(t: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(t) or pa.types.is_large_string(t)


def _csv_text(column: pa.Array) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type):
        for unit in ("s", "ms", "us"):
            try:
                column = column.cast(pa.timestamp(unit, column.type.tz))
                break
            except pa.ArrowInvalid:  # a fraction would be lost
                continue
    quote, end, nothing = (pa.scalar(c, pa.large_string()) for c in ('"', "\n", ""))
    text = column.cast(pa.large_string())
    if _is_text(column.type):
        doubled = pc.replace_substring(text, '"', '""')
        quoted = pc.binary_join_element_wise(quote, doubled, quote, nothing)
        text = pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), quoted, text)
    lines = pc.binary_join_element_wise(pc.fill_null(text, nothing), end, nothing)
    # The buffer of Arrow's strings is the text itself; a Python string per value would be slow.
    data, length = lines.buffers()[2], pc.sum(pc.binary_length(lines)).as_py()
    return data.slice(0, length).to_pybytes() if length else b""


def _binary_bytes(column: pa.Array) -> tuple[int, int]:
    """Return the bytes at the default width and at the smallest exact width."""
    import pyarrow as pa
    import pyarrow.compute as pc

    n = len(column)
    if _is_text(column.type):
        width = pc.max(pc.binary_length(column)).as_py() or 0
        return n * width, n * width
    if pa.types.is_temporal(column.type):
        return 8 * n, 8 * n
    if pa.types.is_boolean(column.type):
        return n, n
    # Integers beside nulls must not become floats on the way.
    values = column.to_pandas(integer_object_nulls=True)
    return 8 * n, n * min_dtype(values).itemsize


def _parquet_bytes(column: pa.Array, dictionary: bool, compression: str) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    table = pa.table({"value": column})
    pq.write_table(table, sink, use_dictionary=dictionary, compression=compression)
    return sink.getvalue().size
