"""Neighbourhoods in a graph: by adjacency lists in memory, and by SQL over a table of edges."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterable, Mapping

__all__ = ["adjacency", "k_hop", "k_hop_query", "k_hop_sql"]


def adjacency(
    edges: Iterable[tuple[Hashable, Hashable]],
    *,
    directed: bool = False,
    nodes: Iterable[Hashable] = (),
) -> dict[Hashable, list[Hashable]]:
    """Return the neighbours of every node, ``{node: [neighbour, …]}``.

    Nodes and neighbours stand in the order of their first appearance; an edge given twice counts
    once, a self-loop makes a node its own neighbour.

    Parameters
    ----------
    edges : iterable of pairs, or array of shape (m, 2)
        The two ends of each edge.
    directed : bool
        Whether an edge leads from its first end to its second only.
    nodes : iterable
        Further nodes, such as those without any edge.

    Raises
    ------
    ValueError
        If an edge has not exactly two ends.

    Examples
    --------
    >>> adjacency([("a", "b"), ("b", "c"), ("c", "c")], nodes=["d"])
    {'a': ['b'], 'b': ['a', 'c'], 'c': ['b', 'c'], 'd': []}
    >>> adjacency([("a", "b")], directed=True)
    {'a': ['b'], 'b': []}
    """
    # Dictionaries as ordered sets: a repeated edge is found in constant time.
    graph: dict[Hashable, dict[Hashable, None]] = {}
    for edge in edges.tolist() if hasattr(edges, "tolist") else edges:
        try:
            a, b = edge
        except (TypeError, ValueError):
            raise ValueError(f"edges must be pairs of nodes, got {edge!r}") from None
        graph.setdefault(a, {})[b] = None
        if directed:
            graph.setdefault(b, {})
        else:
            graph.setdefault(b, {})[a] = None
    for node in nodes:
        graph.setdefault(node, {})
    return {node: list(neighbours) for node, neighbours in graph.items()}


def k_hop(
    adjacency: Mapping[Hashable, Iterable[Hashable]], source: Hashable, k: int
) -> set[Hashable]:
    """Return the nodes at a distance of at most `k` edges from `source`, itself included.

    Breadth-first search: every node is expanded once, so the work is the number of edges at the
    nodes nearer than `k`, however large the rest of the graph is.

    Parameters
    ----------
    adjacency : mapping
        Neighbours of each node, from `adjacency` or a graph of networkx (``graph.adj``). A
        neighbour that is not a key has no neighbours itself.
    source : hashable
        Where to start.
    k : int
        Largest distance, at least 0.

    Raises
    ------
    TypeError
        If `k` is not a whole number.
    ValueError
        If `source` is not a node, or `k` is negative.

    References
    ----------
    Moore (1959), *The shortest path through a maze*.

    Examples
    --------
    >>> ring = adjacency([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)])
    >>> sorted(k_hop(ring, 0, 1)), sorted(k_hop(ring, 0, 0)), len(k_hop(ring, 0, 99))
    ([0, 1, 4], [0], 5)
    """
    _check_k(k)
    if source not in adjacency:
        raise ValueError(f"source must be a node of the graph, got {source!r}")
    seen = {source}
    frontier = [source]
    for _ in range(k):
        reached = []
        for node in frontier:
            for neighbour in adjacency.get(node, ()):
                if neighbour not in seen:
                    seen.add(neighbour)
                    reached.append(neighbour)
        if not reached:
            break
        frontier = reached
    return seen


def k_hop_query(*, table: str = "edges", source: str = "source", target: str = "target") -> str:
    """Return the recursive SQL query for the nodes within k edges; its parameters: source, k.

    Its `UNION` drops a row only if node *and* depth were there before, so a node comes back once
    for every length of walk that leads to it: up to k times as many rows as nodes, but never the
    exponential number of walks that `UNION ALL` would follow. Each row costs one search if the
    column `source` is indexed, and one scan of the whole table if it is not.

    Parameters
    ----------
    table, source, target : str
        The table of edges and the columns of their two ends. Edges are followed from source to
        target: an undirected edge needs a row for each direction.

    Raises
    ------
    TypeError
        If a name is not a string.

    References
    ----------
    https://www.sqlite.org/lang_with.html

    Examples
    --------
    >>> "WITH RECURSIVE" in k_hop_query(table="friends")
    True
    """
    t, a, b = (_identifier(n, v) for n, v in
               (("table", table), ("source", source), ("target", target)))  # fmt: skip
    return (
        "WITH RECURSIVE reached(node, depth) AS ("
        "SELECT ?, 0 UNION "
        f"SELECT e.{b}, r.depth + 1 FROM reached AS r JOIN {t} AS e ON e.{a} = r.node "
        "WHERE r.depth < ?) SELECT DISTINCT node FROM reached"
    )


def k_hop_sql(
    con: sqlite3.Connection,
    source: object,
    k: int,
    *,
    table: str = "edges",
    columns: tuple[str, str] = ("source", "target"),
) -> set[object]:
    """Return the nodes at a distance of at most `k` edges from `source`, found by SQL.

    The same set as `k_hop`, from `k_hop_query` run in SQLite.

    Parameters
    ----------
    con : sqlite3.Connection
        A database with a table of edges, two rows for an undirected edge.
    source : int, float, str or bytes
        Where to start.
    k : int
        Largest distance, at least 0.
    table : str
        Name of the table.
    columns : pair of str
        Its columns: where an edge starts and where it ends.

    Raises
    ------
    TypeError
        If `k` is not a whole number, or `con` is not an SQLite connection.
    ValueError
        If no edge has the node `source`, or `k` is negative.
    sqlite3.Error
        If the table or a column is not there.

    Examples
    --------
    >>> con = sqlite3.connect(":memory:")
    >>> con.execute("CREATE TABLE edges (source INT, target INT)").close()
    >>> _ = con.executemany("INSERT INTO edges VALUES (?, ?)", [(0, 1), (1, 2), (2, 3)])
    >>> sorted(k_hop_sql(con, 0, 2)), k_hop_sql(con, 3, 2)
    ([0, 1, 2], {3})
    >>> con.close()
    """
    if not isinstance(con, sqlite3.Connection):
        raise TypeError(f"con must be a sqlite3.Connection, got {type(con).__name__}")
    _check_k(k)
    if len(columns) != 2 or isinstance(columns, str):
        raise ValueError(
            f"columns must be two names, where an edge starts and ends; got {columns!r}"
        )
    query = k_hop_query(table=table, source=columns[0], target=columns[1])
    cursor = con.cursor()
    cursor.row_factory = None  # the connection may make dictionaries
    # SQLite takes no numpy scalars.
    source = source.item() if hasattr(source, "item") else source
    reached = {node for (node,) in cursor.execute(query, (source, int(k)))}
    # Only a node that reached nothing can be unknown; the search must not cost the others a scan.
    if len(reached) == 1 and not _has_node(cursor, table, columns, source):
        raise ValueError(f"source must be a node of an edge in {table}, got {source!r}")
    return reached


def _has_node(cursor: sqlite3.Cursor, table: str, columns: tuple[str, str], node: object) -> bool:
    t = _identifier("table", table)
    for name in columns:
        column = _identifier("columns", name)
        found = cursor.execute(f"SELECT 1 FROM {t} AS e WHERE e.{column} = ? LIMIT 1", (node,))
        if found.fetchone():
            return True
    return False


def _identifier(argument: str, name: str) -> str:
    """Return the name quoted for SQL; used as ``e."name"``, so that a misspelt column is an error.

    SQLite reads a lone quoted name that no column has as a string.
    """
    if not isinstance(name, str):
        raise TypeError(f"{argument} must be a name, got {name!r}")
    return '"' + name.replace('"', '""') + '"'


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise TypeError(f"k must be a whole number, got {k!r}")
    if k < 0:
        raise ValueError(f"k must be at least 0, got {k}")
