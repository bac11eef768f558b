"""Few bits, a teacher, fewer weights, low rank: laws, published values and errors."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlsdlib.compression import (
    depthwise_separable,
    dequantize,
    distillation_loss,
    fake_quantize,
    low_rank,
    magnitude_mask,
    quantize_affine,
    rank_budget,
    remove_units,
)

unhurried = settings(deadline=None)
numbers = arrays(
    float, st.integers(1, 30), elements=st.floats(-1e6, 1e6).map(lambda v: round(v, 9))
)


def rng(seed=0):
    return np.random.default_rng(seed)


# ---- few bits


@unhurried
@given(numbers, st.integers(2, 16), st.booleans())
def test_no_number_is_off_by_more_than_half_a_scale(x, bits, symmetric):
    q = quantize_affine(x, bits=bits, symmetric=symmetric)
    assert (np.abs(dequantize(q) - x) <= q.scale * (0.5 + 1e-9)).all()
    lowest = -(2 ** (bits - 1) - 1) if symmetric else 0
    highest = 2 ** (bits - 1) - 1 if symmetric else 2**bits - 1
    assert lowest <= q.values.min()
    assert q.values.max() <= highest
    assert lowest <= q.zero_point <= highest


@unhurried
@given(numbers, st.integers(2, 16), st.booleans())
def test_zero_stays_zero_and_a_second_time_changes_nothing(x, bits, symmetric):
    x = np.append(x, 0.0)
    once = dequantize(quantize_affine(x, bits=bits, symmetric=symmetric))
    assert once[-1] == 0
    if symmetric:  # an affine range may move by a part of a scale, as its ends were rounded
        twice = dequantize(quantize_affine(once, bits=bits, symmetric=True))
        np.testing.assert_allclose(twice, once, rtol=1e-12)


def test_the_range_is_that_of_jacob_and_others_and_holds_zero():
    q = quantize_affine(np.array([-1.0, 3.0]), bits=8)
    assert q.scale == pytest.approx(4 / 255)
    assert (q.zero_point, q.values.tolist(), q.values.dtype) == (64, [0, 255], np.uint8)
    one_sided = quantize_affine(np.array([10.0, 20.0]), bits=4)
    assert (one_sided.zero_point, one_sided.scale) == (0, pytest.approx(20 / 15))
    below = quantize_affine(np.array([-20.0, -10.0]), bits=4)
    assert (below.zero_point, below.values.tolist()) == (15, [0, 7])


def test_symmetric_integers_are_signed_and_the_least_one_is_not_used():
    q = quantize_affine(np.array([-2.0, 1.0]), bits=8, symmetric=True)
    assert (q.values.tolist(), q.values.dtype, q.zero_point) == ([-127, 64], np.int8, 0)
    assert quantize_affine(np.array([1.0]), bits=9, symmetric=True).values.dtype == np.int16


def test_one_symmetric_bit_is_the_sign_with_the_mean_size():
    q = quantize_affine(np.array([-3.0, 1.0, 0.0, 2.0]), bits=1, symmetric=True)
    assert dequantize(q).tolist() == [-1.5, 1.5, 1.5, 1.5]


def test_all_zeros_come_back_and_have_a_scale_of_one():
    for symmetric in (True, False):
        for bits in (1, 8):
            q = quantize_affine(np.zeros(3), bits=bits, symmetric=symmetric)
            assert q.scale == 1
            assert np.abs(dequantize(q)).max() <= (symmetric and bits == 1)


def test_an_axis_has_scales_of_its_own():
    x = rng().normal(size=(4, 5, 6)) * np.array([1, 10, 100, 1000])[:, None, None]
    q = quantize_affine(x, bits=4, symmetric=True, axis=0)
    assert q.scale.shape == (4, 1, 1)
    for row, values in zip(x, q.values, strict=True):
        alone = quantize_affine(row, bits=4, symmetric=True)
        np.testing.assert_array_equal(values, alone.values)
    both = quantize_affine(x, axis=(0, -1))
    assert both.scale.shape == (4, 1, 6)


def test_single_precision_stays_and_rounds_the_same():
    x = rng().normal(size=200).astype(np.float32)
    q = quantize_affine(x, bits=8, symmetric=True)
    assert dequantize(q).dtype == np.float32
    assert (np.abs(dequantize(q) - x) <= q.scale * 0.5001).all()


def test_fake_quantisation_computes_with_rounded_weights_and_learns_the_others():
    weights = torch.tensor(rng().normal(size=(3, 4)), requires_grad=True)
    seen = fake_quantize(weights, bits=3, axis=0)
    expected = dequantize(quantize_affine(weights, bits=3, symmetric=True, axis=0))
    np.testing.assert_allclose(seen.detach().numpy(), expected, atol=1e-12)
    slope = torch.tensor(rng(1).normal(size=(3, 4)))
    (seen * slope).sum().backward()
    assert torch.equal(weights.grad, slope)


# ---- distillation


def test_the_loss_is_the_sum_written_out():
    s, t = rng().normal(size=(2, 5, 4))
    y, T, alpha = rng(1).integers(4, size=5), 3.0, 0.7

    def softmax(z):
        return np.exp(z) / np.exp(z).sum(-1, keepdims=True)

    p, q = softmax(t / T), softmax(s / T)
    soft = (p * np.log(p / q)).sum(-1).mean()
    hard = -np.log(softmax(s)[np.arange(5), y]).mean()
    expected = alpha * T**2 * soft + (1 - alpha) * hard
    found = distillation_loss(torch.tensor(s), torch.tensor(t), torch.tensor(y), T=T, alpha=alpha)
    assert float(found) == pytest.approx(expected, rel=1e-12)


def test_at_high_temperatures_it_tends_to_matched_logits():
    # Hinton et al. 2015, section 2.1: the gradient is (s - t) / N for logits of zero mean.
    s, t = (torch.tensor(z - z.mean(), requires_grad=True) for z in rng().normal(size=(2, 6)))
    distillation_loss(s, t, T=1e4).backward()
    torch.testing.assert_close(s.grad, (s - t).detach() / 6, rtol=1e-3, atol=1e-6)
    assert t.grad is None


def test_its_gradient_hardly_depends_on_the_temperature():
    s, t = rng().normal(size=(2, 20, 10))
    lengths = []
    for T in (2.0, 8.0):
        student = torch.tensor(s, requires_grad=True)
        distillation_loss(student, torch.tensor(t), T=T).backward()
        lengths.append(float(student.grad.norm()))
    assert 0.6 < lengths[0] / lengths[1] < 1.6


def test_alpha_of_zero_is_cross_entropy_and_large_logits_are_fine():
    s, y = torch.tensor([[800.0, -900.0]], requires_grad=True), torch.tensor([1])
    loss = distillation_loss(s.detach(), torch.zeros(1, 2), y, alpha=0.0)
    assert float(loss) == pytest.approx(1_700)
    distillation_loss(s, torch.tensor([[-900.0, 800.0]]), T=1.0).backward()
    assert torch.isfinite(s.grad).all()


def test_stacked_nets_are_averaged():
    s, t = (torch.tensor(z) for z in rng().normal(size=(2, 3, 5, 4)))
    y = torch.tensor(rng(1).integers(4, size=(3, 5)))
    whole = distillation_loss(s, t, y, alpha=0.5)
    parts = [distillation_loss(*part, alpha=0.5) for part in zip(s, t, y, strict=True)]
    assert float(whole) == pytest.approx(float(sum(parts)) / 3)


# ---- pruning


@unhurried
@given(numbers, st.floats(0, 1))
def test_exactly_the_share_goes_and_no_larger_weight_than_one_that_stays(x, sparsity):
    mask = magnitude_mask(x, sparsity)
    assert (~mask).sum() == round(sparsity * len(x))
    if mask.any() and not mask.all():
        assert np.abs(x[~mask]).max() <= np.abs(x[mask]).min()


@unhurried
@given(numbers, numbers, st.floats(0, 1))
def test_several_arrays_are_ranked_as_one(a, b, sparsity):
    masks = magnitude_mask([a, b], sparsity)
    whole = magnitude_mask(np.concatenate([a, b]), sparsity)
    np.testing.assert_array_equal(np.concatenate(masks), whole)
    assert [mask.shape for mask in masks] == [a.shape, b.shape]


def test_of_equal_weights_the_first_go_and_the_ends_are_all_or_none():
    x = np.array([[1.0, -1.0], [1.0, 1.0]])
    assert magnitude_mask(x, 0.5).tolist() == [[False, False], [True, True]]
    assert magnitude_mask(x, 0).all()
    assert not magnitude_mask(torch.tensor(x, requires_grad=True), 1).any()


def net(*widths):
    dice = torch.Generator().manual_seed(0)
    layers = []
    for ends in pairwise(widths):
        layers += [torch.nn.Linear(*ends), torch.nn.ReLU()]
    made = torch.nn.Sequential(*layers[:-1])
    for weights in made.parameters():
        weights.data = torch.randn(weights.shape, generator=dice)
    return made


def test_units_that_do_nothing_can_be_removed():
    module, x = net(5, 8, 6, 3), torch.tensor(rng().normal(size=(7, 5)), dtype=torch.float32)
    module[2].weight.data[[1, 4]] = 0  # no input, and the bias goes with them
    module[4].weight.data[:, [1, 4]] = 0
    module[2].bias.data[[1, 4]] = -1
    smaller = remove_units(module, 4, layer=1)
    assert [tuple(part.weight.shape) for part in smaller[::2]] == [(8, 5), (4, 8), (3, 4)]
    torch.testing.assert_close(smaller(x), module(x))
    assert module[2].out_features == 6


def test_a_unit_is_as_strong_as_what_comes_in_times_what_goes_out():
    module = net(2, 3, 1)
    module[0].weight.data = torch.tensor([[3.0, 4.0], [10.0, 0.0], [1.0, 0.0]])
    module[2].weight.data = torch.tensor([[2.0, 0.1, 9.0]])  # strengths 10, 1 and 9
    kept = remove_units(module, 2)
    assert kept[0].weight.tolist() == [[3.0, 4.0], [1.0, 0.0]]
    assert kept[2].weight.tolist() == [[2.0, 9.0]]


# ---- low rank


def product(layers):
    return layers[1].weight.detach().numpy() @ layers[0].weight.detach().numpy()


@pytest.mark.parametrize(("m", "n"), [(12, 20), (20, 12), (9, 9)])
def test_the_error_is_that_of_eckart_and_young(m, n):
    layer = torch.nn.Linear(n, m, dtype=torch.float64)
    layer.weight.data = torch.tensor(rng().normal(size=(m, n)))
    sizes = np.linalg.svd(layer.weight.detach().numpy(), compute_uv=False)
    for rank in range(1, min(m, n) + 1):
        error = np.linalg.norm(product(low_rank(layer, rank)) - layer.weight.detach().numpy())
        assert error == pytest.approx(math.sqrt((sizes[rank:] ** 2).sum()), abs=1e-13)


def test_a_layer_of_that_rank_is_kept_with_its_bias():
    layer = torch.nn.Linear(30, 20)
    layer.weight.data = torch.tensor(
        rng().normal(size=(20, 3)) @ rng(1).normal(size=(3, 30))
    ).float()
    layer.bias.data = torch.tensor(rng(2).normal(size=20)).float()
    x = torch.tensor(rng(3).normal(size=(4, 30))).float()
    torch.testing.assert_close(low_rank(layer, 3)(x), layer(x), rtol=1e-4, atol=1e-4)
    assert low_rank(torch.nn.Linear(4, 4, bias=False), 2)[1].bias is None


@unhurried
@given(st.integers(1, 3_000), st.integers(1, 3_000), st.sampled_from([0.5, 1, 1.5, 2, 7, 100]))
def test_the_budget_is_the_largest_rank_that_fits(m, n, ratio):
    rank = rank_budget(m, n, ratio)

    def fits(rank):
        return rank * (m + n) * ratio <= m * n

    assert 1 <= rank <= min(m, n)
    assert fits(rank) or rank == 1
    assert rank == min(m, n) or not fits(rank + 1)


def test_a_separable_layer_has_the_same_shapes_and_fewer_weights():
    conv = torch.nn.Conv2d(16, 16, 3, stride=2, padding=1, bias=False)
    layer, x = depthwise_separable(conv), torch.zeros(2, 16, 9, 9)
    assert layer(x).shape == conv(x).shape
    counts = [sum(w.numel() for w in part.parameters()) for part in (conv, layer)]
    assert counts == [16 * 16 * 9, 16 * 9 + 16 * 16]
    # Filters that are each the product of a shape and of weights of channels are matched exactly.
    shape, mix = torch.randn(16, 1, 3, 3), torch.randn(16, 16, 1, 1)
    conv.weight.data = mix * shape[:, 0][None]
    layer[0].weight.data, layer[1].weight.data = shape, mix
    x = torch.randn(2, 16, 9, 9)
    torch.testing.assert_close(layer(x), conv(x), rtol=1e-4, atol=1e-4)


# ---- errors

LINE, PAIR = torch.nn.Linear(3, 2), torch.ones(2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: quantize_affine([]), ValueError, "x must hold at least one number"),
        (lambda: quantize_affine([np.nan, 1.0]), ValueError, "finite, got 1 that are not"),
        (lambda: quantize_affine(["a"]), TypeError, "x must hold numbers"),
        (lambda: quantize_affine([1.0], bits=0), ValueError, "bits must be between 1 and 16"),
        (lambda: quantize_affine([1.0], bits=2.5), TypeError, "bits must be a whole number"),
        (lambda: quantize_affine([1.0], axis=1), ValueError, "axis must be between -1 and 0"),
        (lambda: fake_quantize(np.ones(2), bits=8), TypeError, "weights must be a tensor, got nd"),
        (lambda: distillation_loss(1, PAIR), TypeError, "s must be a tensor, got int"),
        (lambda: distillation_loss(PAIR, torch.ones(3)), ValueError, "must have the same shape"),
        (lambda: distillation_loss(PAIR, PAIR, T=0), ValueError, "T must be above 0"),
        (lambda: distillation_loss(PAIR, PAIR, T="a"), TypeError, "T must be a number"),
        (lambda: distillation_loss(PAIR, PAIR, alpha=2), ValueError, "alpha must lie between"),
        (lambda: distillation_loss(PAIR, PAIR, alpha=0.5), ValueError, "alpha < 1, got None"),
        (lambda: magnitude_mask([], 0.5), ValueError, "weights must hold at least one array"),
        (lambda: magnitude_mask(np.ones(3), 1.5), ValueError, "sparsity must lie between 0 and 1"),
        (lambda: magnitude_mask(np.ones(3), "a"), TypeError, "sparsity must be a number, got str"),
        (lambda: magnitude_mask(np.array([np.inf]), 0.5), ValueError, "weights must be finite"),
        (lambda: remove_units(LINE, 1), TypeError, "torch.nn.Sequential, got Linear"),
        (lambda: remove_units(net(2, 3), 1), ValueError, "two linear layers, got 1"),
        (
            lambda: remove_units(torch.nn.Sequential(LINE, LINE), 1),
            ValueError,
            "2 outputs before 3",
        ),
        (
            lambda: remove_units(net(2, 3, 1), 4),
            ValueError,
            "keep must be between 1 and 3",
        ),
        (
            lambda: remove_units(net(2, 3, 1), 1, layer=1),
            ValueError,
            "layer must be between 0 and 0",
        ),
        (lambda: low_rank(len, 1), TypeError, "linear must be a torch.nn.Linear, got builtin"),
        (lambda: low_rank(LINE, 3), ValueError, "rank must be between 1 and 2, got 3"),
        (lambda: depthwise_separable(LINE), TypeError, "torch.nn.Conv2d, got Linear"),
        (
            lambda: depthwise_separable(torch.nn.Conv2d(4, 4, 3, groups=2)),
            ValueError,
            "conv must have one group, got 2",
        ),
        (lambda: rank_budget(0, 3, 1), ValueError, "m must be at least 1, got 0"),
        (lambda: rank_budget(3, 3, 0), ValueError, "ratio must be above 0 and finite, got 0"),
        (lambda: rank_budget(3, 3, None), TypeError, "ratio must be a number, got NoneType"),
    ],
)
def test_bad_input_is_an_error_that_names_it(call, error, message):
    with pytest.raises(error, match=message):
        call()
