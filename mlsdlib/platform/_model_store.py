"""A place for models, each with all that is needed to use it, to check it and to make it again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlsdlib.files import write_bytes, write_text
from mlsdlib.platform._keys import check_name, content_key, file_hash

ARTEFACTS = (
    "definition", "parameters", "functions", "dependencies", "data", "code", "experiment", "tags",
)  # fmt: skip
"""What a bundle holds. *functions* are featurise and predict, *data* says on which data the model
was trained, *code* is what made it, and *experiment* what was measured."""

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What is wrong with a bundle; each a sorted tuple.

    Parameters
    ----------
    missing, changed, extra : tuple of str
        Names of files that the manifest names and are not there, that have other bytes, and that
        are there and it does not name.
    versions : tuple of str
        Requirements that are not met here, or that name no version.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]
    versions: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.changed or self.extra or self.versions)

    def __str__(self) -> str:
        parts = [(name, getattr(self, name)) for name in self.__slots__]
        return "; ".join(f"{name}: {', '.join(found)}" for name, found in parts if found) or "ok"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model in the store.

    Parameters
    ----------
    name : str
    version : int
        Counted from 1.
    stage : {"staging", "production", "archived"}
        A new bundle is in staging, at most one is in production, and what was is archived.
    digest : str
        A hash of all its contents and of its parents' digests.
    parents : tuple of str
        Digests of the bundles that it was made from.
    folder : Path
    """

    name: str
    version: int
    stage: str
    digest: str
    parents: tuple[str, ...]
    folder: Path

    def file(self, artefact: str) -> Path:
        """Return the file of an artefact; `FileNotFoundError` if it is not there."""
        found = [file for file in self.folder.iterdir() if file.stem == artefact]
        if not found:
            raise FileNotFoundError(f"{self.name} {self.version} has no {artefact}")
        return found[0]


def verify_bundle(
    folder: str | os.PathLike, *, installed: Mapping[str, str] | None = None
) -> BundleReport:
    """Return what is wrong with a bundle: files missing, changed or extra, and other versions.

    Hashes find accidents. Whoever may write to the folder can write a manifest to match.

    Parameters
    ----------
    folder : path
    installed : mapping, optional
        Version of each package; by default what is installed here.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no manifest, or it cannot be read.
    """
    folder = Path(folder)
    named = _manifest(folder)["files"]
    there = {
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()
    } - {MANIFEST}
    changed = [name for name in named if name in there and file_hash(folder / name) != named[name]]
    versions = [
        wrong
        for name in there
        if Path(name).stem == "dependencies"
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
        if (wrong := _unmet(line.partition("#")[0].strip(), installed))
    ]
    lists = (named.keys() - there, changed, there - named.keys(), versions)
    return BundleReport(*(tuple(sorted(names)) for names in lists))


class ModelStore:
    """Models in a folder, each a bundle of the eight `ARTEFACTS`.

    A bundle is written to the side and renamed when it is whole, and never changed. It is verified
    before it is loaded or promoted. There may be many readers and writers of bundles, but only one
    program at a time may promote. Where a model is one file and what counts is the way back, as in
    continual training, `mlsdlib.continual.ModelRegistry` is the smaller tool.

    Parameters
    ----------
    folder : path
        It is made if it is not there.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = ModelStore(folder.name)
    >>> files = {f"{artefact}.txt": "" for artefact in ARTEFACTS}
    >>> first = store.save("churn", files)
    >>> second = store.save("churn", files | {"tags.txt": "retrained"}, parents=[first])
    >>> store.promote("churn", 1); store.promote("churn", 2)
    >>> [(b.version, b.stage) for b in store.versions("churn")]
    [(1, 'archived'), (2, 'production')]
    >>> [b.version for b in store.lineage("churn", 2)]
    [2, 1]
    >>> _ = store.load("churn").file("tags").write_text("changed")
    >>> store.load("churn")
    Traceback (most recent call last):
    ValueError: churn 2 must not be used: changed: tags.txt
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def save(
        self,
        name: str,
        files: Mapping[str, str | bytes | os.PathLike],
        *,
        parents: Sequence[Bundle] = (),
    ) -> Bundle:
        """Return a new version, in staging, after it is on disk.

        Parameters
        ----------
        name : str
            Letters, digits, _ and -.
        files : mapping
            The contents, or a path to copy from, by file name; without its suffix, each is one of
            `ARTEFACTS`, and none may lack.
        parents : sequence of Bundle
            What it was made from.

        Raises
        ------
        TypeError, ValueError
            If `files` are not what is said above.
        """
        check_name("name", name)
        stems = [Path(file).stem for file in files]
        if sorted(stems) != sorted(ARTEFACTS) or any(Path(f).name != f for f in files):
            gone = [artefact for artefact in ARTEFACTS if artefact not in stems]
            raise ValueError(
                f"files must be the eight artefacts, one file each; missing: "
                f"{', '.join(gone) or 'none'}; got {', '.join(files) or 'none'}"
            )
        place = self.folder / name
        place.mkdir(exist_ok=True)
        side = Path(tempfile.mkdtemp(dir=place, prefix=".part-"))
        try:
            for file, content in files.items():
                write_bytes(side / file, _bytes(file, content), durable=True)
            manifest = {
                "files": {file: file_hash(side / file) for file in sorted(files)},
                "parents": [parent.digest for parent in parents],
            }
            text = json.dumps(manifest, indent=1)
            write_bytes(side / MANIFEST, text.encode(), durable=True)
            side.chmod(0o755)
            version = len(self._numbers(name)) + 1
            while True:
                try:
                    side.rename(place / str(version))
                    break
                except OSError:  # another writer was here first
                    if not (place / str(version)).exists():
                        raise
                    version += 1
        except BaseException:
            shutil.rmtree(side, ignore_errors=True)
            raise
        return self._bundle(name, version)

    def versions(self, name: str) -> list[Bundle]:
        """Return the versions of a model, oldest first."""
        return [self._bundle(name, version) for version in self._numbers(name)]

    def promote(self, name: str, version: int) -> None:
        """Put a version into production; to go back, promote the one before.

        Raises
        ------
        KeyError, ValueError
            If there is no such version, or something is wrong with it.
        """
        self.load(name, version)
        history = [*self._history(name), version]
        write_text(self.folder / name / "history.json", json.dumps(history))

    def load(self, name: str, version: int | None = None) -> Bundle:
        """Return a version, by default the one in production, after it has been verified.

        Raises
        ------
        KeyError, ValueError
            If there is none, or something is wrong with it.
        """
        if version is None:
            history = self._history(name)
            if not history:
                raise KeyError(f"no version of {name!r} is in production")
            version = history[-1]
        bundle = self._bundle(name, version)
        report = verify_bundle(bundle.folder)
        if not report.ok:
            raise ValueError(f"{name} {version} must not be used: {report}")
        return bundle

    def lineage(self, name: str, version: int) -> list[Bundle]:
        """Return a version and all that it was made from, as far as the store holds it."""
        known = {b.digest: b for place in sorted(self.folder.iterdir())
                 for b in self.versions(place.name)}  # fmt: skip
        found, left = {}, [self._bundle(name, version).digest]
        while left:
            digest = left.pop(0)
            if digest in known and digest not in found:
                found[digest] = known[digest]
                left += known[digest].parents
        return list(found.values())

    def _bundle(self, name: str, version: int) -> Bundle:
        numbers = self._numbers(name)
        if version not in numbers:
            there = ", ".join(map(str, numbers)) or "none"
            raise KeyError(f"no version {version} of {name!r}: there are {there}")
        folder, history = self.folder / name / str(version), self._history(name)
        manifest = _manifest(folder)
        stage = "archived" if version in history else "staging"
        if history[-1:] == [version]:
            stage = "production"
        parents = tuple(manifest["parents"])
        return Bundle(name, version, stage, content_key(manifest), parents, folder)

    def _numbers(self, name: str) -> list[int]:
        place = self.folder / name
        return sorted(int(file.name) for file in place.glob("*") if file.name.isdecimal())

    def _history(self, name: str) -> list[int]:
        file = self.folder / name / "history.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _manifest(folder: Path) -> dict:
    file = folder / MANIFEST
    if not file.exists():
        raise FileNotFoundError(f"folder must hold a {MANIFEST}, and {folder.name!r} does not")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {"files": dict(content["files"]), "parents": list(content["parents"])}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{MANIFEST} of {folder.name!r} cannot be read: {error!r}") from None


def _unmet(requirement: str, installed: Mapping[str, str] | None) -> str:
    """Return what is wrong with a line ``name==version``; empty if nothing is."""
    from importlib import metadata

    name, pinned, version = (part.strip() for part in requirement.partition("=="))
    if not name:
        return ""
    if not pinned:
        return f"{name} (no version)"
    try:
        have = metadata.version(name) if installed is None else installed.get(name)
    except metadata.PackageNotFoundError:
        have = None
    return "" if have == version else f"{name}=={version} (have {have or 'none'})"


def _bytes(name: str, content: object) -> bytes:
    if isinstance(content, os.PathLike):
        return Path(content).read_bytes()
    if isinstance(content, str):
        return content.encode()
    if not isinstance(content, bytes):
        raise TypeError(f"files[{name!r}] must be text, bytes or a path, got {content!r}")
    return content
