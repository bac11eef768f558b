"""`mlsdlib.experiments` beside MABWiser and river.

Run ``python benchmarks/bench_bandits.py``. Equal results are checked before anything is timed:

- LinUCB, 20 features, 10 arms, one pull and one update a step: MABWiser, which inverts a matrix at
  each update, must choose the same arm at every step.
- the same beside river's `LinUCBDisjoint`. Its bound holds the noise of the reward too, so it pulls
  other arms: both are told the arms of one log, and must predict the same rewards after it.
- Thompson sampling, 1,000 runs of `simulate` at once beside runs of river's, one step of one run
  against another: both must have the same posterior after one log, and regrets that agree within
  four standard errors. The promise is for 10 arms; with 2 and 5 the ratio is only printed.

Only the time of the thread counts: a loaded machine takes the same from each. A peer that is not
installed is left out, and said so.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from mlsdlib.experiments import LinUCB, ThompsonBeta, simulate
from mlsdlib.timing import time_ratio

LEAST = {"mabwiser": 20.0, "river": 5.0, "thompson": 25.0}  # at the interval's lower end
ARMS, FEATURES, STEPS = 10, 20, 300
RUNS, RIVER_RUNS, HORIZON = 1_000, 4, 1_000


def show(name: str, slow: Callable, fast: Callable, same: Callable, scale: float = 1.0) -> float:
    """Print how many times longer `slow` takes for the same work; return the lower end."""
    ratio = time_ratio(slow, fast, pairs=15, cpu=True, same=same)
    ratio = ratio.map(lambda x: x * scale, unit="times")
    print(f"  {name:58s} {ratio}", flush=True)
    return ratio.low


# --- LinUCB ---

RNG = np.random.default_rng(0)
X = RNG.normal(size=(ARMS + STEPS, FEATURES))  # the first rows: one for each arm, to begin with
TRUTH = RNG.normal(size=(ARMS, FEATURES))
REWARD = X @ TRUTH.T
LOG = RNG.integers(ARMS, size=STEPS)


def mabwisers() -> list[int]:
    """Return the arms that MABWiser chooses."""
    from mabwiser.mab import MAB, LearningPolicy

    arms = list(range(ARMS))
    policy = MAB(arms, LearningPolicy.LinUCB(alpha=1.0, l2_lambda=1.0))
    policy.fit(arms, np.diagonal(REWARD[:ARMS]), X[:ARMS])
    chosen = []
    for t in range(ARMS, ARMS + STEPS):
        arm = policy.predict(X[t : t + 1])
        policy.partial_fit([arm], REWARD[t, arm : arm + 1], X[t : t + 1])
        chosen.append(arm)
    return chosen


def ours() -> list[int]:
    """Return the arms that the library chooses."""
    policy, rng = LinUCB(ARMS, FEATURES, alpha=1.0, ridge=1.0), np.random.default_rng(1)
    policy.update_many(np.arange(ARMS), np.diagonal(REWARD[:ARMS]), X[:ARMS])
    chosen = []
    for t in range(ARMS, ARMS + STEPS):
        arm = policy.pull(X[t], rng=rng)
        policy.update(arm, REWARD[t, arm], X[t])
        chosen.append(arm)
    return chosen


def rivers() -> np.ndarray:
    """Return river's predictions for all rows after a log whose arms are given."""
    from river.bandit import LinUCBDisjoint

    policy, arms = LinUCBDisjoint(alpha=1.0, beta=1.0, seed=0), list(range(ARMS))
    for t, arm in enumerate(LOG.tolist()):
        context = ROWS[ARMS + t]
        policy.pull(arms, context)
        policy.update(arm, context, REWARD[ARMS + t, arm])
    return np.array(
        [[policy._bayes_lin_regs[arm].predict_one(row) for arm in arms] for row in ROWS[:ARMS]]
    )


ROWS = [dict(enumerate(row.tolist())) for row in X]


def ours_of_the_log() -> np.ndarray:
    """Return the library's predictions after the same log."""
    policy, rng = LinUCB(ARMS, FEATURES, alpha=1.0, ridge=1.0), np.random.default_rng(1)
    for t, arm in enumerate(LOG.tolist()):
        context = X[ARMS + t]
        policy.pull(context, rng=rng)
        policy.update(arm, REWARD[ARMS + t, arm], context)
    return X[:ARMS] @ policy.coefficients.T


# --- Thompson sampling ---


def rivers_runs(means: list[float]) -> np.ndarray:
    """Return the regret of some runs of river's Thompson sampling."""
    from river import bandit, proba

    arms, best, regret = range(len(means)), max(means), []
    for seed in range(RIVER_RUNS):
        policy, rng, lost = bandit.ThompsonSampling(proba.Beta(), seed=seed), random.Random(seed), 0
        for _ in range(HORIZON):
            arm = policy.pull(arms)
            policy.update(arm, rng.random() < means[arm])
            lost += best - means[arm]
        regret.append(lost)
    return np.array(regret)


def our_runs(means: list[float]) -> np.ndarray:
    """Return the regret of many runs of the library's."""
    return simulate(ThompsonBeta(len(means)), means, HORIZON, RUNS, rng=0).regret[:, -1]


def check_posterior(n_arms: int) -> None:
    """Raise unless both know the same after the same log."""
    from river import bandit, proba

    rng = np.random.default_rng(2)
    arms, rewards = rng.integers(n_arms, size=1_000), rng.integers(2, size=1_000)
    mine, theirs = ThompsonBeta(n_arms), bandit.ThompsonSampling(proba.Beta(), seed=0)
    mine.update_many(arms, rewards)
    for arm, reward in zip(arms.tolist(), rewards.tolist(), strict=True):
        theirs.update(arm, reward)
    found = [theirs._rewards[arm] for arm in range(n_arms)]
    if not np.array_equal(mine.posterior, [[x.alpha, x.beta] for x in found]):
        raise ValueError("river and the library must have the same posterior after the same log")


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two mean regrets agree within four standard errors."""
    # The spread of the many runs serves both: four runs tell little of theirs.
    error = b.std(ddof=1) * np.sqrt(1 / len(a) + 1 / len(b))
    return abs(a.mean() - b.mean()) < 4 * error


def main() -> int:
    """Print the ratios; return 1 if one is below its promise."""
    print(f"load {os.getloadavg()[0]:.1f}")
    lows = {}
    if find_spec("mabwiser"):
        name = f"LinUCB, {FEATURES} features, {ARMS} arms: MABWiser {version('mabwiser')} / ours"
        lows["mabwiser"] = show(name, mabwisers, ours, lambda a, b: a == b)
    else:
        print("  MABWiser is not installed")
    if find_spec("river"):
        name = f"LinUCB, {FEATURES} features, {ARMS} arms: river {version('river')} / ours"
        lows["river"] = show(name, rivers, ours_of_the_log, lambda a, b: np.allclose(a, b))
        for n_arms in (2, 5, ARMS):  # the promise is for the last
            check_posterior(n_arms)
            means = [0.1] + [0.05] * (n_arms - 1)
            lows["thompson"] = show(
                f"Thompson, {n_arms} arms, a step of one run: river / {RUNS:,} runs",
                lambda means=means: rivers_runs(means),
                lambda means=means: our_runs(means),
                alike,
                RUNS / RIVER_RUNS,
            )
    else:
        print("  river is not installed")
    for name, low in lows.items():
        if low < LEAST[name]:
            print(f"  {name}: {low:.3g} at the lower end, at least {LEAST[name]:g} promised")
    return int(any(low < LEAST[name] for name, low in lows.items()))


if __name__ == "__main__":
    sys.exit(main())
