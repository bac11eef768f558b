"""A cache that forgets, and in which nothing is computed twice at the same time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass

from mlsdlib.checks import whole
from mlsdlib.serving._inputs import seconds

_MISSING = object()


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache was asked so far.

    Parameters
    ----------
    hits, misses : int
        Requests that found an entry, and that did not.
    waits : int
        Of the misses, those that waited for somebody else's computation.
    evicted, expired : int
        Entries that went for want of room, and by age.
    """

    hits: int = 0
    misses: int = 0
    waits: int = 0
    evicted: int = 0
    expired: int = 0


class TTLCache:
    """Keeps the entries used last, each for a limited time (least recently used, time to live).

    An entry is gone once its age reaches `ttl`. If there is no room for a new one, the entry goes
    that was not read or written for longest. Threads may share a cache. `get_or_compute` lets one
    of them compute what several ask for: without that, an entry that many want is computed by all
    of them as soon as it expires (a *stampede*).

    Parameters
    ----------
    maxsize : int
        Most entries, at least 1.
    ttl : float
        Seconds that an entry lives; infinite by default.
    clock : callable
        Returns the time in seconds.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> cache = TTLCache(maxsize=2)
    >>> [cache.get_or_compute(key, str.upper) for key in "abac"]  # c takes the place of b
    ['A', 'B', 'A', 'C']
    >>> cache.get("a"), cache.get("b")
    ('A', None)
    >>> cache.stats().hits, cache.stats().misses, cache.stats().evicted
    (2, 4, 1)
    """

    def __init__(
        self,
        maxsize: int,
        ttl: float = float("inf"),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.maxsize = whole("maxsize", maxsize, 1)
        self.ttl = seconds("ttl", ttl, positive=True, finite=False)
        self._clock = clock
        self._values: OrderedDict[Hashable, object] = OrderedDict()  # least recently used first
        self._written: OrderedDict[Hashable, float] = OrderedDict()  # oldest first
        self._computing: dict[Hashable, tuple[Future, int]] = {}
        self._lock = threading.Lock()
        self._hits = self._misses = self._waits = self._evicted = self._expired = 0

    def __len__(self) -> int:
        """Return the number of entries that are not too old."""
        with self._lock:
            self._expire()
            return len(self._values)

    def get(self, key: Hashable, default: object = None) -> object:
        """Return the entry of a key, or `default`; it counts as used."""
        with self._lock:
            value = self._find(key)
        return default if value is _MISSING else value

    def put(self, key: Hashable, value: object) -> None:
        """Write an entry; its age begins anew."""
        with self._lock:
            self._store(key, value)

    def get_or_compute(self, key: Hashable, compute: Callable[[Hashable], object]) -> object:
        """Return the entry of a key, or compute it: once, however many ask meanwhile.

        An error is raised for all who wait, and is not kept: the next request tries again.

        Parameters
        ----------
        key : hashable
        compute : callable
            From the key to its value. It runs without the cache's lock: other keys do not wait.

        Raises
        ------
        RuntimeError
            If `compute` asks this cache for the key it is computing.
        Exception
            What `compute` raised.
        """
        with self._lock:
            value = self._find(key)
            if value is not _MISSING:
                return value
            future, owner = self._computing.get(key, (None, None))
            if future is None:
                future = Future()
                self._computing[key] = future, threading.get_ident()
            elif owner == threading.get_ident():
                raise RuntimeError(f"computing {key!r} asks for itself")
            else:
                self._waits += 1
        if owner is not None:
            return future.result()
        try:
            value = compute(key)
        except BaseException as error:
            with self._lock:
                del self._computing[key]
            future.set_exception(error)
            raise
        with self._lock:
            self._store(key, value)
            del self._computing[key]
        future.set_result(value)
        return value

    def stats(self) -> CacheStats:
        """Return what the cache was asked so far."""
        with self._lock:
            return CacheStats(self._hits, self._misses, self._waits, self._evicted, self._expired)

    def _find(self, key: Hashable) -> object:
        self._expire()
        value = self._values.get(key, _MISSING)
        if value is _MISSING:
            self._misses += 1
        else:
            self._hits += 1
            self._values.move_to_end(key)
        return value

    def _store(self, key: Hashable, value: object) -> None:
        self._expire()
        if self._values.pop(key, _MISSING) is not _MISSING:
            del self._written[key]
        elif len(self._values) == self.maxsize:
            oldest, _ = self._values.popitem(last=False)
            del self._written[oldest]
            self._evicted += 1
        self._values[key] = value
        self._written[key] = self._clock()

    def _expire(self) -> None:
        """Drop what is too old; the oldest entries come first."""
        now = self._clock()
        while self._written:
            key = next(iter(self._written))
            if now - self._written[key] < self.ttl:
                return
            del self._written[key], self._values[key]
            self._expired += 1
