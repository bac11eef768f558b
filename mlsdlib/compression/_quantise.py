"""Numbers in few bits: whole numbers with a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.compression._inputs import finite

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Quantized:
    """Whole numbers that stand for others: ``(values - zero_point) * scale``.

    Parameters
    ----------
    values : array of int8, uint8, int16 or uint16
    scale, zero_point : arrays
        Of shape () or, with an axis, such that they broadcast against `values`.
    bits : int
    """

    values: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray
    bits: int


def quantize_affine(
    x: np.ndarray,
    *,
    bits: int = 8,
    symmetric: bool = False,
    axis: int | tuple[int, ...] | None = None,
) -> Quantized:
    """Return `x` in whole numbers of few bits, with scale and zero point.

    Parameters
    ----------
    x : array or tensor
        Finite numbers.
    bits : int
        From 1 to 16.
    symmetric : bool
        False spreads the whole numbers 0 to ``2**bits - 1`` over the range of `x`, widened to
        hold 0. True uses as many on either side of 0, and a zero point of 0: for weights. One
        symmetric bit is the sign, and its scale the mean size (Rastegari et al. 2016).
    axis : int or tuple of int, optional
        A scale of its own for each index of this axis, such as each output of a layer, or of these
        axes together.

    Returns
    -------
    Quantized
        Zero stays exactly zero, except with one symmetric bit. With 2 bits or more no number is
        off by more than half a scale. Where all numbers are 0 the scale is 1. Jacob et al. (2018),
        *Quantization and training of neural networks for efficient integer-arithmetic-only
        inference*.

    Raises
    ------
    TypeError, ValueError
        If `x` is empty or not finite, or an option is not what it must be.

    Examples
    --------
    >>> q = quantize_affine(np.array([-1.0, 0.0, 0.7, 2.0]), bits=4)
    >>> q.values.tolist(), round(float(q.scale), 3), int(q.zero_point)
    ([0, 5, 8, 15], 0.2, 5)
    >>> dequantize(q).round(3).tolist()
    [-1.0, 0.0, 0.6, 2.0]
    """
    x = finite("x", x)
    x = x if x.dtype == np.float32 else x.astype(float)
    bits = whole("bits", bits, 1, 16)
    if axis is not None:
        axes = axis if isinstance(axis, tuple) else (axis,)
        kept = {whole("axis", each, -x.ndim, x.ndim - 1) % x.ndim for each in axes}
        axis = tuple(i for i in range(x.ndim) if i not in kept)
    if symmetric and bits == 1:
        scale = _nonzero(np.abs(x).mean(axis=axis, keepdims=axis is not None))
        values, zero = np.where(x < 0, -1, 1), np.zeros_like(scale)
    elif symmetric:
        top = 2 ** (bits - 1) - 1
        scale = _nonzero(np.abs(x).max(axis=axis, keepdims=axis is not None) / top)
        values, zero = np.rint(x / scale), np.zeros_like(scale)
    else:
        low = np.minimum(x.min(axis=axis, keepdims=axis is not None), 0)
        high = np.maximum(x.max(axis=axis, keepdims=axis is not None), 0)
        scale = _nonzero((high - low) / (2**bits - 1))
        zero = np.rint(-low / scale)
        values = np.clip(np.rint(x / scale) + zero, 0, 2**bits - 1)
    sign = "i" if symmetric else "u"
    kind = np.dtype(f"{sign}{1 if bits <= 8 else 2}")
    return Quantized(values.astype(kind), scale, zero.astype(np.int64), bits)


def dequantize(q: Quantized) -> np.ndarray:
    """Return the numbers that whole numbers stand for.

    Examples
    --------
    >>> dequantize(quantize_affine(np.array([0.0, 1.0]), bits=1)).tolist()
    [0.0, 1.0]
    """
    # Whole numbers of 16 bits are exact in float32, and so are their differences.
    return (q.values.astype(q.scale.dtype) - q.zero_point.astype(q.scale.dtype)) * q.scale


def fake_quantize(
    weights: Tensor, *, bits: int, axis: int | tuple[int, ...] | None = None
) -> Tensor:
    """Return weights rounded to symmetric `bits`, with the gradient of weights that are not.

    For training with rounding in mind: the layer computes with what `quantize_affine` will leave
    of its weights, and the gradient passes the rounding as if it were not there, since its own is
    zero nearly everywhere. This is the straight-through estimator (Bengio et al. 2013).

    Parameters
    ----------
    weights : tensor
    bits, axis
        As in `quantize_affine`.

    Examples
    --------
    >>> import torch
    >>> weights = torch.tensor([-1.0, 0.2, 0.9], requires_grad=True)
    >>> seen = fake_quantize(weights, bits=2)
    >>> seen.sum().backward()
    >>> seen.tolist(), weights.grad.tolist()
    ([-1.0, 0.0, 1.0], [1.0, 1.0, 1.0])
    """
    import torch

    if not isinstance(weights, torch.Tensor):
        raise TypeError(f"weights must be a tensor, got {type(weights).__name__}")
    rounded = dequantize(quantize_affine(weights, bits=bits, symmetric=True, axis=axis))
    return weights + (torch.as_tensor(rounded, dtype=weights.dtype) - weights).detach()


def _nonzero(scale: np.ndarray) -> np.ndarray:
    return np.where(scale > 0, scale, scale.dtype.type(1))
