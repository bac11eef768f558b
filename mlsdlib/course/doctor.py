"""`mlsd doctor`: what is wrong with this installation, in words, and what to do about it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mlsdlib.course import paths


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is as it should be, and what to do if not."""

    name: str
    ok: bool
    detail: str


def examine() -> list[Finding]:
    """Return what was found, one `Finding` an examination; none of them raises."""
    findings = []
    for name, examination in _EXAMINATIONS.items():
        try:
            problem = examination()
        except Exception as err:  # an examination that breaks is a finding
            problem = f"could not be examined: {type(err).__name__}: {err}"
        findings.append(Finding(name, not problem, problem or "in order"))
    return findings


def _python() -> str:
    from packaging.specifiers import SpecifierSet

    found, wanted = sys.version.split()[0], metadata.metadata("mlsdlib")["Requires-Python"]
    if not SpecifierSet(wanted).contains(found, prereleases=True):
        return f"Python {wanted} is needed, this is {found}"
    return ""


def _packages() -> str:
    needed = [
        Requirement(text)
        for text in metadata.requires("mlsdlib") or []
        if "extra" not in text or 'extra == "course"' in text or "extra == 'course'" in text
    ]
    problems = list(filter(None, (requirement.problem() for requirement in needed)))
    advice = '; install them with: pip install -c constraints.txt -e ".[course]"'
    return ", ".join(problems) + advice if problems else ""


class Requirement:
    """One line of the package's requirements, checked against what is installed."""

    def __init__(self, text: str) -> None:
        from packaging.requirements import Requirement as Parsed

        self.parsed = Parsed(text)

    def problem(self) -> str:
        """Return what is wrong with the installed version, empty if nothing is."""
        name, wanted = self.parsed.name, self.parsed.specifier
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            return f"{name} is missing"
        if not wanted.contains(found, prereleases=True):
            return f"{name} {found} is installed, {wanted} is needed"
        return ""


def _pins() -> str:
    from packaging.requirements import Requirement as Parsed

    off = []
    for line in (paths.root() / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pin = Parsed(line)
        try:
            found = metadata.version(pin.name)
        except metadata.PackageNotFoundError:
            continue
        meant = pin.marker is None or pin.marker.evaluate()
        if meant and not pin.specifier.contains(found, prereleases=True):
            off.append(f"{pin.name} {found} (pinned {str(pin.specifier).removeprefix('==')})")
    if off:
        return "not the pinned versions, stored outputs may differ: " + ", ".join(off)
    return ""


def _data() -> str:
    from mlsdlib import datasets

    checked = datasets.verify()
    bad = checked.loc[~checked["ok"], "path"].tolist()
    if bad:
        return f"{len(bad)} data files are missing or changed: {', '.join(bad[:5])}; restore them"
    return ""


def _notebooks() -> str:
    from mlsdlib.course.sections import discover

    missing = [s.notebook.name for s in discover() if not s.notebook.exists()]
    return f"not built: {', '.join(missing)}; run mlsd build" if missing else ""


def _kernel() -> str:
    import nbformat

    from mlsdlib.course.kernel import execute

    code = "import sys, mlsdlib; print(sys.prefix)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with tempfile.TemporaryDirectory() as folder:
        execute(notebook, folder=Path(folder))
    output = notebook.cells[0].outputs[0]
    if output.output_type == "error":
        return f"a kernel cannot import mlsdlib: {output.evalue}"
    if Path(output.text.strip()).resolve() != Path(sys.prefix).resolve():
        return (
            "the kernel named python3 belongs to another Python; remove the one listed by "
            "`jupyter kernelspec list`, or run `python -m ipykernel install --sys-prefix`"
        )
    return ""


def _space() -> str:
    free = shutil.disk_usage(paths.root()).free / 1e9
    return f"only {free:.1f} GB free, a full run needs about 1 GB" if free < 1 else ""


def _writable() -> str:
    with tempfile.TemporaryDirectory(dir=paths.root()):
        return ""


_EXAMINATIONS: dict[str, Callable[[], str]] = {
    "Python": _python,
    "packages": _packages,
    "pinned versions": _pins,
    "data": _data,
    "notebooks": _notebooks,
    "kernel": _kernel,
    "disk space": _space,
    "writable folder": _writable,
}


def report(findings: list[Finding]) -> Iterator[str]:
    """Yield the findings as lines of text."""
    for finding in findings:
        yield f"{'ok ' if finding.ok else 'BAD'}  {finding.name}: {finding.detail}"
