"""Which source of labels is worse than the others, if any."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.labelling._votes import coded, column


@dataclass(frozen=True, slots=True)
class SourceLoss:
    """How one source compares with the rows of all others.

    Parameters
    ----------
    source : hashable
        Its name.
    n : int
        Its rows.
    mean, excess : float
        Its mean loss, and how much that is above the mean of all other rows.
    pvalue : float
        Of the hypothesis that it is no worse than the others, adjusted for the number of sources.
    """

    source: Hashable
    n: int
    mean: float
    excess: float
    pvalue: float


@dataclass(frozen=True, slots=True)
class SourceReport:
    """All sources, the most suspicious first.

    Parameters
    ----------
    sources : tuple of SourceLoss
        By p-value; of equal ones the greater excess first, then the name.
    level : float
        Probability of accusing any source at all if none is worse.
    """

    sources: tuple[SourceLoss, ...]
    level: float

    @property
    def suspects(self) -> tuple[Hashable, ...]:
        """Names of the sources that are worse, the most suspicious first; mostly none."""
        return tuple(entry.source for entry in self.sources if entry.pvalue <= self.level)

    def __str__(self) -> str:
        lines = [
            f"{entry.source}: {entry.n} rows, mean loss {entry.mean:.3g}, "
            f"{entry.excess:+.3g} against the others{', suspect' * (entry.pvalue <= self.level)}"
            for entry in self.sources
        ]
        return "\n".join(lines)


def source_report(
    sources: Sequence, losses: Sequence[float], *, level: float = 0.05
) -> SourceReport:
    """Return how each source's losses compare with those of all other rows.

    The losses should be *held out*: those of a model that was trained without the source, as
    `sklearn.model_selection.LeaveOneGroupOut` makes them, since a model learns the errors of what
    it is trained on. Losses of two values, as right and wrong are, are compared by Fisher's exact
    test, others by Welch's t test, both one-sided; p-values by Holm's method, so that many sources
    do not make an accusation more likely. A source may also stand out since its rows are harder or
    unlike all others: look before you drop it.

    Parameters
    ----------
    sources : sequence of shape (n,)
        Where each row came from; at least two different ones.
    losses : array of shape (n,)
        Its loss, for example 1 where the prediction and the label differ.
    level : float
        Between 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If the lengths differ, there is one source only, a loss is not finite, or `level` is out of
        range.

    References
    ----------
    Fisher (1935), *The design of experiments*; Welch (1947), *The generalization of Student's
    problem*; Holm (1979), *A simple sequentially rejective multiple test procedure*.

    Examples
    --------
    >>> report = source_report(["a"] * 40 + ["b"] * 40, [0, 0, 0, 1] * 10 + [0, 1, 1, 1] * 10)
    >>> report.suspects
    ('b',)
    >>> print(report)
    b: 40 rows, mean loss 0.75, +0.5 against the others, suspect
    a: 40 rows, mean loss 0.25, -0.5 against the others
    """
    if isinstance(level, bool) or not isinstance(level, (int, float, np.number)):
        raise TypeError(f"level must be a number, got {level!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    code, names = coded("sources", column("sources", sources))
    loss = np.asarray(losses)
    if loss.dtype.kind not in "biuf":
        raise TypeError(f"losses must hold numbers, got dtype {loss.dtype}")
    if loss.shape != code.shape:
        raise ValueError(f"losses must have the shape ({len(code)},), got {loss.shape}")
    if not np.isfinite(loss).all():
        raise ValueError("losses must be finite, got NaN or infinity")
    if len(names) < 2:
        raise ValueError(f"sources must hold at least two different ones, got {len(names)}")
    loss = loss.astype(float)
    entries = []
    for k, name in enumerate(names.tolist()):
        own, rest = loss[code == k], loss[code != k]
        excess = float(own.mean() - rest.mean())
        entries.append((name, len(own), float(own.mean()), excess, _pvalue(own, rest)))
    entries.sort(key=lambda entry: (entry[4], -entry[3]))
    found, least = [], 0.0
    for rank, (name, n, mean, excess, p) in enumerate(entries):
        least = max(least, min(1.0, p * (len(entries) - rank)))
        found.append(SourceLoss(name, n, mean, excess, least))
    return SourceReport(tuple(found), float(level))


def _pvalue(own: np.ndarray, rest: np.ndarray) -> float:
    """Return the one-sided p-value of the hypothesis that the mean of `own` is not greater."""
    from scipy.special import stdtr
    from scipy.stats import hypergeom

    values = np.unique(np.concatenate([own, rest]))
    if len(values) <= 2:  # exact: two rows that are both wrong have no spread, and prove little
        worse, in_all = (own == values[-1]).sum(), (rest == values[-1]).sum()
        in_all += worse
        return float(hypergeom.sf(worse - 1, len(own) + len(rest), in_all, len(own)))
    if min(len(own), len(rest)) < 2:  # a single row has no spread: it proves nothing
        return 1.0
    a, b = own.var(ddof=1) / len(own), rest.var(ddof=1) / len(rest)
    difference = own.mean() - rest.mean()
    if a + b == 0:
        return 0.0 if difference > 0 else 1.0
    freedom = (a + b) ** 2 / (a**2 / (len(own) - 1) + b**2 / (len(rest) - 1))
    return float(stdtr(freedom, -difference / np.sqrt(a + b)))
