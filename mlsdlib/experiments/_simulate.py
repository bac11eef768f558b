"""Many runs of one policy in a world whose truth is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.experiments._linucb import LinUCB
from mlsdlib.experiments._policy import Bandit, add_at, mean_or

World = Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True, eq=False)
class BanditRuns:
    """What became of a policy; the first axis of every table is the run.

    Parameters
    ----------
    times : integer array of shape (points,)
        Numbers of pulls at which the regret was noted, the last is the horizon.
    regret : array of shape (runs, points)
        What the best arm would have earned more so far, in expectation.
    pulls : integer array of shape (runs, n_arms)
        How often each arm was pulled.
    rewards : array of shape (runs, n_arms)
        What each arm earned.
    recommended : integer array of shape (runs,)
        The arm that looks best when all rewards are in. If arms depend on users, for one more user.
    correct : boolean array of shape (runs,)
        Whether no arm is better than the recommended one.
    """

    times: np.ndarray
    regret: np.ndarray
    pulls: np.ndarray
    rewards: np.ndarray
    recommended: np.ndarray
    correct: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """Mean reward of each arm in each run, NaN if never pulled; shape (runs, n_arms)."""
        return mean_or(self.pulls, self.rewards, np.nan)


def simulate(
    policy: Bandit,
    world: Sequence[float] | np.ndarray | World,
    horizon: int,
    runs: int,
    *,
    delay: int = 0,
    batch: int = 1,
    points: int = 100,
    rng: np.random.Generator | int | None = None,
) -> BanditRuns:
    """Return regret, pulls and recommended arms of many runs of a policy, all played side by side.

    Rewards are 0 or 1. Every run begins with what `policy` knows now; `policy` itself is not
    changed. One run draws just what a loop of ``pull``, ``rng.random() < mean`` and ``update``
    would draw.

    Parameters
    ----------
    policy : ABTest, EpsilonGreedy, UCB1, ThompsonBeta or LinUCB
        Who chooses.
    world : array of shape (n_arms,) or (runs, n_arms), or callable
        P(reward is 1) of each arm, the same for all runs or one row for each. Or
        ``world(runs, rng)``, called at each pull, that returns the contexts of one new user a run,
        shape (runs, n_features), and what each arm would earn from them, shape (runs, n_arms).
    horizon : int
        Pulls in a run.
    runs : int
        Number of runs.
    delay : int
        The reward of pull t is known before pull t + 1 + delay, not earlier. At the end all are.
    batch : int
        Known rewards are handed over before pulls 0, batch, 2 batch, … only.
    points : int
        The regret is noted about so many times, evenly spaced.
    rng : numpy Generator, int or None
        Source of randomness.

    Returns
    -------
    BanditRuns

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Notes
    -----
    Memory grows with ``runs * (n_arms + points + delay + batch)``, not with the horizon; contexts
    wait as long as their rewards.

    Examples
    --------
    >>> from mlsdlib.experiments import ABTest, ThompsonBeta
    >>> thompson = simulate(ThompsonBeta(2), [0.5, 0.6], 2_000, 100, rng=0)
    >>> ab = simulate(ABTest(2, trial=2_000), [0.5, 0.6], 2_000, 100, rng=0)
    >>> bool(thompson.regret[:, -1].mean() < ab.regret[:, -1].mean() / 2)
    True
    >>> ab.pulls.sum(axis=1).tolist() == [2_000] * 100
    True
    """
    if not isinstance(policy, Bandit):
        raise TypeError(f"policy must be a bandit of this package, got {type(policy).__name__}")
    horizon, runs = whole("horizon", horizon), whole("runs", runs)
    delay, batch = whole("delay", delay, 0), whole("batch", batch)
    rng = np.random.default_rng(rng)
    draw = _checked(world, policy) if callable(world) else _fixed(world, runs, policy.n_arms)
    if isinstance(policy, LinUCB) and not callable(world):
        raise ValueError("world must be callable for LinUCB: it chooses by contexts")
    players, first = policy._spread(runs), np.arange(runs) * policy.n_arms
    points = min(whole("points", points), horizon)
    times = np.linspace(0, horizon, points + 1).round().astype(np.int64)[1:]
    noted, regret = np.empty((runs, points)), np.zeros(runs)
    pulls, earned = np.zeros((2, runs, policy.n_arms))
    waiting: deque = deque()  # pulls whose rewards the policy does not know yet, oldest first
    point = 0
    for t in range(horizon):
        if t % batch == 0:
            while waiting and waiting[0][0] + delay < t:
                players._learn(*waiting.popleft()[1:])
        contexts, means, best = draw(runs, rng)
        arms = players._choose(contexts, rng)
        flat = first + arms
        chance = means.reshape(-1)[flat]
        rewards = (rng.random(runs) < chance).astype(float)
        add_at(pulls, flat, 1)
        add_at(earned, flat, rewards)
        regret += best - chance
        waiting.append((t, arms, rewards, contexts))
        if t + 1 == times[point]:
            noted[:, point] = regret
            point += 1
    for late in waiting:
        players._learn(*late[1:])
    contexts, means, best = draw(runs, rng)
    recommended = players._best(contexts, rng)
    correct = means.reshape(-1)[first + recommended] == best
    return BanditRuns(times, noted, pulls.astype(np.int64), earned, recommended, correct)


def _fixed(means: object, runs: int, n_arms: int) -> Callable:
    """Return a world in which all users are alike; it also tells the best mean of each run."""
    p = np.asarray(means)
    if p.dtype.kind not in "biuf":
        raise TypeError(f"world must hold numbers, or be callable, got dtype {p.dtype}")
    if p.shape not in {(n_arms,), (runs, n_arms)}:
        raise ValueError(
            f"world must have the shape ({n_arms},) or ({runs}, {n_arms}), got {p.shape}"
        )
    _check_means(p)
    p = np.ascontiguousarray(np.broadcast_to(p.astype(float), (runs, n_arms)))
    best = p.max(axis=1)
    return lambda runs, rng: (None, p, best)


def _checked(world: World, policy: Bandit) -> Callable:
    """Return a world that is looked at before it is believed; it also tells the best means."""
    features = policy.n_features if isinstance(policy, LinUCB) else None

    def draw(runs: int, rng: np.random.Generator) -> tuple:
        contexts, means = world(runs, rng)
        if np.shape(means) != (runs, policy.n_arms):
            raise ValueError(
                f"world must give means of shape ({runs}, {policy.n_arms}), got {np.shape(means)}"
            )
        means = np.ascontiguousarray(means, dtype=float)
        _check_means(means)
        if features is not None:
            if np.shape(contexts) != (runs, features):
                raise ValueError(
                    f"world must give contexts of shape ({runs}, {features}), got "
                    f"{np.shape(contexts)}"
                )
            contexts = np.asarray(contexts, dtype=float)
            if not np.isfinite(contexts).all():
                raise ValueError("world must give finite contexts")
        return contexts, means, means[np.arange(runs), means.argmax(axis=1)]

    return draw


def _check_means(p: np.ndarray) -> None:
    if not (p.min() >= 0 and p.max() <= 1):  # NaN is neither
        raise ValueError("world must give probabilities between 0 and 1")
