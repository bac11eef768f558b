"""Popular answers from a table, the others computed when somebody asks."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable

from mlsdlib.serving._cache import TTLCache
from mlsdlib.serving._precompute import Precomputed, Served


class HybridPredictor:
    """Answers from what was precomputed, else from a cache if there is one, else online.

    Parameters
    ----------
    online : callable
        From a key to its prediction, now.
    precomputed : Precomputed, optional
        Predictions that were made before. Those that are not fresh count as missing.
    cache : TTLCache, optional
        Keeps what was computed online; several who ask for one key share one computation.

    Raises
    ------
    TypeError
        If `online` cannot be called.

    Examples
    --------
    >>> hybrid = HybridPredictor(str.upper, cache=TTLCache(10))
    >>> [hybrid(key, at=0.0).source for key in "aba"], dict(hybrid.sources())
    (['online', 'online', 'cache'], {'online': 2, 'cache': 1})
    """

    def __init__(
        self,
        online: Callable[[Hashable], object],
        *,
        precomputed: Precomputed | None = None,
        cache: TTLCache | None = None,
    ) -> None:
        if not callable(online):
            raise TypeError(f"online must be callable, got {type(online).__name__}")
        self._online, self._precomputed, self._cache = online, precomputed, cache
        self._sources: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, key: Hashable, *, at: float) -> Served:
        """Return the prediction of a key at a time in seconds, and where it came from."""
        served = self._precomputed.get(key, at=at) if self._precomputed is not None else None
        if served is None:
            served = self._computed(key, at)
        with self._lock:
            self._sources[served.source] += 1
        return served

    def sources(self) -> Counter[str]:
        """Return how many answers came from where: "precomputed", "cache" or "online"."""
        with self._lock:
            return Counter(self._sources)

    def _computed(self, key: Hashable, at: float) -> Served:
        if self._cache is None:
            return Served(self._online(key), 0.0, "online")
        mine: list[float] = []

        def compute(key: Hashable) -> tuple[object, float]:
            mine.append(at)
            return self._online(key), at

        value, since = self._cache.get_or_compute(key, compute)
        return Served(value, max(0.0, at - since), "online" if mine else "cache")
