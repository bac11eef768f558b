"""Features that many models share: what is saved, and what breaks together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlsdlib.checks import real, whole

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class SharedFeatures:
    """A year of some models that share features, and of the same models that share none.

    Parameters
    ----------
    saved : float
        Share of the computations that sharing saves.
    worst, worst_alone : int
        Models broken on the worst day.
    mean, mean_alone : float
        Models broken on an average day.
    """

    saved: float
    worst: int
    worst_alone: int
    mean: float
    mean_alone: float


def share_features(
    overlap: float,
    *,
    models: int = 20,
    each: int = 10,
    pool: int = 15,
    fault: float = 0.002,
    days: int = 365,
    rng: np.random.Generator | int | None = None,
) -> SharedFeatures:
    """Return what sharing saves and what it breaks, in a drawn catalogue of features.

    Each use is, with probability `overlap`, of a feature from a common pool, and else of one that
    no other model uses. Every computed feature breaks independently on some days, and with it all
    models that use it. A model that shares nothing computes all its features for itself.

    Parameters
    ----------
    overlap : float
        Between 0 and 1.
    models, each, pool : int
        Number of models, of features of each, and of features in the pool.
    fault : float
        Probability that a computed feature is broken on a day.
    days : int
    rng : numpy Generator, int or None

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Examples
    --------
    >>> found = share_features(0.5, rng=0)
    >>> found.saved > 0.3, found.worst > found.worst_alone
    (True, True)
    """
    import numpy as np

    for name, count in {"models": models, "each": each, "pool": pool, "days": days}.items():
        whole(name, count, 1)
    for name, share in {"overlap": overlap, "fault": fault}.items():
        real(name, share, 0, 1)
    rng = np.random.default_rng(rng)
    uses = np.zeros((models, pool + models * each), int)
    for k, shared in enumerate(np.minimum(rng.binomial(each, overlap, models), pool)):
        uses[k, rng.choice(pool, shared, replace=False)] = 1
        uses[k, pool + k * each : pool + (k + 1) * each - shared] = 1
    alone = np.kron(np.eye(models, dtype=int), np.ones(each, int))
    together, apart = (
        ((rng.random((days, catalogue.shape[1])) < fault) @ catalogue.T > 0).sum(axis=1)
        for catalogue in (uses, alone)
    )
    saved = 1 - uses.any(axis=0).sum() / uses.sum()
    return SharedFeatures(float(saved), int(together.max()), int(apart.max()),
                          float(together.mean()), float(apart.mean()))  # fmt: skip
