"""What a model has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import whole


def seasonal_naive(y: Sequence[float], m: int, h: int) -> np.ndarray:
    """Return forecasts of the next `h` values: each is the last known value of its season.

    The baseline respects the horizon. Beyond one season (``h > m``) the value a season before is
    itself not known yet, so the last known season is said again. A missing value stays missing: of
    a season that was not recorded, nothing is known.

    Parameters
    ----------
    y : array of shape (n,), n >= m
        What is known when the forecast is made, oldest first. May hold NaN.
    m : int
        Length of a season in steps: 168 for hours and a week. 1 says the last value again.
    h : int
        How many steps ahead to forecast, at least 1.

    Returns
    -------
    array of shape (h,)
        The forecasts for steps 1 to h ahead, as floats.

    Raises
    ------
    ValueError
        If `y` is shorter than a season, or `m` or `h` is below 1.

    References
    ----------
    Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, section 5.2.

    Examples
    --------
    >>> seasonal_naive([1, 2, 3, 11, 12, 13], m=3, h=5)
    array([11., 12., 13., 11., 12.])
    """
    m, h = whole("m", m, at_least=1), whole("h", h, at_least=1)
    array = np.asarray(y)
    if array.ndim != 1:
        raise ValueError(f"y must be one-dimensional, got shape {array.shape}")
    if len(array) < m:
        raise ValueError(f"y must hold at least one season of {m} values, got {len(array)}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"y must hold numbers, got dtype {array.dtype}")
    return array[len(array) - m :].astype(float)[np.arange(h) % m]
