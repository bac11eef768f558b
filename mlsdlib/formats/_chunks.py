"""Bytes a reader of a Parquet file must fetch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow.parquet as pq


def row_groups(metadata: pq.FileMetaData) -> list[dict[str, int]]:
    """Return the compressed bytes of every column chunk of a Parquet file, row group by row group.

    Parameters
    ----------
    metadata : pyarrow.parquet.FileMetaData
        The footer of the file, ``pyarrow.parquet.read_metadata(path)``.

    Returns
    -------
    list of dict
        One dictionary per row group, ``{column path: bytes}``. A nested column has one path per
        leaf, joined by dots: ``"order.price"``, ``"tags.list.element"``.

    Raises
    ------
    TypeError
        If `metadata` is not the footer of a Parquet file.

    Examples
    --------
    >>> import io, pyarrow as pa, pyarrow.parquet as pq
    >>> file = io.BytesIO()
    >>> pq.write_table(pa.table({"year": [2013] * 1000, "day": range(1000)}), file)
    >>> [group] = row_groups(pq.read_metadata(file))
    >>> list(group), group["year"] < group["day"]
    (['year', 'day'], True)
    """
    if not hasattr(metadata, "num_row_groups"):
        raise TypeError(
            "metadata must be a pyarrow.parquet.FileMetaData (pyarrow.parquet.read_metadata(path)),"
            f" got {type(metadata).__name__}"
        )
    groups = []
    for g in range(metadata.num_row_groups):
        group: dict[str, int] = {}
        for c in range(metadata.num_columns):
            chunk = metadata.row_group(g).column(c)
            name = chunk.path_in_schema
            # Two columns may share one name: a reader that asks for it fetches both.
            group[name] = group.get(name, 0) + chunk.total_compressed_size
        groups.append(group)
    return groups


def bytes_read(
    row_groups: Sequence[Mapping[str, int]],
    columns: Iterable[str],
    *,
    groups: Iterable[int] | None = None,
) -> int:
    """Return the bytes of data a reader must fetch for some columns of a columnar file.

    The footer comes on top (``metadata.serialized_size + 8``): every reader needs it, whatever
    the columns are.

    Parameters
    ----------
    row_groups : sequence of mappings
        ``{column path: bytes}`` of each row group, as `row_groups` returns it.
    columns : iterable of str
        Columns wanted. ``"order"`` covers all leaves of the nested column, ``"order.price"`` and
        ``"order.items.list.element"``, but not ``"orders"``. A chunk that several names cover is
        fetched once. No columns cost 0 bytes.
    groups : iterable of int, optional
        Positions of the row groups left after pruning (by statistics or partitions); default all.

    Raises
    ------
    TypeError
        If `columns` is one string, or a group is not a whole number.
    ValueError
        If a column or a row group is not in the file. The empty string covers nothing, so it is
        an unknown column too.

    References
    ----------
    Apache Parquet, *File format*, https://parquet.apache.org/docs/file-format/.

    Examples
    --------
    >>> chunks = [{"id": 80, "order.price": 50, "order.n": 10}, {"id": 90, "order.price": 60,
    ...            "order.n": 20}]
    >>> bytes_read(chunks, ["order"]), bytes_read(chunks, ["order"], groups=[1])
    (140, 80)
    >>> bytes_read(chunks, [])
    0
    """
    if isinstance(columns, str):
        raise TypeError(f"columns must be a list of names, got the string {columns!r}")
    kept = range(len(row_groups)) if groups is None else set(groups)
    for g in kept:
        if isinstance(g, bool) or not isinstance(g, (int, np.integer)):
            raise TypeError(f"groups must hold whole numbers, got {g!r}")
        if not 0 <= g < len(row_groups):
            raise ValueError(f"groups must lie in 0..{len(row_groups) - 1}, got {g}")
    paths = dict.fromkeys(path for group in row_groups for path in group)
    wanted: set[str] = set()
    for name in columns:
        covered = {p for p in paths if p == name or (name and p.startswith(f"{name}."))}
        if not covered and row_groups:
            raise ValueError(f"columns must be among {', '.join(paths)}; got {name!r}")
        wanted |= covered
    return int(sum(row_groups[g].get(path, 0) for g in kept for path in wanted))
