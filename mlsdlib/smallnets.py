"""Many small nets trained side by side, one for each block of the data.

To compare two ways of training takes many repetitions. Nets with blocks of their own are
independent
repetitions, and stacked into one tensor they cost little more than a single net::

    nets = smallnets.train(x, y, classes=10, rng=rng)  # x: (nets, examples, ...)
    smallnets.accuracy(nets, x_test, y_test)  # one for each net
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["accuracy", "calibration_error", "logits", "temperature", "train"]

Change = Callable[[Callable, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def train(
    x: np.ndarray,
    y: np.ndarray,
    *,
    classes: int,
    steps: int = 300,
    hidden: int = 32,
    batch: int = 64,
    rate: float = 0.01,
    change: Change | None = None,
    rng: np.random.Generator | int | None = None,
) -> Callable:
    """Return nets with one hidden layer, each trained on its own block by Adam.

    Parameters
    ----------
    x : array of shape (nets, examples, ...)
        Inputs; each is flattened.
    y : array of shape (nets, examples)
        Classes from 0.
    classes, steps, hidden, batch : int
    rate : float
        Learning rate at first; it falls to zero in a straight line.
    change : callable, optional
        ``change(nets, x, y)`` returns a changed batch: inputs, and labels as shares of classes.
    rng : numpy Generator, int or None
        Draws the first weights and the batches.

    Returns
    -------
    callable
        A torch module: inputs of shape (nets, n, ...) to logits of shape (nets, n, classes).

    Raises
    ------
    ValueError
        If `y` has another shape than the first two axes of `x`, or a class out of range.

    Examples
    --------
    >>> x = np.array([[[-1.0], [1.0]]] * 3)
    >>> nets = train(x, np.array([[0, 1]] * 3), classes=2, steps=100, rng=0)
    >>> accuracy(nets, x, np.array([[0, 1]] * 3)).tolist()
    [1.0, 1.0, 1.0]
    """
    import torch

    x, y, rng = np.asarray(x, np.float32), np.asarray(y), np.random.default_rng(rng)
    if x.ndim < 3 or y.shape != x.shape[:2]:
        raise ValueError(f"y must have shape (nets, examples) of x, got {y.shape} for {x.shape}")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"y must lie between 0 and classes - 1 = {classes - 1}")
    nets = _stack(len(x), int(np.prod(x.shape[2:])), hidden, classes, rng)
    optimiser = torch.optim.Adam(nets.parameters(), lr=rate)
    cooling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
    hot = np.eye(classes, dtype=np.float32)
    for _ in range(steps):
        drawn = np.arange(len(x))[:, None], rng.integers(x.shape[1], size=(len(x), batch))
        inputs, labels = x[drawn], hot[y[drawn]]
        if change is not None:
            inputs, labels = change(nets, inputs, labels)
        scores = nets(torch.as_tensor(inputs)).log_softmax(-1)
        loss = -(torch.as_tensor(labels) * scores).sum() / batch
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        cooling.step()
    return nets


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


def calibration_error(logits: np.ndarray, y: np.ndarray, *, bins: int = 10) -> float:
    """Return the expected calibration error (Guo 2017): confidence against accuracy, in bins.

    Parameters
    ----------
    logits : array of shape (n, classes)
    y : array of shape (n,)
    bins : int
        Of equal width in confidence.

    Examples
    --------
    >>> calibration_error(np.log([[0.75, 0.25]] * 4), np.array([0, 0, 1, 1]))
    0.25
    """
    from scipy.special import softmax

    shares = softmax(np.asarray(logits, float), axis=-1)
    sure, right = shares.max(-1), shares.argmax(-1) == y
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(place, sure - right, minlength=bins)).sum() / len(y))


def temperature(logits: np.ndarray, y: np.ndarray) -> float:
    """Return the number to divide the logits by for the least cross-entropy (Guo 2017).

    Looked for between 0.05 and 20.

    Examples
    --------
    >>> round(temperature(np.log([[0.9, 0.1]] * 4), np.array([0, 0, 0, 1])), 2)  # right in 75 %
    2.0
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logits = np.asarray(logits, float)

    def loss(power: float) -> float:
        scores = log_softmax(logits / np.exp(power), axis=-1)
        return -float(scores[np.arange(len(y)), y].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(found.x))


def _stack(nets: int, inputs: int, hidden: int, classes: int, rng: np.random.Generator) -> Callable:
    """Return a torch module that holds so many nets, with random weights."""
    import torch

    dice = torch.Generator().manual_seed(int(rng.integers(2**31)))

    def weights(rows: int, columns: int) -> torch.nn.Parameter:
        drawn = torch.randn(nets, rows, columns, generator=dice) * rows**-0.5
        return torch.nn.Parameter(drawn)

    class Nets(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = weights(inputs, hidden), weights(hidden, classes)
            self.bias = torch.nn.Parameter(torch.zeros(nets, 1, hidden))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(x.flatten(2) @ self.first + self.bias) @ self.second

    return Nets()
