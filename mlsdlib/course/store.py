"""Where outputs go: a local folder, or any place that fsspec knows."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import uuid
from pathlib import Path, PurePosixPath

_SIDE = re.compile(r"\.[0-9a-f]{8}-(?P<pid>\d+)-(?P<host>.+)\.part")


class Store:
    """A folder of outputs, in which nothing is ever half written.

    Parameters
    ----------
    place : str or Path
        A folder, or a URL that fsspec knows (``s3://bucket/folder``, ``gs://…``, ``memory://…``);
        for these the packages fsspec and the one for the service must be installed.

    Raises
    ------
    ValueError
        If nothing handles the URL.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(tempfile.mkdtemp())
    >>> store.put("manifest/a.json", b"{}")
    >>> store.names("manifest"), store.get("manifest/a.json")
    (['a.json'], b'{}')
    """

    def __init__(self, place: str | Path) -> None:
        # `file://` is a folder as well: fsspec would write there bit by bit.
        place = str(place).removeprefix("file://")
        if "://" in place:
            self.place, self._disk = place, _Remote(place)
        else:  # the full path: a process that it is sent to may work in another folder
            folder = Path(place).absolute()
            self.place, self._disk = str(folder), _Disk(folder)

    def __str__(self) -> str:
        return self.place

    def __reduce__(self) -> tuple:
        return Store, (self.place,)

    def url(self, name: str) -> str:
        """Return the full path or URL of a file in the store."""
        return str(PurePosixPath(self.place) / name) if self.local else f"{self.place}/{name}"

    @property
    def local(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self._disk, _Disk)

    def put(self, name: str, data: bytes) -> None:
        """Write a file: written to the side and renamed, or in one final put."""
        self._disk.put(name, data)

    def get(self, name: str) -> bytes | None:
        """Return a file's bytes, None where there is no such file."""
        return self._disk.get(name)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self._disk.exists(name)

    def remove(self, name: str) -> None:
        """Remove a file; it need not exist."""
        self._disk.remove(name)

    def names(self, folder: str = "") -> list[str]:
        """Return the names of the files in a folder, sorted; an empty list where it is missing."""
        return self._disk.names(folder)

    def clean(self) -> None:
        """Remove what writers that were killed have left half written."""
        self._disk.clean()


class _Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        # The writer's name is in the side's, so that `clean` spares those still being written.
        side = file.with_name(f".{uuid.uuid4().hex[:8]}-{os.getpid()}-{socket.gethostname()}.part")
        try:
            side.write_bytes(data)
            side.replace(file)
        except BaseException:
            side.unlink(missing_ok=True)
            raise

    def get(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def exists(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        place = self.folder / folder
        if not place.is_dir():
            return []
        return sorted(p.name for p in place.iterdir() if p.is_file() and p.name[0] != ".")

    def clean(self) -> None:
        for side in [*self.folder.glob(".*.part"), *self.folder.glob("*/.*.part")]:
            writer = _SIDE.fullmatch(side.name)  # None for what others have put here
            if writer and writer["host"] == socket.gethostname() and not _alive(int(writer["pid"])):
                side.unlink(missing_ok=True)


class _Remote:
    def __init__(self, place: str) -> None:
        try:
            from fsspec.core import url_to_fs

            self.files, self.folder = url_to_fs(place)
        except ImportError as err:
            raise ValueError(
                f"to write to {place} a package is missing: {err}. "
                'fsspec itself comes with: pip install "mlsdlib[cluster]"'
            ) from err

    def _path(self, name: str) -> str:
        return f"{self.folder.rstrip('/')}/{name}"

    def put(self, name: str, data: bytes) -> None:
        # Not a side and a rename: an object store has no rename, and shows a put when it is whole.
        self.files.makedirs(self._path(name).rpartition("/")[0], exist_ok=True)
        self.files.pipe_file(self._path(name), data)

    def get(self, name: str) -> bytes | None:
        try:
            return self.files.cat_file(self._path(name))
        except FileNotFoundError:
            return None

    def exists(self, name: str) -> bool:
        return self.files.isfile(self._path(name))

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.files.rm_file(self._path(name))

    def names(self, folder: str) -> list[str]:
        self.files.invalidate_cache()
        try:
            found = self.files.ls(self._path(folder).rstrip("/"), detail=True)
        except FileNotFoundError:
            return []
        return sorted(f["name"].rpartition("/")[2] for f in found if f["type"] == "file")

    def clean(self) -> None:
        """Nothing is ever half written here."""


def _alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid)
