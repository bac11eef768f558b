"""How much one column alone tells of a label, from nothing but counts.

A column is cut into bins, and a table says how often each label stands in each bin and fold. Every
score is read from such a table, so that one more shuffle of the labels costs one more count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlsdlib.features._codes import factorize

FOLDS = 5
PARTS = 32
"""A number with more distinct values is cut into at most so many parts of equally many rows, and
into no more than the square root of the number of rows."""

HEAVY = 0.01
"""A value, or a bin, counts as something of its own from this share of the rows on."""

FEWEST = 20
"""And from this many rows on."""

_SMOOTHING = 10.0
"""A bin's mean is drawn to that of all rows as if it had this many more rows."""

_MOST_CLASSES = 20
_ORDERED = "iufMm"  # kinds of dtypes: numbers, datetimes and timedeltas


@dataclass(frozen=True)
class Bins:
    """A column as bins: the last one holds what is missing, and may be empty."""

    codes: np.ndarray  # of each row
    uniques: object  # the distinct values
    places: np.ndarray  # and the bin of each

    @property
    def size(self) -> int:
        """Number of bins."""
        return int(self.places.max(initial=-1)) + 2

    def label(self, code: int) -> str:
        """Return what a bin holds, in words."""
        if code == self.size - 1:
            return "missing"
        values = self.uniques[self.places == code]
        if len(values) == 1:
            return _show(values[0])
        if self.uniques.dtype.kind in _ORDERED:
            return f"{_show(min(values))} to {_show(max(values))}"
        return "values seen once"


@dataclass(frozen=True)
class Labels:
    """A target in rows and folds: as the codes of classes, or as centred and scaled numbers."""

    values: np.ndarray
    classes: tuple | None
    folds: np.ndarray

    @property
    def metric(self) -> str:
        """Name of the score: AUC, of the class told best if there are several, or R²."""
        return "R2" if self.classes is None else "AUC"

    def shuffled(self, rng: np.random.Generator) -> Labels:
        """Return the same labels in another order."""
        return Labels(rng.permutation(self.values), self.classes, self.folds)

    def table(self, bins: Bins) -> np.ndarray:
        """Return an array of shape (folds, bins, classes), or (..., 3): count, sum and squares."""
        place = self.folds * bins.size + bins.codes
        if self.classes is None:
            powers = (None, self.values, self.values**2)
            cells = [np.bincount(place, power, FOLDS * bins.size) for power in powers]
            return np.stack(cells, axis=-1).reshape(FOLDS, bins.size, 3)
        n = len(self.classes)
        cells = np.bincount(place * n + self.values, minlength=FOLDS * bins.size * n)
        return cells.reshape(FOLDS, bins.size, n).astype(float)


def bins_of(name: str, column: object) -> Bins:
    """Return a column cut into bins, without a look at the labels."""
    codes, uniques = factorize(name, column)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    places = np.arange(len(uniques))
    if uniques.dtype.kind in _ORDERED:
        parts = min(PARTS, max(math.isqrt(len(codes)), 2))
        if len(uniques) > parts:
            order = np.argsort(np.asarray(uniques), kind="stable")
            before = np.cumsum(counts[order]) - counts[order]
            places[order] = before * parts // counts.sum()
            # A value of many rows, such as a 0 or a 999, may mean something else than its like.
            heavy = np.flatnonzero(counts >= max(HEAVY * len(codes), FEWEST))
            places[heavy] = parts + np.arange(len(heavy))
    else:
        # What was seen once, a name or an identifier, tells nothing that could be tried elsewhere.
        once = counts == 1
        places = np.where(once, 0, np.cumsum(~once) - (0 if once.any() else 1))
    places = np.unique(places, return_inverse=True)[1]
    missing = int(places.max(initial=-1)) + 1
    return Bins(np.where(codes < 0, missing, places[codes] if len(places) else 0), uniques, places)


def labels_of(target: object, rng: np.random.Generator) -> Labels:
    """Return the target with folds drawn for it; numbers of more than 20 values stay numbers."""
    codes, uniques = factorize("train[target]", target)
    if (codes < 0).any():
        raise ValueError(f"train[target] must not hold nulls, got {int((codes < 0).sum())}")
    if len(uniques) < 2:
        raise ValueError(f"train[target] must hold two values or more, got {len(uniques)}")
    folds = rng.permutation(len(codes)) % FOLDS
    if len(uniques) <= _MOST_CLASSES or uniques.dtype.kind not in "iuf":
        return Labels(codes, tuple(uniques.tolist()), folds)
    numbers = np.asarray(target, float)
    if not np.isfinite(numbers).all():
        raise ValueError("train[target] must be finite")
    numbers = numbers / np.abs(numbers).max()  # else squares of the largest would be infinite
    return Labels((numbers - numbers.mean()) / numbers.std(), None, folds)


def score(table: np.ndarray, *, is_classes: bool) -> float:
    """Return how well the bins' means, learnt on the other folds, foretell a fold: AUC or R²."""
    return _auc(table) if is_classes else _r2(table)


def _auc(table: np.ndarray) -> float:
    """Return the area under the ROC curve, averaged over folds, of the class that is told best."""
    others = table.sum(axis=0) - table
    rows = others.sum(axis=2, keepdims=True)
    rate = others.sum(axis=1, keepdims=True) / rows.sum(axis=1, keepdims=True)
    # Rounded, two bins that are equal tie: in the last digit they may not be.
    learnt = np.round((others + _SMOOTHING * rate) / (rows + _SMOOTHING), 12)
    totals = table.sum(axis=(1, 2))[:, None]
    positives = table.sum(axis=1)
    pairs = positives * (totals - positives)
    others_here = table.sum(axis=2, keepdims=True) - table
    above = np.zeros_like(pairs)
    for turn in (slice(None), slice(None, None, -1)):  # of ties, each order gives half
        order = np.argsort(learnt[:, turn], axis=1, kind="stable")
        hits = np.take_along_axis(table[:, turn], order, axis=1)
        misses = np.take_along_axis(others_here[:, turn], order, axis=1)
        above += (hits * (np.cumsum(misses, axis=1) - misses / 2)).sum(axis=1) / 2
    # A class of a few rows is told by chance, and would hide what tells the others.
    sizes = table.sum(axis=(0, 1))
    is_asked = (pairs > 0) & (sizes >= min(FEWEST, np.sort(sizes)[-2]))
    areas = np.divide(above, pairs, out=np.zeros_like(above), where=is_asked)
    in_folds = is_asked.sum(axis=0)  # in how many folds a class and another one stand
    asked = in_folds > 0
    return float((areas.sum(axis=0)[asked] / in_folds[asked]).max()) if asked.any() else 0.5


def _r2(table: np.ndarray) -> float:
    """Return the share of variance told."""
    others = table.sum(axis=0) - table
    mean = others[..., 1].sum(axis=1) / others[..., 0].sum(axis=1)
    learnt = (others[..., 1] + _SMOOTHING * mean[:, None]) / (others[..., 0] + _SMOOTHING)
    count, total, squares = np.moveaxis(table, -1, 0)
    error = (squares - 2 * learnt * total + learnt**2 * count).sum()
    # Each fold around its own mean: the R² of a fold, averaged with its variance as weight.
    in_fold = np.maximum(count.sum(axis=1), 1)
    return float(1 - error / (squares.sum() - (total.sum(axis=1) ** 2 / in_fold).sum()))


def purity(cells: np.ndarray, everything: np.ndarray, *, is_classes: bool) -> np.ndarray:
    """Return for each bin how nearly it fixes the label, of shape (bins, classes), or (bins, 1).

    1 says that all its rows are of the class, 0 that they are like all others: of the share of rows
    that are not of the class, or of the variance, this part is gone. A bin of too few rows has 0.

    Parameters
    ----------
    cells : array of shape (bins, classes or 3)
        A table without its folds.
    everything : array of shape (classes or 3,)
        The same of all rows.
    """
    rows = cells.sum(axis=1) if is_classes else cells[:, 0]
    rows, total = rows[:, None], everything.sum() if is_classes else everything[0]
    with np.errstate(invalid="ignore"):  # an empty bin
        if is_classes:
            others = 1 - everything / total
            gone = 1 - (1 - cells / rows) / others
        else:
            others = 1.0
            gone = 1 - _variance(cells)[:, None] / _variance(everything)
    # So many rows of another label would be there if the bin were like all others.
    return np.where((rows * others >= FEWEST) & (rows >= HEAVY * total), gone, 0.0)


def _variance(moments: np.ndarray) -> np.ndarray:
    return moments[..., 2] / moments[..., 0] - (moments[..., 1] / moments[..., 0]) ** 2


def _show(value: object) -> str:
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, (float, np.floating)):
        return f"{value:g}"
    return str(value)
