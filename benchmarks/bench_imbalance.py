"""`mlsdlib.imbalance.tomek_links` beside imbalanced-learn's `TomekLinks`: finding the links.

Run ``python benchmarks/bench_imbalance.py [rows]``. Both search for nearest neighbours with
scikit-learn, so the search is done once, before, and not timed. imbalanced-learn then loops over
the rows in Python; ours compares arrays. Both find the same rows, checked first. The last line
says how little that matters where the search is timed too.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.metadata import version

import numpy as np
from imblearn.under_sampling import TomekLinks
from sklearn.neighbors import NearestNeighbors

from mlsdlib.imbalance import tomek_links
from mlsdlib.imbalance._tomek import linked
from mlsdlib.timing import time_ratio

FACTOR = 20  # how many times faster the links must be found, at the lower end of the interval


def points(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two overlapping classes in three dimensions, one row in ten of the rarer one."""
    rng = np.random.default_rng(0)
    y = (rng.random(rows) < 0.1).astype(int)
    return rng.normal(size=(rows, 3)) + y[:, None], y


def search(X: np.ndarray) -> np.ndarray:
    """Return the index of each row's nearest neighbour."""
    return NearestNeighbors(n_neighbors=1).fit(X).kneighbors(return_distance=False)[:, 0]


def whole(X: np.ndarray, y: np.ndarray) -> list[int]:
    """Return the rows that imbalanced-learn would remove, search and all."""
    sampler = TomekLinks(sampling_strategy="all")
    sampler.fit_resample(X, y)
    return np.setdiff1d(np.arange(len(y)), sampler.sample_indices_).tolist()


def main(rows: int) -> int:
    """Print the ratios; return 1 if the links are not found much faster."""
    X, y = points(rows)
    nearest = search(X)
    print(f"{rows:,} rows, imbalanced-learn {version('imbalanced-learn')}; "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    theirs = partial(TomekLinks.is_tomek, y, nearest, [0, 1])
    ours = partial(linked, nearest, y)
    links = time_ratio(theirs, ours, pairs=9, same=np.array_equal)
    print(f"  links, neighbours given:      {links}", flush=True)
    both = time_ratio(
        partial(whole, X, y),
        lambda: sorted(tomek_links(X, y).ravel().tolist()),
        pairs=7,
        same=lambda a, b: a == b,
    )
    print(f"  links and their search:       {both}", flush=True)
    return int(links.low < FACTOR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
