"""Experiments in production, in the order in which one dares more.

`shadow_compare` lays the answers of two models side by side before anybody has seen those of the
new one. `CanaryGate` lets it answer for a few, then for more, and says when to go on and when to
go back, by `sprt`, a test that may look after every answer::

    from mlsdlib import experiments

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
"""

from mlsdlib.experiments._bandits import UCB1, ABTest, EpsilonGreedy, ThompsonBeta
from mlsdlib.experiments._canary import CanaryGate, GateDecision, SprtResult, sprt
from mlsdlib.experiments._linucb import LinUCB
from mlsdlib.experiments._ope import direct_method, doubly_robust, ips, propensity_weights, snips
from mlsdlib.experiments._shadow import ShadowReport, shadow_compare
from mlsdlib.experiments._simulate import BanditRuns, simulate

__all__ = [
    "UCB1",
    "ABTest",
    "BanditRuns",
    "CanaryGate",
    "EpsilonGreedy",
    "GateDecision",
    "LinUCB",
    "ShadowReport",
    "SprtResult",
    "ThompsonBeta",
    "direct_method",
    "doubly_robust",
    "ips",
    "propensity_weights",
    "shadow_compare",
    "simulate",
    "snips",
    "sprt",
]
