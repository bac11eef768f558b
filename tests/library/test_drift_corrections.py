"""Corrections for covariate and label shift, against exact values and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsdlib import drift
from mlsdlib.imbalance import prior_correction
from mlsdlib.sampling import effective_sample_size


def test_bbse_weights_of_the_published_matrix():
    hot = np.eye(2)
    y = np.repeat([0, 1, 0, 1], [40, 10, 10, 40])  # C = [[.4, .1], [.1, .4]]
    p = hot[np.repeat([0, 1], [50, 50])]
    found = drift.bbse_weights(y, p, hot[np.repeat([0, 1], [32, 68])])
    assert found.weights == pytest.approx([0.4, 1.6])
    assert found.prior == pytest.approx([0.2, 0.8])
    assert found.condition == pytest.approx(5 / 3)


def test_bbse_of_the_same_rows_finds_no_shift():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 300)
    y = np.array([rng.choice(3, p=row) for row in p])
    found = drift.bbse_weights(y, p, p)
    assert found.weights == pytest.approx(np.ones(3), abs=1e-9)


def test_bbse_recovers_a_label_shift_of_a_biased_model():
    rng = np.random.default_rng(1)

    def rows(prior, n):
        y = rng.choice(3, n, p=prior)
        logits = 1.5 * np.eye(3)[y] + rng.normal(size=(n, 3)) + [0.8, 0, 0]
        p = np.exp(logits)
        return y, p / p.sum(axis=1, keepdims=True)

    y, p = rows([1 / 3] * 3, 20_000)
    _, new = rows([0.1, 0.2, 0.7], 20_000)
    found = drift.bbse_weights(y, p, new)
    assert found.prior == pytest.approx([0.1, 0.2, 0.7], abs=0.03)
    assert np.abs(new.mean(axis=0) - [0.1, 0.2, 0.7]).sum() > 0.3


def test_bbse_cuts_negative_shares_and_the_prior_sums_to_one():
    y = np.repeat([0, 1], 50)
    p = np.repeat([[0.8, 0.2], [0.3, 0.7]], 50, axis=0)
    found = drift.bbse_weights(y, p, np.tile([0.95, 0.05], (10, 1)))
    assert found.prior == pytest.approx([1, 0])
    assert found.weights == pytest.approx([2, 0])


@given(st.floats(0.01, 0.99), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_reweighted_is_prior_correction_for_two_classes(p, old, new):
    weights = [(1 - new) / (1 - old), new / old]
    found = drift.reweighted([[1 - p, p]], weights)[0, 1]
    assert found == pytest.approx(prior_correction(p, old, new))


def test_calibration_finds_the_temperature_and_the_biases_it_was_given():
    rng = np.random.default_rng(2)
    logits = 2 * rng.normal(size=(40_000, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (rng.random((len(true), 1)) > np.cumsum(true, axis=1)).sum(axis=1)
    said = np.exp(2.5 * logits + [0.5, 0, -0.5])
    said /= said.sum(axis=1, keepdims=True)
    model = drift.BiasCorrectedTemperature().fit(said, y)
    assert model.temperature_ == pytest.approx(2.5, rel=0.05)
    assert model.bias_ == pytest.approx([-0.2, 0, 0.2], abs=0.05)
    assert np.abs(model.predict_proba(said) - true).mean() < 0.01
    assert model.bias_.sum() == pytest.approx(0)


def test_the_weights_make_old_rows_look_like_new_ones():
    rng = np.random.default_rng(3)
    old, new = rng.normal(size=(4_000, 2)), rng.normal([0.8, 0], size=(4_000, 2))
    weights = drift.density_ratio_weights(old, new, rng=0)
    truth = np.exp(0.8 * old[:, 0] - 0.32)
    assert weights.mean() == pytest.approx(1)
    assert np.corrcoef(weights, truth)[0, 1] > 0.98
    assert weights @ old[:, 0] / len(old) == pytest.approx(0.8, abs=0.08)
    assert effective_sample_size(weights) == pytest.approx(4_000 * np.exp(-0.64), rel=0.15)


def test_clipping_bounds_the_weights_and_keeps_their_mean():
    rng = np.random.default_rng(4)
    old, new = rng.normal(size=500), rng.normal(2, size=500)
    free = drift.density_ratio_weights(old, new, rng=0)
    clipped = drift.density_ratio_weights(old, new, clip=3.0, rng=0)
    assert clipped.mean() == pytest.approx(1)
    assert clipped.max() / clipped.min() < free.max() / free.min()
    assert effective_sample_size(clipped) > effective_sample_size(free)


def test_weights_are_finite_where_the_samples_do_not_overlap():
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(random_state=0)
    weights = drift.density_ratio_weights(np.arange(20), np.arange(50, 70), model=tree, rng=0)
    assert np.isfinite(weights).all()
    assert weights.mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drift.bbse_weights([0, 0], [[0.5, 0.5]] * 2, [[0.5, 0.5]]), "class 1 does not"),
        (lambda: drift.bbse_weights([0, 1], [[0.5, 0.5]] * 2, [[0.5, 0.5]]), "no inverse"),
        (lambda: drift.bbse_weights([0, 2], np.eye(2), np.eye(2)), "classes 0 to 1"),
        (lambda: drift.bbse_weights([0], np.eye(2), np.eye(2)), "as long as each other"),
        (lambda: drift.bbse_weights([0, 1], np.eye(2), np.eye(3)), "p_new must have a column"),
        (lambda: drift.bbse_weights([0, 1], [[0.5, 0.6]] * 2, np.eye(2)), "sum to 1"),
        (lambda: drift.reweighted([[1, 0]], [0.0, 1.0]), "every row of p"),
        (lambda: drift.reweighted([[1, 0]], [1.0]), "weights must hold 2 numbers"),
        (lambda: drift.BiasCorrectedTemperature().predict_proba([[1, 0]]), "fit must be called"),
        (lambda: drift.BiasCorrectedTemperature().fit([[1, 0]], [0, 1]), "as long as each other"),
        (lambda: drift.density_ratio_weights([1.0] * 3, [1.0] * 9), "at least 5 rows"),
        (lambda: drift.density_ratio_weights([1.0] * 9, [1.0] * 9, clip=0), "clip must be"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
