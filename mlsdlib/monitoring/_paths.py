"""Where the time of a request went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mlsdlib.monitoring._spans import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which a request waited for one piece of work and for no other.

    Attributes
    ----------
    span : Span
        The piece of work.
    start, end : float
        From when to when, in seconds.
    """

    span: Span
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end - self.start


def critical_path(spans: Iterable[Span]) -> list[Segment]:
    """Return the pieces of work that a request waited for, one after the other.

    The path begins at the end and goes back: a span that is done waited for the child that ended
    last; before that child began it waited for the child that had ended last by then, and so on;
    what is between is its own work. A child that ran beside a longer one is not on the path: had
    it been faster, nobody would have noticed (Zhang et al. 2022, *CRISP: critical path analysis of
    large-scale microservice architectures*).

    Parameters
    ----------
    spans : iterable of Span
        All of one trace, in any order. Exactly one has a parent that is not among them.

    Returns
    -------
    list of Segment
        In order of time, without gap or overlap, from the start to the end of the first span:
        their seconds add up to its seconds. A child is cut at its parent's ends; where clocks
        differ between services, call `align_clocks` before.

    Raises
    ------
    ValueError
        If there is no first span or there are several, spans go round in a ring, or two have the
        same id.

    Examples
    --------
    >>> spans = [
    ...     Span("shop", "checkout", 0, 10, id="a"),
    ...     Span("stock", "reserve", 1, 4, id="b", parent="a"),
    ...     Span("risk", "score", 1, 9, id="c", parent="a"),
    ... ]
    >>> [(part.span.service, part.seconds) for part in critical_path(spans)]
    [('shop', 1), ('risk', 8), ('shop', 1)]
    """
    first, children = _tree(spans)
    path: list[Segment] = []
    _walk(first, first.start, first.end, children, path)
    path.reverse()
    return path


def time_by_service(spans: Iterable[Span]) -> dict[str, float]:
    """Return the seconds on the critical path of one trace, by service; the most comes first.

    Parameters
    ----------
    spans : iterable of Span
        As for `critical_path`.

    Examples
    --------
    >>> spans = [Span("shop", "checkout", 0, 10, id="a"), Span("db", "read", 2, 9, "", "b", "a")]
    >>> time_by_service(spans)
    {'db': 7.0, 'shop': 3.0}
    """
    total: dict[str, float] = defaultdict(float)
    for part in critical_path(spans):
        total[part.span.service] += part.seconds
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def align_clocks(spans: Iterable[Span]) -> list[Span]:
    """Return the spans of one trace with every child inside its parent.

    A child that seems to begin before its parent, or to end after it, was timed by another
    clock. It is moved, with all its descendants, to the middle of its parent: the way there is
    taken to be as long as the way back, as Jaeger does and as NTP does. A child that is longer
    than its parent is left where it is: it was not waited for.

    Parameters
    ----------
    spans : iterable of Span
        As for `critical_path`.

    Examples
    --------
    >>> spans = [Span("shop", "pay", 0, 10, id="a"), Span("bank", "pay", 50, 56, "", "b", "a")]
    >>> align_clocks(spans)[1].start
    2.0
    """
    first, children = _tree(spans)
    moved: list[Span] = []
    open_ = [(first, 0.0)]
    while open_:
        span, by = open_.pop()
        here = replace(span, start=span.start + by, end=span.end + by) if by else span
        moved.append(here)
        for child in reversed(children[span.id]):
            open_.append((child, _shift(child, by, here)))
    return moved


def _shift(child: Span, by: float, parent: Span) -> float:
    """Return by how much to move a child whose parent was moved by `by`."""
    fits = parent.start <= child.start + by and child.end + by <= parent.end
    if fits or child.seconds > parent.seconds:
        return by
    return parent.start + (parent.seconds - child.seconds) / 2 - child.start


def _tree(spans: Iterable[Span]) -> tuple[Span, dict[str, list[Span]]]:
    spans = [*spans]
    ids = {span.id for span in spans}
    if len(ids) < len(spans):
        raise ValueError("spans must have ids that differ from each other")
    firsts = [span for span in spans if span.parent not in ids]
    if len(firsts) != 1:
        names = [f"{span.service} {span.name}" for span in firsts]
        raise ValueError(f"spans must be one trace with one first span, got {names}")
    children: dict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda s: s.start):
        if span is not firsts[0]:
            children[span.parent].append(span)
    reached = [firsts[0]]
    for span in reached:
        reached += children.get(span.id, [])
    if len(reached) < len(spans):
        raise ValueError("spans must not be each other's parents")
    return firsts[0], children


def _walk(
    span: Span, start: float, end: float, children: dict[str, list[Span]], path: list[Segment]
) -> None:
    """Append what a span waited for between two times, the last first."""
    now = end
    for child in sorted(children[span.id], key=lambda c: -c.end):
        low, high = max(child.start, start), min(child.end, now)
        if low >= high or child.end > now < end:  # outside, or it ran beside a later one
            continue
        if high < now:
            path.append(Segment(span, high, now))
        _walk(child, low, high, children, path)
        now = low
    if start < now:
        path.append(Segment(span, start, now))
