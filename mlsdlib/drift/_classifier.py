"""Can a classifier tell old rows from new ones? A test, and weights that undo the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.drift._inputs import positive, two_samples

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


@dataclass(frozen=True, slots=True)
class ClassifierTest:
    """What a classifier two-sample test found.

    Parameters
    ----------
    statistic : float
        The AUC with which a classifier tells new rows from old on rows it has not seen: 0.5 if
        they are alike. It is a measure of the size of the shift, too.
    pvalue : float
        Of an AUC of 0.5, one-sided (Mann & Whitney).
    n, m : int
        Rows of the two samples that were held out.
    """

    statistic: float
    pvalue: float
    n: int
    m: int


def classifier_test(
    reference: Sequence,
    current: Sequence,
    *,
    model: ClassifierMixin | None = None,
    rng: np.random.Generator | int | None = None,
) -> ClassifierTest:
    """Return the classifier two-sample test (Lopez-Paz & Oquab 2017).

    Half of the rows of each sample train a classifier, the others test it, so that the p value is
    valid whatever the classifier. It sees how columns go together, if the classifier does.

    Parameters
    ----------
    reference, current : arrays of shape (n, d) and (m, d)
        Numbers; at least 4 rows each.
    model : scikit-learn classifier, optional
        With ``predict_proba``. By default gradient boosting of trees.
    rng : numpy Generator, int or None
        Source of the split.

    Raises
    ------
    TypeError, ValueError
        If a sample is not such numbers, or the columns differ.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> old = rng.normal(size=(400, 2))
    >>> new = np.column_stack([old[:, 0], old[:, 0] + 0.1 * rng.normal(size=400)])
    >>> found = classifier_test(old, new, rng=1)
    >>> found.statistic > 0.8, found.pvalue < 0.001
    (True, True)
    """
    from scipy.stats import mannwhitneyu
    from sklearn.base import clone

    old, new = two_samples(("reference", "current"), reference, current, at_least=4)
    rng = np.random.default_rng(rng)
    if model is None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            max_iter=50, random_state=int(rng.integers(2**31)), early_stopping=False
        )
    halves = [np.split(x[rng.permutation(len(x))], [len(x) // 2]) for x in (old, new)]
    train = [half[0] for half in halves]
    fitted = clone(model).fit(np.concatenate(train), np.repeat([0, 1], list(map(len, train))))
    low, high = (fitted.predict_proba(half[1])[:, 1] for half in halves)
    test = mannwhitneyu(high, low, alternative="greater", method="asymptotic")
    auc = float(test.statistic) / (len(low) * len(high))
    return ClassifierTest(auc, float(test.pvalue), len(low), len(high))


def density_ratio_weights(
    reference: Sequence,
    current: Sequence,
    *,
    model: ClassifierMixin | None = None,
    clip: float | None = None,
    folds: int = 5,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return weights with which the old rows look like the new ones: the ratio of densities.

    A classifier that tells new rows from old gives the odds of a row being new, and those are, up
    to the sizes of the samples, the density of the new over that of the old (Bickel, Brückner &
    Scheffer 2009). Each row is weighed by a model that has not seen it. Where old rows are missing
    no weight brings them back: look at `mlsdlib.sampling.effective_sample_size` of the weights.

    Parameters
    ----------
    reference, current : arrays of shape (n, d) and (m, d)
        Inputs of the old rows and of the new ones; no labels.
    model : scikit-learn classifier, optional
        With ``predict_proba``, and calibrated: its odds are what counts. By default a logistic
        regression on scaled columns, right for shifted normal distributions of equal spread.
    clip : float, optional
        Largest weight, before they are scaled to a mean of 1: less variance for some bias.
    folds : int
        Number of parts, each weighed by a model of the others.
    rng : numpy Generator, int or None
        Source of the parts.

    Returns
    -------
    array of shape (n,)
        Weights of the old rows, positive, with a mean of 1.

    Raises
    ------
    TypeError, ValueError
        If a sample is not such numbers or has fewer rows than folds, or an option is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> old, new = rng.normal(size=2_000), rng.normal(0.5, size=2_000)
    >>> weights = density_ratio_weights(old, new, rng=1)
    >>> abs(weights @ old / len(old) - 0.5) < 0.1
    np.True_
    """
    from sklearn.base import clone

    folds = whole("folds", folds, at_least=2)
    old, new = two_samples(("reference", "current"), reference, current, at_least=folds)
    if clip is not None:
        positive("clip", clip)
    if model is None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression())
    rng = np.random.default_rng(rng)
    part_old, part_new = (rng.permutation(np.arange(len(x)) % folds) for x in (old, new))
    weights = np.empty(len(old))
    for k in range(folds):
        seen = old[part_old != k], new[part_new != k]
        fitted = clone(model).fit(np.concatenate(seen), np.repeat([0, 1], list(map(len, seen))))
        p = fitted.predict_proba(old[part_old == k])[:, 1]
        p = np.clip(p, 1e-9, 1 - 1e-9)  # a tree may be sure, and a weight must be finite
        weights[part_old == k] = p / (1 - p) * len(seen[0]) / len(seen[1])
    if clip is not None:
        weights = np.minimum(weights, clip)
    return weights / weights.mean()
