"""Chances by weight: as everybody draws them, and in exact proportion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.sampling._inputs import weights_for


def weighted_sample(
    weights: Sequence[float], k: int, *, rng: np.random.Generator | int | None = None
) -> np.ndarray:
    """Return k positions drawn one after the other, each with a chance by weight, none twice.

    The weights decide each *draw*, among the items that are left. Over all k draws the chance of
    an item to be included is not in proportion to its weight: heavy items get less, light ones
    more. Where estimates divide by that chance, use `systematic_pps`.

    Parameters
    ----------
    weights : array of shape (n,)
        Finite, none negative; their sum does not matter. Weight zero is never drawn.
    k : int
        How many, at most the number of positive weights.
    rng : numpy Generator, int or None
        Source of randomness.

    Returns
    -------
    int64 array of shape (k,)
        Positions, in the order drawn.

    Raises
    ------
    TypeError, ValueError
        If the weights or k are not such numbers.

    See Also
    --------
    WeightedReservoirSampler : the same law over a stream.

    Examples
    --------
    >>> sorted(weighted_sample([3, 0, 1, 1], 3, rng=0).tolist())
    [0, 2, 3]
    """
    w, k = weights_for(weights, k)
    if k == 0:
        return np.zeros(0, np.int64)
    generator = np.random.default_rng(rng)
    return generator.choice(len(w), k, replace=False, p=w / w.sum())


def inclusion_probabilities(weights: Sequence[float], k: int) -> np.ndarray:
    """Return for each item the chance in proportion to its weight that gives a sample of k.

    That is k w / sum(w), where it is below 1. Items for which it is not are certain; the others
    share what is left of k in proportion, which may make further items certain.

    Parameters
    ----------
    weights, k
        As in `weighted_sample`.

    Returns
    -------
    array of shape (n,)
        Sums to k.

    Raises
    ------
    TypeError, ValueError
        As `weighted_sample`.

    Examples
    --------
    >>> inclusion_probabilities([5, 1, 1, 1, 2], 2)
    array([1. , 0.2, 0.2, 0.2, 0.4])
    """
    w, k = weights_for(weights, k)
    heavy = np.argsort(-w, kind="stable")
    rest = np.cumsum(w[heavy][::-1])[::-1]  # of an item and all that are lighter
    places = k - np.arange(len(w))
    # Certain as long as the item's share of the places that are left is one, or more; of three
    # equal weights each may have a share of a third that rounding took something from.
    is_certain = (places > 0) & (places * w[heavy] >= rest * (1 - 1e-12))
    certain = int(np.argmin(np.append(is_certain, False)))
    chance = np.zeros(len(w))
    chance[heavy[:certain]] = 1.0
    if certain < k:
        chance[heavy[certain:]] = (k - certain) * w[heavy[certain:]] / rest[certain]
    return chance


def systematic_pps(
    weights: Sequence[float], k: int, *, rng: np.random.Generator | int | None = None
) -> np.ndarray:
    """Return k positions, each item included with exactly its `inclusion_probabilities`.

    The items lie side by side on a line, each as long as its chance; the line is k long. A comb
    with teeth at distance 1 is laid on it at random: an item is drawn if a tooth hits it.

    Parameters
    ----------
    weights, k, rng
        As in `weighted_sample`.

    Returns
    -------
    int64 array of shape (k,)
        Positions, rising.

    Raises
    ------
    TypeError, ValueError
        As `weighted_sample`.

    Notes
    -----
    Neighbours on the line are seldom drawn together, so a list in a meaningful order is sampled
    evenly along it, and one with a period like that of the comb badly. Many pairs are never drawn
    together at all; no unbiased estimate of the variance exists.

    References
    ----------
    Madow (1949), *On the theory of systematic sampling, II*.

    Examples
    --------
    >>> chosen = [systematic_pps([5, 1, 1, 1, 2], 2, rng=i).tolist() for i in range(1_000)]
    >>> all(0 in rows for rows in chosen), sum(4 in rows for rows in chosen)
    (True, 416)
    """
    chance = inclusion_probabilities(weights, k)
    start = np.random.default_rng(rng).random()
    certain, line = chance == 1, np.cumsum(np.where(chance == 1, 0.0, chance))
    teeth = start + np.arange(round(k - certain.sum()))
    # Rounding may leave the line shorter than the last tooth.
    last = np.flatnonzero((chance > 0) & ~certain)[-1:]
    hit = np.minimum(np.searchsorted(line, teeth, side="right"), last if len(last) else 0)
    return np.sort(np.append(np.flatnonzero(certain), hit)).astype(np.int64)
