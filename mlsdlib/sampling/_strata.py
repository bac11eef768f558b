"""A sample from every stratum: how many from each, and which."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping, Sequence, Set

import numpy as np

from mlsdlib.sampling._inputs import not_negative, whole


def proportional_allocation(sizes: Sequence[int], n: int) -> np.ndarray:
    """Return how many of n rows to draw from each stratum: shares as in the whole, at least one.

    The shares are rounded by largest remainders. A stratum too small for a row of its own gets
    one all the same, so what is drawn from it speaks for fewer: weight by size / rows drawn.

    Parameters
    ----------
    sizes : array of shape (h,)
        Rows of each stratum, whole numbers, at least 1.
    n : int
        Rows to draw, from h to the sum of the sizes.

    Returns
    -------
    int64 array of shape (h,)
        Sums to n; between 1 and the stratum's size.

    Raises
    ------
    TypeError, ValueError
        If a size or n is not such a number.

    Examples
    --------
    >>> proportional_allocation([6_000, 3_990, 10], 100)
    array([60, 39,  1])
    """
    sizes, n = _sizes_for(sizes, n)
    allocation = np.ones(len(sizes), np.int64)
    ideal = sizes * (n / sizes.sum())
    allocation = np.maximum(np.floor(ideal + 1e-9).astype(np.int64), 1)
    # The strata that were lifted to one row take their row from those that have most to spare.
    while (excess := int(allocation.sum()) - n) > 0:
        over = np.where(allocation > 1, allocation - ideal, -np.inf)
        most = np.argsort(-over, kind="stable")[: min(excess, int((allocation > 1).sum()))]
        allocation[most] -= 1
    missing = n - int(allocation.sum())
    remainder = np.where(allocation < sizes, ideal - allocation, -np.inf)
    allocation[np.argsort(-remainder, kind="stable")[:missing]] += 1
    return allocation


def neyman_allocation(sizes: Sequence[int], sds: Sequence[float], n: int) -> np.ndarray:
    """Return how many of n rows to draw from each stratum for the most precise mean.

    Neyman (1934): as many as the stratum is large *and* as its values spread, n_h in proportion
    to N_h S_h. Rounding that is not always best. This starts with one row each and gives every
    further row to the stratum where it lowers the variance most, which is exactly optimal among
    whole numbers (Wright 2012). A stratum without spread keeps its single row.

    Parameters
    ----------
    sizes : array of shape (h,)
        Rows of each stratum, whole numbers, at least 1.
    sds : array of shape (h,)
        Standard deviation of the values in each stratum, or a guess at it, from earlier data.
    n : int
        Rows to draw, from h to the sum of the sizes.

    Returns
    -------
    int64 array of shape (h,)
        Sums to n; between 1 and the stratum's size. What the strata with spread cannot take
        goes to the others, the largest first.

    Raises
    ------
    TypeError, ValueError
        If an argument is not such a number, or the arrays are not as long as each other.

    References
    ----------
    Neyman (1934), *On the two different aspects of the representative method*; Wright (2012), *The
    equivalence of Neyman optimum allocation for sampling and equal proportions for apportioning
    the U.S. House of Representatives*.

    Examples
    --------
    >>> neyman_allocation([500, 500], [1.0, 9.0], 100)
    array([10, 90])
    >>> neyman_allocation([500, 50], [1.0, 90.0], 100)  # the second has no more than 50
    array([50, 50])
    """
    sizes, n = _sizes_for(sizes, n)
    sds = not_negative("sds", sds)
    if len(sds) != len(sizes):
        raise ValueError(
            f"sizes and sds must be as long as each other, got {len(sizes)} and {len(sds)}"
        )
    allocation = np.ones(len(sizes), np.int64)
    # One more row lowers (NS)^2 / m by (NS)^2 / (m (m + 1)).
    gain = (sizes * (sds / (sds.max() or 1.0))) ** 2 / 2
    left = n - len(sizes)
    heap = [(-g, h) for h, g in enumerate(gain.tolist()) if g > 0 and sizes[h] > 1]
    heapq.heapify(heap)
    while left and heap:
        g, h = heap[0]
        m = int(allocation[h]) + 1
        allocation[h] = m
        left -= 1
        if m < sizes[h]:
            heapq.heapreplace(heap, (g * (m - 1) / (m + 1), h))
        else:
            heapq.heappop(heap)
    for h in np.argsort(-sizes, kind="stable"):  # nothing is gained any more
        more = min(left, int(sizes[h] - allocation[h]))
        allocation[h] += more
        left -= more
    return allocation


def stratified_sample(
    strata: Sequence[Hashable],
    n: int | Mapping[Hashable, int],
    *,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return positions of rows drawn without replacement from each stratum.

    Parameters
    ----------
    strata : array of shape (rows,)
        The stratum of each row, without nulls.
    n : int or mapping
        How many rows to draw in all, in proportion to the strata (`proportional_allocation`), or
        for each stratum how many, such as `neyman_allocation` advises. A stratum that the mapping
        leaves out gets none.
    rng : numpy Generator, int or None
        Source of randomness.

    Returns
    -------
    int64 array
        Positions, stratum by stratum. Within one each row has the same chance.

    Raises
    ------
    TypeError, ValueError
        If there is a null, `n` is fewer than the strata or more than the rows, or the mapping
        asks for a stratum that is not there or for more than it has.

    Examples
    --------
    >>> colour = ["red"] * 90 + ["blue"] * 10
    >>> drawn = stratified_sample(colour, 10, rng=0)
    >>> sorted(colour[i] for i in drawn).count("blue")
    1
    >>> len(stratified_sample(colour, {"red": 2, "blue": 5}, rng=0))
    7
    """
    import pandas as pd

    if (
        isinstance(strata, (str, bytes, Mapping, Set))
        or not hasattr(strata, "__len__")
        or hasattr(strata, "columns")
    ):
        raise TypeError(
            f"strata must be an array or a list, one stratum for each row, got "
            f"{type(strata).__name__}"
        )
    if not hasattr(strata, "dtype"):  # numpy would make one type of a list of many
        strata = np.fromiter(strata, dtype=object, count=len(strata))
    if strata.ndim != 1:
        raise ValueError(f"strata must be one-dimensional, got shape {strata.shape}")
    if not len(strata):
        raise ValueError("strata must hold at least one row, got none")
    codes, labels = pd.factorize(strata)
    if (codes < 0).any():
        raise ValueError(f"strata must not hold nulls, got {int((codes < 0).sum())}")
    sizes = np.bincount(codes)
    if isinstance(n, Mapping):
        counts = _counts_for(n, labels.tolist(), sizes)
    else:
        counts = proportional_allocation(sizes, n)
    generator = np.random.default_rng(rng)
    order = np.argsort(codes, kind="stable")
    starts = np.cumsum(sizes) - sizes
    drawn = [start + generator.choice(size, count, replace=False, shuffle=False)
             for start, size, count in zip(starts, sizes, counts, strict=True)]  # fmt: skip
    return order[np.concatenate(drawn)]


def _sizes_for(sizes: Sequence[int], n: object) -> tuple[np.ndarray, int]:
    array = not_negative("sizes", sizes)
    if not (np.floor(array) == array).all() or not (array >= 1).all():
        bad = array[(np.floor(array) != array) | (array < 1)][0]
        raise ValueError(f"sizes must be whole numbers, at least 1; got {bad:g}")
    array = array.astype(np.int64)
    return array, whole("n", n, at_least=len(array), at_most=int(array.sum()))


def _counts_for(n: Mapping, labels: list, sizes: np.ndarray) -> list[int]:
    known = set(labels)
    unknown = [label for label in n if label not in known]
    if unknown:
        raise ValueError(f"n must name strata that have rows, got {unknown[0]!r}")
    return [
        whole(f"n[{label!r}]", n.get(label, 0), at_most=size)
        for label, size in zip(labels, sizes.tolist(), strict=True)
    ]
