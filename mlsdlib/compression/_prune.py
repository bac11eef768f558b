"""Pruning: which weights may go, and layers without some of their units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.compression._inputs import finite, share, whole

if TYPE_CHECKING:
    from torch.nn import Linear


def magnitude_mask(
    weights: np.ndarray | Sequence[np.ndarray], sparsity: float
) -> np.ndarray | list[np.ndarray]:
    """Return which weights stay: all but the share `sparsity` that is closest to zero.

    Parameters
    ----------
    weights : array or tensor, or a sequence of them
        With one array, the share is of that array. With several they are ranked together, so that
        layers of small weights lose more.
    sparsity : float
        From 0 to 1. Exactly ``round(sparsity * n)`` of the n weights go; of equally large ones
        those that stand first.

    Returns
    -------
    boolean array, or a list of them
        Of the same shape; True stays. Han et al. (2015), *Learning both weights and connections
        for efficient neural networks*.

    Raises
    ------
    TypeError, ValueError
        If a weight is not finite, there is none, or the share is out of range.

    Examples
    --------
    >>> magnitude_mask(np.array([[0.1, -2.0], [-0.3, 0.2]]), 0.5).tolist()
    [[False, True], [True, False]]
    >>> [m.tolist() for m in magnitude_mask([np.array([1.0, 5.0]), np.array([2.0, 9.0])], 0.5)]
    [[False, True], [False, True]]
    """
    sparsity = share("sparsity", sparsity)
    several = isinstance(weights, (list, tuple))
    arrays = [finite("weights", each) for each in (weights if several else [weights])]
    if not arrays:
        raise ValueError("weights must hold at least one array, got none")
    sizes = np.abs(np.concatenate([array.ravel() for array in arrays]))
    stays = np.ones(len(sizes), bool)
    stays[np.argsort(sizes, kind="stable")[: round(sparsity * len(sizes))]] = False
    parts = np.split(stays, np.cumsum([array.size for array in arrays])[:-1])
    masks = [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]
    return masks if several else masks[0]


def remove_units(first: Linear, second: Linear, keep: int) -> tuple[Linear, Linear]:
    """Return two layers that follow each other with only the `keep` strongest units between them.

    A unit is as strong as the length of its incoming weights times that of its outgoing ones:
    what it could do at most. Nothing is set to zero: both layers are smaller, so any runtime is
    faster with them.

    Parameters
    ----------
    first, second : torch.nn.Linear
        The outputs of the first are the inputs of the second, each by itself: an activation may
        stand between them.
    keep : int
        How many units stay, from 1.

    Raises
    ------
    TypeError, ValueError
        If a layer is not linear, they do not fit, or there are fewer units.

    Examples
    --------
    >>> import torch
    >>> small = remove_units(torch.nn.Linear(8, 100), torch.nn.Linear(100, 3), 10)
    >>> [tuple(layer.weight.shape) for layer in small]
    [(10, 8), (3, 10)]
    """
    import torch

    for name, layer in (("first", first), ("second", second)):
        if not isinstance(layer, torch.nn.Linear):
            raise TypeError(f"{name} must be a torch.nn.Linear, got {type(layer).__name__}")
    if first.out_features != second.in_features:
        raise ValueError(
            f"second must take what first gives, got {first.out_features} outputs and "
            f"{second.in_features} inputs"
        )
    keep = whole("keep", keep, 1, first.out_features)
    strength = first.weight.detach().norm(dim=1) * second.weight.detach().norm(dim=0)
    order = torch.argsort(strength, descending=True, stable=True)[:keep].sort().values
    return (
        _linear(first.weight[order], None if first.bias is None else first.bias[order]),
        _linear(second.weight[:, order], second.bias),
    )


def _linear(weight: object, bias: object) -> Linear:
    """Return a layer with copies of these weights."""
    import torch

    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer
