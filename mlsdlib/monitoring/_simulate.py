"""Requests through services whose times are known, as traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlsdlib.monitoring._inputs import number, seconds
from mlsdlib.monitoring._spans import Span


@dataclass(frozen=True, slots=True)
class Call:
    """What a service does when it is asked: its own work, and whom it asks in turn.

    Attributes
    ----------
    service : str
        Who is asked.
    work : float
        Median seconds of its own work: one half before it asks others, one half after.
    calls : tuple of Call
        Whom it asks.
    parallel : bool
        Whether it asks all of them at once, and waits for the last; otherwise one after the
        other.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.
    """

    service: str
    work: float
    calls: tuple[Call, ...] = ()
    parallel: bool = False

    def __post_init__(self) -> None:
        seconds("work", self.work)
        if not isinstance(self.calls, tuple) or not all(isinstance(c, Call) for c in self.calls):
            raise TypeError(f"calls must be a tuple of Call, got {self.calls!r}")

    @property
    def services(self) -> tuple[str, ...]:
        """All services that take part, each once, the first asked first."""
        names = [self.service, *(name for call in self.calls for name in call.services)]
        return tuple(dict.fromkeys(names))


def simulate_traces(
    call: Call,
    n: int,
    *,
    rng: np.random.Generator,
    spread: float = 0.3,
    slow: str = "",
    share: float = 1.0,
    factor: float = 1.0,
    skew: Mapping[str, float] | None = None,
) -> tuple[list[list[Span]], np.ndarray]:
    """Return traces of requests, some of which met a service that was slow.

    Parameters
    ----------
    call : Call
        What each request does.
    n : int
        Requests, each of them beginning at time 0.
    rng : numpy.random.Generator
        Where the times are drawn from.
    spread : float
        Standard deviation of the logarithm of each piece of own work.
    slow : str
        The service that is slow; empty for none.
    share, factor : float
        The share of requests in which it is slow, and how many times its own work then takes.
    skew : mapping from str to float, optional
        By how many seconds the clock of a service is fast.

    Returns
    -------
    traces : list of n lists of Span
        The spans of each request, the first asked first.
    slowed : array of shape (n,), bool
        In which requests the service was slow.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above, or a service takes no part.

    Examples
    --------
    >>> shop = Call("shop", 0.1, (Call("db", 0.2), Call("risk", 0.4)), parallel=True)
    >>> traces, _ = simulate_traces(shop, 1, rng=np.random.default_rng(0), spread=0)
    >>> [(span.service, round(span.start, 2), round(span.end, 2)) for span in traces[0]]
    [('shop', 0.0, 0.5), ('db', 0.05, 0.25), ('risk', 0.05, 0.45)]
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ValueError(f"n must be a whole number of at least 1, got {n!r}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {rng!r}")
    skew = dict(skew or {})
    for name in [*skew, *([slow] if slow else [])]:
        if name not in call.services:
            raise ValueError(f"slow and skew must name {', '.join(call.services)}; got {name!r}")
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie between 0 and 1, got {share!r}")
    spread, factor = seconds("spread", spread), number("factor", factor, at_least=0)
    slowed = rng.random(n) < share if slow else np.zeros(n, dtype=bool)
    pieces = _Pieces(n, rng, spread, slow, np.where(slowed, factor, 1.0))
    pieces.add(call, np.zeros(n), -1)
    traces = []
    rows = [(service, parent, a.tolist(), b.tolist()) for service, parent, a, b in pieces.rows]
    for i in range(n):
        spans = []
        for k, (service, parent, start, end) in enumerate(rows):
            off = skew.get(service, 0.0)
            ids = f"{k:x}", "" if parent < 0 else f"{parent:x}"
            spans.append(Span(service, "work", start[i] + off, end[i] + off, f"{i:x}", *ids))
        traces.append(spans)
    return traces, slowed


class _Pieces:
    """The pieces of work of all requests, worked out together."""

    def __init__(
        self, n: int, rng: np.random.Generator, spread: float, slow: str, factor: np.ndarray
    ) -> None:
        self.n, self.rng, self.spread, self.slow, self.factor = n, rng, spread, slow, factor
        self.rows: list[list] = []

    def add(self, call: Call, start: np.ndarray, parent: int) -> np.ndarray:
        """Add a call that begins at these times, and return when it ends."""
        work = call.work * np.exp(self.spread * self.rng.normal(size=self.n))
        if call.service == self.slow:
            work = work * self.factor
        row = [call.service, parent, start, start]
        me = len(self.rows)
        self.rows.append(row)
        now = asked = start + work / 2
        for other in call.calls:
            done = self.add(other, asked if call.parallel else now, me)
            now = np.maximum(now, done)
        row[3] = now + work / 2
        return row[3]
