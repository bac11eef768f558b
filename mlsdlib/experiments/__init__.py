"""Experiments in production: which of two systems is better, how do you know, what do you risk?

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

`shadow_compare` lays the answers of two models side by side before anybody has seen those of the
new one. `CanaryGate` lets it answer for a few, then for more, and says when to go on and when to
go back, by `sprt`, a test that may look after every answer::

    gate = experiments.CanaryGate(0.02, 0.04, shares=(0.01, 0.1, 1.0))
    gate.update(failed)  # "go on", "next stage", "promote" or "roll back"
    gate.log             # every decision, with what it was based on

A bandit learns while it earns; an A/B test first learns, then earns::

    policy = experiments.ThompsonBeta(5)
    arm = policy.pull(rng=rng)
    policy.update(arm, reward)  # now, later, or in a batch

    runs = experiments.simulate(policy, [0.05, 0.06], 20_000, 200, delay=100, rng=0)
    runs.regret[:, -1], runs.correct, runs.means

From logged propensities, what another policy would have earned::

    experiments.ips(reward, pi_b, pi_e)
    experiments.snips(reward, pi_b, pi_e, clip=20)
    experiments.doubly_robust(reward, pi_b, pi_e, q, action=action)

In the tests, leading axes of arrays are tests, or sessions, that have nothing to do with each
other.
"""

from mlsdlib.experiments._ab import ProportionTest, sample_size, two_proportion_test
from mlsdlib.experiments._bandits import UCB1, ABTest, EpsilonGreedy, ThompsonBeta
from mlsdlib.experiments._canary import CanaryGate, GateDecision, SprtResult, sprt
from mlsdlib.experiments._cuped import Cuped, cuped
from mlsdlib.experiments._interleave import InterleavingTest, interleaving_test, team_draft
from mlsdlib.experiments._linucb import LinUCB
from mlsdlib.experiments._ope import direct_method, doubly_robust, ips, propensity_weights, snips
from mlsdlib.experiments._sequential import (
    always_valid_pvalues,
    crossing_probabilities,
    spending_bounds,
)
from mlsdlib.experiments._shadow import ShadowReport, shadow_compare
from mlsdlib.experiments._simulate import BanditRuns, simulate
from mlsdlib.experiments._srm import RatioTest, sample_ratio_mismatch

__all__ = [
    "UCB1",
    "ABTest",
    "BanditRuns",
    "CanaryGate",
    "Cuped",
    "EpsilonGreedy",
    "GateDecision",
    "InterleavingTest",
    "LinUCB",
    "ProportionTest",
    "RatioTest",
    "ShadowReport",
    "SprtResult",
    "ThompsonBeta",
    "always_valid_pvalues",
    "crossing_probabilities",
    "cuped",
    "direct_method",
    "doubly_robust",
    "interleaving_test",
    "ips",
    "propensity_weights",
    "sample_ratio_mismatch",
    "sample_size",
    "shadow_compare",
    "simulate",
    "snips",
    "spending_bounds",
    "sprt",
    "team_draft",
    "two_proportion_test",
]
