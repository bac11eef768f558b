"""Exercise 10.3-e1: is a bundle what was put in?"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]

LISTS = ("missing", "changed", "extra", "versions")


def verify_bundle(folder, installed):
    """Return what is missing, changed, extra, and of another version."""
    folder = Path(folder)
    named = json.loads((folder / "manifest.json").read_text())["files"]
    there = {file.name for file in folder.iterdir()} - {"manifest.json"}
    changed = [
        name
        for name in there & set(named)
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != named[name]
    ]
    unmet = []
    if "dependencies.txt" in there:
        for line in (folder / "dependencies.txt").read_text().splitlines():
            name, _, version = line.partition("#")[0].partition("==")
            if name.strip() and installed.get(name.strip()) != version.strip():
                unmet.append(name.strip())
    return {
        "missing": sorted(set(named) - there),
        "changed": sorted(changed),
        "extra": sorted(there - set(named)),
        "versions": sorted(unmet),
    }


_NEEDS = "numpy==2.4.0\nshopfeatures==1.0\n"
_HAVE = {"numpy": "2.4.0", "shopfeatures": "1.0"}
_SAVED = {"parameters.json": "[1, 2]", "tags.json": "{}", "dependencies.txt": _NEEDS}


def _case(saved: dict[str, str], found: dict[str, str], installed: dict[str, str]) -> Case:
    """Return what was put in, what is there now (None: removed), and what is installed."""
    return {"saved": saved, "found": {**saved, **found}, "installed": installed}


def _needs(text: str, installed: dict[str, str]) -> Case:
    return _case({**_SAVED, "dependencies.txt": text}, {}, installed)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(_SAVED, {}, _HAVE)  # all well
    yield _case(_SAVED, {"tags.json": None}, _HAVE)
    yield _case(_SAVED, {"parameters.json": "[1, 3]"}, _HAVE)  # the same length
    yield _case(_SAVED, {"notes.txt": "tried on Friday"}, _HAVE)
    yield _case(_SAVED, {}, {**_HAVE, "shopfeatures": "2.0"})
    yield _case(_SAVED, {}, {"numpy": "2.4.0"})  # not installed
    yield _case(_SAVED, {"dependencies.txt": None}, {})  # nothing to compare with
    yield _case(_SAVED, {"tags.json": None, "tag.json": "{}"}, _HAVE)  # renamed
    yield _case(_SAVED, {"parameters.json": "", "tags.json": "{} "}, _HAVE)
    yield _needs("shopfeatures\n", {"shopfeatures": "1.0"})  # no version
    yield _needs("# tools\n\nnumpy==2.4.0  # pinned\n", _HAVE)
    yield _needs("  numpy == 2.4.0\n", _HAVE)
    yield _needs("shopfeatures==1.0\n", {"shopfeatures": "1.0.1"})  # begins alike
    yield _needs("shopfeatures==1.10\n", {"shopfeatures": "1.1"})
    yield _needs("", {})
    yield _case({}, {}, {})  # an empty bundle
    yield _case({}, {"b.txt": "", "a.txt": ""}, {})
    yield _case({"b.bin": "1", "a.bin": "1"}, {"a.bin": None, "b.bin": None}, {})
    yield _case({"b.bin": "1", "a.bin": "1"}, {"a.bin": "2", "b.bin": "2"}, {})
    yield _needs("z==1\ny==1\n", {})
    for _ in range(12):
        names = [f"{name}.txt" for name in rng.permutation(list("abcdefg")).tolist()]
        saved = {name: str(rng.integers(3)) for name in names[:4]} | {"dependencies.txt": _NEEDS}
        found = {name: rng.choice([None, "0", "1"]) for name in names[2:6]}
        found = {name: None if text is None else str(text) for name, text in found.items()}
        installed = {name: str(rng.choice([version, "9.9"])) for name, version in _HAVE.items()}
        yield _case(saved, found, installed)


def _call(function, case: Case) -> object:
    """Write the bundle to a folder of its own, and let the function look at it."""
    with tempfile.TemporaryDirectory(prefix="mlsd-") as place:
        folder = Path(place)
        hashes = {
            name: hashlib.sha256(text.encode()).hexdigest() for name, text in case["saved"].items()
        }
        (folder / "manifest.json").write_text(json.dumps({"files": hashes}))
        for name, text in case["found"].items():
            if text is not None:
                (folder / name).write_text(text, encoding="utf-8", newline="")
        return attempted(function(place, dict(case["installed"])))


def _show(name: str, case: Case) -> str:
    there = {file: text for file, text in case["found"].items() if text is not None}
    return (
        f"{name}(folder, {case['installed']!r}), where the manifest was written for "
        f"{case['saved']!r}, and now there is {there!r}"
    )


def _judge(case: Case, result: object) -> Problem | None:
    expected = _call(verify_bundle, case)
    if result == expected:
        return None
    if not isinstance(result, dict) or set(result) != set(LISTS):
        return Problem(expected, f"Return a dictionary with the keys {', '.join(LISTS)}.")
    for name in LISTS:
        if result[name] == expected[name]:
            continue
        got = result[name]
        if not isinstance(got, list):
            return Problem(expected, f"{name} must be a list of names.")
        if sorted(map(str, got)) == expected[name]:
            return Problem(expected, f"{name} must be sorted.")
        return Problem(expected, _WHY[name](set(got), set(expected[name]), case))
    return Problem(Words("the four lists"), "Something else differs.")


def _missing(got: set, expected: set, case: Case) -> str:
    if got < expected:
        return "A file that the manifest names and that is not in the folder is missing."
    return "Missing are only files that the manifest names and that are not in the folder."


def _changed(got: set, expected: set, case: Case) -> str:
    if got < expected:
        return (
            "A file has changed if the hash of its bytes is not that of the manifest, also where "
            "its length is the same."
        )
    return "Changed are only files that are there, with another hash: not those missing or extra."


def _extra(got: set, expected: set, case: Case) -> str:
    if "manifest.json" in got:
        return "The manifest does not name itself, and is not extra."
    return "A file that is in the folder and that the manifest does not name is extra."


def _versions(got: set, expected: set, case: Case) -> str:
    text = case["found"].get("dependencies.txt") or ""
    if "#" in text:
        return "What follows a # is a comment; blank lines do not count."
    if " == " in text:
        return "There may be blanks around the name and the version."
    if got < expected:
        return (
            "Name a package whose version is not exactly the one installed, one that is not "
            "installed, and one without a version."
        )
    return "A package whose version is the one installed is in order."


_WHY = {"missing": _missing, "changed": _changed, "extra": _extra, "versions": _versions}


def _variant(**changes):
    """Return a function whose answer differs from the reference in some lists."""

    def function(folder, installed):
        found = verify_bundle(folder, installed)
        return found | {name: change(folder, installed, found) for name, change in changes.items()}

    return function


def _by_length(folder, installed, found):
    """Compare lengths: a saved text was at most as long as what is told of it."""
    return [name for name in found["changed"] if len(Path(folder, name).read_bytes()) != 6]


def _with_manifest(folder, installed, found):
    return sorted([*found["extra"], "manifest.json"])


def _missing_too(folder, installed, found):
    return sorted(found["changed"] + found["missing"])


def _starts_alike(folder, installed, found):
    """Take 1.0.1 for 1.0, as a comparison of the beginnings does."""
    file = Path(folder, "dependencies.txt")
    lines = file.read_text().splitlines() if file.exists() else []
    needs = dict(line.partition("#")[0].split("==") for line in lines if "==" in line)
    needs = {name.strip(): version.strip() for name, version in needs.items()}
    return [
        name
        for name in found["versions"]
        if not installed.get(name, "").startswith(needs.get(name, "nothing"))
    ]


def _absent_is_fine(folder, installed, found):
    return [name for name in found["versions"] if name in installed]


def _whole_lines(folder, installed, found):
    """Take comments and blanks for parts of names."""
    file = Path(folder, "dependencies.txt")
    lines = file.read_text().splitlines() if file.exists() else []
    pairs = [line.partition("==") for line in lines]
    return sorted(name for name, _, version in pairs if installed.get(name) != version)


EXERCISE = Exercise(
    id="10.3-e1",
    name="verify_bundle",
    reference=verify_bundle,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Compare two sets: the names in the manifest, and the names in the folder without the "
        "manifest's own.",
        "Path(folder).iterdir() lists files; hashlib.sha256(file.read_bytes()).hexdigest() is the "
        "hash. Look for changes only among the names in both sets.",
        'name, _, version = line.partition("#")[0].partition("=="); strip both; skip an empty '
        "name; it is not met if installed.get(name) != version.",
    ),
    wrong=(
        Wrong("by length", _variant(changed=_by_length), "hash of its bytes"),
        Wrong("no extra files", _variant(extra=lambda *_: []), "does not name is extra"),
        Wrong("manifest is extra", _variant(extra=_with_manifest), "does not name itself"),
        Wrong("missing is changed", _variant(changed=_missing_too), "are there, with another hash"),
        Wrong("versions begin alike", _variant(versions=_starts_alike), "not exactly"),
        Wrong("absent packages pass", _variant(versions=_absent_is_fine), "not installed"),
        Wrong("comments are names", _variant(versions=_whole_lines), "is a comment"),
    ),
    note="The library's verify_bundle also looks into folders inside the bundle, where a stale "
    ".pyc may lie. Against somebody who writes a new manifest only a signature helps.",
)
