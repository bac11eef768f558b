"""The tests of distribution shift, against published values, scipy and brute force."""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cdist

from mlsdlib import drift
from mlsdlib.multiplicity import adjusted_pvalues


def frouros_normals():
    """Return the two samples of frouros's own doctest of its PSI."""
    old = np.random.RandomState(31)
    return old.normal(0, 1, 100), old.normal(1, 1, 100)


def test_ks_drift_is_scipys_test_of_every_column():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(80, 4)), rng.normal([0, 0.2, 0.8, 0], size=(60, 4)).round(1)
    found = drift.ks_drift(a, b)
    for j in range(4):
        peer = stats.ks_2samp(a[:, j], b[:, j])
        assert (found.statistic[j], found.pvalue[j]) == (peer.statistic, peer.pvalue)
    assert found.qvalue.tolist() == stats.false_discovery_control(found.pvalue).tolist()
    assert (found.n, found.m) == (80, 60)


@pytest.mark.parametrize(("n", "m"), [(100, 100), (2_000, 150), (101, 3_000)])
def test_ks_drift_of_many_rows_is_scipys_asymptotic_test(n, m):
    rng = np.random.default_rng(n)
    shift = [0, 0.1, 1, 5, 0, 0]
    a, b = rng.normal(size=(n, 6)), rng.normal(shift, size=(m, 6))
    a[:, 4:], b[:, 4:] = a[:, 4:].round(1), b[:, 4:].round(1)  # ties
    a[:, 5], b[:, 5] = 1, 1
    found = drift.ks_drift(a, b)
    peer = stats.ks_2samp(a, b, axis=0, method="asymp")
    assert found.statistic.tolist() == peer.statistic.tolist()
    assert found.pvalue.tolist() == peer.pvalue.tolist()


def test_ks_drift_finds_few_false_columns_and_needs_a_size():
    rng = np.random.default_rng(1)
    shift = np.zeros(40)
    shift[:5] = 0.05
    a, b = rng.normal(size=(20_000, 40)), rng.normal(shift, size=(20_000, 40))
    found = drift.ks_drift(a, b)
    assert set(found.drifted()) >= set(range(5))
    assert len(found.drifted()) <= 7
    assert found.drifted(at_least=0.1) == ()


def test_ks_drift_matches_the_columns_of_frames_by_name():
    rng = np.random.default_rng(2)
    a = pd.DataFrame(rng.normal(size=(50, 2)), columns=["x", "y"])
    b = a.assign(y=a["y"] + 3)[["y", "x"]]
    found = drift.ks_drift(a, b)
    assert found.columns == ("x", "y")
    assert found.drifted() == ("y",)
    assert found.frame().index.tolist() == ["y", "x"]


@pytest.mark.parametrize(("n", "m"), [(1_000, 1_000), (400, 9_000)])
def test_ks_threshold_is_where_the_asymptotic_test_turns(n, m):
    limit = drift.ks_threshold(n, m, 0.05)
    effective = math.sqrt(n * m / (n + m))
    assert stats.kstwobign.sf(limit * effective) == pytest.approx(0.05, rel=1e-3)


def test_ks_threshold_at_its_limits():
    assert drift.ks_threshold(1, 1) == 1
    assert drift.ks_threshold(10**9, 10**9) < 1e-4
    assert drift.ks_threshold(50, 10**9) == pytest.approx(1.3581 / math.sqrt(50), rel=1e-4)


def test_psi_of_a_discrete_change_is_the_published_value():
    found = drift.psi_of_counts([5 * 10**8] * 2, [4 * 10**8, 6 * 10**8])
    assert found.statistic == pytest.approx(0.0405465, abs=1e-7)


@pytest.mark.parametrize(("bins", "published"), [(10, 0.937), (50, 0.991), (200, 1.006)])
def test_psi_of_a_normal_shift_of_one_comes_near_one_as_bins_grow(bins, published):
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=10**6), rng.normal(1, size=10**6)
    found = drift.psi(a, b, bins=bins).statistic
    inner = stats.norm.cdf(stats.norm.ppf(np.arange(bins + 1) / bins) - 1)
    q, p = np.diff(inner), 1 / bins
    assert found == pytest.approx((q - p) @ np.log(q / p), abs=0.005)
    assert found == pytest.approx(published, abs=0.02)  # of smaller samples, hence a little more


def test_psi_does_not_explode_where_a_bin_is_empty():
    a, b = frouros_normals()
    edges = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()), 21)
    p, q = (np.maximum(np.histogram(x, edges)[0] / 100, sys.float_info.min) for x in (a, b))
    assert (q - p) @ np.log(q / p) == pytest.approx(134.954, abs=1e-3)  # what frouros prints
    assert drift.psi(a, b).statistic == pytest.approx(1.33, abs=0.005)


@pytest.mark.parametrize(("n", "m"), [(1_000, 1_000), (300, 2_000)])
def test_psi_without_a_change_has_the_null_distribution_it_says(n, m):
    rng = np.random.default_rng(4)
    found = [drift.psi(rng.normal(size=n), rng.normal(size=m)) for _ in range(2_000)]
    values = np.array([f.statistic for f in found])
    assert values.mean() == pytest.approx(found[0].null_mean, rel=0.04)
    assert (values > found[0].threshold).mean() == pytest.approx(0.05, abs=0.015)
    assert np.mean([f.pvalue <= 0.05 for f in found]) == pytest.approx(0.05, abs=0.015)
    if n == m == 1_000:
        assert found[0].null_mean == pytest.approx(0.018)


def test_the_folklore_limit_rings_nearly_always_in_small_samples_and_never_in_large_ones():
    rng = np.random.default_rng(5)
    shares = [
        np.mean(
            [drift.psi(rng.normal(size=n), rng.normal(size=n)).statistic > 0.1 for _ in range(300)]
        )
        for n in (50, 100, 500)
    ]
    assert shares[0] > 0.95
    assert 0.75 < shares[1] < 0.95
    assert shares[2] < 0.02


def test_psi_takes_texts_and_ties():
    assert drift.psi(["a"] * 50 + ["b"] * 50, ["a"] * 40 + ["b"] * 60).bins == 2
    assert drift.psi(["a", "b"], ["c", "c"]).bins == 3
    assert drift.psi([0] * 90 + [1] * 10, [0] * 5 + [1] * 5).bins == 2
    with pytest.raises(ValueError, match="one bin"):
        drift.psi([1.0] * 5, [1.0, 2.0])


def test_mmd_of_frouross_doctest():
    old = np.random.RandomState(31)
    a = old.multivariate_normal([1, 1], [[2, 0], [0, 2]], 100)
    b = old.multivariate_normal([0, 0], [[2, 1], [1, 2]], 100)
    found = drift.mmd(a, b, bandwidth=0.5, rng=0)
    assert found.statistic == pytest.approx(0.0214695530029980, abs=1e-13)


@pytest.mark.parametrize("estimator", ["u", "linear", "block"])
def test_mmd_of_two_normals_is_the_analytic_value(estimator):
    rng = np.random.default_rng(6)
    n = 20_000 if estimator == "linear" else 1_500
    values = [
        drift.mmd(rng.normal(size=n), rng.normal(1, size=n), bandwidth=1.0, estimator=estimator,
                  permutations=19, rng=rng).statistic
        for _ in range(12)
    ]  # fmt: skip
    assert np.mean(values) == pytest.approx(0.177268, abs=0.012)


def test_mmd_of_every_permutation_is_that_of_the_permuted_rows():
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(7, 2)), rng.normal(0.5, size=(9, 2))
    pool, sigma = np.concatenate([a, b]), 0.9
    members = drift._mmd._members(7, 9, 30, rng)
    kernel = np.exp(-cdist(pool, pool, "sqeuclidean") / (2 * sigma**2))
    found = drift._mmd._u_from_pool(drift._mmd._kernel(pool, pool, sigma), members)
    for column, value in zip(members.T, found, strict=True):
        x, y = np.flatnonzero(column), np.flatnonzero(column == 0)
        k = [kernel[np.ix_(*pair)] for pair in ((x, x), (y, y), (x, y))]
        within = [(block.sum() - len(block)) / len(block) / (len(block) - 1) for block in k[:2]]
        assert value == pytest.approx(sum(within) - 2 * k[2].mean(), abs=1e-12)
        assert column.sum() == 7


@pytest.mark.parametrize("estimator", ["u", "linear", "block"])
def test_mmd_without_a_change_rings_as_often_as_its_level_says(estimator):
    rng = np.random.default_rng(8)
    p = [
        drift.mmd(rng.exponential(size=(40, 2)), rng.exponential(size=(40, 2)),
                  estimator=estimator, permutations=99, rng=rng).pvalue
        for _ in range(400)
    ]  # fmt: skip
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.045)
    assert min(p) >= 0.01


def test_mmd_and_the_classifier_see_a_dependence_that_no_column_shows():
    rng = np.random.default_rng(9)
    a, b = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], (2, 800))
    b[:, 0] = -b[:, 0]
    assert drift.ks_drift(a, b).drifted(0.01) == ()
    assert drift.mmd(a, b, rng=0).pvalue < 0.01
    found = drift.classifier_test(a, b, rng=0)
    assert found.statistic > 0.8
    assert found.pvalue < 1e-10


def test_the_classifier_test_keeps_its_level():
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(10)
    p = [
        drift.classifier_test(
            rng.normal(size=(60, 3)), rng.normal(size=(50, 3)),
            model=DecisionTreeClassifier(random_state=0), rng=rng,
        ).pvalue
        for _ in range(400)
    ]  # fmt: skip
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.03)


@given(st.lists(st.floats(0, 1), max_size=12), st.sampled_from(["bh", "holm", "none"]))
def test_adjusted_pvalues_are_in_order_and_never_smaller(p, correction):
    q = adjusted_pvalues(p, correction)
    assert (q >= np.array(p) - 1e-15).all()
    assert (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-15).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drift.ks_drift([[1.0]], [[1.0], [2.0]]), "reference must hold at least 2 rows"),
        (lambda: drift.ks_drift([[1.0], [np.nan]], [1.0, 2.0]), "reference must hold finite"),
        (lambda: drift.ks_drift(np.ones((3, 2)), np.ones((3, 1))), "same columns"),
        (lambda: drift.ks_drift([1.0, 2.0], [1.0, 2.0], correction="fdr"), "among none, bonfer"),
        (lambda: drift.ks_threshold(0, 5), "n must be at least 1"),
        (lambda: drift.ks_threshold(5, 5, 1.0), "alpha must lie between 0 and 1"),
        (lambda: drift.psi([1.0, 2.0], [1.0], bins=1), "bins must be at least 2"),
        (lambda: drift.psi([1.0, 2.0], [1.0], smoothing=0), "smoothing must be positive"),
        (lambda: drift.psi(["a", None], ["a"]), "reference must not hold nulls"),
        (lambda: drift.psi_of_counts([1, -1], [1, 1]), "reference must hold counts"),
        (lambda: drift.psi_of_counts([1, 1], [1, 1, 1]), "as long as each other"),
        (lambda: drift.mmd([1.0, 1.0], [1.0, 1.0]), "rows that differ"),
        (lambda: drift.mmd([1.0, 2.0], [1.0, 2.0], estimator="v"), "among u, linear, block"),
        (lambda: drift.mmd([1.0, 2.0], [1.0, 2.0], permutations=5), "permutations must be at"),
        (lambda: drift.mmd([1.0, 2.0], [1.0, 2.0], bandwidth=-1.0), "bandwidth must be positive"),
        (lambda: drift.classifier_test([1.0, 2.0], [1.0, 2.0]), "reference must hold at least 4"),
        (lambda: adjusted_pvalues([1.2]), "pvalues must lie between 0 and 1"),
    ],
)  # fmt: skip
def test_errors_name_the_argument(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_frames_with_other_columns_or_texts_are_refused():
    a = pd.DataFrame({"x": [1.0, 2.0]})
    with pytest.raises(ValueError, match="differ in"):
        drift.ks_drift(a, a.rename(columns={"x": "y"}))
    with pytest.raises(TypeError, match="column 'x'"):
        drift.ks_drift(a, pd.DataFrame({"x": ["a", "b"]}))
