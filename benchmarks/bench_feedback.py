"""`mlsdlib.feedback` beside the loops that everybody writes.

Run ``python benchmarks/bench_feedback.py``. Two pairs: both must find the same, checked first, and
the second must be clearly faster:

- a feedback loop: one page after the other, beside `simulate_loop`, which shows all pages of a
  round in all runs at once. Both are random: the clicks of the last rounds must agree within four
  standard errors.
- position bias: expectation maximisation of the click model (Wang et al. 2018), beside
  `fit_position_bias`. They maximise two likelihoods of one model, and must agree on every position
  within 0.02.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from mlsdlib.feedback import fit_position_bias, simulate_loop
from mlsdlib.timing import time_ratio

LEAST = {"loop": 5.0, "position bias": 20.0}  # at the interval's lower end
ROUNDS, PAGES, SLOTS, EPSILON, PRIOR = 20, 100, 10, 0.1, 0.1
RELEVANCE = np.random.default_rng(0).beta(1, 9, size=(20, 100))


def show(name: str, slow: Callable, fast: Callable, same: Callable, least: float) -> bool:
    """Print how many times longer `slow` takes; return whether that is as much as promised."""
    ratio = time_ratio(slow, fast, pairs=7, same=same)
    print(f"  {name:52s} {ratio}, at least {least:g} promised", flush=True)
    return ratio.low >= least


# --- the loop ---


def page_by_page() -> np.ndarray:
    """Return the share of the possible clicks in the last rounds of each run."""
    rng, seen = np.random.default_rng(1), 1 / np.arange(1, SLOTS + 1)
    late = []
    for relevance in RELEVANCE:
        n = len(relevance)
        ideal = np.sort(relevance)[::-1][:SLOTS] @ seen
        clicks, looks, ties, value = np.zeros(n), np.zeros(n), rng.random(n) * 1e-9, 0.0
        for t in range(ROUNDS):
            ranked = np.argsort(-((clicks + PRIOR) / (looks + 1) + ties))[:SLOTS]
            new = np.zeros(n)
            for _ in range(PAGES):
                page = rng.permutation(n)[:SLOTS] if rng.random() < EPSILON else ranked
                new[page] += rng.random(SLOTS) < seen * relevance[page]
                looks[page] += seen
                if t >= ROUNDS // 2:
                    value += seen @ relevance[page] / ideal
            clicks += new
        late.append(value / PAGES / (ROUNDS - ROUNDS // 2))
    return np.array(late)


def at_once() -> np.ndarray:
    """Return the same of the library's loop."""
    result = simulate_loop(
        RELEVANCE, n_slots=SLOTS, rounds=ROUNDS, pages=PAGES, epsilon=EPSILON, prior=PRIOR,
        assumed_decay=1.0, rng=2,
    )  # fmt: skip
    return result.value[:, ROUNDS // 2 :].mean(axis=1)


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two means agree within four standard errors of their paired difference."""
    difference = a - b
    return abs(difference.mean()) < 4 * difference.std(ddof=1) / np.sqrt(len(difference))


# --- position bias ---


def expectation_maximisation(clicks: np.ndarray, shows: np.ndarray) -> np.ndarray:
    """Return the examination of positions, in units of the first."""
    seen = np.full((len(clicks), clicks.shape[2]), 0.5)
    liked = np.clip(2 * clicks.sum(axis=2) / shows.sum(axis=2), 1e-6, 0.9)
    for _ in range(20_000):
        both = seen[:, None, :] * liked[:, :, None]
        unclicked = (shows - clicks) / (1 - both)
        looks = (clicks + unclicked * (seen[:, None, :] - both)).sum(axis=1) / shows.sum(axis=1)
        likes = (clicks + unclicked * (liked[:, :, None] - both)).sum(axis=2) / shows.sum(axis=2)
        moved = max(np.abs(looks - seen).max(), np.abs(likes - liked).max())
        seen, liked = looks, likes
        if moved <= 1e-5:
            break
    return seen / seen[:, :1]


def main() -> int:
    """Run both comparisons; return 1 if one is below its promise."""
    log = simulate_loop(RELEVANCE, epsilon=1.0, pages=1_000, rounds=10, rng=3)
    good = [
        show("20 loops of 20 rounds of 100 pages", page_by_page, at_once, alike, LEAST["loop"]),
        show(
            "examination of 10 positions, 20 logs",
            lambda: expectation_maximisation(log.clicks, log.shows),
            lambda: fit_position_bias(log.clicks, log.shows).examination,
            lambda a, b: np.abs(a - b).max() < 0.02,
            LEAST["position bias"],
        ),
    ]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
