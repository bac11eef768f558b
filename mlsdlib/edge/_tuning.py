"""A tuner that looks for the fastest tile, on a simulated machine whose true speeds are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIZES = np.arange(3, 10)  # of a tile's three sides, as powers of 2


@dataclass(frozen=True)
class TunerGain:
    """What a tuner says that it gained over the usual tile, and what it did gain.

    Parameters
    ----------
    promised, delivered : float
        Speed-ups: by the timings that the tuner saw, and by the true times.
    """

    promised: float
    delivered: float


def simulate_tuner(
    tries: int,
    *,
    jitter: float,
    repeats: int = 1,
    learned: bool = False,
    rng: np.random.Generator | int | None = None,
) -> TunerGain:
    """Return what one search for a fast tile promises and delivers.

    Each call draws a machine: a tile has three sides of 8 to 512, the time is a bowl in their
    logarithms whose bottom is drawn, with some roughness that no formula knows. The usual tile
    stands in the middle of the grid. The tuner keeps the tile with the smallest timing.

    Parameters
    ----------
    tries : int
        How many different tiles are timed, from 2 to 343.
    jitter : float
        Standard deviation of a timing, as a share of the time.
    repeats : int
        How often each tile is timed; the median counts.
    learned : bool
        Time half of the tiles at random, then fit a ridge regression with squares and products to
        them, as autoTVM fits a model, and time those that it expects to be the fastest.
    rng : numpy Generator, int or None

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> gain = simulate_tuner(343, jitter=0.0, rng=0)
    >>> gain.promised == gain.delivered >= 1
    True
    """
    grid = np.stack(np.meshgrid(SIZES, SIZES, SIZES), -1).reshape(-1, 3) - SIZES.mean()
    if not 2 <= tries <= len(grid):
        raise ValueError(f"tries must be from 2 to {len(grid)}, got {tries}")
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats}")
    if not jitter >= 0:
        raise ValueError(f"jitter must be at least 0, got {jitter!r}")
    rng = np.random.default_rng(rng)
    width, bottom = rng.uniform(0.01, 0.06, 3), rng.uniform(-2, 2, 3)
    truth = (width * (grid - bottom) ** 2).sum(axis=1) + rng.normal(0, 0.1, len(grid))  # log time

    def clock(which: np.ndarray) -> np.ndarray:
        noise = jitter * rng.normal(size=(repeats, len(which)))
        return truth[which] + np.median(noise, axis=0)

    tried = rng.choice(len(grid), tries // 2 if learned else tries, replace=False)
    seen = clock(tried)
    if learned:
        expected = _expect(grid, tried, seen)
        rest = np.setdiff1d(np.arange(len(grid)), tried)
        more = rest[np.argsort(expected[rest])[: tries - len(tried)]]
        tried, seen = np.append(tried, more), np.append(seen, clock(more))
    usual, won = np.array([len(grid) // 2]), int(seen.argmin())
    promised, delivered = clock(usual)[0] - seen[won], truth[usual[0]] - truth[tried[won]]
    return TunerGain(float(np.exp(promised)), float(np.exp(delivered)))


def _expect(grid: np.ndarray, tried: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the log time that a regression on the tiles tried expects of each tile."""
    terms = np.column_stack([np.ones(len(grid)), grid, grid**2, grid * np.roll(grid, 1, axis=1)])
    x = terms[tried]
    return terms @ np.linalg.solve(x.T @ x + 0.1 * np.eye(x.shape[1]), x.T @ seen)
