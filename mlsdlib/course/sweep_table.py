"""The table of a sweep: one row a claim, one column a parameter, types that survive a file."""

from __future__ import annotations

import contextlib
import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

LEADING = ("section", "claim")
TRAILING = ("verdict", "value", "low", "high", "unit", "threshold", "seconds", "text", "error")
COLUMNS = (*LEADING, *TRAILING)
_NUMBERS = ("value", "low", "high", "seconds")


def tidy(results: Iterable) -> pd.DataFrame:
    """Return one row a claim, one column a parameter.

    Parameters
    ----------
    results : iterable of mlsdlib.course.jobs.Result
        What `mlsdlib.course.batch.run_jobs` returns.

    Returns
    -------
    DataFrame
        ``section``, ``claim``, the parameters (missing where a notebook has no such one), then
        ``verdict``, ``value`` with its 95 % interval ``low`` and ``high``, ``unit``, ``threshold``
        in words, ``seconds`` that the whole notebook took, the claim's ``text``, and ``error``:
        empty, or why a notebook failed; such a row has no claim. Parameters that were set come
        first, in the order they were asked. One that is named like a column here gets an
        underscore: ``value_``.
    """
    rows = []
    for result in results:
        start = {"section": result.job.section, "seconds": result.seconds, "error": result.error}
        if not result.ok:
            rows.append((start, result.job.parameters))
        for claim in result.claims:
            facts = {name: getattr(claim, name) for name in TRAILING if hasattr(claim, name)}
            values = result.job.parameters | claim.parameters
            rows.append((start | {"claim": claim.id} | facts, values))
    columns = _columns(name for _, values in rows for name in values)
    named = [
        facts | {columns[name]: value for name, value in values.items()} for facts, values in rows
    ]
    return _frame(named, list(columns.values()))


def from_csv(data: bytes) -> pd.DataFrame:
    """Read a CSV file, with the types that `tidy` gives; a text that looks like a number is one.

    Raises
    ------
    ValueError
        If it is not the table of a sweep.
    """
    # Not by pandas: its types depend on gaps, and its numbers may be off in the last digit.
    reader = csv.DictReader(io.StringIO(data.decode()))
    check_columns(reader.fieldnames or [])
    rows = [{name: cell or None for name, cell in row.items()} for row in reader]
    parameters = [name for name in reader.fieldnames if name not in COLUMNS]
    for name in parameters:
        for row, cell in zip(rows, _read([row[name] for row in rows]), strict=True):
            row[name] = cell
    return _frame(rows, parameters)


def check_columns(names: Iterable[str]) -> None:
    """Raise a ValueError if a column that every sweep has is missing."""
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ValueError(f"frame must have the columns of a sweep, lacks {', '.join(missing)}")


def _read(cells: list[str | None]) -> list[object]:
    """Return the values that a parameter's cells stand for, all of one type."""
    truth = {"True": True, "False": False}
    for kind in (int, float, truth.__getitem__):
        with contextlib.suppress(ValueError, KeyError):
            return [cell if cell is None else kind(cell) for cell in cells]
    return cells


def _columns(names: Iterable[str]) -> dict[str, str]:
    """Return each parameter's column: its name, with an underscore where that is taken."""
    names = list(dict.fromkeys(names))
    columns: dict[str, str] = {}
    for name in names:
        column = name
        while column in COLUMNS or (column != name and column in names):
            column += "_"
        columns[name] = column
    return columns


def _frame(rows: list[dict[str, object]], parameters: list[str]) -> pd.DataFrame:
    """Return rows as a frame whose types do not depend on which cells are missing."""
    import pandas as pd

    made = {}
    for name in (*LEADING, *parameters, *TRAILING):
        cells = [row.get(name) for row in rows]
        kind = _kind(cells) if name in parameters else "float64" if name in _NUMBERS else "str"
        if name in ("unit", "error"):  # an empty text is none that is missing
            cells = [cell or "" for cell in cells]
        elif kind == "str":
            cells = [cell if cell is None else str(cell) for cell in cells]
        made[name] = pd.Series(cells, dtype=kind)
    return pd.DataFrame(made)


def _kind(cells: list[object]) -> str:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return "boolean" if None in cells else "bool"
    if kinds == {int}:
        return "Int64" if None in cells else "int64"
    return "float64" if kinds and kinds <= {int, float} else "str"
