"""A model in an ONNX file, as a function of arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression


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


def classifier_to_onnx(model: LogisticRegression) -> bytes:
    """Return a linear classifier as an ONNX file that answers with labels.

    Parameters
    ----------
    model : fitted scikit-learn classifier
        With `coef_`, `intercept_` and `classes_`, three or more of them, which are whole numbers:
        the label is the class of the highest score.

    Raises
    ------
    ValueError
        If there are fewer than three classes, or they are not whole numbers.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[-9.0], [0.0], [9.0]], [4, 5, 7])
    >>> OnnxModel(classifier_to_onnx(model))([[-8.0], [8.0]]).tolist()
    [4, 7]
    """
    from onnx import TensorProto, helper

    classes = np.asarray(model.classes_)
    if classes.dtype.kind not in "iu" or len(classes) < 3:
        raise ValueError(f"model must have three or more whole numbers as classes, got {classes}")
    values = {"weights": model.coef_.T.astype(np.float32), "classes": classes.astype(np.int64),
              "biases": model.intercept_.astype(np.float32)}  # fmt: skip
    tensors = [
        helper.make_tensor(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape, x)
        for name, x in values.items()
    ]
    nodes = [
        helper.make_node("Gemm", ["rows", "weights", "biases"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["highest"], axis=1, keepdims=0),
        helper.make_node("Gather", ["classes", "highest"], ["label"]),
    ]
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", model.coef_.shape[1]])
    label = helper.make_tensor_value_info("label", TensorProto.INT64, ["n"])
    graph = helper.make_graph(nodes, "classifier", [rows], [label], tensors)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
