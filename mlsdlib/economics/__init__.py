"""The price of a decision: costs that grow, when they cross, and what it is worth to know more.

Costs month by month, and the month at which one plan has become cheaper than another::

    from mlsdlib import economics

    volume = economics.growing(0.08, 60, half_life=24)  # growth that fades
    fees = 10 * economics.tiered(volume, [(0, 1.0), (5, 0.8)])  # the vendor's discount
    build = economics.busy(9.5, 60)  # the share of each month that is spent on building
    economics.crossover(economics.cumulative(fees, rate=0.1), economics.cumulative(own, rate=0.1))

Which input decides, and what would it be worth to know it? Costs have one row a future and one
column an option::

    economics.tornado(saving, {"growth": (0.05, 0.08, 0.11), "engineer": (10, 16, 25)})
    economics.evpi(costs)            # knowing everything
    economics.evppi(costs, growth)   # knowing one input

How much of a ranking is in the weights? ::

    weights = economics.weight_draws([3, 2, 2], 0.5, 500, rng=0)
    economics.rank_stability(scores, weights)  # one row an option, one column a place

Leading axes of all curves are futures; the last axis is the month.
"""

from mlsdlib.economics._curves import (
    busy,
    crossover,
    crossovers,
    cumulative,
    growing,
    payback,
    tiered,
)
from mlsdlib.economics._information import evpi, evppi
from mlsdlib.economics._scorecard import rank_stability, weight_draws
from mlsdlib.economics._sensitivity import Tornado, tornado

__all__ = [
    "Tornado",
    "busy",
    "crossover",
    "crossovers",
    "cumulative",
    "evpi",
    "evppi",
    "growing",
    "payback",
    "rank_stability",
    "tiered",
    "tornado",
    "weight_draws",
]
