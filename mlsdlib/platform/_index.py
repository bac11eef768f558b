"""A package index in a folder, filled at run time, and resolved by pip itself without a network."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.files import write_bytes

__all__ = ["Pin", "Release", "ResolveError", "resolve", "simulate_releases", "write_wheels"]

_STACK = {
    "frames": ("arrays", "dates"),
    "learner": ("arrays", "jobs", "threads"),
    "plots": ("arrays", "colours", "fonts"),
    "client": ("certs", "urls"),
}
"""What a small project asks for by name, and what that pulls in."""


@dataclass(frozen=True)
class Release:
    """One version of a package: the day it came out, and what it requires."""

    name: str
    version: str
    day: float
    requires: tuple[str, ...] = ()
    content: str = ""


@dataclass(frozen=True)
class Pin:
    """What pip chose for one package: its version, and the SHA-256 of the file."""

    version: str
    sha256: str


class ResolveError(RuntimeError):
    """Pip refused: nothing fits, or a file is not the one that was locked."""


def simulate_releases(
    projects: int, *, days: int, rng: np.random.Generator | int | None = None
) -> list[list[Release]]:
    """Return the releases that each of many projects can see, in the order of their days.

    Every project has a stack of its own: 4 packages that it names and 8 that those require. Each
    is there on day 0, and then comes out again at random, at a rate of its own: between once in
    twenty months and once a month. Of ten new versions, six are patches and about one in fourteen
    is a major one. Of the packages with a single parent, half are capped below the next major
    version by it.

    Parameters
    ----------
    projects : int
        How many.
    days : int
        How long the packages go on.
    rng : Generator or int, optional
        Draws rates, days and kinds.

    Returns
    -------
    list of list of `Release`
        One list a project. The names of project 3 begin with ``p3-``.

    Examples
    --------
    >>> releases = simulate_releases(1, days=0, rng=0)[0]
    >>> len(releases), releases[0].name, releases[0].requires
    (12, 'p0-frames', ('p0-arrays>=1', 'p0-dates>=1'))
    """
    whole("projects", projects)
    whole("days", days, at_least=0)
    rng = np.random.default_rng(rng)
    return [_project(f"p{number}-", days, rng) for number in range(projects)]


def _project(prefix: str, days: int, rng: np.random.Generator) -> list[Release]:
    children = [child for needs in _STACK.values() for child in needs]
    names = [*_STACK, *dict.fromkeys(children)]
    capped = {name for name in names if children.count(name) == 1 and rng.random() < 0.5}
    found = []
    for name in names:
        now = [1, int(rng.integers(10)), int(rng.integers(5))]
        rate = np.exp(rng.uniform(np.log(0.05), 0.0)) / 30
        later = np.sort(rng.uniform(0, days, rng.poisson(rate * days)))
        for day in [0.0, *later]:
            if day:
                place = int(rng.choice(3, p=[0.07, 0.33, 0.6]))
                now = [*now[:place], now[place] + 1, 0, 0][:3]
            # A package may not cap what others share: two caps could not both be met.
            needs = tuple(
                f"{prefix}{child}>=1" + (",<2" if child in capped else "")
                for child in _STACK.get(name, ())
            )
            found.append(Release(prefix + name, ".".join(map(str, now)), float(day), needs))
    return sorted(found, key=lambda release: release.day)


def write_wheels(folder: Path | str, releases: Iterable[Release]) -> list[Path]:
    """Write one wheel a release, as a build would, and return the files.

    The files are the same at each run, byte for byte. A release that is there is written anew.

    Parameters
    ----------
    folder : path
        Where to; it must exist.
    releases : iterable of `Release`
        What to write. `content` is put into the package's only module.
    """
    return [_write(Path(folder), release) for release in releases]


def _write(folder: Path, release: Release) -> Path:
    stem = f"{release.name.replace('-', '_')}-{release.version}"
    info = f"{stem}.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in release.requires)
    files = {
        f"{release.name.replace('-', '_')}.py": release.content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {release.name}\n"
        f"Version: {release.version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{name},{_record_hash(text)},{len(text.encode())}\n" for name, text in files.items()]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"])
    path, content = folder / f"{stem}-py3-none-any.whl", io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(zipfile.ZipInfo(name), text)  # without a date: equal bytes each time
    write_bytes(path, content.getvalue())
    return path


def _record_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def resolve(folder: Path | str, lines: Iterable[str], *, hashes: bool = False) -> dict[str, Pin]:
    """Return what pip would install from a folder of wheels, by name; nothing is installed.

    Parameters
    ----------
    folder : path
        The index: pip sees these files and nothing else, whatever it is configured to.
    lines : iterable of str
        The lines of a requirements file.
    hashes : bool
        Have pip refuse what is not pinned with a hash.

    Raises
    ------
    ResolveError
        If pip refuses; its own words are in the message.
    ModuleNotFoundError
        If this Python has no pip.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_wheels(folder, [Release("a", "1.0", 0, ("b>=2",)), Release("b", "2.5", 0)])
    ...     {name: pin.version for name, pin in resolve(folder, ["a"]).items()}
    [...]
    {'a': '1.0', 'b': '2.5'}
    """
    with tempfile.TemporaryDirectory() as scratch:
        wanted, report = Path(scratch, "requirements.txt"), Path(scratch, "report.json")
        wanted.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        command = [
            *(sys.executable, "-I", "-m", "pip", "--isolated", "--no-input"),
            *("install", "--dry-run", "--ignore-installed", "--quiet", "--no-cache-dir"),
            *("--disable-pip-version-check", "--no-index", "--find-links", str(Path(folder))),
            *("--report", str(report), "-r", str(wanted)),
            *(["--require-hashes"] if hashes else []),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if "No module named pip" in ran.stderr:
            raise ModuleNotFoundError("pip is needed: python -m ensurepip", name="pip")
        if ran.returncode:
            raise ResolveError(ran.stderr.strip())
        chosen = json.loads(report.read_text(encoding="utf-8"))["install"]
    found = {
        item["metadata"]["name"]: Pin(
            item["metadata"]["version"], item["download_info"]["archive_info"]["hashes"]["sha256"]
        )
        for item in chosen
    }
    return dict(sorted(found.items()))
