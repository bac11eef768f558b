"""A small warehouse in the shape of a star: facts in the middle, what they are about around."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.etl._extract import extract
from mlsdlib.etl._retail import CHECKS, RETAIL, transform
from mlsdlib.etl._validate import validate
from mlsdlib.storage import load_table, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from mlsdlib.storage import Connection

_TABLES = """
CREATE TABLE IF NOT EXISTS dim_product (
    product_key INTEGER PRIMARY KEY, stock_code TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL, described_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS dim_customer (
    customer_key INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, country TEXT NOT NULL,
    UNIQUE (customer_id, country));
CREATE TABLE IF NOT EXISTS dim_date (
    date_key INTEGER PRIMARY KEY, year INTEGER NOT NULL, month INTEGER NOT NULL,
    day INTEGER NOT NULL, weekday INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fact_sales (
    batch TEXT NOT NULL, invoice TEXT NOT NULL, date_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, invoiced_at TIMESTAMP NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    unit_price DOUBLE NOT NULL CHECK (unit_price > 0), amount_pence INTEGER NOT NULL{keys});
CREATE TABLE IF NOT EXISTS rejects (
    batch TEXT NOT NULL, position INTEGER NOT NULL, reasons TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (batch, position));
CREATE TABLE IF NOT EXISTS batches (
    batch TEXT PRIMARY KEY, read INTEGER NOT NULL, loaded INTEGER NOT NULL,
    rejected INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    CHECK (read = loaded + rejected + duplicates));
"""

# The statements below see to it that a line is there once and its keys exist. SQLite is told as
# well. In DuckDB an index for these keys makes replacing half a million lines 100 times slower.
_KEYS = """,
    FOREIGN KEY (date_key) REFERENCES dim_date (date_key),
    FOREIGN KEY (product_key) REFERENCES dim_product (product_key),
    FOREIGN KEY (customer_key) REFERENCES dim_customer (customer_key),
    UNIQUE (invoice, product_key, customer_key, invoiced_at, quantity, unit_price)"""

_NEW_DATES = "INSERT INTO dim_date SELECT * FROM staged_dates WHERE true ON CONFLICT DO NOTHING"
_NEW_CUSTOMERS = """
INSERT INTO dim_customer
SELECT (SELECT coalesce(max(customer_key), 0) FROM dim_customer)
       + row_number() OVER (ORDER BY customer_id, country), customer_id, country
FROM staged_customers AS s
WHERE NOT EXISTS (SELECT 1 FROM dim_customer AS d
                  WHERE d.customer_id = s.customer_id AND d.country = s.country)
"""
_NEW_PRODUCTS = """
INSERT INTO dim_product
SELECT (SELECT coalesce(max(product_key), 0) FROM dim_product)
       + row_number() OVER (ORDER BY stock_code), stock_code, description, described_at
FROM staged_products AS s
WHERE NOT EXISTS (SELECT 1 FROM dim_product AS d WHERE d.stock_code = s.stock_code)
"""
_NEW_DESCRIPTIONS = """
UPDATE dim_product SET description = s.description, described_at = s.described_at
FROM staged_products AS s
WHERE dim_product.stock_code = s.stock_code AND s.described_at >= dim_product.described_at
      AND s.description <> dim_product.description
"""
_NEW_FACTS = """
INSERT INTO fact_sales SELECT ?, * FROM staged_facts AS s
WHERE NOT EXISTS (SELECT 1 FROM fact_sales AS f
                  WHERE f.invoice = s.invoice AND f.product_key = s.product_key
                        AND f.customer_key = s.customer_key AND f.invoiced_at = s.invoiced_at
                        AND f.quantity = s.quantity AND f.unit_price = s.unit_price)
"""
_KNOWN_FACTS = """
SELECT count(*) FROM staged_facts JOIN fact_sales
USING (invoice, product_key, customer_key, invoiced_at, quantity, unit_price)
"""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of the records of a batch: ``read == loaded + rejected + duplicates``.

    Parameters
    ----------
    batch : str
        Name of the batch.
    read, loaded, rejected, duplicates : int
        Numbers of records. A duplicate repeats another of the batch, or a line that another
        batch has brought.
    reasons : dict
        How many errors of each kind the rejected records have, the most frequent first. A record
        with two errors counts twice.
    """

    batch: str
    read: int
    loaded: int
    rejected: int
    duplicates: int
    reasons: dict[str, int]


def run(
    source: str | Path | pd.DataFrame | Iterable[Mapping[str, object]],
    con: Connection,
    *,
    batch: str,
) -> LoadReport:
    """Extract, validate, transform and load a batch of the shop's order lines, in one transaction.

    The warehouse is a star: `fact_sales`, one row for each order line, and `dim_product`,
    `dim_customer` and `dim_date`. Beside it, `rejects` keeps every record that was turned away,
    as JSON, with all reasons, and `batches` the counts. The tables are made where missing.

    A second run of a batch replaces what its first run brought, so that running twice changes
    nothing and running a corrected source corrects. A line that another batch has brought is left
    to that one. Keys of products and customers never change, and a dimension keeps what no line
    names any more. A product has the description of its latest line.

    Parameters
    ----------
    source : path, DataFrame or list of mappings
        As `extract` takes it; the columns are those of `RETAIL`.
    con : sqlite3 or duckdb connection
        The warehouse.
    batch : str
        What identifies the batch, such as "2011-03".

    Returns
    -------
    LoadReport
        The counts, which the database checks too.

    Raises
    ------
    TypeError, ValueError
        If `batch` is not a name, or as `extract`.
    sqlite3.Error, duckdb.Error
        If the database fails. Then nothing has changed.

    Examples
    --------
    >>> import sqlite3
    >>> con = sqlite3.connect(":memory:")
    >>> line = {"InvoiceNo": "536365", "StockCode": "85123A", "Description": "WHITE HEART",
    ...         "Quantity": "6", "InvoiceDate": "2010-12-01 08:26:00", "UnitPrice": "2.55",
    ...         "CustomerID": "17850", "Country": "United Kingdom"}
    >>> run([line, line, line | {"UnitPrice": "free"}], con, batch="2010-12")
    LoadReport(batch='2010-12', read=3, loaded=1, rejected=1, duplicates=1,
               reasons={'UnitPrice: not a float': 1})
    >>> con.execute("SELECT position, reasons FROM rejects").fetchall()
    [(2, 'UnitPrice: not a float')]
    >>> con.close()
    """
    if not isinstance(batch, str):
        raise TypeError(f"batch must be a name, got {batch!r}")
    if not batch:
        raise ValueError("batch must be a name, got an empty one")
    raw = extract(source)
    found = validate(raw, RETAIL, checks=CHECKS)
    lines, repeated = transform(found.valid)
    rejects, reasons = _rejects(raw, found.errors)
    with transaction(con):
        loaded, known = _load(con, lines, rejects, batch)
        report = LoadReport(batch, len(raw), loaded, len(rejects), repeated + known, reasons)
        counts = (batch, report.read, loaded, report.rejected, report.duplicates)
        con.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?)", counts)
    return report


def _load(
    con: Connection, lines: pd.DataFrame, rejects: pd.DataFrame, batch: str
) -> tuple[int, int]:
    """Replace the batch; return how many lines came in, and how many other batches had brought."""
    tables = _TABLES.format(keys=_KEYS if isinstance(con, sqlite3.Connection) else "")
    for statement in filter(str.strip, tables.split(";")):
        con.execute(statement)
    for table in ("fact_sales", "rejects", "batches"):
        con.execute(f"DELETE FROM {table} WHERE batch = ?", (batch,))
    _stage(con, staged_dates=_dates(lines), staged_products=_products(lines),
           staged_customers=lines[["customer_id", "country"]].drop_duplicates(),
           staged_rejects=rejects)  # fmt: skip
    for statement in (_NEW_DATES, _NEW_CUSTOMERS, _NEW_DESCRIPTIONS, _NEW_PRODUCTS):
        con.execute(statement)
    _stage(con, staged_facts=_facts(con, lines))
    ((known,),) = con.execute(_KNOWN_FACTS).fetchall()
    con.execute(_NEW_FACTS, (batch,))
    con.execute("INSERT INTO rejects SELECT ?, * FROM staged_rejects", (batch,))
    of_batch = "SELECT count(*) FROM fact_sales WHERE batch = ?"
    ((loaded,),) = con.execute(of_batch, (batch,)).fetchall()
    for name in ("dates", "products", "customers", "rejects", "facts"):
        con.execute(f"DROP TABLE staged_{name}")
    return loaded, known


def _stage(con: Connection, **frames: pd.DataFrame) -> None:
    for name, frame in frames.items():
        load_table(con, name, frame, temporary=True)


def _dates(lines: pd.DataFrame) -> pd.DataFrame:
    days = lines["invoiced_at"].dt.normalize().drop_duplicates()
    parts = {"year": days.dt.year, "month": days.dt.month, "day": days.dt.day}
    frame = days.to_frame().assign(**parts, weekday=days.dt.day_of_week)  # Monday is 0
    frame.insert(0, "date_key", _date_key(days))
    return frame.drop(columns="invoiced_at")


def _date_key(times: pd.Series) -> pd.Series:
    return times.dt.year * 10_000 + times.dt.month * 100 + times.dt.day


def _products(lines: pd.DataFrame) -> pd.DataFrame:
    """Return each product with the description of its latest line."""
    latest = lines.sort_values(["invoiced_at", "description"]).drop_duplicates(
        "stock_code", keep="last"
    )
    columns = ["stock_code", "description", "invoiced_at"]
    return latest[columns].rename(columns={"invoiced_at": "described_at"})


def _facts(con: Connection, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines with the keys that the dimensions have for them."""
    import pandas as pd

    products = dict(con.execute("SELECT stock_code, product_key FROM dim_product").fetchall())
    customers = con.execute("SELECT customer_id, country, customer_key FROM dim_customer")
    keys = pd.DataFrame(customers.fetchall(), columns=["customer_id", "country", "customer_key"])
    pence = np.rint(100 * lines["quantity"] * lines["unit_price"]).astype("int64")
    facts = lines.merge(keys, on=["customer_id", "country"], how="left").assign(
        date_key=_date_key(lines["invoiced_at"]),
        product_key=lines["stock_code"].map(products),
        amount_pence=pence,
    )
    return facts[["invoice", "date_key", "product_key", "customer_key", "invoiced_at", "quantity",
                  "unit_price", "amount_pence"]]  # fmt: skip


def _rejects(raw: pd.DataFrame, errors: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rejected records with all their reasons, and how often each reason occurs."""
    import pandas as pd

    columns = errors["column"]
    said = columns.where(columns == "", columns + ": ") + errors["reason"]
    by_row = said.groupby(errors["row"]).agg("; ".join)
    records = raw.iloc[by_row.index].to_dict("records")
    rejects = pd.DataFrame(
        {
            "position": by_row.index.to_numpy("int64"),
            "reasons": by_row.to_numpy(object),
            "record": [_json(record) for record in records],
        }
    ).astype({"reasons": "str", "record": "str"})
    return rejects, dict(Counter(said.tolist()).most_common())


def _json(record: dict[str, object]) -> str:
    known = {k: v for k, v in record.items() if not (isinstance(v, float) and v != v)}
    return json.dumps(known, default=str, ensure_ascii=False)
