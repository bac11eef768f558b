"""Records against a schema: the typed rows that fit, and every reason why another does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.etl._parse import DTYPES, parse

if TYPE_CHECKING:
    import pandas as pd

_ARTICLE = {"int": "an int", "float": "a float", "text": "text", "time": "a time"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What the values of one column must be.

    Parameters
    ----------
    kind : {"int", "float", "text", "time"}
        The type. Nothing is guessed: a boolean is no number, a number is no text, and what text
        must look like to be a number or a time (ISO 8601) is one ASCII notation.
    required : bool
        Whether the value may not be missing: null, or empty or blank text.
    low, high : int, float or datetime, optional
        Smallest and largest value.
    pattern : str, optional
        Regular expression that the whole text must match.
    references : collection, optional
        The keys that exist: a foreign key must be one of them.

    Raises
    ------
    ValueError
        If the kind is another, or a text has a bound or something else a pattern.

    Examples
    --------
    >>> Field(kind="int", low=1).high is None
    True
    """

    kind: str
    required: bool = True
    low: object = None
    high: object = None
    pattern: str | None = None
    references: Collection | None = None

    def __post_init__(self) -> None:
        if self.kind not in DTYPES:
            raise ValueError(f"kind must be among {', '.join(DTYPES)}; got {self.kind!r}")
        if self.kind == "text" and (self.low is not None or self.high is not None):
            raise ValueError("low and high must be left out for a text")
        if self.pattern is not None:
            if self.kind != "text":
                raise ValueError(f"pattern must be left out for {_ARTICLE[self.kind]}")
            re.compile(self.pattern)


@dataclass(frozen=True, slots=True)
class Validation:
    """What `validate` found.

    Parameters
    ----------
    valid : DataFrame
        The rows without an error, typed; the index is the row's position in the source.
    errors : DataFrame
        The columns "row", "column", "reason" and "value", a line for each error, by row.
    n_rows : int
        Number of rows read.
    """

    valid: pd.DataFrame
    errors: pd.DataFrame
    n_rows: int


def validate(
    records: pd.DataFrame | Iterable[Mapping[str, object]],
    schema: Mapping[str, Field],
    *,
    checks: Mapping[str, Callable[[pd.DataFrame], object]] | None = None,
) -> Validation:
    """Return the records that fit a schema, typed, and all errors of those that do not.

    Parameters
    ----------
    records : DataFrame or list of mappings
        What was read. A missing key is a missing value; a key that the schema lacks is an error,
        unless its value is missing.
    schema : mapping
        Name of each column to its `Field`.
    checks : mapping, optional
        Rules that look at several columns: a reason to a function that takes the typed frame and
        returns a boolean for each row, true where the row is *wrong*. A value that is wrong by
        itself is null there.

    Returns
    -------
    Validation
        Integers are int64, Int64 if an optional one is missing; times are UTC, without a zone.

    Raises
    ------
    TypeError
        If `records`, `schema` or one of its fields is of another type.
    ValueError
        If a check gives something other than one boolean for each row.

    Examples
    --------
    >>> code = Field(kind="text", pattern="[A-Z]{3}")
    >>> schema = {"code": code, "pieces": Field(kind="int", low=1)}
    >>> rows = [{"code": "CUP", "pieces": "3"}, {"code": "cup", "pieces": True}, {"code": "PEN"}]
    >>> found = validate(rows, schema)
    >>> found.valid
      code  pieces
    0  CUP       3
    >>> found.errors
       row  column                   reason value
    0    1    code  does not match [A-Z]{3}   cup
    1    1  pieces               not an int  True
    2    2  pieces                  missing  None
    """
    import pandas as pd

    for name, field in schema.items():
        if not isinstance(field, Field):
            raise TypeError(f"schema[{name!r}] must be a Field, got {type(field).__name__}")
    raw = as_frame(records)
    typed, errors = {}, []
    for name, field in schema.items():
        column = raw[name] if name in raw else pd.Series(None, index=raw.index, dtype=object)
        typed[name], found = _column_errors(column, field)
        errors += [(rows, name, reason, column) for rows, reason in found]
    for name in raw.columns.difference(list(schema), sort=False):
        errors.append((np.flatnonzero(_present(raw[name])), name, "not in the schema", raw[name]))
    frame = pd.DataFrame(typed, index=raw.index)
    for reason, check in (checks or {}).items():
        errors.append((np.flatnonzero(_flags(reason, check, frame)), "", reason, None))
    listed = _listed(errors)
    wrong = np.zeros(len(raw), bool)
    wrong[listed["row"]] = True
    return Validation(_compact(frame[~wrong]), listed, len(raw))


def as_frame(records: object) -> pd.DataFrame:
    import pandas as pd

    if isinstance(records, pd.DataFrame):
        return records.reset_index(drop=True)
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise TypeError(f"records must be a DataFrame or a list, got {type(records).__name__}")
    rows = list(records)
    for row in rows:
        if not isinstance(row, Mapping):
            raise TypeError(f"records must hold mappings, got {row!r}")
    names = dict.fromkeys(name for row in rows for name in row)
    # Column by column as objects: pandas would turn 1 beside None into 1.0.
    columns = {n: pd.Series([row.get(n) for row in rows], dtype=object) for n in names}
    return pd.DataFrame(columns, index=range(len(rows)))


def _column_errors(column: pd.Series, field: Field) -> tuple[pd.Series, list]:
    """Return a column typed, and its errors: rows and a reason."""
    values, wrong = parse(column, field.kind)
    null = values.isna().to_numpy()
    found = [(wrong, f"not {_ARTICLE[field.kind]}")]
    if field.required:
        found.append((null & ~wrong, "missing"))
    if field.low is not None:
        found.append(((values < field.low).fillna(False).to_numpy(bool), f"below {field.low}"))
    if field.high is not None:
        found.append(((values > field.high).fillna(False).to_numpy(bool), f"above {field.high}"))
    if field.pattern is not None:
        fits = values.str.fullmatch(field.pattern, na=False).to_numpy(bool)
        found.append((~null & ~fits, f"does not match {field.pattern}"))
    if field.references is not None:
        found.append((~null & ~values.isin(list(field.references)).to_numpy(bool), "unknown key"))
    return values, [(np.flatnonzero(mask), reason) for mask, reason in found]


def _present(column: pd.Series) -> np.ndarray:
    return (column.notna() & (column.astype(str).str.strip() != "")).to_numpy()


def _flags(reason: str, check: Callable, frame: pd.DataFrame) -> np.ndarray:
    import pandas as pd

    flags = pd.Series(check(frame)).fillna(False)
    if len(flags) != len(frame) or not pd.api.types.is_bool_dtype(flags.dtype):
        raise ValueError(
            f"checks[{reason!r}] must give {len(frame)} booleans, got {len(flags)} {flags.dtype}"
        )
    return flags.to_numpy(bool)


def _listed(errors: list) -> pd.DataFrame:
    import pandas as pd

    parts = [
        pd.DataFrame(
            {
                "row": rows,
                "column": name,
                "reason": reason,
                "value": None if column is None else column.to_numpy(object)[rows],
            }
        ).astype({"column": object, "reason": object, "value": object})
        for rows, name, reason, column in errors
        if len(rows)
    ]
    if not parts:
        return pd.DataFrame({"row": [], "column": [], "reason": [], "value": []}).astype(
            {"row": "int64", "column": object, "reason": object, "value": object}
        )
    return pd.concat(parts).sort_values("row", kind="stable").reset_index(drop=True)


def _compact(frame: pd.DataFrame) -> pd.DataFrame:
    whole = [name for name in frame if frame[name].dtype == "Int64" and frame[name].notna().all()]
    return frame.astype(dict.fromkeys(whole, "int64"))
