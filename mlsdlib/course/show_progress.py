"""Progress of a run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from mlsdlib.course.jobs import Job, Result


class Watch(Protocol):
    """What a run reports to."""

    def cell(self, output: str, done: int, total: int) -> None:
        """A cell of a notebook has ended."""

    def result(self, result: Result) -> None:
        """A job has ended."""


class Lines:
    """Plain lines: one as each job ends."""

    def __init__(self, jobs: list[Job]) -> None:
        self.total, self.done = len(jobs), 0

    def cell(self, output: str, done: int, total: int) -> None:
        """Say nothing: a log needs no line for every cell."""

    def result(self, result: Result) -> None:
        """Print one line."""
        self.done += 1
        print(f"[{self.done}/{self.total}] {_told(result)}", flush=True)


class Bars:
    """A bar for the whole run, and one for every notebook under way."""

    def __init__(self, jobs: list[Job], bars) -> None:
        self.bars = bars
        self.whole = bars.add_task("notebooks", total=len(jobs))
        self.rows: dict[str, int] = {}

    def cell(self, output: str, done: int, total: int) -> None:
        """Move the notebook's bar."""
        if output not in self.rows:
            name = output.removesuffix(".ipynb")
            self.rows[output] = self.bars.add_task(f"  {name}, cells", total=total)
        self.bars.update(self.rows[output], completed=done)

    def result(self, result: Result) -> None:
        """Move the whole run's bar and print one line."""
        self.bars.advance(self.whole)
        row = self.rows.pop(result.job.output, None)
        if row is not None:
            self.bars.remove_task(row)
        self.bars.console.print(_told(result), style=None if result.ok else "red")


def _told(result: Result) -> str:
    if result.resumed:
        return f"done before: {result.output}"
    return f"{'ran' if result.ok else 'FAILED'} {result.output}, {result.seconds:.1f} s"


@contextmanager
def watching(jobs: list[Job]) -> Iterator[Watch]:
    """Yield a `Watch` that fits the place: bars on a terminal, lines elsewhere."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        yield Lines(jobs)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield Bars(jobs, bars)
