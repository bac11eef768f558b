"""What a run was: its parameters, its data, its surroundings and what came of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import whole

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "torch")
"""The packages whose versions a record holds, where they are installed."""


def run_id(config: Mapping[str, object], data: object) -> str:
    """Return a name for a run that depends on its parameters and its data and on nothing else.

    Parameters
    ----------
    config : mapping
        Parameters: numbers, text, booleans, None, and lists and mappings of them. The order of
        keys does not matter; 1, 1.0 and True are different, a float is its shortest notation.
    data : bytes, path, array, Series, DataFrame or mapping of them
        The data as they are used. Every byte counts, so do dtypes, names and the order of rows.

    Returns
    -------
    str
        The first 16 digits of a SHA-256 hash, in hexadecimal.

    Raises
    ------
    TypeError
        If something cannot be hashed by its content.

    Examples
    --------
    >>> run_id({"depth": 3, "rate": 0.1}, b"a,b") == run_id({"rate": 1e-1, "depth": 3}, b"a,b")
    True
    >>> run_id({"depth": 3}, b"a,b") == run_id({"depth": 3}, b"a,c")
    False
    """
    return _run_id(_plain(config, "config"), _data_hash(data))


def record_run(
    path: str | os.PathLike,
    config: Mapping[str, object],
    data: object,
    result: Mapping[str, object],
    *,
    threads: int | None = None,
) -> str:
    """Return the id of a run after writing what it was as one line of JSON at the end of a file.

    The line is written in one piece: runs that end at the same time do not mix theirs.

    Parameters
    ----------
    path : path
        The log. It is made if it is not there.
    config, data
        As in `run_id`.
    result : mapping
        What came of it, as plain as `config`.
    threads : int, optional
        Number of threads the run computed with. Without it: torch's, where torch is loaded, else
        ``OMP_NUM_THREADS``, else the number of cores.

    Raises
    ------
    TypeError
        If something is not plain, or `data` cannot be hashed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = Path(folder, "runs.jsonl")
    ...     first = record_run(log, {"seed": 1}, b"data", {"auc": 0.9}, threads=1)
    ...     again = record_run(log, {"seed": 1}, b"data", {"auc": 0.8}, threads=4)
    ...     runs = read_runs(log)
    >>> first == again  # and yet another result: what else was different?
    True
    >>> runs[["config.seed", "result.auc", "threads"]]
       config.seed  result.auc  threads
    0            1         0.9        1
    1            1         0.8        4
    """
    config, data_hash = _plain(config, "config"), _data_hash(data)
    record = {
        "run_id": _run_id(config, data_hash),
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "config": config,
        "data": data_hash,
        "threads": _threads() if threads is None else whole("threads", threads),
        "environment": _environment(),
        "result": _plain(result, "result"),
    }
    line = json.dumps(record).encode() + b"\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o644)
    try:
        written = os.write(file, line)
    finally:
        os.close(file)
    if written != len(line):
        raise OSError(f"only {written} of {len(line)} bytes could be written to {path}")
    return record["run_id"]


def read_runs(path: str | os.PathLike) -> pd.DataFrame:
    """Return the runs of a log, oldest first, a column for each thing recorded.

    Parameters
    ----------
    path : path
        A file written by `record_run`.

    Returns
    -------
    DataFrame
        "run_id", "time", "data", "threads", and "config.…", "environment.…" and "result.…".

    Raises
    ------
    ValueError
        If a line is not a record, for example because the disk was full: its number is named.
    """
    import pandas as pd

    records = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ValueError(f"path must hold a record a line, line {number}: {error}") from None
    return pd.json_normalize(records)


def _run_id(config: object, data_hash: str) -> str:
    text = json.dumps([config, data_hash], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(thing: object, name: str) -> object:
    """Return what JSON can say, the same for what is the same; raise for anything else."""
    if thing is None or isinstance(thing, (str, bool)):
        return thing
    if isinstance(thing, (np.bool_, np.integer, np.floating)):
        return thing.item()
    if isinstance(thing, (int, float)):
        return thing
    if isinstance(thing, (list, tuple)):
        return [_plain(one, name) for one in thing]
    if isinstance(thing, Mapping):
        odd = [key for key in thing if not isinstance(key, str)]
        if odd:
            raise TypeError(f"{name} must have text for keys, got {odd[0]!r}")
        return {key: _plain(one, f"{name}[{key!r}]") for key, one in thing.items()}
    raise TypeError(
        f"{name} must hold numbers, text, booleans, None, lists and mappings, "
        f"got {type(thing).__name__}"
    )


def _data_hash(data: object) -> str:
    digest = hashlib.sha256()
    _feed(digest, data)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, data: object) -> None:
    """Add data to a hash, each part after its kind and size, so that no two run together."""
    if isinstance(data, (bytes, bytearray)):
        digest.update(b"bytes %d " % len(data))
        digest.update(data)
    elif isinstance(data, os.PathLike):
        _feed(digest, Path(data).read_bytes())
    elif isinstance(data, np.ndarray) and data.dtype.kind in "biufcmMSU":
        digest.update(f"array {data.dtype.str} {data.shape} ".encode())
        digest.update(np.ascontiguousarray(data).tobytes())
    elif isinstance(data, Mapping):
        digest.update(b"mapping %d " % len(data))
        for key in sorted(data):
            _feed(digest, key.encode())
            _feed(digest, data[key])
    elif hasattr(data, "iloc"):
        frame = data.to_frame() if data.ndim == 1 else data
        digest.update(f"frame {frame.shape} ".encode())
        _feed_column(digest, frame.index)
        for i, name in enumerate(frame.columns):
            digest.update(f"{name!r} ".encode())
            _feed_column(digest, frame.iloc[:, i])
    else:
        raise TypeError(
            "data must be bytes, a path, an array of numbers or text, a Series, a DataFrame or a "
            f"mapping of them; got {type(data).__name__}"
        )


def _feed_column(digest: hashlib._Hash, column: pd.Series | pd.Index) -> None:
    digest.update(f"{column.dtype} ".encode())
    if isinstance(column.dtype, np.dtype) and column.dtype.kind != "O":
        _feed(digest, column.to_numpy())
    else:  # text, categories, times with a zone: by value
        from pandas.util import hash_pandas_object

        _feed(digest, hash_pandas_object(column, index=False).to_numpy())


def _threads() -> int:
    if "torch" in sys.modules:
        return sys.modules["torch"].get_num_threads()
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return int(asked) if asked.isdigit() else os.cpu_count() or 1


def _environment() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
