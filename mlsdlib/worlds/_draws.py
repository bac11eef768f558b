"""Random numbers: one stream for each purpose, so that one event never shifts another's dice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

CHUNK = 8_192
"""Rows that are worked on at a time, so that intermediate arrays stay in the cache."""


def as_seed(rng: np.random.Generator | int | None) -> int:
    """Return the number that all streams of a world start from."""
    if isinstance(rng, bool) or not isinstance(
        rng, (int, np.integer, np.random.Generator, type(None))
    ):
        raise TypeError(f"rng must be a whole number, a numpy Generator or None, got {rng!r}")
    if isinstance(rng, (int, np.integer)):
        if rng < 0:
            raise ValueError(f"rng must not be negative, got {rng}")
        return int(rng)
    return int(np.random.default_rng(rng).integers(2**63))


def as_generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """Return a Generator; one that is given is used, and moves on."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(None if rng is None else as_seed(rng))


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose. Its numbers depend on the seed and the name alone."""
    return np.random.default_rng([seed, *purpose.encode()])


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Yield slices that cover ``range(n)``."""
    for low in range(0, n, size):
        yield slice(low, min(low + size, n))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return ``1 / (1 + exp(-x))``; by tanh, which overflows nowhere."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def logit(p: float) -> float:
    """Return the log-odds of a probability."""
    return float(np.log(p / (1 - p)))


def exponential(u: np.ndarray, mean: float | np.ndarray) -> np.ndarray:
    """Return exponential values for uniform ones in [0, 1), by the inverse distribution."""
    return -mean * np.log1p(-u)


def microseconds(seconds: np.ndarray) -> np.ndarray:
    """Return whole microseconds: sums of times must be exact."""
    return np.rint(1e6 * seconds).astype(np.int64)
