"""A place for models: which is in use, which was before, and are they what was put in?"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mlsdlib.files import write_bytes


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model in the registry.

    Parameters
    ----------
    version : int
        Counted from 1; never used twice.
    stage : {"staging", "production", "archived"}
        A new model is in staging, at most one is in production, and what was is archived.
    sha256 : str
        Of its bytes.
    info : dict
        What was said of it.
    """

    version: int
    stage: str
    sha256: str
    info: dict


class ModelRegistry:
    """Models in a folder, with stages and a way back.

    A file is written to the side, flushed to disk and then renamed, the model before the index
    that names it. Whenever the program or the machine stops, the folder holds either the old
    state or the new one. A model whose bytes have changed since is not loaded. There may be many
    readers, but only one program at a time may write.

    Parameters
    ----------
    folder : path
        It is made if it is not there. An object made later, by another program too, goes on with
        what the folder holds.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> registry = ModelRegistry(folder.name)
    >>> for blob in (b"first", b"second"):
    ...     registry.promote(registry.add(blob, info={"weeks": 4}))
    >>> registry.load(), [entry.stage for entry in registry.versions()]
    (b'second', ['archived', 'production'])
    >>> registry.rollback()
    1
    >>> ModelRegistry(folder.name).load()
    b'first'
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, model: bytes, *, info: Mapping[str, object] | None = None) -> int:
        """Return the number of a new version, in staging, after its bytes are on disk.

        Raises
        ------
        TypeError
            If `model` is not bytes or `info` cannot be written as JSON.
        """
        if not isinstance(model, bytes):
            raise TypeError(f"model must be bytes, got {type(model).__name__}")
        index = self._read()
        entry = ModelVersion(len(index["models"]) + 1, "staging", _digest(model), dict(info or {}))
        json.dumps(entry.info)  # what cannot be written must not leave a file behind
        write_bytes(self.folder / _name(entry.version), model, durable=True)
        index["models"].append(asdict(entry))
        self._save(index)
        return entry.version

    def promote(self, version: int) -> None:
        """Put a version into production; the one that was there is archived.

        Raises
        ------
        KeyError, ValueError
            If there is no such version, or its bytes are not what was put in.
        """
        self.load(version)
        index = self._read()
        if index["history"][-1:] != [version]:
            index["history"].append(version)
        self._save(_staged(index))

    def rollback(self) -> int:
        """Return the version that was in production before, after it is so again.

        Raises
        ------
        ValueError
            If there was none before, or its bytes are not what was put in.
        """
        index = self._read()
        if len(index["history"]) < 2:
            raise ValueError("no version was in production before this one")
        index["history"].pop()
        self.load(index["history"][-1])
        self._save(_staged(index))
        return index["history"][-1]

    def load(self, version: int | None = None) -> bytes:
        """Return the bytes of a version, by default of the one in production.

        Raises
        ------
        KeyError, ValueError
            If there is none, or its bytes are not what was put in.
        """
        index = self._read()
        if version is None:
            if not index["history"]:
                raise KeyError("no version is in production")
            version = index["history"][-1]
        known = {entry["version"]: entry for entry in index["models"]}
        if version not in known:
            raise KeyError(
                f"no version {version}: there are {', '.join(map(str, known)) or 'none'}"
            )
        model = (self.folder / _name(version)).read_bytes()
        if _digest(model) != known[version]["sha256"]:
            raise ValueError(f"the bytes of version {version} are not those that were put in")
        return model

    def versions(self) -> list[ModelVersion]:
        """Return all versions, oldest first."""
        return [ModelVersion(**entry) for entry in self._read()["models"]]

    def _read(self) -> dict:
        file = self.folder / "index.json"
        if not file.exists():
            return {"models": [], "history": []}
        return json.loads(file.read_text(encoding="utf-8"))

    def _save(self, index: dict) -> None:
        text = json.dumps(index, indent=1)
        write_bytes(self.folder / "index.json", text.encode(), durable=True)


def _staged(index: dict) -> dict:
    """Return the index with the stages that follow from its history."""
    production = index["history"][-1]
    for entry in index["models"]:
        if entry["version"] == production:
            entry["stage"] = "production"
        elif entry["stage"] == "production":
            entry["stage"] = "archived"
    return index


def _name(version: int) -> str:
    return f"model-{version}.bin"


def _digest(model: bytes) -> str:
    return hashlib.sha256(model).hexdigest()
