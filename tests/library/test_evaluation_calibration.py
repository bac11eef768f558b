"""Calibration: known errors, what chance adds, and the band of a perfect model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.evaluation import calibration_test, expected_calibration_error
from mlsdlib.evaluation._calibration import _count_pmf

outcomes = st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=60)


def by_loop(y, p, n_bins, norm):
    total = 0.0
    for b in range(n_bins):
        low, high = b / n_bins, (b + 1) / n_bins
        inside = [
            (yi, pi)
            for yi, pi in zip(y, p, strict=True)
            if (low < pi or b == 0) and (pi <= high or b == n_bins - 1)
        ]
        if inside:
            gap = abs(np.mean([yi for yi, _ in inside]) - np.mean([pi for _, pi in inside]))
            total += len(inside) / len(y) * (gap if norm == "l1" else gap**2)
    return total if norm == "l1" else math.sqrt(total)


@settings(deadline=None)
@given(outcomes, st.integers(1, 20), st.sampled_from(["l1", "l2"]))
def test_it_is_the_loop_over_bins(rows, n_bins, norm):
    y, p = zip(*rows, strict=True)
    found = expected_calibration_error(y, p, n_bins=n_bins, norm=norm)
    assert found == pytest.approx(by_loop(y, p, n_bins, norm), abs=1e-9)
    order = np.random.default_rng(0).permutation(len(y))
    again = expected_calibration_error(np.array(y)[order], np.array(p)[order], n_bins=n_bins,
                                       norm=norm)  # fmt: skip
    assert again == pytest.approx(found, abs=1e-9)


def test_known_errors():
    sure = [0.9] * 1_000
    right = [1] * 600 + [0] * 400
    assert expected_calibration_error(right, sure) == pytest.approx(0.3)
    assert expected_calibration_error(right, sure, norm="l2") == pytest.approx(0.3)
    debiased = expected_calibration_error(right, sure, norm="l2", debiased=True)
    assert debiased == pytest.approx(0.3, abs=0.001)  # hardly any of it is chance
    assert expected_calibration_error([1, 1, 0], [1, 1, 0]) == 0
    assert expected_calibration_error([0, 1], [1, 0]) == 1
    assert expected_calibration_error([1] * 9 + [0], [0.9] * 10) == pytest.approx(0, abs=1e-12)


def test_values_of_the_package_of_kumar_2019():
    """uncertainty-calibration 0.1.4, 5 bins."""
    p = (np.arange(1, 41) * 37 % 101) / 101
    y = np.arange(40) * 7 % 10 < 4
    for norm, debiased, published, atol in (
        ("l1", False, 0.23663366336633662, 1e-14),
        ("l2", False, 0.3217974101497712, 1e-14),
        ("l2", True, 0.26722783544429446, 1e-14),
    ):
        found = expected_calibration_error(y, p, n_bins=5, norm=norm, debiased=debiased)
        assert found == pytest.approx(published, abs=atol)


def simulated(n, runs, seed, **options):
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        p = rng.random(n)
        found.append(expected_calibration_error(rng.random(n) < p, p, **options))
    return np.array(found)


@pytest.mark.parametrize(("n", "error"), [(100, 0.121), (1_000, 0.038), (10_000, 0.0122)])
def test_a_perfect_model_has_an_error_and_less_when_debiased(n, error):
    runs = 60
    assert simulated(n, runs, 0).mean() == pytest.approx(error, rel=0.1)
    l2, l2_debiased = (simulated(n, runs, 0, norm="l2", debiased=d).mean() for d in (False, True))
    assert l2_debiased < 0.4 * l2


def test_the_debiased_square_is_unbiased():
    """One bin, a gap of 0.1: the square is never negative then, and averages to 0.01."""
    rng = np.random.default_rng(1)
    squares = [
        expected_calibration_error(rng.random(400) < 0.6, np.full(400, 0.5), n_bins=1, norm="l2",
                                   debiased=True) ** 2
        for _ in range(2_000)
    ]  # fmt: skip
    assert np.mean(squares) == pytest.approx(0.01, abs=0.0004)
    plain = 0.01 + 0.6 * 0.4 / 400  # what the square averages to when nothing is taken away
    assert np.mean(squares) < plain - 0.0003


def test_an_absolute_gap_cannot_be_debiased():
    with pytest.raises(ValueError, match="norm must be 'l2' where the error is debiased, got 'l1'"):
        expected_calibration_error([0, 1], [0.2, 0.7], debiased=True)


def test_single_rows_and_edges_of_bins():
    assert expected_calibration_error([1, 0], [0.9, 0.1], norm="l2", debiased=True) == 0
    # 0 belongs to the first bin, an upper edge to the bin below it, 1 to the last.
    assert expected_calibration_error([1, 0], [0.0, 0.5], n_bins=2) == pytest.approx(0.25)
    assert expected_calibration_error([1, 0], [0.5, 0.51], n_bins=2) == pytest.approx(0.505)
    assert expected_calibration_error([0, 1], [1.0, 0.51], n_bins=2) == pytest.approx(0.255)


# --- calibration_test ---


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_number_that_come_true_is_scipys_poisson_binomial(p):
    p = np.array(p)
    peer = stats.poisson_binom.pmf(np.arange(len(p) + 1), p)
    np.testing.assert_allclose(_count_pmf(p), peer, atol=1e-12)


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_the_band_is_that_of_drawn_outcomes(norm):
    rng = np.random.default_rng(2)
    p = rng.beta(2, 5, 300)
    found = calibration_test(rng.random(300) < p, p, norm=norm, resamples=20_000, rng=3)
    drawn = np.array(
        [expected_calibration_error(rng.random(300) < p, p, norm=norm) for _ in range(3_000)]
    )
    assert found.null_mean == pytest.approx(drawn.mean(), rel=0.02)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.null_low, found.null_high) == pytest.approx((low, high), rel=0.05)


def test_a_perfect_model_is_rarely_refused_and_an_overconfident_one_is():
    rng = np.random.default_rng(4)
    perfect, sure = [], []
    for seed in range(300):
        p = rng.random(200)
        y = rng.random(200) < p
        perfect.append(calibration_test(y, p, resamples=199, rng=seed).pvalue)
        logit = 3 * np.log(p / (1 - p))
        sure.append(calibration_test(y, 1 / (1 + np.exp(-logit)), resamples=199, rng=seed).pvalue)
    assert np.mean(np.array(perfect) <= 0.05) < 0.09
    assert np.mean(np.array(perfect)) == pytest.approx(0.5, abs=0.06)
    assert np.mean(np.array(sure) <= 0.05) > 0.95


def test_a_lower_level_is_a_narrower_band():
    rng = np.random.default_rng(6)
    p = rng.random(200)
    half = calibration_test(rng.random(200) < p, p, level=0.5, rng=7)
    drawn = np.array([expected_calibration_error(rng.random(200) < p, p) for _ in range(2_000)])
    inside = np.mean((half.null_low <= drawn) & (drawn <= half.null_high))
    assert inside == pytest.approx(0.5, abs=0.06)
    assert half.level == 0.5


def test_the_result_is_whole():
    found = calibration_test([1, 0, 1, 1], [0.9, 0.1, 0.8, 0.7], resamples=99, rng=0)
    assert found == calibration_test([1, 0, 1, 1], [0.9, 0.1, 0.8, 0.7], resamples=99, rng=0)
    assert found.n == 4
    assert found.null_low <= found.null_mean <= found.null_high
    assert found.pvalue * 100 == pytest.approx(round(found.pvalue * 100))
    certain = calibration_test([1, 0], [1.0, 0.0], resamples=99, rng=0)
    assert (certain.statistic, certain.null_high, certain.pvalue) == (0, 0, 1)
    impossible = calibration_test([0, 1], [1.0, 0.0], resamples=99, rng=0)
    assert (impossible.statistic, impossible.pvalue) == (1, 0.01)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": [0, 2]}, ValueError, "y must hold 0 and 1 only, got 2"),
        ({"y": [0, math.nan]}, ValueError, "y must hold finite numbers, got nan"),
        ({"y": []}, ValueError, "y must hold at least 1 values, got 0"),
        ({"y": ["a", "b"]}, TypeError, "y must hold numbers"),
        ({"y": [0]}, ValueError, r"y and p must be as long as each other, got \[1, 2\]"),
        ({"p": [0.5, 1.5]}, ValueError, r"p must lie between 0 and 1, got 1\.5"),
        ({"p": [[0.5, 0.5]]}, ValueError, "p must be one-dimensional"),
        ({"n_bins": 0}, ValueError, "n_bins must be at least 1, got 0"),
        ({"norm": "max"}, ValueError, "norm must be among l1, l2; got 'max'"),
        ({"resamples": 9}, ValueError, "resamples must be at least 99, got 9"),
        ({"level": 1.0}, ValueError, r"level must lie between 0 and 1, got 1\.0"),
    ],
)
def test_calibration_rejects(arguments, error, message):
    with pytest.raises(error, match=message):
        calibration_test(**{"y": [0, 1], "p": [0.2, 0.7]} | arguments)


# --- what scikit-learn does, and the course relies on ---


def test_temperature_scaling_finds_what_was_done_and_keeps_the_classes():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(5)
    X = rng.normal(size=(20_000, 4))
    logits = X @ rng.normal(size=(4, 3))
    y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    model = LogisticRegression(C=1e6).fit(X[:4_000], y[:4_000])
    model.coef_, model.intercept_ = 3 * model.coef_, 3 * model.intercept_  # three times too sure
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), method="temperature")
    calibrated.fit(X[4_000:], y[4_000:])
    before, after = model.predict_proba(X), calibrated.predict_proba(X)
    np.testing.assert_array_equal(before.argmax(1), after.argmax(1))
    ratio = np.log(before[:, 0] / before[:, 1]) / np.log(after[:, 0] / after[:, 1])
    assert np.median(ratio) == pytest.approx(3, abs=0.15)

    def error(p):
        return expected_calibration_error(p.argmax(1) == y, p.max(1))

    assert error(after) < 0.02 < 0.1 < error(before)
