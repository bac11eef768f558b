"""Smaller and faster models, and a way to find out whether they are.

A torch module becomes an ONNX model, which runs without torch and can be made smaller::

    from mlsdlib import compression

    thin = compression.low_rank(layer, compression.rank_budget(*layer.weight.shape, 4))
    model = compression.to_onnx(net, x[:1])
    small = compression.to_int8(model)
    compression.benchmark({"float": model, "int8": small}, x, y)

Nothing here promises a gain: `benchmark` measures size, latency, accuracy and the worst slice of
every model beside each other.
"""

from mlsdlib.compression._benchmark import Benchmark, benchmark, cpu_features, faster
from mlsdlib.compression._distil import distillation_loss
from mlsdlib.compression._lowrank import depthwise_separable, low_rank, rank_budget
from mlsdlib.compression._onnx import open_session, to_int8, to_onnx, to_onnx_each
from mlsdlib.compression._prune import magnitude_mask, remove_units
from mlsdlib.compression._quantise import Quantized, dequantize, fake_quantize, quantize_affine
from mlsdlib.compression._report import draw, table

__all__ = [
    "Benchmark",
    "Quantized",
    "benchmark",
    "cpu_features",
    "depthwise_separable",
    "dequantize",
    "distillation_loss",
    "draw",
    "fake_quantize",
    "faster",
    "low_rank",
    "magnitude_mask",
    "open_session",
    "quantize_affine",
    "rank_budget",
    "remove_units",
    "table",
    "to_int8",
    "to_onnx",
    "to_onnx_each",
]
