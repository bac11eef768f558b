"""What many workers cost: waiting for the slowest, or gradients that come late."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.training._inputs import delays_of


def max_stale_learning_rate(
    curvature: float | Sequence[float], staleness: int | Sequence[int]
) -> np.ndarray | float:
    """Return the learning rate up to which descent with late gradients is stable.

    On a parabola of the given curvature, ``x[t+1] = x[t] - rate * curvature * x[t - staleness]``
    goes to zero exactly below ``2 * sin(pi / (2 * (2 * staleness + 1))) / curvature``. Without
    staleness that is the ``2 / curvature`` of plain gradient descent; a long delay divides it by
    about ``1.3 * staleness``.

    Parameters
    ----------
    curvature : float or array
        Largest eigenvalue of the Hessian, positive.
    staleness : int or array, broadcast with `curvature`
        How many updates old the gradient is, at least 0.

    Raises
    ------
    ValueError
        If a curvature is not positive or a staleness negative.

    References
    ----------
    Levin & May 1976, *A note on difference-delay equations*.

    Examples
    --------
    >>> max_stale_learning_rate(4.0, 0)
    0.5
    >>> max_stale_learning_rate(1.0, [0, 1, 10]).round(3)
    array([2.   , 1.   , 0.149])
    """
    curvature, staleness = np.asarray(curvature, float), delays_of(staleness)
    if not ((curvature > 0) & (curvature < math.inf)).all():
        raise ValueError(f"curvature must be positive, got {curvature.min():g}")
    result = 2 * np.sin(np.pi / (2 * (2 * staleness + 1))) / curvature
    return float(result) if result.ndim == 0 else result


def stale_descent(
    learning_rate: float | Sequence[float],
    staleness: int | Sequence[int],
    *,
    curvature: float = 1.0,
    steps: int = 200,
) -> np.ndarray:
    """Return the losses of gradient descent on a parabola with gradients that come late.

    Every step uses the gradient at the parameter of `staleness` steps before; before the first
    step the parameter is 1. With `n` workers that take turns, the staleness is ``n - 1``.

    Parameters
    ----------
    learning_rate : float or array
        Step sizes, positive.
    staleness : int or array, broadcast with `learning_rate`
        How many updates old each gradient is, at least 0.
    curvature : float
        Of the loss ``curvature * x**2 / 2``.
    steps : int
        Number of steps, at least 1.

    Returns
    -------
    array of shape (..., steps + 1)
        The loss before the first step and after each, infinite once it has left the numbers.
        The leading shape is that of `learning_rate` and `staleness` together.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> losses = stale_descent([0.1, 0.2], 10, steps=500)
    >>> losses[:, -1] < losses[:, 0]
    array([ True, False])
    """
    rate, delay = np.broadcast_arrays(np.asarray(learning_rate, float), delays_of(staleness))
    if not ((rate > 0) & (rate < math.inf)).all():
        raise ValueError(f"learning_rate must be positive, got {rate.min():g}")
    if not 0 < curvature < math.inf:
        raise ValueError(f"curvature must be positive, got {curvature!r}")
    steps = whole("steps", steps)
    shape, rate, delay = rate.shape, rate.ravel(), delay.ravel()
    oldest = int(delay.max(initial=0))
    x = np.ones((oldest + 1 + steps, len(rate)))
    every = np.arange(len(rate))
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(oldest, oldest + steps):
            x[t + 1] = x[t] - rate * (curvature * x[t - delay, every])
        losses = curvature * x[oldest:] ** 2 / 2
    # Infinity minus infinity: gone is gone.
    losses = np.where(np.isnan(losses), np.inf, losses)
    return losses.T.reshape(*shape, steps + 1)


def straggler_times(
    workers: int,
    steps: int,
    *,
    backups: int = 0,
    sigma: float = 0.5,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return how long synchronous steps take: each waits for the slowest worker it needs.

    The time of a worker for its part of a step is log-normal with mean 1.

    Parameters
    ----------
    workers : int
        Number of workers whose gradients a step needs, at least 1.
    steps : int
        Number of steps, at least 1.
    backups : int
        Further workers; the step takes the first `workers` gradients that arrive and drops the
        rest (Chen et al. 2016, *Revisiting distributed synchronous SGD*).
    sigma : float
        Standard deviation of the logarithm of a worker's time.
    rng : numpy Generator, int or None
        Source of randomness.

    Returns
    -------
    array of shape (steps,)
        Durations, in mean durations of one worker: what it exceeds 1 by is waiting.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> [round(float(straggler_times(n, 20_000, rng=0).mean()), 1) for n in (1, 4, 64)]
    [1.0, 1.6, 2.9]
    """
    workers, steps = whole("workers", workers), whole("steps", steps)
    backups = whole("backups", backups, at_least=0)
    if not 0 <= sigma < math.inf:
        raise ValueError(f"sigma must be zero or positive, got {sigma!r}")
    rng = np.random.default_rng(rng)
    everybody = workers + backups
    scores = np.empty(steps)
    rows = max(1, 4_000_000 // everybody)  # of which one block of draws fits in memory
    for start in range(0, steps, rows):
        drawn = rng.standard_normal((min(rows, steps - start), everybody))
        if backups:
            drawn.partition(workers - 1, axis=1)
        scores[start : start + rows] = drawn[:, :workers].max(axis=1)
    return np.exp(sigma * scores - sigma**2 / 2)
