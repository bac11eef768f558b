"""Spans: what was done for one request, by whom, from when to when."""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_HEADER = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work that was done for a request.

    Attributes
    ----------
    service, name : str
        Who did it, and what it was.
    start, end : float
        From when to when, in seconds, by the clock of the service.
    trace, id : str
        Of the request as a whole, and of this piece.
    parent : str
        The id of the piece that asked for this one; empty for the first.

    Raises
    ------
    ValueError
        If it ends before it starts.
    """

    service: str
    name: str
    start: float
    end: float
    trace: str = ""
    id: str = ""
    parent: str = ""

    def __post_init__(self) -> None:
        if not self.end >= self.start:
            raise ValueError(f"end must not come before start, got {self.start} to {self.end}")

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class SpanContext:
    """What a piece of work tells those it asks: the request, and itself.

    Attributes
    ----------
    trace, id : str
        32 and 16 hexadecimal digits.
    """

    trace: str
    id: str

    @property
    def header(self) -> str:
        """The value of the HTTP header ``traceparent`` (W3C Trace Context)."""
        return f"00-{self.trace}-{self.id}-01"

    @classmethod
    def from_header(cls, header: str) -> SpanContext:
        """Return what a header ``traceparent`` says.

        Raises
        ------
        ValueError
            If it does not have the form of W3C Trace Context, version 00.

        Examples
        --------
        >>> SpanContext.from_header("00-" + 32 * "a" + "-" + 16 * "b" + "-01").id
        'bbbbbbbbbbbbbbbb'
        """
        found = _HEADER.fullmatch(header)
        if not found:
            raise ValueError(f"header must be 00-<32 hex>-<16 hex>-<2 hex>, got {header!r}")
        return cls(*found.groups())


class Tracer:
    """Records the spans of one service.

    Parameters
    ----------
    service : str
        Its name.
    clock : callable
        Gives the time, in seconds.

    Examples
    --------
    >>> ticks = iter(range(10))
    >>> shop = Tracer("shop", clock=lambda: next(ticks))
    >>> with shop.span("checkout") as checkout:
    ...     with shop.span("price", parent=checkout):
    ...         pass
    >>> [(span.name, span.start, span.end) for span in shop.spans]
    [('price', 1, 2), ('checkout', 0, 3)]
    """

    def __init__(self, service: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.service = service
        self._clock = clock
        self._spans: list[Span] = []
        self._lock = threading.Lock()

    @property
    def spans(self) -> list[Span]:
        """The spans that ended, in the order in which they did."""
        with self._lock:
            return [*self._spans]

    @contextlib.contextmanager
    def span(self, name: str, *, parent: SpanContext | None = None) -> Iterator[SpanContext]:
        """Record what a block does, also if it fails; give it the context for those it asks.

        Parameters
        ----------
        name : str
            What is done.
        parent : SpanContext, optional
            Of the piece that asked for it, in this process or by `SpanContext.from_header`. None
            begins a new trace.

        Raises
        ------
        TypeError
            If `parent` is something else.
        """
        if parent is not None and not isinstance(parent, SpanContext):
            raise TypeError(f"parent must be a SpanContext or None, got {parent!r}")
        trace = parent.trace if parent else secrets.token_hex(16)
        context = SpanContext(trace, secrets.token_hex(8))
        start = self._clock()
        try:
            yield context
        finally:
            asked_by = parent.id if parent else ""
            done = Span(self.service, name, start, self._clock(), trace, context.id, asked_by)
            with self._lock:
                self._spans.append(done)
