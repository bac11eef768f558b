"""What is shown: Plackett-Luce rankings with known propensities, and the best of given scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._catalogue import Catalogue
from mlsdlib.worlds._config import ShopSmartConfig
from mlsdlib.worlds._draws import CHUNK, chunks, stream
from mlsdlib.worlds._traffic import Traffic

SPAN = 500.0
"""Largest difference between two scores: ``exp(-500)`` and its sums still are normal numbers."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The logged rankings: explored (n,), products and propensity (n, n_slots)."""

    explored: np.ndarray
    products: np.ndarray
    propensity: np.ndarray


def draw_pages(
    config: ShopSmartConfig, catalogue: Catalogue, traffic: Traffic, scores: np.ndarray, seed: int
) -> Pages:
    """Draw the page of every search.

    Plackett-Luce: the next product is drawn in proportion to ``exp(score)`` among those not yet
    placed. That is the order in which exponential clocks of these rates ring.
    """
    n, k = len(traffic.session), config.n_slots
    explored = stream(seed, "exploration").random(n) < config.exploration
    clocks = stream(seed, "ranking")
    products = np.empty((n, k), dtype=np.int32)
    propensity = np.empty((n, k))
    # Few enough candidates at a time, however wide the categories are.
    size = max(64, CHUNK * 64 // catalogue.members.shape[1])
    for rows in chunks(n, size):
        category = traffic.category[rows]
        ids = catalogue.members[category]
        can = catalogue.member_launch[category] <= traffic.day[rows, None]
        weights = _weights(scores, ids, can, traffic.user[rows])
        rates = np.where(explored[rows, None], can, weights)
        with np.errstate(divide="ignore"):  # what cannot be shown never rings
            rings = clocks.standard_exponential(ids.shape) / rates
        places = _smallest(rings, k)
        products[rows] = np.take_along_axis(ids, places, axis=1)
        propensity[rows] = _propensities(weights, can.sum(axis=1), places, config.exploration)
    return Pages(explored, products, propensity)


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the places of the k largest scores in falling order; of equals the first wins."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _weights(scores: np.ndarray, ids: np.ndarray, can: np.ndarray, user: np.ndarray) -> np.ndarray:
    """Return ``exp(score)`` relative to the best of the row, and 0 for what cannot be shown."""
    values = scores[ids] if scores.ndim == 1 else scores[user[:, None], ids]
    values = np.where(can, values, -np.inf)
    return np.exp(values - values.max(axis=1, keepdims=True))


def _smallest(values: np.ndarray, k: int) -> np.ndarray:
    """Return the places of the k smallest values of each row, in rising order."""
    if k < values.shape[1]:
        places = np.argpartition(values, k - 1, axis=1)[:, :k]
    else:
        places = np.broadcast_to(np.arange(k), (len(values), k))
    order = np.argsort(np.take_along_axis(values, places, axis=1), axis=1)
    return np.take_along_axis(places, order, axis=1)


def _propensities(
    weights: np.ndarray, n_open: np.ndarray, places: np.ndarray, exploration: float
) -> np.ndarray:
    """Return P(this product here | the products above it), over ranking and exploration.

    The mixture is one of whole pages: what stands above tells which of the two is at work.
    """
    picked = np.take_along_axis(weights, places, axis=1)
    rest = weights.copy()
    np.put_along_axis(rest, places, 0.0, axis=1)
    # Summed from the end, as differences would cancel where one product outweighs all others.
    left = np.cumsum(picked[:, ::-1], axis=1)[:, ::-1] + rest.sum(axis=1, keepdims=True)
    ranked = np.cumsum(np.log(picked / left), axis=1)
    uniform = -np.cumsum(np.log(n_open[:, None] - np.arange(places.shape[1])), axis=1)
    with np.errstate(divide="ignore"):  # a share of 0 or 1
        page = np.logaddexp(np.log(1 - exploration) + ranked, np.log(exploration) + uniform)
    return np.minimum(np.exp(np.diff(page, axis=1, prepend=0.0)), 1.0)
