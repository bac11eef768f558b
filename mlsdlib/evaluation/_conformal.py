"""Split conformal prediction: sets and intervals that hold the truth as often as promised.

The promise needs nothing of the model. It needs that the calibration rows and the new ones are
exchangeable, and that none of the former was trained on (Angelopoulos & Bates 2021, *A gentle
introduction to conformal prediction*).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import check_choice, check_lengths, check_share, whole
from mlsdlib.estimate import Estimate
from mlsdlib.evaluation._inputs import probability_rows, vector


def conformal_quantile(scores: Sequence[float], alpha: float) -> float:
    """Return the score that a new one does not exceed with probability at least ``1 - alpha``.

    It is the ``ceil((n + 1) * (1 - alpha))``-th smallest, and infinite where there are not so many:
    nine rows cannot promise more than 90 %.

    Parameters
    ----------
    scores : array of shape (n,)
        How strange the truth of each calibration row looks to the model, larger being stranger.
    alpha : float
        Share of new rows that may exceed it.

    Raises
    ------
    ValueError
        If there is no score, one is not finite, or `alpha` lies outside 0 to 1.

    Examples
    --------
    >>> conformal_quantile([5.0, 1.0, 4.0, 2.0, 3.0, 9.0, 8.0, 7.0, 6.0], alpha=0.2)
    8.0
    >>> conformal_quantile([1.0, 2.0, 3.0], alpha=0.1)
    inf
    """
    scores = vector("scores", scores)
    k = _rank(len(scores), alpha)
    return float(np.partition(scores, k - 1)[k - 1]) if k <= len(scores) else math.inf


def conformal_interval(
    y_cal: Sequence[float],
    pred_cal: Sequence[float],
    pred: Sequence[float],
    *,
    alpha: float = 0.1,
    scale_cal: Sequence[float] | None = None,
    scale: Sequence[float] | None = None,
) -> np.ndarray:
    """Return intervals that hold the true number with probability at least ``1 - alpha``.

    Parameters
    ----------
    y_cal, pred_cal : arrays of shape (n,)
        Truth and prediction of the calibration rows.
    pred : array of shape (m,)
        Predictions of the new rows.
    alpha : float
        Share of intervals that may miss.
    scale_cal, scale : arrays of shape (n,) and (m,), optional
        How large an error is to be expected on each row, from a second model. Both or neither:
        without them all intervals are as wide as each other.

    Returns
    -------
    array of shape (m, 2)
        Lower and upper ends; infinite where there are too few calibration rows for `alpha`.

    Raises
    ------
    ValueError
        If lengths differ, a number is not finite, a scale is not positive or only one is given.

    Examples
    --------
    >>> y, flat = [1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 2.0, 2.0]
    >>> conformal_interval(y, flat, [2.0, 10.0], alpha=0.5)
    array([[ 1.,  3.],
           [ 9., 11.]])
    """
    y_cal, pred_cal = vector("y_cal", y_cal), vector("pred_cal", pred_cal)
    check_lengths(y_cal=y_cal, pred_cal=pred_cal)
    pred = vector("pred", pred)
    if (scale_cal is None) != (scale is None):
        missing = "scale_cal" if scale_cal is None else "scale"
        raise ValueError(f"{missing} must be given too: scale_cal and scale go together")
    residual, width = np.abs(y_cal - pred_cal), np.ones(len(pred))
    if scale is not None:
        scale_cal, width = vector("scale_cal", scale_cal), vector("scale", scale)
        check_lengths(y_cal=y_cal, scale_cal=scale_cal)
        check_lengths(pred=pred, scale=width)
        for name, values in (("scale_cal", scale_cal), ("scale", width)):
            if not (values > 0).all():
                raise ValueError(f"{name} must be positive, got {values.min():g}")
        residual = residual / scale_cal
    half = conformal_quantile(residual, alpha) * width
    return np.column_stack([pred - half, pred + half])


def conformal_sets(
    y_cal: Sequence[int],
    p_cal: Sequence[Sequence[float]],
    p: Sequence[Sequence[float]],
    *,
    alpha: float = 0.1,
    score: str = "lac",
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return sets of classes that hold the true one with probability at least ``1 - alpha``.

    Parameters
    ----------
    y_cal : int array of shape (n,)
        Class of each calibration row, as the column of its probability.
    p_cal, p : arrays of shape (n, classes) and (m, classes)
        Predicted probabilities of the calibration and the new rows.
    alpha : float
        Share of sets that may miss.
    score : {"lac", "aps"}
        "lac" takes every class that is probable enough: the smallest sets on average, some of
        them empty (Sadinle et al. 2019). "aps" takes the most probable classes until they have
        mass enough: its coverage varies less between easy rows and hard ones (Romano et al. 2020).
    rng : numpy Generator, int or None
        For "aps", which takes the last class or leaves it by a draw.

    Returns
    -------
    bool array of shape (m, classes)
        Whether each class is in the set; all are where there are too few calibration rows.

    Raises
    ------
    ValueError
        If rows of probabilities do not sum to 1, lengths or numbers of classes differ, or a class
        has no column.

    Examples
    --------
    >>> p_cal = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]]
    >>> conformal_sets([0, 0, 1, 0], p_cal, [[0.95, 0.05], [0.55, 0.45]], alpha=0.25)
    array([[ True, False],
           [ True,  True]])
    """
    check_choice("score", score, ("lac", "aps"))
    p_cal, p = probability_rows("p_cal", p_cal), probability_rows("p", p)
    y = np.asarray(y_cal)
    if y.dtype.kind not in "biu":
        raise TypeError(f"y_cal must hold the columns of p_cal, got dtype {y.dtype}")
    check_lengths(y_cal=y, p_cal=p_cal)
    classes = p_cal.shape[1]
    if p.shape[1] != classes:
        raise ValueError(f"p must have {classes} columns as p_cal has, got {p.shape[1]}")
    y = y.astype(np.int64)
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"y_cal must lie between 0 and {classes - 1}, got {y.min()} to {y.max()}")
    if score == "lac":
        strange_cal, strange = 1 - p_cal, 1 - p
    else:
        rng = np.random.default_rng(rng)
        strange_cal, strange = _mass(p_cal, rng), _mass(p, rng)
    return strange <= conformal_quantile(strange_cal[np.arange(len(y)), y], alpha)


def conformal_coverage(n_cal: int, alpha: float, *, n_test: int) -> Estimate:
    """Return which coverage to expect on `n_test` rows, and within what, if all is well.

    The promise is an average over calibration sets. Given one, the coverage of endless new rows is
    beta distributed, and that of `n_test` rows beta-binomial (Vovk 2012): what lies outside
    speaks against exchangeability. Scores without ties, as continuous ones are.

    Parameters
    ----------
    n_cal, n_test : int
        Number of calibration rows and of new ones, at least 1.
    alpha : float
        Share that may miss.

    Returns
    -------
    Estimate
        The observed coverage lies within its interval with a probability of at least 95 %.

    Examples
    --------
    >>> print(conformal_coverage(1_000, 0.1, n_test=500))
    0.9 [0.866, 0.93]
    >>> print(conformal_coverage(5, 0.1, n_test=500))  # too few: the intervals are infinite
    1 [1, 1]
    """
    from scipy import stats

    n_cal, n_test = whole("n_cal", n_cal, at_least=1), whole("n_test", n_test, at_least=1)
    k = _rank(n_cal, alpha)
    if k > n_cal:
        return Estimate(1.0, 1.0, 1.0, "beta-binomial", n_test)
    # All probabilities once: scipy's own quantile sums them anew at every step of its search.
    at_most = np.cumsum(stats.betabinom.pmf(np.arange(n_test + 1), n_test, k, n_cal + 1 - k))
    low, high = np.searchsorted(at_most, [0.025, 0.975]) / n_test
    value = min(max(k / (n_cal + 1), low), high)
    return Estimate(value, low, high, "beta-binomial", n_test)


def _rank(n: int, alpha: float) -> int:
    check_share("alpha", alpha)
    # 10 * (1 - 0.7) is 3, and not a little more: alpha is taken for the number it is written as.
    return math.ceil(round((n + 1) * (1 - alpha), 9))


def _mass(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for each class the mass of all that are more probable, and a part of its own."""
    order = np.argsort(-p, axis=1, kind="stable")
    falling = np.take_along_axis(p, order, axis=1)
    mass = np.cumsum(falling, axis=1) - falling * rng.random((len(p), 1))
    result = np.empty_like(p)
    np.put_along_axis(result, order, mass, axis=1)
    return result
