"""Feedback loops: what a system shows decides what it learns, and what it shows next.

Measure whether outputs narrow, round after round::

    from mlsdlib import feedback

    feedback.exposure_gini(shown)  # 0: all items equally often, towards 1: one item alone
    feedback.coverage(shown)       # the share of items that are shown at all
    feedback.homogeneity(shown)    # the chance that two places show the same item

Run a loop whose truth is known. A ranker learns from the clicks on its own pages, where a low place
is seldom looked at::

    result = feedback.simulate_loop(relevance, epsilon=0.1, assumed_decay=1.0, rng=0)
    result.value[-1]  # clicks of the last round, as a share of what the best page would get

Take the position out of logged clicks, with known or with learned examination::

    feedback.ips_click_weights(position, examination, clip=0.05)
    feedback.debiased_ctr(clicks, shows, examination)
    fitted = feedback.fit_position_bias(clicks, shows)
    ranker = feedback.TwoModelRanker(fitted.examination, fitted.attraction)

Tables of clicks and shows have the shape (…, items, positions): how often each item stood at each
position, and was clicked there. Leading axes are runs that have nothing to do with each other.
"""

from mlsdlib.feedback._clicks import (
    PositionBias,
    debiased_ctr,
    fit_position_bias,
    ips_click_weights,
)
from mlsdlib.feedback._loop import LoopResult, simulate_loop
from mlsdlib.feedback._measures import coverage, exposure_gini, homogeneity
from mlsdlib.feedback._two_models import TwoModelRanker

__all__ = [
    "LoopResult",
    "PositionBias",
    "TwoModelRanker",
    "coverage",
    "debiased_ctr",
    "exposure_gini",
    "fit_position_bias",
    "homogeneity",
    "ips_click_weights",
    "simulate_loop",
]
