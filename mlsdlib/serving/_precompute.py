"""Batch prediction: computed before anybody asks, kept in a file."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.serving._batcher import Predict
from mlsdlib.serving._inputs import seconds

_AT = b"mlsdlib.serving.computed_at"


def precompute(
    predict: Predict,
    keys: Sequence[Hashable],
    rows: np.ndarray,
    path: str | Path,
    *,
    computed_at: float,
    chunk: int = 256,
) -> int:
    """Write the prediction of every key to a Parquet file; return how many there are.

    The file appears whole or not at all: readers of an older one go on with that until it is
    replaced.

    Parameters
    ----------
    predict : callable
        From an array of shape (m, ...) to m predictions, numbers or vectors.
    keys : sequence of shape (n,)
        Whole numbers or strings, no two alike.
    rows : array of shape (n, ...)
        What is known about each key.
    path : str or Path
    computed_at : float
        The time up to which the rows know what happened, in seconds.
    chunk : int
        Rows in one call of `predict`. More are not always faster: what is computed on the way
        should fit into the processor's cache.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit each other, or a key comes twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "scores.parquet")
    ...     precompute(lambda rows: rows.sum(axis=1), ["ann", "bob"], np.eye(2), file,
    ...                computed_at=0.0)
    ...     Precomputed(file).get("bob", at=60.0).value
    2
    1.0
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, path = np.asarray(rows), Path(path)
    size = whole("chunk", chunk, 1)
    if rows.ndim == 0 or len(rows) != len(keys):
        raise ValueError(f"rows must be as many as keys, {len(keys)}, got shape {rows.shape}")
    if len(set(keys)) != len(keys):
        raise ValueError("keys must differ from each other")
    made: list[object] = []
    for begin in range(0, len(rows), size):
        part = rows[begin : begin + size]
        answers = np.asarray(predict(part))
        if len(answers) != len(part):
            raise ValueError(f"predict got {len(part)} rows and gave {len(answers)} predictions")
        made += answers.tolist()
    table = pa.table({"key": pa.array(keys), "prediction": pa.array(made)})
    noted = {_AT: repr(seconds("computed_at", computed_at)).encode()}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table.replace_schema_metadata(noted), beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return len(made)


@dataclass(frozen=True, slots=True)
class Served:
    """A prediction, its age in seconds, and where it came from."""

    value: object
    age: float
    source: str


class Precomputed:
    """The predictions of a file that `precompute` wrote, for as long as they are fresh.

    Parameters
    ----------
    path : str or Path
    max_age : float
        Seconds after which a prediction is not given out any more.
    max_skew : float
        Seconds by which the clock that wrote may be ahead of the one that reads. Within them a
        prediction from the future is of age 0; beyond, one of the clocks is wrong, and nothing is
        given out.

    Attributes
    ----------
    computed_at : float
        As given to `precompute`.

    Raises
    ------
    ValueError
        If the file is another one, or an argument is out of range.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "scores.parquet")
    ...     _ = precompute(lambda rows: rows[:, 0], [7], np.ones((1, 1)), file, computed_at=100.0)
    ...     table = Precomputed(file, max_age=60.0, max_skew=1.0)
    ...     table.get(7, at=130.0), table.get(7, at=161.0), table.get(8, at=130.0)
    (Served(value=1.0, age=30.0, source='precomputed'), None, None)
    """

    def __init__(
        self, path: str | Path, *, max_age: float = float("inf"), max_skew: float = 0.0
    ) -> None:
        import pyarrow.parquet as pq

        self.max_age = seconds("max_age", max_age, finite=False)
        self.max_skew = seconds("max_skew", max_skew)
        table = pq.read_table(path)
        noted = table.schema.metadata or {}
        if _AT not in noted:
            raise ValueError(f"{Path(path).name} was not written by precompute")
        self.computed_at = float(noted[_AT])
        keys, values = table["key"].to_pylist(), table["prediction"].to_pylist()
        self._values = dict(zip(keys, values, strict=True))

    def __len__(self) -> int:
        """Return the number of keys, however old they are."""
        return len(self._values)

    def is_fresh(self, *, at: float) -> bool:
        """Return whether predictions are given out at a time in seconds."""
        age = at - self.computed_at
        return -self.max_skew <= age <= self.max_age

    def get(self, key: Hashable, *, at: float) -> Served | None:
        """Return the prediction of a key at a time in seconds, or None if there is no fresh one."""
        if key not in self._values or not self.is_fresh(at=at):
            return None
        return Served(self._values[key], max(0.0, at - self.computed_at), "precomputed")
