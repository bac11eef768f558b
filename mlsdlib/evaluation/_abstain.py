"""A model that may decline to answer: what it gains on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths
from mlsdlib.evaluation._inputs import vector


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The mean loss on the rows that a model answers, the surest first.

    Parameters
    ----------
    threshold : array of shape (m,)
        The least confidence answered, falling; the different confidences there are.
    coverage : array of shape (m,)
        Share of rows answered at each threshold, rising to 1.
    risk : array of shape (m,)
        Mean loss on them. The last is the loss of a model that answers everything, and what
        declining at random leaves at any coverage.
    """

    threshold: np.ndarray
    coverage: np.ndarray
    risk: np.ndarray


def risk_coverage(loss: Sequence[float], confidence: Sequence[float]) -> RiskCoverage:
    """Return how the mean loss falls when a model answers only where it is confident.

    Rows of the same confidence are answered together or not at all, so that the order of the rows
    does not matter.

    Parameters
    ----------
    loss : array of shape (n,)
        Loss of each row: 0 and 1 for right and wrong, or an error.
    confidence : array of shape (n,)
        How sure the model is: the probability of the class it names, or minus a width.

    Raises
    ------
    ValueError
        If the lengths differ, there is no row, or a number is not finite.

    References
    ----------
    Geifman & El-Yaniv 2017, *Selective classification for deep neural networks*.

    Examples
    --------
    >>> curve = risk_coverage([0, 0, 1, 1], [0.9, 0.8, 0.6, 0.6])
    >>> curve.coverage, curve.risk
    (array([0.25, 0.5 , 1.  ]), array([0. , 0. , 0.5]))
    """
    loss, confidence = vector("loss", loss), vector("confidence", confidence)
    check_lengths(loss=loss, confidence=confidence)
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    last = np.flatnonzero(np.append(np.diff(ordered) != 0, True))
    total = np.cumsum(loss[order])[last]
    return RiskCoverage(ordered[last], (last + 1) / len(loss), total / (last + 1))
