"""The `mlsd` command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mlsdlib.course import paths

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="A course on machine learning systems design in which every claim is measured.",
    pretty_exceptions_enable=False,
)

Sections = Annotated[
    list[str] | None, typer.Argument(help="Sections such as 3.2; all where none is named.")
]
Assignments = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", help="name=value, repeatable.")
]


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Turn bad input into one line on the terminal and exit code 2."""
    try:
        yield
    except KeyError as err:
        _fail(str(err.args[0]), code=2)
    except SyntaxError as err:
        _fail(f"a code cell is not Python: {err}", code=2)
    except (ValueError, FileNotFoundError, FileExistsError) as err:
        _fail(str(err), code=2)


def _fail(message: str, *, code: int) -> None:
    typer.echo(f"mlsd: {message}", err=True)
    raise typer.Exit(code)


@app.command("list")
def list_sections() -> None:
    """List the sections with their core questions."""
    from mlsdlib.course.sections import discover

    with _usage_errors():
        for section in discover():
            typer.echo(f"{section.title}  ({section.minutes} min)\n    {section.question}")


@app.command()
def lab(
    sections: Sections = None,
    copy_only: Annotated[
        bool, typer.Option("--copy-only", help="Copy the notebooks, do not start JupyterLab.")
    ] = False,
) -> None:
    """Open JupyterLab on your own copies in work/; what is there is never overwritten."""
    from mlsdlib.course.desk import lay_out
    from mlsdlib.course.kernel import set_environment
    from mlsdlib.course.sections import select

    with _usage_errors():
        desk = paths.root() / "work"
        chosen = select(sections or [])
        fresh = lay_out(chosen, desk)
    typer.echo(f"{len(fresh)} copied to work/, {len(chosen) - len(fresh)} were there already.")
    if copy_only:
        return
    set_environment(progress=None)
    os.environ["MLSD_ROOT"] = str(paths.root())
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={desk}"]
    if sections and len(chosen) == 1:
        command.append(str(desk / chosen[0].notebook.name))
    raise typer.Exit(subprocess.call(command))


@app.command()
def reset(sections: Annotated[list[str], typer.Argument(help="Sections such as 3.2.")]) -> None:
    """Put a fresh copy of a notebook into work/; the old one is kept in work/kept/."""
    from mlsdlib.course.desk import reset as put_fresh
    from mlsdlib.course.sections import select

    with _usage_errors():
        root = paths.root()
        for section in select(sections):
            copy, kept = put_fresh(section, root / "work")
            typer.echo(f"{copy.relative_to(root)} is fresh.")
            if kept:
                typer.echo(f"Your old one is {kept.relative_to(root)}.")


@app.command()
def new(
    number: Annotated[str, typer.Argument(help="The section's number, 3.3 or 4.2a.")],
    title: Annotated[str, typer.Argument(help="Its title.")],
) -> None:
    """Write the skeleton of a new section: source, exercises, thresholds."""
    from mlsdlib.course.new import create

    with _usage_errors():
        root = paths.root()
        for file in create(number, title, root):
            typer.echo(f"wrote {file.relative_to(root)}")


@app.command()
def build(
    sections: Sections = None,
    check: Annotated[
        bool, typer.Option("--check", help="Execute nothing; fail where something is not whole.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Execute what has not changed too.")
    ] = False,
) -> None:
    """Make the notebooks and the solutions from their sources."""
    from mlsdlib.course import build as builder
    from mlsdlib.course import thresholds
    from mlsdlib.course.check import check_sections
    from mlsdlib.course.sections import discover, select

    with _usage_errors():
        chosen = select(sections or [])
        limits = thresholds.load()
        if check:
            problems = check_sections(chosen, limits)
            if not sections:
                problems += _orphans(limits, discover())
            for problem in problems:
                typer.echo(problem, err=True)
            typer.echo(f"{len(chosen)} sections checked, {len(problems)} problems.")
            raise typer.Exit(1 if problems else 0)
        for section in chosen:
            for target in builder.targets(section):
                _build_one(target, force=force)


def _build_one(target, *, force: bool) -> None:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from mlsdlib.course.build import build as make

    name = f"{target.file.parent.name}/{target.file.name}"
    try:
        executed = make(target, force=force)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as err:
        _fail(f"{name} was not written, a cell of its source fails:\n{err}", code=1)
    typer.echo(f"{'built' if executed else 'unchanged'}  {name}")


def _orphans(limits, sections) -> list[str]:
    """Thresholds whose claim no notebook makes: a claim is never dropped silently."""
    from mlsdlib.course.thresholds import calls

    try:
        made = {call.id for section in sections for call in calls(section)}
    except (ValueError, SyntaxError):  # a section that cannot be read is a problem of its own
        return []
    return [f"claims.toml: no notebook makes claim {id}" for id in limits if id not in made]


@app.command()
def run(
    sections: Sections = None,
    parameter: Assignments = None,
    all_sections: Annotated[bool, typer.Option("--all", help="Run every section.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the outputs [runs/].")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    solved: Annotated[bool, typer.Option("--solved", help="Run the solutions.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Use the small test values.")] = False,
) -> None:
    """Run notebooks through papermill and print the evidence."""
    from mlsdlib.course import evidence
    from mlsdlib.course.run import plan
    from mlsdlib.course.run import run as run_jobs
    from mlsdlib.course.sections import select
    from mlsdlib.course.show_progress import watching

    with _usage_errors():
        if bool(sections) == all_sections:
            raise ValueError("name the sections to run, or say --all (see: mlsd list)")
        root = paths.root()
        values = _assignments(parameter or [])
        jobs = plan(
            select(sections or []), values, out=out or root / "runs", solved=solved, quick=quick
        )
        missing = [job.notebook.name for job in jobs if not job.notebook.exists()]
        if missing:
            raise FileNotFoundError(f"not built yet: {', '.join(missing)}; run mlsd build")
        with watching(jobs) as watch:
            results = run_jobs(jobs, workers=workers, on_cell=watch.cell, on_result=watch.result)
    evidence.print_table(evidence.table(r.output for r in results if r.ok))
    failed = [result for result in results if not result.ok]
    for result in failed:
        where = "" if result.cell is None else f", cell {result.cell}"
        typer.echo(f"FAILED section {result.job.section}{where}: {result.error}", err=True)
        if result.output.exists():
            typer.echo(f"       what ran is kept in {_shown(result.output, root)}", err=True)
    raise typer.Exit(1 if failed else 0)


def _assignments(texts: list[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise ValueError(f"a parameter must read name=value, got {text!r}")
        if name in values:
            raise ValueError(f"parameter {name} is given twice")
        values[name] = value
    return values


def _shown(file: Path, root: Path) -> Path:
    return file.relative_to(root) if file.is_relative_to(root) else file


@app.command()
def evidence(
    places: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks or folders; runs/ by default.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a Markdown table here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write an HTML table here.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet table here.")] = None,
) -> None:
    """Collect the claims of executed notebooks into one table."""
    from mlsdlib.course import evidence as collected
    from mlsdlib.course.files import write_text

    with _usage_errors():
        files = _notebooks(places or [paths.root() / "runs"])
        frame = collected.table(files)
        if frame.empty:
            raise ValueError("no claim found: run the notebooks first (mlsd run --all)")
        if markdown:
            write_text(markdown, collected.to_markdown(frame))
        if html:
            write_text(html, collected.to_html(frame))
        if parquet:
            parquet.parent.mkdir(parents=True, exist_ok=True)
            side = parquet.with_name(f".{parquet.name}.part")
            frame.to_parquet(side, index=False)
            side.replace(parquet)
    if not (markdown or html or parquet):
        collected.print_table(frame)


def _notebooks(places: list[Path]) -> list[Path]:
    files: list[Path] = []
    for place in places:
        if not place.exists():
            raise FileNotFoundError(f"no such notebook or folder: {place}")
        found = sorted(place.glob("*.ipynb")) if place.is_dir() else [place]
        files += [file for file in found if not _unfinished(file)]
    return files


def _unfinished(file: Path) -> bool:
    """Whether a run left this behind that failed, was cut off, or is still under way."""
    return file.name.endswith((".failed.ipynb", ".part.ipynb"))


@app.command()
def progress() -> None:
    """Show your guesses, exercises and quiz answers, and how well your guesses are calibrated."""
    from mlsdlib.course.calibration import by_section, calibration
    from mlsdlib.course.sections import discover

    with _usage_errors():
        rows = by_section(discover())
    for row in rows:
        counts = (("guesses", row.guesses), ("exercises", row.exercises), ("quiz", row.questions))
        shown = ", ".join(f"{name} {done}/{total}" for name, (done, total) in counts)
        typer.echo(f"{row.title}: {shown}")
    found = calibration()
    if found is None:
        typer.echo("No guess measured yet: put a number in a predict(...) cell and run on.")
    else:
        typer.echo(
            f"Of {found.compared} guesses compared, {found.within_two} lie within a factor of two; "
            f"the typical guess is off by a factor of {found.median_factor:.2g}."
        )


@app.command()
def doctor() -> None:
    """Say in words what is wrong with this installation."""
    from mlsdlib.course.doctor import examine, report

    findings = examine()
    for line in report(findings):
        typer.echo(line)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)
