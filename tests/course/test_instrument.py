"""The verdict instrument is measured: how often it is wrong, and how often it finds an effect.

Sizes are those that a notebook would use. The seed is one for all, and was not chosen.
"""

import math
from collections import Counter
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from mlsdlib import timing
from mlsdlib.course.claim import decide
from mlsdlib.estimate import bootstrap, median_interval, paired_t, t_interval, welch_t, wilson

SEED = 2026
EXPERIMENTS = 200
LEVEL = 0.95
AT_MOST = 0.05


@pytest.fixture
def report(record_property):
    """Note a row of the table that is printed after the tests."""

    def note(kind, name, shares, promised=""):
        shown = "  ".join(f"{word} {share:6.1%}" for word, share in shares.items())
        record_property("instrument", f"{kind:<6} {name:<52} {shown}  {promised}")

    return note


# ---- the measurements: each takes a generator and an effect beyond the truth


def draw_t(rng, effect=0.0, n=30):
    return t_interval(rng.normal(5 + effect, 1, size=n))


def draw_paired(rng, effect=0.0, n=20):
    days = rng.normal(100, 10, size=n)
    return paired_t(days + rng.normal(5 + effect, 1, size=n), days)


def draw_welch(rng, effect=0.0, n=40):
    return welch_t(rng.normal(5 + effect, 1, size=n), rng.normal(0, 1, size=n))


def draw_welch_unequal(rng):
    return welch_t(rng.normal(5, 3, size=15), rng.normal(0, 1, size=60))


def draw_wilson(rng, effect=0.0, n=400, share=0.1):
    return wilson(int(rng.binomial(n, share + effect)), n)


def draw_wilson_rare(rng):
    return wilson(int(rng.binomial(2_000, 0.01)), 2_000)


def draw_bootstrap(rng, effect=0.0, n=200):
    return bootstrap(rng.normal(5 + effect, 1, size=n), rng=rng)


def draw_bootstrap_exponential(rng):
    return bootstrap(rng.exponential(5, size=200), rng=rng)


def draw_bootstrap_lognormal(rng):
    return bootstrap(rng.lognormal(math.log(5) - 0.5, 1, size=500), rng=rng)


def draw_bootstrap_ratio(rng):
    def ratio(a, b, axis):
        return a.mean(axis=axis) / b.mean(axis=axis)

    rows = rng.exponential(1, size=300)
    return bootstrap(
        5 * rows * rng.lognormal(-0.02, 0.2, 300), rows, statistic=ratio, paired=True, rng=rng
    )


def draw_median(rng, effect=0.0, n=50):
    return median_interval(5 + effect + rng.standard_exponential(n) - math.log(2))


def draw_pairs(rng, effect=0.0, *, pairs=15, noise=0.2, drift=0.0, stalls=0.0):
    """`time_ratio` itself, on a machine that is noisy, slows down and stalls.

    The slow call takes 5 times as long as the fast one; `effect` is added to that 5.
    """
    machine = SimpleNamespace(now=0.0, calls=0)

    def call(length):
        def run():
            stall = 10 if rng.random() < stalls else 1
            machine.now += length * rng.lognormal(drift * machine.calls, noise) * stall
            machine.calls += 1

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: machine.now))
        return timing.time_ratio(call(5.0 + effect), call(1.0), pairs=pairs, min_seconds=0)


NULLS = {
    "t, n 30": (draw_t, 5),
    "paired t, n 20": (draw_paired, 5),
    "Welch t, n 40 and 40": (draw_welch, 5),
    "Welch t, n 15 and 60, variance 9 and 1": (draw_welch_unequal, 5),
    "Wilson, 10 % of 400": (draw_wilson, 0.1),
    "Wilson, 1 % of 2000": (draw_wilson_rare, 0.01),
    "bootstrap of a mean, normal, n 200": (draw_bootstrap, 5),
    "bootstrap of a mean, exponential, n 200": (draw_bootstrap_exponential, 5),
    "bootstrap of a mean, lognormal, n 500": (draw_bootstrap_lognormal, 5),
    "paired bootstrap of a ratio, n 300": (draw_bootstrap_ratio, 5),
    "median interval, exponential, n 50": (draw_median, 5),
    "timed pairs, 15": (draw_pairs, 5),
    "timed pairs, 9": (lambda rng: draw_pairs(rng, pairs=9), 5),
    "timed pairs, 7": (lambda rng: draw_pairs(rng, pairs=7), 5),
    "timed pairs, 15, noise 50 %": (lambda rng: draw_pairs(rng, noise=0.5), 5),
    "timed pairs, 15, 5 % slower at every call": (lambda rng: draw_pairs(rng, drift=0.05), 5),
    "timed pairs, 15, 5 % faster at every call": (lambda rng: draw_pairs(rng, drift=-0.05), 5),
    "timed pairs, 15, one call in ten stalls": (lambda rng: draw_pairs(rng, stalls=0.1), 5),
}


@cache
def experiments(draw, count):
    """The estimates of all experiments; both sides of a threshold are read off the same ones."""
    rng = np.random.default_rng(SEED)
    return [draw(rng) for _ in range(count)]


def shares_of(draw, count=EXPERIMENTS, **threshold):
    """The share of each verdict over the experiments."""
    verdicts = Counter(decide(estimate, **threshold) for estimate in experiments(draw, count))
    return {verdict: verdicts[verdict] / count for verdict in ("holds", "fails")}


@pytest.mark.parametrize("side", ["above", "below"])
@pytest.mark.parametrize(
    "name",  # both sides in one worker, where the experiments are made once
    [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NULLS],
)
def test_at_the_threshold_itself_few_claims_hold(report, name, side):
    draw, truth = NULLS[name]
    shares = shares_of(draw, **{side: truth})
    report("null", f"{name}, {side}", shares)
    assert shares["holds"] <= AT_MOST


@pytest.mark.parametrize("end", [0, 1], ids=["lower end", "upper end"])
def test_at_the_end_of_a_range_few_claims_hold(report, end):
    between = [(5, 6), (4, 5)][end]
    shares = shares_of(draw_t, between=between)
    report("null", f"t, n 30, between {between[0]} and {between[1]}", shares)
    assert shares["holds"] <= AT_MOST


# ---- power, from theory


def power_t(effect, n, freedom, samples=1):
    """The chance that the lower end of a t interval lies above the threshold, noise of 1."""
    return stats.nct.sf(
        stats.t.ppf((1 + LEVEL) / 2, freedom), freedom, effect * math.sqrt(n / samples)
    )


def power_wilson(effect, n, share):
    found = [k for k in range(n + 1) if wilson(k, n).low > share]
    return stats.binom.pmf(found, n, share + effect).sum()


def power_median(n, below):
    """`below` holds for each group of observations its size and its chance to lie below."""
    k = int(median_interval(np.arange(n)).low) + 1  # the k-th smallest is the lower end
    count = np.ones(1)
    for size, chance in below:
        count = np.convolve(count, stats.binom.pmf(range(size + 1), size, chance))
    return count[:k].sum()


def power_pairs(effect, *, pairs=15, noise=0.2, drift=0.0):
    """Pairs take turns in going first: drift helps one half and hurts the other."""
    gain, spread = math.log((5 + effect) / 5), math.sqrt(2) * noise
    first = (pairs + 1) // 2
    groups = [(first, gain - drift), (pairs - first, gain + drift)]
    return power_median(pairs, [(size, stats.norm.cdf(0, mean, spread)) for size, mean in groups])


POWERS = {
    "t, n 30, effect 0.6": (lambda rng: draw_t(rng, 0.6), power_t(0.6, 30, 29), 5),
    "paired t, n 20, effect 0.6": (lambda rng: draw_paired(rng, 0.6), power_t(0.6, 20, 19), 5),
    "Welch t, n 40 and 40, effect 0.7": (
        lambda rng: draw_welch(rng, 0.7),
        power_t(0.7, 40, 78, samples=2),
        5,
    ),
    "Wilson, 14 % of 400 against 10 %": (
        lambda rng: draw_wilson(rng, 0.04),
        power_wilson(0.04, 400, 0.1),
        0.1,
    ),
    "bootstrap of a mean, n 200, effect 0.2": (
        lambda rng: draw_bootstrap(rng, 0.2),
        power_t(0.2, 200, 199),
        5,
    ),
    "median interval, n 50, effect 0.4": (
        lambda rng: draw_median(rng, 0.4),
        power_median(50, [(50, stats.expon.cdf(math.log(2) - 0.4))]),
        5,
    ),
    "timed pairs, 15, ratio 6.5 against 5": (
        lambda rng: draw_pairs(rng, 1.5),
        power_pairs(1.5),
        5,
    ),
    "timed pairs, 15, the same on a slowing machine": (
        lambda rng: draw_pairs(rng, 1.5, drift=0.05),
        power_pairs(1.5, drift=0.05),
        5,
    ),
    "timed pairs, 7, ratio 15 against 5, noise 50 %": (
        lambda rng: draw_pairs(rng, 10, pairs=7, noise=0.5),
        power_pairs(10, pairs=7, noise=0.5),
        5,
    ),
}


@pytest.mark.parametrize("name", POWERS)
def test_a_true_effect_is_found_as_often_as_theory_promises(report, name):
    draw, promised, threshold = POWERS[name]
    count = EXPERIMENTS if "bootstrap" in name else 5 * EXPERIMENTS  # the others are cheap
    shares = shares_of(draw, count, above=threshold)
    low, high = stats.binom.interval(0.999, count, promised) / np.array(count)
    report("power", name, shares, f"promised {promised:.1%}, takes {low:.1%} to {high:.1%}")
    assert 0.3 < promised < 0.99, "a power near 0 or 1 would test nothing"
    assert low <= shares["holds"] <= high


def test_a_timing_claim_twice_over_its_threshold_is_safe(report):
    """A ratio of 10 against 5, noise 20 %: the margin that the design asks of a timing claim."""
    shares = shares_of(lambda rng: draw_pairs(rng, 5, drift=0.05), above=5)
    report("power", "timed pairs, 15, ratio 10 against 5, slowing", shares)
    assert shares["holds"] == 1


# ---- why the median of few pairs has an exact interval


def exact_error_of_the_percentile_bootstrap(n):
    """The chance that its lower end lies above the true median: no simulation, no resampling.

    The bootstrap median of n (odd) values is one of them: at most the j-th smallest if more than
    half of n draws are among the j smallest.
    """
    at_most = stats.binom.sf(n // 2, n, np.arange(1, n + 1) / n)
    rank = int(np.argmax(at_most >= (1 - LEVEL) / 2)) + 1
    return stats.binom.cdf(rank - 1, n, 0.5)


def test_the_percentile_bootstrap_of_a_median_of_7_pairs_would_be_wrong_too_often(report):
    def percentile(rng):
        ratios = rng.lognormal(math.log(5), 0.3, size=7)
        found = stats.bootstrap(
            (ratios,), np.median, method="percentile", n_resamples=2_000, rng=rng
        ).confidence_interval
        return SimpleNamespace(low=found.low, high=found.high)

    shares = shares_of(percentile, above=5)
    error = exact_error_of_the_percentile_bootstrap(7)
    exact = 1 - power_median(7, [(7, 0.5)])
    report(
        "null",
        "percentile bootstrap of the median, n 7",
        shares,
        f"exactly {error:.2%}; the interval used: {1 - exact:.2%}",
    )
    assert error == pytest.approx(8 / 128)
    assert error > AT_MOST > (1 - LEVEL) / 2 > 1 - exact
