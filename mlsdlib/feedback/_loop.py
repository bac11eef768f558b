"""A ranker that learns from the clicks on its own pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import real, whole
from mlsdlib.feedback._clicks import debiased_ctr
from mlsdlib.feedback._inputs import probabilities


@dataclass(frozen=True, slots=True, eq=False)
class LoopResult:
    """What came of a loop; the first axis of every table is the run.

    Parameters
    ----------
    exposure : integer array of shape (runs, rounds, n_items)
        How often each item was shown in each round.
    value : array of shape (runs, rounds)
        Expected clicks of the round's pages, random ones included, as a share of what the best
        page would get; NaN in a run without any relevant item.
    score : array of shape (runs, n_items)
        What the ranker thinks of each item in the end.
    recall : array of shape (runs,)
        Share of the truly best items that the ranker would put on its next page.
    clicks, shows : integer arrays of shape (runs, n_items, n_positions)
        The log of all rounds.
    """

    exposure: np.ndarray
    value: np.ndarray
    score: np.ndarray
    recall: np.ndarray
    clicks: np.ndarray
    shows: np.ndarray


def simulate_loop(
    relevance: np.ndarray,
    *,
    n_slots: int = 10,
    rounds: int = 50,
    pages: int = 200,
    decay: float = 1.0,
    assumed_decay: float = 0.0,
    epsilon: float = 0.0,
    prior: float = 0.1,
    prior_weight: float = 1.0,
    rng: np.random.Generator | int | None = None,
) -> LoopResult:
    """Return what becomes of a ranker that learns from the clicks on its own pages.

    In each round the items with the highest scores stand on all pages, the best on top; a share
    `epsilon` of the pages shows items by lot. An item at position k is looked at with probability
    ``k ** -decay``, and then clicked with its relevance. The score is `debiased_ctr` of all clicks
    so far, with the examination ``k ** -assumed_decay``: 0 is the plain click-through rate, the
    true `decay` takes the position bias out.

    Parameters
    ----------
    relevance : array of shape (runs, n_items)
        P(click | examined). Runs have nothing to do with each other.
    n_slots : int
        Places on a page, at most as many as items.
    rounds, pages : int
        Number of rounds, and of pages in each.
    decay, assumed_decay : float
        How fast attention falls in truth, and how fast the ranker believes it does; 0 to 10.
    epsilon : float
        Probability that a page is random, 0 to 1.
    prior, prior_weight : float
        As in `debiased_ctr`; the weight is positive, or a new item would have no score.
    rng : numpy Generator, int or None
        Source of randomness. It also breaks ties: in the first round all scores are equal.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Craswell, Zoeter, Taylor & Ramsey (2008), *An experimental comparison of click position-bias
    models*, for the click model.

    Examples
    --------
    >>> relevance = np.random.default_rng(0).beta(1, 9, size=(20, 100))
    >>> stuck = simulate_loop(relevance, prior=0.0, rng=1)
    >>> free = simulate_loop(relevance, prior=0.0, epsilon=0.1, assumed_decay=1.0, rng=1)
    >>> bool(stuck.recall.mean() < 0.2 and free.recall.mean() > 0.7)
    True
    """
    relevance = probabilities("relevance", relevance, least_dimensions=2)
    if relevance.ndim != 2:
        raise ValueError(f"relevance must have shape (runs, n_items), got {relevance.shape}")
    runs, n_items = relevance.shape
    n_slots = whole("n_slots", n_slots, 1, n_items)
    rounds, pages = whole("rounds", rounds, 1), whole("pages", pages, 1)
    epsilon, weight = real("epsilon", epsilon, 0, 1), real("prior_weight", prior_weight, 0)
    if weight == 0:
        raise ValueError("prior_weight must be positive, got 0")
    rng = np.random.default_rng(rng)
    row, slot = np.arange(runs)[:, None], np.arange(n_slots)
    seen = (slot + 1) ** -real("decay", decay, 0, 10)
    believed = (slot + 1) ** -real("assumed_decay", assumed_decay, 0, 10)
    best = _top(relevance, n_slots)
    ideal = np.take_along_axis(relevance, best, axis=1) @ seen
    ties = rng.random((runs, n_items)) * 1e-9
    chance = relevance[:, :, None] * seen
    shows, clicks = np.zeros((2, runs, n_items, n_slots), np.int64)
    exposure, value = np.empty((runs, rounds, n_items), np.int64), np.empty((runs, rounds))

    def scores() -> np.ndarray:
        return debiased_ctr(clicks, shows, believed, prior=prior, prior_weight=weight) + ties

    for t in range(rounds):
        by_lot = rng.binomial(pages, epsilon, runs)
        shown = _random_pages(by_lot, n_items, n_slots, rng)
        shown[row, _top(scores(), n_slots), slot] += (pages - by_lot)[:, None]
        cells = shown.nonzero()
        clicks[cells] += rng.binomial(shown[cells], chance[cells])
        shows += shown
        exposure[:, t] = shown.sum(axis=2)
        value[:, t] = (shown * chance).sum(axis=(1, 2)) / pages / np.where(ideal > 0, ideal, np.nan)
    score = scores()
    found = (_top(score, n_slots)[:, :, None] == best[:, None, :]).any(axis=2).mean(axis=1)
    return LoopResult(exposure, value, score, found, clicks, shows)


def _top(score: np.ndarray, k: int) -> np.ndarray:
    """Return the k items of the highest score in each row, the best first."""
    return np.argsort(-score, axis=1, kind="stable")[:, :k]


def _random_pages(
    n_pages: np.ndarray, n_items: int, n_slots: int, rng: np.random.Generator
) -> np.ndarray:
    """Return how often each item stands at each place of so many random pages in each run."""
    run = np.repeat(np.arange(len(n_pages)), n_pages)
    keys = rng.random((len(run), n_items), dtype=np.float32)
    # The smallest keys are a random set, and their order is random, too.
    items = np.argpartition(keys, n_slots - 1, axis=1)[:, :n_slots]
    order = np.argsort(np.take_along_axis(keys, items, axis=1), axis=1)
    items = np.take_along_axis(items, order, axis=1)
    cell = (run[:, None] * n_items + items) * n_slots + np.arange(n_slots)
    counts = np.bincount(cell.ravel(), minlength=len(n_pages) * n_items * n_slots)
    return counts.reshape(len(n_pages), n_items, n_slots)
