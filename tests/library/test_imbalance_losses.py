"""The focal loss: published values, the cross-entropy as a special case, and its gradient."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from mlsdlib.imbalance import focal_loss


def drawn(n=40, scale=3.0):
    generator = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(n, generator=generator, dtype=torch.float64)
    return logits, (torch.rand(n, generator=generator) < 0.3).double()


def test_an_easy_example_counts_a_hundredth():
    logit, y = torch.logit(torch.tensor([0.9], dtype=torch.float64)), torch.ones(1)
    assert float(focal_loss(logit, y)) == pytest.approx(0.00105361, abs=5e-9)
    assert float(focal_loss(logit, y)) == pytest.approx(-math.log(0.9) / 100)


def test_gamma_zero_is_the_cross_entropy():
    logits, y = drawn()
    expected = F.binary_cross_entropy_with_logits(logits, y)
    assert torch.equal(focal_loss(logits, y, gamma=0), expected)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 1.0])
def test_it_is_the_formula(gamma, alpha):
    logits, y = drawn()
    q = torch.where(y == 1, logits.sigmoid(), 1 - logits.sigmoid())
    weight = 1 if alpha is None else torch.where(y == 1, alpha, 1 - alpha)
    expected = -weight * (1 - q) ** gamma * q.log()
    got = focal_loss(logits, y, gamma=gamma, alpha=alpha, reduction="none")
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)
    for reduction in ("mean", "sum"):
        whole = focal_loss(logits, y, gamma=gamma, alpha=alpha, reduction=reduction)
        torch.testing.assert_close(whole, getattr(expected, reduction)())


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_the_gradient_is_that_of_finite_differences(gamma, alpha):
    logits, y = drawn(12)
    logits.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda z: focal_loss(z, y, gamma=gamma, alpha=alpha, reduction="none"), (logits,)
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_extreme_logits_stay_finite(gamma):
    logits = torch.tensor([-1e4, -200.0, 200.0, 1e4], requires_grad=True)
    for y in (torch.zeros(4), torch.ones(4)):
        loss = focal_loss(logits, y, gamma=gamma, reduction="none")
        (gradient,) = torch.autograd.grad(loss.sum(), logits)
        assert torch.isfinite(loss).all()
        assert torch.isfinite(gradient).all()


def test_labels_may_be_whole_numbers_or_truth_values():
    logits, y = drawn()
    assert torch.equal(focal_loss(logits, y.long()), focal_loss(logits, y))
    assert torch.equal(focal_loss(logits, y.bool()), focal_loss(logits, y))


@pytest.mark.parametrize(
    ("logits", "y", "options", "error", "message"),
    [
        ([0.0], torch.zeros(1), {}, TypeError, "logits must be a tensor, got list"),
        (torch.zeros(1), [0], {}, TypeError, "y must be a tensor, got list"),
        (torch.zeros(1).long(), torch.zeros(1), {}, TypeError, "logits must hold floats"),
        (torch.zeros(2), torch.zeros(2, 1), {}, ValueError, "must have the same shape"),
        (torch.zeros(0), torch.zeros(0), {}, ValueError, "at least one number"),
        (torch.zeros(1), torch.full((1,), 0.5), {}, ValueError, "y must hold 0 and 1 only"),
        (torch.zeros(1), torch.zeros(1), {"gamma": -1}, ValueError, "gamma must be at least 0"),
        (torch.zeros(1), torch.zeros(1), {"gamma": "2"}, TypeError, "gamma must be a number"),
        (torch.zeros(1), torch.zeros(1), {"alpha": "2"}, TypeError, "alpha must be a number"),
        (torch.zeros(1), torch.zeros(1), {"alpha": 2}, ValueError, "alpha must lie between"),
        (torch.zeros(1), torch.zeros(1), {"reduction": "all"}, ValueError, "reduction must be"),
    ],
)
def test_errors_name_the_argument(logits, y, options, error, message):
    with pytest.raises(error, match=message):
        focal_loss(logits, y, **options)
