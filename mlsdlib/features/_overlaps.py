"""What a test table shares with the training table, and what comes from after the prediction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.features._codes import combine, factorize

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Overlap:
    """Which rows a check is about, in words, and the share of them that chance explains."""

    check: str
    column: str
    rows: np.ndarray
    what: str
    chance: float = np.nan

    @property
    def value(self) -> float:
        """Their share."""
        return float(np.mean(self.rows))

    @property
    def detail(self) -> str:
        """Their number."""
        return f"{np.sum(self.rows):,} of {len(self.rows):,} {self.what}"


def overlaps(
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    time: str | None,
    group: str | None,
    rng: np.random.Generator,
) -> Iterator[Overlap]:
    """Yield what the two tables have in common."""
    shared, chance = shared_rows(train, test), shared_rows(train, test, rng=rng)
    yield Overlap("duplicates", "", shared, "test rows stand in train", chance.mean())
    if not all(_is_count(table.index) for table in (train, test)):
        yield Overlap("index", "", test.index.isin(train.index), "labels of test stand in train")
    if time is not None:
        last = train[time].max()
        early = (test[time] <= last).to_numpy(bool, na_value=False)
        yield Overlap("time", time, early, f"test rows up to {last}")
    if group is not None:
        inside = test[group].isin(train[group].dropna()).to_numpy()
        yield Overlap("group", group, inside, "test rows are of a group in train")


def future(train: pd.DataFrame, *, target: str, time: str | None) -> Iterator[Overlap]:
    """Yield the columns with dates that come after the moment of prediction."""
    import pandas as pd

    if time is None or not pd.api.types.is_datetime64_any_dtype(train[time]):
        return
    now = _in_utc(train[time])
    for name in train.columns.drop([target, time]):
        if (dates := _dates(train[name])) is not None:
            later = (_in_utc(dates) > now).to_numpy(bool, na_value=False)
            yield Overlap("future", name, later, f"rows have it after {time}")


def shared_rows(train: pd.DataFrame, test: pd.DataFrame, *, rng: object = None) -> np.ndarray:
    """Return which rows of `test` also stand in `train`; with `rng`, of shuffled columns."""
    import pandas as pd

    columns = []
    for i, name in enumerate(train.columns):
        both = pd.concat([train.iloc[:, i], test[name]], ignore_index=True)
        codes, uniques = factorize(f"column {name!r}", both)
        if len(uniques) == len(both) and uniques.dtype.kind != "f":
            continue
        codes = codes + 1  # nulls are equal to each other
        columns.append((codes if rng is None else rng.permutation(codes), len(uniques) + 1))
    if not columns:
        return np.zeros(len(test), bool)
    rows = combine(columns)
    in_train = np.zeros(len(rows), bool)
    in_train[rows[: len(train)]] = True
    return in_train[rows[len(train) :]]


def _is_count(index: pd.Index) -> bool:
    """Whether an index only counts the rows from 0."""
    import pandas as pd

    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def _dates(column: pd.Series) -> pd.Series | None:
    """Return a column as datetimes if it holds them, or text that is dates from year to day."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return column
    known = column.dropna()
    is_dates = pd.api.types.infer_dtype(known) in ("date", "datetime")  # as a file may hold them
    if not is_dates and not (len(known) and pd.api.types.is_string_dtype(known)):
        return None
    if not is_dates and not known.astype(str).str.match(r"\d{4}-\d\d-\d\d(\D|$)").all():
        return None
    dates = pd.to_datetime(column, format="ISO8601", errors="coerce", utc=True)
    return dates if dates.notna().sum() == len(known) else None


def _in_utc(dates: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.to_datetime(dates, utc=True)
