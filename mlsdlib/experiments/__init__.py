"""Experiments on users: which of two systems is better, and how do you know?

Plan an A/B test, check who got what, then compare::

    from mlsdlib import experiments

    experiments.sample_size(0.05, 0.055)                        # how many in each arm
    experiments.sample_ratio_mismatch([50_500, 49_500])         # was the traffic split as planned?
    experiments.two_proportion_test((200, 250), (1_000, 1_000))
    experiments.cuped(outcome, before).adjusted                 # less noise, same effect

Look at a running test without fooling yourself::

    experiments.spending_bounds(5)                              # |z| that ends it, look by look
    experiments.always_valid_pvalues(difference, variance, spread=0.01)
    experiments.crossing_probabilities([1.96] * 5)              # what peeking does

Put two rankings on one page, and count whose items are clicked::

    page, team = experiments.team_draft(a, b, rng=0)
    experiments.interleaving_test(clicks_a, clicks_b)

Leading axes of arrays are tests, or sessions, that have nothing to do with each other.
"""

from mlsdlib.experiments._ab import ProportionTest, sample_size, two_proportion_test
from mlsdlib.experiments._cuped import Cuped, cuped
from mlsdlib.experiments._interleave import InterleavingTest, interleaving_test, team_draft
from mlsdlib.experiments._sequential import (
    always_valid_pvalues,
    crossing_probabilities,
    spending_bounds,
)
from mlsdlib.experiments._srm import RatioTest, sample_ratio_mismatch

__all__ = [
    "Cuped",
    "InterleavingTest",
    "ProportionTest",
    "RatioTest",
    "always_valid_pvalues",
    "crossing_probabilities",
    "cuped",
    "interleaving_test",
    "sample_ratio_mismatch",
    "sample_size",
    "spending_bounds",
    "team_draft",
    "two_proportion_test",
]
