"""Nets stacked into one, and their training."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Sequential

Change = Callable[[Callable, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Loss = Callable[["Tensor", "Tensor"], "Tensor"]
View = Callable[[int, "Tensor"], "Tensor"]


def deal(
    *arrays: np.ndarray, nets: int, size: int, rng: np.random.Generator | int | None = None
) -> tuple[np.ndarray, ...]:
    """Return the arrays dealt out at random into a block for each net; no two share a row.

    Parameters
    ----------
    *arrays : arrays of shape (n, ...)
        Such as inputs and labels: row i of each goes to the same place.
    nets, size : int
        How many blocks, and how many rows each gets; the rest stays out.
    rng : numpy Generator, int or None

    Returns
    -------
    tuple of arrays of shape (nets, size, ...)

    Raises
    ------
    ValueError
        If the arrays differ in length, or have too few rows.

    Examples
    --------
    >>> x, y = deal(np.arange(6), np.arange(6) * 10, nets=2, size=3, rng=0)
    >>> x.shape, bool((10 * x == y).all()), sorted(x.ravel().tolist())
    ((2, 3), True, [0, 1, 2, 3, 4, 5])
    """
    lengths = {len(array) for array in arrays}
    if len(lengths) != 1:
        raise ValueError(f"arrays must be as long as each other, got lengths {sorted(lengths)}")
    if not 1 <= nets * size <= lengths.pop():
        raise ValueError(
            f"nets * size must be from 1 to the {len(arrays[0])} rows there are, got {nets * size}"
        )
    drawn = np.random.default_rng(rng).permutation(len(arrays[0]))[: nets * size]
    return tuple(array[drawn].reshape(nets, size, *array.shape[1:]) for array in arrays)


def train(
    x: np.ndarray,
    y: np.ndarray,
    *,
    classes: int,
    steps: int = 300,
    hidden: int | Sequence[int] = 32,
    batch: int = 64,
    rate: float = 0.01,
    change: Change | None = None,
    loss: Loss | None = None,
    view: View | None = None,
    start: Callable | Sequence[Sequential] | None = None,
    rng: np.random.Generator | int | None = None,
) -> Callable:
    """Return nets with hidden layers, each trained on its own block by Adam.

    Parameters
    ----------
    x : array of shape (nets, examples, ...)
        Inputs; each is flattened.
    y : array of shape (nets, examples) or (nets, examples, k)
        Classes from 0; or k floats for each example, for a loss that knows what they are.
    classes, steps, batch : int
    hidden : int or sequence of int
        The width of the hidden layer, or of each.
    rate : float
        Learning rate at first; it falls to zero in a straight line.
    change : callable, optional
        ``change(nets, x, y)`` returns a changed batch: inputs, and labels as shares of classes.
    loss : callable, optional
        ``loss(logits, labels)`` returns a number; by default the cross-entropy with the shares.
    view : callable, optional
        ``view(layer, weights)`` returns the weights that layer 0, 1, … computes with, made from
        its own of shape (nets, inputs, outputs): rounded, or some of them masked.
    start : callable or sequence of modules, optional
        What to go on from, and leave as it is: nets from `train`, or one for each block as
        `module` returns them.
    rng : numpy Generator, int or None
        Draws the first weights and the batches.

    Returns
    -------
    callable
        A torch module: inputs of shape (nets, n, ...) to logits of shape (nets, n, classes).

    Raises
    ------
    ValueError
        If `x` is empty or not finite, `y` has another shape than its first two axes or a class out
        of range, `start` has another number of nets, or a count is less than 1.

    Examples
    --------
    >>> from mlsdlib.smallnets import accuracy
    >>> x = np.array([[[-1.0], [1.0]]] * 3)
    >>> nets = train(x, np.array([[0, 1]] * 3), classes=2, steps=100, rng=0)
    >>> accuracy(nets, x, np.array([[0, 1]] * 3)).tolist()
    [1.0, 1.0, 1.0]
    """
    import torch

    x, y, rng = np.asarray(x, np.float32), np.asarray(y), np.random.default_rng(rng)
    if x.ndim < 3 or y.ndim not in (2, 3) or y.shape[:2] != x.shape[:2]:
        raise ValueError(f"y must have shape (nets, examples) of x, got {y.shape} for {x.shape}")
    if x.size == 0 or not np.isfinite(x).all():
        raise ValueError(f"x must hold at least one example, all finite; got shape {x.shape}")
    widths = (hidden,) if isinstance(hidden, int) else tuple(hidden)
    counts = {"classes": classes, "steps": steps, "hidden": min(widths), "batch": batch}
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    if y.ndim == 2 and (y.min() < 0 or y.max() >= classes):
        raise ValueError(f"y must lie between 0 and classes - 1 = {classes - 1}")
    if start is None:
        nets = _stack(len(x), [int(np.prod(x.shape[2:])), *widths, classes], rng)
    else:
        nets = copy.deepcopy(start) if callable(start) else _stacked(start)
        if len(nets.weights[0]) != len(x):
            raise ValueError(
                f"start must hold a net for each block of x, got {len(nets.weights[0])} "
                f"for {len(x)}"
            )
    nets.view = view
    optimiser = torch.optim.Adam(nets.parameters(), lr=rate)
    cooling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
    labelled = np.eye(classes, dtype=np.float32)[y] if y.ndim == 2 else y.astype(np.float32)
    for _ in range(steps):
        drawn = np.arange(len(x))[:, None], rng.integers(x.shape[1], size=(len(x), batch))
        inputs, labels = x[drawn], labelled[drawn]
        if change is not None:
            inputs, labels = change(nets, inputs, labels)
        scores = nets(torch.as_tensor(inputs, dtype=torch.float32))
        total = (loss or _cross_entropy)(scores, torch.as_tensor(labels, dtype=torch.float32))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        cooling.step()
    return nets


def _stack(nets: int, widths: list[int], rng: np.random.Generator) -> Callable:
    """Return a torch module that holds so many nets, with random weights."""
    import torch

    dice = torch.Generator().manual_seed(int(rng.integers(2**31)))

    def weights(rows: int, columns: int) -> torch.nn.Parameter:
        drawn = torch.randn(nets, rows, columns, generator=dice) * rows**-0.5
        return torch.nn.Parameter(drawn)

    class Nets(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.view: View | None = None
            self.weights = torch.nn.ParameterList(weights(*ends) for ends in pairwise(widths))
            zeros = (torch.zeros(nets, 1, width) for width in widths[1:-1])
            self.biases = torch.nn.ParameterList(torch.nn.Parameter(zero) for zero in zeros)

        def seen(self, layer: int) -> Tensor:
            own = self.weights[layer]
            return own if self.view is None else self.view(layer, own)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(2)
            for layer, bias in enumerate(self.biases):
                x = torch.relu(x @ self.seen(layer) + bias)
            return x @ self.seen(len(self.biases))

    return Nets()


def _stacked(modules: Sequence[Sequential]) -> Callable:
    """Return the nets that `module` would give these modules for."""
    import torch

    layers = [[part for part in each if isinstance(part, torch.nn.Linear)] for each in modules]
    widths = [layers[0][0].in_features, *(layer.out_features for layer in layers[0])]
    nets = _stack(len(modules), widths, np.random.default_rng(0))
    with torch.no_grad():
        for number, weights in enumerate(nets.weights):
            weights.copy_(torch.stack([each[number].weight.T for each in layers]))
        for number, bias in enumerate(nets.biases):
            bias.copy_(torch.stack([each[number].bias[None] for each in layers]))
    return nets


def _cross_entropy(logits: Tensor, shares: Tensor) -> Tensor:
    """Return the mean over the batch, summed over the nets: each learns as it would alone."""
    return -(shares * logits.log_softmax(-1)).sum() / logits.shape[-2]
