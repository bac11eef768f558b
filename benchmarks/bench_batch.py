"""Running notebooks: papermill's command beside ours, cold kernels beside warm ones.

Run ``python benchmarks/bench_batch.py [a] [b] [c] [d]``; without a letter, all parts:

a   one small notebook
b   eight light notebooks that import torch and scikit-learn; the real course
c   what a job costs as their number grows, in time and in memory
d   what it costs to start

What is compared has shown the same outputs, figures included. Every way has the same environment
and one BLAS thread.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median

from light_notebooks import WORKERS, job, outputs, processor_seconds, source
from side_by_side import call, command, cores, interleaved, peak_memory, spread, table, timed

from mlsdlib.course.jobs import run_job
from mlsdlib.course.kernel import WARM_SOCKET, set_environment
from mlsdlib.course.plan import plan
from mlsdlib.course.sections import discover
from mlsdlib.course.store import Store
from mlsdlib.course.warm import WarmParent

NOTEBOOKS = 8
SIZES = (10, 100, 1000)
FASTER, FROM_IDEAL, JOB_SECONDS, MEMORY_GROWTH, IMPORT_MS = 10.0, 1.15, 0.6, 1.2, 50.0
"""The promises: at least FASTER times, at most each of the others."""
RUNNER = Path(__file__).with_name("light_notebooks.py")
PROVISIONER = "JUPYTER_DEFAULT_PROVISIONER_NAME"


def plain() -> dict[str, str]:
    """Return the environment of who does not know our kernels."""
    return {name: text for name, text in os.environ.items() if name != PROVISIONER}


def papermill(kind: str, number: int, folder: Path, environment: dict[str, str]) -> None:
    """Run one notebook by papermill's command."""
    folder.mkdir(exist_ok=True)
    written = folder.parent / f"{kind}-{number:03d}.ipynb"
    written.write_text(source(kind, number), encoding="utf-8")
    words = (command("papermill"), "--no-progress-bar", written, folder / written.name)
    call(*words, environment=environment)


def ours(kind: str, count: int, folder: Path) -> float:
    """Run notebooks in a fresh process of ours; return the seconds that it told."""
    return float(call(sys.executable, RUNNER, kind, count, folder, environment=dict(os.environ)))


def check_equal(*folders: Path) -> None:
    """Raise unless the same notebooks have shown the same in every folder."""
    first, *others = map(outputs, folders)
    for folder, other in zip(folders[1:], others, strict=True):
        if not first or first != other:
            raise ValueError(f"{folders[0].name} and {folder.name} differ: nothing to compare")


def part_a(work: Path) -> list[str]:
    """One small notebook, cold and warm: by papermill's command, and by our engine in process."""

    def engine(name: str) -> None:
        # No list of modules, so that the job starts no warm parent of its own.
        result = run_job(replace(job("small", 0, Store(work / name)), preload=()))
        if not result.ok:
            raise RuntimeError(result.error)

    def engine_warm() -> None:
        os.environ.update(parent.variables)
        try:
            engine("engine, warm")
        finally:
            os.environ.pop(WARM_SOCKET, None)

    modules = job("small", 0, Store(work)).preload
    with WarmParent(modules, environment=dict(os.environ)) as parent:
        warm = dict(os.environ) | parent.variables
        ways: dict[str, Callable[[], None]] = {
            "papermill": lambda: papermill("small", 0, work / "papermill", plain()),
            "papermill, warm": lambda: papermill("small", 0, work / "papermill, warm", warm),
            "engine": lambda: engine("engine"),
            "engine, warm": engine_warm,
        }
        for way in ways.values():  # imports, and waits for the parent
            way()
        check_equal(*(work / name for name in ways))
        seconds = interleaved(ways, 5)
    cold = median(seconds["papermill"])
    rows = [[name, spread(s), f"{cold / median(s):.1f} ×"] for name, s in seconds.items()]
    table(
        "(a) One notebook with numpy, pandas and a figure; medians of 5. The engine is called in a "
        "process that has imported it.",
        ["way", "wall", "faster"],
        rows,
    )
    return []


def part_b(work: Path) -> list[str]:
    """Eight light notebooks, and the real course."""
    numbers = range(NOTEBOOKS)

    def one(name: str, number: int) -> float:
        return timed(lambda: papermill("light", number, work / name, plain()))

    def run_ours() -> float:
        shutil.rmtree(work / "ours", ignore_errors=True)  # else they would count as done
        return timed(lambda: ours("light", NOTEBOOKS, work / "ours"))

    run_ours()  # fills the system's cache
    runs = [run_ours()]
    singles = [one("loop", number) for number in numbers]
    runs.append(run_ours())
    with ThreadPoolExecutor(2) as pool:
        pairs = timed(lambda: list(pool.map(lambda n: one("two at a time", n), numbers)))
    runs.append(run_ours())
    check_equal(work / "loop", work / "two at a time", work / "ours")
    return [*_tell_light(singles, pairs, runs, work / "loop"), *_course(work)]


def _tell_light(singles: list[float], pairs: float, runs: list[float], folder: Path) -> list[str]:
    """Print the table of the eight; the ideal comes from the loop's kernels, in `folder`."""
    spent = processor_seconds(folder)
    cells = sum(s["cells"] for s in spent) / WORKERS
    loop = sum(singles)
    ways = {
        "papermill in a loop": [loop],
        "papermill, two at a time": [pairs],
        f"run_jobs, {WORKERS} workers": runs,
        "ideal, imports counted once": [cells + median(s["imports"] for s in spent)],
        "ideal, no imports": [cells],
    }
    table(
        f"(b) {NOTEBOOKS} notebooks that import numpy, pandas, scikit-learn, torch and pyplot: "
        "whole processes, so that ours\n    includes its start, its workers' and the warm "
        f"parent's. Papermill once (a notebook: {spread(singles)}), ours {len(runs)} times.",
        ["way", "wall", "faster than the loop"],
        [[name, spread(s), f"{loop / median(s):.1f} ×"] for name, s in ways.items()],
    )
    print(
        f"\n  Ideal: processor seconds of the cells, told by the loop's kernels, ÷ {WORKERS}; the "
        "one above it has the imports\n  of one kernel before them, on one core."
    )
    faster = loop / median(runs)
    return [] if faster >= FASTER else [f"(b) {faster:.1f} × faster than the loop, not {FASTER:g}"]


def _course(work: Path) -> list[str]:
    """Run the real course by its command; compare with the cells' own durations of that run."""
    folder = work / "course"
    words = (command("mlsd"), "run", "--all", "--again", "--out", folder)
    seconds = timed(lambda: call(*words, environment=dict(os.environ)))
    spent = [
        (
            planned,
            sum(
                cell["metadata"].get("papermill", {}).get("duration") or 0
                for cell in json.loads((folder / planned.output).read_text(encoding="utf-8"))[
                    "cells"
                ]
            ),
        )
        for planned in plan(discover(), {}, store=Store(folder))
    ]
    alone = [s for planned, s in spent if planned.alone]
    others = [s for planned, s in spent if not planned.alone]
    ideal = sum(alone) + max([sum(others) / cores(), *others])
    ratio = seconds / ideal
    table(
        f"(b) The real course, mlsd run --all --again, {cores()} cores; one run",
        ["what", "wall", "÷ ideal"],
        [
            ["whole command", spread([seconds]), f"{ratio:.3f}"],
            ["ideal", spread([ideal]), "1.000"],
            [f"  cells of {len(alone)} notebooks that run alone", spread([sum(alone)]), ""],
            [f"  cells of {len(others)} others", spread([sum(others)]), ""],
        ],
    )
    print(
        "\n  Ideal: wall seconds of the cells of this run; those that compare durations one after "
        "the other,\n  the others spread evenly over the cores, but no faster than the longest one."
    )
    return [] if ratio <= FROM_IDEAL else [f"(b) the course took {ratio:.2f} × the ideal"]


def part_c(work: Path) -> list[str]:
    """Jobs that do nothing: seconds a job, and the memory of the runner and its workers."""
    seconds, peaks = {}, {}
    ours("empty", 2, work / "first")  # fills the system's cache
    for size in SIZES:
        with peak_memory("mlsdlib.course.worker") as peak:
            seconds[size] = ours("empty", size, work / f"{size}") / size
        peaks[size] = peak[0]
    again = ours("empty", SIZES[-1], work / f"{SIZES[-1]}") / SIZES[-1]
    table(
        f"(c) Notebooks that do nothing, {WORKERS} workers: wall of run_jobs ÷ jobs, "
        "the start of workers and warm parent included",
        ["jobs", "a job", "resumed, a job", "peak of runner and workers"],
        [
            [
                f"{size}",
                f"{seconds[size]:.3f} s",
                f"{again * 1000:.2f} ms" if size == SIZES[-1] else "",
                f"{peaks[size]:.0f} MB",
            ]
            for size in SIZES
        ],
    )
    few, many = SIZES[0], SIZES[-1]
    broken = []
    if seconds[many] >= JOB_SECONDS:
        broken.append(f"(c) {seconds[many]:.2f} s a job, not under {JOB_SECONDS:g}")
    if peaks[many] > MEMORY_GROWTH * peaks[few]:
        broken.append(f"(c) {peaks[many] / peaks[few]:.2f} × the memory with {many} jobs")
    return broken


def part_d(work: Path) -> list[str]:
    """Start of Python with and without `mlsdlib`, and of the two commands."""
    python = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "python -c 'import mlsdlib'": (sys.executable, "-c", "import mlsdlib"),
    }
    helps = {f"{name} --help": (command(name), "--help") for name in ("papermill", "mlsd")}
    broken = []
    for words, repeats in ((python, 21), (helps, 7)):
        ways = {
            name: lambda line=line: call(*line, environment=dict(os.environ))
            for name, line in words.items()
        }
        runs = interleaved(ways, repeats)
        first, second = (1000 * median(seconds) for seconds in runs.values())
        table(
            f"(d) Start; medians of {repeats}, interleaved",
            ["command", "wall", "difference"],
            [
                [name, spread([1000 * s for s in seconds], "ms"), f"{after:+.0f} ms"]
                for (name, seconds), after in zip(runs.items(), (0, second - first), strict=True)
            ],
        )
        if words is python and second - first >= IMPORT_MS:
            broken.append(f"(d) import mlsdlib takes {second - first:.0f} ms")
    return broken


PARTS = {"a": part_a, "b": part_b, "c": part_c, "d": part_d}


def main(letters: list[str]) -> int:
    """Run the parts; return 1 where a promise is broken."""
    if unknown := set(letters) - set(PARTS):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles a library at every start
    os.environ.pop(WARM_SOCKET, None)
    set_environment()
    broken = []
    for letter in letters or PARTS:
        print(f"\nload {os.getloadavg()[0]:.1f} before part {letter}", flush=True)
        with tempfile.TemporaryDirectory(prefix=f"bench-{letter}-") as work:
            broken += PARTS[letter](Path(work))
    for promise in broken:
        print(f"\nBROKEN {promise}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
