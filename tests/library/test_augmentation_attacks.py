"""Attacks and mixtures: what theory says of them, and what they must not touch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import augmentation as aug

torch = pytest.importorskip("torch")


def net(seed=0, inputs=6, classes=3):
    generator = torch.Generator().manual_seed(seed)
    model = torch.nn.Sequential(
        torch.nn.Linear(inputs, 8), torch.nn.Tanh(), torch.nn.Linear(8, classes)
    ).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator, dtype=torch.float64))
    return model


def points(seed=0, n=20, inputs=6):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.random((n, inputs))), torch.tensor(rng.integers(3, size=n))


# --- fgsm ---


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.floats(0, 0.2))
def test_on_a_linear_model_the_margin_drops_by_eps_times_the_sum_of_weights(seed, eps):
    rng = np.random.default_rng(seed)
    weight = torch.tensor(rng.normal(size=5))
    x = torch.tensor(rng.uniform(0.3, 0.7, (4, 5)))  # so far from the bounds that none clips

    def model(x):
        return torch.stack([x @ weight, torch.zeros(len(x), dtype=x.dtype)], -1)

    attacked = aug.fgsm(model, x, torch.zeros(4, dtype=torch.long), eps)
    drop = x @ weight - attacked @ weight
    torch.testing.assert_close(drop, eps * weight.abs().sum().expand(4))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.floats(0, 0.5), st.booleans())
def test_attacks_stay_in_the_box_and_within_the_bounds(seed, eps, many_steps):
    x, y = points(seed)
    attack = (lambda *a: aug.pgd(*a, steps=4, rng=seed)) if many_steps else aug.fgsm
    attacked = attack(net(seed), x, y, eps)
    assert (attacked - x).abs().max() <= eps + 1e-12
    assert attacked.min() >= 0
    assert attacked.max() <= 1


def test_the_step_is_the_sign_of_autograds_gradient():
    model, (x, y) = net(), points()
    wanted = x.clone().requires_grad_()
    torch.nn.functional.cross_entropy(model(wanted), y).backward()
    attacked = aug.fgsm(model, x, y, 0.01, bounds=(-9, 9))
    torch.testing.assert_close(attacked - x, 0.01 * wanted.grad.sign())


def test_no_strength_changes_nothing():
    x, y = points()
    assert torch.equal(aug.fgsm(net(), x, y, 0.0), x)
    assert torch.equal(aug.pgd(net(), x, y, 0.0, rng=0), x)


def test_weights_gradients_and_inputs_stay_as_they_were():
    model, (x, y) = net(), points()
    model(x).sum().backward()
    before = [(w.clone(), w.grad.clone()) for w in model.parameters()]
    kept = x.clone()
    with torch.no_grad():  # it works where gradients are switched off
        attacked = aug.fgsm(model, x, y, 0.1)
    aug.pgd(model, x, y, 0.1, rng=0)
    for weight, (value, gradient) in zip(model.parameters(), before, strict=True):
        assert torch.equal(weight, value)
        assert torch.equal(weight.grad, gradient)
    assert torch.equal(x, kept)
    assert not attacked.requires_grad
    assert x.grad is None


def test_many_models_at_once_are_attacked_as_one_by_one():
    models, (x, y) = [net(0), net(1)], points(n=10)
    x, y = x.reshape(2, 5, 6), y.reshape(2, 5)
    both = aug.fgsm(lambda x: torch.stack([m(part) for m, part in zip(models, x, strict=True)]),
                    x, y, 0.1)  # fmt: skip
    for i, model in enumerate(models):
        assert torch.equal(both[i], aug.fgsm(model, x[i], y[i], 0.1))


def test_labels_may_be_shares():
    model, (x, y) = net(), points()
    hot = torch.nn.functional.one_hot(y, 3).double()
    assert torch.equal(aug.fgsm(model, x, hot, 0.1), aug.fgsm(model, x, y, 0.1))


def test_many_steps_find_at_least_the_loss_of_one():
    model, (x, y) = net(3), points(3, n=200)

    def loss(x):
        return torch.nn.functional.cross_entropy(model(x), y).item()

    one, many = aug.fgsm(model, x, y, 0.2), aug.pgd(model, x, y, 0.2, steps=30, rng=0)
    assert loss(x) < loss(one) <= loss(many) + 1e-3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, y: aug.fgsm(net(), x.numpy(), y, 0.1), TypeError, "x must be a tensor of float"),
        (lambda x, y: aug.fgsm(net(), x.long(), y, 0.1), TypeError, "got torch.int64"),
        (lambda x, y: aug.fgsm(net(), x * float("nan"), y, 0.1), ValueError, "x must be finite"),
        (lambda x, y: aug.fgsm(net(), x, y.tolist(), 0.1), TypeError, "y must be a tensor"),
        (lambda x, y: aug.fgsm(net(), x, y[:1], 0.1), ValueError, "y must hold a class or"),
        (lambda x, y: aug.fgsm(net(), x, y + 99, 0.1), ValueError, "y must hold classes from 0"),
        (lambda x, y: aug.fgsm(net(), x, y, -0.1), ValueError, "eps must be zero or positive"),
        (lambda x, y: aug.fgsm(net(), x, y, 0.1, bounds=(1, 1)), ValueError, "bounds must be"),
        (lambda x, y: aug.pgd(net(), x, y, 0.1, steps=0), ValueError, "steps must be at least 1"),
    ],
)
def test_bad_input_of_an_attack_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(*points())


# --- one_pixel ---


def test_one_pixel_changes_one_pixel_and_finds_the_one_that_counts():
    def predict(images):
        dark = images[:, 2, 3]
        return np.column_stack([1 - dark, dark])

    image = np.full((5, 6), 0.25)
    found = aug.one_pixel(predict, image, 0, rng=0)
    changed = np.argwhere(found.image != image).tolist()
    assert changed == [[2, 3]] == [[found.row, found.column]]
    assert found.before == 0.75
    assert found.after < 0.05
    assert found.fooled
    assert image.min() == image.max() == 0.25


def test_one_pixel_of_a_coloured_picture_changes_its_channels():
    def predict(images):
        red = images[:, :, :, 0].max(axis=(1, 2))
        return np.column_stack([1 - red, red])

    found = aug.one_pixel(predict, np.zeros((3, 3, 3)), 0, rng=1)
    assert found.image.shape == (3, 3, 3)
    assert (found.image != 0).any(axis=2).sum() == 1
    assert found.fooled


def test_one_pixel_that_helps_nothing_fools_nothing():
    found = aug.one_pixel(lambda images: np.tile([0.9, 0.1], (len(images), 1)), np.zeros((3, 3)), 0,
                          iterations=2, rng=0)  # fmt: skip
    assert (found.before, found.after, found.fooled) == (0.9, 0.9, False)


# --- mixup ---


def test_without_strength_mixup_is_the_identity():
    x, y = np.random.default_rng(0).random((6, 2, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    mixed, labels = aug.mixup(x, y, 0, rng=0)
    assert np.array_equal(mixed, x)
    assert np.array_equal(labels, y)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 30), st.floats(0.01, 5), st.integers(0, 10_000))
def test_labels_are_mixed_as_the_examples_are(n, alpha, seed):
    """Examples that are their own labels must come out as their labels do."""
    x = np.eye(n)
    mixed, labels = aug.mixup(x, x.copy(), alpha, rng=seed)
    assert np.array_equal(mixed, labels)
    np.testing.assert_allclose(labels.sum(axis=1), 1)
    assert ((labels > 0).sum(axis=1) <= 2).all()
    # Everyone is once the other one, so the whole is as much as before.
    assert np.array_equal(x, np.eye(n))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_the_share_of_the_first_follows_the_beta_distribution(alpha):
    n = 20_000
    mixed, _ = aug.mixup(np.arange(n) * 1.0, np.ones((n, 1)), alpha, rng=0)
    rng = np.random.default_rng(0)
    other = rng.permutation(n)
    lam = (mixed - other)[other != np.arange(n)] / (np.arange(n) - other)[other != np.arange(n)]
    assert abs(lam.mean() - 0.5) < 0.01
    assert lam.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.05)


def test_mixup_keeps_single_precision():
    x, y = aug.mixup(np.ones((3, 2), np.float32), np.eye(3, dtype=np.float32), 1.0, rng=0)
    assert x.dtype == y.dtype == np.float32


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((np.ones((3, 2)), np.array([0, 1, 2]), 1.0), "y must have shape"),
        ((np.ones((3, 2)), np.eye(2), 1.0), "y must have shape"),
        ((np.full((2, 2), np.nan), np.eye(2), 1.0), "x must be finite"),
        ((np.ones((2, 2)), np.eye(2), -1.0), "alpha must be zero or positive"),
    ],
)
def test_bad_input_of_mixup_is_named(args, message):
    with pytest.raises(ValueError, match=message):
        aug.mixup(*args)
