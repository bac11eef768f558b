"""Evaluate while learning: predict, wait for the label, learn."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mlsdlib.checks import check_lengths


class Learner(Protocol):
    """What `prequential_evaluate` takes: the trainers of this package, or your own."""

    def predict(self, X: np.ndarray) -> np.ndarray: ...

    def update(self, X: np.ndarray, y: np.ndarray) -> None: ...


@dataclass(frozen=True, slots=True)
class Prequential:
    """What a model said on a stream, each time before it knew.

    Parameters
    ----------
    time : array of shape (n,)
        When each row was asked about.
    prediction, y : arrays of shape (n,)
        What the model said, and what was true.
    n_learned : int
        Rows whose label came while the stream ran, so that the model could learn from them.
    n_updates : int
        How often the model was updated.
    """

    time: np.ndarray
    prediction: np.ndarray
    y: np.ndarray
    n_learned: int
    n_updates: int


def prequential_evaluate(
    model: Learner,
    stream: Iterable[tuple[float, np.ndarray, np.ndarray]],
    *,
    delay: float | Sequence[float] = 0.0,
) -> Prequential:
    """Return what a model predicts on a stream whose labels come later than their inputs.

    A row that is asked about at time t has its label at t + delay. Each time, before the model
    predicts, it is updated once, with all rows whose label has come by then, in the order in
    which the labels came. With a delay of 0 that is the loop *test, then train*: a chunk is
    predicted, and learned before the next one.

    Parameters
    ----------
    model : object with ``predict(X)`` and ``update(X, y)``
        It must be able to predict already: update it with older rows before.
    stream : iterable of (time, X, y)
        Chunks in order of time: a number, inputs of shape (k, ...), labels of shape (k,).
    delay : float, or sequence of n floats
        How long labels take, in the unit of the times: the same for all, or one for each row in
        the order of the stream. Infinity is a label that never comes.

    Raises
    ------
    ValueError
        If times go backwards, a chunk's inputs and labels differ in number, or a delay is
        negative, NaN, or there are not as many as rows.

    References
    ----------
    Dawid (1984), *Present position and potential developments: some personal views: statistical
    theory, the prequential approach*; Gama, Sebastião & Rodrigues (2013), *On evaluating stream
    learning algorithms*; with delay as in river's ``evaluate.progressive_val_score``.

    Examples
    --------
    >>> class Last:  # says what it saw last
    ...     seen = 0
    ...     def predict(self, X):
    ...         return np.full(len(X), self.seen)
    ...     def update(self, X, y):
    ...         self.seen = y[-1]
    >>> stream = [(t, np.zeros((1, 1)), np.array([10 * t])) for t in (1, 2, 3, 4)]
    >>> prequential_evaluate(Last(), stream).prediction.tolist()
    [0, 10, 20, 30]
    >>> prequential_evaluate(Last(), stream, delay=2).prediction.tolist()
    [0, 0, 10, 20]
    """
    each = _delays(delay)
    waiting: list[tuple] = []  # a heap of chunks, by the label that comes next
    times, predictions, labels = [], [], []
    n, n_learned, n_updates, before = 0, 0, 0, -math.inf
    for time, X, y in stream:
        check_lengths(X=X, y=y)
        if not time >= before:
            raise ValueError(f"stream must be in order of time, got {time} after {before}")
        X, y = np.asarray(X), np.asarray(y)
        if come := _come(waiting, time):
            known, number, *rows = map(np.concatenate, zip(*come, strict=True))
            order = np.lexsort((number, known))
            model.update(*(part[order] for part in rows))
            n_learned, n_updates = n_learned + len(known), n_updates + 1
        predictions.append(np.asarray(model.predict(X)))
        if each is not None and n + len(y) > len(each):
            raise ValueError(f"delay must have one number for each row, got {len(each)}")
        known = time + (each[n : n + len(y)] if each is not None else np.full(len(y), delay))
        _wait(waiting, known < math.inf, (known, np.arange(n, n + len(y)), X, y))
        times.append(np.full(len(y), time))
        labels.append(y)
        n, before = n + len(y), time
    if each is not None and n != len(each):
        raise ValueError(f"delay must have one number for each row, got {len(each)} for {n}")
    if not times:
        raise ValueError("stream must hold at least one chunk")
    joined = (np.concatenate(parts) for parts in (times, predictions, labels))
    return Prequential(*joined, n_learned, n_updates)


def _wait(waiting: list[tuple], which: np.ndarray, chunk: tuple[np.ndarray, ...]) -> None:
    """Put rows of a chunk on the heap: when each label comes, the rows' numbers, X and y."""
    if which.any():
        known, number, *rows = (part[which] for part in chunk)
        heapq.heappush(waiting, (known.min(), number[0], known, number, *rows))


def _come(waiting: list[tuple], time: float) -> list[tuple[np.ndarray, ...]]:
    """Take from the heap the rows whose label has come by some time."""
    come = []
    while waiting and waiting[0][0] <= time:
        chunk = heapq.heappop(waiting)[2:]
        due = chunk[0] <= time
        come.append(tuple(part[due] for part in chunk))
        _wait(waiting, ~due, chunk)
    return come


def _delays(delay: float | Sequence[float]) -> np.ndarray | None:
    """Return the delay of each row, or None if it is the same for all."""
    array = np.asarray(delay, float)
    if array.ndim > 1 or not (array >= 0).all():
        raise ValueError("delay must be a number, or one for each row, none negative or NaN")
    return array if array.ndim else None
