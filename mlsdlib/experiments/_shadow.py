"""What a model would have answered, beside what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths
from mlsdlib.estimate import Estimate, wilson


@dataclass(frozen=True, eq=False)
class ShadowReport:
    """Two models on the same requests.

    Attributes
    ----------
    n : int
        Requests that both answered.
    missing : int
        Requests that the shadow did not answer: dropped, failed or late. If they are the hard ones,
        the agreement flatters it.
    agreement : Estimate
        Share of the requests with equal answers, among those that both answered.
    rows : int array
        Requests whose answers differ: for a look by eye.
    """

    n: int
    missing: int
    agreement: Estimate
    rows: np.ndarray


def shadow_compare(
    served: Sequence[float], shadow: Sequence[float | None], *, tolerance: float = 0.0
) -> ShadowReport:
    """Return how the answers of a shadow differ from those that were served.

    It tells how often the two differ, never which of them is right.

    Parameters
    ----------
    served : array of shape (n,)
        What customers got.
    shadow : array of shape (n,)
        What the shadow answered to the same requests; None or NaN where it did not.
    tolerance : float
        Answers that differ by no more are equal.

    Raises
    ------
    ValueError
        If the lengths differ, an answer that was served is missing, or no request was answered by
        both.

    Examples
    --------
    >>> report = shadow_compare([3, 1, 4, 1], [3, 1, None, 2])
    >>> report.n, report.missing, report.rows.tolist()
    (3, 1, [3])
    """
    served, shadow = np.asarray(served, float), np.asarray(shadow, float)
    check_lengths(served=served, shadow=shadow)
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance!r}")
    if np.isnan(served).any():
        raise ValueError(f"served must not hold NaN, got {int(np.isnan(served).sum())}")
    both = ~np.isnan(shadow)
    n = int(both.sum())
    if n == 0:
        raise ValueError("shadow must have answered at least one request")
    rows = np.flatnonzero(both & (np.abs(served - shadow) > tolerance))
    return ShadowReport(n, len(shadow) - n, wilson(n - len(rows), n), rows)
