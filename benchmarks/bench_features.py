"""`mlsdlib.features` beside the loops that it replaces, and beside pandas and scikit-learn.

Run ``python benchmarks/bench_features.py [rows]``. The data are flights, rides and bookings. All
find the same, checked first.

A promise is kept against the loop over queries, tokens or rows. pandas and scikit-learn are shown
for what they are worth: `merge_asof` counts too, once the events are numbered in order, and
`FeatureHasher` builds a whole matrix. Where all tokens differ there is nothing to save: then
`hash_index` costs more than the loop, since it looks for what is alike.
"""

from __future__ import annotations

import os
import sys
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.feature_extraction import FeatureHasher
from sklearn.utils import murmurhash3_32

from mlsdlib import datasets
from mlsdlib.features import asof_count, hash_index
from mlsdlib.features._overlaps import shared_rows
from mlsdlib.timing import time_ratio

# How many times faster than the loop at the lower end of the interval: half of what a quiet
# machine shows.
FACTORS = {"asof_count": 20, "hash_index": 2, "duplicates": 3}
BINS = 2**20


def scan(t: np.ndarray, by: np.ndarray) -> list[int]:
    """Compare every row with all others: the count that a formula describes."""
    return [int(((t < time) & (by == key)).sum()) for time, key in zip(t, by, strict=True)]


def search(t: np.ndarray, by: np.ndarray) -> list[int]:
    """Keep a sorted list for each key, and search it for each row."""
    events: dict[object, list[int]] = {}
    rows = list(zip(t.tolist(), by.tolist(), strict=True))
    for time, key in rows:
        events.setdefault(key, []).append(time)
    for times in events.values():
        times.sort()
    return [bisect_left(events[key], time) for time, key in rows]


def merge(t: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Number the events of each key in order, and look up the last number before each row."""
    events = pd.DataFrame({"t": t, "by": by}).sort_values("t", kind="stable")
    queries = events.reset_index()
    events["count"] = events.groupby("by").cumcount() + 1
    found = pd.merge_asof(queries, events, on="t", by="by", allow_exact_matches=False)
    result = np.zeros(len(t), np.int64)
    result[found["index"]] = found["count"].fillna(0)
    return result


def hash_loop(tokens: list[str]) -> list[int]:
    """Hash one token after the other."""
    return [abs(murmurhash3_32(token)) % BINS for token in tokens]


def hasher(tokens: list[str]) -> np.ndarray:
    """Ask scikit-learn for a matrix with one 1 in each row, and for where it is."""
    matrix = FeatureHasher(BINS, input_type="string", alternate_sign=False)
    return matrix.transform([[token] for token in tokens]).indices


def set_of_rows(train: pd.DataFrame, test: pd.DataFrame) -> list[bool]:
    """Put the training rows into a set; a null equals a null only as a value of its own."""
    train, test = (table.astype(object).where(table.notna(), None) for table in (train, test))
    seen = set(train.itertuples(index=False, name=None))
    return [row in seen for row in test.itertuples(index=False, name=None)]


def pandas_rows(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """Merge with the distinct training rows."""
    distinct = train.drop_duplicates()
    both = pd.concat([distinct, test.drop_duplicates()], ignore_index=True)
    repeated = both[both.duplicated()]
    found = test.merge(repeated, how="left", indicator="found")["found"]
    return found.eq("both").to_numpy()


def show(name: str, slow: Callable, fast: Callable) -> float:
    """Print how many times longer `slow` takes; return the lower end of the interval."""
    ratio = time_ratio(slow, fast, pairs=15, same=np.array_equal)
    print(f"  {name:66s} {ratio}", flush=True)
    return ratio.low


def counts(rows: int) -> float:
    """Earlier rides from the same station: minutes are full of ties."""
    rides = datasets.load_bikeshare_trips(columns=["start_date", "start_terminal"])
    few, many = (
        (
            part["start_date"].to_numpy().astype("M8[s]").astype(np.int64),
            part["start_terminal"].to_numpy(),
        )
        for part in (rides.sample(n, random_state=0) for n in (rows // 10, rows))
    )

    def ours(t: np.ndarray, by: np.ndarray) -> np.ndarray:
        return asof_count(t, t, by=by, query_by=by)

    low = show(f"a scan for each query, {len(few[0]):,}", lambda: scan(*few), lambda: ours(*few))
    show(f"a search for each query, {rows:,}", lambda: search(*many), lambda: ours(*many))
    show(f"pandas merge_asof, {rows:,}", lambda: merge(*many), lambda: ours(*many))
    return low


def hashes(rows: int) -> float:
    """Tail numbers of flights, and tokens that are all different."""
    tails = datasets.load_flights(columns=["tailnum"])["tailnum"].dropna().head(rows)
    series, tails = tails, tails.tolist()
    kinds = len(set(tails))
    name = f"{len(tails):,} tail numbers, {kinds:,} distinct"
    low = show(
        f"murmurhash3_32 in a loop, {name}",
        lambda: hash_loop(tails),
        lambda: hash_index(series, BINS),
    )
    show(f"FeatureHasher, {name}", lambda: hasher(tails), lambda: hash_index(series, BINS))
    distinct = [f"token{i}" for i in range(rows)]
    show(
        "murmurhash3_32 in a loop, all distinct",
        lambda: hash_loop(distinct),
        lambda: hash_index(distinct, BINS),
    )
    return low


def duplicates(rows: int) -> float:
    """Bookings of a random split that also stand in the other part."""
    bookings = datasets.load_hotel_bookings().sample(min(rows, 119_390), random_state=0)
    train, test = bookings[len(bookings) // 4 :], bookings[: len(bookings) // 4]
    name = f"{len(bookings):,} bookings"
    low = show(
        f"a set of rows, {name}", lambda: set_of_rows(train, test), lambda: shared_rows(train, test)
    )
    show(
        f"pandas duplicated and merge, {name}",
        lambda: pandas_rows(train, test),
        lambda: shared_rows(train, test),
    )
    return low


def main(rows: int) -> int:
    """Print the ratios; return 1 if one is below its factor."""
    print(f"{rows:,} rows; load {os.getloadavg()[0]:.1f}")
    failed = False
    for measure, factor in zip((counts, hashes, duplicates), FACTORS.items(), strict=True):
        print(factor[0])
        failed |= measure(rows) < factor[1]
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
