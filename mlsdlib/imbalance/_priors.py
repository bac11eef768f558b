"""Probabilities and precision when a class is more or less common than it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.imbalance._inputs import prior, probabilities


def prior_correction(
    p: Sequence[float], train_prior: float, true_prior: float
) -> float | np.ndarray:
    """Return probabilities as they would be if the class were as common as `true_prior`.

    Parameters
    ----------
    p : float or array
        Probabilities of the class from a model, from 0 to 1.
    train_prior : float
        Share of the class in what the model was trained on, between 0 and 1: 0.5 after balancing.
    true_prior : float
        Share of the class where the model is used, between 0 and 1.

    Returns
    -------
    float or array
        The odds of `p`, multiplied by the odds of the true prior over those of the training's
        (Elkan 2001; Saerens, Latinne & Decaestecker 2002). The ranking stays as it is. It is
        right if the model was calibrated on its training data and only the share of the class
        differs: resampling at random does that, synthetic rows do not quite.

    Raises
    ------
    TypeError, ValueError
        If `p` is not between 0 and 1, or a prior not strictly between.

    Examples
    --------
    >>> prior_correction(0.5, 0.5, 0.01)
    0.01
    >>> prior_correction([0.0, 0.8, 1.0], 0.5, 0.2)
    array([0. , 0.5, 1. ])
    """
    p = probabilities("p", p)
    train, true = prior("train_prior", train_prior), prior("true_prior", true_prior)
    positive, negative = p * true / train, (1 - p) * (1 - true) / (1 - train)
    corrected = positive / (positive + negative)
    return corrected if corrected.ndim else float(corrected)


def precision_at(tpr: float, fpr: float, prevalence: float) -> float | np.ndarray:
    """Return the precision of a test with known rates where a class is so common.

    Parameters
    ----------
    tpr, fpr : float or arrays that broadcast
        Share of the positives, and of the negatives, that are called positive; from 0 to 1.
    prevalence : float or array
        Share of positives, from 0 to 1.

    Returns
    -------
    float or array
        Bayes' rule. NaN where nothing is called positive: such a test has no precision.

    Raises
    ------
    TypeError, ValueError
        If a share is not between 0 and 1.

    Examples
    --------
    >>> precision_at(0.75, 0.25, 0.5)
    0.75
    >>> precision_at(0.9, 0.1, [0.5, 0.1]).round(2)
    array([0.9, 0.5])
    """
    tpr, fpr = probabilities("tpr", tpr), probabilities("fpr", fpr)
    prevalence = probabilities("prevalence", prevalence)
    hits, alarms = prevalence * tpr, (1 - prevalence) * fpr
    with np.errstate(invalid="ignore"):
        precision = np.divide(hits, hits + alarms)
    return precision if precision.ndim else float(precision)
