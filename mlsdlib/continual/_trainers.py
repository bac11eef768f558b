"""Two ways to bring a model up to date: begin anew, or go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mlsdlib.checks import check_lengths, check_share, whole
from mlsdlib.continual._replay import ReplayBuffer


class StatelessRetrain:
    """A model that is trained from scratch at each update, on rows that it stores.

    Parameters
    ----------
    make : callable
        Returns a new, untrained model with ``fit(X, y)``, such as a scikit-learn class.
    window : int, optional
        How many of the last rows are stored and trained on; without it, all.

    Attributes
    ----------
    n_visited : int
        Rows that all trainings together have read, each as often as it was read.
    n_stored : int
        Rows that are stored.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> model = StatelessRetrain(DummyRegressor, window=2)
    >>> for y in (1.0, 3.0, 5.0):
    ...     model.update([[0]], [y])
    >>> model.predict([[0]]).tolist(), model.n_stored, model.n_visited
    ([4.0], 2, 5)
    """

    def __init__(self, make: Callable, *, window: int | None = None) -> None:
        self.make = make
        self.window = None if window is None else whole("window", window)
        self.model = None
        self.n_visited = 0
        self._X: np.ndarray | None = None
        self._y: np.ndarray | None = None

    @property
    def n_stored(self) -> int:
        """Rows that are stored."""
        return 0 if self._y is None else len(self._y)

    def update(self, X: np.ndarray, y: np.ndarray) -> None:
        """Store rows, drop what has left the window, and train a new model on the rest."""
        X, y = _rows(X, y)
        if self._y is not None:
            X, y = np.concatenate([self._X, X]), np.concatenate([self._y, y])
        if self.window is not None:
            X, y = X[-self.window :], y[-self.window :]
        self._X, self._y = X, y
        self.model = self.make().fit(X, y)
        self.n_visited += len(y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the predictions of the newest model."""
        if self.model is None:
            raise ValueError("the model has not been updated yet, so it cannot predict")
        return self.model.predict(X)


class StatefulTrain:
    """A model that goes on from where it is, with the new rows and perhaps a few old ones.

    Parameters
    ----------
    model : object with ``partial_fit(X, y)`` and ``predict(X)``
        It is changed in place. Which one is a scikit-learn model that can be trained so, its
        documentation says under *out-of-core learning*.
    classes : sequence, optional
        All classes that will ever come; scikit-learn's classifiers must know them beforehand.
    replay : ReplayBuffer, optional
        Where old rows are kept. New rows go in after they were trained on.
    share : float, optional
        Share of the rows of an update that come from `replay`, between 0 and 1.

    Attributes
    ----------
    n_visited : int
        Rows that all updates together have read, each as often as it was read.
    n_stored : int
        Rows that are stored: those of the buffer.

    Raises
    ------
    TypeError, ValueError
        If the model has no ``partial_fit``, or only one of `replay` and `share` is given.

    Examples
    --------
    >>> from sklearn.linear_model import SGDClassifier
    >>> model = StatefulTrain(SGDClassifier(random_state=0), classes=[0, 1])
    >>> for _ in range(20):
    ...     model.update([[-1.0], [1.0]], [0, 1])
    >>> model.predict([[-2.0], [2.0]]).tolist(), model.n_stored, model.n_visited
    ([0, 1], 0, 40)
    """

    def __init__(
        self,
        model: object,
        *,
        classes: Sequence | None = None,
        replay: ReplayBuffer | None = None,
        share: float | None = None,
    ) -> None:
        if not hasattr(model, "partial_fit"):
            raise TypeError(f"model must have partial_fit, {type(model).__name__} has not")
        if (replay is None) != (share is None):
            raise ValueError("replay and share must be given together")
        self.model = model
        self.replay = replay
        self.share = None if share is None else check_share("share", share)
        self.n_visited = 0
        self._more = {} if classes is None else {"classes": np.asarray(classes)}

    @property
    def n_stored(self) -> int:
        """Rows that are stored: those of the buffer."""
        return 0 if self.replay is None else len(self.replay)

    def update(self, X: np.ndarray, y: np.ndarray) -> None:
        """Train on new rows, mixed with old ones from the buffer."""
        X, y = _rows(X, y)
        new = X, y
        if self.replay is not None and len(self.replay):
            wanted = round(self.share / (1 - self.share) * len(y))
            old_X, old_y = self.replay.sample(wanted)
            X, y = np.concatenate([X, old_X]), np.concatenate([y, old_y])
        self.model.partial_fit(X, y, **self._more)
        if self.replay is not None:
            self.replay.update_many(*new)
        self.n_visited += len(y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the predictions of the model as it is."""
        return self.model.predict(X)


def _rows(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X), np.asarray(y)
    check_lengths(X=X, y=y)
    if not len(y):
        raise ValueError("X and y must hold at least one row")
    return X, y
