"""What is it worth to know more before you decide?"""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.economics._inputs import costs as table
from mlsdlib.economics._inputs import numbers


def evpi(costs: object) -> float:
    """Return the expected value of perfect information: the most that any study can be worth.

    Without it you commit to the option with the lowest mean cost. With it you learn the future
    first, and take what is cheapest in it.

    Parameters
    ----------
    costs : array of shape (n_futures, n_options)
        What each option costs in each future; futures are equally likely.

    Returns
    -------
    float
        Never negative, in the unit of the costs.

    Raises
    ------
    TypeError, ValueError
        If `costs` is not a table of finite numbers.

    References
    ----------
    Raiffa & Schlaifer (1961), *Applied statistical decision theory*.

    Examples
    --------
    >>> evpi([[10, 4], [10, 20]])
    3.0
    """
    cost = table("costs", costs)
    return max(0.0, float(cost.mean(axis=0).min() - cost.min(axis=1).mean()))


def evppi(costs: object, x: object, *, bins: int = 50) -> float:
    """Return the expected value of knowing one input, and nothing else, before you decide.

    Futures are sorted by the input and cut into bins. Knowing the input is knowing the bin: in
    each one you take the option with the lowest mean cost. Bins with few futures flatter it, since
    each seems to have a favourite; too few bins hide what the input says.

    Parameters
    ----------
    costs : array of shape (n_futures, n_options)
        As in `evpi`.
    x : array of shape (n_futures,)
        The input's value in each future.
    bins : int
        Number of bins, at most the number of futures.

    Returns
    -------
    float
        Never negative. Futures with equal values may fall into two bins.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Strong & Oakley (2013), *An efficient method for computing single-parameter partial expected
    value of perfect information*.

    Examples
    --------
    >>> growth = [0.0, 0.1, 0.0, 0.1]
    >>> costs = [[10, 20], [30, 20], [12, 20], [28, 20]]
    >>> evppi(costs, growth, bins=2), evpi(costs)
    (4.5, 4.5)
    """
    cost, x = table("costs", costs), numbers("x", x, dimensions=1)
    if len(cost) != len(x):
        raise ValueError(f"costs and x must be as long as each other, got {len(cost)}, {len(x)}")
    parts = np.array_split(cost[np.argsort(x, kind="stable")], whole("bins", bins, 1, len(x)))
    known = sum(len(part) * part.mean(axis=0).min() for part in parts) / len(x)
    return max(0.0, float(cost.mean(axis=0).min() - known))
