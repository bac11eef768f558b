"""`mlsdlib.serving` under load, and its cache beside cachetools.

Run ``python benchmarks/bench_serving.py [requests]``. A forest of 50 trees stands behind the
service. The first table is a closed loop, sixteen callers who wait for their answers: what waiting
for a fuller batch, `max_wait`, does to throughput, to the middle of the latency and to its tail.
The second is an open loop: more requests than the model answers one by one, a bounded queue, a
crash and an orderly end; every request is answered, rejected, late or failed, and none is lost.

Times are of this machine. What is asserted is not: that micro-batching takes fewer calls of the
model and that nothing is lost.

The cache's peer is cachetools' `TTLCache` (``pip install cachetools``), behind a lock, as it is to
be shared by threads. Both give the same hits and hold the same entries, checked first.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from side_by_side import table
from sklearn.ensemble import RandomForestClassifier

from mlsdlib.serving import LoadRun, PredictionService, ServiceProcess, TTLCache, run_load
from mlsdlib.timing import time_ratio

FEATURES = 8
CALLERS = 16
WAITS = (0.0, 0.002, 0.005, 0.02, 0.05)
FACTOR = 1.0  # how many times faster than cachetools the cache must be, at the low end


def model(rng: np.random.Generator) -> tuple[RandomForestClassifier, np.ndarray]:
    """Return a fitted forest, and rows to predict."""
    x = rng.normal(size=(5_000, FEATURES)).astype(np.float32)
    y = (x[:, 0] + rng.normal(size=len(x)) > 1).astype(int)
    return RandomForestClassifier(50, min_samples_leaf=20, random_state=0).fit(x, y), x


def closed_loop(predict, rows: np.ndarray, n: int) -> bool:
    """Print throughput and latency across `max_wait`; return whether batches save calls."""
    ways = {"one by one": {"max_batch": 1}}
    ways |= {f"wait {1000 * wait:g} ms": {"max_batch": 32, "max_wait": wait} for wait in WAITS}
    printed, per_call = [], {}
    for name, options in ways.items():
        with PredictionService(predict, n_features=FEATURES, **options) as service:
            (run,) = run_load([service.url], rows, n=n, clients=CALLERS, rng=0)
            (alone,) = run_load([service.url], rows, n=20, clients=1, rng=0)
            stats = service.stats()
        per_call[name] = n / (stats.batches - 20)
        printed.append([name, f"{n / run.seconds:.0f}", f"{per_call[name]:.1f}",
                        f"{run.latency_ms(0.5):.0f}", f"{run.latency_ms(0.99):.0f}",
                        f"{alone.latency_ms(0.5):.1f}"])  # fmt: skip
    head = ["sixteen callers", "answers/s", "rows a call", "p50 ms", "p99 ms", "p50 ms alone"]
    table("a closed loop", head, printed)
    return per_call["wait 0 ms"] > 3


def account(name: str, run: LoadRun) -> list[str]:
    """Return what became of the requests of a run."""
    counts = [run.count(o) for o in ("answered", "rejected", "late", "failed")]
    times = [f"{run.latency_ms(q):.0f}" for q in (0.5, 0.99)]
    return [name, *map(str, [run.planned, *counts, run.lost]), *times]


def open_loop(predict, rows: np.ndarray, n: int) -> bool:
    """Print what becomes of requests under overload and at the end; return whether none is lost."""
    with PredictionService(predict, n_features=FEATURES, max_batch=1) as service:
        (run,) = run_load([service.url], rows, n=100, clients=4, rng=0)
    rate = 3 * run.planned / run.seconds
    found = []
    for name, options in {
        "one by one, no bound": {"max_batch": 1, "max_queue": None},
        "one by one, 5 may wait": {"max_batch": 1, "max_queue": 5},
        "one by one, 200 ms patience": {"max_batch": 1, "max_queue": 64, "deadline": 0.2},
        "batches, 64 may wait": {"max_batch": 32, "max_queue": 64},
    }.items():
        with PredictionService(predict, n_features=FEATURES, **options) as service:
            (run,) = run_load([service.url], rows, n=n, rate=rate, timeout=60, rng=1)
        found.append((name, run))
    service = PredictionService(predict, n_features=FEATURES, max_batch=32).__enter__()
    ending = threading.Thread(target=lambda: (_wait(service, n // 4), service.stop()))
    ending.start()
    found += zip(["stopped in the middle"], run_load([service.url], rows, n=n, rate=rate, rng=2),
                 strict=True)  # fmt: skip
    ending.join()
    found.append(("net in a process, killed", killed(rows, n)))
    head = ["three times its load", "requests", "answered", "rejected", "late", "failed", "lost",
            "p50 ms", "p99 ms"]  # fmt: skip
    table("an open loop", head, [account(*pair) for pair in found])
    return not any(run.lost for _, run in found)


def _wait(service: PredictionService, n: int) -> None:
    """Return when so many requests have been answered."""
    while service.stats().answered < n:
        threading.Event().wait(0.001)


def killed(rows: np.ndarray, n: int) -> LoadRun:
    """Return what the callers of a service saw that was killed after a quarter of the requests."""
    from onnx import TensorProto, helper

    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", FEATURES]) for name in "xy"
    )
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "net", [x], [y])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "net.onnx")
        file.write_bytes(made.SerializeToString())
        with ServiceProcess(file, crash_after=n // 4) as service:
            return run_load([service.url], rows, n=n, clients=CALLERS, rng=3)[0]


class Clock:
    """A clock that a test winds on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def caches(n: int) -> float:
    """Print how many times longer cachetools takes; return the lower end of the interval."""
    if find_spec("cachetools") is None:
        print("\ncachetools is NOT installed: the cache has no peer here")
        return float("inf")
    import cachetools

    rng = np.random.default_rng(0)
    chances = 1 / np.arange(1, 5_001)
    keys = rng.choice(5_000, n, p=chances / chances.sum()).tolist()

    def theirs() -> tuple[int, set]:
        clock, lock, hits = Clock(), threading.Lock(), 0
        cache = cachetools.TTLCache(500, 1_000.0, timer=clock)
        for number, key in enumerate(keys):
            clock.now = number / 5
            with lock:
                value = cache.get(key)
                if value is None:
                    cache[key] = key + 1
                else:
                    hits += 1
        return hits, set(cache)

    def ours() -> tuple[int, set]:
        clock, hits = Clock(), 0
        cache = TTLCache(500, 1_000.0, clock=clock)
        for number, key in enumerate(keys):
            clock.now = number / 5
            if cache.get(key) is None:
                cache.put(key, key + 1)
            else:
                hits += 1
        return hits, {key for key in range(5_000) if cache.get(key) is not None}

    ratio = time_ratio(theirs, ours, pairs=9, same=lambda a, b: a == b)
    print(f"\n{n:,} requests of a cache of 500 entries, the same {theirs()[0] / n:.0%} hits")
    print(f"  cachetools {version('cachetools')} / ours: {ratio}")
    return ratio.low


def main(n: int) -> int:
    """Print the tables; return 1 if a promise is broken."""
    forest, rows = model(np.random.default_rng(0))
    print(f"{n} requests to a forest of 50 trees; load {os.getloadavg()[0]:.1f}")

    def predict(x: np.ndarray) -> np.ndarray:
        return forest.predict_proba(x)[:, 1]

    saves = closed_loop(predict, rows, n)
    keeps = open_loop(predict, rows, n)
    low = caches(50_000)
    return int(not (saves and keeps) or low < FACTOR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600))
