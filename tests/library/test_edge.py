"""Placement, gradients that leak, noise, graphs and tuners: laws, oracles, and errors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from mlsdlib import edge
from mlsdlib.compression import open_session, to_onnx_each

finite = st.floats(-100, 100, width=32)
positive = st.floats(0.01, 1_000)


# ---- placement


@pytest.mark.parametrize(("compute", "expected"), [(5.0, 13.0), (100.0, 1.6)])
def test_the_break_even_of_the_syllabus(compute, expected):
    assert edge.breakeven_slowdown(compute, 60.0) == pytest.approx(expected)


@given(positive, positive, st.floats(0, 1_000))
def test_the_edge_wins_up_to_the_break_even(compute, slowdown, rtt):
    limit = float(edge.breakeven_slowdown(compute, rtt))
    found = edge.place(compute, slowdown=[slowdown, 0.999 * limit, 1.001 * limit], rtt_ms=rtt)
    assert found.where[1:].tolist() == ["edge", "cloud"]
    assert (found.where[0] == "edge") == (found.edge_ms[0] <= found.cloud_ms[0])


def test_where_nothing_else_is_left():
    found = edge.place(
        5.0,
        slowdown=100.0,
        rtt_ms=1.0,
        memory_mb=[10.0, 10.0, 10.0, 10.0],
        free_mb=[10.0, 9.0, 10.0, 9.0],
        online=[True, True, False, False],
    )
    assert found.where.tolist() == ["cloud", "cloud", "edge", "none"]
    assert np.isinf(found.edge_ms).tolist() == [False, True, False, True]
    assert np.isinf(found.cloud_ms).tolist() == [False, False, True, True]


def test_of_equal_latencies_the_edge_wins():
    assert edge.place(5.0, slowdown=13.0, rtt_ms=60.0).where.item() == "edge"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"compute_ms": 0.0}, "compute_ms must be positive, got 0.0"),
        ({"slowdown": [1.0, -1.0]}, r"slowdown must be positive, got \[1.0, -1.0\]"),
        ({"rtt_ms": np.nan}, "rtt_ms must be at least 0, got nan"),
        ({"memory_mb": -1.0}, "memory_mb must be at least 0"),
        ({"free_mb": np.nan}, "free_mb must be at least 0"),
    ],
)
def test_a_placement_out_of_range_is_refused(wrong, message):
    options = {"compute_ms": 5.0, "slowdown": 2.0, "rtt_ms": 10.0} | wrong
    with pytest.raises(ValueError, match=message):
        edge.place(options.pop("compute_ms"), **options)


# ---- gradients


def gradients(x, y, *, hidden=32, seed=0):
    """The gradients of the first layer of a net with a ReLU, by autograd."""
    dice = torch.Generator().manual_seed(seed)
    w1, b1, w2 = (
        torch.randn(*shape, generator=dice, dtype=torch.float64).requires_grad_()
        for shape in ((hidden, x.shape[1]), (hidden,), (4, hidden))
    )
    scores = torch.relu(torch.tensor(x, dtype=torch.float64) @ w1.T + b1) @ w2.T
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    return [g.numpy() for g in torch.autograd.grad(loss, [w1, b1])]


@given(arrays(np.float64, 6, elements=finite), st.integers(0, 3))
def test_one_input_comes_back_whatever_it_was(x, label):
    weight, bias = gradients(x[None], [label])
    if np.abs(bias).max() > 1e-200:  # else no neuron was awake, or the loss was zero
        assert_allclose(edge.recover(weight, bias), x, atol=1e-6)
        assert_allclose(edge.recover_each(weight, bias)[0], x, atol=1e-6)


def test_of_a_batch_each_row_is_a_mixture_and_some_are_pure():
    x = np.random.default_rng(0).normal(size=(3, 6))
    weight, bias = gradients(x, [0, 1, 2], hidden=256)
    told = edge.recover_each(weight, bias)
    alone = np.abs(told[:, None] - x).max(axis=2).min(axis=0)
    assert (alone < 1e-9).all()
    assert (np.abs(told[:, None] - x).max(axis=2).min(axis=1) > 0.01).any()


def test_noise_is_averaged_over_the_outputs():
    rng = np.random.default_rng(0)
    x, delta = rng.normal(size=50), rng.normal(size=20)
    weight = np.outer(delta, x) + 0.05 * rng.normal(size=(20, 50))
    largest = np.abs(delta).argmax()
    error = np.abs(edge.recover(weight, delta) - x).mean()
    assert error < np.abs(weight[largest] / delta[largest] - x).mean()


@pytest.mark.parametrize(
    ("weight", "bias", "message"),
    [
        ([[1.0]], [0.0], "grad_bias must not be zero for every output"),
        ([1.0], [1.0], r"grad_weight must have shape \(outputs, inputs\), got \(1,\)"),
        ([[]], [1.0], "grad_weight must have shape"),
        ([[1.0]], [1.0, 2.0], "grad_bias must have one number for each of the 1 outputs"),
        ([[np.nan]], [1.0], "grad_weight must be finite"),
        ([[1.0]], [np.inf], "grad_bias must be finite"),
    ],
)
def test_what_tells_nothing_is_refused(weight, bias, message):
    with pytest.raises(ValueError, match=message):
        edge.recover(weight, bias)


def test_outputs_that_tell_nothing_are_left_out():
    assert edge.recover_each([[1.0, 2.0], [3.0, 4.0]], [0.0, 2.0]).tolist() == [[1.5, 2.0]]
    assert edge.recover_each([[1.0, 2.0]], [0.0]).shape == (0, 2)


# ---- noise


@given(st.lists(finite, min_size=1, max_size=5), st.floats(0.1, 10))
def test_a_gradient_is_cut_and_keeps_its_direction(values, clip):
    (cut,) = edge.hide([np.array(values)], sigma=0.0, clip=clip)
    assert np.linalg.norm(cut) <= clip * (1 + 1e-9)
    if np.linalg.norm(values) <= clip:
        assert_allclose(cut, values)
    else:
        assert_allclose(cut * np.linalg.norm(values), np.array(values) * clip, atol=1e-6)


def test_noise_has_its_size_and_its_seed():
    zeros = [np.zeros((100, 100)), np.zeros(100)]
    noise = edge.hide(zeros, sigma=0.5, clip=2.0, rng=0)
    assert [part.shape for part in noise] == [(100, 100), (100,)]
    assert noise[0].std() == pytest.approx(1.0, rel=0.05)
    assert_allclose(edge.hide(zeros, sigma=0.5, clip=2.0, rng=0)[0], noise[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"sigma": -1.0}, "sigma must be at least 0"), ({"sigma": np.nan}, "sigma must be at least 0"),
     ({"sigma": 0.0, "clip": 0.0}, "clip must be positive, got 0.0")],
)  # fmt: skip
def test_impossible_noise_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        edge.hide([np.ones(2)], **wrong)


def test_a_gradient_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="gradients must be finite, got NaN or infinity"):
        edge.hide([np.ones(2), np.array([np.nan])], sigma=0.0)


def test_the_server_adds_up_what_the_devices_hide():
    """One round of training together is one step along the mean of the hidden gradients."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 3)) * 3, np.array([0, 1, 2, 1, 0])
    weights = edge.train_together(x, y, classes=3, rounds=1, devices=5, rate=1.0, rng=0)
    data, steps = np.column_stack([x, np.ones(5)]), []
    for one, label in zip(data, y, strict=True):
        gradient = np.outer(np.full(3, 1 / 3) - np.eye(3)[label], one)
        steps += edge.hide([gradient], sigma=0.0)
    assert_allclose(weights, -np.mean(steps, axis=0))


def test_the_noise_of_a_round_is_that_of_its_devices_together():
    x, y = np.zeros((400, 1)), np.zeros(400, int)
    weights = np.array([
        edge.train_together(x, y, classes=1, sigma=2.0, rounds=1, devices=400, rate=1.0, rng=seed)
        for seed in range(300)
    ])  # fmt: skip
    assert weights.std() == pytest.approx(2.0 / 20, rel=0.1)  # sigma over the root of 400


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"x": np.zeros(3)}, r"x must be finite, of shape \(n, inputs\)"),
        ({"x": np.full((4, 1), np.nan)}, "x must be finite"),
        ({"y": np.zeros(3, int)}, r"y of shape \(n,\); got \(4, 1\) and \(3,\)"),
        ({"y": np.array([0, 1, 2, 0])}, "y must lie between 0 and classes - 1 = 1"),
        ({"y": np.zeros(4)}, "y must hold whole numbers, got float64"),
        ({"devices": 5}, "devices must be at most the 4 examples, got 5"),
        ({"rounds": 0}, "rounds must be at least 1, got 0"),
        ({"sigma": -0.1}, "sigma must be at least 0"),
    ],
)
def test_training_together_refuses_what_does_not_fit(wrong, message):
    options = {"x": np.zeros((4, 1)), "y": np.zeros(4, int), "classes": 2, "devices": 2} | wrong
    with pytest.raises(ValueError, match=message):
        edge.train_together(options.pop("x"), options.pop("y"), **options)


# ---- graphs


class Spelt(torch.nn.Module):
    def forward(self, x):
        return x * 0.5 * (1 + torch.erf(x / 2**0.5))


@pytest.fixture(scope="module")
def models():
    dense = torch.nn.Linear(4, 4)
    return to_onnx_each(
        {"gelu": torch.nn.Sequential(dense, Spelt(), dense), "one": torch.nn.Linear(4, 4)},
        np.zeros((1, 4), np.float32),
    )


def test_a_spelt_activation_becomes_one_operator(models):
    x = np.zeros((10, 4), np.float32)
    plain, fused = (edge.runtime_graph(models["gelu"], x, level=k) for k in ("none", "extended"))
    assert plain.operators.count("Erf") == 1
    assert fused.operators == ("Gemm", "Gelu", "Gemm")
    assert fused.bytes_between == 2 * 10 * 4 * 4  # after the first and the second
    assert plain.bytes_between == (len(plain.operators) - 1) * 10 * 4 * 4


def test_bytes_grow_with_the_rows_and_vanish_with_one_operator(models):
    sizes = [
        edge.runtime_graph(models["gelu"], np.zeros((rows, 4), np.float32)).bytes_between
        for rows in (1, 10)
    ]
    assert sizes[1] == 10 * sizes[0]
    alone = edge.runtime_graph(models["one"], np.zeros((3, 4), np.float32))
    assert (alone.operators, alone.bytes_between) == (("Gemm",), 0)
    assert str(alone) == "1 operators (1 Gemm), 0 bytes between"


def test_the_graph_is_that_of_a_model_that_still_works(models):
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    outputs = [open_session(models["gelu"], fuse=f).run(None, {"x": x})[0] for f in (True, False)]
    assert_allclose(*outputs, atol=1e-5)


def test_an_unknown_level_or_model_is_refused(models):
    x = np.zeros((1, 4), np.float32)
    with pytest.raises(ValueError, match="level must be one of none, basic, extended, all, got 'x"):
        edge.runtime_graph(models["one"], x, level="x")
    with pytest.raises(TypeError, match="model must be bytes of an ONNX model, got str"):
        edge.runtime_graph("model.onnx", x)


# ---- tuners


def gains(**options):
    runs = [edge.simulate_tuner(rng=seed, **options) for seed in range(200)]
    return np.array([(run.promised, run.delivered) for run in runs])


def test_without_noise_a_tuner_keeps_its_promise():
    promised, delivered = gains(tries=50, jitter=0.0).T
    assert_allclose(promised, delivered)
    assert (gains(tries=343, jitter=0.0)[:, 1] >= delivered - 1e-12).all()


def test_with_noise_it_promises_too_much_and_more_with_more_tries():
    few, many = (np.log(gains(tries=k, jitter=0.2)).mean(axis=0) for k in (8, 128))
    assert few[0] > few[1]
    assert many[0] - many[1] > few[0] - few[1]


def test_repeated_timings_make_it_honest():
    once, often = (np.log(gains(tries=20, jitter=0.2, repeats=k)).mean(axis=0) for k in (1, 25))
    assert once[0] - once[1] > 2 * (often[0] - often[1])


def test_a_learned_search_finds_more():
    random, learned = (gains(tries=40, jitter=0.02, learned=k)[:, 1] for k in (False, True))
    assert np.log(learned).mean() > np.log(random).mean()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tries": 1}, "tries must be from 2 to 343, got 1"),
        ({"tries": 344}, "tries must be from 2 to 343"),
        ({"repeats": 0}, "repeats must be at least 1"),
        ({"jitter": -0.1}, "jitter must be at least 0"),
        ({"jitter": np.nan}, "jitter must be at least 0"),
    ],
)
def test_an_impossible_search_is_refused(wrong, message):
    options = {"tries": 10, "jitter": 0.1} | wrong
    with pytest.raises(ValueError, match=message):
        edge.simulate_tuner(**options)
