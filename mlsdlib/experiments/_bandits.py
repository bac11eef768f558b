"""Policies that choose one arm of several, and learn from the rewards."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import real, whole
from mlsdlib.experiments._policy import Bandit, highest, mean_or


class ABTest(Bandit):
    """Equal allocation until `trial` outcomes are known, then the winner only: the baseline.

    Parameters
    ----------
    n_arms : int
        Number of arms, at least 2.
    trial : int
        Number of outcomes after which the arm with the highest mean wins for good. Where it is
        the whole horizon, the test never earns on what it learns.

    Examples
    --------
    >>> policy, rng = ABTest(2, trial=4), np.random.default_rng(0)
    >>> policy.update_many([0, 1, 0, 1], [0, 1, 0, 0])
    >>> policy.pull(rng=rng)
    1
    """

    _state = ("_pulls", "_sums", "_trial_pulls", "_trial_sums")

    def __init__(self, n_arms: int, *, trial: int) -> None:
        super().__init__(n_arms)
        self.trial = whole("trial", trial, 1)
        self._trial_pulls = np.zeros((1, self.n_arms))
        self._trial_sums = np.zeros((1, self.n_arms))

    def _choose(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        arms = rng.integers(self.n_arms, size=len(self._pulls))
        over = ~self._open()
        if over.any():
            arms[over] = self._best(None, rng)[over]
        return arms

    def _best(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        return highest(mean_or(self._trial_pulls, self._trial_sums, -np.inf), rng)

    def _learn(self, arms: np.ndarray, rewards: np.ndarray, contexts: np.ndarray | None) -> None:
        rows = np.flatnonzero(self._open())  # what comes after the trial changes no winner
        self._trial_pulls[rows, arms[rows]] += 1
        self._trial_sums[rows, arms[rows]] += rewards[rows]
        super()._learn(arms, rewards, contexts)

    def _learn_rows(
        self, arms: np.ndarray, rewards: np.ndarray, contexts: np.ndarray | None
    ) -> None:
        left = max(self.trial - int(self._trial_pulls.sum()), 0)
        np.add.at(self._trial_pulls[0], arms[:left], 1)
        np.add.at(self._trial_sums[0], arms[:left], rewards[:left])
        super()._learn_rows(arms, rewards, contexts)

    def _open(self) -> np.ndarray:
        return self._trial_pulls.sum(axis=1) < self.trial


class EpsilonGreedy(Bandit):
    """The arm with the highest mean so far; with probability epsilon any arm, by lot.

    An arm of which no reward is known counts as the best.

    Parameters
    ----------
    n_arms : int
        Number of arms, at least 2.
    epsilon : float
        Share of pulls that explore, 0 to 1. It never falls: the regret grows for ever.

    Examples
    --------
    >>> policy, rng = EpsilonGreedy(2, epsilon=0.1), np.random.default_rng(0)
    >>> policy.update_many([0, 1], [0, 1])
    >>> sum(policy.pull(rng=rng) for _ in range(1000)) > 900
    True
    """

    def __init__(self, n_arms: int, *, epsilon: float = 0.1) -> None:
        super().__init__(n_arms)
        self.epsilon = real("epsilon", epsilon, 0, 1)

    def _choose(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        runs = len(self._pulls)
        arms = highest(mean_or(self._pulls, self._sums, np.inf), rng)
        explore = rng.random(runs) < self.epsilon
        return np.where(explore, rng.integers(self.n_arms, size=runs), arms)


class UCB1(Bandit):
    """The arm whose mean plus ``sqrt(2 ln N / n)`` is highest, of N rewards known, n its own.

    The bonus is an upper bound that holds for any rewards from 0 to 1, which makes it wide: for
    rare clicks it explores far too long. An arm of which no reward is known comes first. Until
    new rewards arrive the choice does not change: a delay makes it pull one arm all the while.

    Parameters
    ----------
    n_arms : int
        Number of arms, at least 2.

    References
    ----------
    Auer, Cesa-Bianchi & Fischer (2002), *Finite-time analysis of the multiarmed bandit problem*.

    Examples
    --------
    >>> policy, rng = UCB1(2), np.random.default_rng(0)
    >>> policy.update_many([0, 0, 0, 0, 1], [1, 0, 1, 0, 0])  # 0.5 + 0.897 against 0 + 1.794
    >>> policy.pull(rng=rng)
    1
    """

    _unit_rewards = True

    def _choose(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        n = np.maximum(self._pulls, 1)
        total = np.maximum(self._pulls.sum(axis=1, keepdims=True), 1)
        bound = self._sums / n + np.sqrt(2 * np.log(total) / n)
        return highest(np.where(self._pulls > 0, bound, np.inf), rng)


class ThompsonBeta(Bandit):
    """The arm that wins one draw from each arm's Beta posterior.

    Each arm is pulled as often as it is likely to be the best one, as far as is known. A reward
    between 0 and 1 counts in part as success and in part as failure.

    Parameters
    ----------
    n_arms : int
        Number of arms, at least 2.
    prior : pair of float
        Successes and failures that each arm begins with, both positive. (1, 1) is flat; (1, 19)
        says that about one in twenty clicks. A confident prior that is wrong costs regret.

    References
    ----------
    Thompson (1933); Chapelle & Li (2011), *An empirical evaluation of Thompson sampling*.

    Examples
    --------
    >>> policy, rng = ThompsonBeta(2), np.random.default_rng(0)
    >>> policy.update_many([0] * 50 + [1] * 50, [0] * 50 + [1] * 50)
    >>> policy.posterior
    array([[ 1., 51.],
           [51.,  1.]])
    >>> policy.pull(rng=rng)
    1
    """

    _unit_rewards = True

    def __init__(self, n_arms: int, *, prior: tuple[float, float] = (1.0, 1.0)) -> None:
        super().__init__(n_arms)
        if len(prior) != 2 or not all(real("prior", x, 0) > 0 for x in prior):
            raise ValueError(f"prior must hold two positive numbers, got {prior!r}")
        self.prior = (float(prior[0]), float(prior[1]))

    @property
    def posterior(self) -> np.ndarray:
        """Parameters of the Beta distribution of each arm; shape (n_arms, 2)."""
        return np.stack(self._beta(), axis=-1)[0]

    def _beta(self) -> tuple[np.ndarray, np.ndarray]:
        return self.prior[0] + self._sums, self.prior[1] + self._pulls - self._sums

    def _choose(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        return highest(rng.beta(*self._beta()), rng)

    def _best(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        success, failure = self._beta()
        return highest(success / (success + failure), rng)
