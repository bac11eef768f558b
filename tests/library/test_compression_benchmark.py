"""The benchmark measures what it says, in the order of what it was given, and promises nothing."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from mlsdlib.compression import benchmark, cpu_features, draw, faster, table, to_onnx_each

DIGITS = np.random.default_rng(0).integers(4, size=400)
ROWS = np.eye(4, dtype=np.float32)[DIGITS]


class Says(torch.nn.Module):
    """Multiplies by a matrix: which class it says for each."""

    def __init__(self, matrix, waste=0):
        super().__init__()
        self.matrix = torch.nn.Parameter(torch.tensor(matrix, dtype=torch.float32))
        self.waste = torch.nn.Parameter(torch.zeros(waste, waste)) if waste else None

    def forward(self, x):
        out = x @ self.matrix
        if self.waste is None:
            return out
        return out + (torch.ones_like(x[:, :1]) @ self.waste[:1] @ self.waste).sum(1)[:, None]


@pytest.fixture(scope="module")
def models():
    confused = np.eye(4)
    confused[2] = confused[1]  # every 2 is read as 1
    return to_onnx_each(
        {"right": Says(3 * np.eye(4)), "confused": Says(confused), "slow": Says(np.eye(4), 700)},
        ROWS,
    )


def test_accuracy_worst_slice_and_size_are_those_of_each_model(models):
    found = benchmark(models, ROWS, DIGITS, calls=15)
    assert list(found) == ["right", "confused", "slow"]
    assert found["right"].accuracy.value == 1
    assert (found["confused"].worst, found["confused"].worst_accuracy.value) == (2, 0)
    assert found["confused"].worst_accuracy.n == (DIGITS == 2).sum()
    np.testing.assert_array_equal(found["confused"].right, DIGITS != 2)
    assert found["confused"].accuracy.value == pytest.approx((DIGITS != 2).mean())
    assert {name: one.bytes for name, one in found.items()} == {
        n: len(m) for n, m in models.items()
    }


def test_calibration_is_how_far_confidence_is_from_accuracy(models):
    sure = np.exp(3) / (np.exp(3) + 3)
    found = benchmark(models, ROWS, DIGITS, calls=15)["right"]
    assert found.calibration == pytest.approx(1 - sure, abs=1e-6)


def test_slices_may_be_any_parts(models):
    halves = np.where(np.arange(400) < 200, "first", "second")
    found = benchmark(models, ROWS, DIGITS, slices=halves, calls=15)["confused"]
    shares = {half: (DIGITS != 2)[halves == half].mean() for half in ("first", "second")}
    assert found.worst == min(shares, key=shares.get)
    assert found.worst_accuracy.value == pytest.approx(min(shares.values()))


def test_speed_is_told_against_the_first(models):
    found = benchmark(models, ROWS, DIGITS, batch=8, calls=60)
    assert found["right"].speed.value == found["right"].speed.high == 1
    assert found["slow"].speed.high < 1
    assert all(0 < one.p50 <= one.p95 for one in found.values())
    turned = benchmark({"slow": models["slow"], "right": models["right"]}, ROWS, DIGITS, calls=60)
    assert turned["right"].speed.low > 1
    assert faster(models["slow"], models["right"], ROWS[:8], pairs=7).low > 1


def test_models_that_run_as_they_stand_say_the_same(models):
    fused = benchmark(models, ROWS, DIGITS, calls=15)["confused"]
    plain = benchmark(models, ROWS, DIGITS, calls=15, unfused=["confused"])["confused"]
    np.testing.assert_array_equal(fused.right, plain.right)


def test_half_precision_gets_its_rows_in_half_precision():
    layer = torch.nn.Linear(4, 4)
    layers = {"float": layer, "half": torch.nn.Linear(4, 4).half()}
    models = to_onnx_each(layers, {"float": ROWS, "half": ROWS.astype(np.float16)})
    assert faster(models["float"], models["half"], ROWS[:2], pairs=7).value > 0


def test_features_of_the_processor_are_yes_or_no():
    found = cpu_features()
    assert "avx512_vnni" in found
    assert set(map(type, found.values())) == {bool}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"models": {}}, ValueError, "models must hold at least one model"),
        ({"models": {"a": "b"}}, TypeError, "model must be bytes from to_onnx"),
        ({"x": ROWS * np.nan}, ValueError, "x must be finite"),
        ({"y": DIGITS[:-1]}, ValueError, "must have a value for each row of x"),
        ({"y": DIGITS / 2}, ValueError, "classes in whole numbers; got float64"),
        ({"slices": DIGITS[:3]}, ValueError, r"got int64 of shape \(400,\) and shape \(3,\)"),
        (
            {"unfused": ["fast"]},
            ValueError,
            r"unfused must name some of the models, got \['fast'\]",
        ),
        ({"batch": 401}, ValueError, "batch must be between 1 and 400, got 401"),
        ({"calls": 14}, ValueError, "calls must be at least 15, got 14"),
    ],
)
def test_bad_input_is_an_error_that_names_it(models, change, error, message):
    call = {"models": models, "x": ROWS, "y": DIGITS} | change
    with pytest.raises(error, match=message):
        benchmark(call.pop("models"), call.pop("x"), call.pop("y"), **call)


def test_the_report_has_a_row_for_each_model_and_its_latency_in_the_first_ones_median(models):
    found = benchmark(models, ROWS, DIGITS, calls=15)
    head, *rows = table(found).splitlines()
    assert [row.split()[0] for row in rows] == list(found)
    assert len({len(row) for row in [head, *rows]}) == 1
    assert float(rows[0].split()[2]) == 1
    axes = Figure().subplots(1, 4, sharey=True)
    draw(found, axes)
    assert [label.get_text() for label in axes[0].get_yticklabels()] == list(found)
    assert [bar.get_width() for bar in axes[0].patches] == [len(m) / 1e3 for m in models.values()]
    medians = [line.get_xdata()[0] for line in axes[1].lines if line.get_marker() == "o"]
    assert medians == [one.p50 / found["right"].p50 for one in found.values()]
    assert all(axis.get_xlabel() and axis.get_ylabel() for axis in axes)
    assert len(axes[1].xaxis.get_minorticklocs()) == 0


def test_a_report_of_nothing_or_on_other_axes_is_refused(models):
    with pytest.raises(ValueError, match="found must hold at least one model"):
        table({})
    with pytest.raises(ValueError, match="axes must be four, got 3"):
        draw(benchmark(models, ROWS, DIGITS, calls=15), [None] * 3)
