"""Copies that lag behind: what a reader sees who asks another machine than the one it wrote to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class ReplicatedStore:
    """A store of values with one leader that takes writes and followers that copy it later.

    This is a model in a time of its own: every call says when it happens, and none waits. A write
    reaches each follower after a delay drawn from the exponential distribution, but never before
    an earlier write: replication is a log, applied in order. A read of a lone write t
    milliseconds old misses it at a follower with probability ``exp(-t / lag_ms)``.

    Parameters
    ----------
    lag_ms : float
        Mean delay in milliseconds; 0 is synchronous replication.
    followers : int
        Number of copies, at least 1.
    rng : int or numpy Generator, optional
        What the delays and the choice of the follower are drawn from.

    Raises
    ------
    ValueError
        If `lag_ms` is negative or not finite, or `followers` is below 1.

    References
    ----------
    Terry et al. (1994), *Session guarantees for weakly consistent replicated data*.

    Examples
    --------
    >>> store = ReplicatedStore(lag_ms=100.0, rng=0)
    >>> version = store.write("basket", "cup", at=0.0)
    >>> store.read("basket", at=1.0) is None  # the reader does not see its own write
    True
    >>> store.read("basket", at=1.0, after=version)  # read-your-writes: else the leader answers
    'cup'
    >>> store.read("basket", at=5_000.0)
    'cup'
    """

    def __init__(
        self,
        lag_ms: float,
        *,
        followers: int = 2,
        rng: int | np.random.Generator | None = None,
    ) -> None:
        import numpy as np

        if not 0 <= lag_ms < float("inf"):
            raise ValueError(f"lag_ms must be a finite number of at least 0, got {lag_ms!r}")
        if isinstance(followers, bool) or not hasattr(followers, "__index__") or followers < 1:
            raise ValueError(f"followers must be a whole number of at least 1, got {followers!r}")
        self.lag_ms = float(lag_ms)
        self._rng = np.random.default_rng(rng)
        self._now = -float("inf")
        self._log: dict[Hashable, tuple[list[int], list[object]]] = {}  # versions, values
        self._arrivals: list[list[float]] = [[] for _ in range(followers)]  # of each version

    def write(self, key: Hashable, value: object, *, at: float) -> int:
        """Store a value at the leader; return the version of the store that has it: 1, 2, …

        Parameters
        ----------
        key : hashable
            What to read it by.
        value : object
            The new value.
        at : float
            Milliseconds. Writes come in order.

        Raises
        ------
        ValueError
            If `at` lies before the last write, or is NaN.
        """
        if not at >= self._now:
            raise ValueError(f"at must not lie before the last write, {self._now}, got {at!r}")
        self._now = at
        for arrivals in self._arrivals:
            arrival = at + self._rng.exponential(self.lag_ms)
            arrivals.append(max(arrival, arrivals[-1]) if arrivals else arrival)
        version = len(self._arrivals[0])
        versions, values = self._log.setdefault(key, ([], []))
        versions.append(version)
        values.append(value)
        return version

    def read(self, key: Hashable, *, at: float, after: int = 0) -> object:
        """Return the value at a follower drawn by lot; None if it has none yet.

        Parameters
        ----------
        key : hashable
            What was written.
        at : float
            Milliseconds, not before the last write.
        after : int
            A version that the reader has written or seen. If the follower is older, the leader
            answers in its place: the session guarantees *read your writes* and *monotonic reads*,
            paid for with load on the leader.

        Raises
        ------
        ValueError
            If `at` lies before the last write, or is NaN.
        """
        if not at >= self._now:
            raise ValueError(f"at must not lie before the last write, {self._now}, got {at!r}")
        arrivals = self._arrivals[self._rng.integers(len(self._arrivals))]
        version = bisect_right(arrivals, at)
        if version < after:
            version = len(arrivals)
        versions, values = self._log.get(key, ([], []))
        found = bisect_right(versions, version)
        return values[found - 1] if found else None
