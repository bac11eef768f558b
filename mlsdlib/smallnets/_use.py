"""What trained nets say, and nets made from them: with other weights, or out of the stack."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch.nn import Sequential

    from mlsdlib.smallnets._train import View


def logits(nets: Callable, x: np.ndarray) -> np.ndarray:
    """Return each net's logits on its own inputs, shape (nets, n, classes).

    Examples
    --------
    >>> logits(lambda x: 2 * x, np.ones((1, 1, 2), np.float32)).tolist()
    [[[2.0, 2.0]]]
    """
    import torch

    with torch.no_grad():
        return nets(torch.as_tensor(x, dtype=torch.float32)).numpy()


def accuracy(nets: Callable, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return each net's accuracy on its own examples, shape (nets,).

    Examples
    --------
    >>> accuracy(lambda x: x, np.array([[[0.9, 0.1], [0.2, 0.8]]]), np.array([[0, 0]])).tolist()
    [0.5]
    """
    return (logits(nets, x).argmax(-1) == y).mean(axis=1)


def confidence(
    nets: Callable, x: np.ndarray, *, scaled_on: tuple[np.ndarray, np.ndarray] | None = None
) -> np.ndarray:
    """Return how sure each net is of its answers: its highest probability, shape (nets, n).

    Parameters
    ----------
    nets : callable
    x : array of shape (nets, n, ...)
    scaled_on : pair of arrays, optional
        Inputs and classes that were kept back. The logits of each net are first divided by the
        temperature that makes its cross-entropy on these least (Guo 2017), between 0.05 and 20.

    Raises
    ------
    ValueError
        If there is no example to scale on, or a logit there is not finite.

    Examples
    --------
    >>> sure = lambda x: x  # two classes, logits as given
    >>> x = np.log(np.array([[[0.9, 0.1]] * 4]))
    >>> confidence(sure, x).round(2).tolist()
    [[0.9, 0.9, 0.9, 0.9]]
    >>> confidence(sure, x, scaled_on=(x, np.array([[0, 0, 0, 1]]))).round(2).tolist()
    [[0.75, 0.75, 0.75, 0.75]]
    """
    from scipy.special import softmax

    found = logits(nets, x)
    if scaled_on is not None:
        spare = logits(nets, scaled_on[0])
        heat = [_temperature(*block) for block in zip(spare, scaled_on[1], strict=True)]
        found = found / np.array(heat)[:, None, None]
    return softmax(found, axis=-1).max(-1)


def one(nets: Callable, k: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return net k alone: a function from inputs (n, ...) to probabilities (n, classes).

    Examples
    --------
    >>> alone = one(lambda x: x, 1)
    >>> alone(np.log(np.array([[0.75, 0.25]]))).round(2).tolist()
    [[0.75, 0.25]]
    """
    from scipy.special import softmax

    def probabilities(x: np.ndarray) -> np.ndarray:
        # The nets are stacked, so each of them has to be given something.
        copies = len(next(nets.parameters())) if hasattr(nets, "parameters") else k + 1
        return softmax(logits(nets, np.repeat(np.asarray(x)[None], copies, axis=0))[k], axis=-1)

    return probabilities


def masked(nets: Callable, sparsity: float) -> View:
    """Return a view of nets, see `train`, in which the weights closest to zero are zero.

    Parameters
    ----------
    nets : callable
        From `train`. The weights that a net computes with, without biases, are ranked together.
    sparsity : float
        The share of them that is pruned, see `mlsdlib.compression.magnitude_mask`.

    Examples
    --------
    >>> from mlsdlib.smallnets import train
    >>> x, y = np.array([[[-1.0], [1.0]]] * 3), np.array([[0, 1]] * 3)
    >>> nets = train(x, y, classes=2, steps=5, rng=0)
    >>> sparse = viewed(nets, masked(nets, 1.0))
    >>> logits(sparse, x).any()
    np.False_
    """
    import torch

    from mlsdlib.compression import magnitude_mask

    layers = [nets.seen(number).detach().numpy() for number in range(len(nets.weights))]
    each = zip(*layers, strict=True)
    stays = zip(*(magnitude_mask(list(net), sparsity) for net in each), strict=True)
    masks = [torch.as_tensor(np.stack(layer)) for layer in stays]
    return lambda layer, weights: weights * masks[layer]


def viewed(nets: Callable, view: View | None) -> Callable:
    """Return a copy of nets that computes with its weights as a view shows them, see `train`.

    Examples
    --------
    >>> from mlsdlib.smallnets import train
    >>> x, y = np.array([[[-1.0], [1.0]]] * 3), np.array([[0, 1]] * 3)
    >>> nets = train(x, y, classes=2, steps=5, rng=0)
    >>> logits(viewed(nets, lambda layer, weights: 0 * weights), x).any()
    np.False_
    """
    nets = copy.deepcopy(nets)
    nets.view = view
    return nets


def module(nets: Callable, k: int = 0) -> Sequential:
    """Return net k as a torch module of its own, with the weights that it computes with.

    Parameters
    ----------
    nets : callable
        From `train`.
    k : int
        Which of them.

    Examples
    --------
    >>> from mlsdlib.smallnets import train
    >>> x, y = np.array([[[-1.0], [1.0]]] * 3), np.array([[0, 1]] * 3)
    >>> nets = train(x, y, classes=2, steps=5, hidden=(4, 3), rng=0)
    >>> [tuple(weights.shape) for weights in module(nets, 1).parameters()]
    [(4, 1), (4,), (3, 4), (3,), (2, 3)]
    """
    import torch

    layers = [torch.nn.Flatten()]
    for number, weights in enumerate(nets.weights):
        last = number == len(nets.weights) - 1
        layer = torch.nn.Linear(*weights.shape[1:], bias=not last)
        with torch.no_grad():
            layer.weight.copy_(nets.seen(number)[k].T)
            if not last:
                layer.bias.copy_(nets.biases[number][k, 0])
        layers += [layer] if last else [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers).eval()


def _temperature(logits: np.ndarray, y: np.ndarray) -> float:
    """Return the number to divide one net's logits by for the least cross-entropy."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logits, y = np.asarray(logits, float), np.asarray(y)
    if logits.ndim != 2 or len(logits) == 0 or y.shape != logits.shape[:1]:
        raise ValueError(
            f"logits must have shape (n, classes) and y shape (n,), got {logits.shape} "
            f"and {y.shape}"
        )
    if not np.isfinite(logits).all():
        raise ValueError("logits must be finite, got NaN or infinity")

    def loss(power: float) -> float:
        scores = log_softmax(logits / np.exp(power), axis=-1)
        return -float(scores[np.arange(len(y)), y].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(found.x))
