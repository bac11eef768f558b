"""A model in an ONNX file, as a function of arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np


class OnnxModel:
    """Predicts with onnxruntime, on one thread.

    Parameters
    ----------
    model : str, Path or bytes
        An ONNX file, or what stands in it, with one input of shape (n, n_features), float32. The
        first output are the predictions; an axis of length 1 behind n is left out.

    Attributes
    ----------
    n_features : int
        Numbers in a row.

    Raises
    ------
    ImportError
        If onnxruntime is not installed.
    ValueError
        If the model has other inputs.

    Examples
    --------
    >>> from onnx import TensorProto, helper
    >>> x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "xy")
    >>> graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "negated", [x], [y])
    >>> opset = [helper.make_opsetid("", 17)]
    >>> made = helper.make_model(graph, opset_imports=opset, ir_version=9)
    >>> OnnxModel(made.SerializeToString())([[1, 2]])
    array([[-1., -2.]], dtype=float32)
    """

    def __init__(self, model: str | Path | bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        given = model if isinstance(model, bytes) else str(model)
        self._session = onnxruntime.InferenceSession(
            given, options, providers=["CPUExecutionProvider"]
        )
        inputs = self._session.get_inputs()
        shape = inputs[0].shape if inputs else []
        if len(inputs) != 1 or len(shape) != 2 or not isinstance(shape[1], int):
            found = [(each.name, each.shape) for each in inputs]
            raise ValueError(f"model must have one input of shape (n, n_features), got {found}")
        self._name, self.n_features = inputs[0].name, shape[1]

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return the predictions of rows of shape (n, n_features)."""
        found = self._session.run(None, {self._name: np.asarray(rows, np.float32)})[0]
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
