"""What a training table knows that it should not, and what it shares with the test table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.features._overlaps import future, overlaps
from mlsdlib.features._scores import Bins, Labels, bins_of, labels_of, purity, score

if TYPE_CHECKING:
    import pandas as pd

SHUFFLES = 19
"""Where a label depends on no column, one report of 20 goes further beyond a limit than this many
shuffles of the label do, as (b + 1) / (B + 1) says."""

LIMITS = {
    "duplicates": 0.01,  # beyond the share that chance explains
    "index": 0.0,
    "time": 0.0,
    "group": 0.0,
    "future": 0.0,
    "identifier": {"AUC": 0.6, "R2": 0.2},
    "score": {"AUC": 0.8, "R2": 0.6},
    "value": 0.95,
    "missing": 0.95,
}
"""What is suspicious lies above, and above chance. R² has the limits of 2 AUC - 1."""

_FEWEST_ROWS = 10


@dataclass(frozen=True, eq=False)
class LeakageReport:
    """What `leakage_report` found.

    Parameters
    ----------
    frame : DataFrame
        One row for each check and column, with "check", "column" (empty where a check is about
        whole rows), "value", "chance" (what chance alone reaches; NaN where it has no part),
        "limit", "suspicious" and "detail".
    metric : str
        The score of single columns: "AUC" or "R2".
    """

    frame: pd.DataFrame
    metric: str

    @property
    def suspicious(self) -> pd.DataFrame:
        """The rows of the frame whose value lies above the limit."""
        return self.frame[self.frame["suspicious"]].reset_index(drop=True)


def leakage_report(
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    target: str,
    time: str | None = None,
    group: str | None = None,
    rng: object = None,
) -> LeakageReport:
    """Return which columns and rows may let a model score better than it will in use.

    A suspicion is not a proof: a column may be that good, a planned date may lie in the future.
    Each finding asks whether the value could have been known when the prediction is made.

    =============  ===================================================  ======================
    check          value                                                suspicious above
    =============  ===================================================  ======================
    duplicates     share of test rows that a training row repeats       0.01 more than chance
    index          share of test rows whose index label is in train     0
    time           share of test rows not later than all of train       0
    group          share of test rows whose group is in train           0
    future         share of training rows with a date after `time`      0
    identifier     score of index, time, group or a row number alone    AUC 0.6, R² 0.2
    score          score of any other column alone                      AUC 0.8, R² 0.6
    value          how nearly one value of a column fixes the label     0.95
    missing        the same of a column's being missing, or not         0.95
    =============  ===================================================  ======================

    Parameters
    ----------
    train, test : DataFrame
        With the same columns.
    target : str
        Column of the label. Numbers with more than 20 distinct values count as numbers (R²), all
        others as classes (AUC, of the class that is told best; where there are larger ones, none of
        fewer than 20 rows).
    time : str, optional
        Column of the moment of prediction, numbers or datetimes. "future" needs datetimes, and
        looks at the columns of datetimes and at text that is a date like 2015-07-01.
    group : str, optional
        Column of what rows have in common: a user, a patient, an author.
    rng : seed or numpy Generator, optional
        For the folds and the shuffles of the label.

    Returns
    -------
    LeakageReport
        All values in ``frame``, those to look into in ``suspicious``.

    Raises
    ------
    TypeError
        If `train` or `test` is no DataFrame, `time` holds neither numbers nor datetimes or not the
        same in both, or a column holds what cannot be hashed.
    ValueError
        If columns differ or are not there, a table has fewer than 10 rows (`test`: none), or the
        target has nulls or a single value.

    Notes
    -----
    The score is cross-validated on `train`: five folds, numbers cut into at most 32 parts of
    equally many rows, and the mean label of each part learnt on the other folds. A value must have
    1 % of the rows, and enough of them that 20 with another label would be expected.

    Chance is, for scores and values, the best that any column reaches when the label is shuffled,
    19 times. Where a shuffle goes beyond a limit, all these limits are raised by as much: if
    nothing tells the label, at most one report of 20 holds a false alarm among them. For
    duplicates, chance is their share when each column is shuffled on its own. Columns that number
    the rows (whole numbers or text, no two alike) are left out of the search for duplicates. An
    index that merely counts from 0 in both tables is not compared.

    References
    ----------
    Kaufman et al. (2012), *Leakage in Data Mining*; Kapoor & Narayanan (2023), *Leakage and the
    Reproducibility Crisis in Machine-Learning-Based Science*.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> table = pd.DataFrame({"x": rng.normal(size=1000), "closed": y + rng.normal(0, 0.3, 1000)})
    >>> table["bought"] = y
    >>> report = leakage_report(table[:800], table[790:], target="bought", rng=0)
    >>> report.suspicious[["check", "column", "value"]].round(2)
            check  column  value
    0  duplicates           0.05
    1       index           0.05
    2       score  closed   0.99
    """
    _check(train, test, target=target, time=time, group=group)
    rng = np.random.default_rng(rng)
    labels = labels_of(train[target], rng)
    found = [
        *overlaps(train, test, time=time, group=group, rng=rng),
        *future(train, target=target, time=time),
    ]
    found = [
        (one.check, one.column, one.value, one.chance, _limit(one.check, labels), one.detail)
        for one in found
    ]
    found += _tells(train, labels, target=target, time=time, group=group, rng=rng)
    import pandas as pd

    frame = pd.DataFrame(found, columns=["check", "column", "value", "chance", "limit", "detail"])
    frame["limit"] += frame["chance"].where(frame["check"].eq("duplicates"), 0.0)
    # A limit raised to a value that a shuffle reached is not exceeded by the same value.
    frame.insert(5, "suspicious", frame["value"] - frame["limit"] > 1e-12)
    return LeakageReport(frame, labels.metric)


def _check(train: object, test: object, **columns: str | None) -> None:
    import pandas as pd

    for name, table in (("train", train), ("test", test)):
        if not isinstance(table, pd.DataFrame):
            raise TypeError(f"{name} must be a DataFrame, got {type(table).__name__}")
        if table.columns.has_duplicates:
            repeated = table.columns[table.columns.duplicated()].tolist()
            raise ValueError(f"{name} must have each column once, got {repeated} again")
    if odd := train.columns.symmetric_difference(test.columns).tolist():
        raise ValueError(f"train and test must have the same columns, got only in one {odd}")
    if len(train) < _FEWEST_ROWS or not len(test):
        raise ValueError(
            f"train must have {_FEWEST_ROWS} rows and test one, got {len(train)} and {len(test)}"
        )
    given = {name: column for name, column in columns.items() if column is not None}
    given["target"] = columns["target"]
    for name, column in given.items():
        if column not in train.columns:
            raise ValueError(f"{name} must be a column of train, got {column!r}")
        if list(given.values()).count(column) > 1:
            raise ValueError(f"{name} must be a column of its own, got {column!r}")
    if "time" in given:
        _check_time(*(table[given["time"]] for table in (train, test)))


def _check_time(train: pd.Series, test: pd.Series) -> None:
    if train.dtype.kind not in "iufM":
        raise TypeError(f"time must hold numbers or datetimes, got dtype {train.dtype}")
    kinds = [
        (one.dtype.kind == "M", getattr(one.dtype, "tz", None) is None) for one in (train, test)
    ]
    if kinds[0] != kinds[1]:
        raise TypeError(
            f"time must be of one kind in train and test, got {train.dtype} and {test.dtype}"
        )


def _tells(
    train: pd.DataFrame,
    labels: Labels,
    *,
    target: str,
    time: str | None,
    group: str | None,
    rng: np.random.Generator,
) -> Iterator[tuple]:
    """Yield how much each column alone tells of the label, beside what chance can."""
    columns = [("identifier", "index", _row_numbers(train.index))]
    for name in train.columns.drop(target):
        is_name = name in (time, group) or _is_numbering(train[name])
        columns.append(("identifier" if is_name else "score", name, train[name]))
    columns = [(check, name, bins_of(f"column {name!r}", one)) for check, name, one in columns]
    chance: dict[str, float] = {}
    beyond = 0.0
    for _ in range(SHUFFLES):
        shuffled = labels.shuffled(rng)
        for check, _, bins in columns:
            for kind, value, _ in _statistics(check, bins, shuffled):
                chance[kind] = max(value, chance.get(kind, value))
                beyond = max(beyond, value - _limit(kind, labels))
    for check, name, bins in columns:
        for kind, value, place in _statistics(check, bins, labels):
            detail = _describe(kind, bins, labels, place)
            yield kind, name, value, chance[kind], _limit(kind, labels) + beyond, detail


def _limit(check: str, labels: Labels) -> float:
    limit = LIMITS[check]
    return limit[labels.metric] if isinstance(limit, dict) else limit


def _statistics(
    check: str, bins: Bins, labels: Labels
) -> Iterator[tuple[str, float, tuple | None]]:
    """Yield the checks of one column: name, value, and the bin, class and cells it is about."""
    table, is_classes = labels.table(bins), labels.classes is not None
    yield check, score(table, is_classes=is_classes), None
    if check == "identifier":
        return
    cells = table.sum(axis=0)
    parts = [("value", cells[:-1])]
    if cells[-1].any():
        parts.append(("missing", np.stack([cells[:-1].sum(axis=0), cells[-1]])))
    for kind, part in parts:
        gone = purity(part, cells.sum(axis=0), is_classes=is_classes)
        if gone.size:
            place, best = np.unravel_index(int(gone.argmax()), gone.shape)
            yield kind, float(gone.max()), (int(place), int(best), part[place])


def _describe(kind: str, bins: Bins, labels: Labels, place: tuple | None) -> str:
    if place is None:
        return f"{labels.metric} of this alone"
    code, best, cell = place
    what = ("not missing", "missing")[code] if kind == "missing" else bins.label(code)
    if labels.classes is None:
        return f"{what}: {cell[0]:,.0f} rows"
    share = cell[best] / max(cell.sum(), 1)
    return f"{what}: {share:.1%} of {cell.sum():,.0f} rows are {labels.classes[best]}"


def _row_numbers(index: pd.Index) -> pd.Index | np.ndarray:
    """Return the index where it has an order that may tell something, else the rows' numbers."""
    is_ordered = index.nlevels == 1 and index.dtype.kind in "iufM"
    return index if is_ordered else np.arange(len(index))


def _is_numbering(column: pd.Series) -> bool:
    """Whether a column gives each row a name or a number of its own."""
    return column.dtype.kind not in "fM" and column.is_unique
