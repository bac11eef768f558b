"""Rows predicted together are predicted as if alone; nothing is lost or computed twice."""

import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.serving import Closed, HybridPredictor, MicroBatcher, Overloaded, TTLCache


def double(rows):
    return 2 * rows[:, 0]


class Gate:
    """A model that notes its batches and waits until it may answer."""

    def __init__(self):
        self.open, self.batches, self.called = threading.Event(), [], threading.Event()

    def __call__(self, rows):
        self.batches.append(rows[:, 0].tolist())
        self.called.set()
        assert self.open.wait(10)
        return double(rows)


# ---- MicroBatcher


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.floats(-100, 100), max_size=40),
    max_batch=st.integers(1, 9),
    max_wait=st.sampled_from([0.0, 0.002]),
)
def test_together_gives_what_alone_gives(values, max_batch, max_wait):
    with MicroBatcher(double, max_batch, max_wait) as batcher:
        futures = [batcher.submit([value]) for value in values]
        assert [future.result(10) for future in futures] == [2 * value for value in values]
    stats = batcher.stats()
    assert (stats.accepted, stats.answered, stats.inside) == (len(values), len(values), 0)
    assert stats.batches >= len(values) / max_batch


def test_what_gathers_while_the_model_works_goes_together_and_in_order():
    model = Gate()
    with MicroBatcher(model, max_batch=3) as batcher:
        first = batcher.submit([0.0])
        assert model.called.wait(10)
        rest = [batcher.submit([float(k)]) for k in range(1, 6)]
        model.open.set()
        assert [f.result(10) for f in (first, *rest)] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert model.batches == [[0.0], [1.0, 2.0, 3.0], [4.0, 5.0]]


def test_it_waits_for_a_full_batch_but_not_longer_than_max_wait():
    sizes = []

    def model(rows):
        sizes.append(len(rows))
        return double(rows)

    with MicroBatcher(model, max_batch=4, max_wait=60) as batcher:
        futures = [batcher.submit([1.0]) for _ in range(4)]
        assert [f.result(10) for f in futures] == [2.0] * 4
    with MicroBatcher(model, max_batch=4, max_wait=0.05) as batcher:
        start = time.monotonic()
        assert batcher([1.0]) == 2.0
        assert time.monotonic() - start >= 0.05
    assert sizes == [4, 1]


def test_closing_does_not_wait_for_a_full_batch():
    batcher = MicroBatcher(double, max_batch=4, max_wait=60)
    future = batcher.submit([1.0])
    batcher.close()
    assert future.result(0) == 2.0


def test_a_full_queue_refuses_and_counts():
    model = Gate()
    with MicroBatcher(model, max_batch=1, max_queue=2) as batcher:
        running = batcher.submit([0.0])
        assert model.called.wait(10)
        waiting = [batcher.submit([1.0]), batcher.submit([2.0])]
        with pytest.raises(Overloaded, match="2 rows wait, as many as may"):
            batcher.submit([3.0])
        assert batcher.stats().inside == 3
        model.open.set()
        assert [f.result(10) for f in (running, *waiting)] == [0.0, 2.0, 4.0]
    stats = batcher.stats()
    assert (stats.accepted, stats.rejected, stats.answered, stats.inside) == (3, 1, 3, 0)


def test_a_bad_row_spoils_no_other():
    def picky(rows):
        if (rows < 0).any():
            raise ArithmeticError("negative")
        return double(rows)

    with MicroBatcher(picky, max_batch=4, max_wait=60) as batcher:
        futures = [batcher.submit([value]) for value in (1.0, -1.0, 2.0, 3.0)]
        assert [futures[k].result(10) for k in (0, 2, 3)] == [2.0, 4.0, 6.0]
        with pytest.raises(ArithmeticError, match="negative"):
            futures[1].result(10)
    assert (batcher.stats().answered, batcher.stats().failed) == (3, 1)


def test_a_row_of_another_shape_fails_alone():
    with MicroBatcher(lambda rows: rows.sum(axis=1), max_batch=2, max_wait=60) as batcher:
        futures = [batcher.submit([1.0]), batcher.submit([1.0, 2.0])]
        assert [f.result(10) for f in futures] == [1.0, 3.0]


@pytest.mark.parametrize("error", [SystemExit("out"), KeyboardInterrupt(), MemoryError()])
def test_no_error_ends_the_thread(error):
    def model(rows):
        if rows[0, 0] < 0:
            raise error
        return double(rows)

    with MicroBatcher(model, max_batch=1) as batcher:
        with pytest.raises(type(error)):
            batcher([-1.0])
        assert batcher([1.0], timeout=10) == 2.0


def test_too_few_predictions_are_an_error():
    with (
        MicroBatcher(lambda rows: [], max_batch=1) as batcher,
        pytest.raises(ValueError, match="got 1 rows and gave 0"),
    ):
        batcher([1.0])


def test_who_gives_up_costs_the_model_nothing():
    model = Gate()
    with MicroBatcher(model, max_batch=1) as batcher:
        first = batcher.submit([0.0])
        assert model.called.wait(10)
        with pytest.raises(TimeoutError):
            batcher([1.0], timeout=0.01)
        last = batcher.submit([2.0])
        model.open.set()
        assert (first.result(10), last.result(10)) == (0.0, 4.0)
    assert model.batches == [[0.0], [2.0]]
    stats = batcher.stats()
    assert (stats.answered, stats.cancelled, stats.inside) == (2, 1, 0)


def test_closing_answers_what_waits_or_says_that_it_will_not():
    for drain in (True, False):
        model = Gate()
        batcher = MicroBatcher(model, max_batch=1)
        futures = [batcher.submit([float(k)]) for k in range(3)]
        assert model.called.wait(10)
        futures[2].cancel()
        closing = threading.Thread(target=batcher.close, kwargs={"drain": drain})
        closing.start()
        while not batcher._closed:
            time.sleep(0.001)
        with pytest.raises(Closed):
            batcher.submit([9.0])
        model.open.set()
        closing.join(10)
        assert futures[0].result(0) == 0.0
        if drain:
            assert futures[1].result(0) == 2.0
        else:
            with pytest.raises(Closed, match="before this row's turn"):
                futures[1].result(0)
        with pytest.raises(CancelledError):
            futures[2].result(0)
        stats = batcher.stats()
        assert stats.inside == 0
        assert stats.accepted == stats.answered + stats.failed + stats.cancelled == 3


def test_every_row_of_many_threads_is_counted_once():
    rng = np.random.default_rng(0)

    def model(rows):
        if rng.random() < 0.2:
            raise ArithmeticError
        time.sleep(0.0005)
        return double(rows)

    outcomes = []

    def caller(k):
        try:
            outcomes.append(batcher([float(k)], timeout=0.01) == 2 * k)
        except (Overloaded, ArithmeticError, TimeoutError, Closed) as error:
            outcomes.append(type(error).__name__)

    with MicroBatcher(model, max_batch=4, max_queue=5) as batcher, ThreadPoolExecutor(20) as pool:
        list(pool.map(caller, range(400)))
    stats = batcher.stats()
    assert len(outcomes) == stats.accepted + stats.rejected == 400
    assert False not in outcomes
    assert stats.rejected == outcomes.count("Overloaded")
    assert stats.accepted == stats.answered + stats.failed + stats.cancelled
    assert stats.inside == 0


def test_littles_law():
    def slow(rows):
        time.sleep(0.03)
        return double(rows)

    waits = []

    def client(batcher):
        for _ in range(12):
            start = time.monotonic()
            batcher([1.0])
            waits.append(time.monotonic() - start)

    with MicroBatcher(slow, max_batch=2) as batcher:
        before, start = batcher.stats(), time.monotonic()
        threads = [threading.Thread(target=client, args=(batcher,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - start
        inside = (batcher.stats().row_seconds - before.row_seconds) / took
    rate, wait = len(waits) / took, np.mean(waits)
    assert inside == pytest.approx(rate * wait, rel=0.05)
    assert inside > 3


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"predict": 3}, TypeError, "predict must be callable, got int"),
        ({"max_batch": 0}, ValueError, "max_batch must be at least 1, got 0"),
        ({"max_batch": 2.5}, TypeError, "max_batch must be a whole number, got 2.5"),
        ({"max_wait": -1}, ValueError, "max_wait must be at least 0 and finite, got -1"),
        ({"max_wait": float("inf")}, ValueError, "max_wait must be at least 0 and finite, got inf"),
        ({"max_wait": "1"}, TypeError, "max_wait must be a number of seconds, got '1'"),
        ({"max_queue": 0}, ValueError, "max_queue must be at least 1, got 0"),
    ],
)
def test_a_batcher_names_what_it_will_not_take(arguments, error, message):
    before = threading.active_count()
    with pytest.raises(error, match=message):
        MicroBatcher(**{"predict": double} | arguments)
    assert threading.active_count() == before


# ---- TTLCache


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_the_least_recently_used_goes():
    cache = TTLCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]
    cache.put("a", 4)  # written anew: used, and nothing goes
    cache.put("d", 5)
    assert [cache.get(key, "gone") for key in "acd"] == [4, "gone", 5]
    assert (cache.stats().evicted, cache.stats().expired, len(cache)) == (2, 0, 2)


def test_an_entry_is_gone_when_its_age_reaches_the_limit():
    clock = Clock()
    cache = TTLCache(5, ttl=10, clock=clock)
    cache.put("a", 1)
    clock.now = 9.999
    assert cache.get("a") == 1  # reading does not make it younger
    clock.now = 10.0
    assert cache.get("a") is None
    cache.put("a", 2)
    clock.now = 15.0
    cache.put("a", 3)
    clock.now = 24.9
    assert cache.get("a") == 3  # writing does
    assert cache.stats().expired == 1


def test_what_is_too_old_goes_before_what_is_not():
    clock = Clock()
    cache = TTLCache(2, ttl=10, clock=clock)
    cache.put("old", 1)
    clock.now = 5.0
    cache.put("new", 2)
    clock.now = 9.0
    assert cache.get("old") == 1  # used last, and about to expire
    clock.now = 11.0
    cache.put("third", 3)
    assert [cache.get(key) for key in ("old", "new", "third")] == [None, 2, 3]
    assert (cache.stats().evicted, cache.stats().expired) == (0, 1)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("rw"), st.integers(0, 5), st.integers(0, 4)), max_size=60),
    st.integers(1, 4),
    st.sampled_from([3.0, 7.0, float("inf")]),
)
def test_the_cache_does_what_a_list_does(steps, maxsize, ttl):
    clock = Clock()
    cache, model = TTLCache(maxsize, ttl, clock=clock), []  # of [key, value, written], used last
    for number, (step, key, wait) in enumerate(steps):
        clock.now += wait
        model = [entry for entry in model if clock.now - entry[2] < ttl]
        found = [entry for entry in model if entry[0] == key]
        if step == "r":
            assert cache.get(key) == (found[0][1] if found else None)
            model = [entry for entry in model if entry[0] != key] + found
        else:
            cache.put(key, number)
            model = [entry for entry in model if entry[0] != key]
            model = model[-(maxsize - 1) :] if maxsize > 1 else []
            model.append([key, number, clock.now])
        assert len(cache) == len(model)


def test_a_stampede_computes_once():
    clock, calls, inside = Clock(), [], threading.Barrier(9)
    cache = TTLCache(10, ttl=10, clock=clock)
    cache.put("home", "old")
    clock.now = 10.0

    def compute(key):
        calls.append(key)
        while cache.stats().waits < 7:  # until all others wait
            time.sleep(0.001)
        return "new"

    def ask():
        inside.wait(10)
        return cache.get_or_compute("home", compute)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ask) for _ in range(8)]
        inside.wait(10)
        assert [future.result(10) for future in futures] == ["new"] * 8
    assert calls == ["home"]
    stats = cache.stats()
    assert (stats.hits, stats.misses, stats.waits, stats.expired) == (0, 8, 7, 1)


def test_other_keys_do_not_wait_for_a_computation():
    cache, begun, end = TTLCache(10), threading.Event(), threading.Event()

    def slow(key):
        begun.set()
        assert end.wait(10)
        return key

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(cache.get_or_compute, "slow", slow)
        assert begun.wait(10)
        assert cache.get_or_compute("quick", str.upper) == "QUICK"
        end.set()
        assert future.result(10) == "slow"


def test_an_error_reaches_all_who_wait_and_is_not_kept():
    cache = TTLCache(10)

    def fails(key):
        while cache.stats().waits < 2:
            time.sleep(0.001)
        raise ArithmeticError(key)

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(cache.get_or_compute, "a", fails) for _ in range(3)]
        assert all(isinstance(future.exception(10), ArithmeticError) for future in futures)
    assert cache.get_or_compute("a", str.upper) == "A"


def test_a_computation_that_asks_for_itself_is_told():
    cache = TTLCache(10)
    with pytest.raises(RuntimeError, match="computing 'a' asks for itself"):
        cache.get_or_compute("a", lambda key: cache.get_or_compute(key, str.upper))
    assert cache.get_or_compute("a", str.upper) == "A"


@pytest.mark.parametrize("value", [None, 0, ""])
def test_a_value_that_is_nothing_is_a_value(value):
    cache = TTLCache(2)
    cache.put("a", value)
    assert cache.get("a", "missing") == value
    assert cache.get_or_compute("a", str.upper) == value


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"maxsize": 0}, ValueError, "maxsize must be at least 1, got 0"),
        ({"maxsize": True}, TypeError, "maxsize must be a whole number, got True"),
        ({"ttl": 0}, ValueError, "ttl must be above 0, got 0"),
        ({"ttl": float("nan")}, ValueError, "ttl must be above 0, got nan"),
    ],
)
def test_a_cache_names_what_it_will_not_take(arguments, error, message):
    with pytest.raises(error, match=message):
        TTLCache(**{"maxsize": 2} | arguments)


# ---- HybridPredictor without a table


def test_the_cache_gives_the_age_and_the_source():
    clock = Clock()
    hybrid = HybridPredictor(str.upper, cache=TTLCache(5, ttl=10, clock=clock))
    first, again = hybrid("a", at=100.0), hybrid("a", at=104.0)
    assert (first.value, first.age, first.source) == ("A", 0.0, "online")
    assert (again.value, again.age, again.source) == ("A", 4.0, "cache")
    assert hybrid.sources() == {"online": 1, "cache": 1}
    with pytest.raises(TypeError, match="online must be callable, got str"):
        HybridPredictor("a")
