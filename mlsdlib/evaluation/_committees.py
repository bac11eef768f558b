"""Many models: what voting gains, and what choosing the best of them promises too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.evaluation._inputs import check_probabilities, probabilities


def majority_accuracy(
    p: float | Sequence[float], n: int, *, rho: float | Sequence[float] = 0.0
) -> np.ndarray | float:
    """Return how often the majority of `n` voters is right when each of them is right with `p`.

    A tie of an even number of voters is settled by a fair coin.

    Parameters
    ----------
    p : float or array
        Probability that one member is right; the question has two answers.
    n : int
        Number of members, at least 1.
    rho : float or array, broadcast with `p`
        How alike the members are: the correlation of the normal scores behind their votes. A
        member is right where ``sqrt(rho) * z + sqrt(1 - rho) * e`` falls below the p-quantile, `z`
        shared by all and `e` its own (a one-factor Gaussian copula). It lies above the correlation
        of the votes themselves: 0.6 for votes correlated by 0.39 at ``p=0.7``. 0 is independence
        (Condorcet's jury), 1 is one voter copied.

    Returns
    -------
    float, or array of the shape that `p` and `rho` broadcast to

    Raises
    ------
    ValueError
        If `p` or `rho` lies outside 0 to 1, or `n` is below 1.

    Examples
    --------
    >>> majority_accuracy(0.7, 3)
    0.784
    >>> majority_accuracy(0.7, 3, rho=[0.3, 0.6, 0.9]).round(3)
    array([0.749, 0.724, 0.705])
    >>> majority_accuracy(0.45, 3)
    0.425
    """
    from scipy.special import betainc, betaincinv, ndtr, ndtri

    n = whole("n", n, at_least=1)
    p, rho = np.broadcast_arrays(np.asarray(p, float), np.asarray(rho, float))
    check_probabilities("p", p)
    check_probabilities("rho", rho)
    # The majority is right where its middle member is, whose place among the members' own scores is
    # beta distributed. (With a fair coin, an even number does as well as one voter fewer.)
    k = (n + 1) // 2
    result = np.where(rho == 0, betainc(k, k, p), p)
    weight = np.exp(-_GRID * _GRID / 2)
    weight /= weight.sum()
    inside = (rho > 0) & (rho < 1) & (p > 0) & (p < 1)
    # Integrate over whichever of the two scores, shared or own, matters less: the rest is smooth.
    for part, over_shared in ((inside & (rho < 0.5), True), (inside & (rho >= 0.5), False)):
        score, share = ndtri(p[part])[:, None], rho[part][:, None]
        a, b = np.sqrt(share), np.sqrt(1 - share)
        if over_shared:
            right = betainc(k, k, ndtr((score - a * _GRID) / b))
        else:
            right = ndtr((score - b * ndtri(betaincinv(k, k, ndtr(_GRID)))) / a)
        result[part] = right @ weight
    return float(result) if result.ndim == 0 else result


_GRID = np.linspace(-8, 8, 1_001)  # normal scores; the trapezium rule is exact to many digits


@dataclass(frozen=True, slots=True)
class Winners:
    """The candidate with the best validation score, in each of several repetitions.

    Parameters
    ----------
    index : int array of shape (repeats,)
        Which candidate won; of several equal ones the first.
    reported : array of shape (repeats,)
        Its validation accuracy.
    accuracy : array of shape (repeats,)
        Its true accuracy. ``reported - accuracy`` is the winner's curse, and ``accuracy`` minus
        that of a candidate taken blindly is what the search has gained.
    """

    index: np.ndarray
    reported: np.ndarray
    accuracy: np.ndarray


def best_of_k(
    accuracy: Sequence[float],
    n_val: int,
    *,
    repeats: int = 1_000,
    rng: np.random.Generator | int | None = None,
) -> Winners:
    """Return who wins when candidates of known accuracy are compared on `n_val` rows.

    Every candidate's validation accuracy is binomial and independent of the others'. Real
    candidates are scored on the same rows and err alike; that makes the curse smaller.

    Parameters
    ----------
    accuracy : array of shape (k,)
        True accuracies.
    n_val : int
        Number of validation rows, at least 1.
    repeats : int
        How often to repeat the search.
    rng : numpy Generator, int or None
        Source of randomness.

    Raises
    ------
    ValueError
        If an accuracy lies outside 0 to 1, or `n_val` or `repeats` is below 1.

    References
    ----------
    Cawley & Talbot 2010, *On over-fitting in model selection and subsequent selection bias in
    performance evaluation*, JMLR 11.

    Examples
    --------
    >>> found = best_of_k(np.full(100, 0.8), n_val=500, rng=0)
    >>> round(float(np.mean(found.reported - found.accuracy)), 2)
    0.04
    """
    true = probabilities("accuracy", accuracy)
    n_val = whole("n_val", n_val, at_least=1)
    repeats = whole("repeats", repeats, at_least=1)
    rng = np.random.default_rng(rng)
    index, right = np.empty(repeats, np.int64), np.empty(repeats, np.int64)
    rows = max(1, 4_000_000 // len(true))  # of which one block of draws fits in memory
    for start in range(0, repeats, rows):
        block = slice(start, min(start + rows, repeats))
        draws = rng.binomial(n_val, true, (block.stop - block.start, len(true)))
        index[block], right[block] = draws.argmax(axis=1), draws.max(axis=1)
    return Winners(index, right / n_val, true[index])
