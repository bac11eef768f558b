"""Abstaining, and sets and intervals that keep their promise, or break it where they must."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from mlsdlib.evaluation import (
    conformal_coverage,
    conformal_interval,
    conformal_quantile,
    conformal_sets,
    risk_coverage,
)

# --- risk_coverage ---

answers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=30)


@settings(deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_the_curve_is_the_definition_whatever_the_order(rows, random):
    loss, confidence = map(np.array, zip(*rows, strict=True))
    curve = risk_coverage(loss, confidence)
    assert curve.threshold.tolist() == sorted(set(confidence.tolist()), reverse=True)
    for threshold, coverage, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        answered = confidence >= threshold
        assert (coverage, risk) == pytest.approx((answered.mean(), loss[answered].mean()))
    random.shuffle(rows)
    shuffled = risk_coverage(*map(np.array, zip(*rows, strict=True)))
    assert shuffled.aurc == pytest.approx(curve.aurc)
    np.testing.assert_allclose(shuffled.risk, curve.risk)


@settings(deadline=None)
@given(answers)
def test_the_area_is_the_mean_over_orders_of_ties(rows):
    loss, confidence = map(np.array, zip(*rows, strict=True))
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(300):
        order = np.lexsort([rng.random(len(loss)), -confidence])
        areas.append(np.mean(np.cumsum(loss[order]) / np.arange(1, len(loss) + 1)))
    spread = np.std(areas) / math.sqrt(300)
    assert risk_coverage(loss, confidence).aurc == pytest.approx(
        np.mean(areas), abs=5 * spread + 1e-9
    )


def test_known_curves():
    best = risk_coverage([0, 0, 0, 1], [4, 3, 2, 1])
    assert best.risk.tolist() == [0, 0, 0, 0.25]
    assert best.aurc == 1 / 16
    worst = risk_coverage([0, 0, 0, 1], [1, 2, 3, 4])
    assert worst.aurc == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    blind = risk_coverage([0, 0, 0, 1], [1, 1, 1, 1])  # declines at random: the baseline
    assert (blind.coverage.tolist(), blind.risk.tolist(), blind.aurc) == ([1], [0.25], 0.25)


@pytest.mark.parametrize(
    ("loss", "confidence", "message"),
    [
        ([], [], "loss must hold at least 1 values, got 0"),
        ([1], [0.1, 0.2], r"loss and confidence must be as long as each other, got \[1, 2\]"),
        ([1], [math.nan], "confidence must hold finite numbers, got nan"),
    ],
)
def test_risk_coverage_rejects(loss, confidence, message):
    with pytest.raises(ValueError, match=message):
        risk_coverage(loss, confidence)


# --- conformal_quantile ---


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40), st.integers(1, 99))
def test_the_quantile_is_the_least_that_keeps_the_promise(scores, percent):
    alpha = percent / 100
    found = conformal_quantile(scores, alpha)
    # In whole numbers: k * 100 >= (n + 1) * (100 - percent).
    k = -(-(len(scores) + 1) * (100 - percent) // 100)
    assert found == (sorted(scores)[k - 1] if k <= len(scores) else math.inf)


def test_how_many_rows_a_promise_takes():
    assert conformal_quantile(np.arange(9.0), 0.1) == 8  # 10 * 0.9 is 9: the largest of nine
    assert conformal_quantile(np.arange(8.0), 0.1) == math.inf
    assert conformal_quantile(np.arange(9.0), 0.7) == 2  # 10 * (1 - 0.7) is 3.0000000000000004
    assert conformal_quantile(np.arange(19.0), 0.05) == 18
    assert conformal_quantile(np.arange(18.0), 0.05) == math.inf


@pytest.mark.parametrize(
    ("scores", "alpha", "message"),
    [
        ([], 0.1, "scores must hold at least 1 values, got 0"),
        ([math.inf], 0.1, "scores must hold finite numbers, got inf"),
        ([1.0], 0, "alpha must lie between 0 and 1, got 0"),
        ([1.0], 1.0, r"alpha must lie between 0 and 1, got 1\.0"),
    ],
)
def test_conformal_quantile_rejects(scores, alpha, message):
    with pytest.raises(ValueError, match=message):
        conformal_quantile(scores, alpha)


# --- intervals ---


@pytest.mark.parametrize("n", [9, 20, 57])
@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_coverage_lies_between_the_promise_and_one_row_more(n, alpha):
    rng = np.random.default_rng(0)
    runs = 4_000
    covered = 0
    for y in rng.standard_cauchy((runs, n + 1)):  # no mean, no variance: it does not matter
        low, high = conformal_interval(y[:n], np.zeros(n), [0.0], alpha=alpha)[0]
        covered += low <= y[n] <= high
    error = 4 * math.sqrt(alpha * (1 - alpha) / runs)
    assert 1 - alpha - error <= covered / runs <= 1 - alpha + 1 / (n + 1) + error


def test_intervals_by_hand():
    y, pred = [10.0, 20.0, 30.0, 40.0], [11.0, 18.0, 33.0, 36.0]  # residuals 1, 2, 3, 4
    found = conformal_interval(y, pred, [100.0, 7.0], alpha=0.4)  # the third of four
    np.testing.assert_allclose(found, [[97, 103], [4, 10]])
    found = conformal_interval(
        y, pred, [100.0, 7.0], alpha=0.4, scale_cal=[1.0, 4.0, 1.0, 2.0], scale=[1.0, 0.5]
    )  # residuals 1, 0.5, 3, 2
    np.testing.assert_allclose(found, [[98, 102], [6, 8]])


def heteroscedastic(rng, n, shift=0.0):
    x = rng.uniform(0, 1, n)
    return x, shift + rng.normal(size=n) * (0.2 + 2 * x)


def test_scaled_intervals_are_wide_where_errors_are():
    rng = np.random.default_rng(1)
    x_cal, y_cal = heteroscedastic(rng, 2_000)
    x, y = heteroscedastic(rng, 20_000)
    flat = conformal_interval(y_cal, 0 * x_cal, 0 * x)
    scaled = conformal_interval(
        y_cal, 0 * x_cal, 0 * x, scale_cal=0.2 + 2 * x_cal, scale=0.2 + 2 * x
    )
    hard = x > 0.8
    grid = np.linspace(0, 1, 10_001)

    def true_coverage(half):
        return 1 - 2 * stats.norm.sf(half / (0.2 + 2 * grid))

    half = optimize.brentq(lambda half: true_coverage(half).mean() - 0.9, 0, 10)
    of_flat = true_coverage(half)[grid > 0.8].mean(), 0.9, true_coverage(half)[grid < 0.2].mean()
    for intervals, expected in ((flat, of_flat), (scaled, (0.9, 0.9, 0.9))):
        covered = (intervals[:, 0] <= y) & (y <= intervals[:, 1])
        found = covered[hard].mean(), covered.mean(), covered[x < 0.2].mean()
        assert found == pytest.approx(expected, abs=0.025)
    width = np.diff(scaled)[:, 0]
    assert width[hard].min() > 2.9 * width[x < 0.2].max()  # (0.2 + 1.6) / (0.2 + 0.4) is 3
    assert np.ptp(np.diff(flat)) < 1e-12


def test_the_promise_breaks_when_the_world_moves():
    rng = np.random.default_rng(2)
    x_cal, y_cal = heteroscedastic(rng, 1_000)
    x, y = heteroscedastic(rng, 1_000, shift=2.0)
    low, high = conformal_interval(y_cal, 0 * x_cal, 0 * x).T
    covered = np.mean((low <= y) & (y <= high))
    assert covered < conformal_coverage(1_000, 0.1, n_test=1_000, level=0.999).low


def test_too_few_rows_promise_nothing_but_everything():
    low, high = conformal_interval([1.0], [1.0], [2.0, 3.0], alpha=0.1).T
    assert (low == -math.inf).all()
    assert (high == math.inf).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pred_cal": [1.0]}, r"y_cal and pred_cal must be as long as each other, got \[2, 1\]"),
        ({"scale": [1.0]}, "scale_cal must be given too: scale_cal and scale go together"),
        ({"scale_cal": [1.0, 1.0]}, "scale must be given too"),
        ({"scale_cal": [1.0, 0.0], "scale": [1.0]}, "scale_cal must be positive, got 0"),
        ({"scale_cal": [1.0, 1.0], "scale": [-1.0]}, "scale must be positive, got -1"),
        ({"scale_cal": [1.0], "scale": [1.0]}, "y_cal and scale_cal must be as long"),
        ({"scale_cal": [1.0, 1.0], "scale": [1.0, 1.0]}, "pred and scale must be as long"),
        ({"pred": []}, "pred must hold at least 1 values, got 0"),
        ({"y_cal": [1.0, math.nan]}, "y_cal must hold finite numbers, got nan"),
    ],
)
def test_intervals_reject(options, message):
    usual = {"y_cal": [1.0, 2.0], "pred_cal": [1.0, 2.0], "pred": [1.0]}
    with pytest.raises(ValueError, match=message):
        conformal_interval(**usual | options)


# --- sets ---


def classes(rng, n, temperature=1.0):
    """Return labels and probabilities of four classes; they are right at temperature 1."""
    logits = rng.normal(size=(n, 4)) * rng.uniform(0.2, 4, (n, 1))
    y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    odds = np.exp(logits / temperature)
    return y, odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("score", ["lac", "aps"])
@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_sets_hold_the_truth_as_promised_even_of_a_bad_model(score, temperature):
    rng = np.random.default_rng(3)
    coverages = []
    for _ in range(300):
        y, p = classes(rng, 149, temperature)
        sets = conformal_sets(y[:49], p[:49], p[49:], alpha=0.2, score=score, rng=rng)
        coverages.append(sets[np.arange(100), y[49:]].mean())
    assert np.mean(coverages) == pytest.approx(0.8, abs=0.015)


def test_one_is_small_and_the_other_even():
    rng = np.random.default_rng(4)
    (y_cal, p_cal), (y, p) = classes(rng, 4_000), classes(rng, 20_000)
    fifth = np.digitize(p.max(axis=1), np.quantile(p.max(axis=1), [0.2, 0.4, 0.6, 0.8]))
    sizes, spread = {}, {}
    for score in ("lac", "aps"):
        sets = conformal_sets(y_cal, p_cal, p, score=score, rng=5)
        covered = sets[np.arange(len(y)), y]
        by_rank = np.take_along_axis(sets, np.argsort(-p, axis=1), axis=1)
        assert (by_rank[:, 1:] <= by_rank[:, :-1]).all()  # none without the more probable ones
        sizes[score] = sets.sum(axis=1).mean()
        spread[score] = np.ptp(np.bincount(fifth, covered) / np.bincount(fifth))
    assert sizes["lac"] < sizes["aps"]
    assert 3 * spread["aps"] < spread["lac"]


def test_lac_by_hand():
    p_cal = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]]  # strangeness 0.1, 0.2, 0.3, 0.6
    p = [[0.7, 0.3], [0.69, 0.31]]
    sets = conformal_sets([0, 0, 1, 0], p_cal, p, alpha=0.4)
    np.testing.assert_array_equal(sets, [[True, False], [False, False]])
    assert conformal_sets([0, 0, 1, 0], p_cal, p, alpha=0.1).all()  # four rows are too few


def test_aps_by_hand():
    class Half(np.random.Generator):
        def random(self, size):
            return np.full(size, 0.5)

    p_cal = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]
    half = Half(np.random.PCG64(0))
    # The mass before the true class and half of its own: 0.65, 0.3, 0.7 (ties in order).
    p = [[0.05, 0.25, 0.7], [0.8, 0.05, 0.15]]  # 0.975 0.825 0.35, 0.4 0.975 0.875
    for alpha, least in ((0.5, 0.65), (0.25, 0.7)):
        sets = conformal_sets([1, 1, 0], p_cal, p, alpha=alpha, score="aps", rng=half)
        np.testing.assert_array_equal(
            sets, np.array([[0.975, 0.825, 0.35], [0.4, 0.975, 0.875]]) <= least
        )


def test_float32_probabilities_are_taken():
    p = np.random.default_rng(6).random((100, 7)).astype(np.float32)
    p /= p.sum(axis=1, keepdims=True)
    assert conformal_sets(np.zeros(100, int), p, p).shape == (100, 7)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"score": "raps"}, ValueError, "score must be among lac, aps; got 'raps'"),
        ({"y_cal": [0, 2]}, ValueError, "y_cal must lie between 0 and 1, got 0 to 2"),
        ({"y_cal": [0, -1]}, ValueError, "y_cal must lie between 0 and 1, got -1 to 0"),
        ({"y_cal": ["a", "b"]}, TypeError, "y_cal must hold the columns of p_cal"),
        ({"y_cal": [0]}, ValueError, r"y_cal and p_cal must be as long as each other"),
        ({"p_cal": [[0.5, 0.4]] * 2}, ValueError, r"p_cal must have rows that sum to 1, got a sum"),
        ({"p": [[1.0]]}, ValueError, "p must have 2 columns as p_cal has, got 1"),
        ({"p": [0.5, 0.5]}, ValueError, "p must have a row a case and a column a class"),
        ({"p": [[1.5, -0.5]]}, ValueError, r"p must lie between 0 and 1, got 1\.5"),
    ],
)
def test_sets_reject(options, error, message):
    usual = {"y_cal": [0, 1], "p_cal": [[0.5, 0.5]] * 2, "p": [[0.5, 0.5]]}
    with pytest.raises(error, match=message):
        conformal_sets(**usual | options)


# --- conformal_coverage ---


def test_the_spread_is_that_of_simulated_experiments():
    rng = np.random.default_rng(7)
    n, m, alpha = 99, 200, 0.1
    q = np.sort(rng.random((4_000, n)), axis=1)[:, 89]  # uniform scores: the 90th of 99
    covered = rng.binomial(m, q) / m
    found = conformal_coverage(n, alpha, n_test=m)
    assert found.value == pytest.approx(0.9)
    assert covered.mean() == pytest.approx(0.9, abs=0.003)
    inside = np.mean((found.low <= covered) & (covered <= found.high))
    assert 0.945 <= inside <= 0.975  # counts are coarse: a little more than 95 %


@pytest.mark.parametrize(("n", "m"), [(9, 1), (9, 20), (19, 37), (200, 50)])
def test_the_spread_is_scipys(n, m):
    k = math.ceil((n + 1) * 0.9)
    found = conformal_coverage(n, 0.1, n_test=m)
    low, high = stats.betabinom(m, k, n + 1 - k).ppf([0.025, 0.975]) / m
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.value == pytest.approx(k / (n + 1))


def test_many_test_rows_leave_the_calibration_set():
    found = conformal_coverage(1_000, 0.1, n_test=10**6)
    k = math.ceil(1_001 * 0.9)
    low, high = stats.beta.ppf([0.025, 0.975], k, 1_001 - k)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)
    assert conformal_coverage(8, 0.1, n_test=10).low == 1
    with pytest.raises(ValueError, match="n_test must be at least 1, got 0"):
        conformal_coverage(8, 0.1, n_test=0)
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1, got 2"):
        conformal_coverage(8, 2, n_test=10)
