"""Rare classes: thresholds from costs, probabilities under another prevalence, and losses.

A resampler changes how common a class is in training; so do weights. What it does to a logistic
model can mostly be had by a threshold, without touching the data, and can be taken back from its
probabilities::

    from mlsdlib import imbalance

    imbalance.cost_threshold(1, 20)  # act on a probability above this
    imbalance.prior_correction(p, train_prior=0.5, true_prior=0.05)

Resampling itself is imbalanced-learn's. Here are `tomek_links`, vectorised, and two losses that
were made for rare classes, with the weights of Cui et al. (2019) and the focal loss of Lin et al.
(2017).
"""

from mlsdlib.imbalance._costs import best_threshold, cost_threshold
from mlsdlib.imbalance._losses import focal_loss
from mlsdlib.imbalance._priors import precision_at, prior_correction
from mlsdlib.imbalance._tomek import tomek_links
from mlsdlib.imbalance._weights import class_balanced_weights, effective_number

__all__ = [
    "best_threshold",
    "class_balanced_weights",
    "cost_threshold",
    "effective_number",
    "focal_loss",
    "precision_at",
    "prior_correction",
    "tomek_links",
]
