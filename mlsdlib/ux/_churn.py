"""What changes for the users when one model takes the place of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths

__all__ = ["Churn", "churn"]


@dataclass(frozen=True, slots=True)
class Churn:
    """Shares of the inputs whose prediction changed, by what the change did.

    Attributes
    ----------
    changed : float
        Share with another prediction than before; the sum of the three below.
    good : float
        Wrong before, right now.
    bad : float
        Right before, wrong now.
    neutral : float
        Wrong before and wrong now, in another way.
    gain : float
        Accuracy now minus accuracy before: ``good - bad``.
    """

    changed: float
    good: float
    bad: float
    neutral: float

    @property
    def gain(self) -> float:
        return self.good - self.bad


def churn(before: Sequence, after: Sequence, y: Sequence) -> Churn:
    """Return the share of predictions that changed, split into good, bad and neutral flips.

    Parameters
    ----------
    before, after : arrays of shape (n,), n >= 1
        Predictions of two models for the same inputs.
    y : array of shape (n,)
        What was right.

    Raises
    ------
    ValueError
        If the lengths differ, or there is no input.

    References
    ----------
    Milani Fard, Cormier, Canini and Gupta (2016), Launch and iterate: reducing prediction churn.

    Examples
    --------
    >>> churn([1, 1, 0, 2], [1, 0, 1, 3], [1, 1, 1, 1])
    Churn(changed=0.75, good=0.25, bad=0.25, neutral=0.25)
    """
    check_lengths(before=before, after=after, y=y)
    if len(y) == 0:
        raise ValueError("y must hold at least one answer, got none")
    before, after, y = np.asarray(before), np.asarray(after), np.asarray(y)
    changed = before != after
    good, bad = changed & (after == y), changed & (before == y)
    neutral = changed & ~good & ~bad
    return Churn(*(float(flips.mean()) for flips in (changed, good, bad, neutral)))
