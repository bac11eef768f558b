"""Thresholds, priors and Tomek links: published values, laws, and errors that name the argument."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.under_sampling import TomekLinks

from mlsdlib.imbalance import (
    best_threshold,
    class_balanced_weights,
    cost_threshold,
    effective_number,
    precision_at,
    prior_correction,
    tomek_links,
)

shares = st.floats(0.001, 0.999)
costs = st.floats(0, 100)
scored = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0])), min_size=1
)


def total_cost(y, p, threshold, c_fp, c_fn):
    called = np.asarray(p) >= threshold
    y = np.asarray(y) == 1
    return c_fp * (called & ~y).sum() + c_fn * (~called & y).sum()


def test_the_threshold_weighs_both_costs():
    assert cost_threshold(1, 9) == 0.1
    assert cost_threshold(0, 3) == 0.0
    assert cost_threshold(3, 0) == 1.0


@given(costs, costs, shares)
def test_the_threshold_is_where_both_decisions_cost_the_same(c_fp, c_fn, p):
    if c_fp + c_fn == 0:
        return
    call, leave = (1 - p) * c_fp, p * c_fn
    if not math.isclose(call, leave, rel_tol=1e-6, abs_tol=1e-9):
        assert (p > cost_threshold(c_fp, c_fn)) == (call < leave)


def test_thresholds_of_single_cases():
    assert cost_threshold([1, 2], [3, 2]).tolist() == [0.25, 0.5]


@settings(max_examples=200)
@given(scored, st.integers(0, 9), st.integers(0, 9))
def test_no_threshold_costs_less(rows, c_fp, c_fn):
    y, p = map(list, zip(*rows, strict=True))
    found = best_threshold(y, p, c_fp=c_fp, c_fn=c_fn)
    by_cost = {t: total_cost(y, p, t, c_fp, c_fn) for t in [*p, math.inf]}
    best = min(by_cost.values())
    assert found == max(t for t, cost in by_cost.items() if cost == best)


def test_one_class_and_a_cost_of_nothing():
    assert best_threshold([1, 1], [0.2, 0.7]) == 0.2
    assert best_threshold([0, 0], [0.2, 0.7]) == math.inf
    assert best_threshold([0, 1], [0.2, 0.7], c_fn=0) == math.inf
    assert best_threshold([0, 1], [0.7, 0.2], c_fp=0) == 0.2


def test_equal_costs_are_equal_up_to_rounding():
    assert best_threshold([0, 0, 0, 1], [0.9, 0.8, 0.7, 0.6], c_fp=0.1, c_fn=0.3) == math.inf
    assert best_threshold([1, 0, 0, 0, 1], [5, 4, 3, 2, 1], c_fp=0.1, c_fn=0.3) == 5.0
    assert best_threshold([1, 0, 0, 0, 0, 1], [6, 5, 4, 3, 2, 1], c_fp=0.7, c_fn=2.8) == 6.0


def test_correction_of_the_prior_has_the_published_value():
    assert prior_correction(0.5, 0.5, 0.01) == pytest.approx(0.01)


@given(st.floats(0, 1), shares, shares, shares)
def test_corrections_go_back_and_follow_one_another(p, a, b, c):
    assert prior_correction(p, a, a) == pytest.approx(p)
    there = prior_correction(p, a, b)
    assert prior_correction(there, b, c) == pytest.approx(prior_correction(p, a, c), rel=1e-6)
    assert there <= p + 1e-12 if b <= a else there >= p - 1e-12


def test_undersampling_is_corrected_by_the_formula_of_dal_pozzolo():
    p, kept, true = np.linspace(0, 1, 11), 0.1, 0.02  # a tenth of the negatives is kept
    train = true / (true + kept * (1 - true))
    expected = kept * p / (kept * p - p + 1)
    np.testing.assert_allclose(prior_correction(p, train, true), expected, rtol=1e-12)


def test_precision_is_bayes_rule():
    assert precision_at(0.8, 0.1, 0.5) == pytest.approx(8 / 9)
    assert precision_at(0.8, 0.1, 0.01) == pytest.approx(0.008 / (0.008 + 0.099))
    assert precision_at(1, 0, 0.001) == 1.0
    assert precision_at(0.8, 0.1, 0.0) == 0.0
    assert math.isnan(precision_at(0, 0, 0.3))


@given(shares, shares, shares)
def test_precision_of_a_test_that_guesses_is_the_prevalence(rate, a, b):
    assert precision_at(rate, rate, a) == pytest.approx(a)
    assert (precision_at(0.9, rate, a) <= precision_at(0.9, rate, b)) or a >= b


def test_effective_numbers_and_weights_have_the_published_values():
    n = [5000, 500, 50, 5]
    np.testing.assert_allclose(
        effective_number(n, 0.999), [993.2789, 393.6211, 48.7944, 4.9900], atol=5e-5
    )
    np.testing.assert_allclose(
        class_balanced_weights(n, beta=0.999), [0.017943, 0.045277, 0.365247, 3.571534], atol=5e-7
    )


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6), st.floats(0, 0.9999))
def test_effective_numbers_lie_between_one_and_all(n, beta):
    number = effective_number(n, beta)
    assert (number >= 1 - 1e-12).all()
    assert (number <= np.array(n) * (1 + 1e-12)).all()
    assert class_balanced_weights(n, beta=beta).sum() == pytest.approx(len(n))


def test_inverse_frequency_is_the_limit_and_equal_weights_the_other():
    n = np.array([900, 90, 10])
    inverse = 1 / n / (1 / n).mean()
    np.testing.assert_allclose(class_balanced_weights(n, beta=1 - 1e-12), inverse, rtol=1e-6)
    assert class_balanced_weights(n, beta=0.0).tolist() == [1, 1, 1]
    assert effective_number(500, 0) == 1.0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("d", [1, 3, 8])
def test_tomek_links_are_imbalanced_learns(seed, d):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(300, d)), rng.integers(0, 2, 300)
    sampler = TomekLinks(sampling_strategy="all")
    sampler.fit_resample(X, y)
    removed = np.setdiff1d(np.arange(300), sampler.sample_indices_)
    links = tomek_links(X, y)
    assert sorted(links.ravel()) == removed.tolist()
    assert (links[:, 0] < links[:, 1]).all()
    assert (np.diff(links[:, 0]) > 0).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**20), st.integers(2, 30))
def test_tomek_links_are_mutual_neighbours_of_different_classes(seed, n):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, 2)), rng.integers(0, 3, n)
    far = np.linalg.norm(X[:, None] - X, axis=2)
    np.fill_diagonal(far, np.inf)
    near = far.argmin(axis=1)
    expected = [[i, j] for i, j in enumerate(near) if i < j and near[j] == i and y[i] != y[j]]
    assert tomek_links(X, y).tolist() == expected


def test_a_row_is_not_its_own_neighbour_where_another_lies_on_it():
    assert tomek_links([[0.0], [0.0], [9.0]], ["a", "b", "a"]).tolist() == [[0, 1]]
    assert tomek_links([[0.0], [1.0]], [1, 1]).tolist() == []


NAN = float("nan")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cost_threshold(0, 0), ValueError, "must not both be 0"),
        (lambda: cost_threshold(-1, 2), ValueError, "c_fp must be finite and at least 0, got -1"),
        (lambda: cost_threshold(1, NAN), ValueError, "c_fn must not hold NaN"),
        (lambda: cost_threshold("1", 1), TypeError, "c_fp must hold numbers"),
        (lambda: best_threshold([], []), ValueError, "y must be one-dimensional and not empty"),
        (lambda: best_threshold([0, 2], [0, 1]), ValueError, "y must hold 0 and 1 only, got 2"),
        (lambda: best_threshold(["a"], [0.1]), TypeError, "y must hold 0 and 1, got dtype"),
        (lambda: best_threshold([0, 1], [0.1]), ValueError, "must be equally long"),
        (lambda: best_threshold([0], [NAN]), ValueError, "p must not hold NaN"),
        (lambda: best_threshold([0], [math.inf]), ValueError, "p must be finite"),
        (lambda: best_threshold([0], [0.1], c_fn=[1]), ValueError, "c_fn must be a single number"),
        (lambda: prior_correction(1.1, 0.5, 0.1), ValueError, "p must lie between 0 and 1"),
        (lambda: prior_correction(0.5, 0.0, 0.1), ValueError, "train_prior must lie strictly"),
        (lambda: prior_correction(0.5, 0.5, 1.0), ValueError, "true_prior must lie strictly"),
        (lambda: prior_correction(0.5, [0.5], 0.1), ValueError, "train_prior must be a single"),
        (lambda: precision_at(1.2, 0.1, 0.1), ValueError, "tpr must lie between 0 and 1, got 1.2"),
        (lambda: precision_at(0.2, 0.1, -1), ValueError, "prevalence must lie between 0 and 1"),
        (lambda: effective_number(0, 0.9), ValueError, "n must be at least 1, got 0"),
        (lambda: effective_number(5, 1.0), ValueError, "beta must be a number from 0"),
        (lambda: class_balanced_weights(5), ValueError, "n must be a list of counts"),
        (lambda: tomek_links([[0.0]], [1]), ValueError, "X must have two dimensions, at least"),
        (lambda: tomek_links([[], []], [0, 1]), ValueError, "at least two rows and a feature"),
        (lambda: tomek_links([[0.0], [1.0]], [1]), ValueError, "y must have one class"),
        (lambda: tomek_links([[0.0], [NAN]], [1, 0]), ValueError, "X must hold finite numbers"),
        (lambda: tomek_links([["a"], ["b"]], [1, 0]), TypeError, "X must hold numbers"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
