"""What all bandits share: rewards of each arm, in one run or in many side by side."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from mlsdlib.checks import check_lengths, whole


class Bandit:
    """Counts and sums of rewards of each arm, in one run or in many runs side by side.

    A policy holds arrays whose first axis is the run. A single policy is one run; `simulate`
    spreads it over many. A pull changes nothing: rewards may come later, in any order, in batches
    or not at all, and what has not come yet is not known to the policy.
    """

    _state: tuple[str, ...] = ("_pulls", "_sums")
    _unit_rewards = False  # whether the method takes only rewards from 0 to 1

    def __init__(self, n_arms: int) -> None:
        self.n_arms = whole("n_arms", n_arms, 2)
        self._pulls = np.zeros((1, self.n_arms))
        self._sums = np.zeros((1, self.n_arms))

    @property
    def pulls(self) -> np.ndarray:
        """Rewards seen of each arm; shape (n_arms,)."""
        return self._pulls[0].astype(np.int64)

    @property
    def means(self) -> np.ndarray:
        """Mean of the rewards seen of each arm, NaN where there is none; shape (n_arms,).

        A policy that pulls what looks good stops pulling what looked bad by bad luck, and never
        finds out: these means are too low on average (Nie et al. 2018).
        """
        return mean_or(self._pulls, self._sums, np.nan)[0]

    def pull(self, context: Sequence[float] | None = None, *, rng: np.random.Generator) -> int:
        """Return the arm to pull next, 0 to n_arms - 1; equally good arms are drawn by lot."""
        return int(self._choose(self._context(context), generator(rng))[0])

    def recommend(self, context: Sequence[float] | None = None, *, rng: np.random.Generator) -> int:
        """Return the arm that looks best now, without any exploration; ties are drawn by lot."""
        return int(self._best(self._context(context), generator(rng))[0])

    def update(self, arm: int, reward: float, context: Sequence[float] | None = None) -> None:
        """Learn the reward of one pull, whenever it comes."""
        arm = whole("arm", arm, 0, self.n_arms - 1)
        if not isinstance(reward, (bool, int, float, np.bool_, np.number)):
            raise TypeError(f"reward must be a number, got {reward!r}")
        reward = float(reward)
        if not self._allowed(reward):
            raise ValueError(f"reward must be {self._range()}, got {reward!r}")
        self._learn(np.array([arm]), np.array([reward]), self._context(context))

    def update_many(
        self,
        arms: Sequence[int],
        rewards: Sequence[float],
        contexts: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """Learn the rewards of many pulls; the same as `update` with one after the other."""
        check_lengths(arms=arms, rewards=rewards)
        chosen, earned = np.asarray(arms), np.asarray(rewards)
        if len(chosen) == 0:
            return
        if chosen.dtype.kind not in "iu" or chosen.ndim != 1:
            raise TypeError(f"arms must be a list of whole numbers, got dtype {chosen.dtype}")
        if chosen.min() < 0 or chosen.max() >= self.n_arms:
            bad = chosen[(chosen < 0) | (chosen >= self.n_arms)][0]
            raise ValueError(f"arms must lie between 0 and {self.n_arms - 1}, got {bad}")
        if earned.dtype.kind not in "biuf" or earned.ndim != 1:
            raise TypeError(f"rewards must be a list of numbers, got dtype {earned.dtype}")
        earned = earned.astype(float)
        if not self._allowed(earned).all():
            bad = earned[~self._allowed(earned)][0]
            raise ValueError(f"rewards must be {self._range()}, got {bad}")
        self._learn_rows(chosen, earned, self._contexts(contexts, len(chosen)))

    def _spread(self, runs: int) -> Bandit:
        """Return so many copies, side by side, each with what the policy knows now."""
        new = copy.copy(self)
        for name in self._state:
            setattr(new, name, np.repeat(getattr(self, name), runs, axis=0))
        return new

    def _context(self, context: Sequence[float] | None) -> np.ndarray | None:
        return None  # only contextual policies look at it

    def _contexts(self, contexts: Sequence[Sequence[float]] | None, n: int) -> np.ndarray | None:
        return None

    def _allowed(self, reward: np.ndarray) -> np.ndarray:
        return (reward >= 0) & (reward <= 1) if self._unit_rewards else np.isfinite(reward)

    def _range(self) -> str:
        return "between 0 and 1" if self._unit_rewards else "finite"

    def _choose(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        raise NotImplementedError

    def _best(self, contexts: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        return highest(mean_or(self._pulls, self._sums, -np.inf), rng)

    def _learn(self, arms: np.ndarray, rewards: np.ndarray, contexts: np.ndarray | None) -> None:
        """Take one reward in each run."""
        flat = np.arange(len(arms)) * self.n_arms + arms
        add_at(self._pulls, flat, 1)
        add_at(self._sums, flat, rewards)

    def _learn_rows(
        self, arms: np.ndarray, rewards: np.ndarray, contexts: np.ndarray | None
    ) -> None:
        """Take many rewards of a single run, in their order."""
        np.add.at(self._pulls[0], arms, 1)
        np.add.at(self._sums[0], arms, rewards)


def highest(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the position of the highest score of each row, by lot if there are several."""
    best = scores.argmax(axis=1)
    runs, n_arms = scores.shape
    # Long flat arrays: numpy is slow where it broadcasts along a short last axis.
    flat = scores.reshape(-1)
    equal = flat == flat[np.arange(0, runs * n_arms, n_arms) + best].repeat(n_arms)
    if np.count_nonzero(equal) > runs:
        equal = equal.reshape(runs, n_arms)
        tied = (equal.sum(axis=1) > 1).nonzero()[0]
        lots = rng.random((len(tied), n_arms))
        best[tied] = np.where(equal[tied], lots, -1).argmax(axis=1)
    return best


def add_at(table: np.ndarray, flat: np.ndarray, amount: float | np.ndarray) -> None:
    """Add to one cell of each row; one flat index is faster than a pair."""
    table.reshape(-1)[flat] += amount


def mean_or(pulls: np.ndarray, sums: np.ndarray, otherwise: float) -> np.ndarray:
    """Return the mean reward, and something else where there is none yet."""
    return np.where(pulls > 0, sums / np.maximum(pulls, 1), otherwise)


def generator(rng: np.random.Generator) -> np.random.Generator:
    """Return a generator that goes on from pull to pull; a seed would repeat its first draw."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator that goes on between pulls, got {rng!r}")
    return rng
