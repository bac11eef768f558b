"""Models leave torch with the same answers, and come back in int8 with nearly the same."""

import logging

import numpy as np
import onnx
import pytest
import torch

from mlsdlib.compression import open_session, to_int8, to_onnx, to_onnx_each


def net(inputs=6, hidden=16, seed=0):
    """Return a small net with known weights."""
    dice = torch.Generator().manual_seed(seed)
    made = torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 3)
    )
    for weights in made.parameters():
        weights.data = torch.randn(weights.shape, generator=dice)
    return made


ROWS = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)


def run(model, x=ROWS, **options):
    return open_session(model, **options).run(None, {"x": x})[0]


@pytest.fixture(scope="module")
def models():
    convolution = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(32, 3)
    )
    modules = {"net": net(), "other": net(hidden=8, seed=1), "convolution": convolution}
    examples = {"net": ROWS[:1], "other": ROWS[:2], "convolution": np.zeros((1, 1, 6, 6), "f4")}
    return modules, to_onnx_each(modules, examples)


def test_each_model_answers_as_its_module_does_for_any_number_of_rows(models):
    modules, exported = models
    for name, module in modules.items():
        shape = (1, 6, 6) if name == "convolution" else (6,)
        for rows in (1, 2, 7):
            x = np.random.default_rng(rows).normal(size=(rows, *shape)).astype(np.float32)
            with torch.no_grad():
                expected = module(torch.as_tensor(x)).numpy()
            for fuse in (True, False):
                found = run(exported[name], x, fuse=fuse)
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_one_model_is_the_same_bytes_alone_and_among_others(models):
    _, exported = models
    assert to_onnx(net(), torch.zeros(5, 6)) == exported["net"]


def test_a_model_tells_nothing_of_where_it_was_made(models):
    _, exported = models
    for model in exported.values():
        assert b".py" not in model
        assert b"site-packages" not in model


def test_a_module_is_exported_as_it_predicts_and_stays_as_it_was():
    module = torch.nn.Sequential(net(), torch.nn.Dropout(0.9)).train()
    model = to_onnx(module, ROWS)
    assert module.training
    assert module[1].training
    with torch.no_grad():
        expected = module[0](torch.as_tensor(ROWS)).numpy()
    np.testing.assert_allclose(run(model), expected, rtol=1e-5, atol=1e-5)


def test_nothing_is_said_while_exporting(capfd, caplog):
    level = logging.getLogger("torch.onnx").level
    to_int8(to_onnx(net(), ROWS))
    shown = capfd.readouterr()
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (shown.out, shown.err, warned) == ("", "", [])
    assert logging.getLogger("torch.onnx").level == level


@pytest.mark.parametrize("calibration", [None, ROWS], ids=["dynamic", "static"])
def test_int8_gives_nearly_the_same_and_always_the_same(models, calibration):
    model = models[1]["net"]
    small = to_int8(model, calibration=calibration)
    assert small == to_int8(model, calibration=calibration)
    off = np.abs(run(small) - run(model)).max() / np.abs(run(model)).max()
    assert 0 < off < 0.05
    kinds = {node.op_type for node in onnx.load_from_string(small).graph.node}
    assert ("MatMulInteger" in kinds) == (calibration is None)
    assert ("QuantizeLinear" in kinds) == (calibration is not None)


@pytest.mark.parametrize("calibration", [None, ROWS], ids=["dynamic", "static"])
def test_two_products_of_bytes_fit_into_16_bits_on_any_processor(models, calibration):
    small = onnx.load_from_string(to_int8(models[1]["net"], calibration=calibration))
    weights = [onnx.numpy_helper.to_array(w) for w in small.graph.initializer]
    matrices = [w.astype(int) for w in weights if w.dtype == np.int8 and w.ndim == 2]
    assert len(matrices) == 2
    for matrix in matrices:
        assert np.abs(matrix).max() >= 60  # nearly all of the 7 bits are used
        assert 2 * 255 * np.abs(matrix).max() < 2**15


def test_int8_weights_are_bytes():
    model = to_onnx(torch.nn.Linear(300, 300), np.zeros((1, 300), np.float32))
    assert 3.7 < len(model) / len(to_int8(model)) < 4


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: to_onnx(len, ROWS), TypeError, "module must be a torch.nn.Module, got builtin"),
        (
            lambda: to_onnx(net(), np.float32(1)),
            ValueError,
            r"must have a batch axis",
        ),
        (lambda: to_onnx(net(), ROWS[:0]), ValueError, r"at least one row, got \(0, 6\)"),
        (lambda: to_onnx_each({}, ROWS), ValueError, "modules must hold at least one module"),
        (lambda: to_onnx_each({"a": net()}, {"b": ROWS}), ValueError, r"got \['b'\] for \['a'\]"),
        (lambda: to_int8(net()), TypeError, "model must be bytes from to_onnx, got Sequential"),
        (lambda: to_int8(b"", calibration=ROWS[:0]), ValueError, r"calibration must hold at least"),
        (lambda: to_int8(b"", calibration=ROWS * np.nan), ValueError, "all finite"),
        (lambda: open_session("model.onnx"), TypeError, "model must be bytes from to_onnx, got st"),
    ],
)
def test_bad_input_is_an_error_that_names_it(call, error, message):
    with pytest.raises(error, match=message):
        call()
