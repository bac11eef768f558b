"""`mlsdlib.experiments` beside the loops that everybody writes.

Run ``python benchmarks/bench_experiments.py``. The packages for interleaving draft one session at a
time; so does the loop here, after Radlinski, Kurup & Joachims (2008), fed with the same coins. Both
must find the same, checked first, and the second must be clearly faster:

- team draft of many sessions: the same pages and the same teams, place by place;
- many sign tests of sessions, one `scipy.stats.binomtest` each: p-values within 1e-9.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from scipy.stats import binomtest

from mlsdlib.experiments import interleaving_test, team_draft
from mlsdlib.timing import time_ratio

LEAST = {"draft": 4.0, "test": 50.0}  # at the interval's lower end
SESSIONS, ITEMS, PLACES, TESTS = 20_000, 20, 10, 2_000
RNG = np.random.default_rng(0)
A, B = RNG.permuted(np.tile(np.arange(ITEMS), (2, SESSIONS, 1)), axis=-1)
CLICKS = RNG.poisson(0.3, (2, TESTS, 200))


def show(name: str, slow: Callable, fast: Callable, same: Callable, least: float) -> bool:
    """Print how many times longer `slow` takes; return whether that is as much as promised."""
    ratio = time_ratio(slow, fast, pairs=7, same=same)
    print(f"  {name:52s} {ratio}, at least {least:g} promised", flush=True)
    return ratio.low >= least


def session_by_session() -> tuple[np.ndarray, np.ndarray]:
    """Return the pages and teams of all sessions, drafted in a loop."""
    rng = np.random.default_rng(1)
    coins = np.array([rng.integers(2, size=SESSIONS) for _ in range(PLACES // 2)]).T.tolist()
    pages, teams = [], []
    for a, b, heads in zip(A.tolist(), B.tolist(), coins, strict=True):
        page: list[int] = []
        team: list[int] = []
        taken: set[int] = set()
        first_free = [0, 0]
        for place in range(PLACES):
            turn = heads[place // 2] if place % 2 == 0 else 1 - team[-1]
            ranking = b if turn else a
            while ranking[first_free[turn]] in taken:
                first_free[turn] += 1
            page.append(ranking[first_free[turn]])
            team.append(turn)
            taken.add(page[-1])
        pages.append(page)
        teams.append(team)
    return np.array(pages), np.array(teams)


def one_test_after_the_other() -> list[float]:
    """Return the p-value of each sign test."""
    pvalues = []
    for a, b in zip(*CLICKS, strict=True):
        won, lost = int((b > a).sum()), int((a > b).sum())
        pvalues.append(binomtest(won, won + lost).pvalue if won + lost else 1.0)
    return pvalues


def main() -> int:
    """Run both comparisons; return 1 if one is below its promise."""
    good = [
        show(
            f"team draft of {SESSIONS:,} sessions, {PLACES} places",
            session_by_session,
            lambda: team_draft(A, B, PLACES, rng=1),
            lambda x, y: all(np.array_equal(p, q) for p, q in zip(x, y, strict=True)),
            LEAST["draft"],
        ),
        show(
            f"{TESTS:,} sign tests of 200 sessions",
            one_test_after_the_other,
            lambda: interleaving_test(*CLICKS).pvalue,
            lambda x, y: np.allclose(x, y, rtol=0, atol=1e-9),
            LEAST["test"],
        ),
    ]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
