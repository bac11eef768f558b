"""Nets side by side: each is alone, and calibration is what the paper says."""

from __future__ import annotations

import numpy as np
import pytest

from mlsdlib import smallnets

torch = pytest.importorskip("torch")


def data(nets=3, n=40, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=(nets, n))
    return (y[..., None] + rng.normal(0, 0.2, (nets, n, 4))).astype(np.float32), y


def test_nets_learn_and_do_not_hear_of_each_other():
    x, y = data()
    nets = smallnets.train(x, y, classes=3, steps=80, rng=0)
    assert smallnets.accuracy(nets, x, y).min() > 0.7
    other = y.copy()
    other[1] = np.random.default_rng(1).integers(3, size=40)  # noise for the second net only
    again = smallnets.train(x, other, classes=3, steps=80, rng=0)
    before, after = smallnets.logits(nets, x), smallnets.logits(again, x)
    np.testing.assert_allclose(before[[0, 2]], after[[0, 2]], rtol=1e-4, atol=1e-4)
    assert not np.allclose(before[1], after[1], atol=0.1)


def test_change_gets_shares_and_may_return_any():
    x, y = data()
    seen = []

    def shuffled(nets, inputs, labels):
        seen.append((inputs.shape, labels.sum(-1).min()))
        return inputs, np.full_like(labels, 1 / 3)

    nets = smallnets.train(x, y, classes=3, steps=60, batch=8, change=shuffled, rng=0)
    assert set(seen) == {((3, 8, 4), 1.0)}
    shares = torch.softmax(torch.as_tensor(smallnets.logits(nets, x)), -1)
    assert shares.max() < 0.5


def test_calibration_error_of_a_model_that_is_always_sure():
    sure = np.array([[50.0, 0.0]] * 10)
    assert smallnets.calibration_error(sure, np.zeros(10, int)) == pytest.approx(0)
    assert smallnets.calibration_error(sure, np.ones(10, int)) == pytest.approx(1)


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_temperature_finds_the_one_that_the_labels_were_drawn_with(true):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 4)) * 3
    shares = np.exp(logits / true) / np.exp(logits / true).sum(1, keepdims=True)
    y = (rng.random((20_000, 1)) > shares.cumsum(1)).sum(1).clip(0, 3)
    assert smallnets.temperature(logits, y) == pytest.approx(true, rel=0.05)


def test_bad_input_is_named():
    x, y = data()
    with pytest.raises(ValueError, match="y must have shape"):
        smallnets.train(x, y[0], classes=3)
    with pytest.raises(ValueError, match="classes - 1 = 1"):
        smallnets.train(x, y, classes=2)
