"""Weighted scorecards, and how much of their ranking is in the weights."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.economics._inputs import at_least, numbers


def weight_draws(
    weights: object, spread: float, n: int, *, rng: np.random.Generator | int | None = None
) -> np.ndarray:
    """Return weights, each of which may be off by a share of itself, up or down.

    Parameters
    ----------
    weights : array of shape (n_criteria,)
        The stated weights, not negative and not all zero.
    spread : float
        The most by which each weight may be off, between 0 and 1; uniform within it.
    n : int
        Number of draws.
    rng : numpy Generator, int or None
        Source of randomness.

    Returns
    -------
    array of shape (n, n_criteria)
        Each row adds up to 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> weight_draws([3, 1], 0.0, 2, rng=0).tolist()
    [[0.75, 0.25], [0.75, 0.25]]
    """
    stated = at_least("weights", numbers("weights", weights, dimensions=1), 0)
    if not stated.sum():
        raise ValueError("weights must not all be zero")
    if not 0 <= spread <= 1:
        raise ValueError(f"spread must lie between 0 and 1, got {spread!r}")
    rng = np.random.default_rng(rng)
    drawn = stated * rng.uniform(1 - spread, 1 + spread, (whole("n", n), len(stated)))
    total = drawn.sum(axis=1, keepdims=True)
    return drawn / total


def rank_stability(scores: object, weights: object) -> np.ndarray:
    """Return the share of the weight draws that puts each option in each place.

    Parameters
    ----------
    scores : array of shape (n_options, n_criteria)
        More is better.
    weights : array of shape (n_draws, n_criteria)
        Not negative. A draw of zeros says nothing, and is left out.

    Returns
    -------
    array of shape (n_options, n_options)
        Rows are options, columns places, the first place first; rows and columns add up to 1.
        Options that tie share their places equally.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above, or all draws are zeros.

    Examples
    --------
    >>> rank_stability([[5, 1], [1, 5]], [[1, 0], [3, 1], [0, 1]]).round(2).tolist()
    [[0.67, 0.33], [0.33, 0.67]]
    >>> rank_stability([[5, 1], [1, 5]], [[1, 1], [0, 0]]).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    score = numbers("scores", scores, dimensions=2)
    weight = at_least("weights", numbers("weights", weights, dimensions=2), 0)
    if score.shape[1] != weight.shape[1]:
        raise ValueError(
            "scores and weights must have as many criteria, "
            f"got {score.shape[1]} and {weight.shape[1]}"
        )
    weight = weight[weight.sum(axis=1) > 0]
    if not len(weight):
        raise ValueError("weights must hold a draw that is not all zeros")
    # Sums that differ by rounding only are ties.
    total = np.round(weight @ score.T / weight.sum(axis=1, keepdims=True), 12)
    better = (total[:, None, :] > total[:, :, None]).sum(axis=2)  # options ahead of each
    equal = (total[:, None, :] == total[:, :, None]).sum(axis=2)  # itself and those it ties with
    place = np.arange(len(score))
    shares = (place >= better[..., None]) & (place < (better + equal)[..., None])
    return (shares / equal[..., None]).mean(axis=0)
