"""When a cost that is paid once is worth what it saves each time."""

from __future__ import annotations

import math


def crossover(once_a: float, each_a: float, once_b: float, each_b: float) -> float:
    """Return the number of uses from which on b costs less than a in all.

    After n uses a costs ``once_a + n * each_a``, and b likewise. Loading validated Parquet (b)
    costs more once than keeping raw JSON (a), and less with each query.

    Parameters
    ----------
    once_a, once_b : float
        What is paid before the first use, at least 0, in one unit of your choice.
    each_a, each_b : float
        What each use costs, at least 0, in the same unit.

    Returns
    -------
    float
        The n at which the two lines meet, not rounded: b is cheaper for every larger n. It is 0
        if b is cheaper from the first use on, and infinite if it never is: a tie at every n is no
        gain. A b that is cheaper only at first is never cheaper for good, which is infinite too;
        ask for ``crossover(b, a)`` then.

    Raises
    ------
    ValueError
        If a cost is negative, infinite or NaN.

    Examples
    --------
    >>> crossover(2.0, 0.5, 10.0, 0.1)
    20.0
    >>> crossover(2.0, 0.5, 2.0, 0.1), crossover(2.0, 0.1, 10.0, 0.1)
    (0.0, inf)
    """
    costs = {"once_a": once_a, "each_a": each_a, "once_b": once_b, "each_b": each_b}
    for name, cost in costs.items():
        if not 0 <= cost < math.inf:
            raise ValueError(f"{name} must be a finite cost of at least 0, got {cost!r}")
    saved = each_a - each_b
    if saved > 0:
        return max(0.0, (once_b - once_a) / saved)
    if saved == 0 and once_b < once_a:
        return 0.0
    return math.inf
