"""`mlsdlib.compression` beside what else does the same: exports, masks, rounding, a loss.

Run ``python benchmarks/bench_compression.py [modules]``. Every pair gives equal results, checked
first, and the processor's seconds of one thread are compared. The promise is about the exporter:
`to_onnx_each` takes many modules through it at once, where one would call it in a loop. The rest
is told as it comes. torch's pruning makes a mask by its own selection and wraps the modules; its
fake quantisation is compiled, and given the scales, which ours has to find.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable

import numpy as np
import onnxruntime
import torch
from torch.nn import functional as F
from torch.nn.utils import prune

from mlsdlib import compression
from mlsdlib.timing import time_ratio

FACTOR = 3  # how many times faster many modules must be exported, at the interval's lower end
ROWS = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)


def module(hidden: int) -> torch.nn.Sequential:
    """Return a net of two layers."""
    line = torch.nn.Linear
    return torch.nn.Sequential(line(64, hidden), torch.nn.ReLU(), line(hidden, 10)).eval()


def answers(models: dict[str, bytes]) -> np.ndarray:
    """Return what each model says."""
    return np.stack(
        [compression.open_session(model).run(None, {"x": ROWS})[0] for model in models.values()]
    )


def one_by_one(modules: dict[str, torch.nn.Module]) -> dict[str, bytes]:
    """Call the exporter in a loop, as its documentation does."""
    axes = ({0: torch.export.Dim("batch")},)
    found = {}
    for name, each in modules.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                each,
                (torch.as_tensor(ROWS),),
                dynamo=True,
                dynamic_shapes=axes,
                input_names=["x"],
                verbose=False,
            )
        found[name] = program.model_proto.SerializeToString()
    return found


def torchs_masks(layers: list[torch.nn.Linear]) -> list[np.ndarray]:
    """Prune nine tenths of all layers with torch, and take the pruning off again."""
    named = [(layer, "weight") for layer in layers]
    prune.global_unstructured(named, pruning_method=prune.L1Unstructured, amount=0.9)
    masks = [layer.weight_mask.numpy().astype(bool) for layer in layers]
    for layer in layers:
        weight = layer.weight_orig.detach()
        prune.remove(layer, "weight")
        layer.weight.data = weight
    return masks


def rowwise(weights: np.ndarray) -> np.ndarray:
    """Round each row to 8 bits in a loop."""
    result = np.empty_like(weights)
    for i, row in enumerate(weights):
        scale = np.abs(row).max() / np.float32(127)
        result[i] = np.rint(row / scale) * scale
    return result


def torchs_rounding(weights: torch.Tensor, scales: torch.Tensor) -> np.ndarray:
    """Round each row to 8 bits with torch, given the scales."""
    zeros = torch.zeros(len(weights), dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weights, scales, zeros, 0, -127, 127).numpy()


def written_out(s: torch.Tensor, t: torch.Tensor, y: torch.Tensor) -> float:
    """Return the loss of distillation as most repositories write it."""
    soft = F.kl_div(F.log_softmax(s / 4, -1), F.softmax(t / 4, -1), reduction="batchmean") * 16
    return float(0.7 * soft + 0.3 * F.cross_entropy(s, y))


def show(name: str, slow: Callable, fast: Callable, same: Callable) -> float:
    """Print how many times longer `slow` takes; return the lower end of the interval."""
    ratio = time_ratio(slow, fast, pairs=7, cpu=True, same=same)
    print(f"  {name:58s} {ratio}", flush=True)
    return ratio.low


def main(count: int) -> int:
    """Print the ratios; return 1 if many modules are not exported much faster."""
    torch.set_num_threads(1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it names packages nobody asked for
    print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}; "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    torch.manual_seed(0)
    layers = [torch.nn.Linear(512, 512) for _ in range(3)]
    weights = layers[0].weight.detach()
    scales = weights.abs().amax(1) / 127
    s, t, y = torch.randn(4_096, 10), torch.randn(4_096, 10), torch.randint(10, (4_096,))

    def masks() -> list[np.ndarray]:
        return compression.magnitude_mask([layer.weight for layer in layers], 0.9)

    def rounded() -> np.ndarray:
        return compression.dequantize(compression.quantize_affine(weights, symmetric=True, axis=0))

    def loss() -> float:
        return float(compression.distillation_loss(s, t, y, T=4.0, alpha=0.7))

    def equal_masks(a: list, b: list) -> bool:
        return all(map(np.array_equal, a, b))

    def close(a: object, b: object) -> bool:
        return np.allclose(a, b, rtol=1e-5, atol=1e-6)

    show("torch prune.global_unstructured / magnitude_mask", lambda: torchs_masks(layers), masks,
         equal_masks)  # fmt: skip
    show("a loop over rows / quantize_affine and back", lambda: rowwise(weights.numpy()), rounded,
         close)  # fmt: skip
    show("torch fake_quantize, scales given / the same",
         lambda: torchs_rounding(weights, scales), rounded, close)  # fmt: skip
    show("kl_div and cross_entropy / distillation_loss", lambda: written_out(s, t, y), loss, close)
    modules = {f"net {i}": module(16 + i) for i in range(count)}
    return int(
        show(
            f"torch.onnx.export in a loop / to_onnx_each, {count} modules",
            lambda: one_by_one(modules),
            lambda: compression.to_onnx_each(modules, ROWS),
            lambda a, b: close(answers(a), answers(b)),
        )
        < FACTOR
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
