"""What a browser or Node needs: the files of the page, the runtime, and a model as they read it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np

WEB = Path(__file__).with_name("web")
RUNTIME = WEB / "onnxruntime_web"
RUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)


def runtime_bytes() -> int:
    """Return how many bytes a browser fetches before it can run any model: compressed, as sent.

    Examples
    --------
    >>> 3e6 < runtime_bytes() < 5e6
    True
    """
    return sum((RUNTIME / f"{name}.gz").stat().st_size for name in RUNTIME_FILES)


def unpack_for_node(folder: Path) -> None:
    """Write what Node runs into a folder, decompressed: it imports files, not addresses."""
    for name in RUNTIME_FILES:
        (folder / name).write_bytes(gzip.decompress((RUNTIME / f"{name}.gz").read_bytes()))
    for name in ("runtimes.mjs", "node.mjs"):
        (folder / name).write_bytes((WEB / name).read_bytes())


def plain_layers(model: bytes) -> tuple[list[dict[str, object]], bytes]:
    """Return a model's layers as plain JavaScript reads them: their shapes, and all numbers.

    Parameters
    ----------
    model : bytes
        An ONNX model: dense layers in a chain, with ReLUs between them and one input.

    Raises
    ------
    TypeError, ValueError
        If `model` is not bytes, or holds anything else.
    """
    import onnx

    if not isinstance(model, bytes):
        raise TypeError(f"model must be bytes of an ONNX model, got {type(model).__name__}")
    graph = onnx.load_from_string(model).graph
    numbers = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    shapes: list[dict[str, object]] = []
    arrays: list[np.ndarray] = []
    value = graph.input[0].name
    for node in graph.node:
        settings = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.input[0] != value:
            raise ValueError("model must be a chain of layers, got one with branches")
        if node.op_type == "Relu" and shapes and not shapes[-1]["relu"]:
            shapes[-1]["relu"] = True
        elif node.op_type == "Gemm" and len(node.input) == 3 and _is_plain(settings):
            weight, bias = (numbers[name] for name in node.input[1:])
            weight = weight if settings.get("transB") else weight.T
            outputs, inputs = weight.shape
            shapes.append({"inputs": inputs, "outputs": outputs, "relu": False})
            arrays += [weight, bias]
        else:
            raise ValueError(
                f"model must hold dense layers (Gemm) and ReLUs only, got {node.op_type}"
            )
        value = node.output[0]
    if not shapes:
        raise ValueError("model must hold at least one dense layer, got none")
    return shapes, b"".join(np.ascontiguousarray(a, "<f4").tobytes() for a in arrays)


def _is_plain(settings: dict[str, object]) -> bool:
    scaled = settings.get("alpha", 1.0) != 1.0 or settings.get("beta", 1.0) != 1.0
    return not scaled and not settings.get("transA")


def as_json(value: object) -> bytes:
    """Return a value as JSON for JavaScript."""
    return json.dumps(value).encode()
