"""Estimates: published values, scipy as the peer, properties, and every error."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.estimate import (
    Estimate,
    bootstrap,
    median_interval,
    paired_t,
    t_interval,
    welch_t,
    wilson,
)

RNG = np.random.default_rng(20)
SKEWED = RNG.lognormal(size=40)
OTHER = RNG.lognormal(mean=0.3, size=25)

unhurried = settings(deadline=None)  # another process may have the core
numbers = st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: round(x, 6))
samples = st.lists(numbers, min_size=12, max_size=40)
pairs = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=30)
powers_of_two = st.sampled_from([0.125, 0.5, 2.0, 64.0])
levels = st.floats(0.5, 0.999)

ONE_SAMPLE = {
    "t": t_interval,
    "median": median_interval,
    "bootstrap": lambda x, **options: bootstrap(x, resamples=200, rng=0, **options),
}
MAKERS = ONE_SAMPLE | {
    "paired t": lambda x, **options: paired_t(x, np.zeros(len(x)), **options),
    "Welch t": lambda x, **options: welch_t(x, [0.0, 1.0, 5.0], **options),
}
by_maker = pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
by_one_sample = pytest.mark.parametrize("maker", ONE_SAMPLE.values(), ids=ONE_SAMPLE)


def ends(estimate):
    return [estimate.low, estimate.value, estimate.high]


# ---- exact values


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (10, 100, 0.0552291, 0.1743657),
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (1, 1, 0.2065493, 1.0),
    ],
)
def test_wilson_gives_the_published_interval(k, n, low, high):
    assert ends(wilson(k, n)) == pytest.approx([low, k / n, high], abs=1e-7)


@unhurried
@given(n=st.integers(1, 10**9), share=st.floats(0, 1), level=levels)
def test_wilson_agrees_with_scipy_and_encloses_its_value(n, share, level):
    k = round(share * n)
    found = wilson(k, n, level=level)
    peer = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert [found.low, found.high] == pytest.approx([peer.low, peer.high], abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_wilson_takes_narrow_numpy_integers():
    assert wilson(np.int16(10_000), np.int16(20_000)) == wilson(10_000, 20_000)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_t_interval_agrees_with_scipy(level):
    found = t_interval(SKEWED, level=level, unit="s")
    peer = stats.ttest_1samp(SKEWED, 0).confidence_interval(level)
    assert ends(found) == pytest.approx([peer.low, SKEWED.mean(), peer.high], rel=1e-12)
    assert (found.method, found.n, found.unit, found.level) == ("t", 40, "s", level)


def test_paired_t_agrees_with_scipy():
    a, b = SKEWED, SKEWED + RNG.normal(size=40)
    peer = stats.ttest_rel(a, b).confidence_interval(0.9)
    found = paired_t(a, b, level=0.9, unit="s")
    assert [found.low, found.high] == pytest.approx([peer.low, peer.high], rel=1e-12)
    assert (found.method, found.n, found.unit) == ("paired t", 40, "s")


def test_welch_t_agrees_with_scipy():
    peer = stats.ttest_ind(SKEWED, OTHER, equal_var=False).confidence_interval(0.95)
    found = welch_t(SKEWED, OTHER)
    assert [found.low, found.high] == pytest.approx([peer.low, peer.high], rel=1e-12)
    assert (found.method, found.n) == ("Welch t", 25)


def test_welch_t_survives_variances_whose_square_is_zero():
    tiny, big = welch_t([1e-90, 2e-90], [3e-90, 5e-90]), welch_t([1.0, 2.0], [3.0, 5.0])
    assert ends(tiny) == pytest.approx([1e-90 * end for end in ends(big)])


@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std], ids=lambda f: f.__name__)
def test_bootstrap_is_scipys_bca(statistic):
    found = bootstrap(SKEWED, statistic=statistic, resamples=500, level=0.9, rng=3)
    peer = stats.bootstrap(
        (SKEWED,),
        statistic,
        vectorized=True,
        n_resamples=500,
        confidence_level=0.9,
        method="BCa",
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert [found.low, found.high] == pytest.approx([peer.low, peer.high], rel=1e-12)
    assert (found.method, found.n) == ("bootstrap", 40)


def test_a_paired_bootstrap_resamples_rows():
    # Rows differ a lot, the two values of a row hardly: only whole rows show that.
    def difference(a, b, axis):
        return a.mean(axis=axis) - b.mean(axis=axis)

    rows, noise = np.arange(16.0), np.linspace(-0.1, 0.1, 16)
    apart = bootstrap(rows + noise, rows, statistic=difference, rng=0)
    together = bootstrap(rows + noise, rows, statistic=difference, paired=True, rng=0)
    assert apart.high - apart.low > 20 * (together.high - together.low) > 0


def test_a_bootstrap_of_a_constant_has_no_width():
    assert ends(bootstrap([2.0] * 5)) == [2, 2, 2]


def test_the_same_generator_gives_the_same_bootstrap():
    assert bootstrap(SKEWED, rng=7) == bootstrap(SKEWED, rng=np.random.default_rng(7))
    assert bootstrap(SKEWED, rng=7) != bootstrap(SKEWED, rng=8)


def coverage_of_median_interval(n, level):
    """The exact chance that the interval of n observations holds the true median."""
    low = median_interval(np.arange(n), level=level).low  # its rank, counted from 0
    return 1 - 2 * stats.binom.cdf(low, n, 0.5), 1 - 2 * stats.binom.cdf(low + 1, n, 0.5)


@pytest.mark.parametrize("n", [6, 7, 9, 15, 30, 101])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_median_interval_is_the_narrowest_that_covers(n, level):
    coverage, narrower = coverage_of_median_interval(n, level)
    assert coverage >= level - 1e-12
    assert narrower < level


def test_median_interval_needs_six_observations_for_95_percent():
    assert ends(median_interval([6, 2, 3, 4, 5, 1])) == [1, 3.5, 6]
    with pytest.raises(ValueError, match=r"x has 5 values: too few .* level 0\.95"):
        median_interval(range(5))


# ---- properties


@by_maker
@unhurried
@given(x=samples, level=levels)
def test_the_value_lies_in_its_interval(maker, x, level):
    assume(np.ptp(x) > 1e-3)
    found = maker(x, level=level)
    assert found.low <= found.value <= found.high


@by_maker
@unhurried
@given(x=samples)
def test_a_higher_level_is_never_narrower(maker, x):
    assume(np.ptp(x) > 1e-3)
    narrow, wide = maker(x, level=0.6), maker(x, level=0.9)
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@by_one_sample
@unhurried
@given(x=samples, factor=powers_of_two)
def test_scaling_the_data_scales_the_interval(maker, x, factor):
    assume(np.ptp(x) > 1e-3)
    scaled = maker([factor * value for value in x])
    assert ends(scaled) == pytest.approx([factor * end for end in ends(maker(x))], rel=1e-9)


@pytest.mark.parametrize("maker", [t_interval, median_interval])
@unhurried
@given(x=samples, shift=numbers)
def test_shifting_the_data_shifts_the_interval(maker, x, shift):
    shifted = maker([value + shift for value in x])
    assert ends(shifted) == pytest.approx([end + shift for end in ends(maker(x))], abs=1e-6)


@pytest.mark.parametrize("maker", [paired_t, welch_t])
@unhurried
@given(rows=pairs)
def test_exchanging_the_samples_turns_the_difference_around(maker, rows):
    a, b = zip(*rows, strict=True)
    forward, backward = maker(a, b), maker(b, a)
    assert ends(forward) == pytest.approx([-end for end in reversed(ends(backward))])


@unhurried
@given(low=numbers, width=st.floats(0, 100), part=st.floats(0, 1))
def test_map_keeps_the_interval_in_order(low, width, part):
    estimate = Estimate(min(low + part * width, low + width), low, low + width)
    assert estimate.map(lambda x: -x) == Estimate(-estimate.value, -estimate.high, -low)


# ---- the estimate itself


def test_an_estimate_holds_floats_that_nobody_can_change():
    estimate = Estimate(np.int64(2), np.float32(1), 3, unit="s")
    assert [type(end) for end in ends(estimate)] == [float] * 3
    with pytest.raises(AttributeError):
        estimate.value = 5.0


def test_an_estimate_may_have_open_ends():
    assert str(Estimate(1, -math.inf, math.inf)) == "1 [-inf, inf]"


@pytest.mark.parametrize(
    ("numbers", "error", "message"),
    [
        ((math.nan, 0, 1), ValueError, "value must not be NaN"),
        ((0, math.nan, 1), ValueError, "low must not be NaN"),
        ((2, 0, 1), ValueError, "low <= value <= high must hold, got low=0, value=2, high=1"),
        (("1", 0, 1), TypeError, "value must be a number, got str"),
        ((True, 0, 1), TypeError, "value must be a number, got bool"),
        ((0, 0, None), TypeError, "high must be a number, got NoneType"),
    ],
)
def test_an_estimate_refuses_what_is_no_interval(numbers, error, message):
    with pytest.raises(error, match=message):
        Estimate(*numbers)


# ---- errors


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, math.nan])
@pytest.mark.parametrize(
    "make",
    [
        lambda level: Estimate(0, 0, 0, level=level),
        lambda level: wilson(1, 2, level=level),
        *(lambda level, make=make: make(SKEWED, level=level) for make in MAKERS.values()),
    ],
)
def test_a_level_outside_0_and_1_is_refused(make, level):
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        make(level)


@by_maker
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0, math.nan, 3.0], ValueError, "must not hold NaN, got 1"),
        ([], ValueError, "must hold at least"),
        ([[1.0, 2.0], [3.0, 4.0]], ValueError, r"must be one-dimensional, got shape \(2, 2\)"),
        (["a", "b"], TypeError, "must hold numbers, got dtype"),
    ],
)
def test_what_is_no_sample_is_refused(maker, x, error, message):
    with pytest.raises(error, match=message):
        maker(x)


@pytest.mark.parametrize("maker", [t_interval, bootstrap])
def test_one_observation_is_too_few(maker):
    with pytest.raises(ValueError, match="must hold at least 2 values, got 1"):
        maker([1.0])


def test_paired_samples_must_be_as_long_as_each_other():
    with pytest.raises(ValueError, match="a and b must be pairs: got 2 and 3 values"):
        paired_t([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="as long as each other when paired, got 2, 3"):
        bootstrap([1.0, 2.0], [1.0, 2.0, 3.0], paired=True)


@pytest.mark.parametrize(
    ("k", "n", "error", "message"),
    [
        (1.0, 2, TypeError, r"k must be a whole number, got 1\.0"),
        (1, True, TypeError, "n must be a whole number, got True"),
        (3, 2, ValueError, "got k=3, n=2"),
        (-1, 2, ValueError, "got k=-1, n=2"),
        (0, 0, ValueError, "got k=0, n=0"),
    ],
)
def test_wilson_refuses_what_is_no_count(k, n, error, message):
    with pytest.raises(error, match=message):
        wilson(k, n)


def test_a_bootstrap_needs_samples_and_resamples():
    with pytest.raises(ValueError, match="samples must hold at least one array, got none"):
        bootstrap()
    with pytest.raises(ValueError, match="resamples must be at least 100, got 99"):
        bootstrap(SKEWED, resamples=99)
    with pytest.raises(TypeError, match=r"resamples must be a whole number, got 200\.5"):
        bootstrap(SKEWED, resamples=200.5)


def test_a_statistic_that_does_not_vary_has_no_bootstrap_interval():
    with pytest.raises(ValueError, match="the statistic does not vary or is NaN"):
        bootstrap([1, 1, 1, 1, 5], statistic=np.median)
