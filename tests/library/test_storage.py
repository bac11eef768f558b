"""Tables and transactions in two engines, retries, lagging copies and when a cost pays."""

from __future__ import annotations

import datetime
import math
import random
import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.estimate import wilson
from mlsdlib.storage import (
    ReplicatedStore,
    crossover,
    load_table,
    open_accounts,
    retry_commit,
    same_rows,
    transaction,
    transfer,
)


def connect_sqlite():
    return sqlite3.connect(":memory:", isolation_level=None)


@pytest.fixture(params=[connect_sqlite, duckdb.connect], ids=["sqlite", "duckdb"])
def con(request):
    with closing(request.param()) as connection:
        yield connection


@pytest.fixture
def both():
    with closing(connect_sqlite()) as lite, closing(duckdb.connect()) as duck:
        yield lite, duck


# Tables


def test_both_engines_answer_alike_on_flights(both):
    flights = datasets.load_flights().head(20_000).assign(late=lambda f: f["arr_delay"] > 15)
    flights.insert(0, "id", range(len(flights)))
    for con in both:
        assert load_table(con, "flights", flights, key="id", indexes=["origin"]) == 20_000
    for query in (
        "SELECT carrier, count(*), avg(arr_delay), sum(distance) FROM flights GROUP BY carrier",
        "SELECT * FROM flights WHERE id % 1000 = 7",
        "SELECT max(time_hour), min(dep_time), count(tailnum), sum(arr_delay) FROM flights",
    ):
        lite, duck = (con.execute(query).fetchall() for con in both)
        assert same_rows(lite, duck), query
    by_pandas = flights.groupby("carrier")["arr_delay"].mean()
    query = "SELECT carrier, avg(arr_delay) FROM flights GROUP BY carrier"
    assert same_rows(both[0].execute(query).fetchall(), list(by_pandas.items()))


def test_types_and_nulls(both):
    frame = pd.DataFrame(
        {
            "flag": [True, False],
            "small": np.array([1, -2], "int8"),
            "gap": [1.5, np.nan],
            "text": ["x", None],
            "kind": pd.Categorical(["b", None]),
            "nothing": [None, None],
            "count": pd.array([3, None], dtype="Int64"),
            "time": pd.to_datetime(["2013-01-01 05:00:00", None]),
            "exact": pd.to_datetime(
                ["2013-01-01 05:00:00", "2013-01-01 05:00:00.25"], format="ISO8601"
            ),
            "zone": pd.to_datetime(["2013-01-01 05:00:00-05:00", None], utc=True),
            "day": [datetime.date(2013, 1, 1), None],
        }
    )
    expected = [
        (1, 1, 1.5, "x", "b", None, 3, "2013-01-01 05:00:00", "2013-01-01 05:00:00",
         "2013-01-01 10:00:00", "2013-01-01"),
        (0, -2, None, None, None, None, None, None, "2013-01-01 05:00:00.250000", None, None),
    ]  # fmt: skip
    answers = []
    for con in both:
        load_table(con, "t", frame)
        answers.append(con.execute("SELECT * FROM t").fetchall())
    assert answers[0] == expected
    assert same_rows(*answers)
    assert answers[1][0][7] == datetime.datetime(2013, 1, 1, 5)
    with pytest.raises(sqlite3.IntegrityError):
        both[0].execute("INSERT INTO t (small) VALUES ('one')")


names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=4)
cells = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=3, max_size=3),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.none(),
             min_size=3, max_size=3),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(names.map(str.lower), cells, min_size=1, max_size=4))
def test_a_table_gives_back_what_was_put_in(columns):
    columns = {f"{i}{name}": values for i, (name, values) in enumerate(columns.items())}
    frame = pd.DataFrame({c: pd.Series(v, dtype=object) for c, v in columns.items()})
    rows = list(zip(*columns.values(), strict=True))
    for connect in (connect_sqlite, duckdb.connect):
        with closing(connect()) as con:
            load_table(con, 'a "table"', frame)
            assert con.execute('SELECT * FROM "a ""table"""').fetchall() == rows


def test_a_table_that_cannot_be_made_is_not_half_made(con):
    twice = pd.DataFrame({"a": [1, 1]})
    with pytest.raises(CONSTRAINT):
        load_table(con, "t", twice, key="a")
    assert load_table(con, "t", twice) == 2  # the name is free
    if not isinstance(con, sqlite3.Connection):
        with pytest.raises(duckdb.CatalogException):
            con.execute("SELECT * FROM _incoming")
    with pytest.raises((sqlite3.OperationalError, duckdb.CatalogException)):
        load_table(con, "t", twice)
    assert con.execute("SELECT count(*) FROM t").fetchall() == [(2,)]


def test_key_and_index_are_used(both):
    frame = pd.DataFrame({"a": range(1000), "b": range(1000)})
    for con in both:
        load_table(con, "t", frame, key="a", indexes=["b", ["b", "a"]])
    (plan,) = both[0].execute("EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 3").fetchall()
    assert "PRIMARY KEY" in plan[3]
    (plan,) = both[0].execute("EXPLAIN QUERY PLAN SELECT b FROM t WHERE b = 3").fetchall()
    assert "USING COVERING INDEX" in plan[3]
    assert both[1].execute("SELECT count(*) FROM duckdb_indexes()").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("frame", "options", "error", "message"),
    [
        ([1], {}, TypeError, "frame must be a DataFrame, got list"),
        (pd.DataFrame(), {}, ValueError, "frame must have columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, ValueError, "each once"),
        (pd.DataFrame({"a": [1, "x"]}), {}, TypeError, r"frame\['a'\] must be of one type"),
        (pd.DataFrame({"a": [[1], [2]]}), {}, TypeError, r"frame\['a'\] must be booleans"),
        (pd.DataFrame({"a": [1]}), {"key": "b"}, ValueError, "key must name columns.*a; got 'b'"),
        (pd.DataFrame({"a": [1]}), {"indexes": ["b"]}, ValueError, "indexes must name.*got 'b'"),
    ],
)
def test_load_table_rejects(con, frame, options, error, message):
    with pytest.raises(error, match=message):
        load_table(con, "t", frame, **options)


def test_other_connections_are_rejected():
    for call in (lambda: load_table("db", "t", pd.DataFrame({"a": [1]})),
                 lambda: transaction("db").__enter__()):  # fmt: skip
        with pytest.raises(TypeError, match="con must be a connection of sqlite3 or duckdb"):
            call()


row = st.tuples(st.sampled_from(["x", "y", None]), st.integers(0, 2), st.floats(-9, 9))


@settings(deadline=None)
@given(st.lists(row, max_size=8), st.randoms(use_true_random=False))
def test_same_rows_whatever_the_order(rows, shuffle):
    other = list(rows)
    shuffle.shuffle(other)
    assert same_rows(rows, other)
    noisy = [(a, b, c * (1 + 1e-13)) for a, b, c in other]
    assert same_rows(rows, noisy)
    if rows:
        assert not same_rows(rows, other[1:])
        assert not same_rows(rows, [(a, b, c + 20) for a, b, c in other])
        assert not same_rows(rows, [(a, b + 5, c) for a, b, c in other])
        assert not same_rows(rows, [(a, b, None) for a, b, c in other])


def test_same_rows_counts_rows():
    assert not same_rows([("a",), ("a",), ("b",)], [("a",), ("b",), ("b",)])
    assert not same_rows([("a",)], [("a", "b")])
    assert same_rows([], [])


# Transactions


CONSTRAINT = (sqlite3.IntegrityError, duckdb.ConstraintException)


def insert(con, *numbers, then=None):
    with transaction(con):
        for number in numbers:
            con.execute("INSERT INTO t VALUES (?)", (number,))
        if then:
            then()


def test_transaction_is_all_or_nothing(con):
    con.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    insert(con, 1)
    with pytest.raises(KeyError):
        insert(con, 2, then=lambda: _raise(KeyError()))
    with pytest.raises(CONSTRAINT):
        insert(con, 3, 1)
    assert con.execute("SELECT a FROM t").fetchall() == [(1,)]
    insert(con, 4)  # no transaction is left open
    assert con.execute("SELECT count(*) FROM t").fetchall() == [(2,)]


def test_inner_transaction_is_part_of_the_outer(con):
    con.execute("CREATE TABLE t (a INTEGER)")

    def outer():
        insert(con, 1, then=lambda: insert(con, 2))
        insert(con, 3, then=lambda: _raise(KeyError()))

    with pytest.raises(KeyError):
        insert(con, 0, then=outer)
    assert con.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_failed_commit_is_reported_as_such(tmp_path):
    with closing(duckdb.connect(tmp_path / "db")) as first, closing(first.cursor()) as second:
        first.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        with pytest.raises(duckdb.TransactionException, match="Failed to commit"):
            insert(first, 1, then=lambda: insert(second, 1))
        assert first.execute("SELECT count(*) FROM t").fetchall() == [(1,)]


# Retries


def test_retry_waits_longer_and_longer_and_gives_up():
    waits, calls = [], []

    def locked():
        calls.append(1)
        raise sqlite3.OperationalError("database is locked")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        retry_commit(locked, attempts=12, base=0.01, cap=0.1, rng=3, sleep=waits.append)
    assert (len(calls), len(waits)) == (12, 11)
    bounds = [min(0.1, 0.01 * 2**k) for k in range(11)]
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert max(waits[4:]) > 0.05  # the bound is drawn from, not a constant
    assert len(set(waits)) == 11


def test_retry_waits_are_uniform_and_follow_the_seed():
    def first_wait(rng):
        waits = []
        failures = [sqlite3.OperationalError("database table is locked")]
        retry_commit(lambda: failures and _raise(failures.pop()), base=1, cap=1, rng=rng,
                     sleep=waits.append)  # fmt: skip
        return waits[0]

    generator = np.random.default_rng(0)
    waits = [first_wait(generator) for _ in range(400)]
    assert abs(np.mean(waits) - 0.5) < 4 * math.sqrt(1 / 12 / 400)
    assert first_wait(1) == first_wait(1) != first_wait(2)
    assert first_wait(random.Random(1)) == first_wait(1)


def _raise(error):
    raise error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("locked"),
        sqlite3.OperationalError("no such table: t"),
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        duckdb.CatalogException("Table with name t does not exist"),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_are_raised_at_once(error):
    waits = []
    with pytest.raises(type(error)):
        retry_commit(lambda: _raise(error), sleep=waits.append)
    assert waits == []


def test_retry_meets_a_real_lock(tmp_path):
    path = tmp_path / "db"
    connect = {"isolation_level": None, "timeout": 0}
    with (
        closing(sqlite3.connect(path, **connect)) as a,
        closing(sqlite3.connect(path, **connect)) as b,
    ):
        a.execute("CREATE TABLE t (x)")
        a.execute("BEGIN IMMEDIATE")
        waits = []

        def commit():
            with transaction(b):
                b.execute("INSERT INTO t VALUES (1)")

        def sleep(seconds):
            waits.append(seconds)
            if len(waits) == 3:
                a.execute("COMMIT")

        retry_commit(commit, sleep=sleep, rng=0)
        assert len(waits) == 3
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            retry_commit(lambda: b.execute("INSERT INTO u VALUES (1)"), sleep=waits.append)
        assert len(waits) == 3
        assert a.execute("SELECT count(*) FROM t").fetchall() == [(1,)]


def test_retry_meets_a_real_conflict(tmp_path):
    with closing(duckdb.connect(tmp_path / "db")) as a, closing(a.cursor()) as b:
        a.execute("CREATE TABLE t (x INTEGER)")
        a.execute("INSERT INTO t VALUES (0)")
        a.execute("BEGIN")
        a.execute("UPDATE t SET x = x + 1")
        waits = []

        def commit():
            with transaction(b):
                b.execute("UPDATE t SET x = x + 1")

        def sleep(seconds):
            waits.append(seconds)
            a.execute("COMMIT")

        retry_commit(commit, sleep=sleep, rng=0)
        assert len(waits) == 1
        assert a.execute("SELECT x FROM t").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attempts": 0}, "attempts must be a whole number of at least 1, got 0"),
        ({"attempts": 2.5}, "attempts must be a whole number of at least 1, got 2.5"),
        ({"attempts": True}, "attempts must be a whole number"),
        ({"base": -1.0}, "0 <= base <= cap must hold, got base=-1.0"),
        ({"base": 2.0, "cap": 1.0}, "0 <= base <= cap must hold, got base=2.0, cap=1.0"),
    ],
)
def test_retry_rejects(options, message):
    with pytest.raises(ValueError, match=message):
        retry_commit(lambda: 1, **options)


# The ledger

account = st.sampled_from(["a", "b", "c", "nobody"])


@settings(deadline=None)
@given(st.lists(st.tuples(account, account, st.integers(-2, 12)), max_size=15), st.booleans())
def test_transfers_are_those_of_a_dictionary(transfers, implicit):
    model = {"a": 10, "b": 5, "c": 0}
    options = {} if implicit else {"isolation_level": None}
    with closing(sqlite3.connect(":memory:", **options)) as con:
        open_accounts(con, model)
        for source, target, amount in transfers:
            valid = amount >= 1 and {source, target} <= set(model) and model[source] >= amount
            if valid:
                transfer(con, source, target, amount)
                model[source] -= amount
                model[target] += amount
            else:
                with pytest.raises(ValueError, match=r"amount|source|target"):
                    transfer(con, source, target, amount)
            assert not con.in_transaction
            assert dict(con.execute("SELECT * FROM accounts")) == model


def test_transfer_says_what_is_wrong():
    with closing(sqlite3.connect(":memory:")) as con:
        open_accounts(con, {"a": 3, "b": 0})
        cases = [
            (("a", "b", 0), ValueError, "amount must be at least 1, got 0"),
            (("a", "b", 1.0), TypeError, "amount must be a whole number, got 1.0"),
            (("a", "b", True), TypeError, "amount must be a whole number, got True"),
            (("a", "b", 4), ValueError, "at most the balance of 'a', 3, got 4"),
            (("x", "b", 1), ValueError, "source must be an account, got 'x'"),
            (("a", "x", 1), ValueError, "target must be an account, got 'x'"),
        ]
        for arguments, error, message in cases:
            with pytest.raises(error, match=message):
                transfer(con, *arguments)
        assert dict(con.execute("SELECT * FROM accounts")) == {"a": 3, "b": 0}


def test_without_a_transaction_each_update_is_stored_by_itself(tmp_path):
    with (
        closing(sqlite3.connect(tmp_path / "db")) as con,
        closing(sqlite3.connect(tmp_path / "db")) as other,
    ):
        open_accounts(con, {"a": 10, "b": 0})
        transfer(con, "a", "b", 4, transactional=False)
        assert dict(other.execute("SELECT * FROM accounts")) == {"a": 6, "b": 4}
        with pytest.raises(ValueError, match="target"):
            transfer(con, "a", "nobody", 4, transactional=False)
        assert dict(other.execute("SELECT * FROM accounts")) == {"a": 2, "b": 4}  # lost


def test_accounts_have_constraints():
    with closing(sqlite3.connect(":memory:")) as con:
        with pytest.raises(sqlite3.IntegrityError):
            open_accounts(con, {"a": -1})
        with pytest.raises(sqlite3.IntegrityError):
            open_accounts(con, {"a": "much"})
        open_accounts(con, {"a": 1})  # the failures left no table


# Copies that lag


def test_stale_reads_follow_the_exponential():
    lag, gap, n = 50.0, 30.0, 3000
    stale = 0
    store = ReplicatedStore(lag, followers=3, rng=1)
    for i in range(n):
        at = 10_000.0 * i  # so far apart that writes do not wait for one another
        store.write("key", i, at=at)
        stale += store.read("key", at=at + gap) != i
    expected = math.exp(-gap / lag)
    share = wilson(stale, n, level=0.9999)
    assert share.low < expected < share.high


def test_session_guarantee_and_leader_order():
    rng = np.random.default_rng(5)
    store = ReplicatedStore(200.0, rng=rng)
    at, newest = 0.0, {}
    for i in range(500):
        at += rng.exponential(20.0)
        key = int(rng.integers(3))
        newest[key] = (store.write(key, i, at=at), i)
        assert newest[key][0] == i + 1
        for k, (version, value) in newest.items():
            assert store.read(k, at=at, after=version) == value
            assert store.read(k, at=at) in {None, *range(value + 1)}
    assert all(store.read(k, at=at + 1e6) == value for k, (_, value) in newest.items())


def test_followers_apply_writes_in_order():
    store = ReplicatedStore(100.0, followers=1, rng=2)
    for i in range(200):
        store.write("key", i, at=float(i))
    seen = [store.read("key", at=200.0 + t) for t in range(0, 2000, 5)]
    known = [-1 if value is None else value for value in seen]
    assert known == sorted(known)
    assert known[0] < known[-1] == 199


def test_no_lag_is_no_violation_and_seeds_differ():
    store = ReplicatedStore(0.0)
    store.write("key", 1, at=0.0)
    assert store.read("key", at=0.0) == 1
    assert store.read("other", at=0.0) is None

    def trace(seed):
        store = ReplicatedStore(10.0, rng=seed)
        for i in range(50):
            store.write("key", i, at=10.0 * i)
        return [store.read("key", at=490.0 + t) for t in range(10)]

    assert trace(1) == trace(1)
    assert trace(1) != trace(2)


def test_replicated_store_rejects():
    for lag in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="lag_ms must be a finite number"):
            ReplicatedStore(lag)
    with pytest.raises(ValueError, match="followers must be a whole number of at least 1, got 0"):
        ReplicatedStore(1.0, followers=0)
    store = ReplicatedStore(1.0)
    store.write("key", 1, at=5.0)
    for at in (4.0, math.nan):
        with pytest.raises(ValueError, match=r"at must not lie before the last write, 5\.0"):
            store.write("key", 2, at=at)
        with pytest.raises(ValueError, match="at must not lie before"):
            store.read("key", at=at)


# Costs

cost = st.integers(0, 20).map(float)


@settings(deadline=None)
@given(cost, cost, cost, cost)
def test_crossover_is_where_b_becomes_cheaper_for_good(once_a, each_a, once_b, each_b):
    n = crossover(once_a, each_a, once_b, each_b)
    cheaper = [once_b + k * each_b < once_a + k * each_a for k in range(1, 60)]
    if math.isinf(n):
        assert not cheaper[-1]
    else:
        assert all(c == (k > n) for k, c in enumerate(cheaper, 1))


def test_crossover_at_the_edges():
    assert crossover(2.0, 1.0, 2.0, 1.0) == math.inf  # a tie is no gain
    assert crossover(3.0, 1.0, 2.0, 1.0) == 0.0
    assert crossover(1.0, 1.0, 0.0, 2.0) == math.inf
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="each_b must be a finite cost of at least 0"):
            crossover(1.0, 1.0, 1.0, bad)
