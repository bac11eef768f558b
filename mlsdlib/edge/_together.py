"""Federated learning, in which every device hides what it sends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def hide(
    gradients: Sequence[np.ndarray],
    *,
    sigma: float,
    clip: float = 1.0,
    rng: np.random.Generator | int | None = None,
) -> list[np.ndarray]:
    """Return the gradients of one device, cut to a length and hidden in noise.

    Parameters
    ----------
    gradients : sequence of arrays
        One for each parameter; their length is that of all numbers together.
    sigma : float
        Standard deviation of the noise in each number, as a multiple of `clip`.
    clip : float
        The greatest length that is left as it is; what is longer is scaled down to it.
    rng : numpy Generator, int or None

    Raises
    ------
    ValueError
        If `sigma` is negative, `clip` not positive, or a gradient not finite.

    Examples
    --------
    >>> hide([np.array([3.0, 0.0]), np.array([4.0])], sigma=0.0)
    [array([0.6, 0. ]), array([0.8])]
    """
    if not sigma >= 0:
        raise ValueError(f"sigma must be at least 0, got {sigma!r}")
    if not clip > 0:
        raise ValueError(f"clip must be positive, got {clip!r}")
    if not all(np.isfinite(g).all() for g in gradients):
        raise ValueError("gradients must be finite, got NaN or infinity")
    rng = np.random.default_rng(rng)
    length = math.sqrt(sum(float(np.sum(np.square(g))) for g in gradients))
    share = min(1.0, clip / length) if length else 1.0
    return [share * g + sigma * clip * rng.normal(size=g.shape) for g in gradients]


def train_together(
    x: np.ndarray,
    y: np.ndarray,
    *,
    classes: int,
    sigma: float = 0.0,
    rounds: int = 150,
    devices: int = 64,
    rate: float = 2.0,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return the weights of a softmax regression that devices with one example each have trained.

    In each round some devices compute the gradient of their example. Each cuts it to a length of
    at most 1, adds noise (`hide`), and sends it; the server goes a step along the mean (McMahan and
    others, 2017; Abadi and others, *Deep learning with differential privacy*, 2016).

    Parameters
    ----------
    x : array of shape (n, inputs)
    y : array of shape (n,)
        Classes from 0.
    classes, rounds, devices : int
        `devices` take part in each round, drawn without replacement.
    sigma : float
        Standard deviation of the noise in each number that a device sends.
    rate : float
        Length of a step.
    rng : numpy Generator, int or None

    Returns
    -------
    array of shape (classes, inputs + 1)
        The last column holds the biases.

    Raises
    ------
    ValueError
        If the shapes do not fit, a class or a number is out of its range, or there are fewer
        examples than devices.

    Examples
    --------
    >>> x, y = np.array([[-1.0], [1.0]] * 8), np.array([0, 1] * 8)
    >>> weights = train_together(x, y, classes=2, devices=16, rounds=20, rng=0)
    >>> (np.column_stack([x, np.ones(16)]) @ weights.T).argmax(axis=1).tolist() == y.tolist()
    True
    """
    x, y, rng = np.asarray(x, float), np.asarray(y), np.random.default_rng(rng)
    if x.ndim != 2 or y.shape != x.shape[:1] or not np.isfinite(x).all():
        raise ValueError(
            f"x must be finite, of shape (n, inputs), and y of shape (n,); got {x.shape} and "
            f"{y.shape}"
        )
    for name, count in {"classes": classes, "rounds": rounds, "devices": devices}.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    if devices > len(x):
        raise ValueError(f"devices must be at most the {len(x)} examples, got {devices}")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"y must hold whole numbers, got {y.dtype}")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"y must lie between 0 and classes - 1 = {classes - 1}")
    if not sigma >= 0:
        raise ValueError(f"sigma must be at least 0, got {sigma!r}")
    data, weights = np.column_stack([x, np.ones(len(x))]), np.zeros((classes, x.shape[1] + 1))
    norms, hot = np.linalg.norm(data, axis=1), np.eye(classes)
    for _ in range(rounds):
        chosen = rng.choice(len(x), devices, replace=False)
        scores = data[chosen] @ weights.T
        delta = np.exp(scores - scores.max(axis=1, keepdims=True))
        delta = delta / delta.sum(axis=1, keepdims=True) - hot[y[chosen]]
        # A gradient is delta times the example: its length is the product of their lengths.
        length = np.linalg.norm(delta, axis=1) * norms[chosen]
        total = (delta / np.maximum(length, 1)[:, None]).T @ data[chosen]
        if sigma:  # the sum of the noises of so many devices, drawn at once
            total += sigma * math.sqrt(devices) * rng.normal(size=weights.shape)
        weights -= rate * total / devices
    return weights
