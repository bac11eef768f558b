"""The same table in SQLite and in DuckDB, and whether two answers are the same."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mlsdlib.storage._transactions import Connection, is_sqlite, transaction

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


def load_table(
    con: Connection,
    name: str,
    frame: pd.DataFrame,
    *,
    key: str | Sequence[str] = (),
    indexes: Iterable[str | Sequence[str]] = (),
    temporary: bool = False,
) -> int:
    """Create a table with the rows of a frame; return how many there are.

    Both engines get the same rows in the same order. NaN, NaT and None are NULL. A boolean is 0
    or 1 in SQLite, which has no other; a time is text there, ``2013-01-01 05:00:00``, in UTC if
    the frame's times have a zone. SQLite's table is STRICT: like DuckDB's, its columns take values
    of their type only.

    Parameters
    ----------
    con : sqlite3 or duckdb connection
        An open database.
    name : str
        Name of the table, which must not exist yet.
    frame : DataFrame of shape (n, m), m >= 1
        Booleans, numbers, text and times.
    key : str or list of str
        Columns of the primary key, in SQLite also the order in which the rows are stored if it
        is one integer column.
    indexes : list of str or of lists of str
        Columns to index, each item a further index.
    temporary : bool
        Whether the table belongs to this connection and goes with it.

    Raises
    ------
    TypeError
        If `con`, `frame` or a column has another type than those above.
    ValueError
        If the frame has no columns, or `key` or `indexes` name others.
    sqlite3.Error, duckdb.Error
        If the table exists, or the key is not unique. Then nothing is created.

    Examples
    --------
    >>> import pandas as pd
    >>> con = sqlite3.connect(":memory:")
    >>> frame = pd.DataFrame({"flight": [1, 2], "delay": [4.5, None]})
    >>> load_table(con, "flights", frame, key="flight")
    2
    >>> con.execute("SELECT * FROM flights").fetchall()
    [(1, 4.5), (2, None)]
    >>> con.close()
    """
    table = _arrow(frame)
    keys = _columns("key", key, table)
    indexed = [_columns("indexes", columns, table) for columns in indexes]
    kind = "TEMPORARY TABLE" if temporary else "TABLE"
    with transaction(con):
        fill = _fill_sqlite if is_sqlite(con) else _fill_duckdb
        fill(con, f"CREATE {kind} {_quoted(name)}", name, table, keys)
        for i, columns in enumerate(indexed):
            of = ", ".join(map(_quoted, columns))
            con.execute(f"CREATE INDEX {_quoted(f'{name}_{i}')} ON {_quoted(name)} ({of})")
    return table.num_rows


def _fill_sqlite(
    con: sqlite3.Connection, create: str, name: str, table: pa.Table, keys: list[str]
) -> None:
    import pyarrow as pa

    columns, types = [], []
    for column, t in zip(table.columns, table.schema.types, strict=True):
        if pa.types.is_boolean(t):
            column = column.cast(pa.int8())
        if pa.types.is_temporal(t):
            column = _time_text(column)
        is_int = pa.types.is_integer(t) or pa.types.is_boolean(t)
        types.append("INTEGER" if is_int else "REAL" if pa.types.is_floating(t) else "TEXT")
        columns.append(column.to_pylist())
    con.execute(f"{create} ({_definition(table, types, keys)}) STRICT")
    places = ", ".join("?" * len(columns))
    rows = zip(*columns, strict=True)
    con.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", rows)


def _time_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as Python writes them, without a fraction where there is none: they sort."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type):
        with contextlib.suppress(pa.ArrowInvalid):  # some time has a fraction
            column = column.cast(pa.timestamp("s"))
    return pc.replace_substring(column.cast(pa.string()), ".000000", "")


def _fill_duckdb(
    con: duckdb.DuckDBPyConnection, create: str, name: str, table: pa.Table, keys: list[str]
) -> None:
    con.register("_incoming", table)  # a part of the transaction: a rollback takes it back
    types = [row[1] for row in con.execute("DESCRIBE _incoming").fetchall()]
    con.execute(f"{create} ({_definition(table, types, keys)})")
    con.execute(f"INSERT INTO {_quoted(name)} SELECT * FROM _incoming")
    con.unregister("_incoming")


def _definition(table: pa.Table, types: list[str], keys: list[str]) -> str:
    lines = [f"{_quoted(c)} {t}" for c, t in zip(table.column_names, types, strict=True)]
    if keys:
        lines.append(f"PRIMARY KEY ({', '.join(map(_quoted, keys))})")
    return ", ".join(lines)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    import pandas as pd
    import pyarrow as pa

    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a DataFrame, got {type(frame).__name__}")
    if not len(frame.columns) or not frame.columns.is_unique:
        raise ValueError(f"frame must have columns, each once, got {list(frame.columns)}")
    columns = {}
    for column in frame.columns:
        try:
            values = pa.array(frame[column], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise TypeError(f"frame[{column!r}] must be of one type: {error}") from error
        columns[str(column)] = _plain(column, values)
    return pa.table(columns)


def _plain(column: str, values: pa.Array) -> pa.Array:
    """Return the column in a type that both engines know."""
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    t = values.type
    if pa.types.is_timestamp(t):  # the zone is dropped: Arrow keeps such times in UTC
        return values.cast(pa.timestamp("us", t.tz)).cast(pa.timestamp("us"))
    if pa.types.is_null(t):
        return values.cast(pa.string())
    if pa.types.is_large_string(t):
        return values.cast(pa.string())
    known = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_string,
             pa.types.is_date)  # fmt: skip
    if not any(test(t) for test in known):
        raise TypeError(f"frame[{column!r}] must be booleans, numbers, text or times, got {t}")
    return values


def _columns(argument: str, names: str | Sequence[str], table: pa.Table) -> list[str]:
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in table.column_names:
            known = ", ".join(table.column_names)
            raise ValueError(f"{argument} must name columns of the frame: {known}; got {name!r}")
    return names


def _quoted(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {name!r}")
    return '"' + name.replace('"', '""') + '"'


def same_rows(a: Iterable[Sequence], b: Iterable[Sequence], *, rel: float = 1e-9) -> bool:
    """Return whether two answers hold the same rows, whatever the order of the rows.

    Engines add in different orders, so floats may differ in their last digits. A time is the
    same as its text in SQLite.

    Parameters
    ----------
    a, b : lists of rows
        What ``fetchall()`` gave.
    rel : float
        Largest relative difference of two floats that count as the same; also the largest
        absolute difference from zero.

    Examples
    --------
    >>> same_rows([("JFK", 0.1 + 0.2), ("LGA", None)], [("LGA", None), ("JFK", 0.3)])
    True
    >>> same_rows([("JFK", 1)], [("JFK", 1), ("JFK", 1)])
    False
    """
    first, second = (sorted(([_plain_value(v) for v in r] for r in rows), key=_order)
                     for rows in (a, b))  # fmt: skip
    return len(first) == len(second) and all(
        len(x) == len(y) and all(_same(v, w, rel) for v, w in zip(x, y, strict=True))
        for x, y in zip(first, second, strict=True)
    )


def _plain_value(value: object) -> object:
    """Return the value as SQLite would have given it."""
    if hasattr(value, "isoformat"):
        return value.isoformat(" ") if hasattr(value, "hour") else value.isoformat()
    return float(value) if type(value).__name__ == "Decimal" else value


def _order(row: list[object]) -> list[tuple]:
    # Floats last: what differs in the last digit must not decide which rows are compared.
    values = sorted(row, key=lambda value: isinstance(value, float))
    return [(v is not None, isinstance(v, (str, bytes)), 0 if v is None else v) for v in values]


def _same(v: object, w: object, rel: float) -> bool:
    if isinstance(v, float) and isinstance(w, float):
        return math.isclose(v, w, rel_tol=rel, abs_tol=rel)
    return v == w
