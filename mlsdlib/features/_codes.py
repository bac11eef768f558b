"""Values as small whole numbers: of one column, and of whole rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_ROOM = 2**62  # products of two sizes must fit in an int64


def factorize(name: str, values: object) -> tuple[np.ndarray, object]:
    """Return each value's position among the distinct ones, -1 for a null, and these.

    Distinct means what it means to Python: 1, 1.0 and True are one value, "1" is another.
    """
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise TypeError(f"{name} must be a sequence of values, got {values!r}")
    if getattr(values, "ndim", 1) != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {np.shape(values)}")
    import pandas as pd

    if not hasattr(values, "dtype"):  # numpy would make one type of a list of many
        values = np.fromiter(values, dtype=object, count=len(values))
        values = pd.Series(values, dtype=object)  # else pandas would look for strings in them
    try:
        codes, uniques = pd.factorize(pd.Series(values))
    except TypeError as error:
        raise TypeError(f"{name} must hold hashable values: {error}") from None
    return codes.astype(np.int64), uniques


def combine(columns: Iterable[tuple[np.ndarray, int]]) -> np.ndarray:
    """Return one code for each row, equal where the rows are.

    Parameters
    ----------
    columns : pairs of an array of shape (n,) and a number, at least one
        The codes of a column, and a number above them all.
    """
    import pandas as pd

    rows, size = None, 1
    for codes, above in columns:
        if size * above >= _ROOM:
            rows, distinct = pd.factorize(rows)
            size = len(distinct)
        rows = codes if rows is None else rows * above + codes
        size *= above
    return pd.factorize(rows)[0]
