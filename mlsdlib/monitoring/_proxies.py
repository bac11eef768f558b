"""What can be said about accuracy while no label is there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlsdlib.estimate import Estimate


def expected_accuracy(p: Sequence, *, level: float = 0.95) -> Estimate:
    """Return the accuracy that a classifier's own probabilities promise.

    If the probabilities are calibrated, a prediction with probability p of its class is right
    with probability p, and the mean of these is the expected accuracy: no label is needed. If
    they are not, or no longer, the promise is empty; a change of P(y given x) alone leaves it
    exactly as it was (confidence-based performance estimation: NannyML; Guillory et al. 2021 for
    the idea).

    Parameters
    ----------
    p : array of shape (n,) or (n, classes)
        Probability of class 1, or of each class.
    level : float
        Of the interval, in which the accuracy on these n rows lies if all is calibrated.

    Raises
    ------
    TypeError, ValueError
        If `p` is empty, of another shape, or holds no probabilities.

    Examples
    --------
    >>> print(expected_accuracy([0.9] * 50 + [0.2] * 50))
    0.85 [0.781, 0.919]
    """
    from scipy.stats import norm

    array = np.asarray(p)
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"p must have shape (n,) or (n, classes), got {array.shape}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"p must hold numbers, got dtype {array.dtype}")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError("p must lie between 0 and 1")
    if array.ndim == 2 and not np.allclose(array.sum(axis=1), 1, rtol=0, atol=1e-5):
        raise ValueError("p must have rows that sum to 1")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    right = np.maximum(array, 1 - array) if array.ndim == 1 else array.max(axis=1)
    right = right.astype(float)
    mean = float(right.mean())
    half = norm.ppf((1 + level) / 2) * math.sqrt((right * (1 - right)).sum()) / len(right)
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    return Estimate(mean, low, high, method="calibration", n=len(right), level=level)
