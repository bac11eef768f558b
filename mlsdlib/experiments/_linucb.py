"""A policy that looks at who is there before it chooses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import check_lengths, real, whole
from mlsdlib.experiments._policy import Bandit, highest


class LinUCB(Bandit):
    """The arm whose linear prediction for this user, plus a bonus for doubt, is highest.

    Each arm has a ridge regression of its own: A = ridge I + Σ x x', b = Σ r x, θ = A⁻¹ b. The
    score of an arm is ``x'θ + alpha sqrt(x' A⁻¹ x)``.

    Parameters
    ----------
    n_arms : int
        Number of arms, at least 2.
    n_features : int
        Length of a context. There is no intercept: put a 1 into the context.
    alpha : float
        How much doubt counts, at least 0. With 0 it is greedy.
    ridge : float
        Pull of the coefficients towards 0, positive.

    Notes
    -----
    A⁻¹ is kept and corrected at each reward (Sherman & Morrison 1950), which costs d² where an
    inversion costs d³. The features should be of about one size: where ``x'x / ridge`` reaches
    10¹⁰, four digits of it are left. The order of rewards changes nothing but the rounding.

    References
    ----------
    Li, Chu, Langford & Schapire (2010), *A contextual-bandit approach to personalized news article
    recommendation*, algorithm 1 (disjoint).

    Examples
    --------
    >>> policy, rng = LinUCB(2, 2, alpha=0.1), np.random.default_rng(0)
    >>> young, old = [1.0, 0.0], [0.0, 1.0]
    >>> policy.update_many([0, 1, 0, 1], [1, 0, 0, 1], [young, young, old, old])
    >>> policy.pull(young, rng=rng), policy.pull(old, rng=rng)
    (0, 1)
    >>> policy.coefficients
    array([[0.5, 0. ],
           [0. , 0.5]])
    """

    _state = ("_pulls", "_sums", "_inverse", "_b", "_theta")

    def __init__(
        self, n_arms: int, n_features: int, *, alpha: float = 1.0, ridge: float = 1.0
    ) -> None:
        super().__init__(n_arms)
        self.n_features = whole("n_features", n_features, 1)
        self.alpha = real("alpha", alpha, 0)
        self.ridge = real("ridge", ridge, 0)
        if self.ridge == 0:
            raise ValueError("ridge must be positive, got 0: A would have no inverse")
        shape = (1, self.n_arms, self.n_features)
        eye = np.eye(self.n_features) / self.ridge
        self._inverse = np.broadcast_to(eye, (*shape, self.n_features)).copy()
        self._b = np.zeros(shape)
        self._theta = np.zeros(shape)

    @property
    def coefficients(self) -> np.ndarray:
        """θ of each arm; shape (n_arms, n_features)."""
        return self._theta[0].copy()

    def _context(self, context: Sequence[float] | None) -> np.ndarray:
        if context is None:
            raise ValueError(f"context must hold {self.n_features} numbers, got None")
        x = np.asarray(context)
        if x.dtype.kind not in "biuf":
            raise TypeError(f"context must hold numbers, got dtype {x.dtype}")
        if x.shape != (self.n_features,):
            raise ValueError(f"context must have the shape ({self.n_features},), got {x.shape}")
        if not np.isfinite(x).all():
            raise ValueError(f"context must hold finite numbers, got {x[~np.isfinite(x)][0]}")
        return x.astype(float)[None]

    def _contexts(self, contexts: Sequence[Sequence[float]] | None, n: int) -> np.ndarray:
        if contexts is None:
            raise ValueError(f"contexts must hold {self.n_features} numbers a row, got None")
        check_lengths(arms=range(n), contexts=contexts)
        return np.concatenate([self._context(row) for row in contexts])

    def _choose(self, contexts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        runs, d = contexts.shape
        x = contexts[:, :, None]
        # The matrices of all arms under each other: one product a run.
        stacked = self._inverse.reshape(runs, -1, d) @ x
        doubt = (stacked.reshape(runs, -1, d) @ x)[:, :, 0]
        bonus = self.alpha * np.sqrt(np.maximum(doubt, 0))  # rounding may leave -1e-17
        return highest((self._theta @ x)[:, :, 0] + bonus, rng)

    def _best(self, contexts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return highest((self._theta @ contexts[:, :, None])[:, :, 0], rng)

    def _learn(self, arms: np.ndarray, rewards: np.ndarray, contexts: np.ndarray) -> None:
        if len(arms) == 1:  # in place, without the copies that many runs need
            at, x = (0, arms[0]), contexts[0]
            self._pulls[at] += 1
            self._sums[at] += rewards[0]
            inverse, b = self._inverse[at], self._b[at]
            step = inverse @ x
            inverse -= np.multiply.outer(step, step / (1 + step @ x))
            b += rewards[0] * x
            np.matmul(inverse, b, out=self._theta[at])
            return
        super()._learn(arms, rewards, contexts)
        at = (np.arange(len(arms)), arms)
        inverse = self._inverse[at]
        step = (inverse @ contexts[:, :, None])[:, :, 0]
        scaled = step / (1 + (step * contexts).sum(axis=1, keepdims=True))
        inverse -= step[:, :, None] * scaled[:, None, :]
        self._inverse[at] = inverse
        self._b[at] += rewards[:, None] * contexts
        self._theta[at] = (inverse @ self._b[at][:, :, None])[:, :, 0]

    def _learn_rows(self, arms: np.ndarray, rewards: np.ndarray, contexts: np.ndarray) -> None:
        for i in range(len(arms)):
            self._learn(arms[i : i + 1], rewards[i : i + 1], contexts[i : i + 1])
