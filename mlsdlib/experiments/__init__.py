"""Tests of a new model in production, in the order in which one dares more.

`shadow_compare` lays the answers of two models side by side before anybody has seen those of the
new one. `CanaryGate` lets it answer for a few, then for more, and says when to go on and when to
go back, by `sprt`, a test that may look after every answer::

    from mlsdlib import experiments

    gate = experiments.CanaryGate(0.02, 0.04, shares=(0.01, 0.1, 1.0))
    gate.update(failed)  # "go on", "next stage", "promote" or "roll back"
    gate.log             # every decision, with what it was based on

`mlsdlib.serving.Rollout` does with real services what a gate decides.
"""

from mlsdlib.experiments._canary import CanaryGate, GateDecision, SprtResult, sprt
from mlsdlib.experiments._shadow import ShadowReport, shadow_compare

__all__ = [
    "CanaryGate",
    "GateDecision",
    "ShadowReport",
    "SprtResult",
    "shadow_compare",
    "sprt",
]
