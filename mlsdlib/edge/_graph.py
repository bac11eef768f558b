"""What ONNX Runtime, as a compiler, makes of a model's graph."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_LEVELS = {
    "none": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}


@dataclass(frozen=True)
class RuntimeGraph:
    """A model's graph as the runtime executes it.

    Parameters
    ----------
    operators : tuple of str
        The kinds of its nodes, in the order in which they run.
    bytes_between : int
        What the nodes hand to each other through memory in one call, without the model's input,
        its weights and its output.
    """

    operators: tuple[str, ...]
    bytes_between: int

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(self.operators).items())
        return f"{len(self.operators)} operators ({kinds}), {self.bytes_between:,} bytes between"


def runtime_graph(model: bytes, x: np.ndarray, *, level: str = "extended") -> RuntimeGraph:
    """Return the graph that ONNX Runtime makes of a model before it runs it.

    Parameters
    ----------
    model : bytes
        An ONNX model with one input and one output.
    x : array
        An input: how many bytes pass between the nodes depends on its shape.
    level : str
        How much the runtime may change: ``"none"``; ``"basic"``, what holds for every machine, such
        as folding constants; ``"extended"``, which also fuses nodes into ones that only this
        runtime has; ``"all"``, which also lays out memory as this machine's processor likes it.

    Raises
    ------
    TypeError, ValueError
        If `model` is not bytes, or there is no such level.

    Examples
    --------
    >>> import torch
    >>> from mlsdlib.compression import to_onnx
    >>> layers = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    >>> x = np.zeros((10, 2), np.float32)
    >>> runtime_graph(to_onnx(layers, x), x, level="none")
    RuntimeGraph(operators=('Gemm', 'Relu'), bytes_between=120)
    >>> print(runtime_graph(to_onnx(layers, x), x))
    1 operators (1 FusedGemm), 0 bytes between
    """
    import onnx
    import onnxruntime as ort

    if not isinstance(model, bytes):
        raise TypeError(f"model must be bytes of an ONNX model, got {type(model).__name__}")
    if level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(_LEVELS)}, got {level!r}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "optimised.onnx"
        options = _options(level)
        options.optimized_model_filepath = str(file)
        ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        optimised = onnx.load(file)
    graph = optimised.graph
    last = {output.name for output in graph.output}
    between = [name for node in graph.node for name in node.output if name and name not in last]
    # The runtime tells the size of what it returns, so let it return everything. The graph is
    # optimised already and stays as it is.
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in between)
    session = ort.InferenceSession(
        optimised.SerializeToString(), _options("none"), providers=["CPUExecutionProvider"]
    )
    values = session.run(between, {session.get_inputs()[0].name: x}) if between else []
    operators = tuple(node.op_type for node in graph.node)
    return RuntimeGraph(operators, sum(value.nbytes for value in values))


def _options(level: str):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, _LEVELS[level])
    return options
