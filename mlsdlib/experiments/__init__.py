"""Experiments in production: bandits, and what a log says about a policy that never ran.

A bandit learns while it earns; an A/B test first learns, then earns::

    from mlsdlib import experiments

    policy = experiments.ThompsonBeta(5)
    arm = policy.pull(rng=rng)
    policy.update(arm, reward)  # now, later, or in a batch

    runs = experiments.simulate(policy, [0.05, 0.06], 20_000, 200, delay=100, rng=0)
    runs.regret[:, -1], runs.correct, runs.means

From logged propensities, what another policy would have earned::

    experiments.ips(reward, pi_b, pi_e)
    experiments.snips(reward, pi_b, pi_e, clip=20)
    experiments.doubly_robust(reward, pi_b, pi_e, q, action=action)
"""

from mlsdlib.experiments._bandits import UCB1, ABTest, EpsilonGreedy, ThompsonBeta
from mlsdlib.experiments._linucb import LinUCB
from mlsdlib.experiments._ope import direct_method, doubly_robust, ips, propensity_weights, snips
from mlsdlib.experiments._simulate import BanditRuns, simulate

__all__ = [
    "UCB1",
    "ABTest",
    "BanditRuns",
    "EpsilonGreedy",
    "LinUCB",
    "ThompsonBeta",
    "direct_method",
    "doubly_robust",
    "ips",
    "propensity_weights",
    "simulate",
    "snips",
]
