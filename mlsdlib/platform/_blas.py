"""Train small networks in a process of its own, whose BLAS believes it has another processor."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.processes import Child

__all__ = ["train_elsewhere"]

_SECONDS = 240


def train_elsewhere(seeds: Sequence[int], *, core: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return the last layers of networks trained on scikit-learn's digits, and their answers.

    Parameters
    ----------
    seeds : sequence of int
        One network each: its first weights and its batches.
    core : str
        The processor whose variant OpenBLAS is to take, for example ``"Prescott"``; by default
        the one it finds. Another BLAS does not listen.

    Returns
    -------
    weights : array of float32, networks x 64 x 10
    answers : array of int, networks x images that were not trained on
    """
    from sklearn.datasets import load_digits

    if len(seeds) == 0:
        raise ValueError("seeds must hold at least one, got none")
    seeds = [whole("seeds", seed, 0) for seed in seeds]
    X, y = load_digits(return_X_y=True)
    with tempfile.TemporaryDirectory() as folder:
        given, got = Path(folder, "given.npz"), Path(folder, "got.npy")
        digits = np.eye(10, dtype="f4")[y]
        np.savez(given, X=(X / 16).astype("f4"), Y=digits, seeds=seeds)
        job = {"given": str(given), "got": str(got)}
        env = {"OPENBLAS_CORETYPE": core} if core else {}
        with Child(f"{__name__}:train", job, env=env) as child:
            child.finish(timeout=_SECONDS)
        layers = np.load(got)
    return layers[:, :64], layers[:, 64:].argmax(axis=2)


def train(given: str, got: str) -> None:
    """Train the networks; in a process of its own."""
    data, weights = np.load(given), []
    X, Y = data["X"], data["Y"]
    for seed in data["seeds"]:
        rng = np.random.default_rng(seed)
        V, W = (rng.normal(0, 0.2, (64, n)).astype("f4") for n in (64, 10))
        for _ in range(300):
            i = rng.integers(1200, size=64)
            h = np.maximum(X[i] @ V, 0)
            p = np.exp(h @ W)
            g = (p / p.sum(1, keepdims=True) - Y[i]) / 64
            back = X[i].T @ (g @ W.T * (h > 0))
            W -= 0.5 * (h.T @ g)
            V -= 0.5 * back
        weights.append(np.vstack([W, np.maximum(X[1200:] @ V, 0) @ W]))
    np.save(got, weights)
