"""Records from a file or from memory, nothing interpreted yet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from csv import reader
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def extract(source: str | Path | pd.DataFrame | Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return the records of a source as a frame, one row for each, in order.

    A CSV file is UTF-8 with a header line. Its values stay text, so that ``00501`` keeps its zeros
    and ``NA`` stays Namibia's code. A byte that is not UTF-8 becomes U+FFFD, which `validate` does
    not take. A line with too many or too few fields is one record as well: it has a single value,
    the line, in a column called "malformed line", which no schema has. A Parquet file keeps its
    types.

    Parameters
    ----------
    source : path, DataFrame or list of mappings
        A file that ends in .csv or .parquet, or the records themselves.

    Raises
    ------
    TypeError
        If `source` is none of these.
    ValueError
        If the file's name ends in something else, or a CSV file is empty.

    Examples
    --------
    >>> extract([{"code": "A"}, {"pieces": 1}])
       code pieces
    0     A   None
    1  None      1
    """
    import pandas as pd

    if isinstance(source, (str, Path)):
        path = Path(source)
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".csv":
            return _read_csv(path)
        raise ValueError(f"source must be a .csv or .parquet file, got {path.name}")
    if isinstance(source, pd.DataFrame):
        return source.reset_index(drop=True)
    from mlsdlib.etl._validate import as_frame

    return as_frame(source)


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import csv

    malformed: dict[int, str] = {}

    def keep(row: csv.InvalidRow) -> str:
        malformed[row.number] = row.text
        return "skip"

    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    header = next(reader(io.StringIO(text, newline="")), None)
    if header is None:
        raise ValueError(f"source must have a header line, {path.name} is empty")
    table = csv.read_csv(
        io.BytesIO(text.encode()),
        read_options=csv.ReadOptions(use_threads=False),  # with threads, lines have no numbers
        parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string())),
    )
    frame = table.to_pandas()
    if not malformed:
        return frame
    # The header is line 1, so record k of the file is number k + 2.
    n = len(frame) + len(malformed)
    places = [k for k in range(n) if k + 2 not in malformed]
    lines = pd.Series({number - 2: text for number, text in malformed.items()}, dtype=object)
    frame.index = pd.Index(places)
    return frame.reindex(range(n)).assign(**{"malformed line": lines})
