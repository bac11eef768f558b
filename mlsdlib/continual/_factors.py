"""Matrix factorisation, in a form that can go on learning."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import check_lengths, whole


class MatrixFactors:
    """A model of ratings: mean + bias of the user + bias of the item + factors of both.

    It is trained by stochastic gradient descent in small batches, on the squared error with a
    penalty (Koren, Bell & Volinsky 2009). `partial_fit` goes on with the rows it is given: only
    the users and items among them are moved.

    Parameters
    ----------
    n_users, n_items : int
        How many there will ever be.
    factors, epochs, batch : int
        Numbers of factors, of passes over the rows, and of rows in a step.
    rate, penalty : float
        Size of a step, and pull of all weights towards zero.
    rng : numpy Generator, int or None

    Examples
    --------
    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # user and item
    >>> model = MatrixFactors(2, 2, epochs=200, rng=0).fit(X, np.array([5.0, 3.0, 4.0, 2.0]))
    >>> model.predict(X).round().tolist()
    [5.0, 3.0, 4.0, 2.0]
    """

    def __init__(
        self,
        n_users: int,
        n_items: int,
        *,
        factors: int = 8,
        epochs: int = 15,
        batch: int = 64,
        rate: float = 0.02,
        penalty: float = 0.05,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.shape = whole("n_users", n_users), whole("n_items", n_items)
        self.factors, self.epochs = whole("factors", factors), whole("epochs", epochs)
        self.batch, self.rate, self.penalty = whole("batch", batch), rate, penalty
        self._rng = np.random.default_rng(rng)
        self.mean: float | None = None

    def fit(self, X: np.ndarray, y: np.ndarray) -> MatrixFactors:
        """Begin anew with ratings: rows of user and item, and how they were rated."""
        self.mean = None
        return self.partial_fit(X, y)

    def partial_fit(self, X: np.ndarray, y: np.ndarray) -> MatrixFactors:
        """Go on with more ratings."""
        X, y = self._checked(X), np.asarray(y, float)
        check_lengths(X=X, y=y)
        if self.mean is None:
            self.mean = float(y.mean())
            self._bias = [np.zeros(n) for n in self.shape]
            self._factor = [0.1 * self._rng.normal(size=(n, self.factors)) for n in self.shape]
        for _ in range(self.epochs):
            order = self._rng.permutation(len(y))
            for first in range(0, len(y), self.batch):
                rows = order[first : first + self.batch]
                self._step(X[rows], y[rows])
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the expected ratings."""
        if self.mean is None:
            raise ValueError("the model has not been trained yet, so it cannot predict")
        user, item = self._checked(X).T
        match = (self._factor[0][user] * self._factor[1][item]).sum(axis=1)
        return self.mean + self._bias[0][user] + self._bias[1][item] + match

    def _step(self, X: np.ndarray, y: np.ndarray) -> None:
        error = y - self.predict(X)
        before = [table[X[:, side]] for side, table in enumerate(self._factor)]
        for side, (bias, table) in enumerate(zip(self._bias, self._factor, strict=True)):
            who = X[:, side]  # somebody may be in the batch more than once: the steps add up
            np.add.at(bias, who, self.rate * (error - self.penalty * bias[who]))
            pull = error[:, None] * before[1 - side] - self.penalty * before[side]
            np.add.at(table, who, self.rate * pull)

    def _checked(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != 2 or X.dtype.kind not in "iu":
            raise ValueError(f"X must hold rows of user and item, got shape {X.shape}")
        if len(X) and ((X < 0).any() or (self.shape <= X).any()):
            raise ValueError(f"X must hold numbers below {self.shape}, and none negative")
        return X
