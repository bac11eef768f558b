"""P-values of many tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["adjusted_pvalues"]

_CORRECTIONS = ("none", "bonferroni", "holm", "bh", "by")


def adjusted_pvalues(pvalues: Sequence, correction: str = "bh", *, axis: int = -1) -> np.ndarray:
    """Return p-values that may be compared with one level however many tests there were.

    Parameters
    ----------
    pvalues : array of any shape, at least one dimension
        P-values, those of one family along `axis`: say days x columns. None of them is fine.
    correction : {"none", "bonferroni", "holm", "bh", "by"}
        What the level then bounds. Bonferroni and Holm (1979): the probability that anything
        found is false, under any dependence. "bh" (Benjamini & Hochberg 1995): the share of what
        is found that is false, on average, if the tests are independent or positively
        dependent; "by" (Benjamini & Yekutieli 2001): the same under any dependence.
    axis : int
        Along which a family lies.

    Raises
    ------
    TypeError, ValueError
        If `pvalues` is one number or holds anything but numbers from 0 to 1, or the correction
        is none of these.

    Examples
    --------
    >>> adjusted_pvalues([0.01, 0.02, 0.03, 0.5], "holm").tolist()
    [0.04, 0.06, 0.06, 0.5]
    """
    array = np.asarray(pvalues)
    if not array.ndim:
        raise ValueError(f"pvalues must be an array, got {pvalues!r}")
    if array.dtype.kind not in "iuf":
        raise TypeError(f"pvalues must hold numbers, got dtype {array.dtype}")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError("pvalues must lie between 0 and 1")
    if correction not in _CORRECTIONS:
        raise ValueError(f"correction must be among {', '.join(_CORRECTIONS)}; got {correction!r}")
    array = array.astype(float)
    if correction == "none" or not array.size:
        return array
    n = array.shape[axis]
    if correction == "bonferroni":
        return np.minimum(1.0, n * array)
    if correction == "holm":
        moved = np.moveaxis(array, axis, -1)
        order = np.argsort(moved, axis=-1, kind="stable")
        steps = np.take_along_axis(moved, order, -1) * np.arange(n, 0, -1)
        steps = np.minimum(1.0, np.maximum.accumulate(steps, axis=-1))
        adjusted = np.empty_like(moved)
        np.put_along_axis(adjusted, order, steps, -1)
        return np.moveaxis(adjusted, -1, axis)
    from scipy.stats import false_discovery_control

    return false_discovery_control(array, axis=axis, method=correction)
