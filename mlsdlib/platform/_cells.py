"""Run the cells of notebooks in any order, each run in a namespace of its own."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlsdlib.checks import check_choice, whole
from mlsdlib.processes import Child

__all__ = ["CellRun", "reorderings", "run_cells"]

_SECONDS = 240


@dataclass(frozen=True)
class CellRun:
    """What one run printed, by the position of the cell in the order; `error` ended it early."""

    printed: tuple[str, ...]
    error: str = ""


def run_cells(orders: Iterable[Sequence[str]], *, prelude: str = "") -> list[CellRun]:
    r"""Return what cells print if they are run in these orders, all in one other process.

    The process is one for all runs, so that packages are imported once; each run begins with an
    empty namespace, as a kernel does. The first error ends a run. Only what is printed counts.

    Parameters
    ----------
    orders : iterable of sequence of str
        For each run, the sources of its cells in the order in which to run them.
    prelude : str
        Source that the other process runs once, before all.

    Raises
    ------
    RuntimeError
        If the process fails, for example in the prelude.

    Examples
    --------
    >>> run_cells([["x = 1", "print(x + 1)"], ["print(x + 1)", "x = 1"]])
    [CellRun(printed=('', '2\n'), error=''), CellRun(printed=(), error='NameError')]
    """
    with tempfile.TemporaryDirectory() as folder:
        given, got, errors = (Path(folder, name) for name in ("given", "got", "errors"))
        job = {"orders": [list(order) for order in orders], "prelude": prelude}
        given.write_text(json.dumps(job), encoding="utf-8")
        with errors.open("wb") as stderr, Child(
            f"{__name__}:run_all", {"given": str(given), "got": str(got)},
            env={"MPLBACKEND": "agg"}, stdout=subprocess.DEVNULL, stderr=stderr,
        ) as child:  # fmt: skip
            code = child.wait(_SECONDS)
        if code:
            said = errors.read_text(encoding="utf-8", errors="replace").strip()
            raise RuntimeError(f"the cells' process failed:\n{said}")
        found = json.loads(got.read_text(encoding="utf-8"))
    return [CellRun(tuple(run["printed"]), run["error"]) for run in found]


def reorderings(
    n: int, how: str, *, shuffles: int = 8, rng: np.random.Generator | int | None = None
) -> list[list[int]]:
    """Return orders of the positions of n cells; the first two cells, the set-up, stay.

    Parameters
    ----------
    n : int
        How many cells, at least 4.
    how : {"swap", "skip", "twice", "shuffle"}
        Two neighbours change places, one is left out, or one comes twice: every such order, from
        the top down. Or all come by lot: as many orders as `shuffles`.
    shuffles : int
        How many orders by lot.
    rng : Generator or int, optional
        Draws them.

    Examples
    --------
    >>> reorderings(5, "swap")
    [[0, 1, 3, 2, 4], [0, 1, 2, 4, 3]]
    """
    whole("n", n, 4)
    whole("shuffles", shuffles)
    check_choice("how", how, ("swap", "skip", "twice", "shuffle"))
    plain = list(range(n))
    if how == "shuffle":
        rng = np.random.default_rng(rng)
        return [[0, 1, *rng.permutation(plain[2:]).tolist()] for _ in range(shuffles)]
    middle = {"swap": lambda k: [k + 1, k], "skip": lambda k: [], "twice": lambda k: [k, k]}[how]
    width = 2 if how == "swap" else 1
    return [[*plain[:k], *middle(k), *plain[k + width :]] for k in range(2, n - width + 1)]


def _run(sources: list[str]) -> dict:
    space: dict = {"__name__": "__main__"}
    printed = []
    for number, source in enumerate(sources):
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(source, f"<cell {number}>", "exec"), space)
        except Exception as error:  # whatever a cell raises is the finding
            return {"printed": printed, "error": type(error).__name__}
        printed.append(out.getvalue())
    return {"printed": printed, "error": ""}


def run_all(given: str, got: str) -> None:
    """Run the cells of a job; in a process of its own."""
    job = json.loads(Path(given).read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):
        exec(job["prelude"], {})
    found = [_run(sources) for sources in job["orders"]]
    Path(got).write_text(json.dumps(found), encoding="utf-8")
