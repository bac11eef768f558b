"""Does a sampler give each item the same chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlsdlib.sampling._inputs import not_negative, whole


@dataclass(frozen=True, slots=True)
class InclusionTest:
    """A chi-square test of equal chances.

    Parameters
    ----------
    statistic : float
        Chi-square, about `freedom` if the chances are equal.
    freedom : int
        Degrees of freedom, items minus one.
    pvalue : float
        How often chance alone gives so large a statistic.
    n : int
        How many samples were counted.
    """

    statistic: float
    freedom: int
    pvalue: float
    n: int


def inclusion_test(counts: Sequence[int], k: int) -> InclusionTest:
    """Return the test that all items are included equally often in samples of k.

    The counts of samples without replacement vary less than those of independent draws, by
    (n - k) / (n - 1) for n items; the statistic is divided by that. Without it the test would
    hardly ever reject, whatever the sampler does.

    Parameters
    ----------
    counts : array of shape (n,), n >= 2
        In how many samples each item was. They sum to k times the number of samples.
    k : int
        Items of a sample, from 1 to n - 1.

    Raises
    ------
    TypeError, ValueError
        If the counts or k are not such numbers.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> counts = sum(np.bincount(rng.choice(20, 5, replace=False), minlength=20)
    ...              for _ in range(1_000))
    >>> inclusion_test(counts, 5).pvalue > 0.01
    True
    """
    from scipy.special import chdtrc

    counts = not_negative("counts", counts)
    n = len(counts)
    if n < 2:
        raise ValueError(f"counts must hold at least 2 counts, got {n}")
    k = whole("k", k, at_least=1, at_most=n - 1)
    samples = counts.sum() / k
    if samples < 1 or samples % 1 or counts.max() > samples:
        raise ValueError(
            f"counts must be those of samples of {k} different items, got a sum of "
            f"{counts.sum():g} and a largest of {counts.max():g}"
        )
    expected = samples * k / n
    spread = ((counts - expected) ** 2).sum() / expected
    statistic = float(spread * (n - 1) / (n - k))
    return InclusionTest(statistic, n - 1, float(chdtrc(n - 1, statistic)), int(samples))
