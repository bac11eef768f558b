"""Natural labels: predictions joined with what happened, or did not happen, within a window."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence

import numpy as np

POSITIVE, NEGATIVE, PENDING = "positive", "negative", "pending"


def labels_as_of(
    predicted: Sequence, happened: Sequence, *, window: object, now: object
) -> np.ndarray:
    """Return the label of each prediction as it is known at one moment.

    - ``"positive"``: the event happened in ``[predicted, predicted + window)``, and by `now`;
    - ``"negative"``: it did not, and the window is over: ``predicted + window <= now``;
    - ``"pending"``: neither yet. To count these as negative is the usual mistake.

    Parameters
    ----------
    predicted : array of shape (n,)
        Times of the predictions: numbers, or datetimes without time zone.
    happened : array of shape (n,)
        Time of the first event after the prediction, NaN or NaT if there was none.
    window : number or timedelta
        How long an event counts, more than 0.
    now : number or datetime
        The moment; what happened later is not known.

    Returns
    -------
    array of str of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If the lengths differ, a prediction has no time, `window` is not positive, or numbers and
        datetimes are mixed.

    References
    ----------
    Chapelle (2014), *Modeling delayed feedback in display advertising*.

    Examples
    --------
    >>> labels_as_of([0.0, 0.0, 5.0], [3.0, float("nan"), 11.0], window=7, now=10)
    array(['positive', 'negative', 'pending'], dtype='<U8')
    """
    start, event = np.asarray(predicted), np.asarray(happened)
    if start.ndim != 1 or start.shape != event.shape:
        raise ValueError(
            f"predicted and happened must be as long as each other, got shapes {start.shape} and "
            f"{event.shape}"
        )
    window, now = _span(window), _moment("now", now)
    kind = "M" if isinstance(window, np.timedelta64) else "iuf"
    for name, times in (("predicted", start), ("happened", event)):
        if times.size and times.dtype.kind not in kind:
            wanted = "datetimes" if kind == "M" else "numbers"
            raise TypeError(f"{name} must hold {wanted}, as the window is; got {times.dtype}")
    if (kind == "M") != isinstance(now, np.datetime64):
        raise TypeError(f"now must be of the same kind as the times, got {now!r}")
    if (start != start).any():
        raise ValueError("predicted must hold a time for every prediction, got NaN or NaT")
    if start.dtype.kind in "iu":  # narrow integers overflow
        start = start.astype(np.int64)
    end = start + window
    positive = (start <= event) & (event < end) & (event <= now)
    return np.where(positive, POSITIVE, np.where(end <= now, NEGATIVE, PENDING))


class FeedbackJoiner:
    """A stream of predictions and events, in any order of arrival, joined into labels.

    Its answers are those of `labels_as_of` on all that has arrived. A label that was negative may
    turn positive when an event arrives late; one that is positive stays so.

    Parameters
    ----------
    window : number or timedelta
        How long after a prediction an event counts, more than 0.

    Raises
    ------
    TypeError, ValueError
        If `window` is not a positive span.

    Examples
    --------
    >>> orders = FeedbackJoiner(window=30)
    >>> orders.predict("a", 0)
    >>> orders.predict("b", 2)
    >>> orders.event("b", 9)  # it came back
    >>> orders.resolve(now=20)
    {'a': 'pending', 'b': 'positive'}
    >>> orders.resolve(now=30)
    {'a': 'negative', 'b': 'positive'}
    """

    def __init__(self, window: object) -> None:
        self.window = _span(window)
        self._predicted: dict[Hashable, object] = {}
        self._events: dict[Hashable, set] = {}

    def predict(self, id: Hashable, t: object) -> None:
        """Note that a prediction was made at time `t`.

        Raises
        ------
        TypeError, ValueError
            If `t` is not a time of the window's kind, or the id had a prediction at another time.
        """
        t = self._time("t", t)
        if self._predicted.setdefault(id, t) != t:
            raise ValueError(f"id must have one prediction, got {id!r} at {self._predicted[id]} "
                             f"and at {t}")  # fmt: skip

    def event(self, id: Hashable, t: object) -> None:
        """Note that the event happened at time `t`; its prediction may arrive later.

        Raises
        ------
        TypeError, ValueError
            If `t` is not a time of the window's kind.
        """
        self._events.setdefault(id, set()).add(self._time("t", t))

    def resolve(self, now: object) -> dict[Hashable, str]:
        """Return the label of every prediction as it is known at one moment.

        Events without a prediction are left out.

        Raises
        ------
        TypeError, ValueError
            If `now` is not a time of the window's kind.
        """
        now = self._time("now", now)
        labels = {}
        for id, start in self._predicted.items():
            end = start + self.window
            known = (e for e in self._events.get(id, ()) if start <= e < end and e <= now)
            closed = NEGATIVE if end <= now else PENDING
            labels[id] = POSITIVE if next(known, None) is not None else closed
        return labels

    def _time(self, name: str, t: object) -> object:
        t = _moment(name, t)
        if isinstance(t, np.datetime64) != isinstance(self.window, np.timedelta64):
            raise TypeError(f"{name} must be of the same kind as the window, got {t!r}")
        return t


def _span(window: object) -> object:
    """Return the window as a number or a numpy timedelta."""
    if isinstance(window, dt.timedelta):
        window = np.timedelta64(window)
    if isinstance(window, bool) or not isinstance(window, (int, float, np.number, np.timedelta64)):
        raise TypeError(f"window must be a number or a timedelta, got {window!r}")
    if not window > np.zeros_like(window):  # nor is NaN or NaT
        raise ValueError(f"window must be positive, got {window!r}")
    return window if isinstance(window, np.timedelta64) else _plain(window)


def _moment(name: str, t: object) -> object:
    """Return a time as a number or a numpy datetime."""
    if isinstance(t, dt.datetime):
        if t.tzinfo is not None:
            raise TypeError(f"{name} must be without time zone (in UTC, say), got {t!r}")
        t = np.datetime64(t)
    if isinstance(t, (bool, np.timedelta64)) or not isinstance(
        t, (int, float, np.number, np.datetime64)
    ):
        raise TypeError(f"{name} must be a number or a datetime, got {t!r}")
    if t != t:
        raise ValueError(f"{name} must be a time, got {t!r}")
    return t if isinstance(t, np.datetime64) else _plain(t)


def _plain(number: object) -> object:
    """Return a number of numpy's as one of Python's, which does not overflow."""
    return number.item() if isinstance(number, np.number) else number
