"""Splits for scikit-learn's cross-validation where labels look into the future."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from mlsdlib.checks import whole
from mlsdlib.features._times import check_span, span_of, times_of


class PurgedTimeSeriesSplit(BaseCrossValidator):
    """Train on the past, test on what follows, and leave out labels that reach into the test.

    The label of a row at time t is decided in [t, t + `horizon`]: whether a customer returns within
    30 days, say. A training row whose window reaches the first test row shares with it what
    happened in between, and in production its label would not be known yet. It is purged, and so is
    whatever lies within the `embargo` before that.

    Rows at the same time are never on both sides. On rows one apart in time, with whole spans, the
    splits are those of ``TimeSeriesSplit(n_splits, gap=horizon + embargo)``.

    Parameters
    ----------
    n_splits : int
        Number of splits, at least 1. The test sets are the last of ``n_splits + 1`` equal blocks.
    horizon : number or timedelta
        How far a label looks ahead, in the unit of time; zero if it is known at once.
    embargo : number or timedelta
        Further time between training and test, for labels that arrive late or a memory in features.
    time : str, optional
        The column of `X` that holds the times, numbers or datetimes. Without it they are the index
        of `X`, or the numbers of the rows where `X` has no index.

    Notes
    -----
    The rows may stand in any order, and each fold is in the order of time. Groups have their own
    splitters: `GroupKFold` and `LeaveOneGroupOut`.

    References
    ----------
    López de Prado (2018), *Advances in Financial Machine Learning*, chapter 7.

    Examples
    --------
    >>> for train, test in PurgedTimeSeriesSplit(2, horizon=1).split(np.zeros((9, 1))):
    ...     print(train, test)
    [0 1] [3 4 5]
    [0 1 2 3 4] [6 7 8]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        horizon: object,
        embargo: object = 0,
        time: str | None = None,
    ) -> None:
        self.n_splits = whole("n_splits", n_splits, 1)
        check_span("horizon", horizon)
        check_span("embargo", embargo)
        self.horizon = horizon
        self.embargo = embargo
        self.time = time

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of splits."""
        return self.n_splits

    def split(
        self, X: object, y: object = None, groups: object = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows to train on and those to test on; `y` and `groups` do not matter.

        Raises
        ------
        TypeError
            If the times are neither numbers nor datetimes, or the spans not of their kind.
        ValueError
            If there are too few rows or too few distinct times, or nothing is left to train on.
        """
        times, is_datetime = self._times(X)
        gap = sum(
            span_of(name, getattr(self, name), is_datetime=is_datetime)
            for name in ("horizon", "embargo")
        )
        order = np.argsort(times, kind="stable")
        times = times[order]
        for start, end in self._blocks(times):
            known = np.searchsorted(times, times[start].item() - gap, "left")
            if not known:
                raise ValueError(
                    f"horizon and embargo must leave rows to train on before each test set, got "
                    f"{self.horizon!r} and {self.embargo!r}"
                )
            yield order[:known], order[start:end]

    def _blocks(self, times: np.ndarray) -> list[tuple[int, int]]:
        n = len(times)
        size = n // (self.n_splits + 1)
        if not size:
            raise ValueError(
                f"n_splits must be below the number of rows, got {self.n_splits} for {n} rows"
            )
        edges = [n - size * (self.n_splits - i) for i in range(self.n_splits)]
        # A block begins where its first time does.
        starts = np.searchsorted(times, times[edges], "left")
        ends = np.append(starts[1:], n)
        if (starts == ends).any() or not starts[0]:
            raise ValueError(
                f"n_splits must be small enough for the {len(np.unique(times))} distinct times, "
                f"got {self.n_splits}"
            )
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def _times(self, X: object) -> tuple[np.ndarray, bool]:
        if self.time is None:
            index = getattr(X, "index", None)
            if hasattr(X, "iloc"):
                return times_of("the index of X", index)
            if X is None:
                raise TypeError("X must hold the rows to split, got None")
            return np.arange(X.shape[0] if hasattr(X, "shape") else len(X)), False
        if not hasattr(X, "columns"):
            raise TypeError(
                f"time must be None where X is no DataFrame, got {self.time!r} and "
                f"{type(X).__name__}"
            )
        if list(X.columns).count(self.time) != 1:
            raise ValueError(f"time must name one column of X, got {self.time!r}")
        return times_of(f"X[{self.time!r}]", X[self.time])
