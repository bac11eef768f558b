"""Whether a batch and a stream computed the same features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Parity:
    """How two tables of features compare, key by key.

    Parameters
    ----------
    keys : int
        Number of keys in either table.
    different : tuple
        Keys in both tables with a feature that differs by more than the tolerance.
    only_batch, only_stream : tuple
        Keys that are in one table only.
    max_difference : float
        The largest difference of two values of the same key and feature; infinite where
        only one of them is NaN, 0.0 where the tables have no key in common.
    """

    keys: int
    different: tuple
    only_batch: tuple
    only_stream: tuple
    max_difference: float

    @property
    def skewed(self) -> int:
        """Number of keys that are different or missing; ``skewed / keys`` is the skew rate."""
        return len(self.different) + len(self.only_batch) + len(self.only_stream)

    def __str__(self) -> str:
        return (
            f"{self.skewed} of {self.keys} keys skewed: {len(self.different)} different, "
            f"{len(self.only_batch)} only in batch, {len(self.only_stream)} only in stream; "
            f"largest difference {self.max_difference:.3g}"
        )


def parity(
    batch: pd.Series | pd.DataFrame, stream: pd.Series | pd.DataFrame, *, tol: float = 0.0
) -> Parity:
    """Return where two tables of features agree, whatever the order of their rows and columns.

    Two NaNs are equal, so are two infinities of the same sign. A key that only one table has is
    reported, not skipped: an inner join of the two would look perfect after any loss of rows.

    Parameters
    ----------
    batch, stream : Series or DataFrame of shape (n,) or (n, m)
        Numeric features, one row per key; the index is the key, without duplicates or nulls.
    tol : float
        Largest difference that still counts as equal, at least 0, in the unit of the features.
        They are compared as float64.

    Raises
    ------
    TypeError
        If a table is neither, or holds something else than numbers, or one is a Series and the
        other a DataFrame.
    ValueError
        If both are empty, a key or a column comes twice, a key is a null, the columns differ, or
        `tol` is negative or NaN.

    Examples
    --------
    >>> import pandas as pd
    >>> batch = pd.Series({"a": 1.0, "b": float("nan"), "c": 3.0})
    >>> stream = pd.Series({"c": 3.5, "b": float("nan"), "d": 4.0})
    >>> print(parity(batch, stream))
    3 of 4 keys skewed: 1 different, 1 only in batch, 1 only in stream; largest difference 0.5
    >>> parity(batch, stream, tol=0.5).different
    ()
    """
    if isinstance(tol, bool) or not isinstance(tol, (int, float, np.number)):
        raise TypeError(f"tol must be a number, got {tol!r}")
    if not tol >= 0:
        raise ValueError(f"tol must be at least 0, got {tol}")
    if type(batch) is not type(stream):
        kinds = f"{type(batch).__name__} and {type(stream).__name__}"
        raise TypeError(f"batch and stream must be of one kind, Series or DataFrame; got {kinds}")
    batch, stream = _table("batch", batch), _table("stream", stream)
    if len(batch) + len(stream) == 0:
        raise ValueError("batch and stream must hold at least one key, got none")
    if set(batch.columns) != set(stream.columns):
        raise ValueError(
            f"batch and stream must have the same columns, got {list(batch.columns)} and "
            f"{list(stream.columns)}"
        )
    where = stream.index.get_indexer(batch.index)
    both = where >= 0
    a = batch.to_numpy()[both]
    b = stream[batch.columns].to_numpy()[where[both]]
    gap = _differences(a, b)
    extra = np.ones(len(stream), bool)
    extra[where[both]] = False
    return Parity(
        keys=int(len(batch) + extra.sum()),
        different=tuple(batch.index[both][(gap > tol).any(axis=1)]),
        only_batch=tuple(batch.index[~both]),
        only_stream=tuple(stream.index[extra]),
        max_difference=float(gap.max(initial=0.0)),
    )


def _table(name: str, table: object) -> pd.DataFrame:
    import pandas as pd

    if not isinstance(table, (pd.Series, pd.DataFrame)):
        raise TypeError(f"{name} must be a Series or a DataFrame, got {type(table).__name__}")
    if isinstance(table, pd.Series):
        table = table.to_frame("value")
    if table.columns.has_duplicates:
        twice = table.columns[table.columns.duplicated()]
        raise ValueError(f"{name} must have each column once, got {twice[0]!r} more often")
    for column, dtype in table.dtypes.items():
        if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
            raise TypeError(f"{name} must hold numbers, got {dtype} in {column!r}")
    index = table.index
    nulls = index.to_frame().isna().to_numpy().any(axis=1)
    if nulls.any():
        raise ValueError(f"{name} must not have nulls as keys, got {int(nulls.sum())}")
    if index.has_duplicates:
        twice = index[index.duplicated()].tolist()
        raise ValueError(f"{name} must have each key once, got {twice[0]!r} more often")
    return table.astype(float)


def _differences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return how far two arrays are apart; infinity where only one of two is NaN."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):  # the difference of two infinities
        gap = np.abs(a - b)
    return np.where(same, 0.0, np.where(np.isnan(gap), math.inf, gap))
