"""Smaller and faster models, and a way to find out whether they are.

A torch module becomes an ONNX model, which runs without torch and can be made smaller::

    from mlsdlib import compression

    model = compression.to_onnx(net, x[:1])
    small = compression.to_int8(model)
"""

from mlsdlib.compression._onnx import open_session, to_int8, to_onnx, to_onnx_each

__all__ = ["open_session", "to_int8", "to_onnx", "to_onnx_each"]
