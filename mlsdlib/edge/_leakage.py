"""What an update of a model tells about the data it was computed from.

For one input x, the gradients of a dense layer are ``d * x`` for the weights and ``d`` for the
biases, where d depends on all the rest of the network. Their quotient is x (Phong and others, 2017;
Zhu and others, *Deep leakage from gradients*, 2019).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def recover(grad_weight: ArrayLike, grad_bias: ArrayLike) -> np.ndarray:
    """Return the one input that a dense layer's gradients were computed from.

    It is exact up to rounding for a single input, whatever comes after the layer. Where noise was
    added to the gradients, it is the estimate with the least squared error: all outputs are used,
    by the first singular vector of weights and biases together.

    Parameters
    ----------
    grad_weight : array of shape (outputs, inputs)
    grad_bias : array of shape (outputs,)

    Returns
    -------
    array of shape (inputs,)

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or the biases' gradients are all zero:
        then the input has left no trace, or at least not its scale.

    Examples
    --------
    >>> recover([[0.5, 1.0], [-1.0, -2.0]], [0.25, -0.5]).round(6).tolist()
    [2.0, 4.0]
    """
    weight, bias = _checked(grad_weight, grad_bias)
    if not bias.any():
        raise ValueError("grad_bias must not be zero for every output")
    direction = np.linalg.svd(np.column_stack([weight, bias]), full_matrices=False)[2][0]
    return direction[:-1] / direction[-1]


def recover_each(grad_weight: ArrayLike, grad_bias: ArrayLike) -> np.ndarray:
    """Return what each output of a dense layer tells about the inputs of a batch.

    Each row is a weighted mean of the inputs. An output that only one input of the batch has moved,
    such as a ReLU that is silent for all others, gives away that input exactly.

    Parameters
    ----------
    grad_weight : array of shape (outputs, inputs)
    grad_bias : array of shape (outputs,)

    Returns
    -------
    array of shape (k, inputs), k <= outputs
        Outputs whose bias has a gradient of zero are left out.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> recover_each([[0.5, 1.0], [0.0, 0.0]], [0.25, 0.0]).tolist()
    [[2.0, 4.0]]
    """
    weight, bias = _checked(grad_weight, grad_bias)
    told = bias != 0
    return weight[told] / bias[told, None]


def _checked(grad_weight: ArrayLike, grad_bias: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    weight, bias = np.asarray(grad_weight, float), np.asarray(grad_bias, float)
    if weight.ndim != 2 or weight.size == 0:
        raise ValueError(f"grad_weight must have shape (outputs, inputs), got {weight.shape}")
    if bias.shape != weight.shape[:1]:
        raise ValueError(
            f"grad_bias must have one number for each of the {len(weight)} outputs, got shape "
            f"{bias.shape}"
        )
    for name, array in (("grad_weight", weight), ("grad_bias", bias)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
    return weight, bias
