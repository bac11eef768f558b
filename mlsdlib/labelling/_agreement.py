"""How far annotators agree beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.labelling._votes import read_votes

LEVELS = ("nominal", "ordinal", "interval")


def fleiss_kappa(counts: Sequence[Sequence[int]]) -> float:
    """Return Fleiss' kappa: agreement beyond chance of a fixed number of labels an item.

    1 is full agreement, 0 what labels drawn from the overall frequencies would reach. If only one
    class was ever given there is nothing to agree about, and the result is NaN. For two annotators
    who label the same items call `sklearn.metrics.cohen_kappa_score`; for a varying number of
    labels an item `krippendorff_alpha`.

    Parameters
    ----------
    counts : integer array of shape (n_items, n_classes)
        How many annotators gave each label to each item; every row adds up to the same number, at
        least 2.

    Raises
    ------
    TypeError, ValueError
        If `counts` is not such a table.

    References
    ----------
    Fleiss (1971), *Measuring nominal scale agreement among many raters*.

    Examples
    --------
    >>> fleiss_kappa([[3, 0], [0, 3], [3, 0], [1, 2]])
    0.657
    """
    table = np.asarray(counts)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"counts must have the shape (n_items, n_classes), got {table.shape}")
    if table.dtype.kind not in "iu":
        raise TypeError(f"counts must hold whole numbers, got dtype {table.dtype}")
    if table.min() < 0:
        raise ValueError(f"counts must not be negative, got {table.min()}")
    totals = table.sum(axis=1)
    if totals.min() != totals.max() or totals[0] < 2:
        raise ValueError(
            "counts must have the same number of labels in every row, at least 2; got "
            f"{totals.min()} to {totals.max()}"
        )
    table, n = table.astype(float), int(totals[0])
    observed = ((table**2).sum(axis=1) - n).mean() / (n * (n - 1))
    expected = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    return float((observed - expected) / (1 - expected)) if expected < 1 else float("nan")


def krippendorff_alpha(
    items: Sequence, annotators: Sequence, labels: Sequence, *, level: str = "nominal"
) -> float:
    """Return Krippendorff's alpha: agreement beyond chance, whoever labelled how many items.

    1 is full agreement, 0 what labels dealt out at random would reach, below 0 is systematic
    disagreement. Items with a single label say nothing and are left out; if all labels are the
    same, the result is NaN.

    Parameters
    ----------
    items, annotators, labels : sequences of shape (n,)
        One row per label given. A missing label (None or NaN) is left out. An annotator gives an
        item at most one label.
    level : {"nominal", "ordinal", "interval"}
        How far apart two labels are: all equally, by their ranks, or by their difference. Ordinal
        labels are ranked as they sort; interval labels are numbers.

    Raises
    ------
    TypeError, ValueError
        If the columns differ in length, items or annotators hold nulls, no item has two labels, an
        annotator labelled an item twice, or `level` does not fit the labels.

    References
    ----------
    Krippendorff (2011), *Computing Krippendorff's alpha-reliability*.

    Examples
    --------
    >>> items = ["a", "a", "b", "b", "c", "c"]
    >>> who = [1, 2, 1, 2, 1, 2]
    >>> krippendorff_alpha(items, who, [1, 1, 3, 2, 4, 4])
    0.615
    >>> krippendorff_alpha(items, who, [1, 1, 3, 2, 4, 4], level="interval")
    0.912
    """
    import pandas as pd

    if level not in LEVELS:
        raise ValueError(f"level must be among {', '.join(LEVELS)}; got {level!r}")
    votes = read_votes(items, annotators, labels, sort=False)
    pairs = votes.item.astype(np.int64) * len(votes.annotators) + votes.annotator
    if not pd.Series(pairs).is_unique:  # numpy's own test sorts, which takes most of the time
        raise ValueError("labels must hold one label an item and annotator, got two for one pair")
    k = len(votes.classes)
    counts = np.bincount(votes.item * k + votes.label, minlength=len(votes.items) * k)
    counts = counts.reshape(-1, k).astype(float)
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        raise ValueError("labels must hold an item with two labels, got none")
    n = counts.sum(axis=1)
    weighted = counts / (n - 1)[:, None]
    # Pairs of labels within an item: all of its labels with each other, less each with itself.
    coincidences = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    totals = counts.sum(axis=0)
    distance = _distances(level, votes.classes, totals)
    expected = totals @ distance @ totals / (totals.sum() - 1)
    if expected == 0:
        return float("nan")
    return float(1 - (coincidences * distance).sum() / expected)


def _distances(level: str, classes: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return the squared distance of every two classes."""
    if level == "nominal":
        return 1.0 - np.eye(len(classes))
    if level == "ordinal":  # the labels that lie between two classes, half of their own included
        place = np.cumsum(totals) - totals / 2
    else:
        if classes.dtype.kind not in "biuf":
            raise TypeError(f"labels must be numbers for level='interval', got {classes[0]!r}")
        place = classes.astype(float)
        if not np.isfinite(place).all():
            raise ValueError("labels must be finite for level='interval', got infinity")
    return (place[:, None] - place[None, :]) ** 2
