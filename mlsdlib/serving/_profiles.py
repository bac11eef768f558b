"""What somebody likes: kept up to date event by event, or computed from a log."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.serving._inputs import seconds


class Profiles:
    """The mean vector of what each key liked, kept up to date event by event.

    With few events a mean says little. It is drawn towards zero: ``sum / (count + prior)``.

    Parameters
    ----------
    dim : int
        Length of the vectors.
    prior : float
        Events of zero that every key begins with; at least 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> profiles = Profiles(2, prior=1)
    >>> profiles.update("ann", [1.0, 0.0])
    >>> profiles.get("ann"), profiles.get("bob")
    (array([0.5, 0. ]), array([0., 0.]))
    """

    def __init__(self, dim: int, *, prior: float = 3.0) -> None:
        self.dim, self.prior = whole("dim", dim, 1), seconds("prior", prior)
        self._sums: dict[Hashable, np.ndarray] = {}
        self._counts: dict[Hashable, int] = {}

    def update(self, key: Hashable, vector: Sequence[float]) -> None:
        """Add an event."""
        vector = np.asarray(vector, float)
        if vector.shape != (self.dim,):
            raise ValueError(f"vector must have shape ({self.dim},), got {vector.shape}")
        if not np.isfinite(vector).all():
            raise ValueError("vector must be finite")
        self._add(key, vector, 1)

    def update_many(self, keys: Sequence[Hashable], vectors: np.ndarray) -> None:
        """Add events, key by key."""
        for key, vector in zip(keys, vectors, strict=True):
            self.update(key, vector)

    def merge(self, other: Profiles) -> None:
        """Add all events of another, of the same shape."""
        if (self.dim, self.prior) != (other.dim, other.prior):
            raise ValueError("other must have the same dim and prior")
        for key, total in other._sums.items():
            self._add(key, total, other._counts[key])

    def get(self, key: Hashable) -> np.ndarray:
        """Return the profile of a key as it stands; zeros if nothing is known."""
        if key not in self._sums:
            return np.zeros(self.dim)
        return self._sums[key] / (self._counts[key] + self.prior)

    def replay(
        self,
        times: Sequence,
        keys: Sequence,
        vectors: np.ndarray,
        query_times: Sequence,
        query_keys: Sequence,
    ) -> np.ndarray:
        """Return the profile of each query's key when the queries and a log pass by in order.

        So the program that serves makes the features for training, too. What a query cannot know
        then, it cannot use. Of equal times the query comes first.

        Parameters
        ----------
        times, keys, vectors, query_times, query_keys
            As for `profiles_asof`, which gives the same from an empty start, all at once.

        Returns
        -------
        array of shape (m, dim)
        """
        times, query_times = np.asarray(times, float), np.asarray(query_times, float)
        keys, query_keys = list(keys), list(query_keys)
        found = np.empty((len(query_times), self.dim))
        kind = np.repeat([1, 0], [len(times), len(query_times)])
        for place in np.lexsort((kind, np.concatenate([times, query_times]))).tolist():
            if place < len(times):
                self.update(keys[place], vectors[place])
            else:
                query = place - len(times)
                found[query] = self.get(query_keys[query])
        return found

    def _add(self, key: Hashable, total: np.ndarray, count: int) -> None:
        known = self._sums.get(key)
        self._sums[key] = total.copy() if known is None else known + total
        self._counts[key] = self._counts.get(key, 0) + count


def profiles_asof(
    times: Sequence,
    keys: Sequence,
    vectors: np.ndarray,
    query_times: Sequence,
    query_keys: Sequence,
    *,
    prior: float = 3.0,
) -> np.ndarray:
    """Return for each query the profile of its key, from the events strictly before it.

    The same as `Profiles.replay`, all at once.

    Parameters
    ----------
    times : array of shape (n,)
        When each event became known, as numbers: not when it happened, or the answer would use what
        nobody knew.
    keys : array of shape (n,)
        Whose event it is: whole numbers or strings.
    vectors : array of shape (n, dim)
    query_times, query_keys : arrays of shape (m,)
    prior : float
        As for `Profiles`.

    Returns
    -------
    array of shape (m, dim)

    Raises
    ------
    ValueError
        If the arrays do not fit each other, or hold NaN.

    Examples
    --------
    >>> profiles_asof([1, 2, 2], ["a", "a", "b"], [[1.0], [3.0], [5.0]], [2, 3, 3],
    ...               ["a", "a", "b"], prior=0).tolist()
    [[1.0], [2.0], [5.0]]
    """
    times, query_times = np.asarray(times, float), np.asarray(query_times, float)
    vectors, prior = np.asarray(vectors, float), seconds("prior", prior)
    if vectors.ndim != 2 or not len(times) == len(keys) == len(vectors):
        raise ValueError(
            f"times, keys and vectors must be as long as each other, got {len(times)}, {len(keys)} "
            f"and shape {vectors.shape}"
        )
    if len(query_times) != len(query_keys):
        raise ValueError(
            f"query_times and query_keys must be as long as each other, got {len(query_times)} "
            f"and {len(query_keys)}"
        )
    if np.isnan(times).any() or np.isnan(query_times).any() or not np.isfinite(vectors).all():
        raise ValueError("times must not hold NaN, and vectors must be finite")
    names, codes = np.unique(np.concatenate([keys, query_keys]), return_inverse=True)
    code, asked = codes[: len(times)], codes[len(times) :]
    # In one order by key, then time; of equal times the query comes before the event.
    kind = np.repeat([1, 0], [len(times), len(query_times)])
    order = np.lexsort((kind, np.concatenate([times, query_times]), codes))
    is_event = kind[order] == 1
    rank = np.cumsum(is_event)  # events at or before each place
    total = np.concatenate([np.zeros((1, vectors.shape[1])),
                            np.cumsum(vectors[order[is_event]], axis=0)])  # fmt: skip
    first = np.concatenate([[0], np.cumsum(np.bincount(code, minlength=len(names)))])
    end = np.empty(len(query_times), int)
    end[order[~is_event] - len(times)] = rank[~is_event]
    begin = first[asked]
    count = (end - begin)[:, None]
    return (total[end] - total[begin]) / np.maximum(count + prior, 1e-300)
