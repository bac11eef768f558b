"""A sample found along the edges of a network: not by chance, and here to show what that does."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import numpy as np

from mlsdlib.sampling._inputs import whole


def snowball_sample(
    neighbours: Mapping[Hashable, Iterable[Hashable]],
    n: int,
    *,
    starts: int,
    names: int,
    rng: np.random.Generator | int | None = None,
) -> list[Hashable]:
    """Return n nodes of a graph that were found through one another, in the order found.

    A few nodes by lot each name some of their neighbours, those name some of theirs, wave by
    wave. Where nobody new is named, another node by lot begins again. A node is found about in
    proportion to its number of neighbours, so the sample is biased (Feld 1991).

    Parameters
    ----------
    neighbours : mapping
        Neighbours of each node, all of them nodes too; from `mlsdlib.graphs.adjacency`, or a
        graph of networkx.
    n : int
        How many nodes, at most all.
    starts : int
        How many begin, from 1 to n.
    names : int
        How many neighbours a node names at most, at least 1.
    rng : numpy Generator, int or None
        Source of randomness.

    Raises
    ------
    TypeError, ValueError
        If a number is not such a number, or a neighbour is no node.

    References
    ----------
    Goodman (1961), *Snowball sampling*; Feld (1991), *Why your friends have more friends than you
    do*.

    Examples
    --------
    >>> star = {"hub": list("abcdef"), **{leaf: ["hub"] for leaf in "abcdef"}}
    >>> "hub" in snowball_sample(star, 2, starts=1, names=1, rng=0)
    True
    """
    n = whole("n", n, at_most=len(neighbours))
    starts = whole("starts", starts, at_least=1, at_most=max(n, 1))
    names = whole("names", names, at_least=1)
    if n == 0:
        return []
    generator = np.random.default_rng(rng)
    nodes = list(neighbours)
    # Who begins, and who begins again: all nodes in an order by lot.
    order = iter(generator.permutation(len(nodes)).tolist())
    wave = [nodes[next(order)] for _ in range(starts)]
    found = dict.fromkeys(wave)
    while len(found) < n:
        named = dict.fromkeys(
            friend for node in wave for friend in _some(list(neighbours[node]), names, generator)
        )
        if not all(node in neighbours for node in named):
            stranger = next(node for node in named if node not in neighbours)
            raise ValueError(f"neighbours must hold each neighbour as a node, got {stranger!r}")
        wave = [node for node in named if node not in found]
        if not wave:
            wave = [next(nodes[i] for i in order if nodes[i] not in found)]
        found.update(dict.fromkeys(wave))
    return list(found)[:n]


def _some(items: list, most: int, rng: np.random.Generator) -> list:
    if len(items) <= most:
        return items
    return [items[i] for i in rng.choice(len(items), most, replace=False).tolist()]
