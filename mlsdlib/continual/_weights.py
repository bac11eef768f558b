"""Start warm, but not too warm."""

from __future__ import annotations

import numpy as np


def shrink_and_perturb(
    weights: np.ndarray, *, shrink: float, fresh: np.ndarray, noise: float
) -> np.ndarray:
    """Return weights to go on training from: ``shrink * weights + noise * fresh``.

    A net that goes on from weights trained on the first part of the data ends with a lower
    accuracy than one that begins anew with all of them. Smaller weights, moved a little, keep what
    was learned and take this away, at least in part.

    Parameters
    ----------
    weights : array of any shape
        Trained weights of a layer.
    shrink : float
        From 0, begin anew, to 1, keep all.
    fresh : array of the same shape
        Weights as drawn for a new net of this kind: the noise has the scale of each layer.
    noise : float
        How much of them is added, at least 0.

    Raises
    ------
    ValueError
        If a number is out of range or the shapes differ.

    References
    ----------
    Ash & Adams (2020), *On warm-starting neural network training*.

    Examples
    --------
    >>> shrink_and_perturb(np.array([2.0, -4.0]), shrink=0.5, fresh=np.array([1.0, 1.0]), noise=0.1)
    array([ 1.1, -1.9])
    """
    if not 0 <= shrink <= 1:
        raise ValueError(f"shrink must be from 0 to 1, got {shrink!r}")
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise!r}")
    weights, fresh = np.asarray(weights), np.asarray(fresh)
    if weights.shape != fresh.shape:
        raise ValueError(f"fresh must have the shape of weights {weights.shape}, got {fresh.shape}")
    return shrink * weights + noise * fresh
