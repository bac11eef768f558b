"""Two models on the same data: is the difference more than chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths
from mlsdlib.estimate import Estimate
from mlsdlib.evaluation._inputs import vector


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a test of two models found.

    Parameters
    ----------
    difference : Estimate
        The mean difference and its 95 % interval, which leaves out zero exactly where `pvalue` is
        below 0.05.
    statistic : float
        Student's t.
    pvalue : float
        Of both sides.
    n : int
        Number of units that were compared: splits, rows or groups.
    """

    difference: Estimate
    statistic: float
    pvalue: float
    n: int


def corrected_resampled_t(differences: Sequence[float], n_train: int, n_test: int) -> Comparison:
    """Return the mean difference of two models over splits of one data set, tested.

    Splits of the same rows share most of them, so their differences are not independent and the
    usual variance, over the number of splits, is too small: more splits would make any difference
    significant. Nadeau and Bengio add ``n_test / n_train`` to one over the number of splits, which
    no number of splits can take away.

    Parameters
    ----------
    differences : array of shape (k,), k >= 2
        Score of one model minus that of the other, a split each.
    n_train, n_test : float
        Rows a split trains on and tests on; only their ratio counts. For a k-fold
        cross-validation it is ``1 / (k - 1)``.

    Returns
    -------
    Comparison
        Differences that do not vary at all give a p value of 0, or of 1 where they are all zero.

    Raises
    ------
    ValueError
        If there are fewer than two differences, or a size is not positive.

    References
    ----------
    Nadeau & Bengio 2003, *Inference for the generalization error*, Machine Learning 52.

    Examples
    --------
    >>> found = corrected_resampled_t([0.01, 0.03, 0.02, 0.02, 0.02], n_train=80, n_test=20)
    >>> print(found.difference, round(found.pvalue, 3))
    0.02 [0.00683, 0.0332] 0.014
    """
    d = vector("differences", differences, at_least=2)
    for name, size in (("n_train", n_train), ("n_test", n_test)):
        if not 0 < size < math.inf:
            raise ValueError(f"{name} must be positive, got {size!r}")
    share = 1 / len(d) + n_test / n_train
    return _student(d.mean(), _sd(d) * math.sqrt(share), len(d), "corrected resampled t")


def paired_comparison(
    loss_a: Sequence[float],
    loss_b: Sequence[float],
    *,
    by: Sequence | None = None,
) -> Comparison:
    """Return the mean of ``loss_a - loss_b`` over the rows that both models predicted, tested.

    Rows that belong together, the hours of a day or the orders of a user, err together: with `by`
    the groups are the independent units, not the rows (the usual cluster-robust variance).

    Parameters
    ----------
    loss_a, loss_b : arrays of shape (n,)
        Loss of each model on each row: 0 and 1 for right and wrong, or an absolute error. Above
        zero, `b` is the better model.
    by : array of shape (n,), optional
        The group of each row. Without it every row is its own.

    Raises
    ------
    ValueError
        If the lengths differ, there are fewer than two rows or groups, or a loss is not finite.

    Examples
    --------
    >>> a, b = [3.0, 3.0, 1.0, 2.0, 5.0, 5.0], [2.0, 2.0, 1.0, 1.0, 3.0, 2.0]
    >>> print(paired_comparison(a, b).difference)
    1.33 [0.249, 2.42]
    >>> print(paired_comparison(a, b, by=["mon", "mon", "tue", "tue", "wed", "wed"]).difference)
    1.33 [-1.25, 3.92]
    """
    a, b = vector("loss_a", loss_a, at_least=2), vector("loss_b", loss_b, at_least=2)
    check_lengths(loss_a=a, loss_b=b)
    d = a - b
    mean = d.mean()
    if by is None:
        return _student(mean, _sd(d) / math.sqrt(len(d)), len(d), "paired t")
    import pandas as pd

    check_lengths(loss_a=a, by=by)
    groups, names = pd.factorize(pd.Series(by))
    if (groups < 0).any():
        raise ValueError(f"by must not hold nulls, got {int((groups < 0).sum())}")
    k = len(names)
    if k < 2:
        raise ValueError(f"by must name at least two groups, got {k}")
    residuals = np.bincount(groups, d - mean)
    error = math.sqrt(k / (k - 1) * float(residuals @ residuals)) / len(d)
    return _student(mean, error, k, "paired t over groups")


def _sd(d: np.ndarray) -> float:
    # Equal numbers have no spread; their mean, rounded, would give them one.
    return 0.0 if (d == d[0]).all() else float(d.std(ddof=1))


def _student(mean: float, error: float, n: int, method: str) -> Comparison:
    """Return Student's t of a mean with its standard error, on n - 1 degrees of freedom."""
    from scipy.special import stdtr, stdtrit

    mean = float(mean)
    if error == 0 and mean == 0:
        statistic = 0.0  # the same on every unit
    else:
        statistic = mean / error if error else math.copysign(math.inf, mean)
    half = float(stdtrit(n - 1, 0.975)) * error
    difference = Estimate(mean, mean - half, mean + half, method, n)
    return Comparison(difference, statistic, float(2 * stdtr(n - 1, -abs(statistic))), n)
