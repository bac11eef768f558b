"""A/B tests: sizes, shares, traffic, and what the past explains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, norm

from mlsdlib import experiments

SHARES = st.floats(0.01, 0.99)


# --- how many ---


def test_sizes_are_the_published_ones():
    assert experiments.sample_size(0.05, 0.055) == 31_231
    assert experiments.sample_size(0.10, 0.11) == 14_749
    assert experiments.sample_size(0.10, 0.11, pooled=True) == 14_751


@given(SHARES, SHARES, st.booleans())
def test_a_size_does_not_care_which_arm_is_which(p, q, pooled):
    if abs(p - q) > 1e-3:
        sizes = [experiments.sample_size(*x, pooled=pooled) for x in ((p, q), (q, p))]
        assert abs(sizes[0] - sizes[1]) <= 1  # rounding of 1 - p


def test_more_is_asked_of_a_stricter_test_and_of_a_smaller_effect():
    usual = experiments.sample_size(0.05, 0.055)
    assert experiments.sample_size(0.05, 0.055, alpha=0.01) > usual
    assert experiments.sample_size(0.05, 0.055, power=0.9) > usual
    assert experiments.sample_size(0.05, 0.0525) / usual == pytest.approx(4, rel=0.05)


def test_the_size_gives_the_power_it_was_planned_for():
    p, q, runs = 0.1, 0.13, 4_000
    n = experiments.sample_size(p, q)
    rng = np.random.default_rng(0)
    a, b = rng.binomial(n, p, runs), rng.binomial(n, q, runs)
    found = experiments.two_proportion_test((a, b), (n, n)).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / runs))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((0.05, 0.05), {}, "p and q must differ"),
        ((0.0, 0.05), {}, "p must lie between 0 and 1, got 0"),
        ((0.05, 1.0), {}, "q must lie between 0 and 1, got 1"),
        ((0.1, 0.2), {"alpha": 0}, "alpha must lie between 0 and 1"),
        ((0.1, 0.2), {"power": 1.2}, "power must lie between 0 and 1"),
        ((0.1, 0.2), {"alpha": 0.1, "power": 0.05}, "power must be at least alpha"),
    ],
)
def test_bad_plans_are_errors(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        experiments.sample_size(*arguments, **options)


# --- two shares ---


def test_two_shares_are_compared_as_published():
    test = experiments.two_proportion_test((200, 250), (1_000, 1_000))
    assert test.statistic == pytest.approx(2.677398, abs=5e-7)
    assert test.pvalue == pytest.approx(0.00741965, abs=5e-9)
    assert test.difference == pytest.approx(0.05)
    assert test.n == 2_000


def test_the_unpooled_test_has_each_arm_its_variance():
    test = experiments.two_proportion_test((200, 250), (1_000, 1_000), pooled=False)
    error = np.sqrt(0.2 * 0.8 / 1_000 + 0.25 * 0.75 / 1_000)
    assert test.statistic == pytest.approx(0.05 / error)
    assert test.pvalue == pytest.approx(2 * norm.sf(0.05 / error))


@given(st.integers(0, 50), st.integers(0, 60))
def test_the_pooled_test_squared_is_chi_square_and_turns_with_the_arms(a, b):
    test = experiments.two_proportion_test((a, b), (50, 60))
    turned = experiments.two_proportion_test((b, a), (60, 50))
    assert turned.statistic == pytest.approx(-test.statistic, abs=1e-12)
    if 0 < a + b < 110:
        table = np.array([[a, 50 - a], [b, 60 - b]])
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / 110
        assert test.statistic**2 == pytest.approx(((table - expected) ** 2 / expected).sum())


def test_many_tests_at_once_are_the_tests_one_by_one():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 30, (2, 4, 5))
    many = experiments.two_proportion_test((a, b), (30, 40))
    for i in np.ndindex(4, 5):
        one = experiments.two_proportion_test((a[i], b[i]), (30, 40))
        assert (many.statistic[i], many.pvalue[i]) == pytest.approx((one.statistic, one.pvalue))
        assert isinstance(one.pvalue, float)
        assert one.n == 70


def test_where_nothing_varies_nothing_is_found():
    for successes in ((0, 0), (10, 20)):
        test = experiments.two_proportion_test(successes, (10, 20))
        assert (test.statistic, test.pvalue) == (0.0, 1.0)
    test = experiments.two_proportion_test((0, 20), (10, 20), pooled=False)
    assert (test.statistic, test.pvalue) == (np.inf, 0.0)


@pytest.mark.parametrize(
    ("successes", "trials", "error", "message"),
    [
        ((1, 2, 3), (9, 9), ValueError, "successes must hold two arms, got 3"),
        ((1, 2), (9,), ValueError, "trials must hold two arms, got 1"),
        ((1, 2), (0, 9), ValueError, "trials must be at least 1 in each arm"),
        ((10, 2), (9, 9), ValueError, "successes must not exceed trials"),
        ((-1, 2), (9, 9), ValueError, "must hold counts, got -1"),
        ((0.5, 2), (9, 9), ValueError, "must hold counts, got 0.5"),
        (("a", 2), (9, 9), TypeError, "must hold numbers"),
        ((np.nan, 2), (9, 9), ValueError, "must hold finite numbers"),
    ],
)
def test_bad_shares_are_errors(successes, trials, error, message):
    with pytest.raises(error, match=message):
        experiments.two_proportion_test(successes, trials)


# --- the traffic ---


@given(st.lists(st.integers(0, 500), min_size=2, max_size=6).filter(sum))
def test_the_mismatch_is_scipys_chi_square(observed):
    test = experiments.sample_ratio_mismatch(observed)
    expected = chisquare(observed)
    assert test.statistic == pytest.approx(expected.statistic)
    assert test.pvalue == pytest.approx(expected.pvalue)
    assert test.n == sum(observed)


def test_only_the_ratio_of_the_shares_counts():
    a = experiments.sample_ratio_mismatch([905, 95], [9, 1])
    b = experiments.sample_ratio_mismatch([905, 95], [0.9, 0.1])
    assert a.pvalue == pytest.approx(b.pvalue)
    assert a.pvalue == pytest.approx(chisquare([905, 95], [900, 100]).pvalue)
    assert experiments.sample_ratio_mismatch([500, 500], [9, 1]).pvalue < 1e-300


def test_a_tiny_p_stays_a_number():
    assert 0 < experiments.sample_ratio_mismatch([52_000, 48_000]).pvalue < 1e-30


def test_many_tests_of_traffic_at_once():
    observed = np.random.default_rng(0).poisson(100, (3, 4, 2))
    many = experiments.sample_ratio_mismatch(observed, [1, 1])
    assert many.pvalue.shape == many.n.shape == (3, 4)
    one = experiments.sample_ratio_mismatch(observed[1, 2])
    assert many.pvalue[1, 2] == pytest.approx(one.pvalue)


def test_sound_traffic_is_called_broken_as_often_as_the_level_says():
    observed = np.random.default_rng(1).multinomial(3_000, [0.5, 0.3, 0.2], size=20_000)
    p = experiments.sample_ratio_mismatch(observed, [5, 3, 2]).pvalue
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.007)


@pytest.mark.parametrize(
    ("observed", "shares", "error", "message"),
    [
        ([5], None, ValueError, "at least two arms, got 1"),
        ([0, 0], None, ValueError, "at least one unit in each test"),
        ([5, -5], None, ValueError, "observed must hold counts, got -5"),
        ([5, 5], [1, 0], ValueError, "shares must be positive, got 0"),
        ([5, 5], [1, 1, 1], ValueError, "one number for each of 2 arms"),
        ([], None, ValueError, "observed must have at least 1 axis, none empty"),
        (["a", "b"], None, TypeError, "observed must hold numbers"),
    ],
)
def test_bad_traffic_is_an_error(observed, shares, error, message):
    with pytest.raises(error, match=message):
        experiments.sample_ratio_mismatch(observed, shares)


# --- the past ---


@given(st.floats(-0.95, 0.95), st.integers(0, 99))
def test_what_is_left_is_one_minus_the_squared_correlation(rho, seed):
    rng = np.random.default_rng(seed)
    before = rng.normal(3, 2, 500)
    outcome = rho * before + np.sqrt(1 - rho**2) * rng.normal(size=500)
    result = experiments.cuped(outcome, before)
    correlation = np.corrcoef(outcome, before)[0, 1]
    assert result.variance_ratio == pytest.approx(1 - correlation**2)
    assert result.adjusted.mean() == pytest.approx(outcome.mean())
    assert np.corrcoef(result.adjusted, before)[0, 1] == pytest.approx(0, abs=1e-9)


def test_published_ratio_at_a_correlation_of_eight_tenths():
    rng = np.random.default_rng(0)
    before = rng.normal(size=200_000)
    outcome = 0.8 * before + 0.6 * rng.normal(size=200_000)
    assert experiments.cuped(outcome, before).variance_ratio == pytest.approx(0.36, abs=0.005)


def test_the_effect_stays_and_its_error_shrinks():
    rng = np.random.default_rng(0)
    effects = {"plain": [], "adjusted": []}
    for _ in range(300):
        arm, before = rng.integers(2, size=400), rng.normal(size=400)
        outcome = 0.3 * arm + 2 * before + rng.normal(size=400)
        adjusted = experiments.cuped(outcome, before).adjusted
        for name, x in (("plain", outcome), ("adjusted", adjusted)):
            effects[name].append(x[arm == 1].mean() - x[arm == 0].mean())
    plain, adjusted = effects["plain"], effects["adjusted"]
    assert np.mean(adjusted) == pytest.approx(0.3, abs=0.02)
    assert np.var(adjusted) < 0.3 * np.var(plain)


def test_a_past_that_never_varies_changes_nothing():
    result = experiments.cuped([1.0, 2.0, 4.0], [5, 5, 5])
    assert result.adjusted.tolist() == [1.0, 2.0, 4.0]
    assert (result.theta, result.variance_ratio) == (0.0, 1.0)
    assert experiments.cuped([2, 2, 2], [1, 2, 3]).variance_ratio == 1.0


@pytest.mark.parametrize(
    ("outcome", "before", "error", "message"),
    [
        ([1, 2, 3], [1, 2], ValueError, "outcome and before must be as long as each other"),
        ([1, 2], [1, 2], ValueError, "outcome must hold at least 3 numbers"),
        ([[1, 2, 3]], [1], ValueError, "outcome must hold at least 3 numbers"),
        ([1, 2, np.nan], [1, 2, 3], ValueError, "outcome must hold finite numbers"),
        ([1, 2, 3], ["a", "b", "c"], TypeError, "before must hold numbers"),
    ],
)
def test_bad_outcomes_are_errors(outcome, before, error, message):
    with pytest.raises(error, match=message):
        experiments.cuped(outcome, before)
