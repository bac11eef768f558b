"""What comes in, checked: counts, arrays of numbers, weights and chunks of a stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def whole(name: str, number: object, *, at_least: int = 0, at_most: int | None = None) -> int:
    """Return a whole number within its bounds as a Python int."""
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {number!r}")
    if number < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {number}")
    if at_most is not None and number > at_most:
        raise ValueError(f"{name} must be at most {at_most}, got {number}")
    return int(number)


def numbers(name: str, values: Sequence[float]) -> np.ndarray:
    """Return an array of floats of shape (n,), n >= 1, without NaN."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if not array.size:
        raise ValueError(f"{name} must hold at least one value, got none")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    array = array.astype(float)
    if np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN, got {int(np.isnan(array).sum())}")
    return array


def not_negative(name: str, values: Sequence[float]) -> np.ndarray:
    """Return an array as `numbers` does, of finite numbers that are zero or positive."""
    array = numbers(name, values)
    good = (array >= 0) & (array < np.inf)
    if not good.all():
        raise ValueError(f"{name} must be finite and not negative, got {array[~good][0]:g}")
    return array


def weights_for(weights: Sequence[float], k: object) -> tuple[np.ndarray, int]:
    """Return the weights, scaled to a largest of 1, and k; k of them must be positive."""
    w = not_negative("weights", weights)
    if w.any():  # sums of very large or very small weights would overflow or vanish
        w = w / w.max()
    positive = int(np.count_nonzero(w))
    k = whole("k", k)
    if k > positive:
        raise ValueError(f"k must be at most the number of positive weights, {positive}; got {k}")
    return w, k


def chunk_of(chunk: Sequence) -> Sequence:
    """Return a chunk of a stream as something with a length and positions from 0."""
    if type(chunk) is np.ndarray and chunk.ndim:  # the usual chunk costs no more questions
        return chunk
    if hasattr(chunk, "columns"):
        raise TypeError("chunk must be an array or a list, got a table: pass its rows' numbers")
    if hasattr(chunk, "to_numpy"):  # a Series counts by its labels
        chunk = chunk.to_numpy()
    if isinstance(chunk, np.ndarray) and chunk.ndim == 0:
        raise ValueError("chunk must have at least one dimension, got a single value")
    if not (hasattr(chunk, "__len__") and hasattr(chunk, "__getitem__")) or isinstance(
        chunk, (str, bytes, dict)
    ):
        raise TypeError(f"chunk must be an array or a list, got {type(chunk).__name__}")
    return chunk


def rows_of(chunk: Sequence, rows: np.ndarray) -> list:
    """Return some items of a chunk; an array's rows are copied, or they would keep it alive."""
    if isinstance(chunk, np.ndarray):
        return list(chunk[rows])
    return [chunk[row] for row in rows.tolist()]


def mergeable(sampler: object, other: object, kind: type) -> None:
    """Raise unless `other` is another sampler of this kind with the same k."""
    if not isinstance(other, kind):
        raise TypeError(f"other must be a {kind.__name__}, got {type(other).__name__}")
    if other is sampler:
        raise ValueError("other must be another sampler, got the one that it is merged into")
    if other.k != sampler.k:
        raise ValueError(f"other must have the same k, {sampler.k}; got {other.k}")
