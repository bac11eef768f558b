"""Draw a sample so that it can speak for the whole.

Each row has a known chance to be drawn; what the sample says about the whole follows from it::

    from mlsdlib import sampling

    rows = sampling.stratified_sample(frame["carrier"], 1_000, rng=0)  # every carrier is there
    rows = sampling.systematic_pps(size, 50, rng=0)  # chances in proportion to size, exactly
    chance = sampling.inclusion_probabilities(size, 50)
    total = (value[rows] / chance[rows]).sum()  # Horvitz and Thompson (1952)

    kept = sampling.ReservoirSampler(1_000, rng=0)  # a stream whose length nobody knows
    for chunk in stream:
        kept.update_many(chunk)
    kept.get()

Functions return positions, in the order named in each; reservoirs return the items, since the
stream is gone. For k of n rows with equal chances, call `numpy.random.Generator.choice`.
"""

from mlsdlib.sampling._importance import (
    effective_sample_size,
    importance_mean,
    importance_weights,
)
from mlsdlib.sampling._inclusion import InclusionTest, inclusion_test
from mlsdlib.sampling._reservoir import ReservoirSampler
from mlsdlib.sampling._snowball import snowball_sample
from mlsdlib.sampling._strata import (
    neyman_allocation,
    proportional_allocation,
    stratified_sample,
)
from mlsdlib.sampling._weighted import inclusion_probabilities, systematic_pps, weighted_sample
from mlsdlib.sampling._weighted_reservoir import WeightedReservoirSampler

__all__ = [
    "InclusionTest",
    "ReservoirSampler",
    "WeightedReservoirSampler",
    "effective_sample_size",
    "importance_mean",
    "importance_weights",
    "inclusion_probabilities",
    "inclusion_test",
    "neyman_allocation",
    "proportional_allocation",
    "snowball_sample",
    "stratified_sample",
    "systematic_pps",
    "weighted_sample",
]
