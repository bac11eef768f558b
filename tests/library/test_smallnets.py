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


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_confidence_is_scaled_by_the_temperature_that_the_labels_were_drawn_with(true):
    rng = np.random.default_rng(0)
    logits = (rng.normal(size=(1, 20_000, 4)) * 3).astype(np.float32)
    shares = np.exp(logits / true) / np.exp(logits / true).sum(-1, keepdims=True)
    y = (rng.random((1, 20_000, 1)) > shares.cumsum(-1)).sum(-1).clip(0, 3)
    found = smallnets.confidence(lambda x: x, logits, scaled_on=(logits, y))
    np.testing.assert_allclose(found, shares.max(-1), atol=0.02)


def test_one_is_the_net_of_that_block():
    x, y = data()
    nets = smallnets.train(x, y, classes=3, steps=20, rng=0)
    alone = smallnets.one(nets, 1)(x[1])
    np.testing.assert_allclose(alone.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(alone.max(1), smallnets.confidence(nets, x)[1], rtol=1e-5)


def test_deal_gives_each_row_once_and_keeps_rows_together():
    x, y = smallnets.deal(np.arange(100).reshape(50, 2), np.arange(50), nets=4, size=12, rng=0)
    assert x.shape == (4, 12, 2)
    assert len(np.unique(y)) == 48
    np.testing.assert_array_equal(x[..., 0], 2 * y)


def test_bad_input_is_named():
    x, y = data()
    with pytest.raises(ValueError, match="y must have shape"):
        smallnets.train(x, y[0], classes=3)
    with pytest.raises(ValueError, match="classes - 1 = 1"):
        smallnets.train(x, y, classes=2)
    with pytest.raises(ValueError, match="all finite"):
        smallnets.train(x * np.nan, y, classes=3)
    with pytest.raises(ValueError, match="at least one example"):
        smallnets.train(x[:, :0], y[:, :0], classes=3)
    with pytest.raises(ValueError, match="steps must be at least 1"):
        smallnets.train(x, y, classes=3, steps=0)
    logits = np.zeros((1, 4, 3), np.float32)
    for spare, message in ((logits[:, :0], "logits must have shape"), (logits * np.nan, "finite")):
        y = np.zeros(spare.shape[:2], int)
        with pytest.raises(ValueError, match=message):
            smallnets.confidence(lambda x: x, logits, scaled_on=(spare, y))
    with pytest.raises(ValueError, match="as long as each other"):
        smallnets.deal(np.arange(3), np.arange(4), nets=1, size=2)
    with pytest.raises(ValueError, match="the 3 rows there are, got 4"):
        smallnets.deal(np.arange(3), nets=2, size=2)


def test_deeper_nets_learn_and_one_leaves_as_a_module():
    x, y = data()
    nets = smallnets.train(x, y, classes=3, hidden=(32, 16), steps=150, rng=0)
    assert smallnets.accuracy(nets, x, y).min() > 0.7
    for k in range(3):
        alone = smallnets.module(nets, k)
        np.testing.assert_allclose(
            smallnets.logits(alone, x[k]), smallnets.logits(nets, x)[k], rtol=1e-4, atol=1e-5
        )


def test_a_view_is_what_nets_compute_with_and_what_a_module_takes_along():
    x, y = data()
    half = lambda layer, weights: weights * (layer + 1) / 2  # noqa: E731
    nets = smallnets.train(x, y, classes=3, steps=20, view=half, rng=0)
    bare = smallnets.viewed(nets, None)
    assert not np.allclose(smallnets.logits(bare, x), smallnets.logits(nets, x))
    np.testing.assert_allclose(smallnets.module(nets)[1].weight.detach() * 2,
                               smallnets.module(bare)[1].weight.detach())  # fmt: skip
    same = smallnets.viewed(bare, half)
    np.testing.assert_array_equal(smallnets.logits(same, x), smallnets.logits(nets, x))


def test_masked_weights_stay_zero_in_training():
    x, y = data()
    nets = smallnets.train(x, y, classes=3, steps=20, rng=0)
    view = smallnets.masked(nets, 0.75)
    tuned = smallnets.train(x, y, classes=3, steps=20, start=nets, view=view, rng=0)
    for k in range(3):
        layers = smallnets.module(tuned, k)
        zeros = [float((layers[i].weight == 0).sum()) for i in (1, 3)]
        assert sum(zeros) == round(0.75 * (4 * 32 + 32 * 3))


def test_training_goes_on_from_nets_or_modules_and_leaves_them_as_they_are():
    x, y = data()
    nets = smallnets.train(x, y, classes=3, steps=10, rng=0)
    before = smallnets.logits(nets, x)
    modules = [smallnets.module(nets, k) for k in range(3)]
    ends = [smallnets.train(x, y, classes=3, steps=10, start=s, rng=1) for s in (nets, modules)]
    np.testing.assert_allclose(*(smallnets.logits(end, x) for end in ends), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(smallnets.logits(nets, x), before)
    assert np.abs(smallnets.logits(ends[0], x) - before).max() > 0.01


def test_a_loss_gets_what_stands_beside_each_example():
    x, _ = data()
    target = np.random.default_rng(1).normal(size=(3, 40, 3)).astype(np.float32)
    seen = set()

    def squares(logits, labels):
        seen.add(tuple(labels.shape))
        return ((logits - labels) ** 2).mean()

    nets = smallnets.train(x, 0 * target + 1, classes=3, steps=150, batch=8, loss=squares, rng=0)
    assert seen == {(3, 8, 3)}
    assert np.abs(smallnets.logits(nets, x) - 1).mean() < 0.2


def test_a_start_for_other_blocks_is_refused():
    x, y = data()
    nets = smallnets.train(x, y, classes=3, steps=1, rng=0)
    with pytest.raises(ValueError, match="a net for each block of x, got 3 for 2"):
        smallnets.train(x[:2], y[:2], classes=3, start=nets)
