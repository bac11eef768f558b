"""The threshold that follows from costs, and the one that fits the data best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.imbalance._inputs import costs, labels, numbers


def cost_threshold(c_fp: float, c_fn: float) -> float | np.ndarray:
    """Return the probability from which on calling a case positive costs less than not.

    Parameters
    ----------
    c_fp, c_fn : float or arrays that broadcast
        Cost of a false positive and of a false negative, at least 0, not both 0; beyond what the
        right answer costs. Arrays hold the costs of each case.

    Returns
    -------
    float or array
        ``c_fp / (c_fp + c_fn)``. It is optimal for *calibrated* probabilities (Elkan 2001, *The
        foundations of cost-sensitive learning*), and for no others.

    Raises
    ------
    TypeError, ValueError
        If a cost is no number, is negative or infinite, or both are 0.

    Examples
    --------
    >>> cost_threshold(1, 1), cost_threshold(1, 19)
    (0.5, 0.05)
    >>> cost_threshold(1, [1, 4])
    array([0.5, 0.2])
    """
    c_fp, c_fn = costs("c_fp", c_fp), costs("c_fn", c_fn)
    total = c_fp + c_fn
    if (total == 0).any():
        raise ValueError("c_fp and c_fn must not both be 0: no error would cost anything")
    threshold = c_fp / total
    return threshold if threshold.ndim else float(threshold)


def best_threshold(
    y: Sequence[int], p: Sequence[float], *, c_fp: float = 1.0, c_fn: float = 1.0
) -> float:
    """Return the score from which on cases were best called positive: the lowest total cost.

    Unlike `cost_threshold` it needs labels and no calibration, and it fits noise where there are
    few of them: choose it on data that neither train nor test the model.

    Parameters
    ----------
    y : array of shape (n,), n >= 1
        Labels, 0 and 1.
    p : array of shape (n,)
        Finite scores; a case is called positive if its score is at least the threshold.
    c_fp, c_fn : float
        Cost of a false positive and of a false negative, at least 0.

    Returns
    -------
    float
        One of the scores, or infinity if no case should be called positive. Of equally good ones
        the largest, which calls the fewest.

    Raises
    ------
    TypeError, ValueError
        If labels, scores or costs are not what they must be, or the lengths differ.

    Notes
    -----
    O(n log n): one sort, and running counts from the highest score down. Cases of equal score go
    together; a threshold between them does not exist.

    Examples
    --------
    >>> best_threshold([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.9])
    0.9
    >>> best_threshold([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.9], c_fn=5)
    0.4
    >>> best_threshold([0, 0], [0.3, 0.6])
    inf
    """
    y, p = labels("y", y), numbers("p", p)
    if p.shape != y.shape:
        raise ValueError(f"y and p must be equally long, got shapes {y.shape} and {p.shape}")
    if not np.isfinite(p).all():
        raise ValueError("p must be finite: infinity is the threshold that no case reaches")
    for name, cost in (("c_fp", c_fp), ("c_fn", c_fn)):
        if costs(name, cost).ndim:
            raise ValueError(f"{name} must be a single number, got shape {np.shape(cost)}")
    order = np.argsort(-p, kind="stable")
    score, positive = p[order], y[order]
    # The cost of calling the first 0, 1, 2, … cases positive; only ends of ties can be had.
    hits = np.append(0, positive.cumsum())
    total = c_fn * (hits[-1] - hits) + c_fp * (np.arange(len(hits)) - hits)
    end = np.append(np.diff(score) != 0, True)
    total, threshold = total[np.append(True, end)], np.append(np.inf, score[end])
    # Equal up to rounding is equal: 3 * 0.1 must not lose against 0.3.
    return float(threshold[np.argmax(total <= total.min() * (1 + 1e-12))])
