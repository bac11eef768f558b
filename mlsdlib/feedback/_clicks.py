"""Clicks without the position at which they were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import real, whole
from mlsdlib.feedback._inputs import click_tables, counts, probabilities


def ips_click_weights(
    position: Sequence[int], examination: Sequence[float], *, clip: float = 0.0
) -> np.ndarray:
    """Return what a click at each position counts: the inverse of its chance to be looked at.

    The mean of ``weight * clicked`` over the times that an item was shown estimates P(click |
    examined) without bias (inverse propensity scoring), as long as nothing is clipped.

    Parameters
    ----------
    position : integer array of shape (n,)
        Where each row was shown, counted from 1.
    examination : array of shape (n_positions,)
        P(examined) of positions 1, 2, …, each in [0, 1].
    clip : float
        The smallest examination that is believed, in [0, 1]: no weight exceeds ``1 / clip``. This
        trades variance for bias. With 0, every position in use must be examined sometimes.

    Returns
    -------
    array of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Joachims, Swaminathan & Schnabel (2017), *Unbiased learning-to-rank with biased feedback*.

    Examples
    --------
    >>> ips_click_weights([1, 2, 4, 4], [1.0, 0.5, 0.25, 0.1], clip=0.2)
    array([1., 2., 5., 5.])
    """
    examination = probabilities("examination", examination)
    place = np.asarray(position)
    if place.size == 0:
        return np.empty(0)
    if place.dtype.kind not in "iu" or place.ndim != 1:
        raise TypeError(
            f"position must be a list of whole numbers, got shape {place.shape} of {place.dtype}"
        )
    if examination.ndim != 1:
        raise ValueError(f"examination must be one-dimensional, got shape {examination.shape}")
    if place.min() < 1 or place.max() > len(examination):
        bad = place.min() if place.min() < 1 else place.max()
        raise ValueError(f"position must lie between 1 and {len(examination)}, got {bad}")
    chance = np.maximum(examination, real("clip", clip, 0, 1))[place - 1]
    if chance.min() <= 0:
        raise ValueError(
            f"clip must be positive where examination is 0, as at position {place[chance == 0][0]}"
        )
    return 1 / chance


def debiased_ctr(
    clicks: np.ndarray,
    shows: np.ndarray,
    examination: Sequence[float],
    *,
    prior: float = 0.0,
    prior_weight: float = 0.0,
) -> np.ndarray:
    """Return clicks over the number of times that each item was looked at, as far as is known.

    A show at position k counts as ``examination[k]`` of a look. With an examination of 1 everywhere
    this is the click-through rate. It is less noisy than weighting the clicks, since a rare click
    at a position that is hardly seen cannot count for many.

    Parameters
    ----------
    clicks, shows : arrays of shape (..., n_items, n_positions)
        How often each item was clicked, and shown, at each position.
    examination : array of shape (n_positions,)
        P(examined) of each position, as believed; not negative.
    prior, prior_weight : float
        Each item starts with ``prior_weight`` looks at a rate of `prior`: what is believed of an
        item that nobody has seen. High values are optimistic.

    Returns
    -------
    array of shape (..., n_items)
        NaN for an item that was never looked at, if there is no prior.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> clicks, shows = [[8, 0], [0, 5]], [[80, 0], [0, 80]]
    >>> debiased_ctr(clicks, shows, [1.0, 1.0])  # the click-through rate
    array([0.1 , 0.0625])
    >>> debiased_ctr(clicks, shows, [1.0, 0.5])  # the second was seen half as often
    array([0.1 , 0.125])
    """
    clicks, shows = click_tables(clicks, shows)
    examination = counts("examination", examination)
    if examination.shape != shows.shape[-1:]:
        raise ValueError(
            f"examination must have a number for each of {shows.shape[-1]} positions, got shape "
            f"{examination.shape}"
        )
    weight = real("prior_weight", prior_weight, 0)
    looks = shows @ examination + weight
    with np.errstate(invalid="ignore", divide="ignore"):  # never looked at
        rate = (clicks.sum(axis=-1) + real("prior", prior, 0, 1) * weight) / looks
    return np.where(looks > 0, rate, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class PositionBias:
    """A click model of position and item, fitted to a log.

    Parameters
    ----------
    examination : array of shape (..., n_positions)
        P(examined) of each position, in units of the first; NaN where nothing was shown.
    attraction : array of shape (..., n_items)
        P(click | examined) of each item; NaN if it was never shown.
    """

    examination: np.ndarray
    attraction: np.ndarray


def fit_position_bias(
    clicks: np.ndarray, shows: np.ndarray, *, max_iter: int = 1_000, tol: float = 1e-6
) -> PositionBias:
    """Return the examination of positions and the attraction of items that explain a log best.

    The position-based model says P(click) = examination of the position times attraction of the
    item. Two causes can only be told apart if items stand at several positions, and positions show
    several items: a log without any exploration leaves the scale of each item open, and what is
    returned is then one of many answers. Only the product is known, so the first position is given
    the examination 1.

    Parameters
    ----------
    clicks, shows : arrays of shape (..., n_items, n_positions)
        How often each item was clicked, and shown, at each position. Each run needs shows and a
        click at the first position.
    max_iter : int
        Most rounds, at least 1.
    tol : float
        Largest change of an examination, as a share of it, that ends the search.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Notes
    -----
    Given the attractions, the examination of a position is its clicks over the sum of ``shows *
    attraction``, and the other way round: the two take turns (iterative proportional fitting, the
    maximum of the Poisson likelihood). It is the log-linear regression of clicks on item and
    position. Expectation maximisation (Wang et al. 2018) of the same click model takes many more
    rounds, the rarer the clicks.

    References
    ----------
    Wang, Golbandi, Bendersky, Metzler & Najork (2018), *Position bias estimation for unbiased
    learning to rank in personal search*; here with one attraction an item in place of a regression.

    Examples
    --------
    >>> shows = [[1000, 1000], [1000, 1000]]
    >>> fitted = fit_position_bias([[400, 200], [100, 50]], shows)
    >>> fitted.examination, fitted.attraction
    (array([1. , 0.5]), array([0.4, 0.1]))
    """
    clicks, shows = click_tables(clicks, shows)
    if not clicks[..., 0].sum(axis=-1).all():
        raise ValueError("clicks must hold some at the first position of each run, got none")
    max_iter, tol = whole("max_iter", max_iter, 1), real("tol", tol, 0)
    by_place, by_item = clicks.sum(axis=-2), clicks.sum(axis=-1)
    of_place, of_item = shows.sum(axis=-2), shows.sum(axis=-1)
    seen = np.ones_like(by_place)
    for _ in range(max_iter):
        before = seen
        liked = _ratio(by_item, (shows @ seen[..., :, None])[..., 0])
        seen = _ratio(by_place, (liked[..., None, :] @ shows)[..., 0, :])
        seen = seen / seen[..., :1]
        if (np.abs(seen - before) <= tol * np.where(seen > 0, seen, 1)).all():
            break
    return PositionBias(np.where(of_place > 0, seen, np.nan), np.where(of_item > 0, liked, np.nan))


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, and 0 where b is 0: what was never shown has no clicks either."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)
