"""`mlsdlib.labelling` beside crowd-kit: Dawid and Skene's model, and Krippendorff's alpha.

Run ``python benchmarks/bench_labelling.py [tasks]``. Both run on the same votes, real ones and
simulated ones, and both are asked for the same: the posterior after the same number of rounds, the
labels, and alpha to ten digits. crowd-kit works on data frames; its alpha is that of nltk. On a few
thousand votes reading the columns takes most of our time, so the promise is about tables that are
larger. Without crowd-kit (``pip install crowd-kit``) there is nothing to compare.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
import pandas as pd

from mlsdlib import datasets
from mlsdlib.labelling import DawidSkene, krippendorff_alpha
from mlsdlib.timing import time_ratio

FACTOR = 20  # how many times faster than crowd-kit, at the lower end of the interval
ROUNDS = 7
LARGE = 20_000  # votes from which alpha must be as much faster
CROWDS = ("bluebirds", "sentiment_polarity")


def simulated(tasks: int, rng: int = 0) -> pd.DataFrame:
    """Return five votes a task of 50 workers, each with a confusion matrix of its own."""
    rng = np.random.default_rng(rng)
    truth = rng.integers(3, size=tasks)
    task = np.repeat(np.arange(tasks), 5)
    worker = np.argsort(rng.random((tasks, 50)), axis=1)[:, :5].ravel()
    confusion = rng.dirichlet(np.ones(3), size=(50, 3)) + 2 * np.eye(3)
    steps = (confusion / confusion.sum(axis=2, keepdims=True))[worker, truth[task]].cumsum(axis=1)
    label = (rng.random(len(task))[:, None] > steps).sum(axis=1).clip(max=2)
    return pd.DataFrame({"task": task, "worker": worker, "label": label})


def tables(tasks: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the votes under a name, all as numbers, so that no time goes into reading text."""
    for name in CROWDS:
        votes = datasets.load_crowd(name, columns=["task", "worker", "label"])
        yield name, votes.apply(lambda column: pd.factorize(column, sort=True)[0])
    yield f"simulated {tasks:,} x 5", simulated(tasks)


def their_model(votes: pd.DataFrame) -> pd.DataFrame:
    """Return crowd-kit's posterior, in order of the tasks and the labels."""
    from crowdkit.aggregation import DawidSkene as Theirs

    probabilities = Theirs(n_iter=ROUNDS, tol=-1).fit_predict_proba(votes)
    return probabilities.sort_index().sort_index(axis=1)


def our_model(votes: pd.DataFrame) -> pd.DataFrame:
    """Return ours, with as little under the counts of a confusion matrix as crowd-kit puts."""
    model = DawidSkene(max_iter=ROUNDS, tol=0, smoothing=1e-10)
    model.fit(votes["task"], votes["worker"], votes["label"])
    return pd.DataFrame(model.posterior_, index=model.items_, columns=model.classes_)


def same_posterior(theirs: pd.DataFrame, ours: pd.DataFrame) -> bool:
    """Whether tasks, posteriors and labels are equal.

    Of a true label that a worker has not met nothing is known. We then take the crowd's answers
    to it, crowd-kit holds those that the worker ever gave for equally likely: hence the tolerance.
    """
    return (
        theirs.index.tolist() == ours.index.tolist()
        and theirs.columns.tolist() == ours.columns.tolist()
        and np.allclose(theirs, ours, rtol=0, atol=1e-4)
        and (theirs.idxmax(axis=1) == ours.idxmax(axis=1)).all()
    )


def show(name: str, slow: Callable, fast: Callable, same: Callable) -> float:
    """Print how many times longer `slow` takes; return the lower end of the interval."""
    ratio = time_ratio(slow, fast, pairs=7, same=same)
    print(f"  {name:42s} {ratio}", flush=True)
    return ratio.low


def main(tasks: int) -> int:
    """Print the ratios; return 1 if one is not clear enough."""
    if find_spec("crowdkit") is None:
        print("crowd-kit is not installed: nothing to compare with")
        return 0
    logging.disable(logging.WARNING)
    from crowdkit.metrics.data import alpha_krippendorff

    print(f"crowd-kit {version('crowd-kit')}; load {os.getloadavg()[0]:.1f}")
    lows = []
    for name, votes in tables(tasks):
        lows.append(
            show(
                f"{name}: Dawid-Skene, {ROUNDS} rounds",
                lambda votes=votes: their_model(votes),
                lambda votes=votes: our_model(votes),
                same_posterior,
            )
        )
        columns = [votes[column] for column in ("task", "worker", "label")]
        low = show(
            f"{name}: alpha",
            lambda votes=votes: alpha_krippendorff(votes),
            lambda columns=columns: krippendorff_alpha(*columns),
            lambda theirs, ours: abs(theirs - ours) < 1e-10,
        )
        if len(votes) >= LARGE:
            lows.append(low)
    return int(min(lows) < FACTOR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
