"""Baselines, two models beside each other, and many of them."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.estimate import t_interval
from mlsdlib.evaluation import (
    best_of_k,
    corrected_resampled_t,
    majority_accuracy,
    paired_comparison,
    seasonal_naive,
)

numbers = st.floats(-1e6, 1e6)


# --- seasonal_naive ---


@settings(deadline=None)
@given(st.lists(st.one_of(numbers, st.just(math.nan)), min_size=1, max_size=40), st.data())
def test_a_forecast_uses_what_is_known_and_of_its_season(y, data):
    m = data.draw(st.integers(1, len(y)))
    h = data.draw(st.integers(1, 3 * m))
    forecast = seasonal_naive(y, m, h)
    for step, found in enumerate(forecast, start=1):
        back = len(y) - 1 + step
        while back >= len(y):  # the most recent time of the season that is known
            back -= m
        np.testing.assert_equal(found, y[back])


def test_with_the_horizon_of_one_season_it_is_the_last_season():
    y = np.arange(48.0)
    np.testing.assert_array_equal(seasonal_naive(y, 24, 24), y[24:])
    np.testing.assert_array_equal(seasonal_naive(y, 1, 3), [47, 47, 47])
    np.testing.assert_array_equal(seasonal_naive([1, np.nan], 2, 4), [1, np.nan, 1, np.nan])
    assert seasonal_naive(np.array([1, 2]), 2, 1).dtype == float


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1.0, 2.0], 3, 1), ValueError, "y must hold at least one season of 3 values, got 2"),
        (([], 1, 1), ValueError, "y must hold at least one season of 1 values, got 0"),
        (([1.0], 0, 1), ValueError, "m must be at least 1, got 0"),
        (([1.0], 1, 0), ValueError, "h must be at least 1, got 0"),
        (([1.0], 1.0, 1), TypeError, r"m must be a whole number, got 1\.0"),
        ((["a"], 1, 1), TypeError, "y must hold numbers"),
        (([[1.0]], 1, 1), ValueError, "y must be one-dimensional"),
    ],
)
def test_seasonal_naive_rejects(arguments, error, message):
    with pytest.raises(error, match=message):
        seasonal_naive(*arguments)


# --- corrected_resampled_t ---


def test_by_hand():
    d = [0.01, 0.03, 0.02, 0.02, 0.02]  # mean 0.02, variance 5e-5
    found = corrected_resampled_t(d, 80, 20)
    assert found.statistic == pytest.approx(0.02 / math.sqrt((1 / 5 + 1 / 4) * 5e-5))
    assert found.pvalue == pytest.approx(2 * stats.t.sf(found.statistic, 4))
    assert found.n == 5


@settings(deadline=None)
@given(st.lists(numbers, min_size=2, max_size=20).filter(lambda d: np.ptp(d) > 1e-3))
def test_without_test_rows_it_is_students_t(d):
    found = corrected_resampled_t(d, 1, 1e-300)
    peer = stats.ttest_1samp(d, 0)
    assert found.statistic == pytest.approx(peer.statistic, rel=1e-9)
    assert found.pvalue == pytest.approx(peer.pvalue, rel=1e-7)
    interval = t_interval(d)
    assert found.difference.low == pytest.approx(interval.low, rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(numbers, min_size=2, max_size=20),
    st.floats(0.01, 100),
)
def test_the_interval_and_the_p_value_say_the_same(d, ratio):
    found = corrected_resampled_t(d, 1, ratio)
    includes_zero = found.difference.low <= 0 <= found.difference.high
    if abs(found.pvalue - 0.05) > 1e-9:
        assert includes_zero == (found.pvalue > 0.05)


def test_two_splits_and_no_variance():
    two = corrected_resampled_t([1.0, 3.0], 1, 1)  # variance 2, share 3/2
    assert two.statistic == pytest.approx(2 / math.sqrt(3))
    for k in range(2, 20):  # whatever rounding makes of their mean
        assert corrected_resampled_t([0.1] * k, 90, 10).statistic == math.inf
    equal = corrected_resampled_t([0.1] * 10, 90, 10)
    assert (equal.statistic, equal.pvalue) == (math.inf, 0.0)
    assert equal.difference.low == equal.difference.high == pytest.approx(0.1)
    assert corrected_resampled_t([-0.1] * 10, 90, 10).statistic == -math.inf
    zero = corrected_resampled_t([0.0] * 10, 90, 10)
    assert (zero.statistic, zero.pvalue, zero.difference.value) == (0.0, 1.0, 0.0)


def test_models_that_are_equally_good_are_rarely_told_apart():
    """Two features of the same worth, a regression on each; what naive t makes of 30 splits."""
    rng = np.random.default_rng(0)
    naive, corrected = [], []
    for _ in range(300):
        a, b, e = rng.normal(size=(3, 100))
        y = a + b + e
        splits = np.argsort(rng.random((30, 100)), axis=1)
        train, test = splits[:, :80], splits[:, 80:]
        losses = []
        for x in (a, b):
            slope = (x[train] * y[train]).sum(1) / (x[train] ** 2).sum(1)
            losses.append(((y[test] - slope[:, None] * x[test]) ** 2).mean(1))
        d = losses[0] - losses[1]
        naive.append(stats.ttest_1samp(d, 0).pvalue)
        corrected.append(corrected_resampled_t(d, 80, 20).pvalue)
    assert np.mean(np.array(naive) < 0.05) > 0.3
    assert np.mean(np.array(corrected) < 0.05) < 0.1


@pytest.mark.parametrize(
    ("d", "sizes", "message"),
    [
        ([0.1], (1, 1), "differences must hold at least 2 values, got 1"),
        ([0.1, math.nan], (1, 1), "differences must hold finite numbers, got nan"),
        ([0.1, 0.2], (0, 1), "n_train must be positive, got 0"),
        ([0.1, 0.2], (1, -1), "n_test must be positive, got -1"),
        ([[0.1, 0.2]], (1, 1), "differences must be one-dimensional"),
    ],
)
def test_corrected_t_rejects(d, sizes, message):
    with pytest.raises(ValueError, match=message):
        corrected_resampled_t(d, *sizes)


# --- paired_comparison ---


def test_rows_are_students_paired_t():
    a, b = np.random.default_rng(1).normal(size=(2, 50))
    found, peer = paired_comparison(a, b), stats.ttest_rel(a, b)
    assert (found.statistic, found.pvalue) == pytest.approx((peer.statistic, peer.pvalue))
    low, high = peer.confidence_interval()
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high))
    assert found.n == 50


def test_zero_one_losses_are_mcnemars_in_the_long_run():
    rng = np.random.default_rng(2)
    a, b = rng.random((2, 4_000)) < [[0.22], [0.2]]
    only_a, only_b = np.sum(a & ~b), np.sum(b & ~a)
    exact = stats.binomtest(int(only_a), int(only_a + only_b)).pvalue
    assert paired_comparison(a, b).pvalue == pytest.approx(exact, abs=0.01)


@settings(deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=15).filter(
        lambda rows: len({round(a - b, 3) for a, b in rows}) > 1
    ),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
)
def test_groups_of_equal_size_are_their_means(pairs, size, random):
    means = np.array(pairs)
    rows = [(i, a + shift, b) for i, (a, b) in enumerate(pairs) for shift in np.arange(size) - 9]
    random.shuffle(rows)
    group, a, b = zip(*rows, strict=True)
    found = paired_comparison(a, b, by=[f"g{i}" for i in group])
    peer = t_interval(means[:, 0] - means[:, 1] + np.mean(np.arange(size) - 9))
    scale = 1e-7 * (1 + np.abs(means).max())
    for ours, theirs in zip((found.difference.low, found.difference.high), (peer.low, peer.high),
                            strict=True):  # fmt: skip
        assert ours == pytest.approx(theirs, rel=1e-6, abs=scale)
    assert found.n == len(pairs)


def test_rows_that_err_together_are_not_many_rows():
    """Two equal models whose errors last for a group of 20 rows."""
    rng = np.random.default_rng(3)
    by = np.repeat(np.arange(40), 20)
    rows, groups = [], []
    for _ in range(400):
        d = rng.normal(size=40)[by] + rng.normal(size=800)
        rows.append(paired_comparison(d, np.zeros(800)).pvalue)
        groups.append(paired_comparison(d, np.zeros(800), by=by).pvalue)
    assert np.mean(np.array(rows) < 0.05) > 0.4
    assert 0.02 < np.mean(np.array(groups) < 0.05) < 0.09


@pytest.mark.parametrize(
    ("a", "b", "by", "message"),
    [
        ([1.0, 2.0], [1.0], None, "loss_b must hold at least 2 values, got 1"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], None, "loss_a and loss_b must be as long as each other"),
        ([1.0, 2.0], [1.0, 2.0], ["x", "x"], "by must name at least two groups, got 1"),
        ([1.0, 2.0], [1.0, 2.0], ["x", None], "by must not hold nulls, got 1"),
        ([1.0, 2.0], [1.0, 2.0], ["x"], "loss_a and by must be as long as each other"),
    ],
)
def test_paired_comparison_rejects(a, b, by, message):
    with pytest.raises(ValueError, match=message):
        paired_comparison(a, b, by=by)


# --- majority_accuracy ---


def by_enumeration(p, n):
    """Every outcome of the vote."""
    total = 0.0
    for votes in product([0, 1], repeat=n):
        right = sum(votes)
        chance = p**right * (1 - p) ** (n - right)
        total += chance * (1.0 if right > n / 2 else 0.5 if right == n / 2 else 0.0)
    return total


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1), st.integers(1, 8))
def test_majority_is_the_sum_over_all_votes(p, n):
    assert majority_accuracy(p, n) == pytest.approx(by_enumeration(p, n), abs=1e-12)


def test_published_majorities():
    assert majority_accuracy(0.7, 3) == pytest.approx(0.784)
    assert majority_accuracy(0.45, 3) == pytest.approx(0.42525)
    assert majority_accuracy(0.7, 2) == pytest.approx(0.7)  # a coin settles every disagreement
    assert majority_accuracy(0.5, 101) == pytest.approx(0.5)
    np.testing.assert_allclose(
        majority_accuracy(0.7, 3, rho=[0.3, 0.6, 0.9]), [0.749, 0.724, 0.705], atol=5e-4
    )


@settings(deadline=None)
@given(st.floats(0, 1), st.integers(1, 50), st.floats(0, 1))
def test_laws_of_the_majority(p, n, rho):
    found = majority_accuracy(p, n, rho=rho)
    assert 0 <= found <= 1
    assert majority_accuracy(p, 1, rho=rho) == pytest.approx(p, abs=1e-6)
    assert majority_accuracy(1 - p, n, rho=rho) == pytest.approx(1 - found, abs=1e-6)
    assert majority_accuracy(p, n, rho=1.0) == p
    if p >= 0.5:  # alike members gain less than independent ones, and never less than one of them
        assert p - 1e-6 <= found <= majority_accuracy(p, n) + 1e-6


@pytest.mark.parametrize(("n", "rho"), [(2, 0.2), (5, 0.3), (12, 0.5), (7, 0.9), (101, 0.02)])
def test_correlated_votes_by_simulation(n, rho):
    rng = np.random.default_rng(4)
    shared, own = rng.normal(size=(40_000, 1)), rng.normal(size=(40_000, n))
    right = (math.sqrt(rho) * shared + math.sqrt(1 - rho) * own < stats.norm.ppf(0.65)).sum(axis=1)
    simulated = np.mean((right > n / 2) + 0.5 * (right == n / 2))
    assert majority_accuracy(0.65, n, rho=rho) == pytest.approx(simulated, abs=0.01)


def test_a_surface_is_computed_at_once():
    surface = majority_accuracy(np.array([[0.4], [0.6], [0.8]]), 5, rho=np.linspace(0, 1, 7))
    assert surface.shape == (3, 7)
    assert surface[1, 2] == majority_accuracy(0.6, 5, rho=1 / 3)
    assert (np.diff(surface[2]) < 0).all()
    assert (np.diff(surface[0]) > 0).all()  # below one half voting makes it worse


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"p": 1.2, "n": 3}, r"p must lie between 0 and 1, got 1\.2"),
        ({"p": math.nan, "n": 3}, "p must lie between 0 and 1, got nan"),
        ({"p": 0.7, "n": 0}, "n must be at least 1, got 0"),
        ({"p": 0.7, "n": 3, "rho": [-0.1]}, r"rho must lie between 0 and 1, got -0\.1"),
    ],
)
def test_majority_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        majority_accuracy(**arguments)


# --- best_of_k ---


def test_the_best_of_equals_promises_the_expected_maximum():
    k, n = 20, 400
    found = best_of_k(np.full(k, 0.8), n, repeats=4_000, rng=0)
    # The distribution of the largest of k binomials, exactly.
    at_most = stats.binom.cdf(np.arange(n + 1), n, 0.8) ** k
    expected = np.arange(n + 1) @ np.diff(at_most, prepend=0.0) / n
    assert found.reported.mean() == pytest.approx(expected, abs=0.001)
    assert (found.accuracy == 0.8).all()
    assert np.bincount(found.index, minlength=k).min() > 100  # anybody may win


def test_one_candidate_has_no_curse_and_a_clear_winner_wins():
    alone = best_of_k([0.8], 100, repeats=5_000, rng=1)
    assert alone.reported.mean() == pytest.approx(0.8, abs=0.003)
    clear = best_of_k([0.5, 0.99, 0.5], 500, repeats=100, rng=1)
    assert (clear.index == 1).all()
    assert (clear.accuracy == 0.99).all()


def test_more_candidates_and_fewer_rows_promise_more():
    def curse(k, n):
        found = best_of_k(np.linspace(0.78, 0.82, k), n, rng=2)
        return np.mean(found.reported - found.accuracy)

    assert curse(1_000, 500) > curse(10, 500) > curse(10, 5_000)
    assert curse(1_000, 500) == pytest.approx(0.05, abs=0.02)


def test_the_same_seed_gives_the_same_winners_in_blocks_too():
    many = best_of_k(np.full(1_500_000, 0.8), 100, repeats=3, rng=3)  # two at once
    assert (many.reported > 0.9).all()
    assert len(set(many.index.tolist())) == 3
    a, b = (best_of_k([0.8, 0.81], 100, repeats=50, rng=4) for _ in range(2))
    np.testing.assert_array_equal(a.reported, b.reported)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 10), "accuracy must hold at least 1 values, got 0"),
        (([1.5], 10), r"accuracy must lie between 0 and 1, got 1\.5"),
        (([0.5], 0), "n_val must be at least 1, got 0"),
    ],
)
def test_best_of_k_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        best_of_k(*arguments)
