"""The warehouse: the same in both engines, whatever is run twice, corrected, or cut off."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.etl import LoadReport, run
from mlsdlib.storage import same_rows

TABLES = ("fact_sales", "dim_product", "dim_customer", "dim_date", "rejects", "batches")


def connect_sqlite():
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.execute("PRAGMA foreign_keys = ON")
    return con


CONNECT = {"sqlite": connect_sqlite, "duckdb": duckdb.connect}


@pytest.fixture(params=list(CONNECT))
def con(request):
    with closing(CONNECT[request.param]()) as connection:
        yield connection


def content(con):
    return {table: con.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def sales(con):
    """Return the facts in the words of the source."""
    return con.execute(
        "SELECT invoice, stock_code, description, customer_id, country, quantity, unit_price, "
        "amount_pence, f.date_key, year, month, day, weekday FROM fact_sales AS f "
        "JOIN dim_product USING (product_key) JOIN dim_customer USING (customer_key) "
        "JOIN dim_date USING (date_key)"
    ).fetchall()


def line(**changes):
    return {
        "InvoiceNo": "536365", "StockCode": "85123A", "Description": "WHITE HEART", "Quantity": 6,
        "InvoiceDate": "2010-12-01 08:26:00", "UnitPrice": 2.55, "CustomerID": 17850,
        "Country": "France",
    } | changes  # fmt: skip


def test_a_line_becomes_a_fact(con):
    report = run([line(), line(CustomerID=None, Quantity=1)], con, batch="b")
    assert report == LoadReport("b", 2, 2, 0, 0, {})
    expected = [
        ("536365", "85123A", "WHITE HEART", 17850, "France", 6, 2.55, 1530,
         20101201, 2010, 12, 1, 2),
        ("536365", "85123A", "WHITE HEART", 0, "France", 1, 2.55, 255, 20101201, 2010, 12, 1, 2),
    ]  # fmt: skip
    assert same_rows(sales(con), expected)


def test_rejects_keep_the_record_and_all_reasons(con):
    bad = line(Quantity="six", UnitPrice=-1, CustomerID=float("nan"))
    report = run([line(), bad, line(InvoiceNo=None)], con, batch="b")
    assert (report.loaded, report.rejected) == (1, 2)
    assert report.reasons == {
        "Quantity: not an int": 1,
        "UnitPrice: below 0.001": 1,
        "InvoiceNo: missing": 1,
    }
    query = "SELECT position, reasons, record FROM rejects ORDER BY position"
    rows = con.execute(query).fetchall()
    assert [row[:2] for row in rows] == [
        (1, "Quantity: not an int; UnitPrice: below 0.001"),
        (2, "InvoiceNo: missing"),
    ]
    del bad["CustomerID"]
    assert json.loads(rows[0][2]) == bad
    assert con.execute("SELECT * FROM batches").fetchall() == [("b", 3, 1, 2, 0)]


def test_running_twice_changes_nothing(con):
    rows = [line(), line(), line(StockCode="X"), line(UnitPrice=0)]
    first = run(rows, con, batch="b")
    before = content(con)
    assert run(rows, con, batch="b") == first
    after = content(con)
    assert all(same_rows(before[table], after[table]) for table in TABLES)
    assert (first.read, first.loaded, first.rejected, first.duplicates) == (4, 2, 1, 1)


def test_a_corrected_batch_replaces_the_first(con):
    run([line(), line(StockCode="X", Quantity=0), line(StockCode="Y")], con, batch="b")
    keys = dict(con.execute("SELECT stock_code, product_key FROM dim_product").fetchall())
    other = line(InvoiceNo="999999")
    run([other], con, batch="other")
    corrected = [line(Quantity=60, Description="RED HEART"), line(StockCode="X", Quantity=3)]
    report = run(corrected, con, batch="b")
    assert (report.loaded, report.rejected) == (2, 0)
    quantities = con.execute("SELECT batch, quantity FROM fact_sales").fetchall()
    assert sorted(quantities) == [("b", 3), ("b", 60), ("other", 6)]
    assert con.execute("SELECT count(*) FROM rejects").fetchall() == [(0,)]
    now = dict(con.execute("SELECT stock_code, product_key FROM dim_product").fetchall())
    assert keys.items() <= now.items()
    assert {row[2] for row in sales(con) if row[1] == "85123A"} == {"RED HEART"}


def test_lines_of_another_batch_are_duplicates(con):
    run([line(), line(StockCode="X")], con, batch="a")
    report = run([line(), line(StockCode="Y"), line(StockCode="Y")], con, batch="b")
    assert (report.read, report.loaded, report.duplicates) == (3, 1, 2)
    assert con.execute("SELECT count(*) FROM fact_sales").fetchall() == [(3,)]


def test_a_product_is_called_as_in_its_latest_line(con):
    new = line(Description="NEW", InvoiceDate="2011-05-01 10:00")
    old = line(Description="OLD", InvoiceDate="2011-01-01 10:00")
    for rows, batch in (([new], "may"), ([old], "january"), ([old], "january")):
        run(rows, con, batch=batch)
        assert con.execute("SELECT description FROM dim_product").fetchall() == [("NEW",)]
    run([line(Description="NEWER", InvoiceDate="2011-05-01 10:00")], con, batch="may")
    assert con.execute("SELECT description FROM dim_product").fetchall() == [("NEWER",)]


record = st.fixed_dictionaries(
    {
        "InvoiceNo": st.sampled_from(["536365", "536366", "C536367", "bad", None]),
        "StockCode": st.sampled_from(["A", "a ", "B"]),
        "Description": st.sampled_from(["CUP", " CUP", "MUG", ""]),
        "Quantity": st.sampled_from([1, 2, "2", -1, 0, "two"]),
        "InvoiceDate": st.sampled_from(["2011-01-01 10:00", "2011-01-02 10:00", "2011-02-30"]),
        "UnitPrice": st.sampled_from([1.5, "1.5", 0]),
        "CustomerID": st.sampled_from([None, 5, "5", 6.0]),
        "Country": st.sampled_from(["EIRE", "Ireland", "France"]),
    }
)
step = st.tuples(st.sampled_from("xyz"), st.lists(record, max_size=6))


@settings(max_examples=8, deadline=None)
@given(st.lists(step, min_size=1, max_size=3))
def test_any_history_reconciles_and_is_the_same_in_both_engines(history):
    with closing(connect_sqlite()) as lite, closing(duckdb.connect()) as duck:
        for batch, rows in history:
            reports = [run(rows, con, batch=batch) for con in (lite, duck)]
            assert reports[0] == reports[1]
            report = reports[0]
            assert report.read == len(rows)
            assert report.read == report.loaded + report.rejected + report.duplicates
        contents = [content(con) for con in (lite, duck)]
        for table in TABLES:
            assert same_rows(contents[0][table], contents[1][table]), table
        facts = contents[0]["fact_sales"]
        assert len(facts) == len({row[1:] for row in facts}) == len(sales(lite))
        assert dict(history).keys() == {row[0] for row in contents[0]["batches"]}
        # Running the whole last step once more is running nothing.
        run(history[-1][1], lite, batch=history[-1][0])
        assert all(same_rows(contents[0][t], content(lite)[t]) for t in TABLES)


def test_the_real_shop(con):
    """The counts and the turnover agree with a few lines of pandas that share no code."""
    retail = datasets.load_online_retail()
    retail = retail[retail["InvoiceDate"] < "2011-02-01"]
    report = run(retail, con, batch="winter")
    good = retail[
        retail["InvoiceNo"].str.match("C?5")
        & (retail["UnitPrice"] > 0)
        & retail["Description"].notna()
        & (retail["InvoiceNo"].str.startswith("C") == (retail["Quantity"] < 0))
    ]
    assert report.read == len(retail)
    assert report.rejected == len(retail) - len(good)
    unique = good.assign(StockCode=good["StockCode"].str.upper()).drop_duplicates(
        ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    )
    assert report.loaded == len(unique)
    assert report.duplicates == len(good) - len(unique)
    pence = (unique["Quantity"] * unique["UnitPrice"] * 100).round().sum()
    by_month = con.execute(
        "SELECT year, month, sum(amount_pence) FROM fact_sales JOIN dim_date USING (date_key) "
        "GROUP BY year, month ORDER BY year, month"
    ).fetchall()
    assert [row[:2] for row in by_month] == [(2010, 12), (2011, 1)]
    assert sum(row[2] for row in by_month) == pence
    products = con.execute("SELECT count(*) FROM dim_product").fetchall()
    assert products == [(unique["StockCode"].str.strip().nunique(),)]


def test_what_fails_changes_nothing():
    with closing(connect_sqlite()) as con:
        run([line()], con, batch="b")
        before = content(con)
        con.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON batches WHEN NEW.batch = 'b' "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="the disk is full"):
            run([line(Quantity=7), line(StockCode="NEW"), line(UnitPrice=0)], con, batch="b")
        assert content(con) == before
        run([line(StockCode="NEW")], con, batch="c")  # nothing staged is in the way


def test_a_killed_load_leaves_the_old_batch(tmp_path):
    """SIGKILL when the facts are in and the batch is not: nothing of it is found."""
    path = tmp_path / "warehouse.db"
    with closing(sqlite3.connect(path)) as con:
        run([line()], con, batch="b")
        before = content(con)
    code = (
        "import os, signal, sqlite3, sys\n"
        "from mlsdlib import etl\n"
        "con = sqlite3.connect(sys.argv[1])\n"
        "con.create_function('die', 0, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "con.execute('CREATE TEMP TRIGGER t BEFORE INSERT ON batches BEGIN SELECT die(); END')\n"
        f"etl.run([{line(Quantity=7)!r}], con, batch='b')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as con:
        assert content(con) == before


def test_an_empty_source_empties_the_batch(con):
    run([line()], con, batch="b")
    assert run(pd.DataFrame(columns=list(line())), con, batch="b").read == 0
    assert run([], con, batch="c") == LoadReport("c", 0, 0, 0, 0, {})
    assert con.execute("SELECT count(*) FROM fact_sales").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ("", ValueError, "batch must be a name, got an empty one"),
        (3, TypeError, "batch must be a name, got 3"),
    ],
)
def test_run_rejects(con, batch, error, message):
    with pytest.raises(error, match=message):
        run([], con, batch=batch)
    with pytest.raises(TypeError, match="con must be a connection of sqlite3 or duckdb, got str"):
        run([], "warehouse.db", batch="b")
