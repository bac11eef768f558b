"""SQLite beside DuckDB: from how many rows on does the engine for analysis pay?

Run ``python benchmarks/bench_engines.py [rows …]``. Both engines hold the same flights in memory,
SQLite with the rows stored by their key and an index on the carrier. Three questions, whose answers
are compared first: one row by its key, a mean for each carrier, and the busiest routes. Each ratio
is DuckDB's time over SQLite's: above 1 SQLite is faster. The last line of a question says between
which sizes the two change places.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from math import log

import duckdb

from mlsdlib import datasets
from mlsdlib.storage import load_table, same_rows
from mlsdlib.timing import time_ratio

SIZES = (100, 1_000, 10_000, 100_000, 336_776)
QUESTIONS = {
    "one row by key": "SELECT * FROM flights WHERE id = {middle}",
    "mean for each carrier": "SELECT carrier, avg(arr_delay) FROM flights GROUP BY carrier",
    "busiest routes": (
        "SELECT origin, dest, count(*), avg(air_time) FROM flights GROUP BY origin, dest "
        "ORDER BY count(*) DESC, origin, dest LIMIT 10"
    ),
}


def crossing(sizes: list[int], ratios: list[float]) -> str:
    """Say where the ratio falls through 1, on the straight line between logarithms."""
    for (n, ratio), (m, other) in zip(
        zip(sizes, ratios, strict=True), zip(sizes[1:], ratios[1:], strict=True), strict=False
    ):
        if (ratio > 1) != (other > 1):
            share = log(ratio) / (log(ratio) - log(other))
            return f"they change places at about {n * (m / n) ** share:,.0f} rows"
    return f"{'SQLite' if ratios[-1] > 1 else 'DuckDB'} is faster at every size"


def main(sizes: list[int]) -> None:
    """Print the ratios of each question at each size."""
    flights = datasets.load_flights()
    flights.insert(0, "id", range(len(flights)))
    ratios = {question: [] for question in QUESTIONS}
    print(f"DuckDB / SQLite, median of 7 interleaved pairs; load {os.getloadavg()[0]:.1f}")
    for n in sizes:
        with closing(sqlite3.connect(":memory:")) as lite, closing(duckdb.connect()) as duck:
            for con in (lite, duck):
                load_table(con, "flights", flights.head(n), key="id")
            lite.execute("CREATE INDEX by_carrier ON flights (carrier)")
            duck.execute("SET threads = 1")
            for question, query in QUESTIONS.items():
                sql = query.format(middle=n // 2)
                ratio = time_ratio(
                    lambda sql=sql, con=duck: con.execute(sql).fetchall(),
                    lambda sql=sql, con=lite: con.execute(sql).fetchall(),
                    pairs=7,
                    same=same_rows,
                )
                ratios[question].append(ratio.value)
                print(f"  {question:24s} {n:8,} rows  {ratio}")
    for question, values in ratios.items():
        print(f"{question}: {crossing(sizes, values)}")


if __name__ == "__main__":
    main(sorted(map(int, sys.argv[1:])) or list(SIZES))
