"""When does a detector ring, and how good is it against the truth?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole


@dataclass(frozen=True, slots=True)
class DetectorScore:
    """How a detector did on one series whose truth is known.

    Parameters
    ----------
    delay : int or None
        Steps from the onset to the first alarm that is not before it, 0 if at once; None if there
        was none, or no drift.
    false_alarms : int
        Alarms that began before the onset; all of them if there was no drift.
    quiet : int
        Steps before the onset, in which a false alarm could have begun.
    """

    delay: int | None
    false_alarms: int
    quiet: int


def alarms(signal: Sequence[float], limit: float, *, persistence: int = 1) -> np.ndarray:
    """Return the steps at which alarms begin: the signal has exceeded its limit so often in a row.

    Parameters
    ----------
    signal : array of shape (n,)
        What a detector computes, step by step. NaN is a step without a value: it neither counts
        nor breaks a run.
    limit : float
        A value above it is an excess.
    persistence : int
        Excesses in a row that make an alarm. One alarm lasts until a value is back at or below the
        limit.

    Returns
    -------
    integer array
        Steps, counted from 0: that of the last of the excesses it took.

    Raises
    ------
    TypeError, ValueError
        If `signal` is not one-dimensional numbers, `limit` is NaN, or `persistence` is not at
        least 1.

    Examples
    --------
    >>> alarms([0, 2, 0, 2, np.nan, 2, 2, 0, 2], 1, persistence=2)
    array([5])
    """
    persistence = whole("persistence", persistence, at_least=1)
    values = np.asarray(signal)
    if values.dtype.kind not in "biuf" or values.ndim != 1:
        raise TypeError(f"signal must hold numbers in one dimension, got {values.dtype} "
                        f"of shape {values.shape}")  # fmt: skip
    if not limit == limit:
        raise ValueError("limit must be a number, got NaN")
    steps = np.flatnonzero(~np.isnan(values.astype(float)))
    over = values[steps] > limit
    number = np.arange(1, len(over) + 1)
    run = number - np.maximum.accumulate(np.where(over, 0, number))  # excesses in a row, so far
    return steps[run == persistence]


def score_detector(begun: Sequence[int], n_steps: int, onset: int | None = None) -> DetectorScore:
    """Return how the alarms of a detector compare with the step at which the world changed.

    Parameters
    ----------
    begun : integers
        Steps at which alarms began, as from `alarms`.
    n_steps : int
        Length of the series.
    onset : int, optional
        First step of the change; by default there is none.

    Raises
    ------
    TypeError, ValueError
        If `onset` or an alarm lies outside the series.

    Examples
    --------
    >>> score_detector([3, 12, 20], n_steps=30, onset=10)
    DetectorScore(delay=2, false_alarms=1, quiet=10)
    """
    n_steps = whole("n_steps", n_steps, at_least=1)
    quiet = n_steps if onset is None else whole("onset", onset, at_least=0)
    if quiet > n_steps or (onset is not None and quiet == n_steps):
        raise ValueError(f"onset must lie before n_steps={n_steps}, got {onset}")
    steps = np.sort(np.asarray(begun, dtype=np.int64))
    if ((steps < 0) | (steps >= n_steps)).any():
        raise ValueError(f"begun must lie within 0 to {n_steps - 1}, got {steps.tolist()}")
    hits = steps[steps >= quiet]
    delay = int(hits[0]) - quiet if len(hits) else None
    return DetectorScore(delay, int((steps < quiet).sum()), quiet)
