"""Active learning: which rows should be labelled next?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.labelling._inputs import check_count, check_points, check_proba

METHODS = ("entropy", "margin", "least_confident")


def uncertainty(proba: np.ndarray, *, method: str = "margin") -> np.ndarray:
    """Return how uncertain each prediction is, greater is less certain.

    For two classes all three methods rank alike.

    Parameters
    ----------
    proba : array of shape (n, k), n >= 1, k >= 2
        Predicted probabilities of the classes.
    method : str
        ``"entropy"`` in nats; ``"margin"``, 1 minus the gap between the two most probable
        classes; ``"least_confident"``, 1 minus the probability of the most probable one.

    Returns
    -------
    scores : array of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If the probabilities hold NaN, lie below 0 or do not add up to 1, or the method is unknown.

    References
    ----------
    Settles (2009), *Active learning literature survey*, section 3.1.

    Examples
    --------
    Between two classes, or spread over all:

    >>> proba = [[0.48, 0.46, 0.06], [0.5, 0.25, 0.25]]
    >>> uncertainty(proba, method="margin").round(2).tolist()
    [0.98, 0.75]
    >>> uncertainty(proba, method="entropy").round(2).tolist()
    [0.88, 1.04]
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    proba = check_proba(proba)
    if method == "entropy":
        return -np.sum(proba * np.log(np.where(proba > 0, proba, 1)), axis=1)
    if method == "least_confident":
        return 1 - proba.max(axis=1)
    second, first = np.partition(proba, -2, axis=1)[:, -2:].T
    return 1 - (first - second)


def margin_query(proba: np.ndarray, k: int) -> np.ndarray:
    """Return the k rows whose two most probable classes are closest, the closest first.

    Parameters
    ----------
    proba : array of shape (n, classes)
        As in `uncertainty`.
    k : int
        From 0 to n.

    Returns
    -------
    indices : array of shape (k,), int64
        Of equally close rows the one that comes first.

    Raises
    ------
    TypeError, ValueError
        If `k` is out of range, or as `uncertainty`.

    Examples
    --------
    >>> margin_query([[0.9, 0.1], [0.5, 0.5], [0.4, 0.6], [0.5, 0.5]], 3)
    array([1, 3, 2])
    """
    scores = uncertainty(proba, method="margin")
    k = check_count("k", k, least=0, most=len(scores))
    return np.argsort(-scores.round(12), kind="stable")[:k]


def k_center_greedy(points: np.ndarray, k: int, labelled: Sequence[int] = ()) -> np.ndarray:
    """Return k rows that cover the others: each is the farthest from all chosen before it.

    The greatest distance of any row to a chosen or labelled one is then at most twice as large as
    for the best possible choice of k (Gonzalez 1985).

    Parameters
    ----------
    points : array of shape (n, d), n >= 1
    k : int
        From 0 to the number of rows not labelled.
    labelled : sequence of int
        Rows that are covered already. Without any, the first choice is the row nearest to the
        mean.

    Returns
    -------
    indices : array of shape (k,), int64
        In the order of choice, without repetition.

    Raises
    ------
    TypeError, ValueError
        If the points are no finite numbers, a labelled row does not exist, or `k` is out of range.

    References
    ----------
    Gonzalez (1985), *Clustering to minimize the maximum intercluster distance*; Sener and
    Savarese (2018), *Active learning for convolutional neural networks: a core-set approach*.

    Examples
    --------
    >>> k_center_greedy([[0.0], [1.0], [2.0], [10.0], [11.0]], 2, labelled=[0])
    array([4, 2])
    """
    points = check_points(points)
    given = np.unique(np.asarray(labelled))
    if len(given) and (given.dtype.kind not in "iu" or given[0] < 0 or given[-1] >= len(points)):
        raise ValueError(f"labelled must hold rows from 0 to {len(points) - 1}, got {labelled}")
    k = check_count("k", k, least=0, most=len(points) - len(given))
    far = np.full(len(points), np.inf)
    for row in given:
        far = np.minimum(far, _distance(points, points[row]))
    far[given.astype(int)] = -1  # never chosen again
    chosen = np.empty(k, np.int64)
    for i in range(k):
        start = i == 0 and len(given) == 0
        row = _distance(points, points.mean(axis=0)).argmin() if start else far.argmax()
        chosen[i] = row
        far = np.minimum(far, _distance(points, points[row]))
        far[row] = -1
    return chosen


def _distance(points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    return ((points - centre) ** 2).sum(axis=1)
