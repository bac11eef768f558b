"""From torch to a file that any runtime reads, and from there to int8."""

from __future__ import annotations

import copy
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnxruntime as ort
    from torch import Tensor
    from torch.nn import Module

INPUT, OUTPUT = "x", "y"


def to_onnx(module: Module, example: Tensor | np.ndarray) -> bytes:
    """Return a torch module as an ONNX model, with a batch axis of any length.

    Parameters
    ----------
    module : torch.nn.Module
        Takes one tensor whose first axis is the batch, and returns one such tensor. It is exported
        as it predicts (``eval``), and not changed.
    example : tensor or array of shape (n, ...)
        An input of the right type and shape; what it holds does not matter.

    Returns
    -------
    bytes
        The model: its input is named "x", its output "y". The same module gives the same bytes:
        the exporter's notes on where in which file a layer was called are left out.

    Raises
    ------
    TypeError, ValueError
        If `module` is no module, or `example` has no batch axis.

    See Also
    --------
    to_onnx_each : many modules in one go; each go costs seconds.

    Examples
    --------
    >>> import torch
    >>> model = to_onnx(torch.nn.Linear(3, 2), np.zeros((1, 3), np.float32))
    >>> open_session(model).run(None, {"x": np.ones((5, 3), np.float32)})[0].shape
    (5, 2)
    """
    return to_onnx_each({"module": module}, example)["module"]


def to_onnx_each(
    modules: Mapping[str, Module], example: Tensor | np.ndarray | Mapping[str, Tensor | np.ndarray]
) -> dict[str, bytes]:
    """Return several modules as ONNX models, each as `to_onnx` does, for the price of one.

    The exporter spends most of its time on reading its own list of operators, once a call. So the
    modules go through it side by side as one graph, which is then cut into its parts.

    Parameters
    ----------
    modules : mapping from name to torch.nn.Module
    example : tensor, array, or a mapping from the same names to them
        One example for all, or one for each.

    Raises
    ------
    TypeError, ValueError
        As `to_onnx`, or if there is no module, or the names differ.

    Examples
    --------
    >>> import torch
    >>> layers = {"small": torch.nn.Linear(3, 2), "large": torch.nn.Linear(3, 200)}
    >>> models = to_onnx_each(layers, np.zeros((2, 3), np.float32))
    >>> {name: len(model) > 1_000 for name, model in models.items()}
    {'small': False, 'large': True}
    """
    import torch

    examples = example if isinstance(example, Mapping) else dict.fromkeys(modules, example)
    if not modules:
        raise ValueError("modules must hold at least one module, got none")
    if set(examples) != set(modules):
        raise ValueError(
            f"example must have the names of modules, got {sorted(examples)} for {sorted(modules)}"
        )
    for name, module in modules.items():
        if not isinstance(module, torch.nn.Module):
            raise TypeError(f"{name} must be a torch.nn.Module, got {type(module).__name__}")
    inputs = tuple(_two_rows(examples[name]) for name in modules)

    class Together(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(copy.deepcopy(module) for module in modules.values())

        def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
            return tuple(part(x) for part, x in zip(self.parts, inputs, strict=True))

    axis = {0: torch.export.Dim("batch")}
    numbers = range(len(inputs))
    with _quiet("torch.onnx"):
        program = torch.onnx.export(
            Together().eval(),
            inputs,
            dynamo=True,
            dynamic_shapes=(tuple(axis for _ in inputs),),
            input_names=[f"{INPUT}{i}" for i in numbers],
            output_names=[f"{OUTPUT}{i}" for i in numbers],
            verbose=False,
        )
    whole = program.model_proto
    return {name: _cut(whole, i) for i, name in enumerate(modules)}


def to_int8(model: bytes, *, calibration: np.ndarray | None = None) -> bytes:
    """Return an ONNX model whose matrix products and convolutions use 8-bit integers.

    Weights become int8, rounded once and for all, with one scale for each output. The numbers that
    flow between the layers need scales, too:

    - *dynamic*, without `calibration`: each layer looks for the range of its inputs at each call.
    - *static*, with `calibration`: the ranges are those seen on these inputs, and fixed.

    Both are done by ``onnxruntime.quantization``. Weights use 7 of the 8 bits (``reduce_range``).
    Processors without VNNI add two products of bytes in 16 bits: in full range the sum can be cut
    off, and one file gives right answers on one machine and wrong ones on another. With 7 bits
    every sum fits.

    Parameters
    ----------
    model : bytes
        From `to_onnx`, in float32.
    calibration : array of shape (n, ...), optional
        Inputs such as the model will see.

    Raises
    ------
    TypeError, ValueError
        If `model` is not bytes, or `calibration` is empty or not finite.

    Examples
    --------
    >>> import torch
    >>> model = to_onnx(torch.nn.Linear(200, 200), np.zeros((1, 200), np.float32))
    >>> 3.5 < len(model) / len(to_int8(model)) < 4
    True
    """
    import onnx

    if not isinstance(model, bytes):
        raise TypeError(f"model must be bytes from to_onnx, got {type(model).__name__}")
    if calibration is not None:
        calibration = np.asarray(calibration, np.float32)
        if len(calibration) == 0 or not np.isfinite(calibration).all():
            raise ValueError(
                "calibration must hold at least one input, all finite; got shape "
                f"{calibration.shape}"
            )
    from onnxruntime import quantization as q

    proto = onnx.load_from_string(model)
    with tempfile.TemporaryDirectory() as folder, _quiet(None):
        to = Path(folder) / "int8.onnx"
        if calibration is None:
            q.quantize_dynamic(
                proto, to, per_channel=True, weight_type=q.QuantType.QInt8, reduce_range=True
            )
        else:
            q.quantize_static(
                proto,
                to,
                _Rows(proto.graph.input[0].name, calibration),
                per_channel=True,
                activation_type=q.QuantType.QUInt8,
                weight_type=q.QuantType.QInt8,
                reduce_range=True,
            )
        return to.read_bytes()


def open_session(model: bytes, *, fuse: bool = True) -> ort.InferenceSession:
    """Return an ONNX Runtime session on the CPU that uses one thread.

    Parameters
    ----------
    model : bytes
        An ONNX model.
    fuse : bool
        Let the runtime rewrite the graph before it runs: merge operators, fold constants. False
        runs the nodes one by one as they stand.

    Examples
    --------
    >>> import torch
    >>> model = to_onnx(torch.nn.Identity(), np.zeros((1, 2), np.float32))
    >>> open_session(model).run(None, {"x": np.ones((1, 2), np.float32)})[0].tolist()
    [[1.0, 1.0]]
    """
    import onnxruntime as ort

    if not isinstance(model, bytes):
        raise TypeError(f"model must be bytes from to_onnx, got {type(model).__name__}")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if fuse else level.ORT_DISABLE_ALL
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class _Rows:
    """The calibration data as onnxruntime asks for them: one feed after the other, then None."""

    def __init__(self, name: str, rows: np.ndarray, size: int = 64) -> None:
        self._feeds = iter({name: rows[i : i + size]} for i in range(0, len(rows), size))

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)


def _two_rows(example: Tensor | np.ndarray) -> Tensor:
    """Return an example of two rows: the exporter takes an axis of length one to be constant."""
    import torch

    tensor = torch.as_tensor(example)
    if tensor.ndim == 0 or len(tensor) == 0:
        raise ValueError(
            f"example must have a batch axis with at least one row, got {tuple(tensor.shape)}"
        )
    return tensor[:1].expand(2, *tensor.shape[1:]).contiguous()


def _cut(whole: object, number: int) -> bytes:
    """Return one part of the exported graph as a model of its own, without the notes."""
    import onnx
    from onnx.utils import Extractor

    names = {f"{INPUT}{number}": INPUT, f"{OUTPUT}{number}": OUTPUT}
    part = Extractor(whole).extract_model([f"{INPUT}{number}"], [f"{OUTPUT}{number}"])
    graph = part.graph
    graph.name, part.producer_version, part.doc_string = "model", "", ""
    del graph.value_info[:]
    for position, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{position}"
        for ends in (node.input, node.output):
            ends[:] = [names.get(end, end) for end in ends]
    for value in (*graph.input, *graph.output):
        value.name = names[value.name]
    for holder in (part, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        holder.doc_string = ""
        del holder.metadata_props[:]
    onnx.checker.check_model(part)
    return part.SerializeToString(deterministic=True)


@contextmanager
def _quiet(logger: str | None) -> Iterator[None]:
    """Keep warnings and notes of a logger back: they tell of packages that nobody asked for."""
    log = logging.getLogger(logger)
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
