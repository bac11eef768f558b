"""Timings, with a clock that only moves when the measured calls move it."""

import gc
import math
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import timing
from mlsdlib.timing import MIN_PAIRS, ratio_from_pairs, time_ratio

unhurried = settings(deadline=None)  # another process may have the core
durations = st.lists(
    st.tuples(st.floats(1e-6, 1e3), st.floats(1e-6, 1e3)), min_size=MIN_PAIRS, max_size=25
)


class Clock:
    """Stands for the module `time`; `call` is a call that takes the durations it was given."""

    def __init__(self):
        self.now = 0.0
        self.order = []

    def perf_counter(self):
        return self.now

    def call(self, name, *seconds, result=None):
        waiting = list(seconds)

        def run():
            self.order.append(name)
            self.now += waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return result

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=clock.perf_counter))
    return clock


def test_the_ratio_of_two_steady_calls_is_exact(clock):
    ratio = time_ratio(clock.call("slow", 3.0), clock.call("fast", 0.5))
    assert [ratio.low, ratio.value, ratio.high] == pytest.approx([6, 6, 6], rel=1e-12)
    assert (ratio.method, ratio.n, ratio.unit) == ("interleaved pairs", 15, "times")


def test_pairs_interleave_and_take_turns_in_going_first(clock):
    time_ratio(clock.call("s", 1.0), clock.call("f", 1.0), pairs=7)
    warm_up, calibration = ["s", "f"], ["s", "f"]
    assert clock.order == warm_up + calibration + list("sffssffssffssf")


def test_a_machine_that_slows_down_does_not_move_the_ratio(clock):
    # Each call takes 10 % longer than the one before; the fast one needs a quarter of the slow.
    def call(share):
        def run():
            clock.now += share * 1.1 ** len(clock.order)
            clock.order.append(share)

        return run

    ratio = time_ratio(call(4.0), call(1.0), pairs=8)
    assert ratio.value == pytest.approx(4)
    assert (ratio.low, ratio.high) == pytest.approx((4 / 1.1, 4 * 1.1))


def test_the_interval_encloses_the_median_of_noisy_pairs():
    ratios = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    found = ratio_from_pairs(ratios, [1.0] * 7)
    assert [found.low, found.value, found.high] == pytest.approx([1, 4, 7])


def test_a_short_call_is_repeated_until_a_block_is_long_enough(clock):
    blocks = []
    fast = clock.call("fast", 1e-4)
    time_ratio(clock.call("slow", 1.0), fast, pairs=7, min_seconds=0.01)
    runs = "".join("f" if name == "fast" else "s" for name in clock.order)
    blocks = [len(block) for block in runs.split("s") if block]
    assert min(blocks[1:]) * 1e-4 >= 0.01
    assert max(blocks) * 1e-4 < 0.1


def test_a_call_shorter_than_the_clock_can_tell_is_still_measured(clock):
    calls = iter(range(10**9))

    def tick():  # moves the clock at every 1000th call only
        clock.now += 0.001 if next(calls) % 1000 == 999 else 0.0

    ratio = time_ratio(tick, tick, pairs=7, min_seconds=0.01)
    assert ratio.low <= 1 <= ratio.high
    assert next(calls) < 1_000_000


def test_calls_with_other_results_are_not_compared(clock):
    slow, fast = clock.call("slow", 1.0, result=[1]), clock.call("fast", 1.0, result=[2])
    with pytest.raises(ValueError, match="must give the same result before they are compared"):
        time_ratio(slow, fast, same=lambda a, b: a == b)
    assert clock.order == ["slow", "fast"]


def test_calls_with_the_same_results_are_compared(clock):
    slow, fast = clock.call("slow", 2.0, result=[1]), clock.call("fast", 1.0, result=[1])
    assert time_ratio(slow, fast, same=lambda a, b: a == b).value == pytest.approx(2)


def test_the_garbage_collector_is_off_while_the_clock_runs(clock):
    seen = []

    def look():
        seen.append(gc.isenabled())
        clock.now += 1

    time_ratio(look, look, pairs=7)
    assert not any(seen[2:])
    assert gc.isenabled()


def test_the_garbage_collector_is_on_again_after_an_error(clock):
    calls = iter(range(100))

    def fail():
        clock.now += 1
        if next(calls) > 3:
            raise RuntimeError("the method failed")

    with pytest.raises(RuntimeError, match="the method failed"):
        time_ratio(fail, fail)
    assert gc.isenabled()


def test_real_calls_of_very_different_length_are_told_apart():
    ratio = time_ratio(lambda: sum(range(20_000)), lambda: sum(range(200)), pairs=7)
    assert ratio.low > 5


@unhurried
@given(rows=durations)
def test_turning_the_ratio_around_gives_its_inverse(rows):
    slow, fast = map(list, zip(*rows, strict=True))
    forward, backward = ratio_from_pairs(slow, fast), ratio_from_pairs(fast, slow)
    assert math.log(forward.value) == pytest.approx(-math.log(backward.value), abs=1e-9)
    assert forward.low * backward.high == pytest.approx(1)
    assert forward.low <= forward.value <= forward.high


@unhurried
@given(rows=durations, factor=st.floats(1e-3, 1e3))
def test_the_unit_of_the_durations_does_not_matter(rows, factor):
    slow, fast = map(np.array, zip(*rows, strict=True))
    assert ratio_from_pairs(factor * slow, factor * fast).value == pytest.approx(
        ratio_from_pairs(slow, fast).value
    )


@pytest.mark.parametrize(
    ("slow", "fast", "message"),
    [
        ([1.0] * 6, [1.0] * 6, "must hold at least 7 pairs, got 6"),
        ([1.0] * 8, [1.0] * 7, "must be pairs, got 8 and 7 durations"),
        ([1.0] * 7, [1.0] * 6 + [0.0], "must hold positive durations only"),
        ([1.0] * 6 + [-1.0], [1.0] * 7, "must hold positive durations only"),
        ([1.0] * 6 + [math.nan], [1.0] * 7, "NaN"),
    ],
)
def test_durations_that_make_no_ratio_are_refused(slow, fast, message):
    with pytest.raises(ValueError, match=message):
        ratio_from_pairs(slow, fast)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"pairs": 6}, ValueError, "pairs must be at least 7, got 6"),
        ({"pairs": 9.0}, TypeError, r"pairs must be a whole number, got 9\.0"),
        ({"pairs": True}, TypeError, "pairs must be a whole number, got True"),
        ({"slow": 3}, TypeError, "slow must be callable, got int"),
        ({"fast": None}, TypeError, "fast must be callable, got NoneType"),
    ],
)
def test_what_cannot_be_timed_is_refused(clock, arguments, error, message):
    calls = {"slow": clock.call("slow", 1.0), "fast": clock.call("fast", 1.0)}
    with pytest.raises(error, match=message):
        time_ratio(**calls | arguments)
    assert not clock.order


def test_a_call_that_sleeps_takes_no_seconds_of_the_processor():
    def work():
        sum(range(20_000))

    def work_and_sleep():
        work()
        time.sleep(0.02)

    assert time_ratio(work_and_sleep, work, pairs=7, min_seconds=0.002).low > 2
    assert time_ratio(work_and_sleep, work, pairs=7, min_seconds=0.002, cpu=True).value < 1.7
