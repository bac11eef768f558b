"""All tests, as `make test` runs them; `--all` adds every notebook and solution at full size.

Each phase is a process of its own, and one that fails stops no other. The last line sums up.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ["tests/library", "tests/course", "tests/checks", "tests/notebooks", "mlsdlib"]
NBVAL = ["-p", "tests.conftest", "--nbval"]
UNDECIDED = re.compile(
    r"assert reference_output == test_output.*?\n\s*- [^\n]*undecided", re.DOTALL
)
"""In what pytest says of a cell: its output now, after the minus, has a verdict undecided."""


@dataclass(frozen=True)
class Phase:
    """One process: pytest, or another module of Python, with these arguments.

    A warm one forks its kernels: the stored outputs were built cold, and both must agree. Where
    durations are compared, a verdict that is undecided gets a second look: another program may have
    held the machine for a moment. One that is the opposite has failed at once, as has anything else
    that differs. The summary names the notebooks that were run twice.
    """

    name: str
    arguments: list[str]
    module: str = "pytest"
    warm: bool = False
    second_look: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a phase."""

    name: str
    passed: int
    failed: int
    skipped: int = 0
    seconds: float = 0.0
    twice: tuple[str, ...] = ()

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        counts = f"{self.passed} passed, {self.failed} failed{skipped}"
        twice = f"; looked at twice: {', '.join(self.twice)}" if self.twice else ""
        return f"{self.name}: {counts} in {self.seconds:.0f} s{twice}"


def phases(*, everything: bool) -> Iterator[Phase]:
    """Yield what to run. Notebooks that compare durations run last, and each of them alone."""
    # Two cores take three processes: some tests wait, for a deadline or a process that they killed.
    yield Phase("library, course, checks, sections", [*FOLDERS, "-n", "3", "--dist", "loadgroup"])
    together, alone = notebooks()
    cells = "every cell" if everything else "what differs"
    options = ["--all-cells"] if everything else []
    for name, chosen, second_look, width in (
        ("notebooks", together, False, ["-n", "2", "--dist", "loadfile"]),
        ("timing notebooks", alone, True, []),
    ):
        if chosen:
            arguments = [*NBVAL, *options, *width, *chosen, *map(solution, chosen)]
            yield Phase(
                f"{name}; solutions, {cells}", arguments, warm=True, second_look=second_look
            )
    if everything:
        yield Phase("mlsd run --all", ["run", "--all", "--again"], "mlsdlib.course")
        solved = ["run", "--all", "--again", "--solved", "--out", "runs/solved"]
        yield Phase("mlsd run --all --solved", solved, "mlsdlib.course")


def notebooks() -> tuple[list[str], list[str]]:
    """Return the notebooks that may run side by side, and those that must run alone.

    One that is not built is left out here: `mlsd build --check`, in the first phase, fails on it.
    """
    from mlsdlib.course.plan import plan
    from mlsdlib.course.sections import discover
    from mlsdlib.course.store import Store

    built = [s for s in discover(ROOT) if s.notebook.exists() and s.solution.exists()]
    if not built:
        raise ValueError("no notebook is built: run mlsd build")
    jobs = plan(built, {}, store=Store(ROOT / "runs"))
    together = [job.notebook for job in jobs if not job.alone]
    return together, [job.notebook for job in jobs if job.alone]


def solution(notebook: str) -> str:
    """Return the solved notebook beside an unsolved one."""
    return notebook.replace("notebooks/", "solutions/", 1)


def run(phase: Phase) -> Outcome:
    """Run a phase, its output on this terminal, and return what became of it."""
    print(f"\n##### {phase.name}", flush=True)
    outcome, found = attempt(phase)
    failed = {name for name, _ in found}
    differing = [a for a in phase.arguments if a.replace("/", ".") in failed]
    only_undecided = all(UNDECIDED.search(said) for _, said in found)
    if not (phase.second_look and differing and len(differing) == len(failed) and only_undecided):
        return outcome
    print(f"\n##### second look: {', '.join(differing)}", flush=True)
    others = [a for a in phase.arguments if not a.endswith(".ipynb")]
    second, _ = attempt(replace(phase, arguments=[*others, *differing]))
    return replace(
        outcome,
        passed=outcome.passed + outcome.failed - second.failed,
        failed=second.failed,
        seconds=outcome.seconds + second.seconds,
        twice=tuple(differing),
    )


def attempt(phase: Phase) -> tuple[Outcome, list[tuple[str, str]]]:
    """Run a phase once; return what became of it, and each failure: where, and what was said."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        warm = [sys.executable, "-m", "mlsdlib.course", "warm"] if phase.warm else []
        command = [*warm, sys.executable, "-m", phase.module, *phase.arguments]
        if phase.module == "pytest":
            command.append(f"--junitxml={report}")
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        is_pytest = phase.module == "pytest"
        passed, failed, skipped = counts(report) if is_pytest else (int(code == 0), 0, 0)
        found = failures(report)
    if not failed and (code or not passed):  # it broke down, or collected no test
        failed = 1
    return Outcome(phase.name, passed, failed, skipped, time.monotonic() - start), found


def counts(report: Path) -> tuple[int, int, int]:
    """Return how many tests passed, failed and were skipped, from pytest's own report."""
    if not report.exists():
        return 0, 0, 0
    suite = ElementTree.parse(report).getroot().find("testsuite")
    names = ("tests", "failures", "errors", "skipped")
    tests, failures, errors, skipped = (int(suite.get(name)) for name in names)
    return tests - failures - errors - skipped, failures + errors, skipped


def failures(report: Path) -> list[tuple[str, str]]:
    """Return each failure: its file, a notebook's with dots for slashes, and what pytest says."""
    if not report.exists():
        return []
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return [
        (case.get("classname"), bad.text or "")
        for case in cases
        for bad in [*case.findall("failure"), *case.findall("error")]
    ]


def main() -> int:
    """Run all phases; return 0 only if each of them ran something and nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every cell, every notebook, full size")
    outcomes = []
    try:
        for phase in phases(everything=parser.parse_args().all):
            outcomes.append(run(phase))
    except (OSError, ValueError, SyntaxError) as err:
        outcomes.append(Outcome(f"the notebooks cannot be planned ({err})", 0, 1))
    print("\n##### summary", *outcomes, sep="\n")
    passed, failed = (sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed"))
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
