"""Two rankings on one page, and which of them is clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_choice, whole
from mlsdlib.experiments._inputs import counts, plain

_NONE = -1
"""Where a page has ended."""


def team_draft(
    a: Sequence, b: Sequence, k: int | None = None, *, rng: np.random.Generator | int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return a page drafted from two rankings, and the team of each place: 0 for `a`, 1 for `b`.

    As captains choose players: a coin decides who goes first, each takes the best item of its own
    ranking that is not yet on the page, and when both have had their turn the coin falls again.
    A page ends early if the ranking whose turn it is has nothing new.

    Parameters
    ----------
    a, b : integer arrays of shape (..., n) and (..., m)
        Items, the best first, none negative. Leading axes are sessions, all drafted at once, each
        with its own coins. An item that a ranking names twice counts once.
    k : int, optional
        Places on the page; by default as many as the shorter ranking has.
    rng : numpy Generator, int or None
        Source of the coins.

    Returns
    -------
    page, team : integer arrays of shape (..., k)
        Both are -1 where a page has ended.

    Raises
    ------
    TypeError, ValueError
        If the rankings hold anything but whole numbers, negative ones, or are of different numbers
        of sessions, or `k` is not positive.

    References
    ----------
    Radlinski, Kurup & Joachims (2008), *How does clickthrough data reflect retrieval quality?*

    Examples
    --------
    >>> page, team = team_draft([0, 1, 2], [1, 2, 0], rng=3)
    >>> page.tolist(), team.tolist()
    ([1, 0, 2], [1, 0, 0])
    >>> a, b = (np.tile(ranking, (1000, 1)) for ranking in ([0, 1, 2], [1, 2, 0]))
    >>> pages, teams = team_draft(a, b, rng=0)
    >>> np.unique(np.hstack([pages, teams]), axis=0)  # four ways, equally likely
    array([[0, 1, 2, 0, 1, 0], [0, 1, 2, 0, 1, 1], [1, 0, 2, 1, 0, 0], [1, 0, 2, 1, 0, 1]])
    """
    rankings = [_ranking(name, x) for name, x in (("a", a), ("b", b))]
    leading = [x.shape[:-1] for x in rankings]
    if leading[0] != leading[1]:
        raise ValueError(
            f"a and b must have as many sessions as each other, got {leading[0]} and {leading[1]}"
        )
    k = min(x.shape[-1] for x in rankings) if k is None else whole("k", k, 1)
    rng = np.random.default_rng(rng)
    a, b = (x.reshape(-1, x.shape[-1]) for x in rankings)
    sessions, width = len(a), max(a.shape[1], b.shape[1]) + 1
    # Both rankings of each session one after the other, each with a mark at its end; `best` is
    # where the next choice of each of them stands.
    items = np.full((sessions, 2, width), _NONE)
    items[:, 0, : a.shape[1]], items[:, 1, : b.shape[1]] = a, b
    items, best = items.ravel(), np.arange(2 * sessions) * width
    page, team = np.full((2, k, sessions), _NONE)
    open_page = np.ones(sessions, bool)
    for place in range(k):
        # Teams are equal at every other place, and only then a coin is needed.
        chooser = 1 - chooser if place % 2 else rng.integers(2, size=sessions)  # noqa: F821
        ranking = 2 * np.arange(sessions) + chooser
        item = items[best[ranking]]
        taken = np.zeros(sessions, bool)
        for shown in page[:place]:
            taken |= shown == item
        again = np.flatnonzero(taken & (item != _NONE))
        while again.size:  # pass over what is on the page already
            best[ranking[again]] += 1
            item[again] = new = items[best[ranking[again]]]
            again = again[(page[:place, again] == new).any(axis=0) & (new != _NONE)]
        best[ranking] += item != _NONE
        open_page &= item != _NONE
        page[place] = np.where(open_page, item, _NONE)
        team[place] = np.where(open_page, chooser, _NONE)
    shape = (*leading[0], k)
    return page.T.reshape(shape), team.T.reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class InterleavingTest:
    """Which ranking was preferred; every field is a number or an array of them.

    Parameters
    ----------
    preference : float or array
        By wins: units won by the second ranking less those won by the first, over all units. By
        clicks: its clicks less those of the first, over all clicks.
    statistic : float or array
        z, positive if the second ranking is preferred, 0 if there was no click.
    pvalue : float or array
        Two-sided; by wins exact, from the binomial distribution of the units that somebody won.
    n : int
        Units, those without a winner included.
    """

    preference: float | np.ndarray
    statistic: float | np.ndarray
    pvalue: float | np.ndarray
    n: int


def interleaving_test(
    clicks_a: Sequence, clicks_b: Sequence, *, by: str = "wins"
) -> InterleavingTest:
    """Return the test of which ranking's items were clicked more.

    Parameters
    ----------
    clicks_a, clicks_b : arrays of counts of shape (..., units)
        Clicks on the items of each team by units that are independent of each other: sessions, or
        users if they come several times. Leading axes are tests that have nothing to do with each
        other.
    by : {"wins", "clicks"}
        "wins" is the sign test: a unit is won by the team with more clicks, however many. "clicks"
        tests the mean difference of clicks, and lets eager users count for more.

    Raises
    ------
    TypeError, ValueError
        If the arrays hold anything but counts, or differ in shape.

    References
    ----------
    Chapelle, Joachims, Radlinski & Yue (2012), *Large-scale validation and analysis of interleaved
    search evaluation*.

    Examples
    --------
    >>> a, b = [1, 0, 0, 2, 0, 0, 1], [0, 1, 1, 2, 1, 1, 3]
    >>> test = interleaving_test(a, b)
    >>> print(f"{test.preference:.2f}, z = {test.statistic:.2f}, p = {test.pvalue:.3f}")
    0.57, z = 1.63, p = 0.219
    >>> print(f"{interleaving_test(a, b, by='clicks').preference:.2f}")
    0.38
    """
    from scipy.special import bdtr, ndtr

    check_choice("by", by, ("wins", "clicks"))
    clicks_a = counts("clicks_a", clicks_a, least_dimensions=1)
    clicks_b = counts("clicks_b", clicks_b, least_dimensions=1)
    if clicks_a.shape != clicks_b.shape:
        raise ValueError(
            f"clicks_a and clicks_b must have one shape, got {clicks_a.shape} and {clicks_b.shape}"
        )
    n, lead = clicks_a.shape[-1], clicks_b - clicks_a
    if by == "wins":
        won_a, won_b = (lead < 0).sum(axis=-1), (lead > 0).sum(axis=-1)
        z = (won_b - won_a) / np.sqrt(np.maximum(won_a + won_b, 1))
        tail = bdtr(np.minimum(won_a, won_b).astype(float), won_a + won_b, 0.5)
        preference, pvalue = (won_b - won_a) / n, np.minimum(1.0, 2 * tail)
    else:
        mean, error = lead.mean(axis=-1), lead.std(axis=-1) / np.sqrt(n)
        certain = np.where(mean == 0, 0.0, np.copysign(np.inf, mean))  # all leads are alike
        z = np.divide(mean, error, out=certain, where=error > 0)
        clicks = (clicks_a + clicks_b).sum(axis=-1)
        preference, pvalue = n * mean / np.maximum(clicks, 1), 2 * ndtr(-np.abs(z))
    return InterleavingTest(plain(preference), plain(z), plain(pvalue), n)


def _ranking(name: str, x: Sequence) -> np.ndarray:
    array = np.asarray(x)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold whole numbers, got dtype {array.dtype}")
    if array.ndim < 1 or 0 in array.shape:
        raise ValueError(f"{name} must hold at least one item, got shape {array.shape}")
    if array.min() < 0:
        raise ValueError(f"{name} must not be negative, got {array.min()}")
    return array.astype(np.int64)
