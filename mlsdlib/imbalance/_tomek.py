"""Tomek links: pairs of nearest neighbours of different classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def tomek_links(X: Sequence, y: Sequence) -> np.ndarray:
    """Return the pairs of rows that are each other's nearest neighbour and differ in class.

    Such a pair lies on the border, or one of the two is noise (Tomek 1976, *Two modifications of
    CNN*). Undersampling removes the row of the common class, or both.

    Parameters
    ----------
    X : array of shape (n, d), n >= 2
        Features, none of them NaN; distances are Euclidean, so scale them first.
    y : array of shape (n,)
        Classes, of any type that can be compared.

    Returns
    -------
    array of shape (k, 2)
        Indices of each pair, the smaller first, sorted.

    Raises
    ------
    ValueError
        If the shapes do not fit, there are fewer than two rows, or `X` holds NaN.

    Notes
    -----
    The neighbours are scikit-learn's, which takes nearly all of the time; the links are one
    comparison of arrays. A row is never its own neighbour, also where another lies on it.

    Examples
    --------
    >>> tomek_links([[0.0], [1.0], [1.2], [5.0], [9.0]], [0, 0, 1, 1, 0])
    array([[1, 2]])
    """
    from sklearn.neighbors import NearestNeighbors

    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or len(X) < 2 or X.shape[1] == 0:
        raise ValueError(
            f"X must have two dimensions, at least two rows and a feature, got shape {X.shape}"
        )
    if y.shape != (len(X),):
        raise ValueError(f"y must have one class for each row of X, got shape {y.shape}")
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X must hold numbers, got dtype {X.dtype}")
    if not np.isfinite(X).all():
        raise ValueError("X must hold finite numbers only, got NaN or infinity")
    nearest = NearestNeighbors(n_neighbors=1).fit(X).kneighbors(return_distance=False)[:, 0]
    first = np.flatnonzero(linked(nearest, y))
    first = first[first < nearest[first]]
    return np.column_stack([first, nearest[first]])


def linked(nearest: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return which rows have a Tomek link, given the index of each row's nearest neighbour."""
    return (nearest[nearest] == np.arange(len(y))) & (y[nearest] != y)
