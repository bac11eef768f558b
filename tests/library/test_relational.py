"""Broken functional dependencies, plans and counted work."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.relational import find_anomalies, query_plan


def brute_force(rows: list[tuple], n_left: int) -> Counter:
    """Count the facts that contradict one another, comparing every row with every other."""
    facts = Counter()
    for row in rows:
        left, right = row[:n_left], row[n_left:]
        if None in left or all(value is None for value in right):
            continue
        for other in rows:
            if other[:n_left] == left and any(
                a is not None and b is not None and a != b
                for b, a in zip(other[n_left:], right, strict=True)
            ):
                facts[row] += 1
                break
    return facts


values = st.sampled_from(["x", "y", None])
numbers = st.sampled_from([1.0, 2.0, None])
keys = st.sampled_from(["k", "l", None])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(keys, keys, values), max_size=12))
@example([])
@example([("k", "k", None), ("k", "k", "x")])
def test_find_anomalies_is_the_brute_force(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    for left in (["a"], ["a", "b"]):
        columns = [*left, "c"]
        found = find_anomalies(frame, left, "c")
        assert list(found.columns) == [*columns, "rows"]
        picked = [tuple(r[c] for c in columns) for r in frame.to_dict("records")]
        picked = [tuple(None if pd.isna(v) else v for v in r) for r in picked]
        expected = brute_force(picked, len(left))
        got = {tuple(r[:-1]): r[-1] for r in found.itertuples(index=False, name=None)}
        assert got == dict(expected)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(keys, values, numbers), max_size=10))
def test_several_right_hand_sides_are_each_determined(rows):
    """A → {b, c} is violated for the same keys as A → b or A → c."""
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    together = set(find_anomalies(frame, "a", ["b", "c"])["a"])
    apart = [set(find_anomalies(frame, "a", column)["a"]) for column in ("b", "c")]
    assert together == apart[0] | apart[1]


def test_find_anomalies_by_hand():
    table = pd.DataFrame(
        {
            "order": [1, 1, 2, 2, 3, np.nan, np.nan],
            "line": [1, 2, 1, 1, 1, 1, 1],
            "name": ["cup", "mug", "pen", None, "ink", "a", "b"],
            "city": ["Rome", "Rome", "Oslo", "Bern", "Oslo", "Rome", "Oslo"],
        }
    )
    by_order = find_anomalies(table, "order", "name")
    assert by_order.values.tolist() == [[1, "cup", 1], [1, "mug", 1]]  # 2: a null is unknown
    assert find_anomalies(table, ["order", "line"], "name").empty
    by_both = find_anomalies(table, ["order", "line"], ["name", "city"])
    assert by_both["order"].tolist() == [2, 2]
    assert find_anomalies(table, "order", "city")["city"].tolist() == ["Oslo", "Bern"]
    assert table.shape == (7, 4)


def test_transitive_dependency_is_redundant_but_no_anomaly():
    table = pd.DataFrame({"order": [1, 2, 3], "customer": ["a", "a", "b"], "city": ["X", "X", "Y"]})
    for left, right in (("order", "customer"), ("customer", "city"), ("order", "city")):
        assert find_anomalies(table, left, right).empty
    table.loc[1, "city"] = "Z"  # the update that forgot a row
    assert find_anomalies(table, "order", "city").empty
    assert find_anomalies(table, "customer", "city")["city"].tolist() == ["X", "Z"]


def test_a_permutation_of_the_rows_changes_only_the_order():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.integers(0, 30, 200), "b": rng.integers(0, 3, 200)})
    first = find_anomalies(table, "a", "b").sort_values(["a", "b"])
    second = find_anomalies(table.sample(frac=1, random_state=1), "a", "b").sort_values(["a", "b"])
    assert first.values.tolist() == second.values.tolist()
    assert first["rows"].sum() <= 200


def test_categories_without_rows_do_not_appear():
    table = pd.DataFrame({"a": pd.Categorical(["p", "p"], ["p", "q"]), "b": ["x", "y"]})
    assert len(find_anomalies(table, "a", "b")) == 2


def test_online_retail_has_the_update_anomaly():
    retail = datasets.load_online_retail(columns=["InvoiceNo", "StockCode", "Description"])
    found = find_anomalies(retail, "StockCode", "Description")
    described = retail.dropna(subset=["Description"])
    assert found["StockCode"].nunique() == 650  # computed with SQL as well
    assert described["StockCode"].nunique() == 3958


@pytest.mark.parametrize(
    ("lhs", "rhs", "message"),
    [
        ("z", "b", "lhs must name columns of the table.*a, b, rows, d, d; got 'z'"),
        ("a", "z", "rhs must name columns"),
        ([], "b", "lhs must name at least one column"),
        ("a", [], "rhs must name at least one column"),
        (["a", "a"], "b", "lhs must name at least one column, each once"),
        ("a", ["b", "a"], "rhs must not repeat columns of lhs, got a"),
        ("a", "rows", "none called .rows."),
        ("a", "d", "each there once"),
    ],
)
def test_find_anomalies_refuses(lhs, rhs, message):
    table = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "b", "rows", "d", "d"])
    with pytest.raises(ValueError, match=message):
        find_anomalies(table, lhs, rhs)


def test_find_anomalies_takes_a_frame_only():
    with pytest.raises(TypeError, match="table must be a DataFrame, got list"):
        find_anomalies([{"a": 1}], "a", "b")


# --- plans and steps ---


@pytest.fixture
def shop():
    with closing(sqlite3.connect(":memory:")) as con:
        con.execute("PRAGMA automatic_index = OFF")
        con.execute("CREATE TABLE lines (code INT, quantity INT)")
        con.execute("CREATE TABLE products (code INT, name TEXT)")
        con.executemany("INSERT INTO lines VALUES (?, 1)", [(i % 50,) for i in range(200)])
        con.executemany("INSERT INTO products VALUES (?, ?)", [(i, f"p{i}") for i in range(50)])
        con.commit()
        yield con


JOIN = "SELECT name, quantity FROM lines JOIN products USING (code)"


def test_query_plan_shows_the_index(shop):
    assert query_plan(shop, JOIN) == ["SCAN lines", "SCAN products"]
    shop.execute("CREATE INDEX by_code ON products (code)")
    plan = query_plan(shop, JOIN)
    assert plan == ["SCAN lines", "SEARCH products USING INDEX by_code (code=?)"]


def test_query_plan_indents_and_runs_nothing(shop):
    plan = query_plan(
        shop, "SELECT * FROM (SELECT code FROM lines UNION SELECT code FROM products)"
    )
    depths = [len(line) - len(line.lstrip()) for line in plan]
    assert depths[0] == 0
    assert max(depths) >= 4
    assert all(d % 2 == 0 for d in depths)
    query_plan(shop, "DELETE FROM lines WHERE code = ?", (1,))
    query_plan(shop, "DELETE FROM lines WHERE code = :code", {"code": 1})
    assert shop.execute("SELECT count(*) FROM lines").fetchone() == (200,)


def test_a_row_factory_is_left_alone(shop):
    shop.row_factory = lambda cursor, row: {"row": row}
    assert query_plan(shop, "SELECT * FROM lines") == ["SCAN lines"]
    assert shop.execute("SELECT 1").fetchone() == {"row": (1,)}


def test_query_plan_refuses(shop):
    with pytest.raises(TypeError, match=r"con must be a sqlite3\.Connection, got str"):
        query_plan("shop.db", "SELECT 1")
    with pytest.raises(TypeError, match="sql must be a string, got int"):
        query_plan(shop, 1)
    with pytest.raises(ValueError, match="sql must be the query itself, without EXPLAIN"):
        query_plan(shop, " explain query plan SELECT 1")
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        query_plan(shop, "SELECT colour FROM lines")
