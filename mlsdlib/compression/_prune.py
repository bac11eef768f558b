"""Pruning: which weights may go, and layers without some of their units."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.compression._inputs import finite, share

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear, Sequential


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
    stays = _all_but_smallest(sizes, round(sparsity * len(sizes)))
    parts = np.split(stays, np.cumsum([array.size for array in arrays])[:-1])
    masks = [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]
    return masks if several else masks[0]


def _all_but_smallest(sizes: np.ndarray, k: int) -> np.ndarray:
    """Return which stay if the k smallest go, in linear time; of equal ones the first go."""
    if k == 0:
        return np.ones(len(sizes), bool)
    limit = np.partition(sizes, k - 1)[k - 1]
    stays = sizes > limit
    equal = np.flatnonzero(sizes == limit)
    stays[equal[k - np.count_nonzero(sizes < limit) :]] = True
    return stays


def remove_units(module: Sequential, keep: int, *, layer: int = 0) -> Sequential:
    """Return a net with only the `keep` strongest units of one of its linear layers.

    A unit is as strong as the length of its incoming weights times that of its outgoing ones:
    what it could do at most. Nothing is set to zero: two layers are smaller, so any runtime is
    faster with them.

    Parameters
    ----------
    module : torch.nn.Sequential
        Stays as it is. Between the layer and the next linear one may stand what treats each unit
        by itself, such as an activation.
    keep : int
        How many units stay, from 1.
    layer : int
        Which of its linear layers, from 0; not the last.

    Raises
    ------
    TypeError, ValueError
        If `module` is no such net, the layers do not fit, or there are fewer units.

    Examples
    --------
    >>> import torch
    >>> net = torch.nn.Sequential(torch.nn.Linear(8, 100), torch.nn.ReLU(), torch.nn.Linear(100, 3))
    >>> [tuple(part.weight.shape) for part in remove_units(net, 10)[::2]]
    [(10, 8), (3, 10)]
    """
    import torch

    if not isinstance(module, torch.nn.Sequential):
        raise TypeError(f"module must be a torch.nn.Sequential, got {type(module).__name__}")
    linear = [i for i, part in enumerate(module) if isinstance(part, torch.nn.Linear)]
    if len(linear) < 2:
        raise ValueError(f"module must hold at least two linear layers, got {len(linear)}")
    at, then = linear[layer := whole("layer", layer, 0, len(linear) - 2)], linear[layer + 1]
    first, second = module[at], module[then]
    if first.out_features != second.in_features:
        raise ValueError(
            f"the linear layers of module must fit, got {first.out_features} outputs before "
            f"{second.in_features} inputs"
        )
    keep = whole("keep", keep, 1, first.out_features)
    strength = first.weight.detach().norm(dim=1) * second.weight.detach().norm(dim=0)
    stay = torch.argsort(strength, descending=True, stable=True)[:keep].sort().values
    smaller = copy.deepcopy(module)
    smaller[at] = _linear(first.weight[stay], None if first.bias is None else first.bias[stay])
    smaller[then] = _linear(second.weight[:, stay], second.bias)
    return smaller


def _linear(weight: Tensor, bias: Tensor | None) -> Linear:
    """Return a layer with copies of these weights."""
    import torch

    layer = torch.nn.Linear(*weight.T.shape, bias=bias is not None, dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer
