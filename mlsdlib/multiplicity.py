"""Many tests at once: p values that take their number into account."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["adjusted_pvalues"]

_CORRECTIONS = ("bh", "holm", "none")


def adjusted_pvalues(pvalues: Sequence[float], correction: str = "bh") -> np.ndarray:
    """Return q values: p values adjusted for the number of tests.

    Parameters
    ----------
    pvalues : array of shape (n,), n >= 0
        p values, from 0 to 1.
    correction : {"bh", "holm", "none"}
        "bh": of what has a q value of at most 5 %, at most 5 % is false on average
        (Benjamini & Hochberg 1995). "holm": the probability that anything is false among it is at
        most 5 %, for any dependence of the tests (Holm 1979). "none": the p values as they are.

    Raises
    ------
    ValueError
        If `correction` is another, or a p value is not from 0 to 1.

    Examples
    --------
    >>> adjusted_pvalues([0.01, 0.02, 0.03, 0.5]).round(2)
    array([0.04, 0.04, 0.04, 0.5 ])
    >>> adjusted_pvalues([0.01, 0.02, 0.03, 0.5], "holm").round(2)
    array([0.04, 0.06, 0.06, 0.5 ])
    """
    if correction not in _CORRECTIONS:
        raise ValueError(f"correction must be among {', '.join(_CORRECTIONS)}; got {correction!r}")
    p = np.asarray(pvalues, dtype=float)
    good = (p >= 0) & (p <= 1)
    if not good.all():
        raise ValueError(f"pvalues must lie between 0 and 1, got {p[~good][0]:g}")
    if correction == "none" or not len(p):
        return p
    if correction == "holm":
        order = np.argsort(p)
        rising = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
        result = np.empty_like(p)
        result[order] = np.minimum(rising, 1.0)
        return result
    from scipy.stats import false_discovery_control

    return false_discovery_control(p)
