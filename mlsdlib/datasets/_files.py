"""Where the data files are, how one is read, and whether they are still what they were."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

VARIABLE = "MLSD_DATA"
CHECKOUT = Path(__file__).resolve().parents[2] / "datasets"
PACKAGE = Path(__file__).resolve().parent / "files"
MANIFEST = "MANIFEST.json"
MOVIELENS = "movielens_latest_small"


def path(name: str) -> Path:
    """Return the path of a data file, from the first folder that has it.

    The folders are the one that ``MLSD_DATA`` names, if it is set, then ``datasets/`` of the
    checkout, if the package runs from one, then the copy inside the installed package.

    Parameters
    ----------
    name : str
        The file's path inside the data folder, with forward slashes.

    Raises
    ------
    TypeError, ValueError
        If `name` is not text, or not a relative path that stays inside the folder.
    FileNotFoundError
        If no folder has the file, or ``MLSD_DATA`` is set to something that is not a folder.

    Examples
    --------
    >>> path("nycflights13/flights.parquet").name
    'flights.parquet'
    """
    _check_name(name)
    folders = _folders()
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(_not_found(name, folders))


def verify() -> pd.DataFrame:
    """Return one row per data file, which tells whether it is the file that the course expects.

    The sha256 of each file is computed again and compared with ``MANIFEST.json`` of the checkout or
    of the package. A manifest in ``MLSD_DATA`` is not asked: a folder cannot vouch for itself.

    Returns
    -------
    DataFrame
        ``path``, the name that `path` takes; ``ok``; ``status``, which is ``"ok"``, ``"changed"``,
        ``"missing"`` or ``"not carried"``; ``file``, where it was found, else an empty text.
        *Not carried* are the files whose terms keep them out of the wheel, where there is no
        checkout: they count as ok.

    Raises
    ------
    FileNotFoundError
        If there is no manifest, or as `path`.

    Examples
    --------
    >>> report = verify()
    >>> bool(report["ok"].all())
    True
    """
    import pandas as pd

    folders = _folders()
    return pd.DataFrame([_verified(entry, folders) for entry in _manifest()])


def read(name: str, columns: Sequence[str] | None) -> pd.DataFrame:
    """Return the Parquet or CSV file `name`, or only `columns` of it in the order asked for."""
    import pandas as pd

    file = path(name)
    if columns is not None:
        columns = _checked_columns(columns, file, name)
    if file.suffix == ".csv":
        frame = pd.read_csv(file)
        return frame if columns is None else frame[columns]
    return pd.read_parquet(file, engine="pyarrow", columns=columns)


def check_choice(argument: str, got: str, choices: Sequence[str]) -> None:
    """Raise a ValueError if `got` is not one of `choices`."""
    if not isinstance(got, str) or got not in choices:
        raise ValueError(f"{argument} must be one of {', '.join(map(repr, choices))}, got {got!r}")


def _checked_columns(columns: Sequence[str], file: Path, name: str) -> list[str]:
    # A lone text is a sequence of letters, and "columns='dep_delay'" an easy slip.
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise TypeError(f"columns must be a list of column names, got {columns!r}")
    columns = list(columns)
    if not columns:
        raise ValueError("columns must name at least one column, got none")
    if file.suffix == ".csv":
        import pandas as pd

        there = pd.read_csv(file, nrows=0).columns.tolist()
    else:
        import pyarrow.parquet as pq

        there = pq.read_schema(file).names
    unknown = [column for column in columns if column not in there]
    if unknown:
        raise ValueError(
            f"columns: {', '.join(map(repr, unknown))} not in {name}, which has {', '.join(there)}"
        )
    if len(set(columns)) < len(columns):
        raise ValueError(f"columns must not name a column twice, got {columns!r}")
    return columns


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be text, got {type(name).__name__}")
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        raise ValueError(f"name must be a path inside the data folder, got {name!r}")


def _folders() -> list[Path]:
    ours = [CHECKOUT, PACKAGE] if _has_checkout() else [PACKAGE]
    given = os.environ.get(VARIABLE)
    if not given:
        return ours
    folder = Path(given).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{VARIABLE} is set to {given!r}, which is not a folder: set it to a folder laid out "
            f"like datasets/ of the course's repository, or unset it"
        )
    return [folder, *ours]


def _not_found(name: str, folders: list[Path]) -> str:
    tried = ", ".join(str(folder) for folder in folders)
    unset = "" if os.environ.get(VARIABLE) else f"; {VARIABLE} is not set"
    if PurePosixPath(name).parts[0] == MOVIELENS:
        return (
            f"{name!r} is not in {tried}{unset}. The installed package does not carry MovieLens: "
            f"its terms forbid commercial use without GroupLens' permission. It is in "
            f"datasets/{MOVIELENS}/ of the course's repository, with the terms in README.txt; set "
            f"{VARIABLE} to that datasets/ folder"
        )
    return (
        f"{name!r} is not in {tried}{unset}. If the name is right, reinstall mlsdlib or set "
        f"{VARIABLE} to the datasets/ folder of the course's repository"
    )


def _has_checkout() -> bool:
    # An installed package may have somebody else's `datasets` for a neighbour: the manifest tells.
    return (CHECKOUT / MANIFEST).is_file()


def _manifest() -> list[dict]:
    folder = CHECKOUT if _has_checkout() else PACKAGE
    if not (folder / MANIFEST).is_file():
        raise FileNotFoundError(
            f"{MANIFEST} is neither in {CHECKOUT} nor in {PACKAGE}: reinstall mlsdlib"
        )
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def _verified(entry: dict, folders: list[Path]) -> dict:
    name = entry["path"]
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if file is not None:
        status = "ok" if _sha256(file) == entry["sha256"] else "changed"
    elif entry["grade"] == "A*" and not _has_checkout():
        status = "not carried"
    else:
        status = "missing"
    return {
        "path": name,
        "ok": status in ("ok", "not carried"),
        "status": status,
        "file": "" if file is None else str(file),
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
