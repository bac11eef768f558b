"""Neighbourhoods, in memory and in SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.graphs import adjacency, k_hop, k_hop_query, k_hop_sql
from mlsdlib.relational import query_plan

nodes = st.integers(0, 9)
edge_lists = st.lists(st.tuples(nodes, nodes), min_size=1, max_size=25)


def database(edges, *, directed=True, index=True, table="edges", columns=("source", "target")):
    con = sqlite3.connect(":memory:")
    con.execute("PRAGMA automatic_index = OFF")
    a, b = columns
    con.execute(f'CREATE TABLE "{table}" ("{a}", "{b}")')
    rows = [*edges] if directed else [*edges, *((y, x) for x, y in edges)]
    con.executemany(f'INSERT INTO "{table}" VALUES (?, ?)', rows)
    if index:
        con.execute(f'CREATE INDEX by_source ON "{table}" ("{a}", "{b}")')
    return closing(con)


def in_networkx(edges, source, k, *, directed) -> set:
    graph = nx.DiGraph(edges) if directed else nx.Graph(edges)
    return set(nx.single_source_shortest_path_length(graph, source, cutoff=k))


# --- adjacency ---


def test_adjacency_by_hand():
    edges = [("b", "a"), ("a", "c"), ("a", "b"), ("c", "c")]
    assert adjacency(edges) == {"b": ["a"], "a": ["b", "c"], "c": ["a", "c"]}
    assert adjacency(edges, directed=True) == {"b": ["a"], "a": ["c", "b"], "c": ["c"]}
    assert list(adjacency(edges)) == ["b", "a", "c"]
    assert adjacency([], nodes=["x"]) == {"x": []}
    assert adjacency([]) == {}


def test_adjacency_of_an_array_has_plain_nodes():
    graph = adjacency(np.array([[1, 2], [2, 3]]), nodes=[4])
    assert graph == {1: [2], 2: [1, 3], 3: [2], 4: []}
    assert {type(node) for node in graph} == {int}


@given(edge_lists, st.booleans())
def test_adjacency_agrees_with_networkx(edges, directed):
    graph = nx.DiGraph(edges) if directed else nx.Graph(edges)
    ours = adjacency(edges, directed=directed)
    assert {node: set(near) for node, near in ours.items()} == {n: set(graph[n]) for n in graph}
    assert all(len(near) == len(set(near)) for near in ours.values())


@pytest.mark.parametrize("edges", [[(1, 2, 3)], [(1,)], [5], np.zeros((2, 3)), np.zeros(2)])
def test_adjacency_refuses(edges):
    with pytest.raises(ValueError, match="edges must be pairs of nodes"):
        adjacency(edges)


# --- k_hop and k_hop_sql ---


@pytest.mark.parametrize(
    ("source", "k", "expected"),
    [
        ("a", 0, "a"),
        ("a", 1, "ab"),
        ("a", 2, "abc"),
        ("a", 3, "abcd"),
        ("d", 1, "dca"),  # a → b → c → d → a is a cycle
        ("e", 0, "e"),
        ("e", 5, "e"),  # a self-loop only
        ("f", 3, "f"),  # isolated
        ("a", 1000, "abcd"),
    ],
)
def test_k_hop_by_hand(source, k, expected):
    graph = adjacency([*zip("abcd", "bcda", strict=True), "ee"], directed=True, nodes=["f"])
    graph["d"].append("c")
    assert k_hop(graph, source, k) == set(expected)


@settings(max_examples=200, deadline=None)
@given(edge_lists, st.integers(0, 5), st.booleans(), st.booleans(), st.data())
def test_both_agree_with_networkx(edges, k, directed, index, data):
    source = data.draw(st.sampled_from([node for edge in edges for node in edge]))
    expected = in_networkx(edges, source, k, directed=directed)
    assert k_hop(adjacency(edges, directed=directed), source, k) == expected
    with database(edges, directed=directed, index=index) as con:
        assert k_hop_sql(con, source, k) == expected


def test_k_hop_takes_other_mappings():
    graph = nx.path_graph(5)
    assert k_hop(graph.adj, 0, 2) == {0, 1, 2}
    assert k_hop({"a": ("b",)}, "a", 9) == {"a", "b"}  # b has no entry of its own
    assert k_hop({0: [1], 1: [0]}, 0, np.int64(1)) == {0, 1}


def test_k_hop_expands_a_node_once():
    class Counting(dict):
        asked = 0

        def get(self, node, default=None):
            self.asked += 1
            return super().get(node, default)

    graph = Counting(adjacency([(i, j) for i in range(30) for j in range(i)]))
    assert len(k_hop(graph, 0, 50)) == 30
    assert graph.asked <= 30


def test_k_hop_leaves_the_graph_alone():
    graph = adjacency([(0, 1)])
    reached = k_hop(graph, 0, 3)
    reached.clear()
    assert graph == {0: [1], 1: [0]}


def test_other_names_and_kinds_of_nodes():
    columns = ('from "here"', "to")
    con = sqlite3.connect(":memory:")
    con.execute('CREATE TABLE "my edges" ("from ""here""" TEXT, "to" TEXT)')
    con.execute('INSERT INTO "my edges" VALUES (?, ?)', ("ä", "ö"))
    with closing(con):
        con.row_factory = sqlite3.Row
        assert k_hop_sql(con, "ä", 1, table="my edges", columns=columns) == {"ä", "ö"}
        assert k_hop_sql(con, "ö", 1, table="my edges", columns=columns) == {"ö"}


def test_numpy_scalars_are_taken_by_both():
    source, k = np.int32(0), np.int64(1)
    with database([(0, 1), (1, 2)]) as con:
        assert k_hop_sql(con, source, k) == k_hop(adjacency([(0, 1), (1, 2)]), source, k) == {0, 1}


def steps(con, query, parameters):
    """Count the instructions SQLite runs for a query."""
    count = []
    con.set_progress_handler(lambda: count.append(1), 1)
    con.execute(query, parameters).fetchall()
    con.set_progress_handler(None, 0)
    return len(count)


def test_the_query_searches_the_index_and_the_work_stays_local():
    chain = [(i, i + 1) for i in range(3000)]
    with database(chain, index=False) as plain, database(chain) as indexed:
        query = k_hop_query()
        assert "SCAN e" in " ".join(query_plan(plain, query, (0, 3)))
        assert "SEARCH e USING COVERING INDEX by_source" in " ".join(
            query_plan(indexed, query, (0, 3))
        )
        scan, search = (steps(con, query, (0, 3)) for con in (plain, indexed))
        assert scan > 100 * search


def test_cycles_cost_depth_times_nodes_not_all_walks():
    complete = [(i, j) for i in range(12) for j in range(12) if i != j]
    with database(complete) as con:
        rows = con.execute(
            k_hop_query().replace("SELECT DISTINCT node", "SELECT count(*)"), (0, 8)
        ).fetchone()
        assert rows[0] <= 12 * 8 + 1  # 11 ** 8 walks
        assert k_hop_sql(con, 0, 8) == set(range(12))


@pytest.mark.parametrize(
    ("source", "k", "error", "message"),
    [
        (9, 1, ValueError, "source must be a node.*got 9"),
        (9, 0, ValueError, "source must be a node.*got 9"),
        (None, 1, ValueError, "source must be a node.*got None"),
        (0, -1, ValueError, "k must be at least 0, got -1"),
        (0, 1.0, TypeError, r"k must be a whole number, got 1\.0"),
        (0, True, TypeError, "k must be a whole number, got True"),
        (0, "1", TypeError, "k must be a whole number, got '1'"),
    ],
)
def test_both_refuse(source, k, error, message):
    with pytest.raises(error, match=message):
        k_hop(adjacency([(0, 1)]), source, k)
    with database([(0, 1)]) as con, pytest.raises(error, match=message):
        k_hop_sql(con, source, k)


def test_k_hop_sql_refuses():
    with pytest.raises(TypeError, match=r"con must be a sqlite3\.Connection, got str"):
        k_hop_sql("graph.db", 0, 1)
    with database([(0, 1)]) as con:
        for columns in (("source",), "ab", ("a", "b", "c")):
            with pytest.raises(ValueError, match="columns must be two names"):
                k_hop_sql(con, 0, 1, columns=columns)
        with pytest.raises(TypeError, match="table must be a name, got 5"):
            k_hop_sql(con, 0, 1, table=5)
        # A misspelt column is an error, not the string SQLite would make of it.
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            k_hop_sql(con, 0, 1, columns=("sourc", "target"))
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            k_hop_sql(con, 0, 1, table="nodes")
