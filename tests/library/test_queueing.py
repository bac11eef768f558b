"""Queues: published values of Erlang's formula, and simulations that agree with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.queueing import (
    break_even_penalty,
    erlang_c,
    line_time,
    mean_wait,
    one_pool_time,
    simulate_line,
    simulate_pool,
    simulate_waits,
)

# ---- the formula


def erlang_b(servers, load):
    """Return the share that is lost, from Erlang C."""
    rho = load / servers
    c = erlang_c(servers, rho)
    return c * (1 - rho) / (1 - rho * c)


@pytest.mark.parametrize(
    ("servers", "load"),
    # Tables of traffic engineering: the load of which one call in a hundred is lost.
    [(5, 1.3608), (10, 4.4612), (20, 12.031), (50, 37.901), (100, 84.064)],
)
def test_the_tables_of_erlang_b(servers, load):
    assert erlang_b(servers, load) == pytest.approx(0.01, rel=5e-4)  # of rounded loads


def test_published_queues():
    # An eye clinic with three doctors (Gross and Harris, Fundamentals of queueing theory): six
    # patients an hour, twenty minutes each: Lq = 8/9, Wq = 4/27 of an hour.
    assert erlang_c(3, 2 / 3) == pytest.approx(4 / 9)
    assert mean_wait(3, 2 / 3) / 3 == pytest.approx(4 / 27)
    # A hospital with one doctor or two (Hillier and Lieberman): Wq = 2/3 and 1/24 of an hour.
    assert mean_wait(1, 2 / 3) / 3 == pytest.approx(2 / 3)
    assert mean_wait(2, 1 / 3) / 3 == pytest.approx(1 / 24)


@given(st.floats(0, 0.999))
def test_one_server_waits_as_it_works(rho):
    assert erlang_c(1, rho) == pytest.approx(rho)
    assert mean_wait(1, rho) == pytest.approx(rho / (1 - rho))
    assert erlang_c(2, rho) == pytest.approx(2 * rho**2 / (1 + rho))


@given(st.integers(1, 300), st.floats(0.01, 0.98))
def test_waiting_rises_with_utilisation_and_falls_with_servers(c, rho):
    assert 0 <= erlang_c(c, rho) <= erlang_c(c, rho + 0.01) <= 1
    assert erlang_c(c + 1, rho) <= erlang_c(c, rho)


def test_limits():
    assert erlang_c(4, 0) == 0
    assert erlang_c(4, 1 - 1e-9) == pytest.approx(1, abs=1e-6)
    assert 0 < erlang_c(100_000, 0.999) < 1  # no factorial overflows


# ---- the simulation


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.6), (4, 0.8), (16, 0.9)])
def test_simulated_waits_agree_with_the_formula(servers, rho):
    rng = np.random.default_rng(servers)
    gaps = rng.exponential(1 / (servers * rho), (200, 8_000))
    waits = simulate_waits(gaps, rng.exponential(1, gaps.shape), servers=servers)[:, 2_000:]
    for found, known in ((waits.mean(axis=1), mean_wait(servers, rho)),
                         ((waits > 0).mean(axis=1), erlang_c(servers, rho))):  # fmt: skip
        assert abs(found.mean() - known) < 4 * found.std() / np.sqrt(len(found))


def test_stages_in_a_row_wait_as_if_each_stood_alone():
    rng, rho, n = np.random.default_rng(3), 0.7, 6_000
    times = rng.exponential(1 / (2 * rho), (100, n)).cumsum(axis=1)
    for _ in range(3):
        gaps, runs = np.diff(times, axis=1, prepend=0), rng.exponential(1, times.shape)
        waits = simulate_waits(gaps, runs, servers=2)
        found = waits[:, 1_500:].mean(axis=1)
        assert abs(found.mean() - mean_wait(2, rho)) < 4 * found.std() / 10
        times = np.sort(times + waits + runs, axis=1)


def by_hand(gaps, runs, servers):
    free, now, waits = [0.0] * servers, 0.0, []
    for gap, run in zip(gaps, runs, strict=True):
        now += gap
        free.sort()
        start = max(now, free[0])
        waits.append(start - now)
        free[0] = start + run
    return waits


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(0, 30))
def test_simulated_waits_are_those_by_hand(seed, servers, n):
    rng = np.random.default_rng(seed)
    gaps, runs = rng.integers(0, 4, (2, n)).astype(float)
    assert simulate_waits(gaps, runs, servers=servers) == pytest.approx(
        by_hand(gaps, runs, servers)
    )


# ---- the pool


def test_a_fixed_pool_waits_as_the_formula_says():
    run = simulate_pool(np.full((300, 24), 2.8), run_s=300, servers=4, step_s=5, rng=0)
    assert run.wait.mean() == pytest.approx(mean_wait(4, 0.7), rel=0.06)
    assert (run.server_hours == 96).all()
    assert (run.ready == 4).all()
    assert (run.paid == 4).all()


def test_an_elastic_pool_has_what_was_wanted_all_through_its_boot():
    load = np.tile([1.0] * 8 + [12.0] * 16, (20, 1))
    run = simulate_pool(load, run_s=300, boot_s=90, spare=0.5, rng=1)
    paid = run.paid
    expected = np.minimum.reduce([paid[3:], paid[2:-1], paid[1:-2], paid[:-3]])
    assert np.array_equal(run.ready[3:], expected)
    assert (run.ready <= paid).all()
    assert run.server_hours == pytest.approx(paid.sum(axis=0) / 120)


def test_a_longer_boot_waits_longer_and_no_boot_waits_for_nothing():
    load = np.full((40, 24), 6.0)
    waits = [simulate_pool(load, run_s=300, boot_s=b, rng=2).wait.mean() for b in (0, 120, 600)]
    assert waits[0] == 0
    assert waits[0] < waits[1] < waits[2]


def test_a_day_without_jobs():
    run = simulate_pool(np.zeros((2, 24)), run_s=60, rng=0)
    assert (run.wait == 0).all()
    assert (run.server_hours == 24).all()  # one is always there


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: erlang_c(0, 0.5), ValueError, "servers must be at least 1, got 0"),
        (lambda: erlang_c(2.0, 0.5), TypeError, "servers must be a whole number"),
        (lambda: erlang_c(2, 1.0), ValueError, r"below 1, got 1\.0"),
        (lambda: mean_wait(2, -0.1), ValueError, r"utilisation must be at least 0"),
        (lambda: erlang_c(2, float("nan")), ValueError, "got nan"),
        (lambda: simulate_waits([1, 1], [1], servers=1), ValueError, r"got \(2,\) and \(1,\)"),
        (lambda: simulate_waits(1.0, 1.0, servers=1), ValueError, "same shape"),
        (lambda: simulate_waits([-1], [1], servers=1), ValueError, "gaps must be at least 0"),
        (lambda: simulate_waits([1], [np.nan], servers=1), ValueError, "run_times must be at"),
        (lambda: simulate_waits([1], [1], servers=0), ValueError, "servers must be at least 1"),
        (lambda: simulate_pool(np.ones(24), run_s=60), ValueError, "row of 24 numbers"),
        (lambda: simulate_pool(-np.ones((1, 24)), run_s=60), ValueError, "none negative"),
        (lambda: simulate_pool(np.ones((1, 24)), run_s=20), ValueError, "step_s must be positive"),
        (lambda: simulate_pool(np.ones((1, 24)), run_s=60, boot_s=-1), ValueError, "boot_s and"),
        (lambda: simulate_pool(np.ones((1, 24)), run_s=60, servers=0), ValueError, "servers must"),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- a line of specialists, or one pool


@given(st.integers(1, 20), st.floats(0, 0.95), st.floats(0, 5))
def test_a_line_takes_the_time_of_its_stages_one_by_one(c, rho, delay):
    alone = 1 + mean_wait(c, rho)
    assert line_time(c, rho, stages=4, delay=delay) == pytest.approx(4 * alone + 3 * delay)
    assert line_time(1, rho) == pytest.approx(3 / (1 - rho))


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7, 0.9])
def test_one_server_that_does_all_waits_as_pollaczek_and_khinchine_say(rho):
    # M/G/1: the mean wait is rho (1 + cv^2) / (2 (1 - rho)) run times.
    for penalty in (1.0, 1.1):
        b, run = rho * penalty, penalty
        exact = run * (1 + b * 2 / (2 * (1 - b)))
        assert one_pool_time(1, rho, stages=1, penalty=penalty) == pytest.approx(exact)


def test_unstable_queues_take_for_ever():
    assert line_time(3, 1.0) == one_pool_time(3, 0.8, penalty=1.25) == np.inf


@pytest.mark.parametrize(
    ("people", "rho", "penalty"), [(1, 0.7, 1.2), (1, 0.5, 1.0), (4, 0.7, 1.1)]
)
def test_the_simulation_agrees_with_both_formulas(people, rho, penalty):
    rng = np.random.default_rng(people)
    gaps, runs = (
        rng.exponential(1 / (people * rho), (150, 3_000)),
        rng.exponential(1, (150, 3, 3_000)),
    )
    line = simulate_line(gaps, runs, servers=people, delay=0.5)[:, 800:].mean(axis=1)
    alike = penalty * runs.sum(axis=1, keepdims=True)
    pool = simulate_line(gaps, alike, servers=3 * people)[:, 800:].mean(axis=1)
    for found, known, close in (
        (line, line_time(people, rho, delay=0.5), 0.0),
        (pool, one_pool_time(people, rho, penalty=penalty), 0.01),
    ):
        noise = 4 * found.std() / np.sqrt(len(found))
        assert abs(found.mean() - known) < noise + close * known  # the pool's formula is close


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 12))
def test_a_simulated_line_is_that_by_hand(seed, servers, n):
    rng = np.random.default_rng(seed)
    gaps, runs = rng.integers(0, 4, n).astype(float), rng.exponential(2, (3, n))
    came = now = gaps.cumsum()
    for stage in range(3):
        now = now + 0.25 * (stage > 0)
        order = sorted(range(n), key=lambda k: now[k])
        waits = by_hand(np.diff(now[order], prepend=0), runs[stage][order], servers)
        left = now.copy()
        for k, wait in zip(order, waits, strict=True):
            left[k] += wait + runs[stage][k]
        now = left
    found = simulate_line(gaps, runs, servers=servers, delay=0.25)
    assert found == pytest.approx(now - came)


@given(st.integers(1, 20), st.floats(0, 0.97), st.floats(0, 5))
def test_at_the_break_even_both_take_as_long(c, rho, delay):
    penalty = break_even_penalty(c, rho, delay=delay)
    assert penalty >= 1 - 1e-9
    line = line_time(c, rho, delay=delay)
    assert one_pool_time(c, rho, penalty=penalty * (1 - 1e-9)) == pytest.approx(line, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: line_time(1, 0.5, delay=-1), "delay must be at least 0"),
        (lambda: line_time(1, 0.5, stages=0), "stages must be at least 1"),
        (lambda: one_pool_time(1, 0.5, penalty=0), "penalty must be above 0"),
        (lambda: break_even_penalty(1, 1.0), r"below 1, got 1\.0"),
        (lambda: simulate_line([1, 1], [1, 1], servers=1), "one axis more"),
        (lambda: simulate_line([1, 1], [[1]], servers=1), "one axis more"),
        (lambda: simulate_line([1], [[1]], servers=1, delay=np.nan), "delay must be"),
    ],
)
def test_wrong_arguments_of_lines_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
