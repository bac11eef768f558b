"""An outcome without what was known of each unit before the experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths, numbers


@dataclass(frozen=True, slots=True, eq=False)
class Cuped:
    """Adjusted outcomes.

    Parameters
    ----------
    adjusted : array of shape (n,)
        Outcomes with the same mean and less variance: compare the arms on these.
    theta : float
        What one unit of the covariate is worth.
    variance_ratio : float
        Variance of the adjusted outcomes over that of the outcomes: 1 minus the squared correlation
        of outcome and covariate.
    """

    adjusted: np.ndarray
    theta: float
    variance_ratio: float


def cuped(outcome: Sequence[float], before: Sequence[float]) -> Cuped:
    """Return outcomes from which what the time before the experiment explains is taken away.

    Parameters
    ----------
    outcome : array of shape (n,), n >= 3
        The metric of each unit during the experiment, units of all arms together.
    before : array of shape (n,)
        What was known of each unit before it was assigned to an arm, best the same metric. Anything
        that the treatment can change takes a part of its effect away.

    Raises
    ------
    TypeError, ValueError
        If the arrays are not as long as each other, too short, or hold anything but finite numbers.

    References
    ----------
    Deng, Xu, Kohavi & Walker (2013), *Improving the sensitivity of online controlled experiments by
    utilizing pre-experiment data*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> before = rng.normal(size=50_000)
    >>> outcome = 0.8 * before + 0.6 * rng.normal(size=50_000)  # correlation 0.8
    >>> print(f"{cuped(outcome, before).variance_ratio:.2f}")
    0.36
    """
    outcome = numbers("outcome", outcome, least_dimensions=1)
    before = numbers("before", before, least_dimensions=1)
    check_lengths(outcome=outcome, before=before)
    for name, x in (("outcome", outcome), ("before", before)):
        if x.ndim != 1 or len(x) < 3:
            raise ValueError(f"{name} must hold at least 3 numbers in one row, got {x.shape}")
    centred = before - before.mean()
    spread = centred @ centred
    # A covariate that never varies explains nothing.
    theta = float(centred @ outcome / spread) if spread > 0 else 0.0
    adjusted = outcome - theta * centred
    variance = outcome.var()
    return Cuped(adjusted, theta, float(adjusted.var() / variance) if variance > 0 else 1.0)
