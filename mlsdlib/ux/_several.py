"""Several predictions, of which a human picks one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import check_lengths, real, whole

__all__ = ["best_lengths", "net_utility", "topk_recall"]


def topk_recall(scores: Sequence[Sequence[float]], y: Sequence[int], k: int) -> float:
    """Return the share of rows whose right class is among the `k` of highest score.

    Of classes that tie for the last places, which one is shown is chance. A row then counts for
    the probability that its class is shown; so a model that gives all classes the same score
    earns ``k / C``, and not 1.

    Parameters
    ----------
    scores : array of shape (n, C)
        A score for each class; higher is better.
    y : integers of shape (n,)
        The right class of each row.
    k : int
        How many are shown, at least 1. More than C are C.

    Raises
    ------
    TypeError, ValueError
        If a shape does not fit, a score is NaN, or a class is not one of the columns.

    Examples
    --------
    >>> topk_recall([[0.1, 0.6, 0.3], [0.5, 0.3, 0.2]], [2, 0], k=1)
    0.5
    >>> topk_recall([[0.25, 0.25, 0.25, 0.25]], [3], k=1)
    0.25
    """
    k = whole("k", k)
    scores, y = np.asarray(scores, float), np.asarray(y)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"scores must have the shape (n, C), got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError("scores must not hold NaN")
    check_lengths(scores=scores, y=y)
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= scores.shape[1]:
        raise ValueError(f"y must hold whole numbers from 0 to {scores.shape[1] - 1}")
    own = scores[np.arange(len(y)), y][:, None]
    above, equal = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return float(np.clip((k - above) / equal, 0, 1).mean())


def net_utility(
    recall: tuple[float, float],
    k: int,
    *,
    human_acc: float,
    read_cost: float,
    solo_share: float = 0.0,
) -> float:
    """Return what `k` predictions are worth to a user who picks one, minus the reading.

    A right answer is worth 1. Whoever gets one prediction takes it as it is. Whoever gets more
    reads all, for `read_cost` each, and picks the right one with probability `human_acc` if it is
    there. A share of the users reads nothing and takes the first.

    Parameters
    ----------
    recall : pair of numbers
        The share of cases in which the first prediction is right, and in which one of `k` is.
    k : int
        How many predictions are shown.
    human_acc : float
        Probability that the right one is recognised among those shown.
    read_cost : float
        Cost of reading one, as a share of the worth of a right answer.
    solo_share : float
        Share of the users who take the first without reading: automation bias.

    Raises
    ------
    TypeError, ValueError
        If a share does not lie between 0 and 1, the pair falls, or a cost is negative.

    Examples
    --------
    >>> round(net_utility((0.8, 0.95), 3, human_acc=0.9, read_cost=0.01), 3)
    0.825
    >>> net_utility((0.8, 0.95), 3, human_acc=0.9, read_cost=0.01, solo_share=1.0)
    0.8
    """
    k = whole("k", k)
    first, among = recall
    _check_reader(human_acc, read_cost)
    for name, share in {"recall[0]": first, "recall[1]": among, "solo_share": solo_share}.items():
        real(name, share, 0, 1)
    if among < first:
        raise ValueError(f"recall must not fall with k, got {recall!r}")
    if k == 1:
        return float(first)
    return float(solo_share * first + (1 - solo_share) * (human_acc * among - read_cost * k))


def best_lengths(
    proba: Sequence[Sequence[float]], *, human_acc: float, read_cost: float
) -> np.ndarray:
    """Return for each row how many predictions to show: as many as are expected to be worth most.

    The worth is that of `net_utility`. From the third place on, a prediction pays if its
    probability times `human_acc` is above `read_cost`. The second has to pay for reading the first
    as well, and for wrong picks: alone, the first would have been taken as it is.

    Parameters
    ----------
    proba : array of shape (n, C)
        The probability of each class; the lengths are as good as these are calibrated.
    human_acc, read_cost
        As for `net_utility`.

    Returns
    -------
    integers of shape (n,)
        From 1 to C. The shortest of lengths that are worth as much.

    Raises
    ------
    ValueError
        If the shape does not fit, `human_acc` is no probability, or the cost is negative.

    Examples
    --------
    >>> proba = [[0.95, 0.03, 0.02], [0.5, 0.3, 0.2]]
    >>> best_lengths(proba, human_acc=0.95, read_cost=0.02).tolist()
    [1, 3]
    """
    _check_reader(human_acc, read_cost)
    proba = np.asarray(proba, float)
    if proba.ndim != 2 or 0 in proba.shape:
        raise ValueError(f"proba must have the shape (n, C), got {proba.shape}")
    best = np.sort(proba, axis=1)[:, ::-1]
    worth = human_acc * best.cumsum(axis=1) - read_cost * np.arange(1, proba.shape[1] + 1)
    worth[:, 0] = best[:, 0]
    return worth.argmax(axis=1) + 1


def _check_reader(human_acc: float, read_cost: float) -> None:
    real("human_acc", human_acc, 0, 1)
    real("read_cost", read_cost, 0)
