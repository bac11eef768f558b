"""Rows that arrive one by one, predicted together."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.serving._inputs import seconds

Predict = Callable[[np.ndarray], Sequence]


class Overloaded(RuntimeError):
    """As many rows wait as may: come again later."""


class Closed(RuntimeError):
    """Nothing is taken any more."""


@dataclass(frozen=True, slots=True)
class BatcherStats:
    """What became of the rows so far.

    Every row that was submitted is counted once: ``rejected``, or accepted, and then it is waiting,
    running, or one of ``answered``, ``failed`` and ``cancelled``.

    Parameters
    ----------
    accepted, rejected : int
        Rows that were taken, and that were refused since the queue was full or closed.
    answered, failed, cancelled : int
        Rows with a prediction; with an error; and those that their caller gave up before their
        turn, which cost the model nothing.
    batches : int
        Calls of the model.
    inside : int
        Rows that wait or run now.
    row_seconds : float
        Time that all rows have spent inside, together. Between two moments, its growth divided by
        the seconds is the mean number inside: L of Little's law, L = λW (Little 1961).
    """

    accepted: int = 0
    rejected: int = 0
    answered: int = 0
    failed: int = 0
    cancelled: int = 0
    batches: int = 0
    inside: int = 0
    row_seconds: float = 0.0


class MicroBatcher:
    """Predicts rows together that were submitted one by one.

    A thread of its own takes what waits, at most `max_batch` rows, and calls the model once. While
    the model works, the next rows gather. With `max_wait` it also waits for more rows to come, at
    most so long after the oldest.

    A model that fails for a batch is asked again row by row, so that a bad row spoils no other: the
    outcome is that of single calls.

    Parameters
    ----------
    predict : callable
        From an array of shape (n, ...) to n predictions.
    max_batch : int
        Most rows in one call.
    max_wait : float
        Seconds that the oldest row may wait for others.
    max_queue : int, optional
        Most rows that may wait; further ones are refused with `Overloaded`. Without it the queue
        has no bound, and under overload each row waits longer than the one before.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> with MicroBatcher(lambda rows: rows.sum(axis=1), max_batch=8) as batcher:
    ...     futures = [batcher.submit([k, 1.0]) for k in range(3)]
    ...     [float(future.result()) for future in futures]
    [1.0, 2.0, 3.0]
    """

    def __init__(
        self,
        predict: Predict,
        max_batch: int = 32,
        max_wait: float = 0.0,
        *,
        max_queue: int | None = None,
    ) -> None:
        if not callable(predict):
            raise TypeError(f"predict must be callable, got {type(predict).__name__}")
        self._predict = predict
        self.max_batch = whole("max_batch", max_batch, 1)
        self.max_wait = seconds("max_wait", max_wait)
        self.max_queue = None if max_queue is None else whole("max_queue", max_queue, 1)
        self._waiting: deque[_Row] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._counts = dict.fromkeys(BatcherStats.__dataclass_fields__, 0)
        self._since = time.monotonic()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def __enter__(self) -> MicroBatcher:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def submit(self, row: Sequence[float]) -> Future:
        """Return the future of a row's prediction.

        Who cannot wait any longer cancels it: a row that is cancelled before its turn costs the
        model nothing.

        Parameters
        ----------
        row : array
            One row, of the same shape as all others.

        Raises
        ------
        Overloaded
            If `max_queue` rows wait.
        Closed
            If the batcher was closed.
        """
        made = _Row(np.asarray(row), Future(), time.monotonic())
        with self._changed:
            full = self.max_queue is not None and len(self._waiting) >= self.max_queue
            if self._closed or full:
                self._counts["rejected"] += 1
                if self._closed:
                    raise Closed("the batcher was closed")
                raise Overloaded(f"{len(self._waiting)} rows wait, as many as may")
            self._move(accepted=1, inside=1)
            self._waiting.append(made)
            self._changed.notify()
        return made.future

    def __call__(self, row: Sequence[float], *, timeout: float | None = None) -> object:
        """Return the prediction of a row, waiting for it at most `timeout` seconds.

        Raises
        ------
        TimeoutError
            If it is not there by then; the row is given up.
        Exception
            As `submit`, or what the model raised.
        """
        future = self.submit(row)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise

    def stats(self) -> BatcherStats:
        """Return what became of the rows so far."""
        with self._changed:
            self._move()
            return BatcherStats(**self._counts)

    def close(self, *, drain: bool = True, timeout: float | None = None) -> None:
        """Take no more rows, and return when those that wait have their answer.

        Parameters
        ----------
        drain : bool
            Whether they get one. Otherwise they fail with `Closed`; what runs is finished.
        timeout : float, optional
            Seconds after which to return in any case.
        """
        with self._changed:
            self._closed = True
            dropped = [] if drain else [*self._waiting]
            if not drain:
                self._waiting.clear()
            self._changed.notify()
        for row in dropped:
            if row.future.set_running_or_notify_cancel():
                self._count("failed")
                row.future.set_exception(Closed("the batcher was closed before this row's turn"))
            else:
                self._count("cancelled")
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _work(self) -> None:
        while batch := self._next_batch():
            running = [row for row in batch if row.future.set_running_or_notify_cancel()]
            self._count("cancelled", len(batch) - len(running))
            if running:
                self._run(running)

    def _next_batch(self) -> list[_Row]:
        """Wait for rows, and for more of them; return none when there will be none."""
        with self._changed:
            while not self._waiting:
                if self._closed:
                    return []
                self._changed.wait()
            until = self._waiting[0].since + self.max_wait
            # The queue may be emptied by `close` while we wait for it to fill.
            while 0 < len(self._waiting) < self.max_batch and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            size = min(self.max_batch, len(self._waiting))
            return [self._waiting.popleft() for _ in range(size)]

    def _run(self, rows: list[_Row]) -> None:
        try:
            answers = self._answers([row.values for row in rows])
        except BaseException as error:  # whatever it is: the thread must go on, or all would wait
            if len(rows) == 1:
                self._count("failed")
                rows[0].future.set_exception(error)
            else:
                for row in rows:
                    self._run([row])
            return
        self._count("answered", len(rows))  # before their callers hear of it
        for row, answer in zip(rows, answers, strict=True):
            row.future.set_result(answer)

    def _answers(self, rows: list[np.ndarray]) -> Sequence:
        with self._changed:
            self._counts["batches"] += 1
        answers = self._predict(np.stack(rows))
        if len(answers) != len(rows):
            raise ValueError(f"predict got {len(rows)} rows and gave {len(answers)} predictions")
        return answers

    def _count(self, kind: str, rows: int = 1) -> None:
        with self._changed:
            self._move(inside=-rows, **{kind: rows})

    def _move(self, **changes: int) -> None:
        """Count, and add up the time that rows have spent inside; the lock is held."""
        now = time.monotonic()
        self._counts["row_seconds"] += self._counts["inside"] * (now - self._since)
        self._since = now
        for name, change in changes.items():
            self._counts[name] += change


@dataclass(slots=True)
class _Row:
    values: np.ndarray
    future: Future
    since: float
