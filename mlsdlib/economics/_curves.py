"""Costs month by month, and where two of them cross."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.economics._inputs import above, at_least, numbers


def growing(growth: object, months: int, *, half_life: object = np.inf) -> np.ndarray:
    """Return a volume that grows each month, as a multiple of that of the first month.

    From month t to month t + 1 its logarithm rises by ``log(1 + growth) * 0.5**((t-1)/half_life)``:
    with an infinite half-life growth is constant, and the volume ``(1 + growth)**(t-1)``. With a
    finite one growth fades, and the volume approaches a ceiling.

    Parameters
    ----------
    growth : float or array of shape (n,)
        Growth from the first month to the second, as a share; above -1.
    months : int
        Number of months.
    half_life : float or array of shape (n,)
        Months after which the rate of growth has halved; above 0, may be infinite.

    Returns
    -------
    array of shape (months,) or (n, months)

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> growing(0.1, 4).round(3).tolist()
    [1.0, 1.1, 1.21, 1.331]
    >>> growing([0.1, 0.0], 3, half_life=1).round(3).tolist()
    [[1.0, 1.1, 1.154], [1.0, 1.0, 1.0]]
    """
    months = whole("months", months)
    rate = np.log1p(above("growth", growth, -1))[..., None]
    half_life = above("half_life", half_life, 0, infinite=True)[..., None]
    steps = rate * 0.5 ** (np.arange(months - 1) / half_life)
    total = np.zeros((*steps.shape[:-1], months))
    np.cumsum(steps, axis=-1, out=total[..., 1:])
    return np.exp(total)


def tiered(volume: object, tiers: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return what a volume costs if each part of it has the price of the tier it lies in.

    Parameters
    ----------
    volume : array
        Not negative.
    tiers : sequence of (start, price)
        The price of a unit from this volume on; starts rise, and the first is 0. The lower price
        of a tier is for what lies beyond its start only, so that more never costs less.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> tiered([2, 5, 7], [(0, 1.0), (5, 0.5)]).tolist()
    [2.0, 5.0, 6.0]
    """
    volume = at_least("volume", volume, 0)
    table = numbers("tiers", list(tiers), dimensions=2)
    if table.shape[1] != 2:
        raise ValueError(f"tiers must hold pairs of start and price, got shape {table.shape}")
    starts, prices = table.T
    if starts[0] != 0 or (np.diff(starts) <= 0).any():
        raise ValueError(f"tiers must start at 0 and rise, got starts {starts.tolist()}")
    beyond = np.maximum(volume[..., None] - starts, 0)
    return beyond @ np.diff(prices, prepend=0.0)


def busy(duration: object, months: int, *, start: object = 0.0) -> np.ndarray:
    """Return the share of each month that a piece of work takes.

    Parameters
    ----------
    duration : float or array of shape (n,)
        How many months the work takes; not negative.
    months : int
        Number of months.
    start : float or array of shape (n,)
        How many months go by before it begins; not negative, and infinite for never.

    Returns
    -------
    array of shape (months,) or (n, months)

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> busy(2.5, 4).tolist()
    [1.0, 1.0, 0.5, 0.0]
    >>> busy([1, 1], 3, start=[0.5, np.inf]).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    begin = np.arange(whole("months", months))  # when each month begins
    duration = at_least("duration", duration, 0)[..., None]
    start = at_least("start", start, 0, infinite=True)[..., None]
    return np.maximum(np.minimum(begin + 1, start + duration) - np.maximum(begin, start), 0)


def cumulative(costs: object, *, rate: float = 0.0) -> np.ndarray:
    """Return what has been spent by the end of each month, in money of today.

    Parameters
    ----------
    costs : array of shape (..., months)
        Cost of each month, paid at its end.
    rate : float
        Discount rate a year: the cost of month t counts ``(1 + rate)**(-t / 12)``; above -1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> cumulative([1, 1, 2]).tolist()
    [1.0, 2.0, 4.0]
    >>> cumulative(np.ones(12), rate=1.0)[-1].round(3)
    np.float64(8.409)
    """
    costs = numbers("costs", costs)
    if not costs.ndim:
        raise ValueError(f"costs must have an axis of months, got {costs}")
    month = np.arange(1, costs.shape[-1] + 1)
    return np.cumsum(costs * (1 + float(above("rate", rate, -1))) ** (-month / 12), axis=-1)


def payback(cost: object, saving: object, *, start: object = 0.0) -> np.ndarray | float:
    """Return after how many months an investment has earned what it cost.

    Parameters
    ----------
    cost : float or array
        What it costs at once; not negative.
    saving : float or array
        What it saves each month, less its upkeep.
    start : float or array
        Months until it begins to save; not negative.

    Returns
    -------
    float or array
        Infinite where it saves nothing: it never pays.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> payback(24, [4, 1, 0, -1], start=6).tolist()
    [12.0, 30.0, inf, inf]
    """
    cost, start = at_least("cost", cost, 0), at_least("start", start, 0)
    saving = numbers("saving", saving)
    pays = saving > 0
    month = np.where(pays, start + cost / np.where(pays, saving, 1.0), np.inf)
    return month if month.ndim else float(month)


def crossover(first: object, second: object) -> np.ndarray | float:
    """Return the first month by whose end the second plan has cost less than the first.

    Parameters
    ----------
    first, second : arrays of shape (..., months)
        What has been spent by the end of each month (see `cumulative`).

    Returns
    -------
    float or array of shape (...)
        Months counted from 1; infinite where it never happens within these months.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, or as `crossovers`.

    Examples
    --------
    >>> crossover([[1, 2, 3, 4], [1, 2, 3, 4]], [[3, 3, 3, 3], [5, 6, 7, 8]]).tolist()
    [4.0, inf]
    """
    cheaper = _gap(first, second) > 0
    month = np.where(cheaper.any(axis=-1), cheaper.argmax(axis=-1) + 1.0, np.inf)
    return month if month.ndim else float(month)


def crossovers(first: object, second: object) -> list[int]:
    """Return each month by whose end the cheaper of two plans has become the dearer.

    Parameters
    ----------
    first, second : arrays of shape (months,)
        What has been spent by the end of each month.

    Returns
    -------
    list of int
        Months counted from 1. Where both have cost the same, the leader of before is the leader.

    Raises
    ------
    TypeError, ValueError
        If the arrays are not finite numbers of one shape.

    Examples
    --------
    >>> crossovers([1, 2, 9, 9], [3, 3, 3, 20])
    [3, 4]
    >>> crossovers([1, 3, 4], [2, 3, 5])
    []
    """
    gap = _gap(first, second)
    if gap.ndim != 1:
        raise ValueError(f"first and second must have one axis, got shape {gap.shape}")
    months = np.flatnonzero(gap)
    changed = np.diff(np.sign(gap[months])) != 0
    return (months[1:][changed] + 1).tolist()


def _gap(first: object, second: object) -> np.ndarray:
    first, second = numbers("first", first), numbers("second", second)
    if first.shape != second.shape:
        raise ValueError(
            f"first and second must have one shape, got {first.shape} and {second.shape}"
        )
    if not first.ndim:
        raise ValueError("first and second must have an axis of months")
    return first - second
