"""What a relational design and a query cost: broken dependencies, and plans."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["find_anomalies", "query_plan"]

_Parameters = Sequence | Mapping[str, object]


def find_anomalies(
    table: pd.DataFrame, lhs: str | Sequence[str], rhs: str | Sequence[str]
) -> pd.DataFrame:
    """Return what violates the functional dependency `lhs` → `rhs`, one row per contradiction.

    A dependency says that rows with equal `lhs` have equal `rhs`: one stock code, one description.
    A table that repeats the description in every order line can contradict itself, and after an
    update that misses a line it does (the *update anomaly*). A null is unknown: a row with a null
    on the left is compared with nothing, a null on the right contradicts nothing.

    Only contradictions are reported, not redundancy: with a → b → c all satisfied, a table keyed
    by a repeats c (and so is not in third normal form), yet nothing in it is wrong so far.

    Parameters
    ----------
    table : DataFrame of shape (n, m)
        Any table.
    lhs, rhs : str or list of str
        Columns of the left-hand and of the right-hand side. With several on the right, each must
        be determined (Armstrong's decomposition rule).

    Returns
    -------
    DataFrame
        The columns `lhs`, `rhs` and "rows", the number of table rows that say so; one row for
        each distinct combination of a left-hand value that has several right-hand values, in
        order of first appearance. Empty if the dependency holds.

    Raises
    ------
    TypeError
        If `table` is not a DataFrame.
    ValueError
        If a side names no column, an unknown or ambiguous one, a column of the other side, or a
        column called "rows".

    References
    ----------
    Codd (1970), *A relational model of data for large shared data banks*; Armstrong (1974),
    *Dependency structures of data base relationships*.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"code": ["A", "A", "A", "B"], "name": ["cup", "mug", "cup", "pen"]})
    >>> find_anomalies(lines, "code", "name")
      code name  rows
    0    A  cup     2
    1    A  mug     1
    >>> len(find_anomalies(lines, "name", "code"))
    0
    """
    left, right = _sides(table, lhs, rhs)
    if not len(table):
        return table[left + right].assign(rows=0)
    known = table[left + right].dropna(subset=left)
    facts = known.groupby(left + right, sort=False, dropna=False, observed=True).size()
    facts = facts.reset_index(name="rows").dropna(subset=right, how="all")
    several = facts.groupby(left, sort=False, observed=True)[right].transform("nunique") > 1
    return facts[several.any(axis=1)].reset_index(drop=True)


def _sides(table: pd.DataFrame, lhs: object, rhs: object) -> tuple[list[str], list[str]]:
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"table must be a DataFrame, got {type(table).__name__}")
    sides = []
    for name, side in (("lhs", lhs), ("rhs", rhs)):
        columns = [side] if isinstance(side, str) else list(side)
        if not columns or len(set(columns)) < len(columns):
            raise ValueError(f"{name} must name at least one column, each once, got {columns}")
        for column in columns:
            if column == "rows" or list(table.columns).count(column) != 1:
                raise ValueError(
                    f'{name} must name columns of the table, each there once and none called "rows"'
                    f": {', '.join(map(str, table.columns))}; got {column!r}"
                )
        sides.append(columns)
    if common := set(sides[0]) & set(sides[1]):
        raise ValueError(f"rhs must not repeat columns of lhs, got {', '.join(sorted(common))}")
    return sides[0], sides[1]


def query_plan(con: sqlite3.Connection, sql: str, parameters: _Parameters = ()) -> list[str]:
    """Return SQLite's plan for a query, a line per step, indented below the step it belongs to.

    Parameters
    ----------
    con : sqlite3.Connection
        An open database. The query is planned, not run.
    sql : str
        One statement.
    parameters : sequence or mapping
        Values of its placeholders.

    Raises
    ------
    TypeError
        If `con` is not an SQLite connection.
    ValueError
        If `sql` begins with EXPLAIN.
    sqlite3.Error
        If SQLite does not accept the statement.

    References
    ----------
    https://www.sqlite.org/eqp.html

    Examples
    --------
    >>> con = sqlite3.connect(":memory:")
    >>> con.execute("CREATE TABLE products (code TEXT, name TEXT)").close()
    >>> query_plan(con, "SELECT name FROM products WHERE code = ?", ("A",))
    ['SCAN products']
    >>> con.execute("CREATE INDEX by_code ON products (code)").close()
    >>> query_plan(con, "SELECT name FROM products WHERE code = ?", ("A",))
    ['SEARCH products USING INDEX by_code (code=?)']
    >>> con.close()
    """
    _check_query(con, sql)
    cursor = con.cursor()
    cursor.row_factory = None  # the connection may make dictionaries
    depth = {0: -1}
    lines = []
    for step, parent, _, detail in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters):
        depth[step] = depth.get(parent, -1) + 1
        lines.append("  " * depth[step] + detail)
    return lines


def _check_query(con: sqlite3.Connection, sql: str) -> None:
    if not isinstance(con, sqlite3.Connection):
        raise TypeError(f"con must be a sqlite3.Connection, got {type(con).__name__}")
    if not isinstance(sql, str):
        raise TypeError(f"sql must be a string, got {type(sql).__name__}")
    if sql.lstrip().upper().startswith("EXPLAIN"):
        raise ValueError(f"sql must be the query itself, without EXPLAIN, got {sql!r}")
