"""Wrong labels: planted with a known structure, and found by their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def flip_labels(
    y: Sequence[int],
    transition: Sequence[Sequence[float]],
    *,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return the labels with errors: label i becomes j with probability ``transition[i][j]``.

    Parameters
    ----------
    y : integer array of shape (n,)
        Labels 0 to K - 1; not every class need occur.
    transition : array of shape (K, K)
        Probabilities; each row adds up to 1. The diagonal is what stays right.
    rng : numpy Generator, int or None
        Source of randomness; one number is drawn for each label.

    Returns
    -------
    integer array of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If `y` is not such labels, or `transition` not such a matrix.

    Examples
    --------
    >>> flip_labels([0, 1, 2, 2], [[1, 0, 0], [0, 0, 1], [0, 0, 1]], rng=0)
    array([0, 2, 2, 2])
    """
    table = _numbers("transition", transition)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size:
        raise ValueError(f"transition must have the shape (K, K), got {table.shape}")
    if not (table >= 0).all():
        raise ValueError("transition must hold probabilities, got a negative one or NaN")
    totals = table.sum(axis=1)
    if not np.allclose(totals, 1, rtol=0, atol=1e-9):
        worst = np.abs(totals - 1).argmax()
        raise ValueError(f"transition must have rows that add up to 1, got {totals[worst]:g}")
    labels = _labels(y, len(table))
    steps = np.cumsum(table, axis=1)
    steps /= steps[:, -1:]  # so that the last step is 1 and no draw lies above it
    u = np.random.default_rng(rng).random(len(labels))
    return (u[:, None] >= steps[labels]).sum(axis=1)


def neighbour_disagreement(X: np.ndarray, y: Sequence, *, k: int = 10) -> np.ndarray:
    """Return for each row the share of its k nearest neighbours that have another label.

    Where equal labels lie together, a high share points to a wrong label, whoever gave it.

    Parameters
    ----------
    X : array of shape (n, m)
        Features on comparable scales; distances are Euclidean.
    y : sequence of shape (n,)
        Labels, possibly wrong.
    k : int
        Number of neighbours, 1 to n - 1; a row is not its own neighbour.

    Returns
    -------
    array of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If `X` is not two-dimensional or holds NaN, a label is missing, the lengths differ, or `k`
        is out of range.

    Examples
    --------
    >>> neighbour_disagreement([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 0], k=2)
    array([0.5, 1. , 0.5, 0.5])
    """
    import pandas as pd
    from sklearn.neighbors import NearestNeighbors

    points, labels = _numbers("X", X), np.asarray(y)
    if points.ndim != 2:
        raise ValueError(f"X must be two-dimensional, got shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("X must hold finite numbers, got NaN or infinity")
    if labels.shape != (len(points),):
        raise ValueError(f"y must have the shape ({len(points)},), got {labels.shape}")
    if pd.isnull(labels).any():
        raise ValueError("y must not hold nulls: leave rows without a label out")
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise TypeError(f"k must be a whole number, got {k!r}")
    if not 1 <= k < len(points):
        raise ValueError(f"k must be from 1 to {len(points) - 1}, got {k}")
    near = NearestNeighbors(n_neighbors=int(k)).fit(points).kneighbors(return_distance=False)
    return (labels[near] != labels[:, None]).mean(axis=1)


def _numbers(name: str, values: Sequence) -> np.ndarray:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be a table of numbers: {error}") from None


def _labels(y: Sequence[int], k: int) -> np.ndarray:
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise ValueError(f"y must be one-dimensional, got shape {labels.shape}")
    if not labels.size:
        return np.zeros(0, np.intp)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"y must hold whole numbers, got dtype {labels.dtype}")
    if labels.min() < 0 or labels.max() >= k:
        wrong = labels[(labels < 0) | (labels >= k)][0]
        raise ValueError(f"y must hold labels from 0 to {k - 1}, got {wrong}")
    return labels.astype(np.intp)
