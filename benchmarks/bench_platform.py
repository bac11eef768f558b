"""`mlsdlib.platform`'s point-in-time join beside join, filter and deduplicate.

Run ``python benchmarks/bench_platform.py [rows]``. The peer joins each question with all rows of
its key, drops those that are later or too old, and keeps the newest. That is the way of Feast's
file store, written anew here; Feast 0.67 itself takes about twice as long for the same table. Its
work grows with questions times rows of a key. Both find the same values, checked first. Exits with
1 if ours is not 100 times faster, or takes more than 25 times as long for ten times as many rows.

`merge_asof` stands beside them. It needs both sides in order, and knows no rows that come late.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from functools import partial

import numpy as np
import pandas as pd
from side_by_side import table

from mlsdlib.platform import point_in_time_join
from mlsdlib.timing import time_ratio

FACTOR = 100  # how many times faster than the peer, at the lower end of the interval
KEYS = 200
TTL = timedelta(days=60)


def tables(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return questions and rows over ninety days; rows arrive a day later on average."""
    begin = pd.Timestamp("2024-01-01", tz="UTC")

    def side(name: str) -> pd.DataFrame:
        seconds = rng.choice(90 * 86_400, n, replace=False)  # no two at the same time
        return pd.DataFrame({"key": rng.integers(0, KEYS * max(1, n // 20_000), n),
                             name: begin + pd.to_timedelta(seconds, unit="s")})  # fmt: skip

    rows, late = side("happened"), pd.to_timedelta(rng.exponential(86_400, n), unit="s")
    return side("asked"), rows.assign(created=rows["happened"] + late, value=rng.normal(size=n))


def join_filter_deduplicate(asked: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Join all pairs, drop the wrong ones, keep the newest."""
    pairs = asked.merge(rows, on="key", how="left")
    happened, at = pairs["happened"], pairs["asked"]
    pairs = pairs[happened.isna() | ((happened >= at - TTL) & (happened <= at))]
    pairs = pairs[pairs["happened"].isna() | (pairs["created"] <= pairs["asked"])]
    pairs = pairs.sort_values("created", na_position="first")
    pairs = pairs.sort_values("happened", na_position="first", kind="stable")
    newest = pairs.drop_duplicates(["key", "asked"], keep="last")
    return asked.merge(newest[["key", "asked", "value"]], on=["key", "asked"], how="left")


def in_order(asked: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Let pandas join as if nothing came late, put in order and back."""
    rows = rows.drop(columns="created").sort_values("happened")
    found = pd.merge_asof(
        asked.reset_index().sort_values("asked"), rows, by="key",
        left_on="asked", right_on="happened", tolerance=pd.Timedelta(TTL),
    )  # fmt: skip
    return asked.assign(value=found.set_index("index")["value"].reindex(asked.index))


def ours(asked: pd.DataFrame, rows: pd.DataFrame, created: str | None = "created") -> pd.DataFrame:
    """Return the same as the first, or the second."""
    rows = rows if created else rows.drop(columns="created")
    return point_in_time_join(
        asked, rows, by="key", on="asked", event="happened", available=created, ttl=TTL
    )


def main(n: int = 20_000) -> bool:
    """Print the table; return whether ours is fast enough."""
    rng = np.random.default_rng(0)
    small, large = tables(n, rng), tables(10 * n, rng)
    pd.testing.assert_frame_equal(join_filter_deduplicate(*small), ours(*small))
    for both in (small, large):
        pd.testing.assert_frame_equal(in_order(*both), ours(*both, created=None))
    fast = time_ratio(partial(join_filter_deduplicate, *small), partial(ours, *small), cpu=True)
    pandas = time_ratio(partial(in_order, *small), partial(ours, *small, created=None))
    growth = time_ratio(partial(ours, *large), partial(ours, *small))
    table(f"{n:,} questions, {n:,} rows, load {os.getloadavg()[0]:.1f}", ["", "times"], [
        ["join, filter, deduplicate / ours", str(fast)],
        ["merge_asof / ours, nothing late", str(pandas)],
        ["ours, ten times the rows / ours", str(growth)],
    ])  # fmt: skip
    return fast.low >= FACTOR and growth.high <= 25


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
