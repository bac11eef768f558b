"""`mlsdlib.streaming` beside river: sums and variances of windows, one by one and at once.

Run ``python benchmarks/bench_streaming.py [rows]``. The events are rides in order of their start,
a millisecond apart where several began in the same minute: river takes a tie as a sequence. All
find the same numbers, checked first. Without river (``pip install river``) the peer is the loop
over a deque that everybody writes. pandas has compiled loops for times that are in order: faster
than ours for a single key, and with keys it has to put the events back in order.

A single value of a running variance costs ours more, since it is checked. At once river is faster
and has no digit left where the mean is large, as the last line shows.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
import pandas as pd

from mlsdlib import datasets
from mlsdlib.streaming import RollingStat, RunningStat, window_aggregate
from mlsdlib.timing import time_ratio

HOUR = 3_600_000  # whole milliseconds: the ends of windows are exact, for river too
FACTOR = 5  # how many times faster than river a batch must be, at the lower end of the interval


def events(rows: int) -> pd.DataFrame:
    """Return start in milliseconds, strictly increasing, duration in seconds, and station."""
    rides = datasets.load_bikeshare_trips(columns=["start_date", "duration", "start_terminal"])
    rides = rides.sort_values("start_date", kind="stable").head(rows)
    minutes = rides["start_date"].to_numpy().astype("M8[ms]").astype(np.int64)
    t = minutes + rides.groupby("start_date").cumcount().to_numpy()
    v = rides["duration"].astype(float)
    return pd.DataFrame({"t": t, "v": v, "by": rides["start_terminal"]}).reset_index(drop=True)


def deque_sum(t: list[int], v: list[float]) -> list[float]:
    """Add what comes, subtract what goes."""
    window, total, result = deque(), 0.0, []
    for time, value in zip(t, v, strict=True):
        window.append((time, value))
        total += value
        while window[0][0] <= time - HOUR:
            total -= window.popleft()[1]
        result.append(total)
    return result


def deque_var(t: list[int], v: list[float]) -> list[float]:
    """Do the same with three sums; whole numbers are exact up to 2**53."""
    sums, squares = deque_sum(t, v), deque_sum(t, [x * x for x in v])
    counts = deque_sum(t, [1.0] * len(v))
    return [
        (q - s * s / n) / (n - 1) if n > 1 else 0.0
        for s, q, n in zip(sums, squares, counts, strict=True)
    ]


def river_windows(stat: str, t: list[int], v: list[float]) -> list[float]:
    """Ask river's rolling statistic after every event."""
    from river import stats, utils

    rolling = utils.TimeRolling(getattr(stats, stat), dt.timedelta(milliseconds=HOUR))
    result = []
    for time, value in zip(t, v, strict=True):
        rolling.update(value, t=time)
        result.append(rolling.get())
    return result


def our_windows(agg: str, t: list[int], v: list[float]) -> list[float]:
    """Ask ours."""
    rolling, result = RollingStat(agg, HOUR), []
    for time, value in zip(t, v, strict=True):
        rolling.update(time, value)
        result.append(rolling.get())
    return result


def peers(t: list[int], v: list[float]) -> tuple[str, dict[str, Callable[[], list[float]]]]:
    """Return river's sum and variance, or where there is no river those of a deque."""
    if find_spec("river") is None:
        print("  river is NOT installed: the peer is a loop over a deque")
        return "deque", {"sum": lambda: deque_sum(t, v), "var": lambda: deque_var(t, v)}
    print(f"  the peer is river {version('river')}")
    at = [dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=time) for time in t]
    return "river", {
        "sum": lambda: river_windows("Sum", at, v),
        "var": lambda: river_windows("Var", at, v),
    }


def running(v: np.ndarray) -> Iterator[tuple[str, Callable, Callable]]:
    """Yield the pairs that compute one variance of everything."""
    from river import stats

    values = v.tolist()

    def one_by_one(stat: object) -> float:
        for value in values:
            stat.update(value)
        return stat.get()

    def at_once(stat: object) -> float:
        stat.update_many(v)
        return stat.get()

    for name, theirs, ours in (
        ("update / update", one_by_one, one_by_one),
        ("update / update_many", one_by_one, at_once),
        ("update_many / update_many", at_once, at_once),
    ):
        yield (
            f"running var: river Var / RunningStat, {name}",
            lambda loop=theirs: loop(stats.Var()),
            lambda loop=ours: loop(RunningStat("var")),
        )


def far_from_zero() -> None:
    """Print what both make of a variance of 1 around 1e9, at once."""
    from river import stats

    values = np.random.default_rng(0).normal(1e9, 1, 10_000)
    found = []
    for stat in (stats.Var(), RunningStat("var")):
        stat.update_many(values)
        found.append(stat.get())
    print(f"  variance of N(1e9, 1), at once: river {found[0]:.3g}, RunningStat {found[1]:.3g}")


def agree(a: object, b: object) -> bool:
    """Whether two results are equal; of a single value river's variance is 0, ours NaN.

    The tolerance is river's: it subtracts what leaves the window, and where that was a bicycle lost
    for months it has four digits left.
    """
    return np.allclose(np.nan_to_num(a), np.nan_to_num(b), rtol=1e-3)


def show(name: str, slow: Callable, fast: Callable) -> float:
    """Print how many times longer `slow` takes; return the lower end of the interval."""
    ratio = time_ratio(slow, fast, pairs=7, same=agree)
    print(f"  {name:60s} {ratio}", flush=True)
    return ratio.low


def pandas_windows(agg: str, timed: pd.DataFrame, *, by: str | None) -> pd.Series:
    """Roll with pandas over a frame with an index of times, and keep the order of the events."""
    if by is None:
        return getattr(timed["v"].rolling("1h"), agg)()
    return getattr(timed.groupby(by)["v"].rolling("1h"), agg)().droplevel(0).sort_index()


def main(rows: int) -> int:
    """Print the ratios; return 1 if a batch is not clearly faster than river."""
    frame = events(rows)
    timed = frame.set_index(pd.to_datetime(frame["t"], unit="ms"))
    t, v, by = (frame[column].to_numpy() for column in ("t", "v", "by"))
    print(f"{len(t):,} rides, windows of an hour; load {os.getloadavg()[0]:.1f}")
    peer, loops = peers(t.tolist(), v.tolist())
    lows = []
    for agg, loop in loops.items():
        batch = partial(window_aggregate, t, v, width=HOUR, agg=agg)
        one_by_one = partial(our_windows, agg, t.tolist(), v.tolist())
        show(f"{agg}: {peer} / RollingStat", loop, one_by_one)
        lows.append(show(f"{agg}: {peer} / window_aggregate", loop, batch))
        for name, keys in ((None, None), ("by", by)):
            theirs = partial(pandas_windows, agg, timed, by=name)
            kind = "a key for each station" if name else "one key"
            show(f"{agg}: pandas / window_aggregate, {kind}", theirs, partial(batch, by=keys))
    if peer == "deque":
        return 0
    for case in running(v):
        show(*case)
    far_from_zero()
    return int(min(lows) < FACTOR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
