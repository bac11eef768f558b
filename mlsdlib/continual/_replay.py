"""A few old rows, kept so that a model does not forget them."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from mlsdlib.checks import check_lengths, whole
from mlsdlib.sampling import ReservoirSampler


class ReplayBuffer:
    """A sample of bounded size of all labelled rows so far.

    Parameters
    ----------
    k : int
        How many rows are kept at most.
    balanced : bool
        Without it, every row so far is in the buffer with the same probability, so classes have
        the shares that they have in the stream. With it, classes share the room as evenly as
        possible, and within a class every row has the same probability (Chrysakis & Moens 2020):
        while the buffer is full, a row of a class that has never been the largest takes the place
        of one, drawn by lot, of the largest class; another takes the place of one of its own
        class, with the probability (kept of the class) / (seen of the class).
    rng : numpy Generator, int or None

    References
    ----------
    Vitter (1985), *Random sampling with a reservoir*; Chrysakis & Moens (2020), *Online continual
    learning from imbalanced data*.

    Examples
    --------
    >>> buffer = ReplayBuffer(10, balanced=True, rng=0)
    >>> buffer.update_many(np.arange(100).reshape(-1, 1), np.array([0] * 95 + [1] * 5))
    >>> np.bincount(buffer.get()[1]).tolist()
    [5, 5]
    """

    def __init__(
        self,
        k: int,
        *,
        balanced: bool = False,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.k = whole("k", k)
        self._rng = np.random.default_rng(rng)
        self._kept = _Balanced(k, self._rng) if balanced else ReservoirSampler(k, rng=self._rng)

    def __len__(self) -> int:
        """Return how many rows are kept."""
        return len(self._kept.get())

    def update_many(self, X: np.ndarray, y: np.ndarray) -> None:
        """Take rows of a stream, with their classes."""
        check_lengths(X=X, y=y)
        for row in zip(np.asarray(X), np.asarray(y).tolist(), strict=True):
            self._kept.update(row)

    def get(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows that are kept and their classes, in no particular order.

        Raises
        ------
        ValueError
            If the buffer is empty.
        """
        rows = self._kept.get()
        if not rows:
            raise ValueError("the buffer is empty")
        return np.stack([x for x, _ in rows]), np.array([label for _, label in rows])

    def sample(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return n of the rows, drawn with replacement, and their classes."""
        X, y = self.get()
        drawn = self._rng.integers(len(y), size=whole("n", n, at_least=0))
        return X[drawn], y[drawn]


class _Balanced:
    """Class-balancing reservoir sampling of pairs (row, class)."""

    def __init__(self, k: int, rng: np.random.Generator) -> None:
        self.k, self._rng = k, rng
        self._rows: dict[object, list] = defaultdict(list)
        self._seen: Counter = Counter()
        self._size, self._were_largest = 0, set()

    def update(self, pair: tuple) -> None:
        label = pair[1]
        self._seen[label] += 1
        own = self._rows[label]
        if self._size < self.k:
            own.append(pair)
            self._size += 1
            return
        most = max(map(len, self._rows.values()))
        largest = [name for name, rows in self._rows.items() if len(rows) == most]
        self._were_largest.update(largest)
        if label not in self._were_largest:
            victims = self._rows[largest[self._rng.integers(len(largest))]]
            victims.pop(self._rng.integers(len(victims)))
            own.append(pair)
        elif self._rng.random() * self._seen[label] < len(own):
            own[self._rng.integers(len(own))] = pair

    def get(self) -> list:
        return [pair for rows in self._rows.values() for pair in rows]
